package family

import (
	"cmp"
	"slices"
	"time"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/calendar"
	"preau/internal/civil"
	"preau/internal/words"
)

// How far ahead the first page looks.
const (
	dueWithin     = 7 * 24 * time.Hour  // last moments
	openingWithin = 14 * 24 * time.Hour // openings
	furthest      = 120                 // days: no deadline is looked for beyond
)

// due is one thing to see to before an instant.
type due struct {
	At           civil.Instant
	When, Beside string // "avant 23 h 59", "ce soir"
	Today        bool
	Title, Text  string
	Label, Href  string // of its button
}

// chance is a day of the holidays that a child could still book.
type chance struct {
	view  booking.EnrolmentView
	block string
	day   civil.Date
	at    civil.Instant // last second to book it
}

// outlook is what the rules say of the coming days, before any booking is read.
type outlook struct {
	*scene
	catalogue *activity.Catalogue
	resident  func(civil.Date) bool
	last      civil.Date // bookings are read until that day
	chances   []chance
	openings  []due
}

// look goes through what the children may book.
func (o *outlook) look(kin []booking.Kin) {
	o.last = o.today.AddDays(7)
	seen := map[string]bool{}
	for _, k := range kin {
		for _, v := range k.Enrolments {
			if v.Activity.RunsOn == "holiday" {
				o.holidays(v, seen)
				continue
			}
			if !seen[v.Activity.ID] {
				seen[v.Activity.ID] = true
				o.weeks(v.Activity)
			}
			o.firstOpening(v, seen)
		}
	}
}

// weeks finds how far ahead days of class have their last moment within a week.
func (o *outlook) weeks(a *activity.Activity) {
	limit, options := o.now.Add(dueWithin), a.LiveOptions()
	if len(options) == 0 {
		return
	}
	for monday := o.today.Monday(); monday.DaysSince(o.today) < furthest; monday = monday.AddDays(7) {
		found := false
		for i := range 7 {
			d := monday.AddDays(i)
			if !a.RunsOnWeekday(d) {
				continue
			}
			until := o.catalogue.Terms(a, &options[0], d, nil, false, o.loc).CancelUntil
			if !until.IsZero() && !until.After(limit) {
				found = true
				o.last = later(o.last, d)
			}
		}
		if !found && monday.After(o.today) {
			return
		}
	}
}

// holidays finds the days of the next holidays whose last moment to book comes within a week, or that open soon.
func (o *outlook) holidays(v booking.EnrolmentView, seen map[string]bool) {
	ahead := civil.Range{From: o.today, To: o.today.AddDays(2 * furthest)}
	for _, block := range o.catalogue.Calendar.Blocks(ahead) {
		o.holiday(v, block, seen)
	}
}

func (o *outlook) holiday(v booking.EnrolmentView, block calendar.Holiday, seen map[string]bool) {
	options := v.Activity.LiveOptions()
	for d := range block.Range().Days() {
		service := o.catalogue.Service(v.Activity, v.Enrolment.SiteID, d)
		if d.Before(o.today) || !v.Enrolment.Period.Contains(d) || service.Why != activity.Open || len(options) == 0 {
			continue
		}
		t := o.catalogue.Terms(v.Activity, &options[0], d, service.Block, o.resident(d), o.loc)
		if o.now.Before(t.Opens) {
			o.opening(v, t.Opens, curly(block.Name), seen)
			return
		}
		if t.AddUntil.After(o.now.Add(dueWithin)) && t.CancelUntil.After(o.now.Add(dueWithin)) {
			return
		}
		o.last = later(o.last, d)
		if o.open(t.AddUntil) && o.ours(v.Child.ID, t.Starts) {
			o.chances = append(o.chances, chance{v, curly(block.Name), d, t.AddUntil})
		}
	}
}

// ours tells whether the household has custody of a child when an option starts.
func (o *outlook) ours(childID string, starts civil.Instant) bool {
	k, shared := o.custody[childID]
	return !shared || k.Holder(starts, o.loc, o.cal).HouseholdID == o.home
}

// firstOpening tells when the first day of an enrolment can be booked, when that is soon.
func (o *outlook) firstOpening(v booking.EnrolmentView, seen map[string]bool) {
	options := v.Activity.LiveOptions()
	if v.Activity.Opening == (calendar.Opening{}) || len(options) == 0 {
		return
	}
	d := later(o.today, v.Enrolment.Period.From)
	t := o.catalogue.Terms(v.Activity, &options[0], d, nil, o.resident(d), o.loc)
	if o.now.Before(t.Opens) {
		o.opening(v, t.Opens, "", seen)
	}
}

