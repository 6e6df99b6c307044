package household_test

import (
	"testing"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/towntest"
)

func TestCustodyIsKept(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		f := makeFamily(tn)
		ctx := t.Context()
		holder := func(wall string) (got string) {
			tn.Read(func(tx *db.Tx) error {
				c, err := household.CustodyOf(ctx, tx, f.leo.ID)
				if err != nil {
					return err
				}
				switch h := c.Holder(at(wall), paris, zoneC); {
				case h.Contested:
					got = "?"
				case h.HouseholdID == f.claire.HouseholdID:
					got = "claire"
				case h.HouseholdID == f.karim.HouseholdID:
					got = "karim"
				}
				return nil
			})
			return got
		}
		expect := func(why, wall, want string) {
			t.Helper()
			if got := holder(wall); got != want {
				t.Errorf("%s: on %s %q, want %q", why, wall, got, want)
			}
		}
		expect("two households without a rule", "2026-12-14 12:00", "?")

		rule := karimsRule(household.CustodyRule{ChildID: f.leo.ID, HouseholdID: f.karim.HouseholdID})
		tn.Write(func(tx *db.Tx) (err error) { rule, err = household.SetCustodyRule(ctx, tx, agent, rule); return err })
		expect("Karim's even week", "2026-12-14 12:00", "karim")
		expect("Claire's odd week", "2026-12-21 12:00", "claire")

		next := rule
		next.Weeks, next.From = household.OddWeeks, civil.MustParse("2026-12-19")
		tn.Write(func(tx *db.Tx) (err error) { next, err = household.SetCustodyRule(ctx, tx, agent, next); return err })
		expect("the first rule until the second", "2026-12-14 12:00", "karim")
		expect("the second from its first day", "2026-12-21 12:00", "karim")

		tn.Write(func(tx *db.Tx) error {
			return household.EndCustodyRule(ctx, tx, agent, next.ID, civil.MustParse("2026-12-31"))
		})
		expect("no rule any more", "2027-01-05 12:00", "?")

		var days, decision household.CustodyDates
		tn.Write(func(tx *db.Tx) (err error) {
			days, err = household.AddCustodyDates(ctx, tx, agent, household.CustodyDates{ChildID: f.leo.ID, HouseholdID: f.claire.HouseholdID,
				Starts: at("2026-12-24 12:00"), Ends: at("2026-12-25 12:00")})
			if err != nil {
				return err
			}
			decision, err = household.DecideCustody(ctx, tx, agent, household.CustodyDates{ChildID: f.leo.ID, HouseholdID: f.karim.HouseholdID,
				Starts: at("2026-12-24 18:00"), Ends: at("2026-12-25 00:00"), Reason: "Accord des deux parents"})
			return err
		})
		expect("explicit dates", "2026-12-24 12:00", "claire")
		expect("the decision", "2026-12-24 20:00", "karim")
		tn.Write(func(tx *db.Tx) error { return household.EndCustodyDates(ctx, tx, agent, decision.ID) })
		expect("the decision taken back", "2026-12-24 20:00", "claire")
		tn.Write(func(tx *db.Tx) error { return household.EndCustodyDates(ctx, tx, agent, days.ID) })
		expect("the dates taken back", "2026-12-24 20:00", "karim")

		tn.Read(func(tx *db.Tx) error {
			plans, err := household.Custodies(ctx, tx, []string{f.leo.ID, f.antoine.ID, "nothing"})
			if err != nil || len(plans[f.antoine.ID].Households) != 1 || len(plans[f.leo.ID].Rules) != 2 || len(plans["nothing"].Households) != 0 {
				t.Errorf("custodies: %+v, %v", plans, err)
			}
			return nil
		})
	})
}
