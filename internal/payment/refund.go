package payment

import (
	"context"
	"errors"
	"strings"
	"time"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/money"
	"preau/internal/till"
)

// RefundState is where a refund stands.
type RefundState string

// The states of a refund.
const (
	RefundOpen   RefundState = "asked"   // the bank was asked, or is about to be
	RefundDoubt  RefundState = "unsure"  // it did not answer: it may have been done
	RefundDone   RefundState = "done"    // and the receipt is reversed
	RefundDenied RefundState = "refused" // by the bank, or given up
)

// Way is how money is given back.
type Way string

// The ways.
const (
	ByBank   Way = "bank"   // the bank is asked, by PPPS
	ByHand   Way = "hand"   // it was done elsewhere, and is recorded
	ByReject Way = "reject" // nobody gave it: the family's bank rejected the debit, or took the money of a card back
)

// Refund is money given back or taken back, whole.
type Refund struct {
	ID        string
	AttemptID string
	Way       Way
	Number    int64 // of the question to PPPS
	Cents     money.Cents
	Reason    string
	On        civil.Date // ByReject: the day the bank gives; it is kept at the head of Reason
	State     RefundState
	Code      string
	AskedAt   civil.Instant
	AskedBy   string
	AskedName string
	SettledAt civil.Instant
	ReceiptID string // of the reversal
}

// series counts the questions to PPPS.
const series = "PPPS"

// AskRefund opens a refund of a payment. By hand, or when a bank took the money back, it is done at once, and the receipt reversed; by the bank,
// whoever calls it then says what it answered (Answered). Errors: fault.Invalid beside "motif", or "motif_rejet" and "rejete_le" of what a bank took
// back; fault.Refused for what is not paid, or was reversed; fault.Conflict for what has a refund already.
func AskRefund(ctx context.Context, tx *db.Tx, f Refund, by household.By, loc *time.Location) (Refund, error) {
	a, err := byID(ctx, tx, f.AttemptID)
	if err != nil {
		return f, err
	}
	if err := f.explain(a, civil.DateOf(tx.Now, loc), loc); err != nil {
		return f, err
	}
	if err := a.refundable(ctx, tx, f.Way); err != nil {
		return f, err
	}
	f.ID, f.Cents, f.State, f.AskedAt, f.AskedBy, f.AskedName = db.NewID(), a.Cents, RefundOpen, tx.Now, by.Actor, by.Name
	var number *int64
	if f.Way == ByBank {
		if f.Number, err = billing.TakeNumbers(ctx, tx, series, 0, 1); err != nil {
			return f, err
		}
		number = &f.Number
	}
	_, err = tx.Exec(ctx, `INSERT INTO payment_refunds (id, attempt_id, way, number, cents, reason, state, code, asked_at, asked_by, asked_by_name)
		VALUES ($1, $2, $3, $4, $5, $6, $7, '', $8, $9, $10)`, f.ID, f.AttemptID, string(f.Way), number, f.Cents, f.Reason, string(f.State), f.AskedAt, f.AskedBy, f.AskedName)
	if _, twice := db.IsUnique(err); twice {
		return f, fault.Conflictf("Un remboursement de ce paiement est déjà en cours.")
	}
	if err != nil {
		return f, err
	}
	if f.Way != ByReject { // what a bank took back nobody asked for
		if err := a.note(ctx, tx, Event{Kind: RefundAsked, Cents: a.Cents, Detail: f.Reason, Actor: by.Actor, ActorName: by.Name}); err != nil || f.Way == ByBank {
			return f, err
		}
	}
	return f, f.settle(ctx, tx, a, by, loc)
}

