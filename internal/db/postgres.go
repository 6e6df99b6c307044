package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// Pool is a set of connections to one PostgreSQL database, shared by the towns that are its schemas.
type Pool struct {
	sql *sql.DB
	cfg *pgx.ConnConfig
}

// OpenPool connects to a PostgreSQL database (15 or newer, UTF-8, byte order collation) with at most size connections;
// 0 stands for 16. dsn may carry pgx's own keys, such as default_query_exec_mode=exec behind a transaction-mode pooler.
func OpenPool(ctx context.Context, dsn string, size int) (*Pool, error) {
	if size <= 0 {
		size = 16
	}
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("database address: %w", err)
	}
	p := &Pool{sql: stdlib.OpenDB(*cfg), cfg: cfg}
	p.sql.SetMaxOpenConns(size)
	p.sql.SetMaxIdleConns(size)
	if err := p.check(ctx); err != nil {
		return nil, errors.Join(err, p.sql.Close())
	}
	return p, nil
}

// Close closes the connections; the towns that use them come first.
func (p *Pool) Close() error { return p.sql.Close() }

// check refuses a server on which the same SQL would answer otherwise than on SQLite.
func (p *Pool) check(ctx context.Context) error {
	var version int64
	var encoding string
	var byteOrder bool
	err := p.sql.QueryRowContext(ctx, `SELECT CAST(current_setting('server_version_num') AS bigint),
		current_setting('server_encoding'), 'B' < 'a' AND 'z' < 'é'`).Scan(&version, &encoding, &byteOrder)
	switch {
	case err != nil:
		return err
	case version < 150000:
		return fmt.Errorf("PostgreSQL %d: 15 or newer is needed", version/10000)
	case encoding != "UTF8" || !byteOrder:
		return errors.New("the PostgreSQL database must be UTF-8 in byte order: " +
			"CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'")
	}
	return nil
}

// postgresEngine is one schema of a pool.
type postgresEngine struct {
	pool   *Pool
	own    bool // the pool was opened for this town alone
	schema string
	lock   int64
}

var schemaName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

func isPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

func openPostgres(ctx context.Context, cfg Config) (engine, error) {
	if !schemaName.MatchString(cfg.Schema) || strings.HasPrefix(cfg.Schema, "pg_") {
		return nil, fmt.Errorf("schema %q: small letters, digits and _ only, beginning with a letter", cfg.Schema)
	}
	e := &postgresEngine{pool: cfg.Pool, schema: cfg.Schema}
	h := fnv.New64a()
	h.Write([]byte("preau:" + cfg.Schema))
	e.lock = int64(h.Sum64())
	if e.pool == nil {
		var err error
		if e.pool, err = OpenPool(ctx, cfg.DSN, 0); err != nil {
			return nil, err
		}
		e.own = true
	}
	if err := e.prepare(ctx, cfg); err != nil {
		return nil, errors.Join(fmt.Errorf("schema %s: %w", cfg.Schema, err), e.close())
	}
	return e, nil
}

// portableNames gives the schema the few names that SQLite has and PostgreSQL has not: json_each for a text, ->> for a text.
const portableNames = `
CREATE SCHEMA IF NOT EXISTS %[1]s;
CREATE OR REPLACE FUNCTION %[1]s.json_each(j text) RETURNS TABLE (key text, value text) LANGUAGE sql IMMUTABLE AS
  $$ SELECT CAST(o - 1 AS text), v FROM jsonb_array_elements_text(CAST(j AS jsonb)) WITH ORDINALITY AS x(v, o) $$;
CREATE OR REPLACE FUNCTION %[1]s.json_field(j text, name text) RETURNS text LANGUAGE sql IMMUTABLE AS
  $$ SELECT CAST(j AS jsonb) ->> name $$;
DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_operator WHERE oprname = '->>' AND oprnamespace = CAST('%[1]s' AS regnamespace)) THEN
    CREATE OPERATOR %[1]s.->> (LEFTARG = text, RIGHTARG = text, FUNCTION = %[1]s.json_field);
  END IF;
END $$;`

// prepare makes the schema and runs its migrations on a connection of its own, under a lock that lets one process do so.
func (e *postgresEngine) prepare(ctx context.Context, cfg Config) error {
	own := e.pool.cfg.Copy()
	own.RuntimeParams["search_path"] = e.schema
	own.RuntimeParams["client_min_messages"] = "warning"
	conn := stdlib.OpenDB(*own)
	defer conn.Close()
	conn.SetMaxOpenConns(1)
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", e.lock+1); err != nil {
		return err
	}
	if cfg.Migrate {
		if _, err := conn.ExecContext(ctx, fmt.Sprintf(portableNames, e.schema)); err != nil {
			return err
		}
	}
	return migrate(ctx, conn, Postgres, e.schema, cfg)
}

func (e *postgresEngine) name() string { return Postgres }

// begin opens a transaction and points it at the town; a writer also waits for the writers of other processes. Readers see
// one snapshot, writers what was committed before they got the lock.
func (e *postgresEngine) begin(ctx context.Context, write bool) (session, error) {
	opts := &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	first, args := "SELECT set_config('search_path', $1, true)", []any{e.schema}
	if write {
		opts = nil
		first = "SELECT set_config('search_path', $1, true), set_config('lock_timeout', $2, true), pg_advisory_xact_lock($3)"
		args = append(args, fmt.Sprint(gateWait.Milliseconds()), e.lock)
	}
	tx, err := e.pool.sql.BeginTx(ctx, opts)
	if err != nil {
		return nil, err
	}
	s := &postgresSession{tx: tx}
	if _, err := tx.ExecContext(ctx, first, args...); err != nil {
		s.rollback()
		return nil, err
	}
	return s, nil
}

type postgresSession struct{ tx *sql.Tx }

func (s *postgresSession) exec(ctx context.Context, query string, args []any) (int64, error) {
	res, err := s.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (s *postgresSession) query(ctx context.Context, query string, args []any) (cursor, error) {
	return s.tx.QueryContext(ctx, query, args...)
}

func (s *postgresSession) commit() error { return s.tx.Commit() }

// rollback gives the connection back; when it cannot, database/sql throws the connection away, which rolls back too.
func (s *postgresSession) rollback() { _ = s.tx.Rollback() }

func (e *postgresEngine) close() error {
	if e.own {
		return e.pool.Close()
	}
	return nil
}

func (e *postgresEngine) housekeep(context.Context) error { return nil }

func (e *postgresEngine) backup(context.Context, string) error {
	return fmt.Errorf("backup: this town is in PostgreSQL: use pg_dump --schema=%s", e.schema)
}

func (e *postgresEngine) transient(err error) bool {
	var pe *pgconn.PgError
	return errors.As(err, &pe) && pe.Code == "40P01"
}

func (e *postgresEngine) classify(err error) error {
	var pe *pgconn.PgError
	if !errors.As(err, &pe) {
		return err
	}
	switch pe.Code {
	case "23505":
		return &Violation{Rule: Unique, Name: pe.ConstraintName, err: err}
	case "23503":
		return &Violation{Rule: ForeignKey, err: err}
	case "23514":
		return &Violation{Rule: Check, Name: pe.ConstraintName, err: err}
	case "23502":
		return &Violation{Rule: NotNull, Name: pe.TableName + "." + pe.ColumnName, err: err}
	}
	return err
}

// redact hides the password of an address that goes into an error.
func redact(dsn string) string {
	if i := strings.LastIndex(dsn, "@"); i >= 0 {
		return "…" + dsn[i:]
	}
	return dsn
}
