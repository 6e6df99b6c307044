package work

import (
	"context"

	"preau/internal/billing"
	"preau/internal/db"
	"preau/internal/job"
	"preau/internal/town"
)

// prepareRun prepares a run by slices: each is read and composed without holding the town up, then written in one short transaction. A job
// that dies goes on where it stopped.
func prepareRun(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p billing.RunPayload) error {
		for {
			var s billing.Slice
			err := t.DB.Read(ctx, func(tx *db.Tx) (err error) {
				s, err = billing.Gather(ctx, tx, p.RunID)
				return err
			})
			if err != nil {
				return err
			}
			var more bool
			err = t.DB.Write(ctx, func(tx *db.Tx) (err error) {
				more, err = billing.Keep(ctx, tx, s)
				return err
			})
			if err != nil || !more {
				return err
			}
		}
	})
}

// issueRun issues a run by slices; what a slice issued is not found again.
func issueRun(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p billing.RunPayload) error {
		for {
			var more bool
			err := t.DB.Write(ctx, func(tx *db.Tx) (err error) {
				more, err = billing.IssueSlice(ctx, tx, p.RunID)
				return err
			})
			if err != nil || !more {
				return err
			}
		}
	})
}
