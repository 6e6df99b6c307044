package payfip

import (
	"errors"
	"time"
)

// Ages that the rule knows.
const (
	// OperationLife is how long a payment that was created can be begun.
	OperationLife = 15 * time.Minute
	// Apart is the least time between two attempts at one debt: after it, a payment without an answer has none.
	Apart = 20 * time.Minute
)

// State is where a payment stands.
type State string

// The states.
const (
	Pending   State = "pending"
	ByCard    State = "card"  // P
	ByDebit   State = "debit" // V: accepted, and may still come back unpaid
	Refused   State = "refused"
	Abandoned State = "abandoned"
	Expired   State = "expired"
	Unclear   State = "unclear" // nothing is decided, and somebody is told
)

// Read says where a payment stands, by what the service answered (a payment, or an error) and the age of the payment. An abandoned one
// can still be taken up on the service's page for a while, and an unknown one is either gone or was never there.
func Read(p Payment, err error, age time.Duration) State {
	var f *Fault
	switch {
	case errors.As(err, &f):
		return readFault(f.Code, age)
	case err != nil:
		return Unclear
	}
	switch p.Result {
	case "P":
		return ByCard
	case "V":
		return ByDebit
	case "R", "Z":
		return Refused
	case "A":
		if age < Apart {
			return Pending
		}
		return Abandoned
	}
	return Unclear
}

// readFault reads a refusal to say more of a payment.
func readFault(code string, age time.Duration) State {
	switch code {
	case "P5", "P4":
		if age < Apart {
			return Pending
		}
		return Expired
	case "P1":
		return Expired
	}
	return Unclear
}
