// Package calendar says what kind of day a day is for a school of a zone, until when a day may be booked or cancelled, and from
// when it may be booked.
//
// School years come from the official files (ParseOfficialCSV, ParseOpenData), from the copy embedded here (Embedded), or from an
// agent's hand. A day outside the known years is Unknown: nothing is guessed. Public holidays are computed.
//
// Deadlines and openings are rules of an activity written in a small language (ParseRule, ParseOpening). They are facts about
// days: given a service and its context they give an instant, without asking what time it is.
package calendar

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"time"

	"preau/internal/civil"
)

// Kind is what a day is for schools.
type Kind int

// The kinds of day. Whether an activity runs on a Wednesday or a Saturday is for the activity to say: a Wednesday in term is Class.
const (
	Unknown       Kind = iota // no calendar covers the day
	Class                     // Monday to Friday in term
	Weekend                   // Saturday or Sunday in term
	SchoolHoliday             // inside a block of holidays, weekends included
	PublicHoliday             // a public holiday, in term or not
)

// Holiday is a run of days without class, both ends included.
type Holiday struct {
	Name     string
	From, To civil.Date
}

// Range is the days of the holiday.
func (h Holiday) Range() civil.Range { return civil.Range{From: h.From, To: h.To} }

// Reference is the day that rules about the block count from: its first Monday-to-Friday day that is not a public holiday. The
// Christmas block of Sat 19/12/2026 counts from Mon 21/12/2026.
func (h Holiday) Reference() civil.Date { return reference(h.Range()) }

func reference(block civil.Range) civil.Date {
	for d := block.From; !d.After(block.To); d = d.AddDays(1) {
		if openDay(d) {
			return d
		}
	}
	return block.From
}

// openDay tells whether d is a Monday to Friday that is not a public holiday.
func openDay(d civil.Date) bool {
	if w := d.Weekday(); w == time.Saturday || w == time.Sunday {
		return false
	}
	_, public := PublicHolidayName(d)
	return !public
}

// SchoolYear is one year of a zone.
type SchoolYear struct {
	Label     string     // "2026-2027"
	FirstDay  civil.Date // first day of class
	LastDay   civil.Date // last day of class
	Holidays  []Holiday  // between the two, in order; the summer is between two years, not here
	Source    string     // where it comes from, in French, for the page that shows it
	Confirmed bool       // false while it was typed by hand and the official file has not replaced it
}

// Check refuses a year that does not hold together; its reason is in French, for the agent who typed or imported it.
func (y SchoolYear) Check() error {
	switch {
	case y.FirstDay.IsZero() || y.LastDay.IsZero():
		return problem(y.Label, "le premier et le dernier jour de classe sont nécessaires")
	case y.Label != labelOf(y.FirstDay.Year):
		return problem(y.Label, "le premier jour de classe n’est pas dans cette année scolaire")
	case !y.FirstDay.Before(y.LastDay) || y.LastDay.DaysSince(y.FirstDay) > 366:
		return problem(y.Label, "le dernier jour de classe n’est pas dans l’année qui suit le premier")
	}
	after := y.FirstDay
	for _, h := range y.Holidays {
		switch {
		case h.Name == "":
			return problem(y.Label, "chaque période de vacances porte un nom")
		case h.To.Before(h.From):
			return problem(y.Label, fmt.Sprintf("« %s » finit avant de commencer", h.Name))
		case h.From.Before(after):
			return problem(y.Label, fmt.Sprintf("« %s » commence avant la rentrée ou pendant d’autres vacances", h.Name))
		case h.To.After(y.LastDay):
			return problem(y.Label, fmt.Sprintf("« %s » finit après le dernier jour de classe", h.Name))
		}
		after = h.To.AddDays(1)
	}
	return nil
}

func problem(label, reason string) error {
	return &SyntaxError{Text: label, Reason: fmt.Sprintf("Année scolaire %s : %s.", label, reason)}
}

func labelOf(firstYear int) string { return strconv.Itoa(firstYear) + "-" + strconv.Itoa(firstYear+1) }

