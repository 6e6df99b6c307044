// Package identity holds accounts, their passwords and the devices signed in to them.
//
// An account is a login of one person: a guardian (family) or an agent (staff). It knows nothing of either; they refer to it.
//
// Signing in takes three steps, because hashing a password is slow and a write transaction must not be: Knock (a write)
// finds the account, counts the try and says how long to wait; Challenge.Matches hashes, outside any transaction; Enter
// (a write) opens the session. The try is counted before the password is looked at, so that many tries at the same instant
// get no more chances than one after the other. Throttling delays and never locks: the longest delay is a minute, and a
// browser that signed in before is not slowed by what strangers do.
//
// Passwords are kept as argon2id; session, device and reset tokens as SHA-256, so that a copy of the database opens nothing.
package identity

import (
	"context"
	"errors"
	"net/mail"
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
)

// Kind says whose account it is; it decides how long a session lasts.
type Kind string

const (
	// Family is the account of a guardian.
	Family Kind = "family"
	// Staff is the account of an agent.
	Staff Kind = "staff"
)

// Account is a login.
type Account struct {
	ID                string
	Login             string // as typed at creation; unique whatever its case
	Email             string // unique whatever its case; sign-in accepts it too
	Name              string // as shown: "Claire Martin"
	Kind              Kind
	PasswordChangedAt civil.Instant
	CreatedAt         civil.Instant
	SuspendedAt       civil.Instant // zero: active
	FirstSignInAt     civil.Instant // zero: never
	FactorDueAt       civil.Instant // until then a second factor may still be missing; zero: none is counted
}

// Suspended reports whether the account may not sign in.
func (a Account) Suspended() bool { return !a.SuspendedAt.IsZero() }

// Actor names the account in the audit journal.
func (a Account) Actor() string { return "account:" + a.ID }

// NewAccount is what Create needs. PasswordHash comes from Hash; empty, nobody can sign in until a reset link is used.
type NewAccount struct {
	Login        string
	Email        string
	Name         string
	Kind         Kind
	PasswordHash string
}

