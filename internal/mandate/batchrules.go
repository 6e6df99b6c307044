package mandate

import (
	"time"

	"preau/internal/calendar"
	"preau/internal/civil"
	"preau/internal/fault"
	"preau/internal/sepa"
)

// Reason is why an invoice is left out of a batch.
type Reason string

// The reasons.
const (
	ReasonSuspended Reason = "suspended" // the mandate is suspended
	ReasonReserved  Reason = "reserved"  // another batch takes it
	ReasonNotice    Reason = "notice"    // it was sent too shortly before
	ReasonNotDue    Reason = "not_due"   // its own due date is later
	ReasonPaused    Reason = "paused"    // another way to pay was agreed
	ReasonPaying    Reason = "paying"    // the family is paying it on line
)

// judge says why an invoice is left out of a batch, and from which day on it would not be; an empty reason takes it.
func judge(set Settings, m Mandate, i invoice, dueOn civil.Date) (Reason, civil.Date) {
	announced := i.IssuedOn.AddDays(set.Notice)
	switch {
	case !m.SuspendedAt.IsZero():
		return ReasonSuspended, civil.Date{}
	case i.reserved:
		return ReasonReserved, civil.Date{}
	case i.paused:
		return ReasonPaused, civil.Date{}
	case i.paying:
		return ReasonPaying, civil.Date{}
	case i.DueOn.After(dueOn) && i.DueOn.After(announced):
		return ReasonNotDue, i.DueOn
	case announced.After(dueOn):
		return ReasonNotice, announced
	}
	return "", civil.Date{}
}

// last is the last debit of a mandate that the bank did not send back: the zero value when there is none.
type last struct{ accountID, bank string }

// sequence says which collection of its mandate a debit is, and whether its account changed since the last one. Where first collections
// are told apart, the first one after a change of bank is one too.
func sequence(first bool, before last, a Account) (sepa.Sequence, bool) {
	changed := before.accountID != "" && before.accountID != a.ID
	if first && (before.accountID == "" || changed && before.bank != a.Bank) {
		return sepa.First, changed
	}
	return sepa.Recurrent, changed
}

// BankDay tells whether banks settle on a day: Monday to Friday, without the holidays of the European system (1 January, Good Friday, Easter
// Monday, 1 May, 25 and 26 December) and the French ones.
func BankDay(d civil.Date) bool {
	if w := d.Weekday(); w == time.Saturday || w == time.Sunday {
		return false
	}
	if _, holiday := calendar.PublicHolidayName(d); holiday {
		return false
	}
	return d != calendar.Easter(d.Year).AddDays(-2) && (d.Month != time.December || d.Day != 26)
}

// Earliest is the first day for which a batch can be made: so many bank days after today.
func Earliest(today civil.Date, lead int) civil.Date {
	d := today
	for lead > 0 {
		if d = d.AddDays(1); BankDay(d) {
			lead--
		}
	}
	return d
}

// CheckDue refuses a day on which nothing can be collected. Errors: fault.Invalid beside "echeance".
func CheckDue(dueOn, today civil.Date, lead int) error {
	switch earliest := Earliest(today, lead); {
	case dueOn.IsZero():
		return fault.Invalidf("echeance", "Choisissez le jour du prélèvement.")
	case dueOn.Before(earliest):
		return fault.Invalidf("echeance", "Le fichier doit être remis %d jours ouvrés avant : choisissez le %s ou plus tard.", lead, earliest.Long())
	case dueOn.After(today.AddDays(90)):
		return fault.Invalidf("echeance", "Choisissez un jour des trois mois qui viennent.")
	case !BankDay(dueOn):
		return fault.Invalidf("echeance", "Les banques sont fermées le %s.", dueOn.Long())
	}
	return nil
}

// Code is why a bank sends a debit back.
type Code struct {
	ID    string
	Label string
	// Account says that the account itself cannot be debited: the mandate is suspended at once.
	Account bool
}

// Codes are those of the European rulebook, the frequent ones first.
var Codes = []Code{
	{"AM04", "provision insuffisante", false},
	{"MD01", "absence de mandat, ou prélèvement non autorisé", true},
	{"MD06", "remboursement demandé par le titulaire", false},
	{"MS02", "refus du titulaire, sans motif", false},
	{"MS03", "refus de la banque, sans motif", false},
	{"AC04", "compte clos", true},
	{"AC01", "compte inexistant", true},
	{"AC06", "compte bloqué", true},
	{"AC13", "compte qui n’est pas celui d’un particulier", true},
	{"AG01", "prélèvement interdit sur ce compte", true},
	{"AG02", "séquence du prélèvement refusée", false},
	{"AM05", "prélèvement en double", false},
	{"BE05", "créancier inconnu", false},
	{"CNOR", "banque du créancier non reconnue", false},
	{"DNOR", "banque du titulaire non reconnue", true},
	{"FF05", "type de prélèvement refusé", false},
	{"MD02", "mandat incomplet ou incorrect", true},
	{"MD07", "titulaire décédé", true},
	{"RC01", "BIC incorrect", true},
	{"RR01", "identification du titulaire manquante", false},
	{"RR04", "raison réglementaire", false},
	{"SL01", "refus demandé par le titulaire à sa banque", true},
	{"TM01", "fichier reçu trop tard", false},
}

// CodeByID finds a code.
func CodeByID(id string) (Code, bool) {
	for _, c := range Codes {
		if c.ID == id {
			return c, true
		}
	}
	return Code{}, false
}

// suspends says whether a mandate is suspended after a rejection, the one that makes so many in a row.
func suspends(c Code, inARow, most int) bool { return c.Account || inARow >= most }
