package identity

import (
	"context"
	"errors"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
)

// EmailConfirmLife is how long the link sent to a new address works; EmailCancelLife how long the old address may undo the change.
const (
	EmailConfirmLife = 24 * time.Hour
	EmailCancelLife  = 7 * 24 * time.Hour
)

// emailChangesPerDay bounds the mails one account can have sent to addresses that may be anybody's.
const emailChangesPerDay = 5

// EmailChange is a change of the address an account signs in with.
type EmailChange struct {
	AccountID   string
	Old, New    string
	CreatedAt   civil.Instant
	ConfirmedAt civil.Instant // zero: not in effect yet
	Confirm     string        // token for the new address; only from AskEmailChange
	Cancel      string        // token for the old one; only from AskEmailChange
	// Holder is the account that has the new address already: it is told, the visitor is not.
	Holder string
}

// AskEmailChange begins a change. The caller mails the tokens. Refusals name the form field "email".
func AskEmailChange(ctx context.Context, tx *db.Tx, a Account, address string) (EmailChange, error) {
	c := EmailChange{AccountID: a.ID, Old: a.Email, New: clean(address), CreatedAt: tx.Now, Confirm: db.NewID(), Cancel: db.NewID()}
	switch {
	case !ValidEmail(c.New):
		return c, fault.Invalidf("email", "Écrivez une adresse e-mail complète, par exemple claire.martin@exemple.fr.")
	case fold(c.New) == fold(c.Old):
		return c, fault.Invalidf("email", "C’est déjà votre adresse de connexion.")
	}
	var today int
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM email_changes WHERE account_id = $1 AND created_at > $2`, a.ID, tx.Now.Add(-24*time.Hour)).Scan(&today); err != nil {
		return c, err
	}
	if today >= emailChangesPerDay {
		return c, fault.Invalidf("email", "Vous avez demandé beaucoup de changements aujourd’hui. Réessayez demain, ou contactez la mairie.")
	}
	err := tx.QueryRow(ctx, `SELECT id FROM accounts WHERE email_key = $1`, fold(c.New)).Scan(&c.Holder)
	if err != nil && !errors.Is(err, db.ErrNoRows) {
		return c, err
	}
	if _, err := tx.Exec(ctx, `UPDATE email_changes SET cancelled_at = $2 WHERE account_id = $1 AND confirmed_at IS NULL AND cancelled_at IS NULL`, a.ID, tx.Now); err != nil {
		return c, err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO email_changes (id, account_id, old_email, new_email, confirm_hash, cancel_hash, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, db.NewID(), a.ID, c.Old, c.New, tokenHash(c.Confirm), tokenHash(c.Cancel), tx.Now); err != nil {
		return c, err
	}
	return c, record(ctx, tx, a, "account.ask_email_change", nil)
}

const selectChange = `SELECT account_id, old_email, new_email, created_at, confirmed_at FROM email_changes WHERE cancelled_at IS NULL AND `

func findChange(ctx context.Context, tx *db.Tx, where, token string, life time.Duration) (EmailChange, error) {
	c, err := db.One(ctx, tx, selectChange+where, func(r db.Scanner) (c EmailChange, err error) {
		return c, r.Scan(&c.AccountID, &c.Old, &c.New, &c.CreatedAt, &c.ConfirmedAt)
	}, tokenHash(token))
	if errors.Is(err, db.ErrNoRows) || err == nil && !tx.Now.Before(c.CreatedAt.Add(life)) {
		return EmailChange{}, fault.NotFoundf("Ce lien a déjà servi, ou il n’est plus valable.")
	}
	return c, err
}

// FindEmailChange reads the change that a token of the new address would confirm, or answers not found.
func FindEmailChange(ctx context.Context, tx *db.Tx, token string) (EmailChange, error) {
	return findChange(ctx, tx, `confirmed_at IS NULL AND confirm_hash = $1`, token, EmailConfirmLife)
}

// FindEmailCancel reads the change that a token of the old address would undo, or answers not found.
func FindEmailCancel(ctx context.Context, tx *db.Tx, token string) (EmailChange, error) {
	return findChange(ctx, tx, `cancel_hash = $1`, token, EmailCancelLife)
}

// ConfirmEmailChange makes the new address the account's.
func ConfirmEmailChange(ctx context.Context, tx *db.Tx, token string) (EmailChange, error) {
	c, err := FindEmailChange(ctx, tx, token)
	if err != nil {
		return c, err
	}
	if err := c.move(ctx, tx, c.Old, c.New); err != nil {
		return c, err
	}
	if _, err := tx.Exec(ctx, `UPDATE email_changes SET confirmed_at = $2 WHERE confirm_hash = $1`, tokenHash(token), tx.Now); err != nil {
		return c, err
	}
	if err := spendResets(ctx, tx, c.AccountID); err != nil { // those that lie in the old mailbox
		return c, err
	}
	a, err := ByID(ctx, tx, c.AccountID)
	if err != nil {
		return c, err
	}
	return c, record(ctx, tx, a, "account.change_email", map[string]string{"before": c.Old, "after": c.New})
}

// CancelEmailChange undoes a change, in effect or not, with those that came after it: who took the account may have moved it on once more. In
// effect, someone else may hold the account: its sessions and its links to choose a password end with it. New is the address it had.
func CancelEmailChange(ctx context.Context, tx *db.Tx, token string) (EmailChange, error) {
	c, err := FindEmailCancel(ctx, tx, token)
	if err != nil {
		return c, err
	}
	a, err := ByID(ctx, tx, c.AccountID)
	if err != nil {
		return c, err
	}
	if _, err := tx.Exec(ctx, `UPDATE email_changes SET cancelled_at = $3 WHERE account_id = $1 AND cancelled_at IS NULL
		AND (cancel_hash = $2 OR created_at > $4)`, c.AccountID, tokenHash(token), tx.Now, c.CreatedAt); err != nil {
		return c, err
	}
	if !c.ConfirmedAt.IsZero() {
		c.New = a.Email
		if err := c.move(ctx, tx, c.New, c.Old); err != nil {
			return c, err
		}
		if err := spendResets(ctx, tx, c.AccountID); err != nil {
			return c, err
		}
		if _, err := revokeAll(ctx, tx, c.AccountID, ""); err != nil {
			return c, err
		}
	}
	return c, record(ctx, tx, a, "account.cancel_email_change", nil)
}

// move gives the account another address, unless it has changed in between or is somebody else's by now.
func (c EmailChange) move(ctx context.Context, tx *db.Tx, from, to string) error {
	rows, err := tx.Exec(ctx, `UPDATE accounts SET email = $3, email_key = $4 WHERE id = $1 AND email_key = $2
		AND NOT EXISTS (SELECT 1 FROM accounts o WHERE o.email_key = $4 AND o.id <> $1)`, c.AccountID, fold(from), to, fold(to))
	if err == nil && rows == 0 {
		return fault.Conflictf("Cette adresse ne peut plus être changée ainsi. Contactez la mairie.")
	}
	return err
}

// AskLogin finds the account of an e-mail, to remind its owner of the user name. found is false when there is none, when it is suspended, or
// when reminders were asked too often: the page says the same in every case.
func AskLogin(ctx context.Context, tx *db.Tx, a Attempt) (account Account, found bool, err error) {
	s, found, err := ask(ctx, tx, a, "login")
	return s.Account, found, err
}
