// Package arch keeps the drawing of the house true (docs/design.md): its tests read the source of the whole project and fail when a
// package leans on one above it, when a rule reads a clock or a database, when a package writes another's table, when a function or a
// file grows past its bar, when something exported has no comment. They need no build, so they also say what is wrong with code that
// does not compile yet.
//
// The one question that reading cannot answer, whether every template was drawn by some test, is answered from a coverage profile:
// see Undrawn and the command in drawn.
package arch
