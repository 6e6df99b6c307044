package db

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

func embedded() fs.FS {
	sub, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return sub
}

// Digest names what the program's migrations make: databases migrated by programs of the same digest have the same tables.
func Digest() (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(embedded(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(embedded(), name)
		fmt.Fprintf(sum, "%s %d\n%s", name, len(text), text)
		return err
	})
	return hex.EncodeToString(sum.Sum(nil)[:8]), err
}

// types gives each type word of a migration its column type and CHECK on each engine; %[1]s is the column. IS and not =:
// date() of what is no date is NULL, and a CHECK that is NULL passes.
var types = map[string]map[string]string{
	SQLite: {
		"text": "TEXT", "bigint": "INTEGER", "bytes": "BLOB",
		"boolean": "INTEGER CHECK (%[1]s IN (0, 1))",
		"date":    "TEXT CHECK (%[1]s IS date(%[1]s))",
		"instant": "TEXT CHECK (%[1]s IS strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', %[1]s))",
		"json":    "TEXT CHECK (json_valid(%[1]s))",
	},
	Postgres: {
		"text": "text", "bigint": "bigint", "bytes": "bytea", "boolean": "boolean",
		"date": "date", "instant": "timestamptz", "json": "jsonb",
	},
}

var (
	columnLine = regexp.MustCompile(`^(\s+|ALTER TABLE [a-z_]+ ADD COLUMN )([a-z_][a-z0-9_]*) ([a-z]+)\b(.*)$`)
	openTable  = regexp.MustCompile(`^CREATE TABLE [a-z_][a-z0-9_]* \($`)
)

// expand turns a migration's one text into an engine's own: each column line, `name type …`, gets the engine's type and
// CHECK. A column of an unknown type is an error with its line.
func expand(engine, text string) (string, error) {
	lines := strings.Split(text, "\n")
	inTable, keyed := false, false
	for i, line := range lines {
		switch {
		case openTable.MatchString(line):
			inTable, keyed = true, false
			continue
		case inTable && strings.HasPrefix(line, "  PRIMARY KEY ("):
			keyed = true
		case inTable && strings.HasPrefix(line, ")"):
			inTable = false
			if engine == SQLite {
				lines[i] = strings.Replace(line, ");", sqliteTable(keyed), 1)
			}
			continue
		case strings.HasPrefix(line, "CREATE TABLE"):
			return "", fmt.Errorf("line %d: a table begins with `CREATE TABLE name (` alone on its line", i+1)
		}
		m := columnLine.FindStringSubmatch(line)
		if m == nil || !inTable && m[1][0] != 'A' {
			continue
		}
		pattern, ok := types[engine][m[3]]
		if !ok {
			return "", fmt.Errorf("line %d: column %s: unknown type %q", i+1, m[2], m[3])
		}
		if strings.Contains(pattern, "%") {
			pattern = fmt.Sprintf(pattern, m[2])
		}
		lines[i] = m[1] + m[2] + " " + pattern + m[4]
	}
	return strings.Join(lines, "\n"), nil
}

// sqliteTable ends a table on SQLite. One whose key is several columns is kept in the order of that key: its rows are short and read
// by it, and each row is then found and written in one place instead of two.
func sqliteTable(keyed bool) string {
	if keyed {
		return ") STRICT, WITHOUT ROWID;"
	}
	return ") STRICT;"
}

// expandedFS is a folder of migrations as one engine reads them.
type expandedFS struct {
	fs.FS
	engine string
}

