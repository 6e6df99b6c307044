package billing

import (
	"context"
	"errors"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
)

// PaperChoice is whether a household wants its invoices without paper, and who said so.
type PaperChoice struct {
	Electronic bool
	At         civil.Instant // zero: never said, paper
	By         string        // a name
}

// PaperChoiceOf reads what a household chose; paper until it chooses.
func PaperChoiceOf(ctx context.Context, tx *db.Tx, householdID string) (PaperChoice, error) {
	c, err := db.One(ctx, tx, `SELECT electronic, at, made_by_name FROM invoice_choices WHERE household_id = $1 ORDER BY at DESC, seq DESC, id DESC LIMIT 1`,
		func(s db.Scanner) (c PaperChoice, err error) { return c, s.Scan(&c.Electronic, &c.At, &c.By) }, householdID)
	if errors.Is(err, db.ErrNoRows) {
		return PaperChoice{}, nil
	}
	return c, err
}

// ChoosePaper writes whether a household wants its invoices without paper. Saying the same again writes nothing. Errors: fault.Refused to do
// without paper when nobody of the household has a space to read them in.
func ChoosePaper(ctx context.Context, tx *db.Tx, householdID string, electronic bool, by household.By) error {
	now, err := PaperChoiceOf(ctx, tx, householdID)
	if err != nil || now.Electronic == electronic {
		return err
	}
	if electronic {
		guardians, err := household.Guardians(ctx, tx, householdID)
		if err != nil {
			return err
		}
		if !anySpace(guardians) {
			return fault.Refusedf("Personne dans ce dossier n’a d’espace personnel : les factures restent envoyées sur papier.")
		}
	}
	_, err = tx.Exec(ctx, `INSERT INTO invoice_choices (id, household_id, seq, electronic, at, made_by, made_by_name)
		SELECT $1, $2, 1 + coalesce(max(seq), 0), $3, $4, $5, $6 FROM invoice_choices WHERE household_id = $2`,
		db.NewID(), householdID, electronic, tx.Now, by.Actor, by.Name)
	if err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: by.Actor, ActorName: by.Name, Act: "invoice.paperless", Subject: "household:" + householdID,
		Household: householdID, Detail: map[string]any{"electronic": electronic}})
}

func anySpace(guardians []household.Guardian) bool {
	for _, g := range guardians {
		if g.AccountID != "" {
			return true
		}
	}
	return false
}

// withoutPaper reads the households, as c.household_id, that do without paper: they chose so, and somebody there still has a space to read
// invoices in.
const withoutPaper = `SELECT c.household_id FROM invoice_choices c WHERE c.electronic
	AND c.id = (SELECT l.id FROM invoice_choices l WHERE l.household_id = c.household_id ORDER BY l.at DESC, l.seq DESC, l.id DESC LIMIT 1)
	AND EXISTS (SELECT 1 FROM guardians g WHERE g.household_id = c.household_id AND g.account_id IS NOT NULL)`

// Paperless says which of some households do without paper.
func Paperless(ctx context.Context, tx *db.Tx, households []string) (map[string]bool, error) {
	out := map[string]bool{}
	_, err := db.All(ctx, tx, withoutPaper+` AND c.household_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))`,
		func(s db.Scanner) (struct{}, error) {
			var id string
			err := s.Scan(&id)
			out[id] = true
			return struct{}{}, err
		}, db.JSON(households))
	return out, err
}
