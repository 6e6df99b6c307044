package office

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
	"preau/internal/words"
)

const enrolmentsPath = "/bureau/inscriptions"

func (p Pages) enrolmentRoutes(s *web.Server) {
	s.Handle("GET /bureau/inscriptions", p.Door.Office(staff.Enrol, p.enrolments))
	s.Handle("POST /bureau/inscriptions", p.Door.Office(staff.Enrol, p.enrol))
	s.Handle("GET /bureau/inscriptions/{enrolment}", p.Door.Office(staff.Enrol, p.enrolment))
	s.Handle("POST /bureau/inscriptions/{enrolment}/deplacement", p.Door.Office(staff.Enrol, p.moveEnrolment))
	s.Handle("POST /bureau/inscriptions/{enrolment}/fin", p.Door.Office(staff.Enrol, p.endEnrolment))
}

// maxEnrolled bounds one act: a school.
const maxEnrolled = 400

// enrolView is the form that enrols: who is looked for, in what, and what the rules say of each child.
type enrolView struct {
	Query, School, Level string
	Activity, Site       string
	From, To             string
	Activities           []ui.Option
	Sites, Schools       []ui.Option
	Children             []enrolLine
	Ticked               []string
	Form                 *web.Form
	Asked                bool // an activity, a site and a period are chosen
}

// enrolLine is one child who may be enrolled.
type enrolLine struct {
	ID, Name, Born, School string
	Why                    string // why a rule says no; empty when the child may be enrolled
	Taken                  bool   // already enrolled over the period
}

func (v enrolView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

func (p Pages) enrolments(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	v := readEnrolView(q)
	return p.showEnrolments(w, r, who, http.StatusOK, v, q.All("enfant"))
}

func readEnrolView(f *web.Form) enrolView {
	return enrolView{Query: f.Text("q", 120), School: f.Text("ecole", 40), Level: f.Text("niveau", 8), Activity: f.Text("activite", 40), Site: f.Text("site", 40),
		From: f.Raw("du"), To: f.Raw("au")}
}

// request is what the choices ask for a child; ok when an activity, a site and a period are chosen.
func (v enrolView) request(childID string) (r booking.EnrolRequest, ok bool) {
	from, err1 := civil.Parse(v.From)
	to, err2 := civil.Parse(v.To)
	r = booking.EnrolRequest{ChildID: childID, ActivityID: v.Activity, SiteID: v.Site, Period: civil.Range{From: from, To: to}}
	return r, v.Activity != "" && v.Site != "" && err1 == nil && err2 == nil && !to.Before(from)
}

func (p Pages) showEnrolments(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, v enrolView, chosen []string) error {
	t := web.Town(r)
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error { return v.load(r.Context(), tx, who, chosen, t.Loc) })
	if err != nil {
		return err
	}
	return web.Render(w, r, status, enrolmentsPage(p.frame(w, r, "Inscriptions", enrolmentsPath, who), v))
}

func (v *enrolView) load(ctx context.Context, tx *db.Tx, who staff.Agent, chosen []string, loc *time.Location) error {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return err
	}
	today := civil.DateOf(tx.Now, loc)
	v.choices(c, who, today)
	children, err := v.find(ctx, tx, chosen, today)
	if err != nil {
		return err
	}
	for _, child := range children {
		line := enrolLine{ID: child.ID, Name: child.Name(), Born: child.BornOn.DayMonthYear()}
		schoolings, err := household.Schoolings(ctx, tx, child.ID)
		if err != nil {
			return err
		}
		line.School = school(c, schoolings, today)
		if err := v.judge(ctx, tx, &line, loc); err != nil {
			return err
		}
		v.Children = append(v.Children, line)
	}
	return nil
}

// judge says whether a child may be enrolled, once the activity, the site and the period are chosen.
func (v *enrolView) judge(ctx context.Context, tx *db.Tx, line *enrolLine, loc *time.Location) error {
	request, ok := v.request(line.ID)
	if v.Asked = ok; !ok {
		return nil
	}
	refusal, err := booking.Eligibility(ctx, tx, request)
	if fault.Is(err, fault.NotFound) {
		v.Asked = false
		return nil
	}
	if err != nil {
		return err
	}
	if refusal.Reason != booking.NoReason {
		line.Why = words.UpperFirst(words.Refusal(refusal, loc))
	}
	known, err := booking.EnrolmentsOfChild(ctx, tx, line.ID)
	line.Taken = slices.ContainsFunc(known, func(e booking.EnrolmentView) bool {
		return e.Enrolment.ActivityID == v.Activity && e.Enrolment.Period.Overlaps(request.Period)
	})
	return err
}

