package sepa

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"preau/internal/civil"
	"preau/internal/money"
)

// Version is a version of the message.
type Version string

// The versions that are written.
const (
	Pain00802 Version = "pain.008.001.02"
	Pain00808 Version = "pain.008.001.08"
)

// Sequence says which collection of its mandate a debit is.
type Sequence string

// The sequences: the only one, the first, one among others, the last.
const (
	OneOff    Sequence = "OOFF"
	First     Sequence = "FRST"
	Recurrent Sequence = "RCUR"
	Final     Sequence = "FNAL"
)

// maxCents is the largest amount of a collection.
const maxCents money.Cents = 99_999_999_999

// Address is where somebody lives. Without a town and a country it is left out.
type Address struct{ Number, Street, Postcode, Town, Country string }

// Creditor is who collects.
type Creditor struct {
	Name    string
	SIRET   string
	ICS     ICS
	IBAN    IBAN
	BIC     BIC // empty: the bank finds it by the IBAN
	Address Address
	// HolderName and HolderIBAN name the holder of an account at the Treasury, where its accountant is the creditor: the flavour of
	// public bodies, whose details are agreed with the accountant. Empty: the creditor is the holder.
	HolderName string
	HolderIBAN IBAN
}

// Debit is one collection.
type Debit struct {
	EndToEnd   string // what comes back with a rejection, unique in the order
	Cents      money.Cents
	RUM        RUM
	SignedOn   civil.Date
	Sequence   Sequence
	DueOn      civil.Date
	NewAccount bool // the mandate holds, its account changed since the last collection
	Name       string
	Address    Address
	IBAN       IBAN
	BIC        BIC // empty: the bank finds it by the IBAN
	Label      string
}

// Order is what is sent to the bank.
type Order struct {
	Version  Version
	ID       string
	Made     civil.Instant
	Loc      *time.Location
	Creditor Creditor
	Debits   []Debit
}

// Sum adds the debits.
func (o Order) Sum() money.Cents {
	var sum money.Cents
	for _, d := range o.Debits {
		sum += d.Cents
	}
	return sum
}

// check says what would make the bank refuse the file.
func (o Order) check() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf("sepa: "+format, args...)) }
	if o.Version != Pain00802 && o.Version != Pain00808 {
		wrong("version %q", o.Version)
	}
	if o.ID == "" || Reference(o.ID) != o.ID || len(o.ID) > 22 { // the identifiers of its parts are longer by 13
		wrong("identifier %q of the order", o.ID)
	}
	if Text(o.Creditor.Name, 70) == "" {
		wrong("a creditor without a name")
	}
	if _, err := ParseICS(string(o.Creditor.ICS)); err != nil {
		wrong("ICS: %w", err)
	}
	if _, err := ParseIBAN(string(o.Creditor.IBAN)); err != nil {
		wrong("account of the creditor: %w", err)
	}
	if len(o.Debits) == 0 {
		wrong("an order of nothing")
	}
	seen := map[string]bool{}
	for _, d := range o.Debits {
		if seen[d.EndToEnd] {
			wrong("two debits %q", d.EndToEnd)
		}
		seen[d.EndToEnd] = true
		if err := d.check(); err != nil {
			wrong("debit %q: %w", d.EndToEnd, err)
		}
	}
	return errors.Join(errs...)
}

func (d Debit) check() error {
	switch {
	case d.EndToEnd == "" || Reference(d.EndToEnd) != d.EndToEnd:
		return errors.New("its reference")
	case d.Cents < 1 || d.Cents > maxCents:
		return errors.New("its amount")
	case d.SignedOn.IsZero() || d.DueOn.IsZero():
		return errors.New("its dates")
	case !slices.Contains([]Sequence{OneOff, First, Recurrent, Final}, d.Sequence):
		return errors.New("its sequence")
	case Text(d.Name, 70) == "":
		return errors.New("a debtor without a name")
	}
	if _, err := ParseRUM(string(d.RUM)); err != nil {
		return fmt.Errorf("RUM: %w", err)
	}
	if _, err := ParseIBAN(string(d.IBAN)); err != nil {
		return fmt.Errorf("account: %w", err)
	}
	return nil
}

// part is the debits of one sequence and one day: what a bank takes as one instruction.
type part struct {
	sequence Sequence
	dueOn    civil.Date
	debits   []Debit
}

// parts puts the debits together, by day and then by sequence; in each they keep their order.
func (o Order) parts() []part {
	var out []part
	for _, d := range o.Debits {
		at := slices.IndexFunc(out, func(p part) bool { return p.sequence == d.Sequence && p.dueOn == d.DueOn })
		if at < 0 {
			at, out = len(out), append(out, part{sequence: d.Sequence, dueOn: d.DueOn})
		}
		out[at].debits = append(out[at].debits, d)
	}
	slices.SortFunc(out, func(a, b part) int {
		return cmp.Or(a.dueOn.Compare(b.dueOn), cmp.Compare(a.sequence, b.sequence))
	})
	return out
}
