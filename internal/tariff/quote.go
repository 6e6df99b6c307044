package tariff

import (
	"strconv"
	"strings"

	"preau/internal/civil"
	"preau/internal/money"
)

// Occasion is why a day is charged.
type Occasion string

const (
	// Normal: booked and present, booked and not pointed, or present while a request was waiting.
	Normal Occasion = "normal"
	// Absence: booked, absent, neither cancelled in time nor excused.
	Absence Occasion = "absence"
	// Unbooked: present without booking, or after a cancellation.
	Unbooked Occasion = "unbooked"
	// LateAdded: booked past the deadline by an agent, at the late price.
	LateAdded Occasion = "late_added"
	// LatePickup: fetched late. It is quoted apart, besides what the day costs.
	LatePickup Occasion = "late_pickup"
)

// Attribute is what a part of a price is to the tax office and to whoever pays with CESU.
type Attribute string

const (
	// Care may be deducted, and paid with CESU where the activity accepts them.
	Care Attribute = "care"
	// Food is neither.
	Food Attribute = "food"
	// Penalty is neither: increases, billed absences, late pick-ups.
	Penalty Attribute = "penalty"
	// Aided is what an aid takes away; its cents are negative.
	Aided Attribute = "aid"
)

// Part is a share of what one fact costs. Parts of one quote are to be kept together; their sum is what is due, and is never negative.
type Part struct {
	Attribute   Attribute
	Cents       money.Cents
	Explanation string // French, a sentence without final stop: "3,40 € : QF 912, tranche de 800 à moins de 1 200, grille « … », votée le …"
	GridID      string
	AidID       string // of an Aided part
}

// Sum is what parts come to.
func Sum(parts []Part) (total money.Cents) {
	for i := range parts {
		total += parts[i].Cents
	}
	return total
}

// Price is what one option costs on one day, before aids, in one sentence.
type Price struct {
	Cents       money.Cents
	GridID      string
	Explanation string
}

// Price gives the normal price for these facts, before aids, and says why.
func (g *Grid) Price(f Facts) Price {
	b, unit, units := g.amount(&f)
	cents := unit.times(units, 1).round()
	return Price{Cents: cents, GridID: g.ID, Explanation: cents.String() + " : " + g.why(&f, &b, unit, units) + g.words()}
}

// Quote is what an occasion costs, in parts: care and food, then a penalty, then aids. A fact that costs nothing still has its part, so
// that it is charged once; nothing at all is owed only of a late pick-up without penalty. A grid of a month or a year quotes by Fee.
func (g *Grid) Quote(o Occasion, f Facts) []Part {
	b, unit, units := g.amount(&f)
	price := unit.times(units, 1).round()
	why := g.why(&f, &b, unit, units)
	switch o {
	case LatePickup:
		return g.latePickup(price, &f)
	case Absence:
		return g.absence(price, why)
	case Unbooked:
		c := stepAt(g.Unbooked, f.UnbookedBefore)
		if until, yes := tolerated(g.Unbooked, f.UnbookedBefore); yes {
			why += ", présence sans réservation tolérée (" + ordinal(f.UnbookedBefore+1) + " sur " + strconv.FormatInt(until, 10) + " dans l’année)"
		}
		return g.changed(price, why, c, "présence sans réservation", &f)
	case LateAdded:
		return g.changed(price, why, g.LateAdded, "réservation hors délai", &f)
	}
	return g.changed(price, why, nil, "", &f)
}

// changed quotes a price that an occasion may raise, or lower.
func (g *Grid) changed(price money.Cents, why string, c *Change, occasion string, f *Facts) []Part {
	if c == nil {
		return g.aided(g.split(price, why), price, f)
	}
	now := c.on(price)
	if now <= price {
		return g.aided(g.split(now, why+", "+occasion), now, f)
	}
	more := now - price
	says := more.String() + " : " + occasion + ", "
	if c.Price != nil {
		says += "prix de " + now.String() + " au lieu de " + price.String()
	} else {
		says += "majoration de " + percent(c.Percent) + " du prix de " + price.String()
	}
	parts := append(g.split(price, why), Part{Attribute: Penalty, Cents: more, GridID: g.ID, Explanation: says + g.words()})
	return g.aided(parts, price, f)
}

