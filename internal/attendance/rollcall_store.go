package attendance

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strconv"
	"strings"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
)

// amongIDs keeps the rows of a column whose value stands in the list $1, made with db.JSON.
func amongIDs(column string) string {
	return ` WHERE ` + column + ` IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))`
}

const selectEntry = `SELECT e.id, e.agent_id, g.name, e.child_id, e.activity_id, e.site_id, e.option_id, e.day, e.came, e.arrived, e.departed, e.late_pickup,
	e.source, e.device_at, e.received_at FROM attendance_entries e JOIN agents g ON g.id = e.agent_id`

func scanEntry(r db.Scanner) (e Entry, err error) {
	var arrived, departed sql.Null[civil.TimeOfDay]
	err = r.Scan(&e.ID, &e.AgentID, &e.AgentName, &e.ChildID, &e.ActivityID, &e.SiteID, &e.OptionID, &e.Day, &e.Came, &arrived, &departed, &e.LatePickup,
		&e.Source, &e.At, &e.ReceivedAt)
	e.Arrived, e.Departed = timeOrNil(arrived), timeOrNil(departed)
	return e, err
}

func timeOrNil(t sql.Null[civil.TimeOfDay]) *civil.TimeOfDay {
	if !t.Valid {
		return nil
	}
	return &t.V
}

func entriesByID(ctx context.Context, tx *db.Tx, ids []string) ([]Entry, error) {
	return db.All(ctx, tx, selectEntry+amongIDs("e.id"), scanEntry, db.JSON(ids))
}

// entriesOf reads all that was said of some children over a span of days, in the order it was made.
func entriesOf(ctx context.Context, tx *db.Tx, children []string, span civil.Range) ([]Entry, error) {
	return db.All(ctx, tx, selectEntry+amongIDs("e.child_id")+` AND e.day >= $2 AND e.day <= $3 ORDER BY e.device_at, e.id`, scanEntry,
		db.JSON(children), span.From, span.To)
}

