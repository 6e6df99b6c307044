package identity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"preau/internal/db"
)

const selectAccount = `SELECT id, login, email, name, kind, password_changed_at, created_at, suspended_at, first_sign_in_at, factor_due_at FROM accounts`

func scanAccount(s db.Scanner) (Account, error) {
	var a Account
	err := s.Scan(&a.ID, &a.Login, &a.Email, &a.Name, &a.Kind, &a.PasswordChangedAt, &a.CreatedAt, &a.SuspendedAt, &a.FirstSignInAt, &a.FactorDueAt)
	return a, err
}

// stored is an account with the hash of its password, which never leaves the package.
type stored struct {
	Account
	hash string
}

const selectStored = `SELECT id, login, email, name, kind, password_changed_at, created_at, suspended_at, first_sign_in_at, factor_due_at,
	password_hash FROM accounts`

func scanStored(s db.Scanner) (stored, error) {
	var a stored
	err := s.Scan(&a.ID, &a.Login, &a.Email, &a.Name, &a.Kind, &a.PasswordChangedAt, &a.CreatedAt, &a.SuspendedAt, &a.FirstSignInAt, &a.FactorDueAt, &a.hash)
	return a, err
}

// findStored reads by e-mail when there is an @, which no login has, and else by login.
func findStored(ctx context.Context, tx *db.Tx, loginOrEmail string) (stored, error) {
	key := fold(loginOrEmail)
	if strings.Contains(key, "@") {
		return db.One(ctx, tx, selectStored+` WHERE email_key = $1`, scanStored, key)
	}
	return db.One(ctx, tx, selectStored+` WHERE login_key = $1`, scanStored, key)
}

// tokenHash is what is stored of a token that a browser or a mail holds: the token has 130 random bits, one SHA-256 is enough.
func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
