package attendance

import (
	"preau/internal/civil"
	"preau/internal/household"
)

// EventKind is what happens.
type EventKind string

// The kinds of events.
const (
	Strike      EventKind = "strike"
	TeacherAway EventKind = "teacher"
	ClassTrip   EventKind = "trip"
	SiteClosed  EventKind = "closure"
	OtherEvent  EventKind = "other"
)

// EventKinds lists the kinds as they are offered.
var EventKinds = []EventKind{Strike, TeacherAway, ClassTrip, SiteClosed, OtherEvent}

// TownEvent is what happens to some children on some days, whatever their families booked. One that closes frees the places; the others leave
// the bookings, and no absence is billed.
type TownEvent struct {
	ID         string
	Kind       EventKind
	Closes     bool
	SiteID     string // where; empty: everywhere
	ActivityID string // empty: every activity
	SchoolID   string // whose pupils; empty: every child
	Level      string // of that school; empty: every level
	ClassName  string // empty: every class
	From, To   civil.Date
	Reason     string
	ClosureID  string // what frees the places, of one that closes
	UndoesID   string // the event that this one undoes
	UndoneID   string // the event that undoes this one
	MadeAt     civil.Instant
	MadeByName string
	Reached    string // the last household told
	Told       int64  // households told
	FinishedAt civil.Instant
}

// ForSome tells whether the event is about the pupils of a school, a level or a class only.
func (e *TownEvent) ForSome() bool { return e.SchoolID != "" }

// Settled tells whether no family is to be told of the event any more: all were, it was undone, or its closure tells them.
func (e *TownEvent) Settled() bool { return !e.FinishedAt.IsZero() || e.UndoneID != "" || e.Closes }

// Covers tells whether the event holds for a fact; s is where the child goes to school that year.
func (e *TownEvent) Covers(f *Fact, s household.Schooling) bool {
	return !f.Day.Before(e.From) && !f.Day.After(e.To) && (e.SiteID == "" || e.SiteID == f.SiteID) && (e.ActivityID == "" || e.ActivityID == f.ActivityID) &&
		(e.SchoolID == "" || e.SchoolID == s.SiteID) && (e.Level == "" || e.Level == s.Level) && (e.ClassName == "" || e.ClassName == s.ClassName)
}

// changes tells whether an event about to hold takes a fact off the bill: booked, not come to, and not taken off already.
func (f *Fact) changes() bool {
	return f.Booked == BookedDay && f.Came != Present && f.Closed == "" && !f.Excused
}
