package dunning

import (
	"context"
	"errors"

	"preau/internal/audit"
	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/mandate"
	"preau/internal/money"
	"preau/internal/staff"
)

// Plan is a payment plan: dated instalments for some invoices.
type Plan struct {
	ID          string
	HouseholdID string
	Total       money.Cents
	MadeAt      civil.Instant
	MadeBy      string // a name
	Note        string
	EndedAt     civil.Instant
	EndedHow    string // "kept", "broken", "cancelled", or empty
	Instalments []Instalment
	Invoices    []string
	Paid        money.Cents // of its invoices since it was made
}

// PlanKind is the kind of the job that tells a family what its plan has become; its payload is a PlanPayload.
const PlanKind = "dunning.plan"

// PlanPayload names a plan, and what happened to it: "made", "kept", "broken", "cancelled".
type PlanPayload struct {
	PlanID string `json:"plan"`
	What   string `json:"what"`
}

// Agree makes a plan for all that a household has not paid in time, in monthly instalments. Reminders and direct debits leave its invoices
// alone. Errors: fault.Forbidden; fault.Invalid beside "nombre" or "premiere"; fault.Refused when there is nothing to spread; fault.Conflict
// when a plan is open.
func Agree(ctx context.Context, tx *db.Tx, who staff.Agent, householdID string, first civil.Date, count int, note string, today civil.Date) (Plan, error) {
	p := Plan{ID: db.NewID(), HouseholdID: householdID, MadeAt: tx.Now, MadeBy: who.Name, Note: note}
	if !who.May(staff.Bill, "") {
		return p, fault.Forbiddenf("Votre rôle ne permet pas d’accorder un échéancier.")
	}
	switch {
	case count < Instalments.Low || count > Instalments.High:
		return p, fault.Invalidf("nombre", "Un échéancier compte de %d à %d mensualités.", Instalments.Low, Instalments.High)
	case first.IsZero() || !first.After(today) || first.After(today.AddDays(62)):
		return p, fault.Invalidf("premiere", "La première mensualité est dans les deux mois qui viennent.")
	}
	list, err := OfHousehold(ctx, tx, householdID, today)
	if err != nil {
		return p, err
	}
	for _, u := range list {
		if u.Stays == "" {
			p.Total, p.Invoices = p.Total+u.Rest, append(p.Invoices, u.ID)
		}
	}
	if p.Total < money.Cents(count) {
		return p, fault.Refusedf("Il n’y a rien à étaler : aucune facture en retard n’est libre.")
	}
	p.Instalments = Spread(p.Total, first, count)
	if err := insertPlan(ctx, tx, p, who); err != nil {
		return p, err
	}
	if err := mandate.Pause(ctx, tx, p.Invoices, "échéancier"); err != nil {
		return p, err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "plan.agree", Subject: "plan:" + p.ID, Household: householdID,
		Detail: map[string]any{"cents": p.Total, "instalments": count}}); err != nil {
		return p, err
	}
	return p, job.Queue(ctx, tx, PlanKind, PlanPayload{p.ID, "made"})
}

func insertPlan(ctx context.Context, tx *db.Tx, p Plan, who staff.Agent) error {
	n, err := tx.Exec(ctx, `INSERT INTO payment_plans (id, household_id, total_cents, made_at, made_by, made_by_name, note, ended_how) VALUES ($1, $2, $3, $4, $5, $6, $7, '')
		ON CONFLICT DO NOTHING`, p.ID, p.HouseholdID, p.Total, p.MadeAt, who.Actor(), who.Name, p.Note)
	if err == nil && n == 0 {
		err = fault.Conflictf("Un échéancier est déjà en cours pour ce foyer.")
	}
	if err != nil {
		return err
	}
	for _, id := range p.Invoices {
		if _, err := tx.Exec(ctx, `INSERT INTO plan_invoices (plan_id, invoice_id) VALUES ($1, $2)`, p.ID, id); err != nil {
			return err
		}
	}
	for i, part := range p.Instalments {
		if _, err := tx.Exec(ctx, `INSERT INTO plan_instalments (plan_id, number, due_on, amount_cents) VALUES ($1, $2, $3, $4)`, p.ID, i+1, part.DueOn, part.Cents); err != nil {
			return err
		}
	}
	return nil
}

