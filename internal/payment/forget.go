package payment

import (
	"context"

	"preau/internal/db"
	"preau/internal/household"
)

// ForgetGuardian takes out of the payments of a guardian what only served to reach them. Who paid what stays with the accounts of the town.
func ForgetGuardian(ctx context.Context, tx *db.Tx, g household.Guardian) error {
	if _, err := tx.Exec(ctx, `UPDATE payment_attempts SET email = '' WHERE guardian_id = $1`, g.ID); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE payment_events SET actor_name = '' WHERE actor = $1`, g.Actor())
	return err
}
