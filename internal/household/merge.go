package household

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
)

// A merge makes one household of two files that were opened for the same family. It is the one act that touches what every package keeps of
// a household, so it moves rows by the names of their tables; a test compares the list with the schema, so that no table is forgotten.
// What moved is written down, and goes back if the merge is undone.

// MergeUndo is how long a merge can be undone.
const MergeUndo = 30 * 24 * time.Hour

// Belonging is a table whose rows belong to a household and follow it, and what they are in French, for the preview; some are not worth a word.
type Belonging struct {
	db.Reassignment
	Label string
}

func belonging(label, table string, unique ...string) Belonging {
	return Belonging{db.Reassignment{Table: table, Column: "household_id", Unique: unique}, label}
}

// Belongings are all of them. Links to children are moved beside; residences stay with the file that is closed, since the other one has its own; so do refusals, which the other gets a copy of;
// the journal is never rewritten; the working papers of a billing run are of its day; reminders that were sent concern nobody any more.
var Belongings = []Belonging{
	belonging("responsables", "guardians"),
	belonging("quotients familiaux", "quotients", "effective_on", "known_at"),
	belonging("dérogations de tarif", "residence_exceptions"),
	belonging("aides", "aids"),
	belonging("règles de garde", "custody_rules"),
	belonging("jours de garde fixés", "custody_dates"),
	belonging("blocages", "holds"),
	belonging("réservations", "bookings"),
	belonging("", "submissions"),
	belonging("attestations d’assurance", "file_facts", "child_id", "field", "ended_at"),
	belonging("changements déclarés", "declared_changes", "field", "guardian_id", "child_id", "decided_at"),
	belonging("personnes à contacter", "child_contacts"),
	belonging("autorisations données", "consent_answers"),
	belonging("confirmations du dossier", "file_confirmations"),
	belonging("notes des agents", "household_notes"),
	belonging("documents", "documents", "upload_id"),
	belonging("échanges avec les services", "threads"),
	belonging("présences pointées", "attendances"),
	belonging("absences signalées", "absence_notices", "child_id", "day"),
	belonging("factures et avoirs", "invoices", "run_id", "kind", "number"),
	belonging("", "invoice_choices"),
	belonging("", "ledger_entries"),
	belonging("encaissements", "receipts"),
	belonging("paiements en ligne", "payment_attempts"),
	belonging("", "receipt_owners"),
	belonging("justificatifs d’absence", "absence_claims"),
	belonging("demandes d’effacement", "erasure_requests"),
	belonging("démarches", "requests"),
	belonging("passages au guichet", "counter_visits"),
	belonging("mandats de prélèvement", "mandates", "ended_at"),
	belonging("prélèvements", "debits"),
	belonging("relances", "reminders"),
	belonging("échéanciers", "payment_plans", "ended_at"),
	belonging("attestations fiscales", "tax_certificates"),
}

// Staying are the tables that name a household and do not follow it.
var Staying = []string{"residences", "quotient_refusals", "debt_holds", "household_children", "deadline_reminders", "audit_entries", "billing_runs", "run_rechecks", "run_notes"}

// MergeView is two households before they are merged.
type MergeView struct {
	Kept, Merged Side
}

// Side is one of them.
type Side struct {
	Household Household
	Guardians []Guardian
	Children  []Child
	Counts    []Counted
}

// Counted is how much of something a household has.
type Counted struct {
	Label string
	N     int
}

// PreviewMerge shows what a merge would bring together.
func PreviewMerge(ctx context.Context, tx *db.Tx, keptID, mergedID string) (v MergeView, err error) {
	if keptID == mergedID {
		return v, fault.Invalidf("reprendre", "Choisissez deux dossiers différents.")
	}
	if v.Kept, err = sideOf(ctx, tx, keptID); err != nil {
		return v, err
	}
	v.Merged, err = sideOf(ctx, tx, mergedID)
	return v, err
}

