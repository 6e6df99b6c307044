package billing_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What was issued is never edited: no statement changes a line, an entry or an allocation; of a charge only what reverses it is written, and of
// an invoice that has its number only when it was settled and who recovers it.
func TestNoStatementEditsWhatWasIssued(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	update := regexp.MustCompile("UPDATE (invoices|invoice_lines|charges|ledger_entries|allocations|invoice_acts) SET ([^`]*)")
	allowed := regexp.MustCompile(`^(reversed_in = |settled_at = |handed_at = )`)
	seen := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range update.FindAllStringSubmatch(string(source), -1) {
			seen++
			draft := m[1] == "invoices" && strings.Contains(m[2], "invoices.number IS NULL")
			if !draft && (!allowed.MatchString(m[2]) || strings.Contains(m[2], "_cents =") || strings.Contains(m[2], " cents =")) {
				t.Errorf("%s edits %s: SET %s", file, m[1], m[2])
			}
		}
	}
	if seen < 6 {
		t.Errorf("only %d statements were seen", seen)
	}
}