var loginShape = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,62}[a-z0-9]$`)

// Create opens an account. Refusals name the form fields "identifiant", "email" and "nom".
func Create(ctx context.Context, tx *db.Tx, n NewAccount) (Account, error) {
	a := Account{
		ID: db.NewID(), Login: clean(n.Login), Email: clean(n.Email), Name: clean(n.Name), Kind: n.Kind,
		PasswordChangedAt: tx.Now, CreatedAt: tx.Now,
	}
	if err := check(a); err != nil {
		return Account{}, err
	}
	rows, err := tx.Exec(ctx, `INSERT INTO accounts
		(id, login, login_key, email, email_key, name, kind, password_hash, password_changed_at, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) ON CONFLICT DO NOTHING`,
		a.ID, a.Login, fold(a.Login), a.Email, fold(a.Email), a.Name, string(a.Kind), n.PasswordHash, tx.Now)
	if err != nil {
		return Account{}, err
	}
	if rows == 0 {
		return Account{}, taken(ctx, tx, a)
	}
	return a, nil
}

func check(a Account) error {
	wrong := map[string]string{}
	if !loginShape.MatchString(fold(a.Login)) {
		wrong["identifiant"] = "Choisissez un identifiant de 3 à 64 caractères : des lettres sans accent, des chiffres, un point ou un tiret. Exemple : claire.martin."
	}
	if !ValidEmail(a.Email) {
		wrong["email"] = "Écrivez une adresse e-mail complète, par exemple claire.martin@exemple.fr."
	}
	if a.Name == "" || len(a.Name) > 200 {
		wrong["nom"] = "Écrivez le prénom et le nom."
	}
	return fault.InvalidFields(wrong)
}

// taken says which of the two unique names is already someone's.
func taken(ctx context.Context, tx *db.Tx, a Account) error {
	found, err := db.Exists(ctx, tx, `SELECT 1 FROM accounts WHERE login_key = $1`, fold(a.Login))
	if err != nil {
		return err
	}
	if found {
		return fault.Invalidf("identifiant", "L’identifiant « %s » est déjà pris. Choisissez-en un autre.", a.Login)
	}
	return emailTaken()
}

func emailTaken() error {
	return fault.Invalidf("email", "Cette adresse e-mail est déjà celle d’un autre compte.")
}

// ValidEmail reports whether address is one bare e-mail address, with nothing that could be read as a second header.
func ValidEmail(address string) bool {
	if len(address) > 254 || strings.ContainsAny(address, "\r\n\t <>,;\"") {
		return false
	}
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address {
		return false
	}
	_, domain, _ := strings.Cut(address, "@")
	return strings.Contains(domain, ".") && !strings.HasPrefix(domain, ".") && !strings.HasSuffix(domain, ".")
}

// ByID finds an account, or answers not found.
func ByID(ctx context.Context, tx *db.Tx, id string) (Account, error) {
	a, err := db.One(ctx, tx, selectAccount+` WHERE id = $1`, scanAccount, id)
	if errors.Is(err, db.ErrNoRows) {
		return Account{}, fault.NotFoundf("Ce compte n’existe pas.")
	}
	return a, err
}

// Find finds an account by its login or its e-mail, whatever their case, or answers not found.
func Find(ctx context.Context, tx *db.Tx, loginOrEmail string) (Account, error) {
	s, err := findStored(ctx, tx, loginOrEmail)
	if errors.Is(err, db.ErrNoRows) {
		return Account{}, fault.NotFoundf("Ce compte n’existe pas.")
	}
	return s.Account, err
}

// Suspend closes an account and ends its sessions; suspending twice changes nothing. The caller records who and why.
func Suspend(ctx context.Context, tx *db.Tx, id string) error {
	if _, err := tx.Exec(ctx, `UPDATE accounts SET suspended_at = $2 WHERE id = $1 AND suspended_at IS NULL`, id, tx.Now); err != nil {
		return err
	}
	_, err := revokeAll(ctx, tx, id, "")
	return err
}

// Restore opens a suspended account again.
func Restore(ctx context.Context, tx *db.Tx, id string) error {
	_, err := tx.Exec(ctx, `UPDATE accounts SET suspended_at = NULL WHERE id = $1`, id)
	return err
}

// Edit changes the name and the e-mail of an account; with another e-mail, the links sent to the one before end. Refusals name the form fields "nom" and "email". The caller records it.
func Edit(ctx context.Context, tx *db.Tx, id, name, email string) error {
	a, err := ByID(ctx, tx, id)
	if err != nil {
		return err
	}
	before := fold(a.Email)
	a.Name, a.Email = clean(name), clean(email)
	if err := check(a); err != nil {
		return err
	}
	other, err := db.Exists(ctx, tx, `SELECT 1 FROM accounts WHERE email_key = $1 AND id <> $2`, fold(a.Email), id)
	if err != nil {
		return err
	}
	if other {
		return emailTaken()
	}
	if fold(a.Email) != before { // a link that went to an address which was wrong, or is somebody else's now
		if err := spendResets(ctx, tx, id); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `UPDATE accounts SET name = $2, email = $3, email_key = $4 WHERE id = $1`, id, a.Name, a.Email, fold(a.Email))
	return err
}

// record writes an act of the account on itself in the journal.
func record(ctx context.Context, tx *db.Tx, a Account, act string, detail any) error {
	return audit.Record(ctx, tx, audit.Entry{
		Actor: a.Actor(), ActorName: a.Name, Act: act, Subject: a.Actor(), Detail: detail,
	})
}

// clean removes the spaces around what was typed and settles how accents are written.
func clean(s string) string { return strings.TrimSpace(norm.NFC.String(s)) }

// fold makes the form under which logins and e-mails are compared.
func fold(s string) string { return strings.ToLower(clean(s)) }
