package attendance_test

import (
	"testing"

	"preau/internal/attendance"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/towntest"
	"preau/internal/worldtest"
)

// booked is the world where Claire booked Léo's lunch (7 days) and morning (24 h) of Monday 7 December, and Antoine's lunch.
func booked(t *testing.T, tn *towntest.Town) *worldtest.World {
	w := worldtest.Chatou(t, tn)
	w.SetClock("2026-11-16T10:00")
	for enrolment, option := range map[string]string{"leo/CANTINE": "REPAS", "leo/MATIN": "MATIN", "antoine/CANTINE": "REPAS"} {
		id := w.Enrolment[enrolment]
		w.Write(func(tx *db.Tx) error {
			o, err := booking.Submit(t.Context(), tx, w.Claire, booking.Request{SubmissionID: db.NewID(), EnrolmentID: id,
				Changes: []booking.Change{{EnrolmentID: id, Day: civil.MustParse("2026-12-07"), Option: option, Add: true}}}, w.Loc)
			if o.Count(booking.Booked) != 1 {
				t.Errorf("%s is not booked", enrolment)
			}
			return err
		})
	}
	return w
}

func announce(t *testing.T, w *worldtest.World, who household.Guardian, child household.Child, day string) (n attendance.Notice, err error) {
	err = w.DB.Write(t.Context(), func(tx *db.Tx) error {
		n, err = attendance.Announce(t.Context(), tx, who, child.ID, civil.MustParse(day), w.Loc)
		return err
	})
	return n, err
}

func count(t *testing.T, w *worldtest.World, query string) (n int) {
	w.Read(func(tx *db.Tx) error { return tx.QueryRow(t.Context(), query).Scan(&n) })
	return n
}

// What is in time is cancelled, the rest stays billed and the team is told; each moment by its own rule.
func TestAnnounceAnAbsence(t *testing.T) {
	for _, c := range []struct {
		name, at          string
		cancelled, billed int
		told              int
	}{
		{"a week before, all is cancelled", "2026-11-30T23:59", 2, 0, 0},
		{"the lunch is too late, the morning is not", "2026-12-01T08:00", 1, 1, 1},
		{"the same morning, all is too late", "2026-12-07T07:00", 0, 2, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
				w := booked(t, tn)
				w.SetClock(c.at)
				w.Read(func(tx *db.Tx) error {
					cancelled, billed, err := attendance.Outlook(t.Context(), tx, w.Claire, w.Leo.ID, civil.MustParse("2026-12-07"), w.Loc)
					if len(cancelled) != c.cancelled || len(billed) != c.billed {
						t.Errorf("foreseen: %v and %v", cancelled, billed)
					}
					return err
				})
				for range 2 { // the second time finds the first notice
					n, err := announce(t, w, w.Claire, w.Leo, "2026-12-07")
					if err != nil || len(n.Cancelled) != c.cancelled || len(n.Billed) != c.billed {
						t.Errorf("cancelled %v, billed %v, %v", n.Cancelled, n.Billed, err)
					}
				}
				for query, want := range map[string]int{
					`SELECT count(*) FROM absence_notices`:                                                                                        1,
					`SELECT count(*) FROM bookings WHERE state = 'cancelled'`:                                                                     c.cancelled,
					`SELECT count(*) FROM bookings WHERE state = 'booked'`:                                                                        1 + c.billed,
					`SELECT count(*) FROM jobs WHERE kind = '` + attendance.TellKind + `'`:                                                        c.told,
					`SELECT count(*) FROM audit_entries WHERE act = 'absence.announce'`:                                                           1,
					`SELECT count(*) FROM bookings WHERE state = 'booked' AND child_id IN (SELECT id FROM children WHERE first_name = 'Antoine')`: 1,
				} {
					if n := count(t, w, query); n != want {
						t.Errorf("%s: %d, want %d", query, n, want)
					}
				}
			})
		})
	}
}

func TestWhatCannotBeAnnounced(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := booked(t, tn)
		w.SetClock("2026-12-01T08:00")
		for name, c := range map[string]struct {
			who   household.Guardian
			child household.Child
			day   string
			kind  fault.Kind
		}{
			"another family's child":              {w.Karim, w.Antoine, "2026-12-07", fault.NotFound},
			"a shared child, the other's booking": {w.Karim, w.Leo, "2026-12-07", fault.Refused},
			"a day without a booking":             {w.Claire, w.Leo, "2026-12-08", fault.Refused},
			"a day that is over":                  {w.Claire, w.Leo, "2026-11-30", fault.Refused},
		} {
			if _, err := announce(t, w, c.who, c.child, c.day); !fault.Is(err, c.kind) {
				t.Errorf("%s: %v, want %s", name, err, c.kind)
			}
		}
		if n := count(t, w, `SELECT count(*) FROM absence_notices`); n != 0 {
			t.Errorf("%d notices", n)
		}
	})
}

