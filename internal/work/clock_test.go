package work_test

import (
	"encoding/json"
	"strings"
	"testing"

	"preau/internal/attendance"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/job"
	"preau/internal/notify"
	"preau/internal/staff"
	"preau/internal/town"
	"preau/internal/work"
	"preau/internal/worldtest"
)

// strike runs the hourly job as it falls at an hour of the town's clock, then sends what it told.
func strike(t *testing.T, w *worldtest.World, wall string) {
	t.Helper()
	w.SetClock(wall)
	payload, err := json.Marshal(job.Planned{At: w.At(wall)})
	if err != nil {
		t.Fatal(err)
	}
	if err := work.Handlers(w.Town.Town)[work.ByTheHour](t.Context(), payload); err != nil {
		t.Fatal(err)
	}
	settle(t, w)
}

const hers = "claire.martin@famille.example"

// A last moment is told once, on its eve at the town's hour, with all the days it holds for.
func TestRemindersAreToldOnce(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		w.SetClock("2026-11-16T10:00")
		change(t, w, w.Claire, "antoine/CANTINE", "REPAS", "2026-12-07", "2026-12-08", "2026-12-10")
		change(t, w, w.Claire, "leo/CANTINE", "REPAS", "2026-12-07")
		change(t, w, w.Karim, "leo/CANTINE", "REPAS", "2026-12-14")
		settle(t, w)
		w.Mailbox.Clear()
		for wall, want := range map[string]int{"2026-11-29T17:00": 0, "2026-11-28T18:00": 0} {
			if strike(t, w, wall); len(w.Mailbox.To(hers)) != want {
				t.Errorf("%s: %d mails, want %d", wall, len(w.Mailbox.To(hers)), want)
			}
		}
		// Monday 30 November 23:59:59 is the last moment for the lunches of Monday 7 December.
		w.Write(func(tx *db.Tx) error { return notify.Mute(t.Context(), tx, w.Claire.AccountID, notify.Digest) })
		strike(t, w, "2026-11-30T18:00")
		mails := w.Mailbox.To(hers)
		if len(mails) != 1 {
			t.Fatalf("%d reminders, want 1", len(mails))
		}
		says(t, mails[0], "Ville d’Essai – Dernier moment pour annuler : lun. 30 nov. 23 h 59", "Jusqu’au lundi 30 novembre 2026 à 23 h 59", "Antoine – Restauration scolaire, Repas", "Léo – Restauration scolaire", "lundi 7 décembre 2026")
		if strings.Contains(mails[0].Text, "8 décembre") {
			t.Error("a day of another deadline is told")
		}
		if !strings.HasPrefix(mails[0].Unsubscribe, "http") || !strings.Contains(mails[0].Text, mails[0].Unsubscribe) {
			t.Errorf("unsubscribe %q", mails[0].Unsubscribe)
		}
		strike(t, w, "2026-11-30T18:00")
		if n := len(w.Mailbox.To(hers)); n != 1 {
			t.Errorf("told again: %d", n)
		}
		w.SetClock("2026-12-01T18:00") // kitchens that cannot be told hold back no reminder
		w.Write(func(tx *db.Tx) error { return town.WriteSetting(t.Context(), tx, "attendance.kitchen", "illisible") })
		if err := work.Handlers(w.Town.Town)[work.ByTheHour](t.Context(), []byte(db.JSON(job.Planned{At: w.At("2026-12-01T18:00")}))); err == nil {
			t.Error("nobody is told that the kitchens were not")
		}
		w.Write(func(tx *db.Tx) error { return attendance.SaveKitchenMail(t.Context(), tx, attendance.KitchenMail{}) })
		settle(t, w)
		if n := len(w.Mailbox.To(hers)); n != 2 {
			t.Errorf("%d mails when the kitchens fail, want 2", n)
		}
		strike(t, w, "2026-12-01T18:00")
		if n := len(w.Mailbox.To(hers)); n != 2 {
			t.Errorf("%d mails after the next deadline, want 2", n)
		}
		for _, m := range w.Mailbox.To("karim.benali@famille.example") {
			if m.Kind == string(notify.Reminders) {
				t.Errorf("Karim is reminded: %s\n%s", m.Subject, m.Text)
			}
		}
		w.Write(func(tx *db.Tx) error {
			return notify.SaveHours(t.Context(), tx, notify.Hours{Remind: false, RemindAt: 18})
		})
		strike(t, w, "2026-12-03T18:00")
		if n := len(w.Mailbox.To(hers)); n != 2 {
			t.Error("reminders are off and still told")
		}
	})
}

