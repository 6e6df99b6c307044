package upload_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"preau/internal/picture"
	"preau/internal/upload"
)

func photo(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 30)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Whatever the name says, the content decides.
func TestCheck(t *testing.T) {
	var shot bytes.Buffer
	if err := png.Encode(&shot, image.NewGray(image.Rect(0, 0, 40, 30))); err != nil {
		t.Fatal(err)
	}
	huge := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x01\x86\xa0\x00\x01\x86\xa0\x08\x02\x00\x00\x00")
	huge = binary.BigEndian.AppendUint32(huge, crc32.ChecksumIEEE(huge[12:]))
	for name, tt := range map[string]struct {
		content []byte
		want    upload.Reason
	}{
		"photo.jpg":         {photo(t), ""},
		"photo.pdf":         {photo(t), ""},
		"capture.png":       {shot.Bytes(), ""},
		"page.jpg":          {[]byte("<!doctype html><script>alert(1)</script>"), upload.Kind},
		"dessin.svg":        {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), upload.Kind},
		"programme.jpg":     {[]byte("MZ\x90\x00"), upload.Kind},
		"archive.zip":       {[]byte("PK\x03\x04"), upload.Kind},
		"lettre.docx":       {[]byte("PK\x03\x04\x14\x00\x06\x00"), upload.Kind},
		"IMG_1.HEIC":        {[]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), upload.Heic},
		"IMG_1.jpg":         {[]byte("\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00"), upload.Heic},
		"grand.png":         {huge, upload.Pixels},
		"coupée.jpg":        {photo(t)[:200], upload.Damaged},
		"vide.pdf":          {nil, upload.Empty},
		"lourd.pdf":         {bytes.Repeat([]byte{'%'}, upload.MaxBytes+1), upload.TooLarge},
		"image et page.jpg": {append(photo(t), "<script>"...), ""},
	} {
		f, err := upload.Check(name, tt.content)
		got, _ := upload.ReasonOf(err)
		if got != tt.want {
			t.Errorf("%s: %q, want %q (%v)", name, got, tt.want, err)
		}
		if err != nil && (got == "" || !strings.Contains(got.French(), "fichier") && !strings.Contains(got.French(), "image") && !strings.Contains(got.French(), "photo")) {
			t.Errorf("%s: %v says %q", name, err, got.French())
		}
		if err == nil && (bytes.Contains(f.Bytes, []byte("script")) || !strings.HasSuffix(f.Name, upload.Extension(f.Type)) || picture.Type(f.Bytes) != f.Type) {
			t.Errorf("%s kept as %s, %s", name, f.Name, f.Type)
		}
	}
}

func TestCleanName(t *testing.T) {
	for name, want := range map[string]string{
		"Avis d’impôt 2026.PDF":           "Avis d’impôt 2026.pdf",
		"../../etc/passwd":                "passwd.pdf",
		`C:\Users\claire\attestation.pdf`: "attestation.pdf",
		"a\x00b\r\nSet-Cookie: x=1.pdf":   "ab Set-Cookie x=1.pdf",
		"":                                "document.pdf",
		"...":                             "document.pdf",
		".pdf":                            "pdf.pdf",
		"facture\u202efdp.exe":            "facturefdp.pdf",
		"<script>alert(1)</script>.html":  "script.pdf",
		"deux  mots\t.jpeg":               "deux mots.pdf",
		strings.Repeat("é", 300) + ".pdf": strings.Repeat("é", 80) + ".pdf",
	} {
		if got := upload.CleanName(name, upload.PDF); got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]string{"../x/page.HEIC": "page.HEIC", "sans extension": "sans extension", "a.b<c>": "a", "": "document"} {
		if got := upload.ShownName(name); got != want {
			t.Errorf("%q is shown as %q, want %q", name, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		got := upload.CleanName(rapid.String().Draw(t, "name"), picture.JPEG)
		if !utf8.ValidString(got) || strings.ContainsAny(got, "/\\\r\n\x00\"") || len(got) > 500 || len(got) < 5 || strings.HasPrefix(got, ".") {
			t.Errorf("%q", got)
		}
	})
}
