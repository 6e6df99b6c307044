package booking_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/worldtest"
)

func days(from, to, reason string) activity.Closure {
	return activity.Closure{From: civil.MustParse(from), To: civil.MustParse(to), Reason: reason}
}

func closeDays(t *testing.T, w *worldtest.World, k activity.Closure) activity.Closure {
	t.Helper()
	w.Write(func(tx *db.Tx) (err error) {
		k, err = booking.Close(t.Context(), tx, w.Direction, k)
		return err
	})
	return k
}

func reopen(t *testing.T, w *worldtest.World, k activity.Closure) {
	t.Helper()
	w.Write(func(tx *db.Tx) error { return booking.Reopen(t.Context(), tx, w.Direction, k.ID, civil.Date{}) })
}

func settleOne(t *testing.T, w *worldtest.World, k activity.Closure, undone bool) (more bool) {
	t.Helper()
	w.Write(func(tx *db.Tx) (err error) {
		more, err = booking.SettleSlice(t.Context(), tx, booking.ClosurePayload{ClosureID: k.ID, Undone: undone}, w.Loc)
		return err
	})
	noDrift(t, w)
	return more
}

// settle runs a closure's job to its end and says in how many slices.
func settle(t *testing.T, w *worldtest.World, k activity.Closure, undone bool) int {
	t.Helper()
	for n := 0; ; n++ {
		if !settleOne(t, w, k, undone) {
			return n
		}
	}
}

// told gathers what households are told of a closure; a household told twice fails the test.
func told(t *testing.T, w *worldtest.World, k activity.Closure, undone bool) map[string]booking.ClosureTold {
	t.Helper()
	out := map[string]booking.ClosureTold{}
	w.Read(func(tx *db.Tx) error {
		rows, err := job.List(t.Context(), tx, job.Ready, 10000)
		for _, r := range rows {
			var p booking.ClosureTold
			if r.Kind != booking.TellClosure {
				continue
			}
			if err := json.Unmarshal([]byte(r.Payload), &p); err != nil {
				return err
			}
			if p.ClosureID != k.ID || p.Undone != undone {
				continue
			}
			if _, twice := out[p.HouseholdID]; twice {
				t.Errorf("a household is told twice of one closure (undone %v)", undone)
			}
			out[p.HouseholdID] = p
		}
		return err
	})
	return out
}

// tally counts bookings by state.
func tally(t *testing.T, w *worldtest.World) map[booking.State]int64 {
	t.Helper()
	out := map[booking.State]int64{}
	w.Read(func(tx *db.Tx) error {
		_, err := db.All(t.Context(), tx, `SELECT state, count(*) FROM bookings GROUP BY state`, func(s db.Scanner) (n int64, err error) {
			var state booking.State
			err = s.Scan(&state, &n)
			out[state] = n
			return n, err
		})
		return err
	})
	return out
}

func wantStates(t *testing.T, w *worldtest.World, want map[booking.State]int64) {
	t.Helper()
	if got := tally(t, w); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("states %v, want %v", got, want)
	}
}

// crowd has 110 families book three lunches each, 300 places a day: of 330 bookings, 310 are of the days of the closure.
func crowd(t *testing.T, w *worldtest.World) (families []household.Guardian) {
	t.Helper()
	w.Write(func(tx *db.Tx) error {
		w.SetPlaces(tx, "CANTINE", "ROSTAND", "REPAS", 100)
		for i := range 110 {
			login := fmt.Sprintf("famille%03d", i)
			who := w.AddHousehold(tx, login, "Parent", login, 500_00)
			c := w.AddChild(tx, who, "Enfant", login, "2018-06-01", "CE2", "ROSTAND")
			e := w.Enrol(tx, login, c, "CANTINE", "ROSTAND")
			if _, err := booking.Submit(t.Context(), tx, who, booking.Request{SubmissionID: login, EnrolmentID: e,
				Changes: add(e, "REPAS", "2026-12-14", "2026-12-15", "2026-12-17")}, w.Loc); err != nil {
				return err
			}
			families = append(families, who)
		}
		return nil
	})
	return families
}

