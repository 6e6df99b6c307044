package dossier

import (
	"context"
	"errors"

	"preau/internal/db"
	"preau/internal/seal"
)

// sealedColumns are where health is kept sealed: what to read, the record each value is bound to beside its id, what to write.
var sealedColumns = []struct{ read, record, write string }{
	{`SELECT id, content FROM file_facts WHERE field = 'health' ORDER BY id`, "", `UPDATE file_facts SET content = $2 WHERE id = $1`},
	{`SELECT id, old_content FROM declared_changes WHERE field = 'child.health' ORDER BY id`, "/old", `UPDATE declared_changes SET old_content = $2 WHERE id = $1`},
	{`SELECT id, new_content FROM declared_changes WHERE field = 'child.health' ORDER BY id`, "/new", `UPDATE declared_changes SET new_content = $2 WHERE id = $1`},
}

// Reseal seals health again, from one key of the town for health to another, and says how many values. One that does not open stays.
func Reseal(ctx context.Context, tx *db.Tx, from, to []byte) (int, error) {
	done := 0
	for _, column := range sealedColumns {
		rows, err := db.All(ctx, tx, column.read, func(s db.Scanner) (r [2]string, err error) { return r, s.Scan(&r[0], &r[1]) })
		if err != nil {
			return done, err
		}
		for _, r := range rows {
			again, err := seal.Again(from, to, r[0]+column.record, r[1])
			if errors.Is(err, seal.ErrNotOpened) {
				continue
			}
			if err == nil {
				_, err = tx.Exec(ctx, column.write, r[0], again)
			}
			if err != nil {
				return done, err
			}
			done++
		}
	}
	return done, nil
}
