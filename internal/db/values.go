package db

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// NewID makes an identifier nobody can guess and that tells nothing, not even when it was made: 130 random bits as 26
// letters and digits, lower case.
func NewID() string { return strings.ToLower(rand.Text()) }

// JSON makes the JSON text of a list parameter or of a json column. It panics on a value that JSON cannot hold, which is a
// mistake of the program and not of its input; a nil slice is an empty list.
func JSON(v any) string {
	if r := reflect.ValueOf(v); r.Kind() == reflect.Slice && r.IsNil() {
		return "[]"
	}
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("db.JSON of %T: %v", v, err))
	}
	return string(b)
}

// Rule is the kind of constraint that was violated.
type Rule string

// The kinds of constraint.
const (
	Unique     Rule = "unique"
	ForeignKey Rule = "foreign key"
	Check      Rule = "check"
	NotNull    Rule = "not null"
)

// Violation is a statement refused by a constraint of the database, the same value on both engines.
type Violation struct {
	Rule Rule
	// Name tells which. Unique: the index's name, or PostgreSQL's own for a constraint without one (accounts_login_key_key,
	// sites_pkey). Check: the constraint's name where it has one. Foreign key: empty, SQLite does not say.
	Name string
	err  error
}

// Error is the engine's own sentence, for the log.
func (v *Violation) Error() string { return fmt.Sprintf("%s %s: %v", v.Rule, v.Name, v.err) }

// Unwrap gives the driver's error.
func (v *Violation) Unwrap() error { return v.err }

// IsUnique reports whether err is a second row where the database allows one, and the index that says so.
func IsUnique(err error) (index string, ok bool) { return violated(err, Unique) }

// IsForeignKey reports whether err is a row that refers to nothing, or that is still referred to.
func IsForeignKey(err error) bool {
	_, ok := violated(err, ForeignKey)
	return ok
}

// IsCheck reports whether err is a value refused by a CHECK, and its name where it has one.
func IsCheck(err error) (name string, ok bool) { return violated(err, Check) }

func violated(err error, rule Rule) (string, bool) {
	var v *Violation
	if errors.As(err, &v) && v.Rule == rule {
		return v.Name, true
	}
	return "", false
}