func TestAClosureShowsWhoIsAffectedBefore(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		submit(t, w, w.Claire, "1", add(w.Enrolment["antoine/CANTINE"], "REPAS", "2026-12-14", "2026-12-15", "2026-12-18")...)
		submit(t, w, w.Claire, "2", add(w.Enrolment["leo/CANTINE"], "REPAS", "2026-12-11")...)
		submit(t, w, w.Karim, "3", add(w.Enrolment["leo/CANTINE"], "REPAS", "2026-12-14")...)
		for _, c := range []struct {
			name                           string
			k                              activity.Closure
			groups, children, homes, lines int64
		}{
			{"the town, two days", days("2026-12-14", "2026-12-15", "Grève"), 3, 2, 2, 3},
			{"one site", activity.Closure{SiteID: w.Site["SABINETTES"], From: civil.MustParse("2026-12-07"), To: civil.MustParse("2026-12-18"), Reason: "Travaux"}, 2, 1, 2, 2},
			{"one activity nobody booked", activity.Closure{ActivityID: w.Activity["ETUDE"], From: civil.MustParse("2026-12-07"), To: civil.MustParse("2026-12-18"), Reason: "x"}, 0, 0, 0, 0},
			{"an activity at a site", activity.Closure{ActivityID: w.Activity["CANTINE"], SiteID: w.Site["ROSTAND"], From: civil.MustParse("2026-12-18"), To: civil.MustParse("2026-12-18"), Reason: "x"}, 1, 1, 1, 1},
		} {
			w.Read(func(tx *db.Tx) error {
				r, err := booking.Preview(t.Context(), tx, c.k)
				if int64(len(r.Groups)) != c.groups || r.Children != c.children || r.Households != c.homes || r.Bookings != c.lines {
					t.Errorf("%s: %d groups, %d children, %d households, %d bookings", c.name, len(r.Groups), r.Children, r.Households, r.Bookings)
				}
				return err
			})
		}
		wantStates(t, w, map[booking.State]int64{"booked": 5})
	})
}

func TestAClosureFreesAndTellsEachFamilyOnceAndCanBeUndone(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		families := crowd(t, w)
		before := tally(t, w)
		if before[booking.StateBooked] != 300 || before[booking.StateWaiting] != 30 {
			t.Fatalf("before: %v", before)
		}
		k := closeDays(t, w, activity.Closure{ActivityID: w.Activity["CANTINE"], From: civil.MustParse("2026-12-14"), To: civil.MustParse("2026-12-15"), Reason: "Grève"})

		lunch := w.Enrolment["antoine/CANTINE"]
		same(t, results(submit(t, w, w.Claire, "early", add(lunch, "REPAS", "2026-12-14")...)), "2026-12-14 refused closed")
		w.Read(func(tx *db.Tx) error {
			sheet, err := booking.DaySheet(t.Context(), tx, w.Activity["CANTINE"], w.Site["ROSTAND"], civil.MustParse("2026-12-14"))
			if len(sheet.Lines) != 0 || sheet.Service.Name != "Grève" {
				t.Errorf("the day list still shows %d children", len(sheet.Lines))
			}
			return err
		})

		if n := settle(t, w, k, false); n != 2 {
			t.Errorf("220 bookings were settled in %d slices", n)
		}
		wantStates(t, w, map[booking.State]int64{"closed": 220, "booked": 100, "waiting": 10})
		messages := told(t, w, k, false)
		if len(messages) != len(families) || len(messages[families[0].HouseholdID].Bookings) != 2 {
			t.Errorf("%d households are told", len(messages))
		}
		if n := count(t, w, `SELECT coalesce(sum(booked), 0) FROM seats WHERE day < '2026-12-16'`); n != 0 {
			t.Errorf("%d places are still taken", n)
		}
		if settle(t, w, k, false) != 0 {
			t.Error("a settled closure was settled again")
		}

		reopen(t, w, k)
		if n := settle(t, w, k, true); n != 2 {
			t.Errorf("brought back in %d slices", n)
		}
		if fmt.Sprint(tally(t, w)) != fmt.Sprint(before) {
			t.Errorf("after: %v, before: %v", tally(t, w), before)
		}
		if messages := told(t, w, k, true); len(messages) != len(families) || len(messages[families[3].HouseholdID].Lost) != 0 {
			t.Errorf("%d households are told that the days are open again", len(messages))
		}
		if n := count(t, w, `SELECT count(*) FROM seats WHERE booked = 100 AND places = 100`); n != 3 {
			t.Errorf("%d days are as they were", n)
		}
	})
}

