// Package dossier holds what a family tells the town of itself and of its children, and how the town takes it: contacts, doctor,
// health, insurance, vaccinations, photo, consents; declared changes that wait for an agent's check; the yearly confirmation of the file;
// what agents note.
//
// What is the child's (names, photo, menu, doctor, health, vaccinations, consents with the name of who answered) is seen by both households
// of a shared child. What is a household's (address, contacts it named, its insurance) is seen by that household and by agents:
// every read for a family takes the guardian, and gives the other household's nothing.
//
// A field is hidden, shown, edited at once, or edited after an agent's check, as the town sets (Settings). Declare takes a change
// either way: at once, or as a row that keeps the old and the new side by side until Accept, Refuse or Withdraw. Nothing is
// erased: facts, contacts and answers are dated rows, and the latest that has not ended holds; a photo alone goes at once. Health is sealed with a key that is
// not in the database.
package dossier

import (
	"context"
	"errors"

	"preau/internal/audit"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
)

// Content is the value of a field, item by item: "adresse" → "12 rue des Landes". Its keys are the names of form fields.
type Content map[string]string

// same tells whether two contents say the same.
func (c Content) same(o Content) bool {
	for _, keys := range []Content{c, o} {
		for k := range keys {
			if c[k] != o[k] {
				return false
			}
		}
	}
	return true
}

// Empty tells whether nothing is said.
func (c Content) Empty() bool { return c.same(nil) }

// note writes an act in the journal of a household.
func note(ctx context.Context, tx *db.Tx, by household.By, act, subject, householdID string, detail any) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: by.Actor, ActorName: by.Name, Act: act, Subject: subject, Household: householdID, Detail: detail})
}

// noteChild writes an act on a child in the journal of each of its households; the detail only in that of own, the household the
// act comes from: the other one learns that something changed, not what belongs to the first.
func noteChild(ctx context.Context, tx *db.Tx, by household.By, act, childID, own string, detail any) error {
	homes, err := household.HouseholdsOf(ctx, tx, childID)
	if err != nil {
		return err
	}
	for _, home := range homes {
		said := detail
		if home != own {
			said = nil
		}
		if err := note(ctx, tx, by, act, "child:"+childID, home, said); err != nil {
			return err
		}
	}
	return nil
}

// absent turns the absence of a row into a refusal that says what is absent.
func absent(err error, message string) error {
	if errors.Is(err, db.ErrNoRows) {
		return fault.NotFoundf("%s", message)
	}
	return err
}

// among keeps the rows of a column whose value stands in the list $1, made with db.JSON.
func among(column string) string {
	return ` WHERE ` + column + ` IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))`
}
