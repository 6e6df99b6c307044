package absence

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"preau/internal/activity"
	"preau/internal/attendance"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
	"preau/internal/words"
)

func (p Pages) eventRoutes(s *web.Server) {
	s.Handle("GET /bureau/evenements", p.Door.Office(staff.Closures, p.events))
	s.Handle("POST /bureau/evenements", p.Door.Office(staff.Closures, p.declare))
	s.Handle("GET /bureau/evenements/nouveau", p.Door.Office(staff.Closures, p.newEvent))
	s.Handle("GET /bureau/evenements/apercu", p.Door.Office(staff.Closures, p.previewEvent))
	s.Handle("GET /bureau/evenements/{evenement}", p.Door.Office(staff.Closures, p.event))
	s.Handle("GET /bureau/evenements/{evenement}/annulation", p.Door.Office(staff.Closures, p.previewUndo))
	s.Handle("POST /bureau/evenements/{evenement}/annulation", p.Door.Office(staff.Closures, p.undo))
}

// eventsShown is how many events the list goes back.
const eventsShown = 200

// eventLine is an event in words.
type eventLine struct {
	attendance.EventLine
	Days, Scope string
	MayUndo     bool
}

func lineOf(e attendance.EventLine, who staff.Agent) eventLine {
	return eventLine{EventLine: e, Days: spanOf(e.From, e.To), Scope: scopeOf(e), MayUndo: e.UndoneID == "" && e.UndoesID == "" && attendance.MayDeclare(who, e.TownEvent)}
}

func (p Pages) events(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	var list []eventLine
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		all, err := attendance.Events(r.Context(), tx, who, eventsShown)
		for _, e := range all {
			list = append(list, lineOf(e, who))
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, eventsPage(signin.OfficePage(w, r, "Événements", eventsPath, who), list))
}

// eventForm is what an event is made of, as typed, and the choices there are.
type eventForm struct {
	Sites, Activities, Classes []ui.Option
	Form                       *web.Form
}

func (p Pages) newEvent(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	return p.showEventForm(w, r, who, http.StatusOK, q)
}

func (p Pages) showEventForm(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	f := eventForm{Form: form}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		return f.choices(r.Context(), tx, who, civil.DateOf(tx.Now, web.Town(r).Loc))
	})
	if err != nil {
		return err
	}
	page := signin.OfficePage(w, r, "Déclarer un événement", eventsPath, who)
	page.Crumbs = []ui.Link{{Href: eventsPath, Label: "Événements"}, {Label: "Déclarer un événement"}}
	return web.Render(w, r, status, eventFormPage(page, f))
}

// choices lists where and for whom the agent may declare: classes as "école, niveau" and "école, classe", one list of values the form posts.
func (f *eventForm) choices(ctx context.Context, tx *db.Tx, who staff.Agent, today civil.Date) error {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return err
	}
	if len(who.Sites) == 0 {
		f.Sites = []ui.Option{{Label: "Toute la ville"}}
	}
	f.Activities = []ui.Option{{Label: "Toutes les activités"}}
	f.Classes = []ui.Option{{Label: "Tous les enfants réservés"}}
	for _, s := range c.Sites {
		if s.Archived || !who.Covers(s.ID) {
			continue
		}
		f.Sites = append(f.Sites, ui.Option{Value: s.Code, Label: s.Name})
		if s.Kind != activity.Maternelle && s.Kind != activity.Elementaire {
			continue
		}
		f.Classes = append(f.Classes, ui.Option{Value: s.Code, Label: s.Name + ", tous les élèves"})
		classes, err := attendance.Classes(ctx, tx, s.ID, today)
		if err != nil {
			return err
		}
		for _, level := range levelsOf(s.Kind) {
			f.Classes = append(f.Classes, ui.Option{Value: s.Code + ":" + level, Label: s.Name + ", niveau " + level})
		}
		for _, class := range classes {
			f.Classes = append(f.Classes, ui.Option{Value: s.Code + "::" + class, Label: s.Name + ", classe " + class})
		}
	}
	for _, a := range c.Activities {
		if !a.Archived && slices.ContainsFunc(a.SiteIDs, who.Covers) {
			f.Activities = append(f.Activities, ui.Option{Value: a.Code, Label: a.Name})
		}
	}
	return nil
}

