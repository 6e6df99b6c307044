package civil

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// TimeOfDay is minutes since midnight, 0 to 1439.
type TimeOfDay int

// Clock makes a time of day from an hour and a minute.
func Clock(hour, minute int) TimeOfDay { return TimeOfDay(hour*60 + minute) }

// ParseTime reads "16:30", always with two digits and two digits.
func ParseTime(s string) (TimeOfDay, error) {
	if len(s) == len("16:30") && s[2] == ':' {
		hour, ok1 := digits(s[:2])
		minute, ok2 := digits(s[3:])
		if ok1 && ok2 && hour < 24 && minute < 60 {
			return Clock(hour, minute), nil
		}
	}
	return 0, fmt.Errorf("civil: %q is not a time of day like 16:30", s)
}

// Hour is 0 to 23.
func (t TimeOfDay) Hour() int { return int(t) / 60 }

// Minute is 0 to 59.
func (t TimeOfDay) Minute() int { return int(t) % 60 }

// String is the wire form "16:30".
func (t TimeOfDay) String() string { return fmt.Sprintf("%02d:%02d", t.Hour(), t.Minute()) }

// Value stores the wire form.
func (t TimeOfDay) Value() (driver.Value, error) { return t.String(), nil }

// Scan reads the wire form. There is no empty time of day: a column that may be NULL is scanned through sql.Null[TimeOfDay].
func (t *TimeOfDay) Scan(src any) (err error) {
	switch v := src.(type) {
	case string:
		*t, err = ParseTime(v)
	case []byte:
		*t, err = ParseTime(string(v))
	default:
		err = fmt.Errorf("civil: cannot read a time of day from %T", src)
	}
	return err
}

// MarshalText writes the wire form.
func (t TimeOfDay) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads the wire form.
func (t *TimeOfDay) UnmarshalText(text []byte) (err error) {
	*t, err = ParseTime(string(text))
	return err
}

// Instant is a moment, to the millisecond, in UTC: two equal instants are == equal. The zero Instant stands for "never" and is
// NULL in a database.
type Instant struct{ t time.Time }

const wire = "2006-01-02T15:04:05.000Z"

// At is the instant of t, its fraction of a millisecond cut off.
func At(t time.Time) Instant {
	if t.IsZero() {
		return Instant{}
	}
	return Instant{t.UTC().Truncate(time.Millisecond)}
}

// ParseInstant reads the wire form "2026-12-07T12:00:00.000Z", and the other spellings of RFC 3339.
func ParseInstant(s string) (Instant, error) {
	if i, ok := parseWire(s); ok {
		return i, nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return Instant{}, fmt.Errorf("civil: %q is not an instant like %s", s, wire)
	}
	return At(t), nil
}

// parseWire reads the wire form alone, which is what a database holds; false for anything else.
func parseWire(s string) (Instant, bool) {
	if len(s) != len(wire) || s[10] != 'T' || s[13] != ':' || s[16] != ':' || s[19] != '.' || s[23] != 'Z' {
		return Instant{}, false
	}
	d, err := Parse(s[:10])
	hour, ok1 := digits(s[11:13])
	minute, ok2 := digits(s[14:16])
	second, ok3 := digits(s[17:19])
	ms, ok4 := digits(s[20:23])
	if err != nil || !ok1 || !ok2 || !ok3 || !ok4 || hour > 23 || minute > 59 || second > 59 {
		return Instant{}, false
	}
	return Instant{time.Date(d.Year, d.Month, d.Day, hour, minute, second, ms*1e6, time.UTC)}, true
}

// Time is the same moment as a time.Time in UTC.
func (i Instant) Time() time.Time { return i.t }

// IsZero tells whether there is no instant.
func (i Instant) IsZero() bool { return i.t.IsZero() }

// Compare is negative when i is earlier than o, positive when later.
func (i Instant) Compare(o Instant) int { return i.t.Compare(o.t) }

