// Package booking is the heart of the house: a family books its children's days under the town's rules.
//
// An enrolment opens the right to book; a booking is a child, an option of an activity and one date. Every change is decided by
// the pure functions of rules.go from values and the clock of the transaction, first to show a recapitulation (Decide), then
// again inside the write transaction (Submit): what a page showed is never trusted. A counter a day (seats) guards the places;
// the database refuses a second booking of the same day and a counter beyond its places.
package booking

import (
	"preau/internal/civil"
	"preau/internal/money"
)

// State is the present state of a booking; its events keep the past ones.
type State string

const (
	StateBooked    State = "booked"
	StatePending   State = "pending" // awaiting instruction; takes no place
	StateWaiting   State = "waiting" // on the waiting list; takes no place
	StateOffered   State = "offered" // a place is kept until the family answers
	StateCancelled State = "cancelled"
	StateRefused   State = "refused"
	StateClosed    State = "closed" // freed by a closure; comes back if the closure is undone
)

// TakesPlace tells whether a booking in this state is counted in the places.
func (s State) TakesPlace() bool { return s == StateBooked || s == StateOffered }

// Live tells whether a booking in this state is a present one.
func (s State) Live() bool {
	return s == StateBooked || s == StatePending || s == StateWaiting || s == StateOffered
}

// Line is one booking as decisions and pages see it.
type Line struct {
	ID, EnrolmentID, ChildID, HouseholdID string
	ActivityID, SiteID, OptionID          string
	OptionName                            string
	Day                                   civil.Date
	AgeGroup                              string
	State                                 State
	Since, MadeAt                         civil.Instant
	OfferedUntil                          civil.Instant
	Points                                int64
	ClosureID                             string
	Seq                                   int64
	Ours                                  bool  // made by the household that looks
	Rank                                  int64 // on the waiting list, from 1; 0 when not asked
}

// Enrolment is a child in an activity at a site over a period; it opens the right to book.
type Enrolment struct {
	ID, ChildID, ActivityID, SiteID string
	Period                          civil.Range
	Points                          int64
	OverrideReason                  string
	EndedAt                         civil.Instant
	EndReason                       string
}

// Seat is the counter of one option on one day; Places nil means no limit.
type Seat struct {
	Key    SeatKey
	Wanted *int64 // what the town set
	Places *int64 // the limit that holds: never below what is booked
	Booked int64

	stored, dirty bool // has a row; to be written
}

// SeatKey names a counter. Group "" counts everyone.
type SeatKey struct {
	ActivityID, SiteID, OptionID string
	Day                          civil.Date
	Group                        string
}

// Free is how many places are left; a large number when there is no limit.
func (s Seat) Free() int64 {
	if s.Places == nil {
		return 1 << 40
	}
	return *s.Places - s.Booked
}

// Change is one wish: add or remove an option of a day.
type Change struct {
	EnrolmentID string     `json:"enrolment"`
	Day         civil.Date `json:"day"`
	Option      string     `json:"option"` // code
	Add         bool       `json:"add"`
}

// Request is what a family asks in one submission.
type Request struct {
	SubmissionID string // one use; made when the recapitulation was drawn
	EnrolmentID  string // the calendar it comes from
	Changes      []Change
	AllOrNothing bool
	Opened       civil.Instant // when the form was opened, proved by a signature; zero: no grace
}

// Decision is what one change leads to, with what it costs.
type Decision struct {
	Change
	Verdict
	BookingID  string      `json:"booking,omitempty"`
	Child      string      `json:"child"` // first name
	ChildID    string      `json:"child_id"`
	Activity   string      `json:"activity"`
	ActivityID string      `json:"activity_id"`
	Site       string      `json:"site"`
	Noun       string      `json:"noun"`
	Plural     string      `json:"plural"`
	OptionName string      `json:"option_name"`
	Was        State       `json:"was,omitempty"` // of the booking removed
	Priced     bool        `json:"priced,omitempty"`
	Cents      money.Cents `json:"cents"` // for this day at the household's present tariff; 0 when not priced
	Why        string      `json:"why,omitempty"`
}

// Effect is the change of the household's bill: the price for an addition, minus the price for a booking removed, else 0.
func (d Decision) Effect() money.Cents {
	switch {
	case d.Add && (d.Result == Booked || d.Result == Pending):
		return d.Cents
	case !d.Add && d.Result == Cancelled && (d.Was == StateBooked || d.Was == StatePending):
		return -d.Cents
	}
	return 0
}

// Outcome is the answer to a request, kept with the submission: a second click finds the same.
type Outcome struct {
	SubmissionID string     `json:"submission"`
	EnrolmentID  string     `json:"enrolment"`
	Decisions    []Decision `json:"decisions"`
	Written      bool       `json:"written"`         // false: nothing was changed
	By           string     `json:"by,omitempty"`    // name of who asked
	Agent        bool       `json:"agent,omitempty"` // an agent did it for the family
	Reason       string     `json:"reason,omitempty"`
}

// Count counts the decisions with this result.
func (o Outcome) Count(r Result) int {
	n := 0
	for _, d := range o.Decisions {
		if d.Result == r {
			n++
		}
	}
	return n
}

// Effect is the change of the household's bill.
func (o Outcome) Effect() money.Cents {
	var sum money.Cents
	for _, d := range o.Decisions {
		sum += d.Effect()
	}
	return sum
}

// AgeGroup is the age group of a class level, "" when the level is unknown.
func AgeGroup(level string) string {
	switch level {
	case "TPS", "PS", "MS", "GS":
		return "maternelle"
	case "CP", "CE1", "CE2", "CM1", "CM2", "ULIS":
		return "elementaire"
	}
	return ""
}