// The day list knows who is announced absent, and old notices are forgotten by slices.
func TestNoticesOfADay(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := booked(t, tn)
		w.SetClock("2026-12-07T07:00")
		if _, err := announce(t, w, w.Claire, w.Leo, "2026-12-07"); err != nil {
			t.Fatal(err)
		}
		w.Read(func(tx *db.Tx) error {
			absent, err := attendance.Announced(t.Context(), tx, civil.MustParse("2026-12-07"))
			if len(absent) != 1 || len(absent[w.Leo.ID]) != 1 || absent[w.Leo.ID][0].At != w.At("2026-12-07T07:00") {
				t.Errorf("absent: %v", absent)
			}
			jobs, err2 := job.List(t.Context(), tx, job.Ready, 10)
			if err2 != nil || len(jobs) == 0 {
				t.Errorf("nothing to tell: %v", err2)
			}
			return err
		})
		for _, c := range []struct {
			before string
			want   int
		}{{"2026-12-07", 0}, {"2026-12-08", 1}} {
			w.Write(func(tx *db.Tx) error {
				n, err := attendance.ForgetBefore(t.Context(), tx, civil.MustParse(c.before), 200)
				if n != c.want {
					t.Errorf("before %s: %d forgotten, want %d", c.before, n, c.want)
				}
				return err
			})
		}
		if n := count(t, w, `SELECT count(*) FROM absence_notices`); n != 0 {
			t.Errorf("%d notices left", n)
		}
	})
}

// Who books again after an absence was announced means to come: the team must expect the child, and the absence can be announced anew.
func TestBookedAgainAfterAnAbsence(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := booked(t, tn)
		covered := func(who household.Guardian) (yes, no int) {
			w.Read(func(tx *db.Tx) error {
				absent, err := attendance.Announced(t.Context(), tx, civil.MustParse("2026-12-07"))
				if err != nil {
					return err
				}
				lines, err := booking.Planning(t.Context(), tx, who, civil.Range{From: civil.MustParse("2026-12-07"), To: civil.MustParse("2026-12-07")}, w.Loc)
				for _, l := range lines {
					for _, n := range absent[l.ChildID] {
						if n.Covers(l.HouseholdID, l.MadeAt) {
							yes++
						} else {
							no++
						}
					}
				}
				return err
			})
			return yes, no
		}
		w.SetClock("2026-11-20T10:00")
		if _, err := announce(t, w, w.Claire, w.Leo, "2026-12-07"); err != nil {
			t.Fatal(err)
		}
		w.SetClock("2026-11-21T10:00")
		id := w.Enrolment["leo/CANTINE"]
		w.Write(func(tx *db.Tx) error {
			_, err := booking.Submit(t.Context(), tx, w.Claire, booking.Request{SubmissionID: db.NewID(), EnrolmentID: id,
				Changes: []booking.Change{{EnrolmentID: id, Day: civil.MustParse("2026-12-07"), Option: "REPAS", Add: true}}}, w.Loc)
			return err
		})
		if yes, no := covered(w.Claire); yes != 0 || no != 1 {
			t.Errorf("%d bookings made after the notice are said to be missed, %d are not; want 0 and 1", yes, no)
		}
		w.SetClock("2026-12-07T07:00")
		n, err := announce(t, w, w.Claire, w.Leo, "2026-12-07")
		if err != nil || n.At != w.At("2026-12-07T07:00") || len(n.Cancelled) != 0 || len(n.Billed) != 1 {
			t.Errorf("announced anew: %+v, %v", n, err)
		}
		if yes, no := covered(w.Claire); yes != 1 || no != 0 {
			t.Errorf("%d and %d, want 1 and 0", yes, no)
		}
		for query, want := range map[string]int{
			`SELECT count(*) FROM absence_notices`:                                              1,
			`SELECT count(*) FROM jobs WHERE kind = '` + attendance.TellKind + `'`:              1,
			`SELECT count(*) FROM audit_entries WHERE act = 'absence.announce'`:                 2,
			`SELECT count(*) FROM bookings WHERE state = 'cancelled' AND option_id IS NOT NULL`: 2,
		} {
			if got := count(t, w, query); got != want {
				t.Errorf("%s: %d, want %d", query, got, want)
			}
		}
	})
}
