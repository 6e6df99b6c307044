package office_test

import (
	"net/url"
	"strings"
	"testing"

	"preau/internal/db"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
	"preau/internal/work"
	"preau/internal/worldtest"
)

func TestTheChildrenPassToTheNextYear(t *testing.T) {
	d := newDesk(t)
	d.Write(func(tx *db.Tx) error {
		d.AddChild(tx, d.Claire, "Gaspard", "Martin", "2021-01-01", "GS", "SABINETTES")
		_, err := tx.Exec(t.Context(), `UPDATE children SET reference = 'E-REMI' WHERE id = $1`, d.AddChild(tx, d.Claire, "Rémi", "Martin", "2019-01-01", "CE1", "ROSTAND").ID)
		return err
	})
	v := d.in("direction")
	p := v.Get("/bureau/parametres").Click("Passage dans l’année suivante").Want(200).Says("h1", "Passage en 2027-2028").
		Says("main", "CP, école à choisir", "Dites d’abord", "Élémentaire Jean Rostand")
	if p.Has("form[action='/bureau/parametres/passage']") {
		t.Error("the passage is offered though a school is lacking")
	}
	v.Post("/bureau/parametres/passage", url.Values{"annee": {"2026-2027"}}).Want(422)
	p = p.Form("Enregistrer les écoles").Fill("suite_"+d.Site["SABINETTES"], d.Site["ROSTAND"]).Send().Want(200).Says("main", "CP, Élémentaire Jean Rostand")
	p = p.Form("Enregistrer l’exception").Fill("enfant", "personne").Send().Want(422).Says("[role=alert]", "Aucun enfant n’a ce numéro")
	if p.Form("Enregistrer l’exception").Value("enfant") != "personne" {
		t.Error("what was typed is lost")
	}
	p = p.Form("Enregistrer l’exception").Fill("enfant", "E-REMI").Fill("niveau", "CE1").Fill("ecole", d.Site["ROSTAND"]).Send().Want(200).
		Says("[role=status]", "L’exception est enregistrée").Says("main", "1 enfant a déjà son année suivante", "Rémi Martin (E-REMI), CE1")
	p = p.Submit("Faire passer 3 enfants").Want(200).Says("main", "en cours")
	if _, err := work.Worker(d.Town.Town).RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := d.count(`SELECT count(*) FROM schoolings WHERE school_year = '2027-2028'`); n != 4 {
		t.Errorf("%d schoolings in the next year", n)
	}
	p = v.Get("/bureau/parametres/passage").Says("main", "terminé", "Aucun enfant n’est à faire passer").Submit("Annuler ce passage").Want(200).Says("[role=status]", "Le passage est annulé")
	if _, err := work.Worker(d.Town.Town).RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := d.count(`SELECT count(*) FROM schoolings WHERE school_year = '2027-2028'`); n != 1 {
		t.Errorf("%d schoolings are left", n)
	}
	if !strings.Contains(v.Get("/bureau/journal").Text("main"), "A fait passer les enfants") {
		t.Error("not in the journal")
	}
	d.in("directrice").Post("/bureau/parametres/passage", url.Values{"annee": {"2026-2027"}}).Want(403)
	d.in("agent.enfance").Get("/bureau/parametres/passage").Want(403)
	v.Post("/bureau/parametres/passage/aucun/annulation", url.Values{}).Want(404)
}

func TestThePassageInABrowser(t *testing.T) {
	d := newDesk(t)
	d.Write(func(tx *db.Tx) error {
		d.AddChild(tx, d.Claire, "Gaspard", "Martin", "2021-01-01", "GS", "SABINETTES")
		return nil
	})
	for _, view := range []webtest.View{{Width: webtest.Phone, NoScript: true}, {Width: webtest.Desk}} {
		b := webtest.NewBrowser(t, view)
		b.Open(d.House.Site.URL(signintest.Host) + "/connexion?suite=/bureau/parametres/passage")
		b.Fill("[name=identifiant]", "direction")
		b.Fill("[name=mot_de_passe]", worldtest.Password)
		b.Press("Ouvrir mon espace")
		b.Wide()
		if !view.NoScript {
			b.Axe()
		}
		b.Shot("passage")
	}
}
