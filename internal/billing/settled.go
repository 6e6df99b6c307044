package billing

import (
	"context"
	"strconv"
	"strings"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/money"
)

// Settlement is what covers a part of an invoice: a payment, a credit note, a remission.
type Settlement struct {
	Kind   EntryKind
	Label  string // of the entry: "Chèque, reçu 2026-000118"
	Source string // of the entry: "receipt:ID"
	Day    civil.Date
	Cents  money.Cents
}

// Settlements says, by invoice, what covers it now, oldest first.
func Settlements(ctx context.Context, tx *db.Tx, invoices []string) (map[string][]Settlement, error) {
	out := map[string][]Settlement{}
	_, err := db.All(ctx, tx, `SELECT a.invoice_id, l.kind, l.label, l.source, l.day, CAST(sum(a.cents) AS bigint)
		FROM allocations a JOIN ledger_entries l ON l.id = a.credit_id
		WHERE a.invoice_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))
		GROUP BY a.invoice_id, l.id, l.kind, l.label, l.source, l.day, l.at HAVING sum(a.cents) <> 0 ORDER BY a.invoice_id, l.day, l.at, l.id`,
		func(s db.Scanner) (struct{}, error) {
			var id string
			var c Settlement
			err := s.Scan(&id, &c.Kind, &c.Label, &c.Source, &c.Day, &c.Cents)
			out[id] = append(out[id], c)
			return struct{}{}, err
		}, db.JSON(invoices))
	return out, err
}

// Search finds what was issued by its number, whole or its digits alone ("4127"), by the number of the household or by the beginning of its
// name, the latest first.
func Search(ctx context.Context, tx *db.Tx, text string, limit int) ([]Invoice, error) {
	text = strings.TrimSpace(text)
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		number = 0
	}
	name := household.Fold(text)
	return db.All(ctx, tx, selectInvoice+` WHERE i.number IS NOT NULL
		AND (i.label = $1 OR i.number = $2 OR i.payer_reference = $1 OR h.reference = $1 OR ($3 <> '' AND h.name_search >= $3 AND h.name_search < $4))
		ORDER BY i.issued_on DESC, i.number DESC, i.kind LIMIT $5`, scanInvoice, strings.ToUpper(text), number, name, name+"\U0010ffff", int64(limit))
}

// RunIDs lists the documents of a run in the order of their numbers; without everyone, those of households that do without paper are left
// out. A document of 0 € is among them: it says what an aid paid.
func RunIDs(ctx context.Context, tx *db.Tx, runID string, everyone bool) ([]string, error) {
	query := `SELECT i.id FROM invoices i WHERE i.run_id = $1 AND i.number IS NOT NULL`
	if !everyone {
		query += ` AND NOT EXISTS (` + withoutPaper + ` AND c.household_id = i.household_id)`
	}
	return db.All(ctx, tx, query+` ORDER BY i.kind DESC, i.year, i.number`, db.Value[string], runID)
}

// Issued counts what a run issued, by its first and last numbers.
type Issued struct {
	Invoices, CreditNotes Counted
	First, Last           string      // labels of invoices; empty when there is none
	Rest                  money.Cents // what is left to pay of the invoices
	Paperless             int         // documents of households that do without paper
}

// IssuedBy sums up what a run issued.
func IssuedBy(ctx context.Context, tx *db.Tx, runID string) (out Issued, err error) {
	_, err = db.All(ctx, tx, `SELECT kind, count(*), CAST(sum(total_cents) AS bigint), CAST(sum(total_cents - paid) AS bigint), min(label), max(label), CAST(sum(electronic) AS bigint)
		FROM (SELECT i.kind, i.label, i.total_cents, CAST(coalesce((SELECT sum(a.cents) FROM allocations a WHERE a.invoice_id = i.id), 0) AS bigint) AS paid,
				CASE WHEN EXISTS (`+withoutPaper+` AND c.household_id = i.household_id) THEN 1 ELSE 0 END AS electronic
			FROM invoices i WHERE i.run_id = $1 AND i.number IS NOT NULL) d GROUP BY kind`,
		func(s db.Scanner) (struct{}, error) {
			var kind Kind
			var c Counted
			var rest money.Cents
			var first, last string
			var electronic int
			err := s.Scan(&kind, &c.N, &c.Total, &rest, &first, &last, &electronic)
			out.Paperless += electronic
			if kind == KindCreditNote {
				out.CreditNotes = c
			} else {
				out.Invoices, out.Rest, out.First, out.Last = c, rest, first, last
			}
			return struct{}{}, err
		}, runID)
	return out, err
}

// RunTotals sums the invoices and credit notes of runs up.
func RunTotals(ctx context.Context, tx *db.Tx, runs []string) (map[string]Counted, error) {
	out := map[string]Counted{}
	_, err := db.All(ctx, tx, `SELECT run_id, count(*), CAST(sum(total_cents) AS bigint) FROM invoices
		WHERE run_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text))) GROUP BY run_id`,
		func(s db.Scanner) (struct{}, error) {
			var id string
			var c Counted
			err := s.Scan(&id, &c.N, &c.Total)
			out[id] = c
			return struct{}{}, err
		}, db.JSON(runs))
	return out, err
}

// TellOnce names, for package notify, that a family is told of an invoice.
func TellOnce(invoiceID string) string { return "invoice " + invoiceID }

// OwnersOf says whose the documents of a run are: document → household. Drafts are among them.
func OwnersOf(ctx context.Context, tx *db.Tx, runID string) (map[string]string, error) {
	out := map[string]string{}
	_, err := db.All(ctx, tx, `SELECT id, household_id FROM invoices WHERE run_id = $1`, func(s db.Scanner) (struct{}, error) {
		var id, home string
		err := s.Scan(&id, &home)
		out[id] = home
		return struct{}{}, err
	}, runID)
	return out, err
}

// DraftsOf lists the drafts of a household, without their lines.
func DraftsOf(ctx context.Context, tx *db.Tx, householdID string) ([]Invoice, error) {
	return db.All(ctx, tx, selectInvoice+` WHERE i.household_id = $1 AND i.number IS NULL
		AND i.run_id IN (SELECT id FROM billing_runs WHERE state IN ('preparing', 'prepared', 'issuing')) ORDER BY i.from_day, i.kind, i.id`, scanInvoice, householdID)
}
