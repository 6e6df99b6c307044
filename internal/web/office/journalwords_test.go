package office_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"preau/internal/web/office"
)

// Whatever the program writes in the journal has its words in French: acts are found in the source, as the field Act of an entry and as what is passed
// to a function that takes an act.
func TestEveryActHasItsWords(t *testing.T) {
	acts := writtenActs(t)
	if len(acts) < 100 {
		t.Fatalf("only %d acts were found in the source: the search is not what it was", len(acts))
	}
	for _, act := range acts {
		if office.ActName(act) == act {
			t.Errorf("actNames of journalwords.go has no words for %s", act)
		}
	}
}

var actForm = regexp.MustCompile(`^[a-z_]+(\.[a-z_-]+)+$`)

// writtenActs reads the program's files, a package at a time.
func writtenActs(t *testing.T) []string {
	t.Helper()
	packages := map[string][]*ast.File{}
	files := token.NewFileSet()
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go") {
			return err
		}
		parsed, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		packages[filepath.Dir(path)] = append(packages[filepath.Dir(path)], parsed)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var acts []string
	for _, list := range packages {
		acts = append(acts, actsOf(list)...)
	}
	slices.Sort(acts)
	return slices.Compact(acts)
}

// actsOf gives the acts that one package writes.
func actsOf(list []*ast.File) (acts []string) {
	takers := map[string]int{} // by the name of a function, the place of its act
	for _, file := range list {
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				if at := slices.IndexFunc(parameters(f), func(name string) bool { return name == "act" || name == "what" }); at >= 0 {
					takers[f.Name.Name] = at
				}
			}
		}
	}
	keep := func(e ast.Expr) {
		if l, ok := e.(*ast.BasicLit); ok {
			if text, err := strconv.Unquote(l.Value); err == nil && actForm.MatchString(text) {
				acts = append(acts, text)
			}
		}
	}
	for _, file := range list {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Act" {
					keep(n.Value)
				}
			case *ast.CallExpr:
				if at, ok := takers[called(n)]; ok && at < len(n.Args) {
					keep(n.Args[at])
				}
			}
			return true
		})
	}
	return acts
}

// parameters gives the names of a function's parameters, in order.
func parameters(f *ast.FuncDecl) (names []string) {
	for _, field := range f.Type.Params.List {
		for _, name := range field.Names {
			names = append(names, name.Name)
		}
	}
	return names
}

func called(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}
