package arch_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Each module that ours requires has its line, with a licence and a reason, in the decision about dependencies; and no other.
func TestDependenciesAreExplained(t *testing.T) {
	required, err := os.ReadFile(root + "/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(root + "/docs/decisions/0003-dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	explained := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| [^|]+ \\| [^|]+ \\|$").FindAllStringSubmatch(string(text), -1) {
		explained[m[1]] = true
	}
	there := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\t(\S+) v\S+(.*)$`).FindAllStringSubmatch(string(required), -1) {
		there[m[1]] = true
		if !strings.Contains(m[2], "indirect") && !explained[m[1]] {
			t.Errorf("go.mod requires %s, which docs/decisions/0003-dependencies.md does not explain", m[1])
		}
	}
	for name := range explained {
		if !there[name] {
			t.Errorf("docs/decisions/0003-dependencies.md explains %s, which go.mod does not require", name)
		}
	}
}

// What a document points to in the project is there.
func TestDocumentsLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)
	eachText(t, func(name string, content []byte) {
		if path.Ext(name) != ".md" {
			return
		}
		for _, m := range link.FindAllSubmatch(content, -1) {
			target := path.Join(path.Dir(name), string(m[1]))
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s leads to %s, which is not there", name, target)
			}
		}
	})
}
