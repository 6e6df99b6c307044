// Package activity holds what the town offers: sites, activities and their options, places, periods of the school calendar,
// closures and price grids. It is all settings: few rows, read on every page, changed rarely. So it is read whole, as one
// immutable Catalogue, and read again only when its version has changed.
//
// Every verb that changes a setting checks it first (no gap, no overlap, a deadline that exists), writes it, and changes the
// version in the same transaction.
package activity

import (
	"slices"
	"strings"

	"preau/internal/calendar"
	"preau/internal/civil"
	"preau/internal/money"
	"preau/internal/tariff"
)

// SiteKind is the kind of a place.
type SiteKind string

const (
	Maternelle  SiteKind = "maternelle"
	Elementaire SiteKind = "elementaire"
	Loisirs     SiteKind = "loisirs"
	Creche      SiteKind = "creche"
)

// Site is a place of the town: a school, a leisure centre.
type Site struct {
	ID, Code, Name string
	Kind           SiteKind
	Address, Phone string
	Archived       bool
}

// Kind groups activities that a sibling can be asked for in the same request.
type Kind string

const (
	Canteen   Kind = "canteen"
	Morning   Kind = "morning"
	Evening   Kind = "evening"
	Study     Kind = "study"
	TAP       Kind = "tap"
	Wednesday Kind = "wednesday"
	Holiday   Kind = "holiday"
)

// Kinds lists every kind in the order of a child's day.
var Kinds = []Kind{Canteen, Morning, Evening, Study, TAP, Wednesday, Holiday}

// Waiting says what happens when a place frees.
type Waiting string

const (
	// NoWaiting: a full day refuses.
	NoWaiting Waiting = "none"
	// AutoWaiting: the first in order is booked, while the family could still cancel; after that the place is offered.
	AutoWaiting Waiting = "auto"
	// OfferWaiting: the place is offered, to be accepted before an instant.
	OfferWaiting Waiting = "offer"
)

// Activity is what can be booked, with the rules of the town for it.
type Activity struct {
	ID, Code, Name   string
	Kind             Kind
	Noun, NounPlural string // what one booking is called: "repas", "repas"; "mercredi", "mercredis"
	RunsOn           string // "school": days of class; "holiday": days of school holidays
	Weekdays         string // ISO weekdays it runs on, "1245" for Monday, Tuesday, Thursday, Friday
	Cancel, Add      calendar.Rule
	Opening          calendar.Opening
	PriorityOpening  calendar.Opening // of residents; empty: the same as everyone
	GraceMinutes     int64            // for a form opened in time, 0 to 30
	Instruction      bool             // an agent decides each booking
	IsRight          bool             // when full it waits for an agent instead of refusing
	Waiting          Waiting
	WaitingByPoints  bool // order of the waiting list: points of the enrolment, then date; else date
	OfferHours       int64
	MarginHours      int64  // automatic promotion needs that many hours left to cancel
	MinAge, MaxAge   *int64 // months on the day of service, both included
	Levels           []string
	ResidentsOnly    bool
	NeedsPaidUp      bool
	Position         int64
	Archived         bool
	CESU             CESU
	CostPrice        *money.Cents // what one booking costs the town, which no price may pass; nil: not told
	Options          []Option
	SiteIDs          []string

	oneDeadline bool // the rules for adding and cancelling are the same
}

// Option is what is booked in one day of an activity. Options of one activity exclude each other on a day.
type Option struct {
	ID, ActivityID, Code, Name string
	Starts, Ends               civil.TimeOfDay
	Position                   int64
	Archived                   bool
}

// RunsOnWeekday tells whether the activity has service on that day of the week at all.
func (a *Activity) RunsOnWeekday(d civil.Date) bool {
	return strings.IndexByte(a.Weekdays, isoDigit(d)) >= 0
}

func isoDigit(d civil.Date) byte {
	w := d.Weekday()
	if w == 0 {
		return '7'
	}
	return '0' + byte(w)
}

// Option finds a live option by its code.
func (a *Activity) Option(code string) (*Option, bool) {
	for i := range a.Options {
		if a.Options[i].Code == code && !a.Options[i].Archived {
			return &a.Options[i], true
		}
	}
	return nil, false
}

// OptionByID finds an option, archived or not.
func (a *Activity) OptionByID(id string) (*Option, bool) {
	for i := range a.Options {
		if a.Options[i].ID == id {
			return &a.Options[i], true
		}
	}
	return nil, false
}

// LiveOptions are the options families can book, in order.
func (a *Activity) LiveOptions() []Option {
	return slices.DeleteFunc(slices.Clone(a.Options), func(o Option) bool { return o.Archived })
}

// OfferedAt tells whether the activity is offered at a site.
func (a *Activity) OfferedAt(siteID string) bool { return slices.Contains(a.SiteIDs, siteID) }

// Closure is a day or more without service, of the town (no site, no activity), a site, an activity, or an activity at a site.
type Closure struct {
	ID, SiteID, ActivityID string
	From, To               civil.Date
	Reason                 string
	CreatedAt              civil.Instant
	CreatedBy              string
	SettledAt              civil.Instant // zero while bookings are still being freed and families told
	UndoneAt               civil.Instant
	UndoneBy               string
}

// Covers tells whether the closure stops an activity at a site on a day.
func (c *Closure) Covers(activityID, siteID string, d civil.Date) bool {
	return !d.Before(c.From) && !d.After(c.To) &&
		(c.SiteID == "" || c.SiteID == siteID) && (c.ActivityID == "" || c.ActivityID == activityID)
}

// Capacity is the number of places of an option at a site from a day on, or on one day only.
type Capacity struct {
	ActivityID, SiteID, OptionID string
	AgeGroup                     string // "", "maternelle" or "elementaire"
	From                         civil.Date
	OnlyDay                      bool
	Places                       *int64 // nil: no limit
}

// Catalogue is everything the town offers, as of one version. It is never changed after it was read.
type Catalogue struct {
	Version    string
	Calendar   *calendar.Calendar
	Sites      []*Site
	Activities []*Activity

	siteByID      map[string]*Site
	activityByID  map[string]*Activity
	closures      []Closure
	closuresByDay map[civil.Date][]*Closure
	capacities    map[placeKey][]Capacity
	grids         map[string][]tariff.Grid
}

type placeKey struct{ activity, site, option, group string }

// WithYears is the catalogue as it would be once SaveSchoolYears had written these school years; c does not change.
func (c *Catalogue) WithYears(years []calendar.SchoolYear) *Catalogue {
	k := *c
	k.Calendar = c.Calendar.With(years...)
	return &k
}

// Site finds a site by id, archived or not.
func (c *Catalogue) Site(id string) (*Site, bool) { s, ok := c.siteByID[id]; return s, ok }

// Activity finds an activity by id, archived or not.
func (c *Catalogue) Activity(id string) (*Activity, bool) { a, ok := c.activityByID[id]; return a, ok }

// Closures lists every closure that was not undone, by first day.
func (c *Catalogue) Closures() []Closure { return c.closures }

// Places is the number of places set for an option at a site on a day; nil when there is no limit.
func (c *Catalogue) Places(activityID, siteID, optionID, group string, day civil.Date) *int64 {
	var best *Capacity
	list := c.capacities[placeKey{activityID, siteID, optionID, group}]
	for i := range list {
		k := &list[i]
		if k.OnlyDay {
			if k.From == day {
				return k.Places
			}
			continue
		}
		if !k.From.After(day) && (best == nil || k.From.After(best.From)) {
			best = k
		}
	}
	if best == nil {
		return nil
	}
	return best.Places
}
