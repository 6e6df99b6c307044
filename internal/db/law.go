package db

import (
	"context"
	"fmt"
	"strings"
)

// Law is something that must hold of the tables of a package: a read that gives the rows for which it does not, three columns of text each, and
// the sentence they are said with.
type Law struct{ Says, Query string }

// Broken says where laws do not hold, a sentence each, after the name of whose they are.
func Broken(ctx context.Context, tx *Tx, whose string, laws []Law) ([]string, error) {
	var broken []string
	for _, l := range laws {
		found, err := All(ctx, tx, l.Query, func(s Scanner) (string, error) {
			var a, b, c string
			err := s.Scan(&a, &b, &c)
			return whose + ": " + fmt.Sprintf(l.Says, a, b, c), err
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", strings.TrimSpace(l.Says), err)
		}
		broken = append(broken, found...)
	}
	return broken, nil
}
