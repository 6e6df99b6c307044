package registration

import (
	"context"

	"preau/internal/blob"
	"preau/internal/db"
)

// Erase forgets what the owner of an account said of themselves, with the photo; it comes before the account itself is erased.
func Erase(ctx context.Context, tx *db.Tx, accountID string) error {
	photos, err := db.All(ctx, tx, `SELECT photo_id FROM persons WHERE account_id = $1 AND photo_id IS NOT NULL`, db.Value[string], accountID)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM persons WHERE account_id = $1`, accountID); err != nil {
		return err
	}
	for _, id := range photos {
		if err := blob.Drop(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}
