package db_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"preau/internal/db"
)

// A write that holds the town for more than 200 ms is logged with the line that asked for it.
func TestSlowWritesAreLogged(t *testing.T) {
	cfg := place(t, db.SQLite)
	cfg.Migrate = true
	var log bytes.Buffer
	cfg.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	d := open(t, cfg)
	for _, pause := range []time.Duration{0, 250 * time.Millisecond} {
		err := d.Write(t.Context(), func(*db.Tx) error {
			time.Sleep(pause)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if logged := strings.Contains(log.String(), "caller=watch_test.go:"); logged != (pause > 0) {
			t.Errorf("after %s: %q", pause, log.String())
		}
	}
}

// Who waits for the writer's turn stops waiting when its context ends; a reader does not wait at all.
func TestWaitingForTheWriter(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if n := count(t, d, "SELECT count(*) FROM boxes"); n != 0 {
				t.Errorf("%d boxes", n)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			if err := d.Write(ctx, func(*db.Tx) error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("a second writer: %v", err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// The town's bell is rung after the commit only, and a ring that nobody waits for is kept.
func TestBell(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		heard := func() bool {
			select {
			case <-d.Bell():
				return true
			default:
				return false
			}
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			tx.OnCommit(tx.Bell().Ring)
			tx.OnCommit(tx.Bell().Ring)
			if heard() {
				t.Error("rung before the commit")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if !heard() || heard() {
			t.Error("want one ring")
		}
	})
}
