package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
)

// Worker runs the jobs of one town. Its fields are set before Run or RunDue and not after; one worker a town and process.
type Worker struct {
	DB       *db.DB
	Handlers map[string]Handler
	Periodic []Periodic
	Log      *slog.Logger  // nil is slog.Default
	Parallel int           // jobs run at once by Run, default 2
	Lease    time.Duration // how long a job is held without a sign of life, default 1 min
	Grace    time.Duration // how long running jobs may go on when Run ends, default 10 s
	Poll     time.Duration // how often Run looks for work that it did not hear of, default 1 s

	planned map[string]civil.Instant // periodic kind → instant already queued; used by one goroutine
}

func (w *Worker) defaults() {
	if w.Log == nil {
		w.Log = slog.Default()
	}
	if w.Parallel <= 0 {
		w.Parallel = 2
	}
	if w.Lease <= 0 {
		w.Lease = time.Minute
	}
	if w.Grace <= 0 {
		w.Grace = 10 * time.Second
	}
	if w.Poll <= 0 {
		w.Poll = time.Second
	}
	if w.planned == nil {
		w.planned = map[string]civil.Instant{}
	}
}

// Run runs jobs as they fall due until ctx ends; jobs under way then have the grace time to finish.
func (w *Worker) Run(ctx context.Context) {
	w.defaults()
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var all sync.WaitGroup
	for range w.Parallel {
		all.Go(func() { w.serve(ctx, work) })
	}
	w.watch(ctx)
	timer := time.AfterFunc(w.Grace, stop)
	defer timer.Stop()
	all.Wait()
}

