package calendar

import (
	"errors"
	"time"

	"preau/internal/civil"
)

// ErrNoDeadline says that a rule gives no deadline for a service: a rule about holiday blocks on a day outside any, a weekday its
// table does not name, no open day to count. Nothing is accepted then.
var ErrNoDeadline = errors.New("calendar: the rule gives no deadline for this day")

// Rule is a deadline in the small language read by ParseRule. Rules are comparable; the zero Rule gives no deadline.
type Rule struct {
	form   form
	count  int        // before: how many units; week: how many weeks before
	unit   unit       // before
	block  bool       // before: counted from the reference day of the holiday block
	day    slot       // week
	table  [7]slot    // table: by weekday of the service
	date   civil.Date // fixed
	closes hour       // before, fixed
}

type form uint8

const (
	none form = iota
	before
	week
	table
	fixed
)

type unit uint8

const (
	hours unit = iota + 1
	days
	weeks
	openDays
	schoolDays
	clearDays
)

// slot is a weekday of a week counted back from the week of the service.
type slot struct {
	set    bool
	back   int
	day    time.Weekday
	closes hour
}

// hour is the time a day closes or opens at; when none is written, a deadline is the last second of the day.
type hour struct {
	set bool
	at  civil.TimeOfDay
}

func (h hour) last(d civil.Date, loc *time.Location) civil.Instant {
	if !h.set {
		return civil.Wall(d, civil.Clock(23, 59), 59, loc)
	}
	return civil.Wall(d, h.at, 0, loc)
}

// Service is one option on one day, as far as time goes.
type Service struct {
	Day   civil.Date
	Start civil.TimeOfDay
	Block *civil.Range // the school holidays that contain Day; nil in term
}

// Weekdays is a set of days of the week. The empty set stands for Monday, Tuesday, Thursday and Friday, the days of class where
// the school week has four days.
type Weekdays uint8

// On makes a set of days of the week.
func On(days ...time.Weekday) Weekdays {
	set := Weekdays(0)
	for _, d := range days {
		set |= 1 << d
	}
	return set
}

var fourDays = On(time.Monday, time.Tuesday, time.Thursday, time.Friday)

// Has tells whether day is in the set.
func (w Weekdays) Has(day time.Weekday) bool {
	if w == 0 {
		w = fourDays
	}
	return w&(1<<day) != 0
}

// Context is what rules are read in.
type Context struct {
	Loc      *time.Location        // the town's clocks
	Calendar *Calendar             // for school days
	Closed   func(civil.Date) bool // days the whole town is closed, not open days; nil: none
	Weekdays Weekdays              // the days class takes place, for school days
}

// countBack is the most days a rule reaches back: enough for every rule that Check accepts, and an end to every search.
const countBack = 400

// Deadline is the last second at which the service may still be changed. It is never after the start of the service.
// It returns ErrNoDeadline when the rule says nothing about this service.
func (r Rule) Deadline(s Service, c Context) (civil.Instant, error) {
	at, ok := r.instant(s, c)
	if !ok {
		return civil.Instant{}, ErrNoDeadline
	}
	if start := civil.Wall(s.Day, s.Start, 0, c.Loc); at.After(start) {
		return start, nil
	}
	return at, nil
}

// Accepts tells whether a decision taken at now meets the deadline: now is cut to the second, and the deadline is the last second
// accepted.
func Accepts(deadline, now civil.Instant) bool { return !now.Second().After(deadline) }

func (r *Rule) instant(s Service, c Context) (civil.Instant, bool) {
	switch r.form {
	case before:
		return r.before(s, c)
	case week:
		return r.day.instant(s.Day, c.Loc), true
	case table:
		row := r.table[s.Day.Weekday()]
		return row.instant(s.Day, c.Loc), row.set
	case fixed:
		return r.closes.last(r.date, c.Loc), r.fixes(s)
	}
	return civil.Instant{}, false
}

func (w slot) instant(service civil.Date, loc *time.Location) civil.Instant {
	day := service.Monday().AddDays(-7*w.back + (int(w.day)+6)%7)
	return w.closes.last(day, loc)
}

// fixes tells whether the fixed date is that of the service's block: the block begins on it or in the year after.
func (r *Rule) fixes(s Service) bool {
	if s.Block == nil {
		return false
	}
	ahead := reference(*s.Block).DaysSince(r.date)
	return ahead >= 0 && ahead < 366
}

func (r *Rule) before(s Service, c Context) (civil.Instant, bool) {
	from := s.Day
	if r.block {
		if s.Block == nil {
			return civil.Instant{}, false
		}
		from = reference(*s.Block)
	}
	if r.unit == hours {
		return hoursBefore(from, s.Start, r.count, c.Loc), true
	}
	day, ok := r.countDown(from, c)
	return r.closes.last(day, c.Loc), ok
}

// hoursBefore counts hours back from a time of day: whole days are days of the calendar, whatever the clocks did meanwhile; other
// hours are hours elapsed.
func hoursBefore(d civil.Date, start civil.TimeOfDay, n int, loc *time.Location) civil.Instant {
	if n%24 == 0 {
		return civil.Wall(d.AddDays(-n/24), start, 0, loc)
	}
	return civil.Wall(d, start, 0, loc).Add(-time.Duration(n) * time.Hour)
}

func (r *Rule) countDown(d civil.Date, c Context) (civil.Date, bool) {
	switch r.unit {
	case days:
		return d.AddDays(-r.count), true
	case weeks:
		return d.AddDays(-7 * r.count), true
	case clearDays: // the days that must lie whole between the two
		return d.AddDays(-r.count - 1), true
	}
	left, earliest := r.count, d.AddDays(-countBack)
	for left > 0 && d.After(earliest) {
		d = d.AddDays(-1)
		if r.counts(d, c) {
			left--
		}
	}
	return d, left == 0
}

// counts tells whether d is one of the days an open-day or school-day rule counts.
func (r *Rule) counts(d civil.Date, c Context) bool {
	if r.unit == schoolDays {
		return c.Weekdays.Has(d.Weekday()) && c.Calendar.Day(d).Kind == Class
	}
	return openDay(d) && (c.Closed == nil || !c.Closed(d))
}
