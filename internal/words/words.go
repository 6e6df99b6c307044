// Package words says in French what the rules decided: the typed reasons of booking as the sentences that pages and e-mails
// share, so that a family reads the same words everywhere.
package words

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"preau/internal/booking"
	"preau/internal/civil"
)

// Refusal says why, since when, as a sentence without final stop that begins in lower case: "trop tard depuis le lundi 30
// novembre 2026 à 23 h 59".
func Refusal(r booking.Refusal, loc *time.Location) string {
	switch r.Reason {
	case booking.UnknownOption:
		return "cette formule n’existe pas ou plus"
	case booking.OutOfPeriod:
		return "hors de l’inscription, qui va du " + r.From.DayMonthYear() + " au " + r.To.DayMonthYear()
	case booking.NoService:
		return "pas de service ce jour de la semaine"
	case booking.InHolidays:
		return "vacances scolaires (" + Typeset(LowerFirst(r.Name)) + ")"
	case booking.NotInHolidays:
		return "jour de classe : cette activité n’a lieu que pendant les vacances"
	case booking.OnPublicHoliday:
		return "jour férié (" + Typeset(r.Name) + ")"
	case booking.OnClosure:
		return "fermé : " + Typeset(LowerFirst(r.Name))
	case booking.CalendarUnknown:
		return "calendrier scolaire non publié"
	case booking.OtherHome:
		return "ce jour revient à l’autre foyer"
	case booking.Contested:
		return "deux foyers demandent ce jour : le service doit décider avant toute réservation"
	}
	return refusalOfRule(r, loc)
}

func refusalOfRule(r booking.Refusal, loc *time.Location) string {
	switch r.Reason {
	case booking.WrongLevel:
		return "réservé aux classes de " + r.Name
	case booking.TooYoung:
		return "à partir de " + Age(r.Limit)
	case booking.TooOld:
		return "jusqu’à " + Age(r.Limit)
	case booking.NotResident:
		return "réservé aux familles de la commune"
	case booking.OnHold:
		return "réservations bloquées depuis le " + civil.DateOf(r.At, loc).DayMonthYear() + " : " + LowerFirst(r.Name)
	case booking.Undocumented:
		return "document à transmettre d’abord, depuis « Documents » : " + r.Name
	case booking.NotOpenYet:
		return "pas encore ouvert : ouvre le " + civil.FrenchInstant(r.At, loc)
	case booking.TooLate:
		if r.At.IsZero() {
			return "aucun délai n’est prévu pour ce jour : adressez-vous au service"
		}
		return "trop tard depuis le " + civil.FrenchInstant(r.At, loc)
	case booking.OtherOption:
		return "« " + r.Name + " » est déjà réservé ce jour-là"
	case booking.Overlapping:
		return "aux mêmes heures que « " + r.Name + " », déjà réservé"
	case booking.Full:
		return "complet (" + count(r.Limit, "place", "places") + ")"
	}
	return "refusé"
}

func count(n int64, one, many string) string {
	if n > 1 {
		return strconv.FormatInt(n, 10) + " " + many
	}
	return strconv.FormatInt(n, 10) + " " + one
}

// Age writes a number of months as families say it: "3 ans", "2 ans et demi", "30 mois".
func Age(months int64) string {
	switch {
	case months%12 == 0:
		return count(months/12, "an", "ans")
	case months%12 == 6 && months > 12:
		return count(months/12, "an", "ans") + " et demi"
	}
	return strconv.FormatInt(months, 10) + " mois"
}

// LowerFirst puts a title inside a sentence: its first letter small, but of an acronym ("TAP", "PAI").
func LowerFirst(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	if second, _ := utf8.DecodeRuneInString(s[n:]); n == 0 || unicode.IsUpper(second) {
		return s
	}
	return string(unicode.ToLower(first)) + s[n:]
}

// Typeset writes the apostrophe of a text that comes from a file as pages write it.
func Typeset(s string) string { return strings.ReplaceAll(s, "'", "’") }

// UpperFirst begins a sentence.
func UpperFirst(s string) string {
	for i, r := range s {
		if i == 0 {
			return strings.ToUpper(string(r)) + s[len(string(r)):]
		}
	}
	return s
}

// Decision says what one change leads to, or led to when it is done: "Repas ajouté", "Repas retiré, dans les délais : il ne
// sera pas facturé", "Refusé : …".
func Decision(d booking.Decision, loc *time.Location) string {
	name := d.OptionName
	if name == "" {
		name = UpperFirst(d.Noun)
	}
	if text := byItself(d, loc); text != "" {
		return name + text
	}
	switch d.Result {
	case booking.Booked:
		text := name + " : ajouté"
		if d.Late {
			text += ", après le délai, par le service"
		}
		if d.Over {
			text += ", une place a été ouverte en plus"
		}
		return text
	case booking.Pending:
		return name + " : demandé, un agent doit l’accepter"
	case booking.Waiting:
		return name + " : complet, inscription sur la liste d’attente"
	case booking.Cancelled:
		return name + cancelled(d)
	case booking.Unchanged:
		if d.Add {
			return name + " : déjà réservé, rien ne change"
		}
		return name + " : n’était plus réservé, rien ne change"
	}
	if d.Add {
		return "Ne sera pas réservé : " + Refusal(d.Refusal, loc)
	}
	return "Ne peut pas être retiré : " + Refusal(d.Refusal, loc)
}

// byItself says what a waiting list or a closure did; empty for what was asked.
func byItself(d booking.Decision, loc *time.Location) string {
	switch {
	case d.Result == booking.Closed:
		return " : fermé, il ne sera pas facturé"
	case d.Result == booking.Reopened:
		return " : rouvert, votre réservation est rétablie"
	case d.Result == booking.Offered:
		return " : place proposée, à accepter jusqu’au " + civil.FrenchInstant(d.Refusal.At, loc)
	case d.Result == booking.Booked && d.Was == booking.StateOffered:
		return " : place acceptée"
	case d.Result == booking.Booked && d.Was == booking.StateWaiting:
		return " : place obtenue sur la liste d’attente"
	case d.Result == booking.Pending && d.Was == booking.StateWaiting:
		return " : une place s’est libérée, un agent doit l’accepter"
	case d.Result == booking.Cancelled && d.Was == booking.StateClosed:
		return " : rouvert, mais votre réservation n’a pas pu être rétablie"
	}
	return ""
}

func cancelled(d booking.Decision) string {
	switch d.Was {
	case booking.StatePending:
		return " : demande retirée"
	case booking.StateWaiting:
		return " : liste d’attente quittée"
	case booking.StateOffered:
		return " : proposition déclinée"
	}
	if d.Late {
		return " : retiré par le service, après le délai"
	}
	return " : retiré dans les délais, il ne sera pas facturé"
}

// State is the word for the present state of a booking.
func State(s booking.State) string {
	switch s {
	case booking.StateBooked:
		return "Réservé"
	case booking.StatePending:
		return "En attente d’instruction"
	case booking.StateWaiting:
		return "Liste d’attente"
	case booking.StateOffered:
		return "Place proposée"
	case booking.StateCancelled:
		return "Annulé"
	case booking.StateRefused:
		return "Refusé"
	case booking.StateClosed:
		return "Fermé"
	}
	return string(s)
}

// Menu is the word for a menu.
func Menu(m string) string {
	switch m {
	case "standard":
		return "Standard"
	case "sans_porc":
		return "Sans porc"
	case "sans_viande":
		return "Sans viande"
	case "vegetarien":
		return "Végétarien"
	case "panier_pai":
		return "Panier PAI"
	}
	return m
}
