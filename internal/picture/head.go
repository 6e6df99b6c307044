package picture

import (
	"bytes"
	"encoding/binary"
)

// Markers of a JPEG.
const (
	markerScan     = 0xda
	markerEnd      = 0xd9
	markerMetadata = 0xe1
)

// head is what a JPEG says before its pixels.
type head struct {
	width, height int
	sixteenths    int64 // of a byte a pixel takes while it is decoded
	orientation   orientation
}

// readHead walks over the segments until the first scan.
func readHead(content []byte) (head, error) {
	h := head{orientation: upright}
	framed := false
	for rest := content[2:]; ; {
		at := bytes.IndexByte(rest, 0xff)
		if at < 0 || at+2 > len(rest) {
			return h, ErrDamaged
		}
		marker := rest[at+1]
		if marker == 0xff { // filling
			rest = rest[at+1:]
			continue
		}
		rest = rest[at+2:]
		switch {
		case marker == 0, marker >= 0xd0 && marker <= 0xd8: // nothing follows
			continue
		case marker == markerScan && framed:
			return h, nil
		case marker == markerScan, marker == markerEnd, len(rest) < 2:
			return h, ErrDamaged
		}
		size := int(binary.BigEndian.Uint16(rest))
		if size < 2 || size > len(rest) {
			return h, ErrDamaged
		}
		segment := rest[2:size]
		rest = rest[size:]
		switch marker {
		case 0xc0, 0xc1, 0xc2:
			if framed || !h.frame(segment, marker == 0xc2) {
				return h, ErrDamaged
			}
			framed = true
		case markerMetadata:
			if tiff, ok := bytes.CutPrefix(segment, []byte("Exif\x00\x00")); ok {
				h.orientation = exifOrientation(tiff)
			}
		}
	}
}

// frame reads the size and how the colours are sampled. A progressive picture keeps four more bytes a sample until its last scan.
func (h *head) frame(s []byte, progressive bool) bool {
	if len(s) < 6 || len(s) < 6+3*int(s[5]) || s[5] == 0 {
		return false
	}
	h.height, h.width = int(binary.BigEndian.Uint16(s[1:])), int(binary.BigEndian.Uint16(s[3:]))
	var samples, widest, highest int64
	for i := range int(s[5]) {
		across, down := int64(s[6+3*i+1]>>4), int64(s[6+3*i+1]&15)
		samples += across * down
		widest, highest = max(widest, across), max(highest, down)
	}
	if widest == 0 || highest == 0 {
		return false
	}
	each := int64(1)
	if progressive {
		each = 5
	}
	h.sixteenths = 16 * samples * each / (widest * highest)
	return true
}

// tagOrientation is the entry of EXIF that says how the camera was held.
const tagOrientation = 0x0112

// exifOrientation reads how the camera was held; upright when it is not said, or not readable.
func exifOrientation(tiff []byte) orientation {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(tiff, []byte("II*\x00")):
		order = binary.LittleEndian
	case bytes.HasPrefix(tiff, []byte("MM\x00*")):
		order = binary.BigEndian
	default:
		return upright
	}
	if len(tiff) < 8 {
		return upright
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return upright
	}
	entries := int(order.Uint16(tiff[at:]))
	rest := tiff[at+2:]
	for ; entries > 0 && len(rest) >= 12; entries-- {
		if order.Uint16(rest) == tagOrientation {
			if o := orientation(order.Uint16(rest[8:])); o >= upright && o <= turnedLeft {
				return o
			}
			return upright
		}
		rest = rest[12:]
	}
	return upright
}
