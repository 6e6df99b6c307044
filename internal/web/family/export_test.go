package family

import "preau/internal/civil"

// What the tests of the form's reading call.
var (
	ReadWish   = readWish
	WishFields = wishFields
	Value      = value
	ReadTarget = readTarget
)

// Hidden is a field that repeats a wish.
type Hidden = hidden

func (v view) Known() bool       { return v.known() }
func (v view) Name() string      { return v.name() }
func (v view) Span() civil.Range { return v.span() }
