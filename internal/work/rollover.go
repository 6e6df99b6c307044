package work

import (
	"context"

	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/town"
)

// settleRollover writes the schoolings of a rollover, or takes them back, in transactions of one slice each. A job that dies begins
// again: what is written is not written twice.
func settleRollover(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p household.RolloverPayload) error {
		after := ""
		for {
			err := t.DB.Write(ctx, func(tx *db.Tx) (err error) {
				after, err = household.SettleRolloverSlice(ctx, tx, p, after)
				return err
			})
			if err != nil || after == "" {
				return err
			}
		}
	})
}
