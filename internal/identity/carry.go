package identity

import (
	"context"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
)

// Carry moves the times of every session by d, forward or back: a demonstration's clock is about to jump, and nobody is signed
// out for it.
func Carry(ctx context.Context, tx *db.Tx, d time.Duration) error {
	type row struct {
		id                     string
		created, seen, expires civil.Instant
	}
	rows, err := db.All(ctx, tx, `SELECT id, created_at, seen_at, expires_at FROM sign_ins`, func(s db.Scanner) (r row, err error) {
		return r, s.Scan(&r.id, &r.created, &r.seen, &r.expires)
	})
	if err != nil {
		return err
	}
	for _, r := range rows {
		if _, err := tx.Exec(ctx, `UPDATE sign_ins SET created_at = $2, seen_at = $3, expires_at = $4 WHERE id = $1`,
			r.id, r.created.Add(d), r.seen.Add(d), r.expires.Add(d)); err != nil {
			return err
		}
	}
	return nil
}
