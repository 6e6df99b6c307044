package family

import (
	"time"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/money"
	"preau/internal/words"
)

// row is one ISO week of a calendar.
type row struct {
	Week  string // "50"
	Dates string // "7 – 11 déc."
	Past  bool
	Short bool // nothing to tick
	Cells []cell
}

// cell is one day, or neighbouring closed days drawn as one.
type cell struct {
	Day   civil.Date
	Last  civil.Date // of merged days; equal to Day otherwise
	Span  int
	None  string // no service that day of the week, and why; no tile then
	Today bool
	Tiles []tile
}

// tile is one option of one day, as it stands and as it would become.
type tile struct {
	Value            string // "2026-12-07:REPAS"
	Name             string // of the option
	Box, Ticked      bool
	Was              bool // booked, or waited for, when the page was drawn
	Price            money.Cents
	From, State      string // how it is drawn
	WasBooked, Last  bool
	Lock             bool
	OnIcon, OnWord   string // a box that is ticked; without a box, the state
	OffIcon, OffWord string
	Rule             string
	Option           string // its name, when the day has several
}

// grid draws the days of a board; wanted are the boxes a wish ticks (true) or unticks (false).
type grid struct {
	board  *booking.Board
	today  civil.Date
	loc    *time.Location
	wanted map[string]bool
	ranks  map[string]int64
	names  string // plural of what is booked

	options []activity.Option
	tiles   []tile          // of all days, in the order drawn
	visible []civil.Date    // days with a box
	seen    []string        // values ticked when drawn
	shown   map[string]bool // values that have a box, where a wish asks
}

func newGrid(b *booking.Board, today civil.Date, loc *time.Location, changes []booking.Change, ranks map[string]int64) *grid {
	g := &grid{board: b, today: today, loc: loc, wanted: map[string]bool{}, ranks: ranks, names: b.Activity.NounPlural, options: b.Activity.LiveOptions(), shown: map[string]bool{}}
	for _, c := range changes {
		g.wanted[value(c.EnrolmentID, c)] = c.Add
	}
	return g
}

func (g *grid) rows(span civil.Range) []row {
	weeks := (span.Len() + 6) / 7
	rows, cells := make([]row, 0, weeks), make([]cell, 0, 7*weeks)
	g.tiles = make([]tile, 0, span.Len()*len(g.options))
	for monday := span.From; !monday.After(span.To); monday = monday.AddDays(7) {
		_, week := monday.ISOWeek()
		r := row{Week: itoa(week), Dates: weekDates(monday), Past: monday.AddDays(6).Before(g.today), Short: true}
		for i := range 7 {
			c := g.cell(monday.AddDays(i))
			for i := range c.Tiles {
				r.Short = r.Short && !c.Tiles[i].Box && !c.Tiles[i].Lock
			}
			cells = append(cells, c)
		}
		r.Cells = merge(cells[len(cells)-7:])
		rows = append(rows, r)
	}
	return rows
}

func weekDates(monday civil.Date) string {
	friday := monday.AddDays(4)
	from := dayNumber(monday)
	if monday.Month != friday.Month {
		from += " " + shortMonth(monday)
	}
	return solid(from) + " – " + solid(dayNumber(friday)+" "+shortMonth(friday))
}

func (g *grid) cell(d civil.Date) cell {
	c := cell{Day: d, Last: d, Span: 1, Today: d == g.today}
	if !g.board.Activity.RunsOnWeekday(d) {
		c.None = "pas de " + g.names + " le " + civil.WeekdayName(d.Weekday())
		if w := d.Weekday(); w == time.Saturday || w == time.Sunday {
			c.None = "week-end"
		}
		return c
	}
	first := len(g.tiles)
	for i := range g.options {
		t := g.tile(d, &g.options[i])
		g.tiles = append(g.tiles, t)
		c.Tiles = g.tiles[first:len(g.tiles):len(g.tiles)]
		if whole := t.State == "closed" || t.State == "outside"; whole && !t.Box {
			c.Tiles = c.Tiles[:1]
			c.Tiles[0].Option = ""
			break
		}
	}
	for i := range c.Tiles {
		if c.Tiles[i].Box {
			g.visible = append(g.visible, d)
			break
		}
	}
	return c
}

