package money_test

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"preau/internal/money"
)

func TestAmountsAsWritten(t *testing.T) {
	cases := []struct {
		cents          money.Cents
		plain, signed  string
		decimal, names string
	}{
		{1250, "12,50\u00a0€", "+\u00a012,50\u00a0€", "12.50", "an ordinary amount"},
		{0, "0,00\u00a0€", "0,00\u00a0€", "0.00", "nothing has no sign"},
		{5, "0,05\u00a0€", "+\u00a00,05\u00a0€", "0.05", "cents keep their zero"},
		{-340, "\u22123,40\u00a0€", "\u2212\u00a03,40\u00a0€", "-3.40", "a true minus sign"},
		{123456789, "1\u202f234\u202f567,89\u00a0€", "+\u00a01\u202f234\u202f567,89\u00a0€", "1234567.89", "thousands apart"},
		{math.MinInt64, "\u221292\u202f233\u202f720\u202f368\u202f547\u202f758,08\u00a0€",
			"\u2212\u00a092\u202f233\u202f720\u202f368\u202f547\u202f758,08\u00a0€", "-92233720368547758.08", "the smallest"},
	}
	for _, c := range cases {
		t.Run(c.names, func(t *testing.T) {
			if got := c.cents.String(); got != c.plain {
				t.Errorf("String %q, want %q", got, c.plain)
			}
			if got := c.cents.Signed(); got != c.signed {
				t.Errorf("Signed %q, want %q", got, c.signed)
			}
			if got, want := c.cents.Typed(), strings.ReplaceAll(c.decimal, ".", ","); got != want {
				t.Errorf("Typed %q, want %q", got, want)
			}
			if got := c.cents.Decimal(); got != c.decimal {
				t.Errorf("Decimal %q, want %q", got, c.decimal)
			}
		})
	}
}

func TestAmountsAsTyped(t *testing.T) {
	good := map[string]money.Cents{
		"3,40": 340, "3.40 €": 340, "12": 1200, "1 234,5": 123450, "-2": -200, "\u22122,05 €": -205, "+ 1": 100, " 0,00€ ": 0,
		"1\u202f234\u00a0€": 123400,
	}
	for text, want := range good {
		if got, err := money.Parse(text); err != nil || got != want {
			t.Errorf("Parse(%q) = %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "€", "-", "1.234", "1,2,3", ",5", "3,", "douze", "1e3", "--1", "+-1", "99999999999999999999"} {
		if got, err := money.Parse(text); err == nil {
			t.Errorf("Parse(%q) = %d, want an error", text, got)
		}
	}
}

func TestRoundRate(t *testing.T) {
	cases := []struct {
		name             string
		amount, num, den int64
		want             money.Cents
	}{
		{"an effort rate of 0.36 % on a QF of 912 is 3.2832, a day costs 3.28", 91200, 36, 10000, 328},
		{"halves go away from zero", 5, 1, 2, 3},
		{"negative halves too", -5, 1, 2, -3},
		{"under a half goes down", 249, 1, 100, 2},
		{"the sign of a negative denominator counts", 100, 1, -4, -25},
		{"large amounts do not overflow on the way", math.MaxInt64, 1000, 1000, math.MaxInt64},
		{"a result too large is held at the end", math.MaxInt64, 3, 1, math.MaxInt64},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := money.RoundRate(c.amount, c.num, c.den); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
	if got := money.Cents(340).Percent(5000); got != 170 {
		t.Errorf("half of 3.40 is %d", got)
	}
}

func TestShare(t *testing.T) {
	cases := []struct {
		name    string
		total   money.Cents
		weights []int64
		want    []money.Cents
	}{
		{"a cent that does not divide goes to the first", 100, []int64{1, 1, 1}, []money.Cents{34, 33, 33}},
		{"the largest remainder wins", 100, []int64{1, 2, 4}, []money.Cents{14, 29, 57}},
		{"no weight receives nothing", 101, []int64{0, 1, 1}, []money.Cents{0, 51, 50}},
		{"all zero is equal shares", 5, []int64{0, 0}, []money.Cents{3, 2}},
		{"a credit is shared alike", -100, []int64{1, 1, 1}, []money.Cents{-34, -33, -33}},
		{"nobody", 100, nil, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := money.Share(c.total, c.weights)
			if len(got) != len(c.want) {
				t.Fatalf("got %v", got)
			}
			for i := range got {
				if got[i] != c.want[i] {
					t.Fatalf("got %v, want %v", got, c.want)
				}
			}
		})
	}
}

func TestSharesSumExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := money.Cents(rapid.Int64().Draw(t, "total"))
		weights := rapid.SliceOfN(rapid.Int64Range(0, 1<<50), 1, 40).Draw(t, "weights")
		shares := money.Share(total, weights)
		if sum := money.Sum(shares...); sum != total {
			t.Fatalf("shares %v sum to %d", shares, sum)
		}
		for i, s := range shares {
			if s != 0 && (s < 0) != (total < 0) {
				t.Fatalf("share %d has the wrong sign: %d", i, s)
			}
		}
	})
}

func TestAmountsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := money.Cents(rapid.Int64Range(-math.MaxInt64, math.MaxInt64).Draw(t, "cents"))
		for _, text := range []string{c.String(), c.Signed(), c.Decimal()} {
			if back, err := money.Parse(text); err != nil || back != c {
				t.Fatalf("%q reads as %d, %v", text, back, err)
			}
		}
	})
}

func TestDatabaseForm(t *testing.T) {
	v, err := money.Cents(-340).Value()
	if err != nil || v != int64(-340) {
		t.Fatalf("Value = %v, %v", v, err)
	}
	for _, src := range []any{int64(-340), "-340", []byte("-340")} {
		var c money.Cents
		if err := c.Scan(src); err != nil || c != -340 {
			t.Errorf("Scan(%#v) = %d, %v", src, c, err)
		}
	}
	for _, src := range []any{nil, 1.5, "1.5"} {
		if err := new(money.Cents).Scan(src); err == nil {
			t.Errorf("Scan(%#v) is accepted", src)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"3,40", "3.40 €", "1 234,5", "-2", "€", strings.Repeat("9", 30)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := money.Parse(s)
		if err != nil {
			return
		}
		if back, err := money.Parse(c.String()); err != nil || back != c {
			t.Fatalf("%q reads as %d, which does not read back: %d, %v", s, c, back, err)
		}
	})
}
