package booking

import (
	"context"
	"errors"
	"strconv"
	"time"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/job"
)

// SliceSize is how many bookings one transaction settles before it stops, at the end of a household: a family is told once.
const SliceSize = 200

// SettleSlice settles one slice of a closure and tells whether more remain. It can be run again at any time: what is settled is
// no longer found. A closure undone before it was settled stops being applied; what it had freed comes back with its undoing.
func SettleSlice(ctx context.Context, tx *db.Tx, p ClosurePayload, loc *time.Location) (more bool, err error) {
	k, err := activity.ClosureByID(ctx, tx, p.ClosureID)
	switch {
	case err != nil:
		return false, err
	case p.Undone:
		return restoreSlice(ctx, tx, k, loc)
	case !k.UndoneAt.IsZero():
		return false, activity.ClosureSettled(ctx, tx, k.ID, false)
	}
	lines, err := slice(ctx, tx, closureScope, k.From, k.To, k.SiteID, k.ActivityID)
	if err != nil {
		return false, err
	}
	if len(lines) == 0 {
		return false, activity.ClosureSettled(ctx, tx, k.ID, false)
	}
	return true, closeLines(ctx, tx, k, lines)
}

// slice reads the next bookings of a scope, whole households only.
func slice(ctx context.Context, tx *db.Tx, scope string, args ...any) ([]*Line, error) {
	next, n := "$"+strconv.Itoa(len(args)+1), len(args)
	var last string
	err := tx.QueryRow(ctx, `SELECT b.household_id`+scope+` ORDER BY b.household_id LIMIT 1 OFFSET `+next, append(args[:n:n], int64(SliceSize-1))...).Scan(&last)
	if err != nil && !errors.Is(err, db.ErrNoRows) {
		return nil, err
	}
	list, err := db.All(ctx, tx, `SELECT `+lineColumns+scope+` AND (`+next+` = '' OR b.household_id <= `+next+`) ORDER BY b.household_id, b.day, b.id`,
		scanLine, append(args[:n:n], last)...)
	lines := make([]*Line, len(list))
	for i := range list {
		lines[i] = &list[i]
	}
	return lines, err
}

