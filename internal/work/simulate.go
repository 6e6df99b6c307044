package work

import (
	"context"

	"preau/internal/db"
	"preau/internal/job"
	"preau/internal/simulation"
	"preau/internal/town"
)

// simulate runs a simulation of prices: each slice is read and priced outside of any write, then added up in one short write.
func simulate(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p simulation.Payload) error {
		for {
			var s *simulation.Slice
			err := t.DB.Read(ctx, func(tx *db.Tx) (err error) {
				s, err = simulation.Next(ctx, tx, p.SimulationID)
				return err
			})
			if err != nil {
				return err
			}
			if err := t.DB.Write(ctx, func(tx *db.Tx) error { return simulation.Keep(ctx, tx, s) }); err != nil {
				return err
			}
			if s.Last {
				return nil
			}
		}
	})
}
