package tariffs

import (
	"net/http"

	"preau/internal/activity"
	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/money"
	"preau/internal/staff"
	"preau/internal/tariff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// gridView is one grid with what families would pay, beside what they pay in the grid before it.
type gridView struct {
	activity.KeptGrid
	Activity activity.Activity
	Whom     string
	State    string
	Before   string // name of the grid it takes over from
	Rows     []sampleRow
	Columns  []ui.Column
	Above    []string // what passes the cost price, in words
	Charged  bool
	Unit     string
	Past     bool // it begins before today
}

// sampleRow is what a family of some quotient pays: a figure a column.
type sampleRow struct {
	Quotient string
	Cells    []sampleCell
}

// sampleCell is an amount, or a difference.
type sampleCell struct {
	Text  string
	Above bool
}

// samples are quotients of families to try a grid on; nil is a family whose quotient is not known.
func samples(g *tariff.Grid) []*int64 {
	list := []int64{0, 300_00, 500_00, 700_00, 912_00, 1100_00, 1300_00, 1800_00}
	var out []*int64
	for i := range list {
		out = append(out, &list[i])
	}
	if g.Kind == tariff.Flat {
		out = out[4:5]
	}
	return append(out, nil)
}

func (p Pages) grid(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	var v gridView
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		var err error
		if v.KeptGrid, err = activity.GridByID(r.Context(), tx, r.PathValue("grid")); err != nil {
			return err
		}
		c, err := activity.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		if a, ok := c.Activity(v.ActivityID); ok {
			v.Activity = *a
		}
		today := civil.DateOf(tx.Now, web.Town(r).Loc)
		v.State, v.Past = "Brouillon", v.From.Before(today)
		switch {
		case !v.WithdrawnAt.IsZero():
			v.State = "Retirée"
		case v.Stands():
			v.State = stateOf(c.Grids(v.ActivityID), &v.Grid, today)
		}
		v.fill(c)
		v.Charged, err = billing.GridCharged(r.Context(), tx, v.ID)
		return err
	})
	if err != nil {
		return err
	}
	page := p.frame(w, r, v.Name, who, ui.Link{Href: home + "/" + v.Activity.ID, Label: v.Activity.Name})
	return web.Render(w, r, http.StatusOK, gridPage(page, v))
}

// fill works out what sample families pay.
func (v *gridView) fill(c *activity.Catalogue) {
	a, g := &v.Activity, &v.Grid
	v.Whom, v.Unit = whom(a, g), g.Per.PerWords()
	facts := tariff.Facts{AgeGroup: g.AgeGroup, Minutes: 30, Resident: true}
	before := tariff.Find(c.Grids(a.ID), g.OptionID, g.AgeGroup, g.Per.Series(), g.From.AddDays(-1))
	if before != nil {
		v.Before = before.Name
	}
	v.Columns = []ui.Column{{Label: "Quotient familial"}}
	for _, label := range v.labels(before) {
		v.Columns = append(v.Columns, ui.Column{Label: label, Num: true})
	}
	for _, q := range samples(g) {
		facts.Quotient = q
		row := sampleRow{Quotient: "Non connu"}
		if q != nil {
			row.Quotient = tariff.Quotient(*q)
		}
		v.cells(&row, before, facts)
		v.Rows = append(v.Rows, row)
	}
	if a.CostPrice == nil || !above(a, g) {
		return
	}
	for _, line := range g.Rows() {
		if a.AboveCost(line.Resident) {
			v.Above = append(v.Above, line.Label+" : "+line.Resident.String())
		}
		if g.NonResident == nil && line.Outside != line.Resident && a.AboveCost(line.Outside) {
			v.Above = append(v.Above, line.Label+", hors commune : "+line.Outside.String())
		}
	}
	if g.NonResident != nil && a.AboveCost(*g.NonResident) {
		v.Above = append(v.Above, "Hors commune : "+g.NonResident.String())
	}
}

