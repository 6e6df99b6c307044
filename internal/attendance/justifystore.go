package attendance

import (
	"context"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/household"
)

func insertClaim(ctx context.Context, tx *db.Tx, c Claim, uploadID string, by household.By) error {
	_, err := tx.Exec(ctx, `INSERT INTO absence_claims (id, number, upload_id, child_id, household_id, made_at, made_by, made_by_name, arrived_at, paper, words)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		c.ID, c.Number, uploadID, c.ChildID, c.HouseholdID, c.MadeAt, by.Actor, by.Name, c.ArrivedAt, c.Paper, c.Words)
	return err
}

// loadClaims reads claims by a condition on absence_claims, with their days, the longest there first.
func loadClaims(ctx context.Context, tx *db.Tx, where string, args ...any) ([]Claim, error) {
	list, err := db.All(ctx, tx, `SELECT id, number, child_id, household_id, made_at, made_by_name, arrived_at, paper, words, withdrawn_at, decided_at, decided_by_name
		FROM absence_claims WHERE `+where+` ORDER BY made_at, id`, func(s db.Scanner) (c Claim, err error) {
		err = s.Scan(&c.ID, &c.Number, &c.ChildID, &c.HouseholdID, &c.MadeAt, &c.MadeByName, &c.ArrivedAt, &c.Paper, &c.Words, &c.WithdrawnAt, &c.DecidedAt, &c.DecidedByName)
		return c, err
	}, args...)
	if err != nil || len(list) == 0 {
		return list, err
	}
	at, ids := make(map[string]int, len(list)), make([]string, len(list))
	for i := range list {
		at[list[i].ID], ids[i] = i, list[i].ID
	}
	type row struct {
		claim string
		day   ClaimDay
	}
	days, err := db.All(ctx, tx, `SELECT claim_id, day, decision, reason, first_day, until FROM absence_claim_days
		WHERE claim_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text))) ORDER BY claim_id, day`, func(s db.Scanner) (r row, err error) {
		err = s.Scan(&r.claim, &r.day.Day, &r.day.Decision, &r.day.Reason, &r.day.First, &r.day.Until)
		return r, err
	}, db.JSON(ids))
	for _, r := range days {
		c := &list[at[r.claim]]
		c.Days = append(c.Days, r.day)
	}
	return list, err
}

func claimByUpload(ctx context.Context, tx *db.Tx, householdID, uploadID string) (Claim, bool, error) {
	list, err := loadClaims(ctx, tx, `upload_id = $1 AND household_id = $2`, uploadID, householdID)
	if err != nil || len(list) == 0 {
		return Claim{}, false, err
	}
	return list[0], true, nil
}

// ClaimFiled finds the claim of an upload that came before: an answer that was lost, a button pressed twice.
func ClaimFiled(ctx context.Context, tx *db.Tx, who household.Guardian, uploadID string) (Claim, bool, error) {
	return claimByUpload(ctx, tx, who.HouseholdID, uploadID)
}

// childDay is a day of a child.
type childDay struct {
	child string
	day   civil.Date
}

// toldDays are the days of some children whose absence was announced, by any of their households.
func toldDays(ctx context.Context, tx *db.Tx, children []string, span civil.Range) (map[childDay]bool, error) {
	days, err := db.All(ctx, tx, `SELECT child_id, day FROM absence_notices`+amongIDs("child_id")+` AND day >= $2 AND day <= $3`,
		func(s db.Scanner) (d childDay, err error) { return d, s.Scan(&d.child, &d.day) }, db.JSON(children), span.From, span.To)
	out := make(map[childDay]bool, len(days))
	for _, d := range days {
		out[d] = true
	}
	return out, err
}

// NoticesOf lists the absences that a household announced, the latest day first.
func NoticesOf(ctx context.Context, tx *db.Tx, householdID string) ([]Notice, error) {
	return db.All(ctx, tx, selectNotice+` WHERE household_id = $1 ORDER BY day DESC, child_id`, scan, householdID)
}

// ForgetClaims deletes up to limit claims whose days all come before a date, and says how many: for the retention table. Those of a household
// with a dispute stay. A certificate that was sent with nothing else and that nobody answered goes with its claim.
func ForgetClaims(ctx context.Context, tx *db.Tx, day civil.Date, limit int) (int, error) {
	ids, err := db.All(ctx, tx, `SELECT c.id FROM absence_claims c WHERE NOT EXISTS (SELECT 1 FROM absence_claim_days d WHERE d.claim_id = c.id AND d.day >= $1)
		AND NOT EXISTS (SELECT 1 FROM holds o WHERE o.household_id = c.household_id AND o.lifted_at IS NULL) ORDER BY c.made_at, c.id LIMIT $2`,
		db.Value[string], day, int64(limit))
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	for _, id := range ids {
		if err := document.Lapse(ctx, tx, Claim{ID: id}.Target()); err != nil {
			return 0, err
		}
	}
	n, err := tx.Exec(ctx, `DELETE FROM absence_claims WHERE id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))`, db.JSON(ids))
	return int(n), err
}

// EraseNames takes what a household wrote, and the name of who wrote it, out of its claims; by limits it to one adult. The decisions stay:
// they say why days were not billed.
func EraseNames(ctx context.Context, tx *db.Tx, householdID, by string) error {
	_, err := tx.Exec(ctx, `UPDATE absence_claims SET made_by_name = $3, words = '' WHERE household_id = $1 AND ($2 = '' OR made_by = $2)`,
		householdID, by, household.Gone)
	return err
}
