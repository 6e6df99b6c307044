package identity

import (
	"context"
	"errors"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
)

// ResetLife is how long a link to choose a new password works; InviteLife that of the first one an agent receives.
const (
	ResetLife  = time.Hour
	InviteLife = 7 * 24 * time.Hour
)

// resetsPerHour bounds the mails of one kind (a link, a user name) that one account can be made to receive; resetsByAddress what one
// address can ask.
const (
	resetsPerHour   = 3
	resetsByAddress = 20
)

// Owner reads what is needed to check the present password outside the transaction: pass the challenge to ChangePassword, or to
// Proved.
// The try is counted as for signing in, so that an unattended screen does not give unlimited tries.
func Owner(ctx context.Context, tx *db.Tx, a Account, key []byte) (Challenge, error) {
	s, err := db.One(ctx, tx, selectStored+` WHERE id = $1`, scanStored, a.ID)
	if err != nil {
		return Challenge{}, err
	}
	c := Challenge{account: s}
	l := limit{subject(key, "owner", a.ID), freeByAccount}
	if c.Wait, err = l.wait(ctx, tx); err != nil || c.Wait > 0 {
		return c, err
	}
	id, err := l.count(ctx, tx)
	c.tries = []string{id}
	return c, err
}

// Proved takes back the try that Owner counted, after Challenge.Matches said yes.
func Proved(ctx context.Context, tx *db.Tx, c Challenge) error { return takeBack(ctx, tx, c.tries) }

// ChangePassword stores a new hash after Challenge.Matches said yes for the present password, ends every other session and
// gives the one in use a new token.
func ChangePassword(ctx context.Context, tx *db.Tx, s Session, c Challenge, newHash string) (Entry, error) {
	rows, err := tx.Exec(ctx, `UPDATE accounts SET password_hash = $2, password_changed_at = $3 WHERE id = $1 AND password_hash = $4`,
		s.Account.ID, newHash, tx.Now, c.account.hash)
	if err != nil {
		return Entry{}, err
	}
	if rows == 0 {
		return Entry{}, fault.Conflictf("Votre mot de passe a été changé ailleurs entre-temps.")
	}
	if err := takeBack(ctx, tx, c.tries); err != nil {
		return Entry{}, err
	}
	if _, err := revokeAll(ctx, tx, s.Account.ID, ""); err != nil {
		return Entry{}, err
	}
	if err := endPending(ctx, tx, s.Account.ID); err != nil {
		return Entry{}, err
	}
	e, err := open(ctx, tx, s.Account, s.Device)
	if err != nil {
		return Entry{}, err
	}
	if e.Device, err = remember(ctx, tx, s.Account.ID, ""); err != nil {
		return Entry{}, err
	}
	return e, record(ctx, tx, s.Account, "account.change_password", nil)
}

// AskReset finds the account of a login or an e-mail and makes it a reset link. found is false when there is none, when it is
// suspended, or when enough links were asked already: the page says the same in every case. The caller mails the token.
func AskReset(ctx context.Context, tx *db.Tx, a Attempt) (account Account, token string, found bool, err error) {
	s, found, err := ask(ctx, tx, a, "reset")
	if err != nil || !found {
		return Account{}, "", false, err
	}
	token, err = NewReset(ctx, tx, s.ID, ResetLife)
	return s.Account, token, err == nil, err
}

// ask finds the account to which something is mailed on demand, and counts the demand by account and by address; what names it.
func ask(ctx context.Context, tx *db.Tx, a Attempt, what string) (s stored, found bool, err error) {
	byAddress := limit{subject(a.Key, what+" address", network(a.Address)), resetsByAddress}
	over, err := byAddress.spent(ctx, tx)
	if err != nil {
		return stored{}, false, err
	}
	if _, err := byAddress.count(ctx, tx); err != nil {
		return stored{}, false, err
	}
	s, err = findStored(ctx, tx, a.Login)
	if errors.Is(err, db.ErrNoRows) || err == nil && (over || s.Suspended()) {
		return stored{}, false, nil
	}
	if err != nil {
		return stored{}, false, err
	}
	byAccount := limit{subject(a.Key, what+" account", s.ID), resetsPerHour}
	if over, err = byAccount.spent(ctx, tx); err != nil || over {
		return stored{}, false, err
	}
	_, err = byAccount.count(ctx, tx)
	return s, err == nil, err
}

