package office_test

import (
	"net/url"
	"path"
	"testing"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
)

func TestCloseDaysAndOpenThemAgain(t *testing.T) {
	d := newDesk(t)
	d.book(d.Claire, d.Enrolment["antoine/CANTINE"], "REPAS", "2026-12-14", "2026-12-15")
	d.book(d.Karim, d.Enrolment["leo/CANTINE"], "REPAS", "2026-12-14")
	v := d.in("direction")
	p := v.Get("/bureau/fermetures").Want(200).Says("main", "Aucune fermeture n’est prévue").Click("Fermer des jours").Want(200)
	p = p.Submit("Voir qui est concerné").Want(422).Says("[role=alert]", "Indiquez le motif", "Indiquez le premier jour")
	p = p.Form("Voir qui est concerné").Fill("du", "2026-12-14").Fill("au", "2026-12-11").Fill("motif", "Grève").Send().Want(422).Says("[role=alert]", "Le dernier jour est avant le premier")
	if f := p.Form("Voir qui est concerné"); f.Value("motif") != "Grève" || f.Value("du") != "2026-12-14" {
		t.Error("what was typed is lost")
	}
	preview := p.Form("Voir qui est concerné").Fill("au", "2026-12-15").Send().Want(200).
		Says("main", "Rien n’est encore fermé", "du lun. 14 déc. au mar. 15 déc. 2026", "Toute la ville", "Élémentaire Jean Rostand", "Maternelle Sabinettes").
		Says(".counts", "enfants concernés 2", "familles prévenues par e-mail 2", "réservations annulées, non facturées 3")
	if d.count(`SELECT count(*) FROM closures`) != 0 {
		t.Fatal("the preview wrote a closure")
	}
	preview.Click("Corriger").Want(200)
	p = preview.Submit("Fermer ces jours").Want(200).Says("[role=status]", "3 réservations sont libérées", "2 familles").Says("main", "3 réservations restent à libérer", "En cours")
	id := path.Base(p.URL.Path)
	preview.Submit("Fermer ces jours").Want(200).WantPath("/bureau/fermetures/" + id)
	if d.count(`SELECT count(*) FROM closures`) != 1 {
		t.Error("a second click made a second closure")
	}
	v.Get("/bureau").Says(".alerts", "Grève, du lun. 14 déc.", "3 réservations encore à libérer")
	d.settle(id, false)
	p = p.Click("Actualiser").Says("main", "réservations annulées, non facturées 3", "familles prévenues 2", "Fermé").Click("Annuler cette fermeture").Want(200).
		Says("main", "réservations reviennent 3", "familles prévenues par e-mail 2", "enfants 2")
	if d.count(`SELECT count(*) FROM closures WHERE undone_at IS NOT NULL`) != 0 {
		t.Fatal("the preview undid the closure")
	}
	stale := p
	p = p.Submit("Rouvrir ces jours").Want(200).WantPath("/bureau/fermetures/"+id).Says("[role=status]", "Rouvert").Says("main", "3 réservations restent à rétablir")
	stale.Submit("Rouvrir ces jours").Want(200).Says("[role=status]", "a déjà été annulée")
	v.Get("/bureau/fermetures/"+id+"/reouverture").Want(200).Says("[role=status]", "a déjà été annulée")
	d.settle(id, true)
	p.Click("Actualiser").Says("main", "Les réservations sont revenues", "Annulé par")
	if n := d.count(`SELECT count(*) FROM bookings WHERE state = 'booked'`); n != 3 {
		t.Errorf("%d bookings are back", n)
	}
	v.Get("/bureau/fermetures").Says("main", "Passées ou annulées", "Annulée")
}

func TestAClosureThatGrewIsReadAgain(t *testing.T) {
	d := newDesk(t)
	v := d.in("direction")
	preview := v.Get("/bureau/fermetures/apercu?du=2026-12-14&au=2026-12-18&motif=Travaux").Want(200).Says("main", "Aucune réservation n’est concernée")
	d.book(d.Claire, d.Enrolment["antoine/CANTINE"], "REPAS", "2026-12-14", "2026-12-15", "2026-12-17", "2026-12-18")
	d.book(d.Claire, d.Enrolment["antoine/MATIN"], "MATIN", "2026-12-14", "2026-12-15")
	p := preview.Submit("Fermer ces jours").Want(409).Says("[role=alert]", "6 réservations de plus").Says(".counts", "non facturées 6")
	d.book(d.Claire, d.Enrolment["antoine/MATIN"], "MATIN", "2026-12-17")
	p.Submit("Fermer ces jours").Want(200).Says("[role=status]", "7 réservations")
	v.Get("/bureau/fermetures/apercu?du=2026-12-14&au=2026-12-18&motif=Neige").Want(200).Says("main", "Déjà fermé en partie").
		Submit("Fermer ces jours").Want(409).Says("[role=alert]", "déjà fermés", "Travaux")
}

