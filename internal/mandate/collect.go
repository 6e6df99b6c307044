package mandate

import (
	"context"
	"fmt"
	"strings"
	"time"

	"preau/internal/audit"
	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/job"
	"preau/internal/sepa"
	"preau/internal/staff"
	"preau/internal/till"
)

// File is a batch as the bank takes it, and the name of the file. It is the same each time; until it is sent, it is refused while the batch is
// stale.
func File(ctx context.Context, tx *db.Tx, key []byte, batchID string, loc *time.Location) (content []byte, name string, err error) {
	b, err := BatchByID(ctx, tx, batchID)
	if err != nil {
		return nil, "", err
	}
	if b.State() == Gathering || b.State() == Cancelled {
		return nil, "", fault.Conflictf("Le fichier de ce lot n’est pas prêt.")
	}
	if b.State() == Ready {
		if err := fresh(ctx, tx, b.ID); err != nil {
			return nil, "", err
		}
	}
	order := sepa.Order{Version: b.Creditor.Version, ID: b.Name(), Made: b.GatheredAt, Loc: loc, Creditor: b.Creditor.creditor()}
	if order.Debits, err = orders(ctx, tx, key, b); err != nil {
		return nil, "", err
	}
	if len(order.Debits) == 0 {
		return nil, "", fault.Refusedf("Ce lot est vide : il n’y a rien à transmettre.")
	}
	content, err = order.File()
	return content, b.fileName(loc), err
}

// creditor is who collects, for the bank.
func (s Settings) creditor() sepa.Creditor {
	number, street := sepa.SplitStreet(s.Street)
	c := sepa.Creditor{Name: s.Name, SIRET: s.SIRET, ICS: s.ICS, IBAN: s.IBAN, BIC: s.BIC,
		Address: sepa.Address{Number: number, Street: street, Postcode: s.Postcode, Town: s.City, Country: "FR"}}
	if s.Treasury && s.Holder != "" {
		c.HolderName, c.HolderIBAN = s.Holder, s.IBAN
	}
	return c
}

// fileName is that of the batch or, for an account at the Treasury, the one its accountant asks for: service, DFT, SDD, year and day of it.
func (b Batch) fileName(loc *time.Location) string {
	if !b.Creditor.Treasury || b.Creditor.Service == "" {
		return b.Name() + ".xml"
	}
	made := b.GatheredAt.Time().In(loc)
	return fmt.Sprintf("%s-DFT-SDD-%02d%03d-%03d.xml", sepa.Reference(b.Creditor.Service), made.Year()%100, made.YearDay(), b.Number%1000)
}

// Send writes that the file of a batch was given to the bank: from then on nothing is taken out of it. Errors: fault.Forbidden, fault.NotFound,
// fault.Conflict; fault.Refused when it is empty, late or stale. The same agent twice is once.
func Send(ctx context.Context, tx *db.Tx, who staff.Agent, batchID string, today civil.Date) error {
	b, err := mine(ctx, tx, who, batchID)
	if err != nil {
		return err
	}
	switch {
	case !b.SentAt.IsZero() && b.SentBy == who.Name:
		return nil
	case b.State() != Ready:
		return fault.Conflictf("Ce lot n’attend plus d’être transmis.")
	case b.Count == 0:
		return fault.Refusedf("Ce lot est vide : il n’y a rien à transmettre.")
	case b.DueOn.Before(today):
		return fault.Refusedf("Le jour de ce prélèvement est passé : annulez ce lot et préparez-en un autre.")
	}
	if err := fresh(ctx, tx, b.ID); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE debit_batches SET sent_at = $2, sent_by = $3 WHERE id = $1`, b.ID, tx.Now, who.Name); err != nil {
		return err
	}
	return noted(ctx, tx, who, "debit.send", b)
}

// Stale lists the debits of a batch that ask for more than is left of their invoices: paid otherwise, corrected or given up since it was
// gathered, or handed over to the treasury.
func Stale(ctx context.Context, tx *db.Tx, batchID string) ([]Debit, error) {
	return debitsWhere(ctx, tx, ` WHERE d.batch_id = $1 AND d.released_at IS NULL AND EXISTS (SELECT 1 FROM debit_shares s JOIN invoices i ON i.id = s.invoice_id
		WHERE s.debit_id = d.id AND (i.handed_at IS NOT NULL OR s.amount_cents > i.total_cents
			- CAST(coalesce((SELECT sum(a.cents) FROM allocations a WHERE a.invoice_id = i.id), 0) AS bigint))) ORDER BY d.end_to_end`, batchID)
}

// staleNamed bounds how many debits a refusal names.
const staleNamed = 10

// fresh refuses a batch that would debit a family of what it owes no more.
func fresh(ctx context.Context, tx *db.Tx, batchID string) error {
	list, err := Stale(ctx, tx, batchID)
	if err != nil || len(list) == 0 {
		return err
	}
	var names []string
	for _, d := range list[:min(len(list), staleNamed)] {
		names = append(names, d.Household+" ("+d.EndToEnd+")")
	}
	if more := len(list) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("et %d de plus", more))
	}
	return fault.Refusedf("Réglé autrement depuis la préparation\u00a0: %s. Retirez ces prélèvements du lot.", strings.Join(names, ", "))
}

// Cancel gives a batch up before it is sent: its invoices are free again, and the families are told. Errors: as Send.
func Cancel(ctx context.Context, tx *db.Tx, who staff.Agent, batchID string) error {
	b, err := mine(ctx, tx, who, batchID)
	if err != nil {
		return err
	}
	if s := b.State(); s != Ready && s != Gathering {
		return fault.Conflictf("Ce lot ne peut plus être annulé : il a été transmis à la banque, ou l’est déjà.")
	}
	for _, act := range []string{
		`UPDATE debit_shares SET settled_at = $2 WHERE settled_at IS NULL AND debit_id IN (SELECT id FROM debits WHERE batch_id = $1)`,
		`UPDATE debits SET released_at = $2, released_why = 'lot annulé' WHERE batch_id = $1 AND released_at IS NULL`,
	} {
		if _, err := tx.Exec(ctx, act, b.ID, tx.Now); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE debit_batches SET cancelled_at = $2, cancelled_by = $3 WHERE id = $1`, b.ID, tx.Now, who.Name); err != nil {
		return err
	}
	if err := noted(ctx, tx, who, "debit.cancel", b); err != nil {
		return err
	}
	return job.Queue(ctx, tx, WithdrawKind, BatchPayload{b.ID})
}

