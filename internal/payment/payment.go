// Package payment takes the money of families on line.
//
// A family chooses invoices; Begin fixes what is to be paid, from what the ledger says is open, and under a reference that nobody can guess.
// The browser then goes to the bank and comes back, and neither decides anything: an attempt is paid when the bank says so to the server
// itself, with the right reference and the right amount (Heard for Paybox's signed call, Learnt for PayFiP's answer to a question of ours;
// PayFiP's own call is only a hint to ask). Then the till records a receipt (package till) in the same transaction, once: the same news ten
// times, in any order, before or after the browser's return, changes nothing more.
//
// Money that has moved is always recorded. When an invoice was paid elsewhere meanwhile, what it no longer takes is an advance of the
// household, and somebody is told. Everything that was said of a payment is an event (events.go); what is odd waits for an agent to look at it.
package payment

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"slices"
	"strings"
	"time"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/money"
	"preau/internal/paybox"
	"preau/internal/payfip"
)

// Bank is through whom a family pays.
type Bank string

// The banks.
const (
	Paybox Bank = "paybox"
	PayFiP Bank = "payfip"
)

// French names the bank to a family.
func (b Bank) French() string {
	if b == PayFiP {
		return "PayFiP"
	}
	return "carte bancaire"
}

// State is where an attempt stands.
type State string

// The states.
const (
	Open      State = "open"      // the family was sent to the bank
	Pending   State = "pending"   // the bank says that it does not know yet
	Paid      State = "paid"      // and so it stays
	Refused   State = "refused"   // by the bank of who pays
	Failed    State = "failed"    // for a technical reason
	Cancelled State = "cancelled" // given up
	Expired   State = "expired"   // the bank never said anything
)

// Attempt is a payment that a family began.
type Attempt struct {
	ID          string
	HouseholdID string
	GuardianID  string
	PayerName   string
	Email       string
	Bank        Bank
	Reference   string // what the bank knows it by
	Cents       money.Cents
	State       State
	CreatedAt   civil.Instant
	ChangedAt   civil.Instant
	Operation   string // PayFiP's identifier; empty until it gave one
	Client      string // PayFiP: the town's number and the mode when it began, of which its answers are
	Mode        string
	Call        string // Paybox's numbers, which a refund needs
	Transaction string
	ReceiptID   string // of what was recorded; empty unless paid

	Shares []Share // ByID fills them
}

// Share is what an attempt is to pay of an invoice.
type Share struct {
	InvoiceID, Number string
	Cents             money.Cents
}

// Live reports whether money may still come of the attempt, so that the same invoices are not paid through another one.
func (a Attempt) Live(now civil.Instant) bool {
	return a.State == Pending || a.State == Open && now.Sub(a.CreatedAt) < payfip.Apart
}

// FreeAt is from when its invoices may be paid by another attempt, should its bank say nothing more.
func (a Attempt) FreeAt() civil.Instant { return a.CreatedAt.Add(payfip.Apart) }

// MayGiveUp reports whether the family may end the attempt: it has not ended, and PayFiP's page cannot take the money any more.
func (a Attempt) MayGiveUp(now civil.Instant) bool {
	return a.State == Open && (a.Bank != PayFiP || a.Operation == "" || !a.Live(now))
}

// Question asks PPPS about the transaction of the attempt. number is that of the question, at the bank's wall clock.
func (a Attempt) Question(c paybox.Contract, kind paybox.Type, number int64, total money.Cents, at time.Time) paybox.Question {
	return paybox.Question{Contract: c, Type: kind, Number: number, Total: total, Reference: a.Reference, Call: a.Call, Transaction: a.Transaction, At: at}
}

// Wish is what a family asks to pay.
type Wish struct {
	Guardian household.Guardian
	Bank     Bank
	Invoices []string // their numbers
	Key      []byte   // the town's, for ReferenceKey
}

// ReferenceKey is the purpose of the key that marks the town's references.
const ReferenceKey = "payment.reference"

// BusyError says that an attempt at one of the invoices is under way.
type BusyError struct {
	Attempt Attempt
	Same    bool // it is this payer's, by this bank, at these invoices: what a button pressed twice asks for
}

// Error is the refusal for the log; pages show the attempt.
func (e *BusyError) Error() string { return "payment: an attempt at these invoices is under way" }

