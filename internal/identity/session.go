package identity

import (
	"context"
	"errors"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
)

// ErrSignedOut is what Resolve answers when the token opens nothing: none, unknown, revoked, ended, or its account suspended.
var ErrSignedOut = errors.New("identity: signed out")

// Session is a device signed in to an account.
type Session struct {
	ID        string
	Account   Account // in Sessions, only its ID
	CreatedAt civil.Instant
	SeenAt    civil.Instant // to the minute
	ExpiresAt civil.Instant // at the latest
	Device    string        // "Firefox sur Android", as the browser says
}

// Due reports whether the time the session was last seen should be written again (see Touch).
func (s Session) Due(now civil.Instant) bool { return !now.Before(s.SeenAt.Add(touchEvery)) }

// Browser is what a sign-in knows of the browser.
type Browser struct {
	Name  string // "Firefox sur Android"
	Token string // of its long-lived cookie, or empty
}

// Way says how an account was entered, in the journal.
type Way string

// The ways in.
const (
	ByPassword Way = "password"
	ByCode     Way = "password and code"
	ByRecovery Way = "password and recovery code"
	ByPasskey  Way = "passkey"
	ByProvider Way = "provider"
)

// Entry is what a successful sign-in gives the browser. When a second step is asked first, only Step is set.
type Entry struct {
	Session Session
	Token   string // of the session, for its cookie; new at each sign-in
	Device  string // of the browser, for its long-lived cookie; new at each sign-in
	// Stranger says that the account was entered before, and never from this browser: its owner is told.
	Stranger bool
	Step     string // token of the second step (SecondOf), for its cookie
}

// Enter opens a session after Challenge.Matches said yes, or begins its second step, and takes back the try that Knock counted.
// It refuses when the account was suspended, or its password changed, since Knock.
func Enter(ctx context.Context, tx *db.Tx, c Challenge, browserName string) (Entry, error) {
	now, err := db.One(ctx, tx, selectStored+` WHERE id = $1`, scanStored, c.account.ID)
	switch {
	case errors.Is(err, db.ErrNoRows):
		return Entry{}, fault.Refusedf("Cet identifiant ou ce mot de passe n’est pas reconnu.")
	case err != nil:
		return Entry{}, err
	case now.hash == "" || now.hash != c.account.hash:
		return Entry{}, fault.Conflictf("Votre mot de passe vient d’être changé. Connectez-vous avec le nouveau.")
	case now.Suspended():
		return Entry{}, errSuspended()
	}
	if err := takeBack(ctx, tx, c.tries); err != nil {
		return Entry{}, err
	}
	return enter(ctx, tx, now.Account, arrival{Browser: Browser{browserName, c.device}, way: ByPassword})
}

func errSuspended() error {
	return fault.Refusedf("Cet espace est suspendu. Contactez la mairie pour le rouvrir.")
}

// takeBack forgets tries that turned out right.
func takeBack(ctx context.Context, tx *db.Tx, tries []string) error {
	for _, id := range tries {
		if _, err := tx.Exec(ctx, `DELETE FROM sign_in_attempts WHERE id = $1`, id); err != nil {
			return err
		}
	}
	return nil
}

// arrival is who comes, and how.
type arrival struct {
	Browser
	way  Way
	hint Hint // of the provider that vouched; empty without one
}

// enter opens a session, or begins the second step when the account asks for one.
func enter(ctx context.Context, tx *db.Tx, a Account, how arrival) (Entry, error) {
	f, err := FactorsOf(ctx, tx, a.ID)
	if err != nil {
		return Entry{}, err
	}
	if asksStep(a.Kind, f) {
		token, err := putStep(ctx, tx, step{kind: stepSecond, accountID: a.ID, content: db.JSON(how.hint), life: secondLife})
		return Entry{Step: token}, err
	}
	return admit(ctx, tx, a, how)
}

// admit opens a session: everything that was asked is proved.
func admit(ctx context.Context, tx *db.Tx, a Account, how arrival) (Entry, error) {
	known, err := knownDevice(ctx, tx, how.Token, a.ID)
	if err != nil {
		return Entry{}, err
	}
	e, err := open(ctx, tx, a, how.Name)
	if err != nil {
		return Entry{}, err
	}
	e.Stranger = !known && !a.FirstSignInAt.IsZero()
	if e.Device, err = remember(ctx, tx, a.ID, how.Token); err != nil {
		return Entry{}, err
	}
	if err := putHint(ctx, tx, e.Session.ID, how.hint); err != nil {
		return Entry{}, err
	}
	if e.Session.Account, err = arrived(ctx, tx, a); err != nil {
		return Entry{}, err
	}
	return e, record(ctx, tx, a, "account.sign_in", map[string]string{"device": how.Name, "way": string(how.way)})
}

