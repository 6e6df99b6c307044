// Package job keeps work to be done after a transaction as rows of that transaction, and does it: e-mails, waiting lists,
// closures of whole days, whatever is slow or goes outside the database.
//
// A job is queued with Queue in the transaction that causes it, so it exists if and only if its cause does. A Worker runs
// it within a second of the commit, at least once: a job whose process dies is run again when its lease ends, so handlers
// are idempotent. A handler that fails is tried again after 10 s, 30 s, 90 s … 6 h, ten times in all, over most of a day;
// then the job is dead: it stays on the administrator's screen until Retry or Drop.
package job

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
)

const (
	maxAttempts = 10
	keepDone    = 30 * 24 * time.Hour // how long a job that is done stays, its key with it
)

// Option says more about a job to queue.
type Option func(*options)

type options struct {
	key *string
	at  civil.Instant
}

// Key names the job: while a row with this key exists, even done (30 days), another is not queued. Keys are shared by all
// kinds, so they begin with the kind.
func Key(key string) Option { return func(o *options) { o.key = &key } }

// At keeps the job until an instant of the town's clock; without it the job is run at once.
func At(i civil.Instant) Option { return func(o *options) { o.at = i } }

// Queue adds a job to the transaction. The payload is stored as JSON: identifiers, never secrets or copies of records.
func Queue(ctx context.Context, tx *db.Tx, kind string, payload any, opts ...Option) error {
	o := options{at: tx.Now}
	for _, opt := range opts {
		opt(&o)
	}
	_, err := tx.Exec(ctx, `INSERT INTO jobs (id, kind, payload, unique_key, state, run_at, created_at)
		VALUES ($1, $2, $3, $4, 'ready', $5, $6) ON CONFLICT (unique_key) DO NOTHING`,
		db.NewID(), kind, db.JSON(payload), o.key, o.at, tx.Now)
	tx.OnCommit(tx.Bell().Ring)
	return err
}

// State is where a job stands.
type State string

// The states of a job.
const (
	Ready   State = "ready"   // waits for its instant, or for its next try
	Running State = "running" // somebody has it until the end of its lease
	Done    State = "done"
	Dead    State = "dead" // will not be tried again by itself
)

// Row is a job as the administrator sees it.
type Row struct {
	ID         string
	Kind       string
	Payload    string // JSON
	State      State
	RunAt      civil.Instant // when it is or was due
	Attempt    int64         // how many times it has been begun
	LastError  string
	CreatedAt  civil.Instant
	FinishedAt civil.Instant // zero: neither done nor dead
}

// List gives the jobs in a state, the ones due first at the top for Ready and Running, the latest finished otherwise.
func List(ctx context.Context, tx *db.Tx, state State, limit int) ([]Row, error) {
	order := " ORDER BY run_at, id LIMIT $2"
	if state == Done || state == Dead {
		order = " ORDER BY finished_at DESC, id LIMIT $2"
	}
	return db.All(ctx, tx, `SELECT id, kind, payload, state, run_at, attempt, last_error, created_at, finished_at
		FROM jobs WHERE state = $1`+order, scanRow, state, int64(limit))
}

// Count says how many jobs are in a state.
func Count(ctx context.Context, tx *db.Tx, state State) (n int64, err error) {
	err = tx.QueryRow(ctx, "SELECT count(*) FROM jobs WHERE state = $1", state).Scan(&n)
	return n, err
}

func scanRow(s db.Scanner) (r Row, err error) {
	err = s.Scan(&r.ID, &r.Kind, &r.Payload, &r.State, &r.RunAt, &r.Attempt, &r.LastError, &r.CreatedAt, &r.FinishedAt)
	return r, err
}

// Retry gives a dead job its ten tries again, from now on.
func Retry(ctx context.Context, tx *db.Tx, id string) error {
	n, err := tx.Exec(ctx, `UPDATE jobs SET state = 'ready', attempt = 0, run_at = $1, finished_at = NULL
		WHERE id = $2 AND state = 'dead'`, tx.Now, id)
	tx.OnCommit(tx.Bell().Ring)
	return one(n, err)
}

// Drop removes a dead job.
func Drop(ctx context.Context, tx *db.Tx, id string) error {
	return one(tx.Exec(ctx, "DELETE FROM jobs WHERE id = $1 AND state = 'dead'", id))
}

func one(n int64, err error) error {
	if err == nil && n == 0 {
		return fault.NotFoundf("Cette tâche n’existe plus ou n’est plus en échec.")
	}
	return err
}

// Handler does the work of one kind of job. It may run twice for one job, and opens its own transactions.
type Handler func(ctx context.Context, payload json.RawMessage) error

// Handle makes a Handler of a function that takes the payload decoded.
func Handle[P any](fn func(ctx context.Context, payload P) error) Handler {
	return func(ctx context.Context, raw json.RawMessage) error {
		var p P
		if err := json.Unmarshal(raw, &p); err != nil {
			return Permanent(err)
		}
		return fn(ctx, p)
	}
}

type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Permanent marks an error that no later try can repair: the job dies at once.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanent{err}
}

// pause is how long to wait after the n-th try failed, from 1: 10 s, then three times more each time, 6 h at most.
func pause(n int64) time.Duration {
	d := 10 * time.Second
	for ; n > 1 && d < 6*time.Hour; n-- {
		d *= 3
	}
	return min(d, 6*time.Hour)
}

func isPermanent(err error) bool {
	var p permanent
	return errors.As(err, &p)
}

// Discard removes the jobs of a kind that have not begun: for who makes a past of which nobody needs to be told.
func Discard(ctx context.Context, tx *db.Tx, kind string) error {
	_, err := tx.Exec(ctx, "DELETE FROM jobs WHERE kind = $1 AND state = 'ready'", kind)
	return err
}