// opening adds an opening once, whatever the number of children.
func (o *outlook) opening(v booking.EnrolmentView, at civil.Instant, block string, seen map[string]bool) {
	key := v.Activity.ID + " " + block + " opens"
	if seen[key] || at.After(o.now.Add(openingWithin)) {
		return
	}
	seen[key] = true
	text := "Les réservations de " + words.LowerFirst(v.Activity.Name) + " ouvrent."
	if block != "" {
		text = upper(block) + " : les réservations ouvrent."
	}
	item := due{At: at, Title: v.Activity.Name, Text: text, Label: "Voir le calendrier", Href: reservationsPath + v.Enrolment.ID}
	item.When, item.Beside, item.Today = o.moment(at, "dès ")
	o.openings = append(o.openings, item)
}

// moment says when in two lines: "avant 23 h 59" and "ce soir", "demain" and "avant 12 h", "lun. 7 déc." and "avant 23 h 59".
func (s *scene) moment(at civil.Instant, word string) (when, beside string, today bool) {
	hour, d := solid(word+civil.TimeOf(at, s.loc).French()), civil.DateOf(at, s.loc)
	switch {
	case d == s.today && civil.TimeOf(at, s.loc) >= civil.Clock(18, 0):
		return hour, "ce soir", true
	case d == s.today:
		return hour, "aujourd’hui", true
	case d == s.today.AddDays(1):
		return "demain", hour, false
	}
	return solid(d.ShortNoYear()), hour, false
}

// lists sorts out what the first page tells: what is due now, and the last moments of the days after.
func (o *outlook) lists(lines, wishes []booking.PlanLine) (now, after []due) {
	now = append(slices.Clone(o.openings), o.bookable(lines)...)
	for i := range wishes {
		if p := &wishes[i]; p.State == booking.StateOffered && o.open(p.OfferedUntil) {
			now = append(now, o.offered(p))
		}
	}
	tomorrow := o.today.AddDays(1)
	for _, item := range o.changeable(lines) {
		if civil.DateOf(item.At, o.loc).After(tomorrow) {
			after = append(after, item)
		} else {
			now = append(now, item)
		}
	}
	byInstant := func(a, b due) int { return a.At.Compare(b.At) }
	slices.SortStableFunc(now, byInstant)
	slices.SortStableFunc(after, byInstant)
	return now, after
}

func (o *outlook) offered(p *booking.PlanLine) due {
	item := due{At: p.OfferedUntil, Title: "Une place est proposée à " + p.Child + ", " + p.Day.WeekdayDayMonth(),
		Text: lineName(p) + ". Sans réponse de votre part, elle ira à la famille suivante.", Label: "Répondre", Href: offersPath + "#p-" + p.ID}
	item.When, item.Beside, item.Today = o.moment(p.OfferedUntil, "avant ")
	return item
}

// batch is what can be changed until the same instant.
type batch struct {
	until    civil.Instant
	noun     string
	lines    []*booking.PlanLine
	children []string
	days     []civil.Date
}

// changeable lists the last moments to change what is booked, within a week.
func (o *outlook) changeable(lines []booking.PlanLine) []due {
	var batches []*batch
	for i := range lines {
		p := &lines[i]
		if p.State != booking.StateBooked || p.Closure != "" || p.Until.IsZero() || !o.open(p.Until) || p.Until.After(o.now.Add(dueWithin)) {
			continue
		}
		n := slices.IndexFunc(batches, func(b *batch) bool { return b.until == p.Until && b.noun == p.Activity.Noun })
		if n < 0 {
			n = len(batches)
			batches = append(batches, &batch{until: p.Until, noun: p.Activity.Noun})
		}
		batches[n].add(p)
	}
	items := make([]due, len(batches))
	for i, b := range batches {
		slices.SortFunc(b.lines, func(x, y *booking.PlanLine) int { return o.order[x.ChildID] - o.order[y.ChildID] })
		for _, p := range b.lines {
			b.children = appendNew(b.children, p.Child)
		}
		items[i] = o.change(b)
	}
	return items
}

func (b *batch) add(p *booking.PlanLine) {
	b.lines = append(b.lines, p)
	b.days = appendNew(b.days, p.Day)
}

