package arch_test

import (
	"bytes"
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The bars, in lines.
const (
	functionMost = 90
	functionP95  = 45
	fileMost     = 600
	fileP95      = 350
)

// Parameters beside those that come with every call.
const (
	parametersMost = 6
	parametersP95  = 4
)

// A function is read in one look, and a file in one sitting. A test may be a long table of cases.
func TestFunctionsAreShort(t *testing.T) {
	var lengths []int
	for _, s := range tree(t) {
		if s.generated || s.test {
			continue
		}
		for _, d := range s.syntax.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			n := files.Position(f.End()).Line - files.Position(f.Pos()).Line + 1
			if n > functionMost {
				t.Errorf("%s: %s is %d lines long, more than %d", s.at(f.Pos()), f.Name.Name, n, functionMost)
			}
			lengths = append(lengths, n)
		}
	}
	if got := percentile95(lengths); got > functionP95 {
		t.Errorf("one function in twenty is longer than %d lines: %d at the 95th percentile", functionP95, got)
	}
}

func TestFilesAreShort(t *testing.T) {
	var lengths []int
	for _, s := range tree(t) {
		if s.generated {
			continue
		}
		if s.lines > fileMost {
			t.Errorf("%s is %d lines long, more than %d: split it by noun", s.path, s.lines, fileMost)
		}
		if !s.test {
			lengths = append(lengths, s.lines)
		}
	}
	eachText(t, func(name string, content []byte) {
		if path.Ext(name) != ".templ" {
			return
		}
		n := bytes.Count(content, []byte("\n"))
		if n > fileMost {
			t.Errorf("%s is %d lines long, more than %d: split it by noun", name, n, fileMost)
		}
		lengths = append(lengths, n)
	})
	if got := percentile95(lengths); got > fileP95 {
		t.Errorf("one file in twenty is longer than %d lines: %d at the 95th percentile", fileP95, got)
	}
}

// Past four parameters a struct says what each one is.
func TestParametersAreFew(t *testing.T) {
	var counts []int
	for _, s := range own(t) {
		for _, d := range s.syntax.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			n := 0
			for _, p := range f.Type.Params.List {
				if !given(p.Type) {
					n += max(len(p.Names), 1)
				}
			}
			if n > parametersMost {
				t.Errorf("%s: %s takes %d parameters, more than %d: make a struct", s.at(f.Pos()), f.Name.Name, n, parametersMost)
			}
			counts = append(counts, n)
		}
	}
	if got := percentile95(counts); got > parametersP95 {
		t.Errorf("one function in twenty takes more than %d parameters: %d at the 95th percentile", parametersP95, got)
	}
}

// given says whether a parameter is of those that come with every call: context, transaction, actor, zone, request and its answer.
func given(e ast.Expr) bool {
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	if l, ok := e.(*ast.Ellipsis); ok {
		e = l.Elt
	}
	sel, ok := e.(*ast.SelectorExpr)
	return ok && slices.Contains([]string{"Context", "Tx", "Guardian", "Agent", "Location", "ResponseWriter", "Request"}, sel.Sel.Name)
}

var unfinished = regexp.MustCompile(`\b(` + "TO" + `DO|FIX` + `ME|XX` + `X)\b`)

// What is left for later has a number where it can be followed.
func TestNothingIsLeftUnsaid(t *testing.T) {
	numbered := regexp.MustCompile(`#[0-9]+`)
	eachText(t, func(name string, content []byte) {
		if strings.HasSuffix(name, ".min.js") {
			return
		}
		for i, line := range bytes.Split(content, []byte("\n")) {
			if unfinished.Match(line) && !numbered.Match(line) {
				t.Errorf("%s:%d: left for later, with no number", name, i+1)
			}
		}
	})
}

// A test that cannot run fails: nothing is skipped in silence.
func TestNothingIsSkipped(t *testing.T) {
	for _, s := range tree(t) {
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if ok && (s.test || forTests(s.dir)) && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, sel.Sel.Name) {
				t.Errorf("%s: a test is skipped", s.at(n.Pos()))
			}
			return true
		})
	}
}

func eachText(t *testing.T, visit func(name string, content []byte)) {
	t.Helper()
	err := walk(func(name string, content []byte) error {
		visit(name, content)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func percentile95(n []int) int {
	if len(n) == 0 {
		return 0
	}
	slices.Sort(n)
	return n[(len(n)-1)*95/100]
}
