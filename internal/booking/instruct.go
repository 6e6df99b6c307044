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
	Places    *int64 // of everyone, or of the age group where that leaves fewer
}

// Free is how many places are left, below zero when the day is already beyond them; false when there is no limit.
func (v PendingView) Free() (int64, bool) {
	if v.Places == nil {
		return 0, false
	}
	return *v.Places - v.Booked, true
}

// PendingList lists the bookings awaiting instruction at the agent's sites, the first day first. Days that were closed are left
// out: the closure answers for them.
func PendingList(ctx context.Context, tx *db.Tx, who staff.Agent) ([]PendingView, error) {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	list, err := db.All(ctx, tx, `SELECT `+lineColumns+`, c.id, c.reference, c.first_name, c.last_name, c.born_on, c.menu, h.name
		FROM bookings b JOIN children c ON c.id = b.child_id JOIN households h ON h.id = b.household_id
		WHERE b.state = 'pending' ORDER BY b.day, b.made_at, b.id`, func(r db.Scanner) (PendingView, error) { return scanPending(r, c) })
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(v PendingView) bool {
		return !who.May(staff.Instruct, v.Line.SiteID) || c.Service(v.Activity, v.Line.SiteID, v.Line.Day).Why == activity.Closed
	})
	lines := make([]*Line, len(list))
	for i := range list {
		lines[i] = &list[i].Line
	}
	book, err := seatsFor(ctx, tx, lines...)
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].Booked, list[i].Places = book.tightest(&list[i].Line)
	}
	return list, nil
}

func scanPending(r db.Scanner, c *activity.Catalogue) (v PendingView, err error) {
	l, k := &v.Line, &v.Child
	err = r.Scan(&l.ID, &l.EnrolmentID, &l.ChildID, &l.HouseholdID, &l.ActivityID, &l.SiteID, &l.OptionID, &l.Day, &l.AgeGroup, &l.State, &l.Since,
		&l.MadeAt, &l.OfferedUntil, &l.Points, &l.ClosureID, &l.Seq, &k.ID, &k.Reference, &k.FirstName, &k.LastName, &k.BornOn, &k.Menu, &v.Household)
	if err != nil {
		return v, err
	}
	v.Activity, _ = c.Activity(l.ActivityID)
	v.Site, _ = c.Site(l.SiteID)
	if o, ok := v.Activity.OptionByID(l.OptionID); ok {
		l.OptionName = o.Name
	}
	return v, nil
}

// tightest is the counter, among those a booking would be counted in, that leaves the fewest places.
func (s *seatBook) tightest(l *Line) (booked int64, places *int64) {
	var tight *Seat
	for _, key := range s.keys(l) {
		if seat := s.seat(key); tight == nil || seat.Free() < tight.Free() {
			tight = seat
		}
	}
	return tight.Booked, tight.Places
}

// Instructed says what an instruction did.
type Instructed struct {
	Done    int // decided now
	Already int // decided meanwhile, or withdrawn by the family
	Closed  int // not accepted: the day is closed by now
	Over    int // accepted beyond the places, which were raised
}

// Instruct accepts or refuses bookings that await instruction; a refusal has a reason, which the family reads. Accepting beyond
// the places raises those of the day, and says so. Each household is told once, whatever the number of its days.
// Errors: fault.Invalid, fault.NotFound, fault.Forbidden for a site that is not the agent's.
func Instruct(ctx context.Context, tx *db.Tx, who staff.Agent, ids []string, accept bool, reason string) (Instructed, error) {
	i := instruction{who: who, accept: accept, reason: strings.TrimSpace(reason), byHome: map[string][]*Line{}}
	if !accept && i.reason == "" {
		return i.done, fault.Invalidf("motif", "Indiquez le motif du refus : la famille le lira.")
	}
	if len(ids) == 0 {
		return i.done, fault.Invalidf("demande", "Choisissez au moins une demande.")
	}
	lines, err := i.awaiting(ctx, tx, ids)
	if err != nil {
		return i.done, err
	}
	if i.book, err = seatsFor(ctx, tx, lines...); err != nil {
		return i.done, err
	}
	for _, home := range i.homes {
		if err := i.decide(ctx, tx, home); err != nil {
			return i.done, err
		}
	}
	return i.done, i.book.flush(ctx, tx)
}

