package intake

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"preau/internal/civil"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/money"
)

// place is where something was read.
type place struct {
	file string
	line int
}

// record is one line under way; failed is set once something in it is bad.
type record struct {
	place
	cells   map[string]string
	reading *reading
	failed  bool
}

// longest is the most characters of a cell.
const longest = 300

func (r *reading) problem(at place, column, reason string) {
	r.report.Problems = append(r.report.Problems, Problem{File: at.file, Line: at.line, Column: column, Reason: reason})
}

func (l *record) bad(column, reason string) {
	l.failed = true
	l.reading.problem(l.place, column, reason)
}

// tidy removes needless spaces, and refuses what no cell should hold.
func (l *record) tidy() {
	for _, column := range slices.Sorted(keys(l.cells)) {
		text := strings.Join(strings.Fields(l.cells[column]), " ")
		l.cells[column] = text
		switch {
		case strings.ContainsFunc(text, func(c rune) bool { return unicode.IsControl(c) || c == unicode.ReplacementChar }):
			l.bad(column, "La cellule contient un caractère illisible.")
			l.cells[column] = ""
		case len(text) > longest:
			l.bad(column, fmt.Sprintf("La cellule dépasse %d caractères.", longest))
		}
	}
}

func (l *record) text(column string) string { return l.cells[column] }

// date reads "07/12/2026" or "2026-12-07"; empty is the zero date.
func (l *record) date(column string) civil.Date {
	text := l.cells[column]
	if text == "" {
		return civil.Date{}
	}
	d, err := civil.ParseTyped(text)
	if err != nil || d.Year < 1900 || d.Year > 2200 {
		l.bad(column, "« "+text+" » n’est pas une date comme 07/12/2026.")
		return civil.Date{}
	}
	return d
}

// yes reads "oui" or "non"; given is false when the cell is empty.
func (l *record) yes(column string) (yes, given bool) {
	switch folded(l.cells[column]) {
	case "":
		return false, false
	case "oui", "o", "1", "vrai", "true", "x":
		return true, true
	case "non", "n", "0", "faux", "false":
		return false, true
	}
	l.bad(column, "« "+l.cells[column]+" » : écrivez oui ou non.")
	return false, false
}

// choice reads one of some words; otherwise is the value of an empty cell.
func (l *record) choice(column string, words []word, otherwise string) string {
	text := l.cells[column]
	if text == "" {
		return otherwise
	}
	wanted := strings.TrimSuffix(folded(text), ".")
	var possible []string
	for _, w := range words {
		if slices.Contains(w.spellings, wanted) {
			return w.value
		}
		possible = append(possible, w.spellings[0])
	}
	l.bad(column, "« "+text+" » n’est pas possible ici. Valeurs possibles : "+strings.Join(possible, ", ")+".")
	return otherwise
}

// word is a value with the ways to write it, folded; the first is the one that is proposed.
type word struct {
	value     string
	spellings []string
}

func (l *record) whole(column string) int64 {
	text := l.cells[column]
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 {
		l.bad(column, "« "+text+" » n’est pas un nombre entier.")
	}
	return n
}

// quotient reads "799,50" in hundredths; given is false when the cell is empty.
func (l *record) quotient(column string) (hundredths int64, given bool) {
	text := l.cells[column]
	if text == "" {
		return 0, false
	}
	v, err := money.Parse(text)
	if err != nil || v < 0 || v > 1_000_000_00 {
		l.bad(column, "« "+text+" » n’est pas un quotient comme 799,50.")
		return 0, false
	}
	return int64(v), true
}

// month reads "2026-09" or "09/2026".
func (l *record) month(column string) string {
	text := l.cells[column]
	if text == "" {
		return ""
	}
	if month, year, ok := strings.Cut(text, "/"); ok {
		text = fmt.Sprintf("%s-%02s", year, month)
	}
	m, err := civil.ParseMonth(text)
	if err != nil {
		l.bad(column, "« "+l.cells[column]+" » n’est pas un mois comme 09/2026.")
		return ""
	}
	return m.String()
}

// clock reads "16:30", "16h30", "16 h 30" or "16h".
func (l *record) clock(column string) civil.TimeOfDay {
	text := strings.ToLower(strings.ReplaceAll(l.cells[column], " ", ""))
	if text == "" {
		return 0
	}
	text = strings.Replace(text, "h", ":", 1)
	if strings.HasSuffix(text, ":") {
		text += "00"
	}
	if len(text) == len("9:30") {
		text = "0" + text
	}
	t, err := civil.ParseTime(text)
	if err != nil {
		l.bad(column, "« "+l.cells[column]+" » n’est pas une heure comme 16:30.")
	}
	return t
}

func (l *record) phone(column string) string {
	text := l.cells[column]
	if text == "" {
		return ""
	}
	if len(text) == 9 && text[0] != '0' && strings.Trim(text, "0123456789") == "" {
		text = "0" + text // a spreadsheet took it for a number
	}
	kept, ok := household.TidyPhone(text)
	if !ok {
		l.bad(column, "« "+text+" » n’est pas un numéro de téléphone complet.")
	}
	return kept
}

func (l *record) email(column string) string {
	text := l.cells[column]
	if text != "" && !identity.ValidEmail(text) {
		l.bad(column, "« "+text+" » n’est pas une adresse e-mail complète.")
	}
	return text
}

// schoolYear reads "2026-2027" or "2026/2027"; empty is the present one.
func (l *record) schoolYear(column string) string {
	text := strings.ReplaceAll(strings.ReplaceAll(l.cells[column], "/", "-"), " ", "")
	if text == "" {
		return l.reading.schoolYear
	}
	if !household.ValidSchoolYear(text) {
		l.bad(column, "« "+l.cells[column]+" » n’est pas une année scolaire comme 2026-2027.")
	}
	return text
}
