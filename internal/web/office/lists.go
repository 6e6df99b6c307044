package office

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"preau/internal/activity"
	"preau/internal/attendance"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/sheet"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
	"preau/internal/words"
)

func (p Pages) listRoutes(s *web.Server) {
	s.Handle("GET /bureau/listes", p.Door.Office(staff.Lists, p.lists))
}

// listChoice is what the form above the lists asks.
type listChoice struct {
	Day               civil.Date
	Activity, Site    string // codes
	Activities, Sites []ui.Option
	Form              *web.Form
}

// dayListsView is the page of a day: every activity and site of the agent.
type dayListsView struct {
	listChoice
	Title    string
	Counts   []booking.DayCount
	Previous civil.Date
	Next     civil.Date
	Kind     string
}

// sheetView is the list of an activity at a site on a day.
type sheetView struct {
	listChoice
	Sheet          booking.Sheet
	Title, Under   string
	Coming         []sheetRow // booked
	Pending, Queue []sheetRow
	Options        []booking.OptionCount
	Menus          []menuCount
	Several        bool // options
	Meal           bool
	Schools        bool // children of several schools
	Health         bool // the agent may know who has a PAI
	Pickup         bool // who may come for the child is shown
	Calendars      bool // the agent may open a child's calendar
	NoService      string
	Previous, Next civil.Date // days with service; zero when there is none near
}

// sheetRow is one child of a list.
type sheetRow struct {
	booking.SheetLine
	Calendar string
	Notes    []string
	PAI      bool
	Alone    string   // from when the child may leave alone; empty: not
	Collect  []string // who may come for the child
}

func (p Pages) lists(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	choice := listChoice{Day: q.Date("jour"), Activity: q.Text("activite", 40), Site: q.Text("etablissement", 40), Form: q}
	var index dayListsView
	var list *sheetView
	t := web.Town(r)
	err = t.DB.Read(r.Context(), func(tx *db.Tx) error {
		if choice.Day.IsZero() {
			choice.Day = civil.DateOf(tx.Now, t.Loc)
		}
		c, err := activity.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		a, s, err := choice.read(c, who)
		if err != nil {
			return err
		}
		if a == nil || s == nil {
			return index.load(r.Context(), tx, who, c, choice)
		}
		list = &sheetView{listChoice: choice}
		if err := list.load(r.Context(), tx, who, c, a, s, t.Loc); err != nil {
			return err
		}
		return list.addCare(r.Context(), tx, who, t.KeyFor("health"))
	})
	if err != nil {
		return err
	}
	status := http.StatusOK
	if q.Err() != nil {
		status = http.StatusUnprocessableEntity
	}
	switch {
	case list == nil:
		page := p.frame(w, r, "Listes du "+index.Day.Long(), listsPath, who)
		return web.Render(w, r, status, dayListsPage(page, index))
	case q.Raw("format") == "csv":
		return list.download(w)
	}
	page := p.frame(w, r, list.Title+", "+list.Day.Long(), listsPath, who)
	page.Crumbs = []ui.Link{{Href: address(listsPath, "jour", list.Day.String()), Label: "Listes du jour"}, {Label: list.Title}}
	return web.Render(w, r, status, sheetPage(page, *list))
}

// read finds the activity and the site chosen, among the agent's; an activity of one site needs no choice.
func (v *listChoice) read(c *activity.Catalogue, who staff.Agent) (a *activity.Activity, s *activity.Site, err error) {
	sites, activities := offered(c, who, staff.Lists)
	v.Activities, v.Sites = []ui.Option{{Label: "Toutes les activités"}}, []ui.Option{{Label: "Tous les sites"}}
	for _, o := range activities {
		v.Activities = append(v.Activities, ui.Option{Value: o.Code, Label: o.Name})
		if o.Code == v.Activity {
			a = o
		}
	}
	for _, o := range sites {
		v.Sites = append(v.Sites, ui.Option{Value: o.Code, Label: o.Name})
		if o.Code == v.Site {
			s = o
		}
	}
	if (v.Activity != "" && a == nil) || (v.Site != "" && s == nil) {
		return nil, nil, fault.NotFoundf("Cette liste n’existe pas, ou ne concerne pas vos sites.")
	}
	if a != nil && s == nil {
		at := slices.DeleteFunc(slices.Clone(sites), func(o *activity.Site) bool { return !a.OfferedAt(o.ID) })
		if len(at) == 1 {
			s = at[0]
		}
	}
	if a != nil && s != nil && !a.OfferedAt(s.ID) {
		s = nil
	}
	return a, s, nil
}