// A process that dies in the middle of a slice leaves what the slices before it settled, and nothing of its own.
func TestSettlingGoesOnWhereItStopped(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		families := crowd(t, w)
		k := closeDays(t, w, days("2026-12-14", "2026-12-17", "Neige"))
		if !settleOne(t, w, k, false) {
			t.Fatal("one slice was enough")
		}
		wantStates(t, w, map[booking.State]int64{"closed": 201, "booked": tally(t, w)["booked"], "waiting": tally(t, w)["waiting"]})
		died := errors.New("killed")
		err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
			if _, err := booking.SettleSlice(t.Context(), tx, booking.ClosurePayload{ClosureID: k.ID}, w.Loc); err != nil {
				return err
			}
			return died
		})
		if !errors.Is(err, died) || tally(t, w)["closed"] != 201 {
			t.Fatalf("%v, %v", err, tally(t, w))
		}
		settle(t, w, k, false)
		wantStates(t, w, map[booking.State]int64{"closed": 330})
		if n := len(told(t, w, k, false)); n != len(families) {
			t.Errorf("%d households are told", n)
		}
	})
}

func TestAClosureUndoneBeforeItWasSettledStops(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		crowd(t, w)
		before := tally(t, w)
		k := closeDays(t, w, days("2026-12-14", "2026-12-17", "Neige"))
		settleOne(t, w, k, false)
		reopen(t, w, k)
		if settleOne(t, w, k, false) {
			t.Error("an undone closure goes on freeing")
		}
		if n := settle(t, w, k, true); n != 1 {
			t.Errorf("201 bookings came back in %d slices", n)
		}
		if fmt.Sprint(tally(t, w)) != fmt.Sprint(before) {
			t.Errorf("after: %v, before: %v", tally(t, w), before)
		}
		if freed, back := len(told(t, w, k, false)), len(told(t, w, k, true)); freed != 67 || back != 67 {
			t.Errorf("%d households were told of the closure, %d of its end", freed, back)
		}
	})
}

func TestADayThatAnotherClosureClosesStaysClosed(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		submit(t, w, w.Claire, "1", add(w.Enrolment["antoine/CANTINE"], "REPAS", "2026-12-14", "2026-12-15")...)
		snow := closeDays(t, w, days("2026-12-14", "2026-12-15", "Neige"))
		settle(t, w, snow, false)
		strike := closeDays(t, w, days("2026-12-15", "2026-12-15", "Grève"))
		settle(t, w, strike, false)
		reopen(t, w, snow)
		settle(t, w, snow, true)
		wantStates(t, w, map[booking.State]int64{"booked": 1, "closed": 1})
		if p := told(t, w, snow, true)[w.Claire.HouseholdID]; len(p.Bookings) != 1 || len(p.Lost) != 0 {
			t.Errorf("told %+v", p)
		}
		reopen(t, w, strike)
		settle(t, w, strike, true)
		wantStates(t, w, map[booking.State]int64{"booked": 2})
	})
}

func TestWhatCannotComeBackIsSaid(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		lunch, study, morning := w.Enrolment["antoine/CANTINE"], w.Enrolment["antoine/ETUDE"], w.Enrolment["antoine/MATIN"]
		w.Write(func(tx *db.Tx) error { w.Enrol(tx, "antoine", w.Antoine, "SOIR", "ROSTAND"); return nil })
		submit(t, w, w.Claire, "1", add(lunch, "REPAS", "2026-12-14")...)
		submit(t, w, w.Claire, "2", add(study, "ETUDE", "2026-12-14", "2026-12-15")...)
		submit(t, w, w.Claire, "3", add(morning, "MATIN", "2026-12-14")...)
		k := closeDays(t, w, days("2026-12-14", "2026-12-14", "Grève"))
		settle(t, w, k, false)
		reopen(t, w, k)
		evening := w.Enrolment["antoine/SOIR"]
		same(t, results(submit(t, w, w.Claire, "4", add(evening, "SOIR", "2026-12-14")...)), "2026-12-14 booked")
		same(t, results(submit(t, w, w.Claire, "5", add(lunch, "REPAS", "2026-12-14")...)), "2026-12-14 booked")
		w.Write(func(tx *db.Tx) error {
			_, err := booking.EndEnrolment(t.Context(), tx, w.Instructor, morning, civil.MustParse("2026-12-11"), "déménagement", w.Loc)
			return err
		})
		settle(t, w, k, true)
		wantStates(t, w, map[booking.State]int64{"booked": 3, "cancelled": 3})
		if p := told(t, w, k, true)[w.Claire.HouseholdID]; len(p.Bookings) != 0 || len(p.Lost) != 2 {
			t.Errorf("the study hour was taken and the mornings ended, the lunch is booked again: told %+v", p)
		}
	})
}

