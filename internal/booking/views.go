package booking

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/staff"
)

// PlanLine is one booking as a planning shows it: live, or closed by the town.
type PlanLine struct {
	Line
	Child    string // first name
	Activity *activity.Activity
	Option   *activity.Option
	Site     *activity.Site
	Closure  string // the reason, when the town closed the day
	Until    civil.Instant
}

// Planning lists what a household's children have over a span of days: the bookings of this household, and those the town closed.
// Days that are the other parent's are not there.
func Planning(ctx context.Context, tx *db.Tx, who household.Guardian, span civil.Range, loc *time.Location) ([]PlanLine, error) {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	return PlanLines(ctx, tx, who, c, span, loc)
}

func scanPlan(s db.Scanner, c *activity.Catalogue) (p PlanLine, err error) {
	l := &p.Line
	if err := s.Scan(&l.ID, &l.EnrolmentID, &l.ChildID, &l.HouseholdID, &l.ActivityID, &l.SiteID, &l.OptionID, &l.Day, &l.AgeGroup, &l.State, &l.Since,
		&l.MadeAt, &l.OfferedUntil, &l.Points, &l.ClosureID, &l.Seq, &p.Child); err != nil {
		return p, err
	}
	p.Activity, _ = c.Activity(l.ActivityID)
	p.Site, _ = c.Site(l.SiteID)
	p.Option, _ = p.Activity.OptionByID(l.OptionID)
	l.OptionName = p.Option.Name
	return p, nil
}

// HistoryEntry is one act on a household's bookings.
type HistoryEntry struct {
	ID      string
	At      civil.Instant
	Actor   string
	Outcome Outcome
}

// HistoryMark is a place in a history: the last entry seen. The zero mark is before the latest one.
type HistoryMark struct {
	At civil.Instant
	ID string
}

// History lists the acts on a household's bookings, the latest first, page by page: those after the mark.
func History(ctx context.Context, tx *db.Tx, householdID string, after HistoryMark, limit int) ([]HistoryEntry, error) {
	if after.At.IsZero() {
		after.At = tx.Now.Add(time.Hour)
	}
	return db.All(ctx, tx, `SELECT id, at, actor, CAST(outcome AS text) FROM submissions
		WHERE household_id = $1 AND at <= $2 AND (at < $2 OR id > $3) ORDER BY at DESC, id LIMIT $4`,
		func(s db.Scanner) (h HistoryEntry, err error) {
			var text string
			if err := s.Scan(&h.ID, &h.At, &h.Actor, &text); err != nil {
				return h, err
			}
			return h, json.Unmarshal([]byte(text), &h.Outcome)
		}, householdID, after.At, after.ID, limit)
}

// SheetLine is one child of a day list.
type SheetLine struct {
	BookingID, EnrolmentID         string
	HouseholdID                    string // that made the booking
	ChildID, FirstName, LastName   string
	Menu, Level, ClassName, School string
	Option                         string // name
	OptionID                       string
	State                          State
	MadeAt, OfferedUntil           civil.Instant
	Points                         int64 // 0 where the waiting list does not count them
	Late, Over                     bool
}

// Sheet is the day list of an activity at a site.
type Sheet struct {
	Activity *activity.Activity
	Site     *activity.Site
	Day      civil.Date
	Service  activity.ServiceDay
	Lines    []SheetLine // booked, then awaiting instruction, by name
	Options  []OptionCount
	Menus    map[string]int // of the children who have lunch there
}

// OptionCount counts the children of an option.
type OptionCount struct {
	Option  activity.Option
	Booked  int64
	Places  *int64
	Waiting int64
	Pending int64
}

// DaySheet lists the children of an activity at a site on a day, with counts by option and by menu. A day that is closed lists
// nobody, even while the job that frees the bookings runs. Errors: fault.NotFound.
func DaySheet(ctx context.Context, tx *db.Tx, activityID, siteID string, day civil.Date) (Sheet, error) {
	s := Sheet{Day: day, Menus: map[string]int{}}
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return s, err
	}
	var known, there bool
	s.Activity, known = c.Activity(activityID)
	s.Site, there = c.Site(siteID)
	if !known || !there {
		return s, fault.NotFoundf("Cette activité ou cet établissement n’existe pas.")
	}
	s.Service = c.Service(s.Activity, siteID, day)
	if s.Service.Why == activity.Closed {
		return s, nil
	}
	s.Lines, err = db.All(ctx, tx, `SELECT b.id, b.enrolment_id, b.household_id, c.id, c.first_name, c.last_name, c.menu, coalesce(g.level, ''), coalesce(g.class_name, ''), coalesce(t.name, ''),
			b.option_id, b.state, b.made_at, b.offered_until, `+rankPoints("b", "a")+`, b.late, b.over_capacity
		FROM bookings b JOIN children c ON c.id = b.child_id JOIN activities a ON a.id = b.activity_id
		LEFT JOIN schoolings g ON g.child_id = c.id AND g.school_year = $4 LEFT JOIN sites t ON t.id = g.site_id
		WHERE b.activity_id = $1 AND b.site_id = $2 AND b.day = $3 AND b.state IN ('booked', 'pending', 'waiting', 'offered')
		ORDER BY c.name_search, c.id`, func(r db.Scanner) (l SheetLine, err error) {
		return l, r.Scan(&l.BookingID, &l.EnrolmentID, &l.HouseholdID, &l.ChildID, &l.FirstName, &l.LastName, &l.Menu, &l.Level, &l.ClassName, &l.School,
			&l.OptionID, &l.State, &l.MadeAt, &l.OfferedUntil, &l.Points, &l.Late, &l.Over)
	}, activityID, siteID, day, yearLabel(c, day))
	s.count(c)
	return s, err
}