func sideOf(ctx context.Context, tx *db.Tx, id string) (s Side, err error) {
	if s.Household, err = ByID(ctx, tx, id); err != nil {
		return s, err
	}
	if s.Guardians, err = Guardians(ctx, tx, id); err != nil {
		return s, err
	}
	if s.Children, err = Children(ctx, tx, id); err != nil {
		return s, err
	}
	for _, b := range Belongings {
		if b.Label == "" || b.Table == "guardians" {
			continue
		}
		n, err := b.Count(ctx, tx, id)
		if err != nil {
			return s, err
		}
		if n > 0 {
			s.Counts = append(s.Counts, Counted{b.Label, n})
		}
	}
	return s, nil
}

// Merge is two households made one.
type Merge struct {
	ID, KeptID, MergedID string
	At                   civil.Instant
	ByName               string
	UndoneAt             civil.Instant
	moved                moved
}

// moved is what went from one household to the other.
type moved struct {
	Rows     map[string][]string `json:"rows"`             // table → ids
	Children []movedChild        `json:"children"`         // those the merged household had
	Refused  civil.Instant       `json:"refused,omitzero"` // when the merged household refused what the kept one refuses since
}

// movedChild is a child of the merged household, and whether the kept one had it too.
type movedChild struct {
	ID    string        `json:"id"`
	Since civil.Instant `json:"since"`
	Both  bool          `json:"both"`
}

// MergeHouseholds gives all that belongs to one household to another. The file that is left is empty, and no longer found by the search.
func MergeHouseholds(ctx context.Context, tx *db.Tx, by By, keptID, mergedID string) (Merge, error) {
	if _, err := PreviewMerge(ctx, tx, keptID, mergedID); err != nil {
		return Merge{}, err
	}
	gone, err := db.Exists(ctx, tx, `SELECT 1 FROM household_merges WHERE undone_at IS NULL AND merged_id IN ($1, $2)`, keptID, mergedID)
	if err != nil {
		return Merge{}, err
	}
	if gone {
		return Merge{}, fault.Conflictf("L’un de ces dossiers a déjà été fusionné.")
	}
	m := Merge{ID: db.NewID(), KeptID: keptID, MergedID: mergedID, At: tx.Now, ByName: by.Name, moved: moved{Rows: map[string][]string{}}}
	if m.moved.Children, err = openLinks(ctx, tx, keptID, mergedID); err != nil {
		return Merge{}, err
	}
	if m.moved.Refused, err = copyRefusal(ctx, tx, keptID, mergedID); err != nil {
		return Merge{}, err
	}
	for _, b := range Belongings {
		ids, err := b.Move(ctx, tx, mergedID, keptID)
		if err != nil {
			return Merge{}, err
		}
		if len(ids) > 0 {
			m.moved.Rows[b.Table] = ids
		}
	}
	if _, err := tx.Exec(ctx, `DELETE FROM household_children WHERE household_id = $1`, mergedID); err != nil {
		return Merge{}, err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO household_merges (id, kept_id, merged_id, at, by_actor, by_name, moved) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		m.ID, keptID, mergedID, tx.Now, by.Actor, by.Name, db.JSON(m.moved)); err != nil {
		return Merge{}, err
	}
	return m, note(ctx, tx, by, "household.merge", "household:"+keptID, keptID, map[string]any{"merged": mergedID, "children": len(m.moved.Children)})
}

