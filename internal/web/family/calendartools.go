package family

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/web"
	"preau/internal/web/signin"
)

type locationT = *time.Location

// calendarTown is what the calendar needs of its town.
type calendarTown struct {
	db  *db.DB
	loc *time.Location
}

func townOf(r *http.Request) *calendarTown {
	t := web.Town(r)
	return &calendarTown{db: t.DB, loc: t.Loc}
}

func (t *calendarTown) read(r *http.Request, fn func(context.Context, *db.Tx, *calendarTown) error) error {
	return t.db.Read(r.Context(), func(tx *db.Tx) error { return fn(r.Context(), tx, t) })
}

func join(list []string) string { return strings.Join(list, " ") }

func plural(noun string) string { return "les " + noun }

func kindIcon(k activity.Kind) string {
	switch k {
	case activity.Canteen:
		return "utensils"
	case activity.Morning:
		return "sunrise"
	case activity.Evening:
		return "sunset"
	case activity.Study:
		return "book-open"
	case activity.Holiday:
		return "trees"
	}
	return "tent-tree"
}

// columns are the days of the week, and those the activity runs on.
func columns(weekdays, nouns string) (all, running []column) {
	for i, name := range []string{"Lundi", "Mardi", "Mercredi", "Jeudi", "Vendredi", "Samedi", "Dimanche"} {
		c := column{Name: name, Short: name, Value: itoa(i + 1), On: strings.Contains(weekdays, itoa(i+1))}
		switch {
		case c.On:
			running = append(running, c)
		case i >= 5:
			c.Short, c.Class = name[:3]+".", "cal__thin"
		default:
			c.Note, c.Class = "pas de "+nouns, "cal__mid"
		}
		all = append(all, c)
	}
	return all, running
}

// periodicity is what "Appliquer une périodicité" asks: these days of the week, every week or every other, between two dates.
type periodicity struct {
	Days     []string // ISO digits
	Weeks    string   // "toutes", "paires", "impaires"
	From, To civil.Date
	Option   string // code
	Remove   bool
}

// defaultPeriodicity is every day the activity runs, from tomorrow to the end of the enrolment.
func defaultPeriodicity(b *booking.Board, today civil.Date) periodicity {
	p := periodicity{Weeks: "toutes", From: clamp(today.AddDays(1), b.Enrolment.Period), To: b.Enrolment.Period.To}
	for _, digit := range b.Activity.Weekdays {
		p.Days = append(p.Days, string(digit))
	}
	if o := b.Activity.LiveOptions(); len(o) > 0 {
		p.Option = o[0].Code
	}
	return p
}

// readPeriodicity reads the tool's fields. Errors: fault.Invalid beside the field.
func readPeriodicity(f *web.Form, a *activity.Activity, period civil.Range) (periodicity, error) {
	p := periodicity{Days: f.All("p_jour"), Weeks: f.Raw("p_sem"), From: f.Date("p_du"), To: f.Date("p_au"), Option: f.Raw("p_formule"), Remove: f.Raw("outil") == "periodicite-retirer"}
	if len(p.Days) == 0 {
		f.Fail("p_jour", "Choisissez au moins un jour de la semaine.")
	}
	if p.From.IsZero() {
		p.From = period.From
	}
	if p.To.IsZero() {
		p.To = period.To
	}
	if p.To.Before(p.From) {
		f.Fail("p_au", "La fin est avant le début.")
	}
	if p.To.DaysSince(p.From) > 800 {
		f.Fail("p_au", "Choisissez une période de deux ans au plus.")
	}
	if !slices.Contains([]string{"toutes", "paires", "impaires"}, p.Weeks) {
		p.Weeks = "toutes"
	}
	if _, ok := a.Option(p.Option); !ok {
		if live := a.LiveOptions(); len(live) > 0 {
			p.Option = live[0].Code
		}
	}
	return p, f.Err()
}

// days are the days the periodicity asks, inside the enrolment.
func (p periodicity) days(period civil.Range) []civil.Date {
	var out []civil.Date
	span := civil.Range{From: clamp(p.From, period), To: clamp(p.To, period)}
	if p.To.Before(period.From) || p.From.After(period.To) {
		return nil
	}
	for d := range span.Days() {
		_, week := d.ISOWeek()
		if (p.Weeks == "paires" && week%2 != 0) || (p.Weeks == "impaires" && week%2 == 0) {
			continue
		}
		if slices.Contains(p.Days, itoa((int(d.Weekday())+6)%7+1)) {
			out = append(out, d)
		}
	}
	return out
}