// Begin begins an attempt at what is left to pay of some invoices. Errors: fault.Invalid beside "facture" and "banque"; fault.Refused for
// a payer without e-mail, or an amount that the bank does not take; *BusyError while another attempt may still bring money.
func Begin(ctx context.Context, tx *db.Tx, w Wish) (Attempt, error) {
	contracts, err := ContractsOf(ctx, tx)
	if err != nil {
		return Attempt{}, err
	}
	if !slices.Contains(contracts.Open(), w.Bank) {
		return Attempt{}, fault.Invalidf("banque", "Ce moyen de paiement n’est pas ouvert.")
	}
	due, err := billing.Due(ctx, tx, w.Guardian.HouseholdID)
	if err != nil {
		return Attempt{}, err
	}
	shares, err := choose(due, w.Invoices)
	if err != nil {
		return Attempt{}, err
	}
	busy, found, err := blocking(ctx, tx, shares)
	if err != nil {
		return Attempt{}, err
	}
	if found {
		if busy.Shares, err = sharesOf(ctx, tx, busy.ID); err != nil {
			return Attempt{}, err
		}
		return Attempt{}, &BusyError{busy, busy.GuardianID == w.Guardian.ID && busy.Bank == w.Bank && slices.Equal(busy.Shares, shares)}
	}
	a := Attempt{ID: db.NewID(), HouseholdID: w.Guardian.HouseholdID, GuardianID: w.Guardian.ID, PayerName: w.Guardian.Name(), Email: w.Guardian.Email, Bank: w.Bank,
		Reference: newReference(w.Key, shares[0].Number), State: Open, CreatedAt: tx.Now, ChangedAt: tx.Now, Shares: shares}
	if w.Bank == PayFiP {
		a.Client, a.Mode = contracts.PayFiP.Client, contracts.PayFiP.Mode
	}
	for _, s := range shares {
		a.Cents += s.Cents
	}
	if err := a.check(); err != nil {
		return Attempt{}, err
	}
	if err := a.insert(ctx, tx); err != nil {
		return Attempt{}, err
	}
	return a, a.note(ctx, tx, Event{Kind: Begun, Cents: a.Cents, Actor: w.Guardian.Actor(), ActorName: w.Guardian.ActorName()})
}

// check refuses what the bank would.
func (a Attempt) check() error {
	switch {
	case !strings.Contains(a.Email, "@") || len(a.Email) < 6 || len(a.Email) > 80:
		return fault.Refusedf("La banque demande une adresse e-mail pour envoyer son reçu : ajoutez la vôtre dans « Mon profil ».")
	case a.Bank == PayFiP && a.Cents < payfip.Least:
		return fault.Refusedf("PayFiP ne prend pas moins de %s.", payfip.Least)
	case a.Bank == PayFiP && a.Cents > payfip.Most:
		return fault.Refusedf("PayFiP ne prend pas plus de %s à la fois.", payfip.Most)
	}
	return nil
}

// newReference makes a reference from the number of the first invoice: eight letters drawn at random, and three that say which town made it.
func newReference(key []byte, invoice string) string {
	head := strings.Trim(strings.Map(func(c rune) rune {
		if c == '-' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
			return c
		}
		return -1
	}, invoice), "-")
	body := head[:min(len(head), 17)] + "-" + rand.Text()[:8]
	return body + mark(key, body)
}

// markLetters is the length of a town's mark.
const markLetters = 3

func mark(key []byte, body string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(body))
	return base32.StdEncoding.EncodeToString(mac.Sum(nil))[:markLetters]
}

// Ours reports whether a reference bears the town's mark: one that is unknown and does not is another town's, or another program's.
func Ours(key []byte, reference string) bool {
	at := len(reference) - markLetters
	return at > 0 && hmac.Equal([]byte(reference[at:]), []byte(mark(key, reference[:at])))
}

// GiveUp ends an attempt at the family's wish. Money that comes of it all the same is recorded. A payment by PayFiP cannot be given up while
// its page may still take money.
func GiveUp(ctx context.Context, tx *db.Tx, who household.Guardian, id string) (Attempt, error) {
	a, err := ByID(ctx, tx, who.HouseholdID, id)
	if err != nil || a.State != Open {
		return a, err
	}
	if !a.MayGiveUp(tx.Now) {
		return a, fault.Refusedf("PayFiP peut encore recevoir ce paiement. Reprenez-le, ou attendez vingt minutes pour recommencer.")
	}
	if err := a.move(ctx, tx, Cancelled); err != nil {
		return a, err
	}
	return a, a.note(ctx, tx, Event{Kind: GivenUp, Actor: who.Actor(), ActorName: who.ActorName()})
}

// Created writes down the identifier that PayFiP gave to an attempt. One that the family gave up while PayFiP was asked gets none: nobody is
// led to its page.
func Created(ctx context.Context, tx *db.Tx, id, operation string) error {
	n, err := tx.Exec(ctx, `UPDATE payment_attempts SET operation = $2 WHERE id = $1 AND operation IS NULL AND state = 'open'`, id, operation)
	if err != nil || n > 0 {
		return err
	}
	a, err := byID(ctx, tx, id)
	if err == nil && a.Operation != "" {
		err = errors.New("payment: an attempt has one operation")
	}
	return err
}

// NotCreated ends an attempt that the bank refused to begin, or did not answer about.
func NotCreated(ctx context.Context, tx *db.Tx, id, code, detail string) error {
	a, err := byID(ctx, tx, id)
	if err != nil || a.State != Open {
		return err
	}
	if err := a.move(ctx, tx, Failed); err != nil {
		return err
	}
	return a.note(ctx, tx, Event{Kind: Unavailable, Code: code, Detail: detail, Odd: code != ""})
}
