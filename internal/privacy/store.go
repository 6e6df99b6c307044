package privacy

import (
	"context"
	"errors"

	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/job"
	"preau/internal/staff"
)

// PreviewKind is the kind of the job that counts what the retention table would remove, and removes nothing.
const PreviewKind = "privacy.preview"

// PreviewPayload says who asked for a preview.
type PreviewPayload struct {
	By string `json:"by"`
}

// AskPreview has what would go counted.
func AskPreview(ctx context.Context, tx *db.Tx, who staff.Agent) error {
	return job.Queue(ctx, tx, PreviewKind, PreviewPayload{who.Name})
}

// Begin writes that a run begins, and gives it its id.
func Begin(ctx context.Context, tx *db.Tx, preview bool, by string) (Run, error) {
	r := Run{ID: db.NewID(), At: tx.Now, Preview: preview, By: by}
	_, err := tx.Exec(ctx, `INSERT INTO retention_runs (id, at, preview, by_name) VALUES ($1, $2, $3, $4)`, r.ID, r.At, preview, by)
	return r, err
}

// Note adds to what a run did in a category: a slice more was removed. What is held is counted anew each time.
func Note(ctx context.Context, tx *db.Tx, runID string, l Line) error {
	_, err := tx.Exec(ctx, `INSERT INTO retention_lines (run_id, category, before_day, removed, held, why) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (run_id, category) DO UPDATE SET removed = retention_lines.removed + excluded.removed, held = excluded.held, why = excluded.why`,
		runID, l.Category, l.Before, int64(l.Removed), int64(l.Held), l.Why)
	return err
}

// Finish writes that a run is over.
func Finish(ctx context.Context, tx *db.Tx, runID string) error {
	_, err := tx.Exec(ctx, `UPDATE retention_runs SET finished_at = $2 WHERE id = $1 AND finished_at IS NULL`, runID, tx.Now)
	return err
}

const selectRun = `SELECT id, at, preview, by_name, finished_at FROM retention_runs`

func scanRun(r db.Scanner) (run Run, err error) {
	return run, r.Scan(&run.ID, &run.At, &run.Preview, &run.By, &run.FinishedAt)
}

// Runs lists the latest runs, without their lines.
func Runs(ctx context.Context, tx *db.Tx, limit int) ([]Run, error) {
	return db.All(ctx, tx, selectRun+` ORDER BY at DESC, id DESC LIMIT $1`, scanRun, int64(limit))
}

// RunByID reads a run with its lines, in the order of the table; fault.NotFound.
func RunByID(ctx context.Context, tx *db.Tx, id string) (Run, error) {
	run, err := db.One(ctx, tx, selectRun+` WHERE id = $1`, scanRun, id)
	if errors.Is(err, db.ErrNoRows) {
		return run, fault.NotFoundf("Ce passage n’existe pas.")
	}
	if err != nil {
		return run, err
	}
	found, err := db.All(ctx, tx, `SELECT category, before_day, removed, held, why FROM retention_lines WHERE run_id = $1`, func(r db.Scanner) (l Line, err error) {
		return l, r.Scan(&l.Category, &l.Before, &l.Removed, &l.Held, &l.Why)
	}, id)
	for _, c := range categories {
		for _, l := range found {
			if l.Category == c.ID {
				run.Lines = append(run.Lines, l)
			}
		}
	}
	return run, err
}

// Applied finds the run of a planned instant that did not finish, for a job that goes on after its process died; false when there
// is none.
func Applied(ctx context.Context, tx *db.Tx) (Run, bool, error) {
	run, err := db.One(ctx, tx, selectRun+` WHERE NOT preview AND finished_at IS NULL ORDER BY at DESC, id DESC LIMIT 1`, scanRun)
	if errors.Is(err, db.ErrNoRows) {
		return Run{}, false, nil
	}
	return run, err == nil, err
}

// ForgetRuns forgets what the journal of runs says of more than five years ago.
func ForgetRuns(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, `DELETE FROM retention_runs WHERE at < $1`, tx.Now.Add(-5*366*24*hour))
	return err
}
