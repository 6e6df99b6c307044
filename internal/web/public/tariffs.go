package public

import (
	"net/http"
	"slices"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/tariff"
	"preau/internal/web"
)

// tariffsPath is the page of every price.
const tariffsPath = "/tarifs"

// activityPrices is what one activity costs.
type activityPrices struct {
	ID, Code, Name string
	Prices         []priceTable
}

// tariffs shows what every activity costs, on one page that prints. It is drawn from the grids that price the days.
func (p Pages) tariffs(w http.ResponseWriter, r *http.Request) error {
	var list []activityPrices
	t := web.Town(r)
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		c, err := activity.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		today := civil.DateOf(tx.Now, t.Loc)
		for _, a := range c.Activities {
			if tables := prices(c, a, today); !a.Archived && len(tables) > 0 {
				list = append(list, activityPrices{a.ID, a.Code, a.Name, tables})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, tariffsPage(p.frame(w, r, "Tarifs", activitiesPath), list))
}

// otherPrices are those of an age group alone, and the fees.
func otherPrices(c *activity.Catalogue, a *activity.Activity, today civil.Date) []priceTable {
	var out []priceTable
	grids := c.Grids(a.ID)
	for i := range grids {
		g := &grids[i]
		if g.AgeGroup == "" && !g.Per.Fee() || over(grids, g, today) {
			continue
		}
		title := "Forfait"
		if o, ok := a.OptionByID(g.OptionID); ok {
			title = o.Name
		} else if !g.Per.Fee() {
			title = a.Name
		}
		switch g.AgeGroup {
		case "maternelle":
			title += ", en maternelle"
		case "elementaire":
			title += ", en élémentaire"
		}
		out = append(out, tableOf(*g, title))
	}
	return out
}

// over tells whether another grid has taken over.
func over(grids []tariff.Grid, g *tariff.Grid, today civil.Date) bool {
	return slices.ContainsFunc(grids, func(o tariff.Grid) bool {
		return o.From.After(g.From) && !o.From.After(today) && o.SameSeries(g)
	})
}

// tableOf lays out a grid, with its rules in sentences.
func tableOf(g tariff.Grid, title string) priceTable {
	t := priceTable{Title: title, Since: "Grille « " + g.Name + " », à partir du " + g.From.DayMonthYear(), Outside: g.NonResident != nil || g.NonResidentMore != 0,
		ByQuotient: g.Kind != tariff.Flat, Rows: priceRows(g), Rules: g.Sentences()}
	if !g.VotedOn.IsZero() {
		t.Since += ", votée le " + g.VotedOn.DayMonthYear()
	}
	if g.Kind == tariff.Effort {
		t.Rules = append([]string{"Le prix est de " + g.Formula() + "."}, t.Rules...)
	}
	if g.Per != tariff.PerDay && g.Per != "" {
		t.Title += ", " + g.Per.PerWords()
	}
	return t
}
