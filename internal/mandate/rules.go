package mandate

import (
	"errors"
	"strings"

	"preau/internal/civil"
	"preau/internal/fault"
	"preau/internal/sepa"
)

// LapseMonths is how long a mandate stands without a debit (rulebook of the SEPA direct debit, 36 months).
const LapseMonths = 36

// Bounds are the least and the greatest that a number of the settings may be.
type Bounds struct{ Low, High int }

// The bounds of the settings: days of notice, working days of lead, rejections in a row before a mandate is suspended.
var (
	NoticeDays     = Bounds{0, 60}
	LeadDays       = Bounds{1, 30}
	RejectionsMost = Bounds{1, 10}
)

// Signature is what a debtor writes on a mandate, as typed.
type Signature struct {
	Typed      string // the IBAN as it was typed; IBAN is what it reads as
	IBAN       sepa.IBAN
	TypedBIC   string
	BIC        sepa.BIC
	Holder     string
	Street     string
	PostalCode string
	City       string
	SignedOn   civil.Date
	Today      civil.Date // of the town
	Agreed     bool       // on line: the box is ticked
	Terms      string     // on line: the version of the terms that were shown
	RUM        string     // on paper: the reference it already had; empty asks for one
	online     bool
}

// check reads the account, and says per field what is wrong.
func (s *Signature) check() error {
	wrong := map[string]string{}
	var err error
	if s.IBAN, err = sepa.ParseIBAN(s.Typed); err != nil {
		wrong["iban"] = wrongIBAN(err)
	}
	if strings.TrimSpace(s.TypedBIC) != "" {
		if s.BIC, err = sepa.ParseBIC(s.TypedBIC); err != nil {
			wrong["bic"] = "Un BIC a 8 ou 11 lettres et chiffres, par exemple AGRIFRPP882."
		}
	}
	for field, f := range map[string]struct {
		value *string
		what  string
	}{
		"titulaire": {&s.Holder, "Indiquez le nom du titulaire du compte."}, "adresse": {&s.Street, "Indiquez le numéro et la rue."},
		"code_postal": {&s.PostalCode, "Indiquez le code postal."}, "commune": {&s.City, "Indiquez la commune."},
	} {
		if *f.value = strings.Join(strings.Fields(*f.value), " "); *f.value == "" {
			wrong[field] = f.what
		}
	}
	if s.Holder != "" && sepa.Text(s.Holder, 70) == "" {
		wrong["titulaire"] = "Écrivez ce nom en lettres latines : les banques ne lisent pas les autres."
	}
	switch {
	case s.online && !s.Agreed:
		wrong["accord"] = "Cochez la case : elle vaut signature."
	case !s.online && s.SignedOn.IsZero():
		wrong["signe_le"] = "Indiquez la date de la signature."
	case s.SignedOn.After(s.Today):
		wrong["signe_le"] = "Cette date n’est pas encore passée."
	}
	if s.RUM != "" {
		r, err := sepa.ParseRUM(s.RUM)
		if err != nil {
			wrong["rum"] = "Une référence de mandat a au plus 35 lettres et chiffres, sans espace."
		}
		s.RUM = string(r)
	}
	return fault.InvalidFields(wrong)
}

// wrongIBAN says in French what is wrong with an IBAN.
func wrongIBAN(err error) string {
	var w sepa.Wrong
	if !errors.As(err, &w) {
		return "Cet IBAN n’est pas valide."
	}
	switch w {
	case sepa.WrongEmpty:
		return "Indiquez l’IBAN du compte : il figure sur votre relevé d’identité bancaire (RIB)."
	case sepa.WrongLetters:
		return "Un IBAN n’a que des lettres sans accent et des chiffres."
	case sepa.WrongCountry:
		return "Un IBAN commence par les deux lettres d’un pays de la zone SEPA, par exemple FR76."
	case sepa.WrongLength:
		return "Cet IBAN n’a pas la bonne longueur : en France, 27 lettres et chiffres."
	}
	return "Cet IBAN ne peut pas exister : un chiffre est sans doute mal recopié. Comparez-le avec votre RIB."
}
