package intake_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"preau/internal/intake"
)

// Whatever the files hold, reading them ends with a report whose every problem can be shown and found.
func FuzzImport(f *testing.F) {
	in := small()
	for name, file := range in {
		f.Add(strings.TrimSuffix(name, ".csv"), file.Data, []byte(nil))
	}
	f.Add("inscriptions", []byte("enfant,activite\n\"a"), []byte("[[table]]\nfichier=\"inscriptions.csv\"\nvers=\"enfants\"\n[table.colonnes]\nreference=\"{enfant|reste}\""))
	f.Add("gardes", []byte("enfant;foyer;semaines;jour;heure;du\nE;F;paires;lundi;99h99;0/0/0000\n"), []byte(nil))
	f.Fuzz(func(t *testing.T, name string, text, mapping []byte) {
		files := map[string][]byte{name + ".csv": text}
		if mapping != nil {
			files["correspondance.toml"] = mapping
		}
		for _, p := range intake.ReadOnly(files).Problems {
			if p.File == "" || p.Reason == "" || p.Line < 0 || p.Line > 1+strings.Count(strings.ReplaceAll(string(text), "\r", "\n"), "\n") {
				t.Errorf("problem %+v", p)
			}
			if utf8.Valid(text) && utf8.ValidString(name) && utf8.Valid(mapping) && !utf8.ValidString(p.String()) {
				t.Errorf("problem %q is not UTF-8", p)
			}
		}
	})
}
