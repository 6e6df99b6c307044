package pay

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	facts "preau/internal/paybox"
	"preau/internal/payment"
	"preau/internal/remote/paybox"
	"preau/internal/staff"
	"preau/internal/till"
	"preau/internal/town"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
	"preau/internal/words"
)

// deskView is what was paid on line, and what somebody is to look at.
type deskView struct {
	Attempts []payment.Attempt
	Odd      []payment.Event // the latest of those that wait
	Waiting  int             // how many wait
	State    payment.State
	Search   string
	Loc      *time.Location
}

// stateOptions are the states an agent may look at.
func stateOptions() []ui.Option {
	list := []ui.Option{{Value: "", Label: "Tous"}}
	for _, s := range []payment.State{payment.Open, payment.Pending, payment.Paid, payment.Refused, payment.Failed, payment.Cancelled, payment.Expired} {
		list = append(list, ui.Option{Value: string(s), Label: words.PaymentState(s)})
	}
	return list
}

func (p Pages) desk(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.Query(r)
	if err != nil {
		return err
	}
	v := deskView{State: payment.State(f.Text("etat", 20)), Search: f.Text("q", 80), Loc: web.Town(r).Loc}
	err = web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Odd, err = payment.Odd(r.Context(), tx, 2*listed); err != nil {
			return err
		}
		if v.Waiting, err = payment.CountOdd(r.Context(), tx); err != nil {
			return err
		}
		v.Attempts, err = payment.List(r.Context(), tx, payment.Filter{State: v.State, Search: v.Search, Limit: 2 * listed})
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, deskPage(signin.OfficePage(w, r, "Paiements en ligne", deskPath, who), v))
}

// review says that an agent has looked at what was odd, on the list or on the page of its payment, and goes back there.
func (p Pages) review(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	back := deskPath
	if id := f.Text("paiement", 60); id != "" {
		back += "/" + url.PathEscape(id)
	}
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		return payment.Review(r.Context(), tx, r.PathValue("anomalie"), byAgent(who))
	})
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "C’est noté"})
	return web.Redirect(w, r, back)
}

func byAgent(who staff.Agent) household.By { return household.By{Actor: who.Actor(), Name: who.Name} }

// paidView is a payment as an agent sees it.
type paidView struct {
	payment.Attempt
	Receipt till.Receipt
	Home    household.Household
	Events  []payment.Event
	Refunds []payment.Refund
	ByBank  bool // the bank may be asked for a refund
	Form    *web.Form
	Loc     *time.Location
}

// refundable tells whether the payment may be given back.
func (v paidView) refundable() bool {
	if v.State != payment.Paid || !v.Receipt.Live() {
		return false
	}
	for _, f := range v.Refunds {
		if f.State != payment.RefundDenied {
			return false
		}
	}
	return true
}

// odd are the moments of the payment that wait for somebody to look at them.
func (v paidView) odd() (out []payment.Event) {
	for _, e := range v.Events {
		if e.Odd && e.ReviewedAt.IsZero() {
			out = append(out, e)
		}
	}
	return out
}

// timeline says everything that happened.
func (v paidView) timeline() []ui.Event {
	var out []ui.Event
	for _, e := range v.Events {
		out = append(out, event(e, v.Loc, true))
	}
	if len(out) > 0 {
		out[len(out)-1].Now = true
	}
	return out
}

func (p Pages) deskPayment(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showPayment(w, r, who, http.StatusOK, nil)
}

func (p Pages) showPayment(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, f *web.Form) error {
	v := paidView{Form: f, Loc: web.Town(r).Loc}
	ctx := r.Context()
	err := web.Town(r).DB.Read(ctx, func(tx *db.Tx) (err error) {
		if v.Attempt, err = payment.Find(ctx, tx, r.PathValue("paiement")); err != nil {
			return err
		}
		if v.Home, err = household.ByID(ctx, tx, v.HouseholdID); err != nil {
			return err
		}
		if v.Receipt, err = receiptOf(ctx, tx, v.Attempt); err != nil {
			return err
		}
		if v.Events, err = payment.Events(ctx, tx, v.ID); err != nil {
			return err
		}
		if v.Refunds, err = payment.RefundsOf(ctx, tx, v.ID); err != nil {
			return err
		}
		c, err := payment.ContractsOf(ctx, tx)
		v.ByBank = v.Bank == payment.Paybox && len(c.Paybox.Direct) > 0 && v.Transaction != ""
		return err
	})
	if err != nil {
		return err
	}
	page := signin.OfficePage(w, r, "Paiement "+v.Reference, deskPath, who)
	page.Crumbs = []ui.Link{{Href: deskPath, Label: "Paiements en ligne"}, {Label: v.Reference}}
	return web.Render(w, r, status, paidPage(page, v))
}

