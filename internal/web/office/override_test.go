package office_test

import (
	"net/url"
	"testing"

	"preau/internal/db"
)

func TestAnAgentBooksBeyondTheRules(t *testing.T) {
	d := newDesk(t)
	d.Write(func(tx *db.Tx) error { d.SetPlaces(tx, "CANTINE", "ROSTAND", "REPAS", 0); return nil })
	lunch := d.Enrolment["antoine/CANTINE"]
	v := d.in("agent.enfance")
	path := "/bureau/inscriptions/" + lunch + "/reservations"
	p := v.Get(path).Want(200).Says("h1", "Antoine Martin").Says("h2", "Décembre 2026").
		Says("#demande", "et délai passé", "Aucune place prévue : une sera ouverte", "Vacances de Noël", "Jour férié")
	p.Submit("Voir le récapitulatif").Want(422).Says("[role=alert]", "Cochez ou décochez au moins un jour")

	recap := p.Form("Voir le récapitulatif").Tick("jour", "2026-12-03:REPAS", "2026-12-14:REPAS").Send().Want(200).
		Says("main", "Rien n’est encore enregistré", "jeu. 3 déc. 2026", "hors délai, une place ouverte en plus", "lun. 14 déc. 2026", "+ 6,80 €")
	if d.count(`SELECT count(*) FROM bookings`) != 0 {
		t.Fatal("the recapitulation wrote")
	}
	back := recap.Submit("Revenir au calendrier").Want(200)
	if n := len(back.Form("Voir le récapitulatif").Values("jour")); n != 2 {
		t.Errorf("%d days are still ticked", n)
	}
	recap = recap.Submit("Enregistrer pour la famille").Want(422).Says("[role=alert]", "pourquoi vous dépassez la règle").Says("main", "jeu. 3 déc. 2026")
	form := recap.Form("Enregistrer pour la famille").Fill("motif", "hospitalisation")
	p = form.Send().Want(200).WantPath(path).Says("[role=status]", "2 jours réservés", "La famille est prévenue")
	form.Send().Want(200).Says("[role=status]", "2 jours réservés")
	if n := d.count(`SELECT count(*) FROM bookings WHERE state = 'booked' AND over_capacity`); n != 2 {
		t.Errorf("%d bookings", n)
	}
	recap = p.Form("Voir le récapitulatif").Untick("jour", "2026-12-03:REPAS").Send().Says("main", "retiré, après le délai")
	recap.Form("Enregistrer pour la famille").Fill("motif", "erreur").Send().Says("[role=status]", "1 jour retiré")
	if n := d.count(`SELECT count(*) FROM audit_entries WHERE act = 'booking.override'`); n != 2 {
		t.Errorf("%d overrides in the journal", n)
	}
}

func TestTicksSurviveAnotherMonth(t *testing.T) {
	d := newDesk(t)
	path := "/bureau/inscriptions/" + d.Enrolment["antoine/CANTINE"] + "/reservations"
	p := d.in("agent.enfance").Get(path).Want(200)
	p = p.Form("Janvier 2027").Tick("jour", "2026-12-03:REPAS").Send().Want(200).Says("h2", "Janvier 2027").Says(".sum", "1 changement dans un autre mois")
	p = p.Form("Voir le récapitulatif").Tick("jour", "2027-01-07:REPAS").Send().Want(200).Says("main", "jeu. 3 déc. 2026", "jeu. 7 janv. 2027")
	p.Form("Enregistrer pour la famille").Fill("motif", "x").Send().Want(200).Says("[role=status]", "2 jours réservés").Says("h2", "Janvier 2027")
}

// What a stale page did not touch stays as it is.
func TestAStaleCalendarRemovesNothing(t *testing.T) {
	d := newDesk(t)
	lunch := d.Enrolment["antoine/CANTINE"]
	p := d.in("agent.enfance").Get("/bureau/inscriptions/" + lunch + "/reservations")
	d.book(d.Claire, lunch, "REPAS", "2026-12-14", "2026-12-15")
	recap := p.Form("Voir le récapitulatif").Tick("jour", "2026-12-14:REPAS", "2026-12-17:REPAS").Send().Want(200).Says("main", "rien ne change", "jeu. 17 déc. 2026")
	recap.Form("Enregistrer pour la famille").Fill("motif", "x").Send().Says("[role=status]", "1 jour réservé")
	if n := d.count(`SELECT count(*) FROM bookings WHERE state = 'booked'`); n != 3 {
		t.Errorf("%d bookings", n)
	}
}

func TestAnAgentBooksForOneOfTwoHomes(t *testing.T) {
	d := newDesk(t)
	path := "/bureau/inscriptions/" + d.Enrolment["leo/CANTINE"] + "/reservations"
	v := d.in("agent.enfance")
	p := v.Get(path+"?foyer="+d.Karim.HouseholdID).Want(200).Says(".rule", "Benali Karim").Says("#demande", "Jour de l’autre foyer")
	p.Click("Martin Claire").Want(200).Says(".rule", "Martin Claire")
	p = p.Form("Voir le récapitulatif").Tick("jour", "2026-12-03:REPAS").Send().Want(200).Says("main", "pour Benali Karim")
	p.Form("Enregistrer pour la famille").Fill("motif", "x").Send().Want(200)
	if n := d.count(`SELECT count(*) FROM bookings WHERE household_id = $1`, d.Karim.HouseholdID); n != 1 {
		t.Errorf("%d bookings for Karim", n)
	}
	v.Get(path + "?foyer=" + "inconnu").Want(404)
	other, _ := d.family("ferrand", "Élise", "Ferrand", "CANTINE")
	v.Get(path + "?foyer=" + other.HouseholdID).Want(404)
}

func TestTheCalendarOfAnotherSiteIsRefused(t *testing.T) {
	d := newDesk(t)
	lunch := d.Enrolment["antoine/CANTINE"]
	path := "/bureau/inscriptions/" + lunch + "/reservations"
	wish := url.Values{"changement": {"+2026-12-14:REPAS"}, "motif": {"x"}, "envoi": {"e1"}}
	for login, status := range map[string]int{"sabinettes": 403, "animateur": 403, "claire.martin": 404} {
		v := d.in(login)
		v.Get(path).Want(status)
		v.Post(path+"/recapitulatif", wish).Want(status)
		v.Post(path, wish).Want(status)
	}
	v := d.in("agent.enfance")
	v.Get("/bureau/inscriptions/nulle/reservations").Want(404)
	v.Post("/bureau/inscriptions/nulle/reservations", wish).Want(404)
	wish.Set("changement", "?2026")
	v.Post(path, wish).Want(422)
	if n := d.count(`SELECT count(*) FROM bookings`); n != 0 {
		t.Errorf("%d bookings were written", n)
	}
}
