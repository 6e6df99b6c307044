package billing

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/money"
)

// Payment is money received from a household. Nobody refuses money that is there: what its shares cannot take becomes an advance.
type Payment struct {
	HouseholdID string
	Source      string // once: "receipt:ID"
	Label       string // French, for the statement: "Carte bancaire, reçu 2026-000118"
	Cents       money.Cents
	Day         civil.Date
	By          string
	Shares      []Share // for which invoices, in this order; nil: the oldest first
}

// Due lists the invoices of a household that wait for money, oldest first. Those handed over to the treasury are not among them.
func Due(ctx context.Context, tx *db.Tx, householdID string) ([]Open, error) {
	return DueOf(ctx, tx, []string{householdID})
}

// DueOf is Due for several households, one after the other.
func DueOf(ctx context.Context, tx *db.Tx, households []string) ([]Open, error) {
	debts, err := debtsOf(ctx, tx, households)
	out := make([]Open, len(debts))
	for i, d := range debts {
		out[i] = d.Open
	}
	return out, err
}

// debt is an open invoice and its entry in the ledger.
type debt struct {
	Open
	entry string
}

// debtsOf reads the open invoices of households, oldest first in each, and how much of them CESU may pay.
func debtsOf(ctx context.Context, tx *db.Tx, households []string) ([]debt, error) {
	return db.All(ctx, tx, `SELECT i.id, i.household_id, i.label, i.issued_on, i.due_on, i.total_cents, l.id,
			i.total_cents - CAST(coalesce((SELECT sum(a.cents) FROM allocations a WHERE a.invoice_id = i.id), 0) AS bigint),
			`+cesuOfInvoice+`
		FROM invoices i JOIN ledger_entries l ON l.invoice_id = i.id AND l.kind = 'invoice'
		WHERE i.household_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text))) AND i.number IS NOT NULL AND i.kind = 'invoice'
			AND i.settled_at IS NULL AND i.handed_at IS NULL
		ORDER BY i.household_id, i.issued_on, i.number`,
		func(s db.Scanner) (d debt, err error) {
			d.State = StateOpen
			err = s.Scan(&d.InvoiceID, &d.HouseholdID, &d.Number, &d.IssuedOn, &d.DueOn, &d.Cents, &d.entry, &d.Rest, &d.CESUEligible)
			d.CESUEligible = min(max(d.CESUEligible, 0), d.Rest)
			return d, err
		}, db.JSON(households))
}

// Pay records money received and says which invoices it pays. A source that is already there gives the first entry with what it pays now,
// and nothing is written. An invoice that was paid or handed over meanwhile takes nothing: its share stays as an advance of the household,
// which its next invoices use. Errors: fault.Invalid for an amount that is not positive or shares that exceed it, fault.NotFound for a
// household that does not exist or an invoice that is not its own.
func Pay(ctx context.Context, tx *db.Tx, p Payment) (Entry, []Share, error) {
	first, found, err := bySource(ctx, tx, p.Source)
	if err != nil {
		return first, nil, err
	}
	if found {
		shares, err := sharesOf(ctx, tx, first.ID)
		return first, shares, err
	}
	if err := p.check(ctx, tx); err != nil {
		return Entry{}, nil, err
	}
	e, err := Post(ctx, tx, Entry{HouseholdID: p.HouseholdID, Kind: EntryPayment, Cents: -p.Cents, Source: p.Source, Label: p.Label, Day: p.Day, By: p.By})
	if err != nil {
		return e, nil, err
	}
	debts, err := debtsOf(ctx, tx, []string{p.HouseholdID})
	if err != nil {
		return e, nil, err
	}
	shares := divide(p.Cents, p.Shares, debts)
	matches, left := make([]match, len(shares)), p.Cents
	for i, s := range shares {
		at := slices.IndexFunc(debts, func(d debt) bool { return d.InvoiceID == s.InvoiceID })
		matches[i], left = match{Credit: e.ID, Debit: debts[at].entry, Invoice: s.InvoiceID, Cents: s.Cents}, left-s.Cents
	}
	if left > 0 {
		open, err := refundsOf(ctx, tx, []string{p.HouseholdID})
		if err != nil {
			return e, nil, err
		}
		matches = append(matches, pair([]credit{{e.ID, p.HouseholdID, left}}, open)...)
	}
	return e, shares, allocate(ctx, tx, matches)
}

