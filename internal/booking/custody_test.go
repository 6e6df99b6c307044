package booking_test

import (
	"slices"
	"testing"
	"time"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/staff"
	"preau/internal/worldtest"
)

// oddFridays is Karim's new rule: odd weeks instead of even ones, from Saturday 5 December on.
func oddFridays(w *worldtest.World) booking.CustodyChange {
	return booking.CustodyChange{ChildID: w.Leo.ID, Rule: &household.CustodyRule{ChildID: w.Leo.ID, HouseholdID: w.Karim.HouseholdID, Weeks: household.OddWeeks,
		Weekday: time.Friday, Time: civil.Clock(16, 0), Holidays: household.HolidaysAsWeeks, From: civil.MustParse("2026-12-05")}}
}

// bookLeo has each parent book lunches of Léo in their own week, as the rule of even weeks gives them.
func bookLeo(t *testing.T, w *worldtest.World) {
	t.Helper()
	lunch := w.Enrolment["leo/CANTINE"]
	submit(t, w, w.Karim, "karim", add(lunch, "REPAS", "2026-12-14", "2026-12-15")...)
	submit(t, w, w.Claire, "claire", add(lunch, "REPAS", "2026-12-10")...)
	submit(t, w, w.Claire, "antoine", add(w.Enrolment["antoine/CANTINE"], "REPAS", "2026-12-14")...)
}

func TestACustodyChangeShowsWhatItTakes(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		bookLeo(t, w)
		days := func(k booking.CustodyChange) (out []string) {
			w.Read(func(tx *db.Tx) error {
				h, err := booking.PreviewCustody(t.Context(), tx, w.Instructor, k, w.Loc)
				for _, l := range h.Lines {
					out = append(out, l.Day.String()+" "+map[bool]string{true: "karim", false: "claire"}[l.HouseholdID == w.Karim.HouseholdID])
				}
				return err
			})
			return out
		}
		plan := func() (c household.Custody) {
			w.Read(func(tx *db.Tx) (err error) { c, err = household.CustodyOf(t.Context(), tx, w.Leo.ID); return err })
			return c
		}
		dates := func(from, to string, whose household.Guardian) booking.CustodyChange {
			return booking.CustodyChange{ChildID: w.Leo.ID, Dates: &household.CustodyDates{ChildID: w.Leo.ID, HouseholdID: whose.HouseholdID, Starts: w.At(from), Ends: w.At(to)}}
		}
		for _, c := range []struct {
			name   string
			change booking.CustodyChange
			want   []string
		}{
			{"the other weeks", oddFridays(w), []string{"2026-12-10 claire", "2026-12-14 karim", "2026-12-15 karim"}},
			{"one day to Claire, after lunch has begun", dates("2026-12-14T12:00", "2026-12-14T18:00", w.Claire), nil},
			{"one day to Claire", dates("2026-12-14T00:00", "2026-12-15T00:00", w.Claire), []string{"2026-12-14 karim"}},
			{"Karim's own day said again", dates("2026-12-14T00:00", "2026-12-15T00:00", w.Karim), nil},
			{"the end of the rule, nobody knows whose days these are", booking.CustodyChange{ChildID: w.Leo.ID, EndRule: plan().Rules[0].ID, Last: civil.MustParse("2026-12-14")},
				[]string{"2026-12-15 karim"}},
		} {
			if got := days(c.change); !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, want %v", c.name, got, c.want)
			}
		}
		w.SetClock("2026-12-14T12:30")
		if got := days(oddFridays(w)); !slices.Equal(got, []string{"2026-12-15 karim"}) {
			t.Errorf("after the lunch of the 14th: %v", got)
		}
	})
}

