package identity

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/seal"
)

// Keys are the keys of the town that this package needs, one for each use.
type Keys struct {
	Attempts       []byte // what is counted, by whom
	Authenticators []byte // seals the secrets of authenticators
	Recovery       []byte // hashes recovery codes
	Links          []byte // seals what a provider said
}

// recoveryCodes is how many codes a page of them has: a printed page lasts for years.
const recoveryCodes = 10

// Authenticator is what an application needs to make an account's codes.
type Authenticator struct {
	Secret string // base32, to be typed
	URL    string // otpauth://…, to be scanned
}

// Grouped is the secret in groups of four, to be read and typed.
func (a Authenticator) Grouped() string {
	var out []string
	for s := a.Secret; s != ""; {
		n := min(4, len(s))
		out, s = append(out, s[:n]), s[n:]
	}
	return strings.Join(out, " ")
}

// BeginAuthenticator draws the secret of a new authenticator, which counts for nothing until ConfirmAuthenticator. It refuses when
// the account has one.
func BeginAuthenticator(ctx context.Context, tx *db.Tx, a Account, k Keys) error {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "-", AccountName: a.Login, Period: codePeriod, SecretSize: 20})
	if err != nil {
		return err
	}
	sealed, err := seal.Seal(k.Authenticators, a.ID, []byte(key.Secret()))
	if err != nil {
		return err
	}
	rows, err := tx.Exec(ctx, `INSERT INTO authenticators (account_id, secret, created_at, last_step) VALUES ($1, $2, $3, 0)
		ON CONFLICT (account_id) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at, last_step = 0
		WHERE authenticators.confirmed_at IS NULL`, a.ID, sealed, tx.Now)
	if err == nil && rows == 0 {
		return fault.Conflictf("La seconde étape est déjà activée. Désactivez-la d’abord pour changer d’application.")
	}
	return err
}

// pendingLife is how long a secret that was shown may still be confirmed.
const pendingLife = time.Hour

// PendingAuthenticator reads the authenticator being set up, or answers not found. issuer is how the application names the town.
func PendingAuthenticator(ctx context.Context, tx *db.Tx, a Account, k Keys, issuer string) (Authenticator, error) {
	var sealed string
	err := tx.QueryRow(ctx, `SELECT secret FROM authenticators WHERE account_id = $1 AND confirmed_at IS NULL AND created_at > $2`,
		a.ID, tx.Now.Add(-pendingLife)).Scan(&sealed)
	if errors.Is(err, db.ErrNoRows) {
		return Authenticator{}, fault.NotFoundf("Aucune application n’est en cours d’ajout.")
	}
	if err != nil {
		return Authenticator{}, err
	}
	opened, err := seal.Open(k.Authenticators, a.ID, sealed)
	if err != nil {
		return Authenticator{}, err
	}
	secret := string(opened)
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		return Authenticator{}, err
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: a.Login, Period: codePeriod, Secret: raw})
	if err != nil {
		return Authenticator{}, err
	}
	return Authenticator{Secret: secret, URL: key.URL()}, nil
}

// ResealAuthenticators seals the secrets of all authenticators again, from one key of the town for them to another, and says how many. One that
// opens with neither stays, and its owner asks for it to be removed.
func ResealAuthenticators(ctx context.Context, tx *db.Tx, from, to []byte) (int, error) {
	type row struct{ account, secret string }
	rows, err := db.All(ctx, tx, `SELECT account_id, secret FROM authenticators ORDER BY account_id`, func(s db.Scanner) (r row, err error) {
		return r, s.Scan(&r.account, &r.secret)
	})
	if err != nil {
		return 0, err
	}
	done := 0
	for _, r := range rows {
		again, err := seal.Again(from, to, r.account, r.secret)
		if errors.Is(err, seal.ErrNotOpened) {
			continue
		}
		if err != nil {
			return 0, err
		}
		if _, err := tx.Exec(ctx, `UPDATE authenticators SET secret = $2 WHERE account_id = $1`, r.account, again); err != nil {
			return 0, err
		}
		done++
	}
	return done, nil
}

// Code is a code as it was typed.
type Code struct {
	Typed string
	At    civil.Instant // the world's time: what the application reckons with, also when a demonstration's clock has moved
}

