// Package picture makes of a picture that somebody sent one that can be kept and shown: decoded here and encoded again, so that nothing
// but its pixels is left. What a file hides beside them (where it was taken, a script, a second file behind the first) is gone.
//
// What a picture would cost is known before it is decoded: a few bytes may announce a hundred thousand pixels a side.
package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
)

// The types of pictures that are read and made.
const (
	JPEG = "image/jpeg"
	PNG  = "image/png"
)

// Limits of what is decoded.
const (
	maxSide   = 30_000     // pixels
	maxPixels = 64_000_000 // beyond the largest of telephones
	maxMemory = 200 << 20  // bytes, while it is decoded
	maxScans  = 100        // of a JPEG: each walks over the whole picture, and may be a few bytes long
)

// Why a picture is not taken.
var (
	ErrUnknown  = errors.New("picture: neither JPEG nor PNG")
	ErrDamaged  = errors.New("picture: damaged or cut off")
	ErrTooLarge = errors.New("picture: too many pixels")
)

// Options says what to make of a picture.
type Options struct {
	RatioWidth, RatioHeight int  // cut around its middle to this shape, as 35 × 45; 0 leaves its shape
	MaxWidth, MaxHeight     int  // in pixels, never made larger; 0 is no bound
	JPEG                    bool // on white, whatever came in; otherwise a PNG stays a PNG, with what is transparent in it
	Quality                 int  // of a JPEG, 1 to 100; 0 is 85
}

// Picture is what was made.
type Picture struct {
	Type          string // JPEG or PNG
	Width, Height int
	Bytes         []byte
}

// Type says by its first bytes what a file is: JPEG, PNG, or "" for anything else.
func Type(content []byte) string {
	switch {
	case bytes.HasPrefix(content, []byte("\xff\xd8\xff")):
		return JPEG
	case bytes.HasPrefix(content, []byte("\x89PNG\r\n\x1a\n")):
		return PNG
	}
	return ""
}

// Clean decodes a picture, turns it the right way up, cuts and reduces it as asked, and encodes it again.
func Clean(content []byte, o Options) (Picture, error) {
	kind := Type(content)
	if kind == "" {
		return Picture{}, ErrUnknown
	}
	turn, err := check(content, kind)
	if err != nil {
		return Picture{}, err
	}
	source, err := decode(content, kind)
	if err != nil {
		return Picture{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if o.JPEG {
		kind = JPEG
	}
	if turn.sideways() {
		o.RatioWidth, o.RatioHeight = o.RatioHeight, o.RatioWidth
		o.MaxWidth, o.MaxHeight = o.MaxHeight, o.MaxWidth
	}
	from := crop(source.Bounds(), o.RatioWidth, o.RatioHeight)
	out := turn.apply(reduce(source, from, fit(from.Size(), o.MaxWidth, o.MaxHeight), kind == JPEG))
	return encode(out, kind, o.Quality)
}

// check looks at what decoding would cost, and says how the picture must be turned.
func check(content []byte, kind string) (orientation, error) {
	config, _, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	w, h := int64(config.Width), int64(config.Height)
	if w < 1 || h < 1 {
		return 0, ErrDamaged
	}
	if w > maxSide || h > maxSide || w*h > maxPixels {
		return 0, ErrTooLarge
	}
	if kind == PNG {
		if w*h*pngBytes(content) > maxMemory {
			return 0, ErrTooLarge
		}
		return upright, nil
	}
	head, err := readHead(content)
	if err != nil {
		return 0, err
	}
	if int64(head.width) != w || int64(head.height) != h {
		return 0, ErrDamaged
	}
	if w*h*head.sixteenths/16 > maxMemory || bytes.Count(content, []byte{0xff, markerScan}) > maxScans {
		return 0, ErrTooLarge
	}
	return head.orientation, nil
}

func decode(content []byte, kind string) (image.Image, error) {
	if kind == PNG {
		return png.Decode(bytes.NewReader(content))
	}
	return jpeg.Decode(bytes.NewReader(content))
}

// pngBytes is how many bytes a decoded pixel takes; content has passed DecodeConfig, so its header is there.
func pngBytes(content []byte) int64 {
	depth, colour := content[24], content[25]
	switch {
	case colour&2 == 0 && colour&4 == 0, colour&1 != 0: // grey, or with a palette
		if depth == 16 {
			return 2
		}
		return 1
	case depth == 16:
		return 8
	}
	return 4
}

func encode(m image.Image, kind string, quality int) (Picture, error) {
	if quality == 0 {
		quality = 85
	}
	var b bytes.Buffer
	var err error
	if kind == PNG {
		err = png.Encode(&b, m)
	} else {
		err = jpeg.Encode(&b, m, &jpeg.Options{Quality: quality})
	}
	return Picture{Type: kind, Width: m.Bounds().Dx(), Height: m.Bounds().Dy(), Bytes: b.Bytes()}, err
}
