// Package tariff turns the facts of one child on one day into what it costs, as parts that each explain themselves.
//
// A grid is the dated price list of an activity, of one of its options, or of one age group there. It has a kind (one price, a
// price per bracket of quotient familial, a rate of the quotient between a floor and a ceiling) and says what its price is for (a
// day, a half-hour begun, a month, a year). On top of the price come, in this order: the increase of non-residents, the reduction
// of the second child and those after, then one rounding to the cent. Prices voted as such (of non-residents, of a meal the child
// brings) are taken as they are.
//
// What a day costs comes from Quote: the price, cut into care and food; what an occasion adds (a presence without booking, one
// added late, a late pick-up) as a penalty; what an aid takes away. Aids never take more than the price, so no price is negative,
// and each part is rounded once.
//
// The grid in force on the day of service is the latest whose first day is not after it. The quotient and the residence that count
// are those in force on that day too; a household whose quotient is unknown pays the top price.
package tariff

import (
	"fmt"

	"preau/internal/civil"
	"preau/internal/fault"
	"preau/internal/money"
)

// Kind is the shape of a grid.
type Kind string

const (
	// Flat: one price for everyone.
	Flat Kind = "flat"
	// Brackets: one price per half-open bracket of quotient familial.
	Brackets Kind = "brackets"
	// Effort: a rate of the quotient familial, between a floor and a ceiling.
	Effort Kind = "effort"
)

// Per is what a price is for.
type Per string

const (
	// PerDay: one option on one day. The empty Per means the same.
	PerDay Per = "day"
	// PerHalfHour: each half-hour begun, of one option on one day.
	PerHalfHour Per = "half_hour"
	// PerMonth: a month of enrolment.
	PerMonth Per = "month"
	// PerYear: a school year of enrolment.
	PerYear Per = "year"
)

// Fee tells whether the price is of a period of enrolment, and not of a day.
func (p Per) Fee() bool { return p == PerMonth || p == PerYear }

// Series is PerDay, PerMonth or PerYear: grids of one series take over from each other.
func (p Per) Series() Per {
	if p.Fee() {
		return p
	}
	return PerDay
}

// Bracket starts at From (hundredths of a quotient, included) and ends where the next one starts.
type Bracket struct {
	From  int64
	Price money.Cents
}

// Change replaces a price by another, or moves it by a percentage.
type Change struct {
	Price   *money.Cents `json:"price,omitempty"`
	Percent int64        `json:"percent,omitempty"` // hundredths of a percent, negative for less; without meaning beside a Price
}

// Step is a change that holds once something has happened After times before in the school year: a first step that changes nothing,
// then one at 3, tolerates three times.
type Step struct {
	After int64 `json:"after,omitempty"`
	Change
}

// Terms are what moves the price of a grid from one child, or one occasion, to another. Percentages are hundredths of a percent.
type Terms struct {
	NonResidentMore int64        `json:"non_resident_more,omitempty"` // what non-residents pay more, where Grid.NonResident is nil; 0: same as residents
	Ranks           []int64      `json:"ranks,omitempty"`             // what the second child pays less, the third…; the last holds for those after
	OwnMeal         *money.Cents `json:"own_meal,omitempty"`          // price when the child brings a meal (PAI); nil: no other price
	FoodPercent     int64        `json:"food_percent,omitempty"`      // share of the price that is food
	FoodCents       *money.Cents `json:"food_cents,omitempty"`        // or the amount that is food, at most the price
	Absent          *Change      `json:"absent,omitempty"`            // booked, absent, not cancelled in time; nil: the price itself
	Unbooked        []Step       `json:"unbooked,omitempty"`          // present without booking; none: the price itself
	LateAdded       *Change      `json:"late_added,omitempty"`        // booked past the deadline; nil: the price itself
	LatePickup      []Step       `json:"late_pickup,omitempty"`       // fetched late, besides the price of the day; none: nothing
	Prorata         bool         `json:"prorata,omitempty"`           // a fee counts the days of enrolment; false: a period begun is owed
}

// Grid is the dated price list of an activity, or of one of its options.
type Grid struct {
	ID         string
	ActivityID string
	OptionID   string // empty: every option of the activity
	AgeGroup   string // "maternelle", "elementaire"; empty: every age
	Name       string // as voted, "Restauration élémentaire 2026-2027"
	Kind       Kind
	Per        Per
	From       civil.Date
	VotedOn    civil.Date // day of the vote; zero when it was not written down
	Flat       money.Cents
	Brackets   []Bracket // ascending, the first at 0
	Rate       int64     // of Effort, millionths: 0.36 % is 3600
	Floor      money.Cents
	Ceiling    money.Cents
	// NonResident is the price of non-residents, whatever their quotient; nil: that of residents, and Terms.NonResidentMore.
	NonResident *money.Cents
	Terms
}

