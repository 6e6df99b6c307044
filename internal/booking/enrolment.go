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

// EnrolmentView is an enrolment with what a page says of it.
type EnrolmentView struct {
	Enrolment Enrolment
	Child     household.Child
	Activity  *activity.Activity
	Site      *activity.Site
}

// EnrolmentsOf lists the enrolments of a household's children, by child then by the order of the activities; ended ones too
// while their period is not over for a year.
func EnrolmentsOf(ctx context.Context, tx *db.Tx, who household.Guardian) ([]EnrolmentView, error) {
	return enrolmentViews(ctx, tx, `JOIN household_children h ON h.child_id = e.child_id WHERE h.household_id = $1 AND e.to_day >= $2 AND e.to_day >= e.from_day`,
		who.HouseholdID, civil.DateOf(tx.Now, time.UTC).AddDays(-366))
}

// EnrolmentsOfChild lists every enrolment of a child, for agents.
func EnrolmentsOfChild(ctx context.Context, tx *db.Tx, childID string) ([]EnrolmentView, error) {
	return enrolmentViews(ctx, tx, `WHERE e.child_id = $1`, childID)
}

// EnrolmentsAt lists the enrolments in an activity at a site that cover a day.
func EnrolmentsAt(ctx context.Context, tx *db.Tx, activityID, siteID string, day civil.Date) ([]EnrolmentView, error) {
	return enrolmentViews(ctx, tx, `WHERE e.activity_id = $1 AND e.site_id = $2 AND e.from_day <= $3 AND e.to_day >= $3`, activityID, siteID, day)
}

// EnrolmentByID finds an enrolment, for agents; fault.NotFound when there is none.
func EnrolmentByID(ctx context.Context, tx *db.Tx, id string) (EnrolmentView, error) {
	list, err := enrolmentViews(ctx, tx, `WHERE e.id = $1`, id)
	if err != nil {
		return EnrolmentView{}, err
	}
	if len(list) == 0 {
		return EnrolmentView{}, fault.NotFoundf("Cette inscription n’existe pas.")
	}
	return list[0], nil
}

func enrolmentViews(ctx context.Context, tx *db.Tx, where string, args ...any) ([]EnrolmentView, error) {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	list, err := db.All(ctx, tx, `SELECT `+enrolmentAndChild+` FROM enrolments e JOIN children c ON c.id = e.child_id `+where+`
		ORDER BY c.born_on, c.id, e.from_day, e.id`, func(s db.Scanner) (v EnrolmentView, err error) {
		err = scanEnrolmentAndChild(s, &v.Enrolment, &v.Child)
		v.Activity, _ = c.Activity(v.Enrolment.ActivityID)
		v.Site, _ = c.Site(v.Enrolment.SiteID)
		return v, err
	}, args...)
	slices.SortStableFunc(list, func(a, b EnrolmentView) int {
		if a.Child.ID != b.Child.ID {
			return 0
		}
		return int(a.Activity.Position - b.Activity.Position)
	})
	return list, err
}

// EnrolRequest is what an agent asks for one child.
type EnrolRequest struct {
	ChildID, ActivityID, SiteID string
	Period                      civil.Range
	Points                      int64
	Override                    string // why the child is enrolled although a rule says no; empty: the rules hold
}

// Eligibility says whether a child may be enrolled in an activity for a period: level, age and residence on the first day of
// the period, as for a booking.
func Eligibility(ctx context.Context, tx *db.Tx, r EnrolRequest) (Refusal, error) {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return Refusal{}, err
	}
	child, err := household.FindChild(ctx, tx, r.ChildID)
	if err != nil {
		return Refusal{}, err
	}
	a, ok := c.Activity(r.ActivityID)
	if !ok {
		return Refusal{}, fault.NotFoundf("Cette activité n’existe pas.")
	}
	b := &Board{Child: child, Activity: a, Catalogue: c}
	if b.schoolings, err = household.Schoolings(ctx, tx, child.ID); err != nil {
		return Refusal{}, err
	}
	homes, err := household.HouseholdsOf(ctx, tx, child.ID)
	if err != nil {
		return Refusal{}, err
	}
	resident := false
	for _, id := range homes {
		standing, err := household.StandingOf(ctx, tx, id)
		if err != nil {
			return Refusal{}, err
		}
		resident = resident || standing.ResidentOn(r.Period.From)
	}
	return Eligible(a, Profile{BornOn: child.BornOn, Level: b.level(r.Period.From), Resident: resident}, r.Period.From), nil
}

// NotEligible is the refusal of an enrolment that the agent may override with a reason.
type NotEligible struct{ Refusal Refusal }

