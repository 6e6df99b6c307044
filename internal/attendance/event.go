package attendance

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"preau/internal/activity"
	"preau/internal/audit"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/money"
	"preau/internal/staff"
	"preau/internal/tariff"
)

// SettleEventKind is the kind of the job that tells families and teams of an event, in slices; its payload is an EventPayload.
const SettleEventKind = "attendance.settle-event"

// EventPayload names the event.
type EventPayload struct {
	EventID string `json:"event"`
}

// maxEventDays bounds an event: what lasts longer is a setting of the calendar.
const maxEventDays = 31

// longestEvent bounds what is said to families of an event, in characters.
const longestEvent = 240

// MayDeclare tells whether an agent may declare an event, or undo it: one limited to sites does it there, or for the pupils of a school of theirs.
func MayDeclare(who staff.Agent, e TownEvent) bool {
	at := cmp.Or(e.SiteID, e.SchoolID)
	return who.May(staff.Closures, at) && (at != "" || len(who.Sites) == 0)
}

// checkEvent refuses an event that says nothing. Errors: fault.Invalid beside "nature", "etablissement", "activite", "ecole", "classe", "du",
// "au", "motif".
func checkEvent(c *activity.Catalogue, e TownEvent) error {
	wrong := map[string]string{}
	if !slices.Contains(EventKinds, e.Kind) {
		wrong["nature"] = "Choisissez ce qui se passe."
	}
	if e.From.IsZero() {
		wrong["du"] = "Indiquez le jour."
	} else if e.To.Before(e.From) {
		wrong["au"] = "Le dernier jour vient avant le premier."
	} else if e.To.DaysSince(e.From) >= maxEventDays {
		wrong["au"] = "Un événement dure au plus un mois. Au-delà, changez le calendrier ou l’activité."
	}
	if reason := strings.TrimSpace(e.Reason); reason == "" {
		wrong["motif"] = "Dites aux familles, en peu de mots, ce qui se passe."
	} else if utf8.RuneCountInString(reason) > longestEvent {
		wrong["motif"] = fmt.Sprintf("C’est trop long : %d caractères au plus.", longestEvent)
	}
	if _, ok := c.Site(e.SiteID); e.SiteID != "" && !ok {
		wrong["etablissement"] = "Choisissez un établissement de la liste."
	}
	if a, ok := c.Activity(e.ActivityID); e.ActivityID != "" && !ok {
		wrong["activite"] = "Choisissez une activité de la liste."
	} else if ok && e.SiteID != "" && !a.OfferedAt(e.SiteID) {
		wrong["activite"] = "Cette activité n’a pas lieu dans cet établissement."
	}
	if _, ok := c.Site(e.SchoolID); e.SchoolID != "" && !ok {
		wrong["ecole"] = "Choisissez une école de la liste."
	}
	if e.Level != "" && !slices.Contains(household.Levels, e.Level) {
		wrong["niveau"] = "Choisissez un niveau de la liste."
	}
	if e.SchoolID == "" && (e.Level != "" || e.ClassName != "") {
		wrong["ecole"] = "Choisissez l’école de cette classe."
	}
	if e.Closes && e.SchoolID != "" {
		wrong["effet"] = "Le service ne ferme pas pour une seule école ou une seule classe : les absences de ses élèves ne sont pas facturées."
	}
	return fault.InvalidFields(wrong)
}

// EventGroup is what an event takes off the bill of one activity at one site on one day.
type EventGroup struct {
	Activity        *activity.Activity
	Site            *activity.Site
	Day             civil.Date
	Children, Meals int64
	Cents           money.Cents
}

// EventReach is what an event changes, shown before it is confirmed.
type EventReach struct {
	Groups                      []EventGroup
	Children, Households, Meals int64
	Bookings                    int64
	Cents                       money.Cents // that will not be billed, at each household's tariff of the day
	Came                        int64       // bookings of children who came all the same: they stay billed
	Others                      []TownEvent // in force, over some of the same days
}

