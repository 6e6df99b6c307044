package identity

import (
	"context"

	"preau/internal/db"
	"preau/internal/fault"
)

// Try is something other than signing in that a visitor could do too often: enter a key, ask for an e-mail.
type Try struct {
	Key       []byte // a key of the town: what is stored of visitors is hashed with it
	What, Who string // "access key by address", "2001:db8::/64"
	Most      int    // how many are free in an hour
}

// CountTry counts a try and says whether there were too many in the last hour. Like the tries to sign in, they are forgotten after a day.
func CountTry(ctx context.Context, tx *db.Tx, t Try) (over bool, err error) {
	l := limit{subject(t.Key, t.What, t.Who), t.Most}
	if over, err = l.spent(ctx, tx); err != nil {
		return false, err
	}
	_, err = l.count(ctx, tx)
	return over, err
}

// TriesSpent says, without counting one, whether the free tries of the last hour are used up.
func TriesSpent(ctx context.Context, tx *db.Tx, t Try) (bool, error) {
	return limit{subject(t.Key, t.What, t.Who), t.Most}.spent(ctx, tx)
}

// Network is how a visitor's address is counted: itself for IPv4, its /64 for IPv6.
func Network(address string) string { return network(address) }

// Check says what Create would refuse of an account, but for names that are taken.
func Check(n NewAccount) error {
	return check(Account{Login: clean(n.Login), Email: clean(n.Email), Name: clean(n.Name)})
}

// LoginTaken says whether an account has this login, whatever its case.
func LoginTaken(ctx context.Context, tx *db.Tx, login string) (bool, error) {
	return db.Exists(ctx, tx, `SELECT 1 FROM accounts WHERE login_key = $1`, fold(login))
}

// FindByEmail finds the account of an e-mail, whatever its case, or answers not found.
func FindByEmail(ctx context.Context, tx *db.Tx, email string) (Account, error) {
	if !ValidEmail(clean(email)) {
		return Account{}, fault.NotFoundf("Ce compte n’existe pas.")
	}
	return Find(ctx, tx, email)
}

// Matches compares a password with a text made by Hash, taking as long when it is empty. Never call it inside a transaction.
func Matches(ctx context.Context, password, hash string) (bool, error) {
	return matches(ctx, password, hash)
}
