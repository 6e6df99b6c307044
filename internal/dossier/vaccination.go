package dossier

import (
	"context"
	"slices"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/staff"
)

// Shot is one dose against one disease, as a family entered it.
type Shot struct {
	ID      string
	Vaccine string // code
	GivenOn civil.Date
	MadeAt  civil.Instant
	By      string // name
}

// Shots lists the doses entered for a child, the latest first.
func Shots(ctx context.Context, tx *db.Tx, childID string) ([]Shot, error) {
	return db.All(ctx, tx, `SELECT id, vaccine, given_on, made_at, made_by_name FROM vaccinations WHERE child_id = $1 AND ended_at IS NULL
		ORDER BY given_on DESC, vaccine`, func(s db.Scanner) (v Shot, err error) {
		return v, s.Scan(&v.ID, &v.Vaccine, &v.GivenOn, &v.MadeAt, &v.By)
	}, childID)
}

// GivenBy sorts doses by vaccine, as ReportVaccines reads them.
func GivenBy(shots []Shot) map[string][]civil.Date {
	out := map[string][]civil.Date{}
	for _, s := range shots {
		out[s.Vaccine] = append(out[s.Vaccine], s.GivenOn)
	}
	return out
}

// AddInjection enters what was injected on a day; what was entered already for that day stays once. Errors: fault.Invalid beside
// "vaccin", "vaccin_date"; fault.NotFound for the child; fault.Forbidden when families may not.
func AddInjection(ctx context.Context, tx *db.Tx, who household.Guardian, childID, code string, day civil.Date, today civil.Date) error {
	if err := mayChange(ctx, tx, Vaccination); err != nil {
		return err
	}
	child, err := household.ChildOf(ctx, tx, who, childID)
	if err != nil {
		return err
	}
	wrong := map[string]string{}
	i := slices.IndexFunc(Injections, func(n Injection) bool { return n.Code == code })
	if i < 0 {
		wrong["vaccin"] = "Choisissez le vaccin dans la liste."
	}
	switch {
	case day.IsZero():
		wrong["vaccin_date"] = "Indiquez la date écrite dans le carnet de santé."
	case day.Before(child.BornOn):
		wrong["vaccin_date"] = "Cette date vient avant la naissance."
	case day.After(today):
		wrong["vaccin_date"] = "Cette date est dans l’avenir."
	}
	if err := fault.InvalidFields(wrong); err != nil {
		return err
	}
	for _, v := range Injections[i].Vaccines {
		if _, err := tx.Exec(ctx, `INSERT INTO vaccinations (id, child_id, vaccine, given_on, made_at, made_by, made_by_name)
			VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`, db.NewID(), childID, v, day, tx.Now, who.Actor(), who.Name()); err != nil {
			return err
		}
	}
	return changedChild(ctx, tx, household.ByGuardian(who), Vaccination, childID, who.HouseholdID)
}

// EndInjection takes back what was entered for a day.
func EndInjection(ctx context.Context, tx *db.Tx, who household.Guardian, childID string, day civil.Date) error {
	if err := mayChange(ctx, tx, Vaccination); err != nil {
		return err
	}
	if _, err := household.ChildOf(ctx, tx, who, childID); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `UPDATE vaccinations SET ended_at = $3, ended_by = $4 WHERE child_id = $1 AND given_on = $2 AND ended_at IS NULL`,
		childID, day, tx.Now, who.Actor())
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.NotFoundf("Aucun vaccin n’est noté à cette date.")
	}
	return changedChild(ctx, tx, household.ByGuardian(who), Vaccination, childID, who.HouseholdID)
}

// changedChild writes a change of what is the child's in the journals, and has the other household told.
func changedChild(ctx context.Context, tx *db.Tx, by household.By, f Field, childID, own string) error {
	d, _ := Define(f)
	if err := noteChild(ctx, tx, by, "dossier.change", childID, own, map[string]string{"field": d.Label}); err != nil {
		return err
	}
	return tellOther(ctx, tx, childID, own)
}

// CheckVaccination writes that an agent saw the vaccination record, and until when it counts as in order, whatever was entered.
func CheckVaccination(ctx context.Context, tx *db.Tx, who staff.Agent, childID string, until civil.Date) error {
	if until.IsZero() || until.Before(civil.DateOf(tx.Now, tx.Now.Time().Location()).AddDays(-1)) {
		return fault.Invalidf("carnet_jusqu_au", "Indiquez jusqu’à quel jour les vaccinations sont en ordre.")
	}
	if _, err := household.FindChild(ctx, tx, childID); err != nil {
		return err
	}
	if err := setFact(ctx, tx, household.ByAgent(who), nil, vaccinationCheck, Fact{ChildID: childID, Content: Content{"jusqu_au": until.String()}}); err != nil {
		return err
	}
	return noteChild(ctx, tx, household.ByAgent(who), "dossier.vaccination_check", childID, "", nil)
}
