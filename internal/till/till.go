// Package till is the régie: the town's till for what families owe.
//
// Whatever brings money in goes through Record: an agent at the counter, a bank that tells of a payment on line, a batch of direct debits.
// In one transaction it gives the receipt the next number of the year, writes the journal, and pays the household's invoices (package
// billing). The same source twice gives the first receipt. Nothing that was recorded changes: Void writes a second receipt, of the opposite
// amount, that names the first.
//
// The journal (journal.go) is append-only and chained by its hashes; its accounts say at any time what the office holds and what it owes.
// A day at the till (session.go) begins with the float and ends with a count; what is held leaves with numbered slips (deposit.go), and the
// office changes hands with a record (handover.go). Verify checks all of it.
package till

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/money"
	"preau/internal/staff"
)

// Take is money that came.
type Take struct {
	HouseholdID string // empty: not known yet, for a transfer only (see Assign)
	PayerName   string
	Means       Means
	Cents       money.Cents
	Shares      []billing.Share // nil: the oldest invoices first; what they do not take is an advance
	Source      string          // what it comes from, once: "envoi:ID", "paybox:ID"
	Label       string          // object, as the receipt has it; empty: the invoices paid
	Reference   string          // the bank's, or the e-CESU's
	Cheques     []Slip
	Titles      []Title
	Day         civil.Date // today in the town: civil.DateOf(tx.Now, t.Loc)
	PaidOn      civil.Date // when the bank had it; zero: Day
	By          string     // "agent:ID", "job:kind"
}

// Slip is one cheque.
type Slip struct {
	ID                   string // made when it is kept
	Bank, Number, Drawer string
	Cents                money.Cents
}

// Paid is what a receipt paid of one invoice.
type Paid struct {
	InvoiceID, Number string
	Cents             money.Cents
}

// Receipt is a receipt, or the reversal of one.
type Receipt struct {
	ID          string
	OfficeID    string
	Year        int
	Number      int64
	Day         civil.Date
	At          civil.Instant
	PaidOn      civil.Date
	SessionID   string // of the day at the till, for what passed over the counter
	HouseholdID string // empty while nobody knows
	PayerName   string
	Means       Means
	Cents       money.Cents // negative: a reversal
	Label       string
	Reference   string
	Source      string
	Reverses    string // the receipt it reverses, or ""
	ReversedBy  string // the receipt that reverses it, or ""
	Reason      string
	By, ByName  string

	// What ByID and BySource fill in beside.
	Paid    []Paid
	Cheques []Slip
	Titles  []Title
}

// Name is the number as it is written: "2026-000123".
func (r Receipt) Name() string { return number(r.Year, r.Number) }

// Advance is what no invoice took.
func (r Receipt) Advance() money.Cents {
	left := r.Cents
	for _, p := range r.Paid {
		left -= p.Cents
	}
	return left
}

// Live reports whether the receipt stands: neither a reversal, nor reversed.
func (r Receipt) Live() bool { return r.Cents > 0 && r.ReversedBy == "" }

func number(year int, n int64) string { return fmt.Sprintf("%d-%06d", year, n) }

// receiptSource is what the household's ledger knows a receipt by.
func receiptSource(id string) string { return "receipt:" + id }

// Record takes money: a numbered receipt, its line in the journal, and the payment of the household's invoices, in this transaction. A
// source that was recorded already gives the first receipt, and nothing is written. Errors: fault.Invalid beside the fields of the form
// ("moyen", "montant", "payeur", "factures", "banque", "numero", "titulaire", "titres", "millesime", "reference", "paye_le").
func Record(ctx context.Context, tx *db.Tx, t Take) (Receipt, error) {
	if t.Source == "" {
		return Receipt{}, errors.New("till: money without a source")
	}
	if first, found, err := BySource(ctx, tx, t.Source); err != nil || found {
		return first, err
	}
	if err := sane(tx, t.Day); err != nil {
		return Receipt{}, err
	}
	known, session, err := know(ctx, tx, t)
	if err != nil {
		return Receipt{}, err
	}
	shares, wrong := Judge(t, known)
	if err := refuse(wrong); err != nil {
		return Receipt{}, err
	}
	r := Receipt{ID: db.NewID(), OfficeID: known.Office.ID, Day: t.Day, At: tx.Now, PaidOn: t.PaidOn, HouseholdID: t.HouseholdID, PayerName: strings.TrimSpace(t.PayerName),
		Means: t.Means, Cents: t.Cents, Label: t.Label, Reference: strings.TrimSpace(t.Reference), Source: t.Source, By: t.By, Cheques: t.Cheques, Titles: t.Titles}
	if r.PaidOn.IsZero() {
		r.PaidOn = t.Day
	}
	if t.Means.OverTheCounter() {
		r.SessionID = session.ID
	}
	if shares, err = pay(ctx, tx, r, shares); err != nil {
		return Receipt{}, err
	}
	r.Paid = named(shares, known.Open)
	if r.Label == "" {
		r.Label = object(r.Paid)
	}
	if err := r.keep(ctx, tx); err != nil {
		return Receipt{}, err
	}
	owed := AccountDue
	if t.HouseholdID == "" {
		owed = AccountUnsorted
	}
	return r, post(ctx, tx, Entry{OfficeID: r.OfficeID, Day: r.Day, Kind: EntryReceipt, Subject: r.ID, Label: "Quittance " + r.Name() + ", " + r.PayerName, Content: r.content(),
		By: r.By, ByName: r.ByName, Lines: []Line{{t.Means.Account(), t.Cents}, {owed, -t.Cents}}})
}