// PreviewEvent says what an event would change, before anything is written; for one that is in force, what undoing it would bring back.
func PreviewEvent(ctx context.Context, tx *db.Tx, e TownEvent) (EventReach, error) {
	var reach EventReach
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return reach, err
	}
	if err := checkEvent(c, e); err != nil {
		return reach, err
	}
	if reach.Others, err = eventsMeeting(ctx, tx, e); err != nil {
		return reach, err
	}
	facts, err := factsUnder(ctx, tx, e)
	if err != nil {
		return reach, err
	}
	return reach, reach.count(ctx, tx, c, e, facts)
}

// affected tells whether an event takes a fact off the bill, or, once in force, has done so.
func (e *TownEvent) affected(f *Fact) bool {
	if e.ID == "" {
		return f.changes()
	}
	return f.Booked == BookedDay && f.Came != Present && f.Closed == e.Reason
}

func (r *EventReach) count(ctx context.Context, tx *db.Tx, c *activity.Catalogue, e TownEvent, facts []Fact) error {
	var homes []string
	for i := range facts {
		homes = append(homes, facts[i].HouseholdID)
	}
	homes = slices.Compact(homes)
	standings, err := household.StandingsOf(ctx, tx, homes)
	if err != nil {
		return err
	}
	aids, err := activity.AidsOf(ctx, tx, homes, civil.Range{From: e.From, To: e.To})
	if err != nil {
		return err
	}
	type key struct {
		activity, site string
		day            civil.Date
	}
	groups, children, told := map[key]*EventGroup{}, map[string]bool{}, map[string]bool{}
	for i := range facts {
		f := &facts[i]
		if f.Booked == BookedDay && f.Came == Present {
			r.Came++
		}
		if !e.affected(f) {
			continue
		}
		k := key{f.ActivityID, f.SiteID, f.Day}
		g := groups[k]
		if g == nil {
			g = &EventGroup{Day: f.Day}
			g.Activity, _ = c.Activity(f.ActivityID)
			g.Site, _ = c.Site(f.SiteID)
			groups[k] = g
		}
		cents := priceOf(c, standings[f.HouseholdID], aids, f)
		g.Children++
		g.Cents += cents
		if hasMeal(g.Activity, f.OptionID) {
			g.Meals++
			r.Meals++
		}
		r.Bookings++
		r.Cents += cents
		children[f.ChildID], told[f.HouseholdID] = true, true
	}
	r.Children, r.Households = int64(len(children)), int64(len(told))
	for _, g := range groups {
		r.Groups = append(r.Groups, *g)
	}
	slices.SortFunc(r.Groups, inOrder)
	return nil
}

// inOrder lists groups by day, activity and site.
func inOrder(a, b EventGroup) int {
	return cmp.Or(a.Day.Compare(b.Day), cmp.Compare(a.Activity.Position, b.Activity.Position), strings.Compare(a.Site.Name, b.Site.Name), strings.Compare(a.Site.ID, b.Site.ID))
}

// priceOf is what a fact would cost its household if the service ran on its day, for a preview; nothing where no price is set.
func priceOf(c *activity.Catalogue, s household.Standing, aids activity.Aids, f *Fact) money.Cents {
	ran := *f
	ran.Closed = ""
	occasion, due := ran.Outcome().Occasion()
	if !due {
		return 0
	}
	parts, err := c.Quote(f.ActivityID, f.OptionID, f.Day, occasion, f.PriceFacts(&s, aids))
	if err != nil {
		return 0
	}
	return tariff.Sum(parts)
}

// hasMeal tells whether an option has a meal, as the kitchen counts them.
func hasMeal(a *activity.Activity, optionID string) bool {
	o, ok := a.OptionByID(optionID)
	return ok && booking.ServesMeal(*o)
}

