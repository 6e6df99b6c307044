package office_test

import (
	"net/url"
	"strings"
	"testing"

	"preau/internal/db"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
	"preau/internal/worldtest"
)

// acte selects one of the page's forms.
func acte(name string) string { return "form:has([name=acte][value=" + name + "])" }

func TestAnAgentWritesACustodyRule(t *testing.T) {
	d := newDesk(t)
	d.book(d.Karim, d.Enrolment["leo/CANTINE"], "REPAS", "2026-12-14", "2026-12-15")
	v := d.in("agent.enfance")
	file := v.Get("/bureau/familles/" + d.Claire.HouseholdID).Want(200)
	p := file.Click("Garde de Léo").Want(200).Says("h1", "Garde de Léo Benali").Says(".holds", "Karim à 16 h", "Claire", "Semaine 50")
	if p.Has(".note--warn") {
		t.Error("days to decide where there are none")
	}
	wrong := p.FormAt(acte("regle")).Fill("heure", "seize heures").Fill("jusqu_au", "2020-01-01").Send().Want(422).
		Says("[role=alert]", "Choisissez le foyer", "Écrivez une heure", "avant le premier")
	if wrong.FormAt(acte("regle")).Value("heure") != "seize heures" {
		t.Error("what was typed is lost")
	}
	form := p.FormAt(acte("regle")).Tick("foyer", d.Karim.HouseholdID).Tick("semaines", "odd").Fill("depuis", "2026-12-05").Fill("heure", "16:00")
	preview := form.Send().Want(200).Says("main", "semaines impaires, passage le vendredi à 16 h", "2 réservations sur des jours qui changent de foyer", "lun. 14 déc. 2026", "Restauration scolaire").
		Says(".holds__new", "change")
	if n := d.count(`SELECT count(*) FROM custody_rules`); n != 1 {
		t.Fatal("the preview wrote")
	}
	d.book(d.Karim, d.Enrolment["leo/CANTINE"], "REPAS", "2026-12-17")
	confirm := preview.Form("Enregistrer la garde").Tick("reservations", "annuler")
	preview = confirm.Send().Want(409).Says("[role=alert]", "ont changé").Says("main", "3 réservations sur des jours")
	p = preview.Submit("Enregistrer la garde").Want(200).Says("[role=status]", "La garde est enregistrée").Says("main", "Semaines impaires")
	if n := d.count(`SELECT count(*) FROM bookings WHERE state = 'cancelled'`); n != 3 {
		t.Errorf("%d bookings cancelled, want 3", n)
	}
	d.in("direction").Get("/bureau/journal").Says("main", "A saisi une règle de garde", "A annulé des réservations après un changement de garde")
	v.Post(p.URL.Path, url.Values{"acte": {"dates"}, "foyer": {"ailleurs"}, "debut": {"2026-12-24"}, "fin": {"2026-12-25"}}).Want(404)
}