// load counts a day, activity by activity.
func (v *dayListsView) load(ctx context.Context, tx *db.Tx, who staff.Agent, c *activity.Catalogue, choice listChoice) (err error) {
	v.listChoice = choice
	v.Previous, v.Next, v.Kind = v.Day.AddDays(-1), v.Day.AddDays(1), dayKind(c.Calendar, v.Day)
	v.Counts, err = booking.DayCounts(ctx, tx, who, v.Day)
	v.Counts = slices.DeleteFunc(v.Counts, func(n booking.DayCount) bool {
		return (v.Activity != "" && n.Activity.Code != v.Activity) || (v.Site != "" && n.Site.Code != v.Site)
	})
	return err
}

// load reads the list of an activity at a site.
func (v *sheetView) load(ctx context.Context, tx *db.Tx, who staff.Agent, c *activity.Catalogue, a *activity.Activity, s *activity.Site, loc *time.Location) (err error) {
	if v.Sheet, err = booking.DaySheet(ctx, tx, a.ID, s.ID, v.Day); err != nil {
		return err
	}
	v.Activity, v.Site = a.Code, s.Code
	v.Title, v.Under = a.Name+", "+lowered(s.Name), words.UpperFirst(v.Day.Long())
	v.NoService = noService(v.Sheet.Service, a, v.Day)
	v.Options, v.Several = v.Sheet.Options, len(v.Sheet.Options) > 1
	v.Calendars = who.May(staff.Instruct, s.ID)
	v.Menus = menuCounts(func(menu string) int64 { return int64(v.Sheet.Menus[menu]) })
	v.Meal = slices.ContainsFunc(v.Options, func(o booking.OptionCount) bool { return booking.ServesMeal(o.Option) })
	v.Previous, _ = nextService(c, a, s.ID, v.Day, -1)
	v.Next, _ = nextService(c, a, s.ID, v.Day, 1)
	absent, err := attendance.Announced(ctx, tx, v.Day)
	if err != nil {
		return err
	}
	for _, l := range v.Sheet.Lines {
		v.Schools = v.Schools || (l.School != "" && l.School != s.Name)
		row := sheetRow{SheetLine: l, Calendar: calendarAddress(l.EnrolmentID, l.HouseholdID, v.Day)}
		for _, n := range absent[l.ChildID] {
			if n.Covers(l.HouseholdID, l.MadeAt) {
				row.Notes = append(row.Notes, "absence signalée le "+solid(civil.ShortInstant(n.At, loc)))
			}
		}
		v.add(row, loc)
	}
	slices.SortStableFunc(v.Queue, func(a, b sheetRow) int {
		offer := func(r sheetRow) int { return map[bool]int{true: 0, false: 1}[r.State == booking.StateOffered] }
		return cmp.Or(offer(a)-offer(b), cmp.Compare(b.Points, a.Points), a.MadeAt.Compare(b.MadeAt), strings.Compare(a.BookingID, b.BookingID))
	})
	return nil
}

// add puts a child among those who come, or those who wait.
func (v *sheetView) add(row sheetRow, loc *time.Location) {
	if row.Late {
		row.Notes = append(row.Notes, "hors délai")
	}
	if row.Over {
		row.Notes = append(row.Notes, "place en plus")
	}
	switch row.State {
	case booking.StateBooked:
		v.Coming = append(v.Coming, row)
	case booking.StatePending:
		v.Pending = append(v.Pending, row)
	case booking.StateOffered:
		row.Notes = append(row.Notes, "place proposée jusqu’au "+solid(civil.ShortInstant(row.OfferedUntil, loc)))
		v.Queue = append(v.Queue, row)
	default:
		v.Queue = append(v.Queue, row)
	}
}

// download sends the list as a spreadsheet.
func (v *sheetView) download(w http.ResponseWriter) error {
	rows := [][]string{{"Jour", "Activité", "Établissement", "Nom", "Prénom", "Niveau", "Classe", "École", "Formule", "Menu", "État", "PAI", "Part seul", "Peut venir chercher", "Remarque"}}
	for _, list := range [][]sheetRow{v.Coming, v.Pending, v.Queue} {
		for _, l := range list {
			rows = append(rows, []string{v.Day.Numeric(), v.Sheet.Activity.Name, v.Sheet.Site.Name, l.LastName, l.FirstName, l.Level, l.ClassName, l.School, l.Option,
				words.Menu(l.Menu), words.State(l.State), map[bool]string{true: "oui"}[l.PAI], l.Alone, strings.Join(l.Collect, " ; "), strings.Join(l.Notes, ", ")})
		}
	}
	var b bytes.Buffer
	if err := sheet.Write(&b, rows); err != nil {
		return err
	}
	return web.Download(w, sheet.ContentType, "liste-"+fileWord(v.Activity)+"-"+fileWord(v.Site)+"-"+v.Day.String()+".csv", b.Bytes())
}

// fileWord keeps the letters and digits of a code, for the name of a file.
func fileWord(code string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, household.Fold(code))
}