func TestBookingsOnDaysThatChangeHandsAreKeptOrCancelled(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		bookLeo(t, w)
		live := func() (n int) {
			w.Read(func(tx *db.Tx) error {
				return tx.QueryRow(t.Context(), `SELECT count(*) FROM bookings WHERE child_id = $1 AND state = 'booked'`, w.Leo.ID).Scan(&n)
			})
			return n
		}
		make := func(k booking.CustodyChange, cancel bool) {
			t.Helper()
			w.Write(func(tx *db.Tx) error {
				_, err := booking.ChangeCustody(t.Context(), tx, w.Instructor, k, cancel, w.Loc)
				return err
			})
			noDrift(t, w)
		}
		count := func(query string, want int) {
			t.Helper()
			var n int
			w.Read(func(tx *db.Tx) error { return tx.QueryRow(t.Context(), query).Scan(&n) })
			if n != want {
				t.Errorf("%s: %d, want %d", query, n, want)
			}
		}
		before := live()
		make(oddFridays(w), false)
		if live() != before {
			t.Error("bookings that were to be kept are gone")
		}
		count(`SELECT count(*) FROM audit_entries WHERE act = 'custody.keep'`, 2)
		count(`SELECT count(*) FROM jobs WHERE kind = 'booking.tell-custody'`, 2)
		back := oddFridays(w)
		back.Rule.Weeks = household.EvenWeeks
		make(back, true)
		if live() != before {
			t.Error("bookings of the household that has the days again are gone")
		}
		make(oddFridays(w), true)
		if live() != before-3 {
			t.Errorf("%d live bookings, want %d", live(), before-3)
		}
		count(`SELECT count(*) FROM audit_entries WHERE act = 'custody.cancel'`, 2)
		count(`SELECT count(*) FROM bookings WHERE state = 'cancelled'`, 3)

		told := func() (n int) {
			w.Read(func(tx *db.Tx) error {
				return tx.QueryRow(t.Context(), `SELECT count(*) FROM jobs WHERE kind = 'booking.tell-custody'`).Scan(&n)
			})
			return n
		}
		n := told()
		past := booking.CustodyChange{ChildID: w.Leo.ID, Dates: &household.CustodyDates{ChildID: w.Leo.ID, HouseholdID: w.Karim.HouseholdID, Decided: true, Reason: "rectification",
			Starts: w.At("2026-11-02T00:00"), Ends: w.At("2026-11-09T00:00")}}
		make(past, false)
		if told() != n {
			t.Error("families are told of days that are over")
		}
	})
}

func TestWhoMayChangeCustody(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		var rostand, sabinettes, games staff.Agent
		w.Write(func(tx *db.Tx) error {
			rostand, sabinettes = w.AddAgent(tx, "rostand", staff.Instruction, "ROSTAND"), w.AddAgent(tx, "sabinettes", staff.Instruction, "SABINETTES")
			games = w.AddAgent(tx, "jeux", staff.Animation)
			return nil
		})
		for _, c := range []struct {
			name  string
			who   staff.Agent
			child string
			want  fault.Kind
		}{
			{"an agent of everywhere", w.Instructor, w.Leo.ID, ""},
			{"an agent of the child's school", sabinettes, w.Leo.ID, ""},
			{"an agent of another school", rostand, w.Leo.ID, fault.Forbidden},
			{"a role that enrols nobody", games, w.Leo.ID, fault.Forbidden},
			{"a child of one household", w.Instructor, w.Antoine.ID, fault.NotFound},
			{"no child", w.Instructor, "personne", fault.NotFound},
		} {
			k := oddFridays(w)
			k.ChildID, k.Rule.ChildID = c.child, c.child
			err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
				_, err := booking.ChangeCustody(t.Context(), tx, c.who, k, false, w.Loc)
				return err
			})
			if (err != nil || c.want != "") && !fault.Is(err, c.want) {
				t.Errorf("%s: %v, want %q", c.name, err, c.want)
			}
		}
		for name, k := range map[string]booking.CustodyChange{"a rule": {ChildID: w.Leo.ID, EndRule: "none", Last: civil.MustParse("2027-01-01")}, "dates": {ChildID: w.Leo.ID, EndDates: "none"}} {
			err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
				_, err := booking.ChangeCustody(t.Context(), tx, w.Instructor, k, false, w.Loc)
				return err
			})
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("ending %s that do not stand: %v", name, err)
			}
		}
	})
}
