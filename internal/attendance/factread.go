package attendance

import (
	"context"
	"database/sql"
	"maps"
	"slices"

	"preau/internal/civil"
	"preau/internal/db"
)

// factReader puts the bookings and the roll-call of some households together. Each is read in one pass over the days of its households, and they
// meet here: joined row by row in the database they cost twice as much. Only what does not meet is looked for one by one.
type factReader struct {
	ctx   context.Context
	tx    *db.Tx
	facts []Fact
	at    map[factKey]int // the place of each in facts
}

// factKey names what there is one fact of at most.
type factKey struct {
	child, activity string
	day             civil.Date
}

func (f *Fact) key() factKey { return factKey{f.ChildID, f.ActivityID, f.Day} }

// daysOf is a list of keys as a statement reads it.
func daysOf(facts []*Fact) string {
	type row struct {
		Child    string     `json:"c"`
		Activity string     `json:"a"`
		Day      civil.Date `json:"d"`
	}
	rows := make([]row, len(facts))
	for i, f := range facts {
		rows[i] = row{f.ChildID, f.ActivityID, f.Day}
	}
	return db.JSON(rows)
}

// readFacts reads the facts in no order, before what excuses them is looked at.
func readFacts(ctx context.Context, tx *db.Tx, households []string, r civil.Range) ([]Fact, error) {
	f := &factReader{ctx: ctx, tx: tx, at: map[factKey]int{}}
	homes := db.JSON(households)
	if err := f.readBooked(homes, r); err != nil {
		return nil, err
	}
	turnedUp, err := f.readCame(homes, r)
	if err != nil {
		return nil, err
	}
	if err := f.readElsewhere(); err != nil {
		return nil, err
	}
	if err := f.readMenus(); err != nil {
		return nil, err
	}
	return f.facts, f.addUnbooked(turnedUp)
}

// readBooked reads the bookings that stand, or that a closure ended. A day closed and booked again has two rows; the one that stands is kept.
func (f *factReader) readBooked(homes string, r civil.Range) error {
	list, err := db.All(f.ctx, f.tx, `SELECT b.household_id, b.child_id, b.activity_id, b.option_id, b.site_id, b.day, b.age_group, b.state, b.late, coalesce(k.reason, '')
		FROM bookings b LEFT JOIN closures k ON k.id = b.closure_id AND b.state = 'closed'
		WHERE b.household_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text))) AND b.day >= $2 AND b.day <= $3
			AND b.state IN ('booked', 'pending', 'waiting', 'offered', 'closed')`, scanBooked, homes, r.From, r.To)
	f.facts = make([]Fact, 0, len(list))
	for i := range list {
		b := &list[i]
		if n, twice := f.at[b.key()]; !twice {
			f.at[b.key()] = len(f.facts)
			f.facts = append(f.facts, b.Fact)
		} else if !b.ended {
			f.facts[n] = b.Fact
		}
	}
	return err
}

// bookedFact is a booking; ended says that a closure ended it.
type bookedFact struct {
	Fact
	ended bool
}

func scanBooked(s db.Scanner) (f bookedFact, err error) {
	var state string
	err = s.Scan(&f.HouseholdID, &f.ChildID, &f.ActivityID, &f.OptionID, &f.SiteID, &f.Day, &f.AgeGroup, &state, &f.LateAdded, &f.Closed)
	f.Came = Unpointed
	switch state {
	case "closed":
		f.Booked, f.ended = BookedDay, true
	case "offered":
		f.Booked = Waiting
	default:
		f.Booked = Booked(state)
	}
	return f, err
}

const selectCame = `SELECT a.household_id, a.child_id, a.activity_id, a.option_id, a.site_id, a.day, a.age_group, a.menu, a.came, a.arrived, a.departed, a.late_pickup `

func scanCame(s db.Scanner) (f Fact, err error) {
	var arrived, departed sql.Null[civil.TimeOfDay]
	err = s.Scan(&f.HouseholdID, &f.ChildID, &f.ActivityID, &f.OptionID, &f.SiteID, &f.Day, &f.AgeGroup, &f.Menu, &f.Came, &arrived, &departed, &f.LatePickup)
	f.Booked = NotBooked
	if arrived.Valid {
		f.Arrived = &arrived.V
	}
	if departed.Valid {
		f.Departed = &departed.V
	}
	return f, err
}

