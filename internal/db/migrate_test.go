package db_test

import (
	"context"
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"preau/internal/db"
)

var update = flag.Bool("update", false, "write schema.sql anew")

// schema.sql is the present schema; `go test ./internal/db -update` writes it after a migration has been added.
func TestSchemaIsFresh(t *testing.T) {
	cfg := place(t, db.SQLite)
	cfg.Migrations, cfg.Migrate = nil, true
	got, err := db.Schema(t.Context(), open(t, cfg))
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("schema.sql", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Error("schema.sql is stale: go test ./internal/db -update")
	}
}

// The present schema, run as a migration, gives itself: nothing is lost on the way.
func TestSchemaIsItsOwnMigration(t *testing.T) {
	cfg := place(t, db.SQLite)
	cfg.Migrate = true
	first, err := db.Schema(t.Context(), open(t, cfg))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"  made_on date,", "  made_at instant,", "  open boolean NOT NULL DEFAULT false,", "  detail json,", "  content bytes,"} {
		if !strings.Contains(first, line+"\n") {
			t.Errorf("no line %q in\n%s", line, first)
		}
	}
	again := place(t, db.SQLite)
	again.Migrate = true
	again.Migrations = fstest.MapFS{"0001_all.sql": {Data: []byte("-- +goose Up\n" + strings.Replace(first, ", closed_on date)", ",\n  closed_on date\n)", 1))}}
	second, err := db.Schema(t.Context(), open(t, again))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Join(strings.Fields(first), "") != strings.Join(strings.Fields(second), "") {
		t.Errorf("first\n%s\nthen\n%s", first, second)
	}
}