// Open gives a migration expanded, and anything else as it is.
func (e expandedFS) Open(name string) (fs.File, error) {
	f, err := e.FS.Open(name)
	if err != nil || path.Ext(name) != ".sql" {
		return f, err
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	expanded, err := expand(e.engine, string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return expandedFile{strings.NewReader(expanded), info}, nil
}

type expandedFile struct {
	io.Reader
	info fs.FileInfo
}

func (f expandedFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f expandedFile) Close() error               { return nil }

// migrate runs the missing migrations in order, each in its own transaction, or, when not asked to, checks that none is
// missing. A database made by a newer program is refused.
func migrate(ctx context.Context, conn *sql.DB, engine, schema string, cfg Config) error {
	dialect := goose.DialectSQLite3
	if engine == Postgres {
		dialect = goose.DialectPostgres
	}
	p, err := goose.NewProvider(dialect, conn, expandedFS{cfg.Migrations, engine}, goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	sources := p.ListSources()
	newest := sources[len(sources)-1].Version
	have, err := version(ctx, conn, engine)
	switch {
	case err != nil:
		return err
	case have > newest:
		return fmt.Errorf("its version is %d, this program knows %d: it was made by a newer program", have, newest)
	case have == newest:
		return nil
	case !cfg.Migrate:
		return &BehindError{Have: have, Need: newest}
	}
	results, err := p.Up(ctx)
	if err != nil {
		return err
	}
	for _, r := range results {
		cfg.Log.InfoContext(ctx, "migration", "file", r.Source.Path, "schema", schema, "ms", r.Duration.Milliseconds())
	}
	return nil
}

// BehindError is what Open answers, when it may not migrate, for a database that misses migrations. Have is 0 for an empty one.
type BehindError struct{ Have, Need int64 }

// Error says what to do.
func (e *BehindError) Error() string {
	return fmt.Sprintf("its version is %d, this program needs %d: run `preau migrate`", e.Have, e.Need)
}

// version is the newest migration the database has had, 0 for a new one.
func version(ctx context.Context, conn *sql.DB, engine string) (int64, error) {
	exists := "SELECT count(*) > 0 FROM sqlite_schema WHERE name = 'goose_db_version'"
	if engine == Postgres {
		exists = "SELECT to_regclass('goose_db_version') IS NOT NULL"
	}
	var known bool
	if err := conn.QueryRowContext(ctx, exists).Scan(&known); err != nil || !known {
		return 0, err
	}
	var newest int64
	err := conn.QueryRowContext(ctx, "SELECT max(version_id) FROM goose_db_version WHERE is_applied").Scan(&newest)
	return newest, err
}

// Schema gives the tables and indexes of a migrated SQLite file in the words of the migrations: what the database is now,
// whatever number of migrations made it.
func Schema(ctx context.Context, d *DB) (string, error) {
	if d.Engine() != SQLite {
		return "", errors.New("the present schema is read from SQLite")
	}
	var texts []string
	err := d.Read(ctx, func(tx *Tx) (err error) {
		texts, err = All(ctx, tx, `SELECT sql FROM sqlite_schema
			WHERE sql IS NOT NULL AND tbl_name NOT LIKE 'goose_%' AND tbl_name NOT LIKE 'sqlite_%' ORDER BY rowid`, Value[string])
		return err
	})
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("-- The present schema, made from the migrations by `go test ./internal/db -update`. Not to be edited.\n")
	for _, text := range texts {
		if strings.HasPrefix(text, "CREATE TABLE") {
			b.WriteString("\n")
		}
		b.WriteString(contract(text) + ";\n")
	}
	return b.String(), nil
}

var expandedColumn = regexp.MustCompile(`^(\s+)([a-z_][a-z0-9_]*) (TEXT|INTEGER|BLOB)\b(.*)$`)

// contract is the reverse of expand for SQLite.
func contract(text string) string {
	lines := strings.Split(strings.TrimSuffix(strings.TrimSuffix(text, ", WITHOUT ROWID"), " STRICT"), "\n")
	for i, line := range lines {
		m := expandedColumn.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		word, rest := map[string]string{"TEXT": "text", "INTEGER": "bigint", "BLOB": "bytes"}[m[3]], m[4]
		for _, w := range []string{"boolean", "date", "instant", "json"} {
			full := fmt.Sprintf(types[SQLite][w], m[2])
			if after, ok := strings.CutPrefix(m[3]+m[4], full); ok {
				word, rest = w, after
			}
		}
		lines[i] = m[1] + m[2] + " " + word + rest
	}
	return strings.Join(lines, "\n")
}
