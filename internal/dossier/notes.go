package dossier

import (
	"context"
	"strings"
	"unicode/utf8"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/staff"
)

// Note is what an agent wrote for the others about a household. The law lets a family ask for it: it says facts.
type Note struct {
	ID      string
	Body    string
	At      civil.Instant
	AgentID string
	Agent   string // name
}

// Notes lists the notes about a household that stand, the latest first.
func Notes(ctx context.Context, tx *db.Tx, householdID string) ([]Note, error) {
	return db.All(ctx, tx, `SELECT id, body, made_at, agent_id, agent_name FROM household_notes WHERE household_id = $1 AND ended_at IS NULL ORDER BY made_at DESC, id`,
		func(s db.Scanner) (n Note, err error) { return n, s.Scan(&n.ID, &n.Body, &n.At, &n.AgentID, &n.Agent) }, householdID)
}

// AddNote writes a note. Errors: fault.Invalid beside "note"; fault.NotFound for the household.
func AddNote(ctx context.Context, tx *db.Tx, who staff.Agent, householdID, body string) error {
	if body = strings.TrimSpace(body); body == "" || utf8.RuneCountInString(body) > longestLines {
		return fault.Invalidf("note", "Écrivez la note, en 2 000 caractères au plus.")
	}
	if _, err := household.ByID(ctx, tx, householdID); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO household_notes (id, household_id, body, made_at, agent_id, agent_name) VALUES ($1, $2, $3, $4, $5, $6)`,
		db.NewID(), householdID, body, tx.Now, who.ID, who.Name); err != nil {
		return err
	}
	return note(ctx, tx, household.ByAgent(who), "note.add", "household:"+householdID, householdID, nil)
}

// EndNote takes a note away from the file; the row stays. fault.NotFound when it does not stand.
func EndNote(ctx context.Context, tx *db.Tx, who staff.Agent, householdID, noteID string) error {
	n, err := tx.Exec(ctx, `UPDATE household_notes SET ended_at = $3, ended_by = $4 WHERE id = $1 AND household_id = $2 AND ended_at IS NULL`,
		noteID, householdID, tx.Now, who.Actor())
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.NotFoundf("Cette note n’existe plus.")
	}
	return note(ctx, tx, household.ByAgent(who), "note.end", "household:"+householdID, householdID, nil)
}
