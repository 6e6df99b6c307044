package work_test

import (
	"strings"
	"testing"
	"time"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/mail"
	"preau/internal/notify"
	"preau/internal/towntest"
	"preau/internal/work"
	"preau/internal/worldtest"
)

// each runs a test on the leaflet's town, on each engine.
func each(t *testing.T, test func(t *testing.T, w *worldtest.World)) {
	t.Helper()
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) { test(t, worldtest.Chatou(t, tn)) })
}

// settle does every job that is due, with the handlers of the house.
func settle(t *testing.T, w *worldtest.World) {
	t.Helper()
	if _, err := work.Worker(w.Town.Town).RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// change submits additions ("2026-12-14") and removals ("-2026-12-14") of one option for a guardian.
func change(t *testing.T, w *worldtest.World, who household.Guardian, enrolment, option string, days ...string) booking.Outcome {
	t.Helper()
	r := booking.Request{SubmissionID: db.NewID(), EnrolmentID: w.Enrolment[enrolment]}
	for _, day := range days {
		plain, removed := strings.CutPrefix(day, "-")
		r.Changes = append(r.Changes, booking.Change{EnrolmentID: r.EnrolmentID, Day: civil.MustParse(plain), Option: option, Add: !removed})
	}
	var o booking.Outcome
	w.Write(func(tx *db.Tx) (err error) {
		o, err = booking.Submit(t.Context(), tx, who, r, w.Loc)
		return err
	})
	return o
}

// says fails the test when a mail's subject, text or page misses one of the parts.
func says(t *testing.T, m mail.Received, subject string, parts ...string) {
	t.Helper()
	if m.Subject != subject {
		t.Errorf("subject %q, want %q", m.Subject, subject)
	}
	for _, part := range parts {
		if !strings.Contains(plain(m.Text), plain(part)) {
			t.Errorf("the text does not say %q:\n%s", part, m.Text)
		}
		if !strings.Contains(plain(m.HTML), plain(part)) {
			t.Errorf("the page does not say %q:\n%s", part, m.HTML)
		}
	}
}

// plain reduces spaces to one, and entities of HTML to their sign.
func plain(s string) string {
	s = strings.NewReplacer("<br>", " ", "<br/>", " ", "&#39;", "'", "&amp;", "&").Replace(s)
	return strings.Join(strings.Fields(s), " ")
}

// What was added, removed and refused is told day by day, with the reasons, to both guardians; the one who muted bookings keeps
// the message without the mail.
func TestBothGuardiansAreTold(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		other := secondGuardian(t, w)
		change(t, w, w.Claire, "antoine/CANTINE", "REPAS", "2026-12-10", "2026-12-14")
		settle(t, w)
		w.Mailbox.Clear()
		change(t, w, w.Claire, "antoine/CANTINE", "REPAS", "-2026-12-14", "2026-12-17", "2026-12-18", "2027-01-04", "2026-12-21", "2026-12-07")
		settle(t, w)
		if n := len(w.Mailbox.List()); n != 2 {
			t.Fatalf("%d mails, want 2", n)
		}
		for _, address := range []string{w.Claire.Email, other.Email} {
			says(t, w.Mailbox.To(address)[0], "Ville d’Essai – Réservations d’Antoine : 3 repas en plus, 1 en moins, 2 refus",
				"à la demande de Claire Martin", "Antoine – Restauration scolaire, Élémentaire Jean Rostand",
				"Repas : ajouté", "décembre 2026 : jeu. 17, ven. 18", "janvier 2027 : lun. 4",
				"retiré dans les délais", "lundi 14 décembre 2026",
				"Non réservé : trop tard depuis le lundi 30 novembre 2026 à 23 h 59", "Non réservé : vacances scolaires",
				"+ 6,80\u00a0€", "Voir le calendrier")
		}
		if !strings.Contains(w.Mailbox.To(other.Email)[0].Text, "https://essai.example/espace/reservations/"+w.Enrolment["antoine/CANTINE"]+"?mois=2026-12") {
			t.Error("the link to the calendar is missing")
		}
		w.Mailbox.Clear()
		w.Write(func(tx *db.Tx) error { return notify.Mute(t.Context(), tx, w.Claire.AccountID, notify.Bookings) })
		change(t, w, w.Claire, "antoine/CANTINE", "REPAS", "-2026-12-18")
		settle(t, w)
		if got := w.Mailbox.List(); len(got) != 1 || got[0].To != other.Email {
			t.Errorf("mails: %v", got)
		}
	})
}

