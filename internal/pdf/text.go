package pdf

import (
	"bytes"
	"fmt"
	"strings"
)

// leading is the distance between two lines, as a multiple of the size of type.
const leading = 1.38

// spot is a place on the page.
type spot struct{ x, y float64 }

// Heading writes a title of the part; its level is 1 to 3. It never stays alone at the bottom of a page.
func (d *Doc) Heading(level int, text string) {
	size := []float64{17, 13, 11}[level-1]
	d.Space(3)
	d.room(lineHeight(size) + 14)
	d.block(fmt.Sprintf("H%d", level), text, bold, size)
	d.Space(1.5)
}

// Paragraph writes running text. A line feed in it begins a new line.
func (d *Doc) Paragraph(text string) {
	d.block("P", text, regular, 10.5)
	d.Space(2.5)
}

// Strong writes a paragraph that must not be missed.
func (d *Doc) Strong(text string) {
	d.block("P", text, bold, 10.5)
	d.Space(2.5)
}

// Small writes what is there to be complete: legal notice, how to complain.
func (d *Doc) Small(text string) {
	d.block("P", text, regular, 8.5)
	d.Space(2)
}

// List writes items, each after a bullet. An item is a few words in bold, which may be empty, then its text.
func (d *Doc) List(items [][2]string) {
	d.page()
	list := d.add(&d.part.element, "L")
	for _, item := range items {
		lead := d.wrap(item[0], bold, 10.5, textWidth-listIndent)
		body := d.wrap(item[1], regular, 10.5, textWidth-listIndent)
		if item[0] == "" {
			lead = nil
		}
		d.room(lineHeight(10.5) * float64(len(lead)+len(body)))
		e := d.add(list, "LI")
		d.begin(d.add(e, "Lbl"))
		d.show(&d.page().content, "• ", bold, 10.5, spot{marginSide, d.part.y + lineHeight(10.5)*0.72})
		d.end()
		d.begin(d.add(e, "LBody"))
		for i, l := range append(lead, body...) {
			font := regular
			if i < len(lead) {
				font = bold
			}
			d.part.y += lineHeight(10.5)
			d.show(&d.page().content, l+" ", font, 10.5, spot{marginSide + listIndent, d.part.y - lineHeight(10.5)*0.28})
		}
		d.end()
		d.part.y += 1.2
	}
	d.Space(1.5)
}

// listIndent is where the text of an item begins, in millimetres from the margin.
const listIndent = 4.5

// Code writes what has to be copied by hand, large and in a frame.
func (d *Doc) Code(text string) {
	const size = 24.0
	d.room(20)
	y := d.part.y + 2
	w := d.fonts[bold].face.width(text, size) + 20
	x := (pageWidth - w) / 2
	fmt.Fprintf(&d.page().content, "/Artifact BMC 1 w .45 G %.2f %.2f %.2f %.2f re S EMC\n", x*point, up(y+14), w*point, 14*point)
	e := d.add(&d.part.element, "P")
	d.begin(e)
	d.show(&d.page().content, text, bold, size, spot{x + 10, y + 10})
	d.end()
	d.part.y = y + 18
}

// block writes a text as one element, over as many pages as it takes.
func (d *Doc) block(tag, text string, font int, size float64) {
	d.page()
	e := d.add(&d.part.element, tag)
	lines := d.wrap(text, font, size, textWidth)
	open := false
	for _, l := range lines {
		if open && d.part.y+lineHeight(size) > pageHeight-marginBottom {
			d.end()
			open = false
		}
		d.room(lineHeight(size))
		if !open {
			d.begin(e)
			open = true
		}
		d.part.y += lineHeight(size)
		d.show(&d.page().content, l+" ", font, size, spot{marginSide, d.part.y - lineHeight(size)*0.28})
	}
	if open {
		d.end()
	}
}

// lineHeight is the height of a line, in millimetres.
func lineHeight(size float64) float64 { return size * leading / point }

// show writes one line of text whose baseline begins at a spot.
func (d *Doc) show(w *bytes.Buffer, text string, font int, size float64, at spot) {
	e := d.fonts[font]
	fmt.Fprintf(w, "BT /F%d %.2f Tf 1 0 0 1 %.2f %.2f Tm <", font, size, at.x*point, up(at.y))
	for _, r := range text {
		g := e.face.glyph(r)
		e.used[g] = e.face.drawn(r)
		fmt.Fprintf(w, "%04X", g)
	}
	w.WriteString("> Tj ET\n")
}

// wrap cuts a text into lines no longer than a width. No-break spaces hold; a word longer than a line is cut.
func (d *Doc) wrap(text string, font int, size, width float64) []string {
	f := d.fonts[font].face
	var out []string
	for whole := range strings.SplitSeq(text, "\n") {
		line := ""
		for word := range strings.SplitSeq(whole, " ") {
			for word != "" {
				joined := strings.TrimPrefix(line+" "+word, " ")
				if f.width(joined, size) <= width {
					line, word = joined, ""
				} else if line != "" {
					out = append(out, line)
					line = ""
				} else {
					n := f.fitting(word, size, width)
					out = append(out, word[:n])
					word = word[n:]
				}
			}
		}
		out = append(out, line)
	}
	return out
}

// fitting says how many bytes of a word fit in a width: at least one character's.
func (f *face) fitting(word string, size, width float64) int {
	n := 0
	for i, r := range word {
		end := i + len(string(r))
		if n > 0 && f.width(word[:end], size) > width {
			break
		}
		n = end
	}
	return n
}
