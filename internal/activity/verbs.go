package activity

import (
	"context"
	"slices"
	"strings"
	"time"

	"preau/internal/calendar"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
)

// SaveSite creates a site (empty ID) or changes it, and returns its id. Errors: fault.Invalid beside the field, fault.Conflict
// for a code already taken, fault.NotFound.
func SaveSite(ctx context.Context, tx *db.Tx, s Site) (string, error) {
	s.Code, s.Name = strings.TrimSpace(s.Code), strings.TrimSpace(s.Name)
	problems := map[string]string{}
	if s.Name == "" {
		problems["nom"] = "Indiquez le nom de l’établissement."
	}
	if s.Code == "" {
		problems["code"] = "Indiquez un code court, par exemple JROSTAND."
	}
	if !slices.Contains([]SiteKind{Maternelle, Elementaire, Loisirs, Creche}, s.Kind) {
		problems["type"] = "Choisissez le type d’établissement."
	}
	if len(problems) > 0 {
		return "", fault.InvalidFields(problems)
	}
	if s.ID == "" {
		s.ID = db.NewID()
		_, err := tx.Exec(ctx, `INSERT INTO sites (id, code, name, kind, address, phone, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			s.ID, s.Code, s.Name, s.Kind, s.Address, s.Phone, tx.Now)
		return s.ID, saved(ctx, tx, 1, takenCode(err))
	}
	n, err := tx.Exec(ctx, `UPDATE sites SET code = $2, name = $3, kind = $4, address = $5, phone = $6,
		archived_at = CASE WHEN $7 = 0 THEN NULL ELSE coalesce(archived_at, $8) END WHERE id = $1`,
		s.ID, s.Code, s.Name, s.Kind, s.Address, s.Phone, bit(s.Archived), tx.Now)
	return s.ID, saved(ctx, tx, n, takenCode(err))
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// takenCode turns the refusal of the unique index into words.
func takenCode(err error) error {
	if _, ok := db.IsUnique(err); ok {
		return fault.Invalidf("code", "Ce code est déjà utilisé.")
	}
	return err
}

// saved finishes a change of settings: nothing touched is not found, else the version changes.
func saved(ctx context.Context, tx *db.Tx, touched int64, err error) error {
	if err != nil {
		return err
	}
	if touched == 0 {
		return fault.NotFoundf("Ce réglage n’existe pas.")
	}
	return touch(ctx, tx)
}

// SaveActivity creates an activity (empty ID) or changes it with its options and sites, and returns its id. Options are matched
// by code; one that is no longer listed is archived, never deleted, since bookings refer to it. The deadlines and openings are
// tried on the town's calendar from the day given, and refused if they never give an instant.
func SaveActivity(ctx context.Context, tx *db.Tx, a Activity, today civil.Date, loc *time.Location) (string, error) {
	c, err := Load(ctx, tx)
	if err != nil {
		return "", err
	}
	if problems := a.problems(c, today, loc); len(problems) > 0 {
		return "", fault.InvalidFields(problems)
	}
	if a.ID == "" {
		a.ID = db.NewID()
		err = insertActivity(ctx, tx, &a)
	} else {
		err = updateActivity(ctx, tx, &a)
	}
	if err != nil {
		return "", err
	}
	if err := saveOptions(ctx, tx, c, &a); err != nil {
		return "", err
	}
	if err := saveActivitySites(ctx, tx, &a); err != nil {
		return "", err
	}
	return a.ID, touch(ctx, tx)
}

func (a *Activity) problems(c *Catalogue, today civil.Date, loc *time.Location) map[string]string {
	p := map[string]string{}
	require := func(field, value, message string) {
		if strings.TrimSpace(value) == "" {
			p[field] = message
		}
	}
	require("nom", a.Name, "Indiquez le nom de l’activité.")
	require("code", a.Code, "Indiquez un code court, par exemple REPAS.")
	require("unite", a.Noun, "Indiquez ce que l’on réserve, au singulier : « repas », « matin »…")
	require("unites", a.NounPlural, "Indiquez ce que l’on réserve, au pluriel.")
	require("jours", a.Weekdays, "Choisissez au moins un jour de la semaine.")
	if !slices.Contains(Kinds, a.Kind) {
		p["genre"] = "Choisissez le genre de l’activité."
	}
	if a.RunsOn != "school" && a.RunsOn != "holiday" {
		p["periode"] = "Choisissez quand l’activité a lieu : jours de classe ou vacances."
	}
	if a.MinAge != nil && a.MaxAge != nil && *a.MaxAge < *a.MinAge {
		p["age_max"] = "L’âge maximum est inférieur à l’âge minimum."
	}
	if len(a.SiteIDs) == 0 {
		p["sites"] = "Choisissez au moins un établissement."
	}
	a.optionProblems(p)
	a.ruleProblems(c, today, loc, p)
	return p
}

func (a *Activity) optionProblems(p map[string]string) {
	if len(a.Options) == 0 {
		p["options"] = "Indiquez au moins une formule."
	}
	seen := map[string]bool{}
	for _, o := range a.Options {
		switch {
		case o.Code == "" || o.Name == "":
			p["options"] = "Chaque formule a un code et un nom."
		case strings.ContainsAny(o.Code, ": /"):
			p["options"] = "Un code de formule ne contient ni espace, ni « : », ni « / »."
		case seen[o.Code]:
			p["options"] = "Le code « " + o.Code + " » est donné deux fois."
		case o.Ends <= o.Starts:
			p["options"] = "La formule « " + o.Name + " » finit avant de commencer."
		}
		seen[o.Code] = true
	}
}

// ruleProblems refuses a deadline that never comes. The rule is asked of the calendar the town knows; with no calendar yet
// there is nothing to ask, and the rule is taken as written.
func (a *Activity) ruleProblems(c *Catalogue, today civil.Date, loc *time.Location, p map[string]string) {
	if c.Calendar == nil || len(c.Calendar.Years) == 0 {
		return
	}
	ctx := c.Context(loc)
	plan := calendar.Plan{From: today, Serves: func(d civil.Date) bool { return len(a.SiteIDs) > 0 && c.Service(a, a.SiteIDs[0], d).Why == Open }}
	if len(a.Options) > 0 {
		plan.Start = a.Options[0].Starts
	}
	if err := a.Cancel.CheckPlan(ctx, plan); err != nil {
		p["delai_annulation"] = err.Error()
	}
	if err := a.Add.CheckPlan(ctx, plan); err != nil {
		p["delai_reservation"] = err.Error()
	}
}

const activityColumns = `code = $2, name = $3, kind = $4, noun = $5, noun_plural = $6, runs_on = $7, weekdays = $8, cancel_rule = $9, add_rule = $10,
	opening_rule = $11, priority_opening_rule = $12, grace_minutes = $13, instruction = $14, is_right = $15, waiting = $16, waiting_order = $17,
	offer_hours = $18, promotion_margin_hours = $19, min_age_months = $20, max_age_months = $21, levels = $22, residents_only = $23,
	needs_paid_up = $24, position = $25, updated_at = $26`

func (a *Activity) values(tx *db.Tx) []any {
	order := "date"
	if a.WaitingByPoints {
		order = "points"
	}
	return []any{a.ID, a.Code, a.Name, a.Kind, a.Noun, a.NounPlural, a.RunsOn, a.Weekdays, a.Cancel.String(), a.Add.String(),
		a.Opening.String(), a.PriorityOpening.String(), a.GraceMinutes, a.Instruction, a.IsRight, a.Waiting, order,
		a.OfferHours, a.MarginHours, a.MinAge, a.MaxAge, strings.Join(a.Levels, " "), a.ResidentsOnly, a.NeedsPaidUp, a.Position, tx.Now}
}

func insertActivity(ctx context.Context, tx *db.Tx, a *Activity) error {
	_, err := tx.Exec(ctx, `INSERT INTO activities (id, code, name, kind, noun, noun_plural, runs_on, weekdays, cancel_rule, add_rule, opening_rule,
		priority_opening_rule, grace_minutes, instruction, is_right, waiting, waiting_order, offer_hours, promotion_margin_hours, min_age_months,
		max_age_months, levels, residents_only, needs_paid_up, position, updated_at, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $26)`, a.values(tx)...)
	if err != nil {
		return takenCode(err)
	}
	_, err = tx.Exec(ctx, `UPDATE activities SET cesu = $2 WHERE id = $1`, a.ID, a.Kind.cesu())
	return err
}

// cesu is what the law says of a kind of activity, until the town says otherwise: care around school, leisure centres before six, never meals.
func (k Kind) cesu() CESU {
	switch k {
	case Morning, Evening, Study:
		return AlwaysCESU
	case Wednesday, Holiday:
		return Under6CESU
	}
	return NeverCESU
}

func updateActivity(ctx context.Context, tx *db.Tx, a *Activity) error {
	archived := `, archived_at = NULL`
	if a.Archived {
		archived = `, archived_at = coalesce(archived_at, $26)`
	}
	n, err := tx.Exec(ctx, `UPDATE activities SET `+activityColumns+archived+` WHERE id = $1`, a.values(tx)...)
	if err == nil && n == 0 {
		return fault.NotFoundf("Cette activité n’existe pas.")
	}
	return takenCode(err)
}

func saveOptions(ctx context.Context, tx *db.Tx, c *Catalogue, a *Activity) error {
	kept := map[string]bool{}
	for i := range a.Options {
		o := &a.Options[i]
		kept[o.Code] = true
		if _, err := tx.Exec(ctx, `INSERT INTO activity_options (id, activity_id, code, name, starts, ends, position) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (activity_id, code) DO UPDATE SET name = excluded.name, starts = excluded.starts, ends = excluded.ends, position = excluded.position, archived_at = NULL`,
			db.NewID(), a.ID, o.Code, o.Name, o.Starts, o.Ends, i); err != nil {
			return err
		}
	}
	before, ok := c.Activity(a.ID)
	if !ok {
		return nil
	}
	for _, o := range before.Options {
		if kept[o.Code] || o.Archived {
			continue
		}
		if _, err := tx.Exec(ctx, `UPDATE activity_options SET archived_at = $2 WHERE id = $1`, o.ID, tx.Now); err != nil {
			return err
		}
	}
	return nil
}

func saveActivitySites(ctx context.Context, tx *db.Tx, a *Activity) error {
	if _, err := tx.Exec(ctx, `DELETE FROM activity_sites WHERE activity_id = $1`, a.ID); err != nil {
		return err
	}
	for _, id := range a.SiteIDs {
		if _, err := tx.Exec(ctx, `INSERT INTO activity_sites (activity_id, site_id) VALUES ($1, $2)`, a.ID, id); err != nil {
			if db.IsForeignKey(err) {
				return fault.Invalidf("sites", "Cet établissement n’existe pas.")
			}
			return err
		}
	}
	return nil
}

// SetCapacity sets the number of places of an option at a site from a day on, or on one day only. It changes the setting; the
// caller has the counters of days already booked follow (booking.ApplyCapacity) in the same transaction.
func SetCapacity(ctx context.Context, tx *db.Tx, k Capacity, by string) error {
	if k.Places != nil && *k.Places < 0 {
		return fault.Invalidf("places", "Le nombre de places ne peut pas être négatif.")
	}
	_, err := tx.Exec(ctx, `INSERT INTO capacities (id, activity_id, site_id, option_id, age_group, from_day, only_day, places, created_at, created_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (activity_id, site_id, option_id, age_group, from_day, only_day) DO UPDATE SET places = excluded.places, created_by = excluded.created_by`,
		db.NewID(), k.ActivityID, k.SiteID, k.OptionID, k.AgeGroup, k.From, k.OnlyDay, k.Places, tx.Now, by)
	if db.IsForeignKey(err) {
		return fault.NotFoundf("Cette activité ou cet établissement n’existe pas.")
	}
	if err != nil {
		return err
	}
	return touch(ctx, tx)
}

// Check says what is wrong with a closure as a form gives it: fault.Invalid beside "motif", "du", "au".
func (c *Closure) Check() error {
	problems := map[string]string{}
	if strings.TrimSpace(c.Reason) == "" {
		problems["motif"] = "Indiquez le motif : il est montré aux familles."
	}
	if c.From.IsZero() {
		problems["du"] = "Indiquez le premier jour fermé."
	}
	if c.To.Before(c.From) {
		problems["au"] = "Le dernier jour est avant le premier."
	} else if c.To.DaysSince(c.From) > 366 {
		problems["au"] = "Une fermeture dure un an au plus."
	}
	return fault.InvalidFields(problems)
}

// AddClosure writes a closure, which holds at once in every rule; freeing the bookings and telling the families is for the
// caller to queue. Errors: fault.Invalid, as Check.
func AddClosure(ctx context.Context, tx *db.Tx, k Closure) (Closure, error) {
	if err := k.Check(); err != nil {
		return k, err
	}
	k.ID, k.CreatedAt = db.NewID(), tx.Now
	_, err := tx.Exec(ctx, `INSERT INTO closures (id, site_id, activity_id, from_day, to_day, reason, created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		k.ID, nullText(k.SiteID), nullText(k.ActivityID), k.From, k.To, k.Reason, k.CreatedAt, k.CreatedBy)
	if db.IsForeignKey(err) {
		return k, fault.NotFoundf("Cette activité ou cet établissement n’existe pas.")
	}
	if err != nil {
		return k, err
	}
	return k, touch(ctx, tx)
}

func nullText(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// UndoClosure opens the days again, at once in every rule. Errors: fault.NotFound, fault.Conflict when it was already undone.
func UndoClosure(ctx context.Context, tx *db.Tx, id, by string) (Closure, error) {
	k, err := ClosureByID(ctx, tx, id)
	if err != nil {
		return k, err
	}
	n, err := tx.Exec(ctx, `UPDATE closures SET undone_at = $2, undone_by = $3 WHERE id = $1 AND undone_at IS NULL`, id, tx.Now, by)
	if err != nil {
		return k, err
	}
	if n == 0 {
		return k, fault.Conflictf("Cette fermeture a déjà été annulée.")
	}
	return k, touch(ctx, tx)
}

// ClosureSettled notes that every booking of a closure was freed (or, undone, restored) and every family told.
func ClosureSettled(ctx context.Context, tx *db.Tx, id string, undone bool) error {
	column := "settled_at"
	if undone {
		column = "undo_settled_at"
	}
	_, err := tx.Exec(ctx, `UPDATE closures SET `+column+` = $2 WHERE id = $1 AND `+column+` IS NULL`, id, tx.Now)
	if err != nil {
		return err
	}
	return touch(ctx, tx)
}

// SaveSchoolYears writes school years with their holidays, replacing those of the same label and no other.
// Errors: fault.Invalid when two years overlap or a holiday lies outside its year.
func SaveSchoolYears(ctx context.Context, tx *db.Tx, years []calendar.SchoolYear) error {
	known, err := SchoolYears(ctx, tx)
	if err != nil {
		return err
	}
	if err := checkYears(known, years); err != nil {
		return err
	}
	for _, y := range years {
		if _, err := tx.Exec(ctx, `DELETE FROM school_holidays WHERE school_year = $1`, y.Label); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO school_years (label, first_day, last_day, source, confirmed, updated_at) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (label) DO UPDATE SET first_day = excluded.first_day, last_day = excluded.last_day, source = excluded.source,
			confirmed = excluded.confirmed, updated_at = excluded.updated_at`, y.Label, y.FirstDay, y.LastDay, y.Source, y.Confirmed, tx.Now); err != nil {
			return err
		}
		for _, h := range y.Holidays {
			if _, err := tx.Exec(ctx, `INSERT INTO school_holidays (id, school_year, name, from_day, to_day) VALUES ($1, $2, $3, $4, $5)`,
				db.NewID(), y.Label, h.Name, h.From, h.To); err != nil {
				return err
			}
		}
	}
	return touch(ctx, tx)
}

func checkYears(known, years []calendar.SchoolYear) error {
	all := slices.DeleteFunc(slices.Clone(known), func(k calendar.SchoolYear) bool {
		return slices.ContainsFunc(years, func(y calendar.SchoolYear) bool { return y.Label == k.Label })
	})
	all = append(all, years...)
	slices.SortFunc(all, func(a, b calendar.SchoolYear) int { return a.FirstDay.Compare(b.FirstDay) })
	for i, y := range all {
		if i > 0 && !all[i-1].LastDay.Before(y.FirstDay) {
			return fault.Invalidf("calendrier", "Les années scolaires %s et %s se chevauchent.", all[i-1].Label, y.Label)
		}
		for j, h := range y.Holidays {
			if h.From.Before(y.FirstDay) || h.To.After(y.LastDay) || h.To.Before(h.From) {
				return fault.Invalidf("calendrier", "« %s » (%s – %s) sort de l’année scolaire %s.", h.Name, h.From.Short(), h.To.Short(), y.Label)
			}
			if j > 0 && !y.Holidays[j-1].To.Before(h.From) {
				return fault.Invalidf("calendrier", "« %s » et « %s » se chevauchent.", y.Holidays[j-1].Name, h.Name)
			}
		}
	}
	return nil
}
