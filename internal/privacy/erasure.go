package privacy

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/staff"
)

// EraseKind is the kind of the job that does what an accepted request asks; its payload is an ErasePayload.
const EraseKind = "privacy.erase"

// ErasePayload names the request to carry out.
type ErasePayload struct {
	RequestID string `json:"request"`
}

// Request is a guardian's request to be forgotten.
type Request struct {
	ID          string
	GuardianID  string
	HouseholdID string
	MadeAt      civil.Instant
	Words       string // the guardian's own, may be empty
	WithdrawnAt civil.Instant
	DecidedAt   civil.Instant
	DecidedBy   string
	Accepted    bool
	Answer      string // the agent's, when it is refused
	DoneAt      civil.Instant
	Outcome     []Fate // what was done, once it is
	Name        string // of the guardian; empty once forgotten
	Household   string // its name; empty once forgotten
}

// Open reports whether the request waits for a decision.
func (r Request) Open() bool { return r.WithdrawnAt.IsZero() && r.DecidedAt.IsZero() }

const maxWords = 1000

const selectRequest = `SELECT r.id, r.guardian_id, r.household_id, r.made_at, r.words, r.withdrawn_at, r.decided_at, r.decided_by, r.accepted, r.answer, r.done_at, r.outcome,
	g.first_name || ' ' || g.last_name, h.name FROM erasure_requests r JOIN guardians g ON g.id = r.guardian_id JOIN households h ON h.id = r.household_id`

func scanRequest(s db.Scanner) (r Request, err error) {
	var outcome string
	if err = s.Scan(&r.ID, &r.GuardianID, &r.HouseholdID, &r.MadeAt, &r.Words, &r.WithdrawnAt, &r.DecidedAt, &r.DecidedBy, &r.Accepted, &r.Answer, &r.DoneAt, &outcome,
		&r.Name, &r.Household); err != nil {
		return r, err
	}
	r.Name = strings.TrimSpace(r.Name)
	return r, json.Unmarshal([]byte(outcome), &r.Outcome)
}

// Ask files a request to be forgotten; one that is open is not filed twice. Errors: fault.Invalid beside "message".
func Ask(ctx context.Context, tx *db.Tx, who household.Guardian, words string) error {
	words = strings.TrimSpace(words)
	if utf8.RuneCountInString(words) > maxWords {
		return fault.Invalidf("message", "C’est trop long : 1 000 caractères au plus.")
	}
	n, err := tx.Exec(ctx, `INSERT INTO erasure_requests (id, guardian_id, household_id, made_at, words, outcome) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
		db.NewID(), who.ID, who.HouseholdID, tx.Now, words, "[]")
	if err != nil || n == 0 {
		return err
	}
	return record(ctx, tx, who, "privacy.ask")
}

// Withdraw takes back the open request of a guardian; without one nothing changes.
func Withdraw(ctx context.Context, tx *db.Tx, who household.Guardian) error {
	n, err := tx.Exec(ctx, `UPDATE erasure_requests SET withdrawn_at = $2 WHERE guardian_id = $1 AND withdrawn_at IS NULL AND decided_at IS NULL`, who.ID, tx.Now)
	if err != nil || n == 0 {
		return err
	}
	return record(ctx, tx, who, "privacy.withdraw")
}

// Last is the latest request of a guardian; false when there is none.
func Last(ctx context.Context, tx *db.Tx, who household.Guardian) (Request, bool, error) {
	r, err := db.One(ctx, tx, selectRequest+` WHERE r.guardian_id = $1 ORDER BY r.made_at DESC, r.id LIMIT 1`, scanRequest, who.ID)
	if errors.Is(err, db.ErrNoRows) {
		return Request{}, false, nil
	}
	return r, err == nil, err
}

// Requests lists the requests, those that wait first, then the latest.
func Requests(ctx context.Context, tx *db.Tx, limit int) ([]Request, error) {
	return db.All(ctx, tx, selectRequest+` ORDER BY CASE WHEN r.withdrawn_at IS NULL AND r.decided_at IS NULL THEN 0 ELSE 1 END, r.made_at DESC, r.id LIMIT $1`, scanRequest, int64(limit))
}

// RequestByID finds a request; fault.NotFound.
func RequestByID(ctx context.Context, tx *db.Tx, id string) (Request, error) {
	r, err := db.One(ctx, tx, selectRequest+` WHERE r.id = $1`, scanRequest, id)
	if errors.Is(err, db.ErrNoRows) {
		err = fault.NotFoundf("Cette demande n’existe pas.")
	}
	return r, err
}

// Decide answers a request. A refusal says why. What is accepted is done by a job, right after. Errors: fault.Forbidden, fault.NotFound,
// fault.Conflict when it was decided or withdrawn meanwhile, fault.Invalid beside "reponse".
func Decide(ctx context.Context, tx *db.Tx, who staff.Agent, id string, accept bool, answer string) error {
	if !who.May(staff.Settings, "") {
		return fault.Forbiddenf("Seule la direction décide d’un effacement.")
	}
	r, err := RequestByID(ctx, tx, id)
	if err != nil {
		return err
	}
	if !r.Open() {
		return fault.Conflictf("Cette demande a déjà reçu une réponse, ou a été retirée.")
	}
	if answer = strings.TrimSpace(answer); !accept && answer == "" {
		return fault.Invalidf("reponse", "Indiquez le motif du refus : la famille le lira, et peut saisir la CNIL.")
	}
	if _, err := tx.Exec(ctx, `UPDATE erasure_requests SET decided_at = $2, decided_by = $3, accepted = $4, answer = $5 WHERE id = $1`, id, tx.Now, who.Name, accept, answer); err != nil {
		return err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "privacy.decide", Subject: "guardian:" + r.GuardianID, Household: r.HouseholdID,
		Detail: map[string]any{"accepted": accept}}); err != nil {
		return err
	}
	return job.Queue(ctx, tx, EraseKind, ErasePayload{id}, job.Key(EraseKind+":"+id))
}

// Done writes what became of each kind of data, and forgets the guardian's own words.
func Done(ctx context.Context, tx *db.Tx, id string, outcome []Fate) error {
	_, err := tx.Exec(ctx, `UPDATE erasure_requests SET done_at = $2, outcome = $3, words = '' WHERE id = $1 AND done_at IS NULL`, id, tx.Now, db.JSON(outcome))
	return err
}
