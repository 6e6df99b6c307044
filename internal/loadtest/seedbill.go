package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
)

// The month that is billed: twelve lunches a child, and four mornings for every second child, most of them pointed present.
var billedMonth = civil.Month{Year: 2026, Month: time.November}

const (
	billedLunches  = 12
	billedMornings = 4
	childrenAtOnce = 4000
)

// seedBills makes a town of so many households, with a month that was booked and pointed, a few thousand children a transaction.
func seedBills(ctx context.Context, d *db.DB, loc *time.Location, households int) error {
	s := &seeder{ctx: ctx, loc: loc, homes: households, kids: households * 9 / 5, hash: "-"}
	steps := []func(){s.places, s.activities, s.people, s.agent}
	for from := 0; from < s.kids; from += childrenAtOnce {
		steps = append(steps, func() { s.month(from, min(from+childrenAtOnce, s.kids)) })
	}
	for _, step := range steps {
		if err := d.Write(ctx, func(tx *db.Tx) error {
			s.tx = tx
			step()
			return s.err
		}); err != nil {
			return fmt.Errorf("seed: %w", err)
		}
	}
	return errors.Join(d.Checkpoint(ctx))
}

// month enrols children, books their days and points them.
func (s *seeder) month(from, to int) {
	c, err := activity.Load(s.ctx, s.tx)
	if s.must(err); s.err != nil {
		return
	}
	var days []string
	for d := range billedMonth.Range().Days() {
		if len(days) < billedLunches && c.Service(s.canteen, s.schools[0], d).Why == activity.Open {
			days = append(days, d.String())
		}
	}
	var enrolments []enrolmentRow
	for i, k := range s.children[from:to] {
		enrolments = append(enrolments, enrolmentRow{db.NewID(), k.ID, k.Home, s.canteen.ID, k.Site, days, s.canteen.Options[0].ID})
		if i%2 == 0 {
			enrolments = append(enrolments, enrolmentRow{db.NewID(), k.ID, k.Home, s.morning.ID, k.Site, days[:billedMornings], s.morning.Options[0].ID})
		}
	}
	insert(s, enrolments, `INSERT INTO enrolments (id, child_id, activity_id, site_id, from_day, to_day, created_at, created_by)
		SELECT value ->> 'id', value ->> 'child', value ->> 'activity', value ->> 'site', $2, $3, $4, 'essai' FROM json_each(CAST($1 AS text))`,
		civil.New(2026, 9, 1), civil.New(2027, 7, 2), s.tx.Now)
	s.book(enrolments, civil.Wall(civil.New(2026, 10, 1), civil.Clock(20, 0), 0, s.loc))
	s.point(enrolments)
}

// point takes the roll-call: of twenty booked, eighteen came, one did not, and of one nothing is said.
func (s *seeder) point(enrolments []enrolmentRow) {
	type row struct {
		ID       string `json:"id"`
		Child    string `json:"c"`
		Home     string `json:"h"`
		Activity string `json:"a"`
		Site     string `json:"s"`
		Option   string `json:"o"`
		Day      string `json:"d"`
		Came     string `json:"came"`
	}
	var rows []row
	n := 0
	for _, e := range enrolments {
		for _, day := range e.days {
			if n++; n%20 == 0 {
				continue
			}
			came := "present"
			if n%20 == 7 {
				came = "absent"
			}
			rows = append(rows, row{db.NewID(), e.Child, e.Home, e.Activity, e.Site, e.option, day, came})
		}
	}
	at := civil.Wall(billedMonth.Last(), civil.Clock(19, 0), 0, s.loc)
	insert(s, rows, `INSERT INTO attendance_entries (id, agent_id, child_id, activity_id, site_id, option_id, day, came, late_pickup, source, device_at, received_at)
		SELECT value ->> 'id', (SELECT id FROM agents LIMIT 1), value ->> 'c', value ->> 'a', value ->> 's', value ->> 'o', date(value ->> 'd'), value ->> 'came', $3, 'device', $2, $2
		FROM json_each(CAST($1 AS text))`, at, false)
	insert(s, rows, `INSERT INTO attendances (id, child_id, activity_id, day, site_id, option_id, household_id, came, late_pickup, age_group, menu, entry_id, device_at, recorded_at)
		SELECT value ->> 'id', value ->> 'c', value ->> 'a', date(value ->> 'd'), value ->> 's', value ->> 'o', value ->> 'h', value ->> 'came', $3, '', 'standard', value ->> 'id', $2, $2
		FROM json_each(CAST($1 AS text))`, at, false)
}
