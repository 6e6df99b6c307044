// Package pdf writes the town's paper: letters in window envelopes, and documents of headings, paragraphs and tables.
//
// A document is made of parts: one letter, one invoice, one list. Pages are numbered within their part ("page 1 sur 2"), and a part leaves
// for the writer when the next one begins, so that a thousand letters need the memory of one. Nothing is placed by hand: text flows down the
// page and on to the next one. Every piece is tagged (headings, paragraphs, tables, figures with words), which is what lets a screen reader
// read the file and a machine extract its text; the fonts are embedded once, with only the glyphs used.
//
// Lengths are millimetres from the top left corner of an A4 sheet, sizes of type are points.
package pdf

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// ContentType is what an HTTP answer says of such a file.
const ContentType = "application/pdf"

// The sheet and its margins, in millimetres.
const (
	pageWidth    = 210.0
	pageHeight   = 297.0
	marginSide   = 20.0
	marginTop    = 18.0
	marginBottom = 22.0
	textWidth    = pageWidth - 2*marginSide
)

const point = 72 / 25.4 // points in a millimetre

// Meta is what a reader shows of the file. Title is required: a screen reader says it first.
type Meta struct {
	Title, Author string
	Created       time.Time
}

// Doc is a document being written. Its methods are called in reading order; an error of the writer is kept and told by Close.
type Doc struct {
	out     *counter
	meta    Meta
	offsets []int64 // of each object, by number - 1; 0 while it is not written
	err     error

	fonts    [2]*embedded
	pages    []int // objects of pages
	pageTree int
	root     int // the structure's root
	document int // its one element, above the parts
	parts    []int
	parents  []int // for each page, the object that lists the elements of its marks

	part *part
}

// New begins a document. What is written to w is complete after Close.
func New(w io.Writer, m Meta) *Doc {
	d := &Doc{out: &counter{w: w}, meta: m}
	d.print("%%PDF-1.7\n%%\xe2\xe3\xcf\xd3\n")
	d.pageTree, d.root, d.document = d.reserve(), d.reserve(), d.reserve()
	for i := range d.fonts {
		d.fonts[i] = &embedded{face: faces()[i], object: d.reserve(), used: map[uint16]rune{}}
	}
	return d
}

// Part begins a part on a new page. The footer, which may be empty, stands at the bottom of each of its pages, before the page's number.
func (d *Doc) Part(footer string) {
	d.flush()
	d.part = &part{footer: footer, element: element{tag: "Part", object: d.reserve()}}
	d.newPage()
}

// Pages says how many pages there are so far.
func (d *Doc) Pages() int {
	if d.part == nil {
		return len(d.pages)
	}
	return len(d.pages) + len(d.part.pages)
}

