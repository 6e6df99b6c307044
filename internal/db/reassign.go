package db

import (
	"context"
	"strings"
)

// Reassignment names rows that change owner: those of a table whose column holds a value. The table has a column id. Where the column is
// unique together with others, rows that the new owner already has stay where they are.
type Reassignment struct {
	Table, Column string
	Unique        []string
}

// Move gives the rows of one owner to another, and answers with the ids of those that moved. The names are constants of the program,
// never something typed.
func (r Reassignment) Move(ctx context.Context, tx *Tx, from, to string) ([]string, error) {
	query := `UPDATE ` + r.Table + ` SET ` + r.Column + ` = $2 WHERE ` + r.Column + ` = $1`
	if len(r.Unique) > 0 {
		var same strings.Builder
		for _, column := range r.Unique {
			same.WriteString(` AND o.` + column + ` IS NOT DISTINCT FROM ` + r.Table + `.` + column)
		}
		query += ` AND NOT EXISTS (SELECT 1 FROM ` + r.Table + ` o WHERE o.` + r.Column + ` = $2` + same.String() + `)`
	}
	return All(ctx, tx, query+` RETURNING id`, Value[string], from, to)
}

// Return gives rows back that Move gave away, those that are still where it put them.
func (r Reassignment) Return(ctx context.Context, tx *Tx, ids []string, from, to string) error {
	_, err := tx.Exec(ctx, `UPDATE `+r.Table+` SET `+r.Column+` = $2 WHERE `+r.Column+` = $1
		AND id IN (SELECT CAST(value AS text) FROM json_each(CAST($3 AS text)))`, to, from, JSON(ids))
	return err
}

// Count says how many rows an owner has.
func (r Reassignment) Count(ctx context.Context, tx *Tx, owner string) (n int, err error) {
	err = tx.QueryRow(ctx, `SELECT count(*) FROM `+r.Table+` WHERE `+r.Column+` = $1`, owner).Scan(&n)
	return n, err
}

// Holds says whether a row of this owner names another thing too.
func (r Reassignment) Holds(ctx context.Context, tx *Tx, owner, column, value string) (bool, error) {
	return Exists(ctx, tx, `SELECT 1 FROM `+r.Table+` WHERE `+r.Column+` = $1 AND `+column+` = $2`, owner, value)
}