// Declare declares an event: at once in what days cost; a job tells families and teams. One that closes has a closure made, whose own job frees
// the places and tells the families. The same event declared twice by an agent is written once. Errors: those of checkEvent, fault.Forbidden,
// fault.Conflict when another closure closes these days.
func Declare(ctx context.Context, tx *db.Tx, who staff.Agent, e TownEvent) (TownEvent, error) {
	if !MayDeclare(who, e) {
		return e, fault.Forbiddenf("Vous ne pouvez déclarer un événement que pour vos établissements.")
	}
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return e, err
	}
	e.Reason = strings.TrimSpace(e.Reason)
	if err := checkEvent(c, e); err != nil {
		return e, err
	}
	same, found, err := sameEvent(ctx, tx, e)
	if err != nil || found && same.MadeByName == who.Name {
		return same, err
	}
	if found {
		return same, fault.Conflictf("Cet événement est déjà déclaré par %s.", same.MadeByName)
	}
	if e.Closes {
		k, err := booking.Close(ctx, tx, who, activity.Closure{SiteID: e.SiteID, ActivityID: e.ActivityID, From: e.From, To: e.To, Reason: e.Reason})
		if err != nil {
			return e, err
		}
		e.ClosureID = k.ID
	}
	return writeEvent(ctx, tx, who, e, "event.declare")
}

// Undo declares that an event does not hold, by a second one that names it: at once in what days cost; a job tells families and teams. Errors:
// fault.NotFound, fault.Forbidden, fault.Conflict when it was already undone.
func Undo(ctx context.Context, tx *db.Tx, who staff.Agent, id string) (TownEvent, error) {
	e, err := EventByID(ctx, tx, id)
	if err != nil {
		return e, err
	}
	switch {
	case !MayDeclare(who, e):
		return e, fault.Forbiddenf("Vous ne pouvez annuler un événement que pour vos établissements.")
	case e.UndoesID != "":
		return e, fault.Refusedf("Une annulation ne s’annule pas : déclarez de nouveau l’événement.")
	case e.UndoneID != "":
		return e, fault.Conflictf("Cet événement est déjà annulé.")
	}
	if e.Closes {
		k, err := activity.ClosureByID(ctx, tx, e.ClosureID)
		if err != nil {
			return e, err
		}
		if k.UndoneAt.IsZero() {
			if err := booking.Reopen(ctx, tx, who, e.ClosureID, civil.Date{}); err != nil {
				return e, err
			}
		}
	}
	e.UndoesID, e.ID = e.ID, ""
	return writeEvent(ctx, tx, who, e, "event.undo")
}

func writeEvent(ctx context.Context, tx *db.Tx, who staff.Agent, e TownEvent, act string) (TownEvent, error) {
	e.ID, e.MadeAt, e.MadeByName, e.Reached, e.Told, e.FinishedAt = db.NewID(), tx.Now, who.Name, "", 0, civil.Instant{}
	if err := insertEvent(ctx, tx, e, who); err != nil {
		return e, err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: act, Subject: "event:" + e.ID,
		Detail: map[string]any{"from": e.From, "to": e.To, "reason": e.Reason, "site": e.SiteID, "activity": e.ActivityID, "level": e.Level, "classname": e.ClassName}}); err != nil {
		return e, err
	}
	return e, job.Queue(ctx, tx, SettleEventKind, EventPayload{e.ID})
}

// EventHousehold is what an event changes for one household.
type EventHousehold struct {
	HouseholdID string
	Facts       []Fact
}

// EventSlice is how many households one transaction tells.
const EventSlice = 40

// EventHomes lists in order the households that are still to be told of an event; those of an undoing are the ones that were told of what it
// undoes. There are none of one that is told already, that was undone, or that closes: its closure tells them. Errors: fault.NotFound.
func EventHomes(ctx context.Context, tx *db.Tx, id string) ([]string, error) {
	e, last, err := eventToTell(ctx, tx, id)
	if err != nil || e.Settled() {
		return nil, err
	}
	homes, err := householdsUnder(ctx, tx, e)
	slices.Sort(homes)
	return slices.DeleteFunc(homes, func(home string) bool { return home <= e.Reached || e.UndoesID != "" && home > last }), err
}

