package office_test

import (
	"strings"
	"testing"

	"preau/internal/activity"
	"preau/internal/attendance"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/identity"
	"preau/internal/sheet"
	"preau/internal/webtest"
)

func TestDayLists(t *testing.T) {
	d := newDesk(t)
	who, lunch := d.family("ferrand", "Élise", "Ferrand", "CANTINE")
	d.Write(func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE children SET menu = 'sans_porc' WHERE id = $1`, d.Antoine.ID)
		return err
	})
	d.book(who, lunch, "REPAS", "2026-12-14")
	d.book(d.Claire, d.Enrolment["antoine/CANTINE"], "REPAS", "2026-12-14", "2026-12-15")
	v := d.in("agent.enfance")
	p := v.Get("/bureau/listes?jour=2026-12-14").Want(200).Says("main", "Lundi 14 décembre 2026, jour de classe", "Restauration scolaire", "11 h 45", "Maternelle Sabinettes")
	p = p.Click("Restauration scolaire, Élémentaire Jean Rostand").Want(200).Says("h1", "Restauration scolaire, élémentaire Jean Rostand").
		Says(".head", "2 enfants attendus").Says(".counts", "Standard", "Sans porc").Says("tbody", "Ferrand Élise", "Martin Antoine", "CE2 A", "Sans porc")
	if rows := p.Texts("tbody tr"); len(rows) != 2 || !strings.HasPrefix(rows[0], "1 Ferrand") {
		t.Errorf("rows %q", rows)
	}
	next := p.Click("Mar. 15 déc.").Want(200).Says("tbody", "Martin Antoine")
	next.Click("Jeu. 17 déc.").Want(200).Says("main", "Aucun enfant n’est attendu")
	p.Click("Ven. 11 déc.").Want(200).Says("h1", "Restauration scolaire")

	file := p.Click("Télécharger pour un tableur").Want(200)
	if !strings.Contains(file.Header.Get("Content-Disposition"), `"liste-cantine-rostand-2026-12-14.csv"`) {
		t.Errorf("named %s", file.Header.Get("Content-Disposition"))
	}
	table, err := sheet.Read(strings.NewReader(file.Body))
	if err != nil || len(table.Rows) != 2 || table.Rows[1].Cells[3] != "Martin" || table.Rows[1].Cells[9] != "Sans porc" {
		t.Errorf("file %+v, %v", table, err)
	}
	p = v.Get("/bureau/listes").Form("Afficher").Fill("jour", "2026-12-15").Fill("activite", "CANTINE").Fill("etablissement", "ROSTAND").Send()
	p.Want(200).Says("tbody", "Martin Antoine")
	v.Get("/bureau/listes?jour=hier").Want(422).Says("main", "Écrivez une date")
	p.Click("Martin Antoine").Want(200).Says("h1", "Antoine Martin").Says("h2", "Décembre 2026")
}

func TestADayListSaysWhyThereIsNobody(t *testing.T) {
	d := newDesk(t)
	d.book(d.Claire, d.Enrolment["antoine/CANTINE"], "REPAS", "2026-12-14")
	d.Write(func(tx *db.Tx) error {
		_, err := booking.Close(t.Context(), tx, d.Direction, activity.Closure{From: civil.MustParse("2026-12-14"), To: civil.MustParse("2026-12-14"), Reason: "Grève"})
		return err
	})
	v := d.in("animateur")
	address := "/bureau/listes?activite=CANTINE&etablissement=ROSTAND&jour="
	p := v.Get(address+"2026-12-14").Want(200).Says("main", "Fermé : grève", "Personne n’est attendu")
	if strings.Contains(p.Text("main"), "Martin") {
		t.Error("a closed day lists children")
	}
	v.Get(address+"2026-12-16").Says("main", "Pas de repas le mercredi")
	v.Get(address+"2026-12-22").Says("main", "Vacances", "que les jours de classe")
	v.Get(address+"2026-12-25").Says("main", "Jour férié")
	v.Get(address+"2031-12-01").Says("main", "n’est pas publié")
	v.Get("/bureau/listes?jour=2026-12-14").Says("main", "Fermé : grève")
	v.Get("/bureau/listes?jour=2026-12-12").Says("main", "Pas d’accueil ce jour-là")
}

func TestListsOfAnotherSiteAreNotFound(t *testing.T) {
	d := newDesk(t)
	d.book(d.Claire, d.Enrolment["antoine/CANTINE"], "REPAS", "2026-12-14")
	v := d.in("sabinettes")
	v.Get("/bureau/listes?activite=CANTINE&etablissement=ROSTAND&jour=2026-12-14").Want(404)
	v.Get("/bureau/listes?activite=CANTINE&etablissement=ROSTAND&jour=2026-12-14&format=csv").Want(404)
	v.Get("/bureau/listes?activite=NULLE").Want(404)
	p := v.Get("/bureau/listes?activite=CANTINE&jour=2026-12-14").Want(200).Says("h1", "maternelle Sabinettes")
	if strings.Contains(p.Text("main"), "Antoine") {
		t.Error("a child of another site is shown")
	}
	team := d.in("animateur").Get("/bureau/listes?activite=CANTINE&etablissement=ROSTAND&jour=2026-12-14").Want(200).Says("tbody", "Martin Antoine")
	if team.Has("tbody a") {
		t.Error("an agent who may not override is led to the calendar")
	}
}

// The remark of an absence stands beside what it was announced of, and not beside what the family booked again since.
func TestAbsencesOnADayList(t *testing.T) {
	d := newDesk(t)
	d.Write(func(tx *db.Tx) error { return identity.SavePolicy(t.Context(), tx, identity.Policy{}) })
	announce := func() {
		t.Helper()
		d.Write(func(tx *db.Tx) error {
			_, err := attendance.Announce(t.Context(), tx, d.Claire, d.Antoine.ID, civil.MustParse("2026-12-14"), d.Loc)
			return err
		})
	}
	list := func() *webtest.Page {
		return d.in("animateur").Get("/bureau/listes?activite=CANTINE&etablissement=ROSTAND&jour=2026-12-14").Want(200).Says("tbody", "Martin Antoine")
	}
	d.SetClock("2026-12-01T10:00")
	d.book(d.Claire, d.Enrolment["antoine/CANTINE"], "REPAS", "2026-12-14")
	announce()
	d.SetClock("2026-12-01T10:05")
	d.book(d.Claire, d.Enrolment["antoine/CANTINE"], "REPAS", "2026-12-14")
	if p := list(); strings.Contains(p.Text("tbody"), "Absence signalée") {
		t.Error("a child who is expected is said to be absent")
	}
	d.SetClock("2026-12-14T07:00")
	announce()
	list().Says("tbody", "Absence signalée le")
}
