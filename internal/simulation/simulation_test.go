package simulation_test

import (
	"context"
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
			// The CCAS pays the whole fee of Antoine, and he stayed late at an activity that nothing prices, unannounced.
			if _, err := activity.GrantAid(ctx, tx, by, activity.Aid{HouseholdID: w.Claire.HouseholdID, ChildID: w.Antoine.ID, ActivityID: w.Activity["MATIN"], Payer: activity.CCAS,
				Name: "CCAS", Percent: 100_00, From: civil.MustParse("2026-09-01")}); err != nil {
				return err
			}
			if err := stayedLate(ctx, tx, w); err != nil {
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
		if fees := r.Activities[w.Activity["MATIN"]]; fees.Before != 0 || fees.After != 1000 {
			t.Errorf("fees %+v", fees)
		}
		if r.AboveCost != (simulation.Counts{Before: 0, After: 2}) || r.More == 0 || r.Less != 0 || len(r.Rises) == 0 || r.Total.After-r.Total.Before < 320 {
			t.Errorf("%+v", r)
		}
		if r.Unpriced != 1 {
			t.Errorf("%d days without a price", r.Unpriced)
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
		forget(t, w, s)
		forgetMeanwhile(t, w, s)
		if got := refused(w.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := simulation.Start(ctx, tx, by, []string{s.Grids[0].ID, s.Grids[1].ID, s.Grids[0].ID}, s.Period)
			return err
		})); got != 1 {
			t.Errorf("two grids of the same prices: %d fields blamed", got)
		}
		if got := refused(w.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := simulation.Start(ctx, tx, by, nil, civil.Range{})
			return err
		})); got != 2 {
			t.Errorf("nothing chosen: %d fields blamed", got)
		}
	})
}

// stayedLate writes that Antoine came to the study unannounced and was fetched late, and takes its grid back.
func stayedLate(ctx context.Context, tx *db.Tx, w *worldtest.World) error {
	const option = `(SELECT id FROM activity_options WHERE activity_id = $3)`
	day := civil.MustParse("2026-12-01")
	if _, err := tx.Exec(ctx, `INSERT INTO attendance_entries (id, agent_id, child_id, activity_id, site_id, option_id, day, came, late_pickup, source, device_at, received_at)
		VALUES ('e', $1, $2, $3, $4, `+option+`, $5, 'present', $6, 'online', $7, $7)`, w.Direction.ID, w.Antoine.ID, w.Activity["ETUDE"], w.Site["ROSTAND"], day, true, tx.Now); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO attendances (id, household_id, child_id, activity_id, site_id, option_id, day, came, late_pickup, age_group, menu, entry_id, device_at, recorded_at)
		SELECT 'a', $1, $2, $3, site_id, option_id, day, came, late_pickup, '', 'standard', id, device_at, received_at FROM attendance_entries`,
		w.Claire.HouseholdID, w.Antoine.ID, w.Activity["ETUDE"]); err != nil {
		return err
	}
	grids, err := activity.KeptGrids(ctx, tx, w.Activity["ETUDE"])
	if err != nil {
		return err
	}
	return activity.WithdrawGrid(ctx, tx, by, grids[0].ID, false)
}

// forget takes Claire's household out of a simulation, whose sums stay; a year later nothing of it is left.
func forget(t *testing.T, w *worldtest.World, s simulation.Simulation) {
	t.Helper()
	w.Write(func(tx *db.Tx) error { return simulation.ForgetHousehold(t.Context(), tx, w.Claire.HouseholdID) })
	var left simulation.Simulation
	w.Read(func(tx *db.Tx) (err error) { left, err = simulation.ByID(t.Context(), tx, s.ID); return err })
	for _, c := range append(left.Result.Rises, left.Result.Falls...) {
		if c.Household == w.Claire.HouseholdID {
			t.Errorf("still named: %+v", c)
		}
	}
	if left.Result.Total != s.Result.Total || len(left.Result.Rises) != len(s.Result.Rises)-1 {
		t.Errorf("%+v became %+v", s.Result, left.Result)
	}
	for _, c := range []struct {
		day  string
		want int
	}{{"2027-12-01", 1}, {"2027-12-02", 0}} {
		var list []simulation.Simulation
		w.Write(func(tx *db.Tx) (err error) {
			if err := simulation.ForgetOld(t.Context(), tx, civil.MustParse(c.day), w.Loc); err != nil {
				return err
			}
			list, err = simulation.Latest(t.Context(), tx, 10)
			return err
		})
		if len(list) != c.want {
			t.Errorf("on %s %d are left", c.day, len(list))
		}
	}
}

// forgetMeanwhile erases Claire's household between the reading of a slice that names it and its keeping.
func forgetMeanwhile(t *testing.T, w *worldtest.World, like simulation.Simulation) {
	t.Helper()
	var s simulation.Simulation
	var slice *simulation.Slice
	w.Write(func(tx *db.Tx) (err error) {
		s, err = simulation.Start(t.Context(), tx, by, []string{like.Grids[0].ID, like.Grids[1].ID}, like.Period)
		return err
	})
	w.Read(func(tx *db.Tx) (err error) { slice, err = simulation.Next(t.Context(), tx, s.ID); return err })
	w.Write(func(tx *db.Tx) error {
		if err := simulation.ForgetHousehold(t.Context(), tx, w.Claire.HouseholdID); err != nil {
			return err
		}
		return household.Erase(t.Context(), tx, by, w.Claire.HouseholdID)
	})
	w.Write(func(tx *db.Tx) error { return simulation.Keep(t.Context(), tx, slice) })
	w.Read(func(tx *db.Tx) (err error) { s, err = simulation.ByID(t.Context(), tx, s.ID); return err })
	if s.Done == 0 || s.Result.Total != like.Result.Total || len(s.Result.Rises) != len(like.Result.Rises)-1 {
		t.Errorf("a household forgotten meanwhile: %+v became %+v", like.Result, s.Result)
	}
}

func refused(err error) int {
	refusal, ok := fault.As(err)
	if !ok {
		return -1
	}
	return len(refusal.Fields)
}
