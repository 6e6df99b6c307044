// Package household holds the families the town knows: households, their guardians and children, where they live, what they
// earn, and whose days are whose when two households share a child.
//
// A household is who pays together. A child belongs to one household, or to two when its parents live apart: then Custody
// says, to the instant, which of the two holds the child. A guardian is the actor of what a family does; what belongs to
// another family is not found. Residence, quotient and schooling are dated facts: nothing is overwritten, a later row takes over.
//
// Families enter through agents: CreateHousehold, AddGuardian, AddChild, then LinkChild and the custody verbs when parents part.
// Load does the same for a whole town at once, for import.
package household

import (
	"context"
	"errors"
	"strings"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/staff"
)

// Household is who pays together.
type Household struct {
	ID         string
	Reference  string // the number of the family's file, unique
	Name       string // as it is filed: "MARTIN Claire"
	Address    string // number and street
	PostalCode string
	City       string
	CreatedAt  civil.Instant
}

// Guardian is an adult with authority over the children of a household, and the actor of what a family does.
type Guardian struct {
	ID          string
	AccountID   string // empty: no account yet
	HouseholdID string
	Civility    string // "mme", "m" or empty
	FirstName   string
	LastName    string
	Email       string
	Phone       string // as TidyPhone writes it: "+33639980102"
	Reference   string // unique in the town

	// What a birth is told by; empty when the town never asked.
	BornOn       civil.Date
	BirthName    string
	BirthCountry string // as package place names it: "99100" is France
	BirthCommune string // its INSEE code, for who was born in France
	// Counter is the agent who acts for the guardian, at the counter; nil: it is the guardian. What the agent may not do anywhere
	// is not done here either.
	Counter *staff.Agent `json:"-"`
}

// Name is the guardian's first and last name.
func (g Guardian) Name() string { return strings.TrimSpace(g.FirstName + " " + g.LastName) }

// Actor names who acts in histories and in the audit journal: the guardian, or the agent at the counter.
func (g Guardian) Actor() string {
	if g.Counter != nil {
		return g.Counter.Actor()
	}
	return "guardian:" + g.ID
}

// ActorName is the name that goes with Actor: "Claire Martin", or "Nadia Ferhat, au nom de Claire Martin".
func (g Guardian) ActorName() string {
	if g.Counter != nil {
		return Signature(*g.Counter, g)
	}
	return g.Name()
}

// Signature is how what an agent does for a guardian is signed.
func Signature(a staff.Agent, g Guardian) string { return a.Name + ", au nom de " + g.Name() }

// MayAt tells whether who acts may do so at a site: an agent at the counter keeps to the agent's own sites.
func (g Guardian) MayAt(siteID string) bool {
	return g.Counter == nil || g.Counter.May(staff.Counter, siteID)
}

// Menus are the menus a child may have, in the order of a form. A menu never has a reason.
var Menus = []string{"standard", "sans_porc", "sans_viande", "vegetarien", "panier_pai"}

// Child is a child of one household, or of two.
type Child struct {
	ID        string
	Reference string // unique in the town
	FirstName string
	LastName  string
	BornOn    civil.Date
	Menu      string // one of Menus
	Shared    bool   // in two households
}

// Name is the child's first and last name.
func (c Child) Name() string { return strings.TrimSpace(c.FirstName + " " + c.LastName) }

// By is the author of an act on a household.
type By struct {
	Actor string // "agent:ID", "job:kind"
	Name  string // shown in histories
}

// ByAgent is the agent as the author of an act.
func ByAgent(a staff.Agent) By { return By{Actor: a.Actor(), Name: a.Name} }

// ByGuardian is the guardian as the author of an act, or the agent who acts for them.
func ByGuardian(g Guardian) By { return By{Actor: g.Actor(), Name: g.ActorName()} }

// GuardianOf finds the guardian an account belongs to; fault.NotFound when the account is tied to none.
func GuardianOf(ctx context.Context, tx *db.Tx, accountID string) (Guardian, error) {
	g, err := db.One(ctx, tx, selectGuardian+` WHERE account_id = $1`, scanGuardian, accountID)
	return g, absent(err, "Votre compte n’est pas encore relié à un dossier famille.")
}

// GuardianByID finds a guardian, for agents; fault.NotFound.
func GuardianByID(ctx context.Context, tx *db.Tx, guardianID string) (Guardian, error) {
	g, err := db.One(ctx, tx, selectGuardian+` WHERE id = $1`, scanGuardian, guardianID)
	return g, absent(err, "Ce responsable n’existe pas.")
}

// Guardians lists the guardians of a household, by name.
func Guardians(ctx context.Context, tx *db.Tx, householdID string) ([]Guardian, error) {
	return db.All(ctx, tx, selectGuardian+` WHERE household_id = $1 ORDER BY name_search, id`, scanGuardian, householdID)
}

// ByID finds a household; fault.NotFound.
func ByID(ctx context.Context, tx *db.Tx, householdID string) (Household, error) {
	h, err := db.One(ctx, tx, selectHousehold+` WHERE id = $1`, scanHousehold, householdID)
	return h, absent(err, "Ce dossier famille n’existe pas.")
}

// Children lists the children of a household, eldest first.
func Children(ctx context.Context, tx *db.Tx, householdID string) ([]Child, error) {
	return db.All(ctx, tx, selectChild+`
		WHERE c.id IN (SELECT child_id FROM household_children WHERE household_id = $1) ORDER BY c.born_on, c.name_search, c.id`,
		scanChild, householdID)
}

// ChildOf finds a child of the guardian's household. Another family's child is fault.NotFound, like one that does not exist.
func ChildOf(ctx context.Context, tx *db.Tx, who Guardian, childID string) (Child, error) {
	c, err := db.One(ctx, tx, selectChild+`
		WHERE c.id = $1 AND EXISTS (SELECT 1 FROM household_children h WHERE h.child_id = c.id AND h.household_id = $2)`,
		scanChild, childID, who.HouseholdID)
	return c, absent(err, noSuchChild)
}

// FindChild finds a child, for agents; fault.NotFound.
func FindChild(ctx context.Context, tx *db.Tx, childID string) (Child, error) {
	c, err := db.One(ctx, tx, selectChild+` WHERE c.id = $1`, scanChild, childID)
	return c, absent(err, noSuchChild)
}

// HouseholdsOf lists the ids of the households a child is in, the first joined first.
func HouseholdsOf(ctx context.Context, tx *db.Tx, childID string) ([]string, error) {
	return db.All(ctx, tx, `SELECT household_id FROM household_children WHERE child_id = $1 ORDER BY since, household_id`, db.Value[string], childID)
}

const noSuchChild = "Cet enfant n’existe pas."

// absent turns the absence of a row into a refusal that says what is absent.
func absent(err error, message string) error {
	if errors.Is(err, db.ErrNoRows) {
		return fault.NotFoundf("%s", message)
	}
	return err
}

// note writes an act on a household in the audit journal.
func note(ctx context.Context, tx *db.Tx, by By, act, subject, householdID string, detail any) error {
	return audit.Record(ctx, tx, audit.Entry{
		Actor: by.Actor, ActorName: by.Name, Act: act, Subject: subject, Household: householdID, Detail: detail,
	})
}
