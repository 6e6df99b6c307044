package household

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"preau/internal/calendar"
	"preau/internal/civil"
	"preau/internal/tariff"
)

// The weeks a custody rule claims.
const (
	EvenWeeks = "even"      // ISO weeks with an even number
	OddWeeks  = "odd"       // ISO weeks with an odd number; weeks 53 and 1 follow each other
	Alternate = "alternate" // one week in two from FirstDay on, whatever the numbers
)

// What a custody rule says of school holidays.
const (
	HolidaysAsWeeks    = "weeks"                 // nothing: the weeks go on
	FirstHalfEvenYears = "first_half_even_years" // the first half in even years, the second in odd ones
	FirstHalfOddYears  = "first_half_odd_years"  // the first half in odd years, the second in even ones
)

// Custody is who holds one child when: the households it is in, their rules, and the dates that win over rules.
type Custody struct {
	ChildID    string
	Households []string // ids
	Rules      []CustodyRule
	Dates      []CustodyDates // those still standing
}

// CustodyRule is what one household claims of a child's time, from the day From to the day To, both included.
type CustodyRule struct {
	ID          string
	ChildID     string
	HouseholdID string
	Weeks       string          // EvenWeeks, OddWeeks or Alternate
	Weekday     time.Weekday    // of the changeover
	Time        civil.TimeOfDay // of the changeover
	FirstDay    civil.Date      // of Alternate: the household's first week begins at the first changeover on or after it
	Holidays    string          // HolidaysAsWeeks, FirstHalfEvenYears or FirstHalfOddYears
	From        civil.Date
	To          civil.Date // zero: until further notice
}

// CustodyDates gives a child to a household from Starts until Ends, Ends excluded.
type CustodyDates struct {
	ID          string
	ChildID     string
	HouseholdID string
	Starts      civil.Instant
	Ends        civil.Instant
	Decided     bool // by an agent, between two claims; wins over everything
	Reason      string
	MadeAt      civil.Instant
}

// Holder is the household that holds a child at an instant. When two claim it, Contested is true and HouseholdID empty: an agent
// decides, and meanwhile nobody books.
type Holder struct {
	HouseholdID string
	Contested   bool
}

// Holder tells who holds the child at an instant. An agent's decision wins over explicit dates, these over the halves of the
// holidays, these over the weekly rules; what nobody claims belongs to the household without a rule. Two households claiming
// at the same level, or none when each has a rule or none has, is contested; among decisions the latest made holds.
func (c Custody) Holder(at civil.Instant, loc *time.Location, cal *calendar.Calendar) Holder {
	switch len(c.Households) {
	case 0:
		return Holder{}
	case 1:
		return Holder{HouseholdID: c.Households[0]}
	}
	if h, ok := c.byDates(at); ok {
		return h
	}
	day := civil.DateOf(at, loc)
	if h, ok := c.byHalves(at, day, loc, cal); ok {
		return h
	}
	return c.byWeeks(at, day, loc)
}

// claims gathers who claims an instant at one level.
type claims struct {
	household string
	several   bool
}

func (k *claims) add(household string) {
	if k.household != "" && k.household != household {
		k.several = true
	}
	k.household = household
}

// holder is the verdict of the level; false when nobody claims there.
func (k claims) holder() (Holder, bool) {
	switch {
	case k.several:
		return Holder{Contested: true}, true
	case k.household == "":
		return Holder{}, false
	}
	return Holder{HouseholdID: k.household}, true
}

// byDates looks at decisions, then at explicit dates.
func (c Custody) byDates(at civil.Instant) (Holder, bool) {
	var decided, explicit claims
	var latest civil.Instant
	for i := range c.Dates {
		d := &c.Dates[i]
		switch {
		case at.Before(d.Starts) || !at.Before(d.Ends):
			continue
		case !d.Decided:
			explicit.add(d.HouseholdID)
			continue
		case d.MadeAt.After(latest):
			decided, latest = claims{}, d.MadeAt
		case d.MadeAt.Before(latest):
			continue
		}
		decided.add(d.HouseholdID)
	}
	if h, ok := decided.holder(); ok {
		return h, true
	}
	return explicit.holder()
}

