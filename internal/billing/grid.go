package billing

import (
	"context"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/money"
)

// GridCharged tells whether some line of an invoice, issued or being prepared, was priced by a grid.
func GridCharged(ctx context.Context, tx *db.Tx, gridID string) (bool, error) {
	return db.Exists(ctx, tx, `SELECT 1 FROM invoice_lines WHERE grid_id = $1`, gridID)
}

// MealsUpTo counts the meals of some activities served in a month and billed at most at a price, by what invoices that were issued say; what was
// reversed is not counted. Absences are not: their price is a penalty, and nobody ate.
func MealsUpTo(ctx context.Context, tx *db.Tx, activityIDs []string, m civil.Month, most money.Cents) (int64, error) {
	list, err := db.All(ctx, tx, `SELECT count(*) FROM charges c JOIN invoice_lines l ON l.invoice_id = c.invoice_id AND l.number = c.line
		JOIN invoices i ON i.id = c.invoice_id
		WHERE c.day >= $1 AND c.day <= $2 AND c.activity_id IN (SELECT CAST(value AS text) FROM json_each(CAST($3 AS text)))
			AND l.attribute = 'food' AND c.cents BETWEEN 0 AND $4 AND c.reversed_in IS NULL AND i.kind = 'invoice' AND i.number IS NOT NULL`,
		db.Value[int64], m.First(), m.Last(), db.JSON(activityIDs), most)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	return list[0], nil
}
