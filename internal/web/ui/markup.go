package ui

import (
	"context"
	"io"
	"strconv"
	"sync"

	"github.com/a-h/templ"
)

// Markup is HTML written by hand, for what a page repeats hundreds of times: a template goes through several calls and a conversion
// for each value, which is most of what a long table costs. Markup that comes from a template of ours goes in with Raw, everything
// else with Text or Attr, which escape it.
type Markup []byte

// Raw adds markup that this program wrote.
func (m Markup) Raw(s string) Markup { return append(m, s...) }

// Text adds a text, escaped for an element or for a quoted attribute.
func (m Markup) Text(s string) Markup {
	from := 0
	for i := range len(s) {
		var escaped string
		switch s[i] {
		case '&':
			escaped = "&amp;"
		case '<':
			escaped = "&lt;"
		case '>':
			escaped = "&gt;"
		case '"':
			escaped = "&#34;"
		case '\'':
			escaped = "&#39;"
		default:
			continue
		}
		m = append(append(m, s[from:i]...), escaped...)
		from = i + 1
	}
	return append(m, s[from:]...)
}

// Attr adds an attribute with its value, the space before it included.
func (m Markup) Attr(name, value string) Markup {
	m = append(append(append(m, ' '), name...), `="`...)
	return append(m.Text(value), '"')
}

// Int adds a whole number.
func (m Markup) Int(n int) Markup { return strconv.AppendInt(m, int64(n), 10) }

// Icon adds an icon.
func (m Markup) Icon(name string) Markup { return append(m, IconHTML(name)...) }

// Drawn is a component that adds its markup to what it is given.
type Drawn func(Markup) Markup

var _ templ.Component = Drawn(nil)

var drawings = sync.Pool{New: func() any { m := make(Markup, 0, 32<<10); return &m }}

// Render writes the markup.
func (d Drawn) Render(_ context.Context, w io.Writer) error {
	m, _ := drawings.Get().(*Markup)
	*m = d((*m)[:0])
	_, err := w.Write(*m)
	drawings.Put(m)
	return err
}