// Error names the reason; the sentence is the pages'.
func (e *NotEligible) Error() string { return "not eligible: " + string(e.Refusal.Reason) }

// Enrol enrols a child; it can be booked at once. Errors: *NotEligible when a rule says no and no reason overrides it,
// fault.Conflict when an enrolment of the child in the activity meets the period, fault.Invalid, fault.NotFound.
func Enrol(ctx context.Context, tx *db.Tx, who staff.Agent, r EnrolRequest) (string, error) {
	if err := checkEnrolment(ctx, tx, r); err != nil {
		return "", err
	}
	refusal, err := Eligibility(ctx, tx, r)
	if err != nil {
		return "", err
	}
	r.Override = strings.TrimSpace(r.Override)
	if refusal.Reason != NoReason && r.Override == "" {
		return "", &NotEligible{refusal}
	}
	if refusal.Reason == NoReason {
		r.Override = ""
	}
	id, err := insertEnrolment(ctx, tx, who.Actor(), r)
	if err != nil {
		return "", err
	}
	return id, audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "enrolment.create", Subject: "child:" + r.ChildID,
		Detail: map[string]string{"enrolment": id, "activity": r.ActivityID, "site": r.SiteID, "from": r.Period.From.String(), "to": r.Period.To.String(), "override": r.Override, "rule": string(refusal.Reason)}})
}

func insertEnrolment(ctx context.Context, tx *db.Tx, actor string, r EnrolRequest) (string, error) {
	id := db.NewID()
	_, err := tx.Exec(ctx, `INSERT INTO enrolments (id, child_id, activity_id, site_id, from_day, to_day, points, override_reason, created_at, created_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, id, r.ChildID, r.ActivityID, r.SiteID, r.Period.From, r.Period.To, r.Points, r.Override, tx.Now, actor)
	return id, err
}

func checkEnrolment(ctx context.Context, tx *db.Tx, r EnrolRequest) error {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return err
	}
	a, ok := c.Activity(r.ActivityID)
	if !ok || a.Archived {
		return fault.Invalidf("activite", "Choisissez une activité.")
	}
	if !a.OfferedAt(r.SiteID) {
		return fault.Invalidf("site", "Cette activité n’a pas lieu dans cet établissement.")
	}
	if r.Period.From.IsZero() || r.Period.To.Before(r.Period.From) {
		return fault.Invalidf("au", "Le dernier jour est avant le premier.")
	}
	taken, err := db.Exists(ctx, tx, `SELECT 1 FROM enrolments WHERE child_id = $1 AND activity_id = $2 AND from_day <= $4 AND to_day >= $3 AND to_day >= from_day`,
		r.ChildID, r.ActivityID, r.Period.From, r.Period.To)
	if err != nil {
		return err
	}
	if taken {
		return fault.Conflictf("Cet enfant est déjà inscrit à cette activité sur une partie de la période. Mettez fin à l’inscription, ou déplacez-la.")
	}
	return nil
}

// EndEnrolment ends an enrolment: last is its last day. Bookings after it are cancelled and the family is told.
// Errors: fault.NotFound, fault.Invalid.
func EndEnrolment(ctx context.Context, tx *db.Tx, who staff.Agent, id string, last civil.Date, reason string, loc *time.Location) (cancelled int, err error) {
	v, err := EnrolmentByID(ctx, tx, id)
	if err != nil {
		return 0, err
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
	return audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "enrolment.end", Subject: "child:" + e.ChildID,
		Detail: map[string]string{"enrolment": e.ID, "last": last.String(), "reason": reason}})
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

// ImportEnrolments writes enrolments read from the town's other software, once: one that is already there, of the same child,
// activity and first day, is brought up to date. It returns how many are new. Eligibility is the town's word here.
func ImportEnrolments(ctx context.Context, tx *db.Tx, actor string, list []EnrolRequest) (added int, err error) {
	for _, r := range list {
		id, err := db.One(ctx, tx, `SELECT id FROM enrolments WHERE child_id = $1 AND activity_id = $2 AND from_day = $3`, db.Value[string], r.ChildID, r.ActivityID, r.Period.From)
		switch {
		case err == nil:
			_, err = tx.Exec(ctx, `UPDATE enrolments SET site_id = $2, to_day = $3 WHERE id = $1 AND ended_at IS NULL`, id, r.SiteID, r.Period.To)
		case errors.Is(err, db.ErrNoRows):
			added++
			_, err = insertEnrolment(ctx, tx, actor, r)
		}
		if err != nil {
			return added, err
		}
	}
	return added, nil
}
