package billing

import (
	"context"
	"fmt"

	"preau/internal/db"
)

// laws are all that hold within the database. What a constraint already refuses is here too where a restored copy, or a hand in the
// database, could have passed it.
var laws = []db.Law{
	{Says: "invoice %s of household %s: its lines sum to %s cents more than its total",
		Query: `SELECT i.id || ' ' || i.label, i.household_id, CAST(coalesce((SELECT sum(n.total_cents) FROM invoice_lines n WHERE n.invoice_id = i.id), 0) - i.total_cents AS text)
			FROM invoices i WHERE i.total_cents <> coalesce((SELECT sum(n.total_cents) FROM invoice_lines n WHERE n.invoice_id = i.id), 0)`},
	{Says: "invoice %s, line %s: its charges sum to %s cents more than it says, or are not as many",
		Query: `SELECT n.invoice_id, CAST(n.number AS text), CAST(coalesce(c.cents, 0) - n.total_cents AS text)
			FROM invoice_lines n LEFT JOIN (SELECT invoice_id, line, sum(cents) AS cents, count(*) AS many FROM charges GROUP BY invoice_id, line) c
				ON c.invoice_id = n.invoice_id AND c.line = n.number
			WHERE coalesce(c.cents, 0) <> n.total_cents OR coalesce(c.many, 0) <> n.quantity`},
	{Says: "child %s, activity %s, %s: billed twice",
		Query: `SELECT child_id, activity_id, CAST(day AS text) || ' ' || kind FROM charges WHERE reverses_invoice IS NULL AND reversed_in IS NULL
			GROUP BY child_id, activity_id, day, kind, part HAVING count(*) > 1`},
	{Says: "charge %s of invoice %s is reversed by the document %s, which does not hold its opposite",
		Query: `SELECT CAST(c.number AS text), c.invoice_id, c.reversed_in FROM charges c LEFT JOIN charges r ON r.reverses_invoice = c.invoice_id AND r.reverses_number = c.number
			WHERE c.reversed_in IS NOT NULL AND (r.invoice_id IS NULL OR r.invoice_id <> c.reversed_in OR r.cents <> -c.cents)`},
	{Says: "charge %s of document %s reverses charge %s, which is still live",
		Query: `SELECT CAST(r.number AS text), r.invoice_id, CAST(c.number AS text) || ' of ' || c.invoice_id FROM charges r
			JOIN charges c ON c.invoice_id = r.reverses_invoice AND c.number = r.reverses_number WHERE c.reversed_in IS NULL OR c.reversed_in <> r.invoice_id`},
	{Says: "charge %s of invoice %s: nobody knows child or activity %s",
		Query: `SELECT CAST(c.number AS text), c.invoice_id, c.child_id || ' ' || c.activity_id FROM charges c
			WHERE NOT EXISTS (SELECT 1 FROM children k WHERE k.id = c.child_id) OR NOT EXISTS (SELECT 1 FROM activities a WHERE a.id = c.activity_id)`},
	{Says: "charge %s of invoice %s: its line %s says another child, activity or kind",
		Query: `SELECT CAST(c.number AS text), c.invoice_id, CAST(c.line AS text) FROM charges c JOIN invoice_lines n ON n.invoice_id = c.invoice_id AND n.number = c.line
			WHERE n.child_id <> c.child_id OR n.activity_id <> c.activity_id OR n.kind <> c.kind`},
	{Says: "line or charge %s of document %s: there is no %s",
		Query: `SELECT CAST(n.number AS text), n.invoice_id, 'document' FROM invoice_lines n WHERE NOT EXISTS (SELECT 1 FROM invoices i WHERE i.id = n.invoice_id)
			UNION ALL SELECT CAST(c.number AS text), c.invoice_id, 'line' FROM charges c
				WHERE NOT EXISTS (SELECT 1 FROM invoice_lines n WHERE n.invoice_id = c.invoice_id AND n.number = c.line)`},
	{Says: "document %s of household %s: the ledger has %s",
		Query: `SELECT i.id || ' ' || i.label, i.household_id, coalesce(CAST(l.cents AS text) || ' cents', 'nothing') FROM invoices i
			LEFT JOIN ledger_entries l ON l.invoice_id = i.id AND l.kind IN ('invoice', 'credit_note')
			WHERE i.number IS NOT NULL AND (l.id IS NULL OR l.cents <> i.total_cents OR l.kind <> i.kind OR l.household_id <> i.household_id)`},
	{Says: "entry %s of household %s: there is no issued document %s",
		Query: `SELECT l.id, l.household_id, coalesce(l.invoice_id, '') FROM ledger_entries l LEFT JOIN invoices i ON i.id = l.invoice_id
			WHERE l.kind IN ('invoice', 'credit_note') AND i.number IS NULL`},
	{Says: "entry %s of household %s reverses %s, and is not its exact opposite",
		Query: `SELECT l.id, l.household_id, l.reverses FROM ledger_entries l LEFT JOIN ledger_entries o ON o.id = l.reverses
			WHERE l.reverses IS NOT NULL AND (o.id IS NULL OR o.cents <> -l.cents OR o.household_id <> l.household_id)`},
	{Says: "credit %s of household %s: %s cents of it are allocated beyond what it is, or beyond nothing",
		Query: `SELECT l.id, l.household_id, CAST(a.cents + l.cents AS text) FROM ledger_entries l JOIN (SELECT credit_id, sum(cents) AS cents FROM allocations GROUP BY credit_id) a ON a.credit_id = l.id
			WHERE a.cents > -l.cents OR a.cents < 0`},
	{Says: "debt %s of household %s: %s cents are allocated to it beyond what it is, or below nothing",
		Query: `SELECT l.id, l.household_id, CAST(a.cents - l.cents AS text) FROM ledger_entries l JOIN (SELECT debit_id, sum(cents) AS cents FROM allocations GROUP BY debit_id) a ON a.debit_id = l.id
			WHERE a.cents > l.cents OR a.cents < 0`},
	{Says: "allocation %s of credit %s names invoice %s, which is not the one of its debt, or another household's",
		Query: `SELECT a.id, a.credit_id, coalesce(a.invoice_id, '') FROM allocations a JOIN ledger_entries c ON c.id = a.credit_id JOIN ledger_entries d ON d.id = a.debit_id
			WHERE c.household_id <> d.household_id OR coalesce(a.invoice_id, '') <> CASE WHEN d.kind = 'invoice' THEN coalesce(d.invoice_id, '') ELSE '' END`},
	{Says: "invoice %s of household %s: settled and %s cents left, or open and nothing left",
		Query: `SELECT i.id || ' ' || i.label, i.household_id, CAST(i.total_cents - coalesce((SELECT sum(a.cents) FROM allocations a WHERE a.invoice_id = i.id), 0) AS text) FROM invoices i
			WHERE i.number IS NOT NULL AND (i.settled_at IS NULL) <> (i.total_cents > coalesce((SELECT sum(a.cents) FROM allocations a WHERE a.invoice_id = i.id), 0))`},
	{Says: "draft %s of household %s stands in run %s, which is over",
		Query: `SELECT i.id, i.household_id, r.id FROM invoices i JOIN billing_runs r ON r.id = i.run_id WHERE i.number IS NULL AND r.state = 'issued'`},
	{Says: "document %s is issued and its run %s is %s",
		Query: `SELECT i.id || ' ' || i.label, r.id, r.state FROM invoices i JOIN billing_runs r ON r.id = i.run_id WHERE i.number IS NOT NULL AND r.state NOT IN ('issuing', 'issued')`},
	{Says: "series %s of %s: its counter says %s, and its last document does not",
		Query: `SELECT s.series, CAST(s.year AS text), CAST(s.last AS text) FROM number_series s WHERE s.series IN ('F', 'A')
			AND s.last <> coalesce((SELECT max(i.number) FROM invoices i WHERE i.series = s.series AND i.year = s.year AND i.number IS NOT NULL), 0)`},
	{Says: "series %s of %s: number %s is missing before it is given again",
		Query: `SELECT i.series, CAST(i.year AS text), CAST(i.number - 1 AS text) FROM invoices i WHERE i.number > 1
			AND NOT EXISTS (SELECT 1 FROM invoices o WHERE o.series = i.series AND o.year = i.year AND o.number = i.number - 1)`},
	{Says: "series %s of %s: there are %s documents, and no counter",
		Query: `SELECT i.series, CAST(i.year AS text), CAST(count(*) AS text) FROM invoices i WHERE i.number IS NOT NULL
			AND NOT EXISTS (SELECT 1 FROM number_series s WHERE s.series = i.series AND s.year = i.year) GROUP BY i.series, i.year`},
}

