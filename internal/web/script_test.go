package web_test

import (
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/a-h/templ"
	"github.com/chromedp/chromedp"

	"preau/internal/web"
	"preau/internal/web/ui"
	"preau/internal/webtest"
)

// calendar is the least of a calendar page: two boxes, the buttons that tick them, the bar that counts, a dialog.
const calendar = `<h1>Essai</h1><form id="f" data-calendar method="get" action="/recap"><button class="vh" tabindex="-1">Envoyer</button>
<div class="day"><div class="day__tile"><label>Lundi <input class="day__in" type="checkbox" name="jour" value="2026-12-07:REPAS" data-was="1" data-price="340" checked></label></div></div>
<div class="day"><div class="day__tile"><label>Mardi <input class="day__in" type="checkbox" name="jour" value="2026-12-08:REPAS" data-was="0" data-price="340"></label></div></div>
<div class="day"><div class="day__tile"><label>Jeudi <input class="day__in" type="checkbox" name="jour" value="2026-12-10:REPAS" data-was="0" data-price="340"></label></div></div>
<button name="outil" value="tout-cocher" data-tick="1">Tout cocher</button><button name="outil" value="tout-decocher" data-tick="0">Tout décocher</button>
<button>Voir le récapitulatif</button></form>
<p><strong data-total="en décembre" data-none="Rien ne change">Rien ne change</strong></p>
<p><a class="btn" href="/question" data-opens="d">Retirer la semaine</a></p>
<dialog class="dialog" id="d" aria-labelledby="d-t"><h2 id="d-t">Retirer ?</h2><button type="button" data-closes>Les garder</button></dialog>`

func calendarSite(t *testing.T) string {
	h := build(t, nil)
	h.Handle("GET /calendrier", web.Anyone(func(w http.ResponseWriter, r *http.Request) error {
		p := web.Frame(w, r, ui.Page{Title: "Essai"})
		return web.Render(w, r, http.StatusOK, templ.ComponentFunc(func(ctx context.Context, out io.Writer) error {
			return ui.Public(p).Render(templ.WithChildren(ctx, templ.Raw(calendar)), out)
		}))
	}))
	h.Handle("GET /recap", web.Anyone(page))
	h.Handle("GET /question", web.Anyone(page))
	return webtest.NewSite(t, h).URL("chatou.localhost") + "/calendrier"
}

func TestScriptCountsAndTicks(t *testing.T) {
	address := calendarSite(t)
	b := webtest.NewBrowser(t, webtest.View{})
	b.Open(address)
	b.Click("input[value^='2026-12-08']")
	if got := b.Text("[data-total]"); got != "1 ajout · environ 3,40 € de plus en décembre" {
		t.Errorf("after one tick: %q", got)
	}
	b.Run(chromedp.Click("[data-tick='1']", chromedp.ByQuery))
	if got := b.Text("[data-total]"); got != "2 ajouts · environ 6,80 € de plus en décembre" {
		t.Errorf("all ticked: %q", got)
	}
	b.Run(chromedp.Click("[data-tick='0']", chromedp.ByQuery))
	if got := b.Text("[data-total]"); got != "1 retrait · environ 3,40 € de moins en décembre" {
		t.Errorf("none ticked: %q", got)
	}
	b.Click("input[value^='2026-12-07']")
	if got := b.Text("[data-total]"); got != "Rien ne change" {
		t.Errorf("as it was: %q", got)
	}
	if got := b.Path(); got != "/calendrier" {
		t.Errorf("at %s", got)
	}
	b.Click("[data-opens]")
	var open bool
	if b.Eval(`document.querySelector("#d").open`, &open); !open {
		t.Error("the dialog did not open")
	}
	b.Axe()
	b.Click("[data-closes]")
	if b.Eval(`document.querySelector("#d").open`, &open); open {
		t.Error("the dialog did not close")
	}
}

// The same page without script: the buttons and the link lead to the server.
func TestPageWithoutScript(t *testing.T) {
	address := calendarSite(t)
	b := webtest.NewBrowser(t, webtest.View{Width: webtest.Phone, NoScript: true})
	b.Open(address)
	b.Press("Tout cocher")
	if got := b.Path(); got != "/recap?jour=2026-12-07%3AREPAS&outil=tout-cocher" {
		t.Errorf("at %s", got)
	}
	b.Open(address)
	b.Press("Retirer la semaine")
	if got := b.Path(); got != "/question" {
		t.Errorf("at %s", got)
	}
}

// By keyboard alone: past the skip link, to a box, and out.
func TestKeyboard(t *testing.T) {
	address := calendarSite(t)
	b := webtest.NewBrowser(t, webtest.View{})
	b.Open(address)
	b.Key("\t")
	var focused string
	if b.Eval(`document.activeElement.textContent`, &focused); focused != "Aller au contenu" {
		t.Errorf("the first stop is %q", focused)
	}
	b.Key("\t\t\t ")
	if got := b.Text("[data-total]"); got != "1 ajout · environ 3,40 € de plus en décembre" {
		t.Errorf("after the space bar: %q", got)
	}
	b.Enter()
	if got := b.Path(); got != "/recap?jour=2026-12-07%3AREPAS&jour=2026-12-08%3AREPAS" {
		t.Errorf("Enter leads to %s", got)
	}
}
