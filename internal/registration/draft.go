package registration

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/seal"
)

// draftLife is how long what was typed is kept after the last tab was sent.
const draftLife = 24 * time.Hour

// Draft is what a visitor has typed so far. It is kept sealed: the database alone does not tell who was about to register.
type Draft struct {
	Person Person `json:"person"`
	Login  string `json:"login,omitempty"`
	Key    string `json:"key,omitempty"` // as typed
	// PasswordHash is that of a password that was good, kept so that another answer can be corrected without typing it again.
	PasswordHash string `json:"password_hash,omitempty"`

	BegunAt  civil.Instant `json:"begun_at"`
	Done     int           `json:"done"`     // how many tabs were accepted, in order
	Question *Question     `json:"question"` // asked on suspicion; nil: none
	Passed   bool          `json:"passed"`   // a question was answered well
	Wrong    int           `json:"wrong"`    // answers that were not
	PhotoID  string        `json:"-"`
}

// BeginDraft opens a draft and gives the token of its cookie.
func BeginDraft(ctx context.Context, tx *db.Tx, secret []byte, d Draft) (string, error) {
	token := db.NewID()
	d.BegunAt = tx.Now
	sealed, err := seal.Seal(secret, hashed(token), []byte(db.JSON(d)))
	if err != nil {
		return "", err
	}
	_, err = tx.Exec(ctx, `INSERT INTO registration_drafts (token_hash, sealed, touched_at) VALUES ($1, $2, $3)`, hashed(token), sealed, tx.Now)
	return token, err
}

// LoadDraft reads the draft of a cookie; not found when there is none, or no longer.
func LoadDraft(ctx context.Context, tx *db.Tx, secret []byte, token string) (Draft, error) {
	var sealed, photo string
	err := tx.QueryRow(ctx, `SELECT sealed, coalesce(photo_id, '') FROM registration_drafts WHERE token_hash = $1 AND touched_at > $2`,
		hashed(token), tx.Now.Add(-draftLife)).Scan(&sealed, &photo)
	if errors.Is(err, db.ErrNoRows) {
		return Draft{}, errNoDraft()
	}
	if err != nil {
		return Draft{}, err
	}
	text, err := seal.Open(secret, hashed(token), sealed)
	if errors.Is(err, seal.ErrNotOpened) {
		return Draft{}, errNoDraft() // the town's key was changed
	}
	if err != nil {
		return Draft{}, err
	}
	var d Draft
	if err := json.Unmarshal(text, &d); err != nil {
		return Draft{}, err
	}
	d.PhotoID = photo
	return d, nil
}

func errNoDraft() error {
	return fault.NotFoundf("Ce que vous aviez saisi n’est plus conservé.")
}

// SaveDraft keeps what was typed since.
func SaveDraft(ctx context.Context, tx *db.Tx, secret []byte, token string, d Draft) error {
	sealed, err := seal.Seal(secret, hashed(token), []byte(db.JSON(d)))
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `UPDATE registration_drafts SET sealed = $2, photo_id = $3, touched_at = $4 WHERE token_hash = $1`,
		hashed(token), sealed, maybe(d.PhotoID), tx.Now)
	if err == nil && n == 0 {
		err = errNoDraft()
	}
	return err
}

// EndDraft forgets a draft; its photo goes on with the registration.
func EndDraft(ctx context.Context, tx *db.Tx, token string) error {
	_, err := tx.Exec(ctx, `DELETE FROM registration_drafts WHERE token_hash = $1`, hashed(token))
	return err
}
