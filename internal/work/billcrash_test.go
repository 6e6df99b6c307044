package work_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/town"
	"preau/internal/towntest"
	"preau/internal/work"
	"preau/internal/worldtest"
)

// neighbours gives the town households enough for several slices, each with a child whose lunches of November are booked.
func neighbours(t *testing.T, w *worldtest.World, n int) {
	w.Write(func(tx *db.Tx) error {
		var rows []map[string]string
		for i := range n {
			rows = append(rows, map[string]string{"id": db.NewID(), "n": fmt.Sprintf("V-%03d", i)})
		}
		for _, query := range []string{
			`INSERT INTO households (id, reference, name, name_search, created_at) SELECT value ->> 'id', value ->> 'n', value ->> 'n', value ->> 'n', $2 FROM json_each(CAST($1 AS text))`,
			`INSERT INTO children (id, reference, first_name, last_name, name_search, born_on, created_at) SELECT value ->> 'id', value ->> 'n', 'Enfant', value ->> 'n', value ->> 'n', '2018-03-04', $2 FROM json_each(CAST($1 AS text))`,
			`INSERT INTO household_children (household_id, child_id, since) SELECT value ->> 'id', value ->> 'id', $2 FROM json_each(CAST($1 AS text))`,
		} {
			if _, err := tx.Exec(t.Context(), query, db.JSON(rows), tx.Now); err != nil {
				return err
			}
		}
		for _, day := range []string{"2026-11-03", "2026-11-05"} {
			if _, err := tx.Exec(t.Context(), `INSERT INTO bookings (id, enrolment_id, child_id, household_id, activity_id, site_id, option_id, day, age_group, state, since, made_at, over_capacity, late, seq)
				SELECT (value ->> 'id') || $3, e.id, value ->> 'id', value ->> 'id', e.activity_id, e.site_id, o.id, $3, '', 'booked', $2, $2, false, false, 1
				FROM json_each(CAST($1 AS text)), enrolments e JOIN activity_options o ON o.activity_id = e.activity_id WHERE e.id = $4`, db.JSON(rows), tx.Now, day, w.Enrolment["antoine/CANTINE"]); err != nil {
				return err
			}
		}
		return nil
	})
}

// mortalTown is a town whose process dies at the beginning of a transaction: from there on none is committed.
func mortalTown(t *testing.T, file string, dies int, later time.Duration) (*town.Town, context.Context) {
	ctx, die := context.WithCancel(t.Context())
	t.Cleanup(die)
	start := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC).Add(later)
	begun := 0
	d, err := db.Open(t.Context(), db.Config{DSN: "sqlite:" + file, Log: slog.New(slog.DiscardHandler), Passing: true, Clock: func() time.Time {
		if begun++; begun > dies {
			die()
		}
		return start
	}})
	if err != nil {
		t.Fatal(err)
	}
	loc, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return &town.Town{ID: "essai", DB: d, Loc: loc, Log: slog.New(slog.DiscardHandler)}, ctx
}

// bill goes on with the run of November from wherever it is, as the jobs and the agent do.
func bill(ctx context.Context, t *town.Town) error {
	month, today := civil.Month{Year: 2026, Month: 11}, civil.MustParse("2026-12-01")
	by := household.By{Actor: "agent:essai", Name: "Essai"}
	var r billing.Run
	if err := t.DB.Write(ctx, func(tx *db.Tx) (err error) {
		r, err = billing.StartRun(ctx, tx, month, today, by)
		return err
	}); err != nil {
		return err
	}
	payload := []byte(db.JSON(billing.RunPayload{RunID: r.ID}))
	handlers := work.Handlers(t)
	if err := handlers[billing.PrepareKind](ctx, payload); err != nil {
		return err
	}
	if err := t.DB.Write(ctx, func(tx *db.Tx) error {
		r, err := billing.RunByID(ctx, tx, r.ID)
		if err != nil || r.State != billing.RunPrepared {
			return err
		}
		return billing.Issue(ctx, tx, r.ID, today, civil.Date{}, today, by)
	}); err != nil {
		return err
	}
	return handlers[billing.IssueKind](ctx, payload)
}

// outcome is all that was issued, with the letters that will tell it.
func outcome(t *testing.T, d *db.DB) string {
	var lines []string
	if err := d.Read(t.Context(), func(tx *db.Tx) (err error) {
		lines, err = db.All(t.Context(), tx, `SELECT i.label || ' ' || i.household_id || ' ' || CAST(i.total_cents AS text) || ' ' || CAST((SELECT count(*) FROM charges c WHERE c.invoice_id = i.id) AS text)
				|| ' ' || CAST((SELECT sum(l.cents) FROM ledger_entries l WHERE l.invoice_id = i.id) AS text) || ' ' || CAST((SELECT count(*) FROM jobs j, json_each(j.payload ->> 'invoices') p
					WHERE j.kind = 'billing.issued' AND p.value = i.id) AS text)
			FROM invoices i ORDER BY i.label, i.id`, db.Value[string])
		if err != nil {
			return err
		}
		broken, err := work.Verify(t.Context(), tx)
		lines = append(lines, broken...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// Wherever the process dies while a month is billed, the next start ends with the same numbers, invoices, ledgers and letters.
func TestDeathWhileBilling(t *testing.T) {
	tn := towntest.New(t, db.SQLite)
	w := worldtest.Chatou(t, tn)
	neighbours(t, w, 60)
	template := filepath.Join(t.TempDir(), "town.db")
	if err := tn.DB.Backup(t.Context(), template); err != nil {
		t.Fatal(err)
	}
	whole, _ := mortalTown(t, copyOf(t, template), 1000, 0)
	if err := bill(t.Context(), whole); err != nil {
		t.Fatal(err)
	}
	want := outcome(t, whole.DB)
	if n := strings.Count(want, "\n") + 1; n != 60 || !strings.HasPrefix(want, "2026-000001 ") {
		t.Fatalf("%d invoices: %s", n, want)
	}
	deaths := 0
	for ended := false; !ended; deaths++ {
		file := copyOf(t, template)
		dying, ctx := mortalTown(t, file, deaths, 0)
		ended = bill(ctx, dying) == nil
		if err := dying.Close(); err != nil {
			t.Fatal(err)
		}
		again, ctx := mortalTown(t, file, 1000, time.Minute)
		if err := bill(ctx, again); err != nil {
			t.Fatalf("after a death at transaction %d: %v", deaths, err)
		}
		if got := outcome(t, again.DB); got != want {
			t.Errorf("after a death at transaction %d:\n%s\nwant\n%s", deaths, got, want)
		}
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if deaths < 10 {
		t.Errorf("only %d transactions", deaths)
	}
}

// copyOf copies a town's file.
func copyOf(t *testing.T, template string) string {
	t.Helper()
	content, err := os.ReadFile(template)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "town.db")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
