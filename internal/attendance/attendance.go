// Package attendance holds what is known of who comes: absences that families announce beforehand, what the roll-call says, and what excuses an
// absence. Facts gives it a child, an activity and a day at a time, with what was booked, and Outcome says what such a day comes to before any price.
//
// Announce is one act for a child and a day, whatever the activities: what may still be cancelled is cancelled, and costs nothing;
// for the rest it is too late, the day stays billed, and the team of the site is told so that nobody looks for the child.
// Announcing twice finds the first notice. What was booked again after it is not covered by it, and is announced anew. A parent announces
// for their own household's bookings only.
package attendance

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"preau/internal/activity"
	"preau/internal/audit"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
)

// Item is one booking of the day of an absence.
type Item struct {
	Activity string        `json:"activity"`
	Option   string        `json:"option"`
	Site     string        `json:"site"`
	SiteID   string        `json:"site_id"`
	Until    civil.Instant `json:"until,omitzero"` // the last second it could be cancelled
}

// Notice is an absence announced.
type Notice struct {
	ID          string
	ChildID     string
	HouseholdID string
	GuardianID  string
	Day         civil.Date
	At          civil.Instant
	Cancelled   []Item // in time: not billed
	Billed      []Item // too late: the team is told, and the day stays billed
}

// Covers reports whether a booking of a household, made at an instant, is what the absence was announced of: who books again after it
// means to come.
func (n Notice) Covers(householdID string, madeAt civil.Instant) bool {
	return n.ID != "" && n.HouseholdID == householdID && !n.At.Before(madeAt)
}

// TellKind is the kind of the job that tells the team of a site of an absence announced too late; its payload is a TellPayload.
const TellKind = "attendance.tell"

// Ticket is the purpose of the town's tickets that announce an absence from an e-mail: guardian, child, day.
const Ticket = "absence"

// TellPayload names the notice to tell.
type TellPayload struct {
	NoticeID string `json:"notice"`
}

// Outlook is what announcing the absence of a child on a day would do: what is cancelled, and what stays billed. Errors:
// fault.NotFound for a child of another family.
func Outlook(ctx context.Context, tx *db.Tx, who household.Guardian, childID string, day civil.Date, loc *time.Location) (cancelled, billed []Item, err error) {
	_, lines, err := linesOf(ctx, tx, who, childID, day, loc)
	for _, l := range lines {
		if inTime(l, tx.Now) {
			cancelled = append(cancelled, itemOf(l))
		} else {
			billed = append(billed, itemOf(l))
		}
	}
	return cancelled, billed, err
}

// Announce says that a child will not come on a day. Errors: fault.NotFound for a child of another family, fault.Refused for a day
// that is over or on which the household booked nothing.
func Announce(ctx context.Context, tx *db.Tx, who household.Guardian, childID string, day civil.Date, loc *time.Location) (Notice, error) {
	n, lines, err := linesOf(ctx, tx, who, childID, day, loc)
	if err != nil || n.ID != "" && len(lines) == 0 {
		return n, err
	}
	if day.Before(civil.DateOf(tx.Now, loc)) {
		return Notice{}, fault.Refusedf("Ce jour est passé : l’absence ne peut plus être signalée ici.")
	}
	if len(lines) == 0 {
		return Notice{}, fault.Refusedf("Rien n’est réservé ce jour-là : il n’y a pas d’absence à signaler.")
	}
	if n.ID == "" {
		n = Notice{ID: db.NewID(), ChildID: childID, HouseholdID: who.HouseholdID, Day: day}
	}
	cancelled, billed, err := cancel(ctx, tx, who, lines, loc)
	if err != nil {
		return n, err
	}
	n.GuardianID, n.At, n.Cancelled, n.Billed = who.ID, tx.Now, cancelled, append(n.Billed, billed...)
	if err := save(ctx, tx, n); err != nil {
		return n, err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name(), Act: "absence.announce", Subject: "child:" + childID,
		Household: who.HouseholdID, Detail: map[string]any{"day": day, "cancelled": len(cancelled), "billed": len(billed)}}); err != nil {
		return n, err
	}
	if len(billed) == 0 {
		return n, nil
	}
	return n, job.Queue(ctx, tx, TellKind, TellPayload{n.ID})
}

// linesOf reads what of a day could still be announced as missed: the household's bookings for the child that the notice of the day, if
// there is one, does not cover.
func linesOf(ctx context.Context, tx *db.Tx, who household.Guardian, childID string, day civil.Date, loc *time.Location) (n Notice, out []booking.PlanLine, err error) {
	if _, err := household.ChildOf(ctx, tx, who, childID); err != nil {
		return n, nil, err
	}
	if n, _, err = Find(ctx, tx, who, childID, day); err != nil {
		return n, nil, err
	}
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return n, nil, err
	}
	all, err := booking.PlanLines(ctx, tx, who, c, civil.Range{From: day, To: day}, loc)
	for _, l := range all {
		if l.ChildID == childID && l.State.Live() && l.Closure == "" && !n.Covers(l.HouseholdID, l.MadeAt) {
			out = append(out, l)
		}
	}
	return n, out, err
}

