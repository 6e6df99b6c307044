package work

import (
	"context"
	"errors"

	"preau/internal/blob"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/job"
	"preau/internal/notify"
	"preau/internal/town"
	"preau/internal/words"
)

// DocumentNight is the kind of the nightly job that tells of documents that expire, and forgets those that are kept no longer.
const DocumentNight = "document.night"

// tellDocument tells a family what became of a document, or that it expires.
func tellDocument(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p document.TellPayload) error {
		return t.DB.Write(ctx, func(tx *db.Tx) error {
			d, there, err := document.ForTelling(ctx, tx, p.DocumentID)
			if err != nil || !there {
				return err
			}
			l := documentLetter(d, p)
			if l == nil {
				return nil
			}
			l.link = t.BaseURL + "/espace/documents/" + d.ID
			return l.send(ctx, tx, d.HouseholdID, notify.Documents, "document "+d.ID+" "+string(p.What)+" "+p.At.String())
		})
	})
}

// documentLetter is what to say; nil when another answer came since, which tells by itself.
func documentLetter(d document.Document, p document.TellPayload) *letter {
	title := d.Type.Name
	if d.Child != "" {
		title += " " + words.Of(d.Child)
	}
	if p.What != document.Expired && d.Stored != p.What {
		return nil
	}
	switch {
	case p.What == document.Accepted:
		l := &letter{subject: title + " : accepté", words: "Voir ce document", before: []string{"Le service a vérifié ce document et l’accepte."}}
		if !d.ValidUntil.IsZero() {
			l.before = append(l.before, "Il est valable jusqu’au "+d.ValidUntil.DayMonthYear()+".")
		}
		return l
	case p.What == document.Refused:
		return &letter{subject: title + " : à renvoyer", words: "Voir ce document et le remplacer",
			before: []string{"Ce document n’a pas pu être accepté.", "Motif : " + d.Reason}}
	case p.Ended:
		return &letter{subject: title + " : expiré", words: "Voir ce document et le remplacer",
			before: []string{"Ce document n’est plus valable depuis le " + d.ValidUntil.DayMonthYear() + ".", "Déposez-en un plus récent dès que vous l’avez."}}
	}
	return &letter{subject: title + " : expire bientôt", words: "Voir ce document et le remplacer",
		before: []string{"Ce document est valable jusqu’au " + d.ValidUntil.DayMonthYear() + ".", "Déposez-en un plus récent avant cette date."}}
}

// scanDocument has the antivirus look at each file of a document in quarantine. While the daemon is away the document stays there, and
// the job is tried again. A town that has no antivirus any more lets it go.
func scanDocument(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p document.ScanPayload) error {
		var files []blob.File
		err := t.DB.Read(ctx, func(tx *db.Tx) (err error) {
			files, err = document.ToScan(ctx, tx, p.DocumentID)
			return err
		})
		if err != nil || len(files) == 0 {
			return err
		}
		virus := ""
		for _, f := range files {
			if t.Scanner == nil || virus != "" {
				break
			}
			if virus, err = scanFile(ctx, t, f); err != nil {
				return err
			}
		}
		return t.DB.Write(ctx, func(tx *db.Tx) error { return document.Scanned(ctx, tx, p.DocumentID, virus) })
	})
}

func scanFile(ctx context.Context, t *town.Town, f blob.File) (virus string, err error) {
	content, err := t.Files.Open(ctx, f)
	if err != nil {
		return "", err
	}
	virus, err = t.Scanner.Scan(ctx, content)
	return virus, errors.Join(err, content.Close())
}

// documentNight goes through the documents in slices, one transaction each.
func documentNight(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, _ job.Planned) error {
		for more := true; more; {
			err := t.DB.Write(ctx, func(tx *db.Tx) (err error) {
				more, err = document.WarnSlice(ctx, tx, t.Loc)
				return err
			})
			if err != nil {
				return err
			}
		}
		for after, first := "", true; first || after != ""; first = false {
			err := t.DB.Write(ctx, func(tx *db.Tx) (err error) {
				_, after, err = document.ForgetSlice(ctx, tx, after, t.Loc)
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}
