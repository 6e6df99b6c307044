package booking_test

import (
	"fmt"
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

// wanter is a family that wants the place everybody wants.
type wanter struct {
	who       household.Guardian
	child     household.Child
	enrolment string
}

// The Wednesday that families queue for; its rule is 48 h, so it can be booked and cancelled until Monday 14 December 13:30.
const wednesday = "2026-12-16"

// queue makes one place at the leisure centre on Wednesdays and families who ask for it a minute apart, in order: the first has
// it, the others wait.
func queue(t *testing.T, w *worldtest.World, n int) []wanter {
	t.Helper()
	w.Write(func(tx *db.Tx) error { w.SetPlaces(tx, "MERCREDI", "LOISIRS", "APREM", 1); return nil })
	families := wanters(t, w, n, "MERCREDI")
	for i, f := range families {
		want := booking.Waiting
		if i == 0 {
			want = booking.Booked
		}
		ask(t, w, f, "APREM", wednesday, want)
	}
	return families
}

func wanters(t *testing.T, w *worldtest.World, n int, activityCode string) []wanter {
	t.Helper()
	families := make([]wanter, n)
	w.Write(func(tx *db.Tx) error {
		for i := range families {
			g := w.AddHousehold(tx, "attente."+db.NewID()[:8], "Parent", fmt.Sprintf("Attente%d", i), 900_00)
			c := w.AddChild(tx, g, fmt.Sprintf("Enfant%d", i), "Attente", "2018-05-05", "CE2", "ROSTAND")
			families[i] = wanter{g, c, w.Enrol(tx, g.ID, c, activityCode, "ROSTAND")}
		}
		return nil
	})
	return families
}

func ask(t *testing.T, w *worldtest.World, f wanter, option, day string, want booking.Result) {
	t.Helper()
	w.Clock.Advance(time.Minute)
	same(t, results(submit(t, w, f.who, db.NewID(), add(f.enrolment, option, day)...)), day+" "+string(want))
}

// states lists the present state of each family's latest booking, in order.
func states(t *testing.T, w *worldtest.World, families []wanter) []string {
	t.Helper()
	var out []string
	w.Read(func(tx *db.Tx) error {
		for _, f := range families {
			s, err := db.One(t.Context(), tx, `SELECT state FROM bookings WHERE enrolment_id = $1 ORDER BY made_at DESC, id LIMIT 1`, db.Value[string], f.enrolment)
			if err != nil {
				return err
			}
			out = append(out, s)
		}
		return nil
	})
	return out
}

// ranks lists each family's rank, 0 for one that does not wait.
func ranks(t *testing.T, w *worldtest.World, families []wanter) []string {
	t.Helper()
	var out []string
	w.Read(func(tx *db.Tx) error {
		for _, f := range families {
			byBooking, err := booking.Ranks(t.Context(), tx, f.child.ID, civil.Range{From: civil.MustParse("2026-12-01"), To: civil.MustParse("2026-12-31")})
			if err != nil {
				return err
			}
			rank := int64(0)
			for _, n := range byBooking {
				rank = n
			}
			out = append(out, fmt.Sprint(rank))
		}
		return nil
	})
	return out
}

func cancel(t *testing.T, w *worldtest.World, f wanter, option, day string) {
	t.Helper()
	same(t, results(submit(t, w, f.who, db.NewID(), remove(f.enrolment, option, day)...)), day+" cancelled")
}

// offer is the place offered to a family; the test fails when there is none.
func offer(t *testing.T, w *worldtest.World, f wanter) booking.Line {
	t.Helper()
	var list []booking.Line
	w.Read(func(tx *db.Tx) (err error) {
		list, err = booking.Offers(t.Context(), tx, f.who)
		return err
	})
	if len(list) != 1 {
		t.Fatalf("%d offers, want 1", len(list))
	}
	return list[0]
}

func answer(t *testing.T, w *worldtest.World, who household.Guardian, id string, accept bool) error {
	t.Helper()
	err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
		_, err := booking.AnswerOffer(t.Context(), tx, who, id, accept, w.Loc)
		return err
	})
	noDrift(t, w)
	return err
}

