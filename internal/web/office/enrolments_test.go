package office_test

import (
	"net/url"
	"strings"
	"testing"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/staff"
)

// An agent enrols a new child, and the family books at once.
func TestANewChildIsEnrolledAndCanBeBookedAtOnce(t *testing.T) {
	w, _, enter := chatouDesk(t)
	var g household.Guardian
	var zoe household.Child
	w.Write(func(tx *db.Tx) error {
		g = w.AddHousehold(tx, "lea.petit", "Léa", "Petit", 600_00)
		zoe = w.AddChild(tx, g, "Zoé", "Petit", "2018-05-05", "CE2", "ROSTAND")
		return nil
	})
	v := enter("agent.enfance")
	p := v.Get("/bureau/inscriptions?q=petit&activite=" + w.Activity["CANTINE"] + "&site=" + w.Site["ROSTAND"] + "&du=2026-12-01&au=2027-07-02").Want(200)
	p = p.Says("main", "Zoé Petit", "Remplit les conditions")
	p.Form("Inscrire les enfants cochés").Send().Want(422).Says("main", "Cochez au moins un enfant")
	p.Form("Inscrire les enfants cochés").Tick("enfant", zoe.ID).Send().Want(200).Says("main", "1 enfant inscrit")
	var o booking.Outcome
	w.Write(func(tx *db.Tx) error {
		all, err := booking.EnrolmentsOf(t.Context(), tx, g)
		if err != nil || len(all) != 1 {
			t.Fatalf("%d enrolments, %v", len(all), err)
		}
		o, err = booking.Submit(t.Context(), tx, g, booking.Request{SubmissionID: "s", EnrolmentID: all[0].Enrolment.ID, Changes: []booking.Change{
			{EnrolmentID: all[0].Enrolment.ID, Day: civil.MustParse("2026-12-14"), Option: "REPAS", Add: true}}}, w.Loc)
		return err
	})
	if o.Count(booking.Booked) != 1 {
		t.Errorf("not booked: %+v", o.Decisions)
	}
	file := v.Get("/bureau/familles?q=zoe").Want(200).Follow("/bureau/familles/"+g.HouseholdID).Want(200).Says("main", "Zoé Petit", "Restauration scolaire", "Famille de la commune")
	one := file.Click("Restauration scolaire").Want(200).Says("main", "1 réservation est à venir")
	one.Form("Mettre fin à l’inscription").Fill("au", "2026-12-10").Send().Want(422).Says("main", "Indiquez le motif")
	one.Form("Mettre fin à l’inscription").Fill("au", "2026-12-10").Fill("motif", "Déménagement").Send().Want(200).Says("main", "1 réservation annulée")
}

func TestAnIneligibleChildNeedsAReasonToBeEnrolled(t *testing.T) {
	w, _, enter := chatouDesk(t)
	w.Write(func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE activities SET levels = 'CM1 CM2' WHERE id = $1`, w.Activity["ETUDE"])
		if err == nil {
			_, err = tx.Exec(t.Context(), `DELETE FROM enrolments WHERE activity_id = $1`, w.Activity["ETUDE"])
		}
		if err == nil {
			_, err = tx.Exec(t.Context(), `UPDATE catalogue_version SET version = 'essai'`)
		}
		return err
	})
	v := enter("direction")
	p := v.Get("/bureau/inscriptions?enfant=" + w.Antoine.ID + "&activite=" + w.Activity["ETUDE"] + "&site=" + w.Site["ROSTAND"]).Want(200)
	p.Says("main", "Réservé aux classes de CM1, CM2")
	q := p.Form("Inscrire les enfants cochés").Send().Want(422).Says("main", "ne remplit pas une condition")
	q.Form("Inscrire les enfants cochés").Fill("motif", "Fratrie, accord de la directrice").Send().Want(200).Says("main", "1 enfant inscrit")
}

func TestAChildMovesToAnotherSiteWithTheBookings(t *testing.T) {
	w, _, enter := chatouDesk(t)
	id := w.Enrolment["antoine/CANTINE"]
	w.Write(func(tx *db.Tx) error {
		_, err := booking.Submit(t.Context(), tx, w.Claire, booking.Request{SubmissionID: "s", EnrolmentID: id, Changes: []booking.Change{
			{EnrolmentID: id, Day: civil.MustParse("2026-12-14"), Option: "REPAS", Add: true}}}, w.Loc)
		return err
	})
	p := enter("direction").Get("/bureau/inscriptions/"+id).Want(200).Says("main", "1 réservation à venir suivra")
	p = p.Form("Déplacer l’inscription").Fill("site", w.Site["SABINETTES"]).Fill("du", "2026-12-10").Send().Want(200).Says("main", "1 réservation a suivi", "Maternelle Sabinettes")
	if strings.Contains(p.URL.Path, id) {
		t.Error("still the old enrolment")
	}
}

func TestFamiliesAreFoundWithoutAccentsAndBlockedWithAReason(t *testing.T) {
	w, _, enter := chatouDesk(t)
	v := enter("agent.enfance")
	v.Get("/bureau/familles?q=LEO+benali").Want(200).Says("#resultats", "Martin Claire", "Benali Karim")
	v.Get("/bureau/familles?q=zzz").Want(200).Says("#resultats", "Aucune famille ne correspond")
	p := v.Get("/bureau/familles/"+w.Karim.HouseholdID).Want(200).Says("main", "semaines paires, passage le vendredi à 16 h")
	p.Form("Bloquer les réservations").Send().Want(422)
	p.Form("Bloquer les réservations").Fill("motif", "Dossier annuel incomplet").Send().Want(200).Says("main", "Dossier annuel incomplet").Submit("Lever le blocage").Want(200).Says("main", "Le blocage est levé")
	v.Get("/bureau/familles/inconnu").Want(404)
}

func TestAnAgentOfAnotherSiteDoesNotEnrolThere(t *testing.T) {
	w, _, enter := chatouDesk(t)
	w.Write(func(tx *db.Tx) error { w.AddAgent(tx, "autre.site", staff.Instruction, "SABINETTES"); return nil })
	v := enter("autre.site")
	values := url.Values{"enfant": {w.Antoine.ID}, "activite": {w.Activity["SOIR"]}, "site": {w.Site["ROSTAND"]}, "du": {"2026-12-01"}, "au": {"2027-01-01"}}
	v.Post("/bureau/inscriptions", values).Want(403)
	v.Post("/bureau/inscriptions/"+w.Enrolment["antoine/CANTINE"]+"/fin", url.Values{"au": {"2026-12-10"}, "motif": {"x"}}).Want(403)
}
