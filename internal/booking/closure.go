package booking

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"preau/internal/activity"
	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/job"
	"preau/internal/staff"
)

// SettleClosure is the kind of the job that frees the bookings of a closure (or brings them back when it was undone) and tells
// the families, in slices; its payload is a ClosurePayload.
const SettleClosure = "booking.settle-closure"

// TellClosure is the kind of the job that tells one household what a closure changed; its payload is a ClosureTold.
const TellClosure = "booking.tell-closure"

// ClosurePayload names the closure to settle.
type ClosurePayload struct {
	ClosureID string `json:"closure"`
	Undone    bool   `json:"undone"`
}

// ClosureTold names the bookings of one household that a closure freed or brought back.
type ClosureTold struct {
	ClosureID   string   `json:"closure"`
	HouseholdID string   `json:"household"`
	Undone      bool     `json:"undone"`
	Bookings    []string `json:"bookings"`
	Lost        []string `json:"lost,omitempty"` // undone, and yet not brought back: the enrolment ended, or the hours were taken meanwhile
}

// Affected is one group of bookings that a closure would free, or that its undoing would bring back.
type Affected struct {
	Activity *activity.Activity
	Site     *activity.Site
	Day      civil.Date
	Children int64
	Booked   int64 // confirmed ones, the others wait
}

// Reach is what a closure changes, shown before it is confirmed.
type Reach struct {
	Groups               []Affected
	Children, Households int64
	Bookings             int64
	Others               []activity.Closure // that close some of these days already
}

// closureScope finds the live bookings of a closure: its days, site and activity are $1 to $4. It walks through the pairs of an
// activity and a site, so that the index of sessions serves a closure of the whole town too, whatever the years of history.
const closureScope = ` FROM activities a CROSS JOIN sites s JOIN bookings b ON b.activity_id = a.id AND b.site_id = s.id
	WHERE ($3 = '' OR s.id = $3) AND ($4 = '' OR a.id = $4) AND b.day >= $1 AND b.day <= $2 AND b.state IN ('booked', 'pending', 'waiting', 'offered')`

// MayClose tells whether an agent may close what a closure covers, or open it again: an agent limited to some sites closes those
// and never the whole town.
func MayClose(who staff.Agent, k activity.Closure) bool {
	return who.May(staff.Closures, k.SiteID) && (k.SiteID != "" || len(who.Sites) == 0)
}

// Preview says who a closure would affect, before anything is written. Errors: fault.Invalid beside the field, as Close.
func Preview(ctx context.Context, tx *db.Tx, k activity.Closure) (Reach, error) {
	var reach Reach
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return reach, err
	}
	if err := checkClosure(c, k); err != nil {
		return reach, err
	}
	reach.Others = closuresMeeting(c, k)
	scope := []any{k.From, k.To, k.SiteID, k.ActivityID}
	reach.Groups, err = db.All(ctx, tx, `SELECT b.activity_id, b.site_id, b.day, count(DISTINCT b.child_id), count(*) FILTER (WHERE b.state = 'booked')`+
		closureScope+` GROUP BY b.activity_id, b.site_id, b.day`,
		func(s db.Scanner) (g Affected, err error) {
			var activityID, siteID string
			err = s.Scan(&activityID, &siteID, &g.Day, &g.Children, &g.Booked)
			g.Activity, _ = c.Activity(activityID)
			g.Site, _ = c.Site(siteID)
			return g, err
		}, scope...)
	if err != nil {
		return reach, err
	}
	sortGroups(reach.Groups)
	err = tx.QueryRow(ctx, `SELECT count(DISTINCT b.child_id), count(DISTINCT b.household_id), count(*)`+closureScope, scope...).
		Scan(&reach.Children, &reach.Households, &reach.Bookings)
	return reach, err
}

// sortGroups orders groups by day, then by activity as the town orders them, then by name of the site.
func sortGroups(groups []Affected) {
	slices.SortFunc(groups, func(a, b Affected) int {
		return cmp.Or(a.Day.Compare(b.Day), cmp.Compare(a.Activity.Position, b.Activity.Position), strings.Compare(a.Activity.ID, b.Activity.ID), compareNames(a.Site, b.Site))
	})
}

