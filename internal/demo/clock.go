package demo

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"preau/internal/calendar"
	"preau/internal/civil"
)

// Clock is the town's clock in a demonstration: it runs like the machine's, as far from it as it was set.
type Clock struct {
	ahead atomic.Int64 // nanoseconds
	held  atomic.Int64 // when not zero, the instant it stands at, in nanoseconds since 1970: while the past is being made
}

// Now is what the clock shows.
func (c *Clock) Now() time.Time {
	if held := c.held.Load(); held != 0 {
		return time.Unix(0, held)
	}
	return time.Now().Add(time.Duration(c.ahead.Load()))
}

// Set makes the clock show an instant now, and run from there.
func (c *Clock) Set(i civil.Instant) {
	c.held.Store(0)
	c.ahead.Store(int64(time.Until(i.Time())))
}

// Move sets the clock forward, or back, from what it shows.
func (c *Clock) Move(d time.Duration) { c.ahead.Add(int64(d)) }

// Ahead is how far the clock is from the machine's.
func (c *Clock) Ahead() time.Duration { return time.Duration(c.ahead.Load()) }

// hold stops the clock at an instant, until Set.
func (c *Clock) hold(i civil.Instant) { c.held.Store(i.Time().UnixNano()) }

// ParseNow reads the wall time a demonstration starts at: "2026-12-01T10:00", with or without seconds, or a day alone, which then
// begins at ten.
func ParseNow(text string, loc *time.Location) (civil.Instant, error) {
	text = strings.TrimSpace(text)
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		t, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		day := civil.New(t.Year(), t.Month(), t.Day())
		if layout == "2006-01-02" {
			return civil.Wall(day, civil.Clock(10, 0), 0, loc), nil
		}
		return civil.Wall(day, civil.Clock(t.Hour(), t.Minute()), t.Second(), loc), nil
	}
	return civil.Instant{}, fmt.Errorf("%q is not a time like 2026-12-01T10:00", text)
}

// StartAt is where the clock of a demonstration starts when it is not told: now, when a school year covers it; else the first Tuesday
// of December of the last covered year, at ten.
func StartAt(now civil.Instant, c *calendar.Calendar, loc *time.Location) (start civil.Instant, moved bool) {
	today := civil.DateOf(now, loc)
	if yearOf(c, today) != nil {
		return now, false
	}
	first := civil.New(c.Years[len(c.Years)-1].FirstDay.Year, time.December, 1)
	tuesday := first.AddDays((int(time.Tuesday) - int(first.Weekday()) + 7) % 7)
	return civil.Wall(tuesday, civil.Clock(10, 0), 0, loc), true
}

// yearOf is the school year a day is in, or the one it is the summer before; nil when the calendar knows neither.
func yearOf(c *calendar.Calendar, d civil.Date) *calendar.SchoolYear {
	for i := range c.Years {
		y := &c.Years[i]
		if !d.Before(y.FirstDay) && !d.After(y.LastDay) {
			return y
		}
		if d.Before(y.FirstDay) && i > 0 && d.After(c.Years[i-1].LastDay) {
			return y
		}
	}
	return nil
}
