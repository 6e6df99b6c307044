package booking

import (
	"slices"
	"time"

	"preau/internal/activity"
	"preau/internal/civil"
)

// Reason says why a change is refused. The sentence a family reads is made from it elsewhere.
type Reason string

const (
	NoReason        Reason = ""
	UnknownOption   Reason = "unknown_option"   // no such option of the activity
	OutOfPeriod     Reason = "out_of_period"    // outside the enrolment: Figures From, To
	NoService       Reason = "no_service"       // the activity never runs on this day of the week
	InHolidays      Reason = "in_holidays"      // Name of the holidays
	NotInHolidays   Reason = "not_in_holidays"  // a holiday activity on a day of class
	OnPublicHoliday Reason = "public_holiday"   // Name
	OnClosure       Reason = "closed"           // Name: the reason of the closure
	CalendarUnknown Reason = "calendar_unknown" // after the last published calendar
	OtherHome       Reason = "other_home"       // the other household has custody, or made the booking
	Contested       Reason = "contested"        // two households claim the day; an agent decides
	WrongLevel      Reason = "wrong_level"      // Name: the levels accepted
	TooYoung        Reason = "too_young"        // Limit in months
	TooOld          Reason = "too_old"          // Limit in months
	NotResident     Reason = "not_resident"
	OnHold          Reason = "on_hold"      // At: since when; Name: why
	Undocumented    Reason = "undocumented" // Name: the documents that are asked and were not sent
	NotOpenYet      Reason = "not_open_yet" // At: when it opens
	TooLate         Reason = "too_late"     // At: the last second that was accepted; zero when the rule gives none
	OtherOption     Reason = "other_option" // Name: the option already booked that day
	Overlapping     Reason = "overlapping"  // Name: the activity whose hours overlap
	Full            Reason = "full"         // Limit: the places
)

// Refusal is a typed reason with its instant and figures.
type Refusal struct {
	Reason Reason        `json:"reason,omitempty"`
	At     civil.Instant `json:"at,omitzero"`
	Name   string        `json:"name,omitempty"`
	Limit  int64         `json:"limit,omitempty"`
	From   civil.Date    `json:"from,omitzero"`
	To     civil.Date    `json:"to,omitzero"`
}

// Result is what a change leads to.
type Result string

const (
	Refused   Result = "refused"
	Booked    Result = "booked"
	Pending   Result = "pending"   // an agent decides
	Waiting   Result = "waiting"   // on the waiting list
	Cancelled Result = "cancelled" // booking removed, or wish withdrawn
	Unchanged Result = "unchanged" // already so
)

// Verdict is a decision with its reason.
type Verdict struct {
	Result  Result  `json:"result"`
	Refusal Refusal `json:"refusal,omitzero"`
	Late    bool    `json:"late,omitempty"` // allowed by an agent after the deadline
	Over    bool    `json:"over,omitempty"` // allowed by an agent beyond the places
}

func refuse(r Refusal) Verdict { return Verdict{Result: Refused, Refusal: r} }

// Home says whose day it is, seen from the household that asks.
type Home string

const (
	Ours     Home = "ours"
	Theirs   Home = "theirs"
	Disputed Home = "disputed"
)

// Profile is what eligibility depends on, as it is on the day of service.
type Profile struct {
	BornOn   civil.Date
	Level    string // "" when the child's class is not known
	Resident bool
}

// Facts are everything a decision about one option of one day needs to know. They are values: nothing is looked up later.
type Facts struct {
	Day       civil.Date
	Option    *activity.Option
	Activity  *activity.Activity
	Service   activity.ServiceDay
	Terms     activity.Terms
	Period    civil.Range // of the enrolment
	Home      Home
	Profile   Profile
	HoldSince civil.Instant // booking blocked since; zero when not, or when the activity does not ask
	HoldWhy   string
	Lacks     string // documents without which the activity is not booked; empty when nothing is missing
	Live      *Line  // the child's live booking of this activity that day, whatever its option
	Overlap   string // name of another activity booked by the child whose hours overlap
	Taken     bool   // by a booking of the other household whose hours overlap: it is not named
	Seats     []Seat // that a booking takes: everyone's, and the age group's where one is set
	Opened    civil.Instant
}

// Override is what an agent allows, with a reason that is kept.
type Override struct {
	Deadline bool // opening and deadline
	Capacity bool
	Eligible bool // level, age, residence, hold, documents
}

