package dossier

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/staff"
)

// Waits is a change in the agents' queue.
type Waits struct {
	Change
	Household string // name
	Reference string
	Child     string // name, of a field of a child
	Guardian  string // name, of a field of a guardian
	Service   string // that checks it; empty: any
	Now       Content
	Moved     bool // what is known is no longer what it was when the family declared
}

// QueueFilter says which changes Queue gives.
type QueueFilter struct {
	Service string // those of this service, and those of any
	Field   Field
	ID      string // that one
	After   string // id of the last one of the page before
	Limit   int
}

// Queue lists the changes that wait for a check, the oldest first, at the agent's sites: those of households with a child in school
// there this year. What is of health stays closed.
func Queue(ctx context.Context, tx *db.Tx, who staff.Agent, today civil.Date, f QueueFilter) ([]Waits, error) {
	settings, err := ReadSettings(ctx, tx)
	if err != nil {
		return nil, err
	}
	where, args := f.where(settings, who, today)
	if f.Limit <= 0 {
		f.Limit = 30
	}
	args = append(args, int64(f.Limit))
	list, err := db.All(ctx, tx, selectWaits+` WHERE `+where+fmt.Sprintf(` ORDER BY d.declared_at, d.id LIMIT $%d`, len(args)), scanWaits, args...)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if err := list[i].compare(ctx, tx); err != nil {
			return nil, err
		}
		list[i].Service = settings.Fields[list[i].Field].Service
	}
	return list, nil
}

// where narrows to the changes an agent checks.
func (f QueueFilter) where(settings Settings, who staff.Agent, today civil.Date) (string, []any) {
	args := []any{}
	conditions := []string{"d.decided_at IS NULL"}
	also := func(condition string, value any) {
		args = append(args, value)
		conditions = append(conditions, fmt.Sprintf(condition, len(args)))
	}
	if f.ID != "" {
		also("d.id = $%d", f.ID)
	}
	if f.Field != "" {
		also("d.field = $%d", string(f.Field))
	}
	if f.Service != "" {
		also("d.field IN (SELECT CAST(value AS text) FROM json_each(CAST($%d AS text)))", db.JSON(settings.checkedBy(f.Service)))
	}
	if f.After != "" {
		also("(d.declared_at, d.id) > (SELECT declared_at, id FROM declared_changes WHERE id = $%d)", f.After)
	}
	if len(who.Sites) > 0 {
		args = append(args, household.SchoolYearOf(today), db.JSON(who.Sites))
		conditions = append(conditions, fmt.Sprintf(`EXISTS (SELECT 1 FROM household_children k JOIN schoolings g ON g.child_id = k.child_id
			WHERE k.household_id = d.household_id AND g.school_year = $%d
			AND g.site_id IN (SELECT CAST(value AS text) FROM json_each(CAST($%d AS text))))`, len(args)-1, len(args)))
	}
	return strings.Join(conditions, " AND "), args
}

// checkedBy lists the fields that a service checks, with those of any service.
func (s Settings) checkedBy(service string) []string {
	var fields []string
	for _, d := range definitions {
		if set := s.Fields[d.Field].Service; set == "" || set == service {
			fields = append(fields, string(d.Field))
		}
	}
	return fields
}

const selectWaits = `SELECT d.id, d.field, d.household_id, coalesce(d.guardian_id, ''), coalesce(d.child_id, ''), d.old_content, d.new_content, d.document_id,
	d.declared_at, d.declared_by, d.declared_by_name, d.decision, d.decided_at, d.decided_by_name, d.reason,
	h.name, h.reference, coalesce(trim(c.first_name || ' ' || c.last_name), ''), coalesce(trim(p.first_name || ' ' || p.last_name), '')
	FROM declared_changes d JOIN households h ON h.id = d.household_id LEFT JOIN children c ON c.id = d.child_id LEFT JOIN guardians p ON p.id = d.guardian_id`

func scanWaits(s db.Scanner) (w Waits, err error) {
	var names [4]string
	w.Change, err = scanChange(scanMore{s, []any{&names[0], &names[1], &names[2], &names[3]}})
	w.Household, w.Reference, w.Child, w.Guardian = names[0], names[1], names[2], names[3]
	return w, err
}

// scanMore scans further columns after those that are asked.
type scanMore struct {
	row  db.Scanner
	more []any
}

func (s scanMore) Scan(dest ...any) error {
	return s.row.Scan(append(slices.Clone(dest), s.more...)...)
}

// compare reads what is known now; of health nothing, since it stays closed.
func (w *Waits) compare(ctx context.Context, tx *db.Tx) (err error) {
	d := w.Definition()
	if d.Sealed {
		return nil
	}
	w.Now, err = current(ctx, tx, nil, d, target{w.HouseholdID, w.GuardianID, w.ChildID})
	w.Moved = !w.Now.same(w.Old)
	return err
}

