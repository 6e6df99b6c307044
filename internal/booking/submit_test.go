package booking_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/towntest"
	"preau/internal/worldtest"
)

func each(t *testing.T, test func(t *testing.T, w *worldtest.World)) {
	t.Helper()
	t.Parallel()
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) { test(t, worldtest.Chatou(t, tn)) })
}

func add(enrolment, option string, days ...string) []booking.Change {
	return changes(enrolment, option, true, days)
}

func remove(enrolment, option string, days ...string) []booking.Change {
	return changes(enrolment, option, false, days)
}

func changes(enrolment, option string, add bool, days []string) []booking.Change {
	var out []booking.Change
	for _, d := range days {
		out = append(out, booking.Change{EnrolmentID: enrolment, Day: civil.MustParse(d), Option: option, Add: add})
	}
	return out
}

func submit(t *testing.T, w *worldtest.World, who household.Guardian, id string, cs ...booking.Change) booking.Outcome {
	t.Helper()
	var o booking.Outcome
	w.Write(func(tx *db.Tx) (err error) {
		o, err = booking.Submit(t.Context(), tx, who, booking.Request{SubmissionID: id, EnrolmentID: cs[0].EnrolmentID, Changes: cs}, w.Loc)
		return err
	})
	noDrift(t, w)
	return o
}

func noDrift(t *testing.T, w *worldtest.World) {
	t.Helper()
	w.Read(func(tx *db.Tx) error {
		drifts, err := booking.Drifts(t.Context(), tx)
		if len(drifts) > 0 {
			t.Errorf("counters differ from the bookings they count: %+v", drifts)
		}
		return err
	})
}

// results writes an outcome as "2026-12-07 booked" lines.
func results(o booking.Outcome) []string {
	var out []string
	for _, d := range o.Decisions {
		s := d.Day.String() + " " + string(d.Result)
		if d.Refusal.Reason != booking.NoReason {
			s += " " + string(d.Refusal.Reason)
		}
		out = append(out, s)
	}
	return out
}

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

func count(t *testing.T, w *worldtest.World, query string, args ...any) int64 {
	t.Helper()
	var n int64
	w.Read(func(tx *db.Tx) error { return tx.QueryRow(t.Context(), query, args...).Scan(&n) })
	return n
}

func TestAFamilyBooksAndCancelsItsLunches(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		lunch := w.Enrolment["antoine/CANTINE"]
		w.SetClock("2026-11-30T10:00")
		o := submit(t, w, w.Claire, "s1", add(lunch, "REPAS", "2026-12-07", "2026-12-08", "2026-12-09", "2026-12-12", "2026-12-21", "2026-12-25", "2026-12-03")...)
		same(t, results(o), "2026-12-03 refused too_late", "2026-12-07 booked", "2026-12-08 booked", "2026-12-09 refused no_service",
			"2026-12-12 refused no_service", "2026-12-21 refused in_holidays", "2026-12-25 refused public_holiday")
		if d := o.Decisions[1]; d.Cents != 340 || !d.Priced {
			t.Errorf("a lunch at QF 912 costs %v", d.Cents)
		}
		if o.Effect() != 680 {
			t.Errorf("effect %v", o.Effect())
		}
		w.SetClock("2026-11-30T23:59:59")
		same(t, results(submit(t, w, w.Claire, "s2", remove(lunch, "REPAS", "2026-12-07")...)), "2026-12-07 cancelled")
		w.SetClock("2026-12-02T00:00:00")
		same(t, results(submit(t, w, w.Claire, "s3", remove(lunch, "REPAS", "2026-12-08")...)), "2026-12-08 refused too_late")
		if n := count(t, w, `SELECT count(*) FROM bookings WHERE state = 'booked'`); n != 1 {
			t.Errorf("%d bookings left", n)
		}
		if n := count(t, w, `SELECT count(*) FROM booking_events`); n != 3 {
			t.Errorf("%d events kept, want two additions and one removal", n)
		}
	})
}

func TestADoubleClickFindsTheFirstAnswer(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		lunch := w.Enrolment["antoine/CANTINE"]
		first := submit(t, w, w.Claire, "once", add(lunch, "REPAS", "2026-12-14")...)
		second := submit(t, w, w.Claire, "once", add(lunch, "REPAS", "2026-12-15")...)
		same(t, results(second), results(first)...)
		if n := count(t, w, `SELECT count(*) FROM bookings`); n != 1 {
			t.Errorf("%d bookings", n)
		}
	})
}

