package billing

import (
	"context"

	"preau/internal/db"
	"preau/internal/money"
)

// cesuOfInvoice is how much of the invoice i CESU may pay, whatever has paid it: its eligible lines, less what credit notes that were issued
// took back of them.
const cesuOfInvoice = `(CAST(coalesce((SELECT sum(n.total_cents) FROM invoice_lines n WHERE n.invoice_id = i.id AND n.cesu), 0) AS bigint)
		- CAST(coalesce((SELECT sum(c.cents) FROM charges c JOIN invoice_lines n ON n.invoice_id = c.invoice_id AND n.number = c.line AND n.cesu
			JOIN invoices r ON r.id = c.reversed_in AND r.number IS NOT NULL WHERE c.invoice_id = i.id), 0) AS bigint))`

// CESUOf says how much of each invoice CESU may pay, whatever has paid it; what credit notes took back is not of it.
func CESUOf(ctx context.Context, tx *db.Tx, invoices []string) (map[string]money.Cents, error) {
	out := make(map[string]money.Cents, len(invoices))
	if len(invoices) == 0 {
		return out, nil
	}
	_, err := db.All(ctx, tx, `SELECT i.id, `+cesuOfInvoice+` FROM invoices i WHERE i.id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))`,
		func(s db.Scanner) (struct{}, error) {
			var id string
			var cents money.Cents
			err := s.Scan(&id, &cents)
			out[id] = cents
			return struct{}{}, err
		}, db.JSON(invoices))
	return out, err
}
