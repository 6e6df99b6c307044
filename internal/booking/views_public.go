package booking

import (
	"context"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
)

// PlacesLeft counts, for every day of a span on which an activity runs, the places of each option at each site where they are limited.
// Days, sites and options without a limit are not there. Group "" counts everyone; an age group has its line where it has its own limit.
func PlacesLeft(ctx context.Context, tx *db.Tx, c *activity.Catalogue, a *activity.Activity, span civil.Range) ([]Seat, error) {
	seats, err := db.All(ctx, tx, `SELECT site_id, option_id, day, age_group, booked FROM seats WHERE activity_id = $1 AND day >= $2 AND day <= $3`,
		func(r db.Scanner) (s Seat, err error) {
			s.Key.ActivityID = a.ID
			return s, r.Scan(&s.Key.SiteID, &s.Key.OptionID, &s.Key.Day, &s.Key.Group, &s.Booked)
		}, a.ID, span.From, span.To)
	if err != nil {
		return nil, err
	}
	booked := make(map[SeatKey]int64, len(seats))
	for _, s := range seats {
		booked[s.Key] = s.Booked
	}
	var out []Seat
	for day := range span.Days() {
		for _, site := range a.SiteIDs {
			if c.Service(a, site, day).Why != activity.Open {
				continue
			}
			for _, o := range a.LiveOptions() {
				for _, group := range []string{"", "maternelle", "elementaire"} {
					if places := c.Places(a.ID, site, o.ID, group, day); places != nil {
						key := SeatKey{a.ID, site, o.ID, day, group}
						limit := max(*places, booked[key])
						out = append(out, Seat{Key: key, Wanted: places, Places: &limit, Booked: booked[key]})
					}
				}
			}
		}
	}
	return out, nil
}

// ActivitiesOf lists the activities in which a household has a child enrolled, today or later.
func ActivitiesOf(ctx context.Context, tx *db.Tx, householdID string, today civil.Date) ([]string, error) {
	return db.All(ctx, tx, `SELECT DISTINCT e.activity_id FROM enrolments e JOIN household_children h ON h.child_id = e.child_id
		WHERE h.household_id = $1 AND e.to_day >= $2 AND e.to_day >= e.from_day`, db.Value[string], householdID, today)
}
