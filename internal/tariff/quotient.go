package tariff

import (
	"fmt"
	"strconv"
	"strings"
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
