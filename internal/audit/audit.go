// Package audit is the journal of who did what to which record. An entry is written in the transaction of the act, so
// there is no act without its entry and no entry without its act; entries are never changed.
package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"preau/internal/civil"
	"preau/internal/db"
)

// Entry is one act.
type Entry struct {
	ID        string        // made by Record
	At        civil.Instant // the transaction's clock, set by Record
	Actor     string        // "account:ID", "agent:ID", "job:kind"
	ActorName string        // as it was at the time of the act
	Act       string        // "booking.submit"
	Subject   string        // "child:ID", or empty
	Household string        // whose history shows it, or empty
	Detail    any           // what was changed: made JSON by Record, a json.RawMessage from List
}

// Record writes an act down.
func Record(ctx context.Context, tx *db.Tx, e Entry) error {
	var household *string
	if e.Household != "" {
		household = &e.Household
	}
	if e.Detail == nil {
		e.Detail = struct{}{}
	}
	_, err := tx.Exec(ctx, `INSERT INTO audit_entries (id, at, actor, actor_name, act, subject, household_id, detail)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		db.NewID(), tx.Now, e.Actor, e.ActorName, e.Act, e.Subject, household, db.JSON(e.Detail))
	return err
}

// Filter says which entries List gives; what is empty does not filter.
type Filter struct {
	Household string
	Actor     string
	Act       string // an act, or the acts of one noun: "booking."
	// Since and Until bound the instants: from Since on, before Until; zero does not.
	Since, Until civil.Instant
	// Before continues a list: only entries older than this one, by its At and ID.
	Before Entry
	Limit  int // 0 is 100
}

// List gives entries, the latest first.
func List(ctx context.Context, tx *db.Tx, f Filter) ([]Entry, error) {
	if f.Limit <= 0 {
		f.Limit = 100
	}
	var conditions []string
	var args []any
	also := func(condition string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		conditions = append(conditions, condition)
	}
	if f.Household != "" {
		also("household_id = ?", f.Household)
	}
	if f.Actor != "" {
		also("actor = ?", f.Actor)
	}
	switch {
	case strings.HasSuffix(f.Act, "."):
		also("act >= ? AND act < ?", f.Act, f.Act+"\U0010FFFF")
	case f.Act != "":
		also("act = ?", f.Act)
	}
	if !f.Since.IsZero() {
		also("at >= ?", f.Since)
	}
	if !f.Until.IsZero() {
		also("at < ?", f.Until)
	}
	if !f.Before.At.IsZero() {
		also("(at, id) < (?, ?)", f.Before.At, f.Before.ID)
	}
	where := ""
	if len(conditions) > 0 {
		where = " WHERE " + strings.Join(conditions, " AND ")
	}
	args = append(args, int64(f.Limit))
	return db.All(ctx, tx, `SELECT id, at, actor, actor_name, act, subject, coalesce(household_id, ''), detail FROM audit_entries`+
		where+fmt.Sprintf(" ORDER BY at DESC, id DESC LIMIT $%d", len(args)), scan, args...)
}

func scan(s db.Scanner) (Entry, error) {
	var e Entry
	var detail string
	err := s.Scan(&e.ID, &e.At, &e.Actor, &e.ActorName, &e.Act, &e.Subject, &e.Household, &detail)
	e.Detail = json.RawMessage(detail)
	return e, err
}

// Seen writes once a day and agent that a record was looked at, however often it was: a view is logged, a reload is not news.
func Seen(ctx context.Context, tx *db.Tx, e Entry, since civil.Instant) error {
	known, err := db.Exists(ctx, tx, `SELECT 1 FROM audit_entries WHERE actor = $1 AND act = $2 AND subject = $3 AND at >= $4`, e.Actor, e.Act, e.Subject, since)
	if err != nil || known {
		return err
	}
	return Record(ctx, tx, e)
}

// views are the acts that only looked; they are kept less long than those that changed something.
const views = `act LIKE '%.view'`

func ofKind(viewed bool) string {
	if viewed {
		return views
	}
	return `NOT (` + views + `)`
}

// CountBefore is how many entries ForgetBefore would delete in all.
func CountBefore(ctx context.Context, tx *db.Tx, before civil.Instant, viewed bool) (n int, err error) {
	err = tx.QueryRow(ctx, `SELECT count(*) FROM audit_entries WHERE at < $1 AND `+ofKind(viewed), before).Scan(&n)
	return n, err
}

// ForgetBefore deletes up to limit entries older than an instant, of the acts that looked or of the others, and says how many: for
// the retention table, and nothing else ever deletes an entry.
func ForgetBefore(ctx context.Context, tx *db.Tx, before civil.Instant, viewed bool, limit int) (int, error) {
	n, err := tx.Exec(ctx, `DELETE FROM audit_entries WHERE id IN (SELECT id FROM audit_entries WHERE at < $1 AND `+ofKind(viewed)+` ORDER BY at, id LIMIT $2)`, before, int64(limit))
	return int(n), err
}
