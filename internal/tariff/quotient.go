package tariff

import (
	"fmt"
	"strconv"
	"strings"

	"preau/internal/money"
)

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

// ParsePercent reads "50", "12,5 %" or "−50 %" as hundredths of a percent.
func ParsePercent(s string) (int64, error) { return parseDecimal(s, 2) }

// ParseRate reads "0,36 %" as millionths.
func ParseRate(s string) (int64, error) { return parseDecimal(s, 4) }

// ParseChange reads a percentage, with its sign %, or else a price: "50 %", "−50 %", "5,00".
func ParseChange(s string) (Change, error) {
	if strings.Contains(s, "%") {
		p, err := ParsePercent(s)
		return Change{Percent: p}, err
	}
	c, err := money.Parse(s)
	if err != nil || c < 0 {
		return Change{}, fmt.Errorf("« %s » n’est ni un pourcentage ni un prix", s)
	}
	return Change{Price: &c}, nil
}

// Typed is the change as ParseChange reads it.
func (c *Change) Typed() string {
	if c.Price != nil {
		return c.Price.Typed()
	}
	return percent(c.Percent)
}

// Percent writes hundredths of a percent without the sign: "50", "12,5".
func Percent(hundredths int64) string { return decimal(hundredths, 100) }

// parseDecimal reads a signed number with at most so many decimals, as that many digits more.
func parseDecimal(s string, decimals int) (int64, error) {
	text := strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "%", "", "+", "", "\u2212", "-", ".", ",").Replace(strings.TrimSpace(s))
	text, negative := strings.CutPrefix(text, "-")
	whole, frac, _ := strings.Cut(text, ",")
	if whole == "" || len(whole) > 6 || len(frac) > decimals {
		return 0, fmt.Errorf("« %s » n’est pas un pourcentage", s)
	}
	n, err := strconv.ParseUint(whole+frac+strings.Repeat("0", decimals-len(frac)), 10, 62)
	if err != nil {
		return 0, fmt.Errorf("« %s » n’est pas un pourcentage", s)
	}
	if negative {
		return -int64(n), nil
	}
	return int64(n), nil
}

// RateTyped writes millionths as ParseRate reads them: "0,36".
func RateTyped(millionths int64) string { return decimal(millionths, 10_000) }
