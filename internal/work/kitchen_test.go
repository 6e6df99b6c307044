package work_test

import (
	"testing"

	"preau/internal/attendance"
	"preau/internal/db"
	"preau/internal/worldtest"
)

// A kitchen is written to at the town's hour, once a day, and not on a day without meals.
func TestKitchensAreToldOnce(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		const cook = "cuisine.rostand@essai.example"
		w.SetClock("2026-11-16T10:00")
		change(t, w, w.Claire, "antoine/CANTINE", "REPAS", "2026-12-07", "2026-12-08")
		settle(t, w)
		w.Mailbox.Clear()
		w.Write(func(tx *db.Tx) error {
			return attendance.SaveKitchenMail(t.Context(), tx, attendance.KitchenMail{On: true, Hour: 9, Recipients: map[string][]string{w.Site["ROSTAND"]: {cook}, w.Site["SABINETTES"]: {"autre@essai.example"}}})
		})
		for _, wall := range []string{"2026-12-05T09:00", "2026-12-07T08:00", "2026-12-07T09:00", "2026-12-07T09:00"} {
			strike(t, w, wall)
		}
		mails := w.Mailbox.To(cook)
		if len(mails) != 1 || len(w.Mailbox.To("autre@essai.example")) != 0 {
			t.Fatalf("%d mails, want 1", len(mails))
		}
		says(t, mails[0], "Ville d’Essai – Repas du lundi 7 décembre, Élémentaire Jean Rostand : 1", "À préparer : 1 repas (1 standard)", "Commandés à la limite d’annulation : 1 repas", "Mardi 8 décembre 2026")
	})
}
