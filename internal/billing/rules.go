package billing

import "preau/internal/money"

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
