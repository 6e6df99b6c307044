package payment

import (
	"time"

	"preau/internal/billing"
	"preau/internal/paybox"
)

// Next opens the rule to its table.
func Next(s State, word paybox.Outcome, same bool) (State, Kind, bool) {
	n := next(s, word, same)
	return n.state, n.kind, n.odd
}

// Overdue is the rule.
func Overdue(a Attempt, age time.Duration) (over, odd bool) { return overdue(a, age) }

// Choose is the rule.
func Choose(due []billing.Open, numbers []string) ([]Share, error) { return choose(due, numbers) }

// NewReference makes one.
func NewReference(key []byte, invoice string) string { return newReference(key, invoice) }