// sane refuses a day that is not the town's today: the number of the year depends on it.
func sane(tx *db.Tx, day civil.Date) error {
	now := tx.Now.Time().UTC()
	if away := day.DaysSince(civil.New(now.Year(), now.Month(), now.Day())); day.IsZero() || away < -1 || away > 1 {
		return fmt.Errorf("till: %s is not today", day)
	}
	return nil
}

// know reads what the rules ask.
func know(ctx context.Context, tx *db.Tx, t Take) (k Known, s Session, err error) {
	if k.Office, err = found(ctx, tx); err != nil {
		return k, s, err
	}
	if s, k.Session, err = OpenSession(ctx, tx); err != nil {
		return k, s, err
	}
	k.Today = t.Day
	if t.HouseholdID == "" {
		return k, s, nil
	}
	k.Open, err = Payables(ctx, tx, t.HouseholdID)
	if err != nil || len(t.Shares) == 0 {
		return k, s, err
	}
	if k.HandOver, err = handedOver(ctx, tx, t.HouseholdID); err != nil {
		return k, s, err
	}
	k.Closed, err = closed(ctx, tx, t.HouseholdID, t.Shares, k.Open)
	return k, s, err
}

// Payables lists what the till may cash for a household, the oldest first.
func Payables(ctx context.Context, tx *db.Tx, householdID string) ([]Payable, error) {
	open, err := billing.Due(ctx, tx, householdID)
	if err != nil {
		return nil, err
	}
	out := make([]Payable, 0, len(open))
	ids := make([]string, 0, len(open))
	for _, o := range open {
		if o.State == billing.StateOpen && o.Rest > 0 {
			out = append(out, Payable{Open: o})
			ids = append(ids, o.InvoiceID)
		}
	}
	cash, err := byMeans(ctx, tx, ids, Cash)
	if err != nil {
		return nil, err
	}
	titles, err := byMeans(ctx, tx, ids, CESU, ECESU)
	if err != nil {
		return nil, err
	}
	eligible, err := billing.CESUOf(ctx, tx, ids)
	for i := range out {
		p := &out[i]
		p.CashPaid = cash[p.InvoiceID]
		p.CESUEligible = max(0, min(p.Rest, eligible[p.InvoiceID]-titles[p.InvoiceID]))
	}
	return out, err
}

// pay pays the invoices of a receipt in the household's ledger; nothing while nobody is known.
func pay(ctx context.Context, tx *db.Tx, r Receipt, shares []billing.Share) ([]billing.Share, error) {
	if r.HouseholdID == "" {
		return nil, nil
	}
	if shares == nil {
		shares = []billing.Share{}
	}
	_, paid, err := billing.Pay(ctx, tx, billing.Payment{HouseholdID: r.HouseholdID, Source: receiptSource(r.ID), Label: "Paiement : " + r.Means.French(), Cents: r.Cents, Day: r.PaidOn,
		By: r.By, Shares: shares})
	return paid, err
}

// named writes the numbers of invoices beside what each received.
func named(shares []billing.Share, open []Payable) (out []Paid) {
	for _, s := range shares {
		p := Paid{InvoiceID: s.InvoiceID, Cents: s.Cents}
		if i := slices.IndexFunc(open, func(o Payable) bool { return o.InvoiceID == s.InvoiceID }); i >= 0 {
			p.Number = open[i].Number
		}
		out = append(out, p)
	}
	return out
}

// object says what a receipt is for.
func object(paid []Paid) string {
	if len(paid) == 0 {
		return "Avance"
	}
	names := make([]string, len(paid))
	for i, p := range paid {
		names[i] = p.Number
	}
	if len(paid) == 1 {
		return "Facture " + names[0]
	}
	return "Factures " + strings.Join(names[:len(names)-1], ", ") + " et " + names[len(names)-1]
}

// signed gives the name of who acts, as it is written on receipts.
func signed(ctx context.Context, tx *db.Tx, by string) (string, error) {
	id, isAgent := strings.CutPrefix(by, "agent:")
	if !isAgent {
		return "Préau", nil
	}
	a, err := staff.ByID(ctx, tx, id)
	return a.Name, err
}

// content is what the journal keeps of a receipt to recognise it: what may never change of it.
func (r Receipt) content() string {
	parts := []string{r.ID, strconv.Itoa(r.Year), strconv.FormatInt(r.Number, 10), r.Day.String(), r.PaidOn.String(), string(r.Means), strconv.FormatInt(int64(r.Cents), 10),
		r.PayerName, r.Label, r.Reference, r.Source, r.Reverses, r.By, r.ByName}
	return sealed(parts)
}
