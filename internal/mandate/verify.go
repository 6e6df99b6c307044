package mandate

import (
	"context"

	"preau/internal/db"
)

// over says that a debit ended, one way or another.
const over = `(d.collected_at IS NOT NULL OR d.rejected_at IS NOT NULL OR d.released_at IS NOT NULL)`

// laws are what must hold of mandates and debits. What a constraint already refuses is not here.
var laws = []db.Law{
	{Says: "debit %s (%s) was collected, and receipt %s is missing or of another amount, source, means or reference",
		Query: `SELECT d.id, d.end_to_end, coalesce(CAST(r.year AS text) || '-' || CAST(r.number AS text), 'none') FROM debits d LEFT JOIN receipts r ON r.id = d.receipt_id
			WHERE d.collected_at IS NOT NULL AND (r.id IS NULL OR r.cents <> d.amount_cents OR r.source <> 'debit:' || d.id OR r.reference <> d.end_to_end OR r.means <> 'direct_debit')`},
	{Says: "debit %s (%s) was not collected, and has receipt %s",
		Query: `SELECT d.id, d.end_to_end, d.receipt_id FROM debits d WHERE d.collected_at IS NULL AND d.receipt_id <> ''`},
	{Says: "receipt %s (%s) is of %s cents debited, and no debit brought them",
		Query: `SELECT CAST(r.year AS text) || '-' || CAST(r.number AS text), r.source, CAST(r.cents AS text) FROM receipts r WHERE r.means = 'direct_debit' AND r.reverses_id IS NULL
			AND NOT EXISTS (SELECT 1 FROM debits d WHERE 'debit:' || d.id = r.source AND d.receipt_id = r.id)`},
	{Says: "debit %s (%s) was rejected, and its receipt %s stands",
		Query: `SELECT d.id, d.end_to_end, d.receipt_id FROM debits d WHERE d.rejected_at IS NOT NULL AND d.receipt_id <> ''
			AND NOT EXISTS (SELECT 1 FROM receipts b WHERE b.reverses_id = d.receipt_id)`},
	{Says: "debit %s (%s): its invoices sum to %s cents more than it takes",
		Query: `SELECT d.id, d.end_to_end, CAST(coalesce(sum(s.amount_cents), 0) - d.amount_cents AS text) FROM debits d LEFT JOIN debit_shares s ON s.debit_id = d.id
			GROUP BY d.id, d.end_to_end, d.amount_cents HAVING d.amount_cents <> coalesce(sum(s.amount_cents), 0)`},
	{Says: "debit %s (%s): invoice %s is kept for a debit that is over, or free before it is",
		Query: `SELECT d.id, d.end_to_end, s.invoice_number FROM debits d JOIN debit_shares s ON s.debit_id = d.id WHERE (s.settled_at IS NOT NULL) <> ` + over},
	{Says: "debit %s (%s) was collected or rejected, and batch %s was never sent, or it was taken out of it",
		Query: `SELECT d.id, d.end_to_end, CAST(b.number AS text) FROM debits d JOIN debit_batches b ON b.id = d.batch_id
			WHERE (d.collected_at IS NOT NULL OR d.rejected_at IS NOT NULL) AND (b.sent_at IS NULL OR d.released_at IS NOT NULL)`},
	{Says: "debit %s (%s) waits in batch %s, which was collected",
		Query: `SELECT d.id, d.end_to_end, CAST(b.number AS text) FROM debits d JOIN debit_batches b ON b.id = d.batch_id WHERE b.collected_at IS NOT NULL AND NOT ` + over},
	{Says: "mandate %s (%s) %s account",
		Query: `SELECT m.id, m.rum, 'has no' FROM mandates m WHERE NOT EXISTS (SELECT 1 FROM mandate_accounts a WHERE a.mandate_id = m.id)`},
}

// Verify looks at everything that must hold of mandates and debits, and says in plain sentences what does not: what was collected has its receipt,
// what was debited has its debit, a rejection took it back, an invoice is kept for a debit as long as that waits, a mandate has an account.
func Verify(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.Broken(ctx, tx, "mandate", laws)
}
