package booking

import (
	"context"
	"strings"
	"time"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/job"
	"preau/internal/staff"
)

// EndEnrolment ends an enrolment: last is its last day. Bookings after it are cancelled and the family is told.
// Errors: fault.NotFound, fault.Invalid, fault.Forbidden.
func EndEnrolment(ctx context.Context, tx *db.Tx, who staff.Agent, id string, last civil.Date, reason string, loc *time.Location) (cancelled int, err error) {
	v, err := EnrolmentByID(ctx, tx, id)
	if err != nil {
		return 0, err
	}
	if !who.May(staff.Enrol, v.Enrolment.SiteID) {
		return 0, fault.Forbiddenf("Cet établissement n’est pas le vôtre.")
	}
	if strings.TrimSpace(reason) == "" {
		return 0, fault.Invalidf("motif", "Indiquez le motif : il est gardé au dossier et dit à la famille.")
	}
	if last.After(v.Enrolment.Period.To) {
		return 0, fault.Invalidf("au", "L’inscription se termine déjà le %s.", v.Enrolment.Period.To.DayMonthYear())
	}
	if last.Before(v.Enrolment.Period.From.AddDays(-1)) {
		last = v.Enrolment.Period.From.AddDays(-1)
	}
	lines, err := linesAfter(ctx, tx, id, last)
	if err != nil {
		return 0, err
	}
	if err := closeEnrolment(ctx, tx, who, v.Enrolment, last, reason); err != nil {
		return 0, err
	}
	return len(lines), cancelLines(ctx, tx, who, lines, reason, loc)
}

// closeEnrolment shortens the period; one that ends before it began has an empty period.
func closeEnrolment(ctx context.Context, tx *db.Tx, who staff.Agent, e Enrolment, last civil.Date, reason string) error {
	if _, err := tx.Exec(ctx, `UPDATE enrolments SET to_day = $2, ended_at = $3, ended_by = $4, end_reason = $5 WHERE id = $1`, e.ID, last, tx.Now, who.Actor(), reason); err != nil {
		return err
	}
	return noteEnrolment(ctx, tx, who, "enrolment.end", e.ChildID, map[string]string{"enrolment": e.ID, "last": last.String(), "reason": reason})
}

func linesAfter(ctx context.Context, tx *db.Tx, enrolmentID string, last civil.Date) ([]Line, error) {
	return db.All(ctx, tx, `SELECT `+lineColumns+` FROM bookings b WHERE b.enrolment_id = $1 AND b.day > $2 AND b.state IN ('booked', 'pending', 'waiting', 'offered')
		ORDER BY b.day, b.id`, scanLine, enrolmentID, last)
}

// cancelLines cancels bookings for the town, gives their places on, and queues what to tell each household.
func cancelLines(ctx context.Context, tx *db.Tx, who staff.Agent, lines []Line, reason string, loc *time.Location) error {
	byHome := map[string][]*Line{}
	var homes []string
	for i := range lines {
		l := &lines[i]
		if byHome[l.HouseholdID] == nil {
			homes = append(homes, l.HouseholdID)
		}
		byHome[l.HouseholdID] = append(byHome[l.HouseholdID], l)
	}
	for _, home := range homes {
		if err := cancelForHome(ctx, tx, who, home, byHome[home], reason, loc); err != nil {
			return err
		}
	}
	return nil
}

func cancelForHome(ctx context.Context, tx *db.Tx, who staff.Agent, home string, lines []*Line, reason string, loc *time.Location) error {
	o := Outcome{SubmissionID: db.NewID(), EnrolmentID: lines[0].EnrolmentID, Written: true, By: who.Name, Agent: true, Reason: reason}
	changes := newBatch(who.Actor(), o.SubmissionID)
	var freed []*Line
	book, err := seatsFor(ctx, tx, lines...)
	if err != nil {
		return err
	}
	for _, l := range lines {
		d, err := describe(ctx, tx, l)
		if err != nil {
			return err
		}
		d.Verdict, d.Was = Verdict{Result: Cancelled}, l.State
		o.Decisions = append(o.Decisions, d)
		changes.move(l, StateCancelled)
		changes.reasons[l.ID] = reason
		if l.State.TakesPlace() {
			book.release(l)
			freed = append(freed, l)
		}
	}
	if err := storeOutcome(ctx, tx, o, who.Actor(), home); err != nil {
		return err
	}
	if err := changes.write(ctx, tx); err != nil {
		return err
	}
	if err := book.flush(ctx, tx); err != nil {
		return err
	}
	if err := promoteFreed(ctx, tx, freed, loc); err != nil {
		return err
	}
	return job.Queue(ctx, tx, TellFamily, TellPayload{o.SubmissionID})
}