func (g *Grid) absence(price money.Cents, why string) []Part {
	if g.Absent != nil {
		now := g.Absent.on(price)
		switch {
		case g.Absent.Price != nil:
			why = "prix d’une absence"
		case g.Absent.Percent != 0:
			why = percent(100_00+g.Absent.Percent) + " du prix de " + price.String() + " (" + why + ")"
		}
		price = now
	}
	return []Part{{Attribute: Penalty, Cents: price, GridID: g.ID, Explanation: price.String() + " : réservé, absent sans annulation à temps, " + why + g.words()}}
}

func (g *Grid) latePickup(price money.Cents, f *Facts) []Part {
	c := stepAt(g.LatePickup, f.LateBefore)
	if c == nil {
		return nil
	}
	fine := c.on(0)
	says := "retard au départ"
	if c.Price == nil {
		fine = max(0, price.Percent(c.Percent))
		says += ", " + percent(c.Percent) + " du prix de " + price.String()
	}
	if len(g.LatePickup) > 1 {
		says += ", " + ordinal(f.LateBefore+1) + " fois dans l’année"
	}
	return []Part{{Attribute: Penalty, Cents: fine, GridID: g.ID, Explanation: fine.String() + " : " + says + g.words()}}
}

// split cuts a price into care and food; one of them alone when the other is nothing.
func (g *Grid) split(price money.Cents, why string) []Part {
	food := g.food(price)
	care := price - food
	part := func(a Attribute, c money.Cents, what string) Part {
		return Part{Attribute: a, Cents: c, GridID: g.ID, Explanation: c.String() + " : " + what + why + g.words()}
	}
	switch {
	case food == 0 && g.FoodPercent != 100_00:
		return []Part{part(Care, care, "")}
	case care == 0:
		return []Part{part(Food, food, "")}
	}
	of := " sur " + price.String() + ", "
	return []Part{part(Care, care, "accueil"+of), part(Food, food, "repas"+of)}
}

// aided takes aids away from a price, in their order, and never more than is left of it. Penalties are not aided.
func (g *Grid) aided(parts []Part, price money.Cents, f *Facts) []Part {
	left := price
	for _, a := range f.Aids {
		cents, says := a.Cents, a.Cents.String()+" par jour"
		if a.Cents == 0 {
			cents, says = price.Percent(a.Percent), percent(a.Percent)+" de "+price.String()
		}
		cents = min(max(0, cents), left)
		if cents == 0 {
			continue
		}
		left -= cents
		parts = append(parts, Part{Attribute: Aided, Cents: -cents, GridID: g.ID, AidID: a.ID, Explanation: (-cents).String() + " : aide « " + a.Name + " », " + says})
	}
	return parts
}

// Fee quotes a month or a year of enrolment. period is what the fee is for, enrolled what of it the child is enrolled; with Prorata the
// price counts days, else a period begun is owed whole. A child who is not enrolled in the period owes nothing. Aids of a day do not
// count, those in percent do.
func (g *Grid) Fee(f Facts, period, enrolled civil.Range) []Part {
	if enrolled.From.Before(period.From) {
		enrolled.From = period.From
	}
	if enrolled.To.After(period.To) {
		enrolled.To = period.To
	}
	days, all := int64(enrolled.To.DaysSince(enrolled.From)+1), int64(period.To.DaysSince(period.From)+1)
	if days <= 0 {
		return nil
	}
	b, unit, _ := g.amount(&f)
	why := "forfait mensuel de " + civil.MonthName(period.From.Month) + " " + strconv.Itoa(period.From.Year)
	if g.Per == PerYear {
		why = "forfait de l’année scolaire " + strconv.Itoa(period.From.Year) + "-" + strconv.Itoa(period.To.Year)
	}
	why += ", " + g.why(&f, &b, unit, 1)
	if g.Prorata && days < all {
		unit = unit.times(days, all)
		why += ", " + strconv.FormatInt(days, 10) + " jours d’inscription sur " + strconv.FormatInt(all, 10)
	}
	price := unit.round()
	var aids []Aid
	for _, a := range f.Aids {
		if a.Cents == 0 {
			aids = append(aids, a)
		}
	}
	f.Aids = aids
	return g.aided(g.split(price, why), price, &f)
}

