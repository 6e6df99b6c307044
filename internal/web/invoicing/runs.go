package invoicing

import (
	"net/http"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
	"preau/internal/words"
)

// runsShown is how many runs the list goes back.
const runsShown = 60

// monthsOffered is how many months may be chosen, back from the present one.
const monthsOffered = 12

// runsPage is the list of runs.
type runsPage struct {
	Months []ui.Option
	Month  string // chosen first: the last month without a run
	Lines  []runLine
	Form   *web.Form
}

// runLine is a run in the list.
type runLine struct {
	billing.Run
	Name, Under string
	Badge       badge
	billing.Counted
}

func (p Pages) runs(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showRuns(w, r, who, http.StatusOK, nil)
}

func (p Pages) showRuns(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	t, v := web.Town(r), runsPage{Form: form}
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		list, err := billing.Runs(r.Context(), tx, true, runsShown)
		if err != nil {
			return err
		}
		ids := make([]string, len(list))
		busy := map[string]bool{}
		for k := range list {
			ids[k] = list[k].ID
			busy[list[k].Month.String()] = busy[list[k].Month.String()] || list[k].HouseholdID == "" && list[k].State != billing.RunAbandoned
		}
		totals, err := billing.RunTotals(r.Context(), tx, ids)
		if err != nil {
			return err
		}
		for k := range list {
			l := runLine{Run: list[k], Name: runName(&list[k]), Under: "par " + list[k].CreatedBy + ", " + when(list[k].CreatedAt, t.Loc), Badge: runBadge(list[k].State), Counted: totals[list[k].ID]}
			if l.HouseholdID != "" {
				l.Under = l.Household + ", " + l.Under
			}
			v.Lines = append(v.Lines, l)
		}
		m := civil.MonthOf(civil.DateOf(tx.Now, t.Loc))
		for range monthsOffered {
			if !busy[m.String()] {
				v.Months = append(v.Months, ui.Option{Value: m.String(), Label: words.UpperFirst(m.French())})
			}
			m = m.Prev()
		}
		if len(v.Months) > 1 {
			v.Month = v.Months[1].Value // the present month is seldom over
		}
		return nil
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, status, runsView(frame(w, r, who, "Facturation"), v))
}

// start prepares the bill of a month.
func (p Pages) start(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	var run billing.Run
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		m, err := civil.ParseMonth(form.Raw("mois"))
		if err != nil {
			form.Fail("mois", "Choisissez un mois de la liste.")
			return form.Err()
		}
		run, err = billing.StartRun(r.Context(), tx, m, civil.DateOf(tx.Now, t.Loc), household.ByAgent(who))
		return err
	})
	if err != nil && form.Blame(err) {
		return p.showRuns(w, r, who, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, runPath+run.ID)
}
