package invoicing

import (
	"context"
	"net/http"
	"time"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/money"
	"preau/internal/paper"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// accountPage is the account of a household: its balance, its invoices, its ledger, and how it is billed.
type accountPage struct {
	household.Household
	Balance, Advance money.Cents
	Invoices         []documentLine
	Statement        paper.Statement
	Drafts           []documentLine
	Choice           billing.PaperChoice
	ChosenAt         string
	Today            civil.Date
	From, To         string // of the bill to make at once, as proposed or typed
	Form             *web.Form
}

// statementMonths is how far back the page shows the ledger.
const statementMonths = 24

func (p Pages) account(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showAccount(w, r, who, http.StatusOK, nil)
}

func (p Pages) showAccount(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	v := accountPage{Form: form}
	t := web.Town(r)
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error { return v.load(r.Context(), tx, r, r.PathValue("household")) })
	if err != nil {
		return err
	}
	return web.Render(w, r, status, accountView(frame(w, r, who, "Compte, "+v.Name, ui.Link{Label: v.Name}), v))
}

func (v *accountPage) load(ctx context.Context, tx *db.Tx, r *http.Request, id string) (err error) {
	t := web.Town(r)
	if v.Household, err = household.ByID(ctx, tx, id); err != nil {
		return err
	}
	v.Today = civil.DateOf(tx.Now, t.Loc)
	v.From, v.To = civil.MonthOf(v.Today).First().String(), v.Today.String()
	if v.Balance, err = billing.Balance(ctx, tx, id); err != nil {
		return err
	}
	if v.Advance, err = billing.Advance(ctx, tx, id); err != nil {
		return err
	}
	list, err := billing.InvoicesOf(ctx, tx, id)
	if err != nil {
		return err
	}
	v.Invoices = linesOf(list, v.Today)
	drafts, err := billing.DraftsOf(ctx, tx, id)
	if err != nil {
		return err
	}
	v.Drafts = linesOf(drafts, v.Today)
	if v.Statement, err = paper.StatementOf(ctx, tx, t, id, civil.Range{From: v.Today.AddMonths(-statementMonths), To: v.Today}); err != nil {
		return err
	}
	v.Choice, err = billing.PaperChoiceOf(ctx, tx, id)
	v.ChosenAt = choice(v.Choice, t.Loc)
	return err
}

// choice says who chose paper or not, and when.
func choice(c billing.PaperChoice, loc *time.Location) string {
	if c.At.IsZero() {
		return "Papier : la famille n’a rien choisi."
	}
	word := "Papier"
	if c.Electronic {
		word = "Facture dématérialisée"
	}
	return word + ", choisi le " + civil.DateOf(c.At, loc).DayMonthYear() + " par " + c.By + "."
}

// billNow prepares the bill of one household: it leaves in the middle of a month, or a correction cannot wait.
func (p Pages) billNow(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	id := r.PathValue("household")
	span := civil.Range{From: form.Date("du"), To: form.Date("au")}
	if span.From.IsZero() {
		form.Fail("du", "Indiquez le premier jour.")
	}
	if span.To.IsZero() {
		form.Fail("au", "Indiquez le dernier jour.")
	}
	var run billing.Run
	err = form.Err()
	if err == nil {
		err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) (err error) {
			run, err = billing.StartHouseholdRun(r.Context(), tx, id, span, household.ByAgent(who))
			return err
		})
	}
	if err != nil && form.Blame(err) {
		return p.showAccount(w, r, who, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, runPath+run.ID)
}

// choosePaper writes for a family whether it wants its invoices on paper.
func (p Pages) choosePaper(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	id := r.PathValue("household")
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		if _, err := household.ByID(r.Context(), tx, id); err != nil {
			return err
		}
		return billing.ChoosePaper(r.Context(), tx, id, form.Raw("choix") == "sans", household.ByAgent(who))
	})
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Le choix de la famille est enregistré"})
	return web.Redirect(w, r, accountPath+id)
}