// checkClosure refuses a closure that says nothing: wrong dates, no reason, a place or an activity that is not there.
func checkClosure(c *activity.Catalogue, k activity.Closure) error {
	if err := k.Check(); err != nil {
		return err
	}
	if _, ok := c.Site(k.SiteID); k.SiteID != "" && !ok {
		return fault.Invalidf("etablissement", "Cet établissement n’existe pas.")
	}
	a, ok := c.Activity(k.ActivityID)
	switch {
	case k.ActivityID != "" && !ok:
		return fault.Invalidf("activite", "Cette activité n’existe pas.")
	case ok && k.SiteID != "" && !a.OfferedAt(k.SiteID):
		return fault.Invalidf("activite", "Cette activité n’a pas lieu dans cet établissement.")
	}
	return nil
}

// closuresMeeting lists the closures in force that close some of the same days for some of the same activities and sites.
func closuresMeeting(c *activity.Catalogue, k activity.Closure) []activity.Closure {
	var others []activity.Closure
	for _, o := range c.Closures() {
		sites := k.SiteID == "" || o.SiteID == "" || k.SiteID == o.SiteID
		activities := k.ActivityID == "" || o.ActivityID == "" || k.ActivityID == o.ActivityID
		if o.ID != k.ID && sites && activities && !o.From.After(k.To) && !o.To.Before(k.From) {
			others = append(others, o)
		}
	}
	return others
}

// Close closes days: at once in every rule; a job frees the bookings and tells the families. The same closure asked for twice by
// the same agent, by a double click or from two tabs, is written once. Errors: fault.Invalid, fault.Forbidden, fault.Conflict
// when these days are already closed by another.
func Close(ctx context.Context, tx *db.Tx, who staff.Agent, k activity.Closure) (activity.Closure, error) {
	if !MayClose(who, k) {
		return k, fault.Forbiddenf("Vous n’avez pas le droit de fermer ces jours.")
	}
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return k, err
	}
	if err := checkClosure(c, k); err != nil {
		return k, err
	}
	for _, o := range closuresMeeting(c, k) {
		if o.From != k.From || o.To != k.To || o.SiteID != k.SiteID || o.ActivityID != k.ActivityID {
			continue
		}
		if o.Reason == k.Reason && o.CreatedBy == who.Name {
			return o, nil
		}
		return o, fault.Conflictf("Ces jours sont déjà fermés : « %s », par %s.", o.Reason, o.CreatedBy)
	}
	return writeClosure(ctx, tx, who, k)
}

func writeClosure(ctx context.Context, tx *db.Tx, who staff.Agent, k activity.Closure) (activity.Closure, error) {
	k.CreatedBy = who.Name
	k, err := activity.AddClosure(ctx, tx, k)
	if err != nil {
		return k, err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "closure.create", Subject: "closure:" + k.ID,
		Detail: map[string]string{"from": k.From.String(), "to": k.To.String(), "site": k.SiteID, "activity": k.ActivityID, "reason": k.Reason}}); err != nil {
		return k, err
	}
	return k, job.Queue(ctx, tx, SettleClosure, ClosurePayload{ClosureID: k.ID})
}

// Reopen undoes a closure: at once in every rule; a job brings the bookings back and tells the families. Days up to keep, when it
// is given, stay closed by a closure of their own: what had no service is not billed because the rest is open again.
// Errors: fault.NotFound, fault.Conflict when it was already undone, fault.Forbidden.
func Reopen(ctx context.Context, tx *db.Tx, who staff.Agent, closureID string, keep civil.Date) error {
	k, err := activity.UndoClosure(ctx, tx, closureID, who.Name)
	if err != nil {
		return err
	}
	if !MayClose(who, k) {
		return fault.Forbiddenf("Vous n’avez pas le droit de rouvrir ces jours.")
	}
	detail := map[string]string{"from": k.From.String(), "to": k.To.String()}
	if !keep.IsZero() && !keep.Before(k.From) {
		kept := activity.Closure{SiteID: k.SiteID, ActivityID: k.ActivityID, From: k.From, To: keep, Reason: k.Reason}
		if keep.After(k.To) {
			kept.To = k.To
		}
		if kept, err = writeClosure(ctx, tx, who, kept); err != nil {
			return err
		}
		detail["kept"] = kept.ID
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "closure.undo", Subject: "closure:" + k.ID, Detail: detail}); err != nil {
		return err
	}
	return job.Queue(ctx, tx, SettleClosure, ClosurePayload{ClosureID: k.ID, Undone: true})
}