// Calendar is the known school years of a zone, in order, none overlapping. The nil Calendar knows nothing.
type Calendar struct{ Years []SchoolYear }

// With is the calendar in which each given year replaces the one of the same label, or is added. Neither is changed.
func (c *Calendar) With(years ...SchoolYear) *Calendar {
	byLabel := map[string]SchoolYear{}
	if c != nil {
		for _, y := range c.Years {
			byLabel[y.Label] = y
		}
	}
	for _, y := range years {
		byLabel[y.Label] = y
	}
	merged := &Calendar{Years: make([]SchoolYear, 0, len(byLabel))}
	for _, y := range byLabel {
		merged.Years = append(merged.Years, y)
	}
	slices.SortFunc(merged.Years, func(a, b SchoolYear) int {
		return cmp.Or(a.FirstDay.Compare(b.FirstDay), cmp.Compare(a.Label, b.Label))
	})
	return merged
}

// Summer is the name of the holidays between two known years.
const Summer = "Vacances d'été"

// longestSummer is the most days between the last day of a year and the first of the next; with more, a year is missing.
const longestSummer = 100

// Day is what a day is for schools.
type Day struct {
	Kind  Kind
	Name  string   // of the public holiday, or of the holidays
	Block *Holiday // the holidays that contain the day, also when it is a public holiday
}

// Day says what kind of day d is. The days between two known years are summer holidays; after the last known day of class, and
// before the first, all is Unknown. A public holiday wins over class and holidays.
func (c *Calendar) Day(d civil.Date) Day {
	block, known := c.block(d)
	if !known {
		return Day{Kind: Unknown}
	}
	if name, ok := PublicHolidayName(d); ok {
		return Day{Kind: PublicHoliday, Name: name, Block: block}
	}
	if block != nil {
		return Day{Kind: SchoolHoliday, Name: block.Name, Block: block}
	}
	if w := d.Weekday(); w == time.Saturday || w == time.Sunday {
		return Day{Kind: Weekend}
	}
	return Day{Kind: Class}
}

// block finds the holidays that contain d, if any, and whether d is known at all.
func (c *Calendar) block(d civil.Date) (*Holiday, bool) {
	i := c.index(d)
	if i < 0 {
		return nil, false
	}
	year := &c.Years[i]
	if !d.After(year.LastDay) {
		for j := range year.Holidays {
			if h := &year.Holidays[j]; !d.Before(h.From) && !d.After(h.To) {
				return h, true
			}
		}
		return nil, true
	}
	summer, ok := c.summer(i)
	if !ok {
		return nil, false
	}
	return &summer, true
}

// index is the last year that has begun on day d, or -1.
func (c *Calendar) index(d civil.Date) int {
	if c == nil {
		return -1
	}
	return sort.Search(len(c.Years), func(i int) bool { return c.Years[i].FirstDay.After(d) }) - 1
}

// summer is the holidays after year i, when the year after is known.
func (c *Calendar) summer(i int) (Holiday, bool) {
	if i+1 >= len(c.Years) || c.Years[i+1].FirstDay.DaysSince(c.Years[i].LastDay) > longestSummer {
		return Holiday{}, false
	}
	return Holiday{Name: Summer, From: c.Years[i].LastDay.AddDays(1), To: c.Years[i+1].FirstDay.AddDays(-1)}, true
}

// Year is the school year whose days of class surround d, from its first to its last.
func (c *Calendar) Year(d civil.Date) (SchoolYear, bool) {
	if i := c.index(d); i >= 0 && !d.After(c.Years[i].LastDay) {
		return c.Years[i], true
	}
	return SchoolYear{}, false
}

// Blocks lists the holidays, summers included, that share a day with r.
func (c *Calendar) Blocks(r civil.Range) []Holiday {
	var list []Holiday
	if c == nil {
		return nil
	}
	for i, year := range c.Years {
		for _, h := range year.Holidays {
			if r.Overlaps(h.Range()) {
				list = append(list, h)
			}
		}
		if h, ok := c.summer(i); ok && r.Overlaps(h.Range()) {
			list = append(list, h)
		}
	}
	return list
}
