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
	rules, err := db.All(ctx, tx, selectCustodyRule+among("child_id")+` AND ended_at IS NULL ORDER BY child_id, from_day, id`, scanCustodyRule, db.JSON(shared))
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
// before; one that was to begin on that day or later no longer counts. r.ID is set here. A rule that is there already is found
// again and changes nothing.
func SetCustodyRule(ctx context.Context, tx *db.Tx, by By, r CustodyRule) (CustodyRule, error) {
	if err := r.Check(); err != nil {
		return CustodyRule{}, err
	}
	if err := inHousehold(ctx, tx, r.ChildID, r.HouseholdID); err != nil {
		return CustodyRule{}, err
	}
	there, err := db.All(ctx, tx, selectCustodyRule+` WHERE child_id = $1 AND household_id = $2 AND from_day >= $3 AND ended_at IS NULL`,
		scanCustodyRule, r.ChildID, r.HouseholdID, r.From)
	if err != nil {
		return CustodyRule{}, err
	}
	if len(there) == 1 && there[0].same(r) {
		return there[0], nil
	}
	if err := endRules(ctx, tx, by, r); err != nil {
		return CustodyRule{}, err
	}
	r.ID = db.NewID()
	if err := insertRule(ctx, tx, by, r); err != nil {
		return CustodyRule{}, err
	}
	return r, note(ctx, tx, by, "custody.rule", "child:"+r.ChildID, r.HouseholdID, r)
}

// same tells whether two rules say the same, whatever their ids.
func (r CustodyRule) same(o CustodyRule) bool {
	o.ID = r.ID
	return r == o
}

// Check says what is wrong with a rule as a form gives it: fault.Invalid beside "foyer", "semaines", "premier_jour", "vacances",
// "depuis", "jusqu_au".
func (r CustodyRule) Check() error {
	wrong := map[string]string{}
	if !slices.Contains([]string{EvenWeeks, OddWeeks, Alternate}, r.Weeks) {
		wrong["semaines"] = "Choisissez les semaines : paires, impaires ou une sur deux."
	}
	if r.HouseholdID == "" {
		wrong["foyer"] = "Choisissez le foyer."
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

// endRules makes room for a rule: those its household has for the child end the day before, and those that would begin on that
// day or later are ended as if they had not been said.
func endRules(ctx context.Context, tx *db.Tx, by By, r CustodyRule) error {
	if _, err := tx.Exec(ctx, `UPDATE custody_rules SET ended_at = $4, ended_by = $5 WHERE child_id = $1 AND household_id = $2 AND from_day >= $3 AND ended_at IS NULL`,
		r.ChildID, r.HouseholdID, r.From, tx.Now, by.Actor); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE custody_rules SET to_day = $4 WHERE child_id = $1 AND household_id = $2 AND from_day < $3 AND ended_at IS NULL
		AND (to_day IS NULL OR to_day >= $3)`, r.ChildID, r.HouseholdID, r.From, r.From.AddDays(-1))
	return err
}

func insertRule(ctx context.Context, tx *db.Tx, by By, r CustodyRule) error {
	_, err := tx.Exec(ctx, `INSERT INTO custody_rules (id, child_id, household_id, weeks, changeover_weekday, changeover_time, first_day,
		holidays, from_day, to_day, created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		r.ID, r.ChildID, r.HouseholdID, r.Weeks, isoWeekday(r.Weekday), r.Time, r.FirstDay, r.Holidays, r.From, r.To, tx.Now, by.Actor)
	return err
}

// EndCustodyRule ends a rule: last is its last day. A rule that would end before it begins no longer counts.
// Errors: fault.NotFound, fault.Invalid beside "dernier" for a rule that ends before already.
func EndCustodyRule(ctx context.Context, tx *db.Tx, by By, ruleID string, last civil.Date) error {
	r, err := db.One(ctx, tx, selectCustodyRule+` WHERE id = $1 AND ended_at IS NULL`, scanCustodyRule, ruleID)
	if err != nil {
		return absent(err, NoSuchRule)
	}
	if err := r.CheckEnd(last); err != nil {
		return err
	}
	if last.Before(r.From) {
		_, err = tx.Exec(ctx, `UPDATE custody_rules SET ended_at = $2, ended_by = $3 WHERE id = $1`, ruleID, tx.Now, by.Actor)
	} else {
		_, err = tx.Exec(ctx, `UPDATE custody_rules SET to_day = $2 WHERE id = $1`, ruleID, last)
	}
	if err != nil {
		return err
	}
	r.To = last
	return note(ctx, tx, by, "custody.rule.end", "child:"+r.ChildID, r.HouseholdID, r)
}

// What is said of a rule, or of dates, that do not stand.
const (
	NoSuchRule  = "Cette règle de garde n’existe pas, ou n’existe plus."
	NoSuchDates = "Ces dates de garde n’existent pas, ou n’existent plus."
)

// CheckEnd says what is wrong with the last day given to a rule: fault.Invalid beside "dernier".
func (r CustodyRule) CheckEnd(last civil.Date) error {
	switch {
	case last.IsZero():
		return fault.Invalidf("dernier", "Indiquez le dernier jour de la règle.")
	case !r.To.IsZero() && !last.Before(r.To):
		return fault.Invalidf("dernier", "Cette règle se termine déjà le %s.", r.To.DayMonthYear())
	}
	return nil
}

// AddCustodyDates gives a child to a household between two instants, over any rule. Dates of the other household at the same time
// make them contested.
func AddCustodyDates(ctx context.Context, tx *db.Tx, by By, d CustodyDates) (CustodyDates, error) {
	d.Decided = false
	return addDates(ctx, tx, by, "custody.dates", d)
}

// DecideCustody settles who holds a child between two instants, with the reason; it wins over everything said before.
func DecideCustody(ctx context.Context, tx *db.Tx, by By, d CustodyDates) (CustodyDates, error) {
	d.Decided = true
	return addDates(ctx, tx, by, "custody.decide", d)
}

// Check says what is wrong with dates as a form gives them: fault.Invalid beside "foyer", "debut", "fin", "motif".
func (d CustodyDates) Check() error {
	wrong := map[string]string{}
	if d.HouseholdID == "" {
		wrong["foyer"] = "Choisissez le foyer."
	}
	if d.Starts.IsZero() {
		wrong["debut"] = "Indiquez le jour et l’heure du début."
	}
	switch {
	case d.Ends.IsZero():
		wrong["fin"] = "Indiquez le jour et l’heure de la fin."
	case !d.Ends.After(d.Starts):
		wrong["fin"] = "La fin vient avant le début."
	}
	if d.Decided && strings.TrimSpace(d.Reason) == "" {
		wrong["motif"] = "Indiquez le motif de la décision."
	}
	return fault.InvalidFields(wrong)
}

func addDates(ctx context.Context, tx *db.Tx, by By, act string, d CustodyDates) (CustodyDates, error) {
	d.Reason = strings.TrimSpace(d.Reason)
	if err := d.Check(); err != nil {
		return CustodyDates{}, err
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
		return absent(err, NoSuchDates)
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
