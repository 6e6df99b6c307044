package pdf

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

// element is a piece of the document's structure: what a screen reader goes through.
type element struct {
	tag    string
	alt    string // words for a figure
	extra  string // attributes, as PDF
	object int
	kids   []kid
}

// kid is an element inside, or a mark on a page.
type kid struct {
	inside *element
	page   *page
	mark   int
}

// add begins an element inside another one.
func (d *Doc) add(parent *element, tag string) *element {
	e := &element{tag: tag, object: d.reserve()}
	parent.kids = append(parent.kids, kid{inside: e})
	return e
}

// begin marks what follows on the page as the element's.
func (d *Doc) begin(e *element) {
	pg := d.page()
	mark := len(pg.marks)
	pg.marks = append(pg.marks, e)
	e.kids = append(e.kids, kid{page: pg, mark: mark})
	fmt.Fprintf(&pg.content, "/%s <</MCID %d>> BDC\n", e.tag, mark)
}

// end closes what begin opened.
func (d *Doc) end() { d.page().content.WriteString("EMC\n") }

// writeElement writes an element and all it holds.
func (d *Doc) writeElement(e *element, parent int) {
	var kids strings.Builder
	for _, k := range e.kids {
		if k.inside != nil {
			d.writeElement(k.inside, e.object)
			fmt.Fprintf(&kids, "%d 0 R ", k.inside.object)
		} else {
			fmt.Fprintf(&kids, "<</Type/MCR/Pg %d 0 R/MCID %d>>", k.page.object, k.mark)
		}
	}
	extra := e.extra
	if e.alt != "" {
		extra += "/Alt" + textString(e.alt)
	}
	d.object(e.object, fmt.Sprintf("<</Type/StructElem/S/%s/P %d 0 R/K[%s]%s>>", e.tag, parent, kids.String(), extra))
}

// writeStructure writes what stands above the parts, and the way back from pages to elements.
func (d *Doc) writeStructure() {
	d.object(d.document, fmt.Sprintf("<</Type/StructElem/S/Document/P %d 0 R/K[%s]>>", d.root, refs(d.parts)))
	var nums strings.Builder
	for i, parents := range d.parents {
		fmt.Fprintf(&nums, "%d %d 0 R ", i, parents)
	}
	d.object(d.root, fmt.Sprintf("<</Type/StructTreeRoot/K[%d 0 R]/ParentTree<</Nums[%s]>>/ParentTreeNextKey %d>>",
		d.document, nums.String(), len(d.parents)))
}

// textString is a text as PDF writes it outside of pages.
func textString(s string) string {
	var b strings.Builder
	b.WriteString("<FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	return b.String() + ">"
}
