package arch_test

import (
	"bytes"
	"go/format"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/a-h/templ/generator"
	"github.com/a-h/templ/parser/v2"
)

// folder is where the generator was started from, which it writes before the name of the template.
var folder = regexp.MustCompile("(FileName: `)[a-z/]+/")

// The Go code of every template is the one its text gives today.
func TestTemplatesAreGenerated(t *testing.T) {
	eachText(t, func(name string, _ []byte) {
		if path.Ext(name) != ".templ" {
			return
		}
		want, err := generate(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		got, err := os.ReadFile(filepath.Join(root, strings.TrimSuffix(name, ".templ")+"_templ.go"))
		if err != nil || !bytes.Equal(folder.ReplaceAll(got, []byte("$1")), want) {
			t.Errorf("%s changed after its Go code was made: make generate", name)
		}
	})
	for _, s := range tree(t) {
		if source, ok := strings.CutSuffix(s.path, "_templ.go"); ok {
			if _, err := os.Stat(filepath.Join(root, source+".templ")); err != nil {
				t.Errorf("%s: its template is gone", s.path)
			}
		}
	}
}

// generate does in memory what `templ generate` does in the folder of the template.
func generate(name string) ([]byte, error) {
	file, err := parser.Parse(filepath.Join(root, name))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if _, err := generator.Generate(file, &b, generator.WithVersion(templ.Version()), generator.WithFileName(path.Base(name))); err != nil {
		return nil, err
	}
	return format.Source(b.Bytes())
}
