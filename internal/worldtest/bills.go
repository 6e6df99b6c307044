package worldtest

import (
	"strconv"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/money"
)

// Bill is an invoice or a credit note to issue as a run would.
type Bill struct {
	Home     string // household
	Number   int64
	Kind     billing.Kind // an invoice unless set
	Month    civil.Month
	IssuedOn civil.Date
	Lines    []billing.Line // their numbers and totals are made here; each day of a line is one charge
}

// Line is a line of a bill: one price for some days of a child.
func Line(childID, child, activity string, unit money.Cents, days ...string) billing.Line {
	l := billing.Line{ChildID: childID, ChildName: child, ActivityID: activity, ActivityName: activity, Kind: billing.ServiceCharge, Attribute: "food", Unit: unit,
		Explanation: "QF 912, tranche 800 – 1 199 : " + unit.String() + ", grille 2026-2027"}
	for _, d := range days {
		l.Days = append(l.Days, civil.MustParse(d))
	}
	return l
}

// Issue writes a bill with its number, due in 28 days, and posts it to the ledger. It gives its id; its label is "2026-000012", or "A2026-000003".
func (w *World) Issue(tx *db.Tx, b Bill) string {
	w.t.Helper()
	if b.Kind == "" {
		b.Kind = billing.KindInvoice
	}
	id, label, series, due := db.NewID(), strconv.Itoa(b.IssuedOn.Year)+"-"+sixDigits(b.Number), billing.SeriesInvoice, "'"+b.IssuedOn.AddDays(28).String()+"'"
	if b.Kind == billing.KindCreditNote {
		label, series, due = "A"+label, billing.SeriesCreditNote, "NULL"
	}
	total := money.Cents(0)
	for _, l := range b.Lines {
		total += l.Unit * money.Cents(len(l.Days))
	}
	w.exec(tx, `INSERT INTO billing_runs (id, month, household_id, from_day, to_day, examine_from, state, done_to, created_at, created_by, created_by_name, gathered_at, prepared_at, issued_on, issued_at)
		VALUES ($1, $2, $3, $4, $5, $4, 'issued', '', $6, 'system', 'Essai', $6, $6, $7, $6)`, id, b.Month.String(), b.Home, b.Month.First(), b.Month.Last(), tx.Now, b.IssuedOn)
	w.exec(tx, `INSERT INTO invoices (id, run_id, household_id, kind, series, year, number, label, payer_reference, payer_name, payer_line, payer_postal_code, payer_city,
			from_day, to_day, total_cents, earlier_cents, before_cents, made_at, issued_at, issued_on, due_on)
		SELECT $1, $1, id, $2, $3, $4, $5, $6, reference, name, address_line, postal_code, city, $7, $8, $9, 0, 0, $10, $10, $11, `+due+` FROM households WHERE id = $12`,
		id, b.Kind, series, int64(b.IssuedOn.Year), b.Number, label, b.Month.First(), b.Month.Last(), total, tx.Now, b.IssuedOn, b.Home)
	charge := int64(0)
	for n, l := range b.Lines {
		w.exec(tx, `INSERT INTO invoice_lines (invoice_id, number, child_id, child_name, activity_id, activity_name, option_name, kind, attribute, unit_cents, quantity,
				total_cents, explanation, grid_id, cesu, corrects, from_day, to_day)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '', $14, $15, $16, $17)`, id, int64(n+1), l.ChildID, l.ChildName, l.ActivityID, l.ActivityName, l.OptionName,
			string(l.Kind), string(l.Attribute), l.Unit, int64(len(l.Days)), l.Unit*money.Cents(len(l.Days)), l.Explanation, l.CESU, l.Corrects, l.Days[0], l.Days[len(l.Days)-1])
		for _, d := range l.Days {
			charge++
			w.exec(tx, `INSERT INTO charges (invoice_id, number, line, child_id, activity_id, day, kind, part, cents) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
				id, charge, int64(n+1), l.ChildID, l.ActivityID, d, string(l.Kind), int64(n), l.Unit)
		}
	}
	kind := billing.EntryInvoice
	if b.Kind == billing.KindCreditNote {
		kind = billing.EntryCreditNote
	}
	_, err := billing.Post(w.ctx, tx, billing.Entry{HouseholdID: b.Home, Kind: kind, Cents: total, Source: string(b.Kind) + ":" + id, InvoiceID: id,
		Label: map[billing.Kind]string{billing.KindInvoice: "Facture ", billing.KindCreditNote: "Avoir "}[b.Kind] + label, Day: b.IssuedOn, By: "system"})
	w.must(err)
	return id
}

func sixDigits(n int64) string {
	s := strconv.FormatInt(n, 10)
	return "000000"[:max(0, 6-len(s))] + s
}
