package money_test

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"preau/internal/money"
)

func TestAmountsInLetters(t *testing.T) {
	for cents, want := range map[money.Cents]string{
		0: "zéro euro", 1: "un centime", 5: "cinq centimes", 100: "un euro", 150: "un euro et cinquante centimes", 200: "deux euros",
		2100: "vingt et un euros", 7100: "soixante et onze euros", 7200: "soixante-douze euros", 8000: "quatre-vingts euros", 8100: "quatre-vingt-un euros",
		9100: "quatre-vingt-onze euros", 9999: "quatre-vingt-dix-neuf euros et quatre-vingt-dix-neuf centimes", 10000: "cent euros", 10100: "cent un euros",
		20000: "deux cents euros", 20100: "deux cent un euros", 30080: "trois cents euros et quatre-vingts centimes", 100000: "mille euros",
		200000: "deux mille euros", 8000000: "quatre-vingt mille euros", 20000000: "deux cent mille euros", 28028000: "deux cent quatre-vingt mille deux cent quatre-vingts euros",
		100000000: "un million d’euros", 100010000: "un million cent euros", 20000000000: "deux cents millions d’euros", -340: "moins trois euros et quarante centimes",
	} {
		if got := cents.Letters(); got != want {
			t.Errorf("%d: %q, want %q", cents, got, want)
		}
	}
}

// Whatever the amount, its words say that amount and no other.
func TestLettersSayTheAmount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := money.Cents(rapid.OneOf(rapid.Int64Range(-200_000_00, 200_000_00), rapid.Int64()).Draw(t, "cents"))
		if c == math.MinInt64 {
			c++
		}
		if got := readLetters(t, c.Letters()); got != c {
			t.Fatalf("%d is written %q, which reads %d", c, c.Letters(), got)
		}
	})
}

var (
	readUnits = map[string]int64{"zéro": 0, "un": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8, "neuf": 9, "dix": 10, "onze": 11,
		"douze": 12, "treize": 13, "quatorze": 14, "quinze": 15, "seize": 16, "vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60}
	readScales = map[string]int64{"million": 1e6, "milliard": 1e9, "billion": 1e12, "billiard": 1e15}
)

// readLetters reads words back: another way than the one that writes them.
func readLetters(t *rapid.T, text string) money.Cents {
	text, negative := strings.CutPrefix(text, "moins ")
	total, group, sum := int64(0), int64(0), int64(0)
	for _, w := range strings.FieldsFunc(strings.ReplaceAll(text, "d’", ""), func(r rune) bool { return r == ' ' || r == '-' }) {
		singular := strings.TrimSuffix(w, "s")
		n, unit := readUnits[w]
		scale, large := readScales[singular]
		switch {
		case w == "et":
		case singular == "vingt" && group%100 == 4:
			group += 76
		case unit:
			group += n
		case singular == "cent":
			group = group/100*100 + max(group%100, 1)*100
		case w == "mille":
			sum += max(group, 1) * 1000
			group = 0
		case large:
			sum += group * scale
			group = 0
		case singular == "euro":
			total, sum, group = (sum+group)*100, 0, 0
		case singular == "centime":
			total, sum, group = total+sum+group, 0, 0
		default:
			t.Fatalf("unknown word %q in %q", w, text)
		}
	}
	if negative {
		total = -total
	}
	return money.Cents(total)
}
