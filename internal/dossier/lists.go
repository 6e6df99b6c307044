package dossier

import (
	"context"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/staff"
)

// Care is what those who receive a child on a day must know of it.
type Care struct {
	PAI     bool            // there is one, valid on the day
	Allergy string          // what the child does not stand, in the family's words; empty: nothing told
	Todo    string          // what to do, as the protocol says it
	Alone   bool            // may leave alone
	From    civil.TimeOfDay // not before
	Collect []ChildContact  // who may collect it, named by the household whose day it is
	Photo   string          // file of the photo that may be shown; empty: none, or no consent
}

// CareRequest asks for one child on a day of a household.
type CareRequest struct{ ChildID, HouseholdID string }

// CareOf reads what a day list shows of its children, by child and household. key opens health: whether there is a PAI, what the child does not
// stand and what to do; who is shown which of it is the caller's to decide.
func CareOf(ctx context.Context, tx *db.Tx, key []byte, asked []CareRequest, day civil.Date) (map[CareRequest]Care, error) {
	ids := make([]string, len(asked))
	for i, a := range asked {
		ids[i] = a.ChildID
	}
	list := db.JSON(ids)
	contacts, err := db.All(ctx, tx, selectContact+among("child_id")+` AND ended_at IS NULL AND may_collect ORDER BY made_at, id`, scanContact, list)
	if err != nil {
		return nil, err
	}
	health, err := db.All(ctx, tx, selectFact+among("child_id")+` AND field = 'health' AND ended_at IS NULL`, scanFact(key), list)
	if err != nil {
		return nil, err
	}
	alone, err := standings(ctx, tx, LeaveAlone, list)
	if err != nil {
		return nil, err
	}
	photos, err := shownPhotos(ctx, tx, list)
	if err != nil {
		return nil, err
	}
	told := map[string]Care{}
	for _, f := range health {
		told[f.ChildID] = Care{PAI: f.Content["pai"] != "" && (f.Content["pai_fin"] == "" || f.Content["pai_fin"] >= day.String()),
			Allergy: f.Content["allergies"], Todo: f.Content["protocole"]}
	}
	out := map[CareRequest]Care{}
	for _, a := range asked {
		care := told[a.ChildID]
		care.Photo = photos[a.ChildID]
		if s, ok := alone[a.ChildID]; ok && s.State == Given {
			care.Alone, care.From = true, s.From
		}
		for _, c := range contacts {
			if c.ChildID == a.ChildID && c.HouseholdID == a.HouseholdID {
				care.Collect = append(care.Collect, c)
			}
		}
		out[a] = care
	}
	return out, nil
}

// standings says what holds in one kind of consent for those of the children for whom somebody answered, by child; for none while the town
// does not ask it.
func standings(ctx context.Context, tx *db.Tx, kind ConsentKind, ids string) (map[string]ConsentStanding, error) {
	texts, err := db.All(ctx, tx, selectText+` WHERE t.kind = $1 AND t.withdrawn_at IS NULL`, scanText, string(kind))
	if err != nil || len(texts) == 0 {
		return nil, err
	}
	type row struct {
		child  string
		answer ConsentAnswer
	}
	rows, err := db.All(ctx, tx, `SELECT a.child_id, a.id, t.kind, a.text_id, t.version, a.guardian_id, a.guardian_name, a.household_id, a.given, coalesce(a.from_time, '00:00'),
		a.answered_at, a.recorded_by FROM consent_answers a JOIN consent_texts t ON t.id = a.text_id`+among("a.child_id")+` AND t.kind = $2 ORDER BY a.turn`,
		func(s db.Scanner) (r row, err error) {
			r.answer, err = scanAnswer(scanFirst{s, &r.child})
			return r, err
		}, ids, string(kind))
	if err != nil {
		return nil, err
	}
	answers, homes := map[string][]ConsentAnswer{}, map[string]int{}
	for _, r := range rows {
		answers[r.child] = append(answers[r.child], r.answer)
	}
	pairs, err := db.All(ctx, tx, `SELECT child_id FROM household_children`+among("child_id"), db.Value[string], ids)
	for _, id := range pairs {
		homes[id]++
	}
	out := map[string]ConsentStanding{}
	for id, list := range answers {
		out[id] = Stand(texts[0], list, homes[id])
	}
	return out, err
}

// scanFirst scans one column before those that are asked.
type scanFirst struct {
	row   db.Scanner
	first any
}

func (s scanFirst) Scan(dest ...any) error { return s.row.Scan(append([]any{s.first}, dest...)...) }

// ViewHealth reads what is known of a child's health for an agent, and writes the view in the journal of its households, where the
// family may read who saw it.
func ViewHealth(ctx context.Context, tx *db.Tx, key []byte, who staff.Agent, childID string) (Fact, error) {
	if _, err := household.FindChild(ctx, tx, childID); err != nil {
		return Fact{}, err
	}
	f, err := HealthOf(ctx, tx, key, childID)
	if err != nil {
		return f, err
	}
	return f, noteChild(ctx, tx, household.ByAgent(who), "health.view", childID, "", nil)
}
