package demo

import (
	"context"
	"errors"
	"slices"
	"time"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/calendar"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/intake"
	"preau/internal/town"
	"preau/internal/work"
)

// build makes the town and its past: what it offers and who lives in it as of the end of the summer, what families booked then,
// what happened in the last days. Then the clock is set to the start.
func (d *Demo) build(ctx context.Context, o Options) error {
	summer := civil.Wall(d.year.FirstDay.AddDays(-10), civil.Clock(20, 15), 0, d.Town.Loc)
	if latest := d.Begun.Add(-5 * 24 * time.Hour); latest.Before(summer) {
		summer = latest
	}
	s := &story{Demo: d, options: o, pictures: drawAll()}
	d.Clock.hold(summer)
	err := d.Town.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if err = d.define(ctx, tx); err != nil {
			return err
		}
		s.cast, err = d.people(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	if err := s.tell(ctx, summer.Add(time.Hour)); err != nil {
		return err
	}
	err = d.Town.DB.Write(ctx, func(tx *db.Tx) error {
		return town.WriteSetting(ctx, tx, marker, made{Start: d.Begun, Families: o.Families})
	})
	d.Clock.Set(d.Begun)
	return err
}

// story makes what happened before the demonstration starts.
type story struct {
	*Demo
	cast
	options  Options
	seats    []seat
	shelf    shelf                     // types of documents
	pictures map[string]<-chan picture // being drawn
	menu     string                    // the thread that the service answers
}

// tell goes through it in order: the regular bookings of the term, then the last days.
func (s *story) tell(ctx context.Context, summer civil.Instant) error {
	type step struct {
		at civil.Instant
		do func(ctx context.Context) error
	}
	steps := []step{
		{summer, s.crowd},
		{summer.Add(10 * time.Minute), s.term},
		{summer.Add(20 * time.Minute), s.papers},
		{s.ago(18, 9, 30), s.publications},
		{s.ago(12, 19, 15), s.mandates},
		{s.ago(10, 20, 15), s.declared},
		{s.ago(6, 10, 5), s.drafts},
		{s.ago(4, 19, 50), s.holidays},
		{s.ago(4, 20, 30), s.requests},
		{s.ago(3, 18, 30), s.absences},
		{s.ago(3, 20, 40), s.wishes},
		{s.ago(3, 21, 5), s.letters},
		{s.ago(2, 18, 10), s.morePapers},
		{s.ago(1, 9, 12), s.closures},
		{s.ago(1, 18, 40), s.lately},
		{s.ago(1, 9, 47), s.answer},
		{s.ago(1, 19, 30), s.moves},
		{s.billedAt(), s.bills},
		{s.takenAt(), s.takings},
		{s.billedAt().Add(-time.Hour), s.rollcalls}, // of the month that is billed
		{s.ago(1, 20, 0), s.rollcalls},              // and of the days since
		{s.Begun.Add(-2 * time.Hour), s.offer},
	}
	slices.SortStableFunc(steps, func(a, b step) int { return a.at.Compare(b.at) })
	for _, step := range steps {
		if step.at.Before(summer) {
			step.at = summer
		}
		s.Clock.hold(step.at)
		if err := step.do(ctx); err != nil {
			return err
		}
		s.Clock.hold(step.at.Add(40 * time.Second))
		worker := work.Worker(s.Town)
		worker.Periodic = nil // the nights that the held clock jumps over had nothing to do
		if _, err := worker.RunDue(ctx); err != nil {
			return err
		}
	}
	return nil
}

// ago is a time of day some days before the start.
func (s *story) ago(days, hour, minute int) civil.Instant {
	return civil.Wall(s.today().AddDays(-days), civil.Clock(hour, minute), 0, s.Town.Loc)
}

// plan is what a parent books regularly: an activity's option on some weekdays.
type plan struct {
	who              household.Guardian
	child            household.Child
	activity, option string
	weekdays         string // "1245"
	from, to         civil.Date
}

// term books what the known family has until the next holidays.
func (s *story) term(ctx context.Context) error {
	from, to := s.year.FirstDay, s.horizon()
	for _, p := range []plan{
		{s.claire, s.antoine, "RESTAURATION", "REPAS", "1245", from, to},
		{s.claire, s.antoine, "ETUDE", "ETUDE", "124", from, to},
		{s.claire, s.leo, "RESTAURATION", "REPAS", "1245", from, to},
		{s.karim, s.leo, "RESTAURATION", "REPAS", "245", from, to},
		{s.claire, s.leo, "MATIN", "MATIN", "1", from, to},
		{s.claire, s.leo, "SOIR", "SOIR", "24", from, to},
		{s.karim, s.leo, "SOIR", "SOIR", "1245", from, to},
		{s.claire, s.antoine, "MERCREDI", "APREM", "3", from, s.today().AddDays(4)},
		{s.claire, s.leo, "MERCREDI", "APREM", "3", from, s.today().AddDays(4)},
	} {
		if err := s.book(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// horizon is until when families have booked: the eve of the first holidays that begin two weeks after the start, or later.
func (s *story) horizon() civil.Date {
	for _, h := range s.year.Holidays {
		if !h.From.Before(s.today().AddDays(14)) {
			return h.From.AddDays(-1)
		}
	}
	return s.year.LastDay
}

func (s *story) today() civil.Date { return civil.DateOf(s.Begun, s.Town.Loc) }

// errNotEnrolled is a mistake in the story.
var errNotEnrolled = errors.New("demo: the child is not enrolled")

// book submits a plan as its parent would, without the days that would be refused.
func (s *story) book(ctx context.Context, p plan) error {
	a, ok := activityOf(s.catalogue, p.activity)
	if !ok {
		return errNotEnrolled
	}
	return s.Town.DB.Write(ctx, func(tx *db.Tx) error {
		enrolment, err := enrolmentOf(ctx, tx, p.who, p.child, a)
		if err != nil {
			return err
		}
		r := booking.Request{EnrolmentID: enrolment}
		for day := range (civil.Range{From: p.from, To: p.to}).Days() {
			if onWeekdays(p.weekdays, day) && s.catalogue.Service(a, "", day).Why == activity.Open {
				r.Changes = append(r.Changes, booking.Change{EnrolmentID: enrolment, Day: day, Option: p.option, Add: true})
			}
		}
		return s.submit(ctx, tx, p.who, r)
	})
}

// submit asks first, and then asks for what is not refused.
func (s *story) submit(ctx context.Context, tx *db.Tx, who household.Guardian, r booking.Request) error {
	asked, err := booking.Decide(ctx, tx, who, r, s.Town.Loc)
	if err != nil {
		return err
	}
	r.Changes = nil
	for _, decision := range asked.Decisions {
		if decision.Result != booking.Refused && decision.Result != booking.Unchanged {
			r.Changes = append(r.Changes, decision.Change)
		}
	}
	if len(r.Changes) == 0 {
		return nil
	}
	r.SubmissionID = db.NewID()
	_, err = booking.Submit(ctx, tx, who, r, s.Town.Loc)
	return err
}

func onWeekdays(weekdays string, d civil.Date) bool {
	for _, digit := range weekdays {
		if int(digit-'0')%7 == int(d.Weekday()) {
			return true
		}
	}
	return false
}

func enrolmentOf(ctx context.Context, tx *db.Tx, who household.Guardian, child household.Child, a *activity.Activity) (string, error) {
	list, err := booking.EnrolmentsOf(ctx, tx, who)
	if err != nil {
		return "", err
	}
	for _, e := range list {
		if e.Child.ID == child.ID && e.Activity.ID == a.ID {
			return e.Enrolment.ID, nil
		}
	}
	return "", errNotEnrolled
}

// define writes what the town offers, and what it says of itself.
func (d *Demo) define(ctx context.Context, tx *db.Tx) error {
	if err := d.identity(ctx, tx); err != nil {
		return err
	}
	// Agents of a demonstration come and go: a second step is theirs to try, and not asked.
	if err := identity.SavePolicy(ctx, tx, identity.Policy{StaffFactor: false, GraceDays: 7}); err != nil {
		return err
	}
	if err := intake.Chatou(ctx, tx, d.years(), d.Town.Loc); err != nil {
		return err
	}
	return d.voted(ctx, tx)
}

// years are the school year of the demonstration, the two before it, and all that is known after.
func (d *Demo) years() []calendar.SchoolYear {
	all := calendar.Embedded("C").Years
	at := slices.IndexFunc(all, func(y calendar.SchoolYear) bool { return y.Label == d.year.Label })
	return all[max(0, at-2):]
}
