package till

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"preau/internal/money"
)

// Title is one paper CESU.
type Title struct {
	ID     string // made when it is kept
	Issuer string
	Number string // figures, as printed
	// Vintage is the year the title was issued for.
	Vintage int
	Cents   money.Cents // its face value
}

// Issuers proposes who issues titles; another name may be typed.
func Issuers() []string {
	return []string{"Edenred", "Domiserve", "Sodexo Pluxee", "UP Chèque Domicile", "Bimpli", "La Banque Postale"}
}

// What a list of titles may hold.
const (
	titlesMost  = 200
	numberLeast = 4
	numberMost  = 30
	faceMost    = money.Cents(1000_00)
)

// TitleError is what cannot be read in a line of a list of titles, numbered from 1.
type TitleError struct {
	Line int
	Text string
	Err  error
}

// Error names the line.
func (e *TitleError) Error() string { return fmt.Sprintf("line %d, %q: %v", e.Line, e.Text, e.Err) }

// Unwrap gives what is wrong.
func (e *TitleError) Unwrap() error { return e.Err }

// What is wrong with a line.
var (
	ErrTitleNumber = errors.New("no number of a title")
	ErrTitleValue  = errors.New("no face value")
	ErrTitleRange  = errors.New("a range that does not go up, or is too long")
	ErrTitleTwice  = errors.New("the same title twice")
	ErrTitleMany   = errors.New("too many titles")
)

// ParseTitles reads titles as they are typed or scanned, one a line: a number, or a number and its face value ("1234567890 15,00"), or
// a run of numbers ("1234567890 à 1234567899", and a value after it if wished). What a line does not say is taken from common: the
// issuer, the vintage and, unless it is zero, the face value. Empty lines count for nothing. The first thing wrong is a *TitleError.
func ParseTitles(text string, common Title) ([]Title, error) {
	var out []Title
	seen := map[string]bool{}
	line := 0
	for raw := range strings.Lines(text) {
		line++
		raw = strings.TrimSpace(raw)
		if raw == "" {
			continue
		}
		titles, err := parseTitle(raw, common)
		if err == nil && len(out)+len(titles) > titlesMost {
			err = ErrTitleMany
		}
		for _, t := range titles {
			if err == nil && seen[t.Number] {
				err = ErrTitleTwice
			}
			seen[t.Number] = true
		}
		if err != nil {
			return nil, &TitleError{line, clip(raw), err}
		}
		out = append(out, titles...)
	}
	return out, nil
}

// parseTitle reads one line.
func parseTitle(raw string, common Title) ([]Title, error) {
	fields := strings.FieldsFunc(raw, func(r rune) bool { return unicode.IsSpace(r) || r == ';' })
	if len(fields) == 0 || !titleNumber(fields[0]) {
		return nil, ErrTitleNumber
	}
	first, last, rest := fields[0], fields[0], fields[1:]
	if len(rest) >= 2 && (rest[0] == "à" || rest[0] == "-" || strings.EqualFold(rest[0], "a")) {
		if !titleNumber(rest[1]) {
			return nil, ErrTitleNumber
		}
		last, rest = rest[1], rest[2:]
	}
	if len(rest) > 0 {
		value, err := money.Parse(strings.Join(rest, ""))
		if err != nil {
			return nil, ErrTitleValue
		}
		common.Cents = value
	}
	if common.Cents <= 0 || common.Cents > faceMost {
		return nil, ErrTitleValue
	}
	numbers, err := run(first, last)
	if err != nil {
		return nil, err
	}
	out := make([]Title, len(numbers))
	for i, n := range numbers {
		out[i] = common
		out[i].ID, out[i].Number = "", n
	}
	return out, nil
}

func titleNumber(s string) bool {
	if len(s) < numberLeast || len(s) > numberMost {
		return false
	}
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}

// run gives the numbers from first to last, written as long as the first.
func run(first, last string) ([]string, error) {
	if first == last {
		return []string{first}, nil
	}
	// Only the figures that differ are counted, so that a number of thirty figures needs no large integers.
	same := 0
	for same < len(first) && same < len(last) && first[same] == last[same] {
		same++
	}
	if len(first) != len(last) || len(first)-same > 9 {
		return nil, ErrTitleRange
	}
	from, err := strconv.ParseInt(first[same:], 10, 64)
	if err != nil {
		return nil, ErrTitleNumber
	}
	to, err := strconv.ParseInt(last[same:], 10, 64)
	if err != nil {
		return nil, ErrTitleNumber
	}
	if to <= from || to-from >= titlesMost {
		return nil, ErrTitleRange
	}
	out := make([]string, 0, to-from+1)
	for n := from; n <= to; n++ {
		out = append(out, first[:same]+fmt.Sprintf("%0*d", len(first)-same, n))
	}
	return out, nil
}

// clip shortens a line to say it again.
func clip(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// TitlesSum is what titles are worth together.
func TitlesSum(titles []Title) (sum money.Cents) {
	for _, t := range titles {
		sum += t.Cents
	}
	return sum
}
