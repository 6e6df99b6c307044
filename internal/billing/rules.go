package billing

import (
	"preau/internal/civil"
	"preau/internal/fault"
	"preau/internal/money"
)

// issueDates refuses the dates of an issue that cannot be: a document is dated of its issue or of a day before it in the same year, whose
// series it is numbered in, and numbers follow the dates, so that none is dated before the last one issued; what is asked cannot be due
// before it is asked, nor before today. Errors: fault.Invalid beside "emission" and "echeance". last is zero when nothing was issued.
func issueDates(on, due, last, today civil.Date) error {
	wrong := map[string]string{}
	switch {
	case on.After(today) || on.Year != today.Year:
		wrong["emission"] = "Une facture est datée d’aujourd’hui, ou d’un jour passé de cette année."
	case on.Before(last):
		wrong["emission"] = "Les dernières factures sont datées du " + last.DayMonthYear() + " : leurs numéros se suivent, celles-ci ne peuvent pas porter une date d’avant."
	}
	switch {
	case due.Before(on):
		wrong["echeance"] = "L’échéance ne peut pas précéder l’émission."
	case due.Before(today):
		wrong["echeance"] = "Cette échéance est passée : les familles seraient en retard dès la réception."
	}
	return fault.InvalidFields(wrong)
}

// divide shares an amount among open invoices: as asked, none beyond what is left of its invoice; or when nothing is asked, the oldest first.
func divide(amount money.Cents, asked []Share, debts []debt) []Share {
	rest := make(map[string]money.Cents, len(debts))
	for _, d := range debts {
		rest[d.InvoiceID] = d.Rest
	}
	if asked == nil {
		for _, d := range debts {
			asked = append(asked, Share{d.InvoiceID, d.Rest})
		}
	}
	var out []Share
	for _, s := range asked {
		part := min(s.Cents, rest[s.InvoiceID], amount)
		if part <= 0 {
			continue
		}
		rest[s.InvoiceID] -= part
		amount -= part
		out = append(out, Share{s.InvoiceID, part})
	}
	return out
}

// pair uses credits on debts of the same household, both oldest first. Each list is ordered by household.
func pair(credits []credit, debts []debt) []match {
	left := map[string][]credit{}
	for _, c := range credits {
		left[c.household] = append(left[c.household], c)
	}
	var out []match
	for _, d := range debts {
		list := left[d.HouseholdID]
		for rest := d.Rest; rest > 0 && len(list) > 0; {
			part := min(rest, list[0].rest)
			out = append(out, match{Credit: list[0].entry, Debit: d.entry, Invoice: d.InvoiceID, Cents: part})
			rest -= part
			if list[0].rest -= part; list[0].rest == 0 {
				list = list[1:]
			}
		}
		left[d.HouseholdID] = list
	}
	return out
}
