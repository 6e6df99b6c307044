package booking_test

import (
	"fmt"
	"testing"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/worldtest"
)

var december = civil.Range{From: civil.MustParse("2026-12-01"), To: civil.MustParse("2026-12-31")}

// shown writes lines as "Antoine 2026-12-14 booked".
func shown(lines []booking.PlanLine) []string {
	var out []string
	for _, p := range lines {
		s := fmt.Sprintf("%s %s %s %s", p.Child, p.Day, p.Option.Name, p.State)
		if p.Rank > 0 {
			s += fmt.Sprint(" ", p.Rank)
		}
		out = append(out, s)
	}
	return out
}

func TestEachHouseholdReadsItsChildrenAndItsOwnBookings(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		leo := w.Enrolment["leo/CANTINE"]
		submit(t, w, w.Claire, "c1", add(w.Enrolment["antoine/CANTINE"], "REPAS", "2026-12-14")...)
		submit(t, w, w.Claire, "c2", add(leo, "REPAS", "2026-12-10")...)
		submit(t, w, w.Karim, "k1", add(leo, "REPAS", "2026-12-14", "2026-12-15")...)
		w.Read(func(tx *db.Tx) error {
			c, err := activity.Load(t.Context(), tx)
			if err != nil {
				return err
			}
			for _, x := range []struct {
				who   household.Guardian
				kin   []string
				lines []string
			}{
				{w.Claire, []string{"Antoine CE2 Élémentaire Jean Rostand 5 false", "Léo MS Maternelle Sabinettes 5 true"},
					[]string{"Léo 2026-12-10 Repas booked", "Antoine 2026-12-14 Repas booked"}},
				{w.Karim, []string{"Léo MS Maternelle Sabinettes 5 true"}, []string{"Léo 2026-12-14 Repas booked", "Léo 2026-12-15 Repas booked"}},
			} {
				kin, err := booking.KinOf(t.Context(), tx, x.who, c, civil.MustParse("2026-12-01"))
				if err != nil {
					return err
				}
				var got []string
				for _, k := range kin {
					got = append(got, fmt.Sprint(k.Child.FirstName, " ", k.Level, " ", k.School.Name, " ", len(k.Enrolments), " ", k.Child.Shared))
				}
				same(t, got, x.kin...)
				lines, err := booking.Planning(t.Context(), tx, x.who, december, w.Loc)
				if err != nil {
					return err
				}
				same(t, shown(lines), x.lines...)
			}
			return nil
		})
	})
}

func TestWishesTellTheRankAndOffersTheirEnd(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		families := queue(t, w, 3)
		last := families[2].who
		wishes := func() (list []string, offers int) {
			w.Read(func(tx *db.Tx) error {
				c, err := activity.Load(t.Context(), tx)
				if err != nil {
					return err
				}
				lines, err := booking.Wishes(t.Context(), tx, last, c, civil.MustParse("2026-12-01"), w.Loc)
				if err != nil {
					return err
				}
				list = shown(lines)
				offers, err = booking.OfferCount(t.Context(), tx, last)
				return err
			})
			return list, offers
		}
		list, _ := wishes()
		same(t, list, "Enfant2 2026-12-16 Après-midi waiting 2")
		cancel(t, w, families[0], "APREM", wednesday)
		cancel(t, w, families[1], "APREM", wednesday) // the offer, declined on the calendar
		list, n := wishes()
		same(t, list, "Enfant2 2026-12-16 Après-midi offered")
		if n != 1 {
			t.Errorf("%d offers counted", n)
		}
		end := offer(t, w, families[2]).OfferedUntil
		w.Clock.Set(end.Add(2e9))
		if _, n := wishes(); n != 0 {
			t.Error("an offer that has passed is still counted")
		}
		endOffer(t, w, offer(t, w, families[2]).ID)
		w.Read(func(tx *db.Tx) error {
			c, err := activity.Load(t.Context(), tx)
			if err != nil {
				return err
			}
			past, err := booking.PastOffers(t.Context(), tx, last, c, tx.Now.Add(-3600e9))
			if len(past) != 1 || !past[0].Expired || past[0].Became != booking.StateCancelled {
				t.Errorf("past offers %+v", past)
			}
			others, err2 := booking.PastOffers(t.Context(), tx, w.Claire, c, tx.Now.Add(-3600e9))
			if len(others) != 0 {
				t.Error("another family's offers are read")
			}
			if err == nil {
				err = err2
			}
			return err
		})
	})
}