// why says where the price comes from, without the grid.
func (g *Grid) why(f *Facts, b *base, unit ratio, units int64) string {
	var says []string
	if g.Per == PerHalfHour && b.from != byOwnMeal {
		half := " demi-heure commencée"
		if units > 1 {
			half = " demi-heures commencées"
		}
		half = strconv.FormatInt(units, 10) + half
		if unit.exact() {
			half += " à " + unit.round().String()
		}
		says = append(says, half)
	}
	says = append(says, g.whyBase(f, b))
	if f.Exception && b.from != byOwnMeal && (g.NonResident != nil || g.NonResidentMore != 0) {
		if f.Resident {
			says = append(says, "tarif de la commune par dérogation")
		} else if b.voted || g.NonResidentMore != 0 {
			says = append(says, "hors commune par décision de la ville")
		}
	}
	if !b.voted {
		if !f.Resident && g.NonResidentMore != 0 {
			says = append(says, "majoration hors commune de "+percent(g.NonResidentMore))
		}
		if less := g.reduction(f.Rank); less != 0 {
			says = append(says, ordinal(f.Rank)+" enfant : réduction de "+percent(less))
		}
	}
	return strings.Join(says, ", ")
}

func (g *Grid) whyBase(f *Facts, b *base) string {
	switch b.from {
	case byOwnMeal:
		return "repas fourni par la famille (PAI)"
	case byOutside:
		return "tarif hors commune"
	case byFlat:
		return "tarif unique"
	case byBracket:
		return "QF " + Quotient(*f.Quotient) + ", " + g.bracketWords(b.bracket)
	case byTop:
		if g.Kind == Effort {
			return "quotient familial inconnu, prix maximum"
		}
		return "quotient familial inconnu, tranche la plus haute"
	}
	says := "QF " + Quotient(*f.Quotient) + " × " + Rate(g.Rate)
	switch b.held {
	case -1:
		return says + ", porté au minimum de " + g.Floor.String()
	case 1:
		return says + ", ramené au maximum de " + g.Ceiling.String()
	}
	return says
}

// bracketWords names a bracket in words: "tranche de 800 à moins de 1 200".
func (g *Grid) bracketWords(i int) string {
	from := Quotient(g.Brackets[i].From)
	if i == len(g.Brackets)-1 {
		return "tranche à partir de " + from
	}
	return "tranche de " + from + " à moins de " + Quotient(g.Brackets[i+1].From)
}

// words names the grid at the end of a sentence.
func (g *Grid) words() string {
	says := ", grille « " + g.Name + " »"
	if !g.VotedOn.IsZero() {
		says += ", votée le " + g.VotedOn.DayMonthYear()
	}
	return says
}

func ordinal(n int64) string {
	if n == 1 {
		return "1re"
	}
	return strconv.FormatInt(n, 10) + "e"
}

// percent writes hundredths of a percent: "50 %", "12,5 %".
func percent(hundredths int64) string { return decimal(hundredths, 100) + "\u00a0%" }

// Rate writes millionths as a percentage: "0,36 %".
func Rate(millionths int64) string { return decimal(millionths, 10_000) + "\u00a0%" }

// decimal writes n ÷ unit, a power of ten, without zeros that say nothing.
func decimal(n, unit int64) string {
	sign := ""
	if n < 0 {
		sign, n = "\u2212", -n
	}
	out := strconv.FormatInt(n/unit, 10)
	if rest := n % unit; rest != 0 {
		out += "," + strings.TrimRight(strconv.FormatInt(unit+rest, 10)[1:], "0")
	}
	return sign + out
}
