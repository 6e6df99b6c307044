package family

import (
	"net/http"
	"time"

	"preau/internal/activity"
	"preau/internal/calendar"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// yearView is a school year of a shared child, as one of its parents sees it.
type yearView struct {
	Child          household.Child
	Path           string
	Label          string // "2026-2027"
	Previous, Next string
	Months         []monthGrid
	Changes        []string // the next changes of hands, in words
	Contested      int      // days two households claim
	None           bool     // nobody said anything: every day is to be settled
}

// monthGrid is a month as whole weeks.
type monthGrid struct {
	Name  string
	Weeks [][]custodyCell
}

// custodyCell is a day of the grid; one of another month has no number.
type custodyCell struct {
	Number string
	Who    string // "ours", "theirs", "split", "contested"
	Words  string // read by screen readers, and on hover
	Today  bool
}

// changesShown is how many changes of hands the page lists.
const changesShown = 8

// custodyYear shows whose each day of a shared child is. Nothing but the days is the other parent's to be seen.
func (p Pages) custodyYear(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	var v yearView
	t := web.Town(r)
	err = t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Child, err = household.ChildOf(r.Context(), tx, who, r.PathValue("enfant")); err != nil {
			return err
		}
		if !v.Child.Shared {
			return fault.NotFoundf("%s vit dans un seul foyer : il n’y a pas de calendrier de garde.", v.Child.FirstName)
		}
		plan, err := household.CustodyOf(r.Context(), tx, v.Child.ID)
		if err != nil {
			return err
		}
		c, err := activity.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		v.None = len(plan.Rules) == 0 && len(plan.Dates) == 0
		v.fill(custodian{plan, who.HouseholdID, t.Loc, c.Calendar, civil.DateOf(tx.Now, t.Loc)}, q.Raw("annee"))
		return nil
	})
	if err != nil {
		return err
	}
	page := p.frame(w, r, "Garde "+of(v.Child.FirstName), householdPath, who.Name())
	page.Crumbs = []ui.Link{{Href: householdPath, Label: "Mon foyer"}, {Href: v.Path, Label: v.Child.FirstName}, {Label: "Calendrier de garde"}}
	return web.Render(w, r, http.StatusOK, custodyYearPage(page, v))
}

// custodian answers whose a day is, for one household.
type custodian struct {
	plan  household.Custody
	home  string
	loc   *time.Location
	cal   *calendar.Calendar
	today civil.Date
}

// fill draws the school year asked, or that of today.
func (v *yearView) fill(k custodian, asked string) {
	v.Path = childrenPath + v.Child.ID
	if v.Label = asked; !household.ValidSchoolYear(asked) || asked < "1901" || asked > "9997" {
		v.Label = household.SchoolYearOf(k.today)
	}
	first := civil.MustParse(v.Label[:4] + "-08-01")
	v.Previous, v.Next = household.SchoolYearOf(first.AddDays(-1)), household.SchoolYearOf(first.AddDays(380))
	month := civil.MonthOf(first)
	for range 12 {
		v.Months = append(v.Months, v.month(k, month))
		month = month.Next()
	}
	if v.Label == household.SchoolYearOf(k.today) {
		v.Changes = k.changes()
	}
}

func (v *yearView) month(k custodian, m civil.Month) monthGrid {
	g := monthGrid{Name: upper(m.French())}
	for monday := m.First().Monday(); !monday.After(m.Last()); monday = monday.AddDays(7) {
		week := make([]custodyCell, 7)
		for i := range week {
			if d := monday.AddDays(i); m.Range().Contains(d) {
				week[i] = k.cell(d)
				v.Contested += one(week[i].Who == "contested")
			}
		}
		g.Weeks = append(g.Weeks, week)
	}
	return g
}

// cell says whose a day is.
func (k custodian) cell(d civil.Date) custodyCell {
	c := custodyCell{Number: itoa(d.Day), Today: d == k.today}
	for i, part := range k.plan.Day(d, k.loc, k.cal) {
		who, words := k.whose(part.Holder)
		switch {
		case i == 0:
			c.Who, c.Words = who, words
			continue
		case who == "contested" || c.Who == "contested":
			c.Who = "contested"
		default:
			c.Who = "split"
		}
		c.Words += ", puis à " + part.From.French() + " " + words
	}
	return c
}

func (k custodian) whose(h household.Holder) (who, words string) {
	switch {
	case h.Contested || h.HouseholdID == "":
		return "contested", "à départager"
	case h.HouseholdID == k.home:
		return "ours", "chez vous"
	}
	return "theirs", "chez l’autre parent"
}

// changes lists the next times the child changes hands.
func (k custodian) changes() []string {
	var list []string
	last := ""
	for d := k.today; len(list) < changesShown && d.DaysSince(k.today) < 120; d = d.AddDays(1) {
		for _, part := range k.plan.Day(d, k.loc, k.cal) {
			_, words := k.whose(part.Holder)
			if last != "" && words != last {
				list = append(list, upper(d.Long())+" à "+part.From.French()+" : "+words)
			}
			last = words
		}
	}
	return list
}
