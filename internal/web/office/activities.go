package office

import (
	"net/http"

	"preau/internal/activity"
	"preau/internal/audit"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/staff"
	"preau/internal/tariff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

const activitiesPath = "/bureau/activites"

func (p Pages) activityRoutes(s *web.Server) {
	s.Handle("GET /bureau/activites", p.Door.Office(staff.Settings, p.activities))
	s.Handle("GET /bureau/activites/{activity}", p.Door.Office(staff.Settings, p.activity))
	s.Handle("POST /bureau/activites/{activity}", p.Door.Office(staff.Settings, p.saveActivity))
	s.Handle("POST /bureau/activites/{activity}/places", p.Door.Office(staff.Settings, p.savePlaces))
}

func (p Pages) activities(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	var list []*activity.Activity
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		c, err := activity.Load(r.Context(), tx)
		if err == nil {
			list = c.Activities
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, activitiesPage(p.frame(w, r, "Activités", activitiesPath, who), list))
}

// activityView is one activity: its rules, their effect, its places and its prices.
type activityView struct {
	Activity  activity.Activity
	Form      *web.Form
	Sites     []*activity.Site
	SiteNames map[string]string
	Effects   []effect
	Places    []placeLine
	Grids     []tariff.Grid
	PlaceForm *web.Form
	Today     string
}

// effect is the last moment for one day to come.
type effect struct{ Day, Add, Cancel string }

// placeLine is how many places an option has at a site, from today.
type placeLine struct{ Site, Option, Group, Places string }

func (v activityView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

func (v activityView) path() string {
	if v.Activity.ID == "" {
		return activitiesPath + "/nouvelle"
	}
	return activitiesPath + "/" + v.Activity.ID
}

func (p Pages) activity(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showActivity(w, r, who, http.StatusOK, activityView{})
}

// showActivity draws the page from what is stored, with the forms as they were typed.
func (p Pages) showActivity(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, v activityView) error {
	t := web.Town(r)
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		c, err := activity.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		today := civil.DateOf(tx.Now, t.Loc)
		v.Sites, v.SiteNames, v.Today = c.Sites, map[string]string{}, today.String()
		for _, s := range c.Sites {
			v.SiteNames[s.ID] = s.Name
		}
		if id := r.PathValue("activity"); id == "nouvelle" {
			v.Activity = newActivity()
		} else if found, ok := c.Activity(id); ok {
			v.Activity = *found
		} else {
			return fault.NotFoundf("Cette activité n’existe pas.")
		}
		shown := v.Activity
		if v.Form != nil {
			shown = readActivity(v.Form, v.Activity)
		}
		v.Effects = effects(c, &shown, today, c.Context(t.Loc))
		v.fill(c, today)
		return nil
	})
	if err != nil {
		return err
	}
	title := v.Activity.Name
	if v.Activity.ID == "" {
		title = "Ajouter une activité"
	}
	page := p.frame(w, r, title, activitiesPath, who)
	page.Crumbs = []ui.Link{{Href: activitiesPath, Label: "Activités"}, {Label: title}}
	return web.Render(w, r, status, activityPage(page, v))
}

func (v *activityView) fill(c *activity.Catalogue, today civil.Date) {
	v.Grids = c.Grids(v.Activity.ID)
	for _, site := range v.Activity.SiteIDs {
		for _, o := range v.Activity.LiveOptions() {
			for _, group := range []string{"", "maternelle", "elementaire"} {
				places := c.Places(v.Activity.ID, site, o.ID, group, today)
				if places == nil && group != "" {
					continue
				}
				line := placeLine{Site: v.SiteNames[site], Option: o.Name, Group: group, Places: "sans limite"}
				if places != nil {
					line.Places = ui.Count(int(*places), "place", "places")
				}
				v.Places = append(v.Places, line)
			}
		}
	}
}

// saveActivity writes the rules, or shows their effect when that is what was asked. Nothing typed is lost.
func (p Pages) saveActivity(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	if f.Raw("outil") == "effet" {
		readActivity(f, newActivity())
		status := http.StatusOK
		if f.Err() != nil {
			status = http.StatusUnprocessableEntity
		}
		return p.showActivity(w, r, who, status, activityView{Form: f})
	}
	var id string
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		c, err := activity.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		old := newActivity()
		if found, ok := c.Activity(r.PathValue("activity")); ok {
			old = *found
		} else if r.PathValue("activity") != "nouvelle" {
			return fault.NotFoundf("Cette activité n’existe pas.")
		}
		a := readActivity(f, old)
		if f.Err() != nil {
			return f.Err()
		}
		if id, err = activity.SaveActivity(r.Context(), tx, a, civil.DateOf(tx.Now, t.Loc), t.Loc); err != nil {
			return err
		}
		return audit.Record(r.Context(), tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "activity.save", Subject: "activity:" + id,
			Detail: map[string]string{"cancel": a.Cancel.String(), "add": a.Add.String(), "opening": a.Opening.String()}})
	})
	if err == nil {
		web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "L’activité est enregistrée", Text: "Ses règles valent dès maintenant."})
		return web.Redirect(w, r, activitiesPath+"/"+id)
	}
	if f.Err() == nil && !f.Blame(err) {
		return err
	}
	return p.showActivity(w, r, who, http.StatusUnprocessableEntity, activityView{Form: f})
}

// savePlaces sets places from a day on, or on one day; the days already booked follow, and those who wait are served.
func (p Pages) savePlaces(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	k := activity.Capacity{ActivityID: r.PathValue("activity"), SiteID: f.Needed("site", 40, "Choisissez l’établissement."),
		OptionID: f.Needed("formule", 40, "Choisissez la formule."), AgeGroup: f.Raw("groupe"), From: f.Date("du"), OnlyDay: f.Yes("ce_jour")}
	if n, ok := f.Int("places", 0, 10000); ok {
		places := int64(n)
		k.Places = &places
	}
	if k.From.IsZero() {
		f.Fail("du", "Indiquez à partir de quel jour.")
	}
	if f.Err() == nil {
		err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
			if err := activity.SetCapacity(r.Context(), tx, k, who.Actor()); err != nil {
				return err
			}
			if err := booking.ApplyCapacity(r.Context(), tx, k); err != nil {
				return err
			}
			return audit.Record(r.Context(), tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "activity.places", Subject: "activity:" + k.ActivityID,
				Detail: map[string]any{"site": k.SiteID, "option": k.OptionID, "from": k.From.String(), "places": k.Places}})
		})
		if err == nil {
			web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Les places sont enregistrées", Text: "Ce qui était déjà réservé au-delà reste réservé."})
			return web.Redirect(w, r, activitiesPath+"/"+k.ActivityID)
		}
		if !f.Blame(err) {
			return err
		}
	}
	return p.showActivity(w, r, who, http.StatusUnprocessableEntity, activityView{PlaceForm: f})
}