func endOffer(t *testing.T, w *worldtest.World, id string) {
	t.Helper()
	w.Write(func(tx *db.Tx) error { return booking.EndOffer(t.Context(), tx, id, w.Loc) })
	noDrift(t, w)
}

// edit changes a rule of an activity of the world.
func edit(t *testing.T, w *worldtest.World, code string, change func(*activity.Activity)) {
	t.Helper()
	w.Write(func(tx *db.Tx) error {
		c, err := activity.Load(t.Context(), tx)
		if err != nil {
			return err
		}
		known, _ := c.Activity(w.Activity[code])
		a := *known
		change(&a)
		_, err = activity.SaveActivity(t.Context(), tx, a, civil.DateOf(tx.Now, w.Loc), w.Loc)
		return err
	})
}

func jobs(t *testing.T, w *worldtest.World, kind, payload string) int64 {
	t.Helper()
	return count(t, w, `SELECT count(*) FROM jobs WHERE kind = $1 AND CAST(payload AS text) LIKE $2`, kind, payload)
}

func TestTheWaitingListKeepsTheOrderOfTheRequests(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		families := queue(t, w, 4)
		same(t, ranks(t, w, families), "0", "1", "2", "3")
		cancel(t, w, families[2], "APREM", wednesday) // leaving the list frees no place
		same(t, states(t, w, families), "booked", "waiting", "cancelled", "waiting")
		same(t, ranks(t, w, families), "0", "1", "0", "2")
		ask(t, w, families[2], "APREM", wednesday, booking.Waiting) // coming back is at the end
		same(t, ranks(t, w, families), "0", "1", "3", "2")
	})
}

func TestPointsOrderTheListOnlyWhereTheActivitySaysSo(t *testing.T) {
	for name, x := range map[string]struct {
		byPoints bool
		ranks    []string
		first    int
	}{"by date": {false, []string{"0", "1", "2", "3"}, 1}, "by points": {true, []string{"0", "3", "1", "2"}, 2}} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *worldtest.World) {
				edit(t, w, "MERCREDI", func(a *activity.Activity) { a.WaitingByPoints = x.byPoints })
				w.Write(func(tx *db.Tx) error { w.SetPlaces(tx, "MERCREDI", "LOISIRS", "APREM", 1); return nil })
				families := wanters(t, w, 4, "MERCREDI")
				w.Write(func(tx *db.Tx) error {
					for i, points := range []int64{0, 5, 20, 20} {
						if _, err := tx.Exec(t.Context(), `UPDATE enrolments SET points = $2 WHERE id = $1`, families[i].enrolment, points); err != nil {
							return err
						}
					}
					return nil
				})
				for i, f := range families {
					ask(t, w, f, "APREM", wednesday, []booking.Result{booking.Booked, booking.Waiting, booking.Waiting, booking.Waiting}[i])
				}
				same(t, ranks(t, w, families), x.ranks...)
				cancel(t, w, families[0], "APREM", wednesday)
				offer(t, w, families[x.first])
			})
		})
	}
}

// The canteen promotes automatically while the family could still cancel for 24 h more; its rule is 7 days, so the lunch of Monday
// 14 December is cancelled until Monday 7, 23:59:59.
func TestAFreedPlaceIsBookedOfferedOrLeftWithTheTime(t *testing.T) {
	const day = "2026-12-14"
	for name, x := range map[string]struct {
		now, state, until string
	}{
		"at the margin, booked":                    {"2026-12-06T23:59:59", "booked", ""},
		"a second later, offered to the deadline":  {"2026-12-07T00:00:00", "offered", "2026-12-07T23:59:59"},
		"at the deadline, offered":                 {"2026-12-07T23:59:59", "offered", "2026-12-07T23:59:59"},
		"after the deadline for adding, not given": {"2026-12-08T00:00:00", "waiting", ""},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *worldtest.World) {
				w.Write(func(tx *db.Tx) error { w.SetPlaces(tx, "CANTINE", "ROSTAND", "REPAS", 1); return nil })
				families := wanters(t, w, 2, "CANTINE")
				ask(t, w, families[0], "REPAS", day, booking.Booked)
				ask(t, w, families[1], "REPAS", day, booking.Waiting)
				w.SetClock(x.now)
				w.Write(func(tx *db.Tx) error { // the town may free a place at any time
					_, err := booking.EndEnrolment(t.Context(), tx, w.Direction, families[0].enrolment, civil.MustParse("2026-12-01"), "départ", w.Loc)
					return err
				})
				noDrift(t, w)
				same(t, states(t, w, families), "cancelled", x.state)
				if x.until != "" && offer(t, w, families[1]).OfferedUntil != w.At(x.until) {
					t.Errorf("offered until %v, want %s", offer(t, w, families[1]).OfferedUntil, x.until)
				}
				told := map[string]int64{"booked": 1, "offered": 1}[x.state]
				if n := jobs(t, w, booking.TellPromotion, `%"`+x.state+`"%`); n != told {
					t.Errorf("%d messages queued, want %d", n, told)
				}
			})
		})
	}
}

