package household

import (
	"context"
	"slices"
	"strings"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
)

// CustodyOf reads who holds a child when.
func CustodyOf(ctx context.Context, tx *db.Tx, childID string) (Custody, error) {
	plans, err := Custodies(ctx, tx, []string{childID})
	return plans[childID], err
}

// Custodies reads the custody of several children at once; a child that is in no household has an empty one.
func Custodies(ctx context.Context, tx *db.Tx, childIDs []string) (map[string]Custody, error) {
	plans := make(map[string]Custody, len(childIDs))
	for _, id := range childIDs {
		plans[id] = Custody{ChildID: id}
	}
	pairs, err := db.All(ctx, tx, `SELECT child_id, household_id FROM household_children`+among("child_id")+` ORDER BY child_id, since, household_id`,
		func(s db.Scanner) (p [2]string, err error) { return p, s.Scan(&p[0], &p[1]) }, db.JSON(childIDs))
	if err != nil {
		return nil, err
	}
	var shared []string
	for _, p := range pairs {
		plan := plans[p[0]]
		if plan.Households = append(plan.Households, p[1]); len(plan.Households) == 2 {
			shared = append(shared, p[0])
		}
		plans[p[0]] = plan
	}
	if len(shared) == 0 {
		return plans, nil
	}
	return plans, addPlans(ctx, tx, plans, shared)
}

// addPlans reads the rules and dates of the children that two households share.
func addPlans(ctx context.Context, tx *db.Tx, plans map[string]Custody, shared []string) error {
	rules, err := db.All(ctx, tx, selectCustodyRule+among("child_id")+` ORDER BY child_id, from_day, id`, scanCustodyRule, db.JSON(shared))
	if err != nil {
		return err
	}
	dates, err := db.All(ctx, tx, selectCustodyDates+among("child_id")+` AND ended_at IS NULL ORDER BY child_id, starts_at, id`, scanCustodyDates, db.JSON(shared))
	if err != nil {
		return err
	}
	for _, r := range rules {
		plan := plans[r.ChildID]
		plan.Rules = append(plan.Rules, r)
		plans[r.ChildID] = plan
	}
	for _, d := range dates {
		plan := plans[d.ChildID]
		plan.Dates = append(plan.Dates, d)
		plans[d.ChildID] = plan
	}
	return nil
}

// SetCustodyRule writes what a household claims of a child from r.From on. The rule the household had for that child ends the day
// before; one that was to begin on that day or later is replaced. r.ID is set here.
func SetCustodyRule(ctx context.Context, tx *db.Tx, by By, r CustodyRule) (CustodyRule, error) {
	if err := r.check(); err != nil {
		return CustodyRule{}, err
	}
	if err := inHousehold(ctx, tx, r.ChildID, r.HouseholdID); err != nil {
		return CustodyRule{}, err
	}
	if err := endRules(ctx, tx, r.ChildID, r.HouseholdID, r.From); err != nil {
		return CustodyRule{}, err
	}
	r.ID = db.NewID()
	if err := insertRule(ctx, tx, by, r); err != nil {
		return CustodyRule{}, err
	}
	return r, note(ctx, tx, by, "custody.rule", "child:"+r.ChildID, r.HouseholdID, r)
}

func (r CustodyRule) check() error {
	wrong := map[string]string{}
	if !slices.Contains([]string{EvenWeeks, OddWeeks, Alternate}, r.Weeks) {
		wrong["semaines"] = "Choisissez les semaines : paires, impaires ou une sur deux."
	}
	if r.Weeks == Alternate && r.FirstDay.IsZero() {
		wrong["premier_jour"] = "Indiquez le premier jour de la première semaine."
	}
	if !slices.Contains([]string{HolidaysAsWeeks, FirstHalfEvenYears, FirstHalfOddYears}, r.Holidays) {
		wrong["vacances"] = "Choisissez ce qui vaut pendant les vacances."
	}
	if r.From.IsZero() {
		wrong["depuis"] = "Indiquez à partir de quel jour."
	}
	if !r.To.IsZero() && r.To.Before(r.From) {
		wrong["jusqu_au"] = "Le dernier jour vient avant le premier."
	}
	return fault.InvalidFields(wrong)
}

