package booking

import (
	"context"
	"slices"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/staff"
)

// ClosureView is a closure with what it has done so far.
type ClosureView struct {
	activity.Closure
	Site       *activity.Site     // nil: every site
	Activity   *activity.Activity // nil: every activity
	Freed      int64              // bookings it keeps closed
	Households int64              // whose they are
	Left       int64              // bookings still to free or, undone, to bring back
	Settled    bool               // nothing is left to do, and every family was told
}

// Closures lists closures that touch the agent's sites, undone ones too, the latest first day first.
func Closures(ctx context.Context, tx *db.Tx, who staff.Agent, limit int) ([]ClosureView, error) {
	all, err := activity.AllClosures(ctx, tx, limit)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(k activity.Closure) bool { return k.SiteID != "" && !who.Covers(k.SiteID) })
	return closureViews(ctx, tx, all)
}

// ClosureOf finds a closure that touches the agent's sites; fault.NotFound.
func ClosureOf(ctx context.Context, tx *db.Tx, who staff.Agent, id string) (ClosureView, error) {
	k, err := activity.ClosureByID(ctx, tx, id)
	if err == nil && k.SiteID != "" && !who.Covers(k.SiteID) {
		err = fault.NotFoundf("Cette fermeture n’existe pas.")
	}
	if err != nil {
		return ClosureView{}, err
	}
	list, err := closureViews(ctx, tx, []activity.Closure{k})
	if err != nil {
		return ClosureView{}, err
	}
	return list[0], nil
}

// closureViews adds to closures what they have done; only those still at work are counted one by one.
func closureViews(ctx context.Context, tx *db.Tx, all []activity.Closure) ([]ClosureView, error) {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(all))
	for i := range all {
		ids[i] = all[i].ID
	}
	freed, err := freedBy(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	restored, err := db.All(ctx, tx, `SELECT id FROM closures WHERE id`+among+` AND undo_settled_at IS NOT NULL`, db.Value[string], db.JSON(ids))
	if err != nil {
		return nil, err
	}
	out := make([]ClosureView, len(all))
	for i, k := range all {
		v := ClosureView{Closure: k, Freed: freed[k.ID].bookings, Households: freed[k.ID].households, Settled: !k.SettledAt.IsZero()}
		v.Site, _ = c.Site(k.SiteID)
		v.Activity, _ = c.Activity(k.ActivityID)
		switch {
		case !k.UndoneAt.IsZero():
			v.Settled, v.Left, v.Freed = slices.Contains(restored, k.ID), v.Freed, 0
		case !v.Settled:
			if err := tx.QueryRow(ctx, `SELECT count(*)`+closureScope, k.From, k.To, k.SiteID, k.ActivityID).Scan(&v.Left); err != nil {
				return nil, err
			}
		}
		out[i] = v
	}
	return out, nil
}

type freedCount struct{ bookings, households int64 }

func freedBy(ctx context.Context, tx *db.Tx, ids []string) (map[string]freedCount, error) {
	out := map[string]freedCount{}
	_, err := db.All(ctx, tx, `SELECT closure_id, count(*), count(DISTINCT household_id) FROM bookings WHERE state = 'closed' AND closure_id`+among+` GROUP BY closure_id`,
		func(s db.Scanner) (id string, err error) {
			var n freedCount
			err = s.Scan(&id, &n.bookings, &n.households)
			out[id] = n
			return id, err
		}, db.JSON(ids))
	return out, err
}

// Return is what undoing a closure changes, shown before it is confirmed.
type Return struct {
	Groups               []Affected // what comes back
	Children, Households int64
	Bookings             int64
	Kept                 int64                // that another closure still closes
	Keepers              []activity.Closure   // those closures
	Lost                 []LostBooking        // that cannot come back
	passed               map[civil.Date]int64 // bookings that come back, by day
}

// LostBooking is one that stays cancelled when its closure is undone.
type LostBooking struct {
	Child    string // first and last name
	Activity *activity.Activity
	Day      civil.Date
}

// Passed counts the bookings that would come back on days before today: their service did not take place.
func (r *Return) Passed(today civil.Date) (n int64) {
	for day, count := range r.passed {
		if day.Before(today) {
			n += count
		}
	}
	return n
}

// PreviewReturn says what undoing a closure would bring back, before anything is written.
func PreviewReturn(ctx context.Context, tx *db.Tx, k activity.Closure) (Return, error) {
	r := Return{passed: map[civil.Date]int64{}}
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return r, err
	}
	list, err := db.All(ctx, tx, `SELECT `+lineColumns+closedBy+` ORDER BY b.day, b.activity_id, b.site_id, b.child_id`, scanLine, k.ID)
	if err != nil {
		return r, err
	}
	lines := make([]*Line, len(list))
	for i := range list {
		lines[i] = &list[i]
	}
	fates, err := fatesOf(ctx, tx, k, lines)
	if err != nil {
		return r, err
	}
	homes, children := map[string]bool{}, map[string]bool{}
	var lost []*Line
	for _, l := range lines {
		switch f := fates[l.ID]; {
		case f.keeper.ID != "":
			r.keep(f.keeper)
		case f.state.Live():
			r.add(c, l, f.state)
			homes[l.HouseholdID], children[l.ChildID] = true, true
		case !f.rebooked:
			lost = append(lost, l)
		}
	}
	sortGroups(r.Groups)
	r.Children, r.Households = int64(len(children)), int64(len(homes))
	return r, r.name(ctx, tx, c, lost)
}

func (r *Return) keep(k activity.Closure) {
	r.Kept++
	if !slices.ContainsFunc(r.Keepers, func(o activity.Closure) bool { return o.ID == k.ID }) {
		r.Keepers = append(r.Keepers, k)
	}
}

// add counts a booking that comes back; the lines come by day, activity and site.
func (r *Return) add(c *activity.Catalogue, l *Line, s State) {
	r.Bookings++
	r.passed[l.Day]++
	n := len(r.Groups)
	if n == 0 || r.Groups[n-1].Day != l.Day || r.Groups[n-1].Activity.ID != l.ActivityID || r.Groups[n-1].Site.ID != l.SiteID {
		g := Affected{Day: l.Day}
		g.Activity, _ = c.Activity(l.ActivityID)
		g.Site, _ = c.Site(l.SiteID)
		r.Groups = append(r.Groups, g)
		n++
	}
	r.Groups[n-1].Children++ // one live booking a child, activity and day
	if s == StateBooked {
		r.Groups[n-1].Booked++
	}
}

// name says whose the lost bookings are.
func (r *Return) name(ctx context.Context, tx *db.Tx, c *activity.Catalogue, lost []*Line) error {
	ids := make([]string, len(lost))
	for i, l := range lost {
		ids[i] = l.ChildID
	}
	names := map[string]string{}
	_, err := db.All(ctx, tx, `SELECT c.id, c.first_name, c.last_name FROM children c WHERE c.id`+among, func(s db.Scanner) (id string, err error) {
		var first, last string
		err = s.Scan(&id, &first, &last)
		names[id] = first + " " + last
		return id, err
	}, db.JSON(ids))
	for _, l := range lost {
		a, _ := c.Activity(l.ActivityID)
		r.Lost = append(r.Lost, LostBooking{Child: names[l.ChildID], Activity: a, Day: l.Day})
	}
	return err
}
