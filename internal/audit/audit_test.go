package audit_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"preau/internal/audit"
	"preau/internal/db"
	"preau/internal/towntest"
)

func TestJournal(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		ctx := t.Context()
		record := func(e audit.Entry) {
			tn.Clock.Advance(time.Second)
			tn.Write(func(tx *db.Tx) error { return audit.Record(ctx, tx, e) })
		}
		list := func(f audit.Filter) (out []audit.Entry) {
			tn.Read(func(tx *db.Tx) (err error) {
				out, err = audit.List(ctx, tx, f)
				return err
			})
			return out
		}
		acts := func(f audit.Filter) string {
			var s []string
			for _, e := range list(f) {
				s = append(s, e.Act)
			}
			return fmt.Sprint(s)
		}
		record(audit.Entry{Actor: "account:1", ActorName: "Claire Martin", Act: "booking.submit", Household: "h1", Detail: map[string]int{"added": 4}})
		record(audit.Entry{Actor: "agent:1", ActorName: "Agent", Act: "booking.accept", Subject: "child:1", Household: "h1"})
		record(audit.Entry{Actor: "agent:1", ActorName: "Agent", Act: "bookings", Household: "h2"})
		record(audit.Entry{Actor: "agent:1", ActorName: "Agent", Act: "settings.change"})
		for _, tt := range []struct {
			f    audit.Filter
			want string
		}{
			{audit.Filter{}, "[settings.change bookings booking.accept booking.submit]"},
			{audit.Filter{Household: "h1"}, "[booking.accept booking.submit]"},
			{audit.Filter{Actor: "agent:1", Household: "h1"}, "[booking.accept]"},
			{audit.Filter{Act: "booking."}, "[booking.accept booking.submit]"},
			{audit.Filter{Act: "bookings", Actor: "agent:1"}, "[bookings]"},
			{audit.Filter{Limit: 1}, "[settings.change]"},
			{audit.Filter{Before: list(audit.Filter{})[1]}, "[booking.accept booking.submit]"},
			{audit.Filter{Household: "h3"}, "[]"},
		} {
			if got := acts(tt.f); got != tt.want {
				t.Errorf("%+v: %s, want %s", tt.f, got, tt.want)
			}
		}
		first := list(audit.Filter{Household: "h1"})[1]
		var detail map[string]int
		if err := json.Unmarshal(first.Detail.(json.RawMessage), &detail); err != nil || detail["added"] != 4 {
			t.Errorf("detail %v: %v", first.Detail, err)
		}
		if first.At != tn.At("2026-12-01T10:00:01") || first.ActorName != "Claire Martin" || first.ID == "" {
			t.Errorf("first: %+v", first)
		}
	})
}

// A view is written once until it counts again, entries are found by their days, and old ones are forgotten by kind.
func TestViewsAndDays(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		tn.SetClock("2026-12-01T09:00")
		for range 3 {
			tn.Write(func(tx *db.Tx) error {
				return audit.Seen(t.Context(), tx, audit.Entry{Actor: "agent:a", Act: "household.view", Subject: "household:h"}, tn.At("2026-12-01T00:00"))
			})
		}
		tn.SetClock("2026-12-02T09:00")
		tn.Write(func(tx *db.Tx) error {
			if err := audit.Record(t.Context(), tx, audit.Entry{Actor: "agent:a", Act: "child.menu"}); err != nil {
				return err
			}
			return audit.Seen(t.Context(), tx, audit.Entry{Actor: "agent:a", Act: "household.view", Subject: "household:h"}, tn.At("2026-12-02T00:00"))
		})
		tn.Read(func(tx *db.Tx) error {
			for name, c := range map[string]struct {
				f    audit.Filter
				want int
			}{
				"all": {audit.Filter{}, 3}, "the first day": {audit.Filter{Until: tn.At("2026-12-02T00:00")}, 1}, "the second": {audit.Filter{Since: tn.At("2026-12-02T00:00")}, 2},
			} {
				if list, err := audit.List(t.Context(), tx, c.f); err != nil || len(list) != c.want {
					t.Errorf("%s: %d entries, want %d (%v)", name, len(list), c.want, err)
				}
			}
			views, err := audit.CountBefore(t.Context(), tx, tn.At("2026-12-03T00:00"), true)
			acts, err2 := audit.CountBefore(t.Context(), tx, tn.At("2026-12-03T00:00"), false)
			if views != 2 || acts != 1 || err != nil || err2 != nil {
				t.Errorf("%d views and %d acts, want 2 and 1", views, acts)
			}
			return nil
		})
		for _, want := range []int{1, 1, 0} {
			tn.Write(func(tx *db.Tx) error {
				n, err := audit.ForgetBefore(t.Context(), tx, tn.At("2026-12-03T00:00"), true, 1)
				if n != want {
					t.Errorf("%d forgotten, want %d", n, want)
				}
				return err
			})
		}
	})
}
