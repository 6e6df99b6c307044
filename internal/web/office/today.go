package office

import (
	"context"
	"net/http"

	"preau/internal/activity"
	"preau/internal/audit"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/job"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
	"preau/internal/words"
)

func (p Pages) todayRoutes(s *web.Server) {
	s.Handle("GET /bureau", p.Door.AnyAgent(p.today))
	s.Handle("POST /bureau/taches", p.Door.Office(staff.Settings, p.mendJob))
}

// todayView is a day as the agents' first page shows it.
type todayView struct {
	Day            civil.Date
	IsToday        bool
	Title, Under   string
	Previous, Next civil.Date
	Alerts         []alert
	Instructs      bool // the agent answers requests
	MayClose       bool
	Requests       []requestLine // the first few
	Waiting        int64         // requests in all
	Activities     []dayActivity
	Menus          []menuCount
	Kitchens       []booking.Kitchen
	Meals          int64
	NextService    civil.Date // of any activity, when this day has none
	DeadJobs       []deadJob
}

// alert is one thing to know or to do, with the page where it is done.
type alert struct {
	Bad          bool
	Icon         string
	Strong, Text string
	Href, Label  string
}

// dayActivity is an activity of the day over the agent's sites.
type dayActivity struct {
	Name, Sub, Href string
	Booked          int64
	Places          int64 // of all sites together; 0 when one has no limit
	Closed          string
}

// menuCount is a number of meals.
type menuCount struct {
	Menu string
	N    int64
}

// deadJob is a task that will not be tried again by itself.
type deadJob struct{ ID, What, Since, Error string }

func (p Pages) today(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	v := todayView{Day: q.Date("jour"), Instructs: who.May(staff.Instruct, ""), MayClose: who.May(staff.Closures, "")}
	t := web.Town(r)
	err = t.DB.Read(r.Context(), func(tx *db.Tx) error {
		now := civil.DateOf(tx.Now, t.Loc)
		if v.Day.IsZero() {
			v.Day = now
		}
		v.IsToday = v.Day == now
		c, err := activity.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		for _, load := range []func(context.Context, *db.Tx, staff.Agent, *activity.Catalogue) error{v.counts, v.kitchen} {
			if err := load(r.Context(), tx, who, c); err != nil {
				return err
			}
		}
		v.head(c)
		return v.alerts(r.Context(), tx, who, t.Loc)
	})
	if err != nil {
		return err
	}
	page := p.frame(w, r, "Aujourd’hui", todayPath, who)
	return web.Render(w, r, http.StatusOK, todayPage(page, v))
}

// head writes the title and the line under it.
func (v *todayView) head(c *activity.Catalogue) {
	v.Previous, v.Next = v.Day.AddDays(-1), v.Day.AddDays(1)
	_, week := v.Day.ISOWeek()
	v.Title = words.UpperFirst(v.Day.WeekdayDayMonth())
	v.Under = "Semaine " + itoa(week) + ", " + dayKind(c.Calendar, v.Day) + "."
	if v.Meals > 0 {
		v.Under += " " + many(v.Meals, "repas attendu à midi.", "repas attendus à midi.")
	}
	if len(v.Activities) > 0 {
		return
	}
	for _, a := range c.Activities {
		for _, site := range a.SiteIDs {
			if d, ok := nextService(c, a, site, v.Day, 1); ok && !a.Archived && (v.NextService.IsZero() || d.Before(v.NextService)) {
				v.NextService = d
			}
		}
	}
}

// counts groups the sessions of the day by activity.
func (v *todayView) counts(ctx context.Context, tx *db.Tx, who staff.Agent, _ *activity.Catalogue) error {
	list, err := booking.DayCounts(ctx, tx, who, v.Day)
	for i := 0; i < len(list); {
		j := i
		for j < len(list) && list[j].Activity == list[i].Activity {
			j++
		}
		v.Activities = append(v.Activities, groupDay(list[i:j], v.Day))
		i = j
	}
	return err
}

func groupDay(list []booking.DayCount, d civil.Date) dayActivity {
	a := list[0].Activity
	g := dayActivity{Name: a.Name, Sub: "à " + solid(a.LiveOptions()[0].Starts.French()), Href: address(listsPath, "jour", d.String(), "activite", a.Code)}
	limited := len(a.LiveOptions()) == 1
	open := 0
	for _, n := range list {
		g.Booked += n.Booked
		switch {
		case n.Closed != "":
			g.Closed = n.Closed
			continue
		case n.Places == nil:
			limited = false
		default:
			g.Places += *n.Places
		}
		open++
	}
	switch {
	case len(list) == 1:
		g.Name, g.Href = a.Name+", "+lowered(list[0].Site.Name), sheetAddress(a, list[0].Site, d)
	case open > 0 && open < len(list):
		g.Sub = ui.Count(open, "site ouvert", "sites ouverts") + " sur " + itoa(len(list)) + ", " + g.Sub
	case open > 0:
		g.Sub = itoa(open) + " sites, " + g.Sub
	}
	if open > 0 {
		g.Closed = ""
	}
	if !limited {
		g.Places = 0
	}
	return g
}

// kitchen adds up the meals of the sites.
func (v *todayView) kitchen(ctx context.Context, tx *db.Tx, who staff.Agent, _ *activity.Catalogue) (err error) {
	v.Kitchens, err = booking.KitchenCounts(ctx, tx, who, v.Day)
	for _, k := range v.Kitchens {
		v.Meals += k.Total
	}
	v.Menus = menuCounts(func(menu string) (n int64) {
		for _, k := range v.Kitchens {
			n += k.Menus[menu]
		}
		return n
	})
	return err
}

// mendJob tries a dead task again, or gives it up.
func (p Pages) mendJob(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	act, said, do := "job.retry", "La tâche va être tentée à nouveau", job.Retry
	if form.Raw("geste") == "abandonner" {
		act, said, do = "job.drop", "La tâche est abandonnée", job.Drop
	}
	id := form.Text("tache", 40)
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		if err := do(r.Context(), tx, id); err != nil {
			return err
		}
		return audit.Record(r.Context(), tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: act, Subject: "job:" + id})
	})
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: said})
	return web.Redirect(w, r, todayPath)
}