func TestAnOfferedPlaceIsKeptUntilTheAnswer(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		families := queue(t, w, 3)
		late := wanters(t, w, 1, "MERCREDI")
		w.SetClock("2026-12-02T09:00")
		cancel(t, w, families[0], "APREM", wednesday)
		same(t, states(t, w, families), "cancelled", "offered", "waiting")
		o := offer(t, w, families[1])
		if o.OfferedUntil != w.At("2026-12-04T09:00") {
			t.Errorf("offered until %v, want 48 h", o.OfferedUntil)
		}
		if jobs(t, w, booking.ExpireOffer, `%`+o.ID+`%`) != 1 {
			t.Error("nothing will end the offer")
		}
		ask(t, w, late[0], "APREM", wednesday, booking.Waiting)

		if err := answer(t, w, families[2].who, o.ID, true); !fault.Is(err, fault.NotFound) {
			t.Errorf("another family answers: %v", err)
		}
		if err := answer(t, w, w.Claire, "nope", true); !fault.Is(err, fault.NotFound) {
			t.Errorf("no such offer: %v", err)
		}
		same(t, states(t, w, families), "cancelled", "offered", "waiting")
		w.SetClock("2026-12-04T09:00:00")
		if err := answer(t, w, families[1].who, o.ID, true); err != nil {
			t.Fatal(err)
		}
		if err := answer(t, w, families[1].who, o.ID, false); !fault.Is(err, fault.Conflict) {
			t.Errorf("a second answer: %v", err)
		}
		w.SetClock("2026-12-04T09:00:01")
		endOffer(t, w, o.ID)
		same(t, states(t, w, families), "cancelled", "booked", "waiting")
		if n := count(t, w, `SELECT count(*) FROM audit_entries WHERE act = 'booking.accept-offer' AND household_id = $1`, families[1].who.HouseholdID); n != 1 {
			t.Errorf("%d entries in the journal", n)
		}
	})
}

func TestADeclinedOfferGoesToTheNext(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		families := queue(t, w, 3)
		cancel(t, w, families[0], "APREM", wednesday)
		if err := answer(t, w, families[1].who, offer(t, w, families[1]).ID, false); err != nil {
			t.Fatal(err)
		}
		same(t, states(t, w, families), "cancelled", "cancelled", "offered")
		cancel(t, w, families[2], "APREM", wednesday) // declined on the calendar
		same(t, states(t, w, families), "cancelled", "cancelled", "cancelled")
		ask(t, w, families[0], "APREM", wednesday, booking.Booked)
	})
}

func TestAnUnansweredOfferEndsAndGoesToTheNext(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		families := queue(t, w, 3)
		w.SetClock("2026-12-02T09:00")
		cancel(t, w, families[0], "APREM", wednesday)
		o := offer(t, w, families[1])
		endOffer(t, w, o.ID) // too early: nothing happens
		w.SetClock("2026-12-04T09:00:00")
		endOffer(t, w, o.ID) // its last second
		same(t, states(t, w, families), "cancelled", "offered", "waiting")
		w.SetClock("2026-12-04T09:00:01")
		if err := answer(t, w, families[1].who, o.ID, true); !fault.Is(err, fault.Refused) {
			t.Errorf("accepted too late: %v", err)
		}
		endOffer(t, w, o.ID)
		endOffer(t, w, o.ID) // run again, it changes nothing
		same(t, states(t, w, families), "cancelled", "cancelled", "offered")
		if n := jobs(t, w, booking.TellPromotion, `%"expired"%`); n != 1 {
			t.Errorf("%d families told that the offer passed", n)
		}
		if err := answer(t, w, families[1].who, o.ID, true); !fault.Is(err, fault.Conflict) {
			t.Errorf("answered after the end: %v", err)
		}
	})
}

