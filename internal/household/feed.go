package household

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/seal"
)

// Feed is the secret address of a guardian's calendar. Who knows the secret reads the planning, so the table keeps its hash to
// find it and, to show it to its owner again, the secret sealed with a key that is not in the database.
type Feed struct {
	ID         string
	GuardianID string
	Secret     string
	CreatedAt  civil.Instant
}

// FeedOf gives the live feed of a guardian; false when there is none. key is the town's 32-byte key for feeds.
func FeedOf(ctx context.Context, tx *db.Tx, key []byte, who Guardian) (Feed, bool, error) {
	var f Feed
	var sealed string
	err := tx.QueryRow(ctx, `SELECT id, guardian_id, secret_sealed, created_at FROM calendar_feeds WHERE guardian_id = $1 AND revoked_at IS NULL`, who.ID).
		Scan(&f.ID, &f.GuardianID, &sealed, &f.CreatedAt)
	if errors.Is(err, db.ErrNoRows) {
		return Feed{}, false, nil
	}
	if err != nil {
		return Feed{}, false, err
	}
	secret, err := seal.Open(key, f.ID, sealed)
	if err != nil {
		return Feed{}, false, fmt.Errorf("feed: %w", err)
	}
	f.Secret = string(secret)
	return f, true, nil
}

// CreateFeed gives a guardian a new secret; the one before stops working at once.
func CreateFeed(ctx context.Context, tx *db.Tx, key []byte, who Guardian) (Feed, error) {
	if _, err := endFeed(ctx, tx, who); err != nil {
		return Feed{}, err
	}
	f := Feed{ID: db.NewID(), GuardianID: who.ID, Secret: db.NewID(), CreatedAt: tx.Now}
	sealed, err := seal.Seal(key, f.ID, []byte(f.Secret))
	if err != nil {
		return Feed{}, err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO calendar_feeds (id, guardian_id, secret_hash, secret_sealed, created_at) VALUES ($1, $2, $3, $4, $5)`,
		f.ID, f.GuardianID, feedHash(f.Secret), sealed, f.CreatedAt); err != nil {
		return Feed{}, err
	}
	return f, note(ctx, tx, ByGuardian(who), "feed.create", who.Actor(), who.HouseholdID, nil)
}

// RevokeFeed ends the guardian's feed; without one it does nothing.
func RevokeFeed(ctx context.Context, tx *db.Tx, who Guardian) error {
	if ended, err := endFeed(ctx, tx, who); err != nil || ended == 0 {
		return err
	}
	return note(ctx, tx, ByGuardian(who), "feed.revoke", who.Actor(), who.HouseholdID, nil)
}

func endFeed(ctx context.Context, tx *db.Tx, who Guardian) (int64, error) {
	return tx.Exec(ctx, `UPDATE calendar_feeds SET revoked_at = $2 WHERE guardian_id = $1 AND revoked_at IS NULL`, who.ID, tx.Now)
}

// GuardianByFeed finds whose planning a secret shows; fault.NotFound for a secret that is wrong or revoked.
func GuardianByFeed(ctx context.Context, tx *db.Tx, secret string) (Guardian, error) {
	g, err := db.One(ctx, tx, selectGuardian+` WHERE id = (SELECT guardian_id FROM calendar_feeds WHERE secret_hash = $1 AND revoked_at IS NULL)`,
		scanGuardian, feedHash(secret))
	return g, absent(err, "Cet agenda n’existe pas ou n’est plus partagé.")
}

func feedHash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