// On Sunday evening each parent reads the week of their own bookings, and nothing of the other's.
func TestTheWeekToCome(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		w.SetClock("2026-11-16T10:00")
		change(t, w, w.Claire, "antoine/CANTINE", "REPAS", "2026-12-07", "2026-12-08", "2026-12-14")
		change(t, w, w.Claire, "leo/MATIN", "MATIN", "2026-12-07")
		change(t, w, w.Karim, "leo/CANTINE", "REPAS", "2026-12-14", "2026-12-15")
		settle(t, w)
		w.Mailbox.Clear()
		strike(t, w, "2026-12-05T18:00")
		w.Mailbox.Clear() // Saturday: at most reminders
		for range 2 {
			strike(t, w, "2026-12-06T18:00")
		}
		var weeks int
		for _, m := range w.Mailbox.To(hers) {
			if m.Kind != string(notify.Digest) {
				continue
			}
			weeks++
			says(t, m, "Ville d’Essai – La semaine du 7 décembre", "Lundi 7 décembre : Repas", "Mardi 8 décembre : Repas", "Lundi 7 décembre : Matin", "Signaler une absence",
				"Derniers moments pour annuler", "repas d")
			if strings.Count(m.Text, w.BaseURL+"/absence/") != 3 || m.Unsubscribe == "" {
				t.Errorf("links of the week: %s", m.Text)
			}
		}
		if weeks != 1 {
			t.Errorf("%d weeks told, want 1", weeks)
		}
		for _, m := range w.Mailbox.To("karim.benali@famille.example") {
			if m.Kind == string(notify.Digest) {
				says(t, m, "Ville d’Essai – La semaine du 7 décembre", "Rien n’est réservé cette semaine")
				if strings.Contains(m.Text, "Antoine") || strings.Contains(m.Text, "Matin") {
					t.Error("the other household's bookings are told")
				}
			}
		}
		w.Write(func(tx *db.Tx) error { return notify.Mute(t.Context(), tx, w.Claire.AccountID, notify.Digest) })
		w.Mailbox.Clear()
		strike(t, w, "2026-12-13T18:00")
		for _, m := range w.Mailbox.To(hers) {
			if m.Kind == string(notify.Digest) {
				t.Error("told to who does not want it")
			}
		}
	})
}

// An absence that is too late is told to the team of its site and to the family; an absence in time to nobody but the family.
func TestLateAbsencesAreTold(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		w.SetClock("2026-11-16T10:00")
		change(t, w, w.Claire, "leo/CANTINE", "REPAS", "2026-12-07")
		w.Write(func(tx *db.Tx) error {
			w.AddAgent(tx, "anim.sabinettes", staff.Animation, "SABINETTES")
			w.AddAgent(tx, "anim.rostand", staff.Animation, "ROSTAND")
			return nil
		})
		settle(t, w)
		w.Mailbox.Clear()
		w.SetClock("2026-12-07T07:00")
		w.Write(func(tx *db.Tx) error {
			_, err := attendance.Announce(t.Context(), tx, w.Claire, w.Leo.ID, civil.MustParse("2026-12-07"), w.Loc)
			return err
		})
		settle(t, w)
		for address, want := range map[string]int{"anim.sabinettes@mairie.example": 1, "anim.rostand@mairie.example": 0, "direction@mairie.example": 0, hers: 1} {
			if n := len(w.Mailbox.To(address)); n != want {
				t.Errorf("%s: %d mails, want %d", address, n, want)
			}
		}
		says(t, w.Mailbox.To("anim.sabinettes@mairie.example")[0], "Ville d’Essai – Absence : Léo Benali, lundi 7 décembre", "ne viendra pas", "Maternelle Sabinettes")
		says(t, w.Mailbox.To(hers)[0], "Ville d’Essai – Absence de Léo signalée, lundi 7 décembre", "reste facturé")
	})
}
