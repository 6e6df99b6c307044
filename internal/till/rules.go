package till

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/fault"
	"preau/internal/money"
	"preau/internal/pes"
	"preau/internal/sepa"
)

// Payable is an open invoice as the till sees it.
type Payable struct {
	billing.Open
	CashPaid money.Cents // cash already taken for it
}

// Known is what the rules need to know beside the taking itself.
type Known struct {
	Office   Office
	Open     []Payable // what may be paid, oldest first
	Session  bool      // the drawer is open
	Today    civil.Date
	HandOver []string // invoices of the household that the treasury recovers
	// Closed are the numbers of invoices that the taking names and that are not to be paid any more, by their ids.
	Closed map[string]string
}

// Refusal is why a taking is refused, beside the field of the form it concerns.
type Refusal struct{ Field, Message string }

// takenMost bounds what is taken at once, and what an office is allowed: beyond it something else was typed as an amount, and sums must hold.
const takenMost = money.Cents(1_000_000_00)

// Judge decides on a taking: which invoices it pays, or all the reasons why it is refused. What no invoice takes is an advance. Its
// money is counted in the titles or cheques where there are some.
func Judge(t Take, k Known) ([]billing.Share, []Refusal) {
	var wrong []Refusal
	no := func(field, format string, args ...any) {
		wrong = append(wrong, Refusal{field, fmt.Sprintf(format, args...)})
	}
	if !t.Means.Valid() {
		no("moyen", "Choisissez un moyen de paiement.")
		return nil, wrong
	}
	switch {
	case t.Cents <= 0:
		no("montant", "Indiquez le montant reçu.")
	case t.Cents > takenMost && !t.Means.OnLine():
		no("montant", "C’est plus que la régie ne peut recevoir en une fois : vérifiez le montant.")
	}
	if strings.TrimSpace(t.PayerName) == "" {
		no("payeur", "Indiquez qui paie.")
	}
	if t.Means.OverTheCounter() && !k.Session {
		no("moyen", "La caisse n’est pas ouverte : ouvrez la journée d’abord.")
	}
	if t.HouseholdID == "" && t.Means != Transfer {
		no("foyer", "Seul un virement peut attendre que l’on sache de quelle famille il vient.")
	}
	wrong = append(wrong, papers(t, k)...)
	wrong = append(wrong, stated(t, k)...)
	shares, refused := allot(t, k)
	wrong = append(wrong, refused...)
	if len(wrong) == 0 {
		wrong = limits(t, k, shares)
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return shares, nil
}

// statedMost is how many days ago a statement may say that money came. The family's account and its tax certificate follow that day, so that a year
// typed wrong must not pass; twelve months leave room for what was looked for a long time.
const statedMost = 366

// stated checks the day that a statement gives. What a bank tells us itself is not refused: its money has moved.
func stated(t Take, k Known) []Refusal {
	switch {
	case t.PaidOn.IsZero() || t.Means.OnLine():
		return nil
	case t.PaidOn.After(k.Today):
		return []Refusal{{"paye_le", "Ce jour est à venir : indiquez celui du relevé."}}
	case k.Today.DaysSince(t.PaidOn) > statedMost:
		return []Refusal{{"paye_le", fmt.Sprintf("Le %s date de plus d’un an : vérifiez l’année.", t.PaidOn.DayMonthYear())}}
	}
	return nil
}

// papers checks the cheques and titles that come with a taking.
func papers(t Take, k Known) (wrong []Refusal) {
	no := func(field, format string, args ...any) {
		wrong = append(wrong, Refusal{field, fmt.Sprintf(format, args...)})
	}
	switch {
	case t.Means == Cheque && len(t.Cheques) == 0:
		no("banque", "Indiquez la banque, le numéro et le titulaire du chèque.")
	case t.Means != Cheque && len(t.Cheques) > 0, t.Means != CESU && len(t.Titles) > 0:
		no("moyen", "Ce moyen de paiement n’a ni chèque ni titre.")
	case t.Means == CESU && len(t.Titles) == 0:
		no("titres", "Indiquez les titres, un par un.")
	case t.Means == ECESU && strings.TrimSpace(t.Reference) == "":
		no("reference", "Indiquez la référence de l’opération e-CESU.")
	}
	sum := money.Cents(0)
	for _, c := range t.Cheques {
		sum += c.Cents
		if strings.TrimSpace(c.Bank) == "" {
			no("banque", "Indiquez la banque du chèque.")
		}
		if strings.TrimSpace(c.Number) == "" {
			no("numero", "Indiquez le numéro du chèque.")
		}
		if strings.TrimSpace(c.Drawer) == "" {
			no("titulaire", "Indiquez le titulaire du chèque.")
		}
	}
	if t.Means == Cheque && len(t.Cheques) > 0 && sum != t.Cents {
		no("montant", "Les chèques font %s.", sum)
	}
	if t.Means == CESU && len(t.Titles) > 0 {
		if sum = TitlesSum(t.Titles); sum != t.Cents {
			no("montant", "Les titres font %s.", sum)
		}
		for _, title := range t.Titles {
			if until := TakenUntil(title.Vintage, k.Office.CESUGrace); k.Today.After(until) {
				no("millesime", "Les titres de %d ne valaient que jusqu’au %s.", title.Vintage, until.DayMonthYear())
				break
			}
			if title.Vintage > k.Today.Year+1 {
				no("millesime", "Le millésime %d est dans l’avenir.", title.Vintage)
				break
			}
		}
	}
	return wrong
}

// TakenUntil is the last day a title of a vintage is taken: the end of its year, and the months of grace that the office gives.
func TakenUntil(vintage, grace int) civil.Date {
	return civil.New(vintage+1, time.January, 1).AddMonths(grace).AddDays(-1)
}

// allot gives what each invoice receives: as the agent chose, or the oldest first. CESU go to what they may pay, and no further.
func allot(t Take, k Known) (shares []billing.Share, wrong []Refusal) {
	left := t.Cents
	room := func(p Payable) money.Cents {
		if t.Means == CESU || t.Means == ECESU {
			return min(p.Rest, p.CESUEligible)
		}
		return p.Rest
	}
	if t.Shares == nil {
		for _, p := range k.Open {
			if part := min(left, room(p)); part > 0 {
				shares = append(shares, billing.Share{InvoiceID: p.InvoiceID, Cents: part})
				left -= part
			}
		}
		return shares, surplus(t, k, left)
	}
	if t.Means.OnLine() {
		return fit(t, k), nil
	}
	seen := map[string]bool{}
	for _, s := range t.Shares {
		i := slices.IndexFunc(k.Open, func(p Payable) bool { return p.InvoiceID == s.InvoiceID })
		switch {
		case slices.Contains(k.HandOver, s.InvoiceID):
			return nil, []Refusal{{"factures", "Une des factures est recouvrée par la trésorerie : la ville ne l’encaisse plus."}}
		case i < 0 && k.Closed[s.InvoiceID] != "":
			return nil, []Refusal{{"factures", fmt.Sprintf("La facture %s n’est plus à payer : elle a été réglée depuis que cette page est ouverte, et n’est plus dans la liste. Vérifiez le montant, puis encaissez.",
				k.Closed[s.InvoiceID])}}
		case i < 0 || seen[s.InvoiceID]:
			return nil, []Refusal{{"factures", "Une des factures n’est plus à payer. Rouvrez la page."}}
		case s.Cents <= 0:
			return nil, []Refusal{{"factures", "Ce qui va à une facture est un montant."}}
		case s.Cents > room(k.Open[i]) && room(k.Open[i]) < k.Open[i].Rest:
			return nil, []Refusal{{"factures", fmt.Sprintf("Les CESU ne peuvent payer que %s de la facture %s : ni les repas, ni les activités qui n’y ouvrent pas droit.",
				room(k.Open[i]), k.Open[i].Number)}}
		case s.Cents > room(k.Open[i]):
			return nil, []Refusal{{"factures", fmt.Sprintf("Il ne reste que %s à payer sur la facture %s.", k.Open[i].Rest, k.Open[i].Number)}}
		}
		seen[s.InvoiceID] = true
		left -= s.Cents
	}
	if left < 0 {
		return nil, []Refusal{{"montant", fmt.Sprintf("Les factures choisies demandent %s de plus.", -left)}}
	}
	return t.Shares, surplus(t, k, left)
}

// fit allots money that a bank has already moved, and that cannot be refused any more: what an invoice no longer takes is an advance.
func fit(t Take, k Known) (shares []billing.Share) {
	left := t.Cents
	for _, s := range t.Shares {
		i := slices.IndexFunc(k.Open, func(p Payable) bool { return p.InvoiceID == s.InvoiceID })
		taken := slices.ContainsFunc(shares, func(o billing.Share) bool { return o.InvoiceID == s.InvoiceID })
		if i < 0 || taken {
			continue
		}
		if part := min(left, s.Cents, k.Open[i].Rest); part > 0 {
			shares = append(shares, billing.Share{InvoiceID: s.InvoiceID, Cents: part})
			left -= part
		}
	}
	return shares
}

// surplus says whether what no invoice takes may stay as an advance.
func surplus(t Take, k Known, left money.Cents) []Refusal {
	cesu := t.Means == CESU || t.Means == ECESU
	switch {
	case left <= 0 || !cesu || k.Office.CESUSurplus == SurplusCredit:
		return nil
	}
	return []Refusal{{"montant", fmt.Sprintf("Les CESU ne peuvent payer que %s en ce moment : ni les repas, ni les activités qui n’y ouvrent pas droit. Le régime de la régie n’en garde pas le surplus, et l’on ne rend pas la monnaie sur des titres.",
		t.Cents-left)}}
}

// limits holds cash to its legal limit, for each receivable and for what is paid in advance.
func limits(t Take, k Known, shares []billing.Share) []Refusal {
	most := k.Office.CashMost
	if t.Means != Cash || most == 0 {
		return nil
	}
	left := t.Cents
	for _, s := range shares {
		left -= s.Cents
		i := slices.IndexFunc(k.Open, func(p Payable) bool { return p.InvoiceID == s.InvoiceID })
		if i >= 0 && k.Open[i].CashPaid+s.Cents > most {
			text := fmt.Sprintf("Une facture ne se paie en espèces que jusqu’à %s", most)
			if k.Open[i].CashPaid > 0 {
				text += fmt.Sprintf(", et la facture %s a déjà reçu %s", k.Open[i].Number, k.Open[i].CashPaid)
			}
			return []Refusal{{"montant", text + "."}}
		}
	}
	if left > most {
		return []Refusal{{"montant", fmt.Sprintf("On ne prend pas plus de %s en espèces.", most)}}
	}
	return nil
}

// refuse makes of reasons the error that a form shows.
func refuse(wrong []Refusal) error {
	fields := map[string]string{}
	for _, r := range wrong {
		if fields[r.Field] == "" {
			fields[r.Field] = r.Message
		}
	}
	return fault.InvalidFields(fields)
}

// Values are the notes and coins that are counted, the largest first.
func Values() []money.Cents {
	return []money.Cents{500_00, 200_00, 100_00, 50_00, 20_00, 10_00, 5_00, 2_00, 1_00, 50, 20, 10, 5, 2, 1}
}

// Count is how many of each note and coin there are.
type Count map[money.Cents]int

// Sum is what a count is worth.
func (c Count) Sum() (sum money.Cents) {
	for value, n := range c {
		sum += value * money.Cents(n)
	}
	return sum
}

// Alarms says what the office should do now: the ceiling of what it holds is reached, or takings have waited too long.
func Alarms(o Office, held money.Cents, waiting, today civil.Date) (out []string) {
	if o.Ceiling > 0 && held >= o.Ceiling {
		out = append(out, fmt.Sprintf("La régie détient %s : le plafond de l’encaisse est de %s. Versez au comptable.", held, o.Ceiling))
	}
	if !waiting.IsZero() && today.DaysSince(waiting) >= o.DepositDays {
		often := "chaque jour"
		if o.DepositDays > 1 {
			often = fmt.Sprintf("au moins tous les %d jours", o.DepositDays)
		}
		out = append(out, fmt.Sprintf("Des recettes attendent depuis le %s : un versement est dû %s.", waiting.DayMonthYear(), often))
	}
	return out
}

// checkOffice refuses what no founding act can say.
func checkOffice(o Office) error {
	var wrong []Refusal
	no := func(field, message string) { wrong = append(wrong, Refusal{field, message}) }
	if o.Name == "" {
		no("nom", "Indiquez le nom de la régie.")
	}
	if o.Payee == "" {
		no("ordre", "Indiquez à l’ordre de qui se font les chèques.")
	}
	for _, f := range []struct {
		name  string
		cents money.Cents
	}{{"especes", o.CashMost}, {"plafond", o.Ceiling}, {"fonds", o.Float}} {
		switch {
		case f.cents < 0:
			no(f.name, "Un montant ne peut pas être négatif.")
		case f.cents > takenMost:
			no(f.name, "C’est trop : vérifiez le montant.")
		}
	}
	if o.CESUSurplus != SurplusCredit && o.CESUSurplus != SurplusRefused {
		no("surplus", "Choisissez ce que devient le surplus des CESU.")
	}
	if o.CESUGrace < 0 || o.CESUGrace > 24 {
		no("prolongation", "Indiquez entre 0 et 24 mois.")
	}
	if o.DepositDays < 1 || o.DepositDays > 366 {
		no("delai", "Indiquez entre 1 et 366 jours.")
	}
	return refuse(wrong)
}

// CheckSending refuses a slip of nothing, or of more than the office holds.
func CheckSending(d Deposit, w Waiting) (wrong []Refusal) {
	no := func(field, format string, args ...any) {
		wrong = append(wrong, Refusal{field, fmt.Sprintf(format, args...)})
	}
	switch {
	case d.Kind != DepositCheques && d.Kind != DepositTreasury:
		no("genre", "Choisissez une remise de chèques ou un versement.")
	case d.Kind == DepositCheques && d.Cheques == 0:
		no("cheques", "Cochez au moins un chèque.")
	case d.Total() == 0:
		no("especes", "Il n’y a rien à verser : comptez des espèces, cochez des chèques ou des CESU, ou indiquez un montant du compte.")
	}
	if d.Cash > w.Cash {
		no("especes", "Au-delà du fonds de caisse, la caisse ne contient que %s : vous en comptez %s.", w.Cash, d.Cash)
	}
	if d.Account < 0 || d.Account > w.Account {
		no("compte", "Le compte DFT ne contient que %s.", w.Account)
	}
	return wrong
}

// CheckSender refuses what the treasury could not read.
func CheckSender(h pes.Header) (wrong []Refusal) {
	no := func(field, message string) { wrong = append(wrong, Refusal{field, message}) }
	if len(h.Post) != 7 {
		no("poste", "Le code du poste comptable a 7 caractères.")
	}
	if _, err := sepa.ParseSIRET(h.SIRET); err != nil {
		no("siret", "Ce n’est pas un SIRET : 14 chiffres, dont le dernier vérifie les autres.")
	}
	if len(h.Town) != 3 {
		no("collectivite", "Le code collectivité a 3 caractères.")
	}
	if h.Budget == "" || len(h.Budget) > 10 {
		no("budget", "Le code budget a de 1 à 10 caractères.")
	}
	if len(h.Product) > 4 {
		no("produit", "Le code du produit a au plus 4 caractères.")
	}
	if h.Nature == "" || len(h.Nature) > 10 {
		no("nature", "Indiquez le compte de recette, par exemple 7067.")
	}
	return wrong
}
