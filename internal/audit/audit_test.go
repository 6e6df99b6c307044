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