// endPending ends what was asked before the password changed and would outlive it: links to choose a password, and changes of address that
// wait for their link. Who knew the old password may have asked for them.
func endPending(ctx context.Context, tx *db.Tx, accountID string) error {
	if err := spendResets(ctx, tx, accountID); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE email_changes SET cancelled_at = $2 WHERE account_id = $1 AND confirmed_at IS NULL AND cancelled_at IS NULL`, accountID, tx.Now)
	return err
}

// spent reports whether the free number was used up within the window.
func (l limit) spent(ctx context.Context, tx *db.Tx) (bool, error) {
	var n int
	err := tx.QueryRow(ctx, `SELECT count(*) FROM sign_in_attempts WHERE subject = $1 AND at > $2`, l.subject, tx.Now.Add(-throttleWindow)).Scan(&n)
	return n >= l.free, err
}

// NewReset makes a single-use link of an account for the time given and returns its token, of which only a hash is stored.
func NewReset(ctx context.Context, tx *db.Tx, accountID string, life time.Duration) (token string, err error) {
	token = db.NewID()
	_, err = tx.Exec(ctx, `INSERT INTO password_resets (token_hash, account_id, created_at, expires_at) VALUES ($1, $2, $3, $4)`,
		tokenHash(token), accountID, tx.Now, tx.Now.Add(life))
	return token, err
}

// Reset is a link to choose a password.
type Reset struct {
	Account   Account
	ExpiresAt civil.Instant
	// First is true when the account never had a password: the link is an invitation.
	First bool
}

// FindReset finds the link of a token, without using it up, or answers not found.
func FindReset(ctx context.Context, tx *db.Tx, token string) (Reset, error) {
	var accountID string
	var r Reset
	err := tx.QueryRow(ctx, `SELECT account_id, expires_at FROM password_resets WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2`,
		tokenHash(token), tx.Now).Scan(&accountID, &r.ExpiresAt)
	if errors.Is(err, db.ErrNoRows) {
		return Reset{}, errNoReset()
	}
	if err != nil {
		return Reset{}, err
	}
	s, err := db.One(ctx, tx, selectStored+` WHERE id = $1`, scanStored, accountID)
	if err != nil {
		return Reset{}, err
	}
	if s.Suspended() {
		return Reset{}, errNoReset()
	}
	r.Account, r.First = s.Account, s.hash == ""
	return r, nil
}

func errNoReset() error {
	return fault.NotFoundf("Ce lien a déjà servi, ou il n’est plus valable. Demandez-en un nouveau.")
}

// UseReset stores the hash of the password chosen through a link, uses up every link of the account and ends its sessions.
// It returns the account and a device token: the browser that held the link is known from now on, and not slowed.
func UseReset(ctx context.Context, tx *db.Tx, token, newHash string) (Account, string, error) {
	r, err := FindReset(ctx, tx, token)
	if err != nil {
		return Account{}, "", err
	}
	if err := endPending(ctx, tx, r.Account.ID); err != nil {
		return Account{}, "", err
	}
	if _, err := tx.Exec(ctx, `UPDATE accounts SET password_hash = $2, password_changed_at = $3 WHERE id = $1`, r.Account.ID, newHash, tx.Now); err != nil {
		return Account{}, "", err
	}
	if _, err := revokeAll(ctx, tx, r.Account.ID, ""); err != nil {
		return Account{}, "", err
	}
	device, err := remember(ctx, tx, r.Account.ID, "")
	if err != nil {
		return Account{}, "", err
	}
	return r.Account, device, record(ctx, tx, r.Account, "account.reset_password", nil)
}

// SetPassword stores a hash made by Hash, ends the sessions and uses up the links: for the command line. The caller records it.
func SetPassword(ctx context.Context, tx *db.Tx, accountID, newHash string) error {
	if err := endPending(ctx, tx, accountID); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE accounts SET password_hash = $2, password_changed_at = $3 WHERE id = $1`, accountID, newHash, tx.Now); err != nil {
		return err
	}
	_, err := revokeAll(ctx, tx, accountID, "")
	return err
}

func spendResets(ctx context.Context, tx *db.Tx, accountID string) error {
	_, err := tx.Exec(ctx, `UPDATE password_resets SET used_at = $2 WHERE account_id = $1 AND used_at IS NULL`, accountID, tx.Now)
	return err
}