func TestDaysThatPassedAreAskedAbout(t *testing.T) {
	d := newDesk(t)
	d.book(d.Claire, d.Enrolment["antoine/CANTINE"], "REPAS", "2026-12-14", "2026-12-15", "2026-12-17")
	var k activity.Closure
	d.Write(func(tx *db.Tx) (err error) {
		k, err = booking.Close(t.Context(), tx, d.Direction, activity.Closure{From: civil.MustParse("2026-12-14"), To: civil.MustParse("2026-12-17"), Reason: "Neige"})
		return err
	})
	d.settle(k.ID, false)
	d.SetClock("2026-12-16T09:00")
	p := d.in("direction").Get("/bureau/fermetures/"+k.ID+"/reouverture").Want(200).Says("main", "Les laisser fermés", "2 réservations passées redeviennent à facturer", "jour passé")
	p.Submit("Rouvrir ces jours").Want(200)
	d.settle(k.ID, true)
	if n := d.count(`SELECT count(*) FROM bookings WHERE state = 'booked'`); n != 1 {
		t.Errorf("%d bookings are back", n)
	}
}

func TestClosuresAreTheDirections(t *testing.T) {
	d := newDesk(t)
	var town, nursery activity.Closure
	d.Write(func(tx *db.Tx) (err error) {
		k := activity.Closure{From: civil.MustParse("2026-12-14"), To: civil.MustParse("2026-12-14"), Reason: "Grève"}
		if town, err = booking.Close(t.Context(), tx, d.Direction, k); err != nil {
			return err
		}
		k.SiteID, k.Reason = d.Site["SABINETTES"], "Travaux"
		nursery, err = booking.Close(t.Context(), tx, d.Direction, k)
		return err
	})
	fields := url.Values{"du": {"2026-12-15"}, "au": {"2026-12-15"}, "motif": {"x"}, "vu": {"0"}}
	for _, login := range []string{"agent.enfance", "animateur"} {
		v := d.in(login)
		v.Get("/bureau/fermetures").Want(403)
		v.Post("/bureau/fermetures", fields).Want(403)
		v.Post("/bureau/fermetures/"+town.ID+"/reouverture", nil).Want(403)
	}
	head := d.in("directrice")
	head.Get("/bureau/fermetures/" + nursery.ID).Want(404)
	head.Get("/bureau/fermetures/nulle").Want(404)
	head.Get("/bureau/fermetures/" + nursery.ID + "/reouverture").Want(404)
	head.Get("/bureau/fermetures/" + town.ID + "/reouverture").Want(403)
	head.Post("/bureau/fermetures/"+town.ID+"/reouverture", nil).Want(403)
	head.Post("/bureau/fermetures", fields).Want(403)
	head.Get("/bureau/fermetures/apercu?du=2026-12-15&motif=x").Want(403)
	p := head.Get("/bureau/fermetures/" + town.ID).Want(200)
	if p.Has("a[href$=reouverture]") {
		t.Error("the town's closure can be undone by an agent of one site")
	}
	if n := len(head.Get("/bureau/fermetures/nouvelle").Texts("select[name=etablissement] option")); n != 1 {
		t.Errorf("an agent of one site may choose among %d", n)
	}
	fields.Set("etablissement", "ROSTAND")
	head.Post("/bureau/fermetures", fields).Want(200).Says("[role=status]", "Fermé", "Aucune réservation n’est concernée")
	fields.Set("activite", "MERCREDI")
	head.Post("/bureau/fermetures", fields).Want(422).Says("[role=alert]", "n’a pas lieu dans cet établissement")
	if n := d.count(`SELECT count(*) FROM closures`); n != 3 {
		t.Errorf("%d closures", n)
	}
}
