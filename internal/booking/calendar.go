package booking

import (
	"context"
	"time"

	"preau/internal/activity"
	"preau/internal/calendar"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/staff"
)

// Struck is what a change of the school calendar leaves without service: bookings to come, on days that had a service before it.
type Struck struct {
	Runs                           []StruckRun // only those with bookings
	Children, Households, Bookings int64
}

// StruckRun is days of one activity that lose their service; days without service before the change may lie between them.
type StruckRun struct {
	Activity             *activity.Activity
	From, To             civil.Date
	Why                  string // in French, for families: "Vacances d'Hiver"
	Children, Households int64
	Bookings, Booked     int64 // all, and the confirmed ones
}

// StruckBy says which bookings a change of school years would leave without service, before anything is written. Today is left
// out: its service is under way.
func StruckBy(ctx context.Context, tx *db.Tx, years []calendar.SchoolYear, loc *time.Location) (Struck, error) {
	before, err := activity.Load(ctx, tx)
	if err != nil {
		return Struck{}, err
	}
	if len(before.Calendar.Years) == 0 {
		return Struck{}, nil // no day had a service
	}
	span := civil.Range{From: civil.DateOf(tx.Now, loc).AddDays(1), To: before.Calendar.Years[len(before.Calendar.Years)-1].LastDay}
	after := before.WithYears(years)
	var runs []StruckRun
	for _, a := range before.Activities {
		runs = append(runs, struckRuns(before, after, a, span)...)
	}
	return countStruck(ctx, tx, runs)
}

// struckRuns finds the days on which an activity loses its service, and joins those between which none is left. The calendar is
// the same for every site; the closures, which are not, do not count here.
func struckRuns(before, after *activity.Catalogue, a *activity.Activity, span civil.Range) (runs []StruckRun) {
	joined := false
	for day := range span.Days() {
		was, is := served(before, a, day), served(after, a, day)
		switch {
		case was.Why != activity.Open:
		case is.Why == activity.Open:
			joined = false
		case joined && runs[len(runs)-1].Why == struckWhy(is):
			runs[len(runs)-1].To = day
		default:
			runs = append(runs, StruckRun{Activity: a, From: day, To: day, Why: struckWhy(is)})
			joined = true
		}
	}
	return runs
}

// served says whether an activity runs on a day, were nothing closed.
func served(c *activity.Catalogue, a *activity.Activity, day civil.Date) activity.ServiceDay {
	s := c.Service(a, "", day)
	if s.Why == activity.Closed {
		s.Why = activity.Open
	}
	return s
}

func struckWhy(s activity.ServiceDay) string {
	switch {
	case s.Why == activity.UnknownDay:
		return "jour hors de l’année scolaire"
	case s.Why == activity.NoHoliday:
		return "jour de classe"
	}
	return s.Name
}

// countStruck counts the bookings of each run, from the first booked day to the last, and drops the runs without any.
func countStruck(ctx context.Context, tx *db.Tx, runs []StruckRun) (s Struck, err error) {
	type key struct {
		Index    int        `json:"i"`
		Activity string     `json:"activity"`
		From     civil.Date `json:"from"`
		To       civil.Date `json:"to"`
	}
	keys := make([]key, len(runs))
	for i, r := range runs {
		keys[i] = key{i, r.Activity.ID, r.From, r.To}
	}
	const scope = ` FROM json_each(CAST($1 AS text)) r JOIN bookings b ON b.activity_id = r.value ->> 'activity'
		AND b.day >= date(r.value ->> 'from') AND b.day <= date(r.value ->> 'to') WHERE b.state IN ('booked', 'pending', 'waiting', 'offered')`
	found, err := db.All(ctx, tx, `SELECT CAST(r.value ->> 'i' AS bigint), count(DISTINCT b.child_id), count(DISTINCT b.household_id), count(*),
		count(*) FILTER (WHERE b.state = 'booked'), min(b.day), max(b.day)`+scope+` GROUP BY CAST(r.value ->> 'i' AS bigint) ORDER BY 1`, func(row db.Scanner) (r StruckRun, err error) {
		var i int
		var n [4]int64
		var first, last civil.Date
		if err := row.Scan(&i, &n[0], &n[1], &n[2], &n[3], &first, &last); err != nil {
			return r, err
		}
		r = runs[i]
		r.From, r.To = first, last
		r.Children, r.Households, r.Bookings, r.Booked = n[0], n[1], n[2], n[3]
		return r, nil
	}, db.JSON(keys))
	if err != nil {
		return s, err
	}
	s.Runs = found
	return s, tx.QueryRow(ctx, `SELECT count(DISTINCT b.child_id), count(DISTINCT b.household_id), count(*)`+scope, db.JSON(keys)).
		Scan(&s.Children, &s.Households, &s.Bookings)
}

// ChangeCalendar writes school years and settles the bookings that they leave without service as closures do: freed, told to the
// families, billed to nobody. Each run of days becomes a closure of its activity, which the list of closures shows and which can
// be undone. Errors: fault.Forbidden, and those of activity.SaveSchoolYears.
func ChangeCalendar(ctx context.Context, tx *db.Tx, who staff.Agent, years []calendar.SchoolYear, loc *time.Location) (Struck, error) {
	if !who.May(staff.Settings, "") {
		return Struck{}, fault.Forbiddenf("Seule la direction change le calendrier.")
	}
	s, err := StruckBy(ctx, tx, years, loc)
	if err != nil {
		return s, err
	}
	if err := activity.SaveSchoolYears(ctx, tx, years); err != nil {
		return s, err
	}
	for _, r := range s.Runs {
		k := activity.Closure{ActivityID: r.Activity.ID, From: r.From, To: r.To, Reason: "Calendrier scolaire modifié : " + r.Why}
		if _, err := writeClosure(ctx, tx, who, k); err != nil {
			return s, err
		}
	}
	return s, nil
}