func TestAllOrNothingWritesNothingWhenADayIsRefused(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		lunch := w.Enrolment["antoine/CANTINE"]
		w.Write(func(tx *db.Tx) error {
			o, err := booking.Submit(t.Context(), tx, w.Claire, booking.Request{SubmissionID: "all", EnrolmentID: lunch, AllOrNothing: true,
				Changes: add(lunch, "REPAS", "2026-12-14", "2026-12-02")}, w.Loc)
			if o.Written {
				t.Error("something was written")
			}
			return err
		})
		if n := count(t, w, `SELECT count(*) FROM bookings`); n != 0 {
			t.Errorf("%d bookings", n)
		}
	})
}

func TestOptionsOfADayExcludeEachOtherAndCanBeExchanged(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		e := w.Enrolment["antoine/VACANCES"]
		same(t, results(submit(t, w, w.Claire, "a", add(e, "JOURNEE", "2026-12-21")...)), "2026-12-21 booked")
		same(t, results(submit(t, w, w.Claire, "b", add(e, "MATINEE", "2026-12-21")...)), "2026-12-21 refused other_option")
		swap := append(add(e, "MATINEE", "2026-12-21"), remove(e, "JOURNEE", "2026-12-21")...)
		same(t, results(submit(t, w, w.Claire, "c", swap...)), "2026-12-21 cancelled", "2026-12-21 booked")
	})
}

func TestHoursThatOverlapAreRefusedWithTheNameOfTheOther(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		study := w.Enrolment["antoine/ETUDE"]
		w.Write(func(tx *db.Tx) error { w.Enrol(tx, "antoine", w.Antoine, "SOIR", "ROSTAND"); return nil })
		submit(t, w, w.Claire, "a", add(study, "ETUDE", "2026-12-14")...)
		o := submit(t, w, w.Claire, "b", add(w.Enrolment["antoine/SOIR"], "SOIR", "2026-12-14", "2026-12-15")...)
		same(t, results(o), "2026-12-14 refused overlapping", "2026-12-15 booked")
		if o.Decisions[0].Refusal.Name != "Étude surveillée" {
			t.Errorf("named %q", o.Decisions[0].Refusal.Name)
		}
	})
}

// Karim has Léo in even ISO weeks from Friday 16:00 to the next (domain rule "People").
func TestSeparatedParentsBookOnlyTheirOwnDays(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		lunch, evening := w.Enrolment["leo/CANTINE"], w.Enrolment["leo/SOIR"]
		days := []string{"2026-12-10", "2026-12-11", "2026-12-14", "2026-12-18"}
		same(t, results(submit(t, w, w.Karim, "k1", add(lunch, "REPAS", days...)...)), "2026-12-10 refused other_home", "2026-12-11 refused other_home",
			"2026-12-14 booked", "2026-12-18 booked")
		same(t, results(submit(t, w, w.Karim, "k2", add(evening, "SOIR", "2026-12-11", "2026-12-18")...)), "2026-12-11 booked", "2026-12-18 refused other_home")
		same(t, results(submit(t, w, w.Claire, "c1", add(lunch, "REPAS", days...)...)), "2026-12-10 booked", "2026-12-11 booked",
			"2026-12-14 refused other_home", "2026-12-18 refused other_home")
		same(t, results(submit(t, w, w.Claire, "c2", remove(lunch, "REPAS", "2026-12-14")...)), "2026-12-14 refused other_home")
	})
}

func TestAnotherFamilysEnrolmentIsNotFound(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		own, foreign := w.Enrolment["leo/CANTINE"], w.Enrolment["antoine/CANTINE"]
		for name, r := range map[string]booking.Request{
			"as the calendar":                  {SubmissionID: "x", EnrolmentID: foreign, Changes: add(foreign, "REPAS", "2026-12-14")},
			"among the changes of one's own":   {SubmissionID: "x", EnrolmentID: own, Changes: append(add(own, "REPAS", "2026-12-14"), add(foreign, "REPAS", "2026-12-14")...)},
			"with no change at all":            {SubmissionID: "x", EnrolmentID: foreign},
			"an enrolment that does not exist": {SubmissionID: "x", EnrolmentID: "nope"},
		} {
			err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
				_, err := booking.Submit(t.Context(), tx, w.Karim, r, w.Loc)
				return err
			})
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := count(t, w, `SELECT count(*) FROM bookings`); n != 0 {
			t.Errorf("%d bookings were written", n)
		}
	})
}