// point says of a booked day what the roll-call says; false when the day is not booked by these households.
func (f *factReader) point(came *Fact) bool {
	n, booked := f.at[came.key()]
	if booked {
		b := &f.facts[n]
		b.Menu, b.Came, b.Arrived, b.Departed, b.LatePickup = came.Menu, came.Came, came.Arrived, came.Departed, came.LatePickup
	}
	return booked
}

// readCame reads the roll-call of the households, and gives those present of whom they booked nothing.
func (f *factReader) readCame(homes string, r civil.Range) (turnedUp []*Fact, err error) {
	list, err := db.All(f.ctx, f.tx, selectCame+`FROM attendances a
		WHERE a.household_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text))) AND a.day >= $2 AND a.day <= $3`, scanCame, homes, r.From, r.To)
	for i := range list {
		if !f.point(&list[i]) && list[i].Came == Present {
			turnedUp = append(turnedUp, &list[i])
		}
	}
	return turnedUp, err
}

// readElsewhere reads the roll-call of booked days that another household is said to pay.
func (f *factReader) readElsewhere() error {
	unpointed := f.unpointed()
	if len(unpointed) == 0 {
		return nil
	}
	list, err := db.All(f.ctx, f.tx, selectCame+`FROM json_each(CAST($1 AS text)) j JOIN attendances a ON a.child_id = j.value ->> 'c' AND a.activity_id = j.value ->> 'a'
		AND a.day = date(j.value ->> 'd')`, scanCame, daysOf(unpointed))
	for i := range list {
		f.point(&list[i])
	}
	return err
}

func (f *factReader) unpointed() (out []*Fact) {
	for i := range f.facts {
		if f.facts[i].Came == Unpointed {
			out = append(out, &f.facts[i])
		}
	}
	return out
}

// readMenus gives the days of which the roll-call says nothing the menu of now.
func (f *factReader) readMenus() error {
	unpointed := f.unpointed()
	if len(unpointed) == 0 {
		return nil
	}
	ids := map[string]bool{}
	for _, d := range unpointed {
		ids[d.ChildID] = true
	}
	menus := map[string]string{}
	_, err := db.All(f.ctx, f.tx, `SELECT id, menu FROM children WHERE id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))`,
		func(s db.Scanner) (struct{}, error) {
			var id, menu string
			err := s.Scan(&id, &menu)
			menus[id] = menu
			return struct{}{}, err
		}, db.JSON(slices.Collect(maps.Keys(ids))))
	for _, d := range unpointed {
		d.Menu = menus[d.ChildID]
	}
	return err
}

// addUnbooked adds who came without a booking that stands, whoever made it.
func (f *factReader) addUnbooked(turnedUp []*Fact) error {
	if len(turnedUp) == 0 {
		return nil
	}
	states := map[factKey]Booked{}
	_, err := db.All(f.ctx, f.tx, `SELECT b.child_id, b.activity_id, b.day, b.state FROM json_each(CAST($1 AS text)) j
		JOIN bookings b ON b.child_id = j.value ->> 'c' AND b.day = date(j.value ->> 'd') AND b.activity_id = j.value ->> 'a'
		WHERE b.state IN ('booked', 'pending', 'waiting', 'offered', 'closed', 'cancelled')`,
		func(s db.Scanner) (struct{}, error) {
			var k factKey
			var state Booked
			err := s.Scan(&k.child, &k.activity, &k.day, &state)
			if state != CancelledInTime || states[k] == "" {
				states[k] = state
			}
			return struct{}{}, err
		}, daysOf(turnedUp))
	for _, c := range turnedUp {
		switch states[c.key()] {
		case CancelledInTime:
			c.Booked = CancelledInTime
			f.facts = append(f.facts, *c)
		case "":
			f.facts = append(f.facts, *c)
		}
	}
	return err
}
