package public_test

import (
	"net/http"
	"testing"

	"preau/internal/staff"
	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/public"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
)

var offers = []public.Offer{
	{Icon: "utensils", Name: "Restauration scolaire", Summary: "Chaque jour de classe, sauf le mercredi. De 1,00 € à 4,60 € le repas selon votre quotient familial.", Rule: "Se change jusqu’à 7 jours avant, 23 h 59"},
	{Icon: "sunrise", Name: "Garderie du matin et du soir", Summary: "De 7 h 30 à 8 h 30 et de 16 h 30 à 18 h 30, en maternelle.", Rule: "Se change jusqu’à 24 h avant"},
	{Icon: "book-open", Name: "Étude surveillée", Summary: "De 16 h 30 à 18 h, en élémentaire, avec les enseignants."},
}

func house(t *testing.T, tn *towntest.Town) *signintest.House {
	h := signintest.New(t, tn, func(s *web.Server, d *signin.Door) {
		public.Pages{Door: d, Offers: func(*http.Request) ([]public.Offer, error) { return offers, nil }}.Routes(s)
	})
	h.Family("claire.martin", "Claire", "Martin")
	h.Agent("direction", staff.Direction)
	return h
}

func TestFirstPage(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		h := house(t, tn)
		v := h.Visitor()
		p := v.Get("/").Want(200).Says("h1", "tout se réserve ici").Says("#activites", "Restauration scolaire", "Se change jusqu’à 7 jours avant")
		if p.Count("#activites li") != 3 || p.Count("h1") != 1 {
			t.Errorf("%d offers, %d titles", p.Count("#activites li"), p.Count("h1"))
		}
		p.Form("Ouvrir mon espace").Fill("identifiant", "claire.martin").Fill("mot_de_passe", "x").Send().Want(422).WantPath("/connexion")
		signintest.Enter(v, "claire.martin")
		if v.Get("/").Says("main", "Bonjour Claire Martin", "Ouvrir mon espace").Has("[name=identifiant]") {
			t.Error("who is signed in is asked to sign in")
		}
		agent, _ := h.SignIn("direction")
		agent.Get("/").Says("main", "Ouvrir le bureau")
		v.Get("/inconnu").Want(404)
	})
}

func TestContact(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		p := house(t, tn).Visitor().Get("/").Click("Contact").Want(200).Says("main", "Service Éducation", "01 99 00 46 62", "petite-enfance@essai.example")
		if p.Attr("main a[href^='tel:']", "href") != "tel:+33199004662" {
			t.Errorf("telephone %q", p.Attr("main a[href^='tel:']", "href"))
		}
	})
}

// The pages as a designer and a screen reader meet them.
func TestPublicPagesInABrowser(t *testing.T) {
	h := house(t, towntest.New(t, "sqlite"))
	for _, view := range []webtest.View{{Width: webtest.Phone}, {Width: webtest.Desk}, {Width: webtest.Desk, Dark: true}} {
		b := webtest.NewBrowser(t, view)
		for name, path := range map[string]string{
			"accueil": "/", "contact": "/contact", "connexion": "/connexion?suite=/espace/planning", "mot-de-passe": "/mot-de-passe", "lien": "/mot-de-passe/perdu",
		} {
			b.Open(h.Site.URL(signintest.Host) + path)
			b.Wide()
			b.Axe()
			b.Shot(name)
		}
	}
}
