package attendance

import (
	"cmp"
	"slices"
	"time"

	"preau/internal/civil"
)

// JustifySettings are what the town decides about certificates of absence.
type JustifySettings struct {
	Hours   int `json:"hours"`   // a certificate is in time until that many hours after the end of the first day of absence
	Gap     int `json:"gap"`     // an absence goes on over at most that many calendar days without a booking
	Waiting int `json:"waiting"` // the first days of each absence that stay billed whatever is sent (délai de carence)
	Back    int `json:"back"`    // a family may justify days that old, in days
}

// StandardJustify is what holds until the town decides: 72 hours, three days, no waiting days, sixty days back.
var StandardJustify = JustifySettings{Hours: 72, Gap: 3, Waiting: 0, Back: 60}

// Moment is what runs of absence are made of: one activity of a day of a child, booked or come to.
type Moment struct {
	Day    civil.Date
	Starts civil.TimeOfDay
	Came   Came // Unpointed neither makes nor breaks a run
}

// Run is an absence: days missed one after the other, all activities together.
type Run struct {
	Days []civil.Date // those of absence, in order
}

// First is the first day of the run: the one the time limit counts from.
func (r Run) First() civil.Date { return r.Days[0] }

// Runs gathers the absences of one child into runs. A presence breaks a run, whatever the activity, in the order of the hours; and so do more
// than gap calendar days without anything booked.
func Runs(moments []Moment, gap int) []Run {
	sorted := slices.Clone(moments)
	slices.SortStableFunc(sorted, func(a, b Moment) int {
		return cmp.Or(a.Day.Compare(b.Day), cmp.Compare(a.Starts, b.Starts))
	})
	var runs []Run
	var last civil.Date // with something booked
	open := false
	for _, s := range sorted {
		if open && s.Day.DaysSince(last)-1 > gap {
			open = false
		}
		last = s.Day
		switch s.Came {
		case Present:
			open = false
		case Absent:
			if !open {
				runs, open = append(runs, Run{}), true
			}
			r := &runs[len(runs)-1]
			if n := len(r.Days); n == 0 || r.Days[n-1] != s.Day {
				r.Days = append(r.Days, s.Day)
			}
		}
	}
	return runs
}

// RunOf is the run that a day belongs to; of two, the later: a child who was away, came, and was away again on one day is absent since then.
func RunOf(runs []Run, day civil.Date) (Run, bool) {
	for i := len(runs) - 1; i >= 0; i-- {
		if slices.Contains(runs[i].Days, day) {
			return runs[i], true
		}
	}
	return Run{}, false
}

// Deadline is the last second at which a certificate is in time for a run: hours after the end (24:00) of its first day. Whole days are days of
// the calendar, other hours elapse.
func Deadline(first civil.Date, hours int, loc *time.Location) civil.Instant {
	if hours%24 == 0 {
		return civil.Wall(first.AddDays(hours/24), civil.Clock(23, 59), 59, loc)
	}
	return civil.Wall(first.AddDays(1), 0, 0, loc).Add(time.Duration(hours) * time.Hour).Add(-time.Second)
}

// ClaimDay is one day that a family asks to have excused, and what becomes of it.
type ClaimDay struct {
	Day      civil.Date
	First    civil.Date    // of its run
	Until    civil.Instant // the last second a certificate is in time
	Waits    bool          // one of the first days of the run, which stay billed
	Came     Came          // what the roll-call says: Present when the child came to all, Absent when it missed something
	Decision Decision
	Reason   string // of the decision, for the family
}

// Late tells whether a certificate that arrived at an instant is too late for the day. The clock is cut to the second.
func (d ClaimDay) Late(arrived civil.Instant) bool { return arrived.Second().After(d.Until) }

// Decision is what an agent said of a day.
type Decision string

// The decisions.
const (
	Undecided    Decision = ""
	DayExcused   Decision = "accepted"
	DayInWaiting Decision = "waiting" // accepted, and yet billed: one of the first days, which the town never excuses
	DayRefused   Decision = "refused"
)

// judge finds the run, the last instant and the waiting days of each day of a claim. What a family claims is an absence too: days to come, and
// days that the roll-call does not know yet.
func judge(days []civil.Date, moments []Moment, s JustifySettings, loc *time.Location) []ClaimDay {
	claimed := slices.Clone(moments)
	for i := range claimed {
		if claimed[i].Came == Unpointed && slices.Contains(days, claimed[i].Day) {
			claimed[i].Came = Absent
		}
	}
	runs := Runs(claimed, s.Gap)
	out := make([]ClaimDay, 0, len(days))
	for _, day := range days {
		d := ClaimDay{Day: day, First: day, Came: cameOn(moments, day)}
		if r, ok := RunOf(runs, day); ok {
			d.First = r.First()
			d.Waits = slices.Index(r.Days, day) < s.Waiting
		} else {
			d.Waits = s.Waiting > 0
		}
		d.Until = Deadline(d.First, s.Hours, loc)
		out = append(out, d)
	}
	return out
}

// cameOn sums up a day: something missed, everything attended, or nothing known.
func cameOn(moments []Moment, day civil.Date) Came {
	came := Unpointed
	for _, s := range moments {
		switch {
		case s.Day != day:
		case s.Came == Absent:
			return Absent
		case s.Came == Present:
			came = Present
		}
	}
	return came
}
