package office

import (
	"context"
	"net/http"
	"strconv"
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
)

func (p Pages) custodyRoutes(s *web.Server) {
	s.Handle("GET /bureau/familles/{household}/garde/{child}", p.Door.Office(staff.Enrol, p.custody))
	s.Handle("POST /bureau/familles/{household}/garde/{child}/apercu", p.Door.Office(staff.Enrol, p.previewCustody))
	s.Handle("POST /bureau/familles/{household}/garde/{child}", p.Door.Office(staff.Enrol, p.changeCustody))
}

// weeksShown is how many weeks of custody a page shows.
const weeksShown = 6

// The acts of the page's forms.
const (
	actRule     = "regle"
	actDates    = "dates"
	actDecision = "decision"
	actEndRule  = "fin-regle"
	actEndDates = "fin-dates"
)

// custodyView is who holds a child of two households, and what an agent may change of it.
type custodyView struct {
	Path      string // address of the page
	Child     household.Child
	Homes     []custodyHome // this household first
	Plan      household.Custody
	Weeks     []custodyWeek
	Contested []contestedSpan
	Today     civil.Date
	Form      *web.Form
	Act       string // of the form that is shown again, or filled by the address
	loc       *time.Location
	cal       *activity.Catalogue
}

// custodyHome is one of the two households.
type custodyHome struct{ ID, Name, First string }

// custodyPreview is what a change would do, with the form that makes it.
type custodyPreview struct {
	custodyView
	What    string
	Fields  [][2]string // of the form, to repeat
	Lines   []handedLine
	Grew    bool // other bookings than those of the page before
	Nothing bool // no day changes
	Choice  ui.Field
}

// handedLine is a booking on a day that changes hands.
type handedLine struct{ Day, What, Whose, Next string }

func (p Pages) custody(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	v := custodyView{}
	if q.Has("debut") {
		v.Form, v.Act = q, actDecision
	}
	return p.showCustody(w, r, who, http.StatusOK, v)
}

func (p Pages) showCustody(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, v custodyView) error {
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		if err := v.load(r, tx); err != nil {
			return err
		}
		v.show(v.Plan, v.Plan, v.Today)
		return nil
	})
	if err != nil {
		return err
	}
	page := p.frame(w, r, "Garde de "+v.Child.FirstName, familiesPath, who)
	page.Crumbs = v.crumbs("Garde de " + v.Child.FirstName)
	return web.Render(w, r, status, custodyPage(page, v))
}

func (v *custodyView) crumbs(here string) []ui.Link {
	return []ui.Link{{Href: familiesPath, Label: "Familles"}, {Href: familiesPath + "/" + v.Homes[0].ID, Label: v.Homes[0].Name}, {Label: here}}
}

// load reads the child, the two households and the plan; the child is one of the household of the address.
func (v *custodyView) load(r *http.Request, tx *db.Tx) (err error) {
	ctx, id := r.Context(), r.PathValue("child")
	v.Path, v.loc = familiesPath+"/"+r.PathValue("household")+"/garde/"+id, web.Town(r).Loc
	v.Today = civil.DateOf(tx.Now, v.loc)
	if v.cal, err = activity.Load(ctx, tx); err != nil {
		return err
	}
	if v.Child, err = household.ChildOf(ctx, tx, household.Guardian{HouseholdID: r.PathValue("household")}, id); err != nil {
		return err
	}
	if v.Plan, err = household.CustodyOf(ctx, tx, id); err != nil {
		return err
	}
	if len(v.Plan.Households) < 2 {
		return fault.NotFoundf("%s n’est que dans un foyer : sa garde n’est pas partagée.", v.Child.FirstName)
	}
	return v.loadHomes(ctx, tx, r.PathValue("household"))
}

// loadHomes names the households by the first name of their first guardian where that tells them apart.
func (v *custodyView) loadHomes(ctx context.Context, tx *db.Tx, first string) error {
	for _, id := range v.Plan.Households {
		h, err := household.ByID(ctx, tx, id)
		if err != nil {
			return err
		}
		guardians, err := household.Guardians(ctx, tx, id)
		if err != nil {
			return err
		}
		home := custodyHome{ID: id, Name: h.Name, First: h.Name}
		if len(guardians) > 0 {
			home.First = guardians[0].FirstName
		}
		v.Homes = append(v.Homes, home)
	}
	if v.Homes[1].ID == first {
		v.Homes[0], v.Homes[1] = v.Homes[1], v.Homes[0]
	}
	if v.Homes[0].First == v.Homes[1].First {
		v.Homes[0].First, v.Homes[1].First = v.Homes[0].Name, v.Homes[1].Name
	}
	return nil
}

// home is one of the two households.
func (v *custodyView) home(id string) custodyHome {
	if id == v.Homes[0].ID {
		return v.Homes[0]
	}
	return v.Homes[1]
}