// openLinks puts the children of one household in the other too, and says who they are.
func openLinks(ctx context.Context, tx *db.Tx, keptID, mergedID string) ([]movedChild, error) {
	children, err := db.All(ctx, tx, `SELECT child_id, since FROM household_children WHERE household_id = $1 ORDER BY child_id`,
		func(s db.Scanner) (c movedChild, err error) { return c, s.Scan(&c.ID, &c.Since) }, mergedID)
	if err != nil {
		return nil, err
	}
	for i, c := range children {
		n, err := tx.Exec(ctx, `INSERT INTO household_children (household_id, child_id, since) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, keptID, c.ID, c.Since)
		if err != nil {
			return nil, err
		}
		children[i].Both = n == 0
	}
	return children, nil
}

// Merges lists the merges that can still be undone, the latest first.
func Merges(ctx context.Context, tx *db.Tx) ([]Merge, error) {
	return db.All(ctx, tx, selectMerge+` WHERE undone_at IS NULL AND at > $1 ORDER BY at DESC, id`, scanMerge, tx.Now.Add(-MergeUndo))
}

// UndoMerge gives each household back what was its own, as far as it is still where the merge put it; what was added since stays with the
// household that was kept. fault.NotFound when there is no such merge, fault.Refused when its time is over, or when a later merge has moved
// what it would give back.
func UndoMerge(ctx context.Context, tx *db.Tx, by By, id string) error {
	m, err := db.One(ctx, tx, selectMerge+` WHERE id = $1 AND undone_at IS NULL`, scanMerge, id)
	if errors.Is(err, db.ErrNoRows) {
		return fault.NotFoundf("Cette fusion n’existe pas, ou a déjà été défaite.")
	}
	if err != nil {
		return err
	}
	if tx.Now.After(m.At.Add(MergeUndo)) {
		return fault.Refusedf("Cette fusion date de plus de trente jours : elle ne peut plus être défaite.")
	}
	later, err := db.Exists(ctx, tx, `SELECT 1 FROM household_merges WHERE undone_at IS NULL AND at > $2 AND (kept_id = $1 OR merged_id = $1)`, m.KeptID, m.At)
	if err != nil {
		return err
	}
	if later {
		return fault.Refusedf("Ce dossier a été fusionné une autre fois depuis. Défaites d’abord la fusion la plus récente.")
	}
	for _, c := range m.moved.Children {
		if _, err := tx.Exec(ctx, `INSERT INTO household_children (household_id, child_id, since) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, m.MergedID, c.ID, c.Since); err != nil {
			return err
		}
	}
	for _, b := range slices.Backward(Belongings) {
		if ids := m.moved.Rows[b.Table]; len(ids) > 0 {
			if err := b.Return(ctx, tx, ids, m.MergedID, m.KeptID); err != nil {
				return err
			}
		}
	}
	for _, c := range m.moved.Children {
		if err := closeLink(ctx, tx, m.KeptID, c); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `DELETE FROM quotient_refusals WHERE household_id = $1 AND refused_at = $2`, m.KeptID, m.moved.Refused); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE household_merges SET undone_at = $2, undone_by = $3 WHERE id = $1`, id, tx.Now, by.Actor); err != nil {
		return err
	}
	return note(ctx, tx, by, "household.unmerge", "household:"+m.KeptID, m.KeptID, map[string]any{"merged": m.MergedID})
}

// closeLink takes a child out of the household it came to, unless something added since names the two together.
func closeLink(ctx context.Context, tx *db.Tx, keptID string, c movedChild) error {
	if c.Both {
		return nil
	}
	for _, table := range []string{"custody_rules", "custody_dates", "child_contacts"} {
		held, err := db.Reassignment{Table: table, Column: "child_id"}.Holds(ctx, tx, c.ID, "household_id", keptID)
		if err != nil || held {
			return err
		}
	}
	_, err := tx.Exec(ctx, `DELETE FROM household_children WHERE household_id = $1 AND child_id = $2`, keptID, c.ID)
	return err
}

const selectMerge = `SELECT id, kept_id, merged_id, at, by_name, undone_at, moved FROM household_merges`

func scanMerge(s db.Scanner) (m Merge, err error) {
	var text string
	if err := s.Scan(&m.ID, &m.KeptID, &m.MergedID, &m.At, &m.ByName, &m.UndoneAt, &text); err != nil {
		return m, err
	}
	return m, json.Unmarshal([]byte(text), &m.moved)
}