// explain refuses a refund that does not say why, and puts the day on which a bank took the money back before its reason.
func (f *Refund) explain(a Attempt, today civil.Date, loc *time.Location) error {
	f.Reason = strings.TrimSpace(f.Reason)
	if f.Way != ByReject {
		if f.Reason == "" {
			return fault.Invalidf("motif", "Indiquez pourquoi ce paiement est remboursé.")
		}
		return nil
	}
	wrong := map[string]string{}
	if f.Reason == "" {
		wrong["motif_rejet"] = "Indiquez le motif que la banque donne."
	}
	if f.On.IsZero() || f.On.After(today) || f.On.Before(civil.DateOf(a.CreatedAt, loc)) {
		wrong["rejete_le"] = "Indiquez le jour du rejet, tel que la banque le donne : entre le paiement et aujourd’hui."
	}
	f.Reason = "le " + f.On.DayMonthYear() + ", " + f.Reason
	return fault.InvalidFields(wrong)
}

// refundable refuses what cannot be given back, or could not be booked once it was.
func (a Attempt) refundable(ctx context.Context, tx *db.Tx, way Way) error {
	if a.State != Paid {
		return fault.Refusedf("Ce paiement n’a pas été encaissé : il n’y a rien à rembourser.")
	}
	if way == ByBank && (a.Bank != Paybox || a.Call == "" || a.Transaction == "") {
		return fault.Refusedf("Ce paiement ne peut être remboursé que depuis le site de la banque. Enregistrez-le ensuite ici.")
	}
	if way == ByReject { // the money is gone, whatever was refunded of it meanwhile
		r, err := till.ByID(ctx, tx, a.ReceiptID)
		if err != nil {
			return err
		}
		if !r.Live() {
			return fault.Refusedf("La quittance de ce paiement est déjà annulée.")
		}
	} else if err := till.Voidable(ctx, tx, a.ReceiptID); err != nil { // before the bank is asked: what it gave back cannot be taken again
		return err
	}
	open, err := db.Exists(ctx, tx, `SELECT 1 FROM payment_refunds WHERE attempt_id = $1 AND state <> 'refused'`, a.ID)
	if err == nil && open {
		err = fault.Conflictf("Un remboursement de ce paiement est déjà en cours.")
	}
	return err
}

// RefundedBy names the payment whose refund or rejection takes a receipt back, so that the receipt is not taken back by hand. It is "" for any other
// receipt: of something else, or of money that came a second time under one reference.
func RefundedBy(ctx context.Context, tx *db.Tx, receiptID string) (string, error) {
	list, err := db.All(ctx, tx, `SELECT a.id FROM payment_attempts a WHERE a.receipt_id = $1
		AND NOT EXISTS (SELECT 1 FROM payment_refunds f WHERE f.attempt_id = a.id AND f.state = 'done')`, db.Value[string], receiptID)
	if err != nil || len(list) == 0 {
		return "", err
	}
	return list[0], nil
}

// Verdict is what the bank said of a refund.
type Verdict struct {
	Done   bool
	Unsure bool // it did not answer
	Code   string
	Detail string
}

// Answered writes what the bank said of a refund, and gives it as it is then. What was answered already stays.
func Answered(ctx context.Context, tx *db.Tx, id string, v Verdict, by household.By, loc *time.Location) (Refund, error) {
	f, err := refundByID(ctx, tx, id)
	if err != nil || f.State == RefundDone || f.State == RefundDenied {
		return f, err
	}
	a, err := byID(ctx, tx, f.AttemptID)
	if err != nil {
		return f, err
	}
	f.Code = clean(v.Code, 20)
	switch {
	case v.Done:
		return f, f.settle(ctx, tx, a, by, loc)
	case v.Unsure:
		if f.State == RefundDoubt {
			return f, nil
		}
		if err := f.write(ctx, tx, RefundDoubt); err != nil {
			return f, err
		}
		return f, a.note(ctx, tx, Event{Kind: RefundUnsure, Odd: true, Code: v.Code, Cents: f.Cents, Detail: v.Detail, Actor: by.Actor, ActorName: by.Name})
	}
	if err := f.write(ctx, tx, RefundDenied); err != nil {
		return f, err
	}
	return f, a.note(ctx, tx, Event{Kind: RefundRefused, Code: v.Code, Cents: f.Cents, Detail: v.Detail, Actor: by.Actor, ActorName: by.Name})
}

