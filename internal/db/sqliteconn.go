package db

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"zombiezen.com/go/sqlite"
)

// A page asks a dozen small questions and reads some hundred short values. Through database/sql each value is copied twice and boxed,
// which costs more than SQLite takes to find it; a connection here belongs to one transaction at a time and needs no pool, so SQLite's
// own statements are used.

// sqliteConn is a connection with its prepared statements.
type sqliteConn struct {
	*sqlite.Conn
	statements map[string]*statement
}

// statement is prepared once on its connection.
type statement struct {
	*sqlite.Stmt
	params []int // for each parameter of SQLite, in its own order, the argument it stands for
	long   []int // the parameters that hold a long text now
}

// openConn opens a connection. It does not call the library's SetDefensive, which (1.4.2) gives SQLite one argument where it reads two
// and so has it write through whatever stands behind the first: all SQL here is ours, and pragmas hold what matters.
func openConn(path string, pragmas []string) (*sqliteConn, error) {
	opened, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
	if err != nil {
		return nil, err
	}
	opened.SetBusyTimeout(busyWait)
	c := &sqliteConn{opened, map[string]*statement{}}
	for _, p := range pragmas {
		if err := c.run("PRAGMA " + p); err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	return c, nil
}

const busyWait = 10 * time.Second

// prepared gives the statement of a text, prepared once on this connection, with its arguments.
func (c *sqliteConn) prepared(query string, args []any) (*statement, error) {
	st, ok := c.statements[query]
	if !ok {
		if len(c.statements) >= maxStatements {
			for _, st := range c.statements {
				if err := st.Finalize(); err != nil {
					return nil, err
				}
			}
			clear(c.statements)
		}
		made, err := c.Prepare(query)
		if err != nil {
			return nil, err
		}
		st = &statement{Stmt: made}
		for i := 1; i <= made.BindParamCount(); i++ {
			n, err := strconv.Atoi(strings.TrimPrefix(made.BindParamName(i), "$"))
			if err != nil {
				return nil, errors.Join(fmt.Errorf("db: parameter %q: write $1, $2 …", made.BindParamName(i)), made.Finalize())
			}
			st.params = append(st.params, n-1)
		}
		c.statements[query] = st
	}
	return st, st.bind(args)
}

// bind gives each parameter its argument.
func (st *statement) bind(args []any) error {
	for i, n := range st.params {
		if n >= len(args) {
			return fmt.Errorf("db: no argument for $%d", n+1)
		}
		switch v := args[n].(type) {
		case nil:
			st.BindNull(i + 1)
		case string:
			st.BindText(i+1, v)
			if len(v) > longText {
				st.long = append(st.long, i+1)
			}
		case int64:
			st.BindInt64(i+1, v)
		case bool:
			st.BindBool(i+1, v)
		default:
			if err := st.bindOther(i+1, v); err != nil {
				return fmt.Errorf("db: argument $%d: %w", n+1, err)
			}
		}
	}
	return nil
}

func (st *statement) bindOther(param int, arg any) error {
	v, err := driver.DefaultParameterConverter.ConvertValue(arg)
	if err != nil {
		return err
	}
	switch v := v.(type) {
	case nil:
		st.BindNull(param)
	case string:
		st.BindText(param, v)
	case int64:
		st.BindInt64(param, v)
	case bool:
		st.BindBool(param, v)
	case float64:
		st.BindFloat(param, v)
	case []byte:
		st.BindBytes(param, v)
	default:
		return fmt.Errorf("a %T cannot be stored", v)
	}
	return nil
}

// run runs a statement without arguments and passes over its rows.
func (c *sqliteConn) run(query string) error {
	_, err := c.exec(query, nil)
	return err
}

func (c *sqliteConn) exec(query string, args []any) (int64, error) {
	st, err := c.prepared(query, args)
	if err != nil {
		return 0, err
	}
	for {
		row, err := st.Step()
		if err != nil {
			return 0, err
		}
		if !row {
			return int64(c.Changes()), st.end()
		}
	}
}

func (c *sqliteConn) query(query string, args []any) (cursor, error) {
	st, err := c.prepared(query, args)
	if err != nil {
		return nil, err
	}
	r := &sqliteRows{st: st}
	if r.ahead, err = st.Step(); err != nil { // an error of the first row is an error of the query
		return nil, err
	}
	return r, nil
}

// longText is what a statement may keep of an argument until it is used again, in bytes.
const longText = 4 << 10

// end makes a statement ready for the next time, and lets go of long arguments; not of all: SQLite would then plan the statement
// again each time.
func (st *statement) end() error {
	err := st.Reset()
	for _, param := range st.long {
		st.BindNull(param)
	}
	st.long = st.long[:0]
	return err
}

// sqliteRows are the rows of a query. The first one is stepped to when the query begins.
type sqliteRows struct {
	st     *statement
	ahead  bool // the next row is there already
	row    bool
	err    error
	closed bool
}

func (r *sqliteRows) Next() bool {
	switch {
	case r.closed:
		return false
	case r.ahead:
		r.ahead, r.row = false, true
		return true
	case r.row:
		if r.row, r.err = r.st.Step(); r.row {
			return true
		}
	}
	r.err = errors.Join(r.err, r.Close())
	return false
}

func (r *sqliteRows) Err() error { return r.err }

func (r *sqliteRows) Close() error {
	if r.closed {
		return nil
	}
	r.closed, r.row = true, false
	return r.st.end()
}

func (r *sqliteRows) Scan(dest ...any) error {
	if !r.row {
		return errors.New("db: no row to scan")
	}
	if n := r.st.ColumnCount(); len(dest) != n {
		return fmt.Errorf("db: %d columns scanned into %d values", n, len(dest))
	}
	for i, d := range dest {
		if err := r.column(i, d); err != nil {
			return fmt.Errorf("db: column %d: %w", i+1, err)
		}
	}
	return nil
}

// texts are our own types that read the text of a column, see civil.
type texts interface{ UnmarshalText(text []byte) error }

// column puts a column into what dest points to.
func (r *sqliteRows) column(i int, dest any) error {
	kind := r.st.ColumnType(i)
	switch d := dest.(type) {
	case *string:
		if kind == sqlite.TypeText {
			if !r.same(i, *d) {
				*d = r.st.ColumnText(i)
			}
			return nil
		}
	case *int64:
		if kind == sqlite.TypeInteger {
			*d = r.st.ColumnInt64(i)
			return nil
		}
	case texts:
		if kind == sqlite.TypeText {
			var buffer [32]byte // a date or an instant
			if n := r.st.ColumnLen(i); n <= len(buffer) {
				return d.UnmarshalText(buffer[:r.st.ColumnBytes(i, buffer[:])])
			}
		}
	case sql.Scanner:
	default:
		if p := reflect.ValueOf(dest); kind == sqlite.TypeText && p.Kind() == reflect.Pointer && p.Elem().Kind() == reflect.String && !p.IsNil() {
			if !r.same(i, p.Elem().String()) {
				p.Elem().SetString(r.st.ColumnText(i))
			}
			return nil
		}
	}
	return assign(dest, r.value(i, kind))
}

// same tells whether a column is the text that its destination holds already, as ids do from one row to the next.
func (r *sqliteRows) same(i int, text string) bool {
	var buffer [64]byte
	n := r.st.ColumnLen(i)
	return n == len(text) && n <= len(buffer) && string(buffer[:r.st.ColumnBytes(i, buffer[:])]) == text
}

// value is a column as database/sql would give it.
func (r *sqliteRows) value(i int, kind sqlite.ColumnType) driver.Value {
	switch kind {
	case sqlite.TypeInteger:
		return r.st.ColumnInt64(i)
	case sqlite.TypeFloat:
		return r.st.ColumnFloat(i)
	case sqlite.TypeText:
		return r.st.ColumnText(i)
	case sqlite.TypeBlob:
		b := make([]byte, r.st.ColumnLen(i))
		r.st.ColumnBytes(i, b)
		return b
	}
	return nil
}

// assign puts a value into what dest points to, as database/sql does for the kinds of values that SQLite has.
func assign(dest any, v driver.Value) error {
	switch d := dest.(type) {
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
	to := p.Elem()
	if to.Kind() == reflect.Pointer { // NULL is nil
		if v == nil {
			to.SetZero()
			return nil
		}
		to.Set(reflect.New(to.Type().Elem()))
		return assign(to.Interface(), v)
	}
	if !assignKind(to, v) {
		return fmt.Errorf("cannot put %T into %s", v, to.Type())
	}
	return nil
}

// assignKind fills a value whose type, or the type under it, is a string, bytes, a number or a boolean; false when it is none, or too
// small.
func assignKind(to reflect.Value, v driver.Value) bool {
	bytes := to.Type() == reflect.TypeFor[[]byte]()
	switch v := v.(type) {
	case nil:
		if bytes {
			to.SetZero()
		}
		return bytes
	case string:
		if bytes {
			to.SetBytes([]byte(v))
		} else if to.Kind() == reflect.String {
			to.SetString(v)
		}
		return bytes || to.Kind() == reflect.String
	case []byte:
		if bytes {
			to.SetBytes(v)
		} else if to.Kind() == reflect.String {
			to.SetString(string(v))
		}
		return bytes || to.Kind() == reflect.String
	case int64:
		switch {
		case to.Kind() == reflect.Bool && (v == 0 || v == 1):
			to.SetBool(v == 1)
		case to.CanInt() && !to.OverflowInt(v):
			to.SetInt(v)
		case to.Kind() == reflect.Float64:
			to.SetFloat(float64(v))
		default:
			return false
		}
		return true
	case float64:
		if to.Kind() != reflect.Float64 {
			return false
		}
		to.SetFloat(v)
		return true
	}
	return false
}
