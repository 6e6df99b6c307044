package activity

import (
	"time"

	"preau/internal/calendar"
	"preau/internal/civil"
)

// Why says why a day has no service.
type Why string

const (
	Open          Why = ""
	NoWeekday     Why = "weekday"        // the activity never runs on this day of the week
	NoClass       Why = "school_holiday" // an activity of school days, in the holidays
	NoHoliday     Why = "class"          // an activity of the holidays, on a day of class
	PublicHoliday Why = "public_holiday"
	Closed        Why = "closed"
	UnknownDay    Why = "unknown" // after the last published calendar
)

// ServiceDay says whether an activity runs at a site on a day, and why not.
type ServiceDay struct {
	Why     Why
	Name    string       // of the holiday, the public holiday, or the reason of the closure
	Block   *civil.Range // the school holidays the day lies in
	Closure *Closure
}

// Service says whether an activity runs at a site on a day. A closure is told even when it is the only reason; the day of the
// week comes first, since it holds every week.
func (c *Catalogue) Service(a *Activity, siteID string, d civil.Date) ServiceDay {
	if !a.RunsOnWeekday(d) {
		return ServiceDay{Why: NoWeekday}
	}
	day := c.Calendar.Day(d)
	s := ServiceDay{Name: day.Name}
	if day.Block != nil {
		s.Block = &civil.Range{From: day.Block.From, To: day.Block.To}
	}
	switch {
	case day.Kind == calendar.Unknown:
		s.Why = UnknownDay
	case day.Kind == calendar.PublicHoliday:
		s.Why = PublicHoliday
	case a.RunsOn == "school" && s.Block != nil:
		s.Why, s.Name = NoClass, day.Block.Name
	case a.RunsOn == "holiday" && s.Block == nil:
		s.Why = NoHoliday
	}
	if s.Why != Open {
		return s
	}
	if k := c.closureOn(a.ID, siteID, d); k != nil {
		s.Why, s.Name, s.Closure = Closed, k.Reason, k
	}
	return s
}

// ClosureOn finds the closure in force that stops an activity at a site on a day; nil when none does.
func (c *Catalogue) ClosureOn(activityID, siteID string, d civil.Date) *Closure {
	return c.closureOn(activityID, siteID, d)
}

func (c *Catalogue) closureOn(activityID, siteID string, d civil.Date) *Closure {
	for _, k := range c.closuresByDay[d] {
		if k.Covers(activityID, siteID, d) {
			return k
		}
	}
	return nil
}

// TownClosed tells whether the whole town is closed on a day; such a day is not an open day for deadlines.
func (c *Catalogue) TownClosed(d civil.Date) bool {
	return c.closureOn("", "", d) != nil
}

// Terms are the instants that bound one option on one day.
type Terms struct {
	Starts, Ends civil.Instant
	Opens        civil.Instant // zero: always open
	AddUntil     civil.Instant // last second accepted; zero when the rule gives none, and then nothing is accepted
	CancelUntil  civil.Instant
}

// Terms computes the instants of one option of one day from the rules of the activity. block is the school holidays the day
// lies in; priority says that the household has the earlier opening.
func (c *Catalogue) Terms(a *Activity, o *Option, d civil.Date, block *civil.Range, priority bool, loc *time.Location) Terms {
	s := calendar.Service{Day: d, Start: o.Starts, Block: block}
	ctx := c.Context(loc)
	t := Terms{Starts: civil.Wall(d, o.Starts, 0, loc), Ends: civil.Wall(d, o.Ends, 0, loc)}
	if until, err := a.Add.Deadline(s, ctx); err == nil {
		t.AddUntil = until
	}
	if a.oneDeadline {
		t.CancelUntil = t.AddUntil
	} else if until, err := a.Cancel.Deadline(s, ctx); err == nil {
		t.CancelUntil = until
	}
	opening := a.Opening
	if priority && a.PriorityOpening.String() != "" {
		opening = a.PriorityOpening
	}
	if at, ok := opening.Opens(s, ctx); ok {
		t.Opens = at
	}
	return t
}

// Context is what deadlines are computed in: the town's zone, calendar and closures.
func (c *Catalogue) Context(loc *time.Location) calendar.Context {
	return calendar.Context{Loc: loc, Calendar: c.Calendar, Closed: c.TownClosed}
}
