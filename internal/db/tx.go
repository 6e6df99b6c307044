package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"preau/internal/civil"
)

// ErrNoRows is what Row.Scan and One return when there is nothing.
var ErrNoRows = sql.ErrNoRows

// Tx is a transaction under way, used by one goroutine. After a failed statement it only gives that error again: on
// PostgreSQL the engine wants it, on SQLite it is made so.
type Tx struct {
	Now civil.Instant // the clock when the transaction had begun, the only one domain code reads

	session session
	engine  engine
	memos   *sync.Map
	once    map[string]any
	bell    Bell
	open    *Rows
	failed  error
	over    bool
	after   []func()
}

// session is an open transaction on one connection.
type session interface {
	exec(ctx context.Context, query string, args []any) (touched int64, err error)
	query(ctx context.Context, query string, args []any) (cursor, error)
	commit() error
	rollback()
}

// cursor goes through the rows of a query, as *sql.Rows does.
type cursor interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
}

// Scanner is a row to read, a *Row or *Rows.
type Scanner interface{ Scan(dest ...any) error }

// OnCommit calls f once the transaction is committed and the next writer may enter; not at all if it is rolled back.
// It is for waking those who wait for a job, nothing else: what must happen is queued in the transaction.
func (tx *Tx) OnCommit(f func()) { tx.after = append(tx.after, f) }

// Bell is the bell of the town this transaction is in.
func (tx *Tx) Bell() Bell { return tx.bell }

// Exec runs a statement and returns how many rows it touched.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	if err := tx.ready(ctx, args); err != nil {
		return 0, err
	}
	touched, err := tx.session.exec(ctx, query, args)
	if err != nil {
		return 0, tx.fail(err)
	}
	return touched, nil
}

// Query runs a query; its rows are read to the end or closed before the next statement of tx.
func (tx *Tx) Query(ctx context.Context, query string, args ...any) (*Rows, error) {
	if err := tx.ready(ctx, args); err != nil {
		return nil, err
	}
	rows, err := tx.session.query(ctx, query, args)
	if err != nil {
		return nil, tx.fail(err)
	}
	tx.open = &Rows{rows: rows, tx: tx}
	return tx.open, nil
}

// QueryRow runs a query of which only the first row matters; errors wait for Scan.
func (tx *Tx) QueryRow(ctx context.Context, query string, args ...any) *Row {
	rows, err := tx.Query(ctx, query, args...)
	return &Row{rows: rows, err: err}
}

// ready refuses a statement that one of the engines would refuse, or take wrongly.
func (tx *Tx) ready(ctx context.Context, args []any) error {
	switch {
	case tx.over:
		return errors.New("db: transaction used after its end")
	case tx.failed != nil:
		return tx.failed
	case tx.open != nil:
		return tx.fail(errors.New("db: rows of the previous query are still open"))
	}
	for i, a := range args {
		if _, ok := a.(time.Time); ok {
			return tx.fail(fmt.Errorf("db: argument $%d is a time.Time: pass a civil.Instant or civil.Date", i+1))
		}
	}
	if err := ctx.Err(); err != nil {
		return tx.fail(err)
	}
	return nil
}

func (tx *Tx) fail(err error) error {
	tx.failed = tx.engine.classify(err)
	return tx.failed
}

// Rows are the rows of a query, as *sql.Rows; reading them to the end closes them.
type Rows struct {
	rows cursor
	tx   *Tx
}

// Next moves to the next row and reports whether there is one.
func (r *Rows) Next() bool {
	if r.rows.Next() {
		return true
	}
	r.release()
	return false
}

// Scan reads the present row.
func (r *Rows) Scan(dest ...any) error { return r.rows.Scan(dest...) }

// Err is the error that ended the rows early, if any.
func (r *Rows) Err() error {
	if err := r.rows.Err(); err != nil {
		return r.tx.fail(err)
	}
	return nil
}

// Close ends the rows early; it may be called again.
func (r *Rows) Close() error {
	err := r.rows.Close()
	r.release()
	return err
}

func (r *Rows) release() {
	if r.tx.open == r {
		r.tx.open = nil
	}
}

// Row is the first row of a query.
type Row struct {
	rows *Rows
	err  error
}

// Scan reads the row, or returns ErrNoRows.
func (r *Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return ErrNoRows
	}
	if err := r.rows.Scan(dest...); err != nil {
		return err
	}
	// RETURNING: the statement is complete once its rows are read to the end.
	for r.rows.Next() {
	}
	return r.rows.Err()
}

// All runs a query and scans each row.
func All[T any](ctx context.Context, tx *Tx, query string, scan func(Scanner) (T, error), args ...any) ([]T, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		if out == nil {
			out = make([]T, 0, 8) // few queries give one row, and most of the others more than a handful
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// One runs a query and scans its first row, or returns ErrNoRows.
func One[T any](ctx context.Context, tx *Tx, query string, scan func(Scanner) (T, error), args ...any) (T, error) {
	return scan(tx.QueryRow(ctx, query, args...))
}

// Value is the scan function of a query of one column: db.All(ctx, tx, "SELECT id …", db.Value[string]).
func Value[T any](s Scanner) (T, error) {
	var v T
	err := s.Scan(&v)
	return v, err
}

// Exists reports whether a query has a row.
func Exists(ctx context.Context, tx *Tx, query string, args ...any) (bool, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	found := rows.Next()
	return found, rows.Err()
}
