package household

import (
	"slices"
	"time"

	"preau/internal/calendar"
	"preau/internal/civil"
)

// DayPart is from when in a day a household holds the child, until the next part or the end of the day.
type DayPart struct {
	From   civil.TimeOfDay
	Holder Holder
}

// Day says who holds the child through one day, part by part: a day of changeover has two.
func (c Custody) Day(day civil.Date, loc *time.Location, cal *calendar.Calendar) []DayPart {
	var parts []DayPart
	for _, at := range c.changes(day, loc) {
		h := c.Holder(civil.Wall(day, at, 0, loc), loc, cal)
		if n := len(parts); n == 0 || parts[n-1].Holder != h {
			parts = append(parts, DayPart{at, h})
		}
	}
	return parts
}

// changes lists the times of a day at which the child may change hands: changeovers, the noon that shares holidays, and where
// dates agreed or decided begin and end.
func (c Custody) changes(day civil.Date, loc *time.Location) []civil.TimeOfDay {
	times := []civil.TimeOfDay{0}
	for i := range c.Rules {
		times = append(times, c.Rules[i].Time)
		if c.Rules[i].Holidays != HolidaysAsWeeks {
			times = append(times, civil.Clock(12, 0))
		}
	}
	for i := range c.Dates {
		for _, at := range []civil.Instant{c.Dates[i].Starts, c.Dates[i].Ends} {
			if civil.DateOf(at, loc) == day {
				times = append(times, civil.TimeOf(at, loc))
			}
		}
	}
	slices.Sort(times)
	return slices.Compact(times)
}