// inTime foresees what the rules of booking will decide; cancel asks them.
func inTime(l booking.PlanLine, now civil.Instant) bool {
	if l.State != booking.StateBooked {
		return true // a wish is withdrawn at any time
	}
	return !l.Until.IsZero() && !now.Second().After(l.Until)
}

func itemOf(l booking.PlanLine) Item {
	return Item{Activity: l.Activity.Name, Option: l.Option.Name, Site: l.Site.Name, SiteID: l.SiteID, Until: l.Until}
}

// cancel removes what the rules still let, in one submission, and says what they do not.
func cancel(ctx context.Context, tx *db.Tx, who household.Guardian, lines []booking.PlanLine, loc *time.Location) (cancelled, billed []Item, err error) {
	r := booking.Request{SubmissionID: db.NewID(), EnrolmentID: lines[0].EnrolmentID}
	for _, l := range lines {
		r.Changes = append(r.Changes, booking.Change{EnrolmentID: l.EnrolmentID, Day: l.Day, Option: l.Option.Code})
	}
	o, err := booking.Submit(ctx, tx, who, r, loc)
	if err != nil {
		return nil, nil, err
	}
	for _, l := range lines {
		item := itemOf(l)
		removed := false
		for _, d := range o.Decisions {
			if d.EnrolmentID == l.EnrolmentID && d.Option == l.Option.Code {
				removed = d.Result == booking.Cancelled
			}
		}
		if removed {
			cancelled = append(cancelled, item)
		} else {
			billed = append(billed, item)
		}
	}
	return cancelled, billed, nil
}

const selectNotice = `SELECT id, child_id, household_id, guardian_id, day, at, cancelled, billed FROM absence_notices`

func scan(r db.Scanner) (n Notice, err error) {
	var cancelled, billed string
	if err = r.Scan(&n.ID, &n.ChildID, &n.HouseholdID, &n.GuardianID, &n.Day, &n.At, &cancelled, &billed); err != nil {
		return n, err
	}
	return n, errors.Join(json.Unmarshal([]byte(cancelled), &n.Cancelled), json.Unmarshal([]byte(billed), &n.Billed))
}

func save(ctx context.Context, tx *db.Tx, n Notice) error {
	list := func(items []Item) string {
		if items == nil {
			items = []Item{}
		}
		return db.JSON(items)
	}
	_, err := tx.Exec(ctx, `INSERT INTO absence_notices (id, child_id, household_id, guardian_id, day, at, cancelled, billed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (id) DO UPDATE SET guardian_id = excluded.guardian_id, at = excluded.at, cancelled = excluded.cancelled, billed = excluded.billed`, n.ID, n.ChildID, n.HouseholdID, n.GuardianID, n.Day, n.At, list(n.Cancelled), list(n.Billed))
	return err
}

// Find gives the notice that the guardian's household already gave for a child and a day.
func Find(ctx context.Context, tx *db.Tx, who household.Guardian, childID string, day civil.Date) (Notice, bool, error) {
	n, err := db.One(ctx, tx, selectNotice+` WHERE child_id = $1 AND household_id = $2 AND day = $3`, scan, childID, who.HouseholdID, day)
	if errors.Is(err, db.ErrNoRows) {
		return Notice{}, false, nil
	}
	return n, err == nil, err
}

// ByID finds a notice, for the job that tells it; fault.NotFound.
func ByID(ctx context.Context, tx *db.Tx, id string) (Notice, error) {
	n, err := db.One(ctx, tx, selectNotice+` WHERE id = $1`, scan, id)
	if errors.Is(err, db.ErrNoRows) {
		return n, fault.NotFoundf("Cette absence n’est pas connue.")
	}
	return n, err
}

// Announced gives the absences announced of a day, by child: each of its households may have announced its own.
func Announced(ctx context.Context, tx *db.Tx, day civil.Date) (map[string][]Notice, error) {
	list, err := db.All(ctx, tx, selectNotice+` WHERE day = $1 ORDER BY at, id`, scan, day)
	out := make(map[string][]Notice, len(list))
	for _, n := range list {
		out[n.ChildID] = append(out[n.ChildID], n)
	}
	return out, err
}

// ForgetBefore deletes up to limit notices of days before a date, and says how many: for the retention table. What a dispute holds stays, as the
// days they speak of do.
func ForgetBefore(ctx context.Context, tx *db.Tx, day civil.Date, limit int) (int, error) {
	n, err := tx.Exec(ctx, `DELETE FROM absence_notices WHERE id IN (SELECT n.id FROM absence_notices n WHERE n.day < $1
		AND NOT EXISTS (SELECT 1 FROM holds o WHERE o.household_id = n.household_id AND o.lifted_at IS NULL) ORDER BY n.day, n.id LIMIT $2)`, day, int64(limit))
	return int(n), err
}
