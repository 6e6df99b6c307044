package booking

import (
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
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/staff"
)

// PendingView is a booking awaiting instruction, as an agent sees it.
type PendingView struct {
	Line      Line
	Child     household.Child
	Household string // name
	Activity  *activity.Activity
	Site      *activity.Site
	Booked    int64
	Places    *int64
}

// PendingList lists the bookings awaiting instruction at the agent's sites, the first day first.
func PendingList(ctx context.Context, tx *db.Tx, who staff.Agent) ([]PendingView, error) {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	list, err := db.All(ctx, tx, `SELECT `+lineColumns+`, c.id, c.reference, c.first_name, c.last_name, c.born_on, c.menu, h.name,
			coalesce(s.booked, 0), s.option_id IS NOT NULL, s.places
		FROM bookings b JOIN children c ON c.id = b.child_id JOIN households h ON h.id = b.household_id
		LEFT JOIN seats s ON s.activity_id = b.activity_id AND s.site_id = b.site_id AND s.option_id = b.option_id AND s.day = b.day AND s.age_group = ''
		WHERE b.state = 'pending' ORDER BY b.day, b.made_at, b.id`, func(r db.Scanner) (PendingView, error) { return scanPending(r, c) })
	return slices.DeleteFunc(list, func(v PendingView) bool { return !who.May(staff.Instruct, v.Line.SiteID) }), err
}

func scanPending(r db.Scanner, c *activity.Catalogue) (v PendingView, err error) {
	l, k := &v.Line, &v.Child
	var stored bool
	err = r.Scan(&l.ID, &l.EnrolmentID, &l.ChildID, &l.HouseholdID, &l.ActivityID, &l.SiteID, &l.OptionID, &l.Day, &l.AgeGroup, &l.State, &l.Since,
		&l.MadeAt, &l.OfferedUntil, &l.Points, &l.ClosureID, &l.Seq, &k.ID, &k.Reference, &k.FirstName, &k.LastName, &k.BornOn, &k.Menu, &v.Household,
		&v.Booked, &stored, &v.Places)
	if err != nil {
		return v, err
	}
	v.Activity, _ = c.Activity(l.ActivityID)
	v.Site, _ = c.Site(l.SiteID)
	if o, ok := v.Activity.OptionByID(l.OptionID); ok {
		l.OptionName = o.Name
	}
	if !stored {
		v.Places = c.Places(l.ActivityID, l.SiteID, l.OptionID, "", l.Day)
	}
	return v, nil
}

// Instructed says what an instruction did.
type Instructed struct {
	Done    int // decided now
	Already int // decided meanwhile, or withdrawn by the family
	Over    int // accepted beyond the places, which were raised
}

// Instruct accepts or refuses bookings that await instruction; a refusal has a reason, which the family reads. Accepting beyond
// the places raises those of the day, and says so. Errors: fault.Invalid, fault.Forbidden for a site that is not the agent's.
func Instruct(ctx context.Context, tx *db.Tx, who staff.Agent, ids []string, accept bool, reason string) (Instructed, error) {
	var done Instructed
	reason = strings.TrimSpace(reason)
	if !accept && reason == "" {
		return done, fault.Invalidf("motif", "Indiquez le motif du refus : la famille le lira.")
	}
	if len(ids) == 0 {
		return done, fault.Invalidf("demande", "Choisissez au moins une demande.")
	}
	for _, id := range ids {
		l, err := LineByID(ctx, tx, id)
		if errors.Is(err, db.ErrNoRows) {
			return done, fault.NotFoundf("Cette demande n’existe pas.")
		}
		if err != nil {
			return done, err
		}
		if !who.May(staff.Instruct, l.SiteID) {
			return done, fault.Forbiddenf("Cette demande concerne un établissement qui n’est pas le vôtre.")
		}
		if l.State != StatePending {
			done.Already++
			continue
		}
		over, err := instructOne(ctx, tx, who, &l, accept, reason)
		if err != nil {
			return done, err
		}
		done.Done++
		if over {
			done.Over++
		}
	}
	return done, nil
}

