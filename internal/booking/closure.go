package booking

import (
	"context"
	"time"

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
	Lost        []string `json:"lost,omitempty"` // undone, and yet not brought back: the day was taken otherwise meanwhile
}

// Affected is one group of bookings that a closure would free.
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
}

const closureScope = `b.day >= $1 AND b.day <= $2 AND ($3 = '' OR b.site_id = $3) AND ($4 = '' OR b.activity_id = $4) AND b.state IN ('booked', 'pending', 'waiting', 'offered')`

// Preview says who a closure would affect, before anything is written.
func Preview(ctx context.Context, tx *db.Tx, k activity.Closure) (Reach, error) {
	var reach Reach
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return reach, err
	}
	scope := []any{k.From, k.To, k.SiteID, k.ActivityID}
	reach.Groups, err = db.All(ctx, tx, `SELECT b.activity_id, b.site_id, b.day, count(DISTINCT b.child_id), count(*) FILTER (WHERE b.state = 'booked')
		FROM bookings b WHERE `+closureScope+` GROUP BY b.activity_id, b.site_id, b.day ORDER BY b.day, b.activity_id, b.site_id`,
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
	err = tx.QueryRow(ctx, `SELECT count(DISTINCT b.child_id), count(DISTINCT b.household_id), count(*) FROM bookings b WHERE `+closureScope, scope...).
		Scan(&reach.Children, &reach.Households, &reach.Bookings)
	return reach, err
}

// Close closes days: at once in every rule; a job frees the bookings and tells the families. Errors: fault.Invalid, fault.Forbidden.
func Close(ctx context.Context, tx *db.Tx, who staff.Agent, k activity.Closure) (activity.Closure, error) {
	if !who.May(staff.Closures, k.SiteID) {
		return k, fault.Forbiddenf("Vous n’avez pas le droit de fermer ces jours.")
	}
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

// Reopen undoes a closure: at once in every rule; a job brings the bookings back and tells the families.
// Errors: fault.NotFound, fault.Conflict, fault.Forbidden.
func Reopen(ctx context.Context, tx *db.Tx, who staff.Agent, closureID string) error {
	k, err := activity.UndoClosure(ctx, tx, closureID, who.Name)
	if err != nil {
		return err
	}
	if !who.May(staff.Closures, k.SiteID) {
		return fault.Forbiddenf("Vous n’avez pas le droit de rouvrir ces jours.")
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "closure.undo", Subject: "closure:" + k.ID,
		Detail: map[string]string{"from": k.From.String(), "to": k.To.String()}}); err != nil {
		return err
	}
	return job.Queue(ctx, tx, SettleClosure, ClosurePayload{ClosureID: k.ID, Undone: true})
}

// SliceSize is how many bookings one transaction settles at the least before it stops at the end of a household.
const SliceSize = 200

// SettleSlice settles one slice of a closure and tells whether more remain. It can be run again at any time: what is settled is
// no longer found. A closure undone before it was settled stops being applied.
func SettleSlice(ctx context.Context, tx *db.Tx, p ClosurePayload, loc *time.Location) (more bool, err error) {
	k, err := activity.ClosureByID(ctx, tx, p.ClosureID)
	if err != nil {
		return false, err
	}
	if !p.Undone && !k.UndoneAt.IsZero() {
		return false, activity.ClosureSettled(ctx, tx, k.ID, false)
	}
	var lines []Line
	if p.Undone {
		lines, err = db.All(ctx, tx, `SELECT `+lineColumns+` FROM bookings b WHERE b.closure_id = $1 AND b.state = 'closed' ORDER BY b.household_id, b.day, b.id LIMIT $2`,
			scanLine, k.ID, SliceSize)
	} else {
		lines, err = db.All(ctx, tx, `SELECT `+lineColumns+` FROM bookings b WHERE `+closureScope+` ORDER BY b.household_id, b.day, b.id LIMIT $5`,
			scanLine, k.From, k.To, k.SiteID, k.ActivityID, SliceSize)
	}
	if err != nil {
		return false, err
	}
	if len(lines) == 0 {
		return false, activity.ClosureSettled(ctx, tx, k.ID, p.Undone)
	}
	if p.Undone {
		err = restoreLines(ctx, tx, k, lines, loc)
	} else {
		err = closeLines(ctx, tx, k, lines)
	}
	return true, err
}

