package work_test

import (
	"strings"
	"testing"
	"time"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/worldtest"
)

// Each household reads its own days, and the bookings that stay its own; nothing of the other, nor why it was decided.
func TestBothHouseholdsAreToldOfTheirDays(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		change(t, w, w.Karim, "leo/CANTINE", "REPAS", "2026-12-14")
		settle(t, w)
		w.Mailbox.Clear()
		w.Write(func(tx *db.Tx) error {
			if _, err := booking.ChangeCustody(t.Context(), tx, w.Instructor, booking.CustodyChange{ChildID: w.Leo.ID, Rule: &household.CustodyRule{ChildID: w.Leo.ID,
				HouseholdID: w.Karim.HouseholdID, Weeks: household.OddWeeks, Weekday: time.Friday, Time: civil.Clock(16, 0), Holidays: household.HolidaysAsWeeks,
				From: civil.MustParse("2026-12-05")}}, false, w.Loc); err != nil {
				return err
			}
			_, err := booking.ChangeCustody(t.Context(), tx, w.Instructor, booking.CustodyChange{ChildID: w.Leo.ID, Dates: &household.CustodyDates{ChildID: w.Leo.ID,
				HouseholdID: w.Claire.HouseholdID, Starts: w.At("2026-12-08T00:00"), Ends: w.At("2026-12-09T00:00"), Decided: true, Reason: "maladie du père"}}, false, w.Loc)
			return err
		})
		settle(t, w)
		settle(t, w)
		list := w.Mailbox.List()
		if len(list) != 4 {
			t.Fatalf("%d mails, want 4", len(list))
		}
		for _, m := range list {
			if strings.Contains(m.Text, "maladie") || (m.To == "claire.martin@famille.example" && strings.Contains(m.Text, "Restauration")) {
				t.Errorf("to %s: %s", m.To, m.Text)
			}
			if strings.Contains(m.Text, "Karim") == (m.To == "claire.martin@famille.example") || strings.Contains(m.Text, "Claire") == (m.To == "karim.benali@famille.example") {
				t.Errorf("the other parent is named to %s: %s", m.To, m.Text)
			}
		}
		for _, m := range list {
			if m.To == "karim.benali@famille.example" && strings.Contains(m.Text, "Restauration") {
				says(t, m, "Ville d’Essai – Garde de Léo : vos jours ont changé", "Vos jours avec Léo", "À partir de 16 h", "Jusqu’à 16 h", "Toute la journée",
					"Réservations qui restent les vôtres", "Restauration scolaire, Maternelle Sabinettes", "lundi 14 décembre 2026")
			}
		}
	})
}