func TestAnAgentDecidesADisputedPeriod(t *testing.T) {
	d := newDesk(t)
	path := "/bureau/familles/" + d.Karim.HouseholdID + "/garde/" + d.Leo.ID
	v := d.in("agent.enfance")
	dates := func(home string) *webtest.Page {
		return v.Post(path, url.Values{"acte": {"dates"}, "foyer": {home}, "debut": {"2026-12-24"}, "debut_heure": {"12:00"}, "fin": {"2026-12-25"}})
	}
	p := dates(d.Karim.HouseholdID).Want(200).Says("main", "Du jeu. 24 déc. 2026 à 12 h au ven. 25 déc. 2026")
	p = dates(d.Claire.HouseholdID).Want(200).Says(".note--warn", "1 période à départager", "Du jeu. 24 déc. 2026 à 12 h au ven. 25 déc. 2026").Says(".hold--none", "À départager")
	p = p.Click("décider").Want(200)
	form := p.FormAt(acte("decision"))
	if form.Value("debut") != "2026-12-24" || form.Value("debut_heure") != "12:00" || form.Value("fin") != "2026-12-25" {
		t.Errorf("the decision is not filled: %q %q %q", form.Value("debut"), form.Value("debut_heure"), form.Value("fin"))
	}
	p = form.Tick("foyer", d.Claire.HouseholdID).Send().Want(422).Says("[role=alert]", "Indiquez le motif de la décision")
	p = p.FormAt(acte("decision")).Fill("motif", "Accord écrit des deux parents").Send().Want(200).Says("main", "Décision : Martin Claire").Submit("Enregistrer la garde").Want(200)
	if p.Has(".note--warn") {
		t.Error("still to decide")
	}
	p.Says("main", "Décision du service", "Accord écrit des deux parents")
	p.FormAt(acte("fin-dates")).Send().Want(200).Says("main", "Retirer les dates").Submit("Enregistrer la garde").Want(200)
	if n := d.count(`SELECT count(*) FROM custody_dates WHERE ended_at IS NOT NULL`); n != 1 {
		t.Errorf("%d dates ended, want 1", n)
	}
	v.Get(path).FormAt(acte("fin-regle")).Fill("dernier", "2026-12-31").Send().Want(200).Submit("Enregistrer la garde").Want(200).Says("main", "jusqu’au 31 décembre 2026")
}

func TestCustodyIsOfTheHouseholdOfTheAddress(t *testing.T) {
	d := newDesk(t)
	v := d.in("agent.enfance")
	v.Get("/bureau/familles/"+d.Claire.HouseholdID+"/garde/"+d.Antoine.ID).Want(404).Says("main", "n’est que dans un foyer")
	v.Get("/bureau/familles/" + d.Karim.HouseholdID + "/garde/" + d.Antoine.ID).Want(404)
	path := "/bureau/familles/" + d.Claire.HouseholdID + "/garde/" + d.Leo.ID
	v.Post(path, url.Values{"acte": {"brouiller"}}).Want(422)
	v.Post(path, url.Values{"acte": {"fin-dates"}, "dates": {"aucune"}}).Want(404)
	d.in("rostand").Post(path, url.Values{"acte": {"dates"}, "foyer": {d.Claire.HouseholdID}, "debut": {"2026-12-24"}, "fin": {"2026-12-25"}}).Want(403)
	d.in("animateur").Get(path).Want(403)
	if p := d.in("agent.enfance").Get("/bureau/familles/" + d.Claire.HouseholdID); strings.Contains(p.Text("main"), "Garde d’Antoine") {
		t.Error("the custody of a child of one household is offered")
	}
}

func TestCustodyInABrowser(t *testing.T) {
	d := newDesk(t)
	d.book(d.Karim, d.Enrolment["leo/CANTINE"], "REPAS", "2026-12-14", "2026-12-15")
	path := "/bureau/familles/" + d.Claire.HouseholdID + "/garde/" + d.Leo.ID
	d.Write(func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO custody_dates (id, child_id, household_id, starts_at, ends_at, decided, created_at, created_by)
			SELECT household_id, child_id, household_id, $1, $2, $3, $1, 'essai' FROM household_children WHERE child_id = $4`, d.At("2026-12-22T12:00"), d.At("2026-12-24T00:00"), false, d.Leo.ID)
		return err
	})
	for _, view := range []webtest.View{{Width: webtest.Phone, NoScript: true}, {Width: webtest.Desk}, {Width: webtest.Desk, Dark: true}} {
		b := webtest.NewBrowser(t, view)
		b.Open(d.House.Site.URL(signintest.Host) + "/connexion?suite=" + path)
		b.Fill("[name=identifiant]", "agent.enfance")
		b.Fill("[name=mot_de_passe]", worldtest.Password)
		b.Press("Ouvrir mon espace")
		b.Wide()
		if !view.NoScript {
			b.Axe()
		}
		b.Shot("garde")
		b.Click("#f-regle-foyer-1")
		b.Click("#f-regle-semaines-1")
		b.Press("Voir l’effet de la règle")
		b.Wide()
		if !view.NoScript {
			b.Axe()
		}
		b.Shot("garde-apercu")
	}
}
