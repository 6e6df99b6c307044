package demo

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"

	"preau/internal/news"
)

// The drawings of the demonstration's news are made here, in the colours of the pages: no picture of real children, of a real place, or
// of somebody's making.

// drawingScale is how many pixels a unit of a drawing takes; a drawing is 320 units wide and 160 high.
const drawingScale = 2

// The colours of the drawings.
var (
	sky   = color.RGBA{0xdf, 0xed, 0xf5, 0xff}
	water = color.RGBA{0x74, 0xab, 0xc9, 0xff}
	brick = color.RGBA{0xc7, 0x6b, 0x51, 0xff}
	night = color.RGBA{0x17, 0x56, 0x6f, 0xff}
	straw = color.RGBA{0xf7, 0xd7, 0x74, 0xff}
	cream = color.RGBA{0xfa, 0xf8, 0xf4, 0xff}
	leaf  = color.RGBA{0x62, 0x93, 0x6c, 0xff}
	grass = color.RGBA{0x8b, 0xb1, 0x84, 0xff}
)

// drawing is a picture being drawn, in units.
type drawing struct{ *image.Paletted }

func newDrawing(ground color.RGBA) drawing {
	d := drawing{image.NewPaletted(image.Rect(0, 0, 320*drawingScale, 160*drawingScale), color.Palette{ground, sky, water, brick, night, straw, cream, leaf, grass})}
	return d
}

// fill colours the points of a box that inside holds.
func (d drawing) fill(c color.RGBA, x0, y0, x1, y1 float64, inside func(x, y float64) bool) {
	index := uint8(d.Palette.Index(c))
	for py := max(0, int(y0*drawingScale)); py < min(d.Rect.Dy(), int(math.Ceil(y1*drawingScale))); py++ {
		for px := max(0, int(x0*drawingScale)); px < min(d.Rect.Dx(), int(math.Ceil(x1*drawingScale))); px++ {
			if inside((float64(px)+0.5)/drawingScale, (float64(py)+0.5)/drawingScale) {
				d.SetColorIndex(px, py, index)
			}
		}
	}
}

func (d drawing) box(c color.RGBA, x, y, w, h float64) {
	d.fill(c, x, y, x+w, y+h, func(float64, float64) bool { return true })
}

func (d drawing) disc(c color.RGBA, x, y, r float64) {
	d.fill(c, x-r, y-r, x+r, y+r, func(px, py float64) bool { return math.Hypot(px-x, py-y) <= r })
}

// shape colours a polygon given by its corners.
func (d drawing) shape(c color.RGBA, corners ...[2]float64) {
	d.fill(c, 0, 0, 320, 160, func(x, y float64) bool {
		in := false
		for i, a := range corners {
			b := corners[(i+1)%len(corners)]
			if (a[1] > y) != (b[1] > y) && x < (b[0]-a[0])*(y-a[1])/(b[1]-a[1])+a[0] {
				in = !in
			}
		}
		return in
	})
}

// picture is a drawing as the news keep it.
type picture struct {
	reading, thumb []byte
	err            error
}

// drawAll makes the drawings by name while the rest of the town is made: each is taken once.
func drawAll() map[string]<-chan picture {
	all := map[string]<-chan picture{}
	for name, draw := range map[string]func() []byte{"winter": winter, "meal": meal, "boat": boat} {
		made := make(chan picture, 1)
		all[name] = made
		go func() {
			var p picture
			p.reading, p.thumb, p.err = news.Pictures(draw())
			made <- p
		}()
	}
	return all
}

func (d drawing) png() []byte {
	var b bytes.Buffer
	_ = png.Encode(&b, d) // a bytes.Buffer never refuses
	return b.Bytes()
}

// boat is a model boat on the river.
func boat() []byte {
	d := newDrawing(sky)
	d.fill(water, 0, 112, 320, 160, func(x, y float64) bool { return y > 126+6*math.Sin(x/26) })
	d.shape(brick, [2]float64{118, 108}, [2]float64{214, 108}, [2]float64{194, 130}, [2]float64{138, 130})
	d.box(night, 158, 46, 4, 62)
	d.shape(straw, [2]float64{166, 48}, [2]float64{210, 100}, [2]float64{166, 100})
	d.shape(cream, [2]float64{154, 58}, [2]float64{154, 100}, [2]float64{122, 100})
	return d.png()
}

// meal is a plate between a fork and a knife.
func meal() []byte {
	d := newDrawing(straw)
	d.disc(cream, 160, 84, 58)
	d.disc(sky, 160, 84, 40)
	d.fill(brick, 144, 68, 176, 84, func(x, y float64) bool { return math.Hypot(x-160, y-84) <= 16 })
	d.box(leaf, 134, 84, 52, 8)
	for _, x := range []float64{60, 69, 78} {
		d.box(night, x, 42, 4, 30)
	}
	d.box(night, 60, 70, 22, 5)
	d.box(night, 69, 74, 4, 52)
	d.fill(night, 240, 42, 252, 126, func(x, y float64) bool { return x >= 246 || y < 92 && x > 246-6*math.Sin((y-42)/50*math.Pi) })
	return d.png()
}

// winter is a house among firs under the snow.
func winter() []byte {
	d := newDrawing(night)
	d.box(sky, 0, 132, 320, 28)
	d.shape(grass, [2]float64{96, 132}, [2]float64{130, 64}, [2]float64{164, 132})
	d.shape(grass, [2]float64{150, 132}, [2]float64{174, 84}, [2]float64{198, 132})
	d.box(brick, 206, 88, 54, 44)
	d.shape(cream, [2]float64{200, 90}, [2]float64{233, 62}, [2]float64{266, 90})
	for _, flake := range [][3]float64{{50, 40, 4}, {110, 28, 3}, {180, 44, 4}, {280, 34, 3}, {70, 88, 3}, {290, 84, 4}} {
		d.disc(cream, flake[0], flake[1], flake[2])
	}
	return d.png()
}

// face is a child's, drawn in a square around the middle.
func face(ground, hair color.RGBA) []byte {
	d := newDrawing(ground)
	d.disc(hair, 160, 74, 50)
	d.disc(cream, 160, 86, 42)
	d.fill(hair, 118, 40, 202, 66, func(x, y float64) bool { return y < 58+8*math.Sin(x/9) && math.Hypot(x-160, y-74) <= 50 })
	d.fill(straw, 96, 132, 224, 160, func(x, y float64) bool { return math.Hypot((x-160)/1.6, y-168) <= 38 })
	d.disc(night, 145, 84, 5)
	d.disc(night, 175, 84, 5)
	d.fill(brick, 140, 98, 180, 116, func(x, y float64) bool {
		r := math.Hypot(x-160, y-96)
		return y > 100 && r <= 18 && r >= 14
	})
	return d.png()
}