// DecideAdd decides whether an option may be booked at an instant. The clock is truncated to the second and the deadline is the
// last second accepted (domain rule "Deadlines"); a form opened in time has the grace of the activity.
func DecideAdd(f Facts, now civil.Instant, o Override) Verdict {
	if r := noService(f); r.Reason != NoReason {
		return refuse(r)
	}
	if r := notOurs(f); r.Reason != NoReason {
		return refuse(r)
	}
	if f.Taken || (f.Live != nil && !f.Live.Ours) {
		return refuse(Refusal{Reason: OtherHome})
	}
	wished := f.Live != nil && f.Live.OptionID == f.Option.ID
	if wished && (f.Live.State == StateBooked || !o.Capacity) {
		return Verdict{Result: Unchanged}
	}
	v := Verdict{Result: Booked}
	if r := notEligible(f); r.Reason != NoReason && !o.Eligible {
		return refuse(r)
	}
	if r := outOfTime(f, f.Terms.AddUntil, now); r.Reason != NoReason {
		if !o.Deadline {
			return refuse(r)
		}
		v.Late = true
	}
	if f.Live != nil && !wished {
		return refuse(Refusal{Reason: OtherOption, Name: f.Live.OptionName})
	}
	if f.Overlap != "" {
		return refuse(Refusal{Reason: Overlapping, Name: f.Overlap})
	}
	return decideSeat(f, v, o)
}

func noService(f Facts) Refusal {
	if f.Activity.Archived || f.Option.Archived {
		return Refusal{Reason: UnknownOption, Name: f.Option.Code}
	}
	if !f.Period.Contains(f.Day) {
		return Refusal{Reason: OutOfPeriod, From: f.Period.From, To: f.Period.To}
	}
	switch f.Service.Why {
	case activity.Open:
		return Refusal{}
	case activity.NoWeekday:
		return Refusal{Reason: NoService}
	case activity.NoClass:
		return Refusal{Reason: InHolidays, Name: f.Service.Name}
	case activity.NoHoliday:
		return Refusal{Reason: NotInHolidays}
	case activity.PublicHoliday:
		return Refusal{Reason: OnPublicHoliday, Name: f.Service.Name}
	case activity.Closed:
		return Refusal{Reason: OnClosure, Name: f.Service.Name}
	}
	return Refusal{Reason: CalendarUnknown}
}

func notOurs(f Facts) Refusal {
	switch f.Home {
	case Ours:
		return Refusal{}
	case Disputed:
		return Refusal{Reason: Contested}
	}
	return Refusal{Reason: OtherHome}
}

func notEligible(f Facts) Refusal {
	if r := Eligible(f.Activity, f.Profile, f.Day); r.Reason != NoReason {
		return r
	}
	if !f.HoldSince.IsZero() {
		return Refusal{Reason: OnHold, At: f.HoldSince, Name: f.HoldWhy}
	}
	if f.Lacks != "" {
		return Refusal{Reason: Undocumented, Name: f.Lacks}
	}
	return Refusal{}
}

// Eligible tells whether a child may take part in an activity on a day: class level, age on the day, residence.
func Eligible(a *activity.Activity, p Profile, day civil.Date) Refusal {
	months := ageInMonths(p.BornOn, day)
	switch {
	case len(a.Levels) > 0 && !slices.Contains(a.Levels, p.Level):
		return Refusal{Reason: WrongLevel, Name: levels(a.Levels)}
	case a.MinAge != nil && months < *a.MinAge:
		return Refusal{Reason: TooYoung, Limit: *a.MinAge}
	case a.MaxAge != nil && months > *a.MaxAge:
		return Refusal{Reason: TooOld, Limit: *a.MaxAge}
	case a.ResidentsOnly && !p.Resident:
		return Refusal{Reason: NotResident}
	}
	return Refusal{}
}

func levels(list []string) string {
	out := ""
	for i, l := range list {
		if i > 0 {
			out += ", "
		}
		out += l
	}
	return out
}

// ageInMonths counts whole months lived on a day.
func ageInMonths(born, day civil.Date) int64 {
	n := int64(day.Year-born.Year)*12 + int64(day.Month) - int64(born.Month)
	if day.Day < born.Day {
		n--
	}
	return n
}

