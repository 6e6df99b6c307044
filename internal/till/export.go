package till

import (
	"strconv"
	"time"

	"preau/internal/civil"
	"preau/internal/money"
)

// JournalSheet is the journal for the treasury: a receipt, a deposit or a movement a row.
func JournalSheet(entries []Entry, loc *time.Location) [][]string {
	out := [][]string{{"N° d’écriture", "Date", "Heure", "Nature", "Quittance", "Payeur", "Moyen", "Objet", "Montant", "Référence", "Agent", "Empreinte"}}
	for _, e := range entries {
		row := []string{strconv.FormatInt(e.Seq, 10), e.Day.String(), civil.TimeOf(e.At, loc).String(), e.Kind.French(), "", "", "", e.Label, e.moved().Typed(), "", e.ByName, e.Hash}
		if r := e.Receipt; r != nil {
			row[4], row[5], row[6], row[7], row[9] = r.Name(), r.PayerName, r.Means.French(), r.Label, r.Reference
		}
		out = append(out, row)
	}
	return out
}

// moved is what an entry is about, as one amount: what the accounts of what is held gain or lose; a movement between them, what moved.
func (e Entry) moved() money.Cents {
	if e.Receipt != nil && e.Kind != EntryOwner {
		return e.Receipt.Cents
	}
	sum, most := money.Cents(0), money.Cents(0)
	for _, l := range e.Lines {
		if l.Account.Holds() {
			sum += l.Cents
		}
		most = max(most, l.Cents)
	}
	if sum != 0 {
		return sum
	}
	return most
}

// AccountingSheet is the journal by account: a line of an entry a row.
func AccountingSheet(entries []Entry) [][]string {
	out := [][]string{{"N° d’écriture", "Date", "Compte", "Libellé du compte", "Libellé", "Pièce", "Débit", "Crédit"}}
	for _, e := range entries {
		piece := ""
		if e.Receipt != nil {
			piece = e.Receipt.Name()
		}
		for _, l := range e.Lines {
			debit, credit := "", ""
			if l.Cents > 0 {
				debit = l.Cents.Typed()
			} else {
				credit = (-l.Cents).Typed()
			}
			out = append(out, []string{strconv.FormatInt(e.Seq, 10), e.Day.String(), string(l.Account), l.Account.French(), e.Label, piece, debit, credit})
		}
	}
	return out
}
