package paper

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"preau/internal/money"
	"preau/internal/sepa"
	"preau/internal/words"
)

// Transfer is a credit transfer that the family's bank can read from a square code (European Payments Council, EPC069-12, version 002).
type Transfer struct {
	Holder    string
	IBAN      sepa.IBAN
	BIC       sepa.BIC // may be empty
	Cents     money.Cents
	Reference string // what the town finds the invoice by: "FACTURE 2026-004127 DOSSIER 100234"
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
	case t.IBAN == "", strings.TrimSpace(t.Holder) == "":
		return "", errors.New("paper: a transfer to nobody's account")
	}
	return strings.Join([]string{"BCD", "002", "1", "SCT", string(t.BIC), cut(t.Holder, maxHolder), string(t.IBAN), "EUR" + t.Cents.Decimal(),
		"", "", cut(t.Reference, maxReference)}, "\n"), nil
}

// words say the same beside the code.
func (t Transfer) words() string {
	lines := []string{"Par virement : photographiez ce code avec l’application de votre banque, ou recopiez :", "Bénéficiaire : " + t.Holder,
		"IBAN : " + words.Solid(t.IBAN.String())}
	if t.BIC != "" {
		lines = append(lines, "BIC : "+string(t.BIC))
	}
	return strings.Join(append(lines, "Montant : "+t.Cents.String(), "Motif : "+t.Reference), "\n")
}

// cut keeps a line of so many characters at most.
func cut(s string, most int) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most])
	}
	return s
}
