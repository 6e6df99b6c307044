package tariffs

import (
	"net/http"
	"slices"
	"strconv"

	"preau/internal/activity"
	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/money"
	"preau/internal/simulation"
	"preau/internal/staff"
	"preau/internal/tariff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

func (p Pages) simulationRoutes(s *web.Server) {
	s.Handle("GET /bureau/tarifs/simulation", p.Door.Office(staff.Settings, p.simulations))
	s.Handle("POST /bureau/tarifs/simulation", p.Door.Office(staff.Settings, p.simulate))
	s.Handle("GET /bureau/tarifs/simulation/{simulation}", p.Door.Office(staff.Settings, p.simulation))
}

// simulationsView is the form of a simulation, and those made before.
type simulationsView struct {
	Drafts  []ui.Option
	Chosen  []string
	Periods []ui.Option
	Past    []simulation.Simulation
	Form    *web.Form
}

func (p Pages) simulations(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	return p.showSimulations(w, r, who, http.StatusOK, simulationsView{Chosen: []string{q.Raw("grille")}})
}

func (p Pages) showSimulations(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, v simulationsView) error {
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		c, err := activity.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		drafts, err := activity.Drafts(r.Context(), tx)
		if err != nil {
			return err
		}
		for _, d := range drafts {
			o := ui.Option{Value: d.ID, Label: d.Name, Sub: d.Formula() + " " + d.Per.PerWords()}
			if a, ok := c.Activity(d.ActivityID); ok {
				o.Sub = a.Name + " : " + o.Sub
			}
			v.Drafts = append(v.Drafts, o)
		}
		v.Periods = periods(civil.DateOf(tx.Now, web.Town(r).Loc))
		v.Past, err = simulation.Latest(r.Context(), tx, 20)
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, status, simulationsPage(p.frame(w, r, "Simuler un tarif", who), v))
}

// periods are the months and the school years that can be replayed: what is past, and what is under way.
func periods(today civil.Date) []ui.Option {
	var out []ui.Option
	year := tariff.SchoolYear(today)
	last := tariff.SchoolYear(year.From.AddDays(-1))
	m := civil.MonthOf(today)
	for range 12 {
		out = append(out, ui.Option{Value: m.String(), Label: m.French()})
		m = m.Prev()
	}
	for _, y := range []civil.Range{year, last} {
		label := strconv.Itoa(y.From.Year) + "-" + strconv.Itoa(y.To.Year)
		out = append(out, ui.Option{Value: label, Label: "Année scolaire " + label})
	}
	return out
}

// periodOf reads a value of periods; nothing for another.
func periodOf(text string, today civil.Date) civil.Range {
	if !slices.ContainsFunc(periods(today), func(o ui.Option) bool { return o.Value == text }) {
		return civil.Range{}
	}
	if m, err := civil.ParseMonth(text); err == nil {
		return m.Range()
	}
	first, _ := strconv.Atoi(text[:4])
	return tariff.SchoolYear(civil.New(first, 9, 1))
}

func (p Pages) simulate(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	var s simulation.Simulation
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		s, err = simulation.Start(r.Context(), tx, household.ByAgent(who), f.All("grilles"), periodOf(f.Raw("periode"), civil.DateOf(tx.Now, web.Town(r).Loc)))
		return err
	})
	if f.Blame(err) {
		return p.showSimulations(w, r, who, http.StatusUnprocessableEntity, simulationsView{Form: f, Chosen: f.All("grilles")})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, simulations+"/"+s.ID)
}

// simulationView is what a simulation found.
type simulationView struct {
	simulation.Simulation
	Period     string
	Bands      []bandRow
	Chart      ui.Bars
	Activities []sumRow
	Rises      []caseRow
	Falls      []caseRow
	Meals      string // meals at one euro that invoices of the month say, when it is a month that was billed
}

// bandRow is the households of some quotients.
type bandRow struct {
	Label string
	simulation.Band
}

// sumRow is what something costs before and after.
type sumRow struct {
	Label string
	simulation.Sum
}

