package billing

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/money"
)

// issueRow is what a draft is given at its issue.
type issueRow struct {
	ID         string      `json:"i"`
	Number     int64       `json:"n"`
	Label      string      `json:"l"`
	Reference  string      `json:"r"`
	Name       string      `json:"p"`
	Line       string      `json:"a"`
	PostalCode string      `json:"z"`
	City       string      `json:"c"`
	Before     money.Cents `json:"b"`

	household string
	kind      Kind
	total     money.Cents
}

// IssueSlice issues the documents of the next households of a run, and says whether there are more: numbers, payers as they are now, what
// is owed in each ledger, advances used. All or nothing of it holds, so a job that dies goes on where it stopped.
func IssueSlice(ctx context.Context, tx *db.Tx, runID string) (more bool, err error) {
	r, err := RunByID(ctx, tx, runID)
	if err != nil || r.State != RunIssuing {
		return false, err
	}
	homes, err := db.All(ctx, tx, `SELECT DISTINCT household_id FROM invoices WHERE run_id = $1 AND household_id > $2 AND number IS NULL ORDER BY household_id LIMIT $3`,
		db.Value[string], runID, r.doneTo, int64(householdsAtATime))
	if err != nil {
		return false, err
	}
	if len(homes) == 0 {
		_, err := tx.Exec(ctx, `UPDATE billing_runs SET state = 'issued', issued_at = $2 WHERE id = $1`, runID, tx.Now)
		return false, err
	}
	rows, err := db.All(ctx, tx, `SELECT id, household_id, kind, total_cents FROM invoices WHERE run_id = $1 AND number IS NULL
		AND household_id IN (SELECT CAST(value AS text) FROM json_each(CAST($2 AS text))) ORDER BY household_id, kind`,
		func(s db.Scanner) (i issueRow, err error) { return i, s.Scan(&i.ID, &i.household, &i.kind, &i.total) }, runID, db.JSON(homes))
	if err != nil {
		return false, err
	}
	for _, do := range []func(context.Context, *db.Tx, []issueRow, []string) error{r.number, r.address, r.freeze, r.charge, r.useCredits, r.tell} {
		if err := do(ctx, tx, rows, homes); err != nil {
			return false, err
		}
	}
	_, err = tx.Exec(ctx, `UPDATE billing_runs SET done_to = $2 WHERE id = $1`, runID, homes[len(homes)-1])
	return true, err
}

// number takes the next numbers of each series.
func (r *Run) number(ctx context.Context, tx *db.Tx, rows []issueRow, _ []string) error {
	for _, k := range []struct {
		kind           Kind
		series, prefix string
	}{{KindInvoice, SeriesInvoice, ""}, {KindCreditNote, SeriesCreditNote, SeriesCreditNote}} {
		n := 0
		for i := range rows {
			if rows[i].kind == k.kind {
				n++
			}
		}
		if n == 0 {
			continue
		}
		next, err := TakeNumbers(ctx, tx, k.series, r.IssuedOn.Year, n)
		if err != nil {
			return err
		}
		for i := range rows {
			if rows[i].kind == k.kind {
				rows[i].Number, rows[i].Label = next, fmt.Sprintf("%s%d-%06d", k.prefix, r.IssuedOn.Year, next)
				next++
			}
		}
	}
	return nil
}

// address writes whom each document is sent to, and what the household owed before.
func (r *Run) address(ctx context.Context, tx *db.Tx, rows []issueRow, homes []string) error {
	list, err := db.All(ctx, tx, `SELECT id, reference, name, address_line, postal_code, city FROM households
		WHERE id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))`,
		func(s db.Scanner) (h household.Household, err error) {
			return h, s.Scan(&h.ID, &h.Reference, &h.Name, &h.Address, &h.PostalCode, &h.City)
		}, db.JSON(homes))
	if err != nil {
		return err
	}
	byID := make(map[string]household.Household, len(list))
	for _, h := range list {
		byID[h.ID] = h
	}
	guardians, err := household.GuardiansOfMany(ctx, tx, homes)
	if err != nil {
		return err
	}
	balances, err := Balances(ctx, tx, homes)
	if err != nil {
		return err
	}
	for i := range rows {
		row, h := &rows[i], byID[rows[i].household]
		row.Reference, row.Line, row.PostalCode, row.City = h.Reference, h.Address, h.PostalCode, h.City
		row.Name = payerName(h, guardians[h.ID])
		row.Before = balances[h.ID]
		balances[h.ID] += row.total
	}
	return nil
}

