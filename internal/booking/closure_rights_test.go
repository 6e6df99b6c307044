package booking_test

import (
	"testing"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/staff"
	"preau/internal/worldtest"
)

func TestAClosureIsWrittenOnce(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		first := closeDays(t, w, days("2026-12-14", "2026-12-14", "Grève"))
		if again := closeDays(t, w, days("2026-12-14", "2026-12-14", "Grève")); again.ID != first.ID {
			t.Error("a second click made a second closure")
		}
		err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
			_, err := booking.Close(t.Context(), tx, w.Direction, days("2026-12-14", "2026-12-14", "Neige"))
			return err
		})
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("the same days for another reason: %v", err)
		}
		reopen(t, w, first)
		for name, want := range map[string]fault.Kind{first.ID: fault.Conflict, "nope": fault.NotFound} {
			err := w.DB.Write(t.Context(), func(tx *db.Tx) error { return booking.Reopen(t.Context(), tx, w.Direction, name, civil.Date{}) })
			if !fault.Is(err, want) {
				t.Errorf("undone again: %v, want %v", err, want)
			}
		}
		if n := queued(t, w, booking.SettleClosure); n != 2 {
			t.Errorf("%d jobs", n)
		}
	})
}

func TestAClosureIsRefusedToWhoMayNot(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		var head staff.Agent
		w.Write(func(tx *db.Tx) error { head = w.AddAgent(tx, "directrice", staff.Direction, "ROSTAND"); return nil })
		town, other := days("2026-12-14", "2026-12-14", "x"), days("2026-12-14", "2026-12-14", "x")
		own := other
		other.SiteID, own.SiteID = w.Site["SABINETTES"], w.Site["ROSTAND"]
		elsewhere := own
		elsewhere.ActivityID = w.Activity["MERCREDI"]
		for name, c := range map[string]struct {
			who  staff.Agent
			k    activity.Closure
			want fault.Kind
		}{
			"the town, by an agent of one site":   {head, town, fault.Forbidden},
			"another site":                        {head, other, fault.Forbidden},
			"by an agent who instructs":           {w.Instructor, own, fault.Forbidden},
			"without a reason":                    {w.Direction, days("2026-12-14", "2026-12-14", " "), fault.Invalid},
			"the last day before the first":       {w.Direction, days("2026-12-14", "2026-12-11", "x"), fault.Invalid},
			"more than a year":                    {w.Direction, days("2026-12-14", "2028-12-11", "x"), fault.Invalid},
			"an activity that is not at the site": {w.Direction, elsewhere, fault.Invalid},
			"a site that does not exist":          {w.Direction, activity.Closure{SiteID: "nope", From: own.From, To: own.To, Reason: "x"}, fault.Invalid},
		} {
			err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
				_, err := booking.Close(t.Context(), tx, c.who, c.k)
				return err
			})
			if !fault.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
		k := closeDays(t, w, town)
		err := w.DB.Write(t.Context(), func(tx *db.Tx) error { return booking.Reopen(t.Context(), tx, head, k.ID, civil.Date{}) })
		if !fault.Is(err, fault.Forbidden) {
			t.Errorf("the town opened again by an agent of one site: %v", err)
		}
		w.Write(func(tx *db.Tx) error {
			_, err := booking.Close(t.Context(), tx, head, own)
			return err
		})
		if n := count(t, w, `SELECT count(*) FROM closures WHERE undone_at IS NULL`); n != 2 {
			t.Errorf("%d closures", n)
		}
	})
}