// apply adds to a wish the days a periodicity asks: days that already are as asked are left alone.
func (p periodicity) apply(b *booking.Board, changes []booking.Change) []booking.Change {
	for _, d := range p.days(b.Enrolment.Period) {
		c := booking.Change{EnrolmentID: b.Enrolment.ID, Day: d, Option: p.Option, Add: !p.Remove}
		changes = wish(b, changes, c)
	}
	return changes
}

// tickAll adds to a wish every box of the view (or their removal): with several options a day, the first that is free.
func tickAll(b *booking.Board, g *grid, rows []row, add bool, changes []booking.Change) []booking.Change {
	for _, r := range rows {
		for _, c := range r.Cells {
			for _, t := range c.Tiles {
				day, option, _ := strings.Cut(t.Value, ":")
				date, err := civil.Parse(day)
				if err != nil || !t.Box || (add && t.State == "full") {
					continue
				}
				changes = wish(b, changes, booking.Change{EnrolmentID: b.Enrolment.ID, Day: date, Option: option, Add: add})
				if add {
					break
				}
			}
		}
	}
	return changes
}

// wish puts one change in a wish, in place of what it says of the same box; a change that changes nothing is left out.
func wish(b *booking.Board, changes []booking.Change, c booking.Change) []booking.Change {
	changes = slices.DeleteFunc(changes, func(o booking.Change) bool {
		return o.Day == c.Day && o.Option == c.Option && o.EnrolmentID == c.EnrolmentID
	})
	if b.Has(c.Day, c.Option) == c.Add {
		return changes
	}
	return append(changes, c)
}

// useTool redraws the calendar after one of its buttons, the wish kept: another view, tick all, periodicity. It writes nothing.
func (p Pages) useTool(w http.ResponseWriter, r *http.Request, who signin.Guardian, f *web.Form, changes []booking.Change) error {
	id := r.PathValue("enrolment")
	current, _ := readTarget(f.Raw("vue"))
	target, moves := readTarget(f.Raw("aller"))
	if !moves {
		target, moves = readTarget(f.Raw("date"))
		moves = moves && f.Raw("outil") == "date"
	}
	if !moves {
		target = current
	}
	if moves && len(changes) == 0 {
		return web.Redirect(w, r, reservationsPath+id+target.query())
	}
	var d draft
	var wrong error
	status := http.StatusOK
	err := townOf(r).read(r, func(ctx context.Context, tx *db.Tx, t *calendarTown) error {
		if err := d.open(ctx, tx, t, who.Guardian, id, changes, func(c booking.EnrolmentView) view {
			if target == (view{}) {
				return view{Month: civil.MonthOf(clamp(civil.DateOf(tx.Now, t.loc), c.Enrolment.Period))}
			}
			return target
		}); err != nil {
			return err
		}
		if _, err := d.withSiblings(nil, f.All("meme_demande")); err != nil {
			return err
		}
		wrong = d.use(ctx, tx, f)
		return nil
	})
	if err != nil {
		return err
	}
	page := p.calendarPage(w, r, who, &d)
	page.tick(f.All("meme_demande"))
	if f.Raw("outil") == "date" && !moves {
		wrong = fault.Invalidf("date", "Indiquez une date, par exemple 07/12/2026.")
	}
	if wrong != nil {
		if !f.Blame(wrong) {
			return wrong
		}
		status = http.StatusUnprocessableEntity
		for _, message := range f.Wrong() {
			page.Problem = message
		}
	}
	return web.Render(w, r, status, calendarView(page))
}

// use changes the wish as the tool says.
func (d *draft) use(ctx context.Context, tx *db.Tx, f *web.Form) error {
	switch f.Raw("outil") {
	case "tout-cocher", "tout-decocher":
		g := newGrid(d.board, civil.DateOf(d.now, d.town.loc), d.town.loc, d.changes, d.ranks)
		d.changes = tickAll(d.board, g, g.rows(d.view.span()), f.Raw("outil") == "tout-cocher", d.changes)
	case "periodicite", "periodicite-retirer":
		period, err := readPeriodicity(f, d.board.Activity, d.current.Enrolment.Period)
		if err != nil {
			return err
		}
		if days := period.days(d.current.Enrolment.Period); len(days) > 0 {
			span := widen(d.view.span(), d.changes)
			span = widen(span, []booking.Change{{Day: days[0]}, {Day: days[len(days)-1]}})
			if d.board, err = booking.OpenView(ctx, tx, d.who, d.current, span, d.town.loc); err != nil {
				return err
			}
		}
		d.changes = period.apply(d.board, d.changes)
	}
	return nil
}

// tick ticks the siblings that were asked for.
func (page *calendarPage) tick(ids []string) {
	for i := range page.Siblings {
		page.Siblings[i].Ticked = slices.Contains(ids, page.Siblings[i].ID)
	}
}