// previewCustody shows what a change would do. It writes nothing.
func (p Pages) previewCustody(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	return p.showCustodyPreview(w, r, who, http.StatusOK, f)
}

func (p Pages) showCustodyPreview(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, f *web.Form) error {
	v := custodyPreview{}
	v.Form, v.Act = f, f.Raw("acte")
	k := readCustody(f, r.PathValue("child"), web.Town(r).Loc)
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		if err := v.load(r, tx); err != nil {
			return err
		}
		if err := f.Err(); err != nil {
			return err
		}
		h, err := booking.PreviewCustody(r.Context(), tx, who, k, v.loc)
		if err == nil {
			v.fill(k, h)
			err = v.nameLines(r.Context(), tx, h)
		}
		return err
	})
	if f.Blame(err) {
		return p.showCustody(w, r, who, http.StatusUnprocessableEntity, custodyView{Form: f, Act: v.Act})
	}
	if err != nil {
		return err
	}
	v.Grew = status == http.StatusConflict
	v.Choice = f.Field(ui.Field{Name: "reservations", Label: "Que deviennent ces réservations ?", Value: "garder"})
	page := p.frame(w, r, "Relire avant d’enregistrer", familiesPath, who)
	page.Crumbs = v.crumbs("Garde de " + v.Child.FirstName)
	return web.Render(w, r, status, custodyPreviewPage(page, v))
}

// fill says what the change is, and shows the weeks it changes.
func (v *custodyPreview) fill(k booking.CustodyChange, h booking.HandOver) {
	v.What = v.changeWords(k, h.Before)
	for _, name := range []string{"acte", "foyer", "semaines", "premier_jour", "jour", "heure", "vacances", "depuis", "jusqu_au", "debut", "debut_heure", "fin", "fin_heure", "motif",
		"regle", "dernier", "dates"} {
		if v.Form.Has(name) {
			v.Fields = append(v.Fields, [2]string{name, v.Form.Raw(name)})
		}
	}
	v.Fields = append(v.Fields, [2]string{"vu", strconv.Itoa(len(h.Lines))})
	first, differs := firstDifference(h, v.Today, v.loc, v.cal)
	v.Nothing = !differs
	v.show(h.Before, h.After, first)
}

// firstDifference is the first day to come that the change gives to somebody else; false when there is none within a year.
func firstDifference(h booking.HandOver, today civil.Date, loc *time.Location, c *activity.Catalogue) (civil.Date, bool) {
	span := civil.Range{From: today, To: today.AddDays(366)}
	before, after := h.Before.Days(span, loc, c.Calendar), h.After.Days(span, loc, c.Calendar)
	for i := range before {
		if !sameParts(before[i], after[i]) {
			return before[i].Day, true
		}
	}
	return today, false
}

func (v *custodyPreview) nameLines(ctx context.Context, tx *db.Tx, h booking.HandOver) error {
	for _, l := range h.Lines {
		a, ok := v.cal.Activity(l.ActivityID)
		if !ok {
			continue
		}
		o, _ := a.OptionByID(l.OptionID)
		next := h.After.Holder(civil.Wall(l.Day, o.Starts, 0, v.loc), v.loc, v.cal.Calendar)
		line := handedLine{Day: l.Day.Short(), What: a.Name + ", " + lowered(o.Name), Whose: v.home(l.HouseholdID).First, Next: "à départager"}
		if !next.Contested {
			line.Next = v.home(next.HouseholdID).First
		}
		v.Lines = append(v.Lines, line)
	}
	return ctx.Err()
}

// changeCustody makes the change that the preview showed.
func (p Pages) changeCustody(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	k := readCustody(f, r.PathValue("child"), t.Loc)
	if f.Err() != nil {
		return p.showCustodyPreview(w, r, who, http.StatusUnprocessableEntity, f)
	}
	grew := fault.Conflictf("D’autres réservations sont concernées.")
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		var v custodyView
		if err := v.load(r, tx); err != nil {
			return err
		}
		h, err := booking.PreviewCustody(r.Context(), tx, who, k, t.Loc)
		if err != nil {
			return err
		}
		if len(h.Lines) > 0 && f.Raw("vu") != strconv.Itoa(len(h.Lines)) {
			return grew
		}
		_, err = booking.ChangeCustody(r.Context(), tx, who, k, f.Raw("reservations") == "annuler", t.Loc)
		return err
	})
	switch {
	case err == grew:
		return p.showCustodyPreview(w, r, who, http.StatusConflict, f)
	case f.Blame(err):
		return p.showCustody(w, r, who, http.StatusUnprocessableEntity, custodyView{Form: f, Act: f.Raw("acte")})
	case err != nil:
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "La garde est enregistrée", Text: "Les deux foyers sont prévenus de ce qui change pour eux, sans rien apprendre l’un de l’autre."})
	return web.Redirect(w, r, familiesPath+"/"+r.PathValue("household")+"/garde/"+r.PathValue("child"))
}