// Both engines have the same tables, columns, kinds of column and unique indexes.
func TestEnginesHaveTheSameSchema(t *testing.T) {
	found := map[string]map[string]string{}
	for _, engine := range []string{db.SQLite, db.Postgres} {
		cfg := place(t, engine)
		cfg.Migrations, cfg.Migrate = nil, true
		found[engine] = columns(t, open(t, cfg), cfg.Schema)
	}
	lite, pg := found[db.SQLite], found[db.Postgres]
	if len(lite) < 50 {
		t.Errorf("only %d columns and indexes found", len(lite))
	}
	for _, name := range slices.Sorted(maps.Keys(lite)) {
		if lite[name] != pg[name] {
			t.Errorf("%s: %q on SQLite, %q on PostgreSQL", name, lite[name], pg[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(pg)) {
		if _, ok := lite[name]; !ok {
			t.Errorf("%s: on PostgreSQL only", name)
		}
	}
}

// columns gives "table.column" → storage, and "index name" → table, in terms common to both engines.
func columns(t *testing.T, d *db.DB, schema string) map[string]string {
	queries := []string{
		`SELECT t.name || '.' || c.name, c.type FROM sqlite_schema t JOIN pragma_table_info(t.name) c
			WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name NOT LIKE 'goose_%'`,
		`SELECT 'index ' || name, tbl_name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL`,
	}
	var args []any
	if d.Engine() == db.Postgres {
		args = []any{schema}
		queries = []string{
			`SELECT table_name || '.' || column_name, CASE data_type WHEN 'bigint' THEN 'INTEGER' WHEN 'boolean' THEN 'INTEGER'
				WHEN 'bytea' THEN 'BLOB' WHEN 'date' THEN 'TEXT' WHEN 'timestamp with time zone' THEN 'TEXT' WHEN 'jsonb' THEN 'TEXT'
				WHEN 'text' THEN 'TEXT' ELSE data_type END
				FROM information_schema.columns WHERE table_schema = $1 AND table_name NOT LIKE 'goose_%'`,
			`SELECT 'index ' || indexname, tablename FROM pg_indexes WHERE schemaname = $1 AND tablename NOT LIKE 'goose_%'
				AND NOT EXISTS (SELECT 1 FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
					WHERE c.conname = indexname AND n.nspname = $1)`,
		}
	}
	out := map[string]string{}
	for _, query := range queries {
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			rows, err := tx.Query(t.Context(), query, args...)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var name, kind string
				if err := rows.Scan(&name, &kind); err != nil {
					return err
				}
				out[name] = kind
			}
			return rows.Err()
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestMigrateByStages(t *testing.T) {
	for _, engine := range []string{db.SQLite, db.Postgres} {
		t.Run(engine, func(t *testing.T) {
			ctx := context.Background()
			cfg := place(t, engine)
			if _, err := db.Open(ctx, cfg); err == nil || !strings.Contains(err.Error(), "preau migrate") {
				t.Errorf("a database that is behind: %v", err)
			}
			cfg.Migrate = true
			cfg.Migrations = fstest.MapFS{"0001_shop.sql": shop["0001_shop.sql"]}
			d := open(t, cfg)
			write(t, d, "INSERT INTO boxes (id, label) VALUES ('a', 'A')")
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			broken := maps.Clone(shop)
			broken["0003_bad.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nUPDATE boxes SET label = 'B';\nINSERT INTO nowhere (id) VALUES ('x');\n")}
			cfg.Migrations = broken
			if _, err := db.Open(ctx, cfg); err == nil {
				t.Error("a failing migration passed")
			}
			cfg.Migrations = shop
			d = open(t, cfg)
			if n := count(t, d, "SELECT count(*) FROM boxes WHERE label = 'A' AND closed_on IS NULL"); n != 1 {
				t.Errorf("%d boxes kept, want 1: the failing migration left something", n)
			}
			cfg.Migrations = fstest.MapFS{"0001_shop.sql": shop["0001_shop.sql"]}
			if _, err := db.Open(ctx, cfg); err == nil || !strings.Contains(err.Error(), "newer program") {
				t.Errorf("a database that is ahead: %v", err)
			}
		})
	}
}

func TestMigrationTextIsChecked(t *testing.T) {
	for text, want := range map[string]string{
		"CREATE TABLE a (\n  id integer\n);":       `line 3: column id: unknown type "integer"`,
		"CREATE TABLE a (id text);":                "alone on its line",
		"ALTER TABLE a ADD COLUMN b timestamp;":    `unknown type "timestamp"`,
		"CREATE TABLE IF NOT EXISTS a (\n id text": "alone on its line",
	} {
		cfg := place(t, db.SQLite)
		cfg.Migrate = true
		cfg.Migrations = fstest.MapFS{"0001_a.sql": {Data: []byte("-- +goose Up\n" + text)}}
		if _, err := db.Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestBadAddresses(t *testing.T) {
	for _, cfg := range []db.Config{
		{DSN: "town.db"}, {DSN: "sqlite:"}, {DSN: "sqlite::memory:"}, {DSN: "mysql://x:secret@y/z"},
		{DSN: "sqlite:" + filepath.Join(t.TempDir(), "no", "town.db")},
		{DSN: "postgres:///x", Schema: "Chatou"}, {DSN: "postgres:///x", Schema: `a"; DROP`}, {DSN: "postgres:///x", Schema: "pg_a"},
	} {
		cfg.Migrations = shop
		_, err := db.Open(t.Context(), cfg)
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s %s: %v", cfg.DSN, cfg.Schema, err)
		}
	}
}

func TestBackup(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		write(t, d, "INSERT INTO boxes (id, label) VALUES ('a', 'A')")
		path := filepath.Join(t.TempDir(), "copy.db")
		err := d.Backup(t.Context(), path)
		if d.Engine() == db.Postgres {
			if err == nil || !strings.Contains(err.Error(), "pg_dump") {
				t.Errorf("on PostgreSQL: %v", err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("copy: %v %v", info, err)
		}
		copied := open(t, db.Config{DSN: "sqlite:" + path, Migrations: fs.FS(shop)})
		if n := count(t, copied, "SELECT count(*) FROM boxes"); n != 1 {
			t.Errorf("%d boxes in the copy", n)
		}
		if err := d.Backup(t.Context(), path); err == nil {
			t.Error("a backup was overwritten")
		}
	})
}

func TestCheckpointShortensTheLog(t *testing.T) {
	cfg := place(t, db.SQLite)
	cfg.Migrate = true
	d := open(t, cfg)
	wal := strings.TrimPrefix(cfg.DSN, "sqlite:") + "-wal"
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), "INSERT INTO boxes (id, label, content) VALUES ('a', 'A', $1)", make([]byte, 6<<20))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(wal); err != nil || info.Size() < 6<<20 {
		t.Fatalf("log before: %v %v", info, err)
	}
	if err := d.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(wal); err != nil || info.Size() != 0 {
		t.Errorf("log after: %v %v", info, err)
	}
}
