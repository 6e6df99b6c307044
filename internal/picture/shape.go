package picture

import (
	"image"
	"image/color"
	"image/draw"
)

// orientation is how a picture must be turned to stand upright, in the numbers of EXIF.
type orientation uint16

const (
	upright     orientation = 1
	mirrored    orientation = 2
	upsideDown  orientation = 3
	flipped     orientation = 4
	transposed  orientation = 5
	turnedRight orientation = 6 // a quarter turn clockwise makes it upright
	transversed orientation = 7
	turnedLeft  orientation = 8
)

func (o orientation) sideways() bool { return o >= transposed }

// apply turns a picture upright.
func (o orientation) apply(m *image.RGBA) *image.RGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	place := map[orientation]func(x, y int) (int, int){
		mirrored:    func(x, y int) (int, int) { return w - 1 - x, y },
		upsideDown:  func(x, y int) (int, int) { return w - 1 - x, h - 1 - y },
		flipped:     func(x, y int) (int, int) { return x, h - 1 - y },
		transposed:  func(x, y int) (int, int) { return y, x },
		turnedRight: func(x, y int) (int, int) { return h - 1 - y, x },
		transversed: func(x, y int) (int, int) { return h - 1 - y, w - 1 - x },
		turnedLeft:  func(x, y int) (int, int) { return y, w - 1 - x },
	}[o]
	if place == nil {
		return m
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if o.sideways() {
		out = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			tx, ty := place(x, y)
			copy(out.Pix[ty*out.Stride+4*tx:][:4], m.Pix[y*m.Stride+4*x:][:4])
		}
	}
	return out
}

// crop is the largest part of r of a shape, around its middle.
func crop(r image.Rectangle, width, height int) image.Rectangle {
	if width <= 0 || height <= 0 {
		return r
	}
	w, h := r.Dx(), r.Dy()
	if int64(w)*int64(height) > int64(h)*int64(width) {
		w = max(1, int(int64(h)*int64(width)/int64(height)))
	} else {
		h = max(1, int(int64(w)*int64(height)/int64(width)))
	}
	corner := r.Min.Add(image.Pt((r.Dx()-w)/2, (r.Dy()-h)/2))
	return image.Rectangle{Min: corner, Max: corner.Add(image.Pt(w, h))}
}

// fit is the size of a picture reduced to bounds, in its shape.
func fit(size image.Point, width, height int) image.Point {
	w, h := size.X, size.Y
	if width > 0 && w > width {
		w, h = width, max(1, int(int64(h)*int64(width)/int64(w)))
	}
	if height > 0 && h > height {
		w, h = max(1, int(int64(w)*int64(height)/int64(h))), height
	}
	return image.Pt(w, h)
}

// reduce makes a part of a picture smaller: each new pixel is the mean of those it covers, by how much it covers of them. The source is
// read a row at a time, whatever its kind; onWhite puts white behind what is transparent.
func reduce(source image.Image, from image.Rectangle, size image.Point, onWhite bool) *image.RGBA {
	row := image.NewRGBA(image.Rect(0, 0, from.Dx(), 1))
	out := image.NewRGBA(image.Rectangle{Max: size})
	narrow, sum := make([]float32, 4*size.X), make([]float32, 4*size.X)
	scale := float32(size.Y) / float32(from.Dy())
	target := 0
	for y := range from.Dy() {
		at := image.Pt(from.Min.X, from.Min.Y+y)
		if onWhite {
			draw.Draw(row, row.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
			draw.Draw(row, row.Rect, source, at, draw.Over)
		} else {
			draw.Draw(row, row.Rect, source, at, draw.Src)
		}
		narrowRow(narrow, row.Pix, size.X)
		// In the new picture this row covers [top, bottom[, at most one line and the beginning of the next.
		top, bottom := float32(y)*scale, float32(y+1)*scale
		edge := float32(target + 1)
		if bottom <= edge {
			addRow(sum, narrow, bottom-top)
		} else {
			addRow(sum, narrow, edge-top)
		}
		if bottom >= edge || y == from.Dy()-1 {
			if target < size.Y {
				writeRow(out.Pix[target*out.Stride:], sum)
			}
			target++
			clear(sum)
			addRow(sum, narrow, max(0, bottom-edge))
		}
	}
	return out
}

// narrowRow makes a row of pixels narrower.
func narrowRow(to []float32, from []uint8, width int) {
	n := len(from) / 4
	if n == width {
		for i, v := range from {
			to[i] = float32(v)
		}
		return
	}
	clear(to)
	scale := float32(width) / float32(n)
	target := 0
	for x := range n {
		left, right := float32(x)*scale, float32(x+1)*scale
		edge := float32(target + 1)
		share := min(right, edge) - left
		for c := range 4 {
			to[4*target+c] += share * float32(from[4*x+c])
		}
		if right >= edge && target < width-1 {
			target++
			for c := range 4 {
				to[4*target+c] += (right - edge) * float32(from[4*x+c])
			}
		}
	}
}

func addRow(sum, row []float32, share float32) {
	for i, v := range row {
		sum[i] += share * v
	}
}

func writeRow(to []uint8, sum []float32) {
	for i, v := range sum {
		to[i] = uint8(min(255, max(0, v+0.5)))
	}
}