// check refuses what cannot be a payment of this household.
func (p *Payment) check(ctx context.Context, tx *db.Tx) error {
	if p.Cents <= 0 {
		return fault.Invalidf("montant", "Le montant doit être supérieur à zéro.")
	}
	sum := money.Cents(0)
	ids := make([]string, len(p.Shares))
	for i, s := range p.Shares {
		if s.Cents <= 0 {
			return fault.Invalidf("montant", "Chaque part doit être supérieure à zéro.")
		}
		sum += s.Cents
		ids[i] = s.InvoiceID
	}
	if sum > p.Cents {
		return fault.Invalidf("montant", "Les parts (%s) dépassent le montant reçu (%s).", sum, p.Cents)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) == 0 {
		return nil
	}
	ours, err := db.One(ctx, tx, `SELECT count(*) FROM invoices WHERE household_id = $1 AND number IS NOT NULL
		AND id IN (SELECT CAST(value AS text) FROM json_each(CAST($2 AS text)))`, db.Value[int], p.HouseholdID, db.JSON(ids))
	if err == nil && ours != len(ids) {
		err = fault.NotFoundf("Cette facture n’existe pas dans ce dossier.")
	}
	return err
}

// sharesOf says what a credit pays now.
func sharesOf(ctx context.Context, tx *db.Tx, creditID string) ([]Share, error) {
	return db.All(ctx, tx, `SELECT a.invoice_id, CAST(sum(a.cents) AS bigint) FROM allocations a JOIN invoices i ON i.id = a.invoice_id
		WHERE a.credit_id = $1 GROUP BY a.invoice_id, i.issued_on, i.number HAVING sum(a.cents) <> 0 ORDER BY i.issued_on, i.number`,
		func(s db.Scanner) (h Share, err error) { return h, s.Scan(&h.InvoiceID, &h.Cents) }, creditID)
}

// match is a part of a credit that pays a part of a debt; negative when it is taken back.
type match struct {
	Credit  string      `json:"credit"`
	Debit   string      `json:"debit"`
	Invoice string      `json:"invoice"`
	Cents   money.Cents `json:"cents"`
	ID      string      `json:"id"`
}

// allocate writes matches down, and says of each invoice they touch whether it is settled.
func allocate(ctx context.Context, tx *db.Tx, matches []match) error {
	if len(matches) == 0 {
		return nil
	}
	var invoices []string
	for i := range matches {
		matches[i].ID = db.NewID()
		if matches[i].Invoice != "" {
			invoices = append(invoices, matches[i].Invoice)
		}
	}
	_, err := tx.Exec(ctx, `INSERT INTO allocations (id, credit_id, debit_id, invoice_id, cents, at)
		SELECT value ->> 'id', value ->> 'credit', value ->> 'debit', nullif(value ->> 'invoice', ''), CAST(value ->> 'cents' AS bigint), $2
		FROM json_each(CAST($1 AS text))`, db.JSON(matches), tx.Now)
	if err != nil || len(invoices) == 0 {
		return err
	}
	return settle(ctx, tx, invoices)
}

// settle says of invoices whether something is left to pay.
func settle(ctx context.Context, tx *db.Tx, invoices []string) error {
	ids := db.JSON(invoices)
	for _, query := range []string{
		`UPDATE invoices SET settled_at = $2 WHERE settled_at IS NULL AND id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))
			AND total_cents <= (SELECT coalesce(sum(a.cents), 0) FROM allocations a WHERE a.invoice_id = invoices.id)`,
		`UPDATE invoices SET settled_at = NULL WHERE settled_at IS NOT NULL AND settled_at <= $2 AND id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))
			AND total_cents > (SELECT coalesce(sum(a.cents), 0) FROM allocations a WHERE a.invoice_id = invoices.id)`,
	} {
		if _, err := tx.Exec(ctx, query, ids, tx.Now); err != nil {
			return err
		}
	}
	return nil
}

// Unpay takes a payment back by reversal: a cheque without funds, a debit that was rejected, a receipt made void. The invoices it paid
// are open again, and day is the day of the reversal in the statement. Twice is once. Errors: fault.NotFound for a source that is no payment, fault.Refused for a payment of which something
// was refunded.
func Unpay(ctx context.Context, tx *db.Tx, source, reason, by string, day civil.Date) (Entry, error) {
	return unpay(ctx, tx, source, reason, by, day, false)
}

