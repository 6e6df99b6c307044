package booking_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/calendar"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/worldtest"
)

// year reads the school year 2026-2027 of the town.
func year(t *testing.T, w *worldtest.World) (y calendar.SchoolYear) {
	t.Helper()
	w.Read(func(tx *db.Tx) error {
		years, err := activity.SchoolYears(t.Context(), tx)
		i := slices.IndexFunc(years, func(y calendar.SchoolYear) bool { return y.Label == "2026-2027" })
		y = years[i]
		y.Holidays = slices.Clone(y.Holidays)
		return err
	})
	return y
}

func TestACalendarTellsWhatItLeavesWithoutService(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		lunch := w.Enrolment["antoine/CANTINE"]
		submit(t, w, w.Claire, "a", add(lunch, "REPAS", "2026-12-14", "2026-12-15", "2026-12-17", "2026-12-18", "2027-01-04", "2027-01-05")...)
		submit(t, w, w.Claire, "b", add(w.Enrolment["antoine/MERCREDI"], "APREM", "2026-12-16")...)
		submit(t, w, w.Claire, "c", add(w.Enrolment["antoine/VACANCES"], "JOURNEE", "2026-12-21", "2026-12-22")...)
		submit(t, w, w.Karim, "d", add(w.Enrolment["leo/CANTINE"], "REPAS", "2026-12-14")...)
		w.SetClock("2026-12-14T08:00")
		christmas := func(from, to string) calendar.SchoolYear {
			y := year(t, w)
			i := slices.IndexFunc(y.Holidays, func(h calendar.Holiday) bool { return strings.Contains(h.Name, "Noël") })
			y.Holidays[i].From, y.Holidays[i].To = civil.MustParse(from), civil.MustParse(to)
			return y
		}
		ends := year(t, w)
		ends.LastDay = civil.MustParse("2027-01-04")
		ends.Holidays = slices.DeleteFunc(ends.Holidays, func(h calendar.Holiday) bool { return h.To.After(ends.LastDay) })
		for _, c := range []struct {
			name string
			year calendar.SchoolYear
			want []string
		}{
			{"nothing changes", year(t, w), nil},
			{"the holidays begin earlier; today is under way", christmas("2026-12-12", "2027-01-03"), []string{"CANTINE 2026-12-15 2026-12-18 3", "MERCREDI 2026-12-16 2026-12-16 1"}},
			{"they end later, over a weekend without school anyway", christmas("2026-12-19", "2027-01-05"), []string{"CANTINE 2027-01-04 2027-01-05 2"}},
			{"they begin later: the leisure centre does not open", christmas("2026-12-22", "2027-01-03"), []string{"VACANCES 2026-12-21 2026-12-21 1"}},
			{"the year ends earlier", ends, []string{"CANTINE 2027-01-05 2027-01-05 1"}},
		} {
			var got []string
			var all booking.Struck
			w.Read(func(tx *db.Tx) (err error) {
				all, err = booking.StruckBy(t.Context(), tx, []calendar.SchoolYear{c.year}, w.Loc)
				for _, r := range all.Runs {
					got = append(got, r.Activity.Code+" "+r.From.String()+" "+r.To.String()+" "+itoa(r.Bookings))
				}
				return err
			})
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: %q, want %q", c.name, got, c.want)
			}
			if len(c.want) > 0 && (all.Children != 1 || all.Households != 1) {
				t.Errorf("%s: %d children of %d households", c.name, all.Children, all.Households)
			}
		}
	})
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// A calendar that moves holidays frees the bookings of the days that lose their service, as closures that can be undone.
func TestAChangeOfCalendarIsSettledLikeClosures(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		lunch := w.Enrolment["antoine/CANTINE"]
		submit(t, w, w.Claire, "a", add(lunch, "REPAS", "2026-12-14", "2026-12-17", "2026-12-18")...)
		before := year(t, w)
		moved := year(t, w)
		i := slices.IndexFunc(moved.Holidays, func(h calendar.Holiday) bool { return strings.Contains(h.Name, "Noël") })
		moved.Holidays[i].From = civil.MustParse("2026-12-17")
		err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
			_, err := booking.ChangeCalendar(t.Context(), tx, w.Instructor, []calendar.SchoolYear{moved}, w.Loc)
			return err
		})
		if !fault.Is(err, fault.Forbidden) {
			t.Errorf("an agent who does not settle the calendar: %v", err)
		}
		change := func(y calendar.SchoolYear) (s booking.Struck) {
			t.Helper()
			w.Write(func(tx *db.Tx) (err error) {
				s, err = booking.ChangeCalendar(t.Context(), tx, w.Direction, []calendar.SchoolYear{y}, w.Loc)
				return err
			})
			return s
		}
		if s := change(moved); s.Bookings != 2 || len(s.Runs) != 1 {
			t.Fatalf("%+v", s)
		}
		var closures []activity.Closure
		w.Read(func(tx *db.Tx) (err error) { closures, err = activity.AllClosures(t.Context(), tx, 10); return err })
		if len(closures) != 1 || closures[0].Reason != "Calendrier scolaire modifié : "+moved.Holidays[i].Name || closures[0].ActivityID != w.Activity["CANTINE"] {
			t.Fatalf("%+v", closures)
		}
		states := func() (out []string) {
			w.Read(func(tx *db.Tx) (err error) {
				out, err = db.All(t.Context(), tx, `SELECT state FROM bookings WHERE enrolment_id = $1 ORDER BY day`, db.Value[string], lunch)
				return err
			})
			return out
		}
		settle := func(undone bool) {
			for more := true; more; {
				w.Write(func(tx *db.Tx) (err error) {
					more, err = booking.SettleSlice(t.Context(), tx, booking.ClosurePayload{ClosureID: closures[0].ID, Undone: undone}, w.Loc)
					return err
				})
			}
			noDrift(t, w)
		}
		settle(false)
		if got := states(); !slices.Equal(got, []string{"booked", "closed", "closed"}) {
			t.Errorf("settled: %v", got)
		}
		change(before)
		w.Write(func(tx *db.Tx) error {
			return booking.Reopen(t.Context(), tx, w.Direction, closures[0].ID, civil.Date{})
		})
		settle(true)
		if got := states(); !slices.Equal(got, []string{"booked", "booked", "booked"}) {
			t.Errorf("the calendar put back and the closure undone: %v", got)
		}
	})
}