func (v *gridView) labels(before *tariff.Grid) []string {
	out := []string{"Prix"}
	if before != nil {
		out = []string{"Avant", "Prix", "Différence"}
	}
	if len(v.Ranks) > 0 {
		out = append(out, "2e enfant")
	}
	if v.NonResident != nil || v.NonResidentMore != 0 {
		out = append(out, "Hors commune")
	}
	if len(v.Unbooked) > 0 {
		out = append(out, "Sans réservation")
	}
	return out
}

func (v *gridView) cells(row *sampleRow, before *tariff.Grid, f tariff.Facts) {
	g := &v.Grid
	add := func(c money.Cents) {
		row.Cells = append(row.Cells, sampleCell{c.String(), !g.Per.Fee() && v.Activity.AboveCost(c)})
	}
	price := g.Cents(f)
	if before != nil {
		old := before.Cents(f)
		row.Cells = append(row.Cells, sampleCell{Text: old.String()})
		add(price)
		row.Cells = append(row.Cells, sampleCell{Text: (price - old).Signed()})
	} else {
		add(price)
	}
	if len(g.Ranks) > 0 {
		f.Rank = 2
		add(g.Cents(f))
		f.Rank = 0
	}
	if g.NonResident != nil || g.NonResidentMore != 0 {
		f.Resident = false
		add(g.Cents(f))
		f.Resident = true
	}
	if len(g.Unbooked) > 0 {
		f.UnbookedBefore = g.Unbooked[len(g.Unbooked)-1].After
		row.Cells = append(row.Cells, sampleCell{Text: tariff.Sum(g.Quote(tariff.Unbooked, f)).String()})
	}
}

// act does something to a grid, and says what. A draft is only published or deleted as it was read: someone may have corrected it meanwhile.
func (p Pages) act(w http.ResponseWriter, r *http.Request, who staff.Agent, do func(tx *db.Tx, k activity.KeptGrid) error, said ui.Flash) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	var k activity.KeptGrid
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		if k, err = activity.GridByID(r.Context(), tx, r.PathValue("grid")); err != nil {
			return err
		}
		if k.Draft() && f.Raw("lu") != k.Mark() {
			return fault.Conflictf("Ce brouillon a été modifié depuis que vous l’avez ouvert. Rouvrez-le, et relisez qui paie quoi.")
		}
		return do(tx, k)
	})
	if err != nil {
		return err
	}
	web.Flash(w, r, said)
	return web.Redirect(w, r, home+"/"+k.ActivityID)
}

func (p Pages) publish(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.act(w, r, who, func(tx *db.Tx, k activity.KeptGrid) error {
		if k.Stands() { // the button was pressed twice
			return nil
		}
		return activity.PublishGrid(r.Context(), tx, household.ByAgent(who), k.ID)
	}, ui.Flash{Kind: ui.Good, Title: "La grille est publiée", Text: "Les familles la voient dès maintenant ; elle compte à partir de son premier jour."})
}

func (p Pages) withdraw(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.act(w, r, who, func(tx *db.Tx, k activity.KeptGrid) error {
		if !k.WithdrawnAt.IsZero() { // the button was pressed twice
			return nil
		}
		charged, err := billing.GridCharged(r.Context(), tx, k.ID)
		if err != nil {
			return err
		}
		return activity.WithdrawGrid(r.Context(), tx, household.ByAgent(who), k.ID, charged)
	}, ui.Flash{Kind: ui.Good, Title: "La grille est retirée", Text: "Les prix sont de nouveau ceux d’avant elle."})
}

func (p Pages) drop(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	said := ui.Flash{Kind: ui.Good, Title: "Le brouillon est supprimé"}
	err := p.act(w, r, who, func(tx *db.Tx, k activity.KeptGrid) error {
		return activity.DropDraft(r.Context(), tx, household.ByAgent(who), k.ID)
	}, said)
	if fault.Is(err, fault.NotFound) { // the button was pressed twice: of which activity it was is forgotten
		web.Flash(w, r, said)
		return web.Redirect(w, r, home)
	}
	return err
}
