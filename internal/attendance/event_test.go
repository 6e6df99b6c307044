package attendance_test

import (
	"testing"

	"preau/internal/activity"
	"preau/internal/attendance"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/staff"
	"preau/internal/towntest"
	"preau/internal/worldtest"
)

func TestWhomAnEventCovers(t *testing.T) {
	monday := civil.MustParse("2026-12-07")
	fact := attendance.Fact{ActivityID: "canteen", SiteID: "rostand", Day: monday}
	class := household.Schooling{SiteID: "rostand", Level: "CE2", ClassName: "CE2 A"}
	for _, c := range []struct {
		name  string
		event attendance.TownEvent
		want  bool
	}{
		{"a strike of the whole town", attendance.TownEvent{From: monday, To: monday}, true},
		{"another day", attendance.TownEvent{From: monday.AddDays(1), To: monday.AddDays(2)}, false},
		{"its last day", attendance.TownEvent{From: monday.AddDays(-3), To: monday}, true},
		{"another site", attendance.TownEvent{From: monday, To: monday, SiteID: "sabinettes"}, false},
		{"another activity", attendance.TownEvent{From: monday, To: monday, ActivityID: "study"}, false},
		{"the class on a trip", attendance.TownEvent{From: monday, To: monday, SchoolID: "rostand", Level: "CE2", ClassName: "CE2 A"}, true},
		{"the other class of the level", attendance.TownEvent{From: monday, To: monday, SchoolID: "rostand", Level: "CE2", ClassName: "CE2 B"}, false},
		{"the same level of another school", attendance.TownEvent{From: monday, To: monday, SchoolID: "other", Level: "CE2"}, false},
		{"the pupils of the school, wherever they are that day", attendance.TownEvent{From: monday, To: monday, SchoolID: "rostand"}, true},
	} {
		if got := c.event.Covers(&fact, class); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func declare(t *testing.T, w *worldtest.World, who staff.Agent, e attendance.TownEvent) (out attendance.TownEvent, err error) {
	t.Helper()
	err = w.DB.Write(t.Context(), func(tx *db.Tx) error {
		out, err = attendance.Declare(t.Context(), tx, who, e)
		return err
	})
	return out, err
}

// A class on a trip: nothing is cancelled, an absence is not billed, who comes is; undone, all is as before.
func TestAClassOnATrip(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := booked(t, tn)
		w.SetClock("2026-12-01T10:00")
		monday := civil.MustParse("2026-12-07")
		trip := attendance.TownEvent{Kind: attendance.ClassTrip, SchoolID: w.Site["SABINETTES"], Level: "MS", From: monday, To: monday, Reason: "Sortie au zoo"}
		w.Write(func(tx *db.Tx) error { // the CCAS pays the meal: the morning alone is taken off the family's bill
			_, err := activity.GrantAid(t.Context(), tx, household.ByAgent(w.Direction), activity.Aid{HouseholdID: w.Claire.HouseholdID, ActivityID: w.Activity["CANTINE"], Payer: activity.CCAS,
				Name: "CCAS", Percent: 100_00, From: monday})
			return err
		})
		var reach attendance.EventReach
		w.Read(func(tx *db.Tx) (err error) {
			reach, err = attendance.PreviewEvent(t.Context(), tx, trip)
			return err
		})
		if reach.Children != 1 || reach.Households != 1 || reach.Bookings != 2 || reach.Meals != 1 || reach.Cents != 180 {
			t.Errorf("preview: %+v", reach)
		}
		if _, err := declare(t, w, w.Instructor, trip); !fault.Is(err, fault.Forbidden) {
			t.Errorf("by an agent who may not: %v", err)
		}
		var e attendance.TownEvent
		for range 2 { // the second time finds the first
			var err error
			if e, err = declare(t, w, w.Direction, trip); err != nil {
				t.Fatal(err)
			}
		}
		if n := count(t, w, `SELECT count(*) FROM town_events`); n != 1 {
			t.Errorf("%d events", n)
		}
		counts := func() (children, meals int64) {
			w.Read(func(tx *db.Tx) error {
				groups, err := attendance.EventCounts(t.Context(), tx, e)
				for _, g := range groups {
					children, meals = children+g.Children, meals+g.Meals
				}
				return err
			})
			return children, meals
		}
		if children, meals := counts(); children != 2 || meals != 1 {
			t.Errorf("the teams are told of %d children and %d meals, want 2 and 1", children, meals)
		}
		point(t, w, w.Claire.HouseholdID, w.Leo.ID, "MATIN", "SABINETTES", "MATIN", "2026-12-07", "present")
		if children, _ := counts(); children != 1 {
			t.Errorf("%d children once one came, want 1", children)
		}
		if got := outcomes(t, w); got != "07 nothing, 07 normal" && got != "07 normal, 07 nothing" {
			t.Errorf("during the trip: %s", got)
		}
		if n := count(t, w, `SELECT count(*) FROM bookings WHERE state = 'booked'`); n != 3 {
			t.Errorf("%d bookings stay, want 3", n)
		}
		settle := func(id string) (n int) {
			var homes []string
			w.Read(func(tx *db.Tx) (err error) { homes, err = attendance.EventHomes(t.Context(), tx, id); return err })
			for range 2 { // a run of the job that another overtook
				w.Write(func(tx *db.Tx) error {
					_, told, err := attendance.SettleEvent(t.Context(), tx, id, homes)
					n += len(told)
					return err
				})
			}
			return n
		}
		if n := settle(e.ID) + settle(e.ID); n != 1 {
			t.Errorf("%d households told, want 1 whatever the runs", n)
		}
		var undo attendance.TownEvent
		w.Write(func(tx *db.Tx) (err error) {
			undo, err = attendance.Undo(t.Context(), tx, w.Direction, e.ID)
			return err
		})
		if got := outcomes(t, w); got != "07 not_pointed, 07 normal" && got != "07 normal, 07 not_pointed" {
			t.Errorf("undone: %s", got)
		}
		if n := settle(undo.ID); n != 1 {
			t.Errorf("%d households told of the undoing", n)
		}
		if err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
			_, err := attendance.Undo(t.Context(), tx, w.Direction, e.ID)
			return err
		}); !fault.Is(err, fault.Conflict) {
			t.Errorf("undone twice: %v", err)
		}
	})
}

