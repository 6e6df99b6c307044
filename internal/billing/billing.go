// Package billing turns what happened into what is owed, and keeps the account of each household.
//
// A run gathers the facts of a month (package attendance), prices them with the grids (package activity), and composes a draft for each
// household: charges, each one fact on one day rounded once, grouped in lines. Agents look, correct facts, and prepare again; then they
// issue. What is issued has a number of a series without a gap and never changes: when a fact changes afterwards, the next run of the
// household writes the exact opposite of the charges in a credit note, and the right ones in an invoice. The database refuses to bill the
// same child, activity, day and kind twice.
//
// The ledger says what each household owes: an append-only list of entries, chained by their hashes, whose sum is the balance (positive:
// the family owes). Allocations say which credit pays which debt; they are rows too, and what is taken back is a negative one.
package billing

import (
	"preau/internal/civil"
	"preau/internal/money"
	"preau/internal/tariff"
)

// Kind says what a document is.
type Kind string

const (
	// KindInvoice asks for money.
	KindInvoice Kind = "invoice"
	// KindCreditNote takes back what an earlier invoice asked for; its amounts are negative.
	KindCreditNote Kind = "credit_note"
)

// State is where an invoice stands.
type State string

const (
	// StateDraft has no number yet; an agent may still prepare it again.
	StateDraft State = "draft"
	// StateOpen waits for its money, all of it or a part.
	StateOpen State = "open"
	// StateSettled has nothing left to pay. A credit note is settled from its issue.
	StateSettled State = "settled"
	// StateHandedOver is recovered by the treasury: the town takes no money for it any more.
	StateHandedOver State = "handed_over"
)

// ChargeKind says what a charge is about.
type ChargeKind string

const (
	// ServiceCharge is a day of an activity.
	ServiceCharge ChargeKind = "service"
	// LateCharge is a child collected after the hour.
	LateCharge ChargeKind = "late_pickup"
	// FeeCharge is the fee of a month; its day is the first of the month.
	FeeCharge ChargeKind = "fee"
	// YearFeeCharge is the fee of a school year; its day is the first of the year.
	YearFeeCharge ChargeKind = "year_fee"
)

// Attribute is what a part of a price is for: who may pay it how, and what a tax certificate counts, depend on it.
type Attribute = tariff.Attribute

// The attributes.
const (
	Care    = tariff.Care
	Food    = tariff.Food
	Penalty = tariff.Penalty
	Aid     = tariff.Aided // negative
)

// Payer is who an invoice was sent to, as they were written at its issue.
type Payer struct {
	Reference  string // the household's, "F-10432"
	Name       string
	Line       string
	PostalCode string
	City       string
}

// Invoice is an invoice or a credit note with what a page or its PDF says of it.
type Invoice struct {
	ID          string
	RunID       string
	HouseholdID string
	Kind        Kind
	Series      string // SeriesInvoice, SeriesCreditNote
	Year        int
	Number      int64       // 0 for a draft
	Label       string      // what is written: "2026-004127", "A2026-000012"; "" for a draft
	Payer       Payer       // for a draft, as they are now
	Period      civil.Range // the days of the run
	Total       money.Cents
	Paid        money.Cents   // what payments, credit notes and remissions covered
	Rest        money.Cents   // what is left to pay; 0 for a credit note
	Earlier     money.Cents   // the part of Total for days before the period: corrections, and months carried over because they were below the minimum
	Before      money.Cents   // the household's balance just before the issue: what was unpaid, or negative an advance
	CESU        money.Cents   // the part of Total that CESU may pay; never food
	State       State         // see the states
	IssuedOn    civil.Date    // zero for a draft
	DueOn       civil.Date    // zero for a draft and a credit note
	IssuedAt    civil.Instant // zero for a draft
	SettledAt   civil.Instant // zero while something is left to pay
	HandedAt    civil.Instant // zero unless handed over to the treasury
	HandedSlip  string        // the reference of the slip it was handed over with
	Lines       []Line        // ByNumber and ByID fill them, lists do not
}

// Month is the month an invoice is about, the one its period ends in.
func (i *Invoice) Month() civil.Month { return civil.MonthOf(i.Period.To) }

// Overdue tells whether the invoice should have been paid before today.
func (i *Invoice) Overdue(today civil.Date) bool { return i.State == StateOpen && today.After(i.DueOn) }

// Line groups charges of the same child, activity, option, unit price, attribute and explanation.
type Line struct {
	Number       int
	ChildID      string
	ChildName    string // first name, as it was at the issue
	ActivityID   string
	ActivityName string
	OptionName   string
	Kind         ChargeKind
	Attribute    Attribute
	Unit         money.Cents // negative on a credit note, and for an aid
	Quantity     int
	Total        money.Cents // Unit × Quantity
	Explanation  string      // French, why this price
	GridID       string
	CESU         bool         // CESU may pay it
	Corrects     string       // on a credit note, the label of the invoice it corrects
	From, To     civil.Date   // the first and the last of its days
	Days         []civil.Date // ByNumber and ByID fill them, in order
}

// Open is an invoice that waits for money.
type Open struct {
	InvoiceID    string
	HouseholdID  string
	Number       string // its label
	IssuedOn     civil.Date
	DueOn        civil.Date
	Cents        money.Cents // its total
	Rest         money.Cents // what is left to pay
	State        State       // StateOpen, or StateHandedOver where it is asked for
	CESUEligible money.Cents // how much of Rest CESU may pay
}

// Share is a part of a payment, for one invoice.
type Share struct {
	InvoiceID string      `json:"invoice"`
	Cents     money.Cents `json:"cents"`
}
