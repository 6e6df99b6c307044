package office_test

import (
	"net/url"
	"strings"
	"testing"

	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/pdf/pdftest"
	"preau/internal/staff"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
	"preau/internal/work"
)

// keyDesk adds an agent of the whole town, and a guardian who has no space.
func keyDesk(t *testing.T) (*desk, household.Guardian) {
	d := newDesk(t)
	d.House.Agent("enfance", staff.Instruction)
	var g household.Guardian
	d.Write(func(tx *db.Tx) (err error) {
		g, err = household.AddGuardian(t.Context(), tx, signintest.By, household.Guardian{HouseholdID: d.Claire.HouseholdID, FirstName: "Jean", LastName: "Martin"})
		return err
	})
	return d, g
}

func TestKeyLetters(t *testing.T) {
	d, g := keyDesk(t)
	v, _ := d.House.SignIn("enfance")
	p := v.Get("/bureau/cles").Want(200).Says("main", "Jean Martin", "Aucune", "A un espace")
	p = p.Form("Faire les lettres des personnes cochées").Tick("responsable", g.ID).Send().Says("main", "0 sur 1", "s’actualise seule")
	if p.Header.Get("Refresh") == "" {
		t.Error("the page does not ask for itself again")
	}
	at := p.URL.Path
	if _, err := work.Worker(d.Town.Town).RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	p = v.Get(at).Says("main", "Les lettres sont prêtes")
	file := v.Get(p.Attr("main a[href$='lettres.pdf']", "href")).Want(200)
	if pages := pdftest.Text(t, []byte(file.Body)); len(pages) != 1 || !strings.Contains(pages[0], "Jean Martin") {
		t.Errorf("pages %v", pages)
	}
	v.Get("/bureau/cles").Says("main", "En attente", "à télécharger").Form("Révoquer").Send().Says("body", "La clé est révoquée")
	v.Get("/bureau/cles?etat=revoked").Says("main", "Jean Martin", "Révoquée")
	v.Get("/bureau/cles?q=benali").Says("main", "Karim Benali")
	v.Get("/bureau/cles?q=personne-ici").Says("main", "Changez de filtre")
	v.Post("/bureau/cles", url.Values{"pour": {"choisis"}}).Want(422).Says("main", "Choisissez au moins une personne")
	v.Post("/bureau/cles/revocation", url.Values{"responsable": {g.ID}}).Want(404)
	d.House.Clock.Advance(household.LettersLife * 2)
	if _, err := work.Worker(d.Town.Town).RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	v, _ = d.House.SignIn("enfance")
	v.Get(at).Says("main", "n’est plus conservé")
	v.Get(at + "/lettres.pdf").Want(404)
	d.House.Agent("d.une.ecole", staff.Instruction, d.Site["ROSTAND"])
	limited, _ := d.House.SignIn("d.une.ecole")
	limited.Get("/bureau/cles").Want(403).Says("main", "toute la ville")
	limited.Get(at).Want(403)
}

func TestKeysInABrowser(t *testing.T) {
	for _, view := range []webtest.View{{Width: webtest.Phone}, {Width: webtest.Desk, NoScript: true}} {
		d, _ := keyDesk(t)
		b := webtest.NewBrowser(t, view)
		b.Open(d.House.Site.URL(signintest.Host) + "/connexion")
		b.Fill("main [name=identifiant]", "enfance")
		b.Fill("main [name=mot_de_passe]", signintest.Password)
		b.Press("Ouvrir mon espace")
		b.Open(d.House.Site.URL(signintest.Host) + "/bureau/cles")
		b.Wide()
		b.Axe()
		b.Shot("cles")
		b.Press("Faire 1 lettre : sans espace ni clé en attente")
		b.Wide()
		b.Axe()
		b.Shot("cles-en-cours")
		if _, err := work.Worker(d.Town.Town).RunDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.Press("Actualiser")
		b.Axe()
		b.Shot("cles-pretes")
	}
}