// Cancel ends a plan: its invoices are reminded of again. Errors: fault.Forbidden, fault.NotFound, fault.Conflict.
func Cancel(ctx context.Context, tx *db.Tx, who staff.Agent, planID string) (Plan, error) {
	p, err := PlanByID(ctx, tx, planID)
	if err != nil {
		return p, err
	}
	if !who.May(staff.Bill, "") {
		return p, fault.Forbiddenf("Votre rôle ne permet pas d’arrêter un échéancier.")
	}
	if err := p.end(ctx, tx, "cancelled"); err != nil {
		return p, err
	}
	return p, audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "plan.cancel", Subject: "plan:" + p.ID, Household: p.HouseholdID})
}

func (p Plan) end(ctx context.Context, tx *db.Tx, how string) error {
	n, err := tx.Exec(ctx, `UPDATE payment_plans SET ended_at = $2, ended_how = $3 WHERE id = $1 AND ended_at IS NULL`, p.ID, tx.Now, how)
	if err == nil && n == 0 {
		err = fault.Conflictf("Cet échéancier est déjà terminé.")
	}
	if err != nil {
		return err
	}
	if err := mandate.Unpause(ctx, tx, p.Invoices); err != nil {
		return err
	}
	return job.Queue(ctx, tx, PlanKind, PlanPayload{p.ID, how})
}

const selectPlan = `SELECT id, household_id, total_cents, made_at, made_by_name, note, ended_at, ended_how FROM payment_plans`

func scanPlan(s db.Scanner) (p Plan, err error) {
	return p, s.Scan(&p.ID, &p.HouseholdID, &p.Total, &p.MadeAt, &p.MadeBy, &p.Note, &p.EndedAt, &p.EndedHow)
}

// PlanByID finds a plan with what was paid of it; fault.NotFound.
func PlanByID(ctx context.Context, tx *db.Tx, id string) (Plan, error) {
	p, err := db.One(ctx, tx, selectPlan+` WHERE id = $1`, scanPlan, id)
	if errors.Is(err, db.ErrNoRows) {
		return p, fault.NotFoundf("Cet échéancier n’existe pas.")
	}
	if err != nil {
		return p, err
	}
	return p, p.fill(ctx, tx)
}

// PlansOf are all the plans of a household, the latest first, each with what was paid of it.
func PlansOf(ctx context.Context, tx *db.Tx, householdID string) ([]Plan, error) {
	list, err := db.All(ctx, tx, selectPlan+` WHERE household_id = $1 ORDER BY made_at DESC, id DESC`, scanPlan, householdID)
	for i := range list {
		err = errors.Join(err, list[i].fill(ctx, tx))
	}
	return list, err
}

// OpenPlan is the plan of a household that is under way; ok is false when there is none.
func OpenPlan(ctx context.Context, tx *db.Tx, householdID string) (p Plan, ok bool, err error) {
	p, err = db.One(ctx, tx, selectPlan+` WHERE household_id = $1 AND ended_at IS NULL`, scanPlan, householdID)
	if errors.Is(err, db.ErrNoRows) {
		return p, false, nil
	}
	if err != nil {
		return p, false, err
	}
	return p, true, p.fill(ctx, tx)
}

