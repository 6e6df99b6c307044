package webtest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
)

// Page is what a visitor looks at.
type Page struct {
	t       testing.TB
	visitor *Visitor
	root    *html.Node
	URL     *url.URL // where the redirects led
	Status  int
	Header  http.Header
	Body    string
}

// Want fails the test when the page's status is another one.
func (p *Page) Want(status int) *Page {
	p.t.Helper()
	if p.Status != status {
		p.t.Fatalf("%s: status %d, want %d\n%s", p.URL.Path, p.Status, status, p.Text("main"))
	}
	return p
}

// WantPath fails the test when the redirects led elsewhere.
func (p *Page) WantPath(path string) *Page {
	p.t.Helper()
	if p.URL.Path != path {
		p.t.Fatalf("at %s (status %d), want %s\n%s", p.URL.Path, p.Status, path, p.Text("main"))
	}
	return p
}

// All gives the elements that a CSS selector finds, in the order of the page.
func (p *Page) All(selector string) []*html.Node {
	p.t.Helper()
	if p.root == nil {
		p.t.Fatalf("%s is not HTML: %s", p.URL.Path, p.Header.Get("Content-Type"))
	}
	s, err := cascadia.ParseGroup(selector)
	if err != nil {
		p.t.Fatalf("selector %q: %v", selector, err)
	}
	return cascadia.QueryAll(p.root, s)
}

// Has says whether the selector finds anything.
func (p *Page) Has(selector string) bool {
	p.t.Helper()
	return len(p.All(selector)) > 0
}

// Count says how many elements the selector finds.
func (p *Page) Count(selector string) int {
	p.t.Helper()
	return len(p.All(selector))
}

// Text gives the words of all that the selector finds, spaces reduced to one; empty when it finds nothing.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	if p.root == nil {
		return p.Body
	}
	return strings.Join(p.Texts(selector), " ")
}

// Texts gives the words of each element that the selector finds.
func (p *Page) Texts(selector string) []string {
	p.t.Helper()
	var texts []string
	for _, n := range p.All(selector) {
		texts = append(texts, Text(n))
	}
	return texts
}

// Attr gives an attribute of the first element found; empty when there is none.
func (p *Page) Attr(selector, name string) string {
	p.t.Helper()
	for _, n := range p.All(selector) {
		return Attr(n, name)
	}
	return ""
}

// Says fails the test when the words of what selector finds do not hold each of the parts. No-break spaces count as spaces.
func (p *Page) Says(selector string, parts ...string) *Page {
	p.t.Helper()
	text := p.Text(selector)
	for _, part := range parts {
		if !strings.Contains(text, plain(part)) {
			p.t.Errorf("%s: %q does not say %q", p.URL.Path, text, part)
		}
	}
	return p
}

// Click follows the link whose words are label, or whose aria-label is.
func (p *Page) Click(label string) *Page {
	p.t.Helper()
	for _, a := range p.All("a[href]") {
		if Text(a) == plain(label) || plain(Attr(a, "aria-label")) == plain(label) {
			return p.Follow(Attr(a, "href"))
		}
	}
	p.t.Fatalf("%s: no link %q; there are %q", p.URL.Path, label, p.Texts("a[href]"))
	return nil
}

// Follow opens an address as a link of this page would.
func (p *Page) Follow(href string) *Page {
	p.t.Helper()
	target, err := p.URL.Parse(href)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.visitor.Get(target.String())
}

// Text is the words of an element as a reader sees them: spaces, of any kind, reduced to one.
func Text(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		switch {
		case n.Type == html.TextNode:
			b.WriteString(n.Data)
		case n.Data == "script" || n.Data == "style" || n.Data == "template":
			return
		case blocks[n.Data]:
			b.WriteByte(' ')
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
		if blocks[n.Data] {
			b.WriteByte(' ')
		}
	}
	walk(n)
	return plain(b.String())
}

// blocks are the elements that part words even when no space is written between them.
var blocks = map[string]bool{"br": true, "p": true, "div": true, "li": true, "td": true, "th": true, "tr": true, "dt": true, "dd": true,
	"h1": true, "h2": true, "h3": true, "h4": true, "option": true, "label": true, "section": true, "ul": true, "ol": true}

// Attr is an attribute of an element; empty when it has none.
func Attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func hasAttr(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

// plain reduces spaces, no-break ones included, to one.
func plain(s string) string { return strings.Join(strings.Fields(s), " ") }
