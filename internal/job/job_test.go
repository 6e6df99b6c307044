package job_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/job"
	"preau/internal/towntest"
)

type payload struct {
	Name string `json:"name"`
}

// diary is a handler that writes down what it ran.
type diary struct {
	mu   sync.Mutex
	ran  []string
	fail error
}

func (d *diary) handle(_ context.Context, p payload) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ran = append(d.ran, p.Name)
	return d.fail
}

func (d *diary) names() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.ran)
}

func worker(tn *towntest.Town, d *diary) *job.Worker {
	return &job.Worker{DB: tn.DB, Log: tn.Log, Handlers: map[string]job.Handler{"note": job.Handle(d.handle)}}
}

func queue(t *testing.T, tn *towntest.Town, name string, opts ...job.Option) {
	t.Helper()
	tn.Write(func(tx *db.Tx) error { return job.Queue(t.Context(), tx, "note", payload{name}, opts...) })
}

func runDue(t *testing.T, w *job.Worker) int {
	t.Helper()
	n, err := w.RunDue(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func list(t *testing.T, tn *towntest.Town, s job.State) (rows []job.Row) {
	t.Helper()
	tn.Read(func(tx *db.Tx) (err error) {
		all, err := job.List(t.Context(), tx, s, 100)
		for _, r := range all {
			if r.Kind != "job.purge" {
				rows = append(rows, r)
			}
		}
		return err
	})
	return rows
}

func TestJobExistsIfItsCauseDoes(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		d := &diary{}
		w := worker(tn, d)
		err := tn.DB.Write(t.Context(), func(tx *db.Tx) error {
			return errors.Join(job.Queue(t.Context(), tx, "note", payload{"no"}), errors.New("rolled back"))
		})
		if err == nil {
			t.Fatal("no error")
		}
		queue(t, tn, "a")
		if n := runDue(t, w); n != 1 || !slices.Equal(d.names(), []string{"a"}) {
			t.Errorf("ran %d: %v", n, d.names())
		}
		if done := list(t, tn, job.Done); len(done) != 1 || done[0].Attempt != 1 || done[0].FinishedAt != tn.At(towntest.Start) {
			t.Errorf("done: %+v", done)
		}
		if n := runDue(t, w); n != 0 {
			t.Errorf("ran %d again", n)
		}
	})
}

func TestJobWaitsForItsInstant(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		d := &diary{}
		w := worker(tn, d)
		queue(t, tn, "later", job.At(tn.At("2026-12-01T11:00")))
		tn.SetClock("2026-12-01T10:59:59")
		if n := runDue(t, w); n != 0 {
			t.Errorf("ran %d before its instant", n)
		}
		tn.SetClock("2026-12-01T11:00")
		runDue(t, w)
		if !slices.Equal(d.names(), []string{"later"}) {
			t.Errorf("ran %v", d.names())
		}
	})
}

func TestKeyQueuesOnce(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		d := &diary{}
		w := worker(tn, d)
		queue(t, tn, "a", job.Key("note:1"))
		queue(t, tn, "b", job.Key("note:1"))
		runDue(t, w)
		queue(t, tn, "c", job.Key("note:1"))
		queue(t, tn, "d", job.Key("note:2"))
		runDue(t, w)
		if !slices.Equal(d.names(), []string{"a", "d"}) {
			t.Errorf("ran %v", d.names())
		}
	})
}

func TestFailuresBackOffThenDie(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		d := &diary{fail: errors.New("the server is down")}
		w := worker(tn, d)
		queue(t, tn, "a")
		var waits []time.Duration
		for range 10 {
			if n, err := w.RunDue(t.Context()); n == 0 || err == nil || !strings.Contains(err.Error(), "down") {
				t.Fatalf("ran %d: %v", n, err)
			}
			ready := list(t, tn, job.Ready)
			if len(ready) == 0 {
				break
			}
			wait := ready[0].RunAt.Sub(civil.At(tn.Clock.Now()))
			waits = append(waits, wait)
			tn.Clock.Advance(wait - time.Second)
			if ran := len(d.names()); len(waits) != ran {
				t.Fatalf("%d tries after %d waits", ran, len(waits))
			}
			tn.Clock.Advance(time.Second)
		}
		if got, want := waits[:4], []time.Duration{10 * time.Second, 30 * time.Second, 90 * time.Second, 270 * time.Second}; !slices.Equal(got, want) {
			t.Errorf("waited %v", waits)
		}
		if len(waits) != 9 || waits[8] != 6*time.Hour {
			t.Errorf("waited %v", waits)
		}
		dead := list(t, tn, job.Dead)
		if len(dead) != 1 || dead[0].Attempt != 10 || !strings.Contains(dead[0].LastError, "the server is down") {
			t.Fatalf("dead: %+v", dead)
		}
		d.fail = nil
		tn.Write(func(tx *db.Tx) error { return job.Retry(t.Context(), tx, dead[0].ID) })
		runDue(t, w)
		if done := list(t, tn, job.Done); len(done) != 1 || done[0].Attempt != 1 {
			t.Errorf("done after retry: %+v", done)
		}
	})
}