func instructOne(ctx context.Context, tx *db.Tx, who staff.Agent, l *Line, accept bool, reason string) (over bool, err error) {
	d, err := describe(ctx, tx, l)
	if err != nil {
		return false, err
	}
	o := Outcome{SubmissionID: db.NewID(), EnrolmentID: l.EnrolmentID, Written: true, By: who.Name, Agent: true, Reason: reason}
	changes := newBatch(who.Actor(), o.SubmissionID)
	changes.reasons[l.ID] = reason
	d.Add = true
	if accept {
		book, err := seatsFor(ctx, tx, l)
		if err != nil {
			return false, err
		}
		for _, key := range book.keys(l) {
			over = over || book.seat(key).Free() <= 0
		}
		book.take(l)
		if err := book.flush(ctx, tx); err != nil {
			return false, err
		}
		changes.move(l, StateBooked)
		d.Verdict = Verdict{Result: Booked, Over: over}
	} else {
		changes.move(l, StateRefused)
		d.Verdict = Verdict{Result: Refused}
	}
	o.Decisions = []Decision{d}
	if err := storeOutcome(ctx, tx, o, who.Actor(), l.HouseholdID); err != nil {
		return over, err
	}
	if err := changes.write(ctx, tx); err != nil {
		return over, err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "booking.instruct", Subject: "booking:" + l.ID, Household: l.HouseholdID,
		Detail: map[string]any{"accepted": accept, "reason": reason, "over": over}}); err != nil {
		return over, err
	}
	return over, job.Queue(ctx, tx, TellFamily, TellPayload{o.SubmissionID})
}

// OverrideRequest is what an agent books or removes for a family beyond the rules, with the reason that is kept.
type OverrideRequest struct {
	SubmissionID string
	EnrolmentID  string
	HouseholdID  string // who it is for; empty: the household that has custody of the day
	Changes      []Change
	Reason       string
}

// OverrideBook makes changes for a family whatever the opening, the deadline, the places and the eligibility; what has no
// service, is another home's, or overlaps stays refused. Places are raised in the same act. It is in the journal, and the family
// is told. Errors: fault.Invalid without a reason, fault.Forbidden, fault.NotFound.
func OverrideBook(ctx context.Context, tx *db.Tx, who staff.Agent, r OverrideRequest, loc *time.Location) (Outcome, error) {
	if o, ok, err := storedOutcome(ctx, tx, r.SubmissionID, who.Actor()); ok || err != nil {
		return o, err
	}
	r.Reason = strings.TrimSpace(r.Reason)
	if r.Reason == "" {
		return Outcome{}, fault.Invalidf("motif", "Indiquez pourquoi vous dépassez la règle : c’est gardé au journal et dit à la famille.")
	}
	d := &desk{loc: loc, boards: map[string]*Board{}, over: Override{Deadline: true, Capacity: true, Eligible: true}}
	d.open = func(ctx context.Context, tx *db.Tx, id string, span civil.Range) (*Board, error) {
		return openForAgent(ctx, tx, id, r.HouseholdID, span, loc)
	}
	changes := newBatch(who.Actor(), r.SubmissionID)
	o, err := d.decide(ctx, tx, Request{SubmissionID: r.SubmissionID, EnrolmentID: r.EnrolmentID, Changes: r.Changes}, changes)
	if err != nil {
		return o, err
	}
	if !who.May(staff.Instruct, d.boards[r.EnrolmentID].Enrolment.SiteID) {
		return o, fault.Forbiddenf("Cet établissement n’est pas le vôtre.")
	}
	o.By, o.Agent, o.Reason = who.Name, true, r.Reason
	if changes.empty() {
		return o, nil
	}
	return o, d.writeForAgent(ctx, tx, who, &o, changes)
}

func (d *desk) writeForAgent(ctx context.Context, tx *db.Tx, who staff.Agent, o *Outcome, changes *batch) error {
	home := ""
	for _, l := range changes.all() {
		if home != "" && l.HouseholdID != home {
			return fault.Invalidf("foyer", "Ces jours reviennent à deux foyers : choisissez le foyer pour lequel vous réservez.")
		}
		home = l.HouseholdID
		changes.reasons[l.ID] = o.Reason
	}
	o.Written = true
	if err := storeOutcome(ctx, tx, *o, who.Actor(), home); err != nil {
		return err
	}
	if err := d.write(ctx, tx, changes); err != nil {
		return err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "booking.override", Subject: "enrolment:" + o.EnrolmentID,
		Household: home, Detail: auditDetail(*o)}); err != nil {
		return err
	}
	return job.Queue(ctx, tx, TellFamily, TellPayload{o.SubmissionID})
}
