package dossier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/seal"
)

// Fact is what is held of a child in one field, and who said it when.
type Fact struct {
	ID          string
	ChildID     string
	HouseholdID string // of an insurance; empty: the child's
	Content     Content
	MadeAt      civil.Instant
	MadeByName  string
}

// kept names the fields that are rows of file_facts.
var kept = map[Field]string{Doctor: "doctor", Health: "health", Insurance: "insurance"}

// vaccinationCheck is the fact that an agent saw the vaccination record.
const vaccinationCheck = "vaccination_check"

const selectFact = `SELECT id, child_id, coalesce(household_id, ''), content, made_at, made_by_name FROM file_facts`

// scanFact reads a row; the content of a sealed one stays closed until key is given.
func scanFact(key []byte) func(db.Scanner) (Fact, error) {
	return func(s db.Scanner) (f Fact, err error) {
		var content string
		if err := s.Scan(&f.ID, &f.ChildID, &f.HouseholdID, &content, &f.MadeAt, &f.MadeByName); err != nil {
			return f, err
		}
		f.Content, err = open(key, f.ID, content)
		return f, err
	}
}

// unreadable stands in place of health that no longer opens, because the town changed its key: the child is taken for one with a PAI
// until the family says again what it is.
var unreadable = Content{"pai": "oui", "allergies": "Illisible depuis que la clé de la ville a changé : à déclarer de nouveau."}

// open reads a content; with a key, one that is sealed under the row's id.
func open(key []byte, id, content string) (c Content, err error) {
	if key != nil {
		plain, err := seal.Open(key, id, content)
		if errors.Is(err, seal.ErrNotOpened) {
			return unreadable, nil
		}
		if err != nil {
			return nil, err
		}
		content = string(plain)
	}
	if err := json.Unmarshal([]byte(content), &c); err != nil {
		return nil, fmt.Errorf("content of %s: %w", id, err)
	}
	return c, nil
}

// closed writes a content; with a key, sealed under the row's id.
func closed(key []byte, id string, c Content) (string, error) {
	if c == nil {
		c = Content{}
	}
	if key == nil {
		return db.JSON(c), nil
	}
	return seal.Seal(key, id, []byte(db.JSON(c)))
}

// sealing is the key when the field is sealed, else nil.
func (d Definition) sealing(key []byte) []byte {
	if d.Sealed {
		return key
	}
	return nil
}

// factOf reads what holds of a child in a field; the zero Fact when nothing was said. householdID is that of an insurance.
func factOf(ctx context.Context, tx *db.Tx, key []byte, field, childID, householdID string) (Fact, error) {
	f, err := db.One(ctx, tx, selectFact+` WHERE child_id = $1 AND field = $2 AND coalesce(household_id, '') = $3 AND ended_at IS NULL`,
		scanFact(key), childID, field, householdID)
	if errors.Is(err, db.ErrNoRows) {
		return Fact{}, nil
	}
	return f, err
}

// setFact ends what held and writes what holds from now on; an empty content only ends.
func setFact(ctx context.Context, tx *db.Tx, by household.By, key []byte, field string, f Fact) error {
	if _, err := tx.Exec(ctx, `UPDATE file_facts SET ended_at = $4 WHERE child_id = $1 AND field = $2 AND coalesce(household_id, '') = $3 AND ended_at IS NULL`,
		f.ChildID, field, f.HouseholdID, tx.Now); err != nil {
		return err
	}
	if f.Content.Empty() {
		return nil
	}
	id := db.NewID()
	content, err := closed(key, id, f.Content)
	if err != nil {
		return err
	}
	var home *string
	if f.HouseholdID != "" {
		home = &f.HouseholdID
	}
	_, err = tx.Exec(ctx, `INSERT INTO file_facts (id, field, child_id, household_id, content, made_at, made_by, made_by_name)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, id, field, f.ChildID, home, content, tx.Now, by.Actor, by.Name)
	return err
}

// DoctorOf is the doctor of a child.
func DoctorOf(ctx context.Context, tx *db.Tx, childID string) (Fact, error) {
	return factOf(ctx, tx, nil, kept[Doctor], childID, "")
}

// HealthOf is what is known of a child's health. Whoever calls it for an agent records the view: see ViewHealth.
func HealthOf(ctx context.Context, tx *db.Tx, key []byte, childID string) (Fact, error) {
	return factOf(ctx, tx, key, kept[Health], childID, "")
}

// Insurances lists what each household of a child has insured it with.
func Insurances(ctx context.Context, tx *db.Tx, childID string) ([]Fact, error) {
	return db.All(ctx, tx, selectFact+` WHERE child_id = $1 AND field = 'insurance' AND ended_at IS NULL ORDER BY made_at, id`, scanFact(nil), childID)
}

// VaccinationChecked is the last time an agent saw the vaccination record of a child: item "jusqu_au" says until when it counts.
func VaccinationChecked(ctx context.Context, tx *db.Tx, childID string) (Fact, error) {
	return factOf(ctx, tx, nil, vaccinationCheck, childID, "")
}