// eventToTell finds an event, and of an undoing the last household that was told of what it undoes.
func eventToTell(ctx context.Context, tx *db.Tx, id string) (e TownEvent, last string, err error) {
	if e, err = EventByID(ctx, tx, id); err != nil || e.UndoesID == "" {
		return e, "", err
	}
	first, err := EventByID(ctx, tx, e.UndoesID)
	return e, first.Reached, err
}

// SettleEvent takes a slice of the families of EventHomes, for the caller to tell them in the same transaction, and writes how far it is. The
// caller tells the teams after the last one, and calls EventSettled. Whom another run told meanwhile is left out, and so are all once the event
// is undone: its undoing tells those who were told.
func SettleEvent(ctx context.Context, tx *db.Tx, id string, homes []string) (e TownEvent, told []EventHousehold, err error) {
	e, last, err := eventToTell(ctx, tx, id)
	homes = slices.DeleteFunc(slices.Clone(homes), func(home string) bool { return home <= e.Reached })
	if err != nil || e.Settled() || len(homes) == 0 {
		return e, nil, err
	}
	facts, err := factsOf(ctx, tx, e, homes)
	if err != nil {
		return e, nil, err
	}
	for i := range facts {
		f := &facts[i]
		holds := f.Booked == BookedDay && f.Came != Present
		if !holds || e.UndoesID == "" && f.Closed != e.Reason || e.UndoesID != "" && (f.Closed != "" || f.HouseholdID > last) {
			continue
		}
		if n := len(told); n == 0 || told[n-1].HouseholdID != f.HouseholdID {
			told = append(told, EventHousehold{HouseholdID: f.HouseholdID})
		}
		h := &told[len(told)-1]
		h.Facts = append(h.Facts, *f)
	}
	_, err = tx.Exec(ctx, `UPDATE town_events SET reached = $2, told = told + $3 WHERE id = $1`, id, homes[len(homes)-1], int64(len(told)))
	return e, told, err
}

// EventSettled writes that all were told.
func EventSettled(ctx context.Context, tx *db.Tx, id string) error {
	_, err := tx.Exec(ctx, `UPDATE town_events SET finished_at = $2 WHERE id = $1 AND finished_at IS NULL`, id, tx.Now)
	return err
}

// EventCounts says for the teams how many children of an event were booked, by site, activity and day, without what they would have been
// billed; of one that closes, or of an undoing, those it concerned. Whoever came all the same is not counted.
func EventCounts(ctx context.Context, tx *db.Tx, e TownEvent) ([]EventGroup, error) {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	counts, err := countUnder(ctx, tx, e)
	if err != nil {
		return nil, err
	}
	var groups []EventGroup
	for _, n := range counts {
		if k := len(groups); k == 0 || groups[k-1].Activity.ID != n.activity || groups[k-1].Site.ID != n.site || groups[k-1].Day != n.day {
			g := EventGroup{Day: n.day}
			g.Activity, _ = c.Activity(n.activity)
			g.Site, _ = c.Site(n.site)
			groups = append(groups, g)
		}
		g := &groups[len(groups)-1]
		g.Children += n.children
		if hasMeal(g.Activity, n.option) {
			g.Meals += n.children
		}
	}
	slices.SortFunc(groups, inOrder)
	return groups, nil
}

// InForce are the events that leave the bookings and hold on some days, ready to say what they do to facts.
type InForce struct {
	events     []TownEvent
	schoolings map[string][]household.Schooling
}

