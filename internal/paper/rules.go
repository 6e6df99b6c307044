package paper

import (
	"strconv"
	"strings"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/household"
	"preau/internal/money"
	"preau/internal/payfip"
	"preau/internal/sepa"
	"preau/internal/words"
)

// Invoice makes the sheet of an invoice, a credit note or a draft; settled is what covers it.
func (m Maker) Invoice(i *billing.Invoice, settled []billing.Settlement) Invoice {
	out := Invoice{
		Title: Title(i), Number: i.Label, Draft: i.State == billing.StateDraft, From: m.from(), To: addressee(i.Payer), Reference: i.Payer.Reference,
		Issued: i.IssuedOn, Total: i.Total, Rest: i.Rest, CESU: max(0, min(i.CESU, i.Rest)), Sections: Sections(i),
		Footer: join(" – ", m.Town, strings.TrimSpace(kindName(i.Kind)+" "+i.Label)),
	}
	for _, s := range settled {
		out.Settled = append(out.Settled, Settled{Label: s.Label + ", " + s.Day.DayMonthYear(), Cents: s.Cents})
	}
	if i.Kind == billing.KindCreditNote {
		out.Rest, out.Note = i.Total, "Cet avoir paie d’abord vos factures en attente ; ce qui reste est déduit des prochaines."
		out.Small = m.small(i)
		return out
	}
	out.Note = before(i.Before)
	if out.Draft {
		out.Rest = i.Total
		return out
	}
	if i.Rest > 0 {
		out.Due = i.DueOn
		out.Ways = m.ways(i)
		out.Transfer = m.transfer(i)
	}
	out.Small = m.small(i)
	return out
}

// kindName is the word for a document.
func kindName(k billing.Kind) string {
	if k == billing.KindCreditNote {
		return "avoir"
	}
	return "facture"
}

// Title names an invoice: "Facture d’octobre 2026", "Facture du 1er au 12 octobre 2026", "Avoir du 6 novembre 2026".
func Title(i *billing.Invoice) string {
	if i.Kind == billing.KindCreditNote {
		if i.IssuedOn.IsZero() {
			return "Avoir"
		}
		return "Avoir du " + i.IssuedOn.DayMonthYear()
	}
	if month := i.Month(); i.Period == month.Range() {
		return "Facture " + words.Of(month.French())
	}
	return "Facture du " + i.Period.From.DayMonth() + " au " + i.Period.To.DayMonthYear()
}

func addressee(p billing.Payer) []string {
	lines := []string{p.Name}
	for line := range strings.Lines(p.Line) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return append(lines, strings.TrimSpace(p.PostalCode+" "+strings.ToUpper(p.City)))
}

// before says what the account held when an invoice was issued; that is not part of it.
func before(c money.Cents) string {
	switch {
	case c > 0:
		return "Quand cette facture a été émise, il restait " + c.String() + " à payer sur des factures précédentes, en plus de celle-ci."
	case c < 0:
		return "Quand cette facture a été émise, la Ville vous devait " + (-c).String() + " : ce montant en est déduit."
	}
	return ""
}

// Sections groups the lines of an invoice: a section a child, in the order of the lines, then what corrects earlier days.
func Sections(i *billing.Invoice) []Section {
	var list []Section
	at := map[string]int{}
	parts := partsOf(i.Lines)
	for k := range i.Lines {
		l := &i.Lines[k]
		key, title := l.ChildID, l.ChildName
		line := Line{Number: l.Number, What: what(l, parts), Days: Days(l.Days), Why: l.Explanation, Quantity: strconv.Itoa(l.Quantity), Unit: l.Unit, Cents: l.Total, CESU: l.CESU, Child: l.ChildName}
		if i.Kind == billing.KindInvoice && !l.To.IsZero() && l.To.Before(i.Period.From) {
			key, title = "earlier", "Jours de mois précédents"
			line.What = join(", ", l.ChildName, line.What)
		}
		if l.Corrects != "" {
			line.Days = join(" ", line.Days, "(facture "+l.Corrects+")")
		}
		n, known := at[key]
		if !known {
			n = len(list)
			at[key] = n
			list = append(list, Section{ChildID: l.ChildID, Title: title})
		}
		list[n].Lines = append(list[n].Lines, line)
		list[n].Total += l.Total
	}
	if n, known := at["earlier"]; known { // it comes last
		s := list[n]
		s.ChildID = ""
		list = append(append(list[:n:n], list[n+1:]...), s)
	}
	return list
}

// partsOf finds the services whose price is cut in care and food, by child, activity and option.
func partsOf(lines []billing.Line) map[string]bool {
	seen, out := map[string]billing.Attribute{}, map[string]bool{}
	for _, l := range lines {
		if l.Attribute != billing.Care && l.Attribute != billing.Food {
			continue
		}
		key := l.ChildID + "/" + l.ActivityID + "/" + l.OptionName
		if a, known := seen[key]; known && a != l.Attribute {
			out[key] = true
		}
		seen[key] = l.Attribute
	}
	return out
}