// byHalves looks at the halves of the school holidays. A block is shared by calendar days, from the start of its first day to the
// end of its last, at noon of the middle day (of the two middle days, the first: Sat 19/12 – Sun 03/01 is shared on Sat 26/12).
// A rule gives one half to its household and the other half to the other one.
func (c Custody) byHalves(at civil.Instant, day civil.Date, loc *time.Location, cal *calendar.Calendar) (Holder, bool) {
	var block *calendar.Holiday
	var first bool
	var halves claims
	for i := range c.Rules {
		r := &c.Rules[i]
		if r.Holidays == HolidaysAsWeeks || !r.inForce(day) {
			continue
		}
		if block == nil {
			if block = cal.Day(day).Block; block == nil {
				return Holder{}, false
			}
			middle := block.From.AddDays(block.To.DaysSince(block.From) / 2)
			first = at.Before(civil.Wall(middle, civil.Clock(12, 0), 0, loc))
		}
		even := block.From.Year%2 == 0
		if takesFirst := (r.Holidays == FirstHalfEvenYears) == even; takesFirst == first {
			halves.add(r.HouseholdID)
		} else {
			halves.add(c.other(r.HouseholdID))
		}
	}
	return halves.holder()
}

func (c Custody) other(household string) string {
	if c.Households[0] == household {
		return c.Households[1]
	}
	return c.Households[0]
}

// byWeeks looks at the weekly rules, then gives what remains to the household without a rule.
func (c Custody) byWeeks(at civil.Instant, day civil.Date, loc *time.Location) Holder {
	var weekly, rest claims
	for i := range c.Rules {
		if r := &c.Rules[i]; r.inForce(day) && r.claims(at, day, loc) {
			weekly.add(r.HouseholdID)
		}
	}
	if h, ok := weekly.holder(); ok {
		return h
	}
	for _, household := range c.Households {
		if !slices.ContainsFunc(c.Rules, func(r CustodyRule) bool { return r.HouseholdID == household && r.inForce(day) }) {
			rest.add(household)
		}
	}
	if h, ok := rest.holder(); ok {
		return h
	}
	return Holder{Contested: true}
}

func (r *CustodyRule) inForce(day civil.Date) bool {
	return !day.Before(r.From) && (r.To.IsZero() || !day.After(r.To))
}

// claims tells whether the instant, on the day, falls in a week of the household: a week runs from the changeover in a week of
// its parity to the next changeover.
func (r *CustodyRule) claims(at civil.Instant, day civil.Date, loc *time.Location) bool {
	changeover := day.AddDays(-(int(day.Weekday()) - int(r.Weekday) + 7) % 7)
	if changeover == day && at.Before(civil.Wall(day, r.Time, 0, loc)) {
		changeover = changeover.AddDays(-7)
	}
	switch r.Weeks {
	case Alternate:
		first := r.FirstDay.AddDays((int(r.Weekday) - int(r.FirstDay.Weekday()) + 7) % 7)
		return changeover.DaysSince(first)/7%2 == 0
	case EvenWeeks:
		_, week := changeover.ISOWeek()
		return week%2 == 0
	default:
		_, week := changeover.ISOWeek()
		return week%2 == 1
	}
}

// weekdayOf reads an ISO weekday, 1 for Monday to 7 for Sunday.
func weekdayOf(iso int64) time.Weekday { return time.Weekday(iso % 7) }

func isoWeekday(w time.Weekday) int64 { return int64((w+6)%7) + 1 }

func yearLabel(first int) string { return strconv.Itoa(first) + "-" + strconv.Itoa(first+1) }

// Residence says whether a household lives in the town, from a day on.
type Residence struct {
	From     civil.Date
	Resident bool
}

