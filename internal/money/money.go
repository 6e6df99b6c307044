// Package money counts in whole cents of euro: sums, one rounding rule, shares that lose nothing, and the French way to write it.
package money

import (
	"cmp"
	"database/sql/driver"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// Cents is an amount in hundredths of a euro; negative for what is owed to the family.
type Cents int64

const (
	nbsp  = "\u00a0" // before € and after the sign of Signed
	nnbsp = "\u202f" // between thousands
	minus = "\u2212" // a true minus sign
)

// String writes the amount as on an invoice: "12,50 €", "1 234,00 €", "−3,40 €", with no-break spaces.
func (c Cents) String() string {
	sign := ""
	if c < 0 {
		sign = minus
	}
	return sign + c.digits() + nbsp + "€"
}

// Signed writes a difference: "+ 3,40 €", "− 3,40 €"; nothing to add or take away is "0,00 €".
func (c Cents) Signed() string {
	sign := ""
	switch {
	case c > 0:
		sign = "+" + nbsp
	case c < 0:
		sign = minus + nbsp
	}
	return sign + c.digits() + nbsp + "€"
}

// Decimal writes the amount for spreadsheets and exchange files: "-1234.50", without unit.
func (c Cents) Decimal() string {
	sign := ""
	if c < 0 {
		sign = "-"
	}
	n := magnitude(int64(c))
	return fmt.Sprintf("%s%d.%02d", sign, n/100, n%100)
}

// Typed writes the amount as a field of a form holds it and as a French spreadsheet reads it: "12,50", "-3,40", which Parse reads back.
func (c Cents) Typed() string { return strings.Replace(c.Decimal(), ".", ",", 1) }

// digits is the absolute amount, without sign or unit.
func (c Cents) digits() string {
	n := magnitude(int64(c))
	euros := strconv.FormatUint(n/100, 10)
	var b strings.Builder
	for i, digit := range euros {
		if i > 0 && (len(euros)-i)%3 == 0 {
			b.WriteString(nnbsp)
		}
		b.WriteRune(digit)
	}
	fmt.Fprintf(&b, ",%02d", n%100)
	return b.String()
}

// Parse reads an amount as people type it: "3,40", "3.40 €", "12", "1 234,5", "-2". Spaces of any kind are ignored. More than
// two decimals is an error, so that "1.234" is never taken for one thousand or for one euro.
func Parse(s string) (Cents, error) {
	text := strings.Map(dropSpaces, s)
	text = strings.TrimSuffix(text, "€")
	negative := strings.HasPrefix(text, "-") || strings.HasPrefix(text, minus)
	for _, sign := range []string{"-", minus, "+"} {
		if rest, found := strings.CutPrefix(text, sign); found {
			text = rest
			break
		}
	}
	euros, cents, dotted := strings.Cut(strings.Replace(text, ",", ".", 1), ".")
	if !allDigits(euros) || dotted && (!allDigits(cents) || len(cents) > 2) {
		return 0, fmt.Errorf("money: %q is not an amount", s)
	}
	n, err := strconv.ParseInt(euros+(cents + "00")[:2], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("money: %q is too large", s)
	}
	if negative {
		n = -n
	}
	return Cents(n), nil
}

func dropSpaces(r rune) rune {
	switch r {
	case ' ', '\t', '\u00a0', '\u202f', '\u2009':
		return -1
	}
	return r
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// RoundRate is amount × num ÷ den rounded once to the nearest unit, halves away from zero. A taux d'effort of 0.36 % on a QF of
// 912 € is RoundRate(91200, 36, 10000) = 328 cents. Results beyond int64 are held at its ends. It panics if den is zero.
func RoundRate(amount, num, den int64) Cents {
	if den == 0 {
		panic("money: rate with a zero denominator")
	}
	negative := (amount < 0) != (num < 0) != (den < 0)
	divisor := magnitude(den)
	hi, lo := bits.Mul64(magnitude(amount), magnitude(num))
	if hi >= divisor {
		return limit(math.MaxUint64, negative)
	}
	quotient, rest := bits.Div64(hi, lo, divisor)
	if rest >= divisor-rest && quotient < math.MaxUint64 {
		quotient++
	}
	return limit(quotient, negative)
}

// Percent is p hundredths of a percent of c, rounded once: c.Percent(5000) is half of c.
func (c Cents) Percent(p int64) Cents { return RoundRate(int64(c), p, 10000) }

func limit(n uint64, negative bool) Cents {
	if n > math.MaxInt64 {
		n = math.MaxInt64
	}
	if negative {
		return -Cents(n)
	}
	return Cents(n)
}

// Share cuts total in proportion to weights without losing or making a cent (largest remainder; equal remainders favour the
// first). Weights are not negative and their sum fits 63 bits; when all are zero the shares are equal. A zero weight among others
// receives nothing. No weights, no shares.
func Share(total Cents, weights []int64) []Cents {
	if len(weights) == 0 {
		return nil
	}
	sum := uint64(0)
	for _, w := range weights {
		if w < 0 {
			panic("money: negative weight")
		}
		sum += uint64(w)
	}
	if sum == 0 {
		weights = slices.Repeat([]int64{1}, len(weights))
		sum = uint64(len(weights))
	}
	return largestRemainder(total, weights, sum)
}

func largestRemainder(total Cents, weights []int64, sum uint64) []Cents {
	amount, left := magnitude(int64(total)), magnitude(int64(total))
	parts := make([]uint64, len(weights))
	rests := make([]uint64, len(weights))
	order := make([]int, len(weights))
	for i, w := range weights {
		hi, lo := bits.Mul64(amount, uint64(w))
		parts[i], rests[i] = bits.Div64(hi, lo, sum)
		left -= parts[i]
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rests[b], rests[a]) })
	for _, i := range order[:left] {
		parts[i]++
	}
	shares := make([]Cents, len(weights))
	for i, part := range parts {
		shares[i] = Cents(part)
		if total < 0 {
			shares[i] = -shares[i]
		}
	}
	return shares
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// Sum adds amounts.
func Sum(amounts ...Cents) Cents {
	total := Cents(0)
	for _, c := range amounts {
		total += c
	}
	return total
}

// Value stores the amount as an integer of cents.
func (c Cents) Value() (driver.Value, error) { return int64(c), nil }

// Scan reads an integer of cents.
func (c *Cents) Scan(src any) error {
	switch v := src.(type) {
	case int64:
		*c = Cents(v)
	case string:
		return c.scanText(v)
	case []byte:
		return c.scanText(string(v))
	default:
		return fmt.Errorf("money: cannot read cents from %T", src)
	}
	return nil
}

// scanText reads what PostgreSQL answers for sum(bigint), which is a numeric.
func (c *Cents) scanText(s string) error {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return errors.Join(fmt.Errorf("money: cannot read cents from %q", s), err)
	}
	*c = Cents(n)
	return nil
}
