package billing

import (
	"context"
	"slices"
	"strings"

	"preau/internal/attendance"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/tariff"
)

// changes are the reads that say whose earlier days may cost something else than they did: $1 is since when, $2 and $3 the days, the last
// one excluded. Each row is a household and the first day to look at again.
var changes = []string{
	// What was booked, cancelled, closed or given back.
	`SELECT household_id, min(day) FROM bookings WHERE since > $1 AND day >= $2 AND day < $3 GROUP BY household_id`,
	// Who came.
	`SELECT h.household_id, min(e.day) FROM attendance_entries e JOIN household_children h ON h.child_id = e.child_id
		WHERE e.received_at > $1 AND e.day >= $2 AND e.day < $3 GROUP BY h.household_id`,
	// What is excused, and what no longer is.
	`SELECT h.household_id, min(e.day) FROM excused_days e JOIN household_children h ON h.child_id = e.child_id
		WHERE (e.since > $1 OR e.ended_at > $1) AND e.day >= $2 AND e.day < $3 GROUP BY h.household_id`,
	// Events of the town that leave the bookings, declared or undone: all whom they may touch, whatever the school. The states are said
	// twice: the list is that of the partial index which finds the days of a site, word for word, or no engine uses it; only what was
	// booked changes its price.
	`SELECT b.household_id, min(b.day) FROM town_events e CROSS JOIN activities a CROSS JOIN sites s
		JOIN bookings b ON b.activity_id = a.id AND b.site_id = s.id AND b.day >= e.from_day AND b.day <= e.to_day
		WHERE e.made_at > $1 AND NOT e.closes AND e.to_day >= $2 AND e.from_day < $3
			AND (e.site_id IS NULL OR e.site_id = s.id) AND (e.activity_id IS NULL OR e.activity_id = a.id)
			AND b.state IN ('booked', 'pending', 'waiting', 'offered') AND b.state = 'booked' AND b.day >= $2 AND b.day < $3 GROUP BY b.household_id`,
	// Quotients that take effect in the past.
	`SELECT household_id, min(CASE WHEN effective_on < $2 THEN $2 ELSE effective_on END) FROM quotients WHERE known_at > $1 AND effective_on < $3 GROUP BY household_id`,
	// Exceptions and aids.
	`SELECT household_id, min(CASE WHEN from_day < $2 THEN $2 ELSE from_day END) FROM residence_exceptions
		WHERE (made_at > $1 OR ended_at > $1) AND from_day < $3 GROUP BY household_id`,
	`SELECT household_id, min(CASE WHEN from_day < $2 THEN $2 ELSE from_day END) FROM aids WHERE (made_at > $1 OR ended_at > $1) AND from_day < $3 GROUP BY household_id`,
	// Where they live, and the end of an aid or an exception: the journal knows when.
	`SELECT household_id, date(CAST($2 AS text)) FROM audit_entries WHERE at > $1 AND act IN ('household.residence', 'household.exception.end', 'aid.end') AND household_id IS NOT NULL
		AND date(CAST($2 AS text)) < date(CAST($3 AS text)) GROUP BY household_id`,
	// Enrolments, for the fees.
	`SELECT h.household_id, min(CASE WHEN e.from_day < $2 THEN $2 ELSE e.from_day END) FROM enrolments e JOIN household_children h ON h.child_id = e.child_id
		WHERE (e.created_at > $1 OR e.ended_at > $1) AND e.from_day < $3 GROUP BY h.household_id`,
	// Price lists published for days that are over: everybody.
	`SELECT h.id, p.day FROM households h CROSS JOIN (SELECT min(CASE WHEN from_day < $2 THEN $2 ELSE from_day END) AS day FROM price_grids
		WHERE (published_at > $1 OR withdrawn_at > $1) AND from_day < $3) p WHERE p.day IS NOT NULL`,
}

// waiting is whose days were not billed although they were due, by the runs of months that were issued since $1: they waited for a
// minimum, for another household's invoice, for a price. However long ago, they were never billed.
const waiting = `SELECT n.household_id, min(n.from_day) FROM run_notes n JOIN billing_runs r ON r.id = n.run_id
	WHERE r.household_id IS NULL AND r.state = 'issued' AND r.issued_at >= $1 AND n.kind IN ('carried', 'elsewhere', 'unpriced') AND n.from_day < $2 GROUP BY n.household_id`