// choices fills the lists, and the period of the present school year when none is given.
func (v *enrolView) choices(c *activity.Catalogue, who staff.Agent, today civil.Date) {
	for _, a := range c.Activities {
		if !a.Archived {
			v.Activities = append(v.Activities, ui.Option{Value: a.ID, Label: a.Name})
		}
	}
	a, chosen := c.Activity(v.Activity)
	for _, s := range c.Sites {
		if s.Archived || !who.May(staff.Enrol, s.ID) {
			continue
		}
		if s.Kind == activity.Maternelle || s.Kind == activity.Elementaire {
			v.Schools = append(v.Schools, ui.Option{Value: s.ID, Label: s.Name})
		}
		if !chosen || a.OfferedAt(s.ID) {
			v.Sites = append(v.Sites, ui.Option{Value: s.ID, Label: s.Name})
		}
	}
	if y, ok := c.Calendar.Year(today); ok {
		if v.From == "" {
			v.From = today.String()
		}
		if v.To == "" {
			v.To = y.LastDay.String()
		}
	}
}

// find lists the children of a search, of a school and level, or those chosen by hand.
func (v *enrolView) find(ctx context.Context, tx *db.Tx, chosen []string, today civil.Date) ([]household.Child, error) {
	var out []household.Child
	add := func(list ...household.Child) {
		for _, child := range list {
			if !slices.ContainsFunc(out, func(o household.Child) bool { return o.ID == child.ID }) {
				out = append(out, child)
			}
		}
	}
	for _, id := range chosen[:min(len(chosen), maxEnrolled)] {
		child, err := household.FindChild(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		v.Ticked = append(v.Ticked, id)
		add(child)
	}
	if v.Query != "" {
		hits, err := household.Search(ctx, tx, v.Query)
		if err != nil {
			return nil, err
		}
		for _, h := range hits[:min(len(hits), 20)] {
			list, err := household.Children(ctx, tx, h.HouseholdID)
			if err != nil {
				return nil, err
			}
			add(list...)
		}
	}
	if v.School != "" {
		list, err := household.Pupils(ctx, tx, v.School, household.SchoolYearOf(today), v.Level)
		if err != nil {
			return nil, err
		}
		add(list...)
	}
	return out, nil
}

// enrol enrols the children that were ticked, all or none: a refusal shows the page again with its reason beside the child.
func (p Pages) enrol(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	v := readEnrolView(f)
	v.Form = f
	ids := f.All("enfant")
	reason := f.Text("motif", 300)
	switch {
	case len(ids) == 0:
		f.Fail("enfant", "Cochez au moins un enfant.")
	case len(ids) > maxEnrolled:
		f.Fail("enfant", "Inscrivez au plus 400 enfants à la fois.")
	}
	if _, ok := v.request(""); !ok {
		f.Fail("activite", "Choisissez l’activité, l’établissement et la période.")
	}
	if f.Err() != nil {
		return p.showEnrolments(w, r, who, http.StatusUnprocessableEntity, v, ids)
	}
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		for _, id := range ids {
			request, _ := v.request(id)
			request.Override = reason
			if _, err := booking.Enrol(r.Context(), tx, who, request); err != nil {
				return err
			}
		}
		return nil
	})
	var no *booking.NotEligible
	switch {
	case err == nil:
		web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: ui.Count(len(ids), "enfant inscrit", "enfants inscrits"), Text: "Les réservations sont ouvertes aussitôt."})
		return web.Redirect(w, r, address(enrolmentsPath, "activite", v.Activity, "site", v.Site, "du", v.From, "au", v.To))
	case errors.As(err, &no):
		f.Fail("motif", "Un enfant ne remplit pas une condition. Décochez-le, ou indiquez pourquoi vous l’inscrivez quand même.")
	case fault.Is(err, fault.Conflict):
		f.Fail("enfant", "Un enfant est déjà inscrit sur une partie de la période : décochez-le.")
	case !f.Blame(err):
		return err
	}
	return p.showEnrolments(w, r, who, http.StatusUnprocessableEntity, v, ids)
}
