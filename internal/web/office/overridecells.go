package office

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/money"
	"preau/internal/staff"
	"preau/internal/web/ui"
	"preau/internal/words"
)

// deskRow is one week of the calendar, and deskCell one of its days.
type deskRow struct {
	Week, Dates string
	Short       bool // nothing to tick
	Cells       []deskCell
}

type deskCell struct {
	Day   civil.Date
	None  string // no service that day of the week, and why; no tile then
	Today bool
	Tiles []deskTile
}

// deskTile is one option of one day: as it is, and as it would become.
type deskTile struct {
	ID, Value, Label string
	Option           string // its name, when the activity has several
	Box, Ticked, Was bool
	From, State      string // how it is drawn
	OnIcon, OnWord   string // ticked; without a box, the state
	OffIcon, OffWord string
	Rule             string
	Beyond           bool // the change goes beyond a rule
	Price            money.Cents
}

// all is what an agent may go beyond.
var all = booking.Override{Deadline: true, Capacity: true, Eligible: true}

// draw makes the rows of the month.
func (v *agentCalendar) draw(ctx context.Context, tx *db.Tx) error {
	month := v.Month.Range()
	ranks, err := booking.Ranks(ctx, tx, v.Enrolment.Child.ID, month)
	if err != nil {
		return err
	}
	a := v.Enrolment.Activity
	v.Weekend = a.RunsOnWeekday(civil.New(2026, 12, 5)) || a.RunsOnWeekday(civil.New(2026, 12, 6)) // a Saturday, a Sunday
	for monday := month.From.Monday(); !monday.After(month.To); monday = monday.AddDays(7) {
		_, week := monday.ISOWeek()
		row := deskRow{Week: itoa(week), Dates: weekDates(monday), Short: true}
		last := monday.AddDays(4)
		if v.Weekend {
			last = monday.AddDays(6)
		}
		for d := range (civil.Range{From: monday, To: last}).Days() {
			cell := v.cell(d, month, ranks)
			for _, t := range cell.Tiles {
				row.Short = row.Short && !t.Box
			}
			row.Cells = append(row.Cells, cell)
		}
		v.Rows = append(v.Rows, row)
	}
	for _, c := range v.Changes {
		if !slices.Contains(v.Visible, c.Day.String()+":"+c.Option) {
			v.Carried = append(v.Carried, c)
		}
	}
	return nil
}

func (v *agentCalendar) cell(d civil.Date, month civil.Range, ranks map[string]int64) deskCell {
	a := v.Enrolment.Activity
	c := deskCell{Day: d, Today: d == civil.DateOf(v.now, v.loc)}
	switch {
	case !month.Contains(d):
		c.None = "autre mois"
		return c
	case !a.RunsOnWeekday(d):
		c.None = "pas de " + a.NounPlural + " le " + civil.WeekdayName(d.Weekday())
		return c
	}
	options := a.LiveOptions()
	for i := range options {
		t := v.tile(d, &options[i], len(options) > 1, ranks)
		c.Tiles = append(c.Tiles, t)
		if !t.Box && (t.State == "closed" || t.State == "outside") {
			c.Tiles = []deskTile{t}
			c.Tiles[0].Option = ""
			break
		}
	}
	return c
}

func (v *agentCalendar) tile(d civil.Date, o *activity.Option, several bool, ranks map[string]int64) deskTile {
	value := d.String() + ":" + o.Code
	t := deskTile{ID: d.String() + "-" + o.Code, Value: value, Label: o.Name + ", " + d.WeekdayDayMonth()}
	if several {
		t.Option = o.Name
	}
	f := v.board.Facts(d, o)
	own := f.Live != nil && f.Live.OptionID == o.ID && f.Live.Ours
	switch {
	case own && f.Live.State == booking.StateBooked:
		v.booked(&t, f)
	case own:
		v.wished(&t, f, ranks)
	default:
		v.absent(&t, f)
	}
	if !t.Box {
		return t
	}
	t.Price, t.Ticked = v.board.Cents(d, o.ID), t.Was
	for _, c := range v.Changes {
		if c.Day == d && c.Option == o.Code {
			t.Ticked = c.Add
		}
	}
	v.Visible = append(v.Visible, value)
	if t.Was {
		v.Seen = append(v.Seen, value)
	}
	return t
}

// booked draws a day that the child has.
func (v *agentCalendar) booked(t *deskTile, f booking.Facts) {
	t.Was, t.From, t.OnIcon, t.OnWord, t.OffIcon, t.OffWord = true, "booked", "check", "Réservé", "minus", "Retiré"
	verdict := booking.DecideRemove(f, v.now, all)
	if verdict.Result == booking.Refused {
		t.Was, t.From = false, ""
		v.refused(t, verdict.Refusal)
		return
	}
	t.Box, t.Beyond = true, verdict.Late
	if verdict.Late {
		t.Rule = "Délai passé depuis " + solid(civil.ShortInstant(f.Terms.CancelUntil, v.loc))
		if f.Terms.CancelUntil.IsZero() {
			t.Rule = "Aucun délai prévu pour ce jour"
		}
		return
	}
	t.Rule = "La famille peut changer jusqu’au " + solid(civil.ShortInstant(f.Terms.CancelUntil, v.loc))
}

