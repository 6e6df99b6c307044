package calendar

import (
	"strconv"
	"strings"

	"preau/internal/civil"
)

// Opening is the instant from which a service may be booked, in the small language read by ParseOpening. The zero Opening is
// always open. Openings are comparable.
type Opening struct {
	count int
	unit  unit // days or weeks; 0 for a date or none
	block bool
	date  civil.Date
	opens hour
}

// ParseOpening reads an opening. Spaces and capitals do not matter; without an hour the day opens at midnight.
//
//	(empty)            always open
//	2026-11-09@09:00   one instant for every day
//	6w@09:00           weeks, or days (10d@09:00), before the day
//	block-6w@09:00     the same before the first open day of its holiday block; before the day itself in term
//
// Errors are *SyntaxError.
func ParseOpening(text string) (Opening, error) {
	t := squeeze(text)
	if t == "" {
		return Opening{}, nil
	}
	body, opens, err := cutHour(text, t)
	if err != nil {
		return Opening{}, err
	}
	if date, err := civil.Parse(body); err == nil {
		return Opening{date: date, opens: opens}, nil
	}
	rest, block := strings.CutPrefix(body, "block-")
	o := Opening{block: block, opens: opens}
	if o.count, o.unit, err = parseCount(text, rest); err != nil || o.unit != days && o.unit != weeks {
		return Opening{}, refuse(text, "« %s » ne se lit pas : écrivez une date comme 2026-11-09@09:00, ou 6w@09:00, ou block-6w@09:00.", text)
	}
	return o, nil
}

// MustOpening is ParseOpening for openings written in code; it panics on a mistake.
func MustOpening(text string) Opening {
	o, err := ParseOpening(text)
	if err != nil {
		panic(err)
	}
	return o
}

// Opens is the first instant at which the service may be booked; false when it always may.
func (o Opening) Opens(s Service, c Context) (civil.Instant, bool) {
	day := o.date
	switch {
	case o == Opening{}:
		return civil.Instant{}, false
	case o.unit != 0:
		day = s.Day
		if o.block && s.Block != nil {
			day = reference(*s.Block)
		}
		n := o.count
		if o.unit == weeks {
			n *= 7
		}
		day = day.AddDays(-n)
	}
	return civil.Wall(day, o.opens.at, 0, c.Loc), true
}

// String is the opening as ParseOpening reads it, in its shortest spelling; empty when always open.
func (o Opening) String() string {
	switch {
	case o == Opening{}:
		return ""
	case o.unit == 0:
		return o.date.String() + o.opens.String()
	case o.block:
		return "block-" + strconv.Itoa(o.count) + o.unit.word() + o.opens.String()
	}
	return strconv.Itoa(o.count) + o.unit.word() + o.opens.String()
}

// French is the opening in words: "à partir du lundi 9 novembre 2026, 9 h", "à partir de 6 semaines avant les vacances, 9 h".
func (o Opening) French() string {
	at := ", " + o.opens.at.French()
	if !o.opens.set {
		at = ""
	}
	switch {
	case o == Opening{}:
		return "toujours ouvert"
	case o.unit == 0:
		return "à partir du " + o.date.Long() + at
	case o.block:
		return "à partir de " + o.unit.french(o.count) + " avant les vacances" + at
	}
	return "à partir de " + o.unit.french(o.count) + " avant" + at
}
