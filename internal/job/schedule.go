package job

import (
	"context"
	"encoding/json"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
)

// Periodic is work that comes back by the clock. Each time it is planned as a job of its kind with the payload
// {"at": instant}, one for all processes of the town. What falls while no process runs is caught up once, not each time.
type Periodic struct {
	Kind string
	Next func(after civil.Instant) civil.Instant // the first planned instant after another
}

// Planned is the payload of a periodic job.
type Planned struct {
	At civil.Instant `json:"at"`
}

// Every plans a kind of job by a schedule, such as Daily's.
func Every(kind string, next func(after civil.Instant) civil.Instant) Periodic {
	return Periodic{Kind: kind, Next: next}
}

// Daily is the schedule of each day at a time of the town's clock.
func Daily(at civil.TimeOfDay, loc *time.Location) func(civil.Instant) civil.Instant {
	return func(after civil.Instant) civil.Instant {
		day := civil.DateOf(after, loc)
		for {
			if i := civil.Wall(day, at, 0, loc); i.After(after) {
				return i
			}
			day = day.AddDays(1)
		}
	}
}

// Interval is the schedule of the multiples of d, counted from a fixed instant so that all processes agree.
func Interval(d time.Duration) func(civil.Instant) civil.Instant {
	return func(after civil.Instant) civil.Instant { return civil.At(after.Time().Truncate(d).Add(d)) }
}

const purgeKind = "job.purge"

// periodic is what this worker plans, with its own housekeeping.
func (w *Worker) periodic() []Periodic {
	return append([]Periodic{Every(purgeKind, Interval(time.Hour))}, w.Periodic...)
}

// plan queues the next job of each periodic kind that is not queued yet as far as this worker knows.
func (w *Worker) plan(ctx context.Context, now civil.Instant) error {
	var missing []Periodic
	for _, p := range w.periodic() {
		if w.planned[p.Kind] != p.Next(now) {
			missing = append(missing, p)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	planned := map[string]civil.Instant{}
	err := w.DB.Write(ctx, func(tx *db.Tx) error {
		for _, p := range missing {
			at := p.Next(tx.Now)
			if err := Queue(ctx, tx, p.Kind, Planned{At: at}, Key(p.Kind+"@"+at.String()), At(at)); err != nil {
				return err
			}
			planned[p.Kind] = at
		}
		return nil
	})
	if err != nil {
		return err
	}
	for kind, at := range planned {
		w.planned[kind] = at
	}
	return nil
}

// purge removes the jobs done long ago.
func (w *Worker) purge(ctx context.Context, _ json.RawMessage) error {
	return w.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "DELETE FROM jobs WHERE state = 'done' AND finished_at < $1", tx.Now.Add(-keepDone))
		return err
	})
}
