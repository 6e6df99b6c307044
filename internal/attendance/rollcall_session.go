package attendance

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"preau/internal/activity"
	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/staff"
	"preau/internal/town"
)

// Closing is a roll-call said to be done. Opened again, it has a second date and a reason.
type Closing struct {
	ID                       string
	ClosedAt                 civil.Instant
	ClosedBy, ClosedByName   string
	Unpointed                int64 // of the children expected, those it says nothing of
	ReopenedAt               civil.Instant
	ReopenedByName, Reopened string // who, and why
}

func scanClosing(r db.Scanner) (s Session, k Closing, err error) {
	return s, k, r.Scan(&s.ActivityID, &s.SiteID, &s.Day, &k.ID, &k.ClosedAt, &k.ClosedBy, &k.ClosedByName, &k.Unpointed, &k.ReopenedAt, &k.ReopenedByName, &k.Reopened)
}

// closingsOf reads the closings of the sessions of a span of days, the first made first.
func closingsOf(ctx context.Context, tx *db.Tx, span civil.Range) (map[Session][]Closing, error) {
	type row struct {
		s Session
		k Closing
	}
	rows, err := db.All(ctx, tx, `SELECT c.activity_id, c.site_id, c.day, c.id, c.closed_at, c.closed_by, g.name, c.unpointed, c.reopened_at, coalesce(o.name, ''), c.reason
		FROM activities a CROSS JOIN sites p JOIN rollcall_closings c ON c.activity_id = a.id AND c.site_id = p.id JOIN agents g ON g.id = c.closed_by
		LEFT JOIN agents o ON o.id = c.reopened_by WHERE c.day >= $1 AND c.day <= $2 ORDER BY c.closed_at, c.id`,
		func(r db.Scanner) (x row, err error) {
			x.s, x.k, err = scanClosing(r)
			return x, err
		}, span.From, span.To)
	out := make(map[Session][]Closing, len(rows))
	for _, r := range rows {
		out[r.s] = append(out[r.s], r.k)
	}
	return out, err
}

// standing is the closing that holds among those of a session.
func standing(list []Closing) *Closing {
	for i := range list {
		if list[i].ReopenedAt.IsZero() {
			return &list[i]
		}
	}
	return nil
}

// at finds the activity and the site of a session among the agent's, or answers not found.
func (s Session) at(c *activity.Catalogue, who staff.Agent) (*activity.Activity, *activity.Site, error) {
	a, known := c.Activity(s.ActivityID)
	p, there := c.Site(s.SiteID)
	if !known || !there || !a.OfferedAt(s.SiteID) || !who.May(staff.RollCall, s.SiteID) {
		return nil, nil, fault.NotFoundf("Ce pointage n’existe pas, ou ne concerne pas vos établissements.")
	}
	return a, p, nil
}

