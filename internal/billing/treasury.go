package billing

import (
	"cmp"
	"context"
	"strings"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/money"
)

// ActKind is what was done to an invoice after its issue.
type ActKind string

// The acts.
const (
	HandedOver ActKind = "handed_over"
	TakenBack  ActKind = "taken_back"
	WrittenOff ActKind = "written_off"
)

// Act is what happened to an invoice after its issue.
type Act struct {
	InvoiceID string
	Kind      ActKind
	At        civil.Instant
	Day       civil.Date
	ByName    string
	Slip      string // of the treasury
	Reason    string
	Cents     money.Cents // what was left to pay, or what was given up
}

// HandOver gives invoices that are not settled to the treasury, with the reference of the slip: from now on neither the till nor the bank
// takes money for them, and nobody reminds. What is owed stays in the household's ledger. Errors: fault.Invalid without a slip,
// fault.Refused for one that is settled, handed over already, or no invoice; then nothing is handed over.
func HandOver(ctx context.Context, tx *db.Tx, invoiceIDs []string, slip string, day civil.Date, by household.By) error {
	if slip = strings.TrimSpace(slip); slip == "" {
		return fault.Invalidf("bordereau", "Indiquez le numéro du bordereau.")
	}
	for _, id := range invoiceIDs {
		i, err := InvoiceByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if i.State != StateOpen {
			return fault.Refusedf("La facture %s n’est pas à payer : elle ne peut pas être transmise au Trésor public.", i.Label)
		}
		if _, err := tx.Exec(ctx, `UPDATE invoices SET handed_at = $2, handed_slip = $3 WHERE id = $1`, id, tx.Now, slip); err != nil {
			return err
		}
		if err := act(ctx, tx, &i, Act{Kind: HandedOver, Day: day, Slip: slip, Cents: i.Rest}, by); err != nil {
			return err
		}
	}
	return nil
}

// TakeBack takes an invoice back from the treasury. Errors: fault.Invalid without a reason, fault.Refused for one that is not handed over.
func TakeBack(ctx context.Context, tx *db.Tx, invoiceID, reason string, day civil.Date, by household.By) error {
	if reason = strings.TrimSpace(reason); reason == "" {
		return fault.Invalidf("motif", "Indiquez le motif du retour.")
	}
	i, err := InvoiceByID(ctx, tx, invoiceID)
	if err != nil {
		return err
	}
	if i.State != StateHandedOver {
		return fault.Refusedf("Cette facture n’est pas transmise au Trésor public.")
	}
	if _, err := tx.Exec(ctx, `UPDATE invoices SET handed_at = NULL, handed_slip = '' WHERE id = $1`, invoiceID); err != nil {
		return err
	}
	return act(ctx, tx, &i, Act{Kind: TakenBack, Day: day, Slip: i.HandedSlip, Reason: reason, Cents: i.Rest}, by)
}

// WriteOff gives up a part of what is left of an invoice, or all of it with 0 cents: the ordonnateur decides, and says why. Errors:
// fault.Invalid without a reason or for more than what is left, fault.Refused for an invoice that has nothing left to pay, fault.Conflict
// when what is left is not what was seen, as after a payment meanwhile, and for a source that made another remission. The same source twice gives
// the first entry.
func WriteOff(ctx context.Context, tx *db.Tx, r Remission, by household.By) (Entry, error) {
	if r.Reason = strings.TrimSpace(r.Reason); r.Reason == "" {
		return Entry{}, fault.Invalidf("motif", "Indiquez le motif de la remise.")
	}
	i, err := InvoiceByID(ctx, tx, r.InvoiceID)
	if err != nil {
		return Entry{}, err
	}
	if r.Source == "" {
		r.Source = db.NewID()
	}
	label, source := "Remise sur la facture "+i.Label+" : "+r.Reason, "write_off:"+r.Source
	if first, found, err := bySource(ctx, tx, source); err != nil || found {
		if asked := cmp.Or(r.Cents, r.Seen); err == nil && (first.InvoiceID != i.ID || first.Cents != -asked || first.Label != label) {
			err = fault.Conflictf("Ce formulaire a déjà accordé une remise de %s. Relisez la facture avant d’en accorder une autre.", -first.Cents)
		}
		return first, err
	}
	if i.State == StateDraft || i.Rest <= 0 {
		return Entry{}, fault.Refusedf("Il ne reste rien à payer sur cette facture.")
	}
	if r.Seen != i.Rest {
		return Entry{}, fault.Conflictf("Il reste maintenant %s à payer sur cette facture, et non %s. Relisez-la avant d’accorder une remise.", i.Rest, r.Seen)
	}
	if r.Cents == 0 {
		r.Cents = i.Rest
	}
	if r.Cents < 0 || r.Cents > i.Rest {
		return Entry{}, fault.Invalidf("montant", "Il reste %s à payer : la remise ne peut pas dépasser ce montant.", i.Rest)
	}
	owed, err := entryOfInvoice(ctx, tx, i.ID)
	if err != nil {
		return Entry{}, err
	}
	e, err := Post(ctx, tx, Entry{HouseholdID: i.HouseholdID, Kind: EntryWriteOff, Cents: -r.Cents, Source: source, InvoiceID: i.ID,
		Label: label, Day: r.Day, By: by.Actor})
	if err != nil {
		return e, err
	}
	if err := allocate(ctx, tx, []match{{Credit: e.ID, Debit: owed.ID, Invoice: i.ID, Cents: r.Cents}}); err != nil {
		return e, err
	}
	return e, act(ctx, tx, &i, Act{Kind: WrittenOff, Day: r.Day, Reason: r.Reason, Cents: r.Cents}, by)
}

// Remission is what the ordonnateur gives up.
type Remission struct {
	InvoiceID string
	Seen      money.Cents // what was left to pay when it was decided
	Cents     money.Cents // 0: all that is left
	Reason    string
	Day       civil.Date
	Source    string // what asks for it, once: a second click finds the first; empty: not looked at
}

// act writes down what happened to an invoice, in its history and in the journal.
func act(ctx context.Context, tx *db.Tx, i *Invoice, a Act, by household.By) error {
	_, err := tx.Exec(ctx, `INSERT INTO invoice_acts (id, invoice_id, act, at, day, made_by, made_by_name, slip, reason, cents)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, db.NewID(), i.ID, a.Kind, tx.Now, a.Day, by.Actor, by.Name, a.Slip, a.Reason, a.Cents)
	if err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: by.Actor, ActorName: by.Name, Act: "invoice." + string(a.Kind), Subject: "invoice:" + i.ID,
		Household: i.HouseholdID, Detail: map[string]any{"number": i.Label, "cents": a.Cents, "slip": a.Slip, "reason": a.Reason}})
}

// Acts lists what happened to an invoice after its issue, oldest first.
func Acts(ctx context.Context, tx *db.Tx, invoiceID string) ([]Act, error) {
	return db.All(ctx, tx, `SELECT invoice_id, act, at, day, made_by_name, slip, reason, cents FROM invoice_acts WHERE invoice_id = $1 ORDER BY at, id`,
		func(s db.Scanner) (a Act, err error) {
			return a, s.Scan(&a.InvoiceID, &a.Kind, &a.At, &a.Day, &a.ByName, &a.Slip, &a.Reason, &a.Cents)
		}, invoiceID)
}
