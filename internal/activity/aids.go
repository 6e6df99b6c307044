package activity

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/money"
	"preau/internal/tariff"
)

// Payer is who pays an aid.
type Payer string

const (
	Employer   Payer = "employer"
	CCAS       Payer = "ccas"
	CAF        Payer = "caf"
	OtherPayer Payer = "other"
)

// Payers are all of them, in the order of a form.
var Payers = []Payer{CCAS, CAF, Employer, OtherPayer}

// Aid is what somebody else pays of the price of a household's days, between two days: an amount a day, or a share of the price.
type Aid struct {
	ID, HouseholdID string
	ChildID         string // empty: every child of the household
	ActivityID      string // empty: every activity
	Payer           Payer
	Name            string // shown on the invoice: "CCAS de Chatou"
	DayCents        money.Cents
	Percent         int64 // hundredths of a percent, when DayCents is 0
	From, To        civil.Date
	MadeAt          civil.Instant
	MadeByName      string
}

// Amount says what it pays: "2,00 € par jour", "50 % du prix".
func (a Aid) Amount() string {
	if a.DayCents != 0 {
		return a.DayCents.String() + " par jour"
	}
	return tariff.Percent(a.Percent) + "\u00a0% du prix"
}

// Aids are those of several households, by household, in the order in which they were granted.
type Aids map[string][]Aid

// For are the aids of a child in an activity on a day.
func (a Aids) For(householdID, childID, activityID string, day civil.Date) []tariff.Aid {
	var out []tariff.Aid
	for _, k := range a[householdID] {
		if day.Before(k.From) || !k.To.IsZero() && day.After(k.To) || k.ChildID != "" && k.ChildID != childID || k.ActivityID != "" && k.ActivityID != activityID {
			continue
		}
		out = append(out, tariff.Aid{ID: k.ID, Name: k.Name, Cents: k.DayCents, Percent: k.Percent})
	}
	return out
}

// AidsOf reads the aids of several households that hold on some day of a range; those ended by an agent are not among them.
func AidsOf(ctx context.Context, tx *db.Tx, householdIDs []string, r civil.Range) (Aids, error) {
	list, err := db.All(ctx, tx, `SELECT id, household_id, coalesce(child_id, ''), coalesce(activity_id, ''), payer, name, day_cents, percent, from_day, to_day, made_at, made_by_name
		FROM aids WHERE household_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text))) AND ended_at IS NULL
		AND from_day <= $3 AND (to_day IS NULL OR to_day >= $2) ORDER BY made_at, id`, scanAid, db.JSON(householdIDs), r.From, r.To)
	out := make(Aids)
	for _, a := range list {
		out[a.HouseholdID] = append(out[a.HouseholdID], a)
	}
	return out, err
}

func scanAid(s db.Scanner) (a Aid, err error) {
	var cents, percent sql.NullInt64
	err = s.Scan(&a.ID, &a.HouseholdID, &a.ChildID, &a.ActivityID, &a.Payer, &a.Name, &cents, &percent, &a.From, &a.To, &a.MadeAt, &a.MadeByName)
	a.DayCents, a.Percent = money.Cents(cents.Int64), percent.Int64
	return a, err
}

