package attendance_test

import (
	"fmt"
	"slices"
	"testing"

	"preau/internal/activity"
	"preau/internal/attendance"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/towntest"
	"preau/internal/worldtest"
)

// point says of a child at an activity on a day whether it came, as a roll-call would.
func point(t *testing.T, w *worldtest.World, household, child, code, site, option, day, came string) {
	t.Helper()
	w.Write(func(tx *db.Tx) error {
		c, err := activity.Load(t.Context(), tx)
		if err != nil {
			return err
		}
		a, _ := c.Activity(w.Activity[code])
		o, _ := a.Option(option)
		entry := db.NewID()
		if _, err := tx.Exec(t.Context(), `INSERT INTO attendance_entries (id, agent_id, child_id, activity_id, site_id, option_id, day, came, late_pickup, source,
			device_at, received_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, false, 'online', $9, $9)`,
			entry, w.Direction.ID, child, a.ID, w.Site[site], o.ID, civil.MustParse(day), came, tx.Now); err != nil {
			return err
		}
		_, err = tx.Exec(t.Context(), `INSERT INTO attendances (id, child_id, activity_id, day, site_id, option_id, household_id, came, late_pickup, age_group, menu,
			entry_id, device_at, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, false, 'maternelle', 'sans_porc', $9, $10, $10)`,
			db.NewID(), child, a.ID, civil.MustParse(day), w.Site[site], o.ID, household, came, entry, tx.Now)
		return err
	})
}

// What billing reads of a week: what was booked with what the roll-call says, who came unbooked, and nothing of a day cancelled in time.
func TestFactsOfAWeek(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := booked(t, tn)
		monday := civil.MustParse("2026-12-07")
		w.Write(func(tx *db.Tx) error { // Léo's morning is cancelled in time
			_, err := booking.Submit(t.Context(), tx, w.Claire, booking.Request{SubmissionID: db.NewID(), EnrolmentID: w.Enrolment["leo/MATIN"],
				Changes: []booking.Change{{EnrolmentID: w.Enrolment["leo/MATIN"], Day: monday, Option: "MATIN"}}}, w.Loc)
			return err
		})
		point(t, w, w.Claire.HouseholdID, w.Leo.ID, "CANTINE", "SABINETTES", "REPAS", "2026-12-07", "absent")
		point(t, w, w.Claire.HouseholdID, w.Leo.ID, "SOIR", "SABINETTES", "SOIR", "2026-12-08", "present")
		point(t, w, w.Karim.HouseholdID, w.Leo.ID, "CANTINE", "SABINETTES", "REPAS", "2026-12-14", "present")

		got := facts(t, w, w.Claire.HouseholdID)
		want := []string{
			"antoine CANTINE 2026-12-07 booked unpointed standard",
			"leo CANTINE 2026-12-07 booked absent sans_porc",
			"leo SOIR 2026-12-08 none present sans_porc",
		}
		if !slices.Equal(got, want) {
			t.Errorf("facts of Claire's household:\n%q\nwant\n%q", got, want)
		}
		if got := facts(t, w, w.Karim.HouseholdID); !slices.Equal(got, []string{"leo CANTINE 2026-12-14 none present sans_porc"}) {
			t.Errorf("facts of Karim's household: %q", got)
		}

		point(t, w, w.Claire.HouseholdID, w.Leo.ID, "MATIN", "SABINETTES", "MATIN", "2026-12-07", "present")
		w.Write(func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `INSERT INTO excused_days (id, child_id, day, source, since, by) VALUES ('e', $1, $2, 'certificate:1', $3, 'x')`, w.Leo.ID, monday, tx.Now)
			return err
		})
		got = facts(t, w, w.Claire.HouseholdID)
		want = slices.Concat([]string{want[0], "leo CANTINE 2026-12-07 booked absent sans_porc excused", "leo MATIN 2026-12-07 cancelled present sans_porc"}, want[2:])
		if !slices.Equal(got, want) {
			t.Errorf("after a certificate, and a morning on which Léo came all the same:\n%q\nwant\n%q", got, want)
		}
	})
}

// facts writes the facts of a household of December 2026, children and activities by their names in the world.
func facts(t *testing.T, w *worldtest.World, householdID string) (out []string) {
	t.Helper()
	names := map[string]string{w.Leo.ID: "leo", w.Antoine.ID: "antoine"}
	for code, id := range w.Activity {
		names[id] = code
	}
	w.Read(func(tx *db.Tx) error {
		list, err := attendance.Facts(t.Context(), tx, []string{householdID}, civil.Range{From: civil.MustParse("2026-12-01"), To: civil.MustParse("2026-12-31")})
		for _, f := range list {
			line := fmt.Sprintf("%s %s %s %s %s %s", names[f.ChildID], names[f.ActivityID], f.Day, f.Booked, f.Came, f.Menu)
			if f.Excused {
				line += " excused"
			}
			out = append(out, line)
		}
		return err
	})
	slices.Sort(out)
	return out
}
