package attendance

import (
	"context"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/staff"
)

func insertEvent(ctx context.Context, tx *db.Tx, e TownEvent, who staff.Agent) error {
	null := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	_, err := tx.Exec(ctx, `INSERT INTO town_events (id, kind, closes, site_id, activity_id, school_id, level, class_name, from_day, to_day, reason, closure_id, undoes_id,
		made_at, made_by, made_by_name) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		e.ID, string(e.Kind), e.Closes, null(e.SiteID), null(e.ActivityID), null(e.SchoolID), e.Level, e.ClassName, e.From, e.To, e.Reason, null(e.ClosureID), null(e.UndoesID),
		e.MadeAt, who.Actor(), who.Name)
	return err
}

// loadEvents reads events by a condition on e, by first day.
func loadEvents(ctx context.Context, tx *db.Tx, where string, args ...any) ([]TownEvent, error) {
	return db.All(ctx, tx, `SELECT e.id, e.kind, e.closes, coalesce(e.site_id, ''), coalesce(e.activity_id, ''), coalesce(e.school_id, ''), e.level, e.class_name,
			e.from_day, e.to_day, e.reason, coalesce(e.closure_id, ''), coalesce(e.undoes_id, ''), coalesce(u.id, ''), e.made_at, e.made_by_name, e.reached, e.told, e.finished_at
		FROM town_events e LEFT JOIN town_events u ON u.undoes_id = e.id WHERE `+where+` ORDER BY e.from_day, e.made_at, e.id`, func(s db.Scanner) (e TownEvent, err error) {
		err = s.Scan(&e.ID, &e.Kind, &e.Closes, &e.SiteID, &e.ActivityID, &e.SchoolID, &e.Level, &e.ClassName, &e.From, &e.To, &e.Reason, &e.ClosureID, &e.UndoesID,
			&e.UndoneID, &e.MadeAt, &e.MadeByName, &e.Reached, &e.Told, &e.FinishedAt)
		return e, err
	}, args...)
}

// EventByID finds an event; fault.NotFound.
func EventByID(ctx context.Context, tx *db.Tx, id string) (TownEvent, error) {
	list, err := loadEvents(ctx, tx, `e.id = $1`, id)
	if err != nil {
		return TownEvent{}, err
	}
	if len(list) == 0 {
		return TownEvent{}, fault.NotFoundf("Cet événement n’existe pas.")
	}
	return list[0], nil
}

// sameEvent finds an event in force that says the same.
func sameEvent(ctx context.Context, tx *db.Tx, e TownEvent) (TownEvent, bool, error) {
	list, err := loadEvents(ctx, tx, `e.undoes_id IS NULL AND u.id IS NULL AND e.kind = $1 AND e.closes = $2 AND coalesce(e.site_id, '') = $3 AND coalesce(e.activity_id, '') = $4
		AND coalesce(e.school_id, '') = $5 AND e.level = $6 AND e.class_name = $7 AND e.from_day = $8 AND e.to_day = $9 AND e.reason = $10`,
		string(e.Kind), e.Closes, e.SiteID, e.ActivityID, e.SchoolID, e.Level, e.ClassName, e.From, e.To, e.Reason)
	if err != nil || len(list) == 0 {
		return e, false, err
	}
	return list[0], true, nil
}

// eventsMeeting lists the other events in force over some of the same days, at the same place or everywhere.
func eventsMeeting(ctx context.Context, tx *db.Tx, e TownEvent) ([]TownEvent, error) {
	return loadEvents(ctx, tx, `e.undoes_id IS NULL AND u.id IS NULL AND e.id <> $1 AND e.to_day >= $2 AND e.from_day <= $3
		AND ($4 = '' OR e.site_id IS NULL OR e.site_id = $4) AND ($5 = '' OR e.activity_id IS NULL OR e.activity_id = $5)
		AND ($6 = '' OR e.school_id IS NULL OR e.school_id = $6)`, e.ID, e.From, e.To, e.SiteID, e.ActivityID, e.SchoolID)
}

// eventScope finds the bookings of an event that were confirmed, or that a closure ended: $1 to $8 are its days, site, activity, school, school
// year, level and class. It walks through the pairs of an activity and a site, as closures do, so that an index serves the whole town too.
const eventScope = ` FROM activities a CROSS JOIN sites s JOIN bookings b ON b.activity_id = a.id AND b.site_id = s.id
	WHERE ($3 = '' OR s.id = $3) AND ($4 = '' OR a.id = $4) AND b.day >= $1 AND b.day <= $2 AND b.state IN ('booked', 'closed')
		AND ($5 = '' OR EXISTS (SELECT 1 FROM schoolings g WHERE g.child_id = b.child_id AND g.school_year = $6 AND g.site_id = $5
			AND ($7 = '' OR g.level = $7) AND ($8 = '' OR g.class_name = $8)))`

// under are the arguments of eventScope.
func (e *TownEvent) under() []any {
	return []any{e.From, e.To, e.SiteID, e.ActivityID, e.SchoolID, household.SchoolYearOf(e.From), e.Level, e.ClassName}
}

// householdsUnder lists the households with bookings under an event.
func householdsUnder(ctx context.Context, tx *db.Tx, e TownEvent) ([]string, error) {
	return db.All(ctx, tx, `SELECT DISTINCT b.household_id`+eventScope+` ORDER BY b.household_id`, db.Value[string], e.under()...)
}

// underCount is how many children are booked under an event for one option.
type underCount struct {
	activity, site, option string
	day                    civil.Date
	children               int64
}

// countUnder counts the children booked under an event who did not come, by activity, site, day and option. A day that a closure ended counts
// once, unless it was asked for again.
func countUnder(ctx context.Context, tx *db.Tx, e TownEvent) ([]underCount, error) {
	return db.All(ctx, tx, `SELECT b.activity_id, b.site_id, b.option_id, b.day, count(DISTINCT b.child_id)`+eventScope+`
		AND NOT EXISTS (SELECT 1 FROM attendances t WHERE t.child_id = b.child_id AND t.activity_id = b.activity_id AND t.day = b.day AND t.came = 'present')
		AND (b.state = 'booked' OR NOT EXISTS (SELECT 1 FROM bookings o WHERE o.child_id = b.child_id AND o.activity_id = b.activity_id AND o.day = b.day
			AND o.state IN ('booked', 'pending', 'waiting', 'offered')))
		GROUP BY b.activity_id, b.site_id, b.day, b.option_id ORDER BY b.activity_id, b.site_id, b.day, b.option_id`, func(s db.Scanner) (n underCount, err error) {
		return n, s.Scan(&n.activity, &n.site, &n.option, &n.day, &n.children)
	}, e.under()...)
}

// factsUnder reads the facts that an event covers.
func factsUnder(ctx context.Context, tx *db.Tx, e TownEvent) ([]Fact, error) {
	homes, err := householdsUnder(ctx, tx, e)
	if err != nil || len(homes) == 0 {
		return nil, err
	}
	return factsOf(ctx, tx, e, homes)
}

func factsOf(ctx context.Context, tx *db.Tx, e TownEvent, homes []string) ([]Fact, error) {
	all, err := Facts(ctx, tx, homes, civil.Range{From: e.From, To: e.To})
	if err != nil {
		return nil, err
	}
	var schoolings map[string][]household.Schooling
	if e.ForSome() {
		var children []string
		for i := range all {
			children = append(children, all[i].ChildID)
		}
		if schoolings, err = household.SchoolingsOf(ctx, tx, children); err != nil {
			return nil, err
		}
	}
	in := InForce{schoolings: schoolings}
	kept := all[:0]
	for _, f := range all {
		if e.Covers(&f, in.schooling(f.ChildID, e.From)) {
			kept = append(kept, f)
		}
	}
	return kept, nil
}

// Classes lists the classes of a school in a year, for the form that declares an event.
func Classes(ctx context.Context, tx *db.Tx, schoolID string, day civil.Date) ([]string, error) {
	return db.All(ctx, tx, `SELECT DISTINCT class_name FROM schoolings WHERE site_id = $1 AND school_year = $2 AND class_name <> '' ORDER BY class_name`,
		db.Value[string], schoolID, household.SchoolYearOf(day))
}
