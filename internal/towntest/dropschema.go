package towntest

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// DropSchema removes a schema of the test database at the end of the test.
func DropSchema(t testing.TB, schema string) {
	t.Helper()
	dsn := Postgres(t)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		conn, err := pgx.Connect(ctx, dsn)
		if err != nil {
			t.Errorf("drop schema %s: %v", schema, err)
			return
		}
		defer conn.Close(ctx)
		if _, err := conn.Exec(ctx, "SET client_min_messages = warning; DROP SCHEMA IF EXISTS "+schema+" CASCADE"); err != nil {
			t.Errorf("drop schema %s: %v", schema, err)
		}
	})
}
