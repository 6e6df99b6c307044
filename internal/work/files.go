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
	return job.Handle(func(ctx context.Context, _ job.Planned) error { return sweep(ctx, t, orphanAtNight) })
}

// Recover removes what a process that died left half done among the files; it is called at each start. On SQLite this process is the
// only one of the town and nothing of it is being written yet, so every file without a row goes; on PostgreSQL another node may be
// writing, and only those go that are too old for that.
func Recover(ctx context.Context, t *town.Town) error {
	if t.DB.Engine() == db.SQLite {
		return sweep(ctx, t, 0)
	}
	return sweep(ctx, t, orphanAtStart)
}

func sweep(ctx context.Context, t *town.Town, age time.Duration) error {
	s, err := t.Files.Sweep(ctx, t.DB, age)
	if s.Removed > 0 {
		t.Log.InfoContext(ctx, "files without a row removed", "count", s.Removed)
	}
	for _, id := range s.Lost {
		t.Log.ErrorContext(ctx, "a file is missing", "file", id)
	}
	return err
}
