package family

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"preau/internal/activity"
	"preau/internal/attendance"
	"preau/internal/booking"
	"preau/internal/calendar"
	"preau/internal/civil"
	"preau/internal/household"
	"preau/internal/words"
)

// slot is one booking of a day, in words.
type slot struct {
	Child      string // first name, where several children are together
	Icon, Name string
	Class      string // of the item: "is-off", "is-past"
	State      string // "réservé", "en attente d’instruction"
	StateClass string // "st-pending", "st-waiting", "st-closed"
	Hours      string // "16 h 30 – 18 h"
	Note       string // "modifiable jusqu’à 13 h 30"
	Kind       stage
}

// stage is where a booking stands, for the counts of the planning.
type stage int

const (
	toCome stage = iota
	past
	closed
	waiting
	consumed  // the child came
	missed    // the child did not, and the day is billed
	justified // the child did not, and the day is not billed
)

// scene is what slots are drawn from: the clock, and what is still waited for.
type scene struct {
	now     civil.Instant
	today   civil.Date
	loc     *time.Location
	ranks   map[string]int64 // by booking
	cal     *calendar.Calendar
	home    string                       // the household that looks
	custody map[string]household.Custody // of the children shared with another household
	order   map[string]int               // of the children, eldest first
	facts   map[string]*attendance.Fact  // what became of the days, by factKey; nil where it is not shown

	catalogue *activity.Catalogue // whose prices say what they cost; nil likewise
}

func newScene(tx civil.Instant, loc *time.Location) *scene {
	return &scene{now: tx, today: civil.DateOf(tx, loc), loc: loc, ranks: map[string]int64{}, order: map[string]int{}}
}

// arrange puts what starts together on a day in the order of the children.
func (s *scene) arrange(kin []booking.Kin, lines []booking.PlanLine) {
	for i, k := range kin {
		s.order[k.Child.ID] = i
	}
	slices.SortStableFunc(lines, func(a, b booking.PlanLine) int {
		return cmp.Or(a.Day.Compare(b.Day), cmp.Compare(a.Option.Starts, b.Option.Starts), cmp.Compare(s.order[a.ChildID], s.order[b.ChildID]))
	})
}

// rank keeps the ranks of the bookings that wait.
func (s *scene) rank(wishes []booking.PlanLine) {
	for i := range wishes {
		s.ranks[wishes[i].ID] = wishes[i].Rank
	}
}

// slot says one booking in words.
func (s *scene) slot(p *booking.PlanLine) slot {
	out := slot{Child: p.Child, Icon: kindIcon(p.Activity.Kind), Name: lineName(p), State: "réservé"}
	if p.Activity.Kind != activity.Canteen {
		out.Hours = p.Option.Starts.French() + " – " + p.Option.Ends.French()
	}
	over := s.now.After(civil.Wall(p.Day, p.Option.Ends, 0, s.loc))
	switch {
	case p.State == booking.StateClosed || p.Closure != "":
		out.Class, out.StateClass, out.Kind, out.Hours = "is-off", "st-closed", closed, ""
		out.State, out.Note = "fermé", "non facturé"
		if p.Closure != "" {
			out.State = "fermé : " + words.LowerFirst(p.Closure)
		}
	case s.came(&out, p):
	case p.State != booking.StateBooked:
		s.wish(&out, p, over)
	case over:
		out.Class, out.State, out.Kind = "is-past", "passé", past
	default:
		out.Note = s.soon(p.Until)
	}
	return out
}

// wish says what is waited for; once the day is over, that it never came.
func (s *scene) wish(out *slot, p *booking.PlanLine, over bool) {
	out.Kind = waiting
	switch p.State {
	case booking.StatePending:
		out.Icon, out.State, out.StateClass = "hourglass", "en attente d’instruction", "st-pending"
	case booking.StateOffered:
		out.Icon, out.State, out.StateClass = "bell", "place proposée", "st-pending"
		out.Note = "à accepter jusqu’au " + shortInstant(p.OfferedUntil, s.loc)
	default:
		out.Icon, out.State, out.StateClass = "list-ordered", "liste d’attente", "st-waiting"
		if n := s.ranks[p.ID]; n > 0 {
			out.State += ", rang " + itoa(int(n))
		}
	}
	if over {
		out.Class, out.State, out.StateClass, out.Note, out.Kind = "is-off", "non réservé, resté en attente", "", "", past
	}
}

// soon says until when a booking is changed, when that is today or tomorrow.
func (s *scene) soon(until civil.Instant) string {
	if until.IsZero() || !s.open(until) {
		return ""
	}
	hour := solid(civil.TimeOf(until, s.loc).French())
	switch civil.DateOf(until, s.loc) {
	case s.today:
		return "modifiable jusqu’à " + hour
	case s.today.AddDays(1):
		return "modifiable jusqu’à demain, " + hour
	}
	return ""
}

// open tells whether an instant is still to come, its last second included.
func (s *scene) open(until civil.Instant) bool { return !s.now.Second().After(until) }

