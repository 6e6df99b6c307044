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
	"github.com/jackc/pgx/v5/pgconn"

	"preau/internal/db"
)

// Schemas that are migrated and empty wait on the server for the next test, of this process or another: to empty one takes a twentieth of the time of
// making one. Their names begin with waiting, the digest of the migrations that made them and the day; beside them, one schema keeps a copy of the rows
// that migrations make: emptied and given those, a schema is as good as new. What is left on a lasting server is dropped by a run of a later day.
const (
	prefix  = "t_" // in use by a test
	waiting = "w_"
	keeping = "k_" // the rows that migrations make
	patient = 30 * time.Second
)

// kept is this process's knowledge of the server: once a process.
var kept struct {
	sync.Mutex
	digest string
	seed   string
}

// Schema gives a name for a schema that does not exist yet on the server of Postgres, and drops it at the end of the test.
func Schema(t testing.TB) string {
	t.Helper()
	name := newName()
	t.Cleanup(func() { administer(t, dropSchema(name)) })
	return name
}

func newName() string { return prefix + today() + "_" + db.NewID() }

func today() string { return time.Now().UTC().Format("20060102") }

func dropSchema(name string) string {
	return "SET client_min_messages = warning; DROP SCHEMA IF EXISTS " + name + " CASCADE"
}

// migrated gives a schema with the town's tables, all empty but for what migrations put there.
func migrated(t testing.TB) string {
	t.Helper()
	seed := prepare(t)
	name := newName()
	if !takeWaiting(t, name) {
		migrate(t, name)
	}
	t.Cleanup(func() { giveBack(t, name, seed) })
	return name
}

// prepare makes, once a process, what its towns need of the server, and gives the name of the schema that keeps the rows of migrations.
func prepare(t testing.TB) string {
	t.Helper()
	kept.Lock()
	defer kept.Unlock()
	if kept.seed != "" {
		return kept.seed
	}
	digest, err := db.Digest()
	if err != nil {
		t.Fatalf("test schema: %v", err)
	}
	sweep(t)
	kept.digest, kept.seed = digest, keeping+today()+"_"+digest
	if administer(t, fmt.Sprintf("SELECT count(*) FROM pg_namespace WHERE nspname = '%s'", kept.seed)) == "0" {
		name := newName()
		migrate(t, name)
		keepSeed(t, name, kept.seed)
		giveBack(t, name, kept.seed)
	}
	return kept.seed
}

// takeWaiting gives a waiting schema the name of one in use, and tells whether there was any. Two tests may reach for the same one: then the second's
// change of name fails, and it takes another.
func takeWaiting(t testing.TB, name string) bool {
	t.Helper()
	for range 50 { // so many others at once there are not: then something else is wrong, and a new schema serves
		found := administer(t, fmt.Sprintf(`SELECT coalesce((SELECT nspname FROM pg_namespace WHERE nspname LIKE '%s' ORDER BY random() LIMIT 1), '')`,
			strings.ReplaceAll(waitingNames(), "_", `\_`)+"%"))
		if found == "" || found == failed {
			return false
		}
		if _, err := ask(Postgres(t), fmt.Sprintf("ALTER SCHEMA %s RENAME TO %s", found, name)); err == nil {
			return true
		}
	}
	return false
}

// waitingNames is what the names of the waiting schemas of today's tables begin with.
func waitingNames() string { return waiting + today() + "_" + kept.digest + "_" }

func migrate(t testing.TB, name string) {
	t.Helper()
	d, err := db.Open(t.Context(), db.Config{Pool: pool(t), Schema: name, Migrate: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatalf("test town: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Fatalf("test town: %v", err)
	}
	administer(t, fmt.Sprintf("DO $$ BEGIN EXECUTE format('COMMENT ON SCHEMA %[1]s IS %%L', (%[2]s)::text); END $$", name, shape(name)))
}

// shape counts what is made in a schema: a test that dropped or added something has made another number of it.
func shape(name string) string {
	return fmt.Sprintf(`SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = n.oid) || ' ' || (SELECT count(*) FROM pg_constraint WHERE connamespace = n.oid)
		|| ' ' || (SELECT count(*) FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid WHERE c.relnamespace = n.oid)
		FROM pg_namespace n WHERE n.nspname = '%s'`, name)
}

// keepSeed copies what migrations put in the tables of a new schema, before a test changes any of it. When another process did so meanwhile, its copy
// serves.
func keepSeed(t testing.TB, name, seed string) {
	t.Helper()
	_, err := ask(Postgres(t), fmt.Sprintf(`BEGIN; CREATE SCHEMA %[2]s; DO $$ DECLARE t text; filled boolean; BEGIN
		FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = '%[1]s' AND tablename <> 'goose_db_version' LOOP
			EXECUTE format('SELECT EXISTS (SELECT 1 FROM %[1]s.%%I)', t) INTO filled;
			IF filled THEN EXECUTE format('CREATE TABLE %[2]s.%%I AS TABLE %[1]s.%%I', t, t); END IF;
		END LOOP;
	END $$; COMMIT`, name, seed))
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && (pg.Code == "42P06" || pg.Code == "23505") {
		return
	}
	if err != nil {
		t.Fatalf("test schema: %v", err)
	}
}

// giveBack makes a schema as it was when new and lets it wait for the next test, or drops it when its test has changed more than rows.
func giveBack(t testing.TB, name, seed string) {
	t.Helper()
	if same := administer(t, fmt.Sprintf("SELECT (%s) = (SELECT obj_description(oid) FROM pg_namespace WHERE nspname = '%s')", shape(name), name)); same != "t" {
		administer(t, dropSchema(name))
		return
	}
	administer(t, fmt.Sprintf(`SET session_replication_role = replica; SET lock_timeout = '10s';
		DO $$ DECLARE t text; BEGIN
			FOR t IN SELECT format('%%I.%%I', schemaname, tablename) FROM pg_tables
				WHERE schemaname = '%[1]s' AND tablename <> 'goose_db_version' LOOP EXECUTE 'DELETE FROM ' || t; END LOOP;
			FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = '%[2]s' LOOP EXECUTE format('INSERT INTO %[1]s.%%I SELECT * FROM %[2]s.%%I', t, t); END LOOP;
		END $$; ALTER SCHEMA %[1]s RENAME TO %[3]s`, name, seed, waitingNames()+db.NewID()))
}

// sweep drops what runs of earlier days left on a lasting server.
func sweep(t testing.TB) {
	t.Helper()
	names := administer(t, fmt.Sprintf(`SELECT coalesce(string_agg(nspname, ','), '') FROM pg_namespace
		WHERE nspname ~ '^[twk]_[0-9]{8}_' AND substr(nspname, 3, 8) < '%s'`, today()))
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
