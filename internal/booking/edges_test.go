package booking_test

import (
	"testing"
	"time"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/worldtest"
)

// One request may hold two activities of the same child: the second sees what the first adds.
func TestTwoActivitiesAtTheSameHoursInOneRequest(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		study := w.Enrolment["antoine/ETUDE"]
		var evening string
		w.Write(func(tx *db.Tx) error { evening = w.Enrol(tx, "antoine", w.Antoine, "SOIR", "ROSTAND"); return nil })
		o := submit(t, w, w.Claire, "1", append(add(study, "ETUDE", "2026-12-14", "2026-12-15"), add(evening, "SOIR", "2026-12-14")...)...)
		if o.Count(booking.Booked) != 2 || o.Count(booking.Refused) != 1 {
			t.Errorf("got %q", results(o))
		}
		swap := append(remove(study, "ETUDE", "2026-12-15"), add(evening, "SOIR", "2026-12-15")...)
		if o := submit(t, w, w.Claire, "2", swap...); o.Count(booking.Booked) != 1 || o.Count(booking.Cancelled) != 1 {
			t.Errorf("an exchange between activities: %q", results(o))
		}
	})
}

// A child who changed schools has bookings of the school that was left: they can be cancelled from either calendar.
func TestABookingOfTheSchoolThatWasLeftCanBeCancelled(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		lunch := w.Enrolment["antoine/CANTINE"]
		submit(t, w, w.Claire, "1", add(lunch, "REPAS", "2026-12-14", "2026-12-15")...)
		w.Write(func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE enrolments SET site_id = $2 WHERE id = $1`, lunch, w.Site["SABINETTES"])
			return err
		})
		same(t, results(submit(t, w, w.Claire, "2", remove(lunch, "REPAS", "2026-12-14")...)), "2026-12-14 cancelled")
		study := w.Enrolment["antoine/MATIN"]
		both := append(add(study, "MATIN", "2026-12-15"), remove(lunch, "REPAS", "2026-12-15")...)
		if o := submit(t, w, w.Claire, "3", both...); o.Count(booking.Cancelled) != 1 || o.Count(booking.Booked) != 1 {
			t.Errorf("got %q", results(o))
		}
		if n := count(t, w, `SELECT count(*) FROM seats WHERE booked > 0 AND activity_id = $1`, w.Activity["CANTINE"]); n != 0 {
			t.Errorf("%d counters still count a lunch", n)
		}
	})
}

// When the custody of a day changes, what the other parent booked is neither told nor taken over.
func TestTheOtherParentsBookingIsNotTold(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		lunch, morning := w.Enrolment["leo/CANTINE"], w.Enrolment["leo/MATIN"]
		w.Write(func(tx *db.Tx) error {
			w.Activity["CHORALE"] = w.AddActivity(tx, worldtest.Plan{Code: "CHORALE", Name: "Chorale", Noun: "séance", Plural: "séances", Kind: activity.TAP, RunsOn: "school",
				Weekdays: "1245", Rule: "24h", Options: []activity.Option{{Code: "C", Name: "Chorale", Starts: civil.Clock(12, 0), Ends: civil.Clock(13, 0)}},
				Sites: []string{"SABINETTES"}, Waiting: activity.NoWaiting, Price: 100})
			w.Enrol(tx, "leo", w.Leo, "CHORALE", "SABINETTES")
			return nil
		})
		submit(t, w, w.Karim, "1", add(lunch, "REPAS", "2026-12-14")...)
		submit(t, w, w.Karim, "2", add(morning, "MATIN", "2026-12-14")...)
		w.Write(func(tx *db.Tx) error {
			_, err := household.DecideCustody(t.Context(), tx, household.By{Actor: "essai", Name: "Essai"}, household.CustodyDates{ChildID: w.Leo.ID,
				HouseholdID: w.Claire.HouseholdID, Starts: w.At("2026-12-14T00:00"), Ends: w.At("2026-12-15T00:00"), Reason: "échange"})
			return err
		})
		for i, cs := range [][]booking.Change{add(lunch, "REPAS", "2026-12-14"), remove(lunch, "REPAS", "2026-12-14"), add(w.Enrolment["leo/CHORALE"], "C", "2026-12-14")} {
			o := submit(t, w, w.Claire, string(rune('a'+i)), cs...)
			same(t, results(o), "2026-12-14 refused other_home")
			if o.Decisions[0].Refusal.Name != "" {
				t.Errorf("named %q", o.Decisions[0].Refusal.Name)
			}
		}
	})
}

func TestASubmissionOfSomeoneElseIsNotFound(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		submit(t, w, w.Claire, "mine", add(w.Enrolment["leo/CANTINE"], "REPAS", "2026-12-10")...)
		err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
			o, err := booking.Submit(t.Context(), tx, w.Karim, booking.Request{SubmissionID: "mine", EnrolmentID: w.Enrolment["leo/CANTINE"],
				Changes: add(w.Enrolment["leo/CANTINE"], "REPAS", "2026-12-14")}, w.Loc)
			if len(o.Decisions) > 0 {
				t.Error("the answer to another is told")
			}
			return err
		})
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("got %v", err)
		}
	})
}

// Where agents look at one request a free place, a request withdrawn makes way for the next of the waiting list.
func TestARequestWithdrawnMakesWayForTheNext(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		families := queue(t, w, 3)
		edit(t, w, "MERCREDI", func(a *activity.Activity) { a.Instruction = true })
		cancel(t, w, families[0], "APREM", wednesday)
		same(t, states(t, w, families), "cancelled", "pending", "waiting")
		cancel(t, w, families[1], "APREM", wednesday)
		same(t, states(t, w, families), "cancelled", "cancelled", "pending")
	})
}

func TestAnActivityThatIsNoLongerOfferedIsNotBooked(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		lunch := w.Enrolment["antoine/CANTINE"]
		submit(t, w, w.Claire, "1", add(lunch, "REPAS", "2026-12-14")...)
		edit(t, w, "CANTINE", func(a *activity.Activity) { a.Archived = true })
		same(t, results(submit(t, w, w.Claire, "2", append(remove(lunch, "REPAS", "2026-12-14"), add(lunch, "REPAS", "2026-12-15")...)...)),
			"2026-12-14 cancelled", "2026-12-15 refused unknown_option")
	})
}

// An agent who books for whoever has the child that day is told the price of that household.
func TestTheTownBooksForWhoHasTheChildAtTheirPrice(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		lunch := w.Enrolment["leo/CANTINE"]
		for i, c := range []struct {
			day   string
			cents int64
		}{{"2026-12-10", 340}, {"2026-12-14", 210}} {
			w.Write(func(tx *db.Tx) error {
				o, err := booking.OverrideBook(t.Context(), tx, w.Direction, booking.OverrideRequest{SubmissionID: string(rune('a' + i)), EnrolmentID: lunch,
					Changes: add(lunch, "REPAS", c.day), Reason: "accord"}, w.Loc)
				if err == nil && int64(o.Decisions[0].Cents) != c.cents {
					t.Errorf("%s: %v cents, want %d (%s)", c.day, int64(o.Decisions[0].Cents), c.cents, o.Decisions[0].Why)
				}
				return err
			})
		}
	})
}

// The clocks go back on Sunday 25 October 2026: 48 h before Monday 8:00 are 49 hours elapsed.
func TestTheWeekendTheClocksGoBack(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		var e string
		w.Write(func(tx *db.Tx) error {
			w.Activity["ACCUEIL"] = w.AddActivity(tx, worldtest.Plan{Code: "ACCUEIL", Name: "Accueil", Noun: "matin", Plural: "matins", Kind: activity.Holiday, RunsOn: "holiday",
				Weekdays: "12345", Rule: "48h", Options: []activity.Option{{Code: "M", Name: "Matin", Starts: civil.Clock(8, 0), Ends: civil.Clock(12, 0)}},
				Sites: []string{"ROSTAND"}, Waiting: activity.NoWaiting, Price: 100})
			e = w.Enrol(tx, "antoine", w.Antoine, "ACCUEIL", "ROSTAND")
			return nil
		})
		w.SetClock("2026-10-24T08:00:00")
		w.Clock.Advance(999 * time.Millisecond)
		same(t, results(submit(t, w, w.Claire, "1", add(e, "M", "2026-10-26")...)), "2026-10-26 booked")
		w.SetClock("2026-10-24T08:00:01")
		same(t, results(submit(t, w, w.Claire, "2", remove(e, "M", "2026-10-26")...)), "2026-10-26 refused too_late")
	})
}
