// Package registration opens the spaces of families: what a visitor says of themselves on four tabs, kept while they type, then a link in
// an e-mail that proves the address, and the account.
//
// What is typed is a draft: sealed with the town's key, found by a cookie, forgotten after a day (SaveDraft). Register turns it into a
// registration that waits for its link; it reserves the user name for the time of the link, and nothing else: somebody who registers
// with the e-mail of another one gets nothing, and takes nothing from them. Activate makes the account. Whether an e-mail is already
// that of an account is told to its owner, by e-mail, and never on the page.
//
// The security control is in control.go: invisible first; on suspicion, one question in plain words.
package registration

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/identity"
)

// LinkLife is how long the link of the e-mail works.
const LinkLife = 48 * time.Hour

// Person is who the owner of an account says they are.
type Person struct {
	Civility   string `json:"civility"` // "mme" or "m"
	LastName   string `json:"last_name"`
	BirthName  string `json:"birth_name,omitempty"`
	FirstNames string `json:"first_names"` // as typed; commas or spaces between

	BornOn          civil.Date `json:"born_on"`
	BirthCountry    string     `json:"birth_country,omitempty"`    // package place
	BirthDepartment string     `json:"birth_department,omitempty"` // in France
	BirthCommune    string     `json:"birth_commune,omitempty"`    // its INSEE code, in France
	BirthPlace      string     `json:"birth_place,omitempty"`      // the commune as typed; abroad, the town

	Address    string `json:"address,omitempty"` // number and street
	Complement string `json:"complement,omitempty"`
	PostalCode string `json:"postal_code,omitempty"`
	City       string `json:"city,omitempty"`

	Email  string `json:"email"`
	Mobile string `json:"mobile,omitempty"` // phones as household.TidyPhone writes them
	Phone  string `json:"phone,omitempty"`
}

// First is the first name in use: what stands before the first comma.
func (p Person) First() string {
	first, _, _ := strings.Cut(p.FirstNames, ",")
	return strings.TrimSpace(first)
}

// Name is the person as the town writes to them: "Claire Martin".
func (p Person) Name() string { return strings.TrimSpace(p.First() + " " + p.LastName) }

// Claimant is the person as a key is compared with.
func (p Person) Claimant() household.Claimant {
	return household.Claimant{Names: []string{p.LastName, p.BirthName}, First: strings.ReplaceAll(p.FirstNames, ",", " "), BornOn: p.BornOn}
}

// Birth is what is told of the person's birth.
func (p Person) Birth() household.Birth {
	return household.Birth{BornOn: p.BornOn, Name: p.BirthName, Country: p.BirthCountry, Commune: p.BirthCommune}
}

// AnyPhone is the number to call first.
func (p Person) AnyPhone() string {
	if p.Mobile != "" {
		return p.Mobile
	}
	return p.Phone
}

// New is a space asked for, all checked.
type New struct {
	Person       Person
	Login        string
	PasswordHash string
	KeyID        string // of household.CheckKey; empty: no key was given
	PhotoID      string // a file of package blob; empty: none
}

// Outcome is what Register did. Either Token is the secret of the link to mail, or Owner is the account that has this e-mail already.
type Outcome struct {
	Token     string
	ExpiresAt civil.Instant
	Owner     *identity.Account
}

// LoginFree says whether a user name can be chosen: no account has it, and nobody else's registration waits with it. It may be said on
// the page; the caller counts the questions.
func LoginFree(ctx context.Context, tx *db.Tx, login, email string) (bool, error) {
	taken, err := identity.LoginTaken(ctx, tx, login)
	if err != nil || taken {
		return false, err
	}
	reserved, err := db.Exists(ctx, tx, `SELECT 1 FROM registrations WHERE login_key = $1 AND email_key <> $2 AND expires_at > $3`, fold(login), fold(email), tx.Now)
	return !reserved, err
}

