package household

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"preau/internal/db"
	"preau/internal/fault"
)

// SearchLimit is the most hits one search gives.
const SearchLimit = 50

// searchWords is the most words of a search that count; the others only narrow what is already narrow.
const searchWords = 8

// Hit is a household that a search found.
type Hit struct {
	HouseholdID string
	Reference   string
	Name        string
	City        string
	Guardians   []string // names
	Children    []string // first names, eldest first

	sort string // with HouseholdID, where the next page begins
}

// Fold writes a text as it is searched and sorted: no accents, œ, æ and ß as two letters, small letters, one space between words.
// Hyphens and apostrophes are spaces, so that « Jean-Paul » and « jean paul » are the same.
func Fold(s string) string {
	var b strings.Builder
	space := false
	for _, r := range norm.NFD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r):
			continue
		case unicode.IsSpace(r) || strings.ContainsRune("-‐‑–—'’ʼ", r):
			space = b.Len() > 0
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		switch r = unicode.ToLower(r); r {
		case 'œ':
			b.WriteString("oe")
		case 'æ':
			b.WriteString("ae")
		case 'ß':
			b.WriteString("ss")
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

var typedPhone = regexp.MustCompile(`(?:\+33|0033|\b0)[ .\-]?[1-9](?:[ .\-]?[0-9]{2}){4}\b`)

// TidyPhone writes a telephone number as it is kept: "+33639980102" for 06 39 98 01 02, other countries with their +. False when it
// is not a number.
func TidyPhone(s string) (string, bool) {
	digits := strings.Map(func(r rune) rune {
		if r == '+' || r >= '0' && r <= '9' {
			return r
		}
		if unicode.IsSpace(r) || strings.ContainsRune(".-/()", r) {
			return -1
		}
		return '?'
	}, s)
	if rest, ok := strings.CutPrefix(digits, "00"); ok {
		digits = "+" + rest
	}
	if len(digits) == 10 && digits[0] == '0' {
		digits = "+33" + digits[1:]
	}
	number, international := strings.CutPrefix(digits, "+")
	if !international || strings.ContainsAny(number, "+?") || len(number) < 8 || len(number) > 15 {
		return "", false
	}
	if french, ok := strings.CutPrefix(number, "33"); ok && (len(french) != 9 || french[0] == '0') {
		return "", false
	}
	return digits, true
}

// FrenchPhone writes a kept number as it is read: "06 39 98 01 02".
func FrenchPhone(kept string) string {
	national, ok := strings.CutPrefix(kept, "+33")
	if !ok || len(national) != 9 {
		return kept
	}
	out := "0" + national[:1]
	for i := 1; i < len(national); i += 2 {
		out += " " + national[i:i+2]
	}
	return out
}

// Search finds households by any words of their name and reference, of their guardians' and children's names and references, by
// telephone number or e-mail. Every word must be found. The hits, at most SearchLimit, come by name.
func Search(ctx context.Context, tx *db.Tx, text string) ([]Hit, error) {
	return SearchAfter(ctx, tx, text, Hit{})
}

// SearchAfter gives the hits that follow one; the zero Hit begins.
func SearchAfter(ctx context.Context, tx *db.Tx, text string, after Hit) ([]Hit, error) {
	words := searched(text)
	if len(words) == 0 {
		return nil, nil
	}
	if after.HouseholdID != "" && after.sort == "" {
		return nil, fault.Invalidf("suite", "Cette page de résultats n’existe plus.")
	}
	args := []any{after.sort, after.HouseholdID, SearchLimit}
	var where strings.Builder
	for _, w := range words {
		args = append(args, "%"+LikeEscape(w.text)+"%")
		fmt.Fprintf(&where, w.condition(), len(args))
	}
	hits, err := db.All(ctx, tx, `SELECT id, reference, name, city, name_search FROM households h
		WHERE (h.name_search, h.id) > ($1, $2) AND NOT EXISTS (SELECT 1 FROM household_merges m WHERE m.merged_id = h.id AND m.undone_at IS NULL)`+where.String()+` ORDER BY h.name_search, h.id LIMIT $3`, scanHit, args...)
	if err != nil {
		return nil, err
	}
	return hits, addPeople(ctx, tx, hits)
}

func scanHit(s db.Scanner) (h Hit, err error) {
	return h, s.Scan(&h.HouseholdID, &h.Reference, &h.Name, &h.City, &h.sort)
}

// After names the hit for the address of the next page; HitAfter reads it.
func (h Hit) After() string { return h.HouseholdID + "~" + h.sort }

// HitAfter reads what After wrote, to pass to SearchAfter.
func HitAfter(s string) Hit {
	id, sort, _ := strings.Cut(s, "~")
	return Hit{HouseholdID: id, sort: sort}
}

type searchWord struct {
	text string
	kind string
}

// condition is the SQL that a word adds; %[1]d is the number of its parameter.
func (w searchWord) condition() string {
	switch w.kind {
	case "phone":
		return ` AND h.id IN (SELECT household_id FROM guardians WHERE phone LIKE $%[1]d)`
	case "email":
		return ` AND h.id IN (SELECT household_id FROM guardians WHERE lower(email) LIKE $%[1]d ESCAPE '\')`
	}
	return ` AND (h.name_search LIKE $%[1]d ESCAPE '\' OR lower(h.reference) LIKE $%[1]d ESCAPE '\'
		OR h.id IN (SELECT household_id FROM guardians WHERE name_search LIKE $%[1]d ESCAPE '\' OR lower(reference) LIKE $%[1]d ESCAPE '\')
		OR h.id IN (SELECT household_id FROM household_children WHERE child_id IN
			(SELECT id FROM children WHERE name_search LIKE $%[1]d ESCAPE '\' OR lower(reference) LIKE $%[1]d ESCAPE '\')))`
}

// searched takes telephone numbers out of a text, then e-mails, then words.
func searched(text string) []searchWord {
	var words []searchWord
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "")
	text = typedPhone.ReplaceAllStringFunc(text, func(typed string) string {
		if phone, ok := TidyPhone(typed); ok {
			words = append(words, searchWord{phone, "phone"})
			return " "
		}
		return typed
	})
	for _, field := range strings.Fields(text) {
		if strings.Contains(field, "@") {
			words = append(words, searchWord{strings.ToLower(field), "email"})
			continue
		}
		for _, w := range strings.Fields(Fold(field)) {
			words = append(words, searchWord{w, "name"})
		}
	}
	return words[:min(len(words), searchWords)]
}