// arrived writes the first sign-in, and until when an agent may do without a second factor.
func arrived(ctx context.Context, tx *db.Tx, a Account) (Account, error) {
	if a.FirstSignInAt.IsZero() {
		a.FirstSignInAt = tx.Now
		if _, err := tx.Exec(ctx, `UPDATE accounts SET first_sign_in_at = $2 WHERE id = $1`, a.ID, tx.Now); err != nil {
			return a, err
		}
	}
	if a.Kind != Staff || !a.FactorDueAt.IsZero() {
		return a, nil
	}
	p, err := ReadPolicy(ctx, tx)
	if err != nil || !p.StaffFactor {
		return a, err
	}
	f, err := FactorsOf(ctx, tx, a.ID)
	if err != nil || f.Any() {
		return a, err
	}
	a.FactorDueAt = p.due(tx.Now)
	_, err = tx.Exec(ctx, `UPDATE accounts SET factor_due_at = $2 WHERE id = $1`, a.ID, a.FactorDueAt)
	return a, err
}

// open starts a session with a new token: nothing the browser sent before becomes a session.
func open(ctx context.Context, tx *db.Tx, a Account, device string) (Entry, error) {
	e := Entry{Token: db.NewID(), Session: Session{
		ID: db.NewID(), Account: a, CreatedAt: tx.Now, SeenAt: tx.Now, ExpiresAt: tx.Now.Add(longest), Device: device,
	}}
	_, err := tx.Exec(ctx, `INSERT INTO sign_ins (id, token_hash, account_id, created_at, seen_at, expires_at, device)
		VALUES ($1, $2, $3, $4, $4, $5, $6)`, e.Session.ID, tokenHash(e.Token), a.ID, tx.Now, e.Session.ExpiresAt, device)
	return e, err
}

// Resolve finds the session of a token and its account, in one query; it is what each page asks first. It only reads.
func Resolve(ctx context.Context, tx *db.Tx, token string) (Session, error) {
	if token == "" {
		return Session{}, ErrSignedOut
	}
	s, err := db.One(ctx, tx, `SELECT s.id, s.created_at, s.seen_at, s.expires_at, s.device,
		a.id, a.login, a.email, a.name, a.kind, a.password_changed_at, a.created_at, a.factor_due_at
		FROM sign_ins s JOIN accounts a ON a.id = s.account_id
		WHERE s.token_hash = $1 AND s.revoked_at IS NULL AND a.suspended_at IS NULL`,
		func(r db.Scanner) (s Session, err error) {
			a := &s.Account
			err = r.Scan(&s.ID, &s.CreatedAt, &s.SeenAt, &s.ExpiresAt, &s.Device,
				&a.ID, &a.Login, &a.Email, &a.Name, &a.Kind, &a.PasswordChangedAt, &a.CreatedAt, &a.FactorDueAt)
			return s, err
		}, tokenHash(token))
	switch {
	case errors.Is(err, db.ErrNoRows):
		return Session{}, ErrSignedOut
	case err != nil:
		return Session{}, err
	case !live(s.Account.Kind, s.SeenAt, s.ExpiresAt, tx.Now):
		return Session{}, ErrSignedOut
	}
	return s, nil
}

// Touch writes that a session is in use. Call it when Due, outside the way of the page.
func Touch(ctx context.Context, tx *db.Tx, sessionID string) error {
	_, err := tx.Exec(ctx, `UPDATE sign_ins SET seen_at = $2 WHERE id = $1 AND revoked_at IS NULL AND seen_at < $2`, sessionID, tx.Now)
	return err
}

// Sessions lists the devices signed in to an account, the last used first.
func Sessions(ctx context.Context, tx *db.Tx, a Account) ([]Session, error) {
	return db.All(ctx, tx, `SELECT id, created_at, seen_at, expires_at, device FROM sign_ins
		WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > $2 AND seen_at > $3 ORDER BY seen_at DESC, id`,
		func(r db.Scanner) (Session, error) {
			s := Session{Account: Account{ID: a.ID}}
			err := r.Scan(&s.ID, &s.CreatedAt, &s.SeenAt, &s.ExpiresAt, &s.Device)
			return s, err
		}, a.ID, tx.Now, tx.Now.Add(-idle(a.Kind)))
}

