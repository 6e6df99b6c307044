package document

import (
	"context"

	"preau/internal/db"
	"preau/internal/household"
)

// EraseHousehold removes every document of a household that is forgotten, and their files.
func EraseHousehold(ctx context.Context, tx *db.Tx, by household.By, householdID string) error {
	list, err := AllOf(ctx, tx, householdID)
	if err != nil {
		return err
	}
	for _, d := range list {
		if err := remove(ctx, tx, by, d, "document.forget"); err != nil {
			return err
		}
	}
	return nil
}

// EraseGuardian takes the name of an adult who is forgotten out of what they stored and sent: the household keeps the documents.
func EraseGuardian(ctx context.Context, tx *db.Tx, who household.Guardian) error {
	if _, err := tx.Exec(ctx, "UPDATE documents SET deposited_by_name = $2 WHERE deposited_by = $1", who.Actor(), household.Gone); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE document_sendings SET sent_by_name = $3 WHERE sent_by_name = $2
		AND document_id IN (SELECT id FROM documents WHERE household_id = $1)`, who.HouseholdID, who.Name(), household.Gone)
	return err
}
