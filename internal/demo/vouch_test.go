package demo_test

import (
	"log/slog"
	"net/http"
	"path/filepath"
	"testing"

	"preau/internal/demo"
	"preau/internal/house"
	"preau/internal/town"
	"preau/internal/webtest"
)

// reachable is a demonstration at an address where it can call itself, as its providers need.
func reachable(t *testing.T) (*webtest.Site, string) {
	t.Helper()
	var h http.Handler
	s := webtest.NewSite(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r) }))
	base, quiet := s.URL("127.0.0.1"), slog.New(slog.DiscardHandler)
	dir := t.TempDir()
	d, err := demo.Start(t.Context(), demo.Options{Database: "sqlite:" + filepath.Join(dir, "demo.db"), Files: filepath.Join(dir, "files"),
		BaseURL: base, Hosts: []string{"127.0.0.1"}, Now: "2026-12-01T10:00", Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	towns, err := town.NewSet(d.Town)
	if err != nil {
		t.Fatal(err)
	}
	whole := house.New(towns, house.Options{Log: quiet, Demo: d})
	h = whole
	t.Cleanup(func() {
		whole.Wait()
		if err := towns.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, base
}

// A family comes in by the demonstration's FranceConnect and an agent by its ProConnect: once with the password, then without.
func TestProvidersOfTheDemonstration(t *testing.T) {
	s, _ := reachable(t)
	for _, c := range []struct{ provider, person, login, home string }{
		{"FranceConnect", "Claire Martin, née le 12 avril 1986", "claire.martin", "/espace"},
		{"ProConnect", "Hélène Vasseur, direction, avec deux facteurs", "direction", "/bureau"},
	} {
		v := s.Visitor(t, "127.0.0.1")
		p := v.Get("/connexion").Click("S’identifier avec "+c.provider+" de démonstration").Want(200).Says("main", "Ceci n’est pas le vrai service")
		p.Submit("Renoncer").Want(200).WantPath("/connexion/"+lower(c.provider)+"/retour").Says("main", "vous avez renoncé")
		p = v.Get("/connexion").Click("S’identifier avec "+c.provider+" de démonstration").Submit(c.person).Want(200).Says("main", "quel est votre espace")
		p.Form("Ouvrir mon espace").Fill("identifiant", c.login).Fill("mot_de_passe", demo.Password).Send().Want(200).WantPath(c.home)
		v.Post("/deconnexion", nil).Want(200).Says("main", "se ferme aussi")
		v.Get("/connexion").Click("S’identifier avec " + c.provider + " de démonstration").Submit(c.person).Want(200).WantPath(c.home)
	}
	v := s.Visitor(t, "127.0.0.1")
	p := v.Get("/connexion").Click("S’identifier avec ProConnect de démonstration")
	p.Submit("Un agent d’une autre ville").Want(403).Says("main", "autre établissement")
	v.Get("/demo/franceconnect/authorize?client_id=x").Want(422)
}

func lower(s string) string {
	return map[string]string{"FranceConnect": "franceconnect", "ProConnect": "proconnect"}[s]
}

// The same in a browser, at both widths, with and without script, every page of the way looked at by axe.
func TestProvidersInABrowser(t *testing.T) {
	s, base := reachable(t)
	_ = s
	for name, c := range map[string]struct {
		view                          webtest.View
		provider, person, login, home string
	}{
		"phone without script": {webtest.View{Width: webtest.Phone, NoScript: true}, "FranceConnect", "Karim Benali, né le 3 septembre 1984", "karim.benali", "/espace"},
		"desk":                 {webtest.View{Width: webtest.Desk}, "ProConnect", "Nadia Ferrand, service Éducation", "agent.enfance", "/bureau"},
	} {
		t.Run(name, func(t *testing.T) {
			b := webtest.NewBrowser(t, c.view)
			look := func(shot string) {
				t.Helper()
				b.Axe()
				b.Wide()
				b.Shot(shot)
			}
			b.Open(base + "/connexion")
			look("connexion")
			b.Press("S’identifier avec " + c.provider + " de démonstration")
			look("fournisseur")
			b.Press(c.person)
			look("premiere-fois")
			b.Fill("[name=identifiant]", c.login)
			b.Fill("[name=mot_de_passe]", demo.Password)
			b.Press("Ouvrir mon espace")
			if b.Path() != c.home {
				t.Fatalf("at %s", b.Path())
			}
			b.Open(base + c.home + "/profil")
			look("profil")
			b.Open(base + c.home + "/profil/identite")
			look("identite")
			b.Press("Se déconnecter")
			if b.Path() != "/" && b.Path() != "/deconnexion" {
				t.Errorf("after signing out at %s", b.Path())
			}
			b.Open(base + "/connexion")
			b.Press("S’identifier avec " + c.provider + " de démonstration")
			b.Press(c.person)
			if b.Path() != c.home {
				t.Errorf("the second time at %s", b.Path())
			}
		})
	}
}
