package document

import (
	"context"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
)

// load reads documents by a condition on d, the latest first, with their types, their children and their parts.
func load(ctx context.Context, tx *db.Tx, where string, args ...any) ([]Document, error) {
	types, err := Types(ctx, tx)
	if err != nil {
		return nil, err
	}
	byID := map[string]Type{}
	for _, t := range types {
		byID[t.ID] = t
	}
	list, err := db.All(ctx, tx, `SELECT d.id, d.household_id, coalesce(d.child_id, ''), coalesce(c.first_name, ''), d.type_id, d.state, d.wanted, d.deposited_at,
			d.deposited_by_name, d.sent_at, d.decided_at, d.decided_by_name, d.reason, d.valid_until, d.replaced_at,
			EXISTS (SELECT 1 FROM document_sendings s WHERE s.document_id = d.id AND s.settled_at IS NULL AND s.target <> 'file')
		FROM documents d LEFT JOIN children c ON c.id = d.child_id WHERE `+where+` ORDER BY d.deposited_at DESC, d.id`,
		func(s db.Scanner) (d Document, err error) {
			err = s.Scan(&d.ID, &d.HouseholdID, &d.ChildID, &d.Child, &d.Type.ID, &d.Stored, &d.Wanted, &d.DepositedAt, &d.DepositedBy, &d.SentAt,
				&d.DecidedAt, &d.DecidedByName, &d.Reason, &d.ValidUntil, &d.ReplacedAt, &d.Held)
			d.Type = byID[d.Type.ID]
			return d, err
		}, args...)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list, loadParts(ctx, tx, list)
}

func loadParts(ctx context.Context, tx *db.Tx, list []Document) error {
	at := map[string]int{}
	ids := make([]string, len(list))
	for i, d := range list {
		at[d.ID], ids[i] = i, d.ID
	}
	rows, err := tx.Query(ctx, `SELECT document_id, number, file_id, name, media_type, size_bytes FROM document_parts
		WHERE document_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text))) ORDER BY document_id, number`, db.JSON(ids))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var p Part
		if err := rows.Scan(&id, &p.Number, &p.FileID, &p.Name, &p.Type, &p.Size); err != nil {
			return err
		}
		list[at[id]].Parts = append(list[at[id]].Parts, p)
	}
	return rows.Err()
}

// List gives the documents of the guardian's household, the latest first, those that were replaced too.
func List(ctx context.Context, tx *db.Tx, who household.Guardian) ([]Document, error) {
	return AllOf(ctx, tx, who.HouseholdID)
}

// AllOf gives the documents of a household, for exports and erasure.
func AllOf(ctx context.Context, tx *db.Tx, householdID string) ([]Document, error) {
	return load(ctx, tx, "d.household_id = $1", householdID)
}

// Given gives what counts when it is asked what the household still has to give: its own documents, and those of its children that their
// other household gave. The latter are not to be shown.
func Given(ctx context.Context, tx *db.Tx, householdID string) ([]Document, error) {
	return load(ctx, tx, `d.household_id = $1 OR d.child_id IN (SELECT h.child_id FROM household_children h WHERE h.household_id = $1) AND d.sent_at IS NOT NULL`, householdID)
}

// Used is how many bytes the documents of a household take.
func Used(ctx context.Context, tx *db.Tx, householdID string) (n int64, err error) {
	err = tx.QueryRow(ctx, `SELECT CAST(coalesce(sum(p.size_bytes), 0) AS bigint) FROM document_parts p JOIN documents d ON d.id = p.document_id
		WHERE d.household_id = $1`, householdID).Scan(&n)
	return n, err
}

// View is one time an agent opened a document.
type View struct {
	At    civil.Instant
	Agent string // name
	What  string // "fiche", or the name of the part
}

// Views lists who opened a document, the latest first.
func Views(ctx context.Context, tx *db.Tx, id string) ([]View, error) {
	return db.All(ctx, tx, "SELECT at, agent_name, what FROM document_views WHERE document_id = $1 ORDER BY at DESC, id", func(s db.Scanner) (v View, err error) {
		err = s.Scan(&v.At, &v.Agent, &v.What)
		return v, err
	}, id)
}

// Attached lists the documents sent with a target.
func Attached(ctx context.Context, tx *db.Tx, target string) ([]Document, error) {
	return load(ctx, tx, "d.id IN (SELECT document_id FROM document_sendings WHERE target = $1)", target)
}

// AttachedToMany lists the documents sent with some targets, by target.
func AttachedToMany(ctx context.Context, tx *db.Tx, targets []string) (map[string][]Document, error) {
	type pair struct{ document, target string }
	const sendings = `FROM document_sendings WHERE target IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))`
	list, err := load(ctx, tx, `d.id IN (SELECT document_id `+sendings+`)`, db.JSON(targets))
	if err != nil {
		return nil, err
	}
	pairs, err := db.All(ctx, tx, `SELECT document_id, target `+sendings, func(s db.Scanner) (p pair, err error) {
		return p, s.Scan(&p.document, &p.target)
	}, db.JSON(targets))
	with := make(map[string][]string, len(pairs))
	for _, p := range pairs {
		with[p.document] = append(with[p.document], p.target)
	}
	out := make(map[string][]Document, len(targets))
	for _, d := range list {
		for _, target := range with[d.ID] {
			out[target] = append(out[target], d)
		}
	}
	return out, err
}

// Blockers gives, for each child, the names of the documents without which it cannot be booked into an activity, and that its household
// has not given. Most activities ask none: then one query says so.
func Blockers(ctx context.Context, tx *db.Tx, householdID, activityID string, children []household.Child, today civil.Date) (map[string][]string, error) {
	asked, err := db.Exists(ctx, tx, `SELECT 1 FROM document_types t JOIN document_type_activities a ON a.type_id = t.id
		WHERE a.activity_id = $1 AND t.blocking AND t.archived_at IS NULL AND t.asked = 'enrolled'`, activityID)
	if err != nil || !asked {
		return nil, err
	}
	types, err := Types(ctx, tx)
	if err != nil {
		return nil, err
	}
	given, err := Given(ctx, tx, householdID)
	if err != nil {
		return nil, err
	}
	var blocking []Type
	for _, t := range types {
		if t.Blocking {
			blocking = append(blocking, t)
		}
	}
	out := map[string][]string{}
	for _, c := range children {
		person := Person{ChildID: c.ID, FirstName: c.FirstName, BornOn: c.BornOn, Activities: []string{activityID}}
		for _, n := range Needs(blocking, []Person{person}, given, today) {
			out[c.ID] = append(out[c.ID], n.Type.Name)
		}
	}
	return out, nil
}

// MoveHousehold gives the documents of one household to another, when an agent merges the two.
func MoveHousehold(ctx context.Context, tx *db.Tx, from, to string) error {
	_, err := tx.Exec(ctx, "UPDATE documents SET household_id = $2 WHERE household_id = $1", from, to)
	return err
}

// when is the instant of the transaction, or nothing.
func when(is bool, tx *db.Tx) civil.Instant {
	if is {
		return tx.Now
	}
	return civil.Instant{}
}
