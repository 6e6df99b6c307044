package tariff

import (
	"math"
	"math/bits"
	"sort"

	"preau/internal/money"
)

// base is the price of one unit before percentages, and where it comes from.
type base struct {
	from    origin
	bracket int
	cents   ratio
	voted   bool // taken as it is: no percentage moves it
	held    int  // of Effort: −1 raised to the floor, 1 lowered to the ceiling
}

type origin int

const (
	byFlat origin = iota
	byBracket
	byRate
	byTop // quotient unknown
	byOutside
	byOwnMeal
)

func (g *Grid) base(f *Facts) base {
	switch {
	case f.OwnMeal && g.OwnMeal != nil:
		return base{from: byOwnMeal, cents: whole(*g.OwnMeal), voted: true}
	case !f.Resident && g.NonResident != nil:
		return base{from: byOutside, cents: whole(*g.NonResident), voted: true}
	case g.Kind == Flat:
		return base{from: byFlat, cents: whole(g.Flat)}
	case g.Kind == Effort && f.Quotient == nil:
		return base{from: byTop, cents: whole(g.Ceiling)}
	case g.Kind == Effort:
		return g.effort(*f.Quotient)
	case f.Quotient == nil:
		last := len(g.Brackets) - 1
		return base{from: byTop, bracket: last, cents: whole(g.Brackets[last].Price)}
	}
	i := sort.Search(len(g.Brackets), func(i int) bool { return g.Brackets[i].From > *f.Quotient }) - 1
	return base{from: byBracket, bracket: i, cents: whole(g.Brackets[i].Price)}
}

func (g *Grid) effort(quotient int64) base {
	b := base{from: byRate, cents: whole(money.Cents(quotient)).times(g.Rate, 1_000_000)}
	switch {
	case b.cents.below(g.Floor):
		b.cents, b.held = whole(g.Floor), -1
	case b.cents.above(g.Ceiling):
		b.cents, b.held = whole(g.Ceiling), 1
	}
	return b
}

// reduction is what a child of that rank pays less, hundredths of a percent.
func (t *Terms) reduction(rank int64) int64 {
	if rank < 2 || len(t.Ranks) == 0 {
		return 0
	}
	return t.Ranks[min(rank-2, int64(len(t.Ranks))-1)]
}

// units are how many times the price of a unit is owed that day.
func (g *Grid) units(f *Facts, b *base) int64 {
	if g.Per != PerHalfHour || b.from == byOwnMeal {
		return 1
	}
	return max(1, (f.Minutes+29)/30)
}

// amount is the price of a unit after percentages, and how many units are owed; nothing is rounded yet.
func (g *Grid) amount(f *Facts) (b base, unit ratio, units int64) {
	b = g.base(f)
	unit = b.cents
	if !b.voted {
		if !f.Resident && g.NonResidentMore != 0 {
			unit = unit.times(100_00+g.NonResidentMore, 100_00)
		}
		if less := g.reduction(f.Rank); less != 0 {
			unit = unit.times(100_00-less, 100_00)
		}
	}
	return b, unit, g.units(f, &b)
}

// Cents is the normal price for these facts, before aids: for pages that show many.
func (g *Grid) Cents(f Facts) money.Cents {
	_, unit, units := g.amount(&f)
	return unit.times(units, 1).round()
}

// food is the part of a price that is food.
func (t *Terms) food(price money.Cents) money.Cents {
	if t.FoodCents != nil {
		return min(price, *t.FoodCents)
	}
	return price.Percent(t.FoodPercent)
}

// on is the price once changed.
func (c *Change) on(price money.Cents) money.Cents {
	if c.Price != nil {
		return *c.Price
	}
	return max(0, price+price.Percent(c.Percent))
}

// stepAt is the change that holds after so many times, and nil when nothing changes.
func stepAt(steps []Step, before int64) *Change {
	var at *Change
	for i := range steps {
		if steps[i].After <= before {
			at = &steps[i].Change
		}
	}
	if at != nil && at.Price == nil && at.Percent == 0 {
		return nil
	}
	return at
}

// tolerated tells whether it is the steps, and not their absence, that leave this time without effect; until is how many times are.
func tolerated(steps []Step, before int64) (until int64, yes bool) {
	if len(steps) == 0 || stepAt(steps, before) != nil {
		return 0, false
	}
	for _, s := range steps {
		if s.After > before {
			return s.After, true
		}
	}
	return 0, false
}

// ratio is an exact amount of cents, not negative, until it is rounded once.
type ratio struct{ num, den int64 }

func whole(c money.Cents) ratio { return ratio{int64(c), 1} }

// times multiplies exactly. What a checked grid holds stays far within 63 bits; beyond, the amount is held at the end.
func (r ratio) times(num, den int64) ratio {
	a, b := gcd(r.num, den), gcd(num, r.den)
	hi, n := bits.Mul64(uint64(r.num/a), uint64(num/b))
	d := (r.den / b) * (den / a)
	if hi != 0 || n > math.MaxInt64 {
		return ratio{math.MaxInt64, 1}
	}
	return ratio{int64(n), d}
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return max(a, 1)
}

func (r ratio) round() money.Cents { return money.RoundRate(r.num, 1, r.den) }

// exact tells whether the amount is a whole number of cents.
func (r ratio) exact() bool { return r.num%r.den == 0 }

func (r ratio) below(c money.Cents) bool { return r.num < int64(c)*r.den }
func (r ratio) above(c money.Cents) bool { return r.num > int64(c)*r.den }
