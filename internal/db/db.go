// Package db opens a town's database, SQLite or PostgreSQL, and is the one place that knows which.
//
// Everything goes through two functions. Write runs a function in a transaction that sees the town alone: one writer at a
// time per town, first come first served, on both engines (SQLite: one writer connection behind a gate, `begin immediate`;
// PostgreSQL: the same gate in the process and the town's advisory lock between processes). Read runs a function on a
// snapshot that never changes under it and never waits for a writer. Nothing slow belongs in Write: no network, no PDF, no
// loop over the whole town; writes over 200 ms are logged with their caller.
//
// One SQL text serves both engines: placeholders $1…$n, columns always listed, only CAST(x AS text|bigint), no time from the
// database. Dates, instants and money are Go types that have the same wire value on both. Lists travel as JSON text:
//
//	… WHERE id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))          -- $1 = db.JSON(ids)
//	… SELECT value ->> 'id', date(value ->> 'day') FROM json_each(CAST($1 AS text))      -- $1 = db.JSON(rows)
//
// where date(text) makes a date on both, CAST(value ->> 'n' AS bigint) a number, and (value ->> 'flag') = '1' a boolean of a
// flag sent as the string "1" or "0". A json column is read with the same operator, and scanned into a string.
//
// Both engines behave alike where they differ by nature: a failed statement ends the transaction (so prefer
// ON CONFLICT DO NOTHING to catching an error), rows must be read to their end or closed before the next statement, and a
// violated constraint comes back as the same *Violation.
package db

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"preau/internal/civil"
)

// The engines, as Engine names them.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

const (
	slowWrite   = 200 * time.Millisecond // a longer write transaction is logged
	gateWait    = 30 * time.Second       // a writer that waited this long for its turn gives up
	maxAttempts = 6                      // tries of one Write when the engine asks to begin again
)

// ErrClosed is returned by Write and Read after Close.
var ErrClosed = errors.New("db: closed")

// Config says which database to open and how.
type Config struct {
	DSN        string           // "sqlite:/path/town.db" or "postgres://…"
	Schema     string           // PostgreSQL: the schema of the town, its id; unused on SQLite
	Pool       *Pool            // PostgreSQL: connections shared with other towns; nil opens its own from DSN
	Clock      func() time.Time // what Tx.Now reads; nil is the machine's clock
	Migrate    bool             // run the missing migrations; without it a database that is behind is refused
	Migrations fs.FS            // nil is the embedded ones
	Readers    int              // SQLite: concurrent readers, default 4
	Passing    bool             // SQLite: nobody needs it after the process: commits do not wait for the disk
	Log        *slog.Logger     // nil is slog.Default
}

// DB is one town's database. It is safe for concurrent use.
type DB struct {
	engine engine
	gate   chan struct{} // holds one token while a writer is inside; blocked senders are served in order
	clock  func() time.Time
	log    *slog.Logger

	memos   sync.Map // key → versioned value, see Memo
	bell    Bell
	closing sync.Once
	closed  chan struct{}
}

// engine is what differs between SQLite and PostgreSQL.
type engine interface {
	name() string
	begin(ctx context.Context, write bool) (session, error)
	classify(err error) error // turns a constraint violation into a *Violation
	transient(err error) bool // whether beginning the transaction again may succeed
	housekeep(ctx context.Context) error
	backup(ctx context.Context, path string) error
	close() error
}

// Open opens the database of one town, migrates it or checks that it is up to date, and returns it ready.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Readers <= 0 {
		cfg.Readers = 4
	}
	if cfg.Migrations == nil {
		cfg.Migrations = embedded()
	}
	var e engine
	var err error
	if path, ok := strings.CutPrefix(cfg.DSN, "sqlite:"); ok {
		e, err = openSQLite(ctx, path, cfg)
	} else if isPostgres(cfg.DSN) || cfg.Pool != nil {
		e, err = openPostgres(ctx, cfg)
	} else {
		err = fmt.Errorf("database %q: must begin with sqlite: or postgres://", redact(cfg.DSN))
	}
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	d := &DB{engine: e, gate: make(chan struct{}, 1), clock: cfg.Clock, log: cfg.Log, closed: make(chan struct{}), bell: make(Bell, 1)}
	go d.housekeeping()
	return d, nil
}

// Engine names the engine: SQLite or Postgres. Domain code has no use for it.
func (d *DB) Engine() string { return d.engine.name() }

// Bell is rung when there is something new for those who wait on it.
type Bell chan struct{}

// Ring wakes one who waits, or the next who will; it never blocks.
func (b Bell) Ring() {
	select {
	case b <- struct{}{}:
	default:
	}
}

