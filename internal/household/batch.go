package household

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"preau/internal/blob"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/job"
)

// Kinds of jobs about letters of keys; the payload is a LettersJob.
const (
	PrintLetters  = "household.letters"
	ForgetLetters = "household.letters_end"
)

// LettersJob names a batch.
type LettersJob struct {
	BatchID string `json:"batch"`
}

// LettersLife is how long the letters may be downloaded: they hold keys in clear.
const LettersLife = 3 * 24 * time.Hour

// KeyBatch is keys made together, printed as letters in one file.
type KeyBatch struct {
	ID        string
	MadeAt    civil.Instant
	MadeBy    By
	Title     string   // what was asked, in words
	Guardians []string // ids
	Total     int
	Done      int
	FileID    string // empty: not ready, or gone
	ReadyAt   civil.Instant
	ExpiresAt civil.Instant
}

// StartLetters asks for the keys and the letters of some guardians; a job makes them.
func StartLetters(ctx context.Context, tx *db.Tx, by By, title string, guardians []string) (KeyBatch, error) {
	if len(guardians) == 0 {
		return KeyBatch{}, fault.Invalidf("responsable", "Choisissez au moins une personne.")
	}
	b := KeyBatch{ID: db.NewID(), MadeAt: tx.Now, MadeBy: by, Title: title, Guardians: guardians, Total: len(guardians)}
	if _, err := tx.Exec(ctx, `INSERT INTO key_batches (id, made_at, made_by, made_by_name, title, guardians, total) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		b.ID, b.MadeAt, by.Actor, by.Name, title, db.JSON(guardians), b.Total); err != nil {
		return KeyBatch{}, err
	}
	if err := job.Queue(ctx, tx, PrintLetters, LettersJob{b.ID}, job.Key(PrintLetters+":"+b.ID)); err != nil {
		return KeyBatch{}, err
	}
	return b, note(ctx, tx, by, "key.letters", "batch:"+b.ID, "", map[string]any{"title": title, "guardians": len(guardians)})
}

// Letters finds a batch; fault.NotFound.
func Letters(ctx context.Context, tx *db.Tx, id string) (KeyBatch, error) {
	b, err := db.One(ctx, tx, selectBatch+` WHERE id = $1`, scanBatch, id)
	if errors.Is(err, db.ErrNoRows) {
		return KeyBatch{}, fault.NotFoundf("Ces lettres n’existent pas.")
	}
	return b, err
}

// LatestLetters lists the batches, the latest first.
func LatestLetters(ctx context.Context, tx *db.Tx, limit int) ([]KeyBatch, error) {
	return db.All(ctx, tx, selectBatch+` ORDER BY made_at DESC, id LIMIT $1`, scanBatch, limit)
}

// LettersDone writes how many letters of a batch are made.
func LettersDone(ctx context.Context, tx *db.Tx, id string, done int) error {
	_, err := tx.Exec(ctx, `UPDATE key_batches SET done = $2 WHERE id = $1`, id, done)
	return err
}

// LettersReady keeps the file of a batch until it expires.
func LettersReady(ctx context.Context, tx *db.Tx, id string, file blob.File) error {
	if err := blob.Record(ctx, tx, file); err != nil {
		return err
	}
	expires := tx.Now.Add(LettersLife)
	if _, err := tx.Exec(ctx, `UPDATE key_batches SET file_id = $2, ready_at = $3, expires_at = $4 WHERE id = $1`, id, file.ID, tx.Now, expires); err != nil {
		return err
	}
	return job.Queue(ctx, tx, ForgetLetters, LettersJob{id}, job.At(expires))
}

// EndLetters removes the file of a batch; the keys stay. Doing it twice changes nothing.
func EndLetters(ctx context.Context, tx *db.Tx, id string) error {
	b, err := Letters(ctx, tx, id)
	if err != nil || b.FileID == "" {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE key_batches SET file_id = NULL WHERE id = $1`, id); err != nil {
		return err
	}
	return blob.Drop(ctx, tx, b.FileID)
}

// LettersRead writes in the journal that somebody downloaded letters, which hold keys.
func LettersRead(ctx context.Context, tx *db.Tx, by By, b KeyBatch) error {
	return note(ctx, tx, by, "key.download", "batch:"+b.ID, "", map[string]any{"title": b.Title})
}

const selectBatch = `SELECT id, made_at, made_by, made_by_name, title, guardians, total, done, coalesce(file_id, ''), ready_at, expires_at FROM key_batches`

func scanBatch(s db.Scanner) (b KeyBatch, err error) {
	var guardians string
	if err := s.Scan(&b.ID, &b.MadeAt, &b.MadeBy.Actor, &b.MadeBy.Name, &b.Title, &guardians, &b.Total, &b.Done, &b.FileID, &b.ReadyAt, &b.ExpiresAt); err != nil {
		return b, err
	}
	return b, json.Unmarshal([]byte(guardians), &b.Guardians)
}
