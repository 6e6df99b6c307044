package activity

import (
	"errors"

	"preau/internal/civil"
	"preau/internal/money"
	"preau/internal/tariff"
)

// CESU says whether the care of an activity may be paid with CESU.
type CESU string

const (
	NeverCESU  CESU = "never"
	AlwaysCESU CESU = "always"
	Under6CESU CESU = "under_6" // for a child who is not six yet on the day
)

// CESUEligible tells whether a part of the price of a day may be paid with CESU: care alone may, never food nor a penalty.
func (a *Activity) CESUEligible(part tariff.Attribute, bornOn, day civil.Date) bool {
	if part != tariff.Care {
		return false
	}
	return a.CESU == AlwaysCESU || a.CESU == Under6CESU && day.Age(bornOn) < 6
}

// ErrNoGrid is the answer for an activity without a price on a day: it is not free, nobody said what it costs.
var ErrNoGrid = errors.New("activity: no grid is in force")

// Grids lists the published price grids of an activity, oldest first.
func (c *Catalogue) Grids(activityID string) []tariff.Grid { return c.grids[activityID] }

// Replay is the catalogue as it would have been if these grids had been in force from a day on, whatever their own first day: for the
// simulator. Of each series only the last of them counts.
func (c *Catalogue) Replay(grids []tariff.Grid, from civil.Date) *Catalogue {
	k := c
	for _, g := range grids {
		g.From = from
		later := *k
		later.grids = make(map[string][]tariff.Grid, len(k.grids))
		for id, list := range k.grids {
			for i := range list {
				if !list[i].SameSeries(&g) || list[i].From.Before(from) {
					later.grids[id] = append(later.grids[id], list[i])
				}
			}
		}
		later.grids[g.ActivityID] = append(later.grids[g.ActivityID], g)
		k = &later
	}
	return k
}

// gridOf finds the grid that prices a day, and completes the facts: minutes of presence come from the hours pointed, within those of
// the option.
func (c *Catalogue) gridOf(activityID, optionID string, day civil.Date, f *tariff.Facts) *tariff.Grid {
	g := tariff.Find(c.grids[activityID], optionID, f.AgeGroup, tariff.PerDay, day)
	if g != nil && g.Per == tariff.PerHalfHour && f.Minutes == 0 {
		if a, ok := c.Activity(activityID); ok {
			if o, ok := a.OptionByID(optionID); ok {
				f.Minutes = o.minutes(f.Arrived, f.Left)
			}
		}
	}
	return g
}

// minutes of presence within the hours of the option; an hour that was not pointed is that of the option.
func (o *Option) minutes(arrived, left *civil.TimeOfDay) int64 {
	from, to := o.Starts, o.Ends
	if arrived != nil {
		from = min(max(from, *arrived), to)
	}
	if left != nil {
		to = max(from, min(to, *left))
	}
	return max(1, int64(to-from))
}

// Price is the normal price of an option on a day, before aids; false when no grid is in force.
func (c *Catalogue) Price(activityID, optionID string, day civil.Date, f tariff.Facts) (tariff.Price, bool) {
	g := c.gridOf(activityID, optionID, day, &f)
	if g == nil {
		return tariff.Price{}, false
	}
	return g.Price(f), true
}

// Cents is the price alone, 0 when no grid is in force.
func (c *Catalogue) Cents(activityID, optionID string, day civil.Date, f tariff.Facts) money.Cents {
	g := c.gridOf(activityID, optionID, day, &f)
	if g == nil {
		return 0
	}
	return g.Cents(f)
}

// Quote is what an occasion costs on a day, in parts. An activity that is only priced by the month or the year costs nothing a day: no
// parts, no error. ErrNoGrid when it has no price at all. A late pick-up is quoted by a second call, beside the first.
//
// A run that prices many days asks a Quoter, which remembers.
func (c *Catalogue) Quote(activityID, optionID string, day civil.Date, o tariff.Occasion, f tariff.Facts) ([]tariff.Part, error) {
	g := c.gridOf(activityID, optionID, day, &f)
	if g == nil {
		return nil, c.noGrid(activityID, f.AgeGroup, day)
	}
	return g.Quote(o, f), nil
}

// noGrid is nil when fees pay for the day.
func (c *Catalogue) noGrid(activityID, ageGroup string, day civil.Date) error {
	for _, per := range []tariff.Per{tariff.PerMonth, tariff.PerYear} {
		if tariff.Find(c.grids[activityID], "", ageGroup, per, day) != nil {
			return nil
		}
	}
	return ErrNoGrid
}

// Counts tells whether quotes of an activity depend on how often something happened before in the school year: only then do
// Facts.UnbookedBefore and LateBefore have to be counted.
func (c *Catalogue) Counts(activityID string) bool {
	for i := range c.grids[activityID] {
		if g := &c.grids[activityID][i]; len(g.Unbooked) > 1 || len(g.LatePickup) > 1 {
			return true
		}
	}
	return false
}