// Bell is the town's bell for queued work: tx.OnCommit(tx.Bell().Ring) wakes who waits on it.
func (d *DB) Bell() Bell { return d.bell }

// Close waits for the writer inside, then closes every connection this DB opened itself.
func (d *DB) Close() error {
	var err error
	d.closing.Do(func() {
		d.gate <- struct{}{}
		close(d.closed)
		<-d.gate
		err = d.engine.close()
	})
	return err
}

// Write runs fn in a transaction alone in the town and commits it, unless fn returns an error or panics.
// fn may run again when the engine asks for it, so it has no effect outside tx: work to be done after is queued in it as a
// job, and OnCommit wakes whoever waits for it. Never call Write or Read inside fn: use its tx.
func (d *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	after, took, err := d.write(ctx, fn)
	if took > slowWrite {
		_, file, line, _ := runtime.Caller(1)
		d.log.WarnContext(ctx, "slow write", "caller", fmt.Sprintf("%s:%d", filepath.Base(file), line), "ms", took.Milliseconds())
	}
	for _, f := range after {
		f()
	}
	return err
}

// Read runs fn on a snapshot of the town; a write in it fails on both engines.
func (d *DB) Read(ctx context.Context, fn func(*Tx) error) error {
	_, err := d.once(ctx, false, fn)
	return err
}

func (d *DB) write(ctx context.Context, fn func(*Tx) error) (after []func(), took time.Duration, err error) {
	if err := d.enter(ctx); err != nil {
		return nil, 0, err
	}
	defer func() { <-d.gate }()
	start := time.Now()
	for attempt := 1; ; attempt++ {
		after, err = d.once(ctx, true, fn)
		if err == nil || attempt == maxAttempts || !d.engine.transient(err) {
			return after, time.Since(start), err
		}
		pause := time.Duration(attempt) * (5*time.Millisecond + rand.N(20*time.Millisecond))
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, time.Since(start), ctx.Err()
		}
	}
}

// enter waits for the writer's turn, first come first served.
func (d *DB) enter(ctx context.Context) error {
	select {
	case d.gate <- struct{}{}:
	default:
		timer := time.NewTimer(gateWait)
		defer timer.Stop()
		select {
		case d.gate <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			return fmt.Errorf("db: no turn to write after %s: a writer is stuck, or Write was called inside Write", gateWait)
		}
	}
	select {
	case <-d.closed:
		<-d.gate
		return ErrClosed
	default:
		return nil
	}
}

// once runs fn in one transaction and returns what to call after its commit.
func (d *DB) once(ctx context.Context, write bool, fn func(*Tx) error) (after []func(), err error) {
	select {
	case <-d.closed:
		return nil, ErrClosed
	default:
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s, err := d.engine.begin(ctx, write)
	if err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	tx := &Tx{Now: civil.At(d.clock()), session: s, engine: d.engine, memos: &d.memos, bell: d.bell}
	done := false
	defer func() {
		tx.over = true
		if tx.open != nil {
			_ = tx.open.Close() // the transaction ends in any case
		}
		if !done {
			s.rollback()
		}
	}()
	if err := fn(tx); err != nil {
		return nil, err
	}
	if tx.failed != nil {
		return nil, fmt.Errorf("commit refused after a failed statement: %w", tx.failed)
	}
	if tx.open != nil {
		return nil, errors.New("commit refused: rows of a query are still open")
	}
	done = true
	if err := s.commit(); err != nil {
		return nil, fmt.Errorf("commit: %w", d.engine.classify(err))
	}
	return tx.after, nil
}

// housekeeping keeps SQLite's write-ahead log short until Close.
func (d *DB) housekeeping() {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-d.closed:
			return
		case <-tick.C:
			if err := d.Checkpoint(context.Background()); err != nil && !errors.Is(err, ErrClosed) {
				d.log.Warn("database housekeeping", "error", err)
			}
		}
	}
}

// Checkpoint moves SQLite's write-ahead log into the database file when it has grown; Open's housekeeping calls it every
// minute. It does nothing on PostgreSQL.
func (d *DB) Checkpoint(ctx context.Context) error {
	if err := d.enter(ctx); err != nil {
		return err
	}
	defer func() { <-d.gate }()
	return d.engine.housekeep(ctx)
}

// Backup writes a consistent copy of the database to path, which must not exist, while the town goes on working, and
// checks the copy's integrity. On PostgreSQL it is an error that says to use pg_dump.
func (d *DB) Backup(ctx context.Context, path string) error {
	return d.engine.backup(ctx, path)
}