// ViewChange opens a change of health for an agent, and writes the view in the journal of the child's households.
func ViewChange(ctx context.Context, tx *db.Tx, key []byte, who staff.Agent, w *Waits) error {
	if err := w.Open(key); err != nil {
		return err
	}
	f, err := HealthOf(ctx, tx, key, w.ChildID)
	if err != nil {
		return err
	}
	w.Now = f.Content
	w.Moved = !w.Now.same(w.Old)
	return noteChild(ctx, tx, household.ByAgent(who), "health.view", w.ChildID, "", nil)
}

// Verdict is an agent's answer to a declared change.
type Verdict struct {
	Over   bool   // accept although what is known moved meanwhile
	Reason string // of a refusal, for the family
	// Residence, for an address: whether the household lives in the town from a day on; nil leaves it as it is.
	Residence *household.Residence
}

// Accept writes a declared change where it belongs. Errors: fault.Conflict when it no longer waits, or when what is known moved
// meanwhile and v.Over is not set; fault.NotFound outside the agent's sites.
func Accept(ctx context.Context, tx *db.Tx, key []byte, who staff.Agent, today civil.Date, changeID string, v Verdict) error {
	w, err := waiting(ctx, tx, who, today, changeID)
	if err != nil {
		return err
	}
	if err := w.Open(key); err != nil {
		return err
	}
	d, to := w.Definition(), target{w.HouseholdID, w.GuardianID, w.ChildID}
	now, err := current(ctx, tx, key, d, to)
	if err != nil {
		return err
	}
	if !now.same(w.Old) && !now.same(w.New) && !v.Over {
		return fault.Conflictf("Cette information a changé depuis que la famille l’a déclarée. Comparez, puis cochez « Remplacer quand même » pour accepter.")
	}
	if err := change(ctx, tx, household.ByAgent(who), key, d, to, w.New); err != nil {
		return err
	}
	if v.Residence != nil && d.Field == Address {
		if err := household.SetResidence(ctx, tx, household.ByAgent(who), w.HouseholdID, *v.Residence); err != nil {
			return err
		}
	}
	return decide(ctx, tx, who, w.Change, Accepted, "")
}

// Refuse answers no to a declared change, with the reason the family reads: fault.Invalid beside "motif" without one.
func Refuse(ctx context.Context, tx *db.Tx, who staff.Agent, today civil.Date, changeID string, v Verdict) error {
	w, err := waiting(ctx, tx, who, today, changeID)
	if err != nil {
		return err
	}
	if v.Reason = strings.TrimSpace(v.Reason); v.Reason == "" {
		return fault.Invalidf("motif", "Indiquez le motif du refus : la famille le lira.")
	}
	return decide(ctx, tx, who, w.Change, Refused, v.Reason)
}

// waiting finds a change that waits, among those of the agent.
func waiting(ctx context.Context, tx *db.Tx, who staff.Agent, today civil.Date, changeID string) (Waits, error) {
	list, err := Queue(ctx, tx, who, today, QueueFilter{ID: changeID, Limit: 1})
	if err != nil {
		return Waits{}, err
	}
	if len(list) == 1 {
		return list[0], nil
	}
	c, err := ChangeByID(ctx, tx, changeID)
	if err != nil {
		return Waits{}, err
	}
	if c.Decision != Waiting {
		return Waits{}, fault.Conflictf("Ce changement a déjà reçu une réponse, de %s.", c.DecidedBy)
	}
	return Waits{}, fault.NotFoundf("Ce changement ne concerne pas vos sites.")
}

// decide writes the answer and has the family told.
func decide(ctx context.Context, tx *db.Tx, who staff.Agent, c Change, decision Decision, reason string) error {
	if _, err := tx.Exec(ctx, `UPDATE declared_changes SET decision = $2, decided_at = $3, decided_by = $4, decided_by_name = $5, reason = $6
		WHERE id = $1 AND decided_at IS NULL`, c.ID, string(decision), tx.Now, who.Actor(), who.Name, reason); err != nil {
		return err
	}
	if err := document.Settle(ctx, tx, Target(c.ID)); err != nil {
		return err
	}
	act := "dossier.accept"
	if decision == Refused {
		act = "dossier.refuse"
	}
	if err := note(ctx, tx, household.ByAgent(who), act, "change:"+c.ID, c.HouseholdID, map[string]string{"field": c.Definition().Label, "reason": reason}); err != nil {
		return err
	}
	return job.Queue(ctx, tx, TellDecision, Decided{c.ID}, job.Key(TellDecision+":"+c.ID))
}

// WaitingCount counts what waits for a check at the agent's sites.
func WaitingCount(ctx context.Context, tx *db.Tx, who staff.Agent, today civil.Date) (n int, err error) {
	where, args := QueueFilter{}.where(Settings{}, who, today)
	err = tx.QueryRow(ctx, `SELECT count(*) FROM declared_changes d WHERE `+where, args...).Scan(&n)
	return n, err
}
