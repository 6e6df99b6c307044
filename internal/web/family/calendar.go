package family

import (
	"context"
	"net/http"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/money"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
	"preau/internal/words"
)

const reservationsPath = "/espace/reservations/"

func (p Pages) calendarRoutes(s *web.Server) {
	s.Handle("GET /espace/reservations", p.Door.Counter(p.calendars))
	s.Handle("GET /espace/reservations/{enrolment}", p.Door.CounterSession(p.calendar))
	s.Handle("POST /espace/reservations/{enrolment}/recapitulatif", p.Door.CounterSession(p.recap))
	s.Handle("POST /espace/reservations/{enrolment}", p.Door.CounterSession(p.book))
}

// calendars leads to the first calendar of the household that is open today.
func (p Pages) calendars(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	var all []booking.EnrolmentView
	town := web.Town(r)
	err := town.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		all, err = booking.EnrolmentsOf(r.Context(), tx, who)
		return err
	})
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return web.Redirect(w, r, "/espace")
	}
	return web.Redirect(w, r, reservationsPath+all[0].Enrolment.ID)
}

// calendarPage is what the calendar of one enrolment shows.
type calendarPage struct {
	ui.Page
	Heading, Under    string
	Path              string
	Rule              string
	View              view
	Previous, Next    view
	Other             view
	Children, Kinds   []ui.Tab
	Columns           []column
	Rows              []row
	Hidden            []hidden // the drawn state and what is wished outside the view
	Opened            string
	Siblings          []sibling
	Sum               sum
	Period            civil.Range
	Weekdays          []column // the days the activity runs
	Options           []ui.Option
	Result            *resultView
	Problem           string
	Plural, FirstName string
	HasPast           bool
	Periodicity       periodicity
}

// column is one day of the week in the head of the calendar.
type column struct {
	Name, Short, Class, Note string
	Value                    string // ISO digit
	On                       bool
}

// sibling is another child who can be asked for the same days.
type sibling struct {
	ID, Name, Sub string
	Ticked        bool
}

// sum is what the bar at the bottom says.
type sum struct {
	Added, Removed    int
	Cost              money.Cents
	When              string
	OutAdded, OutGone int // outside the view
	OutCost           money.Cents
}

// draft is a calendar being filled: the board over all the days it concerns and the wish so far.
type draft struct {
	town    *calendarTown
	who     household.Guardian
	all     []booking.EnrolmentView
	current booking.EnrolmentView
	board   *booking.Board
	view    view
	changes []booking.Change
	ranks   map[string]int64
	now     civil.Instant
}

// calendar shows the calendar as it stands.
func (p Pages) calendar(w http.ResponseWriter, r *http.Request, who signin.Guardian) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	var d draft
	var result *booking.Outcome
	err = townOf(r).read(r, func(ctx context.Context, tx *db.Tx, t *calendarTown) error {
		if err := d.open(ctx, tx, t, who.Guardian, r.PathValue("enrolment"), nil, func(c booking.EnrolmentView) view {
			return readView(q, civil.DateOf(tx.Now, t.loc), c.Enrolment.Period)
		}); err != nil {
			return err
		}
		if id := q.Raw("envoi"); id != "" {
			o, ok, err := booking.SubmissionOf(ctx, tx, who.Guardian, id)
			if err == nil && !ok {
				err = fault.NotFoundf("Cette demande n’existe pas.")
			}
			result = &o
			return err
		}
		return nil
	})
	if err != nil {
		return err
	}
	page := p.calendarPage(w, r, who, &d)
	page.Result = newResult(result, d.town.loc)
	return web.Render(w, r, http.StatusOK, calendarView(page))
}

// open reads the enrolment over the days shown, those of the wish and those of more. An enrolment that is not of the household
// is fault.NotFound.
func (d *draft) open(ctx context.Context, tx *db.Tx, t *calendarTown, who household.Guardian, id string, changes []booking.Change, choose func(booking.EnrolmentView) view) (err error) {
	d.town, d.who, d.changes, d.now = t, who, ofEnrolment(id, changes), tx.Now
	if d.all, err = booking.EnrolmentsOf(ctx, tx, who); err != nil {
		return err
	}
	found := false
	for _, v := range d.all {
		if v.Enrolment.ID == id {
			d.current, found = v, true
		}
	}
	if !found {
		return fault.NotFoundf("Cette inscription n’existe pas.")
	}
	d.view = choose(d.current)
	span := d.view.span()
	if d.board, err = booking.OpenView(ctx, tx, who, d.current, widen(span, d.changes), t.loc); err != nil {
		return err
	}
	if d.board.HasWaiting(span) {
		d.ranks, err = booking.Ranks(ctx, tx, d.board.Child.ID, span)
	}
	return err
}

// widen makes a span reach the days of changes.
func widen(span civil.Range, changes []booking.Change) civil.Range {
	for _, c := range changes {
		if c.Day.Before(span.From) {
			span.From = c.Day
		}
		if c.Day.After(span.To) {
			span.To = c.Day
		}
	}
	return span
}

