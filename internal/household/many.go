package household

import (
	"context"

	"preau/internal/db"
)

// among keeps the rows of a column whose value stands in the list $1, made with db.JSON.
func among(column string) string {
	return ` WHERE ` + column + ` IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))`
}

// WithAccount lists guardians who have an account, after an id, in the order of ids: for what is told to every family.
func WithAccount(ctx context.Context, tx *db.Tx, after string, limit int) ([]Guardian, error) {
	return db.All(ctx, tx, selectGuardian+` WHERE account_id IS NOT NULL AND id > $1 ORDER BY id LIMIT $2`, scanGuardian, after, int64(limit))
}

// ChildrenByID reads several children at once; an id that is nobody's is not in the answer.
func ChildrenByID(ctx context.Context, tx *db.Tx, ids []string) (map[string]Child, error) {
	list, err := db.All(ctx, tx, selectChild+among("c.id"), scanChild, db.JSON(ids))
	out := make(map[string]Child, len(list))
	for _, c := range list {
		out[c.ID] = c
	}
	return out, err
}

// SchoolingsOf reads the schoolings of several children at once, the latest school year first.
func SchoolingsOf(ctx context.Context, tx *db.Tx, childIDs []string) (map[string][]Schooling, error) {
	list, err := db.All(ctx, tx, selectSchooling+among("child_id")+` ORDER BY school_year DESC`, scanSchooling, db.JSON(childIDs))
	out := make(map[string][]Schooling, len(childIDs))
	for _, s := range list {
		out[s.ChildID] = append(out[s.ChildID], s)
	}
	return out, err
}

// GuardiansOfMany lists the guardians of several households, by household, each by name.
func GuardiansOfMany(ctx context.Context, tx *db.Tx, householdIDs []string) (map[string][]Guardian, error) {
	list, err := db.All(ctx, tx, selectGuardian+among("household_id")+` ORDER BY name_search, id`, scanGuardian, db.JSON(householdIDs))
	out := make(map[string][]Guardian, len(householdIDs))
	for _, g := range list {
		out[g.HouseholdID] = append(out[g.HouseholdID], g)
	}
	return out, err
}

// ChildrenByReference reads children by their numbers in the portal; a number that nobody has is not in the answer.
func ChildrenByReference(ctx context.Context, tx *db.Tx, references []string) (map[string]Child, error) {
	list, err := db.All(ctx, tx, selectChild+among("c.reference"), scanChild, db.JSON(references))
	out := make(map[string]Child, len(list))
	for _, c := range list {
		out[c.Reference] = c
	}
	return out, err
}

// HouseholdsOfMany lists the households that some children belong to, each once, by identifier.
func HouseholdsOfMany(ctx context.Context, tx *db.Tx, childIDs []string) ([]string, error) {
	return db.All(ctx, tx, `SELECT DISTINCT household_id FROM household_children`+among("child_id")+` ORDER BY household_id`, db.Value[string], db.JSON(childIDs))
}

// ByIDs reads several households at once; an id that is nobody's is not in the answer.
func ByIDs(ctx context.Context, tx *db.Tx, ids []string) (map[string]Household, error) {
	list, err := db.All(ctx, tx, selectHousehold+among("id"), scanHousehold, db.JSON(ids))
	out := make(map[string]Household, len(list))
	for _, h := range list {
		out[h.ID] = h
	}
	return out, err
}