// LikeEscape writes a text so that a LIKE … ESCAPE '\\' looks for it as it is, its signs included.
func LikeEscape(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

// addPeople writes the names of guardians and children into the hits.
func addPeople(ctx context.Context, tx *db.Tx, hits []Hit) error {
	ids := make([]string, len(hits))
	byID := make(map[string]*Hit, len(hits))
	for i := range hits {
		ids[i], byID[hits[i].HouseholdID] = hits[i].HouseholdID, &hits[i]
	}
	type person struct{ household, name string }
	scan := func(s db.Scanner) (p person, err error) { return p, s.Scan(&p.household, &p.name) }
	guardians, err := db.All(ctx, tx, `SELECT household_id, trim(first_name || ' ' || last_name) FROM guardians
		WHERE household_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text))) ORDER BY name_search, id`, scan, db.JSON(ids))
	if err != nil {
		return err
	}
	children, err := db.All(ctx, tx, `SELECT hc.household_id, c.first_name FROM household_children hc JOIN children c ON c.id = hc.child_id
		WHERE hc.household_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text))) ORDER BY c.born_on, c.id`, scan, db.JSON(ids))
	for _, p := range guardians {
		byID[p.household].Guardians = append(byID[p.household].Guardians, p.name)
	}
	for _, p := range children {
		byID[p.household].Children = append(byID[p.household].Children, p.name)
	}
	return err
}
