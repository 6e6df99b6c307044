package booking

import (
	"context"

	"preau/internal/activity"
	"preau/internal/db"
)

// What the town's closures do, kept with the requests so that a family's history misses nothing.
const (
	// Closed is the result of a closure: the booking is freed, and nothing is billed.
	Closed Result = "closed"
	// Reopened is the result of undoing it: the booking is there again.
	Reopened Result = "reopened"
)

// storeClosureActs keeps, for each household, what a closure or its undoing changed: results names the result of each booking
// that is to be told, by id.
func storeClosureActs(ctx context.Context, tx *db.Tx, k activity.Closure, lines []*Line, results map[string]Result) error {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return err
	}
	names, err := childNames(ctx, tx, lines)
	if err != nil {
		return err
	}
	by := k.CreatedBy
	if !k.UndoneAt.IsZero() {
		by = k.UndoneBy
	}
	acts := map[string]*Outcome{}
	var homes []string
	for _, l := range lines {
		result, told := results[l.ID]
		if !told {
			continue
		}
		o := acts[l.HouseholdID]
		if o == nil {
			o = &Outcome{SubmissionID: db.NewID(), EnrolmentID: l.EnrolmentID, Written: true, By: by, Agent: true, Reason: k.Reason}
			acts[l.HouseholdID] = o
			homes = append(homes, l.HouseholdID)
		}
		o.Decisions = append(o.Decisions, closureDecision(c, l, names[l.ChildID], result))
	}
	for _, home := range homes {
		if err := storeOutcome(ctx, tx, *acts[home], "job:closure", home); err != nil {
			return err
		}
	}
	return nil
}

func closureDecision(c *activity.Catalogue, l *Line, child string, result Result) Decision {
	d := Decision{Change: Change{EnrolmentID: l.EnrolmentID, Day: l.Day, Add: result == Reopened}, Verdict: Verdict{Result: result}, BookingID: l.ID,
		Child: child, ChildID: l.ChildID, ActivityID: l.ActivityID, Was: l.State}
	if a, ok := c.Activity(l.ActivityID); ok {
		d.Activity, d.Noun, d.Plural = a.Name, a.Noun, a.NounPlural
		if o, ok := a.OptionByID(l.OptionID); ok {
			d.Option, d.OptionName = o.Code, o.Name
		}
	}
	if s, ok := c.Site(l.SiteID); ok {
		d.Site = s.Name
	}
	return d
}

// childNames finds the first names of the children of bookings, by child.
func childNames(ctx context.Context, tx *db.Tx, lines []*Line) (map[string]string, error) {
	ids := make([]string, len(lines))
	for i, l := range lines {
		ids[i] = l.ChildID
	}
	type child struct{ id, name string }
	list, err := db.All(ctx, tx, `SELECT id, first_name FROM children WHERE id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))`,
		func(s db.Scanner) (k child, err error) { return k, s.Scan(&k.id, &k.name) }, db.JSON(ids))
	names := make(map[string]string, len(list))
	for _, k := range list {
		names[k.id] = k.name
	}
	return names, err
}
