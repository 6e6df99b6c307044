package activity

import (
	"context"
	"strings"

	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/tariff"
)

// SaveGrid adds a price grid, in force from its first day. A grid is never edited: a new one with the same first day is refused,
// one with a later day takes over. Errors: fault.Invalid beside the field, fault.NotFound.
func SaveGrid(ctx context.Context, tx *db.Tx, g tariff.Grid) (string, error) {
	problems := map[string]string{}
	if strings.TrimSpace(g.Name) == "" {
		problems["nom"] = "Indiquez le nom de la grille, tel qu’il a été voté."
	}
	if g.From.IsZero() {
		problems["du"] = "Indiquez le premier jour de la grille."
	}
	if err := g.Check(); err != nil {
		problems["tranches"] = strings.ToUpper(err.Error()[:1]) + err.Error()[1:] + "."
	}
	if len(problems) > 0 {
		return "", fault.InvalidFields(problems)
	}
	id := db.NewID()
	var flat, outside any
	if g.Kind == tariff.Flat {
		flat = g.Flat
	}
	if g.NonResident != nil {
		outside = *g.NonResident
	}
	_, err := tx.Exec(ctx, `INSERT INTO grids (id, activity_id, option_id, name, kind, from_day, non_resident_cents, flat_cents, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		id, g.ActivityID, nullText(g.OptionID), g.Name, g.Kind, g.From, outside, flat, tx.Now)
	if _, ok := db.IsUnique(err); ok {
		return "", fault.Invalidf("du", "Une grille commence déjà ce jour-là.")
	}
	if db.IsForeignKey(err) {
		return "", fault.NotFoundf("Cette activité n’existe pas.")
	}
	if err != nil {
		return "", err
	}
	for _, b := range g.Brackets {
		if _, err := tx.Exec(ctx, `INSERT INTO grid_brackets (grid_id, from_hundredths, cents) VALUES ($1, $2, $3)`, id, b.From, b.Price); err != nil {
			return "", err
		}
	}
	return id, touch(ctx, tx)
}
