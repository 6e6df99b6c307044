package identity

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/netip"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
)

// Attempt is one try to sign in.
type Attempt struct {
	Login   string // login or e-mail, as typed
	Address string // network address of the visitor, as the server trusts it
	Device  string // token of the browser's long-lived cookie, or empty
	Key     []byte // a key of the town: what is stored of logins and addresses is hashed with it
}

// Challenge is what Knock found: whether to wait, and against what the password is compared.
type Challenge struct {
	// Wait is how long the visitor must still wait; while it is positive the password is not looked at.
	Wait time.Duration

	account stored
	tries   []string // rows of sign_in_attempts that Enter takes back
	device  string
}

// Knock counts a try and finds the account, without telling whether there is one. It writes: a failure needs no second write.
func Knock(ctx context.Context, tx *db.Tx, a Attempt) (Challenge, error) {
	account, err := findStored(ctx, tx, a.Login)
	if err != nil && !errors.Is(err, db.ErrNoRows) {
		return Challenge{}, err
	}
	c := Challenge{account: account, device: a.Device}
	known, err := knownDevice(ctx, tx, a.Device, account.ID)
	if err != nil {
		return Challenge{}, err
	}
	who := account.ID // the same whether the login or the e-mail was typed
	if who == "" {
		who = fold(a.Login)
	}
	limits := []limit{{subject(a.Key, "account", who), freeByAccount}, {subject(a.Key, "address", network(a.Address)), freeByAddress}}
	if known {
		limits = []limit{{subject(a.Key, "device", tokenHash(a.Device)+account.ID), freeByDevice}}
	}
	for _, l := range limits {
		w, err := l.wait(ctx, tx)
		if err != nil {
			return Challenge{}, err
		}
		c.Wait = max(c.Wait, w)
	}
	if c.Wait > 0 {
		return c, nil
	}
	for _, l := range limits {
		id, err := l.count(ctx, tx)
		if err != nil {
			return Challenge{}, err
		}
		c.tries = append(c.tries, id)
	}
	return c, nil
}

// Matches compares the password, taking as long when there is no such account. Never call it inside a transaction.
func (c Challenge) Matches(ctx context.Context, password string) (bool, error) {
	if c.Wait > 0 {
		return false, nil
	}
	return matches(ctx, password, c.account.hash)
}

// limit is a subject that is slowed after a number of free failures.
type limit struct {
	subject string
	free    int
}

func (l limit) wait(ctx context.Context, tx *db.Tx) (time.Duration, error) {
	var failures int
	var last civil.Instant
	err := tx.QueryRow(ctx, `SELECT count(*), max(at) FROM sign_in_attempts WHERE subject = $1 AND at > $2`,
		l.subject, tx.Now.Add(-throttleWindow)).Scan(&failures, &last)
	return wait(failures, l.free, last, tx.Now), err
}

func (l limit) count(ctx context.Context, tx *db.Tx) (id string, err error) {
	id = db.NewID()
	_, err = tx.Exec(ctx, `INSERT INTO sign_in_attempts (id, subject, at) VALUES ($1, $2, $3)`, id, l.subject, tx.Now)
	return id, err
}

// subject names who is slowed in a form that a copy of the database does not give away.
func subject(key []byte, kind, who string) string {
	h := hmac.New(sha256.New, key)
	h.Write([]byte("sign-in attempt\x00" + kind + "\x00" + who))
	return hex.EncodeToString(h.Sum(nil)[:20])
}

// network is the address for IPv4 and its /64 for IPv6, where a home has a whole network.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is6() {
		if p, err := ip.Prefix(64); err == nil {
			return p.String()
		}
	}
	return ip.String()
}

func knownDevice(ctx context.Context, tx *db.Tx, device, accountID string) (bool, error) {
	if device == "" || accountID == "" {
		return false, nil
	}
	return db.Exists(ctx, tx, `SELECT 1 FROM known_devices WHERE token_hash = $1 AND account_id = $2`, tokenHash(device), accountID)
}

// remember gives the browser a new device token, keeping the accounts it was known for, and adds this one. The token changes
// at each sign-in so that one planted beforehand is worth nothing afterwards.
func remember(ctx context.Context, tx *db.Tx, accountID, device string) (token string, err error) {
	token = db.NewID()
	if device != "" {
		if _, err = tx.Exec(ctx, `UPDATE known_devices SET token_hash = $1 WHERE token_hash = $2`, tokenHash(token), tokenHash(device)); err != nil {
			return "", err
		}
	}
	_, err = tx.Exec(ctx, `INSERT INTO known_devices (token_hash, account_id, first_seen_at, last_seen_at) VALUES ($1, $2, $3, $3)
		ON CONFLICT (token_hash, account_id) DO UPDATE SET last_seen_at = excluded.last_seen_at`, tokenHash(token), accountID, tx.Now)
	return token, err
}