func TestAChildWhoMayNoLongerComeIsPassedOverAndKeepsItsRank(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		families := queue(t, w, 3)
		w.Write(func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE enrolments SET to_day = $2 WHERE id = $1`, families[1].enrolment, civil.MustParse("2026-12-15"))
			return err
		})
		cancel(t, w, families[0], "APREM", wednesday)
		same(t, states(t, w, families), "cancelled", "waiting", "offered")
		same(t, ranks(t, w, families), "0", "1", "0")
	})
}

// Léo's Wednesdays of even weeks are Karim's: what Claire asked before the custody changed is not given to her.
func TestAPlaceIsNotGivenToTheHomeThatNoLongerHasTheChild(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		families := queue(t, w, 1)
		leo := w.Enrolment["leo/MERCREDI"]
		same(t, results(submit(t, w, w.Karim, "k", add(leo, "APREM", wednesday)...)), wednesday+" waiting")
		w.Write(func(tx *db.Tx) error {
			_, err := household.AddCustodyDates(t.Context(), tx, household.By{Actor: "essai"}, household.CustodyDates{ChildID: w.Leo.ID,
				HouseholdID: w.Claire.HouseholdID, Starts: w.At("2026-12-16T00:00"), Ends: w.At("2026-12-17T00:00")})
			return err
		})
		cancel(t, w, families[0], "APREM", wednesday)
		same(t, states(t, w, []wanter{{enrolment: leo}}), "waiting")
	})
}

func TestAgentsDecideAPromotionWhereTheyDecideBookings(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		families := queue(t, w, 3)
		edit(t, w, "MERCREDI", func(a *activity.Activity) { a.Instruction = true })
		cancel(t, w, families[0], "APREM", wednesday)
		same(t, states(t, w, families), "cancelled", "pending", "waiting") // one place: one request to decide
		pending := count(t, w, `SELECT count(*) FROM bookings WHERE state = 'pending'`)
		if pending != 1 {
			t.Errorf("%d to decide", pending)
		}
	})
}

func TestARaisedCapacityServesTheQueue(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		families := queue(t, w, 4)
		w.Write(func(tx *db.Tx) error {
			c, err := activity.Load(t.Context(), tx)
			if err != nil {
				return err
			}
			a, _ := c.Activity(w.Activity["MERCREDI"])
			places := int64(3)
			k := activity.Capacity{ActivityID: a.ID, SiteID: w.Site["LOISIRS"], OptionID: a.Options[0].ID, From: civil.MustParse("2026-12-01"), Places: &places}
			if err := activity.SetCapacity(t.Context(), tx, k, "essai"); err != nil {
				return err
			}
			if err := booking.ApplyCapacity(t.Context(), tx, k); err != nil {
				return err
			}
			return fillRaised(t.Context(), tx, k, w.Loc)
		})
		noDrift(t, w)
		same(t, states(t, w, families), "booked", "offered", "offered", "waiting")
	})
}

// What happens by itself is in the family's history like what it did.
func TestTheHistoryTellsWhatTheWaitingListDid(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		families := queue(t, w, 2)
		w.Clock.Advance(time.Hour)
		cancel(t, w, families[0], "APREM", wednesday)
		w.Clock.Advance(time.Hour)
		if err := answer(t, w, families[1].who, offer(t, w, families[1]).ID, true); err != nil {
			t.Fatal(err)
		}
		var got []string
		w.Read(func(tx *db.Tx) error {
			list, err := booking.History(t.Context(), tx, families[1].who.HouseholdID, booking.HistoryMark{}, 10)
			for _, h := range list {
				d := h.Outcome.Decisions[0]
				got = append(got, fmt.Sprintf("%s was %q: %s by %q", d.Day, d.Was, d.Result, h.Outcome.By))
			}
			return err
		})
		same(t, got, `2026-12-16 was "offered": booked by "Parent Attente1"`, `2026-12-16 was "waiting": offered by ""`, `2026-12-16 was "": waiting by "Parent Attente1"`)
	})
}
