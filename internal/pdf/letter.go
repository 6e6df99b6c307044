package pdf

import (
	"fmt"

	"rsc.io/qr"
)

// Letter is the head of a letter.
type Letter struct {
	// From is the sender, top left: the town, the service, its address and telephone.
	From []string
	// To is the addressee as the post wants it: at most six lines, name first, town last.
	To []string
	// Date is "Chatou, le mardi 1 décembre 2026".
	Date string
	// Reference, if any, stands under the sender.
	Reference string
}

// The place of the address. A French DL envelope (220 × 110 mm) has its window, 100 × 45 mm, 20 mm from the right and bottom edges: it
// shows x 100–200 and y 45–90. A sheet folded in three (210 × 99 mm) slides by 10 and 11 mm in it: what must always show stands in x 100–190
// and y 45–79, and nothing else may stand in x 90–200, y 34–90.
const (
	windowLeft  = 104.0
	windowTop   = 48.0
	windowWidth = 84.0
	windowLine  = 4.9
	belowWindow = 92.0
	foldAt      = 99.0
	senderWidth = 66.0
)

// Letter begins a part with the head of a letter, ready for a window envelope; what follows is its text.
func (d *Doc) Letter(l Letter, footer string) {
	d.Part(footer)
	y := marginTop
	from := d.add(&d.part.element, "P")
	d.begin(from)
	lines := l.From
	if l.Reference != "" {
		lines = append(append([]string{}, lines...), "", l.Reference)
	}
	for i, text := range lines {
		font := regular
		if i == 0 {
			font = bold
		}
		for _, line := range d.wrap(text, font, 9.5, senderWidth) {
			y += lineHeight(9.5)
			d.show(&d.page().content, line+" ", font, 9.5, spot{marginSide, y})
		}
	}
	d.end()
	to := d.add(&d.part.element, "P")
	d.begin(to)
	for i, text := range l.To {
		size := 10.5
		for size > 7 && d.fonts[regular].face.width(text, size) > windowWidth {
			size -= 0.25
		}
		d.show(&d.page().content, text+" ", regular, size, spot{windowLeft, windowTop + float64(i+1)*windowLine - 1})
	}
	d.end()
	d.line(4, foldAt, 8, foldAt)
	d.part.y = belowWindow
	if l.Date != "" {
		date := d.add(&d.part.element, "P")
		d.begin(date)
		d.show(&d.page().content, l.Date, regular, 10.5, spot{windowLeft, belowWindow + 3})
		d.end()
		d.part.y += 8
	}
}

// QR draws a text as a square code of a side in millimetres, with words beside it; alt says to a screen reader what it holds.
func (d *Doc) QR(text, alt, beside string, side float64) error {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return fmt.Errorf("pdf: a square code of %d characters: %w", len(text), err)
	}
	lines := d.wrap(beside, regular, 10.5, textWidth-side-6)
	height := max(side, 4+float64(len(lines))*lineHeight(10.5))
	d.room(height + 2)
	e := d.add(&d.part.element, "Figure")
	e.alt = alt
	e.extra = fmt.Sprintf("/A<</O/Layout/Placement/Block/BBox[%.2f %.2f %.2f %.2f]>>", marginSide*point, up(d.part.y+side), (marginSide+side)*point, up(d.part.y))
	d.begin(e)
	w := &d.page().content
	// A code is read with four modules of quiet around it.
	module := side / float64(code.Size+8)
	fmt.Fprintf(w, "0 g\n")
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			n := 0
			for x+n < code.Size && code.Black(x+n, y) {
				n++
			}
			if n > 0 {
				fmt.Fprintf(w, "%.2f %.2f %.2f %.2f re ", (marginSide+module*float64(x+4))*point, up(d.part.y+module*float64(y+5)), module*float64(n)*point, module*point)
				x += n
			}
		}
	}
	w.WriteString("f\n")
	d.end()
	words := d.add(&d.part.element, "P")
	d.begin(words)
	y := d.part.y + 4
	for _, line := range lines {
		y += lineHeight(10.5)
		d.show(w, line+" ", regular, 10.5, spot{marginSide + side + 6, y})
	}
	d.end()
	d.part.y += height + 3
	return nil
}
