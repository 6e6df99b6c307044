package document

import (
	"context"
	"strings"
	"time"

	"preau/internal/blob"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/staff"
)

// TellDecision is the kind of the job that tells a family what became of a document.
const TellDecision = "document.tell"

// TellPayload says about which document, and what.
type TellPayload struct {
	DocumentID string        `json:"document"`
	What       State         `json:"what"`            // Accepted, Refused; Expired: soon or since
	At         civil.Instant `json:"at"`              // of the decision, or of the warning
	Ended      bool          `json:"ended,omitempty"` // the last day is over
}

// Waiting is a document that awaits a check, with whose it is.
type Waiting struct {
	Document
	Household household.Household
}

// Queue lists what awaits a check, the longest waiting first; at most limit. What the family replaced meanwhile needs none, and a
// certificate is decided with its absence.
func Queue(ctx context.Context, tx *db.Tx, limit int) ([]Waiting, error) {
	list, err := load(ctx, tx, `d.id IN (SELECT id FROM documents WHERE state = 'to_check' AND replaced_at IS NULL AND type_id <> '`+Certificate+`' ORDER BY sent_at, id LIMIT $1)`, int64(limit))
	if err != nil {
		return nil, err
	}
	out := make([]Waiting, len(list))
	for i, d := range list { // load gives the latest first
		w := &out[len(list)-1-i]
		w.Document = d
		if w.Household, err = household.ByID(ctx, tx, d.HouseholdID); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// CountWaiting says how many documents await a check.
func CountWaiting(ctx context.Context, tx *db.Tx) (n int64, err error) {
	err = tx.QueryRow(ctx, "SELECT count(*) FROM documents WHERE state = 'to_check' AND replaced_at IS NULL AND type_id <> '"+Certificate+"'").Scan(&n)
	return n, err
}

// SentOf lists what a household has sent to the service, for its file at the desk, without the certificates of absences: those who decide them
// alone know of them.
func SentOf(ctx context.Context, tx *db.Tx, householdID string) ([]Document, error) {
	return load(ctx, tx, "d.household_id = $1 AND d.sent_at IS NOT NULL AND d.type_id <> '"+Certificate+"'", householdID)
}

// viewedAgain is how long one look lasts: the pages of a document opened again within are not told twice.
const viewedAgain = 10 * time.Minute

// Open gives a document that was sent to the service, and writes down that the agent saw it. What was not sent does not exist for
// agents: fault.NotFound. The caller has checked the right.
func Open(ctx context.Context, tx *db.Tx, who staff.Agent, id string) (Document, error) {
	d, err := sent(ctx, tx, id)
	if err != nil {
		return d, err
	}
	return d, seen(ctx, tx, who, d, "fiche")
}

// OpenPage gives a part of a document that was sent, and writes that down likewise.
func OpenPage(ctx context.Context, tx *db.Tx, who staff.Agent, id string, number int) (Part, blob.File, error) {
	d, err := sent(ctx, tx, id)
	if err != nil {
		return Part{}, blob.File{}, err
	}
	p, file, err := d.page(ctx, tx, number)
	if err != nil {
		return p, file, err
	}
	return p, file, seen(ctx, tx, who, d, p.Name)
}

func sent(ctx context.Context, tx *db.Tx, id string) (Document, error) {
	return found(load(ctx, tx, "d.id = $1 AND d.sent_at IS NOT NULL", id))
}

func seen(ctx context.Context, tx *db.Tx, who staff.Agent, d Document, what string) error {
	again, err := db.Exists(ctx, tx, "SELECT 1 FROM document_views WHERE document_id = $1 AND agent_id = $2 AND what = $3 AND at > $4",
		d.ID, who.ID, what, tx.Now.Add(-viewedAgain))
	if err != nil || again {
		return err
	}
	if _, err := tx.Exec(ctx, "INSERT INTO document_views (id, document_id, at, agent_id, agent_name, what) VALUES ($1, $2, $3, $4, $5, $6)",
		db.NewID(), d.ID, tx.Now, who.ID, who.Name, what); err != nil {
		return err
	}
	return note(ctx, tx, household.ByAgent(who), "document.view", d, map[string]string{"type": d.Type.Name, "what": what})
}

// Decision is what an agent says of a document.
type Decision struct {
	Seen   State // how it stood on the agent's page
	Accept bool
	Until  civil.Date // of an accepted one: the last day it counts; zero for ever
	Reason string     // of a refused one, for the family
}

// Decide accepts or refuses a document, once or to correct a decision. Errors: fault.Conflict when another agent decided meanwhile;
// fault.Invalid beside "motif", "jusque"; fault.Refused for a certificate, which is decided with its absence.
func Decide(ctx context.Context, tx *db.Tx, who staff.Agent, id string, c Decision, loc *time.Location) error {
	d, err := sent(ctx, tx, id)
	if err != nil {
		return err
	}
	if d.Type.ID == Certificate {
		return fault.Refusedf("Un justificatif d’absence se décide avec les jours qu’il couvre, page « Absences ».")
	}
	if d.Stored != c.Seen {
		return fault.Conflictf("%s a déjà répondu à ce document. Regardez sa réponse avant de la changer.", d.DecidedByName)
	}
	c.Reason = strings.TrimSpace(c.Reason)
	state, act := Accepted, "document.accept"
	switch {
	case !c.Accept && (c.Reason == "" || len(c.Reason) > 500):
		return fault.Invalidf("motif", "Dites à la famille, en une phrase, pourquoi ce document ne convient pas.")
	case !c.Accept:
		state, act, c.Until = Refused, "document.refuse", civil.Date{}
	case !c.Until.IsZero() && c.Until.Before(civil.DateOf(tx.Now, loc)):
		return fault.Invalidf("jusque", "Cette date est passée : le document serait déjà expiré.")
	case d.Type.Validity != ForEver && c.Until.IsZero():
		return fault.Invalidf("jusque", "Indiquez jusqu’à quand ce document est valable.")
	default:
		c.Reason = ""
	}
	if _, err := tx.Exec(ctx, `UPDATE documents SET state = $2, decided_at = $3, decided_by_name = $4, reason = $5, valid_until = $6,
		warned_at = NULL, ended_told_at = NULL WHERE id = $1`, id, string(state), tx.Now, who.Name, c.Reason, c.Until); err != nil {
		return err
	}
	if err := note(ctx, tx, household.ByAgent(who), act, d, map[string]any{"type": d.Type.Name, "reason": c.Reason, "until": c.Until}); err != nil {
		return err
	}
	return job.Queue(ctx, tx, TellDecision, TellPayload{DocumentID: id, What: state, At: tx.Now})
}

// ForTelling gives a document to the job that tells of it; false when it is gone meanwhile.
func ForTelling(ctx context.Context, tx *db.Tx, id string) (Document, bool, error) {
	d, err := found(load(ctx, tx, "d.id = $1", id))
	if fault.Is(err, fault.NotFound) {
		return d, false, nil
	}
	return d, err == nil, err
}
