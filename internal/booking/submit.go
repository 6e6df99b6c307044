package booking

import (
	"context"
	"slices"
	"time"

	"preau/internal/activity"
	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
)

// MaxChanges bounds one submission: a school year of two children, every day.
const MaxChanges = 1000

// TellFamily is the kind of the job that tells a household what a submission changed; its payload is a TellPayload.
const TellFamily = "booking.tell"

// TellPayload names the submission to tell.
type TellPayload struct {
	SubmissionID string `json:"submission"`
}

// desk decides the changes of one request, one after the other, on boards that see each other's places.
type desk struct {
	loc    *time.Location
	boards map[string]*Board
	seats  *seatBook
	open   func(ctx context.Context, tx *db.Tx, enrolmentID string, span civil.Range) (*Board, error)
	opened civil.Instant
	over   Override
	freed  []*Line // bookings whose place was given back
}

func familyDesk(who household.Guardian, loc *time.Location) *desk {
	return &desk{loc: loc, boards: map[string]*Board{}, open: func(ctx context.Context, tx *db.Tx, id string, span civil.Range) (*Board, error) {
		return Open(ctx, tx, who, id, span, loc)
	}}
}

// Decide answers what a request would lead to at this instant, and writes nothing. Errors: fault.NotFound for an enrolment that is
// not the household's, fault.Invalid for a request beyond MaxChanges.
func Decide(ctx context.Context, tx *db.Tx, who household.Guardian, r Request, loc *time.Location) (Outcome, error) {
	d := familyDesk(who, loc)
	return d.decide(ctx, tx, r, newBatch(who.Actor(), ""))
}

// Submit decides a request again, in the write transaction, and writes what is allowed. Each day is accepted or refused on its
// own, unless the family asked for all or nothing. The same submission a second time gives the first answer and changes nothing.
// Errors: as Decide. Refusals are not errors: they stand in the outcome.
func Submit(ctx context.Context, tx *db.Tx, who household.Guardian, r Request, loc *time.Location) (Outcome, error) {
	if o, ok, err := storedOutcome(ctx, tx, r.SubmissionID, who.Actor()); ok || err != nil {
		return o, err
	}
	d := familyDesk(who, loc)
	changes := newBatch(who.Actor(), r.SubmissionID)
	o, err := d.decide(ctx, tx, r, changes)
	if err != nil {
		return o, err
	}
	o.By, o.Agent = who.ActorName(), who.Counter != nil
	refused := o.Count(Refused) > 0
	if changes.empty() || (refused && r.AllOrNothing) {
		return o, nil
	}
	o.Written = true
	if err := storeOutcome(ctx, tx, o, who.Actor(), who.HouseholdID); err != nil {
		return o, err
	}
	if err := d.write(ctx, tx, changes); err != nil {
		return o, err
	}
	err = audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.ActorName(), Act: "booking.submit", Subject: "enrolment:" + r.EnrolmentID,
		Household: who.HouseholdID, Detail: auditDetail(o)})
	if err != nil {
		return o, err
	}
	return o, job.Queue(ctx, tx, TellFamily, TellPayload{o.SubmissionID})
}

// auditDetail keeps which days changed, not what the family was shown.
func auditDetail(o Outcome) any {
	detail := map[string][]string{}
	for _, d := range o.Decisions {
		if d.Result != Refused && d.Result != Unchanged {
			key := string(d.Result)
			detail[key] = append(detail[key], d.EnrolmentID+"/"+d.Day.String()+":"+d.Option)
		}
	}
	return map[string]any{"submission": o.SubmissionID, "changes": detail, "reason": o.Reason}
}

// write stores the bookings and the counters, then gives the freed places to who waits for them.
func (d *desk) write(ctx context.Context, tx *db.Tx, changes *batch) error {
	if err := changes.write(ctx, tx); err != nil {
		return err
	}
	if err := d.seats.flush(ctx, tx); err != nil {
		return err
	}
	return promoteFreed(ctx, tx, d.freed, d.loc)
}

