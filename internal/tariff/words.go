package tariff

import (
	"strconv"

	"preau/internal/money"
)

// Row is a line of a grid as families read it: whom the price is for, what it is, and what non-residents pay.
type Row struct {
	Label             string // "De 800 à moins de 1 200", "Tarif unique"
	Resident, Outside money.Cents
	From              *int64 // first quotient of the bracket; nil without one
}

// Rows lays a grid out, before reductions, for one unit. An effort rate is shown at the quotients where it meets its floor and its
// ceiling, and at some between.
func (g *Grid) Rows() []Row {
	row := func(label string, q *int64) Row {
		f := Facts{Quotient: q, Minutes: 30}
		r := Row{Label: label, Outside: g.Cents(f), From: q}
		f.Resident = true
		r.Resident = g.Cents(f)
		return r
	}
	switch g.Kind {
	case Flat:
		return []Row{row("Tarif unique", nil)}
	case Effort:
		return g.effortRows(row)
	}
	var out []Row
	for i := range g.Brackets {
		from := g.Brackets[i].From
		label := "À partir de " + Quotient(from)
		if i+1 < len(g.Brackets) {
			label = "De " + Quotient(from) + " à moins de " + Quotient(g.Brackets[i+1].From)
		}
		out = append(out, row(label, &from))
	}
	return out
}

func (g *Grid) effortRows(row func(string, *int64) Row) []Row {
	low, high := g.reach(g.Floor)/100*100, (g.reach(g.Ceiling)+99)/100*100 // whole figures, at which the price is still, and already, held
	zero := int64(0)
	var out []Row
	if g.Floor > 0 {
		out = append(out, row("Jusqu’à "+Quotient(low)+" (prix minimum)", &zero))
	}
	for i := int64(1); i <= 3; i++ {
		q := (low + (high-low)*i/4) / 50_00 * 50_00 // a round figure
		if q > low && q < high && (len(out) == 0 || out[len(out)-1].From == nil || *out[len(out)-1].From < q) {
			out = append(out, row("Par exemple, pour "+Quotient(q), &q))
		}
	}
	return append(out, row("À partir de "+Quotient(high)+" (prix maximum)", &high))
}

// reach is the lowest quotient whose rate gives a price.
func (g *Grid) reach(c money.Cents) int64 { return (int64(c)*1_000_000 + g.Rate - 1) / g.Rate }

// PerWords says what a price is for: "par jour", "par demi-heure commencée".
func (p Per) PerWords() string {
	switch p {
	case PerHalfHour:
		return "par demi-heure commencée"
	case PerMonth:
		return "par mois"
	case PerYear:
		return "par année scolaire"
	}
	return "par jour"
}

// Formula says in one line how a grid is computed, for agents: "tranches de quotient", "0,36 % du quotient, de 1,00 € à 6,00 €".
func (g *Grid) Formula() string {
	switch g.Kind {
	case Effort:
		return Rate(g.Rate) + " du quotient familial, de " + g.Floor.String() + " à " + g.Ceiling.String()
	case Brackets:
		low, high := g.Range()
		return strconv.Itoa(len(g.Brackets)) + " tranches de quotient, de " + low.String() + " à " + high.String()
	}
	return g.Flat.String()
}

// Sentences say the terms of a grid, each as a complete French sentence, for the page of tariffs.
func (g *Grid) Sentences() []string {
	var out []string
	add := func(s string) { out = append(out, s) }
	if g.NonResident == nil && g.NonResidentMore != 0 {
		add("Les familles qui n’habitent pas la commune paient " + percent(g.NonResidentMore) + " de plus.")
	}
	for i, less := range g.Ranks {
		if less == 0 {
			continue
		}
		who := "Le " + ordinal(int64(i+2)) + " enfant du foyer paie "
		if i == len(g.Ranks)-1 {
			who = "À partir du " + ordinal(int64(i+2)) + " enfant du foyer, le prix est réduit de "
			add(who + percent(less) + ".")
			continue
		}
		add(who + percent(less) + " de moins.")
	}
	if g.OwnMeal != nil {
		add("Un enfant qui apporte son repas (PAI) paie " + g.OwnMeal.String() + ".")
	}
	switch {
	case g.FoodCents != nil:
		add(g.FoodCents.String() + " du prix paient le repas.")
	case g.FoodPercent > 0 && g.FoodPercent < 100_00:
		add(percent(g.FoodPercent) + " du prix paient le repas.")
	}
	if g.Absent != nil {
		add("Une absence qui n’a été ni annulée à temps ni justifiée est facturée " + g.Absent.words("du prix") + ".")
	}
	out = append(out, stepSentences("Une présence sans réservation", g.Unbooked, "n’est pas majorée", "est majorée de ", "coûte ")...)
	if g.LateAdded != nil && (g.LateAdded.Price != nil || g.LateAdded.Percent != 0) {
		add("Une réservation ajoutée hors délai par un agent " + g.LateAdded.moves("est majorée de ", "coûte ") + ".")
	}
	out = append(out, stepSentences("Un retard au départ", g.LatePickup, "n’est pas facturé", "est facturé ", "est facturé ")...)
	if g.Prorata {
		add("Un mois commencé est compté au nombre de jours d’inscription.")
	}
	return out
}

func stepSentences(what string, steps []Step, nothing, moved, priced string) []string {
	var out []string
	for i, s := range steps {
		when := ""
		switch {
		case len(steps) > 1 && i+1 < len(steps):
			when = ", jusqu’à la " + ordinal(steps[i+1].After) + " fois de l’année scolaire,"
		case len(steps) > 1:
			when = ", à partir de la " + ordinal(s.After+1) + " fois de l’année scolaire,"
		}
		effect := nothing
		if s.Price != nil || s.Percent != 0 {
			effect = s.moves(moved, priced)
		}
		out = append(out, what+when+" "+effect+".")
	}
	return out
}

func (c *Change) moves(moved, priced string) string {
	if c.Price != nil {
		return priced + c.Price.String()
	}
	return moved + percent(c.Percent)
}

func (c *Change) words(of string) string {
	if c.Price != nil {
		return c.Price.String()
	}
	return percent(100_00+c.Percent) + " " + of
}
