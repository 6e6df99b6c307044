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

	"preau/internal/audit"
	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
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
// ("moyen", "montant", "payeur", "factures", "banque", "numero", "titulaire", "titres", "millesime", "reference").
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
	k.HandOver, err = handedOver(ctx, tx, t.HouseholdID)
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

// Void takes a receipt back: a mistake, a cheque that bounced, money given back. It is a receipt of its own, numbered, of the opposite
// amount; what the first one had paid is open again. Errors: fault.Invalid beside "motif"; fault.NotFound; fault.Refused for what is a
// reversal, was reversed already, or is cash while the till is closed or its drawer does not hold so much.
func Void(ctx context.Context, tx *db.Tx, receiptID, reason, by string, day civil.Date) (Receipt, error) {
	if reason = strings.TrimSpace(reason); reason == "" {
		return Receipt{}, fault.Invalidf("motif", "Indiquez pourquoi cette quittance est annulée.")
	}
	first, err := ByID(ctx, tx, receiptID)
	if err != nil {
		return Receipt{}, err
	}
	if err := sane(tx, day); err != nil {
		return Receipt{}, err
	}
	back, from, err := first.voidable(ctx, tx, reason)
	if err != nil {
		return Receipt{}, err
	}
	back.Day, back.PaidOn, back.At, back.By = day, day, tx.Now, by
	owed := AccountDue
	if first.HouseholdID == "" {
		owed = AccountUnsorted
	} else if _, err := billing.Unpay(ctx, tx, receiptSource(first.ID), reason, by, day); err != nil {
		return Receipt{}, err
	}
	if err := back.keep(ctx, tx); err != nil {
		return Receipt{}, err
	}
	if err := first.free(ctx, tx); err != nil {
		return Receipt{}, err
	}
	lines := []Line{{from, back.Cents}, {owed, -back.Cents}}
	if from == AccountTreasury {
		lines = []Line{{AccountTreasury, back.Cents}, {AccountPaidOver, -back.Cents}} // it was paid over: the treasury gives it back
	}
	if err := post(ctx, tx, Entry{OfficeID: back.OfficeID, Day: day, Kind: EntryReversal, Subject: back.ID, Label: "Annulation de la quittance " + first.Name() + " : " + reason,
		Content: back.content(), By: by, ByName: back.ByName, Lines: lines}); err != nil {
		return Receipt{}, err
	}
	return back, audit.Record(ctx, tx, audit.Entry{Actor: by, ActorName: back.ByName, Act: "till.void", Subject: "receipt:" + first.ID, Household: first.HouseholdID,
		Detail: map[string]string{"receipt": first.Name(), "reversal": back.Name(), "reason": reason}})
}

// Voidable says why Void would not take a receipt back, in its errors; nil when it would. Whoever has a bank give the money back asks first.
func Voidable(ctx context.Context, tx *db.Tx, receiptID string) error {
	r, err := ByID(ctx, tx, receiptID)
	if err == nil {
		_, _, err = r.voidable(ctx, tx, "")
	}
	return err
}

// voidable prepares the opposite of a receipt, and says where its money is; or why it cannot be taken back.
func (r Receipt) voidable(ctx context.Context, tx *db.Tx, reason string) (back Receipt, from Account, err error) {
	if back, err = r.reverse(ctx, tx, reason); err != nil {
		return back, "", err
	}
	if from, err = r.lies(ctx, tx); err != nil || r.HouseholdID == "" {
		return back, from, err
	}
	return back, from, billing.Unpayable(ctx, tx, receiptSource(r.ID))
}

// reverse prepares the opposite of a receipt, or says why there is none.
func (r Receipt) reverse(ctx context.Context, tx *db.Tx, reason string) (Receipt, error) {
	switch {
	case r.Reverses != "":
		return Receipt{}, fault.Refusedf("C’est déjà une annulation.")
	case r.ReversedBy != "":
		return Receipt{}, fault.Refusedf("Cette quittance est déjà annulée.")
	}
	back := Receipt{ID: db.NewID(), OfficeID: r.OfficeID, HouseholdID: r.HouseholdID, PayerName: r.PayerName, Means: r.Means, Cents: -r.Cents,
		Label: "Annulation de la quittance " + r.Name(), Reference: r.Reference, Source: "void:" + r.ID, Reverses: r.ID, Reason: reason}
	for _, p := range r.Paid {
		back.Paid = append(back.Paid, Paid{p.InvoiceID, p.Number, -p.Cents})
	}
	session, open, err := OpenSession(ctx, tx)
	if err != nil {
		return back, err
	}
	if r.Means == Cash {
		held, err := Balances(ctx, tx, r.OfficeID)
		switch {
		case err != nil:
			return back, err
		case !open:
			return back, fault.Refusedf("La caisse n’est pas ouverte : ouvrez la journée pour rendre des espèces.")
		case held[AccountCash] < r.Cents:
			return back, fault.Refusedf("Il n’y a que %s dans la caisse.", held[AccountCash])
		}
	}
	if open && r.Means.OverTheCounter() {
		back.SessionID = session.ID
	}
	return back, nil
}

// lies says where the money of a receipt is now.
func (r Receipt) lies(ctx context.Context, tx *db.Tx) (Account, error) {
	if r.Means == ECESU {
		return r.liesWithoutPaper(ctx, tx)
	}
	if r.Means != Cheque && r.Means != CESU {
		return r.Means.Account(), nil
	}
	kinds, err := db.All(ctx, tx, `SELECT coalesce(d.kind, '') FROM (SELECT deposit_id FROM cheques WHERE receipt_id = $1 UNION ALL SELECT deposit_id FROM cesu_titles WHERE receipt_id = $1) s
		LEFT JOIN deposits d ON d.id = s.deposit_id`, db.Value[string], r.ID)
	if err != nil {
		return "", err
	}
	kinds = slices.Compact(slices.Sorted(slices.Values(kinds)))
	switch {
	case len(kinds) > 1:
		return "", fault.Refusedf("Une partie de ces chèques ou titres a déjà quitté la régie : l’annulation attend que tout soit au même endroit.")
	case len(kinds) == 1 && kinds[0] == string(DepositCheques):
		return AccountBank, nil
	case len(kinds) == 1 && kinds[0] == string(DepositTreasury):
		return AccountTreasury, nil
	}
	return r.Means.Account(), nil
}

// liesWithoutPaper says where e-CESU are: they have no paper to follow, and all of them leave when CESU are paid over.
func (r Receipt) liesWithoutPaper(ctx context.Context, tx *db.Tx) (Account, error) {
	gone, err := db.Exists(ctx, tx, `SELECT 1 FROM till_entries e JOIN deposits d ON d.id = e.subject_id WHERE e.office_id = $1 AND e.kind = 'treasury'
		AND d.cesu_cents > 0 AND e.seq > (SELECT f.seq FROM till_entries f WHERE f.office_id = $1 AND f.kind = 'receipt' AND f.subject_id = $2)`, r.OfficeID, r.ID)
	if err == nil && gone {
		return AccountTreasury, nil
	}
	return r.Means.Account(), err
}

// content is what the journal keeps of a receipt to recognise it: what may never change of it.
func (r Receipt) content() string {
	parts := []string{r.ID, strconv.Itoa(r.Year), strconv.FormatInt(r.Number, 10), r.Day.String(), r.PaidOn.String(), string(r.Means), strconv.FormatInt(int64(r.Cents), 10),
		r.PayerName, r.Label, r.Reference, r.Source, r.Reverses, r.By, r.ByName}
	return sealed(parts)
}
