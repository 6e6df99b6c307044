package demo_test

import (
	"net/url"
	"strings"
	"testing"

	"preau/internal/civil"
	"preau/internal/demo"
	"preau/internal/mail"
	"preau/internal/webtest"
	"preau/internal/work"
)

func TestEveryLoginOpens(t *testing.T) {
	d := start(t, "2026-12-01T10:00", 30)
	s := site(t, d)
	for _, l := range demo.Logins {
		v := s.Visitor(t, "chatou.localhost")
		p := v.Post("/connexion", url.Values{"identifiant": {l.Login}, "mot_de_passe": {demo.Password}})
		if want := map[bool]string{true: "/bureau", false: "/espace"}[l.Agent]; p.URL.Path != want {
			t.Errorf("%s leads to %s (%d), want %s", l.Login, p.URL.Path, p.Status, want)
		}
	}
}

func TestTheClockMoves(t *testing.T) {
	d := start(t, "2026-11-30T23:59:30", 30)
	v := site(t, d).Visitor(t, "chatou.localhost")
	v.Post("/connexion", url.Values{"identifiant": {"claire.martin"}, "mot_de_passe": {demo.Password}})
	p := v.Get("/demo").Want(200).Says("main", "claire.martin", demo.Password, "lundi 30 novembre 2026, 23:59:3")
	p = p.Submit("+ 1 minute").Want(200).WantPath("/demo").Says("main", "mardi 1er décembre 2026, 00:00:3")
	p = p.Submit("+ 7 jours").Says("main", "mardi 8 décembre 2026, 00:00:3")
	f := p.Form("Régler l’horloge")
	f.Fill("jour", "2027-03-01")
	f.Fill("heure", "08:00")
	f.Send().Want(200).Says("main", "lundi 1er mars 2027, 08:00:0")
	v.Get("/demo").Form("Régler l’horloge").Fill("jour", "2026-11-23").Fill("heure", "08:00").Send().
		Says("main", "le repas d’Antoine du lundi 30 novembre se change jusqu’au lundi 23 novembre 2026 à 23 h 59").
		Submit("Aller 30 secondes avant ce délai").Says("main", "lundi 23 novembre 2026, 23:59:")
	if got := v.Get("/espace"); got.URL.Path != "/espace" {
		t.Errorf("the session ended because the clock moved: at %s", got.URL.Path)
	}
	f = v.Get("/demo").Form("Régler l’horloge")
	f.Fill("jour", "")
	f.Send().Want(422).Says("main", "Choisissez un jour.")
}

func TestTheMailboxShowsWhatWasSent(t *testing.T) {
	d := start(t, "2026-12-01T10:00", 30)
	v := site(t, d).Visitor(t, "chatou.localhost")
	if err := d.Mailbox.Send(t.Context(), mail.Message{ID: "m1", To: "a@b.example", Subject: "Objet <b>", Text: "Texte",
		HTML: `<html><head><title>x</title><style>p{}</style></head><body style="color:red"><h1 onclick="x()">Titre</h1><script>alert(1)</script>` +
			`<p style="margin:0">Bonjour &lt;vous&gt; <a href="http://chatou.localhost/espace" style="x">lien</a> <a href="javascript:x()">piège</a><img src="http://x.example/i"></p></body></html>`}); err != nil {
		t.Fatal(err)
	}
	p := v.Get("/demo/messagerie").Want(200).Click("Objet <b>").Want(200)
	p.Says(".card", "Titre", "Bonjour <vous> lien piège").Says("pre", "Texte")
	for _, bad := range []string{"style=", "onclick", "alert(1)", "javascript:", "x.example"} {
		if strings.Contains(p.Body, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	if !p.Has(`.card a[href="http://chatou.localhost/espace"]`) {
		t.Error("the link is gone")
	}
	v.Get("/demo/messagerie/none").Want(404)
	d.Mailbox.Clear()
	v.Get("/demo/messagerie").Says("main", "Aucun message pour le moment")
}

// The leaflet's page: twelve lunches in the first three weeks, holidays in the two others, and Léo for the same request.
func TestTheLeafletsPage(t *testing.T) {
	d := start(t, "2016-12-01T10:00", 30)
	v := site(t, d).Visitor(t, "chatou.localhost")
	p := v.Post("/connexion", url.Values{"identifiant": {"claire.martin"}, "mot_de_passe": {demo.Password}}).WantPath("/espace")
	p = p.Follow(strings.Split(p.Attr(`a[href^="/espace/reservations/"]`, "href"), "?")[0] + "?mois=2016-12").Want(200)
	p.Says("main", "Les repas d’Antoine", "élémentaire Jean Rostand", "1er septembre 2016 au 7 juillet 2017", "Décembre 2016",
		"Fermé : vacances de Noël", "Effectuer la même demande pour Léo", "maternelle Sabinettes").
		Says("tbody th", "48", "49", "50", "51", "52")
	if n := p.Count("table [data-from=booked], table [data-was=booked]"); n != 12 {
		t.Errorf("%d days are booked, want 12", n)
	}
}

// An offer that nobody answers ends when the clock passes its deadline, and the family is told.
func TestTimePassesInTheTown(t *testing.T) {
	d := start(t, "2026-12-01T10:00", 30)
	s := site(t, d)
	s.Visitor(t, "chatou.localhost").Post("/demo/horloge", url.Values{"jour": {"2026-12-04"}, "heure": {"09:00"}}).Want(200)
	if _, err := work.Worker(d.Town).RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	latest := d.Mailbox.To("claire.martin@famille.example")[0]
	if !strings.Contains(latest.Subject, "n’est plus gardée") || civil.DateOf(latest.At, d.Town.Loc).String() != "2026-12-04" {
		t.Errorf("the latest message is %q, of %s", latest.Subject, latest.At)
	}
}

func TestDemoPagesInABrowser(t *testing.T) {
	d := start(t, "2026-12-01T10:00", 30)
	s := site(t, d)
	for _, view := range []webtest.View{{Width: webtest.Phone}, {Width: webtest.Desk}, {Width: webtest.Desk, Dark: true}} {
		b := webtest.NewBrowser(t, view)
		for name, path := range map[string]string{"demo": "/demo", "messagerie": "/demo/messagerie", "message": "/demo/messagerie/" + d.Mailbox.List()[0].ID} {
			b.Open(s.URL("chatou.localhost") + path)
			b.Shot("demo-" + name)
			b.Wide()
			b.Axe()
		}
	}
}
