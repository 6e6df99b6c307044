package payment

import (
	"context"
	"slices"
	"time"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
)

// SweepKind is the kind of the job that comes back after SweepEvery: it asks the banks what became of payments that they did not tell of.
const SweepKind = "payment.sweep"

// SweepEvery is the time between two sweeps.
const SweepEvery = 5 * time.Minute

// Waiting is what a bank is to be asked.
type Waiting struct {
	Attempts []Attempt // PayFiP: by their operation; Paybox: pending, by their transaction. Another one is first each time
	Refunds  []Refund  // that nobody answered
	Number   int64     // the first of the numbers of the questions to PPPS, one each
	At       civil.Instant
}

// Sweep ends the attempts that have waited long enough, and gives what is to be asked of the banks. It runs in a Write; whoever calls the
// banks does so after it.
func Sweep(ctx context.Context, tx *db.Tx) (w Waiting, err error) {
	w.At = tx.Now
	attempts, err := live(ctx, tx)
	if err != nil {
		return w, err
	}
	for _, a := range attempts {
		over, odd := overdue(a, tx.Now.Sub(a.CreatedAt))
		if over {
			if err := a.move(ctx, tx, Expired); err != nil {
				return w, err
			}
			if err := a.note(ctx, tx, Event{Kind: RanOut, Odd: odd, Actor: "job:" + SweepKind}); err != nil {
				return w, err
			}
			continue
		}
		if a.Operation != "" || a.State == Pending && a.Transaction != "" {
			w.Attempts = append(w.Attempts, a)
		}
	}
	if n := len(w.Attempts); n > 1 { // should a bank stop answering at one of them, the others have their turn
		first := int(tx.Now.Time().Unix()/int64(SweepEvery.Seconds())) % n
		w.Attempts = slices.Concat(w.Attempts[first:], w.Attempts[:first])
	}
	w.Refunds, err = db.All(ctx, tx, selectRefunds+` WHERE state = 'asked' AND asked_at < $1 ORDER BY asked_at, id`, scanRefund, tx.Now.Add(-2*time.Minute))
	if err != nil {
		return w, err
	}
	if n := len(w.Attempts) + len(w.Refunds); n > 0 {
		w.Number, err = billing.TakeNumbers(ctx, tx, series, 0, n)
	}
	return w, err
}
