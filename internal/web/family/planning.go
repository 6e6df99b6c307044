package family

import (
	"context"
	"net/http"
	"slices"
	"time"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/web"
	"preau/internal/web/ui"

	"github.com/a-h/templ"
)

const planningPath = "/espace/planning"

func (p Pages) planningRoutes(s *web.Server) {
	s.Handle("GET /espace/planning", p.Door.Counter(p.planning))
	s.Handle("POST /espace/planning/agenda", p.Door.Family(p.createFeed))
	s.Handle("POST /espace/planning/agenda/suppression", p.Door.Family(p.revokeFeed))
	s.Handle("GET /agenda/{file}", web.Anyone(p.feed))
}

// planningPage is the week or the month of all the children together.
type planningPage struct {
	ui.Page
	Name           string // of the family on paper: "Claire Martin"
	View           view
	Views          []ui.Tab
	Previous, Next ui.Link // empty at the ends of time
	Today          string  // address of the present; empty when it is shown
	Counts         []planCount
	Kids           []planKid  // of a week
	Columns        []planHead // the days of the week shown
	Weeks          []planWeek // of a month
	Nothing        bool
	NoChild        bool
	Feed           feedBox
	NoFeed         bool // the page says nothing of the guardian's secret address
}

// planCount is how many bookings of the view stand somewhere.
type planCount struct {
	Kind ui.Kind
	Icon string
	Text string
}

// planHead is a column: a day of a week view, a weekday of a month view.
type planHead struct {
	Label, Note string
	Today       bool
}

// planKid is one child of a week view.
type planKid struct {
	Name, School string
	Second       bool
	Days         []day
}

// planWeek is one week of a month view.
type planWeek struct {
	Number int
	Dates  string
	Days   []planDay
}

// planDay is one day of a month view, all children together.
type planDay struct {
	day
	Outside bool   // of the month
	Off     string // why there is no school
}

// feedBox is the secret address of the planning, when there is one.
type feedBox struct {
	Address, Webcal, Since string
}

// printAttrs has the button print the page.
var printAttrs = templ.Attributes{"data-print": true}

// planning shows all the children and activities of a week or a month together.
func (p Pages) planning(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	var page planningPage
	err = t.DB.Read(r.Context(), func(tx *db.Tx) error {
		d, err := readPlanning(r.Context(), tx, who, q, t.Loc)
		if err != nil {
			return err
		}
		page = d.page()
		if who.Counter != nil {
			page.NoFeed = true // the address is a secret of the guardian's
			return nil
		}
		f, ok, err := household.FeedOf(r.Context(), tx, t.KeyFor(feedKey), who)
		if err != nil {
			return err
		}
		if ok {
			page.Feed = newFeedBox(t.BaseURL, f, t.Loc)
		}
		return nil
	})
	if err != nil {
		return err
	}
	page.Page = p.frame(w, r, "Planning", planningPath, who.Name())
	page.Page.Wide, page.Name = true, who.Name()
	return web.Render(w, r, http.StatusOK, planningView(page))
}

// planningData is what a planning reads.
type planningData struct {
	*scene
	view  view
	kin   []booking.Kin
	lines []booking.PlanLine
}

func readPlanning(ctx context.Context, tx *db.Tx, who household.Guardian, q *web.Form, loc *time.Location) (*planningData, error) {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	d := &planningData{scene: newScene(tx.Now, loc)}
	d.cal, d.home = c.Calendar, who.HouseholdID
	d.view = view{Weekly: true, Monday: shownMonday(d.today)}
	if q.Raw("semaine") != "" || q.Raw("mois") != "" {
		d.view = readView(q, d.today, civil.Range{From: d.today, To: d.today})
	}
	if d.kin, err = booking.KinOf(ctx, tx, who, c, d.today); err != nil {
		return nil, err
	}
	if err := d.readCustody(ctx, tx, d.kin); err != nil {
		return nil, err
	}
	wishes, err := booking.Wishes(ctx, tx, who, c, d.today, loc)
	if err != nil {
		return nil, err
	}
	d.rank(wishes)
	if d.lines, err = booking.PlanLines(ctx, tx, who, c, d.view.span(), loc); err != nil {
		return nil, err
	}
	d.lines, err = d.readCame(ctx, tx, who, c, d.view.span(), d.lines, d.kin)
	d.arrange(d.kin, d.lines)
	return d, err
}