// wished draws a day that the child waits for: ticking it gives the place.
func (v *agentCalendar) wished(t *deskTile, f booking.Facts, ranks map[string]int64) {
	verdict := booking.DecideAdd(f, v.now, all)
	if verdict.Result == booking.Refused {
		v.refused(t, verdict.Refusal)
		return
	}
	t.Box, t.From, t.OnIcon, t.OnWord, t.Beyond = true, "free", "plus", "Place donnée", verdict.Over
	switch f.Live.State {
	case booking.StatePending:
		t.OffIcon, t.OffWord, t.Rule = "hourglass", "En attente d’instruction", "Demandé le "+solid(civil.DateOf(f.Live.MadeAt, v.loc).ShortNoYear())
	case booking.StateOffered:
		t.OffIcon, t.OffWord, t.Rule = "bell", "Place proposée", "À accepter avant le "+solid(civil.ShortInstant(f.Live.OfferedUntil, v.loc))
	default:
		t.OffIcon, t.OffWord = "list-ordered", "Liste d’attente"
		if rank := ranks[f.Live.ID]; rank > 0 {
			t.OffWord += ", rang " + itoa(int(rank))
		}
		t.Rule = beyondPlaces(f)
	}
}

// absent draws a day that the child has not: free, beyond a rule, or out of reach even of an agent.
func (v *agentCalendar) absent(t *deskTile, f booking.Facts) {
	verdict := booking.DecideAdd(f, v.now, all)
	if verdict.Refusal.Reason == booking.OtherOption && f.Live.Ours {
		t.Box, t.From, t.OnIcon, t.OnWord, t.OffIcon, t.OffWord = true, "free", "plus", "Ajouté", "square", "Libre"
		t.Rule = "Décochez « " + f.Live.OptionName + " » pour échanger"
		return
	}
	if verdict.Result == booking.Refused {
		v.refused(t, verdict.Refusal)
		return
	}
	t.Box, t.From, t.OnIcon, t.OnWord, t.OffIcon, t.OffWord = true, "free", "plus", "Ajouté", "square", "Libre"
	plain := booking.DecideAdd(f, v.now, booking.Override{})
	switch {
	case verdict.Over:
		t.Beyond, t.Rule, t.OffIcon, t.OffWord = true, beyondPlaces(f), "ban", "Complet"
	case plain.Result == booking.Refused:
		t.Beyond, t.Rule = true, beyondRule(plain.Refusal, v.loc)
	default:
		t.Rule = "Ouvert à la famille jusqu’au " + solid(civil.ShortInstant(f.Terms.AddUntil, v.loc))
	}
	if verdict.Over && plain.Refusal.Reason == booking.TooLate {
		t.Rule += ", et délai passé"
	}
}

// beyondPlaces says what the place of a full day costs.
func beyondPlaces(f booking.Facts) string {
	for _, s := range f.Seats {
		if s.Places != nil && *s.Places == 0 {
			return "Aucune place prévue\u00a0: une sera ouverte"
		}
		if s.Free() <= 0 && s.Places != nil {
			return many(*s.Places, "place, prise", "places, toutes prises") + "\u00a0: une de plus sera ouverte"
		}
	}
	return "Une place est libre"
}

// beyondRule says which rule the agent goes beyond.
func beyondRule(r booking.Refusal, loc *time.Location) string {
	if r.Reason == booking.TooLate && !r.At.IsZero() {
		return "Délai passé depuis " + solid(civil.ShortInstant(r.At, loc))
	}
	return words.UpperFirst(words.Refusal(r, loc))
}

// refused draws a day that even an agent cannot book here, with its reason.
func (v *agentCalendar) refused(t *deskTile, r booking.Refusal) {
	t.State, t.OnIcon, t.OnWord, t.Rule = "outside", "calendar-off", "Indisponible", words.UpperFirst(words.Refusal(r, v.loc))
	switch r.Reason {
	case booking.OnClosure:
		t.State, t.OnIcon, t.OnWord, t.Rule = "closed", "door-closed", words.UpperFirst(words.Refusal(r, v.loc)), ""
	case booking.InHolidays:
		t.State, t.OnIcon, t.OnWord, t.Rule = "closed", "door-closed", words.Typeset(r.Name), ""
	case booking.OnPublicHoliday:
		t.State, t.OnIcon, t.OnWord, t.Rule = "closed", "door-closed", "Jour férié", words.Typeset(r.Name)
	case booking.OutOfPeriod:
		t.OnWord, t.Rule = "Hors de l’inscription", ""
	case booking.NotInHolidays:
		t.OnWord, t.Rule = "Jour de classe", ""
	case booking.CalendarUnknown:
		t.OnWord, t.Rule = "Calendrier non publié", ""
	case booking.OtherHome:
		t.OnIcon, t.OnWord, t.Rule = "users", "Jour de l’autre foyer", ""
	case booking.Contested:
		t.OnIcon, t.OnWord = "triangle-alert", "Jour à départager"
	}
}

