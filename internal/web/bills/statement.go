package bills

import (
	"net/http"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/money"
	"preau/internal/paper"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// statementPage is the account of a household over some days.
type statementPage struct {
	ui.Page
	paper.Statement
	Form  *web.Form
	Pages map[string]string // invoice id → address of its page
}

// statement shows the account, as a page or, with "format=pdf", as a PDF.
func (p Pages) statement(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	t, v := web.Town(r), statementPage{Form: q, Pages: map[string]string{}}
	span := civil.Range{From: q.Date("du"), To: q.Date("au")}
	err = t.DB.Read(r.Context(), func(tx *db.Tx) error {
		today := civil.DateOf(tx.Now, t.Loc)
		if span.To.IsZero() {
			span.To = today
		}
		if span.From.IsZero() {
			span.From = today.AddMonths(-12)
		}
		if span.To.Before(span.From) {
			q.Fail("au", "Cette date vient avant la première.")
			span.To = span.From
		}
		if v.Statement, err = paper.StatementOf(r.Context(), tx, t, who.HouseholdID, span); err != nil {
			return err
		}
		all, err := billing.InvoicesOf(r.Context(), tx, who.HouseholdID)
		for k := range all {
			v.Pages[all[k].ID] = billsPath + "/" + all[k].Label
		}
		return err
	})
	if err != nil {
		return err
	}
	if q.Raw("format") == "pdf" && q.Err() == nil {
		return download(w, r, "Relevé de compte", "releve", func(b *paper.Book) error { b.Statement(v.Statement); return nil })
	}
	status := http.StatusOK
	if q.Err() != nil {
		status = http.StatusUnprocessableEntity
	}
	v.Page = p.frame(w, r, who, "Relevé de compte", ui.Link{Label: "Relevé de compte"})
	return web.Render(w, r, status, statementView(v))
}

// verdict says what the balance means.
func (v statementPage) verdict() string {
	switch {
	case v.After > 0:
		return "Reste à payer au " + v.Range.To.DayMonthYear()
	case v.After < 0:
		return "En votre faveur au " + v.Range.To.DayMonthYear()
	}
	return "Rien à payer au " + v.Range.To.DayMonthYear()
}

// left is the balance without its sign.
func (v statementPage) left() money.Cents { return max(v.After, -v.After) }
