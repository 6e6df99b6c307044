package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
)

// bench is one run of the measure.
type bench struct {
	ctx      context.Context
	out      io.Writer
	span     time.Duration
	years    int
	dir      string
	postgres string
	profile  string
	only     string

	households string // of the towns that are billed
}

// levels are the numbers of clients.
var levels = []int{1, 8, 32}

// turns is how many times what is compared takes its turn: what else the machine does then falls on both.
const turns = 4

// seeded is a seeded town with what the load needs to know of it.
type seeded struct {
	place
	db      *db.DB
	targets []target       // the lunches of each child
	free    [][]civil.Date // months without bookings
	rawRuns int            // so far: each takes days of its own
	saved   int            // months saved so far
}

func (b *bench) run() (err error) {
	if b.dir == "" {
		if b.dir, err = os.MkdirTemp("", "preau-bench-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	}
	engines := []place{{"sqlite:" + filepath.Join(b.dir, "town-1.db"), ""}}
	if b.postgres != "" {
		engines = append(engines, place{b.postgres, "mesure"})
	}
	if b.years > 1 && b.wants("history") { // first: the others fill the town
		if err := b.history(); err != nil {
			return err
		}
	}
	if b.wants("bills") {
		if err := b.bills(); err != nil {
			return err
		}
	}
	if b.only == "history" || b.only == "bills" {
		return nil
	}
	for _, at := range engines {
		if err := b.engine(at); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) wants(part string) bool { return b.only == "" || b.only == part }

func (b *bench) printf(format string, args ...any) { fmt.Fprintf(b.out, format, args...) }

// engine measures pages and saves on one engine.
func (b *bench) engine(at place) (err error) {
	t, err := b.town(at, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	b.printf("\n## %s\n\n", t.db.Engine())
	args := []string{"serve", "-db", at.dsn, "-schema", at.schema, "-no-jobs"}
	if b.profile != "" && t.db.Engine() == db.SQLite {
		args = append(args, "-profile", b.profile)
	}
	server, err := start(b.ctx, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	time.Sleep(time.Second)
	idle, err := server.memory()
	if err != nil {
		return err
	}
	b.printf("Ready %d ms after its start, %d MB of memory when idle.\n\n", server.ready.Milliseconds(), idle>>20)
	if b.only != "saves" {
		if err := b.pages(t, server); err != nil {
			return err
		}
	}
	if b.wants("saves") {
		if err := b.saves(t, server); err != nil {
			return err
		}
	}
	after, err := server.memory()
	b.printf("\n%d MB of memory after the load.\n", after>>20)
	return err
}

// town opens a seeded town, and seeds it first unless it is there.
func (b *bench) town(at place, years int) (*seeded, error) {
	t := &seeded{place: at}
	var err error
	if t.db, err = at.open(b.ctx, true); err != nil {
		return nil, err
	}
	var there bool
	if err := t.db.Read(b.ctx, func(tx *db.Tx) (err error) {
		there, err = db.Exists(b.ctx, tx, `SELECT id FROM households`)
		return err
	}); err != nil {
		return nil, err
	}
	if !there {
		fmt.Fprintf(os.Stderr, "seeding %d year(s) of history …\n", years)
		if err := seed(b.ctx, t.db, paris(), years); err != nil {
			return nil, err
		}
	}
	return t, t.db.Read(b.ctx, func(tx *db.Tx) error { return t.learn(b.ctx, tx) })
}

// learn reads the targets, and the months that are free.
func (t *seeded) learn(ctx context.Context, tx *db.Tx) (err error) {
	t.targets, err = db.All(ctx, tx, `SELECT e.id, e.child_id, h.household_id, e.activity_id, e.site_id, o.id, CAST(substr(f.reference, 3) AS bigint)
		FROM enrolments e JOIN children c ON c.id = e.child_id JOIN household_children h ON h.child_id = c.id JOIN households f ON f.id = h.household_id
		JOIN activities a ON a.id = e.activity_id JOIN activity_options o ON o.activity_id = a.id
		WHERE a.code = 'CANTINE' AND e.to_day >= $1 ORDER BY c.reference`, func(s db.Scanner) (v target, err error) {
		return v, s.Scan(&v.enrolment, &v.child, &v.home, &v.activity, &v.site, &v.option, &v.household)
	}, freeFrom)
	if err != nil {
		return err
	}
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return err
	}
	a, _ := c.Activity(t.targets[0].activity)
	var month []civil.Date
	for d := range (civil.Range{From: freeFrom, To: civil.New(thisYear+1, 7, 2)}).Days() {
		if c.Service(a, t.targets[0].site, d).Why != activity.Open {
			continue
		}
		if month = append(month, d); len(month) == lunches {
			t.free, month = append(t.free, month), nil
		}
	}
	used, err := db.All(ctx, tx, `SELECT count(*) FROM bookings WHERE day >= $1 AND day < $2`, db.Value[int], freeFrom, rawFrom)
	if err != nil {
		return err
	}
	t.saved = (used[0] + lunches - 1) / lunches
	raw, err := db.All(ctx, tx, `SELECT max(day) FROM bookings`, db.Value[civil.Date])
	if err == nil && !raw[0].Before(rawFrom) {
		t.rawRuns = raw[0].DaysSince(rawFrom)/lunches + 1
	}
	return err
}

// close drops what a run left on PostgreSQL; a folder keeps its files or goes as a whole.
func (t *seeded) close() error {
	var err error
	if t.db.Engine() == db.Postgres {
		err = t.db.Write(context.Background(), func(tx *db.Tx) error {
			_, err := tx.Exec(context.Background(), `DROP SCHEMA `+t.schema+` CASCADE`)
			return err
		})
	}
	return errors.Join(err, t.db.Close())
}

// ownCPU is the processor time this process has used.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
