package sepa

import "strings"

// ibanLengths are the countries of the area, by the two letters their accounts begin with, and how long an IBAN of theirs is. French overseas
// territories use FR.
var ibanLengths = map[string]int{
	"AD": 24, "AL": 28, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24, "FI": 18, "FR": 27,
	"GB": 22, "GI": 23, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24,
	"ME": 22, "MK": 19, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "RS": 22, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "VA": 22,
}

// IBAN is a bank account: capital letters and digits, without spaces.
type IBAN string

// ParseIBAN reads an IBAN as people type it, and checks its country, its length, its check digits and, in France and Monaco, the clé RIB.
func ParseIBAN(s string) (IBAN, error) {
	text := typed(s)
	switch {
	case text == "":
		return "", WrongEmpty
	case !letters(text):
		return "", WrongLetters
	case len(text) < 2 || ibanLengths[text[:2]] == 0:
		return "", WrongCountry
	case len(text) != ibanLengths[text[:2]]:
		return "", WrongLength
	case !digits(text[2:4]) || text[2:4] < "02" || text[2:4] > "98" || rest97(text[4:]+text[:4]) != 1:
		return "", WrongCheck
	}
	if country := text[:2]; (country == "FR" || country == "MC") && !ribKeyHolds(text[4:]) {
		return "", WrongKey
	}
	return IBAN(text), nil
}

// ribKeyHolds checks the two last digits of a French account number: bank 5, branch 5, account 11, key 2.
func ribKeyHolds(bban string) bool {
	bank, branch, account, key := bban[:5], bban[5:10], bban[10:21], bban[21:]
	return digits(bank) && digits(branch) && digits(key) && RIBKey(bank, branch, account) == key
}

// RIBKey is the clé RIB of a French account: letters of the account number stand for digits, AJ 1, BKS 2 … IRZ 9.
func RIBKey(bank, branch, account string) string {
	n := 97 - (89*rest(bank)+15*rest(branch)+3*rest(account))%97
	return string([]byte{byte('0' + n/10), byte('0' + n%10)})
}

// rest is the rest by 97 of a number that may hold letters as a clé RIB reads them.
func rest(s string) int {
	const values = "12345678912345678923456789" // A to Z
	n := 0
	for i := range len(s) {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c = values[c-'A']
		}
		n = (n*10 + int(c-'0')) % 97
	}
	return n
}

// Country is the two letters of the country.
func (i IBAN) Country() string { return string(i[:2]) }

// Bank is what tells the bank from another one, in France and Monaco: the country and the five digits of the bank; the country alone elsewhere.
func (i IBAN) Bank() string {
	if c := i.Country(); c == "FR" || c == "MC" {
		return c + string(i[4:9])
	}
	return i.Country()
}

// String writes the account in groups of four, as on a bank statement.
func (i IBAN) String() string { return groups(string(i)) }

// Masked lets the holder recognise the account, and nobody else use it: its first and its last four signs.
func (i IBAN) Masked() string {
	if len(i) < 8 {
		return ""
	}
	return string(i[:4]) + " •••• •••• " + string(i[len(i)-4:])
}

func groups(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
