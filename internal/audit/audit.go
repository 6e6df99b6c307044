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
