// Package tariffs holds the pages of agents about prices: the grids of each activity, drafted, previewed and published; what a household
// pays and why (quotient, exceptions, aids); files of quotients; and the simulator.
package tariffs

import (
	"net/http"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/staff"
	"preau/internal/tariff"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
)

const (
	home      = "/bureau/parametres/tarifs"
	gridsPath = "/bureau/parametres/grilles/"
)

// Pages are the handlers of the package.
type Pages struct {
	Door *signin.Door
}

// Routes adds the pages to a server.
func (p Pages) Routes(s *web.Server) {
	s.Handle("GET /bureau/parametres/tarifs", p.Door.Office(staff.Settings, p.list))
	s.Handle("GET /bureau/parametres/tarifs/{activity}", p.Door.Office(staff.Settings, p.activity))
	s.Handle("POST /bureau/parametres/tarifs/{activity}", p.Door.Office(staff.Settings, p.saveSettings))
	s.Handle("GET /bureau/parametres/tarifs/{activity}/nouvelle", p.Door.Office(staff.Settings, p.newGrid))
	s.Handle("POST /bureau/parametres/tarifs/{activity}/nouvelle", p.Door.Office(staff.Settings, p.saveNew))
	s.Handle("GET /bureau/parametres/grilles/{grid}", p.Door.Office(staff.Settings, p.grid))
	s.Handle("GET /bureau/parametres/grilles/{grid}/correction", p.Door.Office(staff.Settings, p.editGrid))
	s.Handle("POST /bureau/parametres/grilles/{grid}/correction", p.Door.Office(staff.Settings, p.saveEdit))
	s.Handle("POST /bureau/parametres/grilles/{grid}/publication", p.Door.Office(staff.Settings, p.publish))
	s.Handle("POST /bureau/parametres/grilles/{grid}/retrait", p.Door.Office(staff.Settings, p.withdraw))
	s.Handle("POST /bureau/parametres/grilles/{grid}/suppression", p.Door.Office(staff.Settings, p.drop))
	p.householdRoutes(s)
	p.quotientRoutes(s)
	p.simulationRoutes(s)
}

func (p Pages) frame(w http.ResponseWriter, r *http.Request, title string, who staff.Agent, crumbs ...ui.Link) ui.Page {
	page := signin.OfficePage(w, r, title, home, who)
	if len(crumbs) > 0 {
		page.Crumbs = append(append([]ui.Link{{Href: home, Label: "Tarifs"}}, crumbs...), ui.Link{Label: title})
	}
	return page
}

// listView is the prices of every activity.
type listView struct {
	Lines  []priceLine
	Drafts []draftLine
}

// priceLine is an activity with what it costs today.
type priceLine struct {
	Activity *activity.Activity
	Grids    []gridLine
	Above    bool // some price passes the cost price
}

// draftLine is a grid being prepared.
type draftLine struct {
	activity.KeptGrid
	Activity string
}

func (p Pages) list(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	var v listView
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		c, err := activity.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		today := civil.DateOf(tx.Now, web.Town(r).Loc)
		for _, a := range c.Activities {
			if !a.Archived {
				l := priceLine{Activity: a, Grids: standing(c, a, today)}
				for _, g := range l.Grids {
					l.Above = l.Above || g.Above
				}
				v.Lines = append(v.Lines, l)
			}
		}
		drafts, err := activity.Drafts(r.Context(), tx)
		for _, d := range drafts {
			line := draftLine{KeptGrid: d}
			if a, ok := c.Activity(d.ActivityID); ok {
				line.Activity = a.Name
			}
			v.Drafts = append(v.Drafts, line)
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, listPage(p.frame(w, r, "Tarifs", who), v))
}

// gridLine is a grid in one line.
type gridLine struct {
	ID, Name, Whom, Formula, From string
	State                         string // "en vigueur", "à venir", "remplacée", "brouillon", "retirée"
	Above                         bool
}

// standing lists the grids of an activity that price a day from today on.
func standing(c *activity.Catalogue, a *activity.Activity, today civil.Date) []gridLine {
	var out []gridLine
	grids := c.Grids(a.ID)
	for i := range grids {
		g := &grids[i]
		if state := stateOf(grids, g, today); state != replaced {
			out = append(out, lineOf(a, g, state))
		}
	}
	return out
}