// settle reverses the receipt of a payment that was given back. The money that a bank gave or took back is gone whatever the books say: what was
// refunded of it meanwhile, the family owes; a receipt that was reversed meanwhile stays so. Both are for somebody to look at.
func (f *Refund) settle(ctx context.Context, tx *db.Tx, a Attempt, by household.By, loc *time.Location) error {
	kind, why := Refunded, "Remboursement : "+f.Reason
	if f.Way == ByReject {
		kind, why = TakenBack, "Rejeté ou repris par la banque "+f.Reason
	}
	e := Event{Kind: kind, Code: f.Code, Cents: f.Cents, Detail: f.Reason, Actor: by.Actor, ActorName: by.Name}
	first, err := till.ByID(ctx, tx, a.ReceiptID)
	if err != nil {
		return err
	}
	if !first.Live() && f.Way == ByBank {
		f.ReceiptID, e.Odd, e.Detail = first.ReversedBy, true, "La quittance "+first.Name()+" était déjà annulée : vérifiez que l’argent n’a pas été rendu deux fois"
	} else {
		reverse := till.Void
		if f.Way != ByHand {
			reverse = till.Bounce
			if why, refused := fault.As(till.Voidable(ctx, tx, a.ReceiptID)); refused {
				e.Odd, e.Detail = true, why.Message+" La famille le doit de nouveau"
			}
		}
		back, err := reverse(ctx, tx, a.ReceiptID, why, by.Actor, civil.DateOf(tx.Now, loc))
		if err != nil {
			return err
		}
		f.ReceiptID = back.ID
	}
	if err := f.write(ctx, tx, RefundDone); err != nil {
		return err
	}
	if err := a.note(ctx, tx, e); err != nil {
		return err
	}
	return job.Queue(ctx, tx, TellKind, Told{AttemptID: a.ID, Refund: true}, job.Key(TellKind+":"+a.ID+":refund"))
}

func (f *Refund) write(ctx context.Context, tx *db.Tx, to RefundState) error {
	f.State = to
	var settled *civil.Instant
	if to == RefundDone || to == RefundDenied {
		f.SettledAt = tx.Now
		settled = &tx.Now
	}
	var receipt *string
	if f.ReceiptID != "" {
		receipt = &f.ReceiptID
	}
	_, err := tx.Exec(ctx, `UPDATE payment_refunds SET state = $2, code = $3, settled_at = $4, receipt_id = $5 WHERE id = $1`, f.ID, string(to), f.Code, settled, receipt)
	return err
}

const selectRefunds = `SELECT id, attempt_id, way, coalesce(number, 0), cents, reason, state, code, asked_at, asked_by, asked_by_name, settled_at, coalesce(receipt_id, '') FROM payment_refunds`

func scanRefund(s db.Scanner) (f Refund, err error) {
	return f, s.Scan(&f.ID, &f.AttemptID, &f.Way, &f.Number, &f.Cents, &f.Reason, &f.State, &f.Code, &f.AskedAt, &f.AskedBy, &f.AskedName, &f.SettledAt, &f.ReceiptID)
}

func refundByID(ctx context.Context, tx *db.Tx, id string) (Refund, error) {
	f, err := db.One(ctx, tx, selectRefunds+` WHERE id = $1`, scanRefund, id)
	if errors.Is(err, db.ErrNoRows) {
		return f, fault.NotFoundf("Ce remboursement n’existe pas.")
	}
	return f, err
}

// RefundsOf lists the refunds of a payment, the latest first.
func RefundsOf(ctx context.Context, tx *db.Tx, attemptID string) ([]Refund, error) {
	return db.All(ctx, tx, selectRefunds+` WHERE attempt_id = $1 ORDER BY asked_at DESC, id`, scanRefund, attemptID)
}

// GivenBack says how the money of a payment went back, whatever became of its receipt; "" when it did not.
func GivenBack(ctx context.Context, tx *db.Tx, attemptID string) (Way, error) {
	ways, err := db.All(ctx, tx, `SELECT way FROM payment_refunds WHERE attempt_id = $1 AND state = 'done'`, db.Value[string], attemptID)
	if err != nil || len(ways) == 0 {
		return "", err
	}
	return Way(ways[0]), nil
}
