package office

import (
	"context"
	"errors"
	"net/http"

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

// oneEnrolment is an enrolment with what moving or ending it would do.
type oneEnrolment struct {
	View       booking.EnrolmentView
	Household  string
	Period     string
	Ended      string
	ToCome     int // bookings after today
	Sites      []ui.Option
	Today      string
	Form       *web.Form
	Last       string
	FamilyName string
}

func (v oneEnrolment) field(f ui.Field) ui.Field { return v.Form.Field(f) }

func (v oneEnrolment) path() string { return enrolmentsPath + "/" + v.View.Enrolment.ID }

func (p Pages) enrolment(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showEnrolment(w, r, who, http.StatusOK, nil)
}

func (p Pages) showEnrolment(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	v := oneEnrolment{Form: form}
	t := web.Town(r)
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		return v.load(r.Context(), tx, who, r.PathValue("enrolment"), civil.DateOf(tx.Now, t.Loc))
	})
	if err != nil {
		return err
	}
	title := v.View.Child.Name() + ", " + v.View.Activity.Name
	page := p.frame(w, r, title, enrolmentsPath, who)
	page.Crumbs = []ui.Link{{Href: familiesPath + "/" + v.Household, Label: v.FamilyName}, {Label: v.View.Activity.Name}}
	return web.Render(w, r, status, enrolmentPage(page, v))
}

func (v *oneEnrolment) load(ctx context.Context, tx *db.Tx, who staff.Agent, id string, today civil.Date) (err error) {
	if v.View, err = booking.EnrolmentByID(ctx, tx, id); err != nil {
		return err
	}
	e := v.View.Enrolment
	if !who.May(staff.Enrol, e.SiteID) {
		return fault.Forbiddenf("Cette inscription est d’un établissement qui n’est pas le vôtre.")
	}
	v.Period = "du " + e.Period.From.DayMonthYear() + " au " + e.Period.To.DayMonthYear()
	if !e.EndedAt.IsZero() {
		v.Ended = e.EndReason
	}
	homes, err := household.HouseholdsOf(ctx, tx, v.View.Child.ID)
	if err != nil {
		return err
	}
	if len(homes) > 0 {
		h, err := household.ByID(ctx, tx, homes[0])
		if err != nil {
			return err
		}
		v.Household, v.FamilyName = h.ID, h.Name
	}
	if v.ToCome, err = booking.ToCome(ctx, tx, id, today); err != nil {
		return err
	}
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return err
	}
	for _, s := range c.Sites {
		if s.ID != e.SiteID && !s.Archived && v.View.Activity.OfferedAt(s.ID) && who.May(staff.Enrol, s.ID) {
			v.Sites = append(v.Sites, ui.Option{Value: s.ID, Label: s.Name})
		}
	}
	v.Today, v.Last = today.String(), today.String()
	return nil
}

// moveEnrolment moves the child to another site; the bookings to come follow.
func (p Pages) moveEnrolment(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	from := f.Date("du")
	site := f.Needed("site", 40, "Choisissez le nouvel établissement.")
	if from.IsZero() {
		f.Fail("du", "Indiquez le premier jour dans le nouvel établissement.")
	}
	if f.Err() != nil {
		return p.showEnrolment(w, r, who, http.StatusUnprocessableEntity, f)
	}
	var id string
	var moved int
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		id, moved, err = booking.MoveEnrolment(r.Context(), tx, who, r.PathValue("enrolment"), site, from, f.Text("motif", 300))
		return err
	})
	var no *booking.NotEligible
	if errors.As(err, &no) {
		f.Fail("motif", words.UpperFirst(words.Refusal(no.Refusal, web.Town(r).Loc))+". Indiquez pourquoi vous le déplacez quand même.")
		return p.showEnrolment(w, r, who, http.StatusUnprocessableEntity, f)
	}
	if err != nil && f.Blame(err) {
		return p.showEnrolment(w, r, who, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "L’inscription est déplacée", Text: ui.Count(moved, "réservation a suivi", "réservations ont suivi") + "."})
	return web.Redirect(w, r, enrolmentsPath+"/"+id)
}

// endEnrolment ends the enrolment after a day; the bookings after it are cancelled and the family is told.
func (p Pages) endEnrolment(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	last := f.Date("au")
	if last.IsZero() {
		f.Fail("au", "Indiquez le dernier jour de l’inscription.")
	}
	if f.Err() != nil {
		return p.showEnrolment(w, r, who, http.StatusUnprocessableEntity, f)
	}
	t, cancelled := web.Town(r), 0
	err = t.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		cancelled, err = booking.EndEnrolment(r.Context(), tx, who, r.PathValue("enrolment"), last, f.Text("motif", 300), t.Loc)
		return err
	})
	if err != nil && f.Blame(err) {
		return p.showEnrolment(w, r, who, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "L’inscription est terminée", Text: ui.Count(cancelled, "réservation annulée", "réservations annulées") + ", la famille est prévenue."})
	return web.Redirect(w, r, enrolmentsPath+"/"+r.PathValue("enrolment"))
}

// withEmpty puts first the answer that chooses nothing.
func withEmpty(label string, options []ui.Option) []ui.Option {
	return append([]ui.Option{{Label: label}}, options...)
}
