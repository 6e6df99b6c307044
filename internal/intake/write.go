package intake

import (
	"context"
	"errors"
	"slices"
	"time"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/words"
)

// write writes everything that was read, in one transaction; errProblems when the enrolments break a rule of the town.
func (r *reading) write(ctx context.Context, tx *db.Tx, o Options) error {
	siteIDs, err := r.writeSites(ctx, tx)
	if err != nil {
		return err
	}
	loaded, err := household.Load(ctx, tx, o.By, r.batch(siteIDs))
	if err != nil {
		return err
	}
	r.report.Households.New, r.report.Guardians.New, r.report.Children.New = loaded.NewHouseholds, loaded.NewGuardians, loaded.NewChildren
	if loaded, err = r.everyChild(ctx, tx, loaded); err != nil {
		return err
	}
	if err := r.writeCustody(ctx, tx, o.By, loaded); err != nil {
		return err
	}
	if err := r.writeEnrolments(ctx, tx, o, siteIDs, loaded.Children); err != nil {
		return err
	}
	if o.Check {
		return errOnlyChecked
	}
	return r.journal(ctx, tx, o.By)
}

// writeSites writes the sites that are new or have changed, and gives the ids of all by code.
func (r *reading) writeSites(ctx context.Context, tx *db.Tx) (map[string]string, error) {
	ids, before := map[string]string{}, map[string]activity.Site{}
	for _, s := range r.catalogue.Sites {
		ids[s.Code], before[s.Code] = s.ID, *s
	}
	r.report.Sites.New = 0
	for _, row := range r.sites {
		s := row.v
		old, known := before[s.Code]
		if known {
			s.ID, s.Archived = old.ID, old.Archived
			s.Address, s.Phone = filled(s.Address, old.Address), filled(s.Phone, old.Phone)
		} else {
			r.report.Sites.New++
		}
		if s == old {
			continue
		}
		id, err := activity.SaveSite(ctx, tx, s)
		if err != nil {
			return nil, err
		}
		ids[s.Code] = id
	}
	return ids, nil
}

func filled(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func (r *reading) batch(siteIDs map[string]string) household.Batch {
	b := household.Batch{Households: r.households}
	for _, g := range r.guardians {
		b.Guardians = append(b.Guardians, g.v)
	}
	for _, c := range r.children {
		b.Children = append(b.Children, c.v)
	}
	for _, s := range r.schoolings {
		s.v.SiteID = siteIDs[s.site]
		b.Schoolings = append(b.Schoolings, s.v)
	}
	return b
}

// everyChild adds the children and households of the town that only custodies and enrolments speak of.
func (r *reading) everyChild(ctx context.Context, tx *db.Tx, loaded household.Loaded) (household.Loaded, error) {
	var references, homes []string
	for _, c := range r.custodies {
		references, homes = append(references, c.child), append(homes, c.household)
	}
	for _, e := range r.enrolments {
		references = append(references, e.child)
	}
	var err error
	if loaded.Children, err = household.KnownChildren(ctx, tx, references); err != nil {
		return loaded, err
	}
	loaded.Households, err = household.KnownHouseholds(ctx, tx, homes)
	return loaded, err
}

// writeCustody sets the rules the town does not have yet. A rule that begins on the same day and says the same is there already,
// also when it has been ended since.
func (r *reading) writeCustody(ctx context.Context, tx *db.Tx, by household.By, loaded household.Loaded) error {
	rules := make([]household.CustodyRule, 0, len(r.custodies))
	var ids []string
	for _, c := range r.custodies {
		rule := c.rule
		rule.ChildID, rule.HouseholdID = loaded.Children[c.child], loaded.Households[c.household]
		rules, ids = append(rules, rule), append(ids, rule.ChildID)
	}
	slices.SortStableFunc(rules, func(a, b household.CustodyRule) int { return a.From.Compare(b.From) })
	plans, err := household.Custodies(ctx, tx, ids)
	if err != nil {
		return err
	}
	r.report.Custody.New = 0
	for _, rule := range rules {
		if slices.ContainsFunc(plans[rule.ChildID].Rules, func(there household.CustodyRule) bool {
			there.ID, there.To = rule.ID, rule.To
			return there == rule
		}) {
			continue
		}
		if _, err := household.SetCustodyRule(ctx, tx, by, rule); err != nil {
			return err
		}
		r.report.Custody.New++
	}
	return nil
}

func (r *reading) writeEnrolments(ctx context.Context, tx *db.Tx, o Options, siteIDs map[string]string, children household.Known) error {
	list := make([]booking.EnrolRequest, len(r.enrolments))
	for i, e := range r.enrolments {
		list[i] = e.v
		list[i].ChildID, list[i].SiteID = children[e.child], siteIDs[e.site]
	}
	if len(list) == 0 {
		return nil
	}
	made, problems, err := booking.LoadEnrolments(ctx, tx, o.By, list)
	if err != nil {
		return err
	}
	for _, p := range problems {
		column, reason, err := said(p.Err, o.Loc)
		if err != nil {
			return err
		}
		r.problem(r.enrolments[p.Index].place, column, reason)
	}
	if len(problems) > 0 {
		return errProblems
	}
	r.report.Enrolments.New = made
	return nil
}

// said turns the refusal of an enrolment into a column and words; an error that is no refusal comes back.
func said(err error, loc *time.Location) (column, reason string, failure error) {
	var no *booking.NotEligible
	if errors.As(err, &no) {
		return "activite", "L’enfant ne remplit pas les conditions : " + words.Refusal(no.Refusal, loc) + ". Pour l’inscrire quand même, écrivez pourquoi dans la colonne derogation.", nil
	}
	if e, ok := fault.As(err); ok {
		return e.Field, e.Message, nil
	}
	return "", "", err
}
