package bills

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"preau/internal/billing"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/paper"
	"preau/internal/thread"
	"preau/internal/web"
	"preau/internal/web/ui"
	"preau/internal/words"
)

// questionPage asks a service about an invoice, or one of its lines.
type questionPage struct {
	ui.Page
	Invoice  billing.Invoice
	Title    string
	Line     *paper.Line // nil: the whole invoice
	Services []ui.Option
	Form     *web.Form
}

// errLine answers for a line that the invoice does not have.
var errLine = fault.NotFoundf("Cette ligne n’est pas sur cette facture.")

// load finds the invoice, the line that is asked about, and who may answer.
func (v *questionPage) load(ctx context.Context, tx *db.Tx, who household.Guardian, label, line string) error {
	i, err := billing.InvoiceOf(ctx, tx, who, label)
	if err != nil {
		return err
	}
	v.Invoice, v.Title = i, paper.Title(&i)
	if line != "" {
		if v.Line = lineOf(&i, line); v.Line == nil {
			return errLine
		}
	}
	services, err := thread.Services(ctx, tx)
	if err != nil {
		return err
	}
	settings, err := paper.ReadSettings(ctx, tx)
	if k := slices.Index(services, settings.Service); k > 0 { // the régie answers first
		services = append([]string{services[k]}, slices.Delete(services, k, k+1)...)
	}
	for _, s := range services {
		v.Services = append(v.Services, ui.Option{Value: s, Label: s})
	}
	return err
}

func lineOf(i *billing.Invoice, number string) *paper.Line {
	n, err := strconv.Atoi(number)
	if err != nil {
		return nil
	}
	for _, s := range paper.Sections(i) {
		for k := range s.Lines {
			if s.Lines[k].Number == n {
				return &s.Lines[k]
			}
		}
	}
	return nil
}

func (p Pages) question(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	return p.showQuestion(w, r, who, http.StatusOK, q.Raw("ligne"), nil)
}

func (p Pages) showQuestion(w http.ResponseWriter, r *http.Request, who household.Guardian, status int, line string, form *web.Form) error {
	v := questionPage{Form: form}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error { return v.load(r.Context(), tx, who, r.PathValue("facture"), line) })
	if err != nil {
		return err
	}
	v.Page = p.frame(w, r, who, "Une question sur une facture", ui.Link{Href: billsPath + "/" + v.Invoice.Label, Label: v.Invoice.Label}, ui.Link{Label: "Question"})
	return web.Render(w, r, status, questionView(v))
}

// ask sends the question to a service, with what the invoice says of the line: who answers need not look for it.
func (p Pages) ask(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	t, line := web.Town(r), form.Raw("ligne")
	var id string
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		var v questionPage
		if err := v.load(r.Context(), tx, who, r.PathValue("facture"), line); err != nil {
			return err
		}
		message := form.Lines("message", maxQuestion)
		if message == "" {
			form.Fail("message", "Dites ce que vous ne comprenez pas, ou ce qui vous semble faux.")
		}
		if err := form.Err(); err != nil {
			return err
		}
		n := v.thread(form.Raw("service"), message)
		if _, err := household.ChildOf(r.Context(), tx, who, n.ChildID); fault.Is(err, fault.NotFound) {
			n.ChildID = "" // the child has left the household
		} else if err != nil {
			return err
		}
		id, err = thread.Start(r.Context(), tx, who, n, t.Loc)
		return err
	})
	if err != nil && form.Blame(err) {
		return p.showQuestion(w, r, who, http.StatusUnprocessableEntity, line, form)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Votre question est envoyée", Text: "Le service a reçu la ligne et son explication. Un e-mail vous dira quand il aura répondu."})
	return web.Redirect(w, r, "/espace/echanges/"+id)
}

// maxQuestion leaves room for the evidence, in characters.
const maxQuestion = 3000

// thread is the message that a service receives.
func (v *questionPage) thread(service, message string) thread.New {
	n := thread.New{Service: service, Subject: "Facture " + v.Invoice.Label}
	if service == "" && len(v.Services) == 1 {
		n.Service = v.Services[0].Value
	}
	evidence := []string{v.Title + ", n° " + v.Invoice.Label + ", " + v.Invoice.Total.String()}
	if l := v.Line; l != nil {
		n.Subject = short(n.Subject + ", " + l.Child + " : " + words.LowerFirst(l.What))
		for k := range v.Invoice.Lines {
			if v.Invoice.Lines[k].Number == l.Number && v.Invoice.Lines[k].ChildID != "" {
				n.ChildID = v.Invoice.Lines[k].ChildID
			}
		}
		evidence = append(evidence, "Ligne "+strconv.Itoa(l.Number)+" : "+l.Child+", "+words.LowerFirst(l.What)+", "+l.Quantity+" × "+l.Unit.String()+" = "+l.Cents.String())
		if l.Days != "" {
			evidence = append(evidence, "Jours : "+l.Days)
		}
		if l.Why != "" {
			evidence = append(evidence, "Explication : "+l.Why)
		}
	}
	n.Body = message + "\n\n" + strings.Join(evidence, "\n")
	return n
}

// short keeps a subject within what a thread takes.
func short(s string) string {
	if r := []rune(s); len(r) > thread.MaxSubject {
		return string(r[:thread.MaxSubject-1]) + "…"
	}
	return s
}

// heading names the line that is asked about.
func (v questionPage) heading() string {
	if v.Line == nil {
		return v.Title
	}
	return words.UpperFirst(v.Line.What) + ", " + v.Line.Child
}