// secondGuardian adds a guardian without an account to Claire's household.
func secondGuardian(t *testing.T, w *worldtest.World) (g household.Guardian) {
	t.Helper()
	w.Write(func(tx *db.Tx) (err error) {
		g, err = household.AddGuardian(t.Context(), tx, household.By{Actor: "essai", Name: "Essai"},
			household.Guardian{HouseholdID: w.Claire.HouseholdID, FirstName: "Paul", LastName: "Martin", Email: "paul@famille.example"})
		return err
	})
	return g
}

// A job that runs twice tells once.
func TestToldOnce(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		change(t, w, w.Claire, "antoine/CANTINE", "REPAS", "2026-12-14")
		settle(t, w)
		w.Write(func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE jobs SET state = 'ready'`)
			return err
		})
		settle(t, w)
		if n := len(w.Mailbox.List()); n != 1 {
			t.Errorf("%d mails, want 1", n)
		}
	})
}

// Several children in one submission: both are named.
func TestSiblingsAreNamedTogether(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		r := booking.Request{SubmissionID: db.NewID(), EnrolmentID: w.Enrolment["antoine/CANTINE"]}
		for _, e := range []string{"antoine/CANTINE", "leo/CANTINE"} {
			r.Changes = append(r.Changes, booking.Change{EnrolmentID: w.Enrolment[e], Day: civil.MustParse("2026-12-10"), Option: "REPAS", Add: true})
		}
		w.Write(func(tx *db.Tx) error {
			_, err := booking.Submit(t.Context(), tx, w.Claire, r, w.Loc)
			return err
		})
		settle(t, w)
		says(t, w.Mailbox.List()[0], "Ville d’Essai – Réservations d’Antoine et de Léo : 2 repas en plus",
			"Antoine – Restauration scolaire", "Léo – Restauration scolaire, Maternelle Sabinettes")
	})
}

// A place is offered, then given to the next when nobody answers; both families are told, with the deadline and where to answer.
func TestOffersAreToldAndEnd(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {

		w.Write(func(tx *db.Tx) error { w.SetPlaces(tx, "MERCREDI", "LOISIRS", "APREM", 0); return nil })
		for _, name := range []string{"antoine", "leo"} {
			change(t, w, w.Claire, name+"/MERCREDI", "APREM", "2026-12-09")
			w.Clock.Advance(time.Minute)
		}
		settle(t, w)
		w.Mailbox.Clear()
		one := int64(1)
		w.Write(func(tx *db.Tx) error {
			c, err := activity.Load(t.Context(), tx)
			if err != nil {
				return err
			}
			a, _ := c.Activity(w.Activity["MERCREDI"])
			k := activity.Capacity{ActivityID: a.ID, SiteID: w.Site["LOISIRS"], OptionID: a.Options[0].ID, From: civil.MustParse("2026-12-09"), OnlyDay: true, Places: &one}
			if err := activity.SetCapacity(t.Context(), tx, k, "essai"); err != nil {
				return err
			}
			return booking.ApplyCapacity(t.Context(), tx, k)
		})
		settle(t, w)
		says(t, w.Mailbox.List()[0], "Ville d’Essai – Une place est proposée à Antoine, mercredi 9 décembre : répondez avant le jeu. 3 déc. 10 h 02",
			"gardée pour Antoine jusqu’au jeudi 3 décembre 2026 à 10 h 02", "Antoine – Accueil de loisirs du mercredi, Centre de loisirs")
		if !strings.Contains(w.Mailbox.List()[0].Text, "https://essai.example/espace/propositions") {
			t.Error("the link to the offers is missing")
		}
		w.Mailbox.Clear()
		w.SetClock("2026-12-03T10:03")
		settle(t, w)
		got := w.Mailbox.List()
		if len(got) != 2 {
			t.Fatalf("%d mails, want 2", len(got))
		}
		if strings.Contains(got[0].Subject, "est proposée à Léo") { // both fall due together
			got[0], got[1] = got[1], got[0]
		}
		says(t, got[0], "Ville d’Essai – La place proposée à Antoine, mercredi 9 décembre, n’est plus gardée", "Rien n’est facturé")
		says(t, got[1], "Ville d’Essai – Une place est proposée à Léo, mercredi 9 décembre : répondez avant le sam. 5 déc. 10 h 03", "gardée pour Léo")

	})
}

// A place obtained at once says until when it can be given back.
func TestPlacesObtainedAreTold(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		w.Write(func(tx *db.Tx) error { w.SetPlaces(tx, "CANTINE", "ROSTAND", "REPAS", 1); return nil })
		var neighbour household.Guardian
		w.Write(func(tx *db.Tx) error {
			neighbour = w.AddHousehold(tx, "voisine", "Anne", "Voisin", 0)
			w.Enrol(tx, "voisin", w.AddChild(tx, neighbour, "Hugo", "Voisin", "2018-01-01", "CE2", "ROSTAND"), "CANTINE", "ROSTAND")
			return nil
		})
		change(t, w, neighbour, "voisin/CANTINE", "REPAS", "2026-12-17")
		change(t, w, w.Claire, "antoine/CANTINE", "REPAS", "2026-12-17")
		settle(t, w)
		says(t, w.Mailbox.To(w.Claire.Email)[0], "Ville d’Essai – Réservations d’Antoine : 1 repas sur liste d’attente", "inscription sur la liste d’attente")
		change(t, w, neighbour, "voisin/CANTINE", "REPAS", "-2026-12-17")
		settle(t, w)
		says(t, w.Mailbox.To(w.Claire.Email)[0], "Ville d’Essai – Une place obtenue pour Antoine, jeudi 17 décembre",
			"Repas : réservé", "annuler jusqu’au jeudi 10 décembre 2026 à 23 h 59")
	})
}

// A closure frees days and says why and that nothing is billed; undone, it says they are back.
func TestClosuresAreToldBothWays(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		change(t, w, w.Claire, "antoine/CANTINE", "REPAS", "2026-12-10", "2026-12-11", "2026-12-14")
		settle(t, w)
		w.Mailbox.Clear()
		var k activity.Closure
		w.Write(func(tx *db.Tx) (err error) {
			k, err = booking.Close(t.Context(), tx, w.Direction, activity.Closure{ActivityID: w.Activity["CANTINE"],
				From: civil.MustParse("2026-12-10"), To: civil.MustParse("2026-12-11"), Reason: "Grève <nationale>"})
			return err
		})
		settle(t, w)
		got := w.Mailbox.List()
		if len(got) != 1 {
			t.Fatalf("%d mails, want 1", len(got))
		}
		if got[0].Subject != "Ville d’Essai – Fermeture du 10 décembre au 11 décembre : Grève <nationale>" || strings.Contains(got[0].HTML, "<nationale>") {
			t.Errorf("subject %q, page:\n%s", got[0].Subject, got[0].HTML)
		}
		for _, part := range []string{"Motif : Grève <nationale>", "Rien n’est facturé", "décembre 2026 : jeu. 10, ven. 11"} {
			if !strings.Contains(got[0].Text, part) {
				t.Errorf("the text does not say %q:\n%s", part, got[0].Text)
			}
		}
		w.Mailbox.Clear()
		w.Write(func(tx *db.Tx) error { return booking.Reopen(t.Context(), tx, w.Direction, k.ID, civil.Date{}) })
		settle(t, w)
		if got = w.Mailbox.List(); len(got) != 1 || got[0].Subject != "Ville d’Essai – Réouverture du 10 décembre au 11 décembre : vos réservations sont rétablies" {
			t.Errorf("mails: %v", got)
		}
	})
}

// An agent's refusal gives the reason to the family.
func TestInstructionIsTold(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		w.Write(func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE activities SET instruction = $1 WHERE id = $2`, true, w.Activity["ETUDE"])
			return err
		})
		w.Write(func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `DELETE FROM catalogue_version`)
			return err
		})
		o := change(t, w, w.Claire, "antoine/ETUDE", "ETUDE", "2026-12-10")
		settle(t, w)
		says(t, w.Mailbox.List()[0], "Ville d’Essai – Réservations d’Antoine : 1 étude en attente d’instruction", "un agent doit l’accepter")
		w.Write(func(tx *db.Tx) error {
			_, err := booking.Instruct(t.Context(), tx, w.Instructor, []string{o.Decisions[0].BookingID}, false, "Le groupe est complet.")
			return err
		})
		settle(t, w)
		says(t, w.Mailbox.List()[0], "Ville d’Essai – Réservations d’Antoine : 1 refus", "Motif : Le groupe est complet.", "Étude : demande refusée par le service")
	})
}

// Each night what no longer serves is forgotten.
func TestHousekeeping(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		w.Write(func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `INSERT INTO sign_in_attempts (id, subject, at) VALUES ('a', 's', $1)`, tx.Now.Add(-48*time.Hour))
			return err
		})
		settle(t, w)
		w.SetClock("2026-12-02T03:15:30")
		settle(t, w)
		w.Read(func(tx *db.Tx) error {
			found, err := db.Exists(t.Context(), tx, `SELECT 1 FROM sign_in_attempts`)
			if found {
				t.Error("the old try is still there")
			}
			dead, err2 := job.Count(t.Context(), tx, job.Dead)
			if dead != 0 {
				t.Errorf("%d dead jobs", dead)
			}
			if err2 != nil {
				return err2
			}
			return err
		})
	})
}