// instruction is one decision of an agent over several bookings, by household.
type instruction struct {
	who    staff.Agent
	accept bool
	reason string
	homes  []string
	byHome map[string][]*Line
	book   *seatBook
	done   Instructed
}

// awaiting finds the bookings that can still be decided, and counts the others.
func (i *instruction) awaiting(ctx context.Context, tx *db.Tx, ids []string) ([]*Line, error) {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	var lines []*Line
	seen := map[string]bool{}
	for _, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		l, err := LineByID(ctx, tx, id)
		if errors.Is(err, db.ErrNoRows) {
			return nil, fault.NotFoundf("Cette demande n’existe pas.")
		}
		if err != nil {
			return nil, err
		}
		if !i.who.May(staff.Instruct, l.SiteID) {
			return nil, fault.Forbiddenf("Cette demande concerne un établissement qui n’est pas le vôtre.")
		}
		a, _ := c.Activity(l.ActivityID)
		switch {
		case l.State != StatePending:
			i.done.Already++
			continue
		case i.accept && c.Service(a, l.SiteID, l.Day).Why != activity.Open:
			i.done.Closed++
			continue
		}
		if i.byHome[l.HouseholdID] == nil {
			i.homes = append(i.homes, l.HouseholdID)
		}
		i.byHome[l.HouseholdID] = append(i.byHome[l.HouseholdID], &l)
		lines = append(lines, &l)
	}
	return lines, nil
}

// decide writes the decision for one household, with its outcome, and queues what to tell.
func (i *instruction) decide(ctx context.Context, tx *db.Tx, home string) error {
	lines := i.byHome[home]
	o := Outcome{SubmissionID: db.NewID(), EnrolmentID: lines[0].EnrolmentID, Written: true, By: i.who.Name, Agent: true, Reason: i.reason}
	changes := newBatch(i.who.Actor(), o.SubmissionID)
	for _, l := range lines {
		d, err := describe(ctx, tx, l)
		if err != nil {
			return err
		}
		d.Add, d.Verdict = true, i.verdict(l)
		o.Decisions = append(o.Decisions, d)
		changes.reasons[l.ID] = i.reason
		changes.over[l.ID] = d.Over
		changes.move(l, map[bool]State{true: StateBooked, false: StateRefused}[i.accept])
	}
	if err := storeOutcome(ctx, tx, o, i.who.Actor(), home); err != nil {
		return err
	}
	if err := changes.write(ctx, tx); err != nil {
		return err
	}
	if err := markExceptions(ctx, tx, changes); err != nil {
		return err
	}
	for n, l := range lines {
		if err := audit.Record(ctx, tx, audit.Entry{Actor: i.who.Actor(), ActorName: i.who.Name, Act: "booking.instruct", Subject: "booking:" + l.ID, Household: home,
			Detail: map[string]any{"accepted": i.accept, "reason": i.reason, "over": o.Decisions[n].Over, "day": l.Day.String()}}); err != nil {
			return err
		}
	}
	return job.Queue(ctx, tx, TellFamily, TellPayload{o.SubmissionID})
}

// verdict takes the place of an accepted booking; Over says that there was none left, and one was added.
func (i *instruction) verdict(l *Line) Verdict {
	i.done.Done++
	if !i.accept {
		return Verdict{Result: Refused}
	}
	over := false
	for _, key := range i.book.keys(l) {
		over = over || i.book.seat(key).Free() <= 0
	}
	if over {
		i.done.Over++
	}
	i.book.take(l)
	return Verdict{Result: Booked, Over: over}
}

