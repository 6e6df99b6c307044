package till

import (
	"io"
	"net/http"
	"time"

	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/staff"
	"preau/internal/till"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// depositsShown is how many slips the page lists.
const depositsShown = 60

// depositsView is what waits, and what has left.
type depositsView struct {
	state
	Waiting  till.Waiting
	Deposits []till.Deposit
	Loc      *time.Location
}

// submission is what one of the two forms is sent with, once: the same as long as it is refused.
func (v depositsView) submission(kind till.DepositKind) string {
	if v.Form != nil && v.Form.Raw("genre") == string(kind) {
		return v.Form.Raw("envoi")
	}
	return db.NewID()
}

func (v depositsView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

// ticked says whether a cheque is ticked: all are, until the form says otherwise.
func (v depositsView) ticked(kind till.DepositKind, id string) bool {
	if v.Form == nil || v.Form.Raw("genre") != string(kind) {
		return kind == till.DepositCheques
	}
	for _, chosen := range v.Form.All("cheque") {
		if chosen == id {
			return true
		}
	}
	return false
}

// depositView is one slip.
type depositView struct {
	till.Bundle
	Other till.Deposit // the one that undoes it, or that it undoes
	Fixed string       // why it cannot be undone; empty: it can
	Form  *web.Form
	Loc   *time.Location
}

func (v depositView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

func (p Pages) deposits(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showDeposits(w, r, who, http.StatusOK, nil)
}

func (p Pages) showDeposits(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	t := web.Town(r)
	v := depositsView{Loc: t.Loc}
	err := t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.state, err = readState(r.Context(), tx, t.Loc); err != nil {
			return err
		}
		if v.Waiting, err = till.WaitingOf(r.Context(), tx, v.Office.ID); err != nil {
			return err
		}
		v.Deposits, err = till.Deposits(r.Context(), tx, v.Office.ID, depositsShown)
		return err
	})
	if err != nil {
		return err
	}
	v.Form = form
	return web.Render(w, r, status, depositsPage(frame(w, r, "Remises et versements", who), v))
}

// send makes the slip of what leaves the till.
func (p Pages) send(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	envoi, err := submission(form)
	if err != nil {
		return err
	}
	s := till.Sending{Source: "envoi:" + envoi, Kind: till.DepositKind(form.Raw("genre")), Cheques: form.All("cheque")}
	if s.Kind == till.DepositTreasury {
		s.Count, s.CESU = readCount(form), form.Yes("cesu")
		s.Account, _ = form.Money("compte")
	}
	var d till.Deposit
	if err = form.Err(); err == nil {
		err = t.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
			d, err = till.Send(r.Context(), tx, who, s, day(tx, t.Loc))
			return err
		})
	}
	if err != nil && (form.Err() != nil || form.Blame(err)) {
		return p.showDeposits(w, r, who, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: d.Kind.French() + " " + d.Name() + " : " + d.Total().String(), Text: "Imprimez le bordereau et faites-le signer."})
	return web.Redirect(w, r, depositPath+"/"+d.ID)
}

func (p Pages) deposit(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showDeposit(w, r, who, http.StatusOK, nil)
}

func (p Pages) showDeposit(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	v := depositView{Form: form, Loc: web.Town(r).Loc}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Bundle, err = till.DepositByID(r.Context(), tx, r.PathValue("deposit")); err != nil {
			return err
		}
		if other := v.Reverses + v.ReversedBy; other != "" {
			b, err := till.DepositByID(r.Context(), tx, other)
			v.Other = b.Deposit
			return err
		}
		err = till.Undoable(r.Context(), tx, v.ID)
		if why, refused := fault.As(err); refused {
			v.Fixed, err = why.Message, nil
		}
		return err
	})
	if err != nil {
		return err
	}
	title := v.French() + " " + v.Name()
	page := frame(w, r, title, who)
	page.Crumbs = []ui.Link{{Href: Home, Label: "Encaissements"}, {Href: depositPath, Label: "Remises et versements"}, {Label: title}}
	return web.Render(w, r, status, depositPage(page, v))
}

// undo takes back a slip that was made by mistake. A second click finds what the first made.
func (p Pages) undo(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	reason := form.Text("motif", 300)
	var back till.Deposit
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		first, err := till.DepositByID(r.Context(), tx, r.PathValue("deposit"))
		if err != nil {
			return err
		}
		if first.ReversedBy != "" {
			b, err := till.DepositByID(r.Context(), tx, first.ReversedBy)
			if back = b.Deposit; err != nil || back.By == who.Actor() && back.Reason == reason {
				return err
			}
		}
		back, err = till.UndoDeposit(r.Context(), tx, who, first.ID, reason, day(tx, t.Loc))
		return err
	})
	if err != nil && form.Blame(err) {
		return p.showDeposit(w, r, who, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Bordereau annulé", Text: "L’annulation porte le numéro " + back.Name() + ". Ce que le bordereau emportait est de nouveau dans la régie."})
	return web.Redirect(w, r, depositPath+"/"+back.ID)
}

func (p Pages) depositPDF(w http.ResponseWriter, r *http.Request, _ staff.Agent) error {
	return paper(w, r, "bordereau.pdf", func(tx *db.Tx) (func(till.Paper, io.Writer) error, error) {
		b, err := till.DepositByID(r.Context(), tx, r.PathValue("deposit"))
		return func(p till.Paper, w io.Writer) error { return p.Slip(w, b) }, err
	})
}
