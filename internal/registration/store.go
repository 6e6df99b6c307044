package registration

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"preau/internal/blob"
	"preau/internal/db"
)

const selectWaiting = `SELECT id, login, email, person, expires_at, password_hash, coalesce(key_id, ''), coalesce(photo_id, '') FROM registrations`

func scanWaiting(s db.Scanner) (w Waiting, err error) {
	var person string
	if err := s.Scan(&w.ID, &w.Login, &w.Email, &person, &w.ExpiresAt, &w.passwordHash, &w.keyID, &w.photoID); err != nil {
		return w, err
	}
	return w, json.Unmarshal([]byte(person), &w.Person)
}

func scanPerson(s db.Scanner) (p Person, err error) {
	var text string
	if err := s.Scan(&text); err != nil {
		return p, err
	}
	return p, json.Unmarshal([]byte(text), &p)
}

// fold makes the form under which user names and e-mails are compared, as package identity does.
func fold(s string) string { return strings.ToLower(strings.TrimSpace(norm.NFC.String(s))) }

func maybe(id string) *string {
	if id == "" {
		return nil
	}
	return &id
}

// keptAfter is how long a registration stays after its link has expired, for who asks for another link.
const keptAfter = 14 * 24 * time.Hour

// Sweep forgets drafts and registrations that nobody came back to, with their photos.
func Sweep(ctx context.Context, tx *db.Tx) error {
	if err := forget(ctx, tx, `expires_at < $1`, tx.Now.Add(-keptAfter)); err != nil {
		return err
	}
	photos, err := db.All(ctx, tx, `SELECT photo_id FROM registration_drafts WHERE touched_at < $1 AND photo_id IS NOT NULL`, db.Value[string], tx.Now.Add(-draftLife))
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM registration_drafts WHERE touched_at < $1`, tx.Now.Add(-draftLife)); err != nil {
		return err
	}
	for _, id := range photos {
		if err := blob.Drop(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}

// forget removes registrations with their photos.
func forget(ctx context.Context, tx *db.Tx, which string, args ...any) error {
	photos, err := db.All(ctx, tx, `SELECT photo_id FROM registrations WHERE photo_id IS NOT NULL AND `+which, db.Value[string], args...)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM registrations WHERE `+which, args...); err != nil {
		return err
	}
	for _, id := range photos {
		if err := blob.Drop(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}