// A strike that closes the canteen is a closure: at once nothing is billed, before its job has freed a single booking.
func TestAStrikeThatCloses(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := booked(t, tn)
		w.SetClock("2026-12-04T10:00")
		monday := civil.MustParse("2026-12-07")
		strike := attendance.TownEvent{Kind: attendance.Strike, Closes: true, ActivityID: w.Activity["CANTINE"], From: monday, To: monday, Reason: "Grève"}
		e, err := declare(t, w, w.Direction, strike)
		if err != nil || e.ClosureID == "" {
			t.Fatalf("%+v, %v", e, err)
		}
		if got := outcomes(t, w); got != "07 nothing, 07 not_pointed" && got != "07 not_pointed, 07 nothing" {
			t.Errorf("on strike: %s", got)
		}
		w.Read(func(tx *db.Tx) error {
			counts, err := attendance.Counts(t.Context(), tx, monday, nil)
			if len(counts) != 1 || counts[0].ActivityID != w.Activity["MATIN"] || counts[0].Booked != 1 {
				t.Errorf("counted on strike: %+v", counts)
			}
			return err
		})
		var reach attendance.EventReach
		w.Read(func(tx *db.Tx) (err error) {
			reach, err = attendance.PreviewEvent(t.Context(), tx, e)
			return err
		})
		if reach.Children != 2 || reach.Meals != 2 {
			t.Errorf("what undoing would bring back: %+v", reach)
		}
		w.Write(func(tx *db.Tx) error {
			_, err := attendance.Undo(t.Context(), tx, w.Direction, e.ID)
			return err
		})
		if got := outcomes(t, w); got != "07 not_pointed, 07 not_pointed" {
			t.Errorf("undone: %s", got)
		}
		strike.SchoolID = w.Site["ROSTAND"]
		if _, err := declare(t, w, w.Direction, strike); !fault.Is(err, fault.Invalid) {
			t.Errorf("closed for one school only: %v", err)
		}
	})
}