// rechecksOf finds the households whose days before the run may cost something else than when the run of the latest month was gathered, and
// those that wait since then. Days are looked at from the first of their month, whose fees are dated so. A town's first run looks at its
// own month alone: what lies before was billed elsewhere.
func rechecksOf(ctx context.Context, tx *db.Tx, r *Run) ([]recheckRow, error) {
	corrects := r.ExamineFrom.Before(r.Period.From)
	if r.HouseholdID != "" {
		if !corrects {
			return nil, nil
		}
		return []recheckRow{{r.HouseholdID, r.ExamineFrom}}, nil
	}
	lasts, err := db.All(ctx, tx, `SELECT gathered_at FROM billing_runs WHERE household_id IS NULL AND state = 'issued' ORDER BY from_day DESC LIMIT 1`, db.Value[civil.Instant])
	if err != nil || len(lasts) == 0 {
		return nil, err
	}
	from := map[string]civil.Date{}
	read := func(query string, args ...any) error {
		_, err := db.All(ctx, tx, query, func(s db.Scanner) (struct{}, error) {
			var home string
			var day civil.Date
			err := s.Scan(&home, &day)
			day = civil.MonthOf(day).First()
			if known, ok := from[home]; err == nil && (!ok || day.Before(known)) {
				from[home] = day
			}
			return struct{}{}, err
		}, args...)
		return err
	}
	if corrects {
		for _, query := range changes {
			if err := read(query, lasts[0], r.ExamineFrom, r.Period.From); err != nil {
				return nil, err
			}
		}
	}
	if err := read(waiting, lasts[0], r.Period.From); err != nil {
		return nil, err
	}
	out := make([]recheckRow, 0, len(from))
	for home, day := range from {
		out = append(out, recheckRow{home, day})
	}
	slices.SortFunc(out, func(a, b recheckRow) int { return strings.Compare(a.Household, b.Household) })
	return out, nil
}

// examineFrom is the first day that a run may correct: so many months before its own, and none before the first run of the town.
func examineFrom(ctx context.Context, tx *db.Tx, from civil.Date, months int) (civil.Date, error) {
	first, known, err := firstBilled(ctx, tx)
	if err != nil || !known || !first.Before(from) {
		return from, err
	}
	if back := from.AddMonths(-months); back.After(first) {
		return back, nil
	}
	return first, nil
}

// firstBilled is the first day of the earliest month that the town issued, if there is one.
func firstBilled(ctx context.Context, tx *db.Tx) (first civil.Date, known bool, err error) {
	list, err := db.All(ctx, tx, `SELECT from_day FROM billing_runs WHERE household_id IS NULL AND state = 'issued' ORDER BY from_day LIMIT 1`, db.Value[civil.Date])
	if err != nil || len(list) == 0 {
		return first, false, err
	}
	return list[0], true, nil
}

// counts knows how often a child came without booking, or was collected late, earlier in the school year: only where prices depend on it.
type counts struct {
	seen map[countKey][]civil.Date
}

type countKey struct {
	child, activity string
	late            bool
}

// newCounts prepares the counts of a household. They are read once, and only for households with something to count.
func newCounts(g *gatherer, home string, facts []attendance.Fact) (*counts, error) {
	c := &counts{}
	first := -1
	for i := range facts {
		if f := &facts[i]; (f.LatePickup || f.Outcome() == attendance.Unannounced) && g.catalogue.Counts(f.ActivityID) {
			first = i
			break
		}
	}
	if first < 0 {
		return c, nil
	}
	c.seen = map[countKey][]civil.Date{}
	year := tariff.SchoolYear(g.scope(home).From).From
	all, err := attendance.Facts(g.ctx, g.tx, []string{home}, civil.Range{From: year, To: g.run.Period.To})
	for i := range all {
		f := &all[i]
		if f.LatePickup {
			k := countKey{f.ChildID, f.ActivityID, true}
			c.seen[k] = append(c.seen[k], f.Day)
		}
		if f.Outcome() == attendance.Unannounced {
			k := countKey{f.ChildID, f.ActivityID, false}
			c.seen[k] = append(c.seen[k], f.Day)
		}
	}
	return c, err
}

// before says how many times each happened in the school year before a fact.
func (c *counts) before(f *attendance.Fact) (unbooked, late int64) {
	if c.seen == nil {
		return 0, 0
	}
	year := tariff.SchoolYear(f.Day)
	count := func(late bool) (n int64) {
		for _, d := range c.seen[countKey{f.ChildID, f.ActivityID, late}] {
			if year.Contains(d) && d.Before(f.Day) {
				n++
			}
		}
		return n
	}
	return count(false), count(true)
}