// Facts are what the price depends on, as they were on the day of service. Only Resident and Quotient matter to a plain grid.
type Facts struct {
	Resident  bool
	Exception bool   // Resident is so by an exception granted to the household
	Quotient  *int64 // hundredths; nil when unknown
	Rank      int64  // of the child among those of the household, 1 for the eldest; 0 counts as 1
	AgeGroup  string // "maternelle", "elementaire" or empty
	OwnMeal   bool   // the child brings a meal (menu "panier_pai")

	Arrived, Left *civil.TimeOfDay // as pointed; nil: the hours of the option
	Minutes       int64            // of presence; 0: activity.Catalogue works them out from the two above and the hours of the option

	UnbookedBefore int64 // presences without booking of the child in the activity, this school year, before this one
	LateBefore     int64 // late pick-ups of the child in the activity, this school year, before this one

	Aids []Aid
}

// Aid is what somebody else pays of the price: an employer, the CCAS, the CAF.
type Aid struct {
	ID      string
	Name    string      // "CCAS de Chatou"
	Cents   money.Cents // per day
	Percent int64       // of the price, hundredths of a percent; when Cents is 0
}

// Find is the grid in force on a day, among those of one activity, and nil when there is none. One of the option goes before one of the
// whole activity, then one of the age group before one of every age, then the latest. fee chooses between prices of days (PerDay,
// PerHalfHour: fee is PerDay), of months and of years.
func Find(grids []Grid, optionID, ageGroup string, fee Per, day civil.Date) *Grid {
	var best *Grid
	for i := range grids {
		g := &grids[i]
		if g.From.After(day) || g.Per.Series() != fee || g.OptionID != "" && g.OptionID != optionID || g.AgeGroup != "" && g.AgeGroup != ageGroup {
			continue
		}
		if best == nil || better(g, best) {
			best = g
		}
	}
	return best
}

// InForce finds the grid that prices a day of an option for a child of no age group in particular. Grids must all be of its activity.
func InForce(grids []Grid, optionID string, day civil.Date) (Grid, bool) {
	g := Find(grids, optionID, "", PerDay, day)
	if g == nil {
		return Grid{}, false
	}
	return *g, true
}

func better(a, b *Grid) bool {
	switch {
	case (a.OptionID != "") != (b.OptionID != ""):
		return a.OptionID != ""
	case (a.AgeGroup != "") != (b.AgeGroup != ""):
		return a.AgeGroup != ""
	}
	return a.From.After(b.From)
}

// SchoolYear is the period over which Facts.UnbookedBefore and LateBefore count, and that a yearly fee is for: from 1 September.
func SchoolYear(day civil.Date) civil.Range {
	first := civil.New(day.Year, 9, 1)
	if day.Before(first) {
		first = civil.New(day.Year-1, 9, 1)
	}
	return civil.Range{From: first, To: civil.New(first.Year+1, 8, 31)}
}

