// Package tariff turns the facts of a household into the price of one option on one day, with the sentence that explains it.
//
// A grid is dated: the one in force on the day of service is the latest whose first day is not after it. The quotient familial
// and the residence that count are those in force on that day too; a household whose quotient is unknown pays the top bracket.
package tariff

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"preau/internal/civil"
	"preau/internal/money"
)

// Kind is the shape of a grid.
type Kind string

const (
	// Flat: one price for everyone.
	Flat Kind = "flat"
	// Brackets: one price per half-open bracket of quotient familial.
	Brackets Kind = "brackets"
)

// Bracket starts at From (hundredths of a quotient, included) and ends where the next one starts.
type Bracket struct {
	From  int64
	Price money.Cents
}

// Grid is the dated price list of an activity, or of one of its options.
type Grid struct {
	ID          string
	ActivityID  string
	OptionID    string // empty: every option of the activity
	Name        string // as voted, "Restauration élémentaire 2026-2027"
	Kind        Kind
	From        civil.Date
	Flat        money.Cents
	NonResident *money.Cents // price of non-residents whatever their quotient; nil: same as residents
	Brackets    []Bracket    // ascending, the first at 0
}

// Facts are what the price depends on, as they were on the day of service.
type Facts struct {
	Resident bool
	Quotient *int64 // hundredths; nil when unknown
}

// Price is what one option costs on one day.
type Price struct {
	Cents       money.Cents
	GridID      string
	Explanation string // French, complete sentence without final stop: "3,40 € : QF 912, tranche de 800 à 1 199,99, grille …"
}

// Check refuses a grid that leaves a quotient without a price or gives it two (half-open brackets, first at 0, strictly ascending).
func (g Grid) Check() error {
	if g.Kind != Brackets {
		return nil
	}
	if len(g.Brackets) == 0 {
		return fmt.Errorf("indiquez au moins une tranche")
	}
	if g.Brackets[0].From != 0 {
		return fmt.Errorf("la première tranche doit commencer à 0 : de 0 à %s, aucun prix n’est prévu", Quotient(g.Brackets[0].From))
	}
	for i := 1; i < len(g.Brackets); i++ {
		if g.Brackets[i].From <= g.Brackets[i-1].From {
			return fmt.Errorf("les tranches se chevauchent à %s : chacune doit commencer plus haut que la précédente", Quotient(g.Brackets[i].From))
		}
	}
	return nil
}

// Price gives the price for these facts and says why.
func (g *Grid) Price(f Facts) Price {
	cents, bracket := g.find(f)
	var why string
	switch {
	case !f.Resident && g.NonResident != nil:
		why = "tarif hors commune"
	case g.Kind == Flat:
		why = "tarif unique"
	case f.Quotient == nil:
		why = "quotient familial inconnu, tranche la plus haute"
	default:
		why = "QF " + Quotient(*f.Quotient) + ", " + g.bracketWords(bracket)
	}
	return Price{Cents: cents, GridID: g.ID, Explanation: cents.String() + " : " + why + ", grille « " + g.Name + " »"}
}

// Cents gives the price alone, for pages that show many.
func (g *Grid) Cents(f Facts) money.Cents {
	cents, _ := g.find(f)
	return cents
}

// find gives the price for these facts and, where the quotient decides, its bracket.
func (g *Grid) find(f Facts) (cents money.Cents, bracket int) {
	switch {
	case !f.Resident && g.NonResident != nil:
		return *g.NonResident, 0
	case g.Kind == Flat:
		return g.Flat, 0
	case f.Quotient == nil:
		bracket = len(g.Brackets) - 1
	default:
		bracket = sort.Search(len(g.Brackets), func(i int) bool { return g.Brackets[i].From > *f.Quotient }) - 1
	}
	return g.Brackets[bracket].Price, bracket
}

// bracketWords names a bracket in words: "tranche de 800 à moins de 1 200".
func (g *Grid) bracketWords(i int) string {
	from := Quotient(g.Brackets[i].From)
	if i == len(g.Brackets)-1 {
		return "tranche à partir de " + from
	}
	return "tranche de " + from + " à moins de " + Quotient(g.Brackets[i+1].From)
}

// Range is the lowest and the highest price a resident can be asked.
func (g Grid) Range() (low, high money.Cents) {
	if g.Kind == Flat {
		return g.Flat, g.Flat
	}
	for i, b := range g.Brackets {
		if i == 0 || b.Price < low {
			low = b.Price
		}
		if i == 0 || b.Price > high {
			high = b.Price
		}
	}
	return low, high
}

// InForce finds the grid of an option on a day: a grid of the option itself goes before one of the whole activity, then the latest.
// Grids must all be of the option's activity.
func InForce(grids []Grid, optionID string, day civil.Date) (Grid, bool) {
	best := -1
	for i := range grids {
		g := &grids[i]
		if g.From.After(day) || (g.OptionID != "" && g.OptionID != optionID) {
			continue
		}
		if best < 0 || better(g, &grids[best]) {
			best = i
		}
	}
	if best < 0 {
		return Grid{}, false
	}
	return grids[best], true
}

func better(a, b *Grid) bool {
	if (a.OptionID != "") != (b.OptionID != "") {
		return a.OptionID != ""
	}
	return a.From.After(b.From)
}

// Quotient writes hundredths of a quotient as a family reads it: "912", "799,50", "1 200".
func Quotient(hundredths int64) string {
	whole := strconv.FormatInt(hundredths/100, 10)
	if len(whole) > 3 {
		whole = whole[:len(whole)-3] + "\u202f" + whole[len(whole)-3:]
	}
	if rest := hundredths % 100; rest != 0 {
		return fmt.Sprintf("%s,%02d", whole, rest)
	}
	return whole
}

// ParseQuotient reads "912", "799,50" or "1 200" as hundredths.
func ParseQuotient(s string) (int64, error) {
	s = strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\u00a0', '\u202f':
			return -1
		case '.':
			return ','
		}
		return r
	}, strings.TrimSpace(s))
	whole, frac, _ := strings.Cut(s, ",")
	if len(frac) > 2 || whole == "" || len(whole) > 7 {
		return 0, fmt.Errorf("« %s » n’est pas un quotient familial", s)
	}
	for len(frac) < 2 {
		frac += "0"
	}
	n, err := strconv.ParseUint(whole+frac, 10, 63)
	if err != nil {
		return 0, fmt.Errorf("« %s » n’est pas un quotient familial", s)
	}
	return int64(n), nil
}
