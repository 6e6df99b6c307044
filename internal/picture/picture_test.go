package picture_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"

	"pgregory.net/rapid"

	"preau/internal/picture"
)

// quarters is a picture whose four quarters are red, green, blue and white, in reading order.
func quarters(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.NRGBA{A: 255}
			switch {
			case x < w/2 && y < h/2:
				c.R = 255
			case y < h/2:
				c.G = 255
			case x < w/2:
				c.B = 255
			default:
				c.R, c.G, c.B = 255, 255, 255
			}
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

func jpegOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withExif puts an orientation, and where it was taken, into a JPEG.
func withExif(content []byte, orientation byte) []byte {
	tiff := []byte("MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00")
	tiff = append(tiff, orientation, 0, 0, 0, 0, 0, 0)
	segment := append([]byte("Exif\x00\x00"), tiff...)
	segment = append(segment, "48.8897N 2.1572E"...)
	head := binary.BigEndian.AppendUint16([]byte("\xff\xd8\xff\xe1"), uint16(len(segment)+2))
	return append(append(head, segment...), content[2:]...)
}

func decode(t testing.TB, p picture.Picture) image.Image {
	t.Helper()
	m, format, err := image.Decode(bytes.NewReader(p.Bytes))
	if err != nil || "image/"+format != p.Type || m.Bounds().Dx() != p.Width || m.Bounds().Dy() != p.Height {
		t.Fatalf("made a %s of %d×%d, decoded %s: %v", p.Type, p.Width, p.Height, format, err)
	}
	return m
}

// letter names the colour near a point given in hundredths of the sides.
func letter(m image.Image, x, y int) byte {
	b := m.Bounds()
	r, g, bl, _ := m.At(b.Min.X+b.Dx()*x/100, b.Min.Y+b.Dy()*y/100).RGBA()
	high := func(v uint32) bool { return v > 0x9000 }
	switch {
	case high(r) && high(g) && high(bl):
		return 'W'
	case high(r):
		return 'R'
	case high(g):
		return 'G'
	case high(bl):
		return 'B'
	}
	return '?'
}

func corners(m image.Image) string {
	return string([]byte{letter(m, 25, 25), letter(m, 75, 25), letter(m, 25, 75), letter(m, 75, 75)})
}

// However the camera was held, the picture stands upright, and where it was taken is gone.
func TestOrientation(t *testing.T) {
	content := jpegOf(t, quarters(64, 32))
	for orientation, want := range map[byte]string{0: "RGBW", 1: "RGBW", 2: "GRWB", 3: "WBGR", 4: "BWRG", 5: "RBGW", 6: "BRWG", 7: "WGBR", 8: "GWRB", 9: "RGBW"} {
		p, err := picture.Clean(withExif(content, orientation), picture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		m := decode(t, p)
		if got := corners(m); got != want {
			t.Errorf("orientation %d: %s, want %s", orientation, got, want)
		}
		if sideways := p.Height > p.Width; sideways != (orientation >= 5 && orientation <= 8) {
			t.Errorf("orientation %d: %d×%d", orientation, p.Width, p.Height)
		}
		if bytes.Contains(p.Bytes, []byte("Exif")) || bytes.Contains(p.Bytes, []byte("48.88")) {
			t.Errorf("orientation %d: metadata left", orientation)
		}
	}
}

// A portrait held sideways is cut and bounded as it is seen.
func TestCropAndBounds(t *testing.T) {
	sideways := withExif(jpegOf(t, quarters(400, 200)), 6)
	for _, tt := range []struct {
		o    picture.Options
		w, h int
	}{
		{picture.Options{}, 200, 400},
		{picture.Options{RatioWidth: 1, RatioHeight: 1}, 200, 200},
		{picture.Options{RatioWidth: 35, RatioHeight: 45}, 200, 257},
		{picture.Options{MaxWidth: 100}, 100, 200},
		{picture.Options{MaxHeight: 100}, 50, 100},
		{picture.Options{RatioWidth: 1, RatioHeight: 1, MaxWidth: 64, MaxHeight: 64}, 64, 64},
		{picture.Options{MaxWidth: 9000, MaxHeight: 9000}, 200, 400},
	} {
		p, err := picture.Clean(sideways, tt.o)
		if err != nil || p.Width != tt.w || p.Height != tt.h {
			t.Errorf("%+v: %d×%d, %v", tt.o, p.Width, p.Height, err)
			continue
		}
		if got := corners(decode(t, p)); got != "BRWG" {
			t.Errorf("%+v: %s", tt.o, got)
		}
	}
}

// Making a picture smaller keeps its colours: the mean of one colour is that colour, to the last edge.
func TestReduceKeepsColours(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 90).Draw(t, "w"), rapid.IntRange(1, 90).Draw(t, "h")
		m := image.NewNRGBA(image.Rect(0, 0, w, h))
		for i := range m.Pix {
			m.Pix[i] = []uint8{200, 100, 50, 255}[i%4]
		}
		o := picture.Options{MaxWidth: rapid.IntRange(1, 90).Draw(t, "max w"), MaxHeight: rapid.IntRange(1, 90).Draw(t, "max h")}
		var b bytes.Buffer
		if err := png.Encode(&b, m); err != nil {
			t.Fatal(err)
		}
		p, err := picture.Clean(b.Bytes(), o)
		if err != nil || p.Width > o.MaxWidth || p.Height > o.MaxHeight {
			t.Fatalf("%d×%d: %v", p.Width, p.Height, err)
		}
		got, err := png.Decode(bytes.NewReader(p.Bytes))
		if err != nil {
			t.Fatal(err)
		}
		for y := range p.Height {
			for x := range p.Width {
				c := color.NRGBAModel.Convert(got.At(x, y)).(color.NRGBA)
				if c.R < 198 || c.R > 202 || c.G < 98 || c.G > 102 || c.A < 253 {
					t.Fatalf("at %d,%d: %v", x, y, c)
				}
			}
		}
	})
}

