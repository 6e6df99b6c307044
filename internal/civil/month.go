package civil

import (
	"fmt"
	"strconv"
	"time"
)

// Month is a month of a year.
type Month struct {
	Year  int
	Month time.Month
}

// MonthOf is the month that holds d.
func MonthOf(d Date) Month { return Month{d.Year, d.Month} }

// ParseMonth reads "2026-12".
func ParseMonth(s string) (Month, error) {
	d, err := Parse(s + "-01")
	if err != nil {
		return Month{}, fmt.Errorf("civil: %q is not a month like 2026-12", s)
	}
	return MonthOf(d), nil
}

// String is the wire form "2026-12".
func (m Month) String() string { return string(m.First().append(nil)[:len("2006-01")]) }

// First is the first day.
func (m Month) First() Date { return Date{m.Year, m.Month, 1} }

// Last is the last day.
func (m Month) Last() Date { return Date{m.Year, m.Month, daysIn(m.Year, m.Month)} }

// Range is all its days.
func (m Month) Range() Range { return Range{m.First(), m.Last()} }

// Next is the month after.
func (m Month) Next() Month { return MonthOf(m.First().AddMonths(1)) }

// Prev is the month before.
func (m Month) Prev() Month { return MonthOf(m.First().AddMonths(-1)) }

// Before tells whether m is earlier than o.
func (m Month) Before(o Month) bool { return m.First().Before(o.First()) }

// ISOWeek is the ISO 8601 year and number of d's week: the week belongs to the year that holds its Thursday.
func (d Date) ISOWeek() (year, week int) {
	thursday := d.Monday().AddDays(3)
	return thursday.Year, thursday.DaysSince(Date{thursday.Year, time.January, 1})/7 + 1
}

// WeekString is the wire form of d's ISO week, "2026-W50".
func (d Date) WeekString() string {
	year, week := d.ISOWeek()
	return fmt.Sprintf("%04d-W%02d", year, week)
}

// ParseWeek reads "2026-W50" and gives the Monday of that week; a week 53 only in the years that have one.
func ParseWeek(s string) (Date, error) {
	if len(s) == len("2026-W50") && s[4:6] == "-W" {
		year, ok1 := digits(s[:4])
		week, ok2 := digits(s[6:])
		if ok1 && ok2 && year > 0 && week > 0 {
			monday := Date{year, time.January, 4}.Monday().AddDays((week - 1) * 7)
			if y, w := monday.ISOWeek(); y == year && w == week {
				return monday, nil
			}
		}
	}
	return Date{}, fmt.Errorf("civil: %s is not a week like 2026-W50", strconv.Quote(s))
}