// payerName names who is asked to pay: the guardians of the household, else the household as it is filed.
func payerName(h household.Household, guardians []household.Guardian) string {
	var all []string
	for _, g := range guardians {
		all = append(all, g.Name())
	}
	if len(all) == 0 {
		return h.Name
	}
	return strings.Join(all, " et ")
}

// freeze gives the drafts their numbers; from here on nothing of them changes.
func (r *Run) freeze(ctx context.Context, tx *db.Tx, rows []issueRow, _ []string) error {
	_, err := tx.Exec(ctx, `UPDATE invoices SET year = $2, number = CAST(j.value ->> 'n' AS bigint), label = j.value ->> 'l', payer_reference = j.value ->> 'r',
			payer_name = j.value ->> 'p', payer_line = j.value ->> 'a', payer_postal_code = j.value ->> 'z', payer_city = j.value ->> 'c',
			before_cents = CAST(j.value ->> 'b' AS bigint), issued_at = $3, issued_on = $4, due_on = CASE WHEN invoices.kind = 'invoice' THEN date(CAST($5 AS text)) END
		FROM json_each(CAST($1 AS text)) j WHERE invoices.id = j.value ->> 'i' AND invoices.number IS NULL`,
		db.JSON(rows), int64(r.IssuedOn.Year), tx.Now, r.IssuedOn, r.DueOn)
	return err
}

// charge posts what each document asks for or takes back.
func (r *Run) charge(ctx context.Context, tx *db.Tx, rows []issueRow, _ []string) error {
	entries := make([]Entry, len(rows))
	for i := range rows {
		row := &rows[i]
		entries[i] = Entry{HouseholdID: row.household, Kind: EntryInvoice, Cents: row.total, Source: "invoice:" + row.ID, InvoiceID: row.ID, Label: "Facture " + row.Label,
			Day: r.IssuedOn, By: "job:" + IssueKind}
		if row.kind == KindCreditNote {
			entries[i].Kind, entries[i].Label = EntryCreditNote, "Avoir "+row.Label
		}
	}
	return post(ctx, tx, entries)
}

// useCredits settles what has nothing to pay, gives credit notes to the invoices they correct, then advances to the oldest invoices.
func (r *Run) useCredits(ctx context.Context, tx *db.Tx, rows []issueRow, homes []string) error {
	var done, notes []string
	for i := range rows {
		if rows[i].kind == KindCreditNote {
			notes = append(notes, rows[i].ID)
		}
		if rows[i].total <= 0 {
			done = append(done, rows[i].ID)
		}
	}
	if len(done) > 0 {
		if err := settle(ctx, tx, done); err != nil {
			return err
		}
	}
	if len(notes) > 0 {
		if err := correct(ctx, tx, notes, homes); err != nil {
			return err
		}
	}
	return UseAdvances(ctx, tx, homes)
}

// correct gives credit notes to the open invoices whose charges they reverse.
func correct(ctx context.Context, tx *db.Tx, notes, homes []string) error {
	type reversal struct {
		entry, invoice string
		cents          money.Cents
	}
	list, err := db.All(ctx, tx, `SELECT l.id, c.reverses_invoice, -CAST(sum(c.cents) AS bigint) FROM charges c JOIN ledger_entries l ON l.invoice_id = c.invoice_id AND l.kind = 'credit_note'
		WHERE c.invoice_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text))) GROUP BY l.id, c.reverses_invoice ORDER BY l.id, c.reverses_invoice`,
		func(s db.Scanner) (r reversal, err error) { return r, s.Scan(&r.entry, &r.invoice, &r.cents) }, db.JSON(notes))
	if err != nil {
		return err
	}
	debts, err := debtsOf(ctx, tx, homes)
	if err != nil {
		return err
	}
	var matches []match
	for _, v := range list {
		at := slices.IndexFunc(debts, func(d debt) bool { return d.InvoiceID == v.invoice })
		if at < 0 {
			continue
		}
		if part := min(v.cents, debts[at].Rest); part > 0 {
			debts[at].Rest -= part
			matches = append(matches, match{Credit: v.entry, Debit: debts[at].entry, Invoice: v.invoice, Cents: part})
		}
	}
	return allocate(ctx, tx, matches)
}

// tell queues what families are told.
func (r *Run) tell(ctx context.Context, tx *db.Tx, rows []issueRow, _ []string) error {
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	return job.Queue(ctx, tx, IssuedKind, IssuedPayload{ids})
}
