package tariff_test

import (
	"fmt"
	"strings"
	"testing"

	"preau/internal/civil"
	"preau/internal/money"
	"preau/internal/tariff"

	"pgregory.net/rapid"
)

func cents(n int64) *money.Cents { c := money.Cents(n); return &c }
func qf(n int64) *int64          { return &n }

// quoted writes parts as "care 340, penalty 170".
func quoted(parts []tariff.Part) string {
	var out []string
	for _, p := range parts {
		out = append(out, fmt.Sprintf("%s %d", p.Attribute, int64(p.Cents)))
	}
	return strings.Join(out, ", ")
}

func TestWhatADayCosts(t *testing.T) {
	lunch := canteen()
	lunch.FoodPercent, lunch.VotedOn = 100_00, civil.MustParse("2026-06-12")
	lunch.Unbooked = []tariff.Step{{Change: tariff.Change{Percent: 50_00}}}
	lunch.OwnMeal = cents(120)
	own := lunch
	own.Unbooked = []tariff.Step{{Change: tariff.Change{Price: cents(700)}}}
	patient := lunch
	patient.Unbooked = []tariff.Step{{}, {After: 3, Change: tariff.Change{Percent: 50_00}}, {After: 6, Change: tariff.Change{Percent: 100_00}}}
	effort := tariff.Grid{Name: "Effort", Kind: tariff.Effort, Rate: 3600, Floor: 100, Ceiling: 600, Terms: tariff.Terms{Ranks: []int64{10_00, 20_00}, NonResidentMore: 20_00}}
	day := tariff.Grid{Name: "Journée", Kind: tariff.Flat, Flat: 1500, Terms: tariff.Terms{FoodCents: cents(340)}}
	half := tariff.Grid{Name: "Soir", Kind: tariff.Flat, Per: tariff.PerHalfHour, Flat: 85, Terms: tariff.Terms{LatePickup: []tariff.Step{{}, {After: 2, Change: tariff.Change{Price: cents(500)}}}}}
	kind := lunch
	kind.Absent = &tariff.Change{Percent: -50_00}
	home := func(f tariff.Facts) tariff.Facts { f.Resident = true; return f }
	at912 := home(tariff.Facts{Quotient: qf(912_00)})
	for _, c := range []struct {
		name     string
		grid     tariff.Grid
		occasion tariff.Occasion
		facts    tariff.Facts
		want     string
		says     string
	}{
		{"booked and present: the price of the bracket", lunch, tariff.Normal, at912, "food 340", "QF 912, tranche de 800 à moins de 1\u202f200, grille « Restauration 2026-2027 », votée le 12 juin 2026"},
		{"present without booking: half as much again", lunch, tariff.Unbooked, at912, "food 340, penalty 170", "présence sans réservation, majoration de 50\u00a0% du prix de 3,40\u00a0€"},
		{"present without booking, at a price of its own", own, tariff.Unbooked, at912, "food 340, penalty 360", "prix de 7,00\u00a0€ au lieu de 3,40\u00a0€"},
		{"the third time of the year is tolerated, and it is said", patient, tariff.Unbooked, with(at912, func(f *tariff.Facts) { f.UnbookedBefore = 2 }), "food 340", "tolérée (3e sur 3 dans l’année)"},
		{"the fourth is not", patient, tariff.Unbooked, with(at912, func(f *tariff.Facts) { f.UnbookedBefore = 3 }), "food 340, penalty 170", "majoration"},
		{"from the seventh on it is double", patient, tariff.Unbooked, with(at912, func(f *tariff.Facts) { f.UnbookedBefore = 9 }), "food 340, penalty 340", "majoration de 100"},
		{"booked, absent, not cancelled: billed, and not deductible", lunch, tariff.Absence, at912, "penalty 340", "réservé, absent sans annulation à temps"},
		{"where the town bills half of it", kind, tariff.Absence, at912, "penalty 170", "50\u00a0% du prix de 3,40\u00a0€"},
		{"added late, where nothing is asked for it", lunch, tariff.LateAdded, at912, "food 340", "QF 912"},
		{"a child who brings a meal", lunch, tariff.Normal, with(at912, func(f *tariff.Facts) { f.OwnMeal = true }), "food 120", "repas fourni par la famille (PAI)"},
		{"effort rate: 0.36 % of 912 is 3.2832", effort, tariff.Normal, at912, "care 328", "QF 912 × 0,36\u00a0%"},
		{"effort rate below the floor", effort, tariff.Normal, home(tariff.Facts{Quotient: qf(200_00)}), "care 100", "porté au minimum de 1,00\u00a0€"},
		{"effort rate above the ceiling", effort, tariff.Normal, home(tariff.Facts{Quotient: qf(3000_00)}), "care 600", "ramené au maximum de 6,00\u00a0€"},
		{"effort rate without a quotient", effort, tariff.Normal, home(tariff.Facts{}), "care 600", "quotient familial inconnu, prix maximum"},
		{"the second child: 3.2832 less 10 % is 2.95488, rounded once", effort, tariff.Normal, with(at912, func(f *tariff.Facts) { f.Rank = 2 }), "care 295", "2e enfant : réduction de 10\u00a0%"},
		{"the fourth child has the reduction of the third", effort, tariff.Normal, with(at912, func(f *tariff.Facts) { f.Rank = 4 }), "care 263", "4e enfant : réduction de 20\u00a0%"},
		{"a non-resident's increase and a second child's reduction: 3.2832 × 1.2 × 0.9", effort, tariff.Normal, tariff.Facts{Quotient: qf(912_00), Rank: 2}, "care 355", "majoration hors commune de 20\u00a0%"},
		{"a non-resident priced as a resident", lunch, tariff.Normal, with(at912, func(f *tariff.Facts) { f.Exception = true }), "food 340", "tarif de la commune par dérogation"},
		{"a day with its meal", day, tariff.Normal, at912, "care 1160, food 340", "accueil sur 15,00\u00a0€"},
		{"45 minutes are two half-hours begun", half, tariff.Normal, with(at912, func(f *tariff.Facts) { f.Minutes = 45 }), "care 170", "2 demi-heures commencées à 0,85\u00a0€"},
		{"a late pick-up within the tolerance costs nothing", half, tariff.LatePickup, with(at912, func(f *tariff.Facts) { f.LateBefore = 1 }), "", ""},
		{"the third late pick-up of the year", half, tariff.LatePickup, with(at912, func(f *tariff.Facts) { f.LateBefore = 2 }), "penalty 500", "retard au départ, 3e fois dans l’année"},
		{"a late pick-up where there is no penalty", lunch, tariff.LatePickup, at912, "", ""},
		{"an aid by the day", lunch, tariff.Normal, with(at912, func(f *tariff.Facts) { f.Aids = []tariff.Aid{{Name: "CCAS", Cents: 200}} }), "food 340, aid -200", "aide « CCAS », 2,00\u00a0€ par jour"},
		{"aids never pass the price, nor pay penalties", lunch, tariff.Unbooked, with(at912, func(f *tariff.Facts) {
			f.Aids = []tariff.Aid{{Name: "CAF", Percent: 60_00}, {Name: "CCAS", Cents: 200}}
		}), "food 340, penalty 170, aid -204, aid -136", "60\u00a0% de 3,40\u00a0€"},
		{"what is free is said once", tariff.Grid{Name: "Gratuit", Kind: tariff.Flat}, tariff.Normal, at912, "care 0", "tarif unique"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.grid.Check(); err != nil {
				t.Fatal(err)
			}
			parts := c.grid.Quote(c.occasion, c.facts)
			var says []string
			for _, p := range parts {
				says = append(says, p.Explanation)
			}
			if got := quoted(parts); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			if all := strings.Join(says, "\n"); !strings.Contains(all, c.says) {
				t.Errorf("%q does not say %q", all, c.says)
			}
		})
	}
}