// GrantAid writes an aid. The same aid granted twice is one: a button pressed twice pays a family once. Errors: fault.Invalid beside the field, fault.NotFound.
func GrantAid(ctx context.Context, tx *db.Tx, by household.By, a Aid) (Aid, error) {
	a.Name = strings.TrimSpace(a.Name)
	wrong := map[string]string{}
	if !slices.Contains(Payers, a.Payer) {
		wrong["payeur"] = "Choisissez qui verse l’aide."
	}
	if a.Name == "" {
		wrong["nom"] = "Indiquez le nom de l’aide, tel que la famille le lira."
	}
	switch {
	case (a.DayCents != 0) == (a.Percent != 0):
		wrong["montant"] = "Indiquez un montant par jour, ou un pourcentage."
	case a.DayCents < 0:
		wrong["montant"] = "Le montant est supérieur à 0."
	case a.Percent < 0 || a.Percent > 100_00:
		wrong["montant"] = "Le pourcentage va de 0 à 100."
	}
	if a.From.IsZero() {
		wrong["du"] = "Indiquez le premier jour de l’aide."
	} else if !a.To.IsZero() && a.To.Before(a.From) {
		wrong["au"] = "Le dernier jour vient après le premier."
	}
	if a.ChildID != "" {
		if member, err := db.Exists(ctx, tx, `SELECT 1 FROM household_children WHERE household_id = $1 AND child_id = $2`, a.HouseholdID, a.ChildID); err != nil {
			return Aid{}, err
		} else if !member {
			wrong["enfant"] = "Cet enfant n’est pas de ce foyer."
		}
	}
	if err := fault.InvalidFields(wrong); err != nil {
		return Aid{}, err
	}
	granted, err := AidsOf(ctx, tx, []string{a.HouseholdID}, civil.Range{From: a.From, To: a.From})
	if err != nil {
		return Aid{}, err
	}
	for _, old := range granted[a.HouseholdID] {
		same := old
		same.ID, same.MadeAt, same.MadeByName = a.ID, a.MadeAt, a.MadeByName
		if same == a {
			return old, nil
		}
	}
	a.ID, a.MadeAt, a.MadeByName = db.NewID(), tx.Now, by.Name
	var cents, percent any
	if a.DayCents != 0 {
		cents = a.DayCents
	} else {
		percent = a.Percent
	}
	_, err = tx.Exec(ctx, `INSERT INTO aids (id, household_id, child_id, activity_id, payer, name, day_cents, percent, from_day, to_day, made_at, made_by, made_by_name)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		a.ID, a.HouseholdID, nullText(a.ChildID), nullText(a.ActivityID), a.Payer, a.Name, cents, percent, a.From, a.To, a.MadeAt, by.Actor, by.Name)
	if db.IsForeignKey(err) {
		return Aid{}, fault.NotFoundf("Ce foyer, cet enfant ou cette activité n’existe pas.")
	}
	if err != nil {
		return Aid{}, err
	}
	return a, audit.Record(ctx, tx, audit.Entry{Actor: by.Actor, ActorName: by.Name, Act: "aid.grant", Subject: "aid:" + a.ID, Household: a.HouseholdID, Detail: a})
}

// EndAid ends an aid after a last day; without one, as if it had never been granted: saying
// so twice changes nothing. Invoices already issued do not change.
// Errors: fault.NotFound; fault.Invalid beside "dernier" when it ends before already, or would end before it begins.
func EndAid(ctx context.Context, tx *db.Tx, by household.By, householdID, id string, last civil.Date) error {
	a, err := db.One(ctx, tx, `SELECT id, household_id, coalesce(child_id, ''), coalesce(activity_id, ''), payer, name, day_cents, percent, from_day, to_day, made_at, made_by_name
		FROM aids WHERE id = $1 AND household_id = $2 AND ended_at IS NULL`, scanAid, id, householdID)
	if errors.Is(err, db.ErrNoRows) {
		ended, err := db.Exists(ctx, tx, `SELECT 1 FROM aids WHERE id = $1 AND household_id = $2`, id, householdID)
		if err != nil || ended && last.IsZero() {
			return err
		}
		return fault.NotFoundf("Cette aide n’existe pas, ou a déjà été retirée.")
	}
	if err != nil {
		return err
	}
	switch {
	case last.IsZero():
	case !a.To.IsZero() && last.After(a.To):
		return fault.Invalidf("dernier", "Cette aide prend déjà fin le %s.", a.To.DayMonthYear())
	case last.Before(a.From):
		return fault.Invalidf("dernier", "Cette aide commence le %s : laissez le champ vide pour la retirer.", a.From.DayMonthYear())
	}
	if last.IsZero() {
		_, err = tx.Exec(ctx, `UPDATE aids SET ended_at = $2, ended_by = $3 WHERE id = $1`, id, tx.Now, by.Actor)
	} else {
		_, err = tx.Exec(ctx, `UPDATE aids SET to_day = $2 WHERE id = $1`, id, last)
	}
	if err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: by.Actor, ActorName: by.Name, Act: "aid.end", Subject: "aid:" + id, Household: a.HouseholdID, Detail: map[string]string{"last": last.String()}})
}

// ForgetAids deletes the aids of a household that is forgotten.
func ForgetAids(ctx context.Context, tx *db.Tx, householdID string) error {
	_, err := tx.Exec(ctx, `DELETE FROM aids WHERE household_id = $1`, householdID)
	return err
}
