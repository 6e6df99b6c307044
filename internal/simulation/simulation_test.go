package simulation_test

import (
	"testing"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/money"
	"preau/internal/simulation"
	"preau/internal/tariff"
	"preau/internal/towntest"
	"preau/internal/worldtest"
)

var by = household.By{Actor: "agent:essai", Name: "Essai"}

// Claire's two lunches of a week, and a draft at 5,00 €: each slice counts once, the town would have received the difference, and nothing is
// charged.
func TestAMonthIsReplayed(t *testing.T) {
	t.Parallel()
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := worldtest.Chatou(t, tn)
		ctx := t.Context()
		id := w.Enrolment["antoine/CANTINE"]
		var changes []booking.Change
		for _, day := range []string{"2026-12-14", "2026-12-15"} {
			changes = append(changes, booking.Change{EnrolmentID: id, Day: civil.MustParse(day), Option: "REPAS", Add: true})
		}
		cost := money.Cents(450)
		var s simulation.Simulation
		w.Write(func(tx *db.Tx) error {
			if _, err := booking.Submit(ctx, tx, w.Claire, booking.Request{SubmissionID: "s", EnrolmentID: id, Changes: changes}, w.Loc); err != nil {
				return err
			}
			if err := activity.SetPrices(ctx, tx, by, w.Activity["CANTINE"], activity.PriceSettings{CESU: activity.NeverCESU, CostPrice: &cost}); err != nil {
				return err
			}
			draft, err := activity.SaveDraft(ctx, tx, by, tariff.Grid{ActivityID: w.Activity["CANTINE"], Name: "Essai", Kind: tariff.Flat, Flat: 500, From: civil.MustParse("2027-09-01")})
			if err != nil {
				return err
			}
			yearly, err := activity.SaveDraft(ctx, tx, by, tariff.Grid{ActivityID: w.Activity["MATIN"], Name: "Adhésion", Kind: tariff.Flat, Flat: 1000, Per: tariff.PerMonth, From: civil.MustParse("2027-09-01")})
			if err != nil {
				return err
			}
			s, err = simulation.Start(ctx, tx, by, []string{draft, yearly}, civil.MonthOf(civil.MustParse("2026-12-01")).Range())
			return err
		})
		for range 3 {
			var slice *simulation.Slice
			w.Read(func(tx *db.Tx) (err error) { slice, err = simulation.Next(ctx, tx, s.ID); return err })
			w.Write(func(tx *db.Tx) error { return simulation.Keep(ctx, tx, slice) })
			w.Write(func(tx *db.Tx) error { return simulation.Keep(ctx, tx, slice) })
			if slice.Last {
				break
			}
		}
		var charges int64
		w.Read(func(tx *db.Tx) (err error) {
			if s, err = simulation.ByID(ctx, tx, s.ID); err != nil {
				return err
			}
			charges, err = db.One(ctx, tx, `SELECT count(*) FROM charges`, db.Value[int64])
			return err
		})
		r := s.Result
		if s.FinishedAt.IsZero() || s.Done != s.Households || charges != 0 {
			t.Errorf("%d of %d done, %d charges", s.Done, s.Households, charges)
		}
		if lunches := r.Activities[w.Activity["CANTINE"]]; lunches.Before != 2*340 || lunches.After != 2*500 {
			t.Errorf("lunches %+v", lunches)
		}
		if fees := r.Activities[w.Activity["MATIN"]]; fees.Before != 0 || fees.After == 0 || fees.After%1000 != 0 {
			t.Errorf("fees %+v", fees)
		}
		if r.AboveCost != (simulation.Counts{Before: 0, After: 2}) || r.More == 0 || r.Less != 0 || len(r.Rises) == 0 || r.Total.After-r.Total.Before < 320 {
			t.Errorf("%+v", r)
		}
		var changed, banded int64
		for _, n := range r.Changes {
			changed += n
		}
		for _, b := range r.Bands {
			banded += b.Households
		}
		if changed != r.Households || banded != r.Households {
			t.Errorf("%d households in the chart, %d in the table, of %d", changed, banded, r.Households)
		}
		if got := refused(w.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := simulation.Start(ctx, tx, by, nil, civil.Range{})
			return err
		})); got != 2 {
			t.Errorf("nothing chosen: %d fields blamed", got)
		}
	})
}

func refused(err error) int {
	refusal, ok := fault.As(err)
	if !ok {
		return -1
	}
	return len(refusal.Fields)
}