func TestAFeedTakesAwayWhatWasCancelledRecently(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		lunch := w.Enrolment["antoine/CANTINE"]
		submit(t, w, w.Claire, "a", add(lunch, "REPAS", "2026-12-14", "2026-12-15")...)
		submit(t, w, w.Claire, "b", remove(lunch, "REPAS", "2026-12-15")...)
		read := func(gone string) (list []string) {
			w.Read(func(tx *db.Tx) error {
				lines, err := booking.FeedLines(t.Context(), tx, w.Claire, december, w.At(gone), w.Loc)
				list = shown(lines)
				return err
			})
			return list
		}
		same(t, read("2026-11-01T00:00"), "Antoine 2026-12-14 Repas booked", "Antoine 2026-12-15 Repas cancelled")
		same(t, read("2026-12-02T00:00"), "Antoine 2026-12-14 Repas booked")
	})
}

// Ten acts at the same instant are all read, three at a time, whatever the page they fall on.
func TestTheHistoryIsReadPageByPage(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		lunch := w.Enrolment["antoine/CANTINE"]
		for day := 8; day <= 18; day++ {
			submit(t, w, w.Claire, fmt.Sprintf("act%02d", day), add(lunch, "REPAS", fmt.Sprintf("2026-12-%02d", day))...)
		}
		kept := count(t, w, `SELECT count(*) FROM submissions`)
		seen := map[string]bool{}
		var mark booking.HistoryMark
		for {
			var page []booking.HistoryEntry
			w.Read(func(tx *db.Tx) (err error) {
				page, err = booking.History(t.Context(), tx, w.Claire.HouseholdID, mark, 3)
				return err
			})
			if len(page) == 0 {
				break
			}
			for _, h := range page {
				if seen[h.ID] {
					t.Errorf("%s is read twice", h.ID)
				}
				seen[h.ID] = true
			}
			mark = booking.HistoryMark{At: page[len(page)-1].At, ID: page[len(page)-1].ID}
		}
		if int64(len(seen)) != kept || kept < 7 {
			t.Errorf("%d entries read of %d", len(seen), kept)
		}
	})
}

func TestAClosureIsInTheHistoryOfTheFamiliesItConcerns(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		submit(t, w, w.Claire, "a", add(w.Enrolment["antoine/CANTINE"], "REPAS", "2026-12-14")...)
		w.Clock.Advance(60e9)
		var k activity.Closure
		w.Write(func(tx *db.Tx) (err error) {
			k, err = booking.Close(t.Context(), tx, w.Direction, activity.Closure{From: civil.MustParse("2026-12-14"), To: civil.MustParse("2026-12-14"), Reason: "Grève"})
			return err
		})
		settle := func(undone bool) {
			for more := true; more; {
				w.Write(func(tx *db.Tx) (err error) {
					more, err = booking.SettleSlice(t.Context(), tx, booking.ClosurePayload{ClosureID: k.ID, Undone: undone}, w.Loc)
					return err
				})
			}
		}
		settle(false)
		w.Clock.Advance(60e9)
		w.Write(func(tx *db.Tx) error { return booking.Reopen(t.Context(), tx, w.Direction, k.ID, civil.Date{}) })
		settle(true)
		var got []string
		w.Read(func(tx *db.Tx) error {
			list, err := booking.History(t.Context(), tx, w.Claire.HouseholdID, booking.HistoryMark{}, 10)
			for _, h := range list {
				d := h.Outcome.Decisions[0]
				got = append(got, fmt.Sprintf("%s %s: %s (%s)", d.Child, d.Day, d.Result, h.Outcome.Reason))
			}
			return err
		})
		same(t, got, "Antoine 2026-12-14: reopened (Grève)", "Antoine 2026-12-14: closed (Grève)", "Antoine 2026-12-14: booked ()")
	})
}
