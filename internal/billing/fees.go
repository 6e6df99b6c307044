package billing

import (
	"slices"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/tariff"
)

// feeFact is a child enrolled in an activity that has a fee, with the household that pays it.
type feeFact struct {
	household, child, activity, site string
	enrolled                         civil.Range
	schoolings                       []household.Schooling
}

// readFees reads the enrolments in activities that have a fee. A child of two households is one the first of them pays for.
func (g *gatherer) readFees() error {
	var with []string
	for _, a := range g.catalogue.Activities {
		if slices.ContainsFunc(g.catalogue.Grids(a.ID), func(t tariff.Grid) bool { return t.Per.Fee() }) {
			with = append(with, a.ID)
		}
	}
	if len(with) == 0 {
		return nil
	}
	list, err := db.All(g.ctx, g.tx, `SELECT h.household_id, e.child_id, e.activity_id, e.site_id, min(e.from_day), max(e.to_day)
		FROM household_children h JOIN enrolments e ON e.child_id = h.child_id
		WHERE h.household_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text))) AND e.activity_id IN (SELECT CAST(value AS text) FROM json_each(CAST($2 AS text)))
			AND e.to_day >= $3 AND e.from_day <= $4 AND e.to_day >= e.from_day
			AND NOT EXISTS (SELECT 1 FROM household_children o WHERE o.child_id = h.child_id AND (o.since, o.household_id) < (h.since, h.household_id))
		GROUP BY h.household_id, e.child_id, e.activity_id, e.site_id ORDER BY h.household_id, e.child_id, e.activity_id, 5`,
		func(s db.Scanner) (f feeFact, err error) {
			return f, s.Scan(&f.household, &f.child, &f.activity, &f.site, &f.enrolled.From, &f.enrolled.To)
		}, db.JSON(g.homes), db.JSON(with), g.first, g.run.Period.To)
	if err != nil || len(list) == 0 {
		return err
	}
	for _, f := range list {
		if n := len(g.fees); n > 0 && g.fees[n-1].household == f.household && g.fees[n-1].child == f.child && g.fees[n-1].activity == f.activity {
			if g.fees[n-1].enrolled.To.Before(f.enrolled.To) {
				g.fees[n-1].enrolled.To = f.enrolled.To
			}
			continue
		}
		g.fees = append(g.fees, f)
	}
	return g.readClasses()
}

// readClasses reads in which class each child is, year by year.
func (g *gatherer) readClasses() error {
	ids := make([]string, len(g.fees))
	for i := range g.fees {
		ids[i] = g.fees[i].child
	}
	schoolings, err := household.SchoolingsOf(g.ctx, g.tx, ids)
	for i := range g.fees {
		g.fees[i].schoolings = schoolings[g.fees[i].child]
	}
	return err
}

// groupOn is the age group of the child on a day, from its class of that school year; "" when the class is unknown. The year is the one that the
// fee is for, which ends on 31 August, as bookings have it: in August a child is still of the class it leaves.
func (f *feeFact) groupOn(day civil.Date) string {
	year := household.SchoolYearOf(tariff.SchoolYear(day).From)
	for i := range f.schoolings {
		if f.schoolings[i].SchoolYear == year {
			return booking.AgeGroup(f.schoolings[i].Level)
		}
	}
	return ""
}

// priceFee quotes the fees of an enrolment for the months that are looked at, and for their school years.
func (g *gatherer) priceFee(s *household.Standing, f *feeFact) (out []owed) {
	scope := g.scope(f.household)
	for m := civil.MonthOf(scope.From); !m.First().After(scope.To); m = m.Next() {
		for _, fee := range g.catalogue.Fees(f.activity, m) {
			k := key{f.child, f.activity, fee.Period.From, FeeCharge}
			if fee.Per == tariff.PerYear {
				k.kind = YearFeeCharge
			} else if !scope.Contains(k.day) {
				continue
			}
			day := fee.On(f.enrolled)
			if day.IsZero() || day.After(scope.To) || has(out, &k) {
				continue
			}
			facts := s.PriceFacts(f.child, day)
			facts.AgeGroup, facts.Aids = f.groupOn(day), g.aids.For(f.household, f.child, f.activity, day)
			if parts := fee.Quote(f.enrolled, facts); len(parts) > 0 {
				out = append(out, owed{key: k, parts: parts})
			} else if civil.MonthOf(day) == m { // once for a school year, however many months are looked at
				g.note(f.household, NoteUnpriced, 0, day)
			}
		}
	}
	return out
}
