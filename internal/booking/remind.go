package booking

import (
	"context"
	"slices"
	"time"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
)

// remindAhead is how many days ahead the last moments to cancel are looked for, in days: the longest rule a town writes.
const remindAhead = 120

// dueDays lists what can be cancelled for the last time after an instant and until another: "activity option day" as one text
// each, in no order, and the first and last of the days.
func dueDays(c *activity.Catalogue, after, until civil.Instant, loc *time.Location) (keys []string, span civil.Range) {
	today := civil.DateOf(after, loc)
	for _, a := range c.Activities {
		for day := range (civil.Range{From: today, To: today.AddDays(remindAhead)}).Days() {
			if !a.RunsOnWeekday(day) {
				continue
			}
			service := c.Service(a, "", day)
			if service.Why != activity.Open {
				continue
			}
			for i := range a.Options {
				last := c.Terms(a, &a.Options[i], day, service.Block, false, loc).CancelUntil
				if !last.After(after) || last.After(until) {
					continue
				}
				keys = append(keys, a.ID+" "+a.Options[i].ID+" "+day.String())
				if span.From.IsZero() || day.Before(span.From) {
					span.From = day
				}
				if day.After(span.To) {
					span.To = day
				}
			}
		}
	}
	return keys, span
}

// DueHouseholds lists the households that booked something whose last moment to cancel comes after an instant and until another,
// and the span of those days.
func DueHouseholds(ctx context.Context, tx *db.Tx, after, until civil.Instant, loc *time.Location) ([]string, civil.Range, error) {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return nil, civil.Range{}, err
	}
	keys, span := dueDays(c, after, until, loc)
	if len(keys) == 0 {
		return nil, span, nil
	}
	ids, err := db.All(ctx, tx, `SELECT DISTINCT b.household_id FROM bookings b WHERE b.state = 'booked' AND b.day >= $1 AND b.day <= $2
		AND (b.activity_id || ' ' || b.option_id || ' ' || CAST(b.day AS text)) IN (SELECT CAST(value AS text) FROM json_each(CAST($3 AS text)))
		ORDER BY b.household_id`, db.Value[string], span.From, span.To, db.JSON(keys))
	return ids, span, err
}

// Due lists a household's bookings whose last moment to cancel comes after an instant and until another, the soonest first.
func Due(ctx context.Context, tx *db.Tx, householdID string, span civil.Range, after, until civil.Instant, loc *time.Location) ([]PlanLine, error) {
	lines, err := Planning(ctx, tx, household.Guardian{HouseholdID: householdID}, span, loc)
	lines = slices.DeleteFunc(lines, func(l PlanLine) bool {
		return l.State != StateBooked || l.Closure != "" || !l.Until.After(after) || l.Until.After(until)
	})
	slices.SortStableFunc(lines, func(a, b PlanLine) int { return a.Until.Compare(b.Until) })
	return lines, err
}

// Reminded writes that a household is told of a last moment, and reports whether it had not been: each is told once.
func Reminded(ctx context.Context, tx *db.Tx, householdID string, until civil.Instant) (fresh bool, err error) {
	n, err := tx.Exec(ctx, `INSERT INTO deadline_reminders (household_id, until, told_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, householdID, until, tx.Now)
	return n > 0, err
}

// ForgetReminders forgets the last moments that are over.
func ForgetReminders(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, `DELETE FROM deadline_reminders WHERE until < $1`, tx.Now.Add(-48*time.Hour))
	return err
}
