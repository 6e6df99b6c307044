package demo

import (
	"context"
	"strings"
	"time"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/calendar"
	"preau/internal/civil"
	"preau/internal/db"
)

// What happened in the last days: full Wednesdays with their waiting lists, workshops that an agent must accept, a closure, and
// a place offered until the day after tomorrow.

// wishes: Antoine waits for two Wednesdays that are full, and for two workshops that an agent decides.
func (s *story) wishes(ctx context.Context) error {
	for _, w := range []struct {
		code, site, option, weekday string
		after                       int
		full                        bool
	}{{"MERCREDI", "ILE", "APREM", "3", 5, true}, {"TAP", "ROSTAND", "ATELIER", "5", 6, false}} {
		days := s.next(w.code, w.weekday, w.after, 2)
		if len(days) == 0 {
			continue
		}
		if days[len(days)-1].After(s.horizon()) {
			days = days[:1] // nobody has booked so far ahead
		}
		for _, day := range days {
			if !w.full {
				break
			}
			if err := s.fill(ctx, w.code, w.site, w.option, day, 0); err != nil {
				return err
			}
		}
		if err := s.book(ctx, plan{s.claire, s.antoine, w.code, w.option, w.weekday, days[0], days[len(days)-1]}); err != nil {
			return err
		}
	}
	return nil
}

// offer gives the first Wednesday one more place, which is offered to who waits first.
func (s *story) offer(ctx context.Context) error {
	for _, day := range s.next("MERCREDI", "3", 5, 1) {
		if err := s.fill(ctx, "MERCREDI", "ILE", "APREM", day, 1); err != nil {
			return err
		}
	}
	return nil
}

// closures: no study on a day soon, which frees the children booked, and the bridge of the Ascension.
func (s *story) closures(ctx context.Context) error {
	study, _ := activityOf(s.catalogue, "ETUDE")
	for _, day := range s.next("ETUDE", "4", 1, 1) {
		if err := s.close(ctx, activity.Closure{ActivityID: study.ID, SiteID: siteID(s.catalogue, "ROSTAND"), From: day, To: day, Reason: "Réunion des enseignants"}); err != nil {
			return err
		}
	}
	if bridge, ok := s.bridge(); ok {
		return s.close(ctx, activity.Closure{From: bridge, To: bridge, Reason: "Pont de l’Ascension"})
	}
	return nil
}

func (s *story) close(ctx context.Context, k activity.Closure) error {
	return s.Town.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := booking.Close(ctx, tx, s.direction, k)
		return err
	})
}

// bridge is the Friday after Ascension Day, when there is class on it.
func (s *story) bridge() (civil.Date, bool) {
	for day := range (civil.Range{From: civil.New(s.year.LastDay.Year, time.May, 1), To: s.year.LastDay}).Days() {
		if name, ok := calendar.PublicHolidayName(day); ok && strings.Contains(name, "Ascension") {
			friday := day.AddDays(1)
			return friday, s.catalogue.Calendar.Day(friday).Kind == calendar.Class
		}
	}
	return civil.Date{}, false
}

// next gives the first n days of service of an activity on some weekdays, from so many days after the start on.
func (s *story) next(code, weekdays string, after, n int) []civil.Date {
	a, _ := activityOf(s.catalogue, code)
	var days []civil.Date
	for day := range (civil.Range{From: s.today().AddDays(after), To: s.year.LastDay}).Days() {
		if len(days) == n {
			break
		}
		if onWeekdays(weekdays, day) && s.catalogue.Service(a, "", day).Why == activity.Open {
			days = append(days, day)
		}
	}
	return days
}

func (s *story) key(code, site, option string, day civil.Date) booking.SeatKey {
	a, _ := activityOf(s.catalogue, code)
	o, _ := a.Option(option)
	return booking.SeatKey{ActivityID: a.ID, SiteID: siteID(s.catalogue, site), OptionID: o.ID, Day: day}
}

// fill sets the places of a day to what is booked, and some more.
func (s *story) fill(ctx context.Context, code, site, option string, day civil.Date, more int64) error {
	key := s.key(code, site, option, day)
	places := more
	err := s.Town.DB.Read(ctx, func(tx *db.Tx) error {
		sheet, err := booking.DaySheet(ctx, tx, key.ActivityID, key.SiteID, day)
		for _, o := range sheet.Options {
			if o.Option.ID == key.OptionID {
				places += o.Booked
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.capacity(ctx, key, &places, true)
}

// capacity sets the places of an option from a day on, or that day only; nil is no limit.
func (s *story) capacity(ctx context.Context, key booking.SeatKey, places *int64, only bool) error {
	k := activity.Capacity{ActivityID: key.ActivityID, SiteID: key.SiteID, OptionID: key.OptionID, From: key.Day, OnlyDay: only, Places: places}
	return s.Town.DB.Write(ctx, func(tx *db.Tx) error {
		if err := activity.SetCapacity(ctx, tx, k, s.direction.Actor()); err != nil {
			return err
		}
		return booking.ApplyCapacity(ctx, tx, k)
	})
}
