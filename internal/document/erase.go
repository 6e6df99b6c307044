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
