package attendance

import (
	"context"
	"slices"
	"strings"

	"preau/internal/civil"
	"preau/internal/db"
)

// Booked is what was booked of an activity for a day, as far as it matters to what the day costs.
type Booked string

const (
	// NotBooked: the family asked nothing for the day.
	NotBooked Booked = "none"
	// BookedDay: a place was kept, and the day is due unless something excuses it.
	BookedDay Booked = "booked"
	// Pending: an agent has not answered yet.
	Pending Booked = "pending"
	// Waiting: on the waiting list, or with an offer not yet taken.
	Waiting Booked = "waiting"
	// CancelledInTime: booked once, and cancelled while it could be.
	CancelledInTime Booked = "cancelled"
)

// Came is what the roll-call says.
type Came string

const (
	// Unpointed: the roll-call says nothing of the child.
	Unpointed Came = "unpointed"
	// Present: the child came.
	Present Came = "present"
	// Absent: the child was looked for, and did not come.
	Absent Came = "absent"
)

// Fact is what is known of one child at one activity on one day: what billing prices. There is one at most for the three.
type Fact struct {
	HouseholdID string // who pays: the household that booked; where nothing was booked, the one the roll-call found
	ChildID     string
	ActivityID  string
	OptionID    string // the one booked; where nothing was booked, the one the child came to
	SiteID      string
	Day         civil.Date
	AgeGroup    string // "maternelle", "elementaire", "" when the class is unknown
	Menu        string // the child's menu that day, as the roll-call kept it; before the roll-call, the menu of now
	Booked      Booked
	LateAdded   bool   // booked by an agent after the deadline
	Came        Came   // what the roll-call says
	Excused     bool   // an accepted certificate covers the day
	Closed      string // why the service did not run for this child that day (closure, strike, class trip …); empty when it did
	Arrived     *civil.TimeOfDay
	Departed    *civil.TimeOfDay
	LatePickup  bool // collected after the closing time
}

// Key names the child, the activity and the day of a fact: what can be billed once.
func (f *Fact) Key() string { return f.ChildID + "/" + f.ActivityID + "/" + f.Day.String() }

// Facts gives what is known of the children of some households on the days of a range, ordered by household, child, day and activity.
// A day cancelled in time on which the child did not come is not a fact: nothing is due for it.
func Facts(ctx context.Context, tx *db.Tx, households []string, r civil.Range) ([]Fact, error) {
	facts, err := readFacts(ctx, tx, households, r)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(facts, func(a, b Fact) int {
		if c := strings.Compare(a.HouseholdID, b.HouseholdID); c != 0 {
			return c
		}
		if c := strings.Compare(a.ChildID, b.ChildID); c != 0 {
			return c
		}
		if c := a.Day.Compare(b.Day); c != 0 {
			return c
		}
		return strings.Compare(a.ActivityID, b.ActivityID)
	})
	if err := spare(ctx, tx, facts, r); err != nil {
		return nil, err
	}
	return facts, excuse(ctx, tx, facts, r)
}

// excuse marks the days of absence that something accepted excuses.
func excuse(ctx context.Context, tx *db.Tx, facts []Fact, r civil.Range) error {
	var children []string
	for i := range facts {
		if id := facts[i].ChildID; facts[i].Came != Present && (len(children) == 0 || children[len(children)-1] != id) {
			children = append(children, id)
		}
	}
	if len(children) == 0 {
		return nil
	}
	days, err := db.All(ctx, tx, `SELECT child_id, day FROM excused_days WHERE ended_at IS NULL AND day >= $2 AND day <= $3
		AND child_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))`,
		func(r db.Scanner) (d childDay, err error) { return d, r.Scan(&d.child, &d.day) }, db.JSON(children), r.From, r.To)
	if err != nil || len(days) == 0 {
		return err
	}
	excused := make(map[childDay]bool, len(days))
	for _, d := range days {
		excused[d] = true
	}
	for i := range facts {
		facts[i].Excused = facts[i].Came != Present && excused[childDay{facts[i].ChildID, facts[i].Day}]
	}
	return nil
}
