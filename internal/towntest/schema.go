package towntest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"preau/internal/db"
)

// free holds the migrated, emptied schemas that tests of this process have given back: to empty one takes a twentieth of
// the time of making one. They go with the server; those left on a lasting one are dropped by a run of a later day.
var free struct {
	sync.Mutex
	names []string
	swept bool
	keep  bool // a new schema is empty, so an emptied one is as good as new
}

const (
	prefix  = "t_"
	patient = 30 * time.Second
)

// Schema gives a name for a schema that does not exist yet on the server of Postgres, and drops it at the end of the test.
func Schema(t testing.TB) string {
	t.Helper()
	name := newName()
	t.Cleanup(func() { administer(t, dropSchema(name)) })
	return name
}

func newName() string { return prefix + time.Now().UTC().Format("20060102") + "_" + db.NewID() }

func dropSchema(name string) string {
	return "SET client_min_messages = warning; DROP SCHEMA IF EXISTS " + name + " CASCADE"
}

// migrated gives a schema with the town's tables, all empty but for what migrations put there.
func migrated(t testing.TB) string {
	t.Helper()
	free.Lock()
	defer free.Unlock()
	if !free.swept {
		sweep(t)
		free.swept = true
	}
	var name string
	if n := len(free.names); n > 0 {
		name, free.names = free.names[n-1], free.names[:n-1]
	} else {
		name = newName()
		migrate(t, name)
	}
	t.Cleanup(func() { giveBack(t, name) })
	return name
}

func migrate(t testing.TB, name string) {
	t.Helper()
	d, err := db.Open(t.Context(), db.Config{Pool: pool(t), Schema: name, Migrate: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatalf("test town: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Fatalf("test town: %v", err)
	}
	seeded := administer(t, fmt.Sprintf(`SELECT coalesce(sum((xpath('/row/n/text()',
		query_to_xml(format('SELECT count(*) AS n FROM %%I.%%I', schemaname, tablename), false, true, '')))[1]::text::bigint), 0)
		FROM pg_tables WHERE schemaname = '%s' AND tablename <> 'goose_db_version'`, name))
	free.keep = seeded == "0"
}

// giveBack empties a schema for the next test, or drops it where empty is not new.
func giveBack(t testing.TB, name string) {
	t.Helper()
	free.Lock()
	defer free.Unlock()
	if !free.keep {
		administer(t, dropSchema(name))
		return
	}
	if administer(t, fmt.Sprintf(`SET session_replication_role = replica; SET lock_timeout = '10s';
		DO $$ DECLARE t text; BEGIN
			FOR t IN SELECT format('%%I.%%I', schemaname, tablename) FROM pg_tables
				WHERE schemaname = '%s' AND tablename <> 'goose_db_version' LOOP EXECUTE 'DELETE FROM ' || t; END LOOP;
		END $$`, name)) != failed {
		free.names = append(free.names, name)
	}
}

// sweep drops what runs of earlier days left on a lasting server.
func sweep(t testing.TB) {
	t.Helper()
	names := administer(t, fmt.Sprintf(`SELECT coalesce(string_agg(nspname, ','), '') FROM pg_namespace
		WHERE nspname LIKE 't\_%%' AND nspname < '%s%s'`, prefix, time.Now().UTC().Format("20060102")))
	for name := range strings.SplitSeq(names, ",") {
		if name != "" && names != failed {
			administer(t, dropSchema(name))
		}
	}
}

const failed = "failed"

// administer runs statements on a connection of their own and gives the first value of the last one; it marks the test as
// failed, and goes on, when they fail.
func administer(t testing.TB, statements string) string {
	t.Helper()
	value, err := ask(Postgres(t), statements)
	if err != nil {
		t.Errorf("test schema: %v", err)
		return failed
	}
	return value
}

func ask(dsn, statements string) (value string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patient)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	results, err := conn.PgConn().Exec(ctx, statements).ReadAll()
	if err != nil {
		return "", err
	}
	if last := results[len(results)-1]; len(last.Rows) > 0 {
		value = string(last.Rows[0][0])
	}
	return value, nil
}
