package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // the driver of database/sql
	"zombiezen.com/go/sqlite"
)

// The write-ahead log is moved into the file when it passes this size at the minute's check.
const walLimit = 4 << 20

// Statements kept prepared on one connection; more texts than this empties the lot.
const maxStatements = 1000

// sqliteEngine has one writer connection and a few readers, each with its own prepared statements.
type sqliteEngine struct {
	path    string
	pragmas []string
	writer  *sqliteConn      // nil when it has to be opened again
	readers chan *sqliteConn // idle readers; nil stands for one not open yet
	indexes map[string]string
}

func openSQLite(ctx context.Context, path string, cfg Config) (engine, error) {
	if path == "" || strings.HasPrefix(path, ":") {
		return nil, fmt.Errorf("sqlite:%s: a file is needed", path)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	// The file holds families' data: created readable by its owner only; its -wal and -shm inherit that.
	if _, err := os.Stat(abs); errors.Is(err, os.ErrNotExist) {
		f, err := os.OpenFile(abs, os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, err
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
	e := &sqliteEngine{path: abs, pragmas: pragmas, readers: make(chan *sqliteConn, cfg.Readers)}
	if cfg.Passing {
		e.pragmas = passing
	}
	first, err := sql.Open("sqlite", sqliteDSN(e.path, e.pragmas, "_busy_timeout=10000&_txlock=immediate"))
	if err != nil {
		return nil, err
	}
	if err = migrate(ctx, first, SQLite, "", cfg); err == nil {
		err = e.loadIndexes(ctx, first)
	}
	if err = errors.Join(err, first.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for range cfg.Readers {
		e.readers <- nil
	}
	return e, nil
}

// pragmas make commits durable (synchronous full) and foreign keys checked. What a statement needs on the side stays in memory: it holds
// families' data, and would cost a write to a file.
var pragmas = []string{"journal_mode=wal", "synchronous=full", "foreign_keys=1", "trusted_schema=0", "journal_size_limit=16777216", "cache_size=-4096",
	"temp_store=memory"}

// writerCache lets the one writer keep the pages that a long write goes back to (the bill of a month enters thousands of rows in a few indexes, in
// the order of ids that are random): 32 MB at most, taken as they are needed.
const writerCache = "cache_size=-32768"

// passing are the pragmas of a database that is removed when its process ends.
var passing = append(pragmas[:len(pragmas):len(pragmas)], "synchronous=off")

// sqliteDSN names the file for the driver of database/sql, which migrates and copies: with the same pragmas, strings in single
// quotes only, and no SQL that could damage the file on purpose.
func sqliteDSN(path string, pragmas []string, more string) string {
	u := url.URL{Path: path}
	dsn := "file:" + u.EscapedPath() + "?_dqs=0&_defensive=1"
	for _, p := range pragmas {
		dsn += "&_pragma=" + p
	}
	return dsn + "&" + more
}

func (e *sqliteEngine) name() string { return SQLite }

// begin takes the writer, which the gate has made free, or waits for a reader.
func (e *sqliteEngine) begin(ctx context.Context, write bool) (session, error) {
	if write {
		if e.writer == nil {
			c, err := openConn(e.path, append(e.pragmas[:len(e.pragmas):len(e.pragmas)], writerCache))
			if err != nil {
				return nil, err
			}
			e.writer = c
		}
		return e.start(e.writer, "BEGIN IMMEDIATE", func(c *sqliteConn) { e.writer = c })
	}
	var c *sqliteConn
	select {
	case c = <-e.readers:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	give := func(c *sqliteConn) { e.readers <- c }
	if c == nil {
		var err error
		if c, err = openConn(e.path, append(e.pragmas[:len(e.pragmas):len(e.pragmas)], "query_only=1")); err != nil {
			give(nil)
			return nil, err
		}
	}
	return e.start(c, "BEGIN", give)
}

// start begins a transaction on c; give takes c back at its end, or nil when c is of no more use.
func (e *sqliteEngine) start(c *sqliteConn, begin string, give func(*sqliteConn)) (session, error) {
	s := &sqliteSession{conn: c, give: give}
	if err := c.run(begin); err != nil {
		s.rollback()
		return nil, err
	}
	return s, nil
}

// sqliteSession is a transaction on one connection. Statements run to their end once begun (they are short, and watching
// for a cancelled context costs more than most of them); Tx looks at the context between them.
type sqliteSession struct {
	conn *sqliteConn
	give func(*sqliteConn)
}

func (s *sqliteSession) exec(_ context.Context, query string, args []any) (int64, error) {
	return s.conn.exec(query, args)
}

func (s *sqliteSession) query(_ context.Context, query string, args []any) (cursor, error) {
	return s.conn.query(query, args)
}

func (s *sqliteSession) commit() error {
	if err := s.conn.run("COMMIT"); err != nil {
		s.rollback()
		return err
	}
	s.give(s.conn)
	return nil
}

func (s *sqliteSession) rollback() {
	// After some errors (a full disk) SQLite has rolled back by itself.
	if !s.conn.AutocommitEnabled() && s.conn.run("ROLLBACK") != nil {
		_ = s.conn.Close() // it failed already
		s.give(nil)
		return
	}
	s.give(s.conn)
}

func (e *sqliteEngine) close() error {
	var errs []error
	for range cap(e.readers) {
		if c := <-e.readers; c != nil {
			errs = append(errs, c.Close())
		}
	}
	if e.writer != nil {
		errs = append(errs, e.writer.run("PRAGMA optimize"), e.writer.Close())
	}
	return errors.Join(errs...)
}

// housekeep runs with the gate held, so no writer is inside; it waits for readers a tenth of a second at most.
func (e *sqliteEngine) housekeep(ctx context.Context) error {
	info, err := os.Stat(e.path + "-wal")
	if errors.Is(err, os.ErrNotExist) || err == nil && info.Size() < walLimit {
		return nil
	}
	if err != nil {
		return err
	}
	impatient, err := sql.Open("sqlite", sqliteDSN(e.path, e.pragmas, "_busy_timeout=100"))
	if err != nil {
		return err
	}
	defer impatient.Close()
	var busy, inLog, moved int64
	return impatient.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &inLog, &moved)
}

// backup copies the database with VACUUM INTO under another name, checks it, and gives it its name.
func (e *sqliteEngine) backup(ctx context.Context, path string) error {
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("backup: %s exists already", path)
	}
	part := path + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("backup: %w", err)
	}
	if err := e.copyTo(ctx, part); err != nil {
		return errors.Join(fmt.Errorf("backup: %w", err), os.RemoveAll(part))
	}
	if err := os.Rename(part, path); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return nil
}

func (e *sqliteEngine) copyTo(ctx context.Context, part string) error {
	f, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	source, err := sql.Open("sqlite", sqliteDSN(e.path, e.pragmas, "_busy_timeout=10000"))
	if err != nil {
		return err
	}
	defer source.Close()
	if _, err := source.ExecContext(ctx, "VACUUM INTO $1", part); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	copied, err := sql.Open("sqlite", "file:"+(&url.URL{Path: part}).EscapedPath()+"?mode=ro&immutable=1")
	if err != nil {
		return err
	}
	defer copied.Close()
	var verdict string
	if err := copied.QueryRowContext(ctx, "PRAGMA integrity_check").Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return fmt.Errorf("the copy is damaged: %s", verdict)
	}
	return nil
}

func (e *sqliteEngine) transient(err error) bool {
	return sqlite.ErrCode(err).ToPrimary() == sqlite.ResultBusy
}

// loadIndexes learns the names of unique indexes: SQLite's errors name columns only.
func (e *sqliteEngine) loadIndexes(ctx context.Context, d *sql.DB) error {
	rows, err := d.QueryContext(ctx, `
		SELECT t.name, l.name, l.origin, group_concat(i.name, ',' ORDER BY i.seqno)
		FROM sqlite_schema t JOIN pragma_index_list(t.name) l JOIN pragma_index_info(l.name) i
		WHERE t.type = 'table' AND l."unique" = 1 GROUP BY t.name, l.name, l.origin`)
	if err != nil {
		return err
	}
	defer rows.Close()
	e.indexes = map[string]string{}
	for rows.Next() {
		var table, index, origin string
		var columns sql.NullString
		if err := rows.Scan(&table, &index, &origin, &columns); err != nil {
			return err
		}
		names := strings.Split(columns.String, ",")
		switch origin {
		case "pk":
			index = table + "_pkey"
		case "u":
			index = table + "_" + strings.Join(names, "_") + "_key"
		}
		for i, n := range names {
			names[i] = table + "." + n
		}
		e.indexes[strings.Join(names, ", ")] = index
	}
	return rows.Err()
}

func (e *sqliteEngine) classify(err error) error {
	code := sqlite.ErrCode(err)
	if code.ToPrimary() != sqlite.ResultConstraint {
		return err
	}
	// "sqlite: step: …: UNIQUE constraint failed: accounts.login_key"
	what := err.Error()
	if i := strings.LastIndex(what, " constraint failed: "); i >= 0 {
		what = what[i+len(" constraint failed: "):]
	}
	switch code {
	case sqlite.ResultConstraintUnique, sqlite.ResultConstraintPrimaryKey:
		if index, ok := strings.CutPrefix(what, "index '"); ok {
			return &Violation{Rule: Unique, Name: strings.TrimSuffix(index, "'"), err: err}
		}
		return &Violation{Rule: Unique, Name: e.indexes[what], err: err}
	case sqlite.ResultConstraintForeignKey:
		return &Violation{Rule: ForeignKey, err: err}
	case sqlite.ResultConstraintCheck:
		return &Violation{Rule: Check, Name: what, err: err}
	case sqlite.ResultConstraintNotNull:
		return &Violation{Rule: NotNull, Name: what, err: err}
	}
	return err
}
