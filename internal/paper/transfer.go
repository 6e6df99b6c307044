package paper

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"preau/internal/money"
)

// Transfer is a credit transfer that the family's bank can read from a square code (European Payments Council, EPC069-12, version 002).
type Transfer struct {
	Holder, IBAN, BIC string
	Cents             money.Cents
	Reference         string // what the town finds the invoice by: "FACTURE 2026-004127 DOSSIER 100234"
}

// Limits of EPC069-12.
const (
	maxHolder    = 70
	maxReference = 140
	maxTransfer  = 999_999_999_99
)

// Code is the text of the square code: version 002, UTF-8, SEPA credit transfer, unstructured reference. The bank's code may be left out in
// the European Economic Area since that version.
func (t Transfer) Code() (string, error) {
	switch {
	case t.Cents <= 0 || t.Cents > maxTransfer:
		return "", fmt.Errorf("paper: a transfer of %s", t.Cents.Decimal())
	case compact(t.IBAN) == "", strings.TrimSpace(t.Holder) == "":
		return "", errors.New("paper: a transfer to nobody's account")
	}
	return strings.Join([]string{"BCD", "002", "1", "SCT", compact(t.BIC), cut(t.Holder, maxHolder), compact(t.IBAN), "EUR" + t.Cents.Decimal(),
		"", "", cut(t.Reference, maxReference)}, "\n"), nil
}

// words say the same beside the code.
func (t Transfer) words() string {
	lines := []string{"Par virement : photographiez ce code avec l’application de votre banque, ou recopiez :", "Bénéficiaire : " + t.Holder,
		"IBAN : " + Grouped(t.IBAN)}
	if t.BIC != "" {
		lines = append(lines, "BIC : "+compact(t.BIC))
	}
	return strings.Join(append(lines, "Montant : "+t.Cents.String(), "Motif : "+t.Reference), "\n")
}

// Grouped writes an IBAN by fours, as it is printed on cheques.
func Grouped(iban string) string {
	var b strings.Builder
	for i, r := range compact(iban) {
		if i > 0 && i%4 == 0 {
			b.WriteString("\u00a0")
		}
		b.WriteRune(r)
	}
	return b.String()
}

func compact(s string) string {
	return strings.ToUpper(strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "").Replace(s))
}

// cut keeps a line of so many characters at most.
func cut(s string, most int) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most])
	}
	return s
}
