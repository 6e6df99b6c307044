package thread

import (
	"context"

	"preau/internal/blob"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/staff"
)

// target is what a document of the vault is attached to; it holds the document until the thread is closed.
func target(threadID string) string { return "thread:" + threadID }

// MaxAttached is the most documents attached in one go.
const MaxAttached = 10

// Attach shows documents of the family's vault to the service, with a thread of the household. Errors: fault.NotFound for the thread or a
// document of another family, fault.Refused for a document that cannot be sent, fault.Invalid beside "piece" for too many.
func Attach(ctx context.Context, tx *db.Tx, who household.Guardian, id string, documentIDs []string) error {
	if len(documentIDs) == 0 {
		return nil
	}
	if len(documentIDs) > MaxAttached {
		return fault.Invalidf("piece", "Joignez dix documents au plus.")
	}
	if _, err := Of(ctx, tx, who, id); err != nil {
		return err
	}
	for _, d := range documentIDs {
		if err := document.Send(ctx, tx, who, d, target(id)); err != nil {
			return err
		}
	}
	return nil
}

// Attached lists the documents attached to a thread. The caller has found the thread for who is asking.
func Attached(ctx context.Context, tx *db.Tx, id string) ([]document.Document, error) {
	return document.Attached(ctx, tx, target(id))
}

// OpenPage gives an agent a page of a document attached to a thread they see, and leaves the trace that the family reads.
// Errors: fault.NotFound for any other.
func OpenPage(ctx context.Context, tx *db.Tx, who staff.Agent, id, documentID string, page int) (document.Part, blob.File, error) {
	if _, err := ForAgent(ctx, tx, who, id); err != nil {
		return document.Part{}, blob.File{}, err
	}
	list, err := Attached(ctx, tx, id)
	if err != nil {
		return document.Part{}, blob.File{}, err
	}
	for _, d := range list {
		if d.ID == documentID {
			return document.OpenPage(ctx, tx, who, documentID, page)
		}
	}
	return document.Part{}, blob.File{}, fault.NotFoundf("Ce document n’est pas joint à cet échange.")
}

// release lets the family delete again what was attached to a thread that is over.
func release(ctx context.Context, tx *db.Tx, id string) error {
	return document.Settle(ctx, tx, target(id))
}