// seatsFor reads the counters that bookings are counted in.
func seatsFor(ctx context.Context, tx *db.Tx, lines ...*Line) (*seatBook, error) {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	book := newSeatBook(c)
	type place struct{ activity, site string }
	spans := map[place]civil.Range{}
	for _, l := range lines {
		p := place{l.ActivityID, l.SiteID}
		s, ok := spans[p]
		if !ok {
			s = civil.Range{From: l.Day, To: l.Day}
		}
		if l.Day.Before(s.From) {
			s.From = l.Day
		}
		if l.Day.After(s.To) {
			s.To = l.Day
		}
		spans[p] = s
	}
	for p, s := range spans {
		if err := book.load(ctx, tx, p.activity, p.site, s); err != nil {
			return nil, err
		}
	}
	return book, nil
}

// describe names a booking as a decision does, without its verdict.
func describe(ctx context.Context, tx *db.Tx, l *Line) (Decision, error) {
	v, err := EnrolmentByID(ctx, tx, l.EnrolmentID)
	if err != nil {
		return Decision{}, err
	}
	o, _ := v.Activity.OptionByID(l.OptionID)
	return Decision{Change: Change{EnrolmentID: l.EnrolmentID, Day: l.Day, Option: o.Code}, BookingID: l.ID, Child: v.Child.FirstName, ChildID: v.Child.ID,
		Activity: v.Activity.Name, ActivityID: v.Activity.ID, Site: v.Site.Name, Noun: v.Activity.Noun, Plural: v.Activity.NounPlural, OptionName: o.Name}, nil
}

// MoveEnrolment moves a child to another site from a day on: the enrolment ends the day before, a new one begins, and bookings
// follow the child, with their place at the new site even beyond its places. It returns the new enrolment and how many moved.
// Errors: fault.NotFound, fault.Invalid, *NotEligible.
func MoveEnrolment(ctx context.Context, tx *db.Tx, who staff.Agent, id, siteID string, from civil.Date, override string) (newID string, moved int, err error) {
	v, err := EnrolmentByID(ctx, tx, id)
	if err != nil {
		return "", 0, err
	}
	e := v.Enrolment
	if !who.May(staff.Enrol, e.SiteID) {
		return "", 0, fault.Forbiddenf("Cet établissement n’est pas le vôtre.")
	}
	if !e.Period.Contains(from) {
		return "", 0, fault.Invalidf("du", "Choisissez un jour de l’inscription : du %s au %s.", e.Period.From.DayMonthYear(), e.Period.To.DayMonthYear())
	}
	if siteID == e.SiteID {
		return "", 0, fault.Invalidf("site", "L’enfant est déjà inscrit dans cet établissement.")
	}
	lines, err := linesAfter(ctx, tx, id, from.AddDays(-1))
	if err != nil {
		return "", 0, err
	}
	if err := closeEnrolment(ctx, tx, who, e, from.AddDays(-1), "changement d’établissement"); err != nil {
		return "", 0, err
	}
	newID, err = Enrol(ctx, tx, who, EnrolRequest{ChildID: e.ChildID, ActivityID: e.ActivityID, SiteID: siteID, Period: civil.Range{From: from, To: e.Period.To},
		Points: e.Points, Override: override})
	if err != nil {
		return "", 0, err
	}
	return newID, len(lines), moveLines(ctx, tx, lines, newID, siteID)
}

func moveLines(ctx context.Context, tx *db.Tx, lines []Line, enrolmentID, siteID string) error {
	if len(lines) == 0 {
		return nil
	}
	all := make([]*Line, 0, 2*len(lines))
	ids := make([]string, 0, len(lines))
	for i := range lines {
		there := lines[i]
		there.SiteID = siteID
		all = append(all, &lines[i], &there)
		ids = append(ids, there.ID)
	}
	book, err := seatsFor(ctx, tx, all...)
	if err != nil {
		return err
	}
	for i := 0; i < len(all); i += 2 {
		if all[i].State.TakesPlace() {
			book.release(all[i])
			book.take(all[i+1])
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE bookings SET enrolment_id = $1, site_id = $2 WHERE id IN (SELECT value FROM json_each(CAST($3 AS text)))`,
		enrolmentID, siteID, db.JSON(ids)); err != nil {
		return err
	}
	return book.flush(ctx, tx)
}
