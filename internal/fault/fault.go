// Package fault holds the few kinds of refusal a visitor is told about.
//
// A *Error says, in French, what the visitor must know; its Kind says which page it becomes. Every other error is a failure of
// the house: it is wrapped, logged, and shown as "something failed". This package knows nothing of HTTP: one table, with the
// pages, maps a Kind to a status.
package fault

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Kind is the sort of refusal.
type Kind string

const (
	// Invalid: what was typed cannot be read or is incomplete; the form is shown again with the reason beside the field.
	Invalid Kind = "invalid"
	// Refused: what was asked is understood, and a rule of the town says no.
	Refused Kind = "refused"
	// NotFound: no such thing for this visitor; also what another family's object answers.
	NotFound Kind = "not_found"
	// Forbidden: the visitor is known and may not do this.
	Forbidden Kind = "forbidden"
	// Conflict: what is asked contradicts what happened meanwhile.
	Conflict Kind = "conflict"
)

// Error is a refusal with the words the visitor reads.
type Error struct {
	Kind    Kind
	Message string            // in French, for the visitor; may be empty when Fields says it all
	Field   string            // the form field at fault, when there is exactly one
	Fields  map[string]string // form field → French message, when there may be several
}

// Error is the form for logs: the kind, then the words.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Kind))
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	if e.Field != "" {
		b.WriteString(" (" + e.Field + ")")
	}
	for _, name := range slices.Sorted(maps.Keys(e.Fields)) {
		if name != e.Field {
			b.WriteString("; " + name + ": " + e.Fields[name])
		}
	}
	return b.String()
}

// NotFoundf says that what was asked does not exist for this visitor.
func NotFoundf(format string, args ...any) error {
	return &Error{Kind: NotFound, Message: fmt.Sprintf(format, args...)}
}

// Refusedf says which rule refuses what was asked.
func Refusedf(format string, args ...any) error {
	return &Error{Kind: Refused, Message: fmt.Sprintf(format, args...)}
}

// Forbiddenf says that the visitor may not do this.
func Forbiddenf(format string, args ...any) error {
	return &Error{Kind: Forbidden, Message: fmt.Sprintf(format, args...)}
}

// Conflictf says what happened meanwhile that contradicts what was asked.
func Conflictf(format string, args ...any) error {
	return &Error{Kind: Conflict, Message: fmt.Sprintf(format, args...)}
}

// Invalidf says what is wrong with one form field. The message stands in Fields too, so that forms read one map.
func Invalidf(field, format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	e := &Error{Kind: Invalid, Message: message, Field: field}
	if field != "" {
		e.Fields = map[string]string{field: message}
	}
	return e
}

// InvalidFields says what is wrong with several form fields at once. It returns nil when there is nothing to say, so that a
// form may be checked with `return fault.InvalidFields(wrong)`.
func InvalidFields(fields map[string]string) error {
	switch len(fields) {
	case 0:
		return nil
	case 1:
		for field, message := range fields {
			return Invalidf(field, "%s", message)
		}
	}
	return &Error{Kind: Invalid, Message: "Certaines informations sont à corriger.", Fields: maps.Clone(fields)}
}

// As finds the refusal inside err, however wrapped.
func As(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}

// Is tells whether err is, or wraps, a refusal of kind k.
func Is(err error, k Kind) bool {
	e, ok := As(err)
	return ok && e.Kind == k
}
