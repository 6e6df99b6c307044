package dossier

import (
	"context"
	"slices"
	"strings"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/fault"
	"preau/internal/household"
)

// Decision is what became of a declared change.
type Decision string

// The decisions.
const (
	Waiting   Decision = ""
	Accepted  Decision = "accepted"
	Refused   Decision = "refused"
	Withdrawn Decision = "withdrawn" // by the family
	Replaced  Decision = "replaced"  // by another declaration of the same field
)

// Change is what a family says has changed.
type Change struct {
	ID          string
	Field       Field
	HouseholdID string // that declared it
	GuardianID  string // of a field of a guardian
	ChildID     string // of a field of a child
	Old, New    Content
	DocumentID  string // the proof, of the household's vault; empty: none
	DeclaredAt  civil.Instant
	DeclaredBy  string // guardian id
	ByName      string
	Decision    Decision
	DecidedAt   civil.Instant
	DecidedBy   string // name
	Reason      string // of a refusal, for the family

	sealedOld, sealedNew string
}

// Definition is that of the change's field.
func (c *Change) Definition() Definition {
	d, _ := Define(c.Field)
	return d
}

// Closed tells whether the contents are sealed and not opened: Open opens them.
func (c *Change) Closed() bool { return c.sealedNew != "" && c.New == nil }

// Open reads the contents of a sealed change. Whoever does it for an agent records the view: see ViewChange.
func (c *Change) Open(key []byte) (err error) {
	if !c.Definition().Sealed || c.New != nil {
		return nil
	}
	if c.Old, err = open(key, c.ID+"/old", c.sealedOld); err != nil {
		return err
	}
	c.New, err = open(key, c.ID+"/new", c.sealedNew)
	return err
}

// Declaration is what a guardian declares: the whole content of a field.
type Declaration struct {
	Field      Field
	ChildID    string // of a field of a child
	New        Content
	DocumentID string
}

// Outcome is what a declaration led to.
type Outcome string

// The outcomes.
const (
	Unchanged Outcome = "unchanged" // it said what was known already
	Done      Outcome = "done"      // changed at once
	ToCheck   Outcome = "to_check"  // kept beside what is known until an agent decides
)

// Target names a declared change among what a document of the vault is sent with.
func Target(changeID string) string { return "change:" + changeID }

// target is whose content a declaration is about.
type target struct{ household, guardian, child string }

// Declare takes what a guardian says of a field of their household, of themselves or of a child of theirs: at once, or to be checked,
// as the town set. A second declaration of a field that waits takes the place of the first. key is the town's key for health.
// Errors: fault.Invalid by key of the content; fault.NotFound for the child; fault.Forbidden when families may not change the field.
func Declare(ctx context.Context, tx *db.Tx, key []byte, who household.Guardian, n Declaration) (Outcome, error) {
	d, ok := Define(n.Field)
	settings, err := ReadSettings(ctx, tx)
	if err != nil {
		return "", err
	}
	if !ok || len(d.Items) == 0 || !settings.Changes(n.Field) {
		return "", fault.Forbiddenf("Cette information est changée par le service : contactez-le.")
	}
	to, err := d.target(ctx, tx, who, n.ChildID)
	if err != nil {
		return "", err
	}
	content, wrong := d.tidy(n.New)
	if err := allowMenu(ctx, tx, key, d, to, content, wrong); err != nil {
		return "", err
	}
	if err := fault.InvalidFields(wrong); err != nil {
		return "", err
	}
	old, err := current(ctx, tx, key, d, to)
	if err != nil {
		return "", err
	}
	if err := endOpen(ctx, tx, d, to, household.ByGuardian(who), Replaced); err != nil {
		return "", err
	}
	switch {
	case old.same(content):
		return Unchanged, nil
	case settings.Mode(n.Field) == Editable:
		return Done, change(ctx, tx, household.ByGuardian(who), key, d, to, content)
	}
	c := Change{ID: db.NewID(), Field: n.Field, HouseholdID: to.household, GuardianID: to.guardian, ChildID: to.child, Old: old, New: content,
		DocumentID: n.DocumentID, DeclaredAt: tx.Now, DeclaredBy: who.ID, ByName: who.Name()}
	if err := insertChange(ctx, tx, key, c); err != nil {
		return "", err
	}
	if n.DocumentID != "" {
		if err := document.Send(ctx, tx, who, n.DocumentID, Target(c.ID)); err != nil {
			return "", err
		}
	}
	return ToCheck, note(ctx, tx, household.ByGuardian(who), "dossier.declare", "change:"+c.ID, to.household, map[string]string{"field": d.Label})
}