func (o *outlook) change(b *batch) due {
	first := b.lines[0] // the eldest child's
	item := due{At: b.until, Title: b.title(), Label: "Changer ce jour",
		Href: reservationsPath + first.EnrolmentID + "?semaine=" + first.Day.WeekString()}
	who, what := " ne vient pas", "ce jour sera facturé"
	if len(b.children) > 1 {
		who = " ne viennent pas"
	}
	if len(b.days) > 1 {
		what, item.Label = "ces jours seront facturés", "Changer ces jours"
	}
	item.Text = "Dernier moment pour changer. Ensuite, " + what + " même si " + and(b.children) + who + "."
	item.When, item.Beside, item.Today = o.moment(b.until, "avant ")
	return item
}

// title is "Repas d’Antoine et de Léo, lundi 7 décembre", or "8 repas d’Antoine et de Léo, du 7 au 11 décembre".
func (b *batch) title() string {
	day := b.days[0]
	if len(b.days) > 1 {
		return itoa(len(b.lines)) + " " + b.lines[0].Activity.NounPlural + " " + ofAll(b.children) + ", du " + fromTo(day, b.days[len(b.days)-1])
	}
	if b.noun == weekday(day) {
		return upper(b.noun) + " " + ofAll(b.children) + ", " + day.DayMonth()
	}
	return upper(b.noun) + " " + ofAll(b.children) + ", " + day.WeekdayDayMonth()
}

// offering is the days of one holiday whose last moment to book is the same, and not yet booked.
type offering struct {
	chance
	children []string
	days     []civil.Date
}

// bookable lists, for each holiday, the first last moment to book days that are not booked.
func (o *outlook) bookable(lines []booking.PlanLine) []due {
	slices.SortStableFunc(o.chances, func(a, b chance) int { return cmp.Or(a.at.Compare(b.at), a.day.Compare(b.day)) })
	var list []*offering
	for _, c := range o.chances {
		if slices.ContainsFunc(lines, c.taken) {
			continue
		}
		n := slices.IndexFunc(list, func(f *offering) bool { return f.view.Activity == c.view.Activity && f.block == c.block })
		if n < 0 {
			n = len(list)
			list = append(list, &offering{chance: c})
		}
		if f := list[n]; f.at == c.at {
			f.children = appendNew(f.children, c.view.Child.FirstName)
			f.days = appendNew(f.days, c.day)
		}
	}
	items := make([]due, len(list))
	for i, f := range list {
		items[i] = o.book(f)
	}
	return items
}

// taken tells whether the child already has something of the activity that day.
func (c chance) taken(p booking.PlanLine) bool {
	return p.ChildID == c.view.Child.ID && p.ActivityID == c.view.Activity.ID && p.Day == c.day
}

func (o *outlook) book(f *offering) due {
	item := due{At: f.at, Title: f.view.Activity.Name, Label: "Réserver", Href: reservationsPath + f.view.Enrolment.ID + "?semaine=" + f.day.WeekString()}
	item.When, item.Beside, item.Today = o.moment(f.at, "avant ")
	text := upper(f.block) + " : dernier moment pour réserver "
	if len(f.days) > 1 {
		item.Text = text + "du " + fromTo(f.days[0], f.days[len(f.days)-1]) + " pour " + and(f.children) + "."
	} else {
		item.Text = text + "le " + f.day.WeekdayDayMonth() + " pour " + and(f.children) + ". Les jours suivants se réservent plus longtemps."
	}
	return item
}

func appendNew[T comparable](list []T, v T) []T {
	if slices.Contains(list, v) {
		return list
	}
	return append(list, v)
}

func later(a, b civil.Date) civil.Date {
	if b.After(a) {
		return b
	}
	return a
}

// figures are the first numbers in words.
var figures = []string{"zéro", "une", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix"}

func figure(n int) string {
	if n < len(figures) {
		return figures[n]
	}
	return itoa(n)
}

// dueTitle is "Quatre choses à voir, dont deux aujourd’hui".
func dueTitle(items []due) string {
	today := 0
	for _, i := range items {
		today += one(i.Today)
	}
	n := len(items)
	if n == 0 {
		return "Rien ne presse aujourd’hui ni demain"
	}
	things := upper(figure(n)) + " choses à voir"
	if n == 1 {
		things = "Une chose à voir"
	}
	switch today {
	case 0:
		return things
	case n:
		return things + " aujourd’hui"
	}
	return things + ", dont " + figure(today) + " aujourd’hui"
}

func afterTitle(n int) string {
	if n == 1 {
		return "Le dernier délai qui suit, cette semaine"
	}
	return "Les " + itoa(n) + " derniers délais qui suivent, d’ici une semaine"
}