const (
	inForce  = "En vigueur"
	toCome   = "À venir"
	replaced = "Remplacée"
)

// stateOf says how a published grid stands among those of its activity.
func stateOf(grids []tariff.Grid, g *tariff.Grid, today civil.Date) string {
	if g.From.After(today) {
		return toCome
	}
	for i := range grids {
		if later := &grids[i]; later.From.After(g.From) && !later.From.After(today) && later.SameSeries(g) {
			return replaced
		}
	}
	return inForce
}

func lineOf(a *activity.Activity, g *tariff.Grid, state string) gridLine {
	return gridLine{ID: g.ID, Name: g.Name, Whom: whom(a, g), Formula: g.Formula() + " " + g.Per.PerWords(), From: g.From.Short(), State: state, Above: above(a, g)}
}

// whom says for what a grid is: "Repas, maternelle".
func whom(a *activity.Activity, g *tariff.Grid) string {
	says := "Toutes les formules"
	if len(a.LiveOptions()) < 2 || g.Per.Fee() {
		says = "Toute l’activité"
	}
	if o, ok := a.OptionByID(g.OptionID); ok {
		says = o.Name
	}
	switch g.AgeGroup {
	case "maternelle":
		says += ", maternelle"
	case "elementaire":
		says += ", élémentaire"
	}
	return says
}

// above tells whether a price of a day in the grid passes the cost price.
func above(a *activity.Activity, g *tariff.Grid) bool {
	if g.Per.Fee() || g.Per == tariff.PerHalfHour {
		return false
	}
	for _, row := range g.Rows() {
		if a.AboveCost(row.Resident) || a.AboveCost(row.Outside) {
			return true
		}
	}
	return false
}

// activityView is the grids of one activity, and what the town says of its prices.
type activityView struct {
	Activity activity.Activity
	Grids    []gridLine
	Form     *web.Form
	Free     bool // no grid is in force: the activity cannot be billed
}

func (v activityView) path() string { return home + "/" + v.Activity.ID }

func (v activityView) cost() string {
	if v.Activity.CostPrice == nil {
		return ""
	}
	return v.Activity.CostPrice.Typed()
}

func (p Pages) activity(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showActivity(w, r, who, http.StatusOK, nil)
}

func (p Pages) showActivity(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	v := activityView{Form: form}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		c, a, err := activityOf(r, tx)
		if err != nil {
			return err
		}
		v.Activity, v.Free = *a, true
		kept, err := activity.KeptGrids(r.Context(), tx, a.ID)
		today, grids := civil.DateOf(tx.Now, web.Town(r).Loc), c.Grids(a.ID)
		for i := range kept {
			state := "Brouillon"
			switch k := &kept[i]; {
			case !k.WithdrawnAt.IsZero():
				state = "Retirée"
			case k.Stands():
				state = stateOf(grids, &k.Grid, today)
			}
			v.Free = v.Free && state != inForce
			v.Grids = append(v.Grids, lineOf(a, &kept[i].Grid, state))
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, status, activityPage(p.frame(w, r, v.Activity.Name, who, []ui.Link{}...), v))
}

// activityOf finds the activity of the address.
func activityOf(r *http.Request, tx *db.Tx) (*activity.Catalogue, *activity.Activity, error) {
	c, err := activity.Load(r.Context(), tx)
	if err != nil {
		return nil, nil, err
	}
	a, ok := c.Activity(r.PathValue("activity"))
	if !ok {
		return nil, nil, fault.NotFoundf("Cette activité n’existe pas.")
	}
	return c, a, nil
}

func (p Pages) saveSettings(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	s := activity.PriceSettings{CESU: activity.CESU(f.Raw("cesu"))}
	if cost, ok := f.Money("revient"); ok {
		s.CostPrice = &cost
	}
	if f.Err() == nil {
		err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
			return activity.SetPrices(r.Context(), tx, household.ByAgent(who), r.PathValue("activity"), s)
		})
		if err == nil {
			web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Les réglages sont enregistrés"})
			return web.Redirect(w, r, home+"/"+r.PathValue("activity"))
		}
		if !f.Blame(err) {
			return err
		}
	}
	return p.showActivity(w, r, who, http.StatusUnprocessableEntity, f)
}
