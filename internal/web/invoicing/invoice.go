package invoicing

import (
	"bytes"
	"context"
	"net/http"
	"strings"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/paper"
	"preau/internal/pdf"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// searchPage finds invoices.
type searchPage struct {
	Query string
	Lines []documentLine
	More  bool
}

// foundShown is how many invoices a search lists.
const foundShown = 100

func (p Pages) search(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	t, v := web.Town(r), searchPage{Query: q.Text("q", 100)}
	if v.Query != "" {
		err = t.DB.Read(r.Context(), func(tx *db.Tx) error {
			list, err := billing.Search(r.Context(), tx, v.Query, foundShown+1)
			if v.More = len(list) > foundShown; v.More {
				list = list[:foundShown]
			}
			v.Lines = linesOf(list, civil.DateOf(tx.Now, t.Loc))
			return err
		})
		if err != nil {
			return err
		}
		if len(v.Lines) == 1 {
			return web.Redirect(w, r, invoicesPath+"/"+v.Lines[0].ID)
		}
	}
	return web.Render(w, r, http.StatusOK, searchView(frame(w, r, who, "Chercher une facture", ui.Link{Label: "Chercher une facture"}), v))
}

// invoicePage is one invoice, credit note or draft, with what happened to it.
type invoicePage struct {
	billing.Invoice
	Sheet    paper.Invoice
	Name     string
	Badge    badge
	History  []ui.Event
	Covered  []billing.Settlement
	RunName  string
	MayRemit bool // the town's authority gives up a debt; the régie does not
	Form     *web.Form
	// Submission is what a remission is sent with, once: the same as long as it is refused.
	Submission string
}

func (p Pages) invoice(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showInvoice(w, r, who, http.StatusOK, nil)
}

func (p Pages) showInvoice(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	id, printed := strings.CutSuffix(r.PathValue("invoice"), ".pdf")
	v := invoicePage{Form: form, Submission: db.NewID()}
	if form != nil && form.Raw("envoi") != "" {
		v.Submission = form.Raw("envoi")
	}
	var now civil.Instant
	var m paper.Maker
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if m, err = paper.NewMaker(r.Context(), tx, web.Town(r)); err != nil {
			return err
		}
		now = tx.Now
		return v.load(r.Context(), tx, r, id, m)
	})
	if err != nil {
		return err
	}
	if printed {
		return download(w, m.Town, now, v.Sheet)
	}
	v.MayRemit = who.May(staff.Settings, "") && v.Kind == billing.KindInvoice && v.Rest > 0 && v.State != billing.StateDraft
	page := frame(w, r, who, v.Sheet.Title, ui.Link{Href: runPath + v.RunID, Label: v.RunName}, ui.Link{Label: v.Name})
	return web.Render(w, r, status, invoiceView(page, v))
}

func (v *invoicePage) load(ctx context.Context, tx *db.Tx, r *http.Request, id string, m paper.Maker) (err error) {
	t := web.Town(r)
	if v.Invoice, err = billing.InvoiceByID(ctx, tx, id); err != nil {
		return err
	}
	covered, err := billing.Settlements(ctx, tx, []string{id})
	if err != nil {
		return err
	}
	v.Covered, v.Sheet = covered[id], m.Invoice(&v.Invoice, covered[id])
	v.Name, v.Badge = documentName(&v.Invoice), invoiceBadge(&v.Invoice, civil.DateOf(tx.Now, t.Loc))
	run, err := billing.RunByID(ctx, tx, v.RunID)
	if err != nil {
		return err
	}
	v.RunName = runName(&run)
	acts, err := billing.Acts(ctx, tx, id)
	if err != nil {
		return err
	}
	v.history(&run, acts, func(i civil.Instant) string { return civil.FrenchInstant(i, t.Loc) })
	return nil
}

// history tells what happened to an invoice, the latest first.
func (v *invoicePage) history(run *billing.Run, acts []billing.Act, write func(civil.Instant) string) {
	add := func(e ui.Event) { v.History = append([]ui.Event{e}, v.History...) }
	if v.IssuedAt.IsZero() {
		add(ui.Event{When: write(run.GatheredAt), At: run.GatheredAt.String(), What: "Préparée", By: run.CreatedBy})
		return
	}
	add(ui.Event{When: write(v.IssuedAt), At: v.IssuedAt.String(), What: "Émise sous le numéro " + v.Label, By: run.IssuedBy})
	for _, c := range v.Covered {
		add(ui.Event{When: c.Day.Long(), At: c.Day.String(), What: c.Label + " : " + c.Cents.String()})
	}
	for _, a := range acts {
		e := ui.Event{When: write(a.At), At: a.At.String(), By: a.ByName}
		switch a.Kind {
		case billing.HandedOver:
			e.What = "Transmise au Trésor public, bordereau " + a.Slip + " : " + a.Cents.String()
		case billing.TakenBack:
			e.What = "Reprise au Trésor public : " + a.Reason
		case billing.WrittenOff:
			e.What = "Remise de " + a.Cents.String() + " : " + a.Reason
		}
		add(e)
	}
	if !v.SettledAt.IsZero() && v.Kind == billing.KindInvoice {
		add(ui.Event{When: write(v.SettledAt), At: v.SettledAt.String(), What: "Réglée", Now: true})
	}
}

// download sends the sheet of an invoice to be saved.
func download(w http.ResponseWriter, town string, now civil.Instant, sheet paper.Invoice) error {
	var out bytes.Buffer
	book := paper.NewBook(&out, sheet.Title, town, now.Time())
	if err := book.Invoice(sheet); err != nil {
		return err
	}
	if err := book.Close(""); err != nil {
		return err
	}
	name := "brouillon"
	if sheet.Number != "" {
		name = "facture-" + sheet.Number
	}
	return web.Download(w, pdf.ContentType, name+".pdf", out.Bytes())
}

// remit gives up a debt, or a part of it: the ordonnateur decides, which the settings' right stands for.
func (p Pages) remit(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	if !who.May(staff.Settings, "") {
		return fault.Forbiddenf("Seule la direction accorde une remise : la régie encaisse, elle ne renonce pas.")
	}
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	t, id := web.Town(r), r.PathValue("invoice")
	amount, typed := form.Money("montant")
	if typed && amount <= 0 {
		form.Fail("montant", "Écrivez un montant, par exemple 12,50.")
	}
	seen, _ := form.Money("reste")
	reason, envoi := form.Text("motif", 200), form.Text("envoi", 40)
	if err = form.Err(); err == nil {
		err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
			_, err := billing.WriteOff(r.Context(), tx, billing.Remission{InvoiceID: id, Seen: seen, Cents: amount, Reason: reason, Day: civil.DateOf(tx.Now, t.Loc), Source: envoi}, household.ByAgent(who))
			return err
		})
	}
	if f, ok := fault.As(err); ok && (f.Kind == fault.Conflict || f.Kind == fault.Refused) {
		web.Flash(w, r, ui.Flash{Kind: ui.Warn, Title: "Rien n’a changé", Text: f.Message})
		return web.Redirect(w, r, invoicesPath+"/"+id)
	}
	if err != nil && form.Blame(err) {
		return p.showInvoice(w, r, who, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "La remise est enregistrée", Text: "Elle figure sur le compte de la famille et sur sa facture."})
	return web.Redirect(w, r, invoicesPath+"/"+id)
}