// Quotient is a quotient familial, dated twice: when it counts from, and when the town learned it.
type Quotient struct {
	ID             string
	HouseholdID    string
	Value          int64  // hundredths: 79950 is 799,50
	Kind           string // "caf" or "impots"
	Source         string // where the figure comes from, in French
	ReferenceMonth string // "2026-09": the month the figure was computed for
	EffectiveOn    civil.Date
	KnownAt        civil.Instant
}

// Hold blocks the bookings of a household since an instant, for a reason, until it is lifted.
type Hold struct {
	ID          string
	HouseholdID string
	Reason      string // in French, shown to the family
	Since       civil.Instant
	By          string // actor
}

// Exception prices a household as resident, or as not, in spite of where it lives: a town's agent, a child placed by the département.
type Exception struct {
	ID          string
	HouseholdID string
	Resident    bool
	Reason      string // seen by agents
	From        civil.Date
	To          civil.Date // zero: until further notice
	MadeAt      civil.Instant
	MadeByName  string
}

// Ranked is a child of a household, for its rank among the others.
type Ranked struct {
	ID     string
	BornOn civil.Date
}

// Standing is what prices and eligibility depend on: residence, quotients and whether booking is blocked.
type Standing struct {
	Residences []Residence
	Exceptions []Exception // those not ended, in the order in which they were made
	Quotients  []Quotient
	Children   []Ranked // the eldest first
	Hold       *Hold    // nil: booking is free
}

// ResidentOn tells whether the household lives in the town on a day. Before the first known residence, and when none is known, it
// does not.
func (s Standing) ResidentOn(day civil.Date) bool {
	var from civil.Date
	resident := false
	for _, r := range s.Residences {
		if !r.From.After(day) && !r.From.Before(from) {
			from, resident = r.From, r.Resident
		}
	}
	return resident
}

// QuotientOn is the quotient in force on a day: the one that takes effect latest without being after it; of those that take
// effect the same day, the one learned last. False when none is known.
func (s Standing) QuotientOn(day civil.Date) (Quotient, bool) {
	best := -1
	for i := range s.Quotients {
		q := &s.Quotients[i]
		if q.EffectiveOn.After(day) {
			continue
		}
		if best < 0 || cmp.Or(q.EffectiveOn.Compare(s.Quotients[best].EffectiveOn), q.KnownAt.Compare(s.Quotients[best].KnownAt)) > 0 {
			best = i
		}
	}
	if best < 0 {
		return Quotient{}, false
	}
	return s.Quotients[best], true
}

// PricedResidentOn tells whether the household pays the prices of residents on a day, and whether that is by an exception: the latest
// made of those that cover the day, else where it lives.
func (s *Standing) PricedResidentOn(day civil.Date) (resident, exception bool) {
	for i := len(s.Exceptions) - 1; i >= 0; i-- {
		if e := &s.Exceptions[i]; !day.Before(e.From) && (e.To.IsZero() || !day.After(e.To)) {
			return e.Resident, true
		}
	}
	return s.ResidentOn(day), false
}

// RankOn is the rank of a child among those of the household who are under 18 on a day, 1 for the eldest; twins follow each other. 0 for a
// child who is not one of them.
func (s *Standing) RankOn(childID string, day civil.Date) int64 {
	rank := int64(0)
	for _, c := range s.Children {
		if c.BornOn.After(day) || day.Age(c.BornOn) >= 18 {
			continue
		}
		if rank++; c.ID == childID {
			return rank
		}
	}
	return 0
}

// PriceFacts are what the household's standing says to a price of a child on a day: residence with its exceptions, the quotient in force,
// the rank. The caller adds what is of the child (AgeGroup, OwnMeal), of the presence (Arrived, Left) and the aids.
func (s *Standing) PriceFacts(childID string, day civil.Date) tariff.Facts {
	var f tariff.Facts
	f.Resident, f.Exception = s.PricedResidentOn(day)
	if q, ok := s.QuotientOn(day); ok {
		f.Quotient = &q.Value
	}
	if len(s.Children) > 1 {
		f.Rank = s.RankOn(childID, day)
	}
	return f
}
