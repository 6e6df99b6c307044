package payment

import (
	"context"

	"preau/internal/db"
)

// laws are what must hold of payments on line. What a constraint already refuses is not here.
var laws = []db.Law{
	{Says: "attempt %s (%s) is paid, and receipt %s is of another amount, source, means or reference",
		Query: `SELECT a.id, a.reference, CAST(r.year AS text) || '-' || CAST(r.number AS text) FROM payment_attempts a JOIN receipts r ON r.id = a.receipt_id
			WHERE r.cents <> a.cents OR r.source <> 'payment:' || a.id OR (a.bank = 'paybox') <> (r.means = 'card')
				OR a.bank = 'paybox' AND r.reference NOT LIKE 'Transaction ' || a.transaction_number || ',%'`},
	{Says: "receipt %s (%s) is of %s cents paid on line, and no attempt brought them",
		Query: `SELECT CAST(r.year AS text) || '-' || CAST(r.number AS text), r.source, CAST(r.cents AS text) FROM receipts r
			WHERE r.means IN ('card', 'payfip_card', 'payfip_debit') AND r.reverses_id IS NULL
				AND NOT EXISTS (SELECT 1 FROM payment_attempts a WHERE a.receipt_id = r.id)
				AND NOT EXISTS (SELECT 1 FROM payment_attempts a JOIN payment_events e ON e.attempt_id = a.id AND e.kind = 'paid_twice'
					WHERE a.state = 'paid' AND a.cents = r.cents AND r.source LIKE 'payment:' || a.id || ':%')`},
	{Says: "attempt %s (%s): its invoices sum to %s cents more than it asks",
		Query: `SELECT a.id, a.reference, CAST(coalesce(sum(s.cents), 0) - a.cents AS text) FROM payment_attempts a LEFT JOIN payment_shares s ON s.attempt_id = a.id
			GROUP BY a.id, a.reference, a.cents HAVING a.cents <> coalesce(sum(s.cents), 0)`},
	{Says: "attempt %s (%s) is %s, and nothing says that its bank credited it",
		Query: `SELECT a.id, a.reference, a.state FROM payment_attempts a WHERE a.state = 'paid'
			AND NOT EXISTS (SELECT 1 FROM payment_events e WHERE e.attempt_id = a.id AND e.kind = 'credited')`},
	{Says: "event %s of %s: event %s is missing before it",
		Query: `SELECT e.id, coalesce(e.attempt_id, e.bank), CAST(e.seq - 1 AS text) FROM payment_events e WHERE e.seq > 1
			AND NOT EXISTS (SELECT 1 FROM payment_events b WHERE b.seq = e.seq - 1)`},
	{Says: "refund %s of attempt %s is done, and receipt %s is not the opposite of the payment's",
		Query: `SELECT f.id, f.attempt_id, coalesce(f.receipt_id, 'none') FROM payment_refunds f JOIN payment_attempts a ON a.id = f.attempt_id LEFT JOIN receipts b ON b.id = f.receipt_id
			WHERE f.state = 'done' AND (b.id IS NULL OR coalesce(b.reverses_id, '') <> coalesce(a.receipt_id, 'none') OR b.cents <> -f.cents)`},
	{Says: "refund %s of attempt %s is %s, and something was booked, or never paid",
		Query: `SELECT f.id, f.attempt_id, f.state FROM payment_refunds f JOIN payment_attempts a ON a.id = f.attempt_id
			WHERE f.state <> 'done' AND f.receipt_id IS NOT NULL OR a.state <> 'paid' OR f.cents > a.cents`},
	{Says: "refund %s of attempt %s was asked under number %s, which was not given yet",
		Query: `SELECT f.id, f.attempt_id, CAST(f.number AS text) FROM payment_refunds f
			WHERE f.number > coalesce((SELECT max(s.last) FROM number_series s WHERE s.series = 'PPPS'), 0)`},
}

// Verify looks at everything that must hold of payments on line, and says in plain sentences what does not: what is paid has its receipt, money
// that came on line has its attempt, the journal has no gap, what was given back is booked.
func Verify(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.Broken(ctx, tx, "payment", laws)
}
