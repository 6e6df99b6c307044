package demo

import (
	"context"
	"strconv"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/money"
	"preau/internal/tariff"
)

// council is when the town council voted the prices of this school year: in June.
func (d *Demo) council() civil.Date { return civil.New(d.year.FirstDay.Year, 6, 12) }

// voted publishes the prices of this school year, as the council voted them in June, and says what a meal costs the town.
func (d *Demo) voted(ctx context.Context, tx *db.Tx) error {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return err
	}
	by := household.By{Actor: "job:demo", Name: "Conseil municipal"}
	for _, a := range c.Activities {
		for _, g := range c.Grids(a.ID) {
			if !g.From.Before(d.year.FirstDay) {
				continue
			}
			g.Name += " " + yearName(d.year.FirstDay)
			g.From, g.VotedOn = d.year.FirstDay, d.council()
			if _, err := activity.SaveGrid(ctx, tx, g); err != nil {
				return err
			}
		}
		if a.Kind == activity.Canteen {
			cost := money.Cents(840)
			if err := activity.SetPrices(ctx, tx, by, a.ID, activity.PriceSettings{CESU: activity.NeverCESU, CostPrice: &cost}); err != nil {
				return err
			}
		}
	}
	return nil
}

func yearName(first civil.Date) string {
	return strconv.Itoa(first.Year) + "-" + strconv.Itoa(first.Year+1)
}

// drafts: the direction thinks about the prices of next year: a canteen at a rate of the quotient, which the simulator can try.
func (s *story) drafts(ctx context.Context) error {
	return s.Town.DB.Write(ctx, func(tx *db.Tx) error {
		c, err := activity.Load(ctx, tx)
		if err != nil {
			return err
		}
		next := civil.New(s.year.FirstDay.Year+1, 9, 1)
		for _, a := range c.Activities {
			if a.Kind != activity.Canteen {
				continue
			}
			outside, own := money.Cents(700), money.Cents(130)
			_, err := activity.SaveDraft(ctx, tx, household.ByAgent(s.direction), tariff.Grid{ActivityID: a.ID, Name: "Restauration scolaire " + yearName(next) + " (projet)", Kind: tariff.Effort,
				From: next, Rate: 3600, Floor: 100, Ceiling: 520, NonResident: &outside,
				Terms: tariff.Terms{FoodPercent: 100_00, OwnMeal: &own, Ranks: []int64{0, 10_00}, Unbooked: []tariff.Step{{}, {After: 3, Change: tariff.Change{Percent: 50_00}}}}})
			if err != nil {
				return err
			}
		}
		return nil
	})
}