// Register keeps a space until its link is used. With the e-mail of an account it keeps the user name alone, for as long and without a link:
// whether the name is free afterwards would else tell whether the e-mail has an account. Several may wait for one e-mail, each with its link: who asks for a space with the
// e-mail of somebody else does not end the link that this one has received.
// fault.Invalid beside "identifiant" when the user name has been taken meanwhile.
func Register(ctx context.Context, tx *db.Tx, n New) (Outcome, error) {
	owner, err := identity.FindByEmail(ctx, tx, n.Person.Email)
	known := err == nil
	if !known && !fault.Is(err, fault.NotFound) {
		return Outcome{}, err
	}
	free, err := LoginFree(ctx, tx, n.Login, n.Person.Email)
	if err != nil {
		return Outcome{}, err
	}
	if !free {
		return Outcome{}, errLoginTaken(n.Login)
	}
	if err := forget(ctx, tx, `login_key = $1`, fold(n.Login)); err != nil { // one's own from before, or one that has expired
		return Outcome{}, err
	}
	o := Outcome{Token: db.NewID(), ExpiresAt: tx.Now.Add(LinkLife)}
	if known {
		n = New{Person: Person{Email: n.Person.Email}, Login: n.Login}
	}
	_, err = tx.Exec(ctx, `INSERT INTO registrations (id, token_hash, login, login_key, email, email_key, password_hash, person, photo_id, key_id, made_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		db.NewID(), hashed(o.Token), n.Login, fold(n.Login), n.Person.Email, fold(n.Person.Email), n.PasswordHash, db.JSON(n.Person), maybe(n.PhotoID), maybe(n.KeyID), tx.Now, o.ExpiresAt)
	if known {
		return Outcome{Owner: &owner}, err
	}
	return o, err
}

func errLoginTaken(login string) error {
	return fault.Invalidf("identifiant", "Le nom d’utilisateur « %s » est déjà pris. Choisissez-en un autre.", login)
}

// Waiting is a registration whose link has not been used.
type Waiting struct {
	ID        string
	Login     string
	Email     string
	Person    Person
	ExpiresAt civil.Instant

	passwordHash, keyID, photoID string
}

// Name is the account's name to be.
func (w Waiting) Name() string { return w.Person.Name() }

// Find finds what a link would open, without using it, or answers not found.
func Find(ctx context.Context, tx *db.Tx, token string) (Waiting, error) {
	w, err := db.One(ctx, tx, selectWaiting+` WHERE token_hash = $1 AND expires_at > $2`, scanWaiting, hashed(token), tx.Now)
	if errors.Is(err, db.ErrNoRows) {
		return Waiting{}, fault.NotFoundf("Ce lien a déjà servi, ou son délai est passé.")
	}
	return w, err
}

// Pending finds the registration that waits for a user name or an e-mail, even when its link has expired, or answers not found.
func Pending(ctx context.Context, tx *db.Tx, loginOrEmail string) (Waiting, error) {
	w, err := db.One(ctx, tx, selectWaiting+` WHERE login_key = $1 OR email_key = $1 ORDER BY made_at DESC, id LIMIT 1`, scanWaiting, fold(loginOrEmail))
	if errors.Is(err, db.ErrNoRows) {
		return Waiting{}, fault.NotFoundf("Aucune création d’espace n’attend.")
	}
	return w, err
}

// Matches compares a password with the one chosen. Never call it inside a transaction: it is slow on purpose.
func (w Waiting) Matches(ctx context.Context, password string) (bool, error) {
	return identity.Matches(ctx, password, w.passwordHash)
}

// Again gives the latest registration of an e-mail a new link, the one before ends; not found when nothing waits for this e-mail.
func Again(ctx context.Context, tx *db.Tx, email string) (Waiting, string, error) {
	w, err := db.One(ctx, tx, selectWaiting+` WHERE email_key = $1 AND password_hash <> '' ORDER BY made_at DESC, id LIMIT 1`, scanWaiting, fold(email))
	if errors.Is(err, db.ErrNoRows) {
		return Waiting{}, "", fault.NotFoundf("Aucune création d’espace n’attend.")
	}
	if err != nil {
		return Waiting{}, "", err
	}
	token := db.NewID()
	w.ExpiresAt = tx.Now.Add(LinkLife)
	_, err = tx.Exec(ctx, `UPDATE registrations SET token_hash = $2, expires_at = $3 WHERE id = $1`, w.ID, hashed(token), w.ExpiresAt)
	return w, token, err
}

// Activated is an account just made.
type Activated struct {
	Account identity.Account
	Person  Person
	KeyID   string // to be used now; empty: none was given
}

// Activate makes the account of a link and uses the link up; fault.NotFound when it no longer works, fault.Conflict when the user name or the
// e-mail has become somebody's meanwhile.
func Activate(ctx context.Context, tx *db.Tx, token string) (Activated, error) {
	w, err := Find(ctx, tx, token)
	if err != nil {
		return Activated{}, err
	}
	account, err := identity.Create(ctx, tx, identity.NewAccount{
		Login: w.Login, Email: w.Email, Name: w.Name(), Kind: identity.Family, PasswordHash: w.passwordHash,
	})
	if fault.Is(err, fault.Invalid) {
		return Activated{}, fault.Conflictf("Le nom d’utilisateur « %s » ou votre adresse e-mail est devenu celui d’un autre espace. Recommencez la création avec un autre nom d’utilisateur.", w.Login)
	}
	if err != nil {
		return Activated{}, err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM registrations WHERE id = $1`, w.ID); err != nil {
		return Activated{}, err
	}
	if err := forget(ctx, tx, `email_key = $1`, fold(w.Email)); err != nil { // the others can no longer be opened
		return Activated{}, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO persons (account_id, person, photo_id, changed_at) VALUES ($1, $2, $3, $4)`,
		account.ID, db.JSON(w.Person), maybe(w.photoID), tx.Now)
	return Activated{account, w.Person, w.keyID}, err
}

// PersonOf reads who the owner of an account says they are; not found for accounts that agents opened.
func PersonOf(ctx context.Context, tx *db.Tx, accountID string) (Person, error) {
	p, err := db.One(ctx, tx, `SELECT person FROM persons WHERE account_id = $1`, scanPerson, accountID)
	if errors.Is(err, db.ErrNoRows) {
		return Person{}, fault.NotFoundf("Ce compte n’a rien déclaré.")
	}
	return p, err
}

// PhotoOf gives the file of the photo that the owner of an account added; empty when there is none.
func PhotoOf(ctx context.Context, tx *db.Tx, accountID string) (string, error) {
	id, err := db.One(ctx, tx, `SELECT coalesce(photo_id, '') FROM persons WHERE account_id = $1`, db.Value[string], accountID)
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	return id, err
}

// hashed is what is stored of a token that a browser or a mail holds.
func hashed(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