func with(f tariff.Facts, change func(*tariff.Facts)) tariff.Facts {
	change(&f)
	return f
}

func TestFees(t *testing.T) {
	r := func(from, to string) civil.Range {
		return civil.Range{From: civil.MustParse(from), To: civil.MustParse(to)}
	}
	december := r("2026-12-01", "2026-12-31")
	monthly := tariff.Grid{Name: "Étude", Kind: tariff.Flat, Flat: 3100, Per: tariff.PerMonth}
	shared := monthly
	shared.Prorata = true
	yearly := tariff.Grid{Name: "Adhésion", Kind: tariff.Flat, Flat: 1000, Per: tariff.PerYear}
	for _, c := range []struct {
		name             string
		grid             tariff.Grid
		period, enrolled civil.Range
		want, says       string
	}{
		{"a month begun is owed", monthly, december, r("2026-12-15", "2027-07-02"), "care 3100", "forfait mensuel de décembre 2026"},
		{"where days count, the days enrolled", shared, december, r("2026-12-15", "2027-07-02"), "care 1700", "17 jours d’inscription sur 31"},
		{"a whole month is whole", shared, december, r("2026-09-01", "2027-07-02"), "care 3100", ""},
		{"not enrolled in the month", monthly, december, r("2026-09-01", "2026-11-30"), "", ""},
		{"a school year", yearly, tariff.SchoolYear(civil.MustParse("2027-03-01")), r("2026-09-01", "2027-07-02"), "care 1000", "forfait de l’année scolaire 2026-2027"},
	} {
		parts := c.grid.Fee(tariff.Facts{Resident: true}, c.period, c.enrolled)
		if got := quoted(parts); got != c.want || c.says != "" && !strings.Contains(parts[0].Explanation, c.says) {
			t.Errorf("%s: %s, want %s: %+v", c.name, got, c.want, parts)
		}
	}
}

