package office

import (
	"net/http"
	"strconv"

	"preau/internal/activity"
	"preau/internal/audit"
	"preau/internal/calendar"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// holidayRows is how many holidays one form holds.
const holidayRows = 8

// yearView is one school year being edited.
type yearView struct {
	Year  calendar.SchoolYear
	Form  *web.Form
	Wrong string // what concerns the whole year
}

// holiday is the n-th holiday of the form, empty beyond the last.
func (v yearView) holiday(n int) calendar.Holiday {
	if n < len(v.Year.Holidays) {
		return v.Year.Holidays[n]
	}
	return calendar.Holiday{}
}

func (v yearView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

func (p Pages) schoolYear(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	y, err := findYear(r)
	if err != nil {
		return err
	}
	return p.showYear(w, r, who, http.StatusOK, yearView{Year: y})
}

func findYear(r *http.Request) (y calendar.SchoolYear, err error) {
	err = web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		years, err := activity.SchoolYears(r.Context(), tx)
		for _, k := range years {
			if k.Label == r.PathValue("annee") {
				y = k
				return err
			}
		}
		if err == nil {
			err = fault.NotFoundf("Cette année scolaire n’existe pas.")
		}
		return err
	})
	return y, err
}

func (p Pages) showYear(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, v yearView) error {
	title := "Année scolaire " + v.Year.Label
	page := p.frame(w, r, title, parametersPath, who)
	page.Crumbs = []ui.Link{{Href: parametersPath, Label: "Paramètres"}, {Label: title}}
	return web.Render(w, r, status, schoolYearPage(page, v))
}

// saveSchoolYear writes a year as the agent typed it; an official file may confirm it later.
func (p Pages) saveSchoolYear(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	old, err := findYear(r)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	y := calendar.SchoolYear{Label: old.Label, FirstDay: f.Date("premier"), LastDay: f.Date("dernier"), Source: "saisi par " + who.Name, Confirmed: f.Yes("confirme")}
	for n := range holidayRows {
		i := strconv.Itoa(n)
		h := calendar.Holiday{Name: f.Text("nom_"+i, 80), From: f.Date("du_" + i), To: f.Date("au_" + i)}
		if h.Name == "" && h.From.IsZero() && h.To.IsZero() {
			continue
		}
		if h.Name == "" || h.From.IsZero() || h.To.IsZero() {
			f.Fail("nom_"+i, "Donnez le nom, le premier et le dernier jour, ou videz la ligne.")
			continue
		}
		y.Holidays = append(y.Holidays, h)
	}
	if f.Err() == nil {
		_, err = p.writeYears(r, who, "calendar.edit", []calendar.SchoolYear{y}, "0")
		if fault.Is(err, fault.Conflict) {
			return p.showCalendarPreview(w, r, who, http.StatusOK, calendarPreview{ByHand: true}, []calendar.SchoolYear{y})
		}
		if err == nil {
			web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "L’année scolaire " + y.Label + " est enregistrée"})
			return web.Redirect(w, r, parametersPath)
		}
		if !f.Blame(err) {
			return err
		}
	}
	return p.showYear(w, r, who, http.StatusUnprocessableEntity, yearView{Year: old, Form: f, Wrong: f.Wrong()["calendrier"]})
}

// siteView is one place being added or changed.
type siteView struct {
	Site activity.Site
	Form *web.Form
}

func (v siteView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

func (v siteView) action() string {
	if v.Site.ID == "" {
		return sitesPath + "/nouveau"
	}
	return sitesPath + "/" + v.Site.ID
}

// siteKinds are the kinds of places, as a form offers them.
func siteKinds() []ui.Option {
	return []ui.Option{{Value: string(activity.Maternelle), Label: "École maternelle"}, {Value: string(activity.Elementaire), Label: "École élémentaire"},
		{Value: string(activity.Loisirs), Label: "Centre de loisirs"}, {Value: string(activity.Creche), Label: "Crèche"}}
}

func siteKind(k activity.SiteKind) string {
	for _, o := range siteKinds() {
		if o.Value == string(k) {
			return o.Label
		}
	}
	return string(k)
}

func findSite(r *http.Request) (s activity.Site, err error) {
	id := r.PathValue("site")
	if id == "nouveau" {
		return activity.Site{Kind: activity.Elementaire}, nil
	}
	err = web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		c, err := activity.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		found, ok := c.Site(id)
		if !ok {
			return fault.NotFoundf("Cet établissement n’existe pas.")
		}
		s = *found
		return nil
	})
	return s, err
}

func (p Pages) site(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	s, err := findSite(r)
	if err != nil {
		return err
	}
	return p.showSite(w, r, who, http.StatusOK, siteView{Site: s})
}

func (p Pages) showSite(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, v siteView) error {
	title := v.Site.Name
	if v.Site.ID == "" {
		title = "Ajouter un établissement"
	}
	page := p.frame(w, r, title, parametersPath, who)
	page.Crumbs = []ui.Link{{Href: parametersPath, Label: "Paramètres"}, {Label: title}}
	return web.Render(w, r, status, sitePage(page, v))
}

func (p Pages) saveSite(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	old, err := findSite(r)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	s := activity.Site{ID: old.ID, Name: f.Text("nom", 120), Code: f.Text("code", 20), Kind: activity.SiteKind(f.Raw("type")), Address: f.Text("adresse", 200),
		Phone: f.Text("telephone", 30), Archived: f.Yes("archive")}
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		id, err := activity.SaveSite(r.Context(), tx, s)
		if err != nil {
			return err
		}
		return audit.Record(r.Context(), tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "site.save", Subject: "site:" + id, Detail: map[string]any{"name": s.Name, "archived": s.Archived}})
	})
	if err == nil {
		web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: s.Name + " : c’est enregistré"})
		return web.Redirect(w, r, parametersPath)
	}
	if !f.Blame(err) {
		return err
	}
	return p.showSite(w, r, who, http.StatusUnprocessableEntity, siteView{Site: old, Form: f})
}