func closeLines(ctx context.Context, tx *db.Tx, k activity.Closure, lines []Line) error {
	changes := newBatch("job:closure", "")
	changes.closureID = k.ID
	told := newTold(k.ID, false)
	var all []*Line
	for i := range lines {
		all = append(all, &lines[i])
	}
	book, err := seatsFor(ctx, tx, all...)
	if err != nil {
		return err
	}
	for _, l := range all {
		changes.move(l, StateClosed)
		changes.reasons[l.ID] = k.Reason
		told.add(l)
		if l.State.TakesPlace() {
			book.release(l)
		}
	}
	if err := changes.write(ctx, tx); err != nil {
		return err
	}
	if err := book.flush(ctx, tx); err != nil {
		return err
	}
	return told.queue(ctx, tx)
}

// told groups what each household is told, one message a household and a slice.
type told struct {
	closureID string
	undone    bool
	homes     []string
	byHome    map[string]*ClosureTold
}

func newTold(closureID string, undone bool) *told {
	return &told{closureID: closureID, undone: undone, byHome: map[string]*ClosureTold{}}
}

func (t *told) of(l *Line) *ClosureTold {
	p := t.byHome[l.HouseholdID]
	if p == nil {
		p = &ClosureTold{ClosureID: t.closureID, HouseholdID: l.HouseholdID, Undone: t.undone}
		t.byHome[l.HouseholdID] = p
		t.homes = append(t.homes, l.HouseholdID)
	}
	return p
}

func (t *told) add(l *Line) { p := t.of(l); p.Bookings = append(p.Bookings, l.ID) }

func (t *told) lose(l *Line) { p := t.of(l); p.Lost = append(p.Lost, l.ID) }

func (t *told) queue(ctx context.Context, tx *db.Tx) error {
	for _, home := range t.homes {
		if err := job.Queue(ctx, tx, TellClosure, *t.byHome[home]); err != nil {
			return err
		}
	}
	return nil
}

// restoreLines brings bookings back to the state they had, places raised where they must be: nobody could book meanwhile. A day
// that another closure still closes, that lies outside the enrolment by now, or that the child has booked otherwise stays
// cancelled, and the family is told.
func restoreLines(ctx context.Context, tx *db.Tx, k activity.Closure, lines []Line, loc *time.Location) error {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return err
	}
	changes, told := newBatch("job:closure", ""), newTold(k.ID, true)
	var all []*Line
	for i := range lines {
		all = append(all, &lines[i])
	}
	before, err := statesBefore(ctx, tx, lines)
	if err != nil {
		return err
	}
	book, err := seatsFor(ctx, tx, all...)
	if err != nil {
		return err
	}
	for _, l := range all {
		ok, err := restorable(ctx, tx, c, l)
		if err != nil {
			return err
		}
		if !ok {
			changes.move(l, StateCancelled)
			told.lose(l)
			continue
		}
		state := before[l.ID]
		if state == StateOffered {
			state = StateWaiting
		}
		changes.move(l, state)
		told.add(l)
		if state.TakesPlace() {
			book.take(l)
		}
	}
	for _, l := range all {
		changes.reasons[l.ID] = "fermeture annulée"
	}
	if err := changes.write(ctx, tx); err != nil {
		return err
	}
	if err := book.flush(ctx, tx); err != nil {
		return err
	}
	return told.queue(ctx, tx)
}

// restorable tells whether a closed booking can come back.
func restorable(ctx context.Context, tx *db.Tx, c *activity.Catalogue, l *Line) (bool, error) {
	a, _ := c.Activity(l.ActivityID)
	if c.Service(a, l.SiteID, l.Day).Why != activity.Open {
		return false, nil
	}
	enrolled, err := db.Exists(ctx, tx, `SELECT 1 FROM enrolments WHERE id = $1 AND from_day <= $2 AND to_day >= $2`, l.EnrolmentID, l.Day)
	if err != nil || !enrolled {
		return false, err
	}
	taken, err := db.Exists(ctx, tx, `SELECT 1 FROM bookings WHERE child_id = $1 AND activity_id = $2 AND day = $3 AND state IN ('booked', 'pending', 'waiting', 'offered')`,
		l.ChildID, l.ActivityID, l.Day)
	return !taken, err
}

// statesBefore finds the state each booking had before the closure, from its events.
func statesBefore(ctx context.Context, tx *db.Tx, lines []Line) (map[string]State, error) {
	ids := make([]string, len(lines))
	for i := range lines {
		ids[i] = lines[i].ID
	}
	type state struct {
		id string
		s  State
	}
	list, err := db.All(ctx, tx, `SELECT e.booking_id, e.state FROM booking_events e JOIN bookings b ON b.id = e.booking_id AND e.seq = b.seq - 1
		WHERE b.id IN (SELECT value FROM json_each(CAST($1 AS text)))`,
		func(s db.Scanner) (v state, err error) { return v, s.Scan(&v.id, &v.s) }, db.JSON(ids))
	out := make(map[string]State, len(list))
	for _, v := range list {
		out[v.id] = v.s
	}
	return out, err
}
