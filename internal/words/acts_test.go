package words_test

import (
	"testing"

	"preau/internal/words"
)

// Whatever the journal holds, the family reads a sentence, and never the name that the program gives to an act.
func TestActsAreSaidToFamilies(t *testing.T) {
	for act, want := range map[string]string{
		"household.view":    "a consulté votre dossier",
		"health.view":       "a consulté les informations de santé",
		"custody.rule":      "a changé la garde d’un enfant",
		"something.view":    "a consulté votre dossier",
		"something.unknown": "a agi sur votre dossier",
		"nonsense":          "a agi sur votre dossier",
	} {
		if got := words.Act(act); got != want {
			t.Errorf("%s: %q, want %q", act, got, want)
		}
	}
	if !words.Looked("health.view") || words.Looked("child.menu") {
		t.Error("looking and changing are not told apart")
	}
}