// Verify looks at everything that must hold of the accounts, and says in plain sentences with ids what does not: numbers without a gap,
// charges, lines, totals and ledger that agree, nothing billed twice, credits that pay no more than they are, chains that nobody touched.
func Verify(ctx context.Context, tx *db.Tx) ([]string, error) {
	broken, err := db.Broken(ctx, tx, "billing", laws)
	if err != nil {
		return nil, err
	}
	chains, err := verifyChains(ctx, tx)
	return append(broken, chains...), err
}

// verifyChains goes through every ledger, an entry at a time.
func verifyChains(ctx context.Context, tx *db.Tx) (broken []string, err error) {
	rows, err := tx.Query(ctx, selectEntry+` ORDER BY account_id, seq`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var last Entry
	for rows.Next() {
		e, err := scanEntry(rows)
		if err != nil {
			return broken, err
		}
		if e.AccountID != last.AccountID {
			last = Entry{AccountID: e.AccountID}
		}
		switch {
		case e.Seq != last.Seq+1:
			broken = append(broken, fmt.Sprintf("billing: ledger of household %s: entry %d follows entry %d", e.AccountID, e.Seq, last.Seq))
		case e.Prev != last.Hash:
			broken = append(broken, fmt.Sprintf("billing: ledger of household %s: entry %d (%s) is not chained to the one before", e.AccountID, e.Seq, e.ID))
		case e.Hash != e.chain():
			broken = append(broken, fmt.Sprintf("billing: ledger of household %s: entry %d (%s) is not as it was written", e.AccountID, e.Seq, e.ID))
		}
		last = e
	}
	return broken, rows.Err()
}
