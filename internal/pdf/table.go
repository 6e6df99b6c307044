package pdf

// Column is a column of a table. Share is its part of the width, beside the others'; Right aligns amounts.
type Column struct {
	Title string
	Share float64
	Right bool
}

// Table is a table of a document: rows with as many cells as there are columns. Totals, below them, are written in bold. Where no
// column has a title, there is no head.
type Table struct {
	Columns      []Column
	Rows, Totals [][]string
	Notes        []string // by row: small print under its first cell; shorter than Rows where the last ones have none
	RowHeads     bool     // the first cell of a row is its heading
}

const (
	cellSize = 9.5
	cellPad  = 1.6
	noteSize = 8
)

// row is a line of a table being laid out.
type row struct {
	lines [][]string // by cell
	note  []string   // under the first one
	font  int
	head  string // "Column" for the table's head, "Row" when its first cell is one
}

// Table writes a table. Its head is repeated on each page; a row never crosses one.
func (d *Doc) Table(t Table) {
	d.page()
	e := d.add(&d.part.element, "Table")
	head, titled := d.head(t)
	if titled {
		d.room(3*lineHeight(cellSize) + 6)
		d.row(t, head, e)
	}
	put := func(cells []string, font int, note string) {
		r := row{font: font}
		if t.RowHeads {
			r.head = "Row"
		}
		r = d.layOut(t, cells, r)
		if note != "" {
			r.note = d.wrap(note, regular, noteSize, t.widths()[0]-2*cellPad)
		}
		before := len(d.part.pages)
		d.room(r.height())
		if titled && len(d.part.pages) != before {
			d.row(t, head, nil)
		}
		d.row(t, r, e)
	}
	for i, cells := range t.Rows {
		note := ""
		if i < len(t.Notes) {
			note = t.Notes[i]
		}
		put(cells, regular, note)
	}
	for _, cells := range t.Totals {
		put(cells, bold, "")
	}
	d.Space(4)
}

// head lays out the titles of the columns, if there are any.
func (d *Doc) head(t Table) (r row, titled bool) {
	titles := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		titles[i], titled = c.Title, titled || c.Title != ""
	}
	return d.layOut(t, titles, row{font: bold, head: "Column"}), titled
}

func (r row) height() float64 {
	most := 1.0
	for i, l := range r.lines {
		n := float64(len(l))
		if i == 0 {
			n += float64(len(r.note)) * noteSize / cellSize
		}
		most = max(most, n)
	}
	return most*lineHeight(cellSize) + 2*cellPad
}

func (t Table) widths() []float64 {
	total := 0.0
	for _, c := range t.Columns {
		total += c.Share
	}
	out := make([]float64, len(t.Columns))
	for i, c := range t.Columns {
		out[i] = textWidth * c.Share / total
	}
	return out
}

func (d *Doc) layOut(t Table, cells []string, r row) row {
	for i, w := range t.widths() {
		r.lines = append(r.lines, d.wrap(cells[i], r.font, cellSize, w-2*cellPad))
	}
	return r
}

// row draws a laid-out row; one without a table around is a repetition, for the eye only.
func (d *Doc) row(t Table, r row, table *element) {
	var line *element
	if table != nil {
		line = d.add(table, "TR")
	}
	x, top := marginSide, d.part.y
	for i, w := range t.widths() {
		if line != nil {
			d.begin(d.cell(line, r, i))
		} else {
			d.page().content.WriteString("/Artifact BMC\n")
		}
		for n, text := range r.lines[i] {
			left := x + cellPad
			if t.Columns[i].Right {
				left = x + w - cellPad - d.fonts[r.font].face.width(text, cellSize)
			}
			d.show(&d.page().content, text+" ", r.font, cellSize, spot{left, top + cellPad + lineHeight(cellSize)*(float64(n)+0.75)})
		}
		if i == 0 {
			d.note(r, spot{x + cellPad, top + cellPad + lineHeight(cellSize)*float64(len(r.lines[0]))})
		}
		d.end()
		x += w
	}
	d.part.y += r.height()
	d.line(marginSide, d.part.y, marginSide+textWidth, d.part.y)
}

// note writes the small print of a row, from a spot down.
func (d *Doc) note(r row, at spot) {
	if len(r.note) == 0 {
		return
	}
	w := &d.page().content
	w.WriteString(".3 g\n")
	for n, text := range r.note {
		d.show(w, text+" ", regular, noteSize, spot{at.x, at.y + lineHeight(noteSize)*(float64(n)+0.75)})
	}
	w.WriteString("0 g\n")
}

// cell begins the element of a cell.
func (d *Doc) cell(line *element, r row, i int) *element {
	if r.head == "Column" || r.head == "Row" && i == 0 {
		e := d.add(line, "TH")
		e.extra = "/A<</O/Table/Scope/" + r.head + ">>"
		return e
	}
	return d.add(line, "TD")
}

// Facts writes pairs of a word and what it is: a table without a head, whose first column is the heading of each row.
func (d *Doc) Facts(pairs [][2]string) {
	t := Table{Columns: []Column{{Share: 1}, {Share: 2}}, RowHeads: true}
	for i := range pairs {
		t.Rows = append(t.Rows, pairs[i][:])
	}
	d.Table(t)
}
