package towntest

import (
	"context"
	"errors"
	"slices"
	"strings"

	"preau/internal/db"
)

// errPlanted takes back what was planted.
var errPlanted = errors.New("planted")

// Plant spoils the database with one statement, fails unless verify finds it and says so, and takes it back.
func (tn *Town) Plant(verify func(context.Context, *db.Tx) ([]string, error), spoil, says string) {
	tn.t.Helper()
	err := tn.DB.Write(context.Background(), func(tx *db.Tx) error {
		n, err := tx.Exec(context.Background(), spoil)
		if err != nil {
			return err
		}
		broken, err := verify(context.Background(), tx)
		if err != nil {
			return err
		}
		if n == 0 || !slices.ContainsFunc(broken, func(b string) bool { return strings.Contains(b, says) }) {
			tn.t.Errorf("%s: %d rows, %q not found in %q", spoil, n, says, broken)
		}
		return errPlanted
	})
	if !errors.Is(err, errPlanted) {
		tn.t.Errorf("%s: %v", spoil, err)
	}
}
