package mandate

import (
	"context"
	"fmt"
	"strings"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/staff"
	"preau/internal/till"
)

// Rejection is what a bank sent back.
type Rejection struct {
	DebitID string
	Code    string
	On      civil.Date // the day of the bank
}

// The kinds of the jobs that tell a family of one debit; their payload is a DebitPayload.
const (
	RejectedKind = "mandate.rejected"
	ReleasedKind = "mandate.released" // it will not be done
)

// DebitPayload names a debit.
type DebitPayload struct {
	DebitID string `json:"debit"`
}

// Reject undoes a debit that the bank sent back: its receipt is reversed, the invoices are open again, the family is told. What was refunded of it
// meanwhile is owed by the family (see billing.Bounce). After too many in a row, or when the account cannot be debited, the mandate is suspended. Errors: fault.Forbidden, fault.NotFound; fault.Invalid beside "code"
// or "le"; fault.Conflict when it was rejected already or never sent.
func Reject(ctx context.Context, tx *db.Tx, who staff.Agent, r Rejection, today civil.Date) error {
	d, err := DebitByID(ctx, tx, r.DebitID)
	if err != nil {
		return err
	}
	b, err := mine(ctx, tx, who, d.BatchID)
	if err != nil {
		return err
	}
	code, known := CodeByID(r.Code)
	switch {
	case !known:
		return fault.Invalidf("code", "Choisissez un code de la liste.")
	case r.On.IsZero() || r.On.After(today) || r.On.Before(b.DueOn.AddDays(-14)):
		return fault.Invalidf("le", "Indiquez le jour du rejet, tel que la banque le donne.")
	case b.SentAt.IsZero() || !d.ReleasedAt.IsZero():
		return fault.Conflictf("Ce prélèvement n’a pas été transmis à la banque.")
	case !d.RejectedAt.IsZero():
		return fault.Conflictf("Ce prélèvement est déjà rejeté (%s).", d.RejectedCode)
	}
	if err := void(ctx, tx, who, d, code, today); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE debits SET rejected_at = $2, rejected_code = $3, rejected_on = $4, rejected_by = $5 WHERE id = $1`,
		d.ID, tx.Now, code.ID, r.On, who.Name); err != nil {
		return err
	}
	if err := settle(ctx, tx, d.ID); err != nil {
		return err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "debit.reject", Subject: "debit:" + d.ID, Household: d.HouseholdID,
		Detail: map[string]string{"reference": d.EndToEnd, "code": code.ID}}); err != nil {
		return err
	}
	if err := afterRejection(ctx, tx, household.ByAgent(who), d, code, b.Creditor.Rejections); err != nil {
		return err
	}
	return job.Queue(ctx, tx, RejectedKind, DebitPayload{d.ID})
}

// void reverses the receipt of a debit, when it has one that still stands.
func void(ctx context.Context, tx *db.Tx, who staff.Agent, d Debit, code Code, today civil.Date) error {
	if d.ReceiptID == "" {
		return nil
	}
	receipt, err := till.ByID(ctx, tx, d.ReceiptID)
	if err != nil || !receipt.Live() {
		return err
	}
	_, err = till.Bounce(ctx, tx, d.ReceiptID, "Prélèvement rejeté : "+code.Label+" ("+code.ID+")", who.Actor(), today)
	return err
}

// RejectedBy names the debit whose rejection takes a receipt back, so that the receipt is not taken back by hand; "" for any other receipt.
func RejectedBy(ctx context.Context, tx *db.Tx, r till.Receipt) (string, error) {
	id, debited := strings.CutPrefix(r.Source, debitSource)
	if !debited {
		return "", nil
	}
	d, err := DebitByID(ctx, tx, id)
	if fault.Is(err, fault.NotFound) || err == nil && !d.RejectedAt.IsZero() {
		return "", nil
	}
	return d.ID, err
}

// afterRejection suspends the mandate when it must be.
func afterRejection(ctx context.Context, tx *db.Tx, by household.By, d Debit, code Code, most int) error {
	if d.MandateID == "" {
		return nil
	}
	m, err := ByID(ctx, tx, d.MandateID)
	if err != nil {
		return err
	}
	if err := addEvent(ctx, tx, m.ID, by, Event{Kind: "rejected", Note: code.ID + " : " + code.Label}); err != nil || m.State() != Active {
		return err
	}
	n, err := rejectionsInARow(ctx, tx, m.ID)
	if err != nil || !suspends(code, n, most) {
		return err
	}
	return Suspend(ctx, tx, by, m.ID, "la banque a rejeté le prélèvement : "+code.Label)
}

// Listed is a line of a list of rejections.
type Listed struct {
	Reference string
	Code      string
	On        civil.Date // zero: the list does not say
}

// ParseRejections reads a list, one rejection a line: the reference of the debit, the code, and the day if it is there ("2026-12-14" or
// "14/12/2026"), with spaces, tabs, commas or semicolons between them. Empty lines count for nothing. The error names the line.
func ParseRejections(text string) ([]Listed, error) {
	var out []Listed
	n := 0
	for line := range strings.Lines(text) {
		n++
		fields := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" \t\r\n;,\u00a0\u202f", r) })
		if len(fields) == 0 {
			continue
		}
		if len(fields) < 2 || len(fields) > 3 {
			return nil, fmt.Errorf("ligne %d : il faut une référence, un code, et la date si vous l’avez", n)
		}
		l := Listed{Reference: fields[0], Code: strings.ToUpper(fields[1])}
		if _, known := CodeByID(l.Code); !known {
			return nil, fmt.Errorf("ligne %d : le code %q n’est pas dans la liste", n, fields[1])
		}
		if len(fields) == 3 {
			day, err := civil.ParseTyped(fields[2])
			if err != nil {
				return nil, fmt.Errorf("ligne %d : %q n’est pas une date", n, fields[2])
			}
			l.On = day
		}
		out = append(out, l)
	}
	return out, nil
}

// RejectListed rejects all the debits of a list, which are of one batch, or none: the error names the first that cannot be.
func RejectListed(ctx context.Context, tx *db.Tx, who staff.Agent, batchID string, list []Listed, today civil.Date) error {
	b, err := mine(ctx, tx, who, batchID)
	if err != nil {
		return err
	}
	for _, l := range list {
		d, err := DebitByReference(ctx, tx, l.Reference)
		if err == nil && d.BatchID != b.ID {
			err = fault.Refusedf("Le prélèvement %s n’est pas dans le lot %s.", l.Reference, b.Name())
		}
		if err != nil {
			return err
		}
		on := l.On
		if on.IsZero() {
			on = today
		}
		err = Reject(ctx, tx, who, Rejection{DebitID: d.ID, Code: l.Code, On: on}, today)
		if refusal, refused := fault.As(err); refused {
			return fault.Refusedf("%s : %s", l.Reference, refusal.Message)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