func TestSiblingsInOneRequestShareTheLastPlace(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		w.Write(func(tx *db.Tx) error { w.SetPlaces(tx, "MERCREDI", "LOISIRS", "APREM", 1); return nil })
		a, l := w.Enrolment["antoine/MERCREDI"], w.Enrolment["leo/MERCREDI"]
		o := submit(t, w, w.Claire, "two", append(add(a, "APREM", "2026-12-09"), add(l, "APREM", "2026-12-09")...)...)
		if o.Count(booking.Booked) != 1 || o.Count(booking.Waiting) != 1 {
			t.Errorf("got %q", results(o))
		}
	})
}

// The rush: 500 families want 300 places at the same instant. Exactly 300 are booked, the others are told or queued in order,
// and nobody fails otherwise.
func TestFiveHundredFamiliesForThreeHundredPlaces(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		type family struct {
			who       household.Guardian
			enrolment string
		}
		families := make([]family, 500)
		w.Write(func(tx *db.Tx) error {
			w.SetPlaces(tx, "CANTINE", "ROSTAND", "REPAS", 300)
			for i := range families {
				g := w.AddHousehold(tx, fmt.Sprintf("famille%03d", i), "Parent", fmt.Sprintf("Famille %03d", i), 900_00)
				c := w.AddChild(tx, g, "Enfant", fmt.Sprintf("Famille %03d", i), "2018-05-05", "CE2", "ROSTAND")
				families[i] = family{g, w.Enrol(tx, g.ID, c, "CANTINE", "ROSTAND")}
			}
			return nil
		})
		var mu sync.Mutex
		tally := map[booking.Result]int{}
		var wg sync.WaitGroup
		start := make(chan struct{})
		for i, f := range families {
			wg.Go(func() {
				<-start
				var o booking.Outcome
				err := w.DB.Write(context.Background(), func(tx *db.Tx) (err error) {
					o, err = booking.Submit(context.Background(), tx, f.who, booking.Request{SubmissionID: fmt.Sprintf("rush-%d", i), EnrolmentID: f.enrolment,
						Changes: add(f.enrolment, "REPAS", "2026-12-14")}, w.Loc)
					return err
				})
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Errorf("family %d failed: %v", i, err)
					return
				}
				tally[o.Decisions[0].Result]++
			})
		}
		close(start)
		wg.Wait()
		if tally[booking.Booked] != 300 || tally[booking.Waiting] != 200 {
			t.Errorf("tally %v", tally)
		}
		noDrift(t, w)
		if n := count(t, w, `SELECT count(DISTINCT made_at || id) FROM bookings WHERE state = 'waiting'`); n != 200 {
			t.Errorf("%d in the queue", n)
		}
	})
}

func TestTheDatabaseRefusesASecondLiveBookingAndACounterBeyondItsPlaces(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		submit(t, w, w.Claire, "a", add(w.Enrolment["antoine/CANTINE"], "REPAS", "2026-12-14")...)
		err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `INSERT INTO bookings (id, enrolment_id, child_id, household_id, activity_id, site_id, option_id, day, age_group, state, since, made_at, over_capacity, late, seq)
				SELECT 'copy', enrolment_id, child_id, household_id, activity_id, site_id, option_id, day, age_group, state, since, made_at, over_capacity, late, seq FROM bookings`)
			return err
		})
		if index, ok := db.IsUnique(err); !ok || index != "bookings_one_live" {
			t.Errorf("a second live booking: %v", err)
		}
		err = w.DB.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE seats SET wanted = 0, places = 0`)
			return err
		})
		if _, ok := db.IsCheck(err); !ok {
			t.Errorf("a counter beyond its places: %v", err)
		}
	})
}

// fillRaised does what the job of a raised capacity does: it gives the places to those who wait, day by day.
func fillRaised(ctx context.Context, tx *db.Tx, k activity.Capacity, loc *time.Location) error {
	p := booking.FillPayload{ActivityID: k.ActivityID, SiteID: k.SiteID, OptionID: k.OptionID, From: k.From, OnlyDay: k.OnlyDay}
	days, err := booking.DaysWaiting(ctx, tx, p)
	for _, day := range days {
		if err := booking.FillDay(ctx, tx, p, day, loc); err != nil {
			return err
		}
	}
	return err
}
