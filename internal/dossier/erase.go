package dossier

import (
	"context"

	"preau/internal/db"
	"preau/internal/household"
)

// Erase forgets what a household's file says: contacts, insurances, answers, declared changes, confirmations, notes; and of the
// children who are in no other household, health, doctor, vaccinations and photo as well. It comes before the household itself is erased.
func Erase(ctx context.Context, tx *db.Tx, householdID string) error {
	children, err := household.Children(ctx, tx, householdID)
	if err != nil {
		return err
	}
	for _, c := range children {
		if c.Shared {
			continue
		}
		for _, query := range []string{
			`DELETE FROM file_facts WHERE child_id = $1`,
			`DELETE FROM vaccinations WHERE child_id = $1`,
			`DELETE FROM consent_answers WHERE child_id = $1`,
			`DELETE FROM declared_changes WHERE child_id = $1`,
		} {
			if _, err := tx.Exec(ctx, query, c.ID); err != nil {
				return err
			}
		}
		if err := dropPhoto(ctx, tx, c.ID); err != nil {
			return err
		}
	}
	for _, query := range []string{
		`DELETE FROM child_contacts WHERE household_id = $1`,
		`DELETE FROM file_facts WHERE household_id = $1`,
		`DELETE FROM consent_answers WHERE household_id = $1`,
		`DELETE FROM declared_changes WHERE household_id = $1`,
		`DELETE FROM file_confirmations WHERE household_id = $1`,
		`DELETE FROM household_notes WHERE household_id = $1`,
		`UPDATE child_photos SET made_by_name = '' WHERE made_by IN (SELECT 'guardian:' || id FROM guardians WHERE household_id = $1)`,
	} {
		if _, err := tx.Exec(ctx, query, householdID); err != nil {
			return err
		}
	}
	return nil
}

// EraseGuardian takes the name of an adult out of what they declared and answered: the answers stay, they bind the town.
func EraseGuardian(ctx context.Context, tx *db.Tx, guardianID string) error {
	for _, query := range []string{
		`UPDATE consent_answers SET guardian_name = '' WHERE guardian_id = $1`,
		`UPDATE declared_changes SET declared_by_name = '' WHERE declared_by = $1`,
		`UPDATE file_confirmations SET guardian_name = '' WHERE guardian_id = $1`,
		`UPDATE child_photos SET made_by_name = '' WHERE made_by = 'guardian:' || CAST($1 AS text)`,
	} {
		if _, err := tx.Exec(ctx, query, guardianID); err != nil {
			return err
		}
	}
	return nil
}
