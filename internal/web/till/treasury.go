package till

import (
	"bytes"
	"errors"
	"net/http"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/money"
	"preau/internal/pes"
	"preau/internal/sheet"
	"preau/internal/staff"
	"preau/internal/till"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// receivablesShown is how many invoices the page lists; the files have all of them.
const receivablesShown = 300

// treasuryView is what the treasury recovers.
type treasuryView struct {
	Sender pes.Header
	Slip   string // that is shown; empty: all
	Slips  []ui.Option
	List   []billing.Invoice
	More   bool
	Count  int
	Total  money.Cents
	Form   *web.Form
}

func (v treasuryView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

// load reads the receivables, and the slips they were handed over with.
func (v *treasuryView) load(list []billing.Invoice) {
	seen := map[string]bool{}
	v.Slips = []ui.Option{{Label: "Tous"}}
	for _, i := range list {
		if !seen[i.HandedSlip] {
			seen[i.HandedSlip] = true
			v.Slips = append(v.Slips, ui.Option{Value: i.HandedSlip, Label: i.HandedSlip})
		}
		if v.Slip != "" && v.Slip != i.HandedSlip {
			continue
		}
		v.Count++
		v.Total += i.Rest
		if len(v.List) < receivablesShown {
			v.List = append(v.List, i)
		} else {
			v.More = true
		}
	}
}

func (p Pages) treasury(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showTreasury(w, r, who, http.StatusOK, nil)
}

func (p Pages) showTreasury(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	v := treasuryView{Form: form, Slip: q.Text("bordereau", 60)}
	err = web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Sender, err = till.Sender(r.Context(), tx); err != nil {
			return err
		}
		list, err := till.Receivables(r.Context(), tx, "")
		v.load(list)
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, status, treasuryPage(frame(w, r, "Trésorerie", who), v))
}

// saveSender settles what the treasury asks of who sends.
func (p Pages) saveSender(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	h := pes.Header{Sender: form.Text("sigle", 32), Post: form.Text("poste", 20), SIRET: form.Text("siret", 20), Town: form.Text("collectivite", 20), Budget: form.Text("budget", 20),
		Product: form.Text("produit", 20), Nature: form.Text("nature", 20), Function: form.Text("fonction", 10)}
	if err = form.Err(); err == nil {
		err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error { return till.SaveSender(r.Context(), tx, who, h) })
	}
	if err != nil && (form.Err() != nil || form.Blame(err)) {
		return p.showTreasury(w, r, who, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Les codes de la trésorerie sont enregistrés"})
	return web.Redirect(w, r, treasuryPath)
}

// receivables sends what the treasury recovers, as a sheet or as a draft of PES.
func (p Pages) receivables(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	name, t := r.PathValue("file"), web.Town(r)
	if name != "creances.csv" && name != "brouillon-pes.xml" {
		return fault.NotFoundf("Ce fichier n’existe pas.")
	}
	var list []billing.Invoice
	var sender pes.Header
	var today civil.Date
	err = t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		today = day(tx, t.Loc)
		if sender, err = till.Sender(r.Context(), tx); err != nil {
			return err
		}
		list, err = till.Receivables(r.Context(), tx, q.Text("bordereau", 60))
		return err
	})
	if err != nil {
		return err
	}
	if name == "brouillon-pes.xml" {
		period, ok := q.Int("periode", 1, 9)
		if !ok {
			q.Fail("periode", "Indiquez la période, de 1 à 9.")
			return p.showTreasury(w, r, who, http.StatusUnprocessableEntity, q)
		}
		draft, err := till.Draft(sender, till.SlipOf(q.Text("numero", 20), period, today), list)
		if errors.Is(err, pes.ErrSlip) {
			q.Fail("numero", "Le brouillon ne peut pas être écrit : il faut des créances, un numéro de bordereau d’au plus 7 chiffres, et les codes de la trésorerie.")
			return p.showTreasury(w, r, who, http.StatusUnprocessableEntity, q)
		}
		if err != nil {
			return err
		}
		return web.Download(w, "application/xml", name, draft)
	}
	var b bytes.Buffer
	if err := sheet.Write(&b, till.ReceivablesSheet(list)); err != nil {
		return err
	}
	return web.Download(w, sheet.ContentType, name, b.Bytes())
}
