package payment_test

import (
	"testing"
	"time"

	"preau/internal/billing"
	"preau/internal/fault"
	"preau/internal/paybox"
	"preau/internal/payment"
)

// What each word of a bank makes of an attempt: money wins over what was said before, and nothing said afterwards takes it back.
func TestWhatABankSays(t *testing.T) {
	for _, c := range []struct {
		says string
		from payment.State
		word paybox.Outcome
		same bool // the transaction that was heard of already
		to   payment.State
		kind payment.Kind
		odd  bool
	}{
		{"it is paid", payment.Open, paybox.Paid, false, payment.Paid, payment.Credited, false},
		{"the issuer has answered at last", payment.Pending, paybox.Paid, true, payment.Paid, payment.Credited, false},
		{"paid after a refusal: who pays tried again on the bank's page", payment.Refused, paybox.Paid, false, payment.Paid, payment.Credited, false},
		{"paid after the family gave up", payment.Cancelled, paybox.Paid, false, payment.Paid, payment.Credited, false},
		{"paid after we stopped waiting", payment.Expired, paybox.Paid, false, payment.Paid, payment.Credited, false},
		{"paid after a failure", payment.Failed, paybox.Paid, false, payment.Paid, payment.Credited, false},
		{"the same news again", payment.Paid, paybox.Paid, true, payment.Paid, payment.Repeated, false},
		{"another transaction under the same reference", payment.Paid, paybox.Paid, false, payment.Paid, payment.PaidTwice, true},
		{"refused after paid, out of order", payment.Paid, paybox.Refused, false, payment.Paid, payment.Late, false},
		{"pending after paid, out of order", payment.Paid, paybox.Pending, false, payment.Paid, payment.Late, false},
		{"refused", payment.Open, paybox.Refused, false, payment.Refused, payment.RefusedByBank, false},
		{"refused while pending", payment.Pending, paybox.Refused, false, payment.Refused, payment.RefusedByBank, false},
		{"refused again", payment.Refused, paybox.Refused, false, payment.Refused, payment.RefusedByBank, false},
		{"the issuer has not answered", payment.Open, paybox.Pending, false, payment.Pending, payment.Waits, false},
		{"pending after a refusal", payment.Refused, paybox.Pending, false, payment.Pending, payment.Waits, false},
		{"the page timed out", payment.Open, paybox.Cancelled, false, payment.Cancelled, payment.LeftAtBank, false},
		{"refused after the family gave up", payment.Cancelled, paybox.Refused, false, payment.Cancelled, payment.Late, false},
		{"refused long after", payment.Expired, paybox.Refused, false, payment.Expired, payment.Late, false},
		{"a failure of the bank", payment.Open, paybox.Technical, false, payment.Failed, payment.FailedAtBank, false},
		{"accepted without an authorisation", payment.Open, paybox.Odd, false, payment.Open, payment.NoAuthorisation, true},
	} {
		to, kind, odd := payment.Next(c.from, c.word, c.same)
		if to != c.to || kind != c.kind || odd != c.odd {
			t.Errorf("%s (%s, %s): %s, %s, %v; want %s, %s, %v", c.says, c.from, c.word, to, kind, odd, c.to, c.kind, c.odd)
		}
	}
}

// How long an attempt waits.
func TestHowLongAnAttemptWaits(t *testing.T) {
	day := 24 * time.Hour
	for _, c := range []struct {
		says      string
		bank      payment.Bank
		state     payment.State
		operation string
		age       time.Duration
		over, odd bool
	}{
		{"a page of Paybox lives a quarter of an hour, and calls get lost", payment.Paybox, payment.Open, "", 59 * time.Minute, false, false},
		{"after an hour nothing will come", payment.Paybox, payment.Open, "", time.Hour, true, false},
		{"the bank waits for the issuer", payment.Paybox, payment.Pending, "", 7 * day, false, true},
		{"it has waited for eight days", payment.Paybox, payment.Pending, "", 8 * day, true, true},
		{"PayFiP says itself when a payment is over", payment.PayFiP, payment.Open, "id", day, false, true},
		{"a PayFiP that never answers", payment.PayFiP, payment.Open, "id", 8 * day, true, true},
		{"PayFiP was never reached", payment.PayFiP, payment.Open, "", 19 * time.Minute, false, false},
		{"and the family may begin again", payment.PayFiP, payment.Open, "", 20 * time.Minute, true, false},
		{"what is paid does not wait", payment.Paybox, payment.Paid, "", 100 * day, false, false},
	} {
		over, odd := payment.Overdue(payment.Attempt{Bank: c.bank, State: c.state, Operation: c.operation}, c.age)
		if over != c.over || over && odd != c.odd {
			t.Errorf("%s: over %v, odd %v", c.says, over, odd)
		}
	}
}

// What is paid is what the ledger says is left of the invoices that were chosen, and nothing that a browser says.
func TestChoosing(t *testing.T) {
	due := []billing.Open{{InvoiceID: "a", Number: "2026-000001", Rest: 4130}, {InvoiceID: "b", Number: "2026-000002", Rest: 1200}, {InvoiceID: "c", Number: "2026-000003", Rest: 0}}
	shares, err := payment.Choose(due, []string{"2026-000002", "2026-000001", "2026-000001"})
	if err != nil || len(shares) != 2 || shares[0].InvoiceID != "a" || shares[0].Cents+shares[1].Cents != 5330 {
		t.Errorf("%+v, %v", shares, err)
	}
	for says, numbers := range map[string][]string{"nothing is chosen": nil, "another family's": {"2026-000001", "2026-000009"}, "a settled one": {"2026-000003"}, "an id": {"a"}} {
		if _, err := payment.Choose(due, numbers); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", says, err)
		}
	}
}

// A reference says which town made it, and fits what both banks take.
func TestReferences(t *testing.T) {
	ours, theirs := []byte("a key"), []byte("another key")
	seen := map[string]bool{}
	for _, number := range []string{"2026-004127", "F2026/12 é", "", "A-very-long-number-of-an-invoice-2026"} {
		for range 20 {
			r := payment.NewReference(ours, number)
			if seen[r] || len(r) > 30 || len(r) < 12 || !payment.Ours(ours, r) || payment.Ours(theirs, r) {
				t.Errorf("reference %q of %q", r, number)
			}
			seen[r] = true
		}
	}
	for _, r := range []string{"", "A", "ABC", "2026-000001-AAAAAAAAAAA"} {
		if payment.Ours(ours, r) {
			t.Errorf("%q is taken for ours", r)
		}
	}
}