// CloseRollCall says that a roll-call is done. Who is expected and of whom it says nothing stays so: billed as booked, and listed to the office.
// Closing twice finds the first. Errors: fault.NotFound, fault.Refused for a day to come.
func CloseRollCall(ctx context.Context, tx *db.Tx, who staff.Agent, s Session, loc *time.Location) (Closing, error) {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return Closing{}, err
	}
	if _, _, err := s.at(c, who); err != nil {
		return Closing{}, err
	}
	if s.Day.After(civil.DateOf(tx.Now, loc)) {
		return Closing{}, fault.Refusedf("Ce jour n’est pas encore venu : son pointage ne peut pas être clos.")
	}
	there, err := closingsOf(ctx, tx, civil.Range{From: s.Day, To: s.Day})
	if err != nil {
		return Closing{}, err
	}
	if k := standing(there[s]); k != nil {
		return *k, nil
	}
	counts, err := countSessions(ctx, tx, []Session{s})
	if err != nil {
		return Closing{}, err
	}
	k := Closing{ID: db.NewID(), ClosedAt: tx.Now, ClosedBy: who.ID, ClosedByName: who.Name, Unpointed: counts[s].Expected - counts[s].Pointed}
	if _, err := tx.Exec(ctx, `INSERT INTO rollcall_closings (id, activity_id, site_id, day, closed_at, closed_by, unpointed) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		k.ID, s.ActivityID, s.SiteID, s.Day, k.ClosedAt, k.ClosedBy, k.Unpointed); err != nil {
		return Closing{}, err
	}
	return k, audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "rollcall.close", Subject: s.subject(), Detail: map[string]any{"unpointed": k.Unpointed}})
}

// subject names a session in the journal.
func (s Session) subject() string {
	return "rollcall:" + s.ActivityID + ":" + s.SiteID + ":" + s.Day.String()
}

// ReopenDays is for how many days those who call the roll may open it again, until the town says otherwise.
const ReopenDays = 3

const reopenKey = "attendance.reopen_days"

// ReopenDaysOf reads for how many days those who call the roll may open it again themselves.
func ReopenDaysOf(ctx context.Context, tx *db.Tx) (int, error) {
	return town.ReadSetting(ctx, tx, reopenKey, ReopenDays)
}

// ReopenRollCall opens a closed roll-call again, with a reason: those who call the roll for some days, then who may instruct. Errors:
// fault.NotFound, fault.Invalid beside "motif", fault.Forbidden, fault.Conflict when it is not closed.
func ReopenRollCall(ctx context.Context, tx *db.Tx, who staff.Agent, s Session, reason string) error {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return err
	}
	if _, _, err := s.at(c, who); err != nil {
		return err
	}
	if reason = strings.TrimSpace(reason); reason == "" {
		return fault.Invalidf("motif", "Indiquez pourquoi le pointage est rouvert.")
	}
	there, err := closingsOf(ctx, tx, civil.Range{From: s.Day, To: s.Day})
	if err != nil {
		return err
	}
	k := standing(there[s])
	if k == nil {
		return fault.Conflictf("Ce pointage n’est pas clos.")
	}
	days, err := ReopenDaysOf(ctx, tx)
	if err != nil {
		return err
	}
	if !MayReopen(who.May(staff.Instruct, s.SiteID), k.ClosedAt, tx.Now, days) {
		return fault.Forbiddenf("Ce pointage est clos depuis plus de %d jours : le service qui instruit peut le rouvrir.", days)
	}
	if _, err := tx.Exec(ctx, `UPDATE rollcall_closings SET reopened_at = $2, reopened_by = $3, reason = $4 WHERE id = $1 AND reopened_at IS NULL`, k.ID, tx.Now, who.ID, reason); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "rollcall.reopen", Subject: s.subject(), Detail: map[string]any{"reason": reason}})
}

// sessionCount is how many children a session expects, how many of them it says something of, and how many came, booked or not.
type sessionCount struct{ Expected, Pointed, Present int64 }

// countSessions counts the children of some sessions.
func countSessions(ctx context.Context, tx *db.Tx, list []Session) (map[Session]sessionCount, error) {
	type row struct {
		s Session
		n sessionCount
	}
	scan := func(r db.Scanner) (x row, err error) {
		return x, r.Scan(&x.s.ActivityID, &x.s.SiteID, &x.s.Day, &x.n.Expected, &x.n.Pointed, &x.n.Present)
	}
	const wanted = ` WITH wanted AS (SELECT value ->> 'activity' AS activity_id, value ->> 'site' AS site_id, date(value ->> 'day') AS day FROM json_each(CAST($1 AS text))) `
	rows, err := db.All(ctx, tx, wanted+`SELECT b.activity_id, b.site_id, b.day, count(*), count(t.child_id), 0
		FROM wanted w JOIN bookings b ON b.activity_id = w.activity_id AND b.site_id = w.site_id AND b.day = w.day AND b.state IN ('booked', 'pending', 'waiting', 'offered')
		LEFT JOIN attendances t ON t.child_id = b.child_id AND t.activity_id = b.activity_id AND t.day = b.day
		WHERE b.state = 'booked' GROUP BY b.activity_id, b.site_id, b.day`, scan, db.JSON(list))
	if err != nil {
		return nil, err
	}
	came, err := db.All(ctx, tx, wanted+`SELECT t.activity_id, t.site_id, t.day, 0, 0, count(*)
		FROM wanted w JOIN attendances t ON t.activity_id = w.activity_id AND t.site_id = w.site_id AND t.day = w.day
		WHERE t.came = 'present' GROUP BY t.activity_id, t.site_id, t.day`, scan, db.JSON(list))
	out := make(map[Session]sessionCount, len(rows))
	for _, r := range rows {
		out[r.s] = r.n
	}
	for _, r := range came {
		n := out[r.s]
		n.Present = r.n.Present
		out[r.s] = n
	}
	return out, err
}

// RollCall is a session with how far its roll-call is.
type RollCall struct {
	Session
	Activity                   *activity.Activity
	Site                       *activity.Site
	Expected, Pointed, Present int64
	Closing                    *Closing // nil: open
	ClosedDay                  string   // why there is no service, when the town closed the day
}

// Left is how many children expected the roll-call says nothing of.
func (c RollCall) Left() int64 { return c.Expected - c.Pointed }

// RollCalls lists the sessions of a day at the agent's sites, by activity and site.
func RollCalls(ctx context.Context, tx *db.Tx, who staff.Agent, day civil.Date) ([]RollCall, error) {
	return rollCalls(ctx, tx, who, civil.Range{From: day, To: day}, func(RollCall) bool { return true })
}

// ToPointDays is how far back the list of roll-calls not done looks, in days.
const ToPointDays = 45

// ToPoint lists the sessions of the last weeks at the agent's sites that have begun, expected somebody, are not closed, and of which the roll-call
// does not say everything: the oldest first.
func ToPoint(ctx context.Context, tx *db.Tx, who staff.Agent, loc *time.Location) ([]RollCall, error) {
	today, at := civil.Local(tx.Now, loc)
	span := civil.Range{From: today.AddDays(-ToPointDays), To: today}
	return rollCalls(ctx, tx, who, span, func(c RollCall) bool {
		return c.Closing == nil && c.ClosedDay == "" && c.Left() > 0 && (c.Day != today || c.Activity.LiveOptions()[0].Starts <= at)
	})
}

// rollCalls reads the sessions of a span of days that keep takes.
func rollCalls(ctx context.Context, tx *db.Tx, who staff.Agent, span civil.Range, keep func(RollCall) bool) ([]RollCall, error) {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	closings, err := closingsOf(ctx, tx, span)
	if err != nil {
		return nil, err
	}
	var list []RollCall
	var asked []Session
	for day := range span.Days() {
		for _, a := range c.Activities {
			for _, siteID := range a.SiteIDs {
				s := Session{a.ID, siteID, day}
				service := c.Service(a, siteID, day)
				if service.Why != activity.Open && service.Why != activity.Closed || len(a.LiveOptions()) == 0 || !who.May(staff.RollCall, siteID) {
					continue
				}
				r := RollCall{Session: s, Activity: a, Closing: standing(closings[s])}
				r.Site, _ = c.Site(siteID)
				if service.Why == activity.Closed {
					r.ClosedDay = service.Name
				}
				if r.Closing == nil || span.From == span.To {
					list, asked = append(list, r), append(asked, s)
				}
			}
		}
	}
	counts, err := countSessions(ctx, tx, asked)
	for i := range list {
		n := counts[list[i].Session]
		list[i].Expected, list[i].Pointed, list[i].Present = n.Expected, n.Pointed, n.Present
	}
	list = slices.DeleteFunc(list, func(r RollCall) bool { return !keep(r) })
	slices.SortStableFunc(list, func(a, b RollCall) int {
		return cmp.Or(a.Day.Compare(b.Day), cmp.Compare(a.Activity.LiveOptions()[0].Starts, b.Activity.LiveOptions()[0].Starts), strings.Compare(a.Activity.Name, b.Activity.Name), strings.Compare(a.Site.Name, b.Site.Name))
	})
	return list, err
}

// SetStaffing says how many adults look after the children of a session. Errors: fault.NotFound, fault.Invalid beside "adultes".
func SetStaffing(ctx context.Context, tx *db.Tx, who staff.Agent, s Session, adults int) error {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return err
	}
	if _, _, err := s.at(c, who); err != nil {
		return err
	}
	if adults < 0 || adults > 200 {
		return fault.Invalidf("adultes", "Écrivez un nombre d’adultes entre 0 et 200.")
	}
	_, err = tx.Exec(ctx, `INSERT INTO rollcall_staffing (id, activity_id, site_id, day, adults, at, by) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		db.NewID(), s.ActivityID, s.SiteID, s.Day, int64(adults), tx.Now, who.ID)
	return err
}

// staffing reads how many adults there are; false when nobody has said.
func staffing(ctx context.Context, tx *db.Tx, s Session) (int, bool, error) {
	n, err := db.One(ctx, tx, `SELECT adults FROM rollcall_staffing WHERE activity_id = $1 AND site_id = $2 AND day = $3 ORDER BY at DESC, id DESC LIMIT 1`, db.Value[int64], s.ActivityID, s.SiteID, s.Day)
	if errors.Is(err, db.ErrNoRows) {
		return 0, false, nil
	}
	return int(n), err == nil, err
}
