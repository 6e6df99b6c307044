package pay

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/dunning"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/mandate"
	"preau/internal/money"
	"preau/internal/payfip"
	"preau/internal/payment"
	"preau/internal/till"
	"preau/internal/town"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
)

// frame frames a family's page of the package.
func (p Pages) frame(w http.ResponseWriter, r *http.Request, who household.Guardian, title string) ui.Page {
	page := signin.FamilyPage(w, r, title, billsPath, who.Name())
	page.Crumbs = []ui.Link{{Href: signin.FamilyHome, Label: "Accueil"}, {Href: paymentsPath, Label: "Paiements en ligne"}, {Label: title}}
	return page
}

// listView is what was paid on line, and what may be.
type listView struct {
	Attempts []payment.Attempt
	Due      money.Cents // without what was arranged
	Payable  bool        // an invoice may be paid on line, also one that a plan spreads
	Open     bool        // a bank takes payments
	Loc      *time.Location
}

const listed = 50

func (p Pages) payments(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	v := listView{Loc: web.Town(r).Loc}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Attempts, err = payment.Of(r.Context(), tx, who.HouseholdID, listed); err != nil {
			return err
		}
		c, err := payment.ContractsOf(r.Context(), tx)
		if err != nil {
			return err
		}
		v.Open = len(c.Open()) > 0
		due, err := readDue(r.Context(), tx, who.HouseholdID)
		v.Due, v.Payable = due.total(), len(due.Due) > 0
		return err
	})
	if err != nil {
		return err
	}
	page := p.frame(w, r, who, "Paiements en ligne")
	page.Crumbs = []ui.Link{{Href: signin.FamilyHome, Label: "Accueil"}, {Label: "Paiements en ligne"}}
	return web.Render(w, r, http.StatusOK, listPage(page, v))
}

// dueView is what may be paid, and what was arranged for the rest.
type dueView struct {
	Due     []billing.Open
	Planned map[string]dunning.Instalment // of the invoices that a plan spreads, by their numbers: what is next
	Debits  []debited                     // invoices that a direct debit will pay, which are not due
}

// choiceView is what may be paid, and how.
type choiceView struct {
	dueView
	Chosen []string // invoices that are ticked; nil: all
	Banks  []payment.Bank
	Form   *web.Form
	Busy   *payment.Attempt // an attempt at one of them that is under way
	Today  civil.Date
	Now    civil.Instant
	Loc    *time.Location
}

// asked are the invoices that the family is asked to pay now: a plan says of the others what to pay, and when.
func (v dueView) asked() (list []billing.Open) {
	for _, o := range v.Due {
		if _, planned := v.Planned[o.Number]; !planned {
			list = append(list, o)
		}
	}
	return list
}

// total is what the family is asked for now.
func (v dueView) total() (sum money.Cents) {
	for _, o := range v.asked() {
		sum += o.Rest
	}
	return sum
}

// ticked are the invoices whose boxes are ticked: all that the family is asked to pay, until some were chosen.
func (v choiceView) ticked() []string {
	if v.Chosen != nil {
		return v.Chosen
	}
	asked := v.asked()
	all := make([]string, len(asked))
	for i, o := range asked {
		all[i] = o.Number
	}
	return all
}

// first says what to do with an attempt that is under way before another.
func (v choiceView) first(a payment.Attempt) string {
	switch {
	case a.MayGiveUp(v.Now):
		return "reprenez-le ou annulez-le d’abord"
	case a.State == payment.Open:
		return "reprenez-le, ou attendez " + civil.TimeOf(a.FreeAt(), v.Loc).French()
	}
	return "attendez la réponse de la banque"
}

// button says the verb, and the amount where it cannot change.
func (v choiceView) button() string {
	if len(v.Due) == 1 && len(v.Planned) == 0 {
		return "Payer " + v.total().String()
	}
	return "Payer les factures choisies"
}

func (p Pages) choice(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	return p.showChoice(w, r, who, http.StatusOK, choiceView{})
}

