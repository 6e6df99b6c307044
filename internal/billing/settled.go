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

// RunIDs lists the documents of a run in the order of their numbers; paper alone leaves out those of households that do without paper. A
// document that asks for nothing and takes nothing back is no letter.
func RunIDs(ctx context.Context, tx *db.Tx, runID string, everyone bool) ([]string, error) {
	all, err := db.All(ctx, tx, `SELECT id, household_id FROM invoices WHERE run_id = $1 AND number IS NOT NULL ORDER BY kind DESC, year, number`,
		func(s db.Scanner) (p [2]string, err error) { return p, s.Scan(&p[0], &p[1]) }, runID)
	if err != nil {
		return nil, err
	}
	electronic := map[string]bool{}
	if !everyone {
		homes := make([]string, len(all))
		for i := range all {
			homes[i] = all[i][1]
		}
		if electronic, err = Paperless(ctx, tx, homes); err != nil {
			return nil, err
		}
	}
	var ids []string
	for _, p := range all {
		if !electronic[p[1]] {
			ids = append(ids, p[0])
		}
	}
	return ids, nil
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
	rows, err := db.All(ctx, tx, `SELECT kind, label, household_id, total_cents,
			total_cents - CAST(coalesce((SELECT sum(a.cents) FROM allocations a WHERE a.invoice_id = i.id), 0) AS bigint)
		FROM invoices i WHERE run_id = $1 AND number IS NOT NULL ORDER BY kind DESC, year, number`,
		func(s db.Scanner) (i Invoice, err error) {
			return i, s.Scan(&i.Kind, &i.Label, &i.HouseholdID, &i.Total, &i.Rest)
		}, runID)
	if err != nil {
		return out, err
	}
	homes := make([]string, len(rows))
	for i := range rows {
		homes[i] = rows[i].HouseholdID
	}
	electronic, err := Paperless(ctx, tx, homes)
	for _, i := range rows {
		if electronic[i.HouseholdID] {
			out.Paperless++
		}
		if i.Kind == KindCreditNote {
			out.CreditNotes.N++
			out.CreditNotes.Total += i.Total
			continue
		}
		if out.First == "" {
			out.First = i.Label
		}
		out.Last = i.Label
		out.Invoices.N++
		out.Invoices.Total += i.Total
		out.Rest += i.Rest
	}
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
