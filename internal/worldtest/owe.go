package worldtest

import (
	"fmt"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/money"
)

// Owe gives a household an issued invoice of one line, "2026-000042" for 42, and returns its id.
func (w *World) Owe(tx *db.Tx, householdID string, number int64, cents money.Cents) string {
	w.t.Helper()
	id, label, today := db.NewID(), fmt.Sprintf("2026-%06d", number), civil.DateOf(tx.Now, w.Loc)
	w.exec(tx, `INSERT INTO billing_runs (id, month, household_id, from_day, to_day, examine_from, state, done_to, created_at, created_by, created_by_name, gathered_at, issued_at)
		VALUES ($1, '2026-11', $2, '2026-11-01', '2026-11-30', '2026-11-01', 'issued', '', $3, '', '', $3, $3)`, id, householdID, tx.Now)
	w.exec(tx, `INSERT INTO invoices (id, run_id, household_id, kind, series, year, number, label, payer_reference, payer_name, payer_line, payer_postal_code, payer_city,
			from_day, to_day, total_cents, earlier_cents, before_cents, made_at, issued_at, issued_on, due_on)
		VALUES ($1, $1, $2, 'invoice', 'F', 2026, $3, $4, '', '', '', '', '', '2026-11-01', '2026-11-30', $5, 0, 0, $6, $6, $7, $8)`,
		id, householdID, number, label, cents, tx.Now, today, today.AddDays(30))
	w.exec(tx, `INSERT INTO invoice_lines (invoice_id, number, child_id, child_name, activity_id, activity_name, option_name, kind, attribute, unit_cents, quantity, total_cents,
			explanation, grid_id, cesu, corrects, from_day, to_day)
		VALUES ($1, 1, '', '', '', '', '', 'service', 'food', $2, 1, $2, '', '', ('1' = '0'), '', '2026-11-02', '2026-11-02')`, id, cents)
	_, err := billing.Post(w.ctx, tx, billing.Entry{HouseholdID: householdID, Kind: billing.EntryInvoice, Cents: cents, Source: "invoice:" + id, InvoiceID: id,
		Label: "Facture " + label, Day: today, By: "system"})
	w.must(err)
	return id
}