// levelsOf are the levels of a kind of school.
func levelsOf(k activity.SiteKind) []string {
	i := slices.Index(household.Levels, "CP")
	if k == activity.Maternelle {
		return household.Levels[:i]
	}
	return household.Levels[i:]
}

// readEvent reads the form of an event; codes become ids.
func readEvent(f *web.Form, c *activity.Catalogue) (e attendance.TownEvent) {
	e.Kind = attendance.EventKind(f.Raw("nature"))
	e.Closes = f.One("effet", "Dites si le service est fermé ou reste ouvert.", "ferme", "ouvert") == "ferme"
	e.From, e.To, e.Reason = f.Date("du"), f.Date("au"), f.Text("motif", 120)
	if f.Raw("au") == "" {
		e.To = e.From
	}
	e.SiteID = siteID(f, "etablissement", f.Raw("etablissement"), c)
	for _, a := range c.Activities {
		if a.Code == f.Raw("activite") {
			e.ActivityID = a.ID
		}
	}
	if f.Raw("activite") != "" && e.ActivityID == "" {
		f.Fail("activite", "Choisissez une activité de la liste.")
	}
	school, level, class := splitClass(f.Raw("classe"))
	e.SchoolID, e.Level, e.ClassName = siteID(f, "classe", school, c), level, class
	return e
}

func siteID(f *web.Form, field, code string, c *activity.Catalogue) string {
	for _, s := range c.Sites {
		if s.Code == code {
			return s.ID
		}
	}
	if code != "" {
		f.Fail(field, "Choisissez dans la liste.")
	}
	return ""
}

// eventView is what an event changes, before it is declared or undone.
type eventView struct {
	eventLine
	Reach   attendance.EventReach
	Form    *web.Form
	Seen    int64 // bookings that the preview said at first
	Grew    bool
	Problem string
	Undo    bool
	Others  []string
}

func (p Pages) previewEvent(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	return p.showEventPreview(w, r, who, q, eventView{})
}

// showEventPreview draws the preview of what the form says, or the form again with what to correct in it.
func (p Pages) showEventPreview(w http.ResponseWriter, r *http.Request, who staff.Agent, form *web.Form, v eventView) error {
	v.Form = form
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		c, err := activity.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		e := readEvent(form, c)
		if err := form.Err(); err != nil {
			return err
		}
		if !attendance.MayDeclare(who, e) {
			return fault.Forbiddenf("Vous ne pouvez déclarer un événement que pour vos établissements.")
		}
		return v.load(r.Context(), tx, c, e, who)
	})
	if form.Blame(err) || form.Err() != nil {
		if msg := form.Wrong()["ecole"]; msg != "" {
			form.Fail("classe", msg)
		}
		return p.showEventForm(w, r, who, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	status := http.StatusOK
	if v.Problem != "" || v.Grew {
		status = http.StatusConflict
	}
	page := signin.OfficePage(w, r, "Relire avant de déclarer", eventsPath, who)
	page.Crumbs = []ui.Link{{Href: eventsPath, Label: "Événements"}, {Label: "Déclarer un événement"}}
	return web.Render(w, r, status, previewPage(page, v))
}

func (v *eventView) load(ctx context.Context, tx *db.Tx, c *activity.Catalogue, e attendance.TownEvent, who staff.Agent) (err error) {
	l := attendance.EventLine{TownEvent: e}
	l.Site, _ = c.Site(e.SiteID)
	l.School, _ = c.Site(e.SchoolID)
	l.Activity, _ = c.Activity(e.ActivityID)
	v.eventLine = lineOf(l, who)
	if v.Reach, err = attendance.PreviewEvent(ctx, tx, e); err != nil {
		return err
	}
	for _, o := range v.Reach.Others {
		v.Others = append(v.Others, words.Event(o.Kind)+" "+spanOf(o.From, o.To)+" : "+o.Reason)
	}
	return nil
}

// declare declares what the preview showed. When clearly more bookings were made since, the preview is shown again first.
func (p Pages) declare(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	seen, err := strconv.ParseInt(form.Raw("vu"), 10, 64)
	if err != nil {
		seen = -1
	}
	e, grew, err := p.readDeclared(r, form, seen)
	if err == nil && !grew {
		err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
			e, err = attendance.Declare(r.Context(), tx, who, e)
			return err
		})
	}
	refusal, refused := fault.As(err)
	switch {
	case grew:
		return p.showEventPreview(w, r, who, form, eventView{Grew: true, Seen: max(seen, 0)})
	case refused && refusal.Kind == fault.Conflict:
		return p.showEventPreview(w, r, who, form, eventView{Problem: refusal.Message})
	case refused && refusal.Kind == fault.Invalid:
		return p.showEventPreview(w, r, who, form, eventView{})
	case err != nil:
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Déclaré\u00a0: " + e.Reason, Text: "Les familles et les équipes sont prévenues dans les minutes qui viennent."})
	return web.Redirect(w, r, eventsPath+"/"+e.ID)
}

