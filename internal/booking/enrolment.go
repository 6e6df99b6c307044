package booking

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"preau/internal/activity"
	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
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
	var last EnrolmentView // what is the same as in the row before, as a child is, is not read again
	list, err := db.All(ctx, tx, `SELECT `+enrolmentAndChild+` FROM enrolments e JOIN children c ON c.id = e.child_id `+where, func(s db.Scanner) (EnrolmentView, error) {
		err := scanEnrolmentAndChild(s, &last.Enrolment, &last.Child)
		last.Activity, _ = c.Activity(last.Enrolment.ActivityID)
		last.Site, _ = c.Site(last.Enrolment.SiteID)
		return last, err
	}, args...)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b EnrolmentView) int {
		return cmp.Or(a.Child.BornOn.Compare(b.Child.BornOn), cmp.Compare(a.Child.ID, b.Child.ID), cmp.Compare(a.Activity.Position, b.Activity.Position),
			a.Enrolment.Period.From.Compare(b.Enrolment.Period.From), cmp.Compare(a.Enrolment.ID, b.Enrolment.ID))
	})
	return list, nil
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
// fault.Conflict when an enrolment of the child in the activity meets the period, fault.Forbidden for a site that is not the
// agent's, fault.Invalid, fault.NotFound.
func Enrol(ctx context.Context, tx *db.Tx, who staff.Agent, r EnrolRequest) (string, error) {
	if !who.May(staff.Enrol, r.SiteID) {
		return "", fault.Forbiddenf("Vous n’inscrivez pas dans cet établissement.")
	}
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
	return id, noteEnrolment(ctx, tx, who, "enrolment.create", r.ChildID, map[string]string{"enrolment": id, "activity": r.ActivityID, "site": r.SiteID,
		"from": r.Period.From.String(), "to": r.Period.To.String(), "override": r.Override, "rule": string(refusal.Reason)})
}

// noteEnrolment writes an act on an enrolment in the journal, in the history of each household of the child.
func noteEnrolment(ctx context.Context, tx *db.Tx, who staff.Agent, act, childID string, detail map[string]string) error {
	homes, err := household.HouseholdsOf(ctx, tx, childID)
	if err != nil {
		return err
	}
	for _, home := range homes {
		if err := audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: act, Subject: "child:" + childID, Household: home, Detail: detail}); err != nil {
			return err
		}
	}
	return nil
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
