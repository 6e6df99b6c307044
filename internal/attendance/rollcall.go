package attendance

import (
	"context"
	"slices"
	"strings"
	"time"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/staff"
)

// The roll-call says who came. It is taken on a device that may have no network: each entry gets its id there, is kept there until the server
// has answered, and may be sent twice, late, or after what another device said. Entries are only added. What holds of a child is the entry made
// last by the clock of its device, site by site (a child who came to one of them came), so that any order of arrival gives the same truth, and none is lost: the others stay to be read.

// Session names a roll-call: an activity at a site on a day.
type Session struct {
	ActivityID string     `json:"activity"`
	SiteID     string     `json:"site"`
	Day        civil.Date `json:"day"`
}

// Source says how an entry came to the town.
type Source string

// The sources.
const (
	Online   Source = "online" // a form of the page
	OnDevice Source = "device" // the queue of a device
	OnPaper  Source = "paper"  // copied from the printed sheet
	Imported Source = "import"
)

// Entry is the whole of what an agent says of a child at an activity on a day. Unpointed takes back what was said.
type Entry struct {
	ID      string `json:"id"`
	AgentID string `json:"agent"` // who made it, as the device says
	Session
	ChildID    string           `json:"child"`
	OptionID   string           `json:"option,omitempty"` // empty: the one booked, else the activity's first
	Came       Came             `json:"came"`
	Arrived    *civil.TimeOfDay `json:"arrived,omitempty"`
	Departed   *civil.TimeOfDay `json:"departed,omitempty"`
	LatePickup bool             `json:"late,omitempty"`
	At         civil.Instant    `json:"at"`             // by the clock of the device
	Known      civil.Instant    `json:"known,omitzero"` // until when the device knew what the server knows

	Source     Source        `json:"-"`
	AgentName  string        `json:"-"`
	ReceivedAt civil.Instant `json:"-"`
}

// Result is what became of an entry.
type Result string

const (
	// Recorded: the entry is kept.
	Recorded Result = "recorded"
	// Already: the entry had come before; nothing changed.
	Already Result = "already"
	// Turned: the entry is not kept, and the answer says why. The device keeps it until the agent has seen it.
	Turned Result = "refused"
)

// Conflict is another agent's word that an entry met without knowing it.
type Conflict struct {
	ChildID  string           `json:"child"`
	By       string           `json:"by"`
	Came     Came             `json:"came"`
	Arrived  *civil.TimeOfDay `json:"arrived,omitempty"`
	Departed *civil.TimeOfDay `json:"departed,omitempty"`
	At       civil.Instant    `json:"at"`
	Holds    bool             `json:"holds"` // the other's word is the later one
}

// Answer says what became of one entry.
type Answer struct {
	ID       string    `json:"id"`
	Result   Result    `json:"result"`
	Why      string    `json:"why,omitempty"` // of Turned, in French
	Closed   bool      `json:"closed,omitempty"`
	Conflict *Conflict `json:"conflict,omitempty"`
}

// BatchLimit is the most entries one call of Replay takes.
const BatchLimit = 500

// Replay records entries of an agent, whatever their order and however often they come, and answers for each in the order given. The truth of
// the children concerned is then what all their entries say together. An entry of another agent, of a child nobody knows, of a day to
// come, of a site that is not the agent's, or made after the roll-call was closed, is turned away with a reason; the others are recorded.
func Replay(ctx context.Context, tx *db.Tx, who staff.Agent, entries []Entry, loc *time.Location) ([]Answer, error) {
	if len(entries) > BatchLimit {
		return nil, fault.Refusedf("Trop de pointages à la fois : envoyez-les par %d au plus.", BatchLimit)
	}
	answers := make([]Answer, len(entries))
	p := &replay{who: who, loc: loc}
	if err := p.read(ctx, tx, entries); err != nil {
		return nil, err
	}
	for i := range entries {
		e := entries[i]
		answers[i] = Answer{ID: e.ID}
		p.cut(&e, tx.Now)
		if why, closed := p.refuse(&e, tx.Now); why != "" {
			answers[i].Result, answers[i].Why, answers[i].Closed = Turned, why, closed
			continue
		}
		p.complete(&e, tx.Now)
		if kept, came := p.byID[e.ID]; came {
			answers[i].Result = Already
			if kept.AgentID != who.ID {
				answers[i].Result, answers[i].Why = Turned, "Ce pointage porte le numéro d’un autre."
			}
			continue
		}
		p.byID[e.ID] = e
		p.fresh = append(p.fresh, e)
		p.said[keyOf(&e)] = append(p.said[keyOf(&e)], e)
		answers[i].Result = Recorded
	}
	if err := p.write(ctx, tx); err != nil {
		return nil, err
	}
	for i := range answers {
		if e := p.byID[answers[i].ID]; answers[i].Result != Turned {
			e.Known = entries[i].Known
			answers[i].Conflict = conflict(e, p.said[keyOf(&e)])
		}
	}
	return answers, nil
}

// truthKey names what there is one truth of.
type truthKey struct {
	child, activity string
	day             civil.Date
}

func keyOf(e *Entry) truthKey { return truthKey{e.ChildID, e.ActivityID, e.Day} }

