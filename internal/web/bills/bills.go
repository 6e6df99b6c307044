// Package bills holds a family's invoices: the list, each as a page and as a PDF, the statement of the account, and the question about a line.
package bills

import (
	"context"
	"net/http"
	"strconv"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/dunning"
	"preau/internal/household"
	"preau/internal/money"
	"preau/internal/paper"
	"preau/internal/payment"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
)

const (
	billsPath     = "/espace/factures"
	statementPath = billsPath + "/releve"
	paperlessPath = billsPath + "/dematerialisee"
	payPath       = "/espace/paiements"
)

// Pages are the handlers of the package.
type Pages struct {
	Door *signin.Door
}

// Routes adds the pages to a server.
func (p Pages) Routes(s *web.Server) {
	s.Handle("GET /espace/factures", p.Door.Family(p.list))
	s.Handle("POST /espace/factures/dematerialisee", p.Door.Family(p.choosePaper))
	s.Handle("GET /espace/factures/releve", p.Door.Family(p.statement))
	s.Handle("GET /espace/factures/{facture}", p.Door.Family(p.bill))
	s.Handle("GET /espace/factures/{facture}/question", p.Door.Family(p.question))
	s.Handle("POST /espace/factures/{facture}/question", p.Door.Family(p.ask))
}

// frame frames a page of the package; crumbs lead to it from the list.
func (p Pages) frame(w http.ResponseWriter, r *http.Request, who household.Guardian, title string, crumbs ...ui.Link) ui.Page {
	page := signin.FamilyPage(w, r, title, billsPath, who.Name())
	if len(crumbs) > 0 {
		page.Crumbs = append([]ui.Link{{Href: billsPath, Label: "Factures"}}, crumbs...)
	}
	return page
}

// listPage is the list of a household's invoices.
type listPage struct {
	ui.Page
	Advance  money.Cents
	Open     []bill
	Year     int
	Years    []ui.Tab
	Past     []bill
	Choice   billing.PaperChoice
	ChosenOn string         // "le 6 novembre 2026, par Claire Martin"
	Banks    []payment.Bank // open to payments on line
}

// bill is an invoice or a credit note in a list.
type bill struct {
	Number, Title, Under string
	Amount               money.Cents // what is left to pay of an open one, or its total
	State                state
	Payable              bool // on line
	Planned              bool // its plan says what to pay, and when
}

// state is where an invoice stands, in words.
type state struct {
	Kind       ui.Kind
	Icon, Word string
}

// stateOf says in words where an invoice stands.
func stateOf(i *billing.Invoice, today civil.Date) state {
	switch {
	case i.Kind == billing.KindCreditNote:
		return state{ui.Accent, "undo-2", "Avoir en votre faveur"}
	case i.State == billing.StateHandedOver:
		return state{ui.Bad, "landmark", "Transmise au Trésor public"}
	case i.State == billing.StateSettled && i.Total == 0:
		return state{ui.Good, "circle-check", "Rien à payer"}
	case i.State == billing.StateSettled:
		return state{ui.Good, "circle-check", "Réglée"}
	case i.Overdue(today):
		return state{ui.Bad, "triangle-alert", "En retard depuis le " + i.DueOn.DayMonth()}
	}
	return state{ui.Warn, "clock", "À payer" + left(i.DueOn, today)}
}

// left says until when, in days when they are few.
func left(due, today civil.Date) string {
	switch days := due.DaysSince(today); {
	case days == 0:
		return " aujourd’hui"
	case days <= 7:
		return ", encore " + ui.Count(days, "jour", "jours")
	}
	return " au plus tard le " + due.DayMonth()
}

func newBill(i *billing.Invoice, today civil.Date) bill {
	b := bill{Number: i.Label, Title: paper.Title(i), Under: issued(i), Amount: i.Total, State: stateOf(i, today)}
	if i.Kind == billing.KindInvoice && i.Rest > 0 {
		b.Amount, b.Under = i.Rest, "N° "+i.Label+", à payer au plus tard le "+i.DueOn.DayMonthYear()+restOf(i)
	}
	b.Payable = i.State == billing.StateOpen
	return b
}

// arranged says of an invoice that a direct debit will pay when that is, and of one that a plan spreads what is next: the family is not asked
// to pay it as the others, by the day that the invoice says.
func (b bill) arranged(i *billing.Invoice, a dunning.Arrangement) bill {
	if s, ok := arrangedState(a); ok {
		b.State, b.Payable, b.Planned = s, b.Payable && a.Planned, a.Planned
		b.Under = issued(i) + restOf(i)
	}
	return b
}

// issued says the number of an invoice and its day.
func issued(i *billing.Invoice) string { return "N° " + i.Label + ", " + i.IssuedOn.DayMonthYear() }

// restOf says of what the amount is the rest, when a part is paid.
func restOf(i *billing.Invoice) string {
	if i.Rest == i.Total {
		return ""
	}
	return ", reste à payer sur " + i.Total.String()
}