// decide takes removals first, so that an option can be exchanged for another of the same day in one request.
func (d *desk) decide(ctx context.Context, tx *db.Tx, r Request, changes *batch) (Outcome, error) {
	o := Outcome{SubmissionID: r.SubmissionID, EnrolmentID: r.EnrolmentID}
	if len(r.Changes) > MaxChanges {
		return o, fault.Invalidf("jour", "Une demande porte sur %d jours au plus.", MaxChanges)
	}
	d.opened = r.Opened
	if err := d.openBoards(ctx, tx, r); err != nil {
		return o, err
	}
	order := slices.Clone(r.Changes)
	slices.SortStableFunc(order, compareChanges)
	order = slices.Compact(order)
	for _, c := range order {
		o.Decisions = append(o.Decisions, d.one(tx, c, changes))
	}
	slices.SortStableFunc(o.Decisions, func(a, b Decision) int {
		if first := r.EnrolmentID; a.EnrolmentID != b.EnrolmentID && (a.EnrolmentID == first || b.EnrolmentID == first) {
			return boolOrder(a.EnrolmentID == first)
		}
		return compareShown(a.Change, b.Change)
	})
	return o, nil
}

func boolOrder(first bool) int {
	if first {
		return -1
	}
	return 1
}

// compareChanges puts removals before additions, then a fixed order.
func compareChanges(a, b Change) int {
	if a.Add != b.Add {
		return boolOrder(!a.Add)
	}
	return compareShown(a, b)
}

func compareShown(a, b Change) int {
	if a.EnrolmentID != b.EnrolmentID {
		return boolOrder(a.EnrolmentID < b.EnrolmentID)
	}
	if n := a.Day.Compare(b.Day); n != 0 {
		return n
	}
	if a.Add != b.Add {
		return boolOrder(!a.Add)
	}
	if a.Option != b.Option {
		return boolOrder(a.Option < b.Option)
	}
	return 0
}

// openBoards reads each enrolment of the request once, over the days it touches; the boards share their counters.
func (d *desk) openBoards(ctx context.Context, tx *db.Tx, r Request) error {
	spans := map[string]civil.Range{}
	ids := []string{r.EnrolmentID}
	for _, c := range r.Changes {
		s, ok := spans[c.EnrolmentID]
		if !ok {
			s = civil.Range{From: c.Day, To: c.Day}
			if c.EnrolmentID != r.EnrolmentID {
				ids = append(ids, c.EnrolmentID)
			}
		}
		if c.Day.Before(s.From) {
			s.From = c.Day
		}
		if c.Day.After(s.To) {
			s.To = c.Day
		}
		spans[c.EnrolmentID] = s
	}
	for _, id := range ids {
		span, ok := spans[id]
		if !ok {
			today := civil.DateOf(tx.Now, d.loc)
			span = civil.Range{From: today, To: today}
		}
		b, err := d.open(ctx, tx, id, span)
		if err != nil {
			return err
		}
		if d.seats == nil {
			d.seats = b.seats
		} else if err := b.loadSeats(ctx, tx, d.seats); err != nil {
			return err
		}
		b.seats, b.opened = d.seats, d.opened
		d.share(b)
		d.boards[id] = b
	}
	return nil
}

// share has the boards of one child see each other's bookings: what one adds may overlap what the other asks.
func (d *desk) share(b *Board) {
	for _, other := range d.boards {
		if other.Child.ID != b.Child.ID {
			continue
		}
		for day, lines := range b.lines {
			if _, known := other.lines[day]; !known {
				other.lines[day] = lines
			}
		}
		b.lines = other.lines
		return
	}
}

