package till

import (
	"cmp"

	"preau/internal/money"
	"preau/internal/till"
	"preau/internal/web/ui"
)

// banks proposes names of banks.
var banks = []string{"Banque populaire", "BNP Paribas", "BoursoBank", "Caisse d’épargne", "CIC", "Crédit agricole", "Crédit mutuel", "La Banque postale", "LCL", "Société générale"}

// meansOptions are the means that an agent takes.
func meansOptions() []ui.Option {
	var out []ui.Option
	for _, m := range till.CounterMeans() {
		out = append(out, ui.Option{Value: string(m), Label: m.French()})
	}
	return out
}

// amount is what is proposed: all that the family owes.
func amount(v takeView) string {
	if v.Due == 0 {
		return ""
	}
	return v.Due.Typed()
}

func amountHint(v takeView) string {
	text := "Vide, pour des CESU : la somme des titres."
	if v.Office.CashMost > 0 {
		text = "En espèces, " + v.Office.CashMost.String() + " au plus par facture. " + text
	}
	return text
}

// payer is who is proposed as having paid.
func (v takeView) payer() string {
	if len(v.Guardians) == 0 {
		return v.Household.Name
	}
	return v.Guardians[0].Name()
}

// owes says what a family owes, or is owed.
func owes(c money.Cents) string {
	if c < 0 {
		return "avance de " + (-c).String()
	}
	return c.String()
}

// cesu is what titles may pay of the open invoices.
func (v takeView) cesu() (sum money.Cents) {
	for _, o := range v.Open {
		sum += o.CESUEligible
	}
	return sum
}

func title(r till.Receipt) string {
	if r.Reverses != "" {
		return "Annulation n° " + r.Name()
	}
	return "Quittance n° " + r.Name()
}

// invoicesWord is the noun beside a number of invoices.
func invoicesWord(n int) string {
	if n > 1 {
		return "factures"
	}
	return "facture"
}

// chequesName is the field that a choice of cheques is refused by: each of the two forms of the page has its own.
func chequesName(kind till.DepositKind) string {
	if kind == till.DepositCheques {
		return "cheques"
	}
	return "cheques-verses"
}

func orDash(s string) string { return cmp.Or(s, "–") }

// kindOptions are the kinds of entry, for the filter of the journal.
func kindOptions() []ui.Option {
	out := []ui.Option{{Label: "Toutes"}}
	for _, k := range []till.EntryKind{till.EntryReceipt, till.EntryReversal, till.EntryOwner, till.EntryFloat, till.EntryDifference, till.EntryCheques, till.EntryTreasury, till.EntrySlipReversal} {
		out = append(out, ui.Option{Value: string(k), Label: k.French()})
	}
	return out
}

// allMeans are the means, for the filter of the journal.
func allMeans() []ui.Option {
	out := []ui.Option{{Label: "Tous"}}
	for _, m := range till.AllMeans() {
		out = append(out, ui.Option{Value: string(m), Label: m.French()})
	}
	return out
}

// allAccounts are the accounts, for the filter of the journal.
func allAccounts() []ui.Option {
	out := []ui.Option{{Label: "Tous"}}
	for _, a := range till.Accounts() {
		out = append(out, ui.Option{Value: string(a), Label: a.French()})
	}
	return out
}

// entryHref is the page of what an entry is about.
func entryHref(e till.Entry) string {
	switch e.Kind {
	case till.EntryReceipt, till.EntryReversal, till.EntryOwner:
		return receiptPath + e.Subject
	case till.EntryFloat, till.EntryDifference:
		return cashPath + "/" + e.Subject
	}
	return depositPath + "/" + e.Subject
}

// moved is what an entry does to what is held, line by line, in words.
func moved(e till.Entry) []string {
	var out []string
	for _, l := range e.Lines {
		out = append(out, l.Account.French()+" "+l.Cents.Signed())
	}
	return out
}
