package document

import (
	"context"

	"preau/internal/db"
	"preau/internal/staff"
)

// Certificate is the type of what excuses an absence. It is deposited with the days it covers, decided with them, and forgotten soon after:
// it says that a child was ill.
const Certificate = "absence"

// CertificateMonths is how long a certificate is kept at most once it was decided, in months.
const CertificateMonths = 2

// Certificates lists what the household holds for a child that may serve for an absence again: sent or not, and neither refused, replaced
// nor apart for the antivirus.
func Certificates(ctx context.Context, tx *db.Tx, householdID, childID string) ([]Document, error) {
	return load(ctx, tx, `d.household_id = $1 AND d.child_id = $2 AND d.type_id = '`+Certificate+`' AND d.replaced_at IS NULL
		AND d.state IN ('kept', 'to_check', 'accepted')`, householdID, childID)
}

// CertificateTargets lists what a document was sent with, when it is a certificate; nothing for the other types.
func CertificateTargets(ctx context.Context, tx *db.Tx, id string) ([]string, error) {
	return db.All(ctx, tx, `SELECT s.target FROM document_sendings s JOIN documents d ON d.id = s.document_id
		WHERE d.id = $1 AND d.type_id = '`+Certificate+`' ORDER BY s.target`, db.Value[string], id)
}

// Judge writes what an agent decided of what was sent with a target, and ends its hold. What the antivirus refused stays so.
func Judge(ctx context.Context, tx *db.Tx, who staff.Agent, target string, accepted bool, reason string) error {
	state, from := Refused, []State{ToCheck} // refused for these days, it may have served for others
	if accepted {
		state, from, reason = Accepted, []State{ToCheck, Accepted, Refused}, ""
	}
	if _, err := tx.Exec(ctx, `UPDATE documents SET state = $2, decided_at = $3, decided_by_name = $4, reason = $5
		WHERE id IN (SELECT document_id FROM document_sendings WHERE target = $1) AND sent_at IS NOT NULL
			AND state IN (SELECT CAST(value AS text) FROM json_each(CAST($6 AS text)))`,
		target, string(state), tx.Now, who.Name, reason, db.JSON(from)); err != nil {
		return err
	}
	return Settle(ctx, tx, target)
}

// TakeBack ends what was sent with a target, before it was decided: what was sent with nothing else is private again.
func TakeBack(ctx context.Context, tx *db.Tx, target string) error {
	if _, err := tx.Exec(ctx, `UPDATE documents SET state = 'kept', sent_at = NULL WHERE state = 'to_check'
		AND id IN (SELECT document_id FROM document_sendings WHERE target = $1)
		AND NOT EXISTS (SELECT 1 FROM document_sendings o WHERE o.document_id = documents.id AND o.target <> $1)`, target); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE documents SET wanted = FALSE WHERE state = 'scanning' AND id IN (SELECT document_id FROM document_sendings WHERE target = $1)`, target); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "DELETE FROM document_sendings WHERE target = $1", target)
	return err
}

// Lapse ends what was sent with a target that is being forgotten: what awaited an answer with it alone is removed, and what serves elsewhere is
// no longer held by it.
func Lapse(ctx context.Context, tx *db.Tx, target string) error {
	list, err := load(ctx, tx, `d.state IN ('scanning', 'to_check') AND d.id IN (SELECT document_id FROM document_sendings WHERE target = $1)
		AND NOT EXISTS (SELECT 1 FROM document_sendings o WHERE o.document_id = d.id AND o.target <> $1)`, target)
	if err != nil {
		return err
	}
	for _, d := range list {
		if err := remove(ctx, tx, forgetter, d, "document.forget"); err != nil {
			return err
		}
	}
	return Settle(ctx, tx, target)
}