// one decides one change and, when it is allowed, makes it on the board and in the batch.
func (d *desk) one(tx *db.Tx, c Change, changes *batch) Decision {
	b := d.boards[c.EnrolmentID]
	out := Decision{Change: c, Child: b.Child.FirstName, ChildID: b.Child.ID, Activity: b.Activity.Name, ActivityID: b.Activity.ID,
		Site: b.Site.Name, Noun: b.Activity.Noun, Plural: b.Activity.NounPlural}
	o, ok := b.Activity.Option(c.Option)
	if !ok {
		out.Verdict = refuse(Refusal{Reason: UnknownOption, Name: c.Option})
		return out
	}
	out.OptionName = o.Name
	f := b.Facts(c.Day, o)
	if c.Add {
		out.Verdict = DecideAdd(f, tx.Now, d.over)
	} else {
		out.Verdict = DecideRemove(f, tx.Now, d.over)
	}
	if price, ok := b.Price(c.Day, o.ID); ok {
		out.Priced, out.Cents, out.Why = true, price.Cents, price.Explanation
	}
	switch out.Result {
	case Booked, Pending, Waiting:
		if f.Live != nil {
			out.BookingID, out.Was = f.Live.ID, f.Live.State
			d.grant(f.Live, out.Verdict, changes)
			break
		}
		out.BookingID = d.add(tx, b, f, out.Verdict, changes).ID
	case Cancelled:
		out.BookingID, out.Was = f.Live.ID, f.Live.State
		d.remove(b, f.Live, changes)
	}
	return out
}

func (d *desk) add(tx *db.Tx, b *Board, f Facts, v Verdict, changes *batch) *Line {
	l := &Line{ID: db.NewID(), EnrolmentID: b.Enrolment.ID, ChildID: b.Child.ID, HouseholdID: b.householdFor(f.Terms.Starts), ActivityID: b.Activity.ID,
		SiteID: b.Enrolment.SiteID, OptionID: f.Option.ID, OptionName: f.Option.Name, Day: f.Day, AgeGroup: AgeGroup(f.Profile.Level),
		State: State(v.Result), Since: tx.Now, MadeAt: tx.Now, Points: b.Enrolment.Points, Seq: 1, Ours: true}
	b.lines[l.Day] = append(b.lines[l.Day], l)
	changes.added = append(changes.added, l)
	changes.over[l.ID], changes.late[l.ID] = v.Over, v.Late
	if l.State.TakesPlace() {
		d.seats.take(l)
	}
	return l
}

// grant books what the child waited for: an agent gives the place.
func (d *desk) grant(l *Line, v Verdict, changes *batch) {
	changes.move(l, StateBooked)
	changes.over[l.ID], changes.late[l.ID] = v.Over, v.Late
	if !l.State.TakesPlace() {
		d.seats.take(l)
	}
}

// householdFor is who the booking is for, and who will pay it.
func (b *Board) householdFor(starts civil.Instant) string {
	if b.householdID != "" {
		return b.householdID
	}
	return b.HolderOn(starts)
}

func (d *desk) remove(b *Board, l *Line, changes *batch) {
	b.lines[l.Day] = slices.DeleteFunc(b.lines[l.Day], func(o *Line) bool { return o == l })
	changes.move(l, StateCancelled)
	if l.State.TakesPlace() {
		d.seats.release(l)
	}
	if l.State != StateWaiting {
		d.freed = append(d.freed, l) // a request withdrawn makes way too, where agents look at one a free place
	}
}

// Translate turns changes of one enrolment into the same wishes for another: the same days, the option of the same code, else
// the one of the same hours, else the only one. An option that has no counterpart keeps its code and will be refused.
func Translate(changes []Change, from *activity.Activity, to EnrolmentView) []Change {
	out := make([]Change, 0, len(changes))
	for _, c := range changes {
		c.EnrolmentID = to.Enrolment.ID
		c.Option = counterpart(c.Option, from, to.Activity)
		out = append(out, c)
	}
	return out
}

func counterpart(code string, from, to *activity.Activity) string {
	if _, ok := to.Option(code); ok {
		return code
	}
	live := to.LiveOptions()
	if o, ok := from.Option(code); ok {
		for _, other := range live {
			if other.Starts == o.Starts && other.Ends == o.Ends {
				return other.Code
			}
		}
	}
	if len(live) == 1 {
		return live[0].Code
	}
	return code
}
