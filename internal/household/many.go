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

// StandingsOf reads the standings of several households at once.
func StandingsOf(ctx context.Context, tx *db.Tx, householdIDs []string) (map[string]Standing, error) {
	out := make(map[string]Standing, len(householdIDs))
	ids := db.JSON(householdIDs)
	change := func(id string, f func(*Standing)) {
		s := out[id]
		f(&s)
		out[id] = s
	}
	type residence struct {
		household string
		Residence
	}
	residences, err := db.All(ctx, tx, `SELECT household_id, from_day, resident FROM residences`+among("household_id")+` ORDER BY household_id, from_day`,
		func(row db.Scanner) (r residence, err error) { return r, row.Scan(&r.household, &r.From, &r.Resident) }, ids)
	if err != nil {
		return nil, err
	}
	for _, r := range residences {
		change(r.household, func(s *Standing) { s.Residences = append(s.Residences, r.Residence) })
	}
	quotients, err := db.All(ctx, tx, selectQuotient+among("household_id")+` ORDER BY household_id, effective_on, known_at`, scanQuotient, ids)
	if err != nil {
		return nil, err
	}
	for _, q := range quotients {
		change(q.HouseholdID, func(s *Standing) { s.Quotients = append(s.Quotients, q) })
	}
	holds, err := db.All(ctx, tx, selectHold+among("household_id")+` AND lifted_at IS NULL ORDER BY since DESC, id DESC`, scanHold, ids)
	for _, h := range holds {
		change(h.HouseholdID, func(s *Standing) { s.Hold = &h })
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