// lineName names a booking: the option for a meal, else the activity, with the option where there are several.
func lineName(p *booking.PlanLine) string {
	if p.Activity.Kind == activity.Canteen {
		return p.Option.Name
	}
	if len(p.Activity.LiveOptions()) > 1 {
		return p.Activity.Name + ", " + words.LowerFirst(p.Option.Name)
	}
	return p.Activity.Name
}

// holder says whose a day of a shared child is, at noon: ours, the other parent's, or nobody's yet.
func (s *scene) holder(childID string, d civil.Date) booking.Home {
	k, shared := s.custody[childID]
	if !shared {
		return booking.Ours
	}
	h := k.Holder(civil.Wall(d, civil.Clock(12, 0), 0, s.loc), s.loc, s.cal)
	switch {
	case h.Contested:
		return booking.Disputed
	case h.HouseholdID == s.home:
		return booking.Ours
	}
	return booking.Theirs
}

// day is one day of a child's week.
type day struct {
	Date  civil.Date
	Today bool
	Slots []slot
	Empty string // what is said of a day without bookings
}

// weekOf gathers the days of one child from Monday to Friday, and the days of the weekend that have something.
func (s *scene) weekOf(childID string, monday civil.Date, lines []booking.PlanLine) []day {
	var days []day
	for i := range 7 {
		d := day{Date: monday.AddDays(i)}
		d.Today = d.Date == s.today
		for j := range lines {
			if p := &lines[j]; p.ChildID == childID && p.Day == d.Date {
				d.Slots = append(d.Slots, s.slot(p))
			}
		}
		if len(d.Slots) == 0 {
			if i > 4 {
				continue
			}
			d.Empty = s.empty(childID, d.Date)
		}
		days = append(days, d)
	}
	return days
}

// empty says why a day holds nothing.
func (s *scene) empty(childID string, d civil.Date) string {
	switch s.holder(childID, d) {
	case booking.Theirs:
		return "chez l’autre parent"
	case booking.Disputed:
		return "garde à préciser avec le service"
	}
	if why := s.off(d); why != "" {
		return why
	}
	return "rien de réservé"
}

// off says that a day is a public holiday or in the school holidays.
func (s *scene) off(d civil.Date) string {
	if s.cal == nil {
		return ""
	}
	switch k := s.cal.Day(d); k.Kind {
	case calendar.PublicHoliday:
		return "férié : " + curly(k.Name)
	case calendar.SchoolHoliday:
		return words.LowerFirst(curly(k.Name))
	}
	return ""
}

// custodyNote says when a week is the other parent's: the one shown, or the next.
func (s *scene) custodyNote(childID string, monday civil.Date) string {
	if _, shared := s.custody[childID]; !shared {
		return ""
	}
	const only = " : vous ne voyez et ne réservez que vos jours."
	if s.theirs(childID, monday) {
		return "Cette semaine est celle de l’autre parent" + only
	}
	next := monday.AddDays(7)
	if s.theirs(childID, next) {
		_, week := next.ISOWeek()
		return "La semaine " + itoa(week) + ", du " + fromTo(next, next.AddDays(4)) + ", est celle de l’autre parent" + only
	}
	return ""
}

// theirs tells whether the five days from a Monday are all the other parent's.
func (s *scene) theirs(childID string, monday civil.Date) bool {
	for i := range 5 {
		if s.holder(childID, monday.AddDays(i)) != booking.Theirs {
			return false
		}
	}
	return true
}

// fromTo is "7 au 11 décembre", or "30 novembre au 4 décembre".
func fromTo(from, to civil.Date) string {
	if from.Month == to.Month && from.Year == to.Year {
		return dayNumber(from) + " au " + to.DayMonth()
	}
	return from.DayMonth() + " au " + to.DayMonth()
}

// weekTitle is "Semaine 49, du 30 novembre au 4 décembre".
func weekTitle(monday civil.Date) string {
	_, week := monday.ISOWeek()
	return "Semaine " + itoa(week) + ", du " + fromTo(monday, monday.AddDays(4))
}

// sharedOf lists the children shared with another household.
func sharedOf(kin []booking.Kin) []string {
	var ids []string
	for _, k := range kin {
		if k.Child.Shared {
			ids = append(ids, k.Child.ID)
		}
	}
	return ids
}

// levels are the class levels as families say them.
var levels = map[string]string{"TPS": "Toute petite section", "PS": "Petite section", "MS": "Moyenne section", "GS": "Grande section"}

// schoolOf is "CE2, Élémentaire Jean Rostand".
func schoolOf(k booking.Kin) string {
	level := k.Level
	if name, ok := levels[level]; ok {
		level = name
	}
	parts := []string{level}
	if k.School != nil {
		parts = append(parts, k.School.Name)
	}
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), ", ")
}

// curly writes the apostrophes of a name that comes from a file as the pages write theirs.
func curly(s string) string { return strings.ReplaceAll(s, "'", "’") }

// and joins names: "Antoine", "Antoine et Léo", "Antoine, Léo et Zoé".
func and(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " et " + names[len(names)-1]
}

// ofAll is "d’Antoine et de Léo".
func ofAll(names []string) string {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = of(n)
	}
	return and(list)
}