// unpay takes a payment back; when the bank took it, what was refunded of it does not keep it.
func unpay(ctx context.Context, tx *db.Tx, source, reason, by string, day civil.Date, taken bool) (Entry, error) {
	p, found, err := bySource(ctx, tx, source)
	if err != nil {
		return p, err
	}
	if !found || p.Kind != EntryPayment {
		return p, fault.NotFoundf("Ce paiement n’existe pas.")
	}
	if back, found, err := reversed(ctx, tx, p.ID); err != nil || found {
		return back, err
	}
	live, err := unpaid(ctx, tx, p, taken)
	if err != nil {
		return p, err
	}
	back, err := Post(ctx, tx, Entry{HouseholdID: p.HouseholdID, Kind: EntryReversal, Cents: -p.Cents, Source: "reversal:" + p.ID, Reverses: p.ID,
		Label: "Annulation : " + p.Label + " (" + reason + ")", Day: day, By: by})
	if err != nil {
		return back, err
	}
	return back, allocate(ctx, tx, append(live, match{Credit: p.ID, Debit: back.ID, Cents: -p.Cents}))
}

// Unpayable says why Unpay would not take back a payment that stands, in its errors; nil when it would. Whoever has a bank give the money
// back asks first.
func Unpayable(ctx context.Context, tx *db.Tx, source string) error {
	p, found, err := bySource(ctx, tx, source)
	if err != nil {
		return err
	}
	if !found || p.Kind != EntryPayment {
		return fault.NotFoundf("Ce paiement n’existe pas.")
	}
	_, err = unpaid(ctx, tx, p, false)
	return err
}

// unpaid gives what takes back everything that a payment pays; it refuses one of which something was refunded, unless the bank took it.
func unpaid(ctx context.Context, tx *db.Tx, p Entry, taken bool) ([]match, error) {
	live, err := db.All(ctx, tx, `SELECT debit_id, coalesce(invoice_id, ''), CAST(sum(cents) AS bigint) FROM allocations WHERE credit_id = $1
		GROUP BY debit_id, invoice_id HAVING sum(cents) <> 0 ORDER BY debit_id`,
		func(s db.Scanner) (m match, err error) { return m, s.Scan(&m.Debit, &m.Invoice, &m.Cents) }, p.ID)
	if err != nil {
		return nil, err
	}
	for i := range live {
		if live[i].Invoice == "" && !taken {
			return nil, fault.Refusedf("Une partie de ce paiement a été remboursée : il ne peut plus être annulé.")
		}
		live[i].Credit, live[i].Cents = p.ID, -live[i].Cents
	}
	return live, nil
}

// credit is what is left of a payment or a credit note.
type credit struct {
	entry, household string
	rest             money.Cents
}

// creditsOf reads what households may still use, oldest first in each.
func creditsOf(ctx context.Context, tx *db.Tx, households []string) ([]credit, error) {
	return db.All(ctx, tx, `SELECT id, household_id, rest FROM (
			SELECT l.id, l.household_id, l.day, l.at, l.seq, -l.cents - CAST(coalesce((SELECT sum(a.cents) FROM allocations a WHERE a.credit_id = l.id), 0) AS bigint) AS rest
			FROM ledger_entries l WHERE l.cents < 0 AND l.household_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))) c
		WHERE rest > 0 ORDER BY household_id, day, at, seq, id`,
		func(s db.Scanner) (c credit, err error) { return c, s.Scan(&c.entry, &c.household, &c.rest) }, db.JSON(households))
}

// Advance is what a household has paid or been credited beyond its invoices: it pays the next ones, or is refunded.
func Advance(ctx context.Context, tx *db.Tx, householdID string) (money.Cents, error) {
	credits, err := creditsOf(ctx, tx, []string{householdID})
	sum := money.Cents(0)
	for _, c := range credits {
		sum += c.rest
	}
	return sum, err
}

// UseAdvances pays the open invoices of households with what they have left from before, oldest first. Issuing a run does it by itself.
func UseAdvances(ctx context.Context, tx *db.Tx, households []string) error {
	credits, err := creditsOf(ctx, tx, households)
	if err != nil || len(credits) == 0 {
		return err
	}
	var some []string
	for _, c := range credits {
		some = append(some, c.household)
	}
	some = slices.Compact(some)
	open, err := refundsOf(ctx, tx, some)
	if err != nil {
		return err
	}
	debts, err := debtsOf(ctx, tx, some)
	if err != nil {
		return err
	}
	return allocate(ctx, tx, pair(credits, append(open, debts...)))
}

// entryOfInvoice finds the entry by which an invoice is owed.
func entryOfInvoice(ctx context.Context, tx *db.Tx, invoiceID string) (Entry, error) {
	e, err := db.One(ctx, tx, selectEntry+` WHERE invoice_id = $1 AND kind = 'invoice'`, scanEntry, invoiceID)
	if errors.Is(err, sql.ErrNoRows) {
		return e, fault.NotFoundf("Cette facture n’existe pas.")
	}
	return e, err
}