func (p *Plan) fill(ctx context.Context, tx *db.Tx) (err error) {
	if p.Instalments, err = db.All(ctx, tx, `SELECT due_on, amount_cents FROM plan_instalments WHERE plan_id = $1 ORDER BY number`,
		func(s db.Scanner) (i Instalment, err error) { return i, s.Scan(&i.DueOn, &i.Cents) }, p.ID); err != nil {
		return err
	}
	if p.Invoices, err = db.All(ctx, tx, `SELECT invoice_id FROM plan_invoices WHERE plan_id = $1 ORDER BY invoice_id`, db.Value[string], p.ID); err != nil {
		return err
	}
	list, err := billing.InvoicesByIDs(ctx, tx, p.Invoices)
	left := money.Cents(0)
	for i := range list {
		left += list[i].Rest
	}
	p.Paid = p.Total - left
	return err
}

// NightSlice settles the plans that are kept or broken, then the holds of households in debt, in one transaction of a few; more says that there
// may be others after.
func NightSlice(ctx context.Context, tx *db.Tx, today civil.Date, after string) (next string, err error) {
	const size = 50
	plans, err := db.All(ctx, tx, selectPlan+` WHERE ended_at IS NULL AND id > $1 ORDER BY id LIMIT $2`, scanPlan, after, size)
	if err != nil {
		return "", err
	}
	for _, p := range plans {
		if err := p.fill(ctx, tx); err != nil {
			return "", err
		}
		if how := planState(p.Instalments, p.Total, p.Paid, today); how != "" {
			if err := p.end(ctx, tx, how); err != nil {
				return "", err
			}
		}
	}
	if len(plans) == size {
		return plans[size-1].ID, nil
	}
	return "", nil
}

// holdReason is what a family reads of a hold that a debt placed.
const holdReason = "Des factures sont impayées : réglez-les, ou demandez un échéancier à la régie"

// HoldSlice places and lifts the holds of debts: a household whose oldest unpaid invoice passed its due date by the days of the town, without a
// plan or a debit to come, books nothing until it has paid. It goes through households by their id.
func HoldSlice(ctx context.Context, tx *db.Tx, by household.By, today civil.Date, after string, size int) (next string, err error) {
	set, err := SettingsOf(ctx, tx)
	if err != nil {
		return "", err
	}
	ids, err := db.All(ctx, tx, `SELECT id FROM (SELECT DISTINCT household_id AS id FROM invoices WHERE settled_at IS NULL AND number IS NOT NULL AND kind = 'invoice' AND due_on < $1
			UNION SELECT household_id AS id FROM debt_holds WHERE lifted_at IS NULL) x WHERE id > $2 ORDER BY id LIMIT $3`, db.Value[string], today, after, size)
	if err != nil {
		return "", err
	}
	for _, id := range ids {
		if err := holdOf(ctx, tx, by, set, id, today); err != nil {
			return "", err
		}
	}
	if len(ids) == size {
		return ids[size-1], nil
	}
	return "", nil
}

func holdOf(ctx context.Context, tx *db.Tx, by household.By, set Settings, householdID string, today civil.Date) error {
	list, err := ofHousehold(ctx, tx, set, householdID, today)
	if err != nil {
		return err
	}
	owing := false
	for _, u := range list {
		owing = owing || u.Stays != StayPlan && u.Stays != StayDebit && u.DueOn.AddDays(set.HoldDays).Before(today)
	}
	holds, err := db.All(ctx, tx, `SELECT hold_id FROM debt_holds WHERE household_id = $1 AND lifted_at IS NULL`, db.Value[string], householdID)
	if err != nil {
		return err
	}
	switch {
	case set.Hold && owing && len(holds) == 0:
		h, err := household.PlaceHold(ctx, tx, by, householdID, holdReason)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO debt_holds (hold_id, household_id) VALUES ($1, $2)`, h.ID, householdID)
		return err
	case !set.Hold || !owing:
		for _, id := range holds {
			if err := household.LiftHold(ctx, tx, by, id); err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
			if _, err := tx.Exec(ctx, `UPDATE debt_holds SET lifted_at = $2 WHERE hold_id = $1`, id, tx.Now); err != nil {
				return err
			}
		}
	}
	return nil
}
