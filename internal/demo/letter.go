package demo

import (
	"cmp"
	"context"
	"io"
	"net/url"
	"strings"

	"github.com/a-h/templ"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// kept are the elements of an e-mail that the mailbox shows; of the others it shows the content. Headings go down one level, under
// that of the page.
var kept = map[atom.Atom]string{
	atom.P: "p", atom.Ul: "ul", atom.Ol: "ol", atom.Li: "li", atom.Strong: "strong", atom.B: "strong", atom.Em: "em", atom.Br: "br", atom.Hr: "hr",
	atom.H1: "h2", atom.H2: "h3", atom.H3: "h4", atom.Td: "div", atom.Th: "div",
}

// opening are the tags that open an element, where they hold more than its name.
var opening = map[string]string{"div": `<div class="stack">`}

// dropped are the elements of which nothing is shown.
var dropped = map[atom.Atom]bool{atom.Head: true, atom.Script: true, atom.Style: true, atom.Title: true, atom.Iframe: true, atom.Object: true, atom.Template: true}

// letter draws the HTML of an e-mail as part of a page: known elements without any of their attributes, links to the web with
// their address and nothing else. Whatever the message holds, the page's own style and policy stand.
func letter(text string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		root, err := html.Parse(strings.NewReader(text))
		if err != nil {
			return err
		}
		var b strings.Builder
		draw(&b, root)
		_, err = io.WriteString(w, b.String())
		return err
	})
}

func draw(b *strings.Builder, n *html.Node) {
	if n.Type == html.TextNode {
		b.WriteString(html.EscapeString(n.Data))
		return
	}
	if n.Type == html.ElementNode && dropped[n.DataAtom] {
		return
	}
	name, ok := kept[n.DataAtom]
	if n.DataAtom == atom.A {
		if address := href(n); address != "" {
			name, ok = "a", true
			b.WriteString(`<a href="` + html.EscapeString(address) + `">`)
		}
	} else if ok {
		b.WriteString(cmp.Or(opening[name], "<"+name+">"))
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		draw(b, c)
	}
	if ok && name != "br" && name != "hr" {
		b.WriteString("</" + name + ">")
	}
}

// href is the address of a link, when it leads to the web.
func href(n *html.Node) string {
	for _, a := range n.Attr {
		if a.Key != "href" {
			continue
		}
		if u, err := url.Parse(a.Val); err == nil && (u.Scheme == "http" || u.Scheme == "https") {
			return a.Val
		}
	}
	return ""
}
