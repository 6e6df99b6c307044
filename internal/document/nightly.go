package document

import (
	"context"
	"time"

	"preau/internal/blob"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/job"
)

// ScanKind is the kind of the job that has a document looked at by the antivirus.
const ScanKind = "document.scan"

// ScanPayload says which.
type ScanPayload struct {
	DocumentID string `json:"document"`
}

func queueScan(ctx context.Context, tx *db.Tx, id string) error {
	return job.Queue(ctx, tx, ScanKind, ScanPayload{id}, job.Key(ScanKind+":"+id))
}

// ToScan gives the files of a document in quarantine; none when it is not, or gone.
func ToScan(ctx context.Context, tx *db.Tx, id string) ([]blob.File, error) {
	list, err := load(ctx, tx, "d.id = $1 AND d.state = 'scanning'", id)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	var files []blob.File
	for _, p := range list[0].Parts {
		f, err := blob.Find(ctx, tx, p.FileID)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// antivirus is who decides about an infected file.
var antivirus = household.By{Actor: "job:" + ScanKind, Name: "L’antivirus"}

// Scanned ends the quarantine of a document. virus names what was found: then its files go and the document is refused; empty, it goes
// on its way, to the service when the family wanted so.
func Scanned(ctx context.Context, tx *db.Tx, id, virus string) error {
	list, err := load(ctx, tx, "d.id = $1 AND d.state = 'scanning'", id)
	if err != nil || len(list) == 0 {
		return err
	}
	d := list[0]
	if virus != "" {
		return infected(ctx, tx, d, virus)
	}
	if _, err := tx.Exec(ctx, "UPDATE documents SET state = 'kept' WHERE id = $1", id); err != nil || !d.Wanted {
		return err
	}
	attached, err := db.Exists(ctx, tx, "SELECT 1 FROM document_sendings WHERE document_id = $1", id)
	if err != nil {
		return err
	}
	if !attached {
		if _, err := tx.Exec(ctx, "INSERT INTO document_sendings (document_id, target, sent_at, sent_by_name) VALUES ($1, $2, $3, $4)", id, YearlyFile, tx.Now, d.DepositedBy); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, "UPDATE documents SET state = 'to_check', sent_at = $2 WHERE id = $1", id, tx.Now)
	return err
}

func infected(ctx context.Context, tx *db.Tx, d Document, virus string) error {
	if _, err := tx.Exec(ctx, "DELETE FROM document_parts WHERE document_id = $1", d.ID); err != nil {
		return err
	}
	for _, p := range d.Parts {
		if err := blob.Drop(ctx, tx, p.FileID); err != nil {
			return err
		}
	}
	const reason = "L’antivirus a trouvé un programme dangereux dans ce fichier. Il a été supprimé. Vérifiez votre appareil, puis envoyez une photo du document."
	if _, err := tx.Exec(ctx, "UPDATE documents SET state = 'refused', decided_at = $2, decided_by_name = $3, reason = $4 WHERE id = $1",
		d.ID, tx.Now, antivirus.Name, reason); err != nil {
		return err
	}
	if err := note(ctx, tx, antivirus, "document.infected", d, map[string]string{"type": d.Type.Name, "virus": virus}); err != nil {
		return err
	}
	return job.Queue(ctx, tx, TellDecision, TellPayload{DocumentID: d.ID, What: Refused, At: tx.Now})
}

// slice is how many documents one transaction of the night goes through.
const slice = 100

// WarnSlice queues the reminders of one slice of documents that expire soon or have expired, each told once, and says whether there may
// be more. What a newer document has made up for is not told.
func WarnSlice(ctx context.Context, tx *db.Tx, loc *time.Location) (more bool, err error) {
	s, err := ReadSettings(ctx, tx)
	if err != nil {
		return false, err
	}
	today := civil.DateOf(tx.Now, loc)
	list, err := load(ctx, tx, `d.id IN (SELECT id FROM documents WHERE state = 'accepted' AND replaced_at IS NULL AND (
			valid_until >= $1 AND valid_until <= $2 AND warned_at IS NULL OR valid_until < $1 AND ended_told_at IS NULL) ORDER BY id LIMIT $3)`,
		today, today.AddDays(s.WarnDays), int64(slice))
	if err != nil {
		return false, err
	}
	for _, d := range list {
		ended := d.ValidUntil.Before(today)
		column := "warned_at"
		if ended {
			column = "ended_told_at"
		}
		if _, err := tx.Exec(ctx, "UPDATE documents SET "+column+" = $2 WHERE id = $1", d.ID, tx.Now); err != nil {
			return false, err
		}
		newer, err := madeUpFor(ctx, tx, d, today)
		if err != nil {
			return false, err
		}
		if newer {
			continue
		}
		if err := job.Queue(ctx, tx, TellDecision, TellPayload{DocumentID: d.ID, What: Expired, At: tx.Now, Ended: ended}); err != nil {
			return false, err
		}
	}
	return len(list) == slice, nil
}

// madeUpFor says whether the household gave another document of the same kind that lasts longer, or that awaits its check.
func madeUpFor(ctx context.Context, tx *db.Tx, d Document, today civil.Date) (bool, error) {
	others, err := load(ctx, tx, "d.household_id = $1 AND d.type_id = $2 AND coalesce(d.child_id, '') = $3 AND d.id <> $4", d.HouseholdID, d.Type.ID, d.ChildID, d.ID)
	for _, o := range others {
		if o.Counts(today) && (o.ValidUntil.IsZero() || o.ValidUntil.After(d.ValidUntil)) {
			return true, err
		}
	}
	return false, err
}

// forgetter is who removes what is kept no longer.
var forgetter = household.By{Actor: "job:document.forget", Name: "Durée de conservation"}

// ForgetSlice removes, of one slice of documents from after on by identifier, those that are kept no longer. It says how many, and where
// the next slice begins; "" at the end.
func ForgetSlice(ctx context.Context, tx *db.Tx, after string, loc *time.Location) (removed int, next string, err error) {
	list, err := load(ctx, tx, `d.id IN (SELECT id FROM documents WHERE id > $1 AND state IN ('accepted', 'refused', 'to_check') ORDER BY id LIMIT $2)`,
		after, int64(slice))
	if err != nil {
		return 0, "", err
	}
	today := civil.DateOf(tx.Now, loc)
	for _, d := range list {
		if d.ID > next {
			next = d.ID
		}
		on := ForgetOn(d, loc)
		if on.IsZero() || on.After(today) || d.Held {
			continue
		}
		if err := remove(ctx, tx, forgetter, d, "document.forget"); err != nil {
			return removed, "", err
		}
		removed++
	}
	if len(list) < slice {
		next = ""
	}
	return removed, next, nil
}
