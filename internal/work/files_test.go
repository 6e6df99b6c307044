package work_test

import (
	"strings"
	"testing"
	"time"

	"preau/internal/blob"
	"preau/internal/db"
	"preau/internal/towntest"
	"preau/internal/work"
)

// At a start the files that nobody knows of go: on SQLite all that were there before, however young; on PostgreSQL, where another node
// may be writing, none so young. What a first request stores before the sweep has run stays.
func TestRecovery(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		put := func(content string) blob.File {
			t.Helper()
			f, err := tn.Files.Put(t.Context(), strings.NewReader(content), 100)
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(20 * time.Millisecond) // the disk dates files to some milliseconds
			return f
		}
		orphan := put("left by a process that died")
		run, err := work.Recovery(t.Context(), tn.Town)
		if err != nil {
			t.Fatal(err)
		}
		early := put("stored, and recorded in a moment")
		if err := run(t.Context()); err != nil {
			t.Fatal(err)
		}
		tn.Write(func(tx *db.Tx) error { return blob.Record(t.Context(), tx, early) })
		if got, err := tn.Files.Read(t.Context(), early); err != nil || len(got) == 0 {
			t.Errorf("what the first request stored: %v", err)
		}
		if _, err := tn.Files.Read(t.Context(), orphan); (err != nil) != (tn.DB.Engine() == db.SQLite) {
			t.Errorf("the orphan: %v", err)
		}
	})
}
