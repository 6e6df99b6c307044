package household

import (
	"context"
	"maps"
	"slices"

	"preau/internal/civil"
	"preau/internal/db"
)

// Batch is many families at once, tied together by their references. It is already checked: Load only writes.
type Batch struct {
	Households []BatchHousehold
	Guardians  []BatchGuardian
	Children   []BatchChild
	Schoolings []BatchSchooling
}

// BatchHousehold is a household with what is known of its residence and quotient.
type BatchHousehold struct {
	Reference  string `json:"reference"`
	Name       string `json:"name"`
	Address    string `json:"address"`
	PostalCode string `json:"postal_code"`
	City       string `json:"city"`

	Residence *Residence `json:"-"`
	Quotient  *Quotient  `json:"-"` // Value, Kind, Source, ReferenceMonth, EffectiveOn
}

// BatchGuardian is a guardian; Phone as TidyPhone writes it.
type BatchGuardian struct {
	Reference string `json:"reference"`
	Household string `json:"household"` // reference
	Civility  string `json:"civility"`
	FirstName string `json:"first"`
	LastName  string `json:"last"`
	Email     string `json:"email"`
	Phone     string `json:"phone"`
}

// BatchChild is a child and the one or two households it is in.
type BatchChild struct {
	Reference  string     `json:"reference"`
	Households []string   `json:"-"` // references
	FirstName  string     `json:"first"`
	LastName   string     `json:"last"`
	BornOn     civil.Date `json:"born"`
	Menu       string     `json:"menu"` // empty: as it is, or standard
}

// BatchSchooling is where a child goes to school in a year.
type BatchSchooling struct {
	Child      string `json:"-"` // reference
	SchoolYear string `json:"year"`
	SiteID     string `json:"site"`
	Level      string `json:"level"`
	ClassName  string `json:"class"`
	Guessed    bool   `json:"-"` // the level was guessed: one that is known stays
}

// Known is who the town already knows among references: reference → id.
type Known map[string]string

// KnownHouseholds finds the households of some references.
func KnownHouseholds(ctx context.Context, tx *db.Tx, references []string) (Known, error) {
	return known(ctx, tx, "households", references)
}

// KnownGuardians finds the guardians of some references.
func KnownGuardians(ctx context.Context, tx *db.Tx, references []string) (Known, error) {
	return known(ctx, tx, "guardians", references)
}

// KnownChildren finds the children of some references.
func KnownChildren(ctx context.Context, tx *db.Tx, references []string) (Known, error) {
	return known(ctx, tx, "children", references)
}

func known(ctx context.Context, tx *db.Tx, table string, references []string) (Known, error) {
	type pair struct{ reference, id string }
	pairs, err := db.All(ctx, tx, `SELECT reference, id FROM `+table+`
		WHERE reference IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))`,
		func(s db.Scanner) (p pair, err error) { return p, s.Scan(&p.reference, &p.id) }, db.JSON(references))
	out := make(Known, len(pairs))
	for _, p := range pairs {
		out[p.reference] = p.id
	}
	return out, err
}

// AllHouseholds gives every household of the town.
func AllHouseholds(ctx context.Context, tx *db.Tx) (Known, error) {
	out := Known{}
	_, err := db.All(ctx, tx, `SELECT reference, id FROM households`, func(s db.Scanner) (struct{}, error) {
		var reference, id string
		err := s.Scan(&reference, &id)
		out[reference] = id
		return struct{}{}, err
	})
	return out, err
}

// HouseholdOfGuardians gives, by reference, the reference of the household a guardian is already in.
func HouseholdOfGuardians(ctx context.Context, tx *db.Tx) (map[string]string, error) {
	out := map[string]string{}
	_, err := db.All(ctx, tx, `SELECT g.reference, h.reference FROM guardians g JOIN households h ON h.id = g.household_id`,
		func(s db.Scanner) (struct{}, error) {
			var guardian, household string
			err := s.Scan(&guardian, &household)
			out[guardian] = household
			return struct{}{}, err
		})
	return out, err
}

// KnownChild is what the town knows of a child.
type KnownChild struct {
	BornOn     civil.Date
	Households []string // references
}

// AllChildren gives, by reference, every child of the town.
func AllChildren(ctx context.Context, tx *db.Tx) (map[string]KnownChild, error) {
	out := map[string]KnownChild{}
	_, err := db.All(ctx, tx, `SELECT c.reference, c.born_on, h.reference FROM household_children hc
		JOIN children c ON c.id = hc.child_id JOIN households h ON h.id = hc.household_id ORDER BY hc.since, h.reference`,
		func(s db.Scanner) (struct{}, error) {
			var child, household string
			var born civil.Date
			err := s.Scan(&child, &born, &household)
			out[child] = KnownChild{born, append(out[child].Households, household)}
			return struct{}{}, err
		})
	return out, err
}

// Loaded says what Load wrote.
type Loaded struct {
	NewHouseholds, NewGuardians, NewChildren int
	Households, Guardians, Children          Known // the references of the batch, new and old
}

// Load writes a batch with a few statements, whatever its size. What the town already knows under a reference is brought up to
// date, and a field left empty in the batch stays as it is: loading a batch twice changes nothing. A guardian stays in its
// household. The error of a batch that was not checked is the database's own.
func Load(ctx context.Context, tx *db.Tx, by By, b Batch) (Loaded, error) {
	var l Loaded
	var err error
	if l.Households, err = KnownHouseholds(ctx, tx, householdReferences(b)); err != nil {
		return l, err
	}
	if l.Guardians, err = KnownGuardians(ctx, tx, guardianReferences(b)); err != nil {
		return l, err
	}
	if l.Children, err = KnownChildren(ctx, tx, childReferences(b)); err != nil {
		return l, err
	}
	for _, write := range []func(context.Context, *db.Tx, Batch) error{
		l.households, l.standings, l.guardians, l.children, l.links, l.schoolings,
	} {
		if err := write(ctx, tx, b); err != nil {
			return l, err
		}
	}
	return l, note(ctx, tx, by, "household.load", "", "", map[string]int{
		"households": len(b.Households), "guardians": len(b.Guardians), "children": len(b.Children), "schoolings": len(b.Schoolings),
		"new_households": l.NewHouseholds, "new_guardians": l.NewGuardians, "new_children": l.NewChildren,
	})
}

func householdReferences(b Batch) []string {
	all := map[string]bool{}
	for _, h := range b.Households {
		all[h.Reference] = true
	}
	for _, g := range b.Guardians {
		all[g.Household] = true
	}
	for _, c := range b.Children {
		for _, h := range c.Households {
			all[h] = true
		}
	}
	return slices.Collect(maps.Keys(all))
}

func guardianReferences(b Batch) (out []string) {
	for _, g := range b.Guardians {
		out = append(out, g.Reference)
	}
	return out
}

func childReferences(b Batch) []string {
	all := map[string]bool{}
	for _, c := range b.Children {
		all[c.Reference] = true
	}
	for _, s := range b.Schoolings {
		all[s.Child] = true
	}
	return slices.Collect(maps.Keys(all))
}

// draw gives an id to a reference that has none yet, and tells whether it did.
func (k Known) draw(reference string) (id string, drawn bool) {
	if id, ok := k[reference]; ok {
		return id, false
	}
	id = db.NewID()
	k[reference] = id
	return id, true
}
