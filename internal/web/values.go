package web

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"preau/internal/civil"
	"preau/internal/money"
	"preau/internal/web/ui"
)

// Text reads one line of text of at most max characters; it may be empty.
func (f *Form) Text(name string, max int) string {
	s := f.one(name)
	switch {
	case utf8.RuneCountInString(s) > max:
		f.Fail(name, "C’est trop long\u00a0: "+ui.Count(max, "caractère", "caractères")+" au plus.")
		return ""
	case strings.ContainsAny(s, "\r\n"):
		f.Fail(name, "Écrivez sur une seule ligne.")
		return ""
	}
	return s
}

// Needed reads one line of text that may not be empty; missing is what is said when it is ("Indiquez votre nom.").
func (f *Form) Needed(name string, max int, missing string) string {
	s := f.Text(name, max)
	if s == "" {
		f.Fail(name, missing)
	}
	return s
}

// Lines reads a text of several lines of at most max characters; ends of line become "\n".
func (f *Form) Lines(name string, max int) string {
	s := strings.ReplaceAll(f.one(name), "\r\n", "\n")
	if utf8.RuneCountInString(s) > max {
		f.Fail(name, "C’est trop long\u00a0: "+ui.Count(max, "caractère", "caractères")+" au plus.")
		return ""
	}
	return s
}

// Secret reads a password: exactly what was typed, spaces included.
func (f *Form) Secret(name string, max int) string {
	s := f.Raw(name)
	if len(s) > max {
		f.Fail(name, "C’est trop long.")
		return ""
	}
	return s
}

// One reads a choice among allowed values; missing is what is said of anything else.
func (f *Form) One(name, missing string, allowed ...string) string {
	s := f.one(name)
	if !slices.Contains(allowed, s) {
		f.Fail(name, missing)
		return ""
	}
	return s
}

// Yes says whether a box is ticked.
func (f *Form) Yes(name string) bool { return f.one(name) != "" }

// Int reads a whole number between low and high; ok is false when the field is empty or wrong.
func (f *Form) Int(name string, low, high int) (n int, ok bool) {
	s := strings.Map(func(c rune) rune {
		if c == ' ' || c == '\u00a0' || c == '\u202f' {
			return -1
		}
		return c
	}, f.one(name))
	if s == "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < low || n > high {
		f.Fail(name, "Écrivez un nombre entre "+ui.Number(low)+" et "+ui.Number(high)+".")
		return 0, false
	}
	return n, true
}

// Date reads a day, as a date field sends it; the zero date when it is empty or wrong.
func (f *Form) Date(name string) civil.Date {
	return parsed(f, name, civil.Parse, "Écrivez une date, par exemple 07/12/2026.")
}

// Month reads "2026-12"; the zero month when it is empty or wrong.
func (f *Form) Month(name string) civil.Month {
	return parsed(f, name, civil.ParseMonth, "Ce mois n’existe pas.")
}

// Week reads "2026-W50" and gives its Monday; the zero date when it is empty or wrong.
func (f *Form) Week(name string) civil.Date {
	return parsed(f, name, civil.ParseWeek, "Cette semaine n’existe pas.")
}

// Time reads "16:30"; ok is false when it is empty or wrong.
func (f *Form) Time(name string) (t civil.TimeOfDay, ok bool) {
	t = parsed(f, name, civil.ParseTime, "Écrivez une heure, par exemple 16:30.")
	return t, f.one(name) != "" && f.wrong[name] == ""
}

// Money reads an amount in euros, "3,40" or "3.40 €"; ok is false when it is empty or wrong.
func (f *Form) Money(name string) (c money.Cents, ok bool) {
	c = parsed(f, name, money.Parse, "Écrivez un montant, par exemple 3,40.")
	return c, f.one(name) != "" && f.wrong[name] == ""
}

// parsed reads a field that is empty or of the form that parse knows; otherwise it says wrong.
func parsed[T any](f *Form, name string, parse func(string) (T, error), wrong string) T {
	var zero T
	s := f.one(name)
	if s == "" {
		return zero
	}
	v, err := parse(s)
	if err != nil {
		f.Fail(name, wrong)
		return zero
	}
	return v
}
