package db

import (
	"context"
	"fmt"
	"strings"
	"sync"
)

// chunks are how many rows a statement of InsertRows holds: few texts, so that each is prepared once a connection.
var chunks = []int{32, 8, 1}

// InsertRows writes many short rows, a few dozen a statement: for thousands of rows it costs half of what a JSON list does, and it is as
// portable. insert is the statement up to its columns, "INSERT INTO charges (id, cents)"; args are the values of all rows, one after
// the other. It is for tables written by the thousand: elsewhere a JSON list says more in one statement.
func InsertRows(ctx context.Context, tx *Tx, insert string, columns int, args []any) error {
	if columns <= 0 || len(args)%columns != 0 {
		return tx.fail(fmt.Errorf("db: %d values for rows of %d columns", len(args), columns))
	}
	for _, n := range chunks {
		for len(args) >= n*columns {
			if _, err := tx.Exec(ctx, rowsText(insert, columns, n), args[:n*columns]...); err != nil {
				return err
			}
			args = args[n*columns:]
		}
	}
	return nil
}

// rowsKey names a text of rowsText.
type rowsKey struct {
	insert     string
	columns, n int
}

var rowsTexts sync.Map // rowsKey → string; as many as the program has calls of InsertRows, three each

func rowsText(insert string, columns, n int) string {
	key := rowsKey{insert, columns, n}
	if known, ok := rowsTexts.Load(key); ok {
		return known.(string)
	}
	var b strings.Builder
	b.WriteString(insert)
	b.WriteString(" VALUES ")
	for i := range n * columns {
		switch {
		case i == 0:
			b.WriteString("(")
		case i%columns == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", i+1)
	}
	b.WriteString(")")
	rowsTexts.Store(key, b.String())
	return b.String()
}