func (p Pages) showChoice(w http.ResponseWriter, r *http.Request, who household.Guardian, status int, v choiceView) error {
	t := web.Town(r)
	v.Loc = t.Loc
	err := t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.Today, v.Now = civil.DateOf(tx.Now, t.Loc), tx.Now
		if v.dueView, err = readDue(r.Context(), tx, who.HouseholdID); err != nil {
			return err
		}
		c, err := payment.ContractsOf(r.Context(), tx)
		v.Banks = c.Open()
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, status, choicePage(p.frame(w, r, who, "Payer en ligne"), v))
}

// begin begins an attempt at the invoices that were chosen. The amounts are the ledger's; a form that brings some is not read.
func (p Pages) begin(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	wish := payment.Wish{Guardian: who, Bank: payment.Bank(f.Raw("banque")), Invoices: f.All("facture"), Key: t.KeyFor(payment.ReferenceKey)}
	var a payment.Attempt
	var c payment.Contracts
	err = t.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		if c, err = payment.ContractsOf(r.Context(), tx); err != nil {
			return err
		}
		if open := c.Open(); wish.Bank == "" && len(open) == 1 {
			wish.Bank = open[0] // no choice was offered
		}
		if a, err = payment.Begin(r.Context(), tx, wish); err != nil {
			return err
		}
		return notDebited(r.Context(), tx, a)
	})
	var busy *payment.BusyError
	switch {
	case errors.As(err, &busy) && busy.Same: // a button pressed twice
		return web.Redirect(w, r, paymentsPath+"/"+busy.Attempt.ID)
	case errors.As(err, &busy):
		return p.showChoice(w, r, who, http.StatusConflict, choiceView{Chosen: nonNil(wish.Invoices), Busy: &busy.Attempt})
	case f.Blame(err):
		return p.showChoice(w, r, who, http.StatusUnprocessableEntity, choiceView{Chosen: nonNil(wish.Invoices), Form: f})
	case err != nil:
		return err
	}
	if a.Bank == payment.PayFiP {
		if err := p.create(r.Context(), t, a, c); err != nil {
			return err
		}
	}
	return web.Redirect(w, r, paymentsPath+"/"+a.ID)
}

// debited is an invoice that a direct debit will pay.
type debited struct {
	Number string
	On     civil.Date
}

// readDue reads the open invoices of a household. Those that a direct debit will pay are set apart: nobody pays them twice.
func readDue(ctx context.Context, tx *db.Tx, householdID string) (v dueView, err error) {
	open, err := billing.Due(ctx, tx, householdID)
	if err != nil {
		return v, err
	}
	ids := make([]string, len(open))
	for i, o := range open {
		ids[i] = o.InvoiceID
	}
	arranged, err := dunning.Arrangements(ctx, tx, householdID, ids)
	v.Planned = map[string]dunning.Instalment{}
	for _, o := range open {
		a := arranged[o.InvoiceID]
		if !a.DebitedOn.IsZero() {
			v.Debits = append(v.Debits, debited{o.Number, a.DebitedOn})
			continue
		}
		v.Due = append(v.Due, o)
		if a.Planned {
			v.Planned[o.Number] = a.Next
		}
	}
	return v, err
}

// notDebited refuses an attempt at an invoice that a direct debit will pay.
func notDebited(ctx context.Context, tx *db.Tx, a payment.Attempt) error {
	ids := make([]string, len(a.Shares))
	for i, s := range a.Shares {
		ids[i] = s.InvoiceID
	}
	reserved, err := mandate.InBatch(ctx, tx, ids)
	if err != nil {
		return err
	}
	for _, s := range a.Shares {
		if r, will := reserved[s.InvoiceID]; will {
			return fault.Invalidf("facture", "La facture %s sera prélevée le %s : vous n’avez rien à faire.", s.Number, r.DueOn.DayMonthYear())
		}
	}
	return nil
}

func nonNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// create has PayFiP begin a payment: the attempt is written already, and what PayFiP answers is written after it.
func (p Pages) create(ctx context.Context, t *town.Town, a payment.Attempt, c payment.Contracts) error {
	o := payfip.Order{Client: a.Client, Year: t.World(a.CreatedAt).Time().In(t.Loc).Year(), Debt: payfip.Debt(a.Reference), Subject: subject(a), Total: a.Cents, Email: a.Email,
		Mode: a.Mode, Notify: t.BaseURL + payfipNotice, Redirect: t.BaseURL + payfipReturn}
	ctx = context.WithoutCancel(ctx) // who has left still has a payment begun
	operation, asked := p.banksOf(t).payfip.Create(ctx, c.PayFiP.Base, o)
	return t.DB.Write(ctx, func(tx *db.Tx) error {
		var f *payfip.Fault
		switch {
		case errors.As(asked, &f):
			return payment.NotCreated(ctx, tx, a.ID, f.Code, f.Label)
		case asked != nil:
			t.Log.WarnContext(ctx, "PayFiP did not begin a payment", "error", asked)
			return payment.NotCreated(ctx, tx, a.ID, "", "Pas de réponse")
		}
		return payment.Created(ctx, tx, a.ID, operation)
	})
}

// subject says to PayFiP what is paid.
func subject(a payment.Attempt) string {
	if len(a.Shares) == 1 {
		return "Facture " + a.Shares[0].Number
	}
	return strconv.Itoa(len(a.Shares)) + " factures dont " + a.Shares[0].Number
}

// giveUp ends an attempt at the family's wish.
func (p Pages) giveUp(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	var a payment.Attempt
	err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		a, err = payment.GiveUp(r.Context(), tx, who, r.PathValue("paiement"))
		return err
	})
	if fault.Is(err, fault.Refused) {
		refusal, _ := fault.As(err)
		web.Flash(w, r, ui.Flash{Kind: ui.Warn, Title: refusal.Message})
		return web.Redirect(w, r, paymentsPath+"/"+r.PathValue("paiement"))
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, paymentsPath+"/"+a.ID)
}

// receiptOf reads what was recorded of an attempt; the zero receipt when nothing was.
func receiptOf(ctx context.Context, tx *db.Tx, a payment.Attempt) (till.Receipt, error) {
	if a.ReceiptID == "" {
		return till.Receipt{}, nil
	}
	return till.ByID(ctx, tx, a.ReceiptID)
}

// emptyList says what to do when nothing was paid on line yet.
func emptyList(v listView) string {
	switch {
	case !v.Open:
		return "Le paiement en ligne n’est pas ouvert. Réglez vos factures à la régie."
	case v.Due > 0:
		return "Il vous reste " + v.Due.String() + " à payer."
	}
	return "Vos paiements apparaîtront ici, avec leur reçu."
}

// dueHint says until when an invoice is to be paid, or what its plan asks for next.
func (v dueView) dueHint(o billing.Open) string {
	if next, planned := v.Planned[o.Number]; planned {
		return "Échéancier : " + next.Cents.String() + " au plus tard le " + next.DueOn.DayMonthYear() + ". Cocher cette facture, c’est la payer en entier."
	}
	said := "À payer au plus tard le " + o.DueOn.DayMonthYear()
	if o.Rest < o.Cents {
		said += ", sur " + o.Cents.String()
	}
	return said + "."
}

// bankField asks through which bank to pay; the first is proposed.
func bankField(f ui.Field, banks []payment.Bank) ui.Field {
	f.Name, f.Label = "banque", "Comment payer"
	if f.Value == "" {
		f.Value = string(banks[0])
	}
	return f
}

// bankOptions says what each bank is, to a family.
func bankOptions(banks []payment.Bank) (list []ui.Option) {
	for _, b := range banks {
		label := "Carte bancaire, sur la page de la banque de la ville"
		if b == payment.PayFiP {
			label = "PayFiP, le service des finances publiques : carte, ou prélèvement unique sur votre compte"
		}
		list = append(list, ui.Option{Value: string(b), Label: label})
	}
	return list
}

// dueOptions are the invoices, as boxes.
func (v dueView) dueOptions() (list []ui.Option) {
	for _, o := range v.Due {
		list = append(list, ui.Option{Value: o.Number, Label: "Facture " + o.Number + " : " + o.Rest.String(), Sub: v.dueHint(o)})
	}
	return list
}
