package billing

import (
	"context"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/money"
)

// Refund records money given back to a household, from its advance. The same source twice is once. Errors: fault.Invalid for an amount that
// is not positive, fault.Refused for more than the advance.
func Refund(ctx context.Context, tx *db.Tx, p Payment) (Entry, error) {
	if first, found, err := bySource(ctx, tx, p.Source); err != nil || found {
		return first, err
	}
	if p.Cents <= 0 {
		return Entry{}, fault.Invalidf("montant", "Le montant doit être supérieur à zéro.")
	}
	credits, err := creditsOf(ctx, tx, []string{p.HouseholdID})
	if err != nil {
		return Entry{}, err
	}
	var matches []match
	left := p.Cents
	for _, c := range credits {
		if part := min(left, c.rest); part > 0 {
			matches = append(matches, match{Credit: c.entry, Cents: part})
			left -= part
		}
	}
	if left > 0 {
		return Entry{}, fault.Refusedf("L’avance de ce dossier est de %s : on ne peut pas rembourser davantage.", p.Cents-left)
	}
	e, err := Post(ctx, tx, Entry{HouseholdID: p.HouseholdID, Kind: EntryRefund, Cents: p.Cents, Source: p.Source, Label: p.Label, Day: p.Day, By: p.By})
	if err != nil {
		return e, err
	}
	for i := range matches {
		matches[i].Debit = e.ID
	}
	return e, allocate(ctx, tx, matches)
}

// Bounce is Unpay for a payment that the bank took back by itself, such as a direct debit that it rejects after the day: nobody can refuse it. What was
// refunded of it then came from the other payments of the household: first its advance, then what paid its latest invoices, which are open again.
// What is owed beyond, its next payments cover before anything is an advance. Errors: fault.NotFound for a source that is no payment.
func Bounce(ctx context.Context, tx *db.Tx, source, reason, by string, day civil.Date) (Entry, error) {
	back, err := unpay(ctx, tx, source, reason, by, day, true)
	if err != nil {
		return back, err
	}
	return back, coverRefunds(ctx, tx, back.HouseholdID)
}

// coverRefunds finds the money of what was refunded to a household and that no credit covers any more.
func coverRefunds(ctx context.Context, tx *db.Tx, householdID string) error {
	open, err := refundsOf(ctx, tx, []string{householdID})
	if err != nil || len(open) == 0 {
		return err
	}
	credits, err := creditsOf(ctx, tx, []string{householdID})
	if err != nil {
		return err
	}
	left := money.Cents(0)
	for _, d := range open {
		left += d.Rest
	}
	for _, c := range credits {
		left -= c.rest
	}
	paid, err := db.All(ctx, tx, `SELECT a.credit_id, a.debit_id, a.invoice_id, CAST(sum(a.cents) AS bigint) FROM allocations a
			JOIN ledger_entries l ON l.id = a.credit_id AND l.kind = 'payment' JOIN invoices i ON i.id = a.invoice_id AND i.handed_at IS NULL
		WHERE l.household_id = $1 GROUP BY a.credit_id, a.debit_id, a.invoice_id, i.issued_on, i.number, l.day, l.at, l.seq HAVING sum(a.cents) > 0
		ORDER BY i.issued_on DESC, i.number DESC, l.day DESC, l.at DESC, l.seq DESC, a.credit_id`,
		func(s db.Scanner) (m match, err error) { return m, s.Scan(&m.Credit, &m.Debit, &m.Invoice, &m.Cents) }, householdID)
	if err != nil {
		return err
	}
	var matches []match
	for _, m := range paid {
		part := min(m.Cents, left)
		if part <= 0 {
			break
		}
		m.Cents, left = -part, left-part
		matches, credits = append(matches, m), append(credits, credit{m.Credit, householdID, part})
	}
	return allocate(ctx, tx, append(matches, pair(credits, open)...))
}

// refundsOf reads what was refunded to households and that no credit covers, oldest first in each: the bank took the money back afterwards.
func refundsOf(ctx context.Context, tx *db.Tx, households []string) ([]debt, error) {
	return db.All(ctx, tx, `SELECT id, household_id, rest FROM (
			SELECT l.id, l.household_id, l.day, l.at, l.seq, l.cents - CAST(coalesce((SELECT sum(a.cents) FROM allocations a WHERE a.debit_id = l.id), 0) AS bigint) AS rest
			FROM ledger_entries l WHERE l.kind = 'refund' AND l.household_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))) r
		WHERE rest > 0 ORDER BY household_id, day, at, seq, id`,
		func(s db.Scanner) (d debt, err error) { return d, s.Scan(&d.entry, &d.HouseholdID, &d.Rest) }, db.JSON(households))
}