// Close writes what is left. A document has at least one page.
func (d *Doc) Close() error {
	if d.part == nil && len(d.pages) == 0 {
		d.Part("")
	}
	d.flush()
	for _, f := range d.fonts {
		d.writeFont(f)
	}
	d.object(d.pageTree, fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", len(d.pages), refs(d.pages)))
	d.writeStructure()
	info := d.reserve()
	d.object(info, fmt.Sprintf("<</Title%s/Author%s/Producer%s/CreationDate(D:%sZ)>>", textString(d.meta.Title), textString(d.meta.Author),
		textString("Préau"), d.meta.Created.UTC().Format("20060102150405")))
	catalog := d.reserve()
	d.object(catalog, fmt.Sprintf("<</Type/Catalog/Pages %d 0 R/StructTreeRoot %d 0 R/MarkInfo<</Marked true>>/Lang(fr-FR)"+
		"/ViewerPreferences<</DisplayDocTitle true>>>>", d.pageTree, d.root))
	at := d.out.n
	d.print("xref\n0 %d\n0000000000 65535 f \n", len(d.offsets)+1)
	for _, offset := range d.offsets {
		d.print("%010d 00000 n \n", offset)
	}
	d.print("trailer\n<</Size %d/Root %d 0 R/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(d.offsets)+1, catalog, info, at)
	return d.err
}

// part is what is kept until its pages can be counted.
type part struct {
	footer  string
	element element
	pages   []*page
	y       float64 // where the next line begins, from the top
}

// page is the content of one page, and the elements its marks belong to.
type page struct {
	object  int
	content bytes.Buffer
	marks   []*element
}

// newPage goes on at the top of a fresh page.
func (d *Doc) newPage() {
	d.part.pages = append(d.part.pages, &page{object: d.reserve()})
	d.part.y = marginTop
}

// page is the page being written.
func (d *Doc) page() *page {
	if d.part == nil {
		d.Part("")
	}
	return d.part.pages[len(d.part.pages)-1]
}

// room makes sure that so many millimetres are left on the page, or turns it.
func (d *Doc) room(height float64) {
	d.page()
	if d.part.y+height > pageHeight-marginBottom && d.part.y > marginTop {
		d.newPage()
	}
}

// Space leaves a gap, which the top of a page swallows.
func (d *Doc) Space(mm float64) {
	d.page()
	if d.part.y > marginTop {
		d.part.y += mm
	}
}

// Rule draws a thin line across the text.
func (d *Doc) Rule() {
	d.room(4)
	d.part.y += 2
	d.line(marginSide, d.part.y, marginSide+textWidth, d.part.y)
	d.part.y += 2
}

// line draws a hairline that a reader need not know of.
func (d *Doc) line(x1, y1, x2, y2 float64) {
	fmt.Fprintf(&d.page().content, "/Artifact BMC .6 w .7 G %.2f %.2f m %.2f %.2f l S EMC\n", x1*point, up(y1), x2*point, up(y2))
}

// flush writes the pages of the part that ends, each with its footer, and the part's elements.
func (d *Doc) flush() {
	if d.part == nil {
		return
	}
	p := d.part
	for i, pg := range p.pages {
		d.footer(pg, i+1)
		content := d.reserve()
		d.stream(content, "", pg.content.Bytes())
		parents := d.reserve()
		list := make([]int, len(pg.marks))
		for j, e := range pg.marks {
			list[j] = e.object
		}
		d.object(parents, "["+refs(list)+"]")
		d.object(pg.object, fmt.Sprintf("<</Type/Page/Parent %d 0 R/MediaBox[0 0 %.2f %.2f]/Contents %d 0 R/StructParents %d/Tabs/S"+
			"/Resources<</Font<</F0 %d 0 R/F1 %d 0 R>>>>>>", d.pageTree, pageWidth*point, pageHeight*point, content, len(d.pages),
			d.fonts[0].object, d.fonts[1].object))
		d.pages = append(d.pages, pg.object)
		d.parents = append(d.parents, parents)
	}
	d.writeElement(&p.element, d.document)
	d.parts = append(d.parts, p.element.object)
	d.part = nil
}

// footer puts the part's words and the page's number at the bottom, for the eye only.
func (d *Doc) footer(pg *page, number int) {
	words := d.part.footer
	if total := len(d.part.pages); total > 1 {
		if words != "" {
			words += " – "
		}
		words += fmt.Sprintf("page %d sur %d", number, total)
	}
	if words == "" {
		return
	}
	lines := d.wrap(words, regular, 8, textWidth)
	pg.content.WriteString("/Artifact BMC .35 g\n")
	for i, l := range lines {
		d.show(&pg.content, l, regular, 8, spot{marginSide, pageHeight - 14 + float64(i)*3.6})
	}
	pg.content.WriteString("0 g EMC\n")
}

// reserve gives the number of an object to be written.
func (d *Doc) reserve() int {
	d.offsets = append(d.offsets, 0)
	return len(d.offsets)
}

func (d *Doc) object(number int, body string) {
	d.offsets[number-1] = d.out.n
	d.print("%d 0 obj\n%s\nendobj\n", number, body)
}

// packers are lent to the streams of all documents: one is a megabyte to make.
var packers = sync.Pool{New: func() any { return zlib.NewWriter(io.Discard) }}

// stream writes bytes as a compressed object; extra stands in its dictionary.
func (d *Doc) stream(number int, extra string, content []byte) {
	var packed bytes.Buffer
	z, _ := packers.Get().(*zlib.Writer)
	z.Reset(&packed)
	_, _ = z.Write(content) // a buffer takes everything
	_ = z.Close()
	packers.Put(z)
	d.offsets[number-1] = d.out.n
	d.print("%d 0 obj\n<</Length %d/Filter/FlateDecode%s>>\nstream\n", number, packed.Len(), extra)
	d.write(packed.Bytes())
	d.print("\nendstream\nendobj\n")
}

func (d *Doc) print(format string, args ...any) { d.write(fmt.Appendf(nil, format, args...)) }

func (d *Doc) write(b []byte) {
	if d.err == nil {
		_, d.err = d.out.Write(b)
	}
}

// counter knows how far the file has come.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

// up turns a distance from the top, in millimetres, into points from the bottom.
func up(y float64) float64 { return (pageHeight - y) * point }

func refs(objects []int) string {
	var b strings.Builder
	for _, o := range objects {
		fmt.Fprintf(&b, "%d 0 R ", o)
	}
	return b.String()
}