// what names a line: "Restauration scolaire, repas", "Retard, garderie du soir", with the part of the price it is.
func what(l *billing.Line, parts map[string]bool) string {
	name := l.ActivityName
	if l.OptionName != "" && !strings.Contains(household.Fold(l.ActivityName), household.Fold(l.OptionName)) {
		name += ", " + words.LowerFirst(l.OptionName)
	}
	switch l.Kind {
	case billing.LateCharge:
		name = "Retard, " + words.LowerFirst(l.ActivityName)
	case billing.FeeCharge:
		name = "Forfait, " + words.LowerFirst(l.ActivityName)
	}
	switch cut := parts[l.ChildID+"/"+l.ActivityID+"/"+l.OptionName]; {
	case l.Attribute == billing.Penalty && l.Kind == billing.ServiceCharge:
		name += " (majoration)"
	case l.Attribute == billing.Aid:
		name += " (aide)"
	case cut && l.Attribute == billing.Food:
		name += " (part du repas)"
	case cut && l.Attribute == billing.Care:
		name += " (part de l’accueil)"
	}
	return name
}

// Days writes days in order as a sentence does: "1er, 2, 5 et 6 octobre, 3 novembre".
func Days(days []civil.Date) string {
	var months []string
	for n := 0; n < len(days); {
		var numbers []string
		first := days[n]
		for ; n < len(days) && civil.MonthOf(days[n]) == civil.MonthOf(first); n++ {
			if number := number(days[n]); len(numbers) == 0 || numbers[len(numbers)-1] != number {
				numbers = append(numbers, number)
			}
		}
		if len(numbers) == 1 {
			months = append(months, first.WeekdayDayMonth())
			continue
		}
		months = append(months, words.List(numbers)+" "+civil.MonthName(first.Month))
	}
	return strings.Join(months, ", ")
}

// number is the day of the month as French writes it.
func number(d civil.Date) string {
	if d.Day == 1 {
		return "1er"
	}
	return strconv.Itoa(d.Day)
}

// OnLine is the few words of the way to pay that a page offers by a button.
const OnLine = "En ligne"

// ways are the ways to pay an invoice, in words.
func (m Maker) ways(i *billing.Invoice) [][2]string {
	if i.State == billing.StateHandedOver {
		return [][2]string{{"Au Trésor public", "Cette facture lui a été transmise (bordereau " + i.HandedSlip + "). Payez-la selon l’avis qu’il vous envoie, et non à la Ville."}}
	}
	s := m.Settings
	var online []string
	if m.Online {
		online = append(online, "Sur "+m.Host+", rubrique « Factures ».")
	}
	if s.PayFiP != "" {
		online = append(online, "Identifiant PayFiP de la collectivité : "+s.PayFiP+". Référence : "+payfip.Debt(i.Label)+".")
	}
	var out [][2]string
	if len(online) > 0 {
		out = append(out, [2]string{OnLine, strings.Join(online, " ")})
	}
	var desk []string
	if s.Cheque != "" {
		desk = append(desk, "chèque à l’ordre de « "+s.Cheque+" »")
	}
	if cash := "espèces"; s.Cash {
		if m.CashMost > 0 {
			cash += " (" + m.CashMost.String() + " au plus)"
		}
		desk = append(desk, cash)
	}
	if cesu := min(i.CESU, i.Rest); s.CESU && cesu > 0 {
		desk = append(desk, "CESU ("+cesu.String()+" au plus)")
	}
	if len(desk) > 0 {
		out = append(out, [2]string{words.UpperFirst(words.List(desk)), s.Desk})
	}
	return out
}

// transfer is what a bank needs to know, when the town takes transfers.
func (m Maker) transfer(i *billing.Invoice) *Transfer {
	if m.Settings.IBAN == "" || i.State == billing.StateHandedOver {
		return nil
	}
	return &Transfer{Holder: m.Settings.Holder, IBAN: sepa.IBAN(m.Settings.IBAN), BIC: sepa.BIC(m.Settings.BIC), Cents: i.Rest,
		Reference: "FACTURE " + i.Label + " DOSSIER " + i.Payer.Reference}
}

// small is what stands at the end, to be complete.
func (m Maker) small(i *billing.Invoice) []string {
	out := []string{"Une ligne vous semble fausse ? Écrivez au service depuis la page de cette facture, sur " + m.Host +
		". Une erreur est corrigée par un avoir ou sur une facture suivante, jamais en effaçant celle-ci."}
	if i.Kind == billing.KindInvoice && len(i.Lines) > 0 && i.Paid > 0 {
		out = append(out, "Situation au "+m.Today.DayMonthYear()+".")
	}
	if m.Settings.Notice != "" {
		out = append(out, m.Settings.Notice)
	}
	return out
}

// Statement makes the sheet of an account over some days.
func (m Maker) Statement(p billing.Payer, r civil.Range, before money.Cents, entries []billing.Entry) Statement {
	s := Statement{Title: "Relevé de compte", From: m.from(), To: addressee(p), Reference: p.Reference, Made: m.Today, Range: r, Before: before, After: before,
		Footer: join(" – ", m.Town, "relevé de compte du dossier "+p.Reference)}
	for _, e := range entries {
		s.After += e.Cents
		s.Entries = append(s.Entries, Movement{Day: e.Day, Label: e.Label, Cents: e.Cents, Balance: s.After, InvoiceID: e.InvoiceID})
	}
	return s
}
