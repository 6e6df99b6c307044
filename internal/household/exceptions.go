package household

import (
	"context"
	"errors"
	"strings"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
)

// GrantException prices a household as resident, or as not, from a day on. The same exception granted twice is one. Errors: fault.Invalid beside the field, fault.NotFound.
func GrantException(ctx context.Context, tx *db.Tx, by By, householdID string, e Exception) (Exception, error) {
	e.Reason = strings.TrimSpace(e.Reason)
	wrong := map[string]string{}
	if e.Reason == "" {
		wrong["motif"] = "Indiquez le motif de la dérogation."
	}
	if e.From.IsZero() {
		wrong["du"] = "Indiquez le premier jour de la dérogation."
	} else if !e.To.IsZero() && e.To.Before(e.From) {
		wrong["au"] = "Le dernier jour vient après le premier."
	}
	if err := fault.InvalidFields(wrong); err != nil {
		return Exception{}, err
	}
	s, err := StandingOf(ctx, tx, householdID)
	if err != nil {
		return Exception{}, err
	}
	for _, old := range s.Exceptions {
		if old.Resident == e.Resident && old.Reason == e.Reason && old.From == e.From && old.To == e.To {
			return old, nil
		}
	}
	if _, err := ByID(ctx, tx, householdID); err != nil {
		return Exception{}, err
	}
	e.ID, e.HouseholdID, e.MadeAt, e.MadeByName = db.NewID(), householdID, tx.Now, by.Name
	if _, err := tx.Exec(ctx, `INSERT INTO residence_exceptions (id, household_id, resident, reason, from_day, to_day, made_at, made_by, made_by_name)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, e.ID, e.HouseholdID, e.Resident, e.Reason, e.From, e.To, e.MadeAt, by.Actor, by.Name); err != nil {
		return Exception{}, err
	}
	return e, note(ctx, tx, by, "household.exception", "household:"+householdID, householdID, e)
}

// EndException ends an exception after a last day; without one, as if it had never been granted: saying
// so twice changes nothing. Invoices already issued do not change.
// Errors: fault.NotFound; fault.Invalid beside "dernier" when it ends before already, or would end before it begins.
func EndException(ctx context.Context, tx *db.Tx, by By, householdID, id string, last civil.Date) error {
	r, err := db.One(ctx, tx, `SELECT from_day, to_day FROM residence_exceptions WHERE id = $1 AND household_id = $2 AND ended_at IS NULL`,
		func(s db.Scanner) (r civil.Range, err error) { return r, s.Scan(&r.From, &r.To) }, id, householdID)
	if errors.Is(err, db.ErrNoRows) {
		ended, err := db.Exists(ctx, tx, `SELECT 1 FROM residence_exceptions WHERE id = $1 AND household_id = $2`, id, householdID)
		if err != nil || ended && last.IsZero() {
			return err
		}
		return fault.NotFoundf("Cette dérogation n’existe pas, ou a déjà été retirée.")
	}
	if err != nil {
		return err
	}
	switch {
	case last.IsZero():
	case !r.To.IsZero() && last.After(r.To):
		return fault.Invalidf("dernier", "Cette dérogation prend déjà fin le %s.", r.To.DayMonthYear())
	case last.Before(r.From):
		return fault.Invalidf("dernier", "Cette dérogation commence le %s : laissez le champ vide pour la retirer.", r.From.DayMonthYear())
	}
	if last.IsZero() {
		_, err = tx.Exec(ctx, `UPDATE residence_exceptions SET ended_at = $2, ended_by = $3 WHERE id = $1`, id, tx.Now, by.Actor)
	} else {
		_, err = tx.Exec(ctx, `UPDATE residence_exceptions SET to_day = $2 WHERE id = $1`, id, last)
	}
	if err != nil {
		return err
	}
	return note(ctx, tx, by, "household.exception.end", "household:"+householdID, householdID, map[string]string{"exception": id, "last": last.String()})
}