// target finds whose content the guardian may change.
func (d Definition) target(ctx context.Context, tx *db.Tx, who household.Guardian, childID string) (target, error) {
	switch d.Of {
	case OfGuardian:
		return target{household: who.HouseholdID, guardian: who.ID}, nil
	case OfChild:
		c, err := household.ChildOf(ctx, tx, who, childID)
		return target{household: who.HouseholdID, child: c.ID}, err
	case OfHousehold:
	}
	return target{household: who.HouseholdID}, nil
}

// allowMenu refuses the meal brought from home to a child without a PAI.
func allowMenu(ctx context.Context, tx *db.Tx, key []byte, d Definition, to target, c Content, wrong map[string]string) error {
	if d.Field != Menu || c["menu"] != "panier_pai" {
		return nil
	}
	health, err := HealthOf(ctx, tx, key, to.child)
	if err == nil && health.Content["pai"] == "" {
		wrong["menu"] = "Le panier PAI demande un projet d’accueil individualisé : déclarez-le d’abord dans la partie Santé."
	}
	return err
}

// change writes a new content, in the journal too, and has the other household of a shared child told.
func change(ctx context.Context, tx *db.Tx, by household.By, key []byte, d Definition, to target, c Content) error {
	if err := apply(ctx, tx, by, key, d, to, c); err != nil {
		return err
	}
	if to.child == "" {
		return note(ctx, tx, by, "dossier.change", "household:"+to.household, to.household, map[string]string{"field": d.Label})
	}
	if err := noteChild(ctx, tx, by, "dossier.change", to.child, to.household, map[string]string{"field": d.Label}); err != nil {
		return err
	}
	if d.Private {
		return nil
	}
	return tellOther(ctx, tx, to.child, to.household)
}

// TellOther is the kind of the jobs that tell the other household of a shared child; TellDecision those that tell a family what
// became of what it declared.
const (
	TellOther    = "dossier.tell_other"
	TellDecision = "dossier.tell_decision"
)

// Decided is the payload of a job of TellDecision.
type Decided struct {
	ChangeID string `json:"change"`
}

// Withdraw takes back a change that waits; fault.NotFound when it is another household's or no longer waits.
func Withdraw(ctx context.Context, tx *db.Tx, who household.Guardian, changeID string) error {
	n, err := tx.Exec(ctx, `UPDATE declared_changes SET decision = 'withdrawn', decided_at = $3, decided_by = $4, decided_by_name = $5
		WHERE id = $1 AND household_id = $2 AND decided_at IS NULL`, changeID, who.HouseholdID, tx.Now, who.Actor(), who.Name())
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.NotFoundf("Ce changement n’attend plus de vérification.")
	}
	if err := document.Settle(ctx, tx, Target(changeID)); err != nil {
		return err
	}
	return note(ctx, tx, household.ByGuardian(who), "dossier.withdraw", "change:"+changeID, who.HouseholdID, nil)
}

// endOpen ends the declaration of the same field by the same household that waits, if any, and gives its proof back.
func endOpen(ctx context.Context, tx *db.Tx, d Definition, to target, by household.By, why Decision) error {
	open, err := db.All(ctx, tx, `SELECT id FROM declared_changes
		WHERE field = $1 AND household_id = $2 AND coalesce(guardian_id, '') = $3 AND coalesce(child_id, '') = $4 AND decided_at IS NULL`,
		db.Value[string], string(d.Field), to.household, to.guardian, to.child)
	for _, id := range open {
		if err == nil {
			_, err = tx.Exec(ctx, `UPDATE declared_changes SET decision = $2, decided_at = $3, decided_by = $4, decided_by_name = $5 WHERE id = $1`,
				id, string(why), tx.Now, by.Actor, by.Name)
		}
		if err == nil {
			err = document.Settle(ctx, tx, Target(id))
		}
	}
	return err
}

