package calendar

import (
	"iter"
	"time"

	"preau/internal/civil"
)

// Plan says which days a rule is tried on.
type Plan struct {
	From   civil.Date
	Start  civil.TimeOfDay       // of the option, for rules in hours
	Serves func(civil.Date) bool // the days the activity runs; nil: the weekdays the rule may be meant for
}

// Given is the deadline of one day; zero when the rule gives none.
type Given struct {
	Day      civil.Date
	Deadline civil.Instant
}

// Preview is the deadlines of the next n days of the plan, within 400 days.
func (r Rule) Preview(c Context, p Plan, n int) []Given {
	list := make([]Given, 0, n)
	for s := range r.services(c, p) {
		if len(list) == n {
			break
		}
		at, err := r.Deadline(s, c)
		if err != nil {
			at = civil.Instant{}
		}
		list = append(list, Given{Day: s.Day, Deadline: at})
	}
	return list
}

// Check refuses a rule that gives no deadline in the 400 days after from.
func (r Rule) Check(c Context, from civil.Date) error {
	for s := range r.services(c, Plan{From: from}) {
		if _, err := r.Deadline(s, c); err == nil {
			return nil
		}
	}
	return refuse(r.String(), "La règle « %s » ne donne aucune date limite dans les 400 jours qui viennent.", r)
}

// CheckPlan refuses a rule that gives no deadline at all on the days of the plan, or none on one of them.
func (r Rule) CheckPlan(c Context, p Plan) error {
	for _, g := range r.Preview(c, p, countBack) {
		if g.Deadline.IsZero() {
			return refuse(r.String(), "La règle « %s » ne donne aucune date limite pour le %s.", r, g.Day.Long())
		}
	}
	return r.Check(c, p.From)
}

// services goes through the days of the plan, within 400 days.
func (r Rule) services(c Context, p Plan) iter.Seq[Service] {
	serves := p.Serves
	if serves == nil {
		serves = func(d civil.Date) bool { return r.meantFor(d, c) }
	}
	return func(yield func(Service) bool) {
		for i := range countBack {
			d := p.From.AddDays(i)
			if serves(d) && !yield(c.Calendar.Service(d, p.Start)) {
				return
			}
		}
	}
}

// meantFor tells whether, without knowing the activity, the rule may be meant for day d: a rule about blocks for the open days of
// holidays, a table for the weekdays it names, the others for the open days of term and of years not known yet.
func (r Rule) meantFor(d civil.Date, c Context) bool {
	block := c.Calendar.Day(d).Block != nil
	switch {
	case r.form == table:
		_, public := PublicHolidayName(d)
		return r.table[d.Weekday()].set && !block && !public
	case r.block || r.form == fixed:
		return block && openDay(d)
	}
	return !block && openDay(d) && d.Weekday() != time.Wednesday
}

// Service is an option that starts at start on day d, with the holiday block of d.
func (c *Calendar) Service(d civil.Date, start civil.TimeOfDay) Service {
	s := Service{Day: d, Start: start}
	if block := c.Day(d).Block; block != nil {
		days := block.Range()
		s.Block = &days
	}
	return s
}
