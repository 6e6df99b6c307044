package identity

import (
	"context"
	"encoding/json"

	"preau/internal/db"
)

// Second is a sign-in that waits for its second step.
type Second struct {
	Account Account
	Factors Factors
}

// SecondOf finds the sign-in of a step's token, or answers not found when it has ended.
func SecondOf(ctx context.Context, tx *db.Tx, token string) (Second, error) {
	s, err := findStep(ctx, tx, stepSecond, token)
	if err != nil {
		return Second{}, err
	}
	var out Second
	if out.Account, err = ByID(ctx, tx, s.accountID); err != nil {
		return out, err
	}
	if out.Account.Suspended() {
		return out, errSuspended()
	}
	out.Factors, err = FactorsOf(ctx, tx, s.accountID)
	return out, err
}

// EnterWithCode ends a sign-in with a code of the authenticator or a recovery code. The entry is empty when the verdict is not OK: the step
// then still holds.
func EnterWithCode(ctx context.Context, tx *db.Tx, token string, k Keys, c Code, b Browser) (Entry, Verdict, error) {
	s, err := SecondOf(ctx, tx, token)
	if err != nil {
		return Entry{}, Verdict{}, err
	}
	v, err := judge(ctx, tx, s.Account.ID, k, c, true)
	if err != nil || !v.OK {
		return Entry{}, v, err
	}
	taken, err := takeStep(ctx, tx, stepSecond, token)
	if err != nil {
		return Entry{}, v, err
	}
	how := arrival{Browser: b, way: ByCode}
	if err := json.Unmarshal([]byte(taken.content), &how.hint); err != nil {
		return Entry{}, v, err
	}
	if v.recovery {
		how.way = ByRecovery
	}
	e, err := admit(ctx, tx, s.Account, how)
	return e, v, err
}
