package pay

import (
	"context"
	"net/http"
	"slices"
	"time"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	facts "preau/internal/paybox"
	"preau/internal/payfip"
	"preau/internal/payment"
	bank "preau/internal/remote/payfip"
	"preau/internal/till"
	"preau/internal/town"
	"preau/internal/web"
	"preau/internal/web/ui"
	"preau/internal/words"
)

// step is what the page of an attempt is about now.
type step string

const (
	stepPay     step = "payer"    // leave for the bank
	stepOpening step = "ouvrir"   // PayFiP was asked to begin it, and has not answered
	stepClosing step = "laisser"  // too late to begin at PayFiP, which may still tell of it
	stepAwait   step = "attendre" // back, and the bank has not spoken
	stepAway    step = "absente"  // no server of the bank takes payments
	stepChanged step = "change"   // an invoice was paid meanwhile
	stepStale   step = "depassee" // begun too long ago
	stepEnd     step = "termine"  // the state says it all
)

// attemptView is an attempt on its page.
type attemptView struct {
	payment.Attempt
	Step    step
	Left    bool          // the family says that it left the bank's page
	Action  string        // Paybox: where the form goes
	Fields  []facts.Field // what it holds, and nothing else
	Page    string        // PayFiP: where the payment is made
	Until   civil.Instant // PayFiP: until when it can be begun
	Receipt till.Receipt
	Back    payment.Way // how the money went back; empty: it did not
	Office  string      // the régie
	Events  []payment.Event
	At      civil.Instant // now
	Loc     *time.Location
}

// awaiting tells whether the page asks again by itself.
func (v attemptView) awaiting() bool {
	return v.Step == stepAwait || v.Step == stepOpening || v.State == payment.Pending
}

// payment shows an attempt. It only reads: what the browser brings back from the bank decides nothing.
func (p Pages) payment(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	t := web.Town(r)
	v := attemptView{Loc: t.Loc, Step: stepEnd}
	back := r.URL.Query().Get("retour")
	var c payment.Contracts
	var home household.Household
	var due []billing.Open
	err := t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.At = tx.Now
		if v.Attempt, err = payment.ByID(r.Context(), tx, who.HouseholdID, r.PathValue("paiement")); err != nil {
			return err
		}
		if v.Events, err = payment.Events(r.Context(), tx, v.ID); err != nil {
			return err
		}
		if v.Receipt, err = receiptOf(r.Context(), tx, v.Attempt); err != nil {
			return err
		}
		if v.Back, err = payment.GivenBack(r.Context(), tx, v.ID); err != nil {
			return err
		}
		office, err := till.OfficeOf(r.Context(), tx)
		if err != nil {
			return err
		}
		v.Office = office.Name
		if c, err = payment.ContractsOf(r.Context(), tx); err != nil {
			return err
		}
		if home, err = household.ByID(r.Context(), tx, who.HouseholdID); err != nil {
			return err
		}
		due, err = billing.Due(r.Context(), tx, who.HouseholdID)
		return err
	})
	if err != nil {
		return err
	}
	v.Left = back == "annule"
	if v.State == payment.Open {
		v.Step = v.now(due, back)
	}
	if v.Step == stepPay {
		if err := p.leave(r.Context(), t, &v, c, payer(who, home)); err != nil {
			return err
		}
		web.AllowForms(w, originOf(v.Action))
	}
	return web.Render(w, r, http.StatusOK, attemptPage(p.frame(w, r, who, v.title()), v))
}

// now says what an open attempt waits for.
func (v attemptView) now(due []billing.Open, back string) step {
	age := v.At.Sub(v.CreatedAt)
	switch {
	case back != "" && back != "annule":
		return stepAwait
	case !v.Live(v.At):
		return stepStale
	case v.Bank == payment.PayFiP && v.Operation == "":
		return stepOpening
	case v.Bank == payment.PayFiP && age >= payfip.OperationLife:
		return stepClosing
	case !slices.ContainsFunc(v.Shares, func(s payment.Share) bool { return !still(due, s) }):
		return stepPay
	}
	return stepChanged
}

// still reports whether an invoice still asks for what is to be paid of it.
func still(due []billing.Open, s payment.Share) bool {
	return slices.ContainsFunc(due, func(o billing.Open) bool { return o.InvoiceID == s.InvoiceID && o.Rest >= s.Cents })
}

// payer is who pays, as the bank wants to know it.
func payer(g household.Guardian, h household.Household) facts.Payer {
	return facts.Payer{First: g.FirstName, Last: g.LastName, Address: h.Address, PostalCode: h.PostalCode, City: h.City, Mobile: g.Phone}
}

