package arch

import (
	"bufio"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// Undrawn lists the components of the project's templates that no test has drawn, as "internal/web/ui/button.templ: Button". project is
// the source tree of a module, and profile a coverage profile (go test -coverprofile) of tests that ran with -coverpkg over the
// packages that hold templates; a template whose package is not in it counts as not drawn.
func Undrawn(project fs.FS, module string, profile io.Reader) ([]string, error) {
	ran, err := readProfile(profile)
	if err != nil {
		return nil, err
	}
	var out []string
	err = fs.WalkDir(project, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, "_templ.go") {
			return err
		}
		content, err := fs.ReadFile(project, name)
		if err != nil {
			return err
		}
		components, err := componentsOf(name, content)
		for _, c := range components {
			if !ran.within(path.Join(module, name), c) {
				out = append(out, strings.TrimSuffix(name, "_templ.go")+".templ: "+c.name)
			}
		}
		return err
	})
	return out, err
}

// component is one function of generated code, and the lines of what it does when it is drawn.
type component struct {
	name     string
	from, to int
}

// componentsOf finds the components of a generated file. Calling one only gives the function that draws: it is that one that counts.
func componentsOf(name string, content []byte) ([]component, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, content, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var out []component
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			draws, ok := n.(*ast.FuncLit)
			if ok {
				body := draws.Body
				out = append(out, component{f.Name.Name, set.Position(body.Lbrace).Line, set.Position(body.Rbrace).Line})
			}
			return !ok
		})
	}
	return out, nil
}

// lines are the lines that ran, file by file, named as in a profile; where a block begins stands for it.
type lines map[string]map[int]bool

// within says whether a component ran. Its first line belongs to the function around it, too.
func (l lines) within(file string, c component) bool {
	for line := range l[file] {
		if line > c.from && line <= c.to {
			return true
		}
	}
	return false
}

// readProfile keeps what ran at least once, in whichever test: the same block stands in a profile once for each.
func readProfile(profile io.Reader) (lines, error) {
	out := lines{}
	s := bufio.NewScanner(profile)
	for s.Scan() {
		text := s.Text()
		if strings.HasPrefix(text, "mode:") || strings.HasSuffix(text, " 0") {
			continue
		}
		file, block, ok := strings.Cut(text, ".go:")
		if !ok {
			return nil, fmt.Errorf("coverage profile: %q", text)
		}
		first, _, _ := strings.Cut(block, ".")
		line, err := strconv.Atoi(first)
		if err != nil {
			return nil, fmt.Errorf("coverage profile: %q", text)
		}
		file += ".go"
		if out[file] == nil {
			out[file] = map[int]bool{}
		}
		out[file][line] = true
	}
	return out, s.Err()
}
