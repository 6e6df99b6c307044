package words_test

import (
	"testing"

	"preau/internal/words"
)

func TestNames(t *testing.T) {
	for name, want := range map[string]string{"Antoine": "d’Antoine", "Élise": "d’Élise", "Hugo": "d’Hugo", "Yann": "d’Yann", "Léo": "de Léo", "": "de "} {
		if got := words.Of(name); got != want {
			t.Errorf("Of(%q) = %q, want %q", name, got, want)
		}
	}
	for want, list := range map[string][]string{"": nil, "lundi": {"lundi"}, "lundi et jeudi": {"lundi", "jeudi"}, "lundi, mardi et jeudi": {"lundi", "mardi", "jeudi"}} {
		if got := words.List(list); got != want {
			t.Errorf("List(%q) = %q, want %q", list, got, want)
		}
	}
}

// The first letter may be more than a byte.
func TestFirstLetters(t *testing.T) {
	if got := words.LowerFirst("TAP du soir"); got != "TAP du soir" {
		t.Errorf("an acronym became %q", got)
	}
	for upper, lower := range map[string]string{"Étude surveillée": "étude surveillée", "Œuvres": "œuvres", "Repas": "repas", "": "", "À table": "à table", "L’étude": "l’étude"} {
		if got := words.LowerFirst(upper); got != lower {
			t.Errorf("LowerFirst(%q) = %q", upper, got)
		}
		if got := words.UpperFirst(lower); got != upper {
			t.Errorf("UpperFirst(%q) = %q", lower, got)
		}
	}
}

func TestSolid(t *testing.T) {
	if got := words.SolidHours("du lundi au vendredi, 8 h 30 – 12 h et 13h30 - 17h30"); got != "du lundi au vendredi, 8\u00a0h\u00a030\u00a0–\u00a012\u00a0h et 13h30\u00a0-\u00a017h30" {
		t.Errorf("%q", got)
	}
	if got := words.Solid("lun. 7 déc."); got != "lun.\u00a07\u00a0déc." {
		t.Errorf("%q", got)
	}
	if got := words.SolidHours("jusqu’à 7 jours avant, 23 h 59, ou 8 h le lundi"); got != "jusqu’à 7 jours avant, 23\u00a0h\u00a059, ou 8\u00a0h le lundi" {
		t.Errorf("%q", got)
	}
}
