package calendar

import (
	_ "embed"
	"fmt"
	"strings"

	"preau/internal/civil"
)

//go:generate go run ./gen official.txt testdata/vacances-scolaires-1990-2026.csv.gz

// official is the whole years of the official file, one zone and year a line: zone, first day, last day, then each holiday as a
// letter and its ends. Source: Vacances scolaires par zones, ministère de l'Éducation nationale, data.gouv.fr, Licence Ouverte
// (LICENCE-vacances-scolaires.md), as of 2026.
//
//go:embed official.txt
var official string

// entered is the years typed by hand, in the same form, until the official file covers them.
//
//go:embed entered.txt
var entered string

var letters = map[string]string{
	"T": "Vacances de la Toussaint", "N": "Vacances de Noël", "H": "Vacances d'hiver", "P": "Vacances de printemps", "A": "Pont de l'Ascension",
}

// Embedded is the calendar of a zone ("A", "B" or "C") that comes with the program: the official years, and years typed by hand
// that are not confirmed. An unknown zone has no year.
func Embedded(zone string) *Calendar {
	typed := mustDecode(entered, zone, "saisi, à confirmer", false)
	return (&Calendar{}).With(typed...).With(mustDecode(official, zone, "fichier officiel", true)...)
}

// mustDecode reads text that is part of the program: a mistake in it is a mistake in the program.
func mustDecode(text, zone, source string, confirmed bool) []SchoolYear {
	var list []SchoolYear
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] != zone {
			continue
		}
		y := SchoolYear{FirstDay: civil.MustParse(fields[1]), LastDay: civil.MustParse(fields[2]), Source: source, Confirmed: confirmed}
		y.Label = labelOf(y.FirstDay.Year)
		for _, f := range fields[3:] {
			from, to, _ := strings.Cut(f[1:], "..")
			y.Holidays = append(y.Holidays, Holiday{Name: letters[f[:1]], From: civil.MustParse(from), To: civil.MustParse(to)})
		}
		if err := y.Check(); err != nil {
			panic(err)
		}
		list = append(list, y)
	}
	return list
}

// Encode writes school years in the form of the embedded files. It fails on a holiday that has no letter there.
func Encode(zone string, years []SchoolYear) (string, error) {
	var b strings.Builder
	for _, y := range years {
		fmt.Fprintf(&b, "%s %s %s", zone, y.FirstDay, y.LastDay)
		for _, h := range y.Holidays {
			letter := letterOf(h.Name)
			if letter == "" {
				return "", fmt.Errorf("calendar: no letter for %q", h.Name)
			}
			fmt.Fprintf(&b, " %s%s..%s", letter, h.From, h.To)
		}
		b.WriteByte('\n')
	}
	return b.String(), nil
}

func letterOf(name string) string {
	for letter, known := range letters {
		if known == name {
			return letter
		}
	}
	return ""
}