// outOfTime tells whether a change comes before its opening or after its deadline. A rule that gives no deadline accepts nothing.
func outOfTime(f Facts, until, now civil.Instant) Refusal {
	if now.Before(f.Terms.Opens) {
		return Refusal{Reason: NotOpenYet, At: f.Terms.Opens}
	}
	if until.IsZero() || late(graced(f, now), until) {
		return Refusal{Reason: TooLate, At: until}
	}
	return Refusal{}
}

// late compares as families read a clock: to the second, the deadline included.
func late(now, until civil.Instant) bool { return now.Time().Truncate(time.Second).After(until.Time()) }

// graced is the instant a decision is taken at: that of the opening of the form, while the grace of the activity lasts.
func graced(f Facts, now civil.Instant) civil.Instant {
	if f.Opened.IsZero() || f.Opened.After(now) {
		return now
	}
	if now.Time().Sub(f.Opened.Time()) > time.Duration(f.Activity.GraceMinutes)*time.Minute {
		return now
	}
	return f.Opened
}

func decideSeat(f Facts, v Verdict, o Override) Verdict {
	if f.Live != nil && f.Live.State.TakesPlace() {
		return v // an offered place is already kept
	}
	for _, s := range f.Seats {
		if s.Free() > 0 {
			continue
		}
		switch {
		case o.Capacity:
			v.Over = true
		case f.Activity.IsRight:
			v.Result = Pending
		case f.Activity.Waiting != activity.NoWaiting:
			return Verdict{Result: Waiting, Late: v.Late}
		default:
			return refuse(Refusal{Reason: Full, Limit: *s.Places})
		}
	}
	if f.Activity.Instruction && o == (Override{}) {
		v.Result = Pending
	}
	return v
}

// DecideRemove decides whether the child's live booking of the day may be removed. A wish (awaiting instruction, on the waiting
// list, offered) is withdrawn at any time before the service starts; a booking until its deadline.
func DecideRemove(f Facts, now civil.Instant, o Override) Verdict {
	if f.Live == nil || f.Live.OptionID != f.Option.ID {
		return Verdict{Result: Unchanged}
	}
	if f.Service.Why == activity.Closed {
		return refuse(Refusal{Reason: OnClosure, Name: f.Service.Name})
	}
	if !f.Live.Ours {
		return refuse(Refusal{Reason: OtherHome})
	}
	v := Verdict{Result: Cancelled}
	until := f.Terms.CancelUntil
	if f.Live.State != StateBooked {
		until = f.Terms.Starts
	}
	if until.IsZero() || late(graced(f, now), until) {
		if !o.Deadline {
			return refuse(Refusal{Reason: TooLate, At: until})
		}
		v.Late = true
	}
	return v
}

// Promotion says what happens to the first of the waiting list when a place frees: booked for them while the family could
// still cancel for the margin of the activity, else offered until an instant, else nothing.
func Promotion(f Facts, now civil.Instant) (Result, civil.Instant) {
	a := f.Activity
	if a.Waiting == activity.NoWaiting || f.Terms.AddUntil.IsZero() || late(now, f.Terms.AddUntil) {
		return Refused, civil.Instant{}
	}
	margin := time.Duration(a.MarginHours) * time.Hour
	if a.Waiting == activity.AutoWaiting && !late(now.Add(margin), f.Terms.CancelUntil) {
		return Booked, civil.Instant{}
	}
	until := now.Add(time.Duration(a.OfferHours) * time.Hour)
	if until.After(f.Terms.AddUntil) {
		until = f.Terms.AddUntil
	}
	return Waiting, until
}

// The hours in which agents are told of what awaits them: none is woken at night.
const (
	deskOpens  = 7
	deskCloses = 20
)

// halfDays are the hours from which a half-day's message may go.
var halfDays = []int{8, 13}

// DueAgain tells whether an agent who was told last at an instant (zero: never) may be told again now: within the desk's hours, and
// once an hour of the clock, or once since 8 h and once since 13 h.
func DueAgain(pace Pace, told, now civil.Instant, loc *time.Location) bool {
	day, at := civil.DateOf(now, loc), civil.TimeOf(now, loc)
	if at.Hour() < deskOpens || at.Hour() >= deskCloses {
		return false
	}
	since := civil.Wall(day, civil.Clock(at.Hour(), 0), 0, loc)
	if pace == EachHalfDay {
		if at.Hour() < halfDays[0] {
			return false
		}
		for _, h := range halfDays {
			if at.Hour() >= h {
				since = civil.Wall(day, civil.Clock(h, 0), 0, loc)
			}
		}
	}
	return told.IsZero() || told.Before(since)
}