// DeclaredBy lists what a household declared and waits for, the oldest first; key opens what is its own health.
func DeclaredBy(ctx context.Context, tx *db.Tx, key []byte, householdID string) ([]Change, error) {
	list, err := db.All(ctx, tx, selectChange+` WHERE household_id = $1 AND decided_at IS NULL ORDER BY declared_at, id`, scanChange, householdID)
	return opened(key, list, err)
}

// DeclaredOf lists what another household than the guardian's declared of a child and waits for: of what is the child's alone.
func DeclaredOf(ctx context.Context, tx *db.Tx, key []byte, who household.Guardian, childID string) ([]Change, error) {
	if _, err := household.ChildOf(ctx, tx, who, childID); err != nil {
		return nil, err
	}
	list, err := db.All(ctx, tx, selectChange+` WHERE child_id = $1 AND household_id <> $2 AND decided_at IS NULL ORDER BY declared_at, id`,
		scanChange, childID, who.HouseholdID)
	list = slices.DeleteFunc(list, func(c Change) bool { return c.Definition().Private })
	return opened(key, list, err)
}

func opened(key []byte, list []Change, err error) ([]Change, error) {
	for i := range list {
		if err == nil {
			err = list[i].Open(key)
		}
	}
	return list, err
}

// ChangesOf lists the changes a household declared, the latest first; those of health stay closed.
func ChangesOf(ctx context.Context, tx *db.Tx, householdID string, limit int) ([]Change, error) {
	return db.All(ctx, tx, selectChange+` WHERE household_id = $1 ORDER BY declared_at DESC, id LIMIT $2`, scanChange, householdID, int64(limit))
}

// ChangeByID finds a change, for agents; fault.NotFound. One of health stays closed.
func ChangeByID(ctx context.Context, tx *db.Tx, id string) (Change, error) {
	c, err := db.One(ctx, tx, selectChange+` WHERE id = $1`, scanChange, id)
	return c, absent(err, "Ce changement n’existe pas.")
}

const selectChange = `SELECT id, field, household_id, coalesce(guardian_id, ''), coalesce(child_id, ''), old_content, new_content, document_id,
	declared_at, declared_by, declared_by_name, decision, decided_at, decided_by_name, reason FROM declared_changes`

func scanChange(s db.Scanner) (c Change, err error) {
	if err := s.Scan(&c.ID, &c.Field, &c.HouseholdID, &c.GuardianID, &c.ChildID, &c.sealedOld, &c.sealedNew, &c.DocumentID,
		&c.DeclaredAt, &c.DeclaredBy, &c.ByName, &c.Decision, &c.DecidedAt, &c.DecidedBy, &c.Reason); err != nil {
		return c, err
	}
	if c.Definition().Sealed {
		return c, nil
	}
	if c.Old, err = open(nil, c.ID, c.sealedOld); err != nil {
		return c, err
	}
	c.New, err = open(nil, c.ID, c.sealedNew)
	return c, err
}

func insertChange(ctx context.Context, tx *db.Tx, key []byte, c Change) error {
	key = c.Definition().sealing(key)
	before, err := closed(key, c.ID+"/old", c.Old)
	if err != nil {
		return err
	}
	after, err := closed(key, c.ID+"/new", c.New)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO declared_changes (id, field, household_id, guardian_id, child_id, old_content, new_content, document_id,
		declared_at, declared_by, declared_by_name) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		c.ID, string(c.Field), c.HouseholdID, orNull(c.GuardianID), orNull(c.ChildID), before, after, c.DocumentID, c.DeclaredAt, c.DeclaredBy, c.ByName)
	return err
}

func orNull(id string) *string {
	if id = strings.TrimSpace(id); id == "" {
		return nil
	}
	return &id
}
