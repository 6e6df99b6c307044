package household

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/sheet"
	"preau/internal/tariff"
)

// QuotientLine is a line of a file of quotients, and what becomes of it. Its JSON is what the file says, in few letters: a page carries some
// thousands of them from the preview to the confirmation.
type QuotientLine struct {
	Line           int        `json:"l"` // in the file, the head being 1
	Reference      string     `json:"r"` // of the household
	Name           string     `json:"-"` // of the household, "" when there is none
	Value          int64      `json:"v"`
	Kind           string     `json:"k"`
	ReferenceMonth string     `json:"m"`
	EffectiveOn    civil.Date `json:"d"`
	Known          bool       `json:"-"` // the town already knows it: nothing is written
	Problem        string     `json:"-"` // French; empty: the line can be taken
	Before         *int64     `json:"-"` // the quotient in force that day before, nil when none is

	householdID string
}

// MostQuotients is how many lines a file of quotients may have.
const MostQuotients = 5000

// quotientHeads are the names a column may have, the first being ours.
var quotientHeads = map[string][]string{
	"foyer":    {"foyer", "dossier", "reference", "numero"},
	"quotient": {"quotient", "qf", "quotient familial", "valeur"},
	"nature":   {"nature", "origine"},
	"mois":     {"mois", "mois de reference", "periode"},
	"effet":    {"effet", "date d’effet", "a partir du", "depuis"},
}

// ReadQuotients reads a file of quotients: a household and a quotient a line, with their nature (caf, impots), month and day of effect
// where the file says them, else as the defaults say. A line that cannot be read has its problem; none is left out. The error is a
// file that is no table at all, or that lacks a column.
func ReadQuotients(r io.Reader, defaults Quotient) ([]QuotientLine, error) {
	table, err := sheet.Read(r)
	if err != nil {
		return nil, err
	}
	column := map[string]int{}
	for i, head := range table.Header {
		folded := Fold(strings.NewReplacer("_", " ", "'", "’").Replace(head))
		for name, heads := range quotientHeads {
			if slices.ContainsFunc(heads, func(h string) bool { return Fold(h) == folded }) {
				column[name] = i
			}
		}
	}
	for _, name := range []string{"foyer", "quotient"} {
		if _, ok := column[name]; !ok {
			return nil, fmt.Errorf("le fichier n’a pas de colonne « %s »", name)
		}
	}
	if len(table.Rows) > MostQuotients {
		return nil, fmt.Errorf("le fichier a %d lignes, plus que les %d qui se lisent en une fois : coupez-le", len(table.Rows), MostQuotients)
	}
	seen := map[string]int{}
	var out []QuotientLine
	for i, row := range table.Rows {
		cell := func(name string) string {
			if at, ok := column[name]; ok && at < len(row.Cells) {
				return strings.TrimSpace(row.Cells[at])
			}
			return ""
		}
		l := readQuotientLine(cell, defaults)
		l.Line = row.Line
		if l.Line == 0 {
			l.Line = i + 2
		}
		if l.Problem == "" { // a line that cannot be taken leaves its place to the one that corrects it
			key := l.Reference + " " + l.EffectiveOn.String()
			if first, twice := seen[key]; twice {
				l.Problem = fmt.Sprintf("Le même foyer est déjà à la ligne %d, pour le même jour.", first)
			} else {
				seen[key] = l.Line
			}
		}
		out = append(out, l)
	}
	return out, nil
}

func readQuotientLine(cell func(string) string, defaults Quotient) QuotientLine {
	l := QuotientLine{Reference: cell("foyer"), Kind: defaults.Kind, ReferenceMonth: defaults.ReferenceMonth, EffectiveOn: defaults.EffectiveOn}
	var err error
	if l.Value, err = tariff.ParseQuotient(cell("quotient")); err != nil {
		l.Problem = "« " + cell("quotient") + " » n’est pas un quotient."
	}
	if l.Reference == "" {
		l.Problem = "Le numéro du foyer manque."
	}
	if text := cell("nature"); text != "" {
		switch Fold(text) {
		case "caf", "msa", "cnaf":
			l.Kind = "caf"
		case "impots", "avis d’impot", "avis":
			l.Kind = "impots"
		default:
			l.Problem = "« " + text + " » n’est pas une nature de quotient : écrivez caf ou impots."
		}
	}
	if text := cell("mois"); text != "" {
		if m, ok := readMonth(text); ok {
			l.ReferenceMonth = m.String()
		} else {
			l.Problem = "« " + text + " » n’est pas un mois : écrivez 2026-09 ou 09/2026."
		}
	}
	if text := cell("effet"); text != "" {
		if d, err := civil.ParseTyped(text); err == nil && d.Year >= 2000 && d.Year < 2100 {
			l.EffectiveOn = d
		} else {
			l.Problem = "« " + text + " » n’est pas une date : écrivez 2026-09-01 ou 01/09/2026."
		}
	}
	return l
}

func readMonth(text string) (civil.Month, bool) {
	if month, year, ok := strings.Cut(text, "/"); ok {
		text = year + "-" + month
	}
	m, err := civil.ParseMonth(text)
	return m, err == nil
}

// MatchQuotients finds the household of each line, and says which the town already knows and what each changes.
func MatchQuotients(ctx context.Context, tx *db.Tx, lines []QuotientLine) error {
	references := make([]string, 0, len(lines))
	for _, l := range lines {
		references = append(references, l.Reference)
	}
	type found struct{ id, reference, name string }
	households, err := db.All(ctx, tx, `SELECT id, reference, name FROM households`+among("reference"),
		func(s db.Scanner) (f found, err error) { return f, s.Scan(&f.id, &f.reference, &f.name) }, db.JSON(references))
	if err != nil {
		return err
	}
	byReference := map[string]found{}
	var ids []string
	for _, f := range households {
		byReference[f.reference] = f
		ids = append(ids, f.id)
	}
	standings, err := StandingsOf(ctx, tx, ids)
	if err != nil {
		return err
	}
	for i := range lines {
		l := &lines[i]
		f, ok := byReference[l.Reference]
		if !ok {
			if l.Problem == "" {
				l.Problem = "Aucun foyer n’a ce numéro."
			}
			continue
		}
		l.householdID, l.Name = f.id, f.name
		s := standings[f.id]
		if q, ok := s.QuotientOn(l.EffectiveOn); ok {
			l.Before = &q.Value
			l.Known = q.EffectiveOn == l.EffectiveOn && q.Value == l.Value && q.Kind == l.Kind && q.ReferenceMonth == l.ReferenceMonth
		}
	}
	return nil
}

// TakeQuotients writes the lines that can be taken and that the town does not know yet, and says how many it wrote. Taking the same file
// again writes nothing. The lines must have been matched in this transaction.
func TakeQuotients(ctx context.Context, tx *db.Tx, by By, lines []QuotientLine, source string) (int, error) {
	n := 0
	for _, l := range lines {
		if l.Problem != "" || l.Known || l.householdID == "" {
			continue
		}
		q := Quotient{Value: l.Value, Kind: l.Kind, Source: source, ReferenceMonth: l.ReferenceMonth, EffectiveOn: l.EffectiveOn}
		if _, err := AddQuotient(ctx, tx, by, l.householdID, q); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