// Release takes one debit out of a batch before it is sent; the family is told. Errors: fault.Invalid beside "motif", fault.NotFound, fault.Conflict.
func Release(ctx context.Context, tx *db.Tx, who staff.Agent, debitID, why string) (Debit, error) {
	d, err := DebitByID(ctx, tx, debitID)
	if err != nil {
		return d, err
	}
	b, err := mine(ctx, tx, who, d.BatchID)
	if err != nil {
		return d, err
	}
	if why = strings.TrimSpace(why); why == "" {
		return d, fault.Invalidf("motif", "Indiquez pourquoi ce prélèvement est retiré.")
	}
	if b.State() != Ready || !d.ReleasedAt.IsZero() {
		return d, fault.Conflictf("Ce prélèvement ne peut plus être retiré du lot.")
	}
	if err := release(ctx, tx, d.ID, why); err != nil {
		return d, err
	}
	return d, job.Queue(ctx, tx, ReleasedKind, DebitPayload{d.ID})
}

func release(ctx context.Context, tx *db.Tx, debitID, why string) error {
	if _, err := tx.Exec(ctx, `UPDATE debits SET released_at = $2, released_why = $3 WHERE id = $1`, debitID, tx.Now, why); err != nil {
		return err
	}
	return settle(ctx, tx, debitID)
}

// withdraw takes the debits of a mandate out of the batches that were not sent.
func withdraw(ctx context.Context, tx *db.Tx, mandateID, why string) error {
	ids, err := db.All(ctx, tx, `SELECT d.id FROM debits d JOIN debit_batches b ON b.id = d.batch_id
		WHERE d.mandate_id = $1 AND d.released_at IS NULL AND d.rejected_at IS NULL AND b.sent_at IS NULL AND b.cancelled_at IS NULL`, db.Value[string], mandateID)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := release(ctx, tx, id, why); err != nil {
			return err
		}
	}
	return nil
}

// settle frees the invoices of a debit.
func settle(ctx context.Context, tx *db.Tx, debitID string) error {
	_, err := tx.Exec(ctx, `UPDATE debit_shares SET settled_at = $2 WHERE debit_id = $1 AND settled_at IS NULL`, debitID, tx.Now)
	return err
}

func mine(ctx context.Context, tx *db.Tx, who staff.Agent, batchID string) (Batch, error) {
	if !who.May(staff.Bill, "") {
		return Batch{}, fault.Forbiddenf("Votre rôle ne permet pas de toucher aux prélèvements.")
	}
	return BatchByID(ctx, tx, batchID)
}

func noted(ctx context.Context, tx *db.Tx, who staff.Agent, act string, b Batch) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: act, Subject: "batch:" + b.ID, Detail: map[string]string{"batch": b.Name()}})
}

// collectSlice is how many receipts one transaction makes.
const collectSlice = 50

// CollectSlice records what the batches of today and before collected, a few debits at a time: a receipt each, in the journal of the till. more
// says that there may be others. A debit is recorded once.
func CollectSlice(ctx context.Context, tx *db.Tx, today civil.Date) (more bool, err error) {
	due, err := dueDebits(ctx, tx, today, collectSlice)
	if err != nil {
		return false, err
	}
	for _, d := range due {
		if err := collect(ctx, tx, d, today); err != nil {
			return false, err
		}
	}
	if len(due) == collectSlice {
		return true, nil
	}
	_, err = tx.Exec(ctx, `UPDATE debit_batches SET collected_at = $2 WHERE due_on <= $1 AND sent_at IS NOT NULL AND collected_at IS NULL AND NOT EXISTS
		(SELECT 1 FROM debits d WHERE d.batch_id = debit_batches.id AND d.collected_at IS NULL AND d.rejected_at IS NULL AND d.released_at IS NULL)`, today, tx.Now)
	return false, err
}

// debitSource is what the receipt of a debit comes from.
const debitSource = "debit:"

func collect(ctx context.Context, tx *db.Tx, d Debit, today civil.Date) error {
	take := till.Take{HouseholdID: d.HouseholdID, PayerName: d.Holder, Means: till.DirectDebit, Cents: d.Cents, Source: debitSource + d.ID, Reference: d.EndToEnd,
		Day: today, PaidOn: d.DueOn, By: "job:" + CollectKind}
	for _, s := range d.Shares {
		take.Shares = append(take.Shares, billing.Share{InvoiceID: s.InvoiceID, Cents: s.Cents})
	}
	r, err := till.Record(ctx, tx, take)
	if err != nil {
		return fmt.Errorf("debit %s: %w", d.EndToEnd, err)
	}
	if _, err := tx.Exec(ctx, `UPDATE debits SET collected_at = $2, receipt_id = $3 WHERE id = $1`, d.ID, tx.Now, r.ID); err != nil {
		return err
	}
	return settle(ctx, tx, d.ID)
}
