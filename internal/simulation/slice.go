package simulation

import (
	"context"
	"errors"
	"slices"

	"preau/internal/activity"
	"preau/internal/attendance"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/money"
	"preau/internal/tariff"
)

// atATime is how many households a slice prices.
const atATime = 100

// Slice is some households priced before and after, added to what came before them.
type Slice struct {
	Last bool // no household is left

	id, from, to string
	households   int64
	result       Result
}

// Next reads and prices the next slice of a simulation. It is for a read.
func Next(ctx context.Context, tx *db.Tx, id string) (*Slice, error) {
	s, err := ByID(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	out := &Slice{id: id, from: s.DoneTo, to: s.DoneTo, result: s.Result, Last: true}
	if !s.FinishedAt.IsZero() {
		return out, nil
	}
	homes, err := db.All(ctx, tx, `SELECT id FROM households WHERE id > $1 ORDER BY id LIMIT $2`, db.Value[string], s.DoneTo, int64(atATime))
	if err != nil || len(homes) == 0 {
		return out, err
	}
	out.to, out.households, out.Last = homes[len(homes)-1], int64(len(homes)), len(homes) < atATime
	r := &replay{ctx: ctx, tx: tx, s: &s, homes: homes, out: &out.result}
	return out, r.do()
}

// replay prices a slice twice.
type replay struct {
	ctx   context.Context
	tx    *db.Tx
	s     *Simulation
	homes []string
	out   *Result

	now, then  *activity.Catalogue
	before     *activity.Quoter
	after      *activity.Quoter
	standings  map[string]household.Standing
	aids       activity.Aids
	facts      []attendance.Fact
	enrolments map[string][]enrolled
}

// enrolled is a child in an activity that has a fee.
type enrolled struct {
	household, child, activity string
	group                      string // age group
	days                       civil.Range
}

func (r *replay) do() (err error) {
	if r.now, err = activity.Load(r.ctx, r.tx); err != nil {
		return err
	}
	r.then = r.now.Replay(r.s.Grids, r.s.Period.From)
	r.before, r.after = r.now.Quoter(), r.then.Quoter()
	if r.standings, err = household.StandingsOf(r.ctx, r.tx, r.homes); err != nil {
		return err
	}
	if r.aids, err = activity.AidsOf(r.ctx, r.tx, r.homes, r.s.Period); err != nil {
		return err
	}
	period := r.s.Period
	if r.counts() { // how often before, in the school year
		period.From = tariff.SchoolYear(period.From).From
	}
	if r.facts, err = attendance.Facts(r.ctx, r.tx, r.homes, period); err != nil {
		return err
	}
	if err = r.readEnrolments(); err != nil {
		return err
	}
	if r.out.Bands == nil {
		r.out.Bands, r.out.Changes, r.out.Activities = make([]Band, len(Edges)+1), make([]int64, len(Steps)+1), map[string]Sum{}
	}
	facts := r.facts
	for _, home := range r.homes {
		n := 0
		for n < len(facts) && facts[n].HouseholdID == home {
			n++
		}
		if err := r.household(home, facts[:n]); err != nil {
			return err
		}
		facts = facts[n:]
	}
	return nil
}

// counts tells whether some quote depends on how often something happened before.
func (r *replay) counts() bool {
	return slices.ContainsFunc(r.now.Activities, func(a *activity.Activity) bool { return r.now.Counts(a.ID) || r.then.Counts(a.ID) })
}

func (r *replay) readEnrolments() error {
	var with []string
	for _, a := range r.now.Activities {
		fee := func(g tariff.Grid) bool { return g.Per.Fee() }
		if slices.ContainsFunc(r.now.Grids(a.ID), fee) || slices.ContainsFunc(r.then.Grids(a.ID), fee) {
			with = append(with, a.ID)
		}
	}
	if len(with) == 0 {
		return nil
	}
	list, err := db.All(r.ctx, r.tx, `SELECT h.household_id, e.child_id, e.activity_id, min(e.from_day), max(e.to_day)
		FROM household_children h JOIN enrolments e ON e.child_id = h.child_id
		WHERE h.household_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text))) AND e.activity_id IN (SELECT CAST(value AS text) FROM json_each(CAST($2 AS text)))
			AND e.to_day >= $3 AND e.from_day <= $4 AND e.to_day >= e.from_day
			AND NOT EXISTS (SELECT 1 FROM household_children o WHERE o.child_id = h.child_id AND (o.since, o.household_id) < (h.since, h.household_id))
		GROUP BY h.household_id, e.child_id, e.activity_id ORDER BY h.household_id, e.child_id, e.activity_id`,
		func(s db.Scanner) (e enrolled, err error) {
			return e, s.Scan(&e.household, &e.child, &e.activity, &e.days.From, &e.days.To)
		}, db.JSON(r.homes), db.JSON(with), r.s.Period.From, r.s.Period.To)
	if err != nil {
		return err
	}
	children := make([]string, len(list))
	for i := range list {
		children[i] = list[i].child
	}
	schoolings, err := household.SchoolingsOf(r.ctx, r.tx, children)
	r.enrolments = map[string][]enrolled{}
	year := household.SchoolYearOf(tariff.SchoolYear(r.s.Period.From).From) // of the fees, as bills have it: August is still of the year before
	for _, e := range list {
		for _, s := range schoolings[e.child] {
			if s.SchoolYear == year {
				e.group = booking.AgeGroup(s.Level)
			}
		}
		r.enrolments[e.household] = append(r.enrolments[e.household], e)
	}
	return err
}

// bill is what one household pays before and after.
type bill struct {
	Sum
	some bool // something was priced
}

func (r *replay) household(home string, facts []attendance.Fact) error {
	var b bill
	standing := r.standings[home]
	type key struct {
		child, activity string
		year            int
	}
	unbooked, late := map[key]int64{}, map[key]int64{}
	for i := range facts {
		f := &facts[i]
		k := key{f.ChildID, f.ActivityID, tariff.SchoolYear(f.Day).From.Year}
		outcome := f.Outcome()
		if !f.Day.Before(r.s.Period.From) {
			q := f.PriceFacts(&standing, r.aids)
			q.UnbookedBefore, q.LateBefore = unbooked[k], late[k]
			if err := r.day(&b, f, outcome, q); err != nil {
				return err
			}
		}
		if outcome == attendance.Unannounced {
			unbooked[k]++
		}
		if f.LatePickup {
			late[k]++
		}
	}
	r.fees(&b, home, &standing)
	if b.some {
		r.count(home, &standing, b.Sum)
	}
	return nil
}

// day prices one fact twice.
func (r *replay) day(b *bill, f *attendance.Fact, outcome attendance.Outcome, q tariff.Facts) error {
	var asked []tariff.Occasion
	if o, due := outcome.Occasion(); due {
		asked = append(asked, o)
	}
	if f.LatePickup {
		asked = append(asked, tariff.LatePickup)
	}
	unpriced := false
	for _, o := range asked {
		before, err := r.before.Quote(f.ActivityID, f.OptionID, f.Day, o, q)
		if errors.Is(err, activity.ErrNoGrid) {
			unpriced = true
		} else if err != nil {
			return err
		}
		after, err := r.after.Quote(f.ActivityID, f.OptionID, f.Day, o, q)
		if err != nil && !errors.Is(err, activity.ErrNoGrid) {
			return err
		}
		r.add(b, f.ActivityID, before, after)
		if o != tariff.LatePickup && o != tariff.Absence {
			r.served(f.ActivityID, before, &r.out.AboveCost.Before, &r.out.OneEuro.Before)
			r.served(f.ActivityID, after, &r.out.AboveCost.After, &r.out.OneEuro.After)
		}
	}
	if unpriced { // once, however many things the day is charged for
		r.out.Unpriced++
	}
	return nil
}

func (r *replay) add(b *bill, activityID string, before, after []tariff.Part) {
	sum := Sum{tariff.Sum(before), tariff.Sum(after)}
	b.Before, b.After, b.some = b.Before+sum.Before, b.After+sum.After, b.some || len(before)+len(after) > 0
	of := r.out.Activities[activityID]
	r.out.Activities[activityID] = Sum{of.Before + sum.Before, of.After + sum.After}
}

// oneEuro is the price up to which the State helps to pay a meal.
const oneEuro = money.Cents(100)

// served counts a day whose price passes the cost price, or a meal at one euro at most.
func (r *replay) served(activityID string, parts []tariff.Part, above, cheap *int64) {
	a, ok := r.now.Activity(activityID)
	if !ok || len(parts) == 0 {
		return
	}
	var price money.Cents
	for i := range parts {
		if p := &parts[i]; p.Attribute == tariff.Care || p.Attribute == tariff.Food {
			price += p.Cents
		}
	}
	if a.AboveCost(price) {
		*above++
	}
	if a.Kind == activity.Canteen && price <= oneEuro {
		*cheap++
	}
}

// fees prices the months of enrolment in the period, and the school years whose first day enrolled lies in it.
func (r *replay) fees(b *bill, home string, standing *household.Standing) {
	for _, e := range r.enrolments[home] {
		for m := civil.MonthOf(r.s.Period.From); !m.First().After(r.s.Period.To); m = m.Next() {
			r.add(b, e.activity, r.feesOf(r.now, &e, m, standing), r.feesOf(r.then, &e, m, standing))
		}
	}
}

func (r *replay) feesOf(c *activity.Catalogue, e *enrolled, m civil.Month, standing *household.Standing) []tariff.Part {
	var out []tariff.Part
	for _, fee := range c.Fees(e.activity, m) {
		day := fee.On(e.days)
		if day.IsZero() || fee.Per == tariff.PerYear && civil.MonthOf(day) != m {
			continue
		}
		f := standing.PriceFacts(e.child, day)
		f.AgeGroup, f.Aids = e.group, r.aids.For(e.household, e.child, e.activity, day)
		out = append(out, fee.Quote(e.days, f)...)
	}
	return out
}

// count adds a household's bill to the figures of the town.
func (r *replay) count(home string, standing *household.Standing, sum Sum) {
	o := r.out
	o.Total.Before, o.Total.After, o.Households = o.Total.Before+sum.Before, o.Total.After+sum.After, o.Households+1
	var quotient *int64
	band := &o.Bands[len(Edges)]
	if q, ok := standing.QuotientOn(r.s.Period.To); ok {
		quotient = &q.Value
		at := 0
		for i, edge := range Edges {
			if q.Value >= edge {
				at = i
			}
		}
		band = &o.Bands[at]
	}
	band.Households++
	band.Before, band.After = band.Before+sum.Before, band.After+sum.After
	change := sum.After - sum.Before
	switch {
	case change > 0:
		o.More++
		band.More++
	case change < 0:
		o.Less++
		band.Less++
	}
	o.Changes[stepOf(change, r.s.Period)]++
	c := Case{Household: home, Quotient: quotient, Sum: sum}
	if change > 0 {
		o.Rises = keepCase(o.Rises, c, func(s Sum) money.Cents { return s.After - s.Before })
	} else if change < 0 {
		o.Falls = keepCase(o.Falls, c, func(s Sum) money.Cents { return s.Before - s.After })
	}
}

// stepOf is the step of Steps that a change belongs to, a month: 0 is below the first.
func stepOf(change money.Cents, period civil.Range) int {
	months := int64(max(1, (period.Len()+15)/30))
	monthly := money.RoundRate(int64(change), 1, months)
	if monthly == 0 && change != 0 { // less than a cent a month is still a change
		monthly = 1
		if change < 0 {
			monthly = -1
		}
	}
	at := 0
	for i, s := range Steps {
		if monthly >= s {
			at = i + 1
		}
	}
	return at
}

func keepCase(list []Case, c Case, size func(Sum) money.Cents) []Case {
	list = append(list, c)
	slices.SortStableFunc(list, func(a, b Case) int {
		switch d := size(b.Sum) - size(a.Sum); {
		case d < 0:
			return -1
		case d > 0:
			return 1
		}
		return 0
	})
	return list[:min(len(list), casesKept)]
}