// caseRow is one household.
type caseRow struct {
	ID, Name, Quotient string
	simulation.Sum
}

func (p Pages) simulation(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	var v simulationView
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Simulation, err = simulation.ByID(r.Context(), tx, r.PathValue("simulation")); err != nil {
			return err
		}
		c, err := activity.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		v.fill(c)
		if v.Rises, err = cases(r, tx, v.Result.Rises); err != nil {
			return err
		}
		if v.Falls, err = cases(r, tx, v.Result.Falls); err != nil {
			return err
		}
		m := civil.MonthOf(v.Simulation.Period.From)
		if m.Range() != v.Simulation.Period {
			return nil
		}
		var canteens []string
		for _, a := range c.Activities {
			if a.Kind == activity.Canteen {
				canteens = append(canteens, a.ID)
			}
		}
		n, err := billing.MealsUpTo(r.Context(), tx, canteens, m, 100)
		if n > 0 {
			v.Meals = ui.Count(int(n), "repas à 1 € ou moins déjà facturé", "repas à 1 € ou moins déjà facturés") + " pour " + m.French() + "."
		}
		return err
	})
	if err != nil {
		return err
	}
	page := p.frame(w, r, "Simulation", who, ui.Link{Href: simulations, Label: "Simuler un tarif"})
	return web.Render(w, r, http.StatusOK, simulationPage(page, v))
}

func (v *simulationView) fill(c *activity.Catalogue) {
	s := v.Simulation
	v.Period = "du " + s.Period.From.DayMonthYear() + " au " + s.Period.To.DayMonthYear()
	if m := civil.MonthOf(s.Period.From); m.Range() == s.Period {
		v.Period = m.French()
	}
	for i, b := range s.Result.Bands {
		label := "Quotient non connu"
		if i < len(simulation.Edges) {
			label = "À partir de " + tariff.Quotient(simulation.Edges[i])
			if i+1 < len(simulation.Edges) {
				label = "De " + tariff.Quotient(simulation.Edges[i]) + " à moins de " + tariff.Quotient(simulation.Edges[i+1])
			}
		}
		if b.Households > 0 {
			v.Bands = append(v.Bands, bandRow{label, b})
		}
	}
	v.Chart = ui.Bars{ID: "changement", Title: "Foyers selon ce que leur facture d’un mois gagne ou perd, en euros", Series: []string{"Foyers"}}
	for i, n := range s.Result.Changes {
		v.Chart.Groups = append(v.Chart.Groups, ui.BarGroup{Label: stepLabel(i), Values: []int{int(n)}})
	}
	for _, a := range c.Activities {
		if sum, ok := s.Result.Activities[a.ID]; ok {
			v.Activities = append(v.Activities, sumRow{a.Name, sum})
		}
	}
}

// stepLabel names a bar of the chart, in few letters: nine of them stand side by side.
func stepLabel(i int) string {
	return [...]string{"< −50", "−50", "−20", "−5", "égal", "+0", "+5", "+20", "> 50"}[i]
}

func cases(r *http.Request, tx *db.Tx, list []simulation.Case) ([]caseRow, error) {
	var out []caseRow
	for _, c := range list {
		h, err := household.ByID(r.Context(), tx, c.Household)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		row := caseRow{ID: h.ID, Name: h.Name, Quotient: before(c.Quotient), Sum: c.Sum}
		out = append(out, row)
	}
	return slices.Clip(out), nil
}

// households says how many households there are on one side: their number is beside.
func households(n int64, what string) string {
	if n < 2 {
		return "foyer paie " + what
	}
	return "foyers paient " + what
}

func difference(s simulation.Sum) money.Cents { return s.After - s.Before }

// rate says a difference in percent: "+2,4 %".
func rate(s simulation.Sum) string {
	if s.Before == 0 {
		return ""
	}
	p := int64(money.RoundRate(int64(s.After-s.Before), 10_000, int64(s.Before)))
	sign := ""
	if p > 0 {
		sign = "+\u00a0"
	}
	return sign + tariff.Percent(p) + "\u00a0%"
}
