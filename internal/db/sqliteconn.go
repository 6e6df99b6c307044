package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"reflect"

	"modernc.org/sqlite"
)

// A page asks a dozen small questions, and database/sql adds to each about as much as SQLite itself takes: locks of a pool, a copy of
// each value through reflection. A connection here belongs to one transaction at a time, so the driver is spoken to directly.

// sqliteConn is a connection with its prepared statements.
type sqliteConn struct {
	driver.Conn
	statements map[string]statement
	args       []driver.NamedValue // of the statement under way
}

// statement is what the driver prepares.
type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

func openConn(dsn string) (*sqliteConn, error) {
	c, err := (&sqlite.Driver{}).Open(dsn)
	if err != nil {
		return nil, err
	}
	return &sqliteConn{Conn: c, statements: map[string]statement{}}, nil
}

// prepared gives the statement of a text, prepared once on this connection.
func (c *sqliteConn) prepared(query string) (statement, error) {
	if st, ok := c.statements[query]; ok {
		return st, nil
	}
	if len(c.statements) >= maxStatements {
		for _, st := range c.statements {
			if err := st.Close(); err != nil {
				return nil, err
			}
		}
		clear(c.statements)
	}
	made, err := c.Prepare(query)
	if err != nil {
		return nil, err
	}
	st, ok := made.(statement)
	if !ok {
		return nil, fmt.Errorf("db: the driver's statement is a %T", made)
	}
	c.statements[query] = st
	return st, nil
}

func (c *sqliteConn) exec(query string, args []any) (int64, error) {
	st, err := c.prepared(query)
	if err != nil {
		return 0, err
	}
	named, err := c.named(args)
	if err != nil {
		return 0, err
	}
	res, err := st.ExecContext(context.Background(), named)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (c *sqliteConn) query(query string, args []any) (cursor, error) {
	st, err := c.prepared(query)
	if err != nil {
		return nil, err
	}
	named, err := c.named(args)
	if err != nil {
		return nil, err
	}
	rows, err := st.QueryContext(context.Background(), named)
	if err != nil {
		return nil, err
	}
	return &sqliteRows{rows: rows, values: make([]driver.Value, len(rows.Columns()))}, nil
}

// discard closes a connection that is not to be used again, as far as it can be closed.
func (c *sqliteConn) discard() error {
	var errs []error
	for _, st := range c.statements {
		errs = append(errs, st.Close())
	}
	return errors.Join(append(errs, c.Close())...)
}

// named makes of arguments what the driver takes; they are copied by the driver before the next statement.
func (c *sqliteConn) named(args []any) (_ []driver.NamedValue, err error) {
	c.args = c.args[:0]
	for i, arg := range args {
		v := driver.NamedValue{Ordinal: i + 1}
		switch arg := arg.(type) {
		case nil, string, int64, bool, []byte:
			v.Value = arg
		case int:
			v.Value = int64(arg)
		default:
			if v.Value, err = driver.DefaultParameterConverter.ConvertValue(arg); err != nil {
				return nil, fmt.Errorf("db: argument $%d: %w", i+1, err)
			}
		}
		c.args = append(c.args, v)
	}
	return c.args, nil
}

// sqliteRows are the rows of a query.
type sqliteRows struct {
	rows   driver.Rows
	values []driver.Value
	err    error
	closed bool
}

func (r *sqliteRows) Next() bool {
	if r.closed {
		return false
	}
	err := r.rows.Next(r.values)
	if err == nil {
		return true
	}
	if !errors.Is(err, io.EOF) {
		r.err = err
	}
	r.err = errors.Join(r.err, r.Close())
	return false
}

func (r *sqliteRows) Err() error { return r.err }

func (r *sqliteRows) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	return r.rows.Close()
}

func (r *sqliteRows) Scan(dest ...any) error {
	if len(dest) != len(r.values) {
		return fmt.Errorf("db: %d columns scanned into %d values", len(r.values), len(dest))
	}
	for i, v := range r.values {
		if err := assign(dest[i], v); err != nil {
			return fmt.Errorf("db: column %d: %w", i+1, err)
		}
	}
	return nil
}

// assign puts a column into what dest points to, as database/sql does for the kinds of values that SQLite has.
func assign(dest any, v driver.Value) error {
	switch d := dest.(type) {
	case *string:
		if s, ok := v.(string); ok {
			*d = s
			return nil
		}
	case *int64:
		if n, ok := v.(int64); ok {
			*d = n
			return nil
		}
	case *bool:
		if n, ok := v.(int64); ok && (n == 0 || n == 1) {
			*d = n == 1
			return nil
		}
	case *[]byte:
		if b, ok := v.([]byte); ok {
			*d = b
			return nil
		}
	case *any:
		*d = v
		return nil
	case sql.Scanner:
		return d.Scan(v)
	}
	p := reflect.ValueOf(dest)
	if p.Kind() != reflect.Pointer || p.IsNil() {
		return fmt.Errorf("%T is not a pointer to scan into", dest)
	}
	return assignKind(p.Elem(), v)
}

// assignKind is assign for types of our own that are a string, a number or a boolean, and for pointers, where NULL is nil.
func assignKind(to reflect.Value, v driver.Value) error {
	if to.Kind() == reflect.Pointer {
		if v == nil {
			to.SetZero()
			return nil
		}
		to.Set(reflect.New(to.Type().Elem()))
		return assign(to.Interface(), v)
	}
	switch v := v.(type) {
	case string:
		if to.Kind() == reflect.String {
			to.SetString(v)
			return nil
		}
		if to.Type() == reflect.TypeFor[[]byte]() {
			to.SetBytes([]byte(v))
			return nil
		}
	case []byte:
		if to.Kind() == reflect.String {
			to.SetString(string(v))
			return nil
		}
	case int64:
		switch {
		case to.CanInt() && !to.OverflowInt(v):
			to.SetInt(v)
			return nil
		case to.Kind() == reflect.Bool && (v == 0 || v == 1):
			to.SetBool(v == 1)
			return nil
		case to.Kind() == reflect.Float64:
			to.SetFloat(float64(v))
			return nil
		}
	case float64:
		if to.Kind() == reflect.Float64 {
			to.SetFloat(v)
			return nil
		}
	}
	return fmt.Errorf("cannot put %T into %s", v, to.Type())
}
