package web_test

import (
	"testing"

	"preau/internal/webtest"
)

// The kit in a browser: both widths, light and dark, without script, and nothing for axe to say.
func TestKitInABrowser(t *testing.T) {
	site := webtest.NewSite(t, build(t, nil))
	for _, view := range []webtest.View{{Width: webtest.Phone}, {Width: webtest.Desk}, {Width: webtest.Phone, Dark: true}, {Width: webtest.Desk, Dark: true}, {Width: 320, NoScript: true}} {
		b := webtest.NewBrowser(t, view)
		b.Open(site.URL("chatou.localhost") + "/style")
		b.Shot("style")
		b.Wide()
		b.Axe()
	}
}

func TestErrorPageInABrowser(t *testing.T) {
	b := webtest.NewBrowser(t, webtest.View{Width: webtest.Phone})
	b.Open(webtest.NewSite(t, build(t, nil)).URL("chatou.localhost") + "/perdu")
	b.Shot("erreur-404")
	b.Wide()
	b.Axe()
}
