package attendance

import (
	"cmp"
	"slices"
	"strings"

	"preau/internal/activity"
	"preau/internal/civil"
)

// holding is the entry that holds among all that was said of a child at an activity on a day: of each site the last by the clock of the device
// that made it, and of two of one instant the one with the greater id; among the sites, the one where the child was. It depends on the entries
// alone, not on the order in which they came.
func holding(said []Entry) (Entry, bool) {
	last := map[string]*Entry{} // what each site said last
	for i := range said {
		e := &said[i]
		if o := last[e.SiteID]; o == nil || inTurn(*o, *e) < 0 {
			last[e.SiteID] = e
		}
	}
	weight := map[Came]int{Absent: 1, Present: 2}
	var best *Entry
	for _, e := range last {
		if best == nil || cmp.Or(cmp.Compare(weight[e.Came], weight[best.Came]), inTurn(*e, *best)) > 0 {
			best = e
		}
	}
	if best == nil {
		return Entry{}, false
	}
	return *best, true
}

// heardAt is what was said of a child whose place is at a site: another site only speaks of a child who came there, so that its "absent" takes
// back what it said itself.
func heardAt(site string, said []Entry) []Entry {
	out := slices.Clone(said)
	for i := range out {
		if out[i].SiteID != site && out[i].Came == Absent {
			out[i].Came = Unpointed
		}
	}
	return out
}

// inTurn orders entries as they were made.
func inTurn(a, b Entry) int {
	return cmp.Or(a.At.Compare(b.At), strings.Compare(a.ID, b.ID))
}

// Same tells whether two entries say the same of the child.
func (e *Entry) Same(o *Entry) bool {
	return e.Came == o.Came && sameTime(e.Arrived, o.Arrived) && sameTime(e.Departed, o.Departed) && e.LatePickup == o.LatePickup
}

func sameTime(a, b *civil.TimeOfDay) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// conflict finds who said otherwise of the same child without the two having known of each other: somebody else whose word came after the
// agent's device last heard of the server, or is later than the agent's own. Both words are kept; the later one holds.
func conflict(mine Entry, said []Entry) *Conflict {
	var other *Entry
	for i := range said {
		o := &said[i]
		if o.AgentID == mine.AgentID || o.ID == mine.ID || o.Same(&mine) {
			continue
		}
		unseen := o.ReceivedAt.After(mine.Known)
		if (unseen || inTurn(*o, mine) > 0) && (other == nil || inTurn(*o, *other) > 0) {
			other = o
		}
	}
	if other == nil {
		return nil
	}
	return &Conflict{ChildID: mine.ChildID, By: other.AgentName, Came: other.Came, Arrived: other.Arrived, Departed: other.Departed, At: other.At, Holds: inTurn(*other, mine) > 0}
}

// closedAt tells whether a roll-call was closed at an instant, and by whom.
func closedAt(list []Closing, at civil.Instant) (Closing, bool) {
	for _, k := range list {
		if at.After(k.ClosedAt) && (k.ReopenedAt.IsZero() || at.Before(k.ReopenedAt)) {
			return k, true
		}
	}
	return Closing{}, false
}

// MayReopen tells whether an agent may open a closed roll-call again: those who call the roll for some days, then the office alone.
func MayReopen(office bool, closedAt, now civil.Instant, days int) bool {
	return office || now.Sub(closedAt).Hours() < float64(24*days)
}

// Regime says where the number of adults that children need comes from.
type Regime string

const (
	// NoRatio: the law sets no number (meals at midday outside a declared centre), and the town none either.
	NoRatio Regime = "none"
	// SchoolTime: around school and on Wednesdays, without an educational plan of the territory (CASF R227-16).
	SchoolTime Regime = "school"
	// SchoolTimePEDT: the same under an educational plan of the territory (PEDT).
	SchoolTimePEDT Regime = "pedt"
	// HolidayTime: school holidays, and days without school but Wednesdays (CASF R227-15).
	HolidayTime Regime = "holiday"
	// TownRatio: the numbers of the town itself.
	TownRatio Regime = "town"
)

// Regimes lists them in the order of a form.
func Regimes() []Regime { return []Regime{NoRatio, SchoolTime, SchoolTimePEDT, HolidayTime, TownRatio} }

// Ratio is how many children one adult may look after, by their age on the day; zero is no limit.
type Ratio struct {
	Under6 int `json:"under6"`
	Over6  int `json:"over6"`
}

// longDay is beyond how many minutes in a row the law asks for more adults.
const longDay = 5 * 60

// Ratio gives the numbers of a regime for a service that lasts some minutes in a row. Source: CASF R227-15 and R227-16 as of decree 2018-647.
func (r Regime) Ratio(minutes int, own Ratio) Ratio {
	long := minutes > longDay
	switch {
	case r == SchoolTime && long:
		return Ratio{8, 12}
	case r == SchoolTime, r == SchoolTimePEDT && long:
		return Ratio{10, 14}
	case r == SchoolTimePEDT:
		return Ratio{14, 18}
	case r == HolidayTime:
		return Ratio{8, 12}
	case r == TownRatio:
		return own
	}
	return Ratio{}
}

// Adults is how many adults so many children need: each age band is rounded up on its own.
func (r Ratio) Adults(under6, over6 int) int {
	band := func(children, each int) int {
		if each <= 0 {
			return 0
		}
		return (children + each - 1) / each
	}
	return band(under6, r.Under6) + band(over6, r.Over6)
}

// usual is the regime of an activity about which the town said nothing: the stricter one.
func usual(k activity.Kind) Regime {
	switch k {
	case activity.Canteen, activity.Study:
		return NoRatio
	case activity.Holiday:
		return HolidayTime
	}
	return SchoolTime
}

// under6 tells whether a child is less than six years old on a day.
func under6(born, day civil.Date) bool { return day.Age(born) < 6 }