// replay is what a batch needs to be decided, read at once.
type replay struct {
	who       staff.Agent
	loc       *time.Location
	catalogue *activity.Catalogue
	children  map[string]household.Child
	closings  map[Session][]Closing
	bookings  map[truthKey]bookedDay
	byID      map[string]Entry
	said      map[truthKey][]Entry
	fresh     []Entry
}

// bookedDay is the booking that stands for a child at an activity on a day.
type bookedDay struct{ household, site, option, group string }

func (p *replay) read(ctx context.Context, tx *db.Tx, entries []Entry) (err error) {
	if p.catalogue, err = activity.Load(ctx, tx); err != nil {
		return err
	}
	var ids, children []string
	span := civil.Range{}
	for i := range entries {
		e := &entries[i]
		ids, children = append(ids, e.ID), append(children, e.ChildID)
		if span.From.IsZero() || e.Day.Before(span.From) {
			span.From = e.Day
		}
		if span.To.IsZero() || e.Day.After(span.To) {
			span.To = e.Day
		}
	}
	slices.Sort(children)
	children = slices.Compact(children)
	if p.children, err = childrenHeld(ctx, tx, children); err != nil {
		return err
	}
	if p.closings, err = closingsOf(ctx, tx, span); err != nil {
		return err
	}
	if p.bookings, err = bookedDays(ctx, tx, children, span); err != nil {
		return err
	}
	p.byID, p.said = map[string]Entry{}, map[truthKey][]Entry{}
	known, err := entriesByID(ctx, tx, ids)
	for _, e := range known {
		p.byID[e.ID] = e
	}
	if err != nil {
		return err
	}
	said, err := entriesOf(ctx, tx, children, span)
	for i := range said {
		p.said[keyOf(&said[i])] = append(p.said[keyOf(&said[i])], said[i])
	}
	return err
}

// refuse says why an entry cannot be recorded; empty when it can.
func (p *replay) refuse(e *Entry, now civil.Instant) (why string, closed bool) {
	a, known := p.catalogue.Activity(e.ActivityID)
	_, child := p.children[e.ChildID]
	_, kept := p.byID[e.ID]
	switch {
	case len(e.ID) < 16 || len(e.ID) > 40 || strings.Trim(e.ID, "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
		return "Ce pointage n’a pas de numéro valable.", false
	case e.AgentID != p.who.ID:
		return "Ce pointage est celui d’un autre agent, qui seul peut l’envoyer.", false
	case !known || !a.OfferedAt(e.SiteID) || !p.who.May(staff.RollCall, e.SiteID):
		return "Cette activité n’a pas lieu dans l’un de vos établissements.", false
	case !child && !kept:
		return "Cet enfant n’est plus connu de la ville.", false
	case e.Day.After(civil.DateOf(now, p.loc)):
		return "Ce jour n’est pas encore venu.", false
	case e.At.IsZero():
		return "L’heure de ce pointage manque.", false
	case !slices.Contains([]Came{Unpointed, Present, Absent}, e.Came):
		return "Ce pointage ne dit pas si l’enfant est venu.", false
	case e.Came != Present && (e.Arrived != nil || e.Departed != nil || e.LatePickup):
		return "Un enfant qui n’est pas venu n’a ni arrivée ni départ.", false
	case e.Arrived != nil && e.Departed != nil && *e.Departed < *e.Arrived:
		return "Le départ est avant l’arrivée.", false
	}
	if s := p.catalogue.Service(a, e.SiteID, e.Day); s.Why != activity.Open && s.Why != activity.Closed {
		return "Il n’y a pas d’accueil ce jour-là.", false
	}
	if _, ok := a.OptionByID(e.OptionID); !ok && e.OptionID != "" {
		return "Cette formule n’est pas de cette activité.", false
	}
	if kept {
		return "", false // kept before the roll-call was closed
	}
	if k, ok := closedAt(p.closings[e.Session], e.At); ok {
		return "Le pointage a été clos par " + k.ClosedByName + " : rouvrez-le pour y ajouter.", true
	}
	return "", false
}

// cut brings an entry from the future back to now: a device whose clock is ahead does not win for ever. What the agent said before it stays
// before it.
func (p *replay) cut(e *Entry, now civil.Instant) {
	if !e.At.After(now) {
		return
	}
	e.At = now
	for _, o := range p.said[keyOf(e)] {
		if o.AgentID == e.AgentID && o.ID != e.ID && !o.At.Before(e.At) {
			e.At = o.At.Add(time.Millisecond)
		}
	}
}

// complete adds what the server knows: who, when, and the option where the device gave none.
func (p *replay) complete(e *Entry, now civil.Instant) {
	e.AgentName, e.ReceivedAt = p.who.Name, now
	if e.Source == "" {
		e.Source = OnDevice
	}
	if b, ok := p.bookings[keyOf(e)]; ok && e.OptionID == "" {
		e.OptionID = b.option
	}
	if a, ok := p.catalogue.Activity(e.ActivityID); ok && e.OptionID == "" {
		e.OptionID = a.LiveOptions()[0].ID
	}
}
