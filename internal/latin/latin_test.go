package latin_test

import (
	"testing"

	"preau/internal/latin"
)

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"Hélène Lefèvre":           "Helene Lefevre",
		"He\u0301le\u0300ne":       "Helene",
		"  Crèche\r\n« Noël » ":    "Creche \" Noel \"",
		"L’Œuvre–d’été":            "L'OEuvre-d'ete",
		"Łukasz Żak, Straße":       "Lukasz Zak, Strasse",
		"李":                        "",
		"1\u202f234,50\u00a0€":     "1 234,50 EUR",
		"a\x00b\x7f":               "ab",
		"déjà \xff vu":             "deja vu",
		"5 rue Marconi & fils <b>": "5 rue Marconi & fils <b>",
	} {
		if got := latin.Plain(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
