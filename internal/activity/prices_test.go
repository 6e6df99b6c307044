package activity_test

import (
	"errors"
	"testing"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/money"
	"preau/internal/tariff"
	"preau/internal/worldtest"
)

// Evening care by the half-hour, from the hours of the roll-call; fees of the month and of the year; aids; and the catalogue replayed.
func TestPricesOfACatalogue(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		evening, morning := w.Activity["SOIR"], w.Activity["MATIN"]
		day := civil.MustParse
		save := func(g tariff.Grid) {
			t.Helper()
			if got := try(t, w, func(tx *db.Tx) error { _, err := activity.SaveGrid(t.Context(), tx, g); return err }); got != "done" {
				t.Fatal(got)
			}
		}
		save(tariff.Grid{ActivityID: evening, Name: "Soir", Kind: tariff.Flat, Flat: 85, Per: tariff.PerHalfHour, From: day("2026-09-01")})
		save(tariff.Grid{ActivityID: morning, Name: "Mois", Kind: tariff.Flat, Flat: 2000, Per: tariff.PerMonth, From: day("2026-10-01")})
		save(tariff.Grid{ActivityID: morning, Name: "Adhésion", Kind: tariff.Flat, Flat: 1000, Per: tariff.PerYear, From: day("2026-09-01")})
		c := load(t, w)
		a, _ := c.Activity(evening)
		o := a.LiveOptions()[0]
		at := func(hour, minute int) *civil.TimeOfDay { v := civil.Clock(hour, minute); return &v }
		all := int64(o.Ends-o.Starts+29) / 30
		for _, x := range []struct {
			name string
			left *civil.TimeOfDay
			want int64
		}{
			{"not pointed: the whole evening", nil, all}, {"31 minutes are two half-hours", at(o.Starts.Hour(), o.Starts.Minute()+31), 2},
			{"a minute is one", at(o.Starts.Hour(), o.Starts.Minute()+1), 1}, {"after the closing time it counts no more", at(22, 0), all},
		} {
			parts, err := c.Quote(evening, o.ID, day("2026-12-08"), tariff.Normal, tariff.Facts{Resident: true, Left: x.left})
			again, _ := c.Quoter().Quote(evening, o.ID, day("2026-12-08"), tariff.Normal, tariff.Facts{Resident: true, Left: x.left})
			if err != nil || tariff.Sum(parts) != money.Cents(85*x.want) || tariff.Sum(again) != tariff.Sum(parts) {
				t.Errorf("%s: %+v, %v", x.name, parts, err)
			}
		}
		enrolled := civil.Range{From: day("2026-11-16"), To: day("2027-07-02")}
		var got []string
		for _, f := range c.Fees(morning, civil.MonthOf(day("2026-11-01"))) {
			got = append(got, f.Key, tariff.Sum(f.Quote(enrolled, tariff.Facts{Resident: true})).Decimal(), f.On(enrolled).String())
		}
		if want := []string{"2026-11", "20.00", "2026-11-16", "2026-2027", "10.00", "2026-11-16"}; len(got) != len(want) || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] || got[3] != want[3] || got[4] != want[4] {
			t.Errorf("fees %q", got)
		}
		if _, err := c.Quote(evening, o.ID, day("2010-01-01"), tariff.Normal, tariff.Facts{}); !errors.Is(err, activity.ErrNoGrid) {
			t.Errorf("before any grid: %v", err)
		}
		then := c.Replay([]tariff.Grid{{ActivityID: evening, Name: "Essai", Kind: tariff.Flat, Flat: 300, From: day("2027-09-01")}}, day("2026-12-01"))
		if before, after := c.Cents(evening, o.ID, day("2026-12-08"), tariff.Facts{Resident: true}), then.Cents(evening, o.ID, day("2026-12-08"), tariff.Facts{Resident: true}); before != money.Cents(85*all) || after != 300 {
			t.Errorf("%v, replayed %v", before, after)
		}
		if a.CESU != activity.AlwaysCESU || !a.CESUEligible(tariff.Care, day("2015-01-01"), day("2026-12-08")) || a.CESUEligible(tariff.Penalty, day("2015-01-01"), day("2026-12-08")) {
			t.Errorf("evening care and CESU: %q", a.CESU)
		}
		leisure, _ := c.Activity(w.Activity["MERCREDI"])
		if !leisure.CESUEligible(tariff.Care, day("2021-01-02"), day("2027-01-01")) || leisure.CESUEligible(tariff.Care, day("2021-01-01"), day("2027-01-01")) {
			t.Error("a leisure centre takes CESU until the sixth birthday")
		}
	})
}