func (s *Sheet) count(c *activity.Catalogue) {
	counts := map[string]*OptionCount{}
	for _, o := range s.Activity.Options {
		n := &OptionCount{Option: o, Places: c.Places(s.Activity.ID, s.Site.ID, o.ID, "", s.Day)}
		counts[o.ID] = n
	}
	for i := range s.Lines {
		l := &s.Lines[i]
		n := counts[l.OptionID]
		l.Option = n.Option.Name
		switch l.State {
		case StateBooked:
			n.Booked++
			if ServesMeal(n.Option) {
				s.Menus[l.Menu]++
			}
		case StatePending:
			n.Pending++
		default:
			n.Waiting++
		}
	}
	for _, o := range s.Activity.Options {
		if n := counts[o.ID]; !o.Archived || n.Booked+n.Pending+n.Waiting > 0 {
			s.Options = append(s.Options, *n)
		}
	}
}

func yearLabel(c *activity.Catalogue, day civil.Date) string {
	for i := len(c.Calendar.Years) - 1; i >= 0; i-- {
		if y := &c.Calendar.Years[i]; !y.FirstDay.After(day) {
			return y.Label
		}
	}
	return ""
}

// DayCount is the number of children of an activity at a site on a day.
type DayCount struct {
	Activity *activity.Activity
	Site     *activity.Site
	Booked   int64
	Waiting  int64
	Pending  int64
	Places   *int64 // of the fullest option, nil without limit
	Closed   string // the reason, when the day is closed
}

// DayCounts lists every activity and site with bookings or service on a day, at the agent's sites.
func DayCounts(ctx context.Context, tx *db.Tx, who staff.Agent, day civil.Date) ([]DayCount, error) {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	type key struct{ activity, site string }
	counts := map[key]*DayCount{}
	type row struct {
		k                        key
		booked, waiting, pending int64
	}
	rows, err := db.All(ctx, tx, `SELECT b.activity_id, b.site_id, count(*) FILTER (WHERE b.state = 'booked'), count(*) FILTER (WHERE b.state IN ('waiting', 'offered')),
		count(*) FILTER (WHERE b.state = 'pending') FROM activities a CROSS JOIN sites p JOIN bookings b ON b.activity_id = a.id AND b.site_id = p.id
		WHERE b.day = $1 AND b.state IN ('booked', 'pending', 'waiting', 'offered') GROUP BY b.activity_id, b.site_id`,
		func(s db.Scanner) (r row, err error) {
			return r, s.Scan(&r.k.activity, &r.k.site, &r.booked, &r.waiting, &r.pending)
		}, day)
	for _, r := range rows {
		counts[r.k] = &DayCount{Booked: r.booked, Waiting: r.waiting, Pending: r.pending}
	}
	var out []DayCount
	for _, a := range c.Activities {
		for _, siteID := range a.SiteIDs {
			service := c.Service(a, siteID, day)
			if a.Archived || (service.Why != activity.Open && service.Why != activity.Closed) || !who.May(staff.Lists, siteID) {
				continue
			}
			n := DayCount{Activity: a}
			if known := counts[key{a.ID, siteID}]; known != nil && service.Why == activity.Open {
				n.Booked, n.Waiting, n.Pending = known.Booked, known.Waiting, known.Pending
			}
			n.Site, _ = c.Site(siteID)
			n.Closed = service.Name
			for _, o := range a.LiveOptions() {
				if p := c.Places(a.ID, siteID, o.ID, "", day); p != nil && (n.Places == nil || *p < *n.Places) {
					n.Places = p
				}
			}
			if service.Why == activity.Open {
				n.Closed = ""
			}
			out = append(out, n)
		}
	}
	slices.SortStableFunc(out, func(a, b DayCount) int {
		if a.Activity.ID != b.Activity.ID {
			return 0
		}
		return compareNames(a.Site, b.Site)
	})
	return out, err
}