func closeLines(ctx context.Context, tx *db.Tx, k activity.Closure, lines []*Line) error {
	changes := newBatch("job:closure", "")
	changes.closureID = k.ID
	told := newTold(k.ID, false)
	book, err := seatsFor(ctx, tx, lines...)
	if err != nil {
		return err
	}
	results := make(map[string]Result, len(lines))
	for _, l := range lines {
		changes.move(l, StateClosed)
		changes.reasons[l.ID] = k.Reason
		told.add(l)
		results[l.ID] = Closed
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
	if err := storeClosureActs(ctx, tx, k, lines, results); err != nil {
		return err
	}
	return told.queue(ctx, tx)
}

// told groups what each household is told, one message a household.
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

const closedBy = ` FROM bookings b WHERE b.closure_id = $1 AND b.state = 'closed'`

// restoreSlice brings one slice of the bookings of an undone closure back; after the last one, what is still free goes to the
// waiting lists.
func restoreSlice(ctx context.Context, tx *db.Tx, k activity.Closure, loc *time.Location) (more bool, err error) {
	lines, err := slice(ctx, tx, closedBy, k.ID)
	if err != nil {
		return false, err
	}
	if len(lines) > 0 {
		return true, restoreLines(ctx, tx, k, lines)
	}
	queues, err := db.All(ctx, tx, `SELECT DISTINCT b.activity_id, b.site_id, b.option_id, b.day`+closureScope+` AND b.state = 'waiting' ORDER BY b.day, b.activity_id, b.site_id, b.option_id`,
		func(s db.Scanner) (key SeatKey, err error) {
			return key, s.Scan(&key.ActivityID, &key.SiteID, &key.OptionID, &key.Day)
		},
		k.From, k.To, k.SiteID, k.ActivityID)
	if err != nil {
		return false, err
	}
	for _, key := range queues {
		if err := Promote(ctx, tx, key, loc); err != nil {
			return false, err
		}
	}
	return false, activity.ClosureSettled(ctx, tx, k.ID, true)
}

// restoreLines brings bookings back to the state they had, raising the places where families booked some since the days are open
// again. One that another closure still closes passes to that closure, and nobody is told: nothing changed. One that lies outside
// its enrolment by now, or whose hours the child has booked otherwise, stays cancelled, and the family is told.
func restoreLines(ctx context.Context, tx *db.Tx, k activity.Closure, lines []*Line) error {
	f, err := fatesOf(ctx, tx, k, lines)
	if err != nil {
		return err
	}
	book, err := seatsFor(ctx, tx, lines...)
	if err != nil {
		return err
	}
	batches, told := map[string]*batch{"": newBatch("job:closure", "")}, newTold(k.ID, true)
	results := make(map[string]Result, len(lines))
	for _, l := range lines {
		fate := f[l.ID]
		changes := batches[fate.keeper.ID]
		if changes == nil {
			changes = newBatch("job:closure", "")
			changes.closureID = fate.keeper.ID
			batches[fate.keeper.ID] = changes
		}
		changes.reasons[l.ID] = "fermeture annulée"
		switch {
		case fate.keeper.ID != "":
			changes.reasons[l.ID] = fate.keeper.Reason
		case fate.state.Live():
			told.add(l)
			results[l.ID] = Reopened
		case !fate.rebooked:
			told.lose(l)
			results[l.ID] = Cancelled
		}
		changes.move(l, fate.state)
		if fate.state.TakesPlace() {
			book.take(l)
		}
	}
	for _, changes := range batches {
		if err := changes.write(ctx, tx); err != nil {
			return err
		}
	}
	if err := book.flush(ctx, tx); err != nil {
		return err
	}
	if err := storeClosureActs(ctx, tx, k, lines, results); err != nil {
		return err
	}
	return told.queue(ctx, tx)
}

// fate is what becomes of a closed booking when its closure is undone.
type fate struct {
	state    State            // what it becomes
	keeper   activity.Closure // the closure that still closes it; zero when none does
	rebooked bool             // lost because the family has booked the same again
}

// fatesOf decides what becomes of each closed booking of a closure, undone or about to be.
func fatesOf(ctx context.Context, tx *db.Tx, k activity.Closure, lines []*Line) (map[string]fate, error) {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(lines))
	for i, l := range lines {
		ids[i] = l.ID
	}
	before, err := statesBefore(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	lost, err := outsideEnrolment(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	rebooked, err := hoursTaken(ctx, tx, ids, lost)
	if err != nil {
		return nil, err
	}
	type slot struct {
		child, activity string
		day             civil.Date
	}
	back := map[slot]bool{}
	out := make(map[string]fate, len(lines))
	for _, l := range lines {
		a, _ := c.Activity(l.ActivityID)
		keeper, closed := stillClosed(c, k, l)
		why := c.Service(a, l.SiteID, l.Day).Why
		s := slot{l.ChildID, l.ActivityID, l.Day}
		switch {
		case closed:
			out[l.ID] = fate{state: StateClosed, keeper: keeper}
		case lost[l.ID] || back[s] || (why != activity.Open && why != activity.Closed):
			out[l.ID] = fate{state: StateCancelled, rebooked: rebooked[l.ID] || back[s]}
		case before[l.ID] == StateOffered:
			out[l.ID], back[s] = fate{state: StateWaiting}, true
		default:
			out[l.ID], back[s] = fate{state: before[l.ID]}, true
		}
	}
	return out, nil
}

// stillClosed finds another closure in force that closes the day of a booking.
func stillClosed(c *activity.Catalogue, k activity.Closure, l *Line) (activity.Closure, bool) {
	for _, o := range c.Closures() {
		if o.ID != k.ID && o.Covers(l.ActivityID, l.SiteID, l.Day) {
			return o, true
		}
	}
	return activity.Closure{}, false
}

const among = ` IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))`

// statesBefore finds the state each booking had before it was closed, from its events.
func statesBefore(ctx context.Context, tx *db.Tx, ids []string) (map[string]State, error) {
	out := make(map[string]State, len(ids))
	_, err := db.All(ctx, tx, `SELECT e.booking_id, e.state FROM booking_events e WHERE e.booking_id`+among+` AND e.state <> 'closed'
		AND e.seq = (SELECT max(x.seq) FROM booking_events x WHERE x.booking_id = e.booking_id AND x.state <> 'closed')`,
		func(s db.Scanner) (id string, err error) {
			var state State
			err = s.Scan(&id, &state)
			out[id] = state
			return id, err
		}, db.JSON(ids))
	return out, err
}

// outsideEnrolment finds the bookings whose enrolment no longer covers their day.
func outsideEnrolment(ctx context.Context, tx *db.Tx, ids []string) (map[string]bool, error) {
	list, err := db.All(ctx, tx, `SELECT b.id FROM bookings b JOIN enrolments e ON e.id = b.enrolment_id
		WHERE b.id`+among+` AND (e.from_day > b.day OR e.to_day < b.day)`, db.Value[string], db.JSON(ids))
	out := make(map[string]bool, len(list))
	for _, id := range list {
		out[id] = true
	}
	return out, err
}

// hoursTaken adds to lost the bookings whose child has since booked the same activity that day, or another at the same hours; of
// them, it returns those that were booked the same again.
func hoursTaken(ctx context.Context, tx *db.Tx, ids []string, lost map[string]bool) (map[string]bool, error) {
	rebooked := map[string]bool{}
	_, err := db.All(ctx, tx, `SELECT b.id, x.option_id = b.option_id FROM bookings b JOIN activity_options o ON o.id = b.option_id
		JOIN bookings x ON x.child_id = b.child_id AND x.day = b.day AND x.state IN ('booked', 'pending', 'waiting', 'offered')
		JOIN activity_options p ON p.id = x.option_id
		WHERE b.id`+among+` AND (x.activity_id = b.activity_id OR (p.starts < o.ends AND o.starts < p.ends))`,
		func(s db.Scanner) (id string, err error) {
			var again bool
			err = s.Scan(&id, &again)
			lost[id], rebooked[id] = true, rebooked[id] || again
			return id, err
		}, db.JSON(ids))
	return rebooked, err
}
