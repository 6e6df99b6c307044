package activity

import (
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"strings"

	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/money"
	"preau/internal/tariff"
)

const selectGrid = `SELECT id, activity_id, coalesce(option_id, ''), age_group, per, name, kind, from_day, voted_on, flat_cents, rate_millionths, floor_cents,
	ceiling_cents, non_resident_cents, CAST(terms AS text) FROM price_grids`

func (c *Catalogue) loadGrids(ctx context.Context, tx *db.Tx) error {
	grids, err := db.All(ctx, tx, selectGrid+` WHERE published_at IS NOT NULL AND withdrawn_at IS NULL ORDER BY from_day, id`, scanGrid)
	if err != nil {
		return err
	}
	c.grids = make(map[string][]tariff.Grid)
	if err := withBrackets(ctx, tx, grids); err != nil {
		return err
	}
	for _, g := range grids {
		c.grids[g.ActivityID] = append(c.grids[g.ActivityID], g)
	}
	return nil
}

// withBrackets reads the brackets of these grids.
func withBrackets(ctx context.Context, tx *db.Tx, grids []tariff.Grid) error {
	type row struct {
		grid string
		b    tariff.Bracket
	}
	ids := make([]string, len(grids))
	for i := range grids {
		ids[i] = grids[i].ID
	}
	rows, err := db.All(ctx, tx, `SELECT grid_id, from_hundredths, cents FROM price_brackets
		WHERE grid_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text))) ORDER BY grid_id, from_hundredths`,
		func(s db.Scanner) (r row, err error) { return r, s.Scan(&r.grid, &r.b.From, &r.b.Price) }, db.JSON(ids))
	brackets := make(map[string][]tariff.Bracket)
	for _, r := range rows {
		brackets[r.grid] = append(brackets[r.grid], r.b)
	}
	for i := range grids {
		grids[i].Brackets = brackets[grids[i].ID]
	}
	return err
}

func scanGrid(s db.Scanner) (g tariff.Grid, err error) {
	var flat, rate, floor, ceiling, outside sql.NullInt64
	var terms string
	if err = s.Scan(&g.ID, &g.ActivityID, &g.OptionID, &g.AgeGroup, &g.Per, &g.Name, &g.Kind, &g.From, &g.VotedOn, &flat, &rate, &floor, &ceiling, &outside, &terms); err != nil {
		return g, err
	}
	if err = json.Unmarshal([]byte(terms), &g.Terms); err != nil {
		return g, err
	}
	g.Flat, g.Rate, g.Floor, g.Ceiling = money.Cents(flat.Int64), rate.Int64, money.Cents(floor.Int64), money.Cents(ceiling.Int64)
	g.NonResident = (*money.Cents)(nullable(outside))
	return g, nil
}

// SaveGrid adds a price grid, in force from its first day. A grid is never edited: a new one with the same first day is refused,
// one with a later day takes over. Errors: fault.Invalid beside the field, fault.NotFound.
func SaveGrid(ctx context.Context, tx *db.Tx, g tariff.Grid) (string, error) {
	if err := gridProblems(&g); err != nil {
		return "", err
	}
	g.ID = db.NewID()
	if err := insertGrid(ctx, tx, &g, "", true); err != nil {
		return "", err
	}
	return g.ID, touch(ctx, tx)
}

func gridProblems(g *tariff.Grid) error {
	problems := map[string]string{}
	if strings.TrimSpace(g.Name) == "" {
		problems["nom"] = "Indiquez le nom de la grille, tel qu’il a été voté."
	}
	if g.From.IsZero() {
		problems["du"] = "Indiquez le premier jour de la grille."
	}
	if refusal, refused := fault.As(g.Check()); refused {
		maps.Copy(problems, refusal.Fields)
	}
	return fault.InvalidFields(problems)
}

// insertGrid writes a grid with its brackets, published or not.
func insertGrid(ctx context.Context, tx *db.Tx, g *tariff.Grid, by string, published bool) error {
	var flat, rate, floor, ceiling, outside, at, publisher any = nil, nil, nil, nil, nil, nil, ""
	switch g.Kind {
	case tariff.Flat:
		flat = g.Flat
	case tariff.Effort:
		rate, floor, ceiling = g.Rate, g.Floor, g.Ceiling
	}
	if g.NonResident != nil {
		outside = *g.NonResident
	}
	if g.Per == "" {
		g.Per = tariff.PerDay
	}
	if published {
		at, publisher = tx.Now, by
	}
	_, err := tx.Exec(ctx, `INSERT INTO price_grids (id, activity_id, option_id, age_group, per, name, kind, from_day, voted_on, flat_cents, rate_millionths, floor_cents,
		ceiling_cents, non_resident_cents, terms, created_at, created_by, published_at, published_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
		g.ID, g.ActivityID, nullText(g.OptionID), g.AgeGroup, g.Per, g.Name, g.Kind, g.From, g.VotedOn, flat, rate, floor, ceiling, outside, db.JSON(g.Terms), tx.Now, by, at, publisher)
	if _, ok := db.IsUnique(err); ok {
		return fault.Invalidf("du", "Une grille commence déjà ce jour-là.")
	}
	if db.IsForeignKey(err) {
		return fault.NotFoundf("Cette activité n’existe pas.")
	}
	if err != nil || g.Kind != tariff.Brackets {
		return err
	}
	for _, b := range g.Brackets {
		if _, err := tx.Exec(ctx, `INSERT INTO price_brackets (grid_id, from_hundredths, cents) VALUES ($1, $2, $3)`, g.ID, b.From, b.Price); err != nil {
			return err
		}
	}
	return nil
}
