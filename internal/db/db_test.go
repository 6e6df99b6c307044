package db_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"preau/internal/db"
	"preau/internal/towntest"
)

// shop is a small set of migrations in the words of the house, in two steps.
var shop = fstest.MapFS{
	"0001_shop.sql": {Data: []byte(`-- +goose Up
-- boxes: comments stay.
CREATE TABLE boxes (
  id text NOT NULL PRIMARY KEY,
  label text NOT NULL UNIQUE,
  made_on date,
  made_at instant,
  open boolean NOT NULL DEFAULT false,
  detail json,
  content bytes,
  count bigint NOT NULL DEFAULT 0 CONSTRAINT boxes_count CHECK (count >= 0)
);
CREATE TABLE slips (
  box_id text NOT NULL REFERENCES boxes (id) ON DELETE CASCADE,
  seq bigint NOT NULL,
  PRIMARY KEY (box_id, seq)
);
CREATE UNIQUE INDEX slips_last ON slips (seq) WHERE seq > 100;
`)},
	"0002_more.sql": {Data: []byte(`-- +goose Up
ALTER TABLE boxes ADD COLUMN closed_on date;
CREATE UNIQUE INDEX boxes_day ON boxes (coalesce(label, ''), made_on) WHERE made_on IS NOT NULL;
`)},
}

// each runs a test on a fresh shop of each engine.
func each(t *testing.T, test func(t *testing.T, d *db.DB)) {
	for _, engine := range []string{db.SQLite, db.Postgres} {
		t.Run(engine, func(t *testing.T) {
			cfg := place(t, engine)
			cfg.Migrate = true
			test(t, open(t, cfg))
		})
	}
}

// place gives a new, empty place for a database.
func place(t *testing.T, engine string) db.Config {
	cfg := db.Config{Migrations: shop, Log: slog.New(slog.DiscardHandler)}
	if engine == db.SQLite {
		cfg.DSN = "sqlite:" + filepath.Join(t.TempDir(), "a b?#%.db")
		return cfg
	}
	cfg.DSN, cfg.Schema = towntest.Postgres(t), towntest.Schema(t)
	return cfg
}

func open(t *testing.T, cfg db.Config) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return d
}

func write(t *testing.T, d *db.DB, query string, args ...any) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), query, args...)
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func count(t *testing.T, d *db.DB, query string, args ...any) (n int64) {
	t.Helper()
	err := d.Read(t.Context(), func(tx *db.Tx) error {
		return tx.QueryRow(t.Context(), query, args...).Scan(&n)
	})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// With 64 writers that read a counter and write it back, none is lost: the gate lets one in at a time.
func TestWritersOneByOne(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		write(t, d, "INSERT INTO boxes (id, label) VALUES ('a', 'A')")
		increment(t, []*db.DB{d}, 64, 8)
		if n := count(t, d, "SELECT count FROM boxes"); n != 64*8 {
			t.Errorf("count %d, want %d", n, 64*8)
		}
	})
}

// Two programs on one town have two gates; PostgreSQL's advisory lock and SQLite's own lock keep their writers apart.
func TestWritersOfTwoPrograms(t *testing.T) {
	for _, engine := range []string{db.SQLite, db.Postgres} {
		t.Run(engine, func(t *testing.T) {
			cfg := place(t, engine)
			cfg.Migrate = true
			one, two := open(t, cfg), open(t, cfg)
			write(t, one, "INSERT INTO boxes (id, label) VALUES ('a', 'A')")
			increment(t, []*db.DB{one, two}, 32, 8)
			if n := count(t, two, "SELECT count FROM boxes"); n != 32*8 {
				t.Errorf("count %d, want %d", n, 32*8)
			}
		})
	}
}

// increment adds one to the counter n times from each of the writers, by reading then writing.
func increment(t *testing.T, on []*db.DB, writers, n int) {
	t.Helper()
	ctx := t.Context()
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for range n {
				err := on[w%len(on)].Write(ctx, func(tx *db.Tx) error {
					var c int64
					if err := tx.QueryRow(ctx, "SELECT count FROM boxes WHERE id = $1", "a").Scan(&c); err != nil {
						return err
					}
					_, err := tx.Exec(ctx, "UPDATE boxes SET count = $1 WHERE id = $2", c+1, "a")
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

func TestWritersAreServedInOrder(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		var order []int
		var all sync.WaitGroup
		err := d.Write(ctx, func(*db.Tx) error {
			for i := range 10 {
				all.Go(func() {
					if err := d.Write(ctx, func(*db.Tx) error { order = append(order, i); return nil }); err != nil {
						t.Error(err)
					}
				})
				time.Sleep(5 * time.Millisecond) // let it reach the gate
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		all.Wait()
		if got := fmt.Sprint(order); got != "[0 1 2 3 4 5 6 7 8 9]" {
			t.Errorf("served in order %s", got)
		}
	})
}

func TestReadSeesOneSnapshotAndCannotWrite(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		err := d.Read(ctx, func(tx *db.Tx) error {
			var before, after int64
			if err := tx.QueryRow(ctx, "SELECT count(*) FROM boxes").Scan(&before); err != nil {
				return err
			}
			write(t, d, "INSERT INTO boxes (id, label) VALUES ('a', 'A')")
			if err := tx.QueryRow(ctx, "SELECT count(*) FROM boxes").Scan(&after); err != nil {
				return err
			}
			if before != 0 || after != 0 {
				t.Errorf("saw %d then %d", before, after)
			}
			if _, err := tx.Exec(ctx, "DELETE FROM boxes"); err == nil {
				t.Error("a write in Read passed")
			}
			return nil
		})
		if err == nil {
			t.Error("Read with a failed statement gave no error")
		}
		if n := count(t, d, "SELECT count(*) FROM boxes"); n != 1 {
			t.Errorf("%d boxes, want 1", n)
		}
	})
}

func TestRollback(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		insert := func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, "INSERT INTO boxes (id, label) VALUES ('a', 'A')")
			return err
		}
		no := errors.New("no")
		called := false
		err := d.Write(ctx, func(tx *db.Tx) error {
			tx.OnCommit(func() { called = true })
			return errors.Join(insert(tx), no)
		})
		if !errors.Is(err, no) || called {
			t.Errorf("error %v, OnCommit called %v", err, called)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			err := d.Write(ctx, func(tx *db.Tx) error { panic(insert(tx)) })
			t.Errorf("returned %v", err)
		}()
		if n := count(t, d, "SELECT count(*) FROM boxes"); n != 0 {
			t.Errorf("%d boxes after rollbacks", n)
		}
		err = d.Write(ctx, func(tx *db.Tx) error {
			tx.OnCommit(func() { called = count(t, d, "SELECT count(*) FROM boxes") == 1 })
			return insert(tx)
		})
		if err != nil || !called {
			t.Errorf("error %v, OnCommit after the commit %v", err, called)
		}
	})
}

