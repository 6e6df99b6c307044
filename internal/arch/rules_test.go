package arch_test

import (
	"go/ast"
	"path"
	"slices"
	"strings"
	"testing"
)

// A file named rules.go decides from the values it is given: now is an argument, and what it needs was read before.
func TestRulesArePure(t *testing.T) {
	for _, s := range tree(t) {
		if path.Base(s.path) != "rules.go" {
			continue
		}
		for _, name := range s.imports() {
			first, _, _ := strings.Cut(strings.TrimPrefix(name, module+"internal/"), "/")
			ours := strings.HasPrefix(name, module)
			at := storey(strings.TrimPrefix(name, module))
			switch {
			case ours && at >= 0 && strings.HasPrefix(house[at].name, "plumbing"):
				t.Errorf("%s imports %s: a rule has no plumbing", s.path, first)
			case !ours && slices.Contains([]string{"context", "database", "net", "os", "io", "log", "sync", "math/rand"}, first), name == "crypto/rand":
				t.Errorf("%s imports %s: a rule has no surroundings", s.path, name)
			}
		}
		for _, use := range uses(s, "time", "Now", "Since", "Until", "Sleep", "After", "Local") {
			t.Errorf("%s: a rule has no clock", s.at(use.Pos()))
		}
	}
}

// clocks says where the real clock is read, and how often. Anywhere else the time is that of the transaction, so that a test or the
// demonstration can move it.
var clocks = map[string]struct {
	times  int
	reason string
}{
	"internal/web/server.go":    {1, "how long a request took"},
	"internal/job/worker.go":    {1, "how long a job took"},
	"internal/remote/remote.go": {1, "how long a call took"},
}

func TestClockIsRead(t *testing.T) {
	seen := map[string]int{}
	for _, s := range own(t) {
		for _, use := range uses(s, "time", "Now", "Local") {
			seen[s.path]++
			free := slices.Contains([]string{"db", "demo", "cmd/preau"}, short(s.dir))
			if !free && seen[s.path] > clocks[s.path].times {
				t.Errorf("%s reads the real clock; the transaction carries the town's", s.at(use.Pos()))
			}
		}
	}
	for name, c := range clocks {
		if seen[name] < c.times {
			t.Errorf("%s reads the clock %d times, not %d any more (%s): correct this list", name, seen[name], c.times, c.reason)
		}
	}
}

// uses finds pkg.name in a file, for a package of the standard library under its own name.
func uses(s *source, pkg string, names ...string) []ast.Node {
	if !slices.Contains(s.imports(), pkg) {
		return nil
	}
	var found []ast.Node
	ast.Inspect(s.syntax, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == pkg && slices.Contains(names, sel.Sel.Name) {
				found = append(found, n)
			}
		}
		return true
	})
	return found
}
