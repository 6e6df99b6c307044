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
	seed  string // the schema that keeps a copy of the rows that migrations make: emptied and given those, a schema is as good as new
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
	if free.seed == "" {
		keepSeed(t, name)
	}
}

// keepSeed copies what migrations put in the tables of a new schema, before a test changes any of it.
func keepSeed(t testing.TB, name string) {
	t.Helper()
	seed := newName()
	if administer(t, fmt.Sprintf(`CREATE SCHEMA %[2]s; DO $$ DECLARE t text; filled boolean; BEGIN
		FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = '%[1]s' AND tablename <> 'goose_db_version' LOOP
			EXECUTE format('SELECT EXISTS (SELECT 1 FROM %[1]s.%%I)', t) INTO filled;
			IF filled THEN EXECUTE format('CREATE TABLE %[2]s.%%I AS TABLE %[1]s.%%I', t, t); END IF;
		END LOOP;
	END $$`, name, seed)) != failed {
		free.seed = seed
	}
}

// giveBack makes a schema as it was when new, for the next test.
func giveBack(t testing.TB, name string) {
	t.Helper()
	free.Lock()
	defer free.Unlock()
	if free.seed == "" {
		administer(t, dropSchema(name))
		return
	}
	if administer(t, fmt.Sprintf(`SET session_replication_role = replica; SET lock_timeout = '10s';
		DO $$ DECLARE t text; BEGIN
			FOR t IN SELECT format('%%I.%%I', schemaname, tablename) FROM pg_tables
				WHERE schemaname = '%[1]s' AND tablename <> 'goose_db_version' LOOP EXECUTE 'DELETE FROM ' || t; END LOOP;
			FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = '%[2]s' LOOP EXECUTE format('INSERT INTO %[1]s.%%I SELECT * FROM %[2]s.%%I', t, t); END LOOP;
		END $$`, name, free.seed)) != failed {
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