// watch looks every second for jobs that fell due, since only new ones ring the bell.
func (w *Worker) watch(ctx context.Context) {
	tick := time.NewTicker(w.Poll)
	defer tick.Stop()
	for {
		if err := w.look(ctx); err != nil && ctx.Err() == nil {
			w.Log.ErrorContext(ctx, "jobs: cannot look for work", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look plans what is periodic and rings when something is due.
func (w *Worker) look(ctx context.Context) error {
	now, due, err := w.due(ctx)
	if err != nil {
		return err
	}
	if due {
		w.DB.Bell().Ring()
	}
	return w.plan(ctx, now)
}

// serve runs jobs one after the other, and rings for the next worker before each.
func (w *Worker) serve(ctx, work context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.DB.Bell():
		}
		for ctx.Err() == nil {
			j, err := w.claim(ctx)
			if err != nil {
				if ctx.Err() == nil {
					w.Log.ErrorContext(ctx, "jobs: cannot take one", "error", err)
				}
				break
			}
			if j == nil {
				break
			}
			w.DB.Bell().Ring()
			_ = w.run(work, j) // run has written it down
		}
	}
}

// RunDue runs every job that is due, also those queued by the jobs it runs, one after the other, until none is. It returns
// how many it ran, and the errors of those that failed, which wait for their next try.
func (w *Worker) RunDue(ctx context.Context) (int, error) {
	w.defaults()
	var errs []error
	for n := 0; ; n++ {
		now, _, err := w.due(ctx)
		if err == nil {
			err = w.plan(ctx, now)
		}
		if err != nil {
			return n, err
		}
		j, err := w.claim(ctx)
		if err != nil {
			return n, err
		}
		if j == nil {
			return n, errors.Join(errs...)
		}
		if err := w.run(ctx, j); err != nil {
			errs = append(errs, err)
		}
	}
}

// claimed is a job this worker holds.
type claimed struct {
	id, kind, payload string
	attempt           int64
}

// due reports whether a job waits, and the town's clock.
func (w *Worker) due(ctx context.Context) (now civil.Instant, due bool, err error) {
	err = w.DB.Read(ctx, func(tx *db.Tx) (err error) {
		now = tx.Now
		due, err = db.Exists(ctx, tx, `SELECT 1 FROM jobs WHERE state = 'ready' AND run_at <= $1
			UNION ALL SELECT 1 FROM jobs WHERE state = 'running' AND lease_until < $1 LIMIT 1`, now)
		return err
	})
	return now, due, err
}

// claim takes the job due first, or nil when none is. The state is tested again in the outer WHERE: that is what keeps two
// processes from taking the same one. A job that has had all its tries and never came back dies here.
func (w *Worker) claim(ctx context.Context) (*claimed, error) {
	_, due, err := w.due(ctx)
	if err != nil || !due {
		return nil, err
	}
	var got []claimed
	err = w.DB.Write(ctx, func(tx *db.Tx) (err error) {
		_, err = tx.Exec(ctx, `UPDATE jobs SET state = 'dead', finished_at = $1, lease_until = NULL,
			last_error = 'the process ended before the job did' WHERE state = 'running' AND lease_until < $1 AND attempt >= $2`,
			tx.Now, int64(maxAttempts))
		if err != nil {
			return err
		}
		got, err = db.All(ctx, tx, `UPDATE jobs SET state = 'running', attempt = attempt + 1, lease_until = $2
			WHERE id IN (SELECT id FROM (SELECT id, run_at FROM jobs WHERE state = 'ready' AND run_at <= $1
				UNION ALL SELECT id, run_at FROM jobs WHERE state = 'running' AND lease_until < $1) d ORDER BY run_at, id LIMIT 1)
			AND (state = 'ready' OR (state = 'running' AND lease_until < $1))
			RETURNING id, kind, payload, attempt`, scanClaimed, tx.Now, tx.Now.Add(w.Lease))
		return err
	})
	if err != nil || len(got) == 0 {
		return nil, err
	}
	return &got[0], nil
}

func scanClaimed(s db.Scanner) (c claimed, err error) {
	err = s.Scan(&c.id, &c.kind, &c.payload, &c.attempt)
	return c, err
}

// run does the work of a job and writes down how it ended, also when ctx has ended meanwhile.
func (w *Worker) run(ctx context.Context, j *claimed) error {
	start := time.Now()
	err := w.work(ctx, j)
	if err != nil {
		err = fmt.Errorf("job %s %s, try %d: %w", j.kind, j.id, j.attempt, err)
	}
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	state, finish := Done, w.finish(after, j, err)
	switch {
	case finish != nil:
		w.Log.ErrorContext(ctx, "job: cannot write down its end", "kind", j.kind, "id", j.id, "error", finish)
	case err != nil && (j.attempt >= maxAttempts || isPermanent(err)):
		state = Dead
		w.Log.ErrorContext(ctx, "job dead", "kind", j.kind, "id", j.id, "error", err)
	case err != nil:
		state = Ready
		w.Log.WarnContext(ctx, "job failed", "kind", j.kind, "id", j.id, "try", j.attempt, "error", err)
	}
	w.Log.DebugContext(ctx, "job", "kind", j.kind, "id", j.id, "state", string(state), "ms", time.Since(start).Milliseconds())
	return err
}

// work calls the handler; a panic in it is an error. While it runs its lease is renewed; should another have taken the job
// meanwhile, its context ends.
func (w *Worker) work(ctx context.Context, j *claimed) (err error) {
	h, ok := w.Handlers[j.kind]
	if j.kind == purgeKind {
		h, ok = w.purge, true
	}
	if !ok {
		return errors.New("this program does not know this kind of job")
	}
	ctx, stop := context.WithCancel(ctx)
	var renewing sync.WaitGroup
	renewing.Go(func() { w.renew(ctx, j, stop) })
	defer renewing.Wait()
	defer stop()
	defer func() {
		if r := recover(); r != nil {
			w.Log.ErrorContext(ctx, "job panicked", "kind", j.kind, "id", j.id, "panic", r, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return h(ctx, json.RawMessage(j.payload))
}

func (w *Worker) renew(ctx context.Context, j *claimed, lost func()) {
	tick := time.NewTicker(w.Lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := w.DB.Write(ctx, func(tx *db.Tx) error {
			n, err := tx.Exec(ctx, "UPDATE jobs SET lease_until = $1 WHERE id = $2 AND state = 'running' AND attempt = $3",
				tx.Now.Add(w.Lease), j.id, j.attempt)
			if err == nil && n == 0 {
				lost()
			}
			return err
		})
		if err != nil && ctx.Err() == nil {
			w.Log.WarnContext(ctx, "job: cannot renew its lease", "kind", j.kind, "id", j.id, "error", err)
		}
	}
}

// finish writes down how a try ended, unless another process has taken the job meanwhile.
func (w *Worker) finish(ctx context.Context, j *claimed, failed error) error {
	return w.DB.Write(ctx, func(tx *db.Tx) error {
		state, runAt, finished, text := Done, tx.Now, tx.Now, ""
		if failed != nil {
			text = shorten(failed.Error())
			state = Dead
			if j.attempt < maxAttempts && !isPermanent(failed) {
				state, runAt, finished = Ready, tx.Now.Add(pause(j.attempt)), civil.Instant{}
			}
		}
		_, err := tx.Exec(ctx, `UPDATE jobs SET state = $1, run_at = $2, finished_at = $3, last_error = $4, lease_until = NULL
			WHERE id = $5 AND state = 'running' AND attempt = $6`, state, runAt, finished, text, j.id, j.attempt)
		return err
	})
}

// shorten keeps what PostgreSQL accepts as a text, and no more than a screen of it.
func shorten(s string) string {
	out := make([]rune, 0, 500)
	for _, r := range s {
		if r == 0 {
			continue
		}
		if len(out) == 500 {
			break
		}
		out = append(out, r)
	}
	return string(out)
}
