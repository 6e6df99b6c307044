package booking_test

import (
	"testing"
	"time"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/worldtest"
)

func TestWhenAnAgentIsToldAgain(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	at := func(wall string) civil.Instant {
		if wall == "" {
			return civil.Instant{}
		}
		w, err := time.ParseInLocation("2006-01-02 15:04", wall, paris)
		if err != nil {
			t.Fatal(err)
		}
		return civil.At(w)
	}
	for _, c := range []struct {
		name      string
		pace      booking.Pace
		told, now string
		want      bool
	}{
		{"never told", booking.EachHour, "", "2026-12-01 10:00", true},
		{"never told, at night", booking.EachHour, "", "2026-12-01 06:59", false},
		{"never told, in the evening", booking.EachHour, "", "2026-12-01 20:00", false},
		{"told in the same hour", booking.EachHour, "2026-12-01 10:00", "2026-12-01 10:59", false},
		{"told the hour before", booking.EachHour, "2026-12-01 10:59", "2026-12-01 11:00", true},
		{"half-day: before 8 h", booking.EachHalfDay, "2026-11-30 13:00", "2026-12-01 07:30", false},
		{"half-day: at 8 h", booking.EachHalfDay, "2026-11-30 13:00", "2026-12-01 08:00", true},
		{"half-day: told at 8 h", booking.EachHalfDay, "2026-12-01 08:00", "2026-12-01 12:59", false},
		{"half-day: at 13 h", booking.EachHalfDay, "2026-12-01 08:00", "2026-12-01 13:00", true},
		{"half-day: told at 13 h", booking.EachHalfDay, "2026-12-01 13:00", "2026-12-01 19:00", false},
		{"half-day: nothing at 13 h, asked at 15 h", booking.EachHalfDay, "2026-12-01 08:00", "2026-12-01 15:00", true},
	} {
		if got := booking.DueAgain(c.pace, at(c.told), at(c.now), paris); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestAPaceIsKept(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		pace := func() (p booking.Pace) {
			w.Read(func(tx *db.Tx) (err error) { p, err = booking.PaceOf(t.Context(), tx, w.Instructor); return err })
			return p
		}
		if pace() != booking.EachHour {
			t.Errorf("%q before any choice", pace())
		}
		for _, p := range []booking.Pace{booking.EachHalfDay, booking.EachHour, booking.EachHalfDay} {
			w.Write(func(tx *db.Tx) error { return booking.SetPace(t.Context(), tx, w.Instructor, p) })
			w.Write(func(tx *db.Tx) error { return booking.ToldAwaiting(t.Context(), tx, w.Instructor) })
			if pace() != p {
				t.Errorf("%q, want %q", pace(), p)
			}
		}
		if err := w.DB.Write(t.Context(), func(tx *db.Tx) error { return booking.SetPace(t.Context(), tx, w.Instructor, "often") }); !fault.Is(err, fault.Invalid) {
			t.Errorf("an unknown pace: %v", err)
		}
	})
}
