package job_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"preau/internal/db"
	"preau/internal/job"
	"preau/internal/towntest"
)

// The variables that make the test program a worker to be killed.
const (
	victimDSN    = "JOB_TEST_VICTIM_DSN"
	victimSchema = "JOB_TEST_VICTIM_SCHEMA"
)

func TestMain(m *testing.M) {
	if dsn := os.Getenv(victimDSN); dsn != "" {
		if err := victim(dsn, os.Getenv(victimSchema)); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// victim takes one job, says so, and never comes back.
func victim(dsn, schema string) error {
	start := time.Now()
	clock := func() time.Time { return time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC).Add(time.Since(start)) }
	d, err := db.Open(context.Background(), db.Config{DSN: dsn, Schema: schema, Clock: clock})
	if err != nil {
		return err
	}
	w := &job.Worker{DB: d, Handlers: map[string]job.Handler{"note": func(context.Context, json.RawMessage) error {
		fmt.Println("taken")
		select {}
	}}}
	_, err = w.RunDue(context.Background())
	return err
}

// A process killed in the middle of a job loses nothing: when its lease has ended, the next one runs the job again.
func TestKilledProcess(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		queue(t, tn, "a")
		kill(t, tn)
		d := &diary{}
		w := worker(tn, d)
		tn.Clock.Advance(30 * time.Second)
		if n := runDue(t, w); n != 0 {
			t.Errorf("ran %d within the lease", n)
		}
		tn.Clock.Advance(2 * time.Minute)
		runDue(t, w)
		if done := list(t, tn, job.Done); len(done) != 1 || done[0].Attempt != 2 || len(d.names()) != 1 {
			t.Errorf("done: %+v, ran %v", done, d.names())
		}
	})
}

// A job that kills its process each time dies in the end instead of killing for ever.
func TestDeadlyJob(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		queue(t, tn, "a")
		tn.Write(func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), "UPDATE jobs SET attempt = 9")
			return err
		})
		kill(t, tn)
		tn.Clock.Advance(2 * time.Minute)
		d := &diary{}
		runDue(t, worker(tn, d))
		if dead := list(t, tn, job.Dead); len(dead) != 1 || len(d.names()) != 0 {
			t.Errorf("dead: %+v, ran %v", dead, d.names())
		}
	})
}

// kill starts a second process on the town, waits until it has taken a job, and kills it.
func kill(t *testing.T, tn *towntest.Town) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victimDSN+"="+tn.Database.DSN, victimSchema+"="+tn.Database.Schema)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said, err := bufio.NewReader(out).ReadString('\n')
	if killErr := cmd.Process.Signal(syscall.SIGKILL); killErr != nil {
		t.Fatal(killErr)
	}
	if err != nil || said != "taken\n" {
		t.Fatalf("the second process said %q: %v", said, err)
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the second process ended by itself")
	}
}