// Before tells whether i is earlier than o.
func (i Instant) Before(o Instant) bool { return i.t.Before(o.t) }

// After tells whether i is later than o.
func (i Instant) After(o Instant) bool { return i.t.After(o.t) }

// Add is the instant after d has elapsed.
func (i Instant) Add(d time.Duration) Instant { return At(i.t.Add(d)) }

// Sub is the time elapsed from o to i.
func (i Instant) Sub(o Instant) time.Duration { return i.t.Sub(o.t) }

// Second is i with the fraction of its second cut off: what a deadline is compared with.
func (i Instant) Second() Instant {
	if i.IsZero() {
		return i
	}
	return Instant{i.t.Truncate(time.Second)}
}

// String is the wire form; the zero Instant is "".
func (i Instant) String() string {
	if i.IsZero() {
		return ""
	}
	year := i.t.Year()
	if year < 0 || year > 9999 {
		return i.t.Format(wire)
	}
	hour, minute, second := i.t.Clock()
	b := append(of(i.t).append(make([]byte, 0, len(wire))), 'T', byte('0'+hour/10), byte('0'+hour%10), ':', byte('0'+minute/10), byte('0'+minute%10),
		':', byte('0'+second/10), byte('0'+second%10), '.')
	ms := i.t.Nanosecond() / 1e6
	return string(append(b, byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10), 'Z'))
}

// Value stores the wire form, and NULL for the zero Instant.
func (i Instant) Value() (driver.Value, error) {
	if i.IsZero() {
		return nil, nil
	}
	return i.String(), nil
}

// Scan reads an instant column of either engine. NULL gives the zero Instant.
func (i *Instant) Scan(src any) (err error) {
	switch v := src.(type) {
	case nil:
		*i = Instant{}
	case time.Time:
		*i = At(v)
	case string:
		*i, err = ParseInstant(v)
	case []byte:
		*i, err = ParseInstant(string(v))
	default:
		err = fmt.Errorf("civil: cannot read an instant from %T", src)
	}
	return err
}

// MarshalText writes the wire form; the zero Instant is empty.
func (i Instant) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (i *Instant) UnmarshalText(text []byte) (err error) {
	*i = Instant{}
	if len(text) > 0 {
		*i, err = ParseInstant(string(text))
	}
	return err
}

// DateOf is the day it is in loc at instant i.
func DateOf(i Instant, loc *time.Location) Date { return of(i.t.In(loc)) }

// TimeOf is the time of day a clock in loc shows at instant i, its seconds left out.
func TimeOf(i Instant, loc *time.Location) TimeOfDay {
	hour, minute, _ := i.t.In(loc).Clock()
	return Clock(hour, minute)
}

// Local is the day and the time of day that a clock in loc shows at instant i, its seconds left out.
func Local(i Instant, loc *time.Location) (Date, TimeOfDay) {
	t := i.t.In(loc)
	hour, minute, _ := t.Clock()
	return of(t), Clock(hour, minute)
}

// Wall is the instant at which a clock in loc shows the day d, the time tod and sec seconds. A time the clock jumps over in
// spring is moved on by the length of the jump (02:30 becomes 03:30); one that it shows twice in autumn is the later.
func Wall(d Date, tod TimeOfDay, sec int, loc *time.Location) Instant {
	shown := time.Date(d.Year, d.Month, d.Day, tod.Hour(), tod.Minute(), sec, 0, time.UTC)
	before, after := offset(shown.Add(-24*time.Hour), loc), offset(shown.Add(24*time.Hour), loc)
	late := shown.Add(-after)
	if before == after || offset(late, loc) == after {
		return At(late)
	}
	// The clock has not changed yet when it shows this time, or jumps over it: both read with the offset before the change.
	return At(shown.Add(-before))
}

// offset is how far ahead of UTC the clocks of loc are at t.
func offset(t time.Time, loc *time.Location) time.Duration {
	_, seconds := t.In(loc).Zone()
	return time.Duration(seconds) * time.Second
}
