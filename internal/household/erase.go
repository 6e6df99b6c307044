package household

import (
	"context"
	"slices"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/identity"
)

// Forgetting a family. Rows that counts lean on stay, without anything that says who it was; what only describes people goes.
// The name of who is gone is empty, so that no search finds it.

// Gone stands where the name of an adult stood who was forgotten, in what their household keeps.
const Gone = "Un ancien responsable"

// EraseGuardian forgets one adult: name, contacts, account, feed. The household and its children stay as they are. Erasing twice
// changes nothing. Errors: fault.NotFound.
func EraseGuardian(ctx context.Context, tx *db.Tx, by By, guardianID string) error {
	g, err := GuardianByID(ctx, tx, guardianID)
	if err != nil {
		return err
	}
	if err := eraseAdult(ctx, tx, g); err != nil {
		return err
	}
	return note(ctx, tx, by, "guardian.erase", g.Actor(), g.HouseholdID, nil)
}

func eraseAdult(ctx context.Context, tx *db.Tx, g Guardian) error {
	for _, query := range []string{
		`DELETE FROM calendar_feeds WHERE guardian_id = $1`,
		`DELETE FROM access_keys WHERE guardian_id = $1`,
		`UPDATE guardians SET account_id = NULL, civility = '', first_name = '', last_name = '', name_search = '', email = '', phone = '',
			born_on = NULL, birth_name = '', birth_country = '', birth_commune = '' WHERE id = $1`,
	} {
		if _, err := tx.Exec(ctx, query, g.ID); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE quotient_refusals SET refused_by_name = $2 WHERE refused_by = $1`, g.Actor(), Gone); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE guardians SET erased_at = $2 WHERE id = $1 AND erased_at IS NULL`, g.ID, tx.Now); err != nil {
		return err
	}
	if g.AccountID == "" {
		return nil
	}
	return identity.Erase(ctx, tx, g.AccountID)
}

// Erase forgets a household: its name, address, quotients, residences and holds, its adults, and the children who are in no other
// household. A child who is in another one stays there, and only leaves this one. Erasing twice changes nothing.
// Errors: fault.NotFound.
func Erase(ctx context.Context, tx *db.Tx, by By, id string) error {
	if _, err := ByID(ctx, tx, id); err != nil {
		return err
	}
	guardians, err := Guardians(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, g := range guardians {
		if err := eraseAdult(ctx, tx, g); err != nil {
			return err
		}
	}
	children, err := Children(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, c := range children {
		if err := leave(ctx, tx, id, c); err != nil {
			return err
		}
	}
	for _, query := range []string{
		`DELETE FROM quotients WHERE household_id = $1`,
		`DELETE FROM residences WHERE household_id = $1`,
		`DELETE FROM residence_exceptions WHERE household_id = $1`,
		`DELETE FROM quotient_refusals WHERE household_id = $1`,
		`DELETE FROM holds WHERE household_id = $1`,
		`UPDATE households SET name = '', name_search = '', address_line = '', postal_code = '', city = '', reference = id WHERE id = $1`,
	} {
		if _, err := tx.Exec(ctx, query, id); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE households SET erased_at = $2 WHERE id = $1 AND erased_at IS NULL`, id, tx.Now); err != nil {
		return err
	}
	return note(ctx, tx, by, "household.erase", "household:"+id, id, nil)
}

// leave takes a child out of a household, and forgets the child when it is in no other. The year of birth stays, for the counts.
func leave(ctx context.Context, tx *db.Tx, householdID string, c Child) error {
	homes, err := HouseholdsOf(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	for _, query := range []string{
		`DELETE FROM custody_rules WHERE child_id = $1 AND household_id = $2`,
		`DELETE FROM custody_dates WHERE child_id = $1 AND household_id = $2`,
		`DELETE FROM household_children WHERE child_id = $1 AND household_id = $2`,
	} {
		if _, err := tx.Exec(ctx, query, c.ID, householdID); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(homes, func(home string) bool { return home != householdID }) {
		return nil
	}
	if _, err := tx.Exec(ctx, `DELETE FROM schoolings WHERE child_id = $1`, c.ID); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE children SET first_name = '', last_name = '', name_search = '', menu = 'standard', reference = id, born_on = $2, erased_at = $3 WHERE id = $1`,
		c.ID, civil.New(c.BornOn.Year, 1, 1), tx.Now)
	return err
}

// ToldLeaving writes that a household was told that it will be forgotten.
func ToldLeaving(ctx context.Context, tx *db.Tx, id string) error {
	_, err := tx.Exec(ctx, `UPDATE households SET leaving_told_at = $2 WHERE id = $1 AND leaving_told_at IS NULL`, id, tx.Now)
	return err
}

// Leaving lists the households that were told that they will be forgotten, after an id.
func Leaving(ctx context.Context, tx *db.Tx, after string, limit int) ([]string, error) {
	return db.All(ctx, tx, `SELECT id FROM households WHERE leaving_told_at IS NOT NULL AND erased_at IS NULL AND id > $1 ORDER BY id LIMIT $2`,
		db.Value[string], after, int64(limit))
}

// CameBack takes that word back: something keeps the household again.
func CameBack(ctx context.Context, tx *db.Tx, id string) error {
	_, err := tx.Exec(ctx, `UPDATE households SET leaving_told_at = NULL WHERE id = $1 AND erased_at IS NULL`, id)
	return err
}
