package prose_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"preau/internal/prose"
)

func TestWhatAgentsWrite(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"a paragraph", "Bonjour", "<p>Bonjour</p>\n"},
		{"headings begin under the page's own", "# Un\n\n## Deux\n\n##### Cinq", "<h2>Un</h2>\n<h3>Deux</h3>\n<h4>Cinq</h4>\n"},
		{"whatever level they start from", "### Un\n\n# Deux\n\n#### Trois", "<h2>Un</h2>\n<h2>Deux</h2>\n<h3>Trois</h3>\n"},
		{"a list", "- un\n- deux", "<ul>\n<li>un</li>\n<li>deux</li>\n</ul>\n"},
		{"emphasis", "**Grève** le *jeudi*", "<p><strong>Grève</strong> le <em>jeudi</em></p>\n"},
		{"a link to a page of this site", "[la cantine](/activites/cantine)", `<p><a href="/activites/cantine">la cantine</a></p>` + "\n"},
		{"an address written as such", "Voir https://chatou.example.", `<p>Voir <a href="https://chatou.example">https://chatou.example</a>.</p>` + "\n"},
		{"a mailbox", "<espace@chatou.example>", `<p><a href="mailto:espace@chatou.example">espace@chatou.example</a></p>` + "\n"},
		{"markup is shown as it was typed", "Un <b>mot</b> <script>alert(1)</script>", "<p>Un &lt;b&gt;mot&lt;/b&gt; &lt;script&gt;alert(1)&lt;/script&gt;</p>\n"},
		{"a block of markup too", "<div onclick=x>\nbonjour\n</div>", "<p>&lt;div onclick=x&gt;\nbonjour\n&lt;/div&gt;</p>\n"},
		{"a link that runs something is only its words", "[ici](javascript:alert(1))", "<p>ici</p>\n"},
		{"whatever its case", "[ici](JaVaScRiPt:alert(1))", "<p>ici</p>\n"},
		{"or its entities", "[ici](javascript&#58;alert(1))", "<p>ici</p>\n"},
		{"nor one to another site in disguise", "[ici](//ailleurs.example) [là](\\\\ailleurs.example)", "<p>ici là</p>\n"},
		{"nor between angle brackets", "<javascript:alert(1)>", "<p>javascript:alert(1)</p>\n"},
		{"a picture is its alternative text", "![des **bateaux**](https://ailleurs.example/x.png)", "<p>des <strong>bateaux</strong></p>\n"},
		{"a picture in a link", "[![bateaux](x.png)](https://chatou.example)", `<p><a href="https://chatou.example">bateaux</a></p>` + "\n"},
	} {
		if got := prose.HTML(c.in); got != c.want {
			t.Errorf("%s: %q\nwant %q", c.name, got, c.want)
		}
	}
}

func TestPlainWords(t *testing.T) {
	in := "# Noël\n\nLe **repas** de [Noël](/activites/cantine),\njeudi.\n\n- un\n- deux\n\n    du code\n\n<b>x</b> https://chatou.example"
	want := "Noël\nLe repas de Noël, jeudi.\nun\ndeux\ndu code\n<b>x</b> https://chatou.example"
	if got := prose.Text(in); got != want {
		t.Errorf("%q\nwant %q", got, want)
	}
}

var allowed = []string{"html", "head", "body", "p", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "a", "br", "hr"}

// harmless reads what came out as a browser would, and gives what should not be there.
func harmless(out string) (wrong []string) {
	doc, err := html.Parse(strings.NewReader(out))
	if err != nil {
		return []string{err.Error()}
	}
	for n := range doc.Descendants() {
		switch n.Type {
		case html.CommentNode:
			wrong = append(wrong, "a comment")
		case html.ElementNode:
			if !slices.Contains(allowed, n.Data) {
				wrong = append(wrong, "<"+n.Data+">")
			}
			for _, a := range n.Attr {
				switch {
				case n.Data == "a" && a.Key == "href" && prose.Leads(a.Val), n.Data == "ol" && a.Key == "start", n.Data == "code" && a.Key == "class":
				default:
					wrong = append(wrong, n.Data+" "+a.Key+"="+a.Val)
				}
			}
		}
	}
	return wrong
}

func FuzzHTML(f *testing.F) {
	for _, s := range []string{
		"# Un\n\n[a](javascript:alert(1)) <img src=x onerror=alert(1)>", "<javascript:x> <data:text/html,x>", "![x](y \"t\")", "[x]: javascript:alert(1)\n\n[x]",
		"```html\n<script>\n```", "1. a\n   - b\n> c\n***", "[a](<java\nscript:x>)", "www.chatou.example/<b>", "[a](tel:+33199004662 'x\" onclick=\"y')", "[x](&#x6A;avascript:1)", "\x00<b>", "[a](http://u:p@x)",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if wrong := harmless(prose.HTML(s)); len(wrong) > 0 {
			t.Errorf("%q gives %q", s, wrong)
		}
		prose.Text(s)
	})
}