func (d *planningData) page() planningPage {
	page := planningPage{View: d.view, NoChild: len(d.kin) == 0}
	page.Previous, page.Next = turn(d.view.previous()), turn(d.view.next())
	other := ui.Tab{Href: planningPath + d.view.other(d.today).query(), Label: "Mois"}
	this := ui.Tab{Href: planningPath + d.view.query(), Label: "Semaine", Current: true}
	page.Views = []ui.Tab{this, other}
	if !d.view.Weekly {
		this.Label, other.Label = "Mois", "Semaine"
		page.Views = []ui.Tab{other, this}
	}
	if !d.view.span().Contains(d.today) {
		page.Today = planningPath
	}
	if d.view.Weekly {
		d.week(&page)
	} else {
		d.month(&page)
	}
	page.count()
	page.Nothing = len(page.Counts) == 0
	return page
}

func turn(v view) ui.Link {
	if !v.known() {
		return ui.Link{}
	}
	return ui.Link{Href: planningPath + v.query(), Label: v.title()}
}

// shownDays is how many days a week has on the page: five, more when something is booked on the weekend.
func (d *planningData) shownDays() int {
	n := 5
	for i := range d.lines {
		n = max(n, d.lines[i].Day.DaysSince(d.lines[i].Day.Monday())+1)
	}
	return n
}

func (d *planningData) week(page *planningPage) {
	n := d.shownDays()
	for i := range n {
		date := d.view.Monday.AddDays(i)
		page.Columns = append(page.Columns, planHead{Label: upper(weekday(date)) + " " + dayNumber(date), Note: d.off(date), Today: date == d.today})
	}
	for i, k := range d.kin {
		kid := planKid{Name: k.Child.FirstName, School: schoolOf(k), Second: i%2 == 1}
		for j := range n {
			date := d.view.Monday.AddDays(j)
			one := day{Date: date, Today: date == d.today, Slots: d.slots(func(p *booking.PlanLine) bool { return p.ChildID == k.Child.ID && p.Day == date })}
			if one.Empty = d.empty(k.Child.ID, date); one.Empty == d.off(date) {
				one.Empty = "" // the head of the column says it
			}
			kid.Days = append(kid.Days, one)
		}
		page.Kids = append(page.Kids, kid)
	}
}

func (d *planningData) month(page *planningPage) {
	n, span := d.shownDays(), d.view.span()
	for i := range n {
		page.Columns = append(page.Columns, planHead{Label: upper(weekday(span.From.AddDays(i)))})
	}
	for monday := span.From; !monday.After(span.To); monday = monday.AddDays(7) {
		_, number := monday.ISOWeek()
		week := planWeek{Number: number, Dates: weekDates(monday)}
		for i := range n {
			week.Days = append(week.Days, d.monthDay(monday.AddDays(i)))
		}
		if slices.ContainsFunc(week.Days, func(o planDay) bool { return !o.Outside }) {
			page.Weeks = append(page.Weeks, week)
		}
	}
}

// monthDay draws a day of a month: shorter than in a week, without hours nor what can still be changed.
func (d *planningData) monthDay(date civil.Date) planDay {
	if civil.MonthOf(date) != d.view.Month {
		return planDay{day: day{Date: date}, Outside: true}
	}
	one := planDay{day: day{Date: date, Today: date == d.today}, Off: d.off(date)}
	one.Slots = d.slots(func(p *booking.PlanLine) bool { return p.Day == date })
	for i := range one.Slots {
		s := &one.Slots[i]
		s.Hours = ""
		if s.Kind != waiting {
			s.Note = ""
		}
	}
	return one
}

// slots draws the bookings that belong to a cell.
func (d *planningData) slots(in func(*booking.PlanLine) bool) []slot {
	var list []slot
	for i := range d.lines {
		if p := &d.lines[i]; in(p) {
			list = append(list, d.slot(p))
		}
	}
	return list
}

// count sums up the view: to come, came, missed, closed, waiting.
func (p *planningPage) count() {
	n := map[stage]int{}
	add := func(list []slot) {
		for _, s := range list {
			n[s.Kind]++
		}
	}
	for _, k := range p.Kids {
		for _, d := range k.Days {
			add(d.Slots)
		}
	}
	for _, w := range p.Weeks {
		for _, d := range w.Days {
			add(d.Slots)
		}
	}
	p.Counts = counts(n)
}