// Range is the lowest and the highest price a resident can be asked, before reductions.
func (g Grid) Range() (low, high money.Cents) {
	switch g.Kind {
	case Flat:
		return g.Flat, g.Flat
	case Effort:
		return g.Floor, g.Ceiling
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

// most is the highest price or percentage accepted: a slip of the keyboard is refused, and arithmetic stays exact.
const (
	mostCents   = money.Cents(10_000_00)
	mostPercent = 1000_00
)

// Check refuses a grid that leaves a quotient without a price or gives it two (half-open brackets, first at 0, strictly ascending),
// and terms that make no sense: fault.Invalid, beside the field of each in the form of a grid.
func (g Grid) Check() error {
	wrong := wrongs{}
	switch g.Kind {
	case Flat:
		wrong.price("prix", &g.Flat)
	case Brackets:
		g.checkBrackets(wrong)
	case Effort:
		g.checkEffort(wrong)
	default:
		wrong["genre"] = "Choisissez comment le prix se calcule."
	}
	switch g.Per {
	case "", PerDay, PerHalfHour:
	case PerMonth, PerYear:
		if g.OptionID != "" {
			wrong["formule"] = "Un forfait vaut pour toute l’activité, non pour une formule."
		}
	default:
		wrong["pour"] = "Choisissez ce que le prix paie."
	}
	wrong.price("hors_commune", g.NonResident)
	g.Terms.check(wrong)
	return fault.InvalidFields(wrong)
}

// wrongs is what is wrong with a grid, by the field of the form.
type wrongs map[string]string

// price refuses a price that a slip of the keyboard would give; nil is none.
func (w wrongs) price(field string, c *money.Cents) {
	if c != nil && (*c < 0 || *c > mostCents) {
		w[field] = fmt.Sprintf("Un prix va de 0 à %s : %s n’est pas accepté.", mostCents, *c)
	}
}

func (g *Grid) checkBrackets(wrong wrongs) {
	const field = "tranches"
	if len(g.Brackets) == 0 {
		wrong[field] = "Indiquez au moins une tranche."
		return
	}
	if g.Brackets[0].From != 0 {
		wrong[field] = fmt.Sprintf("La première tranche doit commencer à 0 : de 0 à %s, aucun prix n’est prévu.", Quotient(g.Brackets[0].From))
		return
	}
	for i, b := range g.Brackets {
		if i > 0 && b.From <= g.Brackets[i-1].From {
			wrong[field] = fmt.Sprintf("Les tranches se chevauchent à %s : chacune doit commencer plus haut que la précédente.", Quotient(b.From))
			return
		}
		wrong.price(field, &b.Price)
	}
}

func (g *Grid) checkEffort(wrong wrongs) {
	if g.Rate <= 0 || g.Rate > 1_000_000 {
		wrong["taux"] = "Le taux d’effort doit être supérieur à 0 et d’au plus 100 %."
	}
	switch {
	case g.Ceiling == 0:
		wrong["maximum"] = "Indiquez le prix maximum : c’est celui des familles dont le quotient n’est pas connu."
	case g.Floor > g.Ceiling:
		wrong["minimum"] = fmt.Sprintf("Le prix minimum (%s) dépasse le prix maximum (%s).", g.Floor, g.Ceiling)
	}
	wrong.price("minimum", &g.Floor)
	wrong.price("maximum", &g.Ceiling)
}

// mostRanks is how many reductions of second children and after a grid may have.
const mostRanks = 10

func (t *Terms) check(wrong wrongs) {
	wrong.price("panier", t.OwnMeal)
	wrong.price("montant_repas", t.FoodCents)
	if t.NonResidentMore < 0 || t.NonResidentMore > mostPercent {
		wrong["hors_commune_plus"] = fmt.Sprintf("La majoration hors commune va de 0 à %s.", percent(mostPercent))
	}
	if len(t.Ranks) > mostRanks {
		wrong["fratrie"] = fmt.Sprintf("Indiquez %d réductions au plus : la dernière vaut pour les enfants suivants.", mostRanks)
	}
	for _, r := range t.Ranks {
		if r < 0 || r > 100_00 {
			wrong["fratrie"] = "Une réduction va de 0 à 100 %."
		}
	}
	if t.FoodPercent < 0 || t.FoodPercent > 100_00 {
		wrong["part_repas"] = "La part du repas va de 0 à 100 % du prix."
	}
	wrong.change("absence", t.Absent)
	wrong.change("hors_delai", t.LateAdded)
	wrong.steps("non_reserve", t.Unbooked)
	wrong.steps("retard", t.LatePickup)
}

// change refuses a change that makes no sense; nil is none.
func (w wrongs) change(field string, c *Change) {
	switch {
	case c == nil:
	case c.Price != nil:
		w.price(field, c.Price)
	case c.Percent < -100_00 || c.Percent > mostPercent:
		w[field] = fmt.Sprintf("Une majoration va de −100 %% à %s.", percent(mostPercent))
	}
}

func (w wrongs) steps(field string, steps []Step) {
	for i := range steps {
		switch {
		case i == 0 && steps[0].After != 0:
			w[field] = "Le premier palier commence dès la première fois."
		case i > 0 && steps[i].After <= steps[i-1].After:
			w[field] = "Les paliers se suivent : chacun commence après le précédent."
		default:
			w.change(field, &steps[i].Change)
		}
	}
}

// SameSeries tells whether two grids price the same thing for the same children, so that the later takes over from the earlier.
func (g *Grid) SameSeries(o *Grid) bool {
	return g.ActivityID == o.ActivityID && g.OptionID == o.OptionID && g.AgeGroup == o.AgeGroup && g.Per.Series() == o.Per.Series()
}
