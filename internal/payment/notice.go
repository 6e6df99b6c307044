package payment

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/job"
	"preau/internal/money"
	"preau/internal/paybox"
	"preau/internal/payfip"
	"preau/internal/till"
)

const hour = time.Hour

// TellKind is the kind of the job that tells a family what became of a payment; its payload is a Told.
const TellKind = "payment.tell"

// Told is the payload of a job of TellKind.
type Told struct {
	AttemptID string `json:"attempt"`
	ReceiptID string `json:"receipt,omitempty"` // of a second payment under the same reference; empty: of the first
	Refund    bool   `json:"refund,omitempty"`  // it was given back
}

// word is what a bank says of an attempt.
type word struct {
	outcome     paybox.Outcome
	code        string
	detail      string
	call        string
	transaction string // what tells two payments under one reference apart
	means       till.Means
	reference   string // the bank's, for the receipt
	paidOn      civil.Date
	total       money.Cents
}

// Heard takes a call of Paybox whose signature was verified. What it says of no attempt of this town, or of another amount, is written down
// and changes nothing. key is the town's for ReferenceKey.
func Heard(ctx context.Context, tx *db.Tx, n paybox.Notice, key []byte, loc *time.Location) error {
	a, err := byReference(ctx, tx, Paybox, n.Reference)
	if errors.Is(err, db.ErrNoRows) {
		kind := ForeignReference
		if Ours(key, n.Reference) {
			kind = UnknownReference
		}
		return Strange(ctx, tx, Event{Bank: Paybox, Kind: kind, Reference: n.Reference, Code: n.Code, Cents: n.Total, Detail: "Transaction " + n.Transaction})
	}
	if err != nil {
		return err
	}
	if n.Total != a.Cents {
		return a.note(ctx, tx, Event{Kind: WrongAmount, Odd: true, Code: n.Code, Cents: n.Total, Detail: fmt.Sprintf("Transaction %s, %s demandés", n.Transaction, a.Cents)})
	}
	w := word{outcome: n.Outcome(), code: n.Code, call: n.Call, transaction: n.Transaction, means: till.Card, total: n.Total, paidOn: bankDay(n.Date),
		reference: "Transaction " + n.Transaction + ", autorisation " + n.Authorisation}
	return a.hear(ctx, tx, w, loc)
}

// differs reports whether PayFiP speaks of something else than the attempt, or of a rehearsal while the town was paid, or of money while it
// rehearsed, when the attempt began: what is settled since does not make its money another's.
func (a Attempt) differs(p payfip.Payment) bool {
	return p.Debt != payfip.Debt(a.Reference) || p.Total != a.Cents || p.Client != a.Client || !strings.EqualFold(p.Operation, a.Operation) ||
		p.Mode != "" && (p.Mode == payfip.Test) != (a.Mode == payfip.Test)
}

// Learnt takes PayFiP's answer about an attempt: a payment, or an error that may be a fault. An answer about another debt, another client or
// in another mode is not believed.
func Learnt(ctx context.Context, tx *db.Tx, id string, p payfip.Payment, asked error, loc *time.Location) (Attempt, error) {
	a, err := byID(ctx, tx, id)
	if err != nil {
		return a, err
	}
	if asked == nil && a.differs(p) {
		return a, a.noteOnce(ctx, tx, Event{Kind: WrongPayment, Odd: true, Code: p.Result, Cents: p.Total, Detail: "Dette " + p.Debt + ", client " + p.Client + ", mode " + p.Mode})
	}
	state := payfip.Read(p, asked, tx.Now.Sub(a.CreatedAt))
	code, detail := p.Result, ""
	var f *payfip.Fault
	if errors.As(asked, &f) {
		code, detail = f.Code, f.Label
	} else if asked != nil {
		detail = "Pas de réponse"
	}
	switch state {
	case payfip.Pending:
		return a, nil
	case payfip.Unclear:
		if f == nil && asked != nil { // nobody answered: it will be asked again
			return a, nil
		}
		return a, a.noteOnce(ctx, tx, Event{Kind: Unclear, Odd: true, Code: code, Detail: detail})
	case payfip.Expired:
		if a.State != Open && a.State != Pending {
			return a, nil
		}
		if err := a.move(ctx, tx, Expired); err != nil {
			return a, err
		}
		return a, a.note(ctx, tx, Event{Kind: RanOut, Code: code, Detail: detail})
	}
	w := word{outcome: words[state], code: code, transaction: p.Operation, means: till.PayFiPCard, total: p.Total, paidOn: bankDay(p.Date), reference: "Autorisation " + p.Authorisation}
	if state == payfip.ByDebit {
		w.means = till.PayFiPDebit
	}
	if w.outcome != paybox.Paid && a.State != Open && a.State != Pending || w.outcome == paybox.Paid && a.State == Paid {
		return a, nil // asked again, and nothing is new
	}
	return a, a.hear(ctx, tx, w, loc)
}

// hear makes of an attempt what the bank says of it.
func (a *Attempt) hear(ctx context.Context, tx *db.Tx, w word, loc *time.Location) error {
	n := next(a.State, w.outcome, w.transaction == a.Transaction)
	e := Event{Kind: n.kind, Odd: n.odd, Code: w.code, Cents: w.total, Detail: w.detail}
	if w.outcome == paybox.Paid {
		e.Detail = w.reference
	}
	if n.kind == Credited || n.kind == PaidTwice {
		return a.credit(ctx, tx, w, e, loc)
	}
	if w.transaction != "" && a.State != Paid && n.state == Pending {
		a.Call, a.Transaction = w.call, w.transaction
	}
	if n.state != a.State {
		if err := a.move(ctx, tx, n.state); err != nil {
			return err
		}
	}
	return a.note(ctx, tx, e)
}