// A PNG keeps what is transparent; as a JPEG it stands on white.
func TestTransparency(t *testing.T) {
	content := pngOf(t, image.NewNRGBA(image.Rect(0, 0, 8, 8)))
	p, err := picture.Clean(content, picture.Options{})
	if err != nil || p.Type != picture.PNG {
		t.Fatal(p.Type, err)
	}
	if _, _, _, a := decode(t, p).At(4, 4).RGBA(); a != 0 {
		t.Errorf("alpha %d", a)
	}
	p, err = picture.Clean(content, picture.Options{JPEG: true})
	if err != nil || p.Type != picture.JPEG || letter(decode(t, p), 50, 50) != 'W' {
		t.Error(p.Type, err)
	}
}

// announce is a PNG that says it has a size and holds next to nothing.
func announce(w, h uint32, depth, colour byte) []byte {
	b := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR")
	b = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, w), h)
	b = append(b, depth, colour, 0, 0, 0)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[12:]))
}

// What would cost too much is refused before it is decoded.
func TestRefused(t *testing.T) {
	good := jpegOf(t, quarters(64, 64))
	scans := append(bytes.Clone(good[:len(good)-2]), bytes.Repeat([]byte("\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"), 200)...)
	wide := bytes.Clone(good)
	at := bytes.Index(wide, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(wide[at+5:], 65000)
	binary.BigEndian.PutUint16(wide[at+7:], 65000)
	for name, tt := range map[string]struct {
		content []byte
		want    error
	}{
		"empty":               {nil, picture.ErrUnknown},
		"a page":              {[]byte("<html><script>"), picture.ErrUnknown},
		"a GIF":               {[]byte("GIF89a"), picture.ErrUnknown},
		"100 000 pixels wide": {announce(100_000, 100_000, 8, 2), picture.ErrTooLarge},
		"thin":                {announce(100_000, 1, 8, 2), picture.ErrTooLarge},
		"16 bits a colour":    {announce(7_000, 7_000, 16, 6), picture.ErrTooLarge},
		"wide JPEG":           {wide, picture.ErrTooLarge},
		"a thousand scans":    {scans, picture.ErrTooLarge},
		"cut JPEG":            {good[:len(good)/2], picture.ErrDamaged},
		"cut PNG":             {pngOf(t, quarters(64, 64))[:60], picture.ErrDamaged},
		"begins as a JPEG":    {[]byte("\xff\xd8\xff<script>"), picture.ErrDamaged},
		"JPEG without a scan": {good[:20], picture.ErrDamaged},
		"no pixels":           {announce(0, 5, 8, 2), picture.ErrDamaged},
	} {
		if _, err := picture.Clean(tt.content, picture.Options{}); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	p, err := picture.Clean(append(bytes.Clone(good), "%PDF-1.7 <script>alert(1)</script>"...), picture.Options{})
	if err != nil || bytes.Contains(p.Bytes, []byte("script")) {
		t.Errorf("what stands behind a picture is kept: %v", err)
	}
}

func FuzzClean(f *testing.F) {
	f.Add(withExif(jpegOf(f, quarters(16, 8)), 6), 3, 4, 5)
	f.Add(pngOf(f, quarters(9, 9)), 0, 0, 0)
	f.Add(announce(100_000, 100_000, 8, 2), 1, 1, 1)
	f.Fuzz(func(t *testing.T, content []byte, rw, rh, most int) {
		p, err := picture.Clean(content, picture.Options{RatioWidth: rw, RatioHeight: rh, MaxWidth: most, MaxHeight: most})
		if err != nil {
			return
		}
		if picture.Type(p.Bytes) != p.Type || p.Width < 1 || p.Height < 1 || most > 0 && (p.Width > most || p.Height > most) {
			t.Errorf("made %s %d×%d of %d bytes, at most %d", p.Type, p.Width, p.Height, len(content), most)
		}
	})
}

// A photo of twelve million pixels, as a telephone takes them, reduced to a page.
func BenchmarkClean(b *testing.B) {
	content := jpegOf(b, quarters(4000, 3000))
	for b.Loop() {
		if _, err := picture.Clean(content, picture.Options{MaxWidth: 2480, MaxHeight: 2480}); err != nil {
			b.Fatal(err)
		}
	}
}
