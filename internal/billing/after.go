package billing

import (
	"context"
	"errors"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
)

// IssuedAfter gives what was issued after an invoice or a credit note, in the order of issue, with its lines: for software that reads what is new.
// after is the id of the last one it has, empty to begin; fault.NotFound when it is unknown.
func IssuedAfter(ctx context.Context, tx *db.Tx, after string, limit int) ([]Invoice, error) {
	at := civil.Wall(civil.New(1970, 1, 1), 0, 0, time.UTC) // before everything; NULL would compare with nothing
	var label string
	if after != "" {
		err := tx.QueryRow(ctx, `SELECT issued_at, label FROM invoices WHERE id = $1 AND number IS NOT NULL`, after).Scan(&at, &label)
		if errors.Is(err, db.ErrNoRows) {
			return nil, fault.NotFoundf("Cette facture n’existe pas.")
		}
		if err != nil {
			return nil, err
		}
	}
	ids, err := db.All(ctx, tx, `SELECT id FROM invoices WHERE number IS NOT NULL AND ($1 = '' OR (issued_at, label, id) > ($2, $3, $1)) ORDER BY issued_at, label, id LIMIT $4`,
		db.Value[string], after, at, label, int64(limit))
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	list, err := InvoicesByIDs(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]Invoice, len(list))
	for _, i := range list {
		byID[i.ID] = i
	}
	for k, id := range ids {
		list[k] = byID[id]
	}
	return list, nil
}