func TestJobsThatCannotPass(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := &job.Worker{DB: tn.DB, Log: tn.Log, Handlers: map[string]job.Handler{
			"note": func(context.Context, json.RawMessage) error { return job.Permanent(errors.New("no such address")) },
			"boom": func(context.Context, json.RawMessage) error { panic("boom\x00") },
		}}
		queue(t, tn, "a")
		tn.Write(func(tx *db.Tx) error {
			return errors.Join(job.Queue(t.Context(), tx, "boom", nil), job.Queue(t.Context(), tx, "unknown", nil))
		})
		if n, err := w.RunDue(t.Context()); n != 3 || err == nil {
			t.Errorf("ran %d: %v", n, err)
		}
		dead := list(t, tn, job.Dead)
		if len(dead) != 1 || dead[0].Kind != "note" || dead[0].Attempt != 1 {
			t.Fatalf("dead: %+v", dead)
		}
		for _, r := range list(t, tn, job.Ready) {
			if r.LastError == "" || r.Attempt != 1 {
				t.Errorf("waits: %+v", r)
			}
		}
		tn.Write(func(tx *db.Tx) error {
			if err := job.Drop(t.Context(), tx, dead[0].ID); err != nil {
				return err
			}
			if err := job.Drop(t.Context(), tx, dead[0].ID); !fault.Is(err, fault.NotFound) {
				t.Errorf("dropped twice: %v", err)
			}
			n, err := job.Count(t.Context(), tx, job.Dead)
			if n != 0 {
				t.Errorf("%d dead", n)
			}
			return err
		})
	})
}

// A job that queues another: RunDue goes on until nothing is due.
func TestJobsQueueJobs(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		d := &diary{}
		w := worker(tn, d)
		w.Handlers["first"] = func(ctx context.Context, _ json.RawMessage) error {
			return tn.DB.Write(ctx, func(tx *db.Tx) error { return job.Queue(ctx, tx, "note", payload{"second"}) })
		}
		tn.Write(func(tx *db.Tx) error { return job.Queue(t.Context(), tx, "first", nil) })
		if n := runDue(t, w); n != 2 || len(d.names()) != 1 {
			t.Errorf("ran %d, %v", n, d.names())
		}
	})
}

// Run hears of a job at its commit, without looking for it, and 500 jobs run exactly once each.
func TestRunHearsOfJobs(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		d := &diary{}
		ctx, stop := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for range 2 { // as two processes would
			w := worker(tn, d)
			w.Poll = time.Hour
			all.Go(func() { w.Run(ctx) })
		}
		time.Sleep(100 * time.Millisecond)
		start := time.Now()
		queue(t, tn, "a")
		for len(d.names()) == 0 && time.Since(start) < 30*time.Second {
			time.Sleep(time.Millisecond)
		}
		if len(d.names()) == 0 {
			t.Error("the job is not heard of")
		}
		tn.Write(func(tx *db.Tx) (err error) {
			for range 500 {
				err = errors.Join(err, job.Queue(t.Context(), tx, "note", payload{db.NewID()}))
			}
			return err
		})
		for len(d.names()) < 501 && time.Since(start) < 30*time.Second {
			time.Sleep(10 * time.Millisecond)
		}
		stop()
		all.Wait()
		ran := d.names()
		slices.Sort(ran)
		if len(ran) != 501 || len(slices.Compact(ran)) != 501 {
			t.Errorf("ran %d jobs, %d different", len(d.names()), len(slices.Compact(ran)))
		}
		if left := list(t, tn, job.Running); len(left) != 0 {
			t.Errorf("still running: %v", left)
		}
	})
}

// A long job keeps its lease; one that was lost ends its context, and its end is not written over the other's.
func TestLease(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		taken := make(chan struct{})
		w := &job.Worker{DB: tn.DB, Log: slog.New(slog.DiscardHandler), Lease: 300 * time.Millisecond, Handlers: map[string]job.Handler{
			"note": func(ctx context.Context, _ json.RawMessage) error {
				tn.Clock.Advance(200 * time.Millisecond)
				time.Sleep(150 * time.Millisecond)
				rows := list(t, tn, job.Running)
				if len(rows) != 1 || rows[0].Attempt != 1 {
					t.Errorf("running: %+v", rows)
				}
				tn.Clock.Advance(200 * time.Millisecond) // past the first lease, within the renewed one
				other := &diary{}
				if n := runDue(t, worker(tn, other)); n != 0 {
					t.Error("a renewed lease was taken")
				}
				tn.Clock.Advance(time.Hour)
				if n := runDue(t, worker(tn, other)); n == 0 || len(other.names()) != 1 {
					t.Error("a lease that ended was not taken")
				}
				close(taken)
				select {
				case <-ctx.Done():
				case <-time.After(5 * time.Second):
					t.Error("the first worker did not notice")
				}
				return errors.New("too late")
			},
		}}
		queue(t, tn, "a")
		if _, err := w.RunDue(t.Context()); err == nil {
			t.Error("the first worker saw no error")
		}
		<-taken
		if done := list(t, tn, job.Done); len(done) != 1 || done[0].Attempt != 2 || done[0].LastError != "" {
			t.Errorf("done: %+v", done)
		}
	})
}
