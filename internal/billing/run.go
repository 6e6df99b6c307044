package billing

import (
	"context"
	"database/sql"
	"errors"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/money"
	"preau/internal/town"
)

// The kinds of the jobs of a run; their payload is a RunPayload.
const (
	PrepareKind = "billing.prepare"
	IssueKind   = "billing.issue"
)

// RunPayload names the run a job is about.
type RunPayload struct {
	RunID string `json:"run"`
}

// IssuedKind is the kind of the job queued, for each slice of a run, in the transaction that issues it; its payload is an IssuedPayload.
// Who writes the letters handles it.
const IssuedKind = "billing.issued"

// IssuedPayload names invoices and credit notes just issued.
type IssuedPayload struct {
	Invoices []string `json:"invoices"`
}

// Settings is what a town decides about its bills.
type Settings struct {
	Minimum  money.Cents `json:"minimum"`   // an invoice below waits for the next run; 0: none waits
	DueDays  int         `json:"due_days"`  // days from the issue to the due date
	LookBack int         `json:"look_back"` // how many months before its own a run corrects
}

const settingsKey = "billing.settings"

// maxLookBack is how many months back a run may correct: no further than bookings and roll-calls are kept (package privacy), since a day that was
// forgotten would look like a day on which nothing was due.
const maxLookBack = 12

// ReadSettings reads what the town decided: no minimum, 30 days, 12 months until it says otherwise.
func ReadSettings(ctx context.Context, tx *db.Tx) (Settings, error) {
	return town.ReadSetting(ctx, tx, settingsKey, Settings{DueDays: 30, LookBack: 12})
}

// SaveSettings writes what the town decides. Errors: fault.Invalid beside the field.
func SaveSettings(ctx context.Context, tx *db.Tx, s Settings, by household.By) error {
	problems := map[string]string{}
	if s.Minimum < 0 || s.Minimum > 100_00 {
		problems["minimum"] = "Le minimum va de 0 à 100 €."
	}
	if s.DueDays < 1 || s.DueDays > 90 {
		problems["echeance"] = "Le délai de paiement va de 1 à 90 jours."
	}
	if s.LookBack < 0 || s.LookBack > maxLookBack {
		problems["rappel"] = "Une facturation corrige au plus les 12 mois précédents."
	}
	if len(problems) > 0 {
		return fault.InvalidFields(problems)
	}
	if err := town.WriteSetting(ctx, tx, settingsKey, s); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: by.Actor, ActorName: by.Name, Act: "billing.settings", Detail: s})
}

// RunState is where a run stands.
type RunState string

// A run is prepared by a job, looked at by an agent, issued by a job. What is prepared may be prepared again, or abandoned.
const (
	RunPreparing RunState = "preparing"
	RunPrepared  RunState = "prepared"
	RunIssuing   RunState = "issuing"
	RunIssued    RunState = "issued"
	RunAbandoned RunState = "abandoned"
)

// Run is the bill of a month for everybody, or of some days for one household.
type Run struct {
	ID          string
	Month       civil.Month
	HouseholdID string      // "" for everybody
	Household   string      // its name
	Period      civil.Range // the days it bills
	ExamineFrom civil.Date  // the first day it may correct
	State       RunState
	CreatedAt   civil.Instant
	CreatedBy   string        // a name
	GatheredAt  civil.Instant // when its last preparation began
	PreparedAt  civil.Instant // zero while it is prepared
	IssuedOn    civil.Date    // the date on its invoices, once an agent has said to issue
	DueOn       civil.Date
	IssuedBy    string // a name
	IssuedAt    civil.Instant

	doneTo string
}

const selectRun = `SELECT id, month, coalesce(household_id, ''), coalesce((SELECT h.name FROM households h WHERE h.id = billing_runs.household_id), ''), from_day, to_day, examine_from, state, created_at, created_by_name, gathered_at, prepared_at,
	issued_on, due_on, issued_by_name, issued_at, done_to FROM billing_runs`

func scanRun(s db.Scanner) (r Run, err error) {
	var month string
	var issued, due sql.Null[civil.Date]
	if err = s.Scan(&r.ID, &month, &r.HouseholdID, &r.Household, &r.Period.From, &r.Period.To, &r.ExamineFrom, &r.State, &r.CreatedAt, &r.CreatedBy, &r.GatheredAt, &r.PreparedAt,
		&issued, &due, &r.IssuedBy, &r.IssuedAt, &r.doneTo); err != nil {
		return r, err
	}
	r.IssuedOn, r.DueOn = issued.V, due.V
	r.Month, err = civil.ParseMonth(month)
	return r, err
}