// childrenHeld reads the children that a household holds: one whose family was erased keeps its number alone, and nobody can be said to pay for it.
func childrenHeld(ctx context.Context, tx *db.Tx, ids []string) (map[string]household.Child, error) {
	children, err := household.ChildrenByID(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	held, err := db.All(ctx, tx, `SELECT DISTINCT child_id FROM household_children`+amongIDs("child_id"), db.Value[string], db.JSON(ids))
	maps.DeleteFunc(children, func(id string, _ household.Child) bool { return !slices.Contains(held, id) })
	return children, err
}

// bookedDays reads the bookings that stand for some children over a span of days.
func bookedDays(ctx context.Context, tx *db.Tx, children []string, span civil.Range) (map[truthKey]bookedDay, error) {
	type row struct {
		k truthKey
		b bookedDay
	}
	rows, err := db.All(ctx, tx, `SELECT child_id, activity_id, day, household_id, site_id, option_id, age_group FROM bookings`+amongIDs("child_id")+`
		AND day >= $2 AND day <= $3 AND state IN ('booked', 'pending', 'waiting', 'offered')`, func(s db.Scanner) (r row, err error) {
		return r, s.Scan(&r.k.child, &r.k.activity, &r.k.day, &r.b.household, &r.b.site, &r.b.option, &r.b.group)
	}, db.JSON(children), span.From, span.To)
	out := make(map[truthKey]bookedDay, len(rows))
	for _, r := range rows {
		out[r.k] = r.b
	}
	return out, err
}

// holdingRow is what holds of a child, with what the town keeps beside it.
type holdingRow struct {
	*Entry
	household, group, menu string
}

// some is a time of day as a statement takes it.
func some(t *civil.TimeOfDay) any {
	if t == nil {
		return nil
	}
	return *t
}

// insertRows runs an INSERT of several rows at once: head, the values, tail. Instants do not travel in a JSON list.
func insertRows[T any](ctx context.Context, tx *db.Tx, head, tail string, list []T, values func(T) []any) error {
	for part := range slices.Chunk(list, 100) {
		var query strings.Builder
		var args []any
		query.WriteString(head)
		for i, v := range part {
			if i > 0 {
				query.WriteByte(',')
			}
			for j, value := range values(v) {
				query.WriteString(map[bool]string{true: " (", false: ", "}[j == 0])
				args = append(args, value)
				query.WriteString("$" + strconv.Itoa(len(args)))
			}
			query.WriteByte(')')
		}
		query.WriteString(tail)
		if _, err := tx.Exec(ctx, query.String(), args...); err != nil {
			return err
		}
	}
	return nil
}

// write adds the fresh entries, and sets the truth of the children they speak of.
func (p *replay) write(ctx context.Context, tx *db.Tx) error {
	touched := map[truthKey]bool{}
	for i := range p.fresh {
		touched[keyOf(&p.fresh[i])] = true
	}
	err := insertRows(ctx, tx, `INSERT INTO attendance_entries (id, agent_id, child_id, activity_id, site_id, option_id, day, came, arrived, departed, late_pickup, source,
		device_at, received_at) VALUES`, ``, p.fresh, func(e Entry) []any {
		return []any{e.ID, e.AgentID, e.ChildID, e.ActivityID, e.SiteID, e.OptionID, e.Day, string(e.Came), some(e.Arrived), some(e.Departed), e.LatePickup, string(e.Source),
			e.At, e.ReceivedAt}
	})
	if err != nil {
		return err
	}
	return p.settle(ctx, tx, touched)
}

// settle writes what holds now of the children and days touched.
func (p *replay) settle(ctx context.Context, tx *db.Tx, touched map[truthKey]bool) error {
	var hold []holdingRow
	var unbooked []string
	for k := range touched {
		said := p.said[k]
		b, booked := p.bookings[k]
		if booked {
			said = heardAt(b.site, said)
		}
		e, _ := holding(said)
		if e.Came == Unpointed {
			if _, err := tx.Exec(ctx, `DELETE FROM attendances WHERE child_id = $1 AND activity_id = $2 AND day = $3`, k.child, k.activity, k.day); err != nil {
				return err
			}
			continue
		}
		r := holdingRow{Entry: &e, menu: p.children[k.child].Menu}
		if booked {
			r.household, r.group = b.household, b.group
		} else {
			unbooked = append(unbooked, k.child)
		}
		hold = append(hold, r)
	}
	if len(unbooked) > 0 {
		if err := p.find(ctx, tx, hold, unbooked); err != nil {
			return err
		}
	}
	return insertRows(ctx, tx, `INSERT INTO attendances (id, child_id, activity_id, day, site_id, option_id, household_id, came, arrived, departed, late_pickup, age_group, menu, entry_id, device_at, recorded_at) VALUES`,
		` ON CONFLICT (child_id, activity_id, day) DO UPDATE SET site_id = excluded.site_id, option_id = excluded.option_id, household_id = excluded.household_id,
			came = excluded.came, arrived = excluded.arrived, departed = excluded.departed, late_pickup = excluded.late_pickup, entry_id = excluded.entry_id,
			device_at = excluded.device_at, recorded_at = excluded.recorded_at`, hold, func(r holdingRow) []any {
			return []any{db.NewID(), r.ChildID, r.ActivityID, r.Day, r.SiteID, r.OptionID, r.household, string(r.Came), some(r.Arrived), some(r.Departed), r.LatePickup, r.group, r.menu, r.ID, r.At, r.ReceivedAt}
		})
}

// find says who pays for children who came without a booking, and of which age group they are: the household that holds the child when the
// service starts; where two claim it, the one that has had the child longer, until an agent decides.
func (p *replay) find(ctx context.Context, tx *db.Tx, hold []holdingRow, children []string) error {
	slices.Sort(children)
	children = slices.Compact(children)
	custodies, err := household.Custodies(ctx, tx, children)
	if err != nil {
		return err
	}
	schoolings, err := household.SchoolingsOf(ctx, tx, children)
	if err != nil {
		return err
	}
	for i := range hold {
		r := &hold[i]
		if r.household != "" {
			continue
		}
		a, _ := p.catalogue.Activity(r.ActivityID)
		starts := a.LiveOptions()[0].Starts
		if o, ok := a.OptionByID(r.OptionID); ok {
			starts = o.Starts
		}
		c := custodies[r.ChildID]
		r.household = c.Holder(civil.Wall(r.Day, starts, 0, p.loc), p.loc, p.catalogue.Calendar).HouseholdID
		if r.household == "" && len(c.Households) > 0 {
			r.household = c.Households[0]
		}
		r.group = booking.AgeGroup(levelOn(schoolings[r.ChildID], yearOf(p.catalogue, r.Day)))
	}
	return nil
}

// yearOf is the label of the school year a day lies in, or follows.
func yearOf(c *activity.Catalogue, day civil.Date) string {
	label := ""
	for i := range c.Calendar.Years {
		if y := &c.Calendar.Years[i]; !y.FirstDay.After(day) && y.Label > label {
			label = y.Label
		}
	}
	return label
}

func levelOn(list []household.Schooling, year string) string {
	for _, s := range list {
		if s.SchoolYear == year {
			return s.Level
		}
	}
	return ""
}
