package intake_test

import (
	"os"
	"strings"
	"testing"

	"preau/internal/intake"
)

// The document says every file and every column that an import reads.
func TestDocumentIsComplete(t *testing.T) {
	text, err := os.ReadFile("../../docs/import.md")
	if err != nil {
		t.Fatal(err)
	}
	for file, columns := range intake.Columns() {
		_, section, ok := strings.Cut(string(text), "### "+file+".csv")
		if !ok {
			t.Errorf("%s.csv is not documented", file)
			continue
		}
		section, _, _ = strings.Cut(section, "\n#")
		for column, needed := range columns {
			if bold := strings.Contains(section, "**"+column+"**"); bold != needed || !strings.Contains(section, column) {
				t.Errorf("%s.csv, column %s: required %v, in bold %v", file, column, needed, bold)
			}
		}
	}
}