func arrangedState(a dunning.Arrangement) (state, bool) {
	switch {
	case !a.DebitedOn.IsZero():
		return state{ui.Accent, "landmark", "Prélevée le " + a.DebitedOn.DayMonth()}, true
	case a.Planned:
		return state{ui.Accent, "calendar-days", "Échéancier : " + a.Next.Cents.String() + " au plus tard le " + a.Next.DueOn.DayMonth()}, true
	}
	return state{}, false
}

func (p Pages) list(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	t, v := web.Town(r), listPage{}
	err = t.DB.Read(r.Context(), func(tx *db.Tx) error {
		return v.load(r.Context(), tx, who, civil.DateOf(tx.Now, t.Loc), q.Raw("annee"))
	})
	if err != nil {
		return err
	}
	if !v.Choice.At.IsZero() {
		v.ChosenOn = "le " + civil.DateOf(v.Choice.At, t.Loc).DayMonthYear() + ", par " + v.Choice.By
	}
	v.Page = p.frame(w, r, who, "Factures")
	return web.Render(w, r, http.StatusOK, listView(v))
}

// load reads the list: what is open whatever its year, then the others of one year, the latest unless asked.
func (v *listPage) load(ctx context.Context, tx *db.Tx, who household.Guardian, today civil.Date, asked string) error {
	all, err := billing.InvoicesOf(ctx, tx, who.HouseholdID)
	if err != nil {
		return err
	}
	if v.Advance, err = billing.Advance(ctx, tx, who.HouseholdID); err != nil {
		return err
	}
	contracts, err := payment.ContractsOf(ctx, tx)
	if err != nil {
		return err
	}
	v.Banks = contracts.Open()
	if v.Choice, err = billing.PaperChoiceOf(ctx, tx, who.HouseholdID); err != nil {
		return err
	}
	var unpaid []string
	for k := range all {
		if all[k].Rest > 0 {
			unpaid = append(unpaid, all[k].ID)
		}
	}
	arranged, err := dunning.Arrangements(ctx, tx, who.HouseholdID, unpaid)
	if err != nil {
		return err
	}
	v.Year, err = strconv.Atoi(asked)
	if err != nil || !hasYear(all, v.Year) {
		v.Year = 0
	}
	for k := range all {
		i := &all[k]
		year := i.IssuedOn.Year
		if v.Year == 0 {
			v.Year = year
		}
		if n := len(v.Years); n == 0 || v.Years[n-1].Label != strconv.Itoa(year) {
			v.Years = append(v.Years, ui.Tab{Href: billsPath + "?annee=" + strconv.Itoa(year), Label: strconv.Itoa(year), Current: year == v.Year})
		}
		switch b := newBill(i, today).arranged(i, arranged[i.ID]); {
		case i.Kind == billing.KindInvoice && i.Rest > 0:
			v.Open = append([]bill{b}, v.Open...) // the oldest is the first to pay
		case year == v.Year:
			v.Past = append(v.Past, b)
		}
	}
	return nil
}

func hasYear(all []billing.Invoice, year int) bool {
	for k := range all {
		if all[k].IssuedOn.Year == year {
			return true
		}
	}
	return false
}

// payable tells whether one of the open invoices may be paid here.
func (v listPage) payable() bool {
	for _, b := range v.Open {
		if b.Payable {
			return len(v.Banks) > 0
		}
	}
	return false
}

// choosePaper says whether the household does without paper.
func (p Pages) choosePaper(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	electronic := form.Raw("choix") == "oui"
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		return billing.ChoosePaper(r.Context(), tx, who.HouseholdID, electronic, household.ByGuardian(who))
	})
	if err != nil {
		return err
	}
	f := ui.Flash{Kind: ui.Good, Title: "Vous recevrez vos factures sur papier", Text: "Elles restent aussi dans votre espace."}
	if electronic {
		f = ui.Flash{Kind: ui.Good, Title: "Vous ne recevrez plus de facture sur papier", Text: "Un e-mail vous préviendra de chaque facture, dans votre espace."}
	}
	web.Flash(w, r, f)
	return web.Redirect(w, r, billsPath+"#dematerialisee")
}

// initial is the first letter of a child's name.
func initial(name string) string {
	for _, r := range name {
		return string(r)
	}
	return ""
}

// bankOptions are the ways to pay on line, when there are several.
func bankOptions(banks []payment.Bank) (out []ui.Option) {
	for _, b := range banks {
		o := ui.Option{Value: string(b), Label: "Carte bancaire", Sub: "La page sécurisée de la banque de la ville"}
		if b == payment.PayFiP {
			o.Label, o.Sub = "PayFiP", "Carte bancaire ou prélèvement unique, sur le site des finances publiques"
		}
		out = append(out, o)
	}
	return out
}
