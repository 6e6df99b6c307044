package booking

import (
	"context"

	"preau/internal/civil"
	"preau/internal/db"
)

// ToCome counts the live bookings of an enrolment after a day: what ending it would cancel, what moving it would move.
func ToCome(ctx context.Context, tx *db.Tx, enrolmentID string, after civil.Date) (int, error) {
	var n int
	err := tx.QueryRow(ctx, `SELECT count(*) FROM bookings WHERE enrolment_id = $1 AND day > $2 AND state IN ('booked', 'pending', 'waiting', 'offered')`, enrolmentID, after).Scan(&n)
	return n, err
}