// Runs lists runs, latest first: those of a month, or with one the runs for one household too.
func Runs(ctx context.Context, tx *db.Tx, single bool, limit int) ([]Run, error) {
	return db.All(ctx, tx, selectRun+` WHERE (household_id IS NULL OR $1 = '1') ORDER BY created_at DESC, id LIMIT $2`, scanRun, flag(single), int64(limit))
}

func flag(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// RunByID finds a run; fault.NotFound.
func RunByID(ctx context.Context, tx *db.Tx, id string) (Run, error) {
	r, err := db.One(ctx, tx, selectRun+` WHERE id = $1`, scanRun, id)
	if errors.Is(err, db.ErrNoRows) {
		return r, fault.NotFoundf("Cette facturation n’existe pas.")
	}
	return r, err
}

// RunOfMonth finds the run of a month that was not abandoned, if there is one.
func RunOfMonth(ctx context.Context, tx *db.Tx, m civil.Month) (Run, bool, error) {
	r, err := db.One(ctx, tx, selectRun+` WHERE month = $1 AND household_id IS NULL AND state <> 'abandoned'`, scanRun, m.String())
	if errors.Is(err, db.ErrNoRows) {
		return r, false, nil
	}
	return r, err == nil, err
}

// StartRun begins to prepare the bill of a month. A month that has its run gives that one, and nothing is written: to prepare it again is
// PrepareAgain. Errors: fault.Refused for a month that has not begun.
func StartRun(ctx context.Context, tx *db.Tx, m civil.Month, today civil.Date, by household.By) (Run, error) {
	if r, found, err := RunOfMonth(ctx, tx, m); err != nil || found {
		return r, err
	}
	if m.First().After(today) {
		return Run{}, fault.Refusedf("Le mois de %s n’a pas commencé : il n’y a rien à facturer.", m.French())
	}
	return start(ctx, tx, Run{Month: m, Period: m.Range()}, by)
}

// StartHouseholdRun begins to prepare the bill of one household for some days: a family that leaves in the middle of a month, or a
// correction that cannot wait. It looks again at the earlier days that a run of a month would correct; the bill of a month finds what it
// billed and adds the rest. Nothing waits for a minimum. Errors: fault.Refused while another one of this household is under way,
// fault.Invalid for days that end before they begin ("au") or that come before all that the town bills ("du"), fault.NotFound.
func StartHouseholdRun(ctx context.Context, tx *db.Tx, householdID string, period civil.Range, by household.By) (Run, error) {
	if period.Len() == 0 {
		return Run{}, fault.Invalidf("au", "Le dernier jour vient avant le premier.")
	}
	first, known, err := firstBilled(ctx, tx)
	if err != nil {
		return Run{}, err
	}
	if known && period.From.Before(first) {
		return Run{}, fault.Invalidf("du", "La Ville facture ici depuis le %s : les jours d’avant l’ont été ailleurs.", first.DayMonthYear())
	}
	if _, err := household.ByID(ctx, tx, householdID); err != nil {
		return Run{}, err
	}
	busy, err := db.Exists(ctx, tx, `SELECT 1 FROM billing_runs WHERE household_id = $1 AND state IN ('preparing', 'prepared', 'issuing')`, householdID)
	if err != nil {
		return Run{}, err
	}
	if busy {
		return Run{}, fault.Refusedf("Une facturation de ce dossier est déjà en préparation.")
	}
	return start(ctx, tx, Run{Month: civil.MonthOf(period.To), HouseholdID: householdID, Period: period}, by)
}

// start writes the row of a run and queues its preparation.
func start(ctx context.Context, tx *db.Tx, r Run, by household.By) (Run, error) {
	settings, err := ReadSettings(ctx, tx)
	if err != nil {
		return r, err
	}
	if r.ExamineFrom, err = examineFrom(ctx, tx, r.Period.From, settings.LookBack); err != nil {
		return r, err
	}
	r.ID, r.State, r.CreatedAt, r.CreatedBy, r.GatheredAt = db.NewID(), RunPreparing, tx.Now, by.Name, tx.Now
	_, err = tx.Exec(ctx, `INSERT INTO billing_runs (id, month, household_id, from_day, to_day, examine_from, state, done_to, created_at, created_by, created_by_name, gathered_at)
		VALUES ($1, $2, nullif($3, ''), $4, $5, $6, $7, '', $8, $9, $10, $8)`,
		r.ID, r.Month.String(), r.HouseholdID, r.Period.From, r.Period.To, r.ExamineFrom, r.State, tx.Now, by.Actor, by.Name)
	if err != nil {
		return r, err
	}
	if err := r.note(ctx, tx, "run.prepare", by); err != nil {
		return r, err
	}
	return r, job.Queue(ctx, tx, PrepareKind, RunPayload{r.ID})
}

// note writes an act on a run in the journal.
func (r *Run) note(ctx context.Context, tx *db.Tx, what string, by household.By) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: by.Actor, ActorName: by.Name, Act: what, Subject: "run:" + r.ID, Household: r.HouseholdID,
		Detail: map[string]any{"month": r.Month.String(), "from": r.Period.From, "to": r.Period.To}})
}

