package household

import (
	"slices"
	"time"

	"preau/internal/calendar"
	"preau/internal/civil"
)

// CustodyDay is who holds a child on one day, in the order of the hours.
type CustodyDay struct {
	Day   civil.Date
	Parts []CustodyPart // at least one; more when the child changes hands that day
}

// CustodyPart is a part of a day with one holder: it begins at From and lasts until the next part, or the end of the day.
type CustodyPart struct {
	From   civil.TimeOfDay
	Holder Holder
}

// Days tells who holds the child on each day of a range, cut where the child changes hands. It says what Holder says at every
// instant: these can only change at midnight, at a changeover, at noon for the halves of holidays, and where dates start or end.
func (c Custody) Days(span civil.Range, loc *time.Location, cal *calendar.Calendar) []CustodyDay {
	var times []civil.TimeOfDay
	for _, r := range c.Rules {
		times = append(times, r.Time)
	}
	out := make([]CustodyDay, 0, span.Len())
	for day := range span.Days() {
		cuts := append(slices.Clone(times), 0, civil.Clock(12, 0))
		for _, d := range c.Dates {
			for _, i := range []civil.Instant{d.Starts, d.Ends} {
				if civil.DateOf(i, loc) == day {
					cuts = append(cuts, civil.TimeOf(i, loc))
				}
			}
		}
		slices.Sort(cuts)
		d := CustodyDay{Day: day}
		for _, at := range slices.Compact(cuts) {
			holder := c.Holder(civil.Wall(day, at, 0, loc), loc, cal)
			if n := len(d.Parts); n == 0 || d.Parts[n-1].Holder != holder {
				d.Parts = append(d.Parts, CustodyPart{at, holder})
			}
		}
		out = append(out, d)
	}
	return out
}

// WithRule is the plan once SetCustodyRule has written r: the rules of its household end the day before, or no longer count when
// they would begin on that day or later.
func (c Custody) WithRule(r CustodyRule) Custody {
	var rules []CustodyRule
	for _, k := range c.Rules {
		if k.HouseholdID == r.HouseholdID {
			if !k.From.Before(r.From) {
				continue
			}
			if k.To.IsZero() || !k.To.Before(r.From) {
				k.To = r.From.AddDays(-1)
			}
		}
		rules = append(rules, k)
	}
	c.Rules = append(rules, r)
	return c
}

// WithoutRule is the plan once EndCustodyRule has written that last is the last day of a rule.
func (c Custody) WithoutRule(ruleID string, last civil.Date) Custody {
	rules := slices.Clone(c.Rules)
	for i := range rules {
		if rules[i].ID == ruleID {
			rules[i].To = last
		}
	}
	c.Rules = slices.DeleteFunc(rules, func(r CustodyRule) bool { return !r.To.IsZero() && r.To.Before(r.From) })
	return c
}

// WithDates is the plan once AddCustodyDates, or DecideCustody when d.Decided, has written d.
func (c Custody) WithDates(d CustodyDates) Custody {
	c.Dates = append(slices.Clone(c.Dates), d)
	return c
}

// WithoutDates is the plan once EndCustodyDates has taken dates back.
func (c Custody) WithoutDates(datesID string) Custody {
	c.Dates = slices.DeleteFunc(slices.Clone(c.Dates), func(d CustodyDates) bool { return d.ID == datesID })
	return c
}