// refund gives a payment back: by the bank, which is asked after the refund is written down and before its answer is; or by hand. Or it writes down
// that a bank took the money back.
func (p Pages) refund(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	ask := payment.Refund{AttemptID: r.PathValue("paiement"), Way: payment.Way(f.One("voie", "Choisissez comment rembourser.", string(payment.ByBank), string(payment.ByHand), string(payment.ByReject))), Reason: f.Text("motif", 200)}
	act := "payment.refund"
	if ask.Way == payment.ByReject {
		act, ask.Reason, ask.On = "payment.reject", f.Text("motif_rejet", 200), f.Date("rejete_le")
	}
	var a payment.Attempt
	var c payment.Contracts
	if f.Err() == nil {
		err = t.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
			if a, err = payment.Find(r.Context(), tx, ask.AttemptID); err != nil {
				return err
			}
			if c, err = payment.ContractsOf(r.Context(), tx); err != nil {
				return err
			}
			if ask, err = payment.AskRefund(r.Context(), tx, ask, byAgent(who), t.Loc); err != nil {
				return err
			}
			return audit.Record(r.Context(), tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: act, Subject: "payment:" + a.ID, Household: a.HouseholdID,
				Detail: map[string]any{"way": ask.Way, "cents": a.Cents, "reason": ask.Reason}})
		})
	}
	if f.Blame(err) || f.Err() != nil {
		return p.showPayment(w, r, who, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	detail := ""
	if ask.Way == payment.ByBank {
		ctx := context.WithoutCancel(r.Context()) // the bank that was asked is heard, even by an agent who has left
		verdict := p.askBank(ctx, t, a, c, ask)
		detail = verdict.Detail
		err = t.DB.Write(ctx, func(tx *db.Tx) (err error) {
			ask, err = payment.Answered(ctx, tx, ask.ID, verdict, byAgent(who), t.Loc)
			return err
		})
		if err != nil {
			return err
		}
	}
	web.Flash(w, r, refundFlash(ask, detail))
	return web.Redirect(w, r, deskPath+"/"+a.ID)
}

// refundFlash says what became of a refund; detail is what the bank said.
func refundFlash(f payment.Refund, detail string) ui.Flash {
	switch {
	case f.State == payment.RefundDone && f.Way == payment.ByReject:
		return ui.Flash{Kind: ui.Good, Title: "Rejet enregistré : " + f.Cents.String(), Text: "La quittance est annulée, ce qu’elle payait est de nouveau à payer, la famille est prévenue."}
	case f.State == payment.RefundDone:
		return ui.Flash{Kind: ui.Good, Title: f.Cents.String() + " remboursés", Text: "La quittance est annulée, la famille est prévenue."}
	case f.State == payment.RefundDoubt:
		return ui.Flash{Kind: ui.Warn, Title: "La banque n’a pas répondu", Text: "Le remboursement a peut-être été fait : vérifiez sur le site de la banque, puis dites-le ici."}
	}
	return ui.Flash{Kind: ui.Bad, Title: "La banque a refusé ce remboursement", Text: detail}
}

// askBank asks PPPS for a refund, outside of any transaction.
func (p Pages) askBank(ctx context.Context, t *town.Town, a payment.Attempt, c payment.Contracts, f payment.Refund) payment.Verdict {
	key, err := c.Paybox.Key(t.KeyFor(payment.ContractKey))
	if err != nil {
		return payment.Verdict{Detail: "La clé de la banque ne peut pas être lue."}
	}
	q := a.Question(c.Paybox.Contract, facts.Refund, f.Number, f.Cents, t.World(f.AskedAt).Time().In(t.Loc))
	reply, err := p.banksOf(t).paybox.Ask(ctx, c.Paybox.Direct, key, q)
	switch {
	case errors.Is(err, paybox.ErrUnsure):
		return payment.Verdict{Unsure: true, Detail: "Pas de réponse"}
	case err != nil:
		t.Log.WarnContext(ctx, "a refund was not asked", "error", err)
		return payment.Verdict{Detail: "La banque ne peut pas être jointe."}
	}
	return payment.Verdict{Done: reply.Code == "00000", Unsure: reply.Unsure(), Code: reply.Code, Detail: reply.Comment}
}

// settleRefund says what became of a refund that the bank did not answer about, as an agent has seen it on the bank's own site.
func (p Pages) settleRefund(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	done := f.One("fait", "Dites ce que la banque montre.", "oui", "non")
	if err := f.Err(); err != nil {
		return err
	}
	t := web.Town(r)
	var settled payment.Refund
	v := payment.Verdict{Done: done == "oui", Detail: "Vu sur le site de la banque"}
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		list, err := payment.RefundsOf(r.Context(), tx, r.PathValue("paiement"))
		if err != nil {
			return err
		}
		for _, known := range list {
			if known.ID == r.PathValue("remboursement") && known.State == payment.RefundDoubt {
				settled, err = payment.Answered(r.Context(), tx, known.ID, v, byAgent(who), t.Loc)
				return err
			}
		}
		return fault.NotFoundf("Ce remboursement n’attend plus de réponse.")
	})
	if err != nil {
		return err
	}
	web.Flash(w, r, refundFlash(settled, v.Detail))
	return web.Redirect(w, r, deskPath+"/"+settled.AttemptID)
}

// instant writes an instant in a line.
func instant(i civil.Instant, loc *time.Location) string { return civil.ShortInstant(i, loc) }

// oddLine says of whom and of what an oddity is.
func oddLine(e payment.Event) string {
	said := words.UpperFirst(e.Bank.French())
	if e.Reference != "" {
		said += ", référence " + e.Reference
	}
	if e.Code != "" {
		said += ", code " + e.Code
	}
	if e.Detail != "" {
		said += ". " + e.Detail
	}
	return said
}

// refundLine says who asked for a refund, when and why.
func refundLine(f payment.Refund, v paidView) string {
	way := "enregistré à la main"
	switch f.Way {
	case payment.ByBank:
		way = "demandé à la banque"
	case payment.ByReject:
		way = "rejet enregistré"
	}
	return f.Cents.String() + ", " + way + " par " + f.AskedName + ", " + instant(f.AskedAt, v.Loc) + " : " + f.Reason
}
