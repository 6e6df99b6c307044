package identity

import (
	"context"
	"errors"
	"time"

	"preau/internal/db"
	"preau/internal/fault"
)

// A step is what the server remembers between two requests of one sign-in: the browser holds a random token, the table its hash. A step is
// taken once, whatever comes of it, and ends by itself.
type stepKind string

const (
	stepSecond  stepKind = "second_factor" // the password was right
	stepPasskey stepKind = "passkey"       // a challenge to sign in with a passkey
	stepNewKey  stepKind = "new_passkey"   // a challenge to register one
	stepLink    stepKind = "new_link"      // a provider said who someone is; no account is tied to it yet
	stepState   stepKind = "state"         // a state of OpenID that came back
)

// How long each lasts.
const (
	secondLife    = 10 * time.Minute
	challengeLife = 5 * time.Minute
	linkLife      = 20 * time.Minute
)

// step is one row. accountID may be empty.
type step struct {
	kind      stepKind
	accountID string
	content   string
	life      time.Duration
}

// putStep keeps a step and gives its token.
func putStep(ctx context.Context, tx *db.Tx, s step) (token string, err error) {
	token = db.NewID()
	return token, keepStep(ctx, tx, token, s)
}

func keepStep(ctx context.Context, tx *db.Tx, token string, s step) error {
	var account *string
	if s.accountID != "" {
		account = &s.accountID
	}
	_, err := tx.Exec(ctx, `INSERT INTO sign_in_steps (token_hash, kind, account_id, content, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		tokenHash(token), string(s.kind), account, s.content, tx.Now, tx.Now.Add(s.life))
	return err
}

// findStep reads a step that still holds, without taking it; not found otherwise.
func findStep(ctx context.Context, tx *db.Tx, kind stepKind, token string) (step, error) {
	var account *string
	s := step{kind: kind}
	err := tx.QueryRow(ctx, `SELECT account_id, content FROM sign_in_steps WHERE token_hash = $1 AND kind = $2 AND expires_at > $3`,
		tokenHash(token), string(kind), tx.Now).Scan(&account, &s.content)
	if errors.Is(err, db.ErrNoRows) {
		return s, fault.NotFoundf("Cette étape a déjà servi, ou son délai est passé. Recommencez.")
	}
	if account != nil {
		s.accountID = *account
	}
	return s, err
}

// takeStep reads a step and removes it.
func takeStep(ctx context.Context, tx *db.Tx, kind stepKind, token string) (step, error) {
	s, err := findStep(ctx, tx, kind, token)
	if err != nil {
		return s, err
	}
	_, err = tx.Exec(ctx, `DELETE FROM sign_in_steps WHERE token_hash = $1`, tokenHash(token))
	return s, err
}
