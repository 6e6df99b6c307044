package billing

import (
	"context"
	"errors"
	"time"

	"preau/internal/audit"
	"preau/internal/blob"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
)

// The kinds of the jobs of a batch; their payload is a BatchPayload.
const (
	PrintBatch = "billing.print"
	EndBatch   = "billing.print_end"
)

// BatchPayload names the batch a job is about.
type BatchPayload struct {
	BatchID string `json:"batch"`
}

// BatchLife is how long the file of a batch may be downloaded; another can be made at any time.
const BatchLife = 7 * 24 * time.Hour

// Batch is the invoices of a run in one file, to be printed.
type Batch struct {
	ID        string
	RunID     string
	Everyone  bool // also for households that do without paper
	MadeAt    civil.Instant
	MadeBy    string // a name
	Total     int    // documents
	Done      int
	Pages     int
	FileID    string // empty: not ready, or gone
	ReadyAt   civil.Instant
	ExpiresAt civil.Instant
}

// sameBatch is how long a file that is being made answers for whoever asks for the same: a second press of the button, a second agent.
const sameBatch = time.Hour

// StartBatch asks for the file of a run; a job makes it. While one is being made, asking again gives that one. Errors: fault.NotFound,
// fault.Refused for a run that issued nothing to print.
func StartBatch(ctx context.Context, tx *db.Tx, runID string, everyone bool, by household.By) (Batch, error) {
	r, err := RunByID(ctx, tx, runID)
	if err != nil {
		return Batch{}, err
	}
	if r.State != RunIssued {
		return Batch{}, fault.Refusedf("Cette facturation n’est pas émise : il n’y a rien à imprimer.")
	}
	under, err := db.All(ctx, tx, selectBatch+` WHERE run_id = $1 AND everyone = $2 AND ready_at IS NULL AND made_at > $3 ORDER BY made_at DESC LIMIT 1`, scanBatch,
		runID, everyone, tx.Now.Add(-sameBatch))
	if err != nil {
		return Batch{}, err
	}
	if len(under) > 0 {
		return under[0], nil
	}
	ids, err := RunIDs(ctx, tx, runID, everyone)
	if err != nil {
		return Batch{}, err
	}
	if len(ids) == 0 {
		return Batch{}, fault.Refusedf("Aucune facture à imprimer : tous les foyers concernés ont choisi la facture dématérialisée.")
	}
	b := Batch{ID: db.NewID(), RunID: runID, Everyone: everyone, MadeAt: tx.Now, MadeBy: by.Name, Total: len(ids)}
	if _, err := tx.Exec(ctx, `INSERT INTO invoice_batches (id, run_id, everyone, made_at, made_by, made_by_name, total) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		b.ID, runID, everyone, tx.Now, by.Actor, by.Name, b.Total); err != nil {
		return b, err
	}
	if err := job.Queue(ctx, tx, PrintBatch, BatchPayload{b.ID}, job.Key(PrintBatch+":"+b.ID)); err != nil {
		return b, err
	}
	return b, audit.Record(ctx, tx, audit.Entry{Actor: by.Actor, ActorName: by.Name, Act: "invoice.print", Subject: "run:" + runID,
		Detail: map[string]any{"invoices": b.Total, "everyone": everyone}})
}

const selectBatch = `SELECT id, run_id, everyone, made_at, made_by_name, total, done, pages, coalesce(file_id, ''), ready_at, expires_at FROM invoice_batches`

func scanBatch(s db.Scanner) (b Batch, err error) {
	return b, s.Scan(&b.ID, &b.RunID, &b.Everyone, &b.MadeAt, &b.MadeBy, &b.Total, &b.Done, &b.Pages, &b.FileID, &b.ReadyAt, &b.ExpiresAt)
}

// BatchByID finds a batch; fault.NotFound.
func BatchByID(ctx context.Context, tx *db.Tx, id string) (Batch, error) {
	b, err := db.One(ctx, tx, selectBatch+` WHERE id = $1`, scanBatch, id)
	if errors.Is(err, db.ErrNoRows) {
		return b, fault.NotFoundf("Ce lot n’existe pas.")
	}
	return b, err
}

// BatchesOf lists the batches of a run, the latest first.
func BatchesOf(ctx context.Context, tx *db.Tx, runID string) ([]Batch, error) {
	return db.All(ctx, tx, selectBatch+` WHERE run_id = $1 ORDER BY made_at DESC, id`, scanBatch, runID)
}

// BatchDone writes how many documents of a batch are written.
func BatchDone(ctx context.Context, tx *db.Tx, id string, done int) error {
	_, err := tx.Exec(ctx, `UPDATE invoice_batches SET done = $2 WHERE id = $1`, id, done)
	return err
}

// BatchReady keeps the file of a batch until it expires.
func BatchReady(ctx context.Context, tx *db.Tx, id string, file blob.File, pages int) error {
	if err := blob.Record(ctx, tx, file); err != nil {
		return err
	}
	expires := tx.Now.Add(BatchLife)
	if _, err := tx.Exec(ctx, `UPDATE invoice_batches SET done = total, pages = $2, file_id = $3, ready_at = $4, expires_at = $5 WHERE id = $1`,
		id, pages, file.ID, tx.Now, expires); err != nil {
		return err
	}
	return job.Queue(ctx, tx, EndBatch, BatchPayload{id}, job.At(expires))
}

// DropBatch removes the file of a batch. Doing it twice changes nothing.
func DropBatch(ctx context.Context, tx *db.Tx, id string) error {
	b, err := BatchByID(ctx, tx, id)
	if err != nil || b.FileID == "" {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE invoice_batches SET file_id = NULL WHERE id = $1`, id); err != nil {
		return err
	}
	return blob.Drop(ctx, tx, b.FileID)
}

// BatchRead writes in the journal that somebody downloaded a batch.
func BatchRead(ctx context.Context, tx *db.Tx, b Batch, by household.By) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: by.Actor, ActorName: by.Name, Act: "invoice.download", Subject: "run:" + b.RunID, Detail: map[string]any{"invoices": b.Total, "pages": b.Pages}})
}
