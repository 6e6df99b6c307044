package office

import (
	"context"
	"net/http"
	"strconv"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

func (p Pages) closureRoutes(s *web.Server) {
	s.Handle("GET /bureau/fermetures", p.Door.Office(staff.Closures, p.closures))
	s.Handle("GET /bureau/fermetures/nouvelle", p.Door.Office(staff.Closures, p.newClosure))
	s.Handle("GET /bureau/fermetures/apercu", p.Door.Office(staff.Closures, p.previewClosure))
	s.Handle("POST /bureau/fermetures", p.Door.Office(staff.Closures, p.closeDays))
	s.Handle("GET /bureau/fermetures/{closure}", p.Door.Office(staff.Closures, p.closure))
	s.Handle("GET /bureau/fermetures/{closure}/reouverture", p.Door.Office(staff.Closures, p.previewReturn))
	s.Handle("POST /bureau/fermetures/{closure}/reouverture", p.Door.Office(staff.Closures, p.reopen))
}

// closuresShown is how many closures the list goes back.
const closuresShown = 300

// closureForm is what a closure is made of, as typed, and the choices there are.
type closureForm struct {
	activity.Closure
	Sites, Activities []ui.Option
	Scope             string // in words: "Tous les sites, toutes les activités"
	Form              *web.Form
}

// previewView is who a closure would affect.
type previewView struct {
	closureForm
	Reach   booking.Reach
	Days    []dayGroup
	Passed  bool  // some of the days are over
	Grew    bool  // clearly more bookings than the preview said at first
	Seen    int64 // bookings it said at first
	Problem string
}

// dayGroup is what one day loses, or gains.
type dayGroup struct {
	Day      civil.Date
	Passed   bool
	Groups   []booking.Affected
	Children int64
}

func (p Pages) newClosure(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	f := closureForm{Form: q}
	if !q.Has("au") && q.Has("du") {
		f.To = q.Date("du")
	}
	return p.showClosureForm(w, r, who, http.StatusOK, f)
}

func (p Pages) showClosureForm(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, f closureForm) error {
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		c, err := activity.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		f.choices(c, who)
		return nil
	})
	if err != nil {
		return err
	}
	page := p.frame(w, r, "Fermer des jours", closuresPath, who)
	page.Crumbs = []ui.Link{{Href: closuresPath, Label: "Fermetures"}, {Label: "Fermer des jours"}}
	return web.Render(w, r, status, closureFormPage(page, f))
}

// choices lists what the agent may close.
func (f *closureForm) choices(c *activity.Catalogue, who staff.Agent) {
	sites, activities := offered(c, who, staff.Closures)
	f.Sites, f.Activities = nil, []ui.Option{{Label: "Toutes les activités"}}
	if len(who.Sites) == 0 {
		f.Sites = append(f.Sites, ui.Option{Label: "Toute la ville"})
	}
	for _, s := range sites {
		f.Sites = append(f.Sites, ui.Option{Value: s.Code, Label: s.Name})
	}
	for _, a := range activities {
		f.Activities = append(f.Activities, ui.Option{Value: a.Code, Label: a.Name})
	}
}

// readClosure reads the form of a closure; codes become ids.
func readClosure(form *web.Form, c *activity.Catalogue) closureForm {
	f := closureForm{Form: form}
	f.From, f.To, f.Reason = form.Date("du"), form.Date("au"), form.Text("motif", 120)
	if f.To.IsZero() {
		f.To = f.From
	}
	f.Scope = "toute la ville"
	for _, s := range c.Sites {
		if s.Code == form.Raw("etablissement") {
			f.SiteID, f.Scope = s.ID, s.Name
		}
	}
	if form.Raw("etablissement") != "" && f.SiteID == "" {
		form.Fail("etablissement", "Choisissez un établissement de la liste.")
	}
	for _, a := range c.Activities {
		if a.Code == form.Raw("activite") {
			f.ActivityID = a.ID
			f.Scope = a.Name + ", " + f.Scope
		}
	}
	if form.Raw("activite") != "" && f.ActivityID == "" {
		form.Fail("activite", "Choisissez une activité de la liste.")
	}
	return f
}

