package arch_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// root is the top of the project, seen from this package.
const root = "../.."

// module begins the import path of every package of ours.
const module = "preau/"

// source is one Go file.
type source struct {
	path      string // from the top of the project, with slashes
	dir       string // of its package: "internal/web/ui"
	test      bool   // seen by go test only
	generated bool
	lines     int
	syntax    *ast.File
}

// at says where something stands, as a compiler does.
func (s *source) at(pos token.Pos) string {
	return s.path + ":" + strconv.Itoa(files.Position(pos).Line)
}

// imports gives the paths the file imports.
func (s *source) imports() []string {
	var out []string
	for _, spec := range s.syntax.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			panic(err) // it was parsed
		}
		out = append(out, name)
	}
	return out
}

var (
	files       = token.NewFileSet()
	isGenerated = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)
)

// read parses every Go file of the project, once.
var read = sync.OnceValues(func() ([]*source, error) {
	var all []*source
	err := walk(func(name string, content []byte) error {
		if path.Ext(name) != ".go" {
			return nil
		}
		syntax, err := parser.ParseFile(files, name, content, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		all = append(all, &source{
			path: name, dir: path.Dir(name), test: strings.HasSuffix(name, "_test.go"), generated: isGenerated.Match(content),
			lines: bytes.Count(content, []byte("\n")), syntax: syntax,
		})
		return nil
	})
	return all, err
})

// walk gives every file of the project that is ours: not what is vendored, kept for tests, or made by a build.
func walk(visit func(name string, content []byte) error) error {
	leftOut := []string{".git", "dist", "shots", "testdata", "node_modules", "axe"}
	return filepath.WalkDir(root, func(full string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains(leftOut, entry.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		name, err := filepath.Rel(root, full)
		if err != nil {
			return err
		}
		switch path.Ext(name) {
		case ".go", ".templ", ".sql", ".css", ".js", ".sh", ".md", ".toml", ".mod":
		default:
			return nil
		}
		content, err := os.ReadFile(full)
		if err != nil {
			return err
		}
		return visit(filepath.ToSlash(name), content)
	})
}

// tree gives the Go files of the project.
func tree(t *testing.T) []*source {
	t.Helper()
	all, err := read()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// own gives the files that make the program: neither tests, nor what serves them, nor generated code.
func own(t *testing.T) []*source {
	t.Helper()
	var out []*source
	for _, s := range tree(t) {
		if !s.test && !s.generated && !forTests(s.dir) {
			out = append(out, s)
		}
	}
	return out
}

// forTests says whether a package serves tests only: its name says so, as towntest's does.
func forTests(dir string) bool {
	return strings.HasSuffix(dir, "test") || dir == "internal/arch" || strings.HasPrefix(dir, "internal/arch/")
}

// short is a package as the drawing writes it: "web/ui", "cmd/preau".
func short(dir string) string { return strings.TrimPrefix(dir, "internal/") }
