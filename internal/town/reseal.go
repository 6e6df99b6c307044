package town

import (
	"context"
	"errors"

	"preau/internal/db"
	"preau/internal/seal"
)

// Sealed says where a domain keeps values that are sealed with a key derived from the town's.
type Sealed struct {
	Purpose string // of the key: see KeyFor
	Select  string // gives the record each value is sealed for, and the value
	Update  string // writes the value $2 of the record $1
}

// Reseal seals the values again, from one key of the town to another, and says how many. A value that the new key opens already is left,
// so it can be done twice; one that neither opens was lost before, and is counted.
func (s Sealed) Reseal(ctx context.Context, tx *db.Tx, from, to []byte) (done, lost int, err error) {
	type value struct{ record, sealed string }
	values, err := db.All(ctx, tx, s.Select, func(r db.Scanner) (v value, err error) {
		err = r.Scan(&v.record, &v.sealed)
		return v, err
	})
	if err != nil {
		return 0, 0, err
	}
	from, to = KeyFor(from, s.Purpose), KeyFor(to, s.Purpose)
	for _, v := range values {
		if _, err := seal.Open(to, v.record, v.sealed); err == nil {
			continue
		}
		again, err := seal.Again(from, to, v.record, v.sealed)
		if errors.Is(err, seal.ErrNotOpened) {
			lost++
			continue
		}
		if err != nil {
			return done, lost, err
		}
		if _, err := tx.Exec(ctx, s.Update, v.record, again); err != nil {
			return done, lost, err
		}
		done++
	}
	return done, lost, nil
}