// previewClosure says who is affected, and asks to confirm. It writes nothing.
func (p Pages) previewClosure(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	return p.showPreview(w, r, who, q, previewView{})
}

// showPreview draws the preview of what the form says, or the form again with what to correct in it.
func (p Pages) showPreview(w http.ResponseWriter, r *http.Request, who staff.Agent, form *web.Form, v previewView) error {
	t := web.Town(r)
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		c, err := activity.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		v.closureForm = readClosure(form, c)
		if err := form.Err(); err != nil {
			return err
		}
		return v.load(r.Context(), tx, who, civil.DateOf(tx.Now, t.Loc))
	})
	if form.Err() != nil || form.Blame(err) {
		return p.showClosureForm(w, r, who, http.StatusUnprocessableEntity, v.closureForm)
	}
	if err != nil {
		return err
	}
	status := http.StatusOK
	if v.Problem != "" || v.Grew {
		status = http.StatusConflict
	}
	page := p.frame(w, r, "Relire avant de fermer", closuresPath, who)
	page.Crumbs = []ui.Link{{Href: closuresPath, Label: "Fermetures"}, {Label: "Fermer des jours"}}
	return web.Render(w, r, status, previewPage(page, v))
}

func (v *previewView) load(ctx context.Context, tx *db.Tx, who staff.Agent, today civil.Date) (err error) {
	if !booking.MayClose(who, v.Closure) {
		return fault.Forbiddenf("Vous ne pouvez fermer que vos propres établissements.")
	}
	if v.Reach, err = booking.Preview(ctx, tx, v.Closure); err != nil {
		return err
	}
	v.Passed, v.Days = v.From.Before(today), byDay(v.Reach.Groups, today)
	return nil
}

// byDay gathers groups, which come by day.
func byDay(groups []booking.Affected, today civil.Date) []dayGroup {
	var out []dayGroup
	for _, g := range groups {
		if n := len(out); n == 0 || out[n-1].Day != g.Day {
			out = append(out, dayGroup{Day: g.Day, Passed: g.Day.Before(today)})
		}
		last := &out[len(out)-1]
		last.Groups = append(last.Groups, g)
		last.Children += g.Children
	}
	return out
}

// closeDays closes what the preview showed. When many bookings were made since, the preview is shown again first.
func (p Pages) closeDays(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	seen, err := strconv.ParseInt(form.Raw("vu"), 10, 64)
	if err != nil {
		seen = -1
	}
	var k activity.Closure
	var reach booking.Reach
	grew := false
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		c, err := activity.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		f := readClosure(form, c)
		if err := form.Err(); err != nil {
			return err
		}
		if reach, err = booking.Preview(r.Context(), tx, f.Closure); err != nil {
			return err
		}
		if grew = grown(seen, reach.Bookings); grew {
			return nil
		}
		k, err = booking.Close(r.Context(), tx, who, f.Closure)
		return err
	})
	refusal, refused := fault.As(err)
	switch {
	case grew:
		return p.showPreview(w, r, who, form, previewView{Grew: true, Seen: max(seen, 0)})
	case refused && refusal.Kind == fault.Conflict:
		return p.showPreview(w, r, who, form, previewView{Problem: refusal.Message})
	case refused && refusal.Kind == fault.Invalid:
		return p.showPreview(w, r, who, form, previewView{})
	case err != nil:
		return err
	}
	web.Flash(w, r, closedFlash(k, reach))
	return web.Redirect(w, r, closuresPath+"/"+k.ID)
}

// grown leaves the few bookings that families make while an agent reads: a tenth more, and never fewer than five.
func grown(seen, now int64) bool { return now > seen+max(5, seen/10) }

func closedFlash(k activity.Closure, reach booking.Reach) ui.Flash {
	f := ui.Flash{Kind: ui.Good, Title: "Fermé\u00a0: " + closureDays(k.From, k.To), Text: "Aucune réservation n’est concernée."}
	if reach.Bookings > 0 {
		f.Text = many(reach.Bookings, "réservation est libérée", "réservations sont libérées") + " et " +
			many(reach.Households, "famille est prévenue", "familles sont prévenues") + " dans les minutes qui viennent."
	}
	return f
}