// anyGrid draws a grid that Check accepts.
func anyGrid(t *rapid.T) tariff.Grid {
	price := func(name string) money.Cents { return money.Cents(rapid.Int64Range(0, 2000).Draw(t, name)) }
	maybe := func(name string) *money.Cents {
		if rapid.Bool().Draw(t, "has "+name) {
			p := price(name)
			return &p
		}
		return nil
	}
	change := func(name string) tariff.Change {
		return tariff.Change{Price: maybe(name), Percent: rapid.Int64Range(-100_00, 200_00).Draw(t, name+" percent")}
	}
	g := tariff.Grid{Name: "x", Kind: rapid.SampledFrom([]tariff.Kind{tariff.Flat, tariff.Brackets, tariff.Effort}).Draw(t, "kind"),
		Per: rapid.SampledFrom([]tariff.Per{tariff.PerDay, tariff.PerHalfHour}).Draw(t, "per"), Flat: price("flat"), NonResident: maybe("outside")}
	from := int64(0)
	for range rapid.IntRange(1, 5).Draw(t, "brackets") {
		g.Brackets = append(g.Brackets, tariff.Bracket{From: from, Price: price("bracket")})
		from += rapid.Int64Range(1, 50_000).Draw(t, "width")
	}
	g.Rate, g.Floor = rapid.Int64Range(1, 20_000).Draw(t, "rate"), price("floor")
	g.Ceiling = g.Floor + price("more") + 1
	g.Ranks = rapid.SliceOfN(rapid.Int64Range(0, 100_00), 0, 3).Draw(t, "ranks")
	g.OwnMeal, g.FoodPercent, g.FoodCents = maybe("own meal"), rapid.Int64Range(0, 100_00).Draw(t, "food"), maybe("food cents")
	absent, late := change("absent"), change("late")
	g.Absent, g.LateAdded = &absent, &late
	g.Unbooked = []tariff.Step{{Change: change("first")}, {After: 2, Change: change("then")}}
	g.LatePickup = []tariff.Step{{Change: change("late pick-up")}}
	if rapid.Bool().Draw(t, "more outside") {
		g.NonResidentMore = rapid.Int64Range(0, 100_00).Draw(t, "outside percent")
	}
	return g
}

