package payment

import (
	"context"
	"strings"
	"unicode"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/money"
)

// Kind is what happened to a payment.
type Kind string

// The kinds.
const (
	Begun            Kind = "begun"
	GivenUp          Kind = "given_up"     // by the family, on our page
	LeftAtBank       Kind = "left_at_bank" // by the family, or by time, on the bank's page
	Unavailable      Kind = "unavailable"  // the bank refused to begin
	Credited         Kind = "credited"
	Repeated         Kind = "repeated" // the bank said again what it had said
	Late             Kind = "late"     // the bank said something that no longer counts
	Waits            Kind = "waits"
	RefusedByBank    Kind = "refused"
	FailedAtBank     Kind = "failed"
	RanOut           Kind = "ran_out" // the bank never said anything
	RefundAsked      Kind = "refund_asked"
	Refunded         Kind = "refunded"
	TakenBack        Kind = "taken_back" // by the bank of who paid: a debit rejected, a card disputed
	RefundRefused    Kind = "refund_refused"
	RefundUnsure     Kind = "refund_unsure"    // no answer: it may have been done
	Advance          Kind = "advance"          // an invoice had been paid meanwhile
	PaidTwice        Kind = "paid_twice"       // two transactions under one reference
	BadSignature     Kind = "bad_signature"    // a call that the bank did not sign
	Unreadable       Kind = "unreadable"       // a call that it signed and that says nothing
	UnknownReference Kind = "unknown"          // ours by its mark, and not in the database
	ForeignReference Kind = "foreign"          // another town's, or another program's
	WrongAmount      Kind = "wrong_amount"     // signed, of another amount
	WrongPayment     Kind = "wrong_payment"    // PayFiP answers about another debt or another client
	NoAuthorisation  Kind = "no_authorisation" // accepted without an authorisation
	Unclear          Kind = "unclear"          // an answer that decides nothing
)

// Event is one thing that was said of a payment.
type Event struct {
	ID        string
	AttemptID string // empty: of no attempt of this town
	At        civil.Instant
	Bank      Bank
	Kind      Kind
	Odd       bool // somebody is to look at it
	Reference string
	Code      string // the bank's
	Cents     money.Cents
	Detail    string
	Actor     string // "bank:paybox", "account:ID", "agent:ID", "job:kind"
	ActorName string

	ReviewedAt civil.Instant // zero: nobody has looked yet
	ReviewedBy string
}

// note writes an event of an attempt.
func (a Attempt) note(ctx context.Context, tx *db.Tx, e Event) error {
	e.AttemptID, e.Bank = a.ID, a.Bank
	if e.Reference == "" {
		e.Reference = a.Reference
	}
	return e.insert(ctx, tx)
}

// insert writes an event. What a stranger sent is cut and cleaned before it stands in the journal.
func (e Event) insert(ctx context.Context, tx *db.Tx) error {
	var attempt *string
	if e.AttemptID != "" {
		attempt = &e.AttemptID
	}
	if e.Actor == "" {
		e.Actor = "bank:" + string(e.Bank)
	}
	_, err := tx.Exec(ctx, `INSERT INTO payment_events (id, seq, attempt_id, at, bank, kind, odd, reference, code, cents, detail, actor, actor_name)
		SELECT $1, coalesce(max(seq), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 FROM payment_events`,
		db.NewID(), attempt, tx.Now, string(e.Bank), string(e.Kind), e.Odd, clean(e.Reference, 60), clean(e.Code, 20), e.Cents, clean(e.Detail, 300), e.Actor, e.ActorName)
	return err
}

// clean makes of a text something that a line can show.
func clean(s string, most int) string {
	s = strings.ToValidUTF8(s, "?")
	s = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return '?'
		}
		return c
	}, s)
	runes := []rune(s)
	return string(runes[:min(len(runes), most)])
}

// most strangers of a kind that an hour keeps: the journal of a town is not filled by whoever calls its address.
const mostStrangers = 50

// Strange writes down a call that is about no payment of this town, unless the last hour has seen many of the kind already.
func Strange(ctx context.Context, tx *db.Tx, e Event) error {
	n, err := db.One(ctx, tx, `SELECT count(*) FROM payment_events WHERE kind = $1 AND at > $2`, db.Value[int], string(e.Kind), tx.Now.Add(-hour))
	if err != nil || n >= mostStrangers {
		return err
	}
	e.Odd = true
	return e.insert(ctx, tx)
}

const selectEvents = `SELECT e.id, coalesce(e.attempt_id, ''), e.at, e.bank, e.kind, e.odd, e.reference, e.code, e.cents, e.detail, e.actor, e.actor_name, r.at, coalesce(r.actor_name, '')
	FROM payment_events e LEFT JOIN payment_reviews r ON r.event_id = e.id`

func scanEvent(s db.Scanner) (e Event, err error) {
	return e, s.Scan(&e.ID, &e.AttemptID, &e.At, &e.Bank, &e.Kind, &e.Odd, &e.Reference, &e.Code, &e.Cents, &e.Detail, &e.Actor, &e.ActorName, &e.ReviewedAt, &e.ReviewedBy)
}

// Events are those of an attempt, in their order.
func Events(ctx context.Context, tx *db.Tx, attemptID string) ([]Event, error) {
	return db.All(ctx, tx, selectEvents+` WHERE e.attempt_id = $1 ORDER BY e.seq`, scanEvent, attemptID)
}

// Odd are the events that nobody has looked at yet, the latest first.
func Odd(ctx context.Context, tx *db.Tx, limit int) ([]Event, error) {
	return db.All(ctx, tx, selectEvents+` WHERE e.odd AND r.event_id IS NULL ORDER BY e.seq DESC LIMIT $1`, scanEvent, int64(limit))
}

// CountOdd says how many wait.
func CountOdd(ctx context.Context, tx *db.Tx) (int, error) {
	return db.One(ctx, tx, `SELECT count(*) FROM payment_events e WHERE e.odd AND NOT EXISTS (SELECT 1 FROM payment_reviews r WHERE r.event_id = e.id)`, db.Value[int])
}

// Review says that an agent has looked at what was odd. Twice is once.
func Review(ctx context.Context, tx *db.Tx, eventID string, by household.By) error {
	there, err := db.Exists(ctx, tx, `SELECT 1 FROM payment_events WHERE id = $1 AND odd`, eventID)
	if err != nil {
		return err
	}
	if !there {
		return fault.NotFoundf("Cette ligne n’existe pas.")
	}
	_, err = tx.Exec(ctx, `INSERT INTO payment_reviews (event_id, at, actor, actor_name) VALUES ($1, $2, $3, $4) ON CONFLICT (event_id) DO NOTHING`, eventID, tx.Now, by.Actor, by.Name)
	return err
}
