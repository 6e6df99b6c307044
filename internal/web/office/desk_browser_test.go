package office_test

import (
	"fmt"
	"testing"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
	"preau/internal/worldtest"
)

// busy fills the desk with what a page must hold: requests, a queue, closures at each step, thirty children on a list.
func busy(t *testing.T) (d *desk, closing, closed activity.Closure) {
	d = newDesk(t)
	d.right(30)
	names := []string{"Élise Nguyen-Dupont", "Marie-Charlotte de La Rochefoucauld", "Yanis Haddad", "Chloé Le Goff", "Ibrahim Traoré"}
	for i := range 30 {
		login := fmt.Sprintf("famille%02d", i)
		var first, last string
		if _, err := fmt.Sscanf(names[i%len(names)], "%s", &first); err != nil {
			t.Fatal(err)
		}
		last = names[i%len(names)][len(first)+1:]
		who, lunch := d.family(login, first, last, "CANTINE")
		d.book(who, lunch, "REPAS", "2026-12-14", "2026-12-15", "2026-12-17")
		if i%4 == 0 {
			d.Write(func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), `UPDATE children SET menu = 'sans_porc' WHERE id IN (SELECT child_id FROM enrolments WHERE id = $1)`, lunch)
				return err
			})
		}
	}
	d.book(d.Claire, d.Enrolment["antoine/CANTINE"], "REPAS", "2026-12-14", "2026-12-17")
	d.book(d.Karim, d.Enrolment["leo/CANTINE"], "REPAS", "2026-12-14")
	d.Write(func(tx *db.Tx) error { d.SetPlaces(tx, "MERCREDI", "LOISIRS", "APREM", 1); return nil })
	d.book(d.Claire, d.Enrolment["antoine/MERCREDI"], "APREM", "2026-12-09", "2026-12-16")
	d.book(d.Claire, d.Enrolment["leo/MERCREDI"], "APREM", "2026-12-09")
	d.Write(func(tx *db.Tx) (err error) {
		if closed, err = booking.Close(t.Context(), tx, d.Direction, activity.Closure{From: civil.MustParse("2026-12-15"), To: civil.MustParse("2026-12-15"), Reason: "Grève nationale"}); err != nil {
			return err
		}
		closing, err = booking.Close(t.Context(), tx, d.Direction, activity.Closure{SiteID: d.Site["ROSTAND"], ActivityID: d.Activity["CANTINE"],
			From: civil.MustParse("2026-12-17"), To: civil.MustParse("2026-12-18"), Reason: "Panne de la cuisine"})
		return err
	})
	d.settle(closed.ID, false)
	return d, closing, closed
}

// Each page at both widths: nothing wider than the screen, nothing for axe to say; pictures when asked for.
func TestTheDeskInABrowser(t *testing.T) {
	d, closing, closed := busy(t)
	calendar := "/bureau/inscriptions/" + d.Enrolment["antoine/CANTINE"] + "/reservations"
	for _, view := range []webtest.View{{Width: webtest.Phone}, {Width: webtest.Desk}, {Width: webtest.Desk, Dark: true}} {
		b := webtest.NewBrowser(t, view)
		open := func(path string) { b.Open(d.House.Site.URL(signintest.Host) + path) }
		look := func(name string) {
			t.Helper()
			b.Wide()
			b.Axe()
			b.Shot(name)
		}
		open("/connexion?suite=/bureau")
		b.Fill("[name=identifiant]", "direction")
		b.Fill("[name=mot_de_passe]", worldtest.Password)
		b.Press("Ouvrir mon espace")
		for _, page := range []struct{ name, path string }{
			{"bureau", "/bureau?jour=2026-12-14"}, {"bureau-vide", "/bureau?jour=2026-12-12"},
			{"demandes", "/bureau/demandes"}, {"demandes-attente", "/bureau/demandes?vue=attente"},
			{"listes", "/bureau/listes?jour=2026-12-14"}, {"liste", "/bureau/listes?jour=2026-12-14&activite=CANTINE&etablissement=ROSTAND"},
			{"liste-fermee", "/bureau/listes?jour=2026-12-15&activite=CANTINE&etablissement=ROSTAND"},
			{"fermetures", "/bureau/fermetures"}, {"fermeture-nouvelle", "/bureau/fermetures/nouvelle"},
			{"fermeture-apercu", "/bureau/fermetures/apercu?du=2026-12-14&au=2026-12-18&motif=Neige"},
			{"fermeture-en-cours", "/bureau/fermetures/" + closing.ID}, {"fermeture", "/bureau/fermetures/" + closed.ID},
			{"reouverture", "/bureau/fermetures/" + closed.ID + "/reouverture"}, {"derogation", calendar},
			{"derogation-vacances", "/bureau/inscriptions/" + d.Enrolment["leo/VACANCES"] + "/reservations"},
		} {
			open(page.path)
			look(page.name)
		}
		open("/bureau/demandes")
		b.Press("Refuser les demandes cochées")
		look("demandes-erreur")
		open(calendar)
		b.Eval(`document.querySelectorAll("[name=jour]").forEach((box, i) => { if (i < 3) box.click() })`, nil)
		look("derogation-changee")
		b.Click(".sum--desk .btn--straw")
		b.Text("form.recap h2") // waits for it
		look("derogation-recapitulatif")
	}
}

// Without script: everything is links and forms.
func TestTheDeskWithoutScript(t *testing.T) {
	d, _, _ := busy(t)
	b := webtest.NewBrowser(t, webtest.View{Width: webtest.Phone, NoScript: true})
	b.Open(d.House.Site.URL(signintest.Host) + "/connexion?suite=/bureau/demandes")
	b.Fill("[name=identifiant]", "agent.enfance")
	b.Fill("[name=mot_de_passe]", worldtest.Password)
	b.Press("Ouvrir mon espace")
	b.Press("Tout cocher")
	b.Press("Accepter les demandes cochées")
	if text := b.Text("[role=status]"); text != "1 demande acceptée 1 place a été ouverte au-delà de la capacité, pour ces jours seulement. Les familles sont prévenues par e-mail." {
		t.Errorf("said %q", text)
	}
}
