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

// Kin is a child of a household with its school and what it may book.
type Kin struct {
	Child      household.Child
	Level      string         // class level this school year, "" when not known
	School     *activity.Site // nil when not known
	Enrolments []EnrolmentView
}

// KinOf lists the children of a household, eldest first, each with the enrolments that are not over, by activity.
func KinOf(ctx context.Context, tx *db.Tx, who household.Guardian, c *activity.Catalogue, today civil.Date) ([]Kin, error) {
	type row struct {
		kin  Kin
		view EnrolmentView
	}
	rows, err := db.All(ctx, tx, `SELECT c.id, c.reference, c.first_name, c.last_name, c.born_on, c.menu,
			(SELECT count(*) FROM household_children n WHERE n.child_id = c.id) > 1, coalesce(g.level, ''), coalesce(g.site_id, ''),
			coalesce(e.id, ''), coalesce(e.activity_id, ''), coalesce(e.site_id, ''), e.from_day, e.to_day, coalesce(e.points, 0)
		FROM household_children h JOIN children c ON c.id = h.child_id
		LEFT JOIN schoolings g ON g.child_id = c.id AND g.school_year = $2
		LEFT JOIN enrolments e ON e.child_id = c.id AND e.to_day >= $3 AND e.to_day >= e.from_day
		WHERE h.household_id = $1 ORDER BY c.born_on, c.name_search, c.id, e.from_day, e.id`, func(s db.Scanner) (r row, err error) {
		k, e, school := &r.kin.Child, &r.view.Enrolment, ""
		err = s.Scan(&k.ID, &k.Reference, &k.FirstName, &k.LastName, &k.BornOn, &k.Menu, &k.Shared, &r.kin.Level, &school,
			&e.ID, &e.ActivityID, &e.SiteID, &e.Period.From, &e.Period.To, &e.Points)
		e.ChildID, r.view.Child = k.ID, *k
		r.kin.School, _ = c.Site(school)
		r.view.Activity, _ = c.Activity(e.ActivityID)
		r.view.Site, _ = c.Site(e.SiteID)
		return r, err
	}, who.HouseholdID, yearLabel(c, today), today)
	var list []Kin
	for _, r := range rows {
		if n := len(list); n == 0 || list[n-1].Child.ID != r.kin.Child.ID {
			list = append(list, r.kin)
		}
		if r.view.Enrolment.ID != "" {
			k := &list[len(list)-1]
			k.Enrolments = append(k.Enrolments, r.view)
		}
	}
	for _, k := range list {
		slices.SortStableFunc(k.Enrolments, func(a, b EnrolmentView) int { return int(a.Activity.Position - b.Activity.Position) })
	}
	return list, err
}

const planFrom = ` FROM bookings b JOIN children c ON c.id = b.child_id
	JOIN household_children h ON h.child_id = b.child_id AND h.household_id = b.household_id`

// PlanLines is Planning with the catalogue already read.
func PlanLines(ctx context.Context, tx *db.Tx, who household.Guardian, c *activity.Catalogue, span civil.Range, loc *time.Location) ([]PlanLine, error) {
	lines, err := db.All(ctx, tx, `SELECT `+lineColumns+`, c.first_name`+planFrom+`
		WHERE b.household_id = $1 AND b.day >= $2 AND b.day <= $3 AND b.state IN ('booked', 'pending', 'waiting', 'offered', 'closed')
		ORDER BY b.day, b.child_id, b.id`, func(s db.Scanner) (PlanLine, error) { return scanPlan(s, c) }, who.HouseholdID, span.From, span.To)
	return completed(lines, c, loc), err
}

// completed adds to each line why it is closed and until when it may be changed, and puts them in the order of the hours.
func completed(lines []PlanLine, c *activity.Catalogue, loc *time.Location) []PlanLine {
	for i := range lines {
		p := &lines[i]
		service := c.Service(p.Activity, p.SiteID, p.Day)
		if service.Why == activity.Closed {
			p.Closure = service.Name
		}
		p.Until = c.Terms(p.Activity, p.Option, p.Day, service.Block, false, loc).CancelUntil
	}
	slices.SortStableFunc(lines, func(a, b PlanLine) int {
		if n := a.Day.Compare(b.Day); n != 0 {
			return n
		}
		return int(a.Option.Starts) - int(b.Option.Starts)
	})
	return lines
}

