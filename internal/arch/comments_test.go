package arch_test

import (
	"go/ast"
	"go/token"
	"slices"
	"testing"
)

// understood are methods whose name alone says what they promise, because the standard library does.
var understood = []string{"String", "Error", "Scan", "Value", "Unwrap", "Write", "Read", "Close", "ServeHTTP", "WriteHeader", "Is", "As"}

// What others may call says what it is.
func TestExportedNamesAreExplained(t *testing.T) {
	for _, s := range tree(t) {
		if s.test || s.syntax.Name.Name == "main" {
			continue
		}
		for _, d := range s.syntax.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && d.Doc == nil && !(d.Recv != nil && (hidden(d.Recv) || slices.Contains(understood, d.Name.Name))) {
					t.Errorf("%s: %s has no comment", s.at(d.Pos()), d.Name.Name)
				}
			case *ast.GenDecl:
				checkGroup(t, s, d)
			}
		}
	}
}

// checkGroup looks at a declaration of types, variables or constants; a comment on a group, on the line before or at the end of a
// line will do, and a constant explains those that follow it without an empty line.
func checkGroup(t *testing.T, s *source, d *ast.GenDecl) {
	t.Helper()
	if d.Tok == token.IMPORT || (d.Doc != nil && d.Tok != token.TYPE) {
		return
	}
	explained, end := false, 0
	for _, spec := range d.Specs {
		line := files.Position(spec.Pos()).Line
		var names []*ast.Ident
		has := false
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			names, has = []*ast.Ident{spec.Name}, spec.Doc != nil || spec.Comment != nil || d.Doc != nil
		case *ast.ValueSpec:
			names, has = spec.Names, spec.Doc != nil || spec.Comment != nil
			explained = has || (explained && line == end+1)
			has = explained
		}
		end = files.Position(spec.End()).Line
		for _, name := range names {
			if name.IsExported() && !has && !constantOfType(spec) {
				t.Errorf("%s: %s has no comment", s.at(name.Pos()), name.Name)
			}
		}
	}
}

// constantOfType says whether a constant names one value of a type of ours: the type's own comment introduces it.
func constantOfType(spec ast.Spec) bool {
	v, ok := spec.(*ast.ValueSpec)
	if !ok || v.Type == nil {
		return false
	}
	id, ok := v.Type.(*ast.Ident)
	return ok && id.IsExported()
}

// hidden says whether a method belongs to a type that others cannot name.
func hidden(recv *ast.FieldList) bool {
	e := recv.List[0].Type
	for {
		switch x := e.(type) {
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.Ident:
			return !x.IsExported()
		default:
			return false
		}
	}
}

// Every package begins with a comment that says what it is for.
func TestPackagesAreExplained(t *testing.T) {
	explained := map[string]bool{}
	for _, s := range tree(t) {
		if !s.test {
			explained[s.dir] = explained[s.dir] || s.syntax.Doc != nil
		}
	}
	for dir, ok := range explained {
		if !ok {
			t.Errorf("%s: no file has a package comment", dir)
		}
	}
}
