// Package prose turns what agents write, in Markdown, into HTML that may stand in a page of the town, and into plain words.
//
// What comes out holds paragraphs, headings from the second level (the page has its own first), lists, quotations, code, emphasis and
// links; nothing else can come out. Markup written by hand is shown as it was typed, pictures become their alternative text (a page's
// picture has its own field, where that text is asked for), and a link leads to the web, a mailbox, a telephone or a page of this site.
package prose

import (
	"bytes"
	"net/url"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// reader knows no HTML: a tag is text like any other.
var reader = parser.NewParser(
	parser.WithBlockParsers(
		util.Prioritized(parser.NewSetextHeadingParser(), 100),
		util.Prioritized(parser.NewThematicBreakParser(), 200),
		util.Prioritized(parser.NewListParser(), 300),
		util.Prioritized(parser.NewListItemParser(), 400),
		util.Prioritized(parser.NewCodeBlockParser(), 500),
		util.Prioritized(parser.NewATXHeadingParser(), 600),
		util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
		util.Prioritized(parser.NewBlockquoteParser(), 800),
		util.Prioritized(parser.NewParagraphParser(), 1000),
	),
	parser.WithInlineParsers(
		util.Prioritized(parser.NewCodeSpanParser(), 100),
		util.Prioritized(parser.NewLinkParser(), 200),
		util.Prioritized(parser.NewAutoLinkParser(), 300),
		util.Prioritized(parser.NewEmphasisParser(), 500),
		util.Prioritized(extension.NewLinkifyParser(), 999),
	),
	parser.WithParagraphTransformers(util.Prioritized(parser.LinkReferenceParagraphTransformer, 100)),
	parser.WithASTTransformers(util.Prioritized(tamer{}, 100)),
)

var writer = renderer.NewRenderer(renderer.WithNodeRenderers(util.Prioritized(html.NewRenderer(), 1000)))

// HTML renders Markdown; what it gives is safe whatever was written.
func HTML(markdown string) string {
	source := []byte(markdown)
	var b bytes.Buffer
	if err := writer.Render(&b, source, reader.Parse(text.NewReader(source))); err != nil {
		return "" // a bytes.Buffer never refuses
	}
	return b.String()
}

// Text is the words of a Markdown text, a line a block: for searching, and where markup cannot stand.
func Text(markdown string) string {
	source := []byte(markdown)
	var b strings.Builder
	_ = ast.Walk(reader.Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Text:
			if entering {
				b.Write(n.Segment.Value(source))
				if n.SoftLineBreak() || n.HardLineBreak() {
					b.WriteByte(' ')
				}
			}
		case *ast.String:
			if entering {
				b.Write(n.Value)
			}
		case *ast.AutoLink:
			if entering {
				b.Write(n.Label(source))
			}
		case *ast.CodeBlock, *ast.FencedCodeBlock:
			if entering {
				b.Write(n.Lines().Value(source))
			}
		}
		if !entering && n.Type() == ast.TypeBlock {
			b.WriteByte('\n')
		}
		return ast.WalkContinue, nil
	})
	lines := slices.DeleteFunc(strings.Split(b.String(), "\n"), func(line string) bool { return strings.TrimSpace(line) == "" })
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// tamer changes what was read into what a page of the town may hold.
type tamer struct{}

// Transform lowers headings, takes pictures out, and unties links that lead where none should.
func (tamer) Transform(doc *ast.Document, in text.Reader, _ parser.Context) {
	source := in.Source()
	var headings []*ast.Heading
	var pictures []*ast.Image
	var links []*ast.Link
	var automatic []*ast.AutoLink
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			headings = append(headings, n)
		case *ast.Image:
			pictures = append(pictures, n)
		case *ast.Link:
			n.Title = nil
			if !Leads(string(n.Destination)) {
				links = append(links, n)
			}
		case *ast.AutoLink:
			if n.AutoLinkType == ast.AutoLinkURL && !Leads(string(n.URL(source))) {
				automatic = append(automatic, n)
			}
		}
		return ast.WalkContinue, nil
	})
	lower(headings)
	for _, n := range pictures {
		unwrap(n)
	}
	for _, n := range links {
		unwrap(n)
	}
	for _, n := range automatic {
		n.Parent().ReplaceChild(n.Parent(), n, ast.NewString(n.Label(source)))
	}
}

// lower sets the highest headings of a text at the second level, the page's own being the first, and leaves no level out: a screen reader
// goes from one to the next.
func lower(headings []*ast.Heading) {
	highest, previous := 6, 1
	for _, h := range headings {
		highest = min(highest, h.Level)
	}
	for _, h := range headings {
		h.Level = min(h.Level-highest+2, previous+1, 4)
		previous = h.Level
	}
}

// unwrap leaves the words of a link or a picture in its place.
func unwrap(n ast.Node) {
	parent := n.Parent()
	for child := n.FirstChild(); child != nil; {
		next := child.NextSibling()
		parent.InsertBefore(parent, n, child)
		child = next
	}
	parent.RemoveChild(parent, n)
}

// Leads says whether a link may lead there: to a page of this site, the web, a mailbox or a telephone.
func Leads(address string) bool {
	u, err := url.Parse(address)
	if err != nil || strings.ContainsAny(address, "\\\x00\t\r\n") {
		return false
	}
	switch u.Scheme {
	case "":
		return strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//") || strings.HasPrefix(address, "#")
	case "http", "https":
		return u.Host != "" && u.User == nil
	case "mailto", "tel":
		return u.Opaque != ""
	}
	return false
}