func anyFacts(t *rapid.T) tariff.Facts {
	f := tariff.Facts{Resident: rapid.Bool().Draw(t, "resident"), Rank: rapid.Int64Range(0, 6).Draw(t, "rank"), OwnMeal: rapid.Bool().Draw(t, "own"),
		Minutes: rapid.Int64Range(0, 600).Draw(t, "minutes"), UnbookedBefore: rapid.Int64Range(0, 5).Draw(t, "before")}
	if rapid.Bool().Draw(t, "known") {
		f.Quotient = qf(rapid.Int64Range(0, 500_000).Draw(t, "quotient"))
	}
	for range rapid.IntRange(0, 3).Draw(t, "aids") {
		f.Aids = append(f.Aids, tariff.Aid{Name: "a", Cents: money.Cents(rapid.Int64Range(0, 800).Draw(t, "aid")), Percent: rapid.Int64Range(0, 100_00).Draw(t, "aid percent")})
	}
	return f
}

// Whatever the grid and the facts: no sum is negative, only aids are below zero, aids leave penalties alone, care and food make the
// price without losing a cent, and every part says its amount and its grid.
func TestEveryQuoteAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g, f := anyGrid(t), anyFacts(t)
		if err := g.Check(); err != nil {
			t.Fatalf("%v: %+v", err, g)
		}
		o := rapid.SampledFrom([]tariff.Occasion{tariff.Normal, tariff.Absence, tariff.Unbooked, tariff.LateAdded, tariff.LatePickup}).Draw(t, "occasion")
		by := map[tariff.Attribute]money.Cents{}
		parts := g.Quote(o, f)
		for _, p := range parts {
			by[p.Attribute] += p.Cents
			if (p.Cents < 0) != (p.Attribute == tariff.Aided) || !strings.HasPrefix(p.Explanation, p.Cents.String()+" : ") {
				t.Fatalf("part %+v", p)
			}
		}
		price := by[tariff.Care] + by[tariff.Food]
		if tariff.Sum(parts) < 0 || -by[tariff.Aided] > price {
			t.Fatalf("aids of %v on a price of %v", by[tariff.Aided], price)
		}
		if o == tariff.Normal && price != g.Cents(f) {
			t.Fatalf("parts of %v, price of %v", price, g.Cents(f))
		}
		if o != tariff.LatePickup && len(parts) == 0 {
			t.Fatal("a fact without a part")
		}
	})
}

// A quotient one hundredth higher never costs less under an effort rate, and stays between floor and ceiling.
func TestEffortRisesWithTheQuotient(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := anyGrid(t)
		g.Kind = tariff.Effort
		q := rapid.Int64Range(0, 500_000).Draw(t, "quotient")
		f := tariff.Facts{Resident: true, Quotient: &q, Minutes: 30}
		first := g.Cents(f)
		next := q + 1
		f.Quotient = &next
		if second := g.Cents(f); second < first || first < g.Floor || second > g.Ceiling {
			t.Fatalf("%v then %v, between %v and %v", first, second, g.Floor, g.Ceiling)
		}
	})
}

// What a month of a thousand households costs without a memory: 40 days each, quotients all different.
func BenchmarkQuote(b *testing.B) {
	g := canteen()
	for b.Loop() {
		for home := range int64(1000) {
			q := home * 150
			for range 40 {
				_ = g.Quote(tariff.Normal, tariff.Facts{Resident: true, Quotient: &q})
			}
		}
	}
}