// One day of one child closed twice, by two closures, when it was booked again in between: only one comes back.
func TestADayClosedTwiceComesBackOnce(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		lunch := w.Enrolment["antoine/CANTINE"]
		submit(t, w, w.Claire, "1", add(lunch, "REPAS", "2026-12-14")...)
		first := closeDays(t, w, days("2026-12-14", "2026-12-14", "Grève"))
		settle(t, w, first, false)
		reopen(t, w, first)
		submit(t, w, w.Claire, "2", add(lunch, "REPAS", "2026-12-14")...)
		second := closeDays(t, w, days("2026-12-14", "2026-12-14", "Neige"))
		settle(t, w, second, false)
		settle(t, w, first, true)
		reopen(t, w, second)
		settle(t, w, second, true)
		wantStates(t, w, map[booking.State]int64{"booked": 1, "cancelled": 1})
	})
}

func TestPlacesOfAReopenedDayGoToTheWaitingList(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		who, enrolment := another(t, w, "ferrand", "MERCREDI")
		afternoon := w.Enrolment["antoine/MERCREDI"]
		w.Write(func(tx *db.Tx) error { w.SetPlaces(tx, "MERCREDI", "LOISIRS", "APREM", 1); return nil })
		submit(t, w, who, "1", add(enrolment, "APREM", "2026-12-16")...)
		submit(t, w, w.Claire, "2", add(afternoon, "APREM", "2026-12-16")...)
		submit(t, w, who, "3", remove(enrolment, "APREM", "2026-12-16")...)
		if s := tally(t, w); s["offered"] != 1 {
			t.Fatalf("states %v", s)
		}
		k := closeDays(t, w, activity.Closure{SiteID: w.Site["LOISIRS"], From: civil.MustParse("2026-12-16"), To: civil.MustParse("2026-12-16"), Reason: "Travaux"})
		settle(t, w, k, false)
		wantStates(t, w, map[booking.State]int64{"closed": 1, "cancelled": 1})
		w.SetClock("2026-12-03T09:00")
		reopen(t, w, k)
		settle(t, w, k, true)
		wantStates(t, w, map[booking.State]int64{"offered": 1, "cancelled": 1})
	})
}

func TestDaysThatPassedMayStayClosed(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		submit(t, w, w.Claire, "1", add(w.Enrolment["antoine/CANTINE"], "REPAS", "2026-12-14", "2026-12-15", "2026-12-17")...)
		k := closeDays(t, w, days("2026-12-14", "2026-12-17", "Inondation"))
		settle(t, w, k, false)
		w.SetClock("2026-12-16T10:00")
		w.Write(func(tx *db.Tx) error {
			return booking.Reopen(t.Context(), tx, w.Direction, k.ID, civil.MustParse("2026-12-15"))
		})
		settle(t, w, k, true)
		wantStates(t, w, map[booking.State]int64{"closed": 2, "booked": 1})
		w.Read(func(tx *db.Tx) error {
			all, err := activity.AllClosures(t.Context(), tx, 10)
			i := slices.IndexFunc(all, func(o activity.Closure) bool { return o.ID != k.ID })
			if len(all) != 2 || all[i].To != civil.MustParse("2026-12-15") || all[i].Reason != "Inondation" || !all[i].UndoneAt.IsZero() {
				t.Errorf("closures %+v", all)
			}
			return err
		})
	})
}