// readDeclared reads the event of a form, and tells whether clearly more bookings are under it than the preview said. It counts before anything
// is written, so that families go on booking meanwhile.
func (p Pages) readDeclared(r *http.Request, form *web.Form, seen int64) (e attendance.TownEvent, grew bool, err error) {
	err = web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		c, err := activity.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		e = readEvent(form, c)
		if err := form.Err(); err != nil || e.Closes { // a closure counts for itself, and frees what was booked meanwhile too
			return err
		}
		reach, err := attendance.PreviewEvent(r.Context(), tx, e)
		grew = reach.Bookings > seen+max(5, seen/10)
		return err
	})
	return e, grew, err
}

// oneEventView is the page of one event.
type oneEventView struct {
	eventLine
	Undoing *attendance.EventLine // the event that undoes it
	loc     *time.Location
}

func (p Pages) event(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	v := oneEventView{loc: web.Town(r).Loc}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		e, err := attendance.EventFor(r.Context(), tx, who, r.PathValue("evenement"))
		if err != nil {
			return err
		}
		if v.eventLine = lineOf(e, who); e.UndoneID == "" {
			return nil
		}
		undo, err := attendance.EventFor(r.Context(), tx, who, e.UndoneID)
		v.Undoing = &undo
		return err
	})
	if err != nil {
		return err
	}
	page := signin.OfficePage(w, r, v.Reason, eventsPath, who)
	page.Crumbs = []ui.Link{{Href: eventsPath, Label: "Événements"}, {Label: v.Reason}}
	return web.Render(w, r, http.StatusOK, eventPage(page, v))
}

// previewUndo says what undoing an event brings back, and asks to confirm.
func (p Pages) previewUndo(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	v := eventView{Undo: true}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		e, err := attendance.EventFor(r.Context(), tx, who, r.PathValue("evenement"))
		if err != nil {
			return err
		}
		c, err := activity.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		return v.load(r.Context(), tx, c, e.TownEvent, who)
	})
	switch {
	case err != nil:
		return err
	case v.UndoneID != "":
		return alreadyUndone(w, r, v.ID)
	case !v.MayUndo:
		return fault.Forbiddenf("Vous n’avez pas le droit d’annuler cet événement.")
	}
	page := signin.OfficePage(w, r, "Relire avant d’annuler", eventsPath, who)
	page.Crumbs = []ui.Link{{Href: eventsPath, Label: "Événements"}, {Href: eventsPath + "/" + v.ID, Label: v.Reason}, {Label: "Annuler"}}
	return web.Render(w, r, http.StatusOK, previewPage(page, v))
}

func alreadyUndone(w http.ResponseWriter, r *http.Request, id string) error {
	web.Flash(w, r, ui.Flash{Kind: ui.Warn, Title: "Cet événement est déjà annulé", Text: "Rien n’a changé."})
	return web.Redirect(w, r, eventsPath+"/"+id)
}

func (p Pages) undo(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	id := r.PathValue("evenement")
	err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		if _, err := attendance.EventFor(r.Context(), tx, who, id); err != nil {
			return err
		}
		_, err := attendance.Undo(r.Context(), tx, who, id)
		return err
	})
	if fault.Is(err, fault.Conflict) {
		return alreadyUndone(w, r, id)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Événement annulé", Text: "Les familles et les équipes sont prévenues dans les minutes qui viennent."})
	return web.Redirect(w, r, eventsPath+"/"+id)
}
