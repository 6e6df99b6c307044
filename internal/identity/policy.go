package identity

import (
	"context"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/town"
)

// Policy is what the town decides about signing in.
type Policy struct {
	StaffFactor bool `json:"staff_factor"` // agents must have a second factor
	GraceDays   int  `json:"grace_days"`   // after their first sign-in without one, they may still go on for so long
}

const (
	policyKey    = "identity.policy"
	longestGrace = 60 // days
)

// ReadPolicy reads the town's policy; before it is written, agents must have a second factor within a week.
func ReadPolicy(ctx context.Context, tx *db.Tx) (Policy, error) {
	return town.ReadSetting(ctx, tx, policyKey, Policy{StaffFactor: true, GraceDays: 7})
}

// SavePolicy writes the town's policy. The refusal names the form field "delai". The caller records it.
func SavePolicy(ctx context.Context, tx *db.Tx, p Policy) error {
	if p.GraceDays < 0 || p.GraceDays > longestGrace {
		return fault.Invalidf("delai", "Indiquez un nombre de jours entre 0 et %d.", longestGrace)
	}
	return town.WriteSetting(ctx, tx, policyKey, p)
}

// Factors are the second factors of an account.
type Factors struct {
	Authenticator bool // an application that makes codes
	Since         civil.Instant
	Recovery      int // recovery codes left
	Passkeys      int
}

// Any reports whether there is a second factor at all.
func (f Factors) Any() bool { return f.Authenticator || f.Passkeys > 0 }

// FactorsOf reads the second factors of an account.
func FactorsOf(ctx context.Context, tx *db.Tx, accountID string) (Factors, error) {
	var f Factors
	err := tx.QueryRow(ctx, `SELECT (SELECT confirmed_at FROM authenticators WHERE account_id = $1),
		(SELECT count(*) FROM recovery_codes WHERE account_id = $1 AND used_at IS NULL), (SELECT count(*) FROM passkeys WHERE account_id = $1)`,
		accountID).Scan(&f.Since, &f.Recovery, &f.Passkeys)
	f.Authenticator = !f.Since.IsZero()
	return f, err
}

// Overdue reports whether an agent must set up a second factor before anything else. It costs nothing while no date is counted.
func Overdue(ctx context.Context, tx *db.Tx, a Account) (bool, error) {
	if a.Kind != Staff || a.FactorDueAt.IsZero() || tx.Now.Before(a.FactorDueAt) {
		return false, nil
	}
	p, err := ReadPolicy(ctx, tx)
	if err != nil || !p.StaffFactor {
		return false, err
	}
	f, err := FactorsOf(ctx, tx, a.ID)
	return !f.Any(), err
}

// settled stops counting: the account has a second factor.
func settled(ctx context.Context, tx *db.Tx, accountID string) error {
	_, err := tx.Exec(ctx, `UPDATE accounts SET factor_due_at = NULL WHERE id = $1`, accountID)
	return err
}

// ResetFactors removes every second factor of an account and ends its sessions, for who has lost them; an agent's time to set up another
// starts again at the next sign-in. The caller records who did it and why.
func ResetFactors(ctx context.Context, tx *db.Tx, accountID string) error {
	for _, query := range []string{
		`DELETE FROM authenticators WHERE account_id = $1`,
		`DELETE FROM recovery_codes WHERE account_id = $1`,
		`DELETE FROM passkeys WHERE account_id = $1`,
	} {
		if _, err := tx.Exec(ctx, query, accountID); err != nil {
			return err
		}
	}
	if err := settled(ctx, tx, accountID); err != nil {
		return err
	}
	_, err := revokeAll(ctx, tx, accountID, "")
	return err
}
