// Package civil holds the dates and hours of everyday life: a day, a month, an ISO week, a range of days, a time of day, and the
// instant at which a clock on the town's wall shows them. It never asks what time it is.
package civil

import (
	"cmp"
	"database/sql/driver"
	"fmt"
	"iter"
	"strings"
	"time"
)

// Date is a day of the Gregorian calendar, without hour or zone. The zero Date stands for "none" and is NULL in a database.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// New makes a date; months and days out of range are carried over, as time.Date does.
func New(year int, month time.Month, day int) Date {
	y, m, d := time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Date()
	return Date{y, m, d}
}

// Parse reads "2026-12-07"; nothing else, and no day that does not exist.
func Parse(s string) (Date, error) {
	if len(s) == len("2006-01-02") && s[4] == '-' && s[7] == '-' {
		year, ok1 := digits(s[:4])
		month, ok2 := digits(s[5:7])
		day, ok3 := digits(s[8:])
		d := Date{year, time.Month(month), day}
		if ok1 && ok2 && ok3 && d.exists() {
			return d, nil
		}
	}
	return Date{}, fmt.Errorf("civil: %q is not a date like 2026-12-07", s)
}

// ParseTyped reads a day as people and their spreadsheets write it: "2026-12-07", "07/12/2026" or "7/12/2026".
func ParseTyped(s string) (Date, error) {
	if parts := strings.Split(s, "/"); len(parts) == 3 {
		for i, p := range parts[:2] {
			if len(p) == 1 {
				parts[i] = "0" + p
			}
		}
		s = parts[2] + "-" + parts[1] + "-" + parts[0]
	}
	return Parse(s)
}

// MustParse is Parse for dates written in code; it panics on a mistake.
func MustParse(s string) Date {
	d, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

func digits(s string) (int, bool) {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, s != ""
}

func (d Date) exists() bool {
	return d.Year >= 1 && d.Month >= 1 && d.Month <= 12 && d.Day >= 1 && d.Day <= daysIn(d.Year, d.Month)
}

func daysIn(year int, m time.Month) int {
	switch m {
	case time.April, time.June, time.September, time.November:
		return 30
	case time.February:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// String is the wire form "2026-12-07"; the zero Date is "".
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return string(d.append(make([]byte, 0, 10)))
}

func (d Date) append(b []byte) []byte {
	b = append(b, byte('0'+d.Year/1000%10), byte('0'+d.Year/100%10), byte('0'+d.Year/10%10), byte('0'+d.Year%10), '-')
	b = append(b, byte('0'+d.Month/10), byte('0'+d.Month%10), '-')
	return append(b, byte('0'+d.Day/10), byte('0'+d.Day%10))
}

// IsZero tells whether there is no date.
func (d Date) IsZero() bool { return d == Date{} }

// Compare is negative when d is earlier than o, positive when later.
func (d Date) Compare(o Date) int {
	if c := cmp.Compare(d.Year, o.Year); c != 0 {
		return c
	}
	if c := cmp.Compare(d.Month, o.Month); c != 0 {
		return c
	}
	return cmp.Compare(d.Day, o.Day)
}

// Before tells whether d is earlier than o.
func (d Date) Before(o Date) bool { return d.Compare(o) < 0 }

// After tells whether d is later than o.
func (d Date) After(o Date) bool { return d.Compare(o) > 0 }

// number counts days since 1970-01-01 (Hinnant's days_from_civil).
func (d Date) number() int {
	y, m := d.Year, int(d.Month)
	if m <= 2 {
		y--
	}
	era := floorDiv(y, 400)
	yearOfEra := y - era*400
	dayOfYear := (153*((m+9)%12)+2)/5 + d.Day - 1
	return era*146097 + yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear - 719468
}

// fromNumber is the inverse of number (Hinnant's civil_from_days).
func fromNumber(n int) Date {
	n += 719468
	era := floorDiv(n, 146097)
	dayOfEra := n - era*146097
	yearOfEra := (dayOfEra - dayOfEra/1460 + dayOfEra/36524 - dayOfEra/146096) / 365
	dayOfYear := dayOfEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	shifted := (5*dayOfYear + 2) / 153
	year, month := yearOfEra+era*400, shifted+3
	if month > 12 {
		month -= 12
		year++
	}
	return Date{year, time.Month(month), dayOfYear - (153*shifted+2)/5 + 1}
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// AddDays is n days later, or earlier when n is negative.
func (d Date) AddDays(n int) Date {
	if day := d.Day + n; day >= 1 && day <= 28 { // stays in the month, whichever it is
		d.Day = day
		return d
	}
	return fromNumber(d.number() + n)
}

// AddMonths is the same day n months later, or the last day of that month when it is shorter.
func (d Date) AddMonths(n int) Date {
	months := d.Year*12 + int(d.Month) - 1 + n
	year := floorDiv(months, 12)
	month := time.Month(months-year*12) + 1
	return Date{year, month, min(d.Day, daysIn(year, month))}
}

// DaysSince counts the days from o to d; negative when d is earlier.
func (d Date) DaysSince(o Date) int { return d.number() - o.number() }

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday {
	n := (d.number() + int(time.Thursday)) % 7
	return time.Weekday((n + 7) % 7)
}

// Monday is the Monday of d's ISO week.
func (d Date) Monday() Date { return d.AddDays(-(int(d.Weekday()) + 6) % 7) }

// Age is the number of whole years lived on day d by someone born on the day birth: the birthday of 29 February is 1 March in common years.
func (d Date) Age(birth Date) int {
	years := d.Year - birth.Year
	if d.Month < birth.Month || d.Month == birth.Month && d.Day < birth.Day {
		years--
	}
	return years
}

// Value stores the wire form, and NULL for the zero Date.
func (d Date) Value() (driver.Value, error) {
	if d.IsZero() {
		return nil, nil
	}
	return d.String(), nil
}

// Scan reads a date column of either engine: text, or a time whose own calendar day is meant. NULL gives the zero Date.
func (d *Date) Scan(src any) (err error) {
	switch v := src.(type) {
	case nil:
		*d = Date{}
	case time.Time:
		*d = of(v)
	case string:
		*d, err = Parse(v)
	case []byte:
		*d, err = Parse(string(v))
	default:
		err = fmt.Errorf("civil: cannot read a date from %T", src)
	}
	return err
}

func of(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// MarshalText writes the wire form; the zero Date is empty.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (d *Date) UnmarshalText(text []byte) (err error) {
	*d = Date{}
	if len(text) > 0 {
		*d, err = Parse(string(text))
	}
	return err
}

// Range is a run of days, both ends included. It is empty when To is before From.
type Range struct{ From, To Date }

// Contains tells whether d is one of the days.
func (r Range) Contains(d Date) bool { return !d.Before(r.From) && !d.After(r.To) }

// Overlaps tells whether the two ranges share a day.
func (r Range) Overlaps(o Range) bool {
	return r.Len() > 0 && o.Len() > 0 && !r.To.Before(o.From) && !o.To.Before(r.From)
}

// Len counts the days.
func (r Range) Len() int { return max(0, r.To.DaysSince(r.From)+1) }

// Days goes through the days in order.
func (r Range) Days() iter.Seq[Date] {
	return func(yield func(Date) bool) {
		for d := r.From; !d.After(r.To); d = d.AddDays(1) {
			if !yield(d) {
				return
			}
		}
	}
}
