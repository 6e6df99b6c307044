package payment

import (
	"slices"
	"time"

	"preau/internal/billing"
	"preau/internal/fault"
	"preau/internal/paybox"
	"preau/internal/payfip"
)

// choose gives what is left to pay of the invoices that were chosen by their numbers, in the order in which they are due.
func choose(due []billing.Open, numbers []string) ([]Share, error) {
	if len(numbers) == 0 {
		return nil, fault.Invalidf("facture", "Choisissez au moins une facture.")
	}
	var shares []Share
	for _, o := range due {
		if slices.Contains(numbers, o.Number) && o.Rest > 0 {
			shares = append(shares, Share{o.InvoiceID, o.Number, o.Rest})
		}
	}
	for _, n := range numbers {
		if !slices.ContainsFunc(shares, func(s Share) bool { return s.Number == n }) {
			return nil, fault.Invalidf("facture", "L’une de ces factures n’est plus à payer. Choisissez de nouveau.")
		}
	}
	return shares, nil
}

// said is what a bank's word makes of an attempt.
type said struct {
	state State
	kind  Kind
	odd   bool
}

// Next says what an attempt becomes when the bank speaks, and what is written down. Money wins over everything that was said before, and
// nothing that is said afterwards takes it back; a refusal ends an attempt, and who pays may try again on the bank's own page.
func next(s State, word paybox.Outcome, sameTransaction bool) said {
	switch {
	case word == paybox.Paid && s != Paid:
		return said{Paid, Credited, false}
	case word == paybox.Paid && sameTransaction:
		return said{Paid, Repeated, false}
	case word == paybox.Paid:
		return said{Paid, PaidTwice, true}
	case word == paybox.Odd:
		return said{s, NoAuthorisation, true}
	case s == Paid:
		return said{Paid, Late, false}
	case word == paybox.Pending:
		return said{Pending, Waits, false}
	case s == Cancelled || s == Expired:
		return said{s, Late, false}
	case word == paybox.Refused:
		return said{Refused, RefusedByBank, false}
	case word == paybox.Cancelled:
		return said{Cancelled, LeftAtBank, false}
	}
	return said{Failed, FailedAtBank, false}
}

// words pairs what PayFiP says with what Paybox would.
var words = map[payfip.State]paybox.Outcome{payfip.ByCard: paybox.Paid, payfip.ByDebit: paybox.Paid, payfip.Refused: paybox.Refused, payfip.Abandoned: paybox.Cancelled}

// How long an attempt waits for a word of the bank.
const (
	// silence is after how long an attempt of which Paybox said nothing has expired: its page lives a quarter of an hour.
	silence = time.Hour
	// patience is after how long a payment that the bank does not know of is given up, for an agent to look at.
	patience = 8 * 24 * time.Hour
)

// overdue says whether an attempt has waited long enough, and whether somebody is to look at it.
func overdue(a Attempt, age time.Duration) (over, odd bool) {
	switch {
	case a.State == Pending:
		return age >= patience, true
	case a.State != Open:
		return false, false
	case a.Bank == PayFiP && a.Operation == "":
		return age >= payfip.Apart, false
	case a.Bank == PayFiP:
		return age >= patience, true // its answers say when it has expired; this is a service that does not answer
	}
	return age >= silence, false
}
