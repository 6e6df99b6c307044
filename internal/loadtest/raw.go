package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"preau/internal/civil"
	"preau/internal/db"
)

// A month of lunches saved by hand: the rows a submission writes, set-wise, without any rule, page, or look at what is there.
// It is what the engine can do, and what saving is compared with.

// lunches is how many days a month has.
const lunches = 16

// target is an enrolment with what its rows refer to.
type target struct {
	enrolment, child, home, activity, site, option string
	household                                      int // its number, for its session
}

// values writes the VALUES of n rows of a width.
func values(n, width int) string {
	rows := make([]string, n)
	for i := range rows {
		cells := make([]string, width)
		for j := range cells {
			cells[j] = fmt.Sprintf("$%d", i*width+j+1)
		}
		rows[i] = "(" + strings.Join(cells, ", ") + ")"
	}
	return strings.Join(rows, ", ")
}

var (
	insertBookings = `INSERT INTO bookings (id, enrolment_id, child_id, household_id, activity_id, site_id, option_id, day, age_group, state, since, made_at,
		points, over_capacity, late, seq) VALUES ` + values(lunches, 16)
	insertEvents = `INSERT INTO booking_events (booking_id, seq, at, state, actor, reason, submission_id) VALUES ` + values(lunches, 7)
	upsertSeats  = `INSERT INTO seats (activity_id, site_id, option_id, day, age_group, wanted, places, booked) VALUES ` + values(lunches, 8) + `
		ON CONFLICT (activity_id, site_id, day, option_id, age_group) DO UPDATE SET booked = seats.booked + excluded.booked`
)

// bookings inserts the bookings of a month and nothing else, and gives their ids.
func (t target) bookings(ctx context.Context, tx *db.Tx, days []civil.Date) ([]string, error) {
	var ids []string
	var args []any
	for _, day := range days {
		id := db.NewID()
		ids = append(ids, id)
		args = append(args, id, t.enrolment, t.child, t.home, t.activity, t.site, t.option, day, "elementaire", "booked", tx.Now, tx.Now, int64(0), false, false, int64(1))
	}
	_, err := tx.Exec(ctx, insertBookings, args...)
	return ids, err
}

// whole writes all the rows of a submission: bookings, counters, events, the submission with its answer, journal, job.
func (t target) whole(ctx context.Context, tx *db.Tx, days []civil.Date, sample rawSample) error {
	submission := db.NewID()
	if _, err := tx.Exec(ctx, `INSERT INTO submissions (id, enrolment_id, actor, household_id, at, outcome) VALUES ($1, $2, 'account:essai', $3, $4, $5)`,
		submission, t.enrolment, t.home, tx.Now, sample.Outcome); err != nil {
		return err
	}
	ids, err := t.bookings(ctx, tx, days)
	if err != nil {
		return err
	}
	var events, seats []any
	for i, day := range days {
		events = append(events, ids[i], int64(1), tx.Now, "booked", "account:essai", "", submission)
		seats = append(seats, t.activity, t.site, t.option, day, "", int64(350), int64(350), int64(1))
	}
	if _, err := tx.Exec(ctx, insertEvents, events...); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, upsertSeats, seats...); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO audit_entries (id, at, actor, actor_name, act, subject, household_id, detail) VALUES ($1, $2, 'account:essai', 'Essai', 'booking.submit', $3, $4, $5)`,
		db.NewID(), tx.Now, "enrolment:"+t.enrolment, t.home, sample.Detail); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO jobs (id, kind, payload, state, run_at, created_at) VALUES ($1, 'essai', $2, 'ready', $3, $3)`,
		db.NewID(), `{"submission":"`+submission+`"}`, tx.Now.Add(1000*hour))
	return err
}

// rawSample is what a real submission left, so that a raw one writes as many bytes.
type rawSample struct {
	Outcome, Detail string
}

// rawRun says which raw transactions to run.
type rawRun struct {
	targets []target
	clients int
	count   int  // transactions, at most one a target
	bare    bool // bookings only
	first   civil.Date
	sample  rawSample
}

// run has so many writers save months at the same time, each transaction another child's.
func (r rawRun) run(ctx context.Context, d *db.DB) error {
	var days []civil.Date
	for i := range lunches {
		days = append(days, r.first.AddDays(i))
	}
	var wait sync.WaitGroup
	var next atomic.Int64
	errs := make([]error, r.clients)
	for i := range r.clients {
		wait.Go(func() {
			for errs[i] == nil {
				n := int(next.Add(1)) - 1
				if n >= r.count {
					return
				}
				errs[i] = d.Write(ctx, func(tx *db.Tx) error {
					if !r.bare {
						return r.targets[n].whole(ctx, tx, days, r.sample)
					}
					_, err := r.targets[n].bookings(ctx, tx, days)
					return err
				})
			}
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
