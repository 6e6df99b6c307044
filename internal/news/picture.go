package news

import "preau/internal/picture"

// The two sizes of a picture, in pixels: for reading, and for lists, where its shape is the same for all.
const (
	readingWidth, readingHeight = 1200, 1200
	thumbWidth, thumbHeight     = 480, 240
)

// maxThumb is how heavy the picture of a list may be, in bytes: three of them and the first page stay light. Quality gives way first.
const maxThumb = 9 << 10

// Pictures makes of a picture that was sent the two that are kept: for reading, and for lists. Errors are those of package picture.
func Pictures(content []byte) (reading, thumb []byte, err error) {
	large, err := lighter(content, picture.Options{MaxWidth: readingWidth, MaxHeight: readingHeight, Quality: 80})
	if err != nil {
		return nil, nil, err
	}
	for _, quality := range []int{80, 65, 50, 35, 20} {
		small, err := lighter(content, picture.Options{RatioWidth: 2, RatioHeight: 1, MaxWidth: thumbWidth, MaxHeight: thumbHeight, Quality: quality})
		if err != nil {
			return nil, nil, err
		}
		if thumb = small.Bytes; len(thumb) <= maxThumb {
			break
		}
	}
	return large.Bytes, thumb, nil
}

// lighter makes a drawing a PNG and a photograph a JPEG, whatever it came as: the lighter of the two.
func lighter(content []byte, o picture.Options) (picture.Picture, error) {
	kept, err := picture.Clean(content, o)
	if err != nil || kept.Type == picture.JPEG {
		return kept, err
	}
	o.JPEG = true
	photo, err := picture.Clean(content, o)
	if err == nil && len(photo.Bytes) < len(kept.Bytes) {
		kept = photo
	}
	return kept, err
}