// endRules makes the rules of a household for a child end before a day; those that would begin on it or later are deleted: they
// have never been in force.
func endRules(ctx context.Context, tx *db.Tx, childID, householdID string, day civil.Date) error {
	if _, err := tx.Exec(ctx, `DELETE FROM custody_rules WHERE child_id = $1 AND household_id = $2 AND from_day >= $3`, childID, householdID, day); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE custody_rules SET to_day = $4 WHERE child_id = $1 AND household_id = $2 AND (to_day IS NULL OR to_day >= $3)`,
		childID, householdID, day, day.AddDays(-1))
	return err
}

func insertRule(ctx context.Context, tx *db.Tx, by By, r CustodyRule) error {
	_, err := tx.Exec(ctx, `INSERT INTO custody_rules (id, child_id, household_id, weeks, changeover_weekday, changeover_time, first_day,
		holidays, from_day, to_day, created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		r.ID, r.ChildID, r.HouseholdID, r.Weeks, isoWeekday(r.Weekday), r.Time, r.FirstDay, r.Holidays, r.From, r.To, tx.Now, by.Actor)
	return err
}

// EndCustodyRule ends a rule: last is its last day. A rule that would end before it begins is deleted.
func EndCustodyRule(ctx context.Context, tx *db.Tx, by By, ruleID string, last civil.Date) error {
	r, err := db.One(ctx, tx, selectCustodyRule+` WHERE id = $1`, scanCustodyRule, ruleID)
	if err != nil {
		return absent(err, "Cette règle de garde n’existe pas.")
	}
	if last.Before(r.From) {
		_, err = tx.Exec(ctx, `DELETE FROM custody_rules WHERE id = $1`, ruleID)
	} else {
		_, err = tx.Exec(ctx, `UPDATE custody_rules SET to_day = $2 WHERE id = $1`, ruleID, last)
	}
	if err != nil {
		return err
	}
	r.To = last
	return note(ctx, tx, by, "custody.rule.end", "child:"+r.ChildID, r.HouseholdID, r)
}

// AddCustodyDates gives a child to a household between two instants, over any rule. Dates of the other household at the same time
// make them contested.
func AddCustodyDates(ctx context.Context, tx *db.Tx, by By, d CustodyDates) (CustodyDates, error) {
	d.Decided = false
	return addDates(ctx, tx, by, "custody.dates", d)
}

// DecideCustody settles who holds a child between two instants, with the reason; it wins over everything said before.
func DecideCustody(ctx context.Context, tx *db.Tx, by By, d CustodyDates) (CustodyDates, error) {
	d.Decided, d.Reason = true, strings.TrimSpace(d.Reason)
	if d.Reason == "" {
		return CustodyDates{}, fault.Invalidf("motif", "Indiquez le motif de la décision.")
	}
	return addDates(ctx, tx, by, "custody.decide", d)
}

func addDates(ctx context.Context, tx *db.Tx, by By, act string, d CustodyDates) (CustodyDates, error) {
	if !d.Ends.After(d.Starts) {
		return CustodyDates{}, fault.Invalidf("fin", "La fin vient avant le début.")
	}
	if err := inHousehold(ctx, tx, d.ChildID, d.HouseholdID); err != nil {
		return CustodyDates{}, err
	}
	d.ID, d.MadeAt = db.NewID(), tx.Now
	if _, err := tx.Exec(ctx, `INSERT INTO custody_dates (id, child_id, household_id, starts_at, ends_at, decided, reason, created_at, created_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		d.ID, d.ChildID, d.HouseholdID, d.Starts, d.Ends, d.Decided, d.Reason, d.MadeAt, by.Actor); err != nil {
		return CustodyDates{}, err
	}
	return d, note(ctx, tx, by, act, "child:"+d.ChildID, d.HouseholdID, d)
}

// EndCustodyDates takes back explicit dates or a decision; fault.NotFound when they do not stand.
func EndCustodyDates(ctx context.Context, tx *db.Tx, by By, datesID string) error {
	d, err := db.One(ctx, tx, selectCustodyDates+` WHERE id = $1 AND ended_at IS NULL`, scanCustodyDates, datesID)
	if err != nil {
		return absent(err, "Ces dates de garde n’existent pas.")
	}
	if _, err := tx.Exec(ctx, `UPDATE custody_dates SET ended_at = $2 WHERE id = $1`, datesID, tx.Now); err != nil {
		return err
	}
	return note(ctx, tx, by, "custody.dates.end", "child:"+d.ChildID, d.HouseholdID, d)
}

// inHousehold refuses a child that is not in the household.
func inHousehold(ctx context.Context, tx *db.Tx, childID, householdID string) error {
	ok, err := db.Exists(ctx, tx, `SELECT 1 FROM household_children WHERE child_id = $1 AND household_id = $2`, childID, householdID)
	if err == nil && !ok {
		return fault.NotFoundf("Cet enfant n’est pas dans ce foyer.")
	}
	return err
}
