package town

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"preau/internal/db"
)

// ReadSetting reads one of the values the town decides about itself; fallback is what holds before it is ever written. Keys
// begin with the name of the package they belong to.
func ReadSetting[T any](ctx context.Context, tx *db.Tx, key string, fallback T) (T, error) {
	var text string
	err := tx.QueryRow(ctx, "SELECT value FROM settings WHERE key = $1", key).Scan(&text)
	if errors.Is(err, db.ErrNoRows) {
		return fallback, nil
	}
	if err != nil {
		return fallback, err
	}
	v := fallback
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return fallback, fmt.Errorf("setting %s: %w", key, err)
	}
	return v, nil
}

// WriteSetting writes one of the town's values; the caller records who did.
func WriteSetting[T any](ctx context.Context, tx *db.Tx, key string, value T) error {
	_, err := tx.Exec(ctx, `INSERT INTO settings (key, value, updated_at) VALUES ($1, $2, $3)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`, key, db.JSON(value), tx.Now)
	return err
}