// markExceptions notes on bookings that were only moved what an agent allowed beyond the places or after the deadline.
func markExceptions(ctx context.Context, tx *db.Tx, changes *batch) error {
	for _, l := range changes.moved[StateBooked] {
		if !changes.over[l.ID] && !changes.late[l.ID] {
			continue
		}
		if _, err := tx.Exec(ctx, `UPDATE bookings SET over_capacity = $2, late = $3 WHERE id = $1`, l.ID, changes.over[l.ID], changes.late[l.ID]); err != nil {
			return err
		}
	}
	return nil
}

// OverrideRequest is what an agent books or removes for a family beyond the rules, with the reason that is kept.
type OverrideRequest struct {
	SubmissionID string
	EnrolmentID  string
	HouseholdID  string // who it is for; empty: the household that has custody of the day
	Changes      []Change
	Reason       string
}

// OverrideDecide answers what an override would lead to, and writes nothing. Errors: fault.NotFound, fault.Forbidden.
func OverrideDecide(ctx context.Context, tx *db.Tx, who staff.Agent, r OverrideRequest, loc *time.Location) (Outcome, error) {
	_, _, o, err := override(ctx, tx, who, r, loc)
	return o, err
}

// override decides the changes of an agent, at the agent's sites.
func override(ctx context.Context, tx *db.Tx, who staff.Agent, r OverrideRequest, loc *time.Location) (*desk, *batch, Outcome, error) {
	d := &desk{loc: loc, boards: map[string]*Board{}, over: Override{Deadline: true, Capacity: true, Eligible: true}}
	d.open = func(ctx context.Context, tx *db.Tx, id string, span civil.Range) (*Board, error) {
		return OpenForAgent(ctx, tx, who, id, r.HouseholdID, span, loc)
	}
	changes := newBatch(who.Actor(), r.SubmissionID)
	o, err := d.decide(ctx, tx, Request{SubmissionID: r.SubmissionID, EnrolmentID: r.EnrolmentID, Changes: r.Changes}, changes)
	o.By, o.Agent, o.Reason = who.Name, true, strings.TrimSpace(r.Reason)
	return d, changes, o, err
}

// OpenForAgent reads an enrolment for an agent who may override at its site, over a span of days; householdID says for which
// household of the child, "" for the one that has custody on each day. Errors: fault.NotFound, fault.Forbidden.
func OpenForAgent(ctx context.Context, tx *db.Tx, who staff.Agent, enrolmentID, householdID string, span civil.Range, loc *time.Location) (*Board, error) {
	b, err := openForAgent(ctx, tx, enrolmentID, householdID, span, loc)
	if err == nil && !who.May(staff.Instruct, b.Enrolment.SiteID) {
		return nil, fault.Forbiddenf("Cet établissement n’est pas le vôtre.")
	}
	return b, err
}

// OverrideBook makes changes for a family whatever the opening, the deadline, the places and the eligibility; what has no
// service, is another home's, or overlaps stays refused. Places are raised in the same act. It is in the journal, and the family
// is told. Errors: fault.Invalid without a reason, fault.Forbidden, fault.NotFound.
func OverrideBook(ctx context.Context, tx *db.Tx, who staff.Agent, r OverrideRequest, loc *time.Location) (Outcome, error) {
	if o, ok, err := storedOutcome(ctx, tx, r.SubmissionID, who.Actor()); ok || err != nil {
		return o, err
	}
	if strings.TrimSpace(r.Reason) == "" {
		return Outcome{}, fault.Invalidf("motif", "Indiquez pourquoi vous dépassez la règle : c’est gardé au journal et dit à la famille.")
	}
	d, changes, o, err := override(ctx, tx, who, r, loc)
	if err != nil || changes.empty() {
		return o, err
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
	if err := markExceptions(ctx, tx, changes); err != nil {
		return err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "booking.override", Subject: "enrolment:" + o.EnrolmentID,
		Household: home, Detail: auditDetail(*o)}); err != nil {
		return err
	}
	return job.Queue(ctx, tx, TellFamily, TellPayload{o.SubmissionID})
}