func (g *grid) tile(d civil.Date, o *activity.Option) tile {
	v := d.String() + ":" + o.Code
	t := tile{Value: v, Name: o.Name}
	if len(g.options) > 1 {
		t.Option = o.Name
	}
	f := g.board.Facts(d, o)
	if f.Live != nil && f.Live.OptionID == o.ID && f.Home == booking.Ours && f.Service.Why == activity.Open {
		g.live(&t, f)
	} else {
		g.absent(&t, f)
	}
	if t.Box {
		t.Ticked = t.Was
		if wanted, ok := g.wanted[v]; ok {
			t.Ticked = wanted
		}
		if t.Was {
			g.seen = append(g.seen, v)
		}
		if len(g.wanted) > 0 {
			g.shown[v] = true
		}
	}
	return t
}

// live draws what the child has that day.
func (g *grid) live(t *tile, f booking.Facts) {
	removable := booking.DecideRemove(f, g.board.Now, booking.Override{})
	t.Was, t.Box = true, removable.Result == booking.Cancelled
	switch f.Live.State {
	case booking.StatePending:
		t.State, t.OnIcon, t.OnWord, t.OffIcon, t.OffWord = "pending", "hourglass", "En attente d’instruction", "minus", "Demande retirée"
		t.Rule = "Un agent doit répondre ; demandé le " + civil.DateOf(f.Live.MadeAt, g.loc).ShortNoYear()
	case booking.StateWaiting:
		t.State, t.OnIcon, t.OnWord, t.OffIcon, t.OffWord = "waiting", "list-ordered", "Liste d’attente", "minus", "Liste d’attente quittée"
		if rank := g.ranks[f.Live.ID]; rank > 0 {
			t.OnWord += ", rang " + itoa(int(rank))
		}
		t.Rule = "Vous êtes prévenu dès qu’une place se libère"
	case booking.StateOffered:
		t.State, t.OnIcon, t.OnWord, t.OffIcon, t.OffWord = "waiting", "bell", "Place proposée", "minus", "Proposition déclinée"
		t.Rule = "À accepter avant le " + shortInstant(f.Live.OfferedUntil, g.loc) + ", dans « Propositions »"
	default:
		t.OnIcon, t.OnWord, t.OffIcon, t.OffWord = "check", "Réservé", "minus", "Retiré"
		t.Price = g.board.Cents(f.Day, f.Option.ID)
		if t.Box {
			t.From = "booked"
			t.Rule, t.Last = g.until(f.Terms.CancelUntil)
			return
		}
		t.State, t.WasBooked, t.Lock = "locked", true, true
		t.Rule = g.since(removable.Refusal)
		return
	}
	t.Lock = !t.Box
}

// until says until when a day can be changed; last when it is today.
func (g *grid) until(at civil.Instant) (rule string, last bool) {
	day, hour := civil.Local(at, g.loc)
	if day == g.today {
		return "Modifiable jusqu’à aujourd’hui " + solid(hour.French()), true
	}
	return "Modifiable jusqu’au " + solid(day.ShortNoYear()+" "+hour.French()), false
}

func (g *grid) since(r booking.Refusal) string {
	if r.Reason == booking.TooLate && !r.At.IsZero() {
		return "Verrouillé depuis " + shortInstant(r.At, g.loc)
	}
	return words.UpperFirst(words.Refusal(r, g.loc))
}

