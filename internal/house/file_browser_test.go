package house_test

import (
	"testing"

	"preau/internal/db"
	"preau/internal/demo"
	"preau/internal/dossier"
	"preau/internal/household"
	"preau/internal/webtest"
)

// ids finds the households and the children of the known family.
func ids(t *testing.T, d *demo.Demo) (homes, children map[string]string) {
	t.Helper()
	homes, children = map[string]string{}, map[string]string{}
	if err := d.Town.DB.Read(t.Context(), func(tx *db.Tx) error {
		for _, name := range []string{"claire.martin", "karim.benali"} {
			hits, err := household.Search(t.Context(), tx, name+"@famille.example")
			if err != nil || len(hits) != 1 {
				t.Fatalf("%s: %d households, %v", name, len(hits), err)
			}
			homes[name] = hits[0].HouseholdID
			list, err := household.Children(t.Context(), tx, homes[name])
			if err != nil {
				return err
			}
			for _, c := range list {
				children[c.FirstName] = c.ID
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return homes, children
}

// enter signs in through the form, in a browser.
func enter(b *webtest.Browser, base, login string) {
	b.Open(base + "/connexion")
	b.Fill("[name=identifiant]", login)
	b.Fill("[name=mot_de_passe]", demo.Password)
	b.Press("Ouvrir mon espace")
}

// The file of a family and its desk at both widths: nothing wider than the screen, nothing for axe to say; pictures when asked for.
func TestTheFileInABrowser(t *testing.T) {
	h, d := whole(t)
	site := webtest.NewSite(t, h)
	base := site.URL("chatou.localhost")
	homes, children := ids(t, d)
	leo, antoine := "/espace/enfants/"+children["Léo"], "/espace/enfants/"+children["Antoine"]
	for _, view := range []webtest.View{{Width: webtest.Phone}, {Width: webtest.Desk}} {
		b := webtest.NewBrowser(t, view)
		look := func(name, path string) {
			t.Helper()
			if path != "" {
				b.Open(base + path)
			}
			b.Wide()
			b.Axe()
			b.Shot(name)
		}
		enter(b, base, "claire.martin")
		look("espace", "/espace")
		look("foyer", "/espace/foyer")
		look("adresse", "/espace/foyer/adresse?q=12+rue+des")
		look("enfant", leo)
		b.Eval(`document.querySelectorAll("details").forEach((d) => { d.open = true })`, nil)
		look("enfant-ouvert", "")
		look("antoine", antoine)
		look("autorisations", leo+"/autorisations")
		look("garde", leo+"/garde")
		look("confirmation", "/espace/foyer/confirmation")
		b.Open(base + leo)
		b.Eval(`document.querySelectorAll("#personnes details").forEach((d) => { d.open = true })`, nil)
		b.Press("Ajouter cette personne")
		look("enfant-erreur", "")
		b.Open(base + "/espace")
		b.Press("Se déconnecter")
		enter(b, base, "direction")
		for name, path := range map[string]string{"dossier": "/bureau/familles/" + homes["claire.martin"], "verifications": "/bureau/verifications",
			"confirmations": "/bureau/verifications/confirmations", "reglages-dossier": "/bureau/parametres/dossier", "texte": "/bureau/parametres/dossier/autorisations/image_web"} {
			look(name, path)
		}
		b.Open(base + "/bureau/familles/" + homes["karim.benali"])
		b.Press("Lire la santé de Léo Benali")
		look("sante", "")
	}
}

// Without script: an address is searched, chosen and sent with links and forms; with it, the proposals come while one types.
func TestAnAddressIsFound(t *testing.T) {
	h, d := whole(t)
	site := webtest.NewSite(t, h)
	base := site.URL("chatou.localhost")
	homes, _ := ids(t, d)
	for i, view := range []webtest.View{{Width: webtest.Phone, NoScript: true}, {Width: webtest.Phone}} {
		b := webtest.NewBrowser(t, view)
		enter(b, base, "claire.martin")
		b.Open(base + "/espace/foyer/adresse")
		b.Fill("[name=q]", "18 marco")
		if view.NoScript {
			b.Press("Chercher")
		}
		b.Text(".found a") // waits for the proposals
		b.Click(".found a")
		b.Press("Envoyer au service pour vérification")
		if text := b.Text(".wait"); text == "" {
			t.Errorf("round %d: nothing waits", i)
		}
	}
	if err := d.Town.DB.Read(t.Context(), func(tx *db.Tx) error {
		list, err := dossier.DeclaredBy(t.Context(), tx, d.Town.KeyFor("health"), homes["claire.martin"])
		n := 0
		for _, c := range list {
			if c.Field == dossier.Address && c.New["adresse"] == "18 Rue Marconi" {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d addresses wait, want the last one declared: %+v", n, list)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
