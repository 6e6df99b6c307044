package mandate

import (
	"context"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
)

// forgettable are the mandates that ended before an instant: the evidence of what they allowed is no longer asked for.
const forgettable = `FROM mandates WHERE ended_at IS NOT NULL AND ended_at < $1`

// CountBefore counts the mandates that ended before an instant, for the retention table.
func CountBefore(ctx context.Context, tx *db.Tx, before civil.Instant) (n int, err error) {
	err = tx.QueryRow(ctx, `SELECT count(*) `+forgettable, before).Scan(&n)
	return n, err
}

// ForgetBefore deletes up to limit of them, with their accounts and their history, and says how many.
func ForgetBefore(ctx context.Context, tx *db.Tx, before civil.Instant, limit int) (int, error) {
	n, err := tx.Exec(ctx, `DELETE FROM mandates WHERE id IN (SELECT id `+forgettable+` ORDER BY ended_at LIMIT $2)`, before, limit)
	return int(n), err
}

// LapseSlice ends up to limit mandates that were not used for 36 months, and says whether there may be more. The months count from the last debit or,
// where there is none, from the day the mandate was written here: what another program debited with a paper mandate is not known.
func LapseSlice(ctx context.Context, tx *db.Tx, by household.By, today civil.Date, loc *time.Location, limit int) (bool, error) {
	old := today.AddMonths(-LapseMonths) // a mandate used on that day still stands
	ids, err := db.All(ctx, tx, `SELECT m.id FROM mandates m WHERE m.ended_at IS NULL AND m.made_at < $2 AND NOT EXISTS
		(SELECT 1 FROM debits d JOIN debit_batches b ON b.id = d.batch_id WHERE d.mandate_id = m.id AND d.released_at IS NULL AND b.due_on >= $1)
		ORDER BY m.id LIMIT $3`, db.Value[string], old, civil.Wall(old, 0, 0, loc), limit)
	if err != nil {
		return false, err
	}
	for _, id := range ids {
		m, err := ByID(ctx, tx, id)
		if err != nil {
			return false, err
		}
		if err := end(ctx, tx, by, m, "lapsed", ""); err != nil {
			return false, err
		}
	}
	return len(ids) == limit, nil
}

// EndOf ends the mandate of a household that is forgotten, if one stands. What was signed stays as long as it may be disputed.
func EndOf(ctx context.Context, tx *db.Tx, by household.By, householdID string) error {
	m, ok, err := Standing(ctx, tx, householdID)
	if err != nil || !ok {
		return err
	}
	return end(ctx, tx, by, m, "town", "dossier effacé")
}