// leave prepares the way to the bank: a signed form for Paybox, at the first of its servers that works; a link for PayFiP.
func (p Pages) leave(ctx context.Context, t *town.Town, v *attemptView, c payment.Contracts, who facts.Payer) error {
	if v.Bank == payment.PayFiP {
		v.Page, v.Until = bank.Page(c.PayFiP.Base, v.Operation), v.CreatedAt.Add(payfip.OperationLife)
		return nil
	}
	key, err := c.Paybox.Key(t.KeyFor(payment.ContractKey))
	if err != nil {
		return err
	}
	now := t.World(v.At)
	server, err := p.banksOf(t).paybox.Server(ctx, now.Time(), c.Paybox.Servers)
	if err != nil {
		v.Step = stepAway
		return nil
	}
	page := t.BaseURL + paymentsPath + "/" + v.ID + "?retour="
	o := facts.Order{Contract: c.Paybox.Contract, Total: v.Cents, Reference: v.Reference, Email: v.Email, At: now.Time().In(t.Loc), Quantity: len(v.Shares), Payer: who,
		Notify: t.BaseURL + payboxNotice, Post: c.Paybox.Post, Done: page + "effectue", Refused: page + "refuse", Cancelled: page + "annule", Waiting: page + "attente"}
	v.Action = server + c.Paybox.Path
	v.Fields, err = o.Form(key)
	return err
}

// title names the page by where the payment stands.
func (v attemptView) title() string {
	switch {
	case v.Back == payment.ByReject:
		return "Paiement rejeté par la banque"
	case v.State == payment.Paid:
		return "Paiement reçu"
	case v.State == payment.Pending, v.Step == stepAwait:
		return "Paiement en cours de confirmation"
	case v.State == payment.Refused:
		return "Paiement refusé"
	case v.State == payment.Failed:
		return "Paiement impossible"
	case v.State == payment.Cancelled:
		return "Paiement annulé"
	case v.State == payment.Expired:
		return "Paiement sans réponse"
	}
	return "Payer " + v.Cents.String()
}

// timeline says what happened, for the family: what a bank repeats, or says too late, is left to the agents.
func (v attemptView) timeline() []ui.Event {
	var out []ui.Event
	for _, e := range v.Events {
		switch e.Kind {
		case payment.Repeated, payment.Late, payment.WrongAmount, payment.WrongPayment, payment.Unclear, payment.NoAuthorisation, payment.RefundUnsure:
			continue
		}
		out = append(out, event(e, v.Loc, false))
	}
	if len(out) > 0 {
		out[len(out)-1].Now = true
	}
	return out
}

// event is a moment of a payment; an agent also reads the bank's code and what goes with it.
func event(e payment.Event, loc *time.Location, agent bool) ui.Event {
	out := ui.Event{When: civil.ShortInstant(e.At, loc), At: e.At.Time().In(loc).Format("2006-01-02T15:04:05"), What: words.PaymentEvent(e.Kind), By: e.ActorName}
	if !agent {
		return out
	}
	if e.Code != "" {
		out.What += " (code " + e.Code + ")"
	}
	if e.Detail != "" {
		out.What += ". " + e.Detail
	}
	if !e.ReviewedAt.IsZero() {
		out.What += ". Vu par " + e.ReviewedBy + ", " + civil.ShortInstant(e.ReviewedAt, loc)
	}
	return out
}

// open says that what the receipt paid is to pay again, if it paid something.
func (v attemptView) open() string {
	if len(v.Receipt.Paid) == 0 {
		return ""
	}
	return " Les factures qu’elle payait sont de nouveau à régler."
}

// under is the line under the title.
func (v attemptView) under() string {
	return "Commencé le " + civil.ShortInstant(v.CreatedAt, v.Loc) + ", référence " + v.Reference + "."
}

func (v attemptView) leaveLabel() string {
	verb := "Payer "
	if v.Left {
		verb = "Reprendre et payer "
	}
	if v.Bank == payment.PayFiP {
		return verb + v.Cents.String() + " sur PayFiP"
	}
	return verb + v.Cents.String() + " par carte"
}

// again tells whether the same invoices may be paid by another attempt.
func (v attemptView) again() bool {
	switch v.State {
	case payment.Refused, payment.Failed, payment.Cancelled, payment.Expired:
		return true
	}
	return v.Step == stepStale
}

// mayGiveUp tells whether the attempt can be ended here: not by who says to come from the bank, who may have paid.
func (v attemptView) mayGiveUp() bool { return v.Step != stepAwait && v.MayGiveUp(v.At) }

// here is the address of the page, as it is.
func (v attemptView) here() string {
	if v.Step == stepAwait {
		return paymentsPath + "/" + v.ID + "?retour=attente"
	}
	return paymentsPath + "/" + v.ID
}