// Verdict is what came of a code. It is a value and not an error, since a failure must be counted.
type Verdict struct {
	OK       bool
	Wait     time.Duration // positive: the code was not looked at
	Replayed bool          // it was right, and has served already
	Tell     bool          // failures are many: the owner is told
	recovery bool
}

// ConfirmAuthenticator takes the first code of a new authenticator and, when it is right, gives the recovery codes, which are shown once.
func ConfirmAuthenticator(ctx context.Context, tx *db.Tx, a Account, k Keys, c Code) (Verdict, []string, error) {
	if _, err := PendingAuthenticator(ctx, tx, a, k, "-"); err != nil {
		return Verdict{}, nil, err
	}
	v, err := judge(ctx, tx, a.ID, k, c, false)
	if err != nil || !v.OK {
		return v, nil, err
	}
	if _, err := tx.Exec(ctx, `UPDATE authenticators SET confirmed_at = $2 WHERE account_id = $1 AND confirmed_at IS NULL`, a.ID, tx.Now); err != nil {
		return v, nil, err
	}
	if err := settled(ctx, tx, a.ID); err != nil {
		return v, nil, err
	}
	codes, err := newRecoveryCodes(ctx, tx, a.ID, k)
	if err != nil {
		return v, nil, err
	}
	return v, codes, record(ctx, tx, a, "account.add_authenticator", nil)
}

// RemoveAuthenticator takes a code of the authenticator, or a recovery code, and removes both. An agent for whom a second factor is
// mandatory keeps one: refused, unless there is a passkey.
func RemoveAuthenticator(ctx context.Context, tx *db.Tx, a Account, k Keys, c Code) (Verdict, error) {
	p, err := ReadPolicy(ctx, tx)
	if err != nil {
		return Verdict{}, err
	}
	f, err := FactorsOf(ctx, tx, a.ID)
	if err != nil {
		return Verdict{}, err
	}
	if a.Kind == Staff && p.StaffFactor && f.Passkeys == 0 {
		return Verdict{}, fault.Invalidf("code", "La mairie demande une seconde étape à ses agents. Ajoutez d’abord une clé d’accès, qui la remplacera.")
	}
	v, err := judge(ctx, tx, a.ID, k, c, true)
	if err != nil || !v.OK {
		return v, err
	}
	for _, query := range []string{`DELETE FROM authenticators WHERE account_id = $1`, `DELETE FROM recovery_codes WHERE account_id = $1`} {
		if _, err := tx.Exec(ctx, query, a.ID); err != nil {
			return v, err
		}
	}
	return v, record(ctx, tx, a, "account.remove_authenticator", nil)
}

// RenewRecoveryCodes takes a code of the authenticator and gives new recovery codes; the ones before open nothing any more.
func RenewRecoveryCodes(ctx context.Context, tx *db.Tx, a Account, k Keys, c Code) (Verdict, []string, error) {
	v, err := judge(ctx, tx, a.ID, k, c, false)
	if err != nil || !v.OK {
		return v, nil, err
	}
	codes, err := newRecoveryCodes(ctx, tx, a.ID, k)
	if err != nil {
		return v, nil, err
	}
	return v, codes, record(ctx, tx, a, "account.renew_recovery_codes", nil)
}

// judge counts a try, waits when there were many, and looks at the code. recovery says whether a recovery code does as well; it is counted
// apart, so that who guesses codes does not keep the owner from using one.
func judge(ctx context.Context, tx *db.Tx, accountID string, k Keys, c Code, recovery bool) (Verdict, error) {
	typed := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -\u00a0\u202f", r) {
			return -1
		}
		return r
	}, strings.ToLower(clean(c.Typed)))
	isRecovery := recovery && len(typed) == recoveryLength
	kind := "code"
	if isRecovery {
		kind = "recovery code"
	}
	l := limit{subject(k.Attempts, kind, accountID), freeCodes}
	failures, wait, err := l.codeWait(ctx, tx)
	if err != nil || wait > 0 {
		return Verdict{Wait: wait}, err
	}
	id, err := l.count(ctx, tx)
	if err != nil {
		return Verdict{}, err
	}
	var v Verdict
	if isRecovery {
		v, err = takeRecovery(ctx, tx, accountID, k, typed)
	} else {
		v, err = takeCode(ctx, tx, accountID, k, typed, c.At)
	}
	if err != nil {
		return v, err
	}
	if v.OK {
		return v, takeBack(ctx, tx, []string{id})
	}
	v.Tell = failures+1 == freeCodes
	return v, nil
}

