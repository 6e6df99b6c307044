package attendance_test

import (
	"fmt"
	"testing"

	"preau/internal/attendance"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/towntest"
)

// Lunch of Monday 7 December, to be settled a week before: what was booked then, what was booked later, who came and who did not.
func TestMealsOfTheKitchen(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		r := newRoll(t, tn)
		day := r.session.Day
		count := func(site string) string {
			out := ""
			r.Read(func(tx *db.Tx) error {
				list, err := attendance.ReadKitchen(t.Context(), tx, func(id string) bool { return id == r.Site[site] }, day, r.Loc)
				for _, k := range list {
					out = fmt.Sprintf("passed %v, ordered %d, cooked %d, final %d of which %d baskets, %d of %d pointed, %d announced", k.Passed, k.Ordered.Total, k.Ordered.Cooked(), k.Final.Total,
						k.Final.Menus["panier_pai"], k.Pointed, k.Expected, k.Announced)
				}
				return err
			})
			return out
		}
		want := func(what, site, wanted string) {
			t.Helper()
			if got := count(site); got != wanted {
				t.Errorf("%s: %s, want %s", what, got, wanted)
			}
		}
		r.SetClock("2026-11-30T23:59")
		want("before the deadline", "ROSTAND", "passed false, ordered 1, cooked 1, final 1 of which 0 baskets, 0 of 1 pointed, 0 announced")
		r.SetClock("2026-12-03T10:00")
		r.Write(func(tx *db.Tx) error { // an agent frees Léo's lunch after the deadline: it was ordered all the same
			for _, q := range []string{
				`INSERT INTO booking_events (booking_id, seq, at, state, actor) SELECT id, 99, $2, 'cancelled', 'essai' FROM bookings WHERE child_id = $1 AND option_id IN (SELECT id FROM activity_options WHERE code = 'REPAS')`,
				`UPDATE bookings SET state = 'cancelled', since = $2 WHERE child_id = $1 AND option_id IN (SELECT id FROM activity_options WHERE code = 'REPAS')`,
			} {
				if _, err := tx.Exec(t.Context(), q, r.Leo.ID, tx.Now); err != nil {
					return err
				}
			}
			return household.SetMenu(t.Context(), tx, household.By{Actor: "essai"}, r.Leo.ID, "panier_pai")
		})
		want("freed after the deadline", "SABINETTES", "passed true, ordered 1, cooked 0, final 0 of which 0 baskets, 0 of 0 pointed, 0 announced")
		if _, err := announce(t, r.World, r.Claire, r.Antoine, "2026-12-07"); err != nil {
			t.Fatal(err)
		}
		want("announced too late", "ROSTAND", "passed true, ordered 1, cooked 1, final 1 of which 0 baskets, 0 of 1 pointed, 1 announced")
		r.SetClock("2026-12-07T12:00")
		guest := r.entry(r.sofiane, attendance.Present, "11:50")
		guest.ChildID = r.Leo.ID
		r.replay(r.sofiane, guest, r.entry(r.sofiane, attendance.Absent, "11:50"))
		want("one did not come, one came without a booking", "ROSTAND", "passed true, ordered 1, cooked 1, final 1 of which 1 baskets, 1 of 1 pointed, 0 announced")
		r.SetClock("2026-12-07T12:01")
		r.replay(r.sofiane, r.entry(r.sofiane, attendance.Present, "12:01"))
		want("he came after all", "ROSTAND", "passed true, ordered 1, cooked 1, final 2 of which 1 baskets, 1 of 1 pointed, 0 announced")
	})
}

func TestWhereKitchensAreWrittenTo(t *testing.T) {
	tn := towntest.New(t, db.SQLite)
	save := func(m attendance.KitchenMail) error {
		return tn.DB.Write(t.Context(), func(tx *db.Tx) error { return attendance.SaveKitchenMail(t.Context(), tx, m) })
	}
	if err := save(attendance.KitchenMail{Hour: 24}); !fault.Is(err, fault.Invalid) {
		t.Errorf("at 24 h: %v", err)
	}
	if err := save(attendance.KitchenMail{Recipients: map[string][]string{"s": {"cuisine"}}}); !fault.Is(err, fault.Invalid) {
		t.Errorf("to no address: %v", err)
	}
	if err := save(attendance.KitchenMail{On: true, Hour: 8, Recipients: map[string][]string{"s": {"cuisine@essai.example"}}}); err != nil {
		t.Error(err)
	}
}
