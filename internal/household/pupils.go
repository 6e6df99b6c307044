package household

import (
	"context"

	"preau/internal/db"
)

// Pupils lists the children of a school in a school year, by name; level "" is every level.
func Pupils(ctx context.Context, tx *db.Tx, siteID, schoolYear, level string) ([]Child, error) {
	return db.All(ctx, tx, selectChild+` JOIN schoolings s ON s.child_id = c.id WHERE s.site_id = $1 AND s.school_year = $2 AND ($3 = '' OR s.level = $3)
		ORDER BY c.name_search, c.id`, scanChild, siteID, schoolYear, level)
}