// Steps are what the grid in force on a day says of a presence without booking (tariff.Unbooked) or of a late pick-up (tariff.LatePickup), the
// first time first: none when it says nothing, or when no grid is in force. They are shared, and must not be changed.
func (c *Catalogue) Steps(activityID, optionID string, day civil.Date, o tariff.Occasion, f tariff.Facts) []tariff.Step {
	g := c.gridOf(activityID, optionID, day, &f)
	switch {
	case g != nil && o == tariff.Unbooked:
		return g.Unbooked
	case g != nil && o == tariff.LatePickup:
		return g.LatePickup
	}
	return nil
}

// Fee is a price of a month or a school year of enrolment.
type Fee struct {
	ActivityID string
	Per        tariff.Per  // PerMonth or PerYear
	Period     civil.Range // the month, or the school year
	// Key names the period, "2026-12" or "2026-2027": with the activity and the child it makes the source of the charge, so that no
	// period is charged twice, and a yearly fee is charged in the first month in which the child is enrolled.
	Key string

	catalogue *Catalogue
}

// Fees are the fees of an activity that are owed in a month: of the month itself, then of the school year it lies in. For each enrolment
// that meets Fee.Period, Quote gives the parts.
func (c *Catalogue) Fees(activityID string, month civil.Month) []Fee {
	var out []Fee
	year := tariff.SchoolYear(month.First())
	for _, f := range []Fee{
		{Per: tariff.PerMonth, Period: month.Range(), Key: month.String()},
		{Per: tariff.PerYear, Period: year, Key: year.From.String()[:4] + "-" + year.To.String()[:4]},
	} {
		for i := range c.grids[activityID] {
			if g := &c.grids[activityID][i]; g.Per == f.Per && !g.From.After(f.Period.To) {
				f.ActivityID, f.catalogue = activityID, c
				out = append(out, f)
				break
			}
		}
	}
	return out
}

// Quote is what a child enrolled during these days owes of the fee, with its facts as on the first day enrolled in the period. Nothing when
// the enrolment does not meet the period, or when no grid was in force on that day.
func (f *Fee) Quote(enrolled civil.Range, facts tariff.Facts) []tariff.Part {
	day := f.On(enrolled)
	if day.IsZero() {
		return nil
	}
	g := tariff.Find(f.catalogue.grids[f.ActivityID], "", facts.AgeGroup, f.Per, day)
	if g == nil {
		return nil
	}
	return g.Fee(facts, f.Period, enrolled)
}

// On is the day whose facts price the fee of a child enrolled during these days: the first in the period; zero when there is none.
func (f *Fee) On(enrolled civil.Range) civil.Date {
	if !f.Period.Overlaps(enrolled) {
		return civil.Date{}
	}
	if enrolled.From.Before(f.Period.From) {
		return f.Period.From
	}
	return enrolled.From
}

// Quoter quotes many days and remembers: days of one price are quoted once. It is not for several goroutines at once. The parts it
// gives are shared, and must not be changed.
type Quoter struct {
	c    *Catalogue
	memo map[quoteKey][]tariff.Part
}

// Quoter makes one on this catalogue.
func (c *Catalogue) Quoter() *Quoter { return &Quoter{c, make(map[quoteKey][]tariff.Part)} }

// quoteKey is all that a quote without aids depends on.
type quoteKey struct {
	grid                         *tariff.Grid
	occasion                     tariff.Occasion
	quotient, rank, halves       int64
	unbooked, late               int64
	resident, exception, ownMeal bool
}

// most is how many quotes are remembered: enough for the households of a slice, and memory stays flat however large the town.
const most = 20_000

// Quote is as Catalogue.Quote.
func (q *Quoter) Quote(activityID, optionID string, day civil.Date, o tariff.Occasion, f tariff.Facts) ([]tariff.Part, error) {
	g := q.c.gridOf(activityID, optionID, day, &f)
	if g == nil {
		return nil, q.c.noGrid(activityID, f.AgeGroup, day)
	}
	if len(f.Aids) > 0 {
		return g.Quote(o, f), nil
	}
	k := quoteKey{grid: g, occasion: o, quotient: -1, rank: f.Rank, halves: (f.Minutes + 29) / 30, resident: f.Resident, exception: f.Exception, ownMeal: f.OwnMeal}
	if f.Quotient != nil {
		k.quotient = *f.Quotient
	}
	switch o {
	case tariff.Unbooked:
		k.unbooked = f.UnbookedBefore
	case tariff.LatePickup:
		k.late = f.LateBefore
	}
	parts, known := q.memo[k]
	if !known {
		if len(q.memo) >= most {
			clear(q.memo)
		}
		parts = g.Quote(o, f)
		q.memo[k] = parts
	}
	return parts, nil
}
