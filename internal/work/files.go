package work

import (
	"context"
	"time"

	"preau/internal/blob"
	"preau/internal/db"
	"preau/internal/job"
	"preau/internal/town"
)

// SweepKind is the kind of the nightly job that removes the files nobody knows of.
const SweepKind = "work.files"

// How old a file without a row must be to be removed: no upload lasts so long.
const (
	orphanAtNight = 24 * time.Hour
	orphanAtStart = time.Hour
)

// removeFile removes a file whose row is gone.
func removeFile(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p blob.Removal) error { return t.Files.Remove(ctx, p.FileID) })
}

func sweepFiles(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, _ job.Planned) error {
		now, err := t.Files.Now(ctx)
		if err != nil {
			return err
		}
		return sweep(ctx, t, now.Add(-orphanAtNight))
	})
}

// Recovery removes what a process that died left half done among the files. It is made at each start, before anything can be stored,
// and then run beside the first requests. On SQLite this process is the only one of the town: every file goes that has no row and was
// there before it. On PostgreSQL another node may be writing, and only those go that are too old for that.
func Recovery(ctx context.Context, t *town.Town) (run func(ctx context.Context) error, err error) {
	begun, err := t.Files.Now(ctx)
	if err != nil {
		return nil, err
	}
	if t.DB.Engine() != db.SQLite {
		begun = begun.Add(-orphanAtStart)
	}
	return func(ctx context.Context) error { return sweep(ctx, t, begun) }, nil
}

// sweep removes the files without a row that were there before an instant of their place's clock.
func sweep(ctx context.Context, t *town.Town, before time.Time) error {
	s, err := t.Files.SweepBefore(ctx, t.DB, before)
	if s.Removed > 0 {
		t.Log.InfoContext(ctx, "files without a row removed", "count", s.Removed)
	}
	for _, id := range s.Lost {
		t.Log.ErrorContext(ctx, "a file is missing", "file", id)
	}
	return err
}