func (p Pages) calendarPage(w http.ResponseWriter, r *http.Request, who signin.Guardian, d *draft) calendarPage {
	today := civil.DateOf(d.now, d.town.loc)
	b := d.board
	g := newGrid(b, today, d.town.loc, d.changes, d.ranks)
	page := calendarPage{
		Path: reservationsPath + b.Enrolment.ID, View: d.view, Previous: d.view.previous(), Next: d.view.next(), Other: d.view.other(today),
		Period: b.Enrolment.Period, Plural: b.Activity.NounPlural, FirstName: b.Child.FirstName, Rule: activityRule(b),
		Rows: g.rows(d.view.span()), Opened: p.sealOpening(r, who, d.now),
	}
	page.Heading = upper(plural(b.Activity.NounPlural)) + " " + of(b.Child.FirstName)
	page.Under = b.Activity.Name + ", " + words.LowerFirst(b.Site.Name) + "."
	page.Page = p.frame(w, r, page.Heading+", "+words.LowerFirst(d.view.title()), "/espace/planning", who.Name())
	page.Task = true
	page.Wide = true
	page.Crumbs = []ui.Link{{Href: "/espace", Label: "Accueil"}, {Href: "/espace/planning", Label: "Planning"}, {Label: b.Child.FirstName}}
	page.Children, page.Kinds = d.tabs()
	page.Columns, page.Weekdays = columns(b.Activity.Weekdays, b.Activity.NounPlural)
	page.Hidden = g.fields(d.changes)
	page.Sum = d.sum(g)
	page.Siblings = d.siblings()
	for _, o := range b.Activity.LiveOptions() {
		page.Options = append(page.Options, ui.Option{Value: o.Code, Label: o.Name})
	}
	for _, row := range page.Rows {
		page.HasPast = page.HasPast || row.Past
	}
	page.Periodicity = defaultPeriodicity(b, today)
	return page
}

// fields are the hidden ones: what was drawn, and what is wished outside the view.
func (g *grid) fields(changes []booking.Change) []hidden {
	var outside []booking.Change
	for _, c := range changes {
		if !g.shown[value(c.EnrolmentID, c)] {
			outside = append(outside, c)
		}
	}
	fields := wishFields(g.board.Enrolment.ID, outside)
	days := make([]string, 0, len(g.visible))
	for _, d := range g.visible {
		days = append(days, d.String())
	}
	return append(fields, hidden{"visible", join(days)}, hidden{"vu", join(g.seen)})
}

// sum counts what the wish changes, apart what lies outside the view.
func (d *draft) sum(g *grid) sum {
	s := sum{When: d.view.when()}
	for _, c := range d.changes {
		o, ok := d.board.Activity.Option(c.Option)
		if !ok {
			continue
		}
		v := d.board.Verdict(c)
		if v.Result == booking.Refused || v.Result == booking.Unchanged {
			continue
		}
		cost := money.Cents(0)
		if v.Result == booking.Booked || v.Result == booking.Pending {
			cost = d.board.Cents(c.Day, o.ID)
		}
		if v.Result == booking.Cancelled && d.board.WasBooked(c) {
			cost = -d.board.Cents(c.Day, o.ID)
		}
		out := !g.shown[value(c.EnrolmentID, c)]
		s.Cost += cost
		if out {
			s.OutCost += cost
			s.When = "au total"
		}
		switch {
		case c.Add:
			s.Added++
			s.OutAdded += one(out)
		default:
			s.Removed++
			s.OutGone += one(out)
		}
	}
	return s
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// tabs are the children of the household and the activities of this one.
func (d *draft) tabs() (children, kinds []ui.Tab) {
	here := d.current
	seen := map[string]int{}
	for _, v := range d.all {
		if v.Enrolment.EndedAt.IsZero() || v.Enrolment.ID == here.Enrolment.ID {
			href := reservationsPath + v.Enrolment.ID
			current := v.Child.ID == here.Child.ID
			if i, ok := seen[v.Child.ID]; !ok {
				seen[v.Child.ID] = len(children)
				children = append(children, ui.Tab{Href: href, Label: v.Child.FirstName, Current: current})
			} else if v.Activity.Kind == here.Activity.Kind {
				children[i].Href = href
			}
			if current {
				kinds = append(kinds, ui.Tab{Href: href + d.view.query(), Label: v.Activity.Name, Icon: kindIcon(v.Activity.Kind), Current: v.Enrolment.ID == here.Enrolment.ID})
			}
		}
	}
	return children, kinds
}

func (d *draft) siblings() []sibling {
	var out []sibling
	for _, v := range d.all {
		if v.Child.ID == d.current.Child.ID || v.Activity.Kind != d.current.Activity.Kind || !v.Enrolment.EndedAt.IsZero() || !v.Enrolment.Period.Overlaps(d.current.Enrolment.Period) {
			continue
		}
		out = append(out, sibling{ID: v.Enrolment.ID, Name: v.Child.FirstName, Sub: v.Activity.Name + ", " + words.LowerFirst(v.Site.Name)})
	}
	return out
}

// activityRule says in words until when a day can be changed, and what happens after.
func activityRule(b *booking.Board) string {
	noun := b.Activity.Noun
	if b.Activity.Add.String() == b.Activity.Cancel.String() {
		return upper(noun) + " : à réserver ou à annuler " + b.Activity.Cancel.French() + "."
	}
	return upper(noun) + " : à réserver " + b.Activity.Add.French() + ", à annuler " + b.Activity.Cancel.French() + "."
}

// newResult prepares the panel that says what a submission did.
func newResult(o *booking.Outcome, loc locationT) *resultView {
	if o == nil {
		return nil
	}
	v := &resultView{Booked: o.Count(booking.Booked), Pending: o.Count(booking.Pending), Waiting: o.Count(booking.Waiting), Removed: o.Count(booking.Cancelled)}
	for _, d := range o.Decisions {
		line := resultLine{Child: d.Child, Day: d.Day.WeekdayDayMonth(), Text: words.Decision(d, loc)}
		if d.Result == booking.Refused {
			v.Refused = append(v.Refused, line)
		} else if d.Result != booking.Unchanged {
			v.Done = append(v.Done, line)
		}
	}
	return v
}

// resultView says what a submission did.
type resultView struct {
	Booked, Pending, Waiting, Removed int
	Done, Refused                     []resultLine
}

type resultLine struct{ Child, Day, Text string }