// weekDates is "7 – 11 déc.", from Monday to Friday.
func weekDates(monday civil.Date) string {
	friday := monday.AddDays(4)
	word := func(d civil.Date) []string { return strings.SplitN(d.ShortNoYear(), " ", 3)[1:] } // "lun. 7 déc."
	from, to := word(monday), word(friday)
	if monday.Month == friday.Month {
		from = from[:1]
	}
	return solid(strings.Join(from, " ")) + " – " + solid(strings.Join(to, " "))
}

// crumbs leads to the household's file when the agent may read it.
func (v *agentCalendar) crumbs(who staff.Agent) []ui.Link {
	var path []ui.Link
	if who.May(staff.Search, "") {
		path = append(path, ui.Link{Href: "/bureau/familles", Label: "Familles"}, ui.Link{Href: householdAddress(v.Home.ID), Label: v.Home.Name})
	}
	return append(path, ui.Link{Label: v.title()})
}

// householdAddress is that of a household's file.
func householdAddress(id string) string { return "/bureau/familles/" + id }

// homeTabs choose the household the agent books for.
func (v *agentCalendar) homeTabs() []ui.Tab {
	var tabs []ui.Tab
	for _, h := range v.Homes {
		tabs = append(tabs, ui.Tab{Href: address(calendarPath(v.Enrolment.Enrolment.ID), "mois", v.Month.String(), "foyer", h.ID), Label: h.Name, Current: h.ID == v.Home.ID})
	}
	return tabs
}

// weekdays are the heads of the columns.
func (v *agentCalendar) weekdays() []string {
	list := []string{"Lundi", "Mardi", "Mercredi", "Jeudi", "Vendredi", "Samedi", "Dimanche"}
	if v.Weekend {
		return list
	}
	return list[:5]
}

// runs tells whether the activity has service on the i-th day of the week, from Monday.
func (v *agentCalendar) runs(i int) bool {
	return v.Enrolment.Activity.RunsOnWeekday(civil.New(2026, 12, 7).AddDays(i)) // a Monday
}

// deskLine is one change in the recapitulation.
type deskLine struct {
	Class, Icon, Day, Text, Effect string
}

// lines says the changes one by one, those that are possible first.
func (v *agentCalendar) lines(refused bool) (out []deskLine) {
	for _, d := range v.Outcome.Decisions {
		if (d.Result == booking.Refused) != refused {
			continue
		}
		l := deskLine{Class: "l-add", Icon: "plus", Day: d.Day.Short()}
		switch d.Result {
		case booking.Refused:
			l.Class, l.Icon, l.Text = "l-ref", "ban", words.UpperFirst(words.Refusal(d.Refusal, v.loc))
		case booking.Cancelled:
			l.Class, l.Icon, l.Text = "l-rem", "minus", d.OptionName+"\u00a0: retiré"+map[bool]string{true: ", après le délai", false: ""}[d.Late]
		case booking.Unchanged:
			l.Class, l.Icon, l.Text = "l-ref", "check", d.OptionName+"\u00a0: rien ne change"
		default:
			l.Text = d.OptionName + "\u00a0: réservé" + beyond(d)
		}
		if e := d.Effect(); e != 0 {
			l.Effect = e.Signed()
		}
		out = append(out, l)
	}
	return out
}

// beyond lists the rules that a change goes beyond.
func beyond(d booking.Decision) string {
	s := ""
	if d.Late {
		s += ", hors délai"
	}
	if d.Over {
		s += ", une place ouverte en plus"
	}
	switch d.Was {
	case booking.StateWaiting:
		s += ", quitte la liste d’attente"
	case booking.StatePending:
		s += ", sans passer par l’instruction"
	}
	return s
}

// possible tells whether any change would be made.
func (v *agentCalendar) possible() bool {
	return slices.ContainsFunc(v.Outcome.Decisions, func(d booking.Decision) bool {
		return d.Result != booking.Refused && d.Result != booking.Unchanged
	})
}

// carriedText is what the bar says before anything is ticked in this month.
func carriedText(carried []booking.Change) string {
	if len(carried) == 0 {
		return "Aucun changement pour l’instant"
	}
	return ui.Count(len(carried), "changement dans un autre mois", "changements dans d’autres mois")
}

// attrs are what the style sheet draws a day from.
func (c deskCell) attrs(t deskTile) templ.Attributes {
	a := templ.Attributes{}
	for name, value := range map[string]string{"data-from": t.From, "data-state": t.State} {
		if value != "" {
			a[name] = value
		}
	}
	if c.Today {
		a["data-today"] = true
	}
	return a
}

// inputAttrs tie the state and the rule to the box, and tell the script what it was and costs.
func (t deskTile) inputAttrs() templ.Attributes {
	by := "s-" + t.ID
	if t.Rule != "" {
		by += " r-" + t.ID
	}
	a := templ.Attributes{"aria-describedby": by, "data-price": itoa(int(t.Price))}
	if t.Was {
		a["data-was"] = "1"
	}
	return a
}
