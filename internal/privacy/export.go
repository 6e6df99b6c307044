package privacy

import (
	"context"
	"errors"
	"time"

	"preau/internal/audit"
	"preau/internal/blob"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
)

const (
	hour = time.Hour
	// CopyLife is how long a copy may be downloaded.
	CopyLife = 7 * 24 * hour
	// copyEvery spaces the copies of one guardian.
	copyEvery = hour
)

// CopyKind is the kind of the job that makes a copy; its payload is a CopyPayload.
const CopyKind = "privacy.copy"

// CopyPayload names the copy to make.
type CopyPayload struct {
	CopyID string `json:"copy"`
}

// Copy is a guardian's copy of their data.
type Copy struct {
	ID         string
	GuardianID string
	AskedAt    civil.Instant
	ReadyAt    civil.Instant // zero: being made
	ExpiresAt  civil.Instant
	FileID     string // empty once it is over
	Size       int64  // bytes
}

// Ready reports whether the copy can be downloaded at an instant.
func (c Copy) Ready(now civil.Instant) bool { return c.FileID != "" && now.Before(c.ExpiresAt) }

const selectCopy = `SELECT id, guardian_id, asked_at, ready_at, expires_at, coalesce(file_id, ''), size_bytes FROM data_exports`

func scanCopy(r db.Scanner) (c Copy, err error) {
	return c, r.Scan(&c.ID, &c.GuardianID, &c.AskedAt, &c.ReadyAt, &c.ExpiresAt, &c.FileID, &c.Size)
}

// AskCopy has a copy made. One being made is not asked twice. Errors: fault.Refused when the last one is younger than an hour.
func AskCopy(ctx context.Context, tx *db.Tx, who household.Guardian) error {
	list, err := Copies(ctx, tx, who)
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.ReadyAt.IsZero() {
			return nil
		}
		if tx.Now.Sub(c.AskedAt) < copyEvery {
			return fault.Refusedf("Vous avez demandé une copie il y a moins d’une heure : elle est dans la liste.")
		}
	}
	c := Copy{ID: db.NewID(), GuardianID: who.ID, AskedAt: tx.Now}
	if _, err := tx.Exec(ctx, `INSERT INTO data_exports (id, guardian_id, asked_at) VALUES ($1, $2, $3)`, c.ID, c.GuardianID, c.AskedAt); err != nil {
		return err
	}
	if err := record(ctx, tx, who, "privacy.copy"); err != nil {
		return err
	}
	return job.Queue(ctx, tx, CopyKind, CopyPayload{c.ID})
}

func record(ctx context.Context, tx *db.Tx, who household.Guardian, act string) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name(), Act: act, Subject: who.Actor(), Household: who.HouseholdID})
}

// Copies lists a guardian's copies, the latest first.
func Copies(ctx context.Context, tx *db.Tx, who household.Guardian) ([]Copy, error) {
	return db.All(ctx, tx, selectCopy+` WHERE guardian_id = $1 ORDER BY asked_at DESC, id LIMIT 10`, scanCopy, who.ID)
}

// CopyOf finds a guardian's copy; another's is not found, nor one that is over.
func CopyOf(ctx context.Context, tx *db.Tx, who household.Guardian, id string) (Copy, error) {
	c, err := CopyByID(ctx, tx, id)
	if err == nil && (c.GuardianID != who.ID || !c.Ready(tx.Now)) {
		err = fault.NotFoundf("Cette copie n’existe pas, ou n’est plus disponible.")
	}
	return c, err
}

// CopyByID finds a copy, for the job that makes it; fault.NotFound.
func CopyByID(ctx context.Context, tx *db.Tx, id string) (Copy, error) {
	c, err := db.One(ctx, tx, selectCopy+` WHERE id = $1`, scanCopy, id)
	if errors.Is(err, db.ErrNoRows) {
		err = fault.NotFoundf("Cette copie n’existe pas, ou n’est plus disponible.")
	}
	return c, err
}

// Made writes that a copy is ready, and reports whether it still had to be: a job that ran twice throws its file away.
func Made(ctx context.Context, tx *db.Tx, id string, file blob.File) (fresh bool, err error) {
	if err := blob.Record(ctx, tx, file); err != nil {
		return false, err
	}
	n, err := tx.Exec(ctx, `UPDATE data_exports SET ready_at = $2, expires_at = $3, file_id = $4, size_bytes = $5 WHERE id = $1 AND ready_at IS NULL`,
		id, tx.Now, tx.Now.Add(CopyLife), file.ID, file.Size)
	if err == nil && n == 0 {
		err = blob.Drop(ctx, tx, file.ID)
	}
	return n > 0, err
}

// DropCopies removes up to limit copies that are over, and says how many.
func DropCopies(ctx context.Context, tx *db.Tx, limit int) (int, error) {
	return dropCopies(ctx, tx, selectCopy+` WHERE file_id IS NOT NULL AND expires_at < $1 ORDER BY expires_at, id LIMIT $2`, tx.Now, int64(limit))
}

// DropCopiesOf removes every copy of a guardian, over or not; one that is being made finds that it is not wanted any more.
func DropCopiesOf(ctx context.Context, tx *db.Tx, guardianID string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM data_exports WHERE guardian_id = $1 AND ready_at IS NULL`, guardianID); err != nil {
		return err
	}
	_, err := dropCopies(ctx, tx, selectCopy+` WHERE file_id IS NOT NULL AND guardian_id = $1`, guardianID)
	return err
}

func dropCopies(ctx context.Context, tx *db.Tx, query string, args ...any) (int, error) {
	list, err := db.All(ctx, tx, query, scanCopy, args...)
	if err != nil {
		return 0, err
	}
	for _, c := range list {
		if _, err := tx.Exec(ctx, `UPDATE data_exports SET file_id = NULL WHERE id = $1`, c.ID); err != nil {
			return 0, err
		}
		if err := blob.Drop(ctx, tx, c.FileID); err != nil {
			return 0, err
		}
	}
	return len(list), nil
}