// A failed statement ends the transaction, an unread query bars the next statement: on both engines, so that what passes
// on one passes on the other.
func TestOneBehaviour(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		write(t, d, "INSERT INTO boxes (id, label) VALUES ('a', 'A'), ('b', 'B')")
		err := d.Write(ctx, func(tx *db.Tx) error {
			if _, err := tx.Exec(ctx, "INSERT INTO boxes (id, label) VALUES ('a', 'C')"); err == nil {
				t.Error("a second row with the same key passed")
			}
			if _, err := tx.Exec(ctx, "INSERT INTO boxes (id, label) VALUES ('d', 'D')"); err == nil {
				t.Error("the transaction went on after a failed statement")
			}
			return nil
		})
		if index, ok := db.IsUnique(err); !ok || index != "boxes_pkey" {
			t.Errorf("commit after a failed statement: %v (%s)", err, index)
		}
		err = d.Read(ctx, func(tx *db.Tx) error {
			rows, err := tx.Query(ctx, "SELECT id FROM boxes")
			if err != nil {
				return err
			}
			defer rows.Close()
			rows.Next()
			if err := tx.QueryRow(ctx, "SELECT count(*) FROM boxes").Scan(new(int64)); err == nil {
				t.Error("a query beside open rows passed")
			}
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), "still open") {
			t.Errorf("open rows: %v", err)
		}
		err = d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, "UPDATE boxes SET made_at = $1", time.Unix(0, 0))
			return err
		})
		if err == nil || !strings.Contains(err.Error(), "civil.Instant") {
			t.Errorf("a time.Time: %v", err)
		}
		if n := count(t, d, "SELECT count(*) FROM boxes"); n != 2 {
			t.Errorf("%d boxes, want 2", n)
		}
	})
}

func TestContext(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		err := d.Write(ctx, func(tx *db.Tx) error {
			if _, err := tx.Exec(ctx, "INSERT INTO boxes (id, label) VALUES ('a', 'A')"); err != nil {
				return err
			}
			cancel()
			_, err := tx.Exec(ctx, "INSERT INTO boxes (id, label) VALUES ('b', 'B')")
			return err
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled inside: %v", err)
		}
		if err := d.Write(ctx, func(*db.Tx) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled before: %v", err)
		}
		if n := count(t, d, "SELECT count(*) FROM boxes"); n != 0 {
			t.Errorf("%d boxes", n)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if err := d.Read(t.Context(), func(*db.Tx) error { return nil }); !errors.Is(err, db.ErrClosed) {
			t.Errorf("read after close: %v", err)
		}
		if err := d.Write(t.Context(), func(*db.Tx) error { return nil }); !errors.Is(err, db.ErrClosed) {
			t.Errorf("write after close: %v", err)
		}
	})
}

// Rows written some at a time are all there, whatever their number, with their types and NULLs; a wrong number of values is refused.
func TestInsertRows(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		for _, n := range []int{0, 1, 7, 8, 40, 73} {
			tn.Write(func(tx *db.Tx) error {
				if _, err := tx.Exec(t.Context(), `DELETE FROM number_series`); err != nil {
					return err
				}
				var args []any
				for i := range n {
					args = append(args, "S", int64(i), int64(2*i))
				}
				return db.InsertRows(t.Context(), tx, `INSERT INTO number_series (series, year, last)`, 3, args)
			})
			tn.Read(func(tx *db.Tx) error {
				var rows, sum int
				err := tx.QueryRow(t.Context(), `SELECT count(*), CAST(coalesce(sum(last), 0) AS bigint) FROM number_series`).Scan(&rows, &sum)
				if rows != n || sum != n*(n-1) {
					t.Errorf("%d rows that sum to %d, want %d and %d", rows, sum, n, n*(n-1))
				}
				return err
			})
		}
		err := tn.DB.Write(t.Context(), func(tx *db.Tx) error {
			return db.InsertRows(t.Context(), tx, `INSERT INTO number_series (series, year, last)`, 3, []any{"S", int64(1)})
		})
		if err == nil {
			t.Error("a row of two values for three columns was written")
		}
	})
}
