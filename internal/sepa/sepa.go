// Package sepa knows the identifiers of a European direct debit (IBAN, BIC, ICS, RUM, and the SIRET of who collects), the few letters that
// banks read, and how an order of collection is written: pain.008.001.08, with structured addresses, or pain.008.001.02.
//
// A bank account of any country of the area is accepted: to refuse one for its country is against the law (EU regulation 260/2012, article 9).
package sepa

import (
	"regexp"
	"strings"
)

// Wrong is what is wrong with an identifier.
type Wrong string

// What may be wrong.
const (
	WrongEmpty   Wrong = "empty"
	WrongLetters Wrong = "letters" // signs that such an identifier never holds
	WrongCountry Wrong = "country" // a country outside of the area
	WrongLength  Wrong = "length"
	WrongCheck   Wrong = "check" // the check digits disagree: something was mistyped
	WrongKey     Wrong = "key"   // the clé RIB of a French account disagrees
)

// Error names what is wrong.
func (w Wrong) Error() string { return "sepa: wrong " + string(w) }

// letters tells whether s is made of capital letters without accent and of digits.
func letters(s string) bool {
	for i := range len(s) {
		if (s[i] < 'A' || s[i] > 'Z') && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return true
}

// typed is an identifier as people type it, without its spaces, dots and dashes, in capitals.
func typed(s string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\t', '\u00a0', '\u202f', '\u2009', '.', '-':
			return -1
		}
		return r
	}, s))
}

// rest97 is the rest by 97 of the number that letters and digits write, A being 10 and Z 35 (ISO 7064, mod 97-10).
func rest97(s string) int {
	rest := 0
	for i := range len(s) {
		if c := s[i]; c >= 'A' {
			rest = (rest*100 + int(c-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(c-'0')) % 97
		}
	}
	return rest
}

// BIC names a bank: 8 signs, or 11 with the branch.
type BIC string

var bicShape = regexp.MustCompile(`^[A-Z]{6}[A-Z2-9][A-NP-Z0-9]([A-Z0-9]{3})?$`)

// ParseBIC reads a BIC as people type it.
func ParseBIC(s string) (BIC, error) {
	text := typed(s)
	switch {
	case text == "":
		return "", WrongEmpty
	case len(text) != 8 && len(text) != 11:
		return "", WrongLength
	case !bicShape.MatchString(text):
		return "", WrongLetters
	}
	return BIC(text), nil
}

// ICS names a creditor: its country, two check digits, three signs that it chooses itself (ZZZ unless it tells activities apart) and its
// national number. The check leaves the three signs out, so that one number serves several activities.
type ICS string

// ParseICS reads an ICS as people type it. A French one has 13 signs.
func ParseICS(s string) (ICS, error) {
	text := typed(s)
	switch {
	case text == "":
		return "", WrongEmpty
	case !letters(text):
		return "", WrongLetters
	case len(text) < 8 || len(text) > 35 || text[:2] == "FR" && len(text) != 13:
		return "", WrongLength
	case ibanLengths[text[:2]] == 0:
		return "", WrongCountry
	case !digits(text[2:4]) || rest97(text[7:]+text[:4]) != 1:
		return "", WrongCheck
	}
	return ICS(text), nil
}

// RUM names a mandate for its creditor, for good: at most 35 of the letters that banks read.
type RUM string

// ParseRUM reads one.
func ParseRUM(s string) (RUM, error) {
	text := strings.ToUpper(strings.TrimSpace(s))
	switch {
	case text == "":
		return "", WrongEmpty
	case len(text) > 35:
		return "", WrongLength
	case Reference(text) != text:
		return "", WrongLetters
	}
	return RUM(text), nil
}

// ParseSIRET reads the number of an establishment, 14 digits that Luhn's formula checks; those of La Poste follow a rule of their own.
func ParseSIRET(s string) (string, error) {
	text := typed(s)
	switch {
	case text == "":
		return "", WrongEmpty
	case !digits(text):
		return "", WrongLetters
	case len(text) != 14:
		return "", WrongLength
	}
	luhn, plain := 0, 0
	for i := range len(text) {
		d := int(text[i] - '0')
		plain += d
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		luhn += d
	}
	if luhn%10 != 0 && (text[:9] != "356000000" || plain%5 != 0) {
		return "", WrongCheck
	}
	return text, nil
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