// EventsOn reads the events that hold on some days and leave the bookings; children are those of whom it will be asked.
func EventsOn(ctx context.Context, tx *db.Tx, span civil.Range, children []string) (in InForce, err error) {
	in.events, err = loadEvents(ctx, tx, `NOT e.closes AND e.undoes_id IS NULL AND e.to_day >= $1 AND e.from_day <= $2
		AND NOT EXISTS (SELECT 1 FROM town_events u WHERE u.undoes_id = e.id)`, span.From, span.To)
	if err != nil || !slices.ContainsFunc(in.events, func(e TownEvent) bool { return e.ForSome() }) {
		return in, err
	}
	in.schoolings, err = household.SchoolingsOf(ctx, tx, children)
	return in, err
}

// Why says why an absence of that day is not billed; empty when no event holds.
func (in InForce) Why(f *Fact) string {
	for i := range in.events {
		if e := &in.events[i]; e.Covers(f, in.schooling(f.ChildID, e.From)) {
			return e.Reason
		}
	}
	return ""
}

func (in InForce) schooling(childID string, day civil.Date) household.Schooling {
	year := household.SchoolYearOf(day)
	for _, s := range in.schoolings[childID] {
		if s.SchoolYear == year {
			return s
		}
	}
	return household.Schooling{}
}

// spare marks the days of absence on which the service did not run for the child: those that a closure closes and whose bookings are still to
// be freed, and those of events.
func spare(ctx context.Context, tx *db.Tx, facts []Fact, r civil.Range) error {
	if len(facts) == 0 {
		return nil
	}
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return err
	}
	children := make([]string, 0, len(facts))
	for i := range facts {
		if n := len(children); n == 0 || children[n-1] != facts[i].ChildID {
			children = append(children, facts[i].ChildID)
		}
	}
	in, err := EventsOn(ctx, tx, r, children)
	if err != nil {
		return err
	}
	for i := range facts {
		f := &facts[i]
		if f.Came == Present || f.Closed != "" || f.Booked != BookedDay {
			continue
		}
		if k := c.ClosureOn(f.ActivityID, f.SiteID, f.Day); k != nil {
			f.Closed = k.Reason
		} else if len(in.events) > 0 {
			f.Closed = in.Why(f)
		}
	}
	return nil
}

// EventLine is an event as agents see it listed.
type EventLine struct {
	TownEvent
	Site, School *activity.Site // nil: everywhere, every child
	Activity     *activity.Activity
	Left         bool // families are still to be told
}

// Events lists the events that touch the agent's sites, the latest declared first, without those that only undo.
func Events(ctx context.Context, tx *db.Tx, who staff.Agent, limit int) ([]EventLine, error) {
	list, err := loadEvents(ctx, tx, `e.undoes_id IS NULL`)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b TownEvent) int { return cmp.Or(b.MadeAt.Compare(a.MadeAt), strings.Compare(b.ID, a.ID)) })
	var out []EventLine
	for _, e := range list {
		if at := cmp.Or(e.SiteID, e.SchoolID); at != "" && !who.Covers(at) {
			continue
		}
		if len(out) == limit {
			break
		}
		l, err := eventLine(ctx, tx, e)
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

// EventFor gives an event that touches the agent's sites; fault.NotFound.
func EventFor(ctx context.Context, tx *db.Tx, who staff.Agent, id string) (EventLine, error) {
	e, err := EventByID(ctx, tx, id)
	if err != nil {
		return EventLine{}, err
	}
	if at := cmp.Or(e.SiteID, e.SchoolID); at != "" && !who.Covers(at) {
		return EventLine{}, fault.NotFoundf("Cet événement n’existe pas.")
	}
	return eventLine(ctx, tx, e)
}

func eventLine(ctx context.Context, tx *db.Tx, e TownEvent) (EventLine, error) {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return EventLine{}, err
	}
	l := EventLine{TownEvent: e, Left: e.FinishedAt.IsZero()}
	l.Site, _ = c.Site(e.SiteID)
	l.School, _ = c.Site(e.SchoolID)
	l.Activity, _ = c.Activity(e.ActivityID)
	return l, nil
}
