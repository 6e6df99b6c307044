package till

import (
	"context"
	"io"
	"net/http"
	"time"

	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/mandate"
	"preau/internal/payment"
	"preau/internal/staff"
	"preau/internal/till"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// receiptView is a receipt on screen.
type receiptView struct {
	till.Receipt
	Other till.Receipt // the one that reverses it, or that it reverses
	Home  string       // name of the household; empty while it is not known
	Undo  ui.Link      // where the receipt is taken back instead of here; see undoneAt
	Form  *web.Form
	Loc   *time.Location
}

func (v receiptView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

func (p Pages) receipt(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showReceipt(w, r, who, http.StatusOK, nil)
}

func (p Pages) showReceipt(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	t := web.Town(r)
	v := receiptView{Form: form, Loc: t.Loc}
	err := t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Receipt, err = till.ByID(r.Context(), tx, r.PathValue("receipt")); err != nil {
			return err
		}
		if other := v.ReversedBy + v.Reverses; other != "" {
			if v.Other, err = till.ByID(r.Context(), tx, other); err != nil {
				return err
			}
		}
		if v.Undo, err = undoneAt(r.Context(), tx, v.Receipt); err != nil {
			return err
		}
		if v.HouseholdID != "" {
			v.Home, err = householdName(r.Context(), tx, v.HouseholdID)
		}
		return err
	})
	if err != nil {
		return err
	}
	page := frame(w, r, "Quittance "+v.Name(), who)
	page.Crumbs = []ui.Link{{Href: Home, Label: "Encaissements"}, {Label: "Quittance " + v.Name()}}
	return web.Render(w, r, status, receiptPage(page, v))
}

func (p Pages) receiptPDF(w http.ResponseWriter, r *http.Request, _ staff.Agent) error {
	return paper(w, r, "quittance.pdf", func(tx *db.Tx) (func(till.Paper, io.Writer) error, error) {
		receipt, err := till.ByID(r.Context(), tx, r.PathValue("receipt"))
		return func(p till.Paper, w io.Writer) error { return p.Quittance(w, receipt) }, err
	})
}

// undoneAt is the page where a receipt of money that a bank moved is taken back, together with the money; none when that is done here.
func undoneAt(ctx context.Context, tx *db.Tx, r till.Receipt) (ui.Link, error) {
	if !r.Live() || !r.Means.OnLine() {
		return ui.Link{}, nil
	}
	id, err := payment.RefundedBy(ctx, tx, r.ID)
	if err != nil || id != "" {
		return ui.Link{Href: paymentPath + id, Label: "Rembourser ce paiement en ligne, ou enregistrer son rejet"}, err
	}
	if id, err = mandate.RejectedBy(ctx, tx, r); err != nil || id != "" {
		return ui.Link{Href: debitPath + id, Label: "Enregistrer le rejet de ce prélèvement"}, err
	}
	return ui.Link{}, nil
}

// void takes a receipt back.
func (p Pages) void(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	reason := form.Text("motif", 300)
	var back till.Receipt
	err = t.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		receipt, err := till.ByID(r.Context(), tx, r.PathValue("receipt"))
		if err != nil {
			return err
		}
		if receipt.ReversedBy != "" { // a second click
			if back, err = till.ByID(r.Context(), tx, receipt.ReversedBy); err != nil || back.By == who.Actor() && back.Reason == reason {
				return err
			}
		}
		if undo, err := undoneAt(r.Context(), tx, receipt); err != nil {
			return err
		} else if undo.Href != "" {
			return fault.Refusedf("Cette quittance est celle d’un paiement que la banque a fait : elle s’annule avec son remboursement ou son rejet, jamais au guichet.")
		}
		back, err = till.Void(r.Context(), tx, r.PathValue("receipt"), reason, who.Actor(), day(tx, t.Loc))
		return err
	})
	if err != nil && form.Blame(err) {
		return p.showReceipt(w, r, who, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Quittance annulée", Text: "L’annulation porte le numéro " + back.Name() + ". Ce que la quittance réglait est de nouveau à payer."})
	return web.Redirect(w, r, receiptPath+back.ID)
}