// move brings a run from one of some states to another, and refuses from the others.
func (r *Run) move(ctx context.Context, tx *db.Tx, to RunState, from ...RunState) error {
	n, err := tx.Exec(ctx, `UPDATE billing_runs SET state = $2, done_to = '' WHERE id = $1
		AND state IN (SELECT CAST(value AS text) FROM json_each(CAST($3 AS text)))`, r.ID, to, db.JSON(from))
	if err == nil && n == 0 {
		err = fault.Conflictf("Cette facturation a changé entre-temps : elle est %s.", r.State.french())
	}
	r.State = to
	return err
}

// french says where a run stands.
func (s RunState) french() string {
	return map[RunState]string{RunPreparing: "en préparation", RunPrepared: "préparée", RunIssuing: "en cours d’émission", RunIssued: "émise", RunAbandoned: "abandonnée"}[s]
}

// PrepareAgain throws the drafts of a run away and makes them anew from the facts as they are now. Errors: fault.NotFound, fault.Conflict
// for a run that is being issued or is over.
func PrepareAgain(ctx context.Context, tx *db.Tx, runID string, by household.By) error {
	r, err := RunByID(ctx, tx, runID)
	if err != nil {
		return err
	}
	if err := r.move(ctx, tx, RunPreparing, RunPrepared); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE billing_runs SET gathered_at = $2, prepared_at = NULL WHERE id = $1`, r.ID, tx.Now); err != nil {
		return err
	}
	if err := r.note(ctx, tx, "run.prepare", by); err != nil {
		return err
	}
	return job.Queue(ctx, tx, PrepareKind, RunPayload{r.ID})
}

// Issue begins to issue a run that is prepared: its invoices are dated of the day on, today when it is zero, and are due on dueOn, or when it is
// zero after the days the town gives. Errors: fault.NotFound, fault.Conflict for a run that is not prepared, fault.Invalid for dates that
// cannot be (issueDates).
func Issue(ctx context.Context, tx *db.Tx, runID string, on, dueOn, today civil.Date, by household.By) error {
	r, err := RunByID(ctx, tx, runID)
	if err != nil {
		return err
	}
	settings, err := ReadSettings(ctx, tx)
	if err != nil {
		return err
	}
	if on.IsZero() {
		on = today
	}
	if dueOn.IsZero() {
		dueOn = on.AddDays(settings.DueDays)
	}
	last, err := lastIssue(ctx, tx)
	if err != nil {
		return err
	}
	if err := issueDates(on, dueOn, last, today); err != nil {
		return err
	}
	if err := r.move(ctx, tx, RunIssuing, RunPrepared); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE billing_runs SET issued_on = $2, due_on = $3, issue_asked_at = $4, issued_by = $5, issued_by_name = $6 WHERE id = $1`,
		r.ID, on, dueOn, tx.Now, by.Actor, by.Name); err != nil {
		return err
	}
	if err := r.note(ctx, tx, "run.issue", by); err != nil {
		return err
	}
	return job.Queue(ctx, tx, IssueKind, RunPayload{r.ID})
}

// lastIssue is the date of the documents issued last, or being issued; zero when there is none.
func lastIssue(ctx context.Context, tx *db.Tx) (civil.Date, error) {
	list, err := db.All(ctx, tx, `SELECT issued_on FROM billing_runs WHERE state IN ('issuing', 'issued') AND issued_on IS NOT NULL ORDER BY issued_on DESC LIMIT 1`, db.Value[civil.Date])
	if err != nil || len(list) == 0 {
		return civil.Date{}, err
	}
	return list[0], nil
}

// Abandon gives a run up before it is issued; its drafts are thrown away by a job. Errors: fault.NotFound, fault.Conflict for a run that is
// being issued or is over.
func Abandon(ctx context.Context, tx *db.Tx, runID string, by household.By) error {
	r, err := RunByID(ctx, tx, runID)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `UPDATE billing_runs SET state = 'abandoned', done_to = '', abandoned_at = $2, abandoned_by = $3
		WHERE id = $1 AND state IN ('preparing', 'prepared')`, r.ID, tx.Now, by.Actor)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.Conflictf("Cette facturation ne peut plus être abandonnée : elle est %s.", r.State.french())
	}
	if err := r.note(ctx, tx, "run.abandon", by); err != nil {
		return err
	}
	return job.Queue(ctx, tx, PrepareKind, RunPayload{r.ID})
}
