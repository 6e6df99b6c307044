package mandate

import (
	"context"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/money"
)

// Reserved says that a debit will pay an invoice.
type Reserved struct {
	BatchID string
	DueOn   civil.Date
	Cents   money.Cents
}

// InBatch says which of these invoices a direct debit will pay, by their id: whoever takes money for one announces it, and refuses a payment
// on line. An invoice is free again when its debit was collected, rejected, or taken out of its batch.
func InBatch(ctx context.Context, tx *db.Tx, invoiceIDs []string) (map[string]Reserved, error) {
	type row struct {
		invoice string
		Reserved
	}
	rows, err := db.All(ctx, tx, `SELECT s.invoice_id, b.id, b.due_on, s.amount_cents FROM debit_shares s
		JOIN debits d ON d.id = s.debit_id JOIN debit_batches b ON b.id = d.batch_id
		WHERE s.settled_at IS NULL AND s.invoice_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))`,
		func(s db.Scanner) (r row, err error) { return r, s.Scan(&r.invoice, &r.BatchID, &r.DueOn, &r.Cents) }, db.JSON(invoiceIDs))
	out := make(map[string]Reserved, len(rows))
	for _, r := range rows {
		out[r.invoice] = r.Reserved
	}
	return out, err
}
