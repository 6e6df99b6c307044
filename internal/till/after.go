package till

import (
	"context"
	"errors"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
)

// ReceivedAfter gives the receipts, and the reversals of receipts, that came after one, in their order, with what they paid: for software that reads
// what is new. after is the id of the last one it has, empty to begin; fault.NotFound when it is unknown.
func ReceivedAfter(ctx context.Context, tx *db.Tx, after string, limit int) ([]Receipt, error) {
	at := civil.Wall(civil.New(1970, 1, 1), 0, 0, time.UTC) // before everything; NULL would compare with nothing
	var year, number int64
	if after != "" {
		err := tx.QueryRow(ctx, `SELECT at, year, number FROM receipts WHERE id = $1`, after).Scan(&at, &year, &number)
		if errors.Is(err, db.ErrNoRows) {
			return nil, fault.NotFoundf("Cette quittance n’existe pas.")
		}
		if err != nil {
			return nil, err
		}
	}
	list, err := db.All(ctx, tx, selectReceipt+` WHERE (r.at, r.year, r.number, r.id) > ($2, $3, $4, $1)
		ORDER BY r.at, r.year, r.number, r.id LIMIT $5`, scanReceipt, after, at, year, number, int64(limit))
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(list))
	place := make(map[string]int, len(list))
	for i := range list {
		ids[i], place[list[i].ID] = list[i].ID, i
	}
	_, err = db.All(ctx, tx, `SELECT receipt_id, invoice_id, invoice_number, cents FROM receipt_shares
		WHERE receipt_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text))) ORDER BY receipt_id, invoice_number`,
		func(s db.Scanner) (struct{}, error) {
			var id string
			var p Paid
			err := s.Scan(&id, &p.InvoiceID, &p.Number, &p.Cents)
			if err == nil {
				r := &list[place[id]]
				r.Paid = append(r.Paid, p)
			}
			return struct{}{}, err
		}, db.JSON(ids))
	return list, err
}