// SignOut ends the session of a token; an unknown token changes nothing.
func SignOut(ctx context.Context, tx *db.Tx, token string) error {
	_, err := tx.Exec(ctx, `UPDATE sign_ins SET revoked_at = $2 WHERE token_hash = $1 AND revoked_at IS NULL`, tokenHash(token), tx.Now)
	return err
}

// Revoke ends one session of the account, or answers not found: a session of another account does not exist for it.
func Revoke(ctx context.Context, tx *db.Tx, a Account, sessionID string) error {
	rows, err := tx.Exec(ctx, `UPDATE sign_ins SET revoked_at = $3 WHERE id = $1 AND account_id = $2 AND revoked_at IS NULL`, sessionID, a.ID, tx.Now)
	if err != nil {
		return err
	}
	if rows == 0 {
		return fault.NotFoundf("Cet appareil n’est plus connecté à votre espace.")
	}
	return record(ctx, tx, a, "account.revoke_device", nil)
}

// RevokeOthers ends every session of the account but one, forgets its known browsers, and says how many sessions ended.
func RevokeOthers(ctx context.Context, tx *db.Tx, a Account, keptSessionID string) (int, error) {
	n, err := revokeAll(ctx, tx, a.ID, keptSessionID)
	if err != nil {
		return 0, err
	}
	return n, record(ctx, tx, a, "account.revoke_other_devices", map[string]int{"devices": n})
}

// RevokeAll ends every session of the account, this one too, and forgets its known browsers.
func RevokeAll(ctx context.Context, tx *db.Tx, a Account) (int, error) {
	n, err := revokeAll(ctx, tx, a.ID, "")
	if err != nil {
		return 0, err
	}
	return n, record(ctx, tx, a, "account.revoke_all_devices", map[string]int{"devices": n})
}

// revokeAll ends the sessions of an account, but the one named, the sign-ins under way, and forgets the browsers known for it.
func revokeAll(ctx context.Context, tx *db.Tx, accountID, keptSessionID string) (int, error) {
	if _, err := tx.Exec(ctx, `DELETE FROM sign_in_steps WHERE account_id = $1`, accountID); err != nil {
		return 0, err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM known_devices WHERE account_id = $1`, accountID); err != nil {
		return 0, err
	}
	var n int
	err := tx.QueryRow(ctx, `SELECT count(*) FROM sign_ins WHERE account_id = $1 AND id <> $2 AND revoked_at IS NULL AND expires_at > $3`,
		accountID, keptSessionID, tx.Now).Scan(&n)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, `UPDATE sign_ins SET revoked_at = $3 WHERE account_id = $1 AND id <> $2 AND revoked_at IS NULL`, accountID, keptSessionID, tx.Now)
	return n, err
}

// How long what no longer opens anything is kept.
const (
	keptAttempts = 24 * time.Hour
	keptDevice   = 180 * 24 * time.Hour
	keptReset    = 30 * 24 * time.Hour
	// keptEmailChange is past any link of it: the journal says the rest.
	keptEmailChange = 30 * 24 * time.Hour
)

// Sweep forgets what no longer serves: ended sessions, sign-ins left half-way, failures older than a day, spent links, browsers
// not seen for six months. A nightly job calls it.
func Sweep(ctx context.Context, tx *db.Tx) error {
	for _, s := range []struct {
		query string
		kept  time.Duration
	}{
		{`DELETE FROM sign_ins WHERE expires_at < $1`, 0},
		{`DELETE FROM sign_in_attempts WHERE at < $1`, keptAttempts},
		{`DELETE FROM password_resets WHERE expires_at < $1`, keptReset},
		{`DELETE FROM known_devices WHERE last_seen_at < $1`, keptDevice},
		{`DELETE FROM sign_in_steps WHERE expires_at < $1`, 0},
		{`DELETE FROM email_changes WHERE created_at < $1`, keptEmailChange},
	} {
		if _, err := tx.Exec(ctx, s.query, tx.Now.Add(-s.kept)); err != nil {
			return err
		}
	}
	return nil
}