// credit records money that has moved. A second transaction under the same reference is money too: it is an advance, for an agent to see.
func (a *Attempt) credit(ctx context.Context, tx *db.Tx, w word, e Event, loc *time.Location) error {
	take := till.Take{HouseholdID: a.HouseholdID, PayerName: a.PayerName, Means: w.means, Cents: a.Cents, Source: "payment:" + a.ID, Reference: w.reference,
		Day: civil.DateOf(tx.Now, loc), PaidOn: w.paidOn, By: "bank:" + string(a.Bank), Shares: []billing.Share{}}
	if e.Kind == PaidTwice {
		take.Source += ":" + w.transaction
	} else {
		shares, err := sharesOf(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		for _, s := range shares {
			take.Shares = append(take.Shares, billing.Share{InvoiceID: s.InvoiceID, Cents: s.Cents})
		}
	}
	if take.PaidOn.After(take.Day) || take.Day.DaysSince(take.PaidOn) > 60 {
		take.PaidOn = take.Day // a bank's calendar that is not ours
	}
	receipt, err := till.Record(ctx, tx, take)
	if err != nil {
		return err
	}
	if e.Kind == PaidTwice {
		fresh, err := a.firstTold(ctx, tx, e.Detail)
		if err != nil || !fresh {
			return err
		}
		if err := a.note(ctx, tx, e); err != nil {
			return err
		}
		return job.Queue(ctx, tx, TellKind, Told{AttemptID: a.ID, ReceiptID: receipt.ID}, job.Key(TellKind+":"+receipt.ID))
	}
	a.Call, a.Transaction, a.ReceiptID = w.call, w.transaction, receipt.ID
	if err := a.move(ctx, tx, Paid); err != nil {
		return err
	}
	if err := a.note(ctx, tx, e); err != nil {
		return err
	}
	if left := receipt.Advance(); left > 0 {
		if err := a.note(ctx, tx, Event{Kind: Advance, Odd: true, Cents: left}); err != nil {
			return err
		}
	}
	return job.Queue(ctx, tx, TellKind, Told{AttemptID: a.ID}, job.Key(TellKind+":"+a.ID))
}

// firstTold says whether a second transaction was not heard of before.
func (a *Attempt) firstTold(ctx context.Context, tx *db.Tx, detail string) (bool, error) {
	there, err := db.Exists(ctx, tx, `SELECT 1 FROM payment_events WHERE attempt_id = $1 AND kind = $2 AND detail = $3`, a.ID, string(PaidTwice), clean(detail, 300))
	return !there, err
}

// noteOnce writes an event unless it is the last one of its kind and code: what is asked every five minutes says it once.
func (a *Attempt) noteOnce(ctx context.Context, tx *db.Tx, e Event) error {
	there, err := db.Exists(ctx, tx, `SELECT 1 FROM payment_events WHERE attempt_id = $1 AND kind = $2 AND code = $3`, a.ID, string(e.Kind), clean(e.Code, 20))
	if err != nil || there {
		return err
	}
	return a.note(ctx, tx, e)
}

// bankDay reads JJMMAAAA; the zero date when it is none.
func bankDay(s string) civil.Date {
	if len(s) != 8 {
		return civil.Date{}
	}
	if _, err := strconv.Atoi(s); err != nil {
		return civil.Date{}
	}
	d, err := civil.Parse(s[4:] + "-" + s[2:4] + "-" + s[:2])
	if err != nil {
		return civil.Date{}
	}
	return d
}

// byReference finds an attempt by what its bank knows it by.
func byReference(ctx context.Context, tx *db.Tx, bank Bank, reference string) (Attempt, error) {
	return db.One(ctx, tx, selectAttempts+` WHERE bank = $1 AND reference = $2`, scanAttempt, string(bank), reference)
}

// ByOperation finds the attempt that an identifier of PayFiP is about.
func ByOperation(ctx context.Context, tx *db.Tx, operation string) (Attempt, error) {
	a, err := db.One(ctx, tx, selectAttempts+` WHERE operation = $1`, scanAttempt, operation)
	if errors.Is(err, db.ErrNoRows) {
		return a, fault.NotFoundf("Ce paiement n’existe pas.")
	}
	return a, err
}

// Inquired takes what PPPS says of a payment that was pending.
func Inquired(ctx context.Context, tx *db.Tx, id string, r paybox.Reply, loc *time.Location) error {
	a, err := byID(ctx, tx, id)
	if err != nil || a.State != Pending || r.Code != "00000" {
		return err
	}
	w := word{code: r.Code, call: a.Call, transaction: a.Transaction, means: till.Card, total: a.Cents, detail: r.Status,
		reference: "Transaction " + a.Transaction + ", autorisation " + r.Authorisation}
	switch {
	case r.Status == "Capturé" && r.Authorisation != "":
		w.outcome = paybox.Paid
	case r.Status == "Refusé", r.Status == "Annulé":
		w.outcome = paybox.Refused
	default:
		return nil // the bank does not know yet
	}
	return a.hear(ctx, tx, w, loc)
}
