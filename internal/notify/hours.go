package notify

import (
	"context"

	"preau/internal/db"
	"preau/internal/town"
)

// Hours says when the town writes by the clock. Hours are those of the town, 0 to 23.
type Hours struct {
	Remind   bool `json:"remind"`    // the eve of the last moments to cancel
	RemindAt int  `json:"remind_at"` // each day
	Digest   bool `json:"digest"`    // the week to come
	DigestAt int  `json:"digest_at"` // on Sundays
}

const hoursKey = "notify.hours"

// HoursOf reads when the town writes; until it says otherwise, at 18 h.
func HoursOf(ctx context.Context, tx *db.Tx) (Hours, error) {
	return town.ReadSetting(ctx, tx, hoursKey, Hours{Remind: true, RemindAt: 18, Digest: true, DigestAt: 18})
}

// SaveHours writes when the town writes; the caller has checked the hours, and records who did.
func SaveHours(ctx context.Context, tx *db.Tx, h Hours) error {
	return town.WriteSetting(ctx, tx, hoursKey, h)
}