// absent draws a day without a booking: free, full, locked, closed or out of reach.
func (g *grid) absent(t *tile, f booking.Facts) {
	v := booking.DecideAdd(f, g.board.Now, booking.Override{})
	t.OffIcon, t.OffWord = "square", "Libre"
	switch {
	case v.Result == booking.Booked || v.Refusal.Reason == booking.OtherOption:
		g.free(t, f, "plus", "Ajouté")
	case v.Result == booking.Pending:
		g.free(t, f, "hourglass", "À soumettre au service")
	case v.Result == booking.Waiting:
		t.Box, t.State, t.OnIcon, t.OnWord, t.OffIcon, t.OffWord = true, "full", "list-ordered", "Liste d’attente demandée", "ban", "Complet"
		t.Rule = "Cochez pour rejoindre la liste d’attente"
	default:
		g.refused(t, v.Refusal)
	}
}

func (g *grid) free(t *tile, f booking.Facts, icon, word string) {
	t.Box, t.From, t.OnIcon, t.OnWord = true, "free", icon, word
	t.Price = g.board.Cents(f.Day, f.Option.ID)
	t.Rule, t.Last = g.until(f.Terms.AddUntil)
	if f.Live != nil {
		t.Rule = "Décochez « " + f.Live.OptionName + " » pour échanger"
	}
}

// refused draws a day that cannot be ticked, with its reason.
func (g *grid) refused(t *tile, r booking.Refusal) {
	t.OnIcon, t.OnWord, t.Rule = "calendar-off", "Indisponible", words.UpperFirst(words.Refusal(r, g.loc))
	t.State = "outside"
	switch r.Reason {
	case booking.TooLate:
		t.State, t.Lock, t.OnIcon, t.OnWord, t.Rule = "locked", true, "", "Non réservé", g.since(r)
	case booking.OnClosure:
		t.State, t.OnIcon, t.OnWord, t.Rule = "closed", "door-closed", words.UpperFirst(words.Refusal(r, g.loc)), "Rien n’est facturé"
	case booking.InHolidays:
		t.State, t.OnIcon, t.OnWord, t.Rule = "closed", "door-closed", "Fermé : "+words.LowerFirst(words.Typeset(r.Name)), ""
	case booking.OnPublicHoliday:
		t.State, t.OnIcon, t.OnWord, t.Rule = "closed", "door-closed", "Fermé : jour férié", words.Typeset(r.Name)
	case booking.Full:
		t.State, t.OnIcon, t.OnWord, t.Rule = "full", "ban", "Complet", words.UpperFirst(words.Refusal(r, g.loc))
	case booking.OutOfPeriod:
		t.OnWord, t.Rule = "Hors période", ""
	case booking.NotInHolidays:
		t.OnWord, t.Rule = "Jour de classe", ""
	case booking.CalendarUnknown:
		t.OnWord, t.Rule = "Calendrier non publié", ""
	case booking.NotOpenYet:
		t.OnWord, t.Rule = "Pas encore ouvert", "Ouvre le "+shortInstant(r.At, g.loc)
	case booking.OtherHome:
		t.OnIcon, t.OnWord, t.Rule = "users", "Jour de l’autre parent", ""
	case booking.Contested:
		t.OnIcon, t.OnWord = "triangle-alert", "Jour à départager"
	case booking.Overlapping, booking.OnHold, booking.Undocumented:
		t.State, t.Lock, t.OnIcon = "locked", true, ""
	}
}

// merge, which works in place, draws neighbouring days that are closed for the same reason as one cell; days without service between them go with them.
func merge(cells []cell) []cell {
	out := cells[:0]
	for i := 0; i < len(cells); i++ {
		c := cells[i]
		if mergeable(c) {
			for j := i + 1; j < len(cells); j++ {
				if mergeable(cells[j]) && cells[j].Tiles[0].OnWord == c.Tiles[0].OnWord && cells[j].Tiles[0].Rule == c.Tiles[0].Rule {
					c.Last, c.Span = cells[j].Day, j-i+1
				} else if cells[j].None == "" {
					break
				}
			}
			i += c.Span - 1
		}
		out = append(out, c)
	}
	return out
}

func mergeable(c cell) bool {
	return len(c.Tiles) == 1 && !c.Tiles[0].Box && !c.Tiles[0].Lock && !c.Today && (c.Tiles[0].State == "closed" || c.Tiles[0].State == "outside")
}
