package identity

import (
	"context"

	"preau/internal/db"
)

// Erase removes an account with everything that hangs on it: sessions, devices, second factors, links, messages, preferences.
// Whoever the account belonged to has let it go before. An account that is gone already changes nothing.
func Erase(ctx context.Context, tx *db.Tx, id string) error {
	_, err := tx.Exec(ctx, `DELETE FROM accounts WHERE id = $1`, id)
	return err
}