// Wishes lists what a household still waits for from a day on: awaiting instruction, on a waiting list with its rank, offered.
func Wishes(ctx context.Context, tx *db.Tx, who household.Guardian, c *activity.Catalogue, from civil.Date, loc *time.Location) ([]PlanLine, error) {
	lines, err := db.All(ctx, tx, `SELECT `+lineColumns+`, c.first_name, CASE WHEN b.state = 'waiting' THEN (SELECT count(*) FROM bookings o
			WHERE o.activity_id = b.activity_id AND o.site_id = b.site_id AND o.option_id = b.option_id AND o.day = b.day AND o.state = 'waiting' AND `+before+`) ELSE 0 END`+
		planFrom+` JOIN activities a ON a.id = b.activity_id
		WHERE b.household_id = $1 AND b.day >= $2 AND b.state IN ('pending', 'waiting', 'offered') ORDER BY b.day, b.child_id, b.id`,
		func(s db.Scanner) (PlanLine, error) {
			var rank int64
			p, err := scanPlan(also{s, []any{&rank}}, c)
			p.Rank = rank
			return p, err
		}, who.HouseholdID, from)
	return completed(lines, c, loc), err
}

// also reads more columns after those that a scan function knows.
type also struct {
	row  db.Scanner
	more []any
}

// Scan reads a row into dest, and what follows into more.
func (s also) Scan(dest ...any) error { return s.row.Scan(append(dest, s.more...)...) }

// OfferCount is how many places are offered to a household and still to answer, for the menu.
func OfferCount(ctx context.Context, tx *db.Tx, who household.Guardian) (n int, err error) {
	err = tx.QueryRow(ctx, `SELECT count(*) FROM bookings b WHERE b.household_id = $1 AND b.state = 'offered' AND b.offered_until >= $2`,
		who.HouseholdID, tx.Now.Second()).Scan(&n)
	return n, err
}

// Answered is an offer that is over.
type Answered struct {
	PlanLine
	At      civil.Instant
	Became  State // of the booking right after the offer
	Expired bool  // nobody answered in time
}

// PastOffers lists the offers made to a household that ended since an instant, the latest first.
func PastOffers(ctx context.Context, tx *db.Tx, who household.Guardian, c *activity.Catalogue, since civil.Instant) ([]Answered, error) {
	return db.All(ctx, tx, `SELECT `+lineColumns+`, c.first_name, e.at, e.state, e.actor = $4`+planFrom+`
		JOIN booking_events p ON p.booking_id = b.id AND p.state = 'offered' JOIN booking_events e ON e.booking_id = p.booking_id AND e.seq = p.seq + 1
		WHERE b.household_id = $1 AND b.day >= $2 AND e.at >= $3 ORDER BY e.at DESC, b.id LIMIT 20`,
		func(s db.Scanner) (a Answered, err error) {
			a.PlanLine, err = scanPlan(also{s, []any{&a.At, &a.Became, &a.Expired}}, c)
			return a, err
		}, who.HouseholdID, civil.DateOf(since, time.UTC), since, actorOffer)
}

// FeedLines lists what a calendar program shows of a household's bookings over a span of days: those of Planning, and those
// cancelled or refused since an instant, so that the program takes them away.
func FeedLines(ctx context.Context, tx *db.Tx, who household.Guardian, span civil.Range, gone civil.Instant, loc *time.Location) ([]PlanLine, error) {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	lines, err := db.All(ctx, tx, `SELECT `+lineColumns+`, c.first_name`+planFrom+`
		WHERE b.household_id = $1 AND b.day >= $2 AND b.day <= $3
			AND (b.state IN ('booked', 'pending', 'waiting', 'offered', 'closed') OR b.since >= $4)
		ORDER BY b.day, b.id`, func(s db.Scanner) (PlanLine, error) { return scanPlan(s, c) }, who.HouseholdID, span.From, span.To, gone)
	return completed(lines, c, loc), err
}
