package tariff_test

import (
	"strings"
	"testing"

	"preau/internal/civil"
	"preau/internal/money"
	"preau/internal/tariff"

	"pgregory.net/rapid"
)

func canteen() tariff.Grid {
	outside := money.Cents(680)
	return tariff.Grid{
		ID: "g", Name: "Restauration 2026-2027", Kind: tariff.Brackets, From: civil.MustParse("2026-09-01"), NonResident: &outside,
		Brackets: []tariff.Bracket{{0, 100}, {400_00, 210}, {800_00, 340}, {1200_00, 460}},
	}
}

func TestPriceOfALunch(t *testing.T) {
	qf := func(n int64) *int64 { return &n }
	for _, c := range []struct {
		name  string
		facts tariff.Facts
		want  money.Cents
		says  string
	}{
		{"a quotient of 0 is in the first bracket", tariff.Facts{Resident: true, Quotient: qf(0)}, 100, "tranche de 0 à moins de 400"},
		{"a quotient of 399.99 is still in the first", tariff.Facts{Resident: true, Quotient: qf(399_99)}, 100, "QF 399,99"},
		{"a bracket starts at its figure: 400 is in the second", tariff.Facts{Resident: true, Quotient: qf(400_00)}, 210, "tranche de 400 à moins de 800"},
		{"799.50 is in the second", tariff.Facts{Resident: true, Quotient: qf(799_50)}, 210, "QF 799,50"},
		{"912 is in the third", tariff.Facts{Resident: true, Quotient: qf(912_00)}, 340, "QF 912, tranche de 800 à moins de 1\u202f200"},
		{"the last bracket has no end", tariff.Facts{Resident: true, Quotient: qf(9_999_00)}, 460, "tranche à partir de 1\u202f200"},
		{"no quotient known: the top bracket, and it is said", tariff.Facts{Resident: true}, 460, "quotient familial inconnu"},
		{"a non-resident pays the outside price whatever the quotient", tariff.Facts{Quotient: qf(100_00)}, 680, "hors commune"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := canteen()
			p := g.Price(c.facts)
			if cents := g.Cents(c.facts); cents != p.Cents {
				t.Errorf("the price alone is %d, with its explanation %d", cents, p.Cents)
			}
			if p.Cents != c.want {
				t.Errorf("price %v, want %v", p.Cents, c.want)
			}
			if !strings.Contains(p.Explanation, c.says) || !strings.Contains(p.Explanation, "Restauration 2026-2027") {
				t.Errorf("explanation %q does not say %q", p.Explanation, c.says)
			}
		})
	}
}

func TestAGridWithAGapOrAnOverlapIsRefused(t *testing.T) {
	for name, brackets := range map[string][]tariff.Bracket{
		"no bracket at all":        nil,
		"a gap before the first":   {{400_00, 100}},
		"two brackets at one edge": {{0, 100}, {400_00, 200}, {400_00, 300}},
		"brackets out of order":    {{0, 100}, {800_00, 200}, {400_00, 300}},
	} {
		if err := (tariff.Grid{Kind: tariff.Brackets, Brackets: brackets}).Check(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := canteen().Check(); err != nil {
		t.Error(err)
	}
}

func TestEveryQuotientHasExactlyOnePriceOfTheGrid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := tariff.Grid{Kind: tariff.Brackets, Name: "x"}
		from := int64(0)
		for i := range rapid.IntRange(1, 8).Draw(t, "n") {
			g.Brackets = append(g.Brackets, tariff.Bracket{From: from, Price: money.Cents(100 * (i + 1))})
			from += rapid.Int64Range(1, 50_000).Draw(t, "width")
		}
		if err := g.Check(); err != nil {
			t.Fatal(err)
		}
		q := rapid.Int64Range(0, 500_000).Draw(t, "quotient")
		p := g.Price(tariff.Facts{Resident: true, Quotient: &q})
		i := int(p.Cents/100) - 1
		if g.Brackets[i].From > q || (i+1 < len(g.Brackets) && g.Brackets[i+1].From <= q) {
			t.Fatalf("quotient %d priced by bracket %d of %v", q, i, g.Brackets)
		}
	})
}

func TestTheGridInForce(t *testing.T) {
	grids := []tariff.Grid{
		{ID: "old", From: civil.MustParse("2025-09-01")},
		{ID: "new", From: civil.MustParse("2026-09-01")},
		{ID: "half", OptionID: "demi", From: civil.MustParse("2024-09-01")},
	}
	for _, c := range []struct{ name, option, day, want string }{
		{"before the first grid there is no price", "x", "2025-08-31", ""},
		{"the eve of a new grid keeps the old", "x", "2026-08-31", "old"},
		{"a new grid holds from its first day", "x", "2026-09-01", "new"},
		{"a grid of the option goes before one of the activity", "demi", "2026-10-01", "half"},
	} {
		g, ok := tariff.InForce(grids, c.option, civil.MustParse(c.day))
		if ok != (c.want != "") || g.ID != c.want {
			t.Errorf("%s: got %q", c.name, g.ID)
		}
	}
}

func TestQuotientsAreReadAsTheyAreWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, 9_999_99).Draw(t, "hundredths")
		got, err := tariff.ParseQuotient(tariff.Quotient(n))
		if err != nil || got != n {
			t.Fatalf("%d written %q read %d, %v", n, tariff.Quotient(n), got, err)
		}
	})
}

func FuzzParseQuotient(f *testing.F) {
	for _, s := range []string{"912", "799,50", "1 200.5", "", "-1", "1,234", "9999999,99"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := tariff.ParseQuotient(s); err == nil && n < 0 {
			t.Fatalf("%q read as %d", s, n)
		}
	})
}