// codeWait is limit.wait with the window and the delays of codes; it gives the failures too.
func (l limit) codeWait(ctx context.Context, tx *db.Tx) (failures int, wait time.Duration, err error) {
	var last civil.Instant
	err = tx.QueryRow(ctx, `SELECT count(*), max(at) FROM sign_in_attempts WHERE subject = $1 AND at > $2`,
		l.subject, tx.Now.Add(-codeWindow)).Scan(&failures, &last)
	return failures, codeWait(failures, last, tx.Now), err
}

// takeCode compares with the codes of now and around, and writes down the period of the one that was right: it is not taken twice.
func takeCode(ctx context.Context, tx *db.Tx, accountID string, k Keys, typed string, at civil.Instant) (Verdict, error) {
	var sealed string
	var lastStep int64
	err := tx.QueryRow(ctx, `SELECT secret, last_step FROM authenticators WHERE account_id = $1`, accountID).Scan(&sealed, &lastStep)
	if errors.Is(err, db.ErrNoRows) {
		return Verdict{}, nil
	}
	if err != nil {
		return Verdict{}, err
	}
	secret, err := seal.Open(k.Authenticators, accountID, sealed)
	if err != nil {
		return Verdict{}, err
	}
	now, found := at.Time().Unix()/codePeriod, int64(-1)
	for s := now - codeSkew; s <= now+codeSkew; s++ {
		code, err := hotp.GenerateCodeCustom(string(secret), uint64(s), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return Verdict{}, err
		}
		if subtle.ConstantTimeCompare([]byte(code), []byte(typed)) == 1 {
			found = s
		}
	}
	if found < 0 {
		return Verdict{}, nil
	}
	rows, err := tx.Exec(ctx, `UPDATE authenticators SET last_step = $2 WHERE account_id = $1 AND last_step < $2`, accountID, found)
	return Verdict{OK: rows == 1, Replayed: rows == 0}, err
}

// A recovery code is ten letters and digits, fifty random bits, shown as "abcde-fghij".
const recoveryLength = 10

func newRecoveryCodes(ctx context.Context, tx *db.Tx, accountID string, k Keys) ([]string, error) {
	if _, err := tx.Exec(ctx, `DELETE FROM recovery_codes WHERE account_id = $1`, accountID); err != nil {
		return nil, err
	}
	var codes []string
	for range recoveryCodes {
		code := strings.ToLower(rand.Text()[:recoveryLength])
		if _, err := tx.Exec(ctx, `INSERT INTO recovery_codes (account_id, code_hash, created_at) VALUES ($1, $2, $3)`,
			accountID, recoveryHash(k, accountID, code), tx.Now); err != nil {
			return nil, err
		}
		codes = append(codes, code[:recoveryLength/2]+"-"+code[recoveryLength/2:])
	}
	return codes, nil
}

func takeRecovery(ctx context.Context, tx *db.Tx, accountID string, k Keys, typed string) (Verdict, error) {
	hash := recoveryHash(k, accountID, typed)
	rows, err := tx.Exec(ctx, `UPDATE recovery_codes SET used_at = $3 WHERE account_id = $1 AND code_hash = $2 AND used_at IS NULL`, accountID, hash, tx.Now)
	if err != nil || rows == 1 {
		return Verdict{OK: rows == 1, recovery: true}, err
	}
	used, err := db.Exists(ctx, tx, `SELECT 1 FROM recovery_codes WHERE account_id = $1 AND code_hash = $2`, accountID, hash)
	return Verdict{Replayed: used}, err
}

func recoveryHash(k Keys, accountID, code string) string {
	h := hmac.New(sha256.New, k.Recovery)
	h.Write([]byte(accountID + "\x00" + code))
	return hex.EncodeToString(h.Sum(nil))
}
