// Package rollcall holds the pages where agents say who came, and where the kitchen reads how many eat.
//
// The roll-call is a page of forms that works without script. With it, each word is kept on the device first and sent when there is a network:
// a service worker holds a shell without any name, and the one list of the day is in the browser's own store, which the script erases at
// midnight, at sign-out and when the server no longer knows the agent. What the device may hold is listed in device.go.
package rollcall

import (
	"net/http"
	"net/url"

	"preau/internal/activity"
	"preau/internal/attendance"
	"preau/internal/civil"
	"preau/internal/fault"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
)

// Pages are the handlers of the package.
type Pages struct {
	Door *signin.Door
}

const (
	home      = "/bureau/pointage"
	sendPath  = home + "/envois"
	shellPath = home + "/hors-connexion"
	session   = " /bureau/pointage/{activite}/{etablissement}/{jour}"
)

// Routes adds the pages to a server.
func (p Pages) Routes(s *web.Server) {
	agent := func(h func(http.ResponseWriter, *http.Request, staff.Agent) error) web.Endpoint {
		return p.Door.Office(staff.RollCall, h)
	}
	s.Handle("GET "+home, agent(p.index))
	s.Handle("GET"+session, agent(p.roll))
	s.Handle("POST"+session, agent(p.save))
	s.Handle("GET"+session+"/enfants", agent(p.find))
	s.Handle("POST"+session+"/enfants", agent(p.add))
	s.Handle("POST"+session+"/enfants/{enfant}", agent(p.detail))
	s.Handle("GET"+session+"/enfants/{enfant}/photo", agent(p.photo))
	s.Handle("POST"+session+"/noms", agent(p.dropGuest))
	s.Handle("POST"+session+"/encadrement", agent(p.staffing))
	s.Handle("GET"+session+"/feuille", agent(p.paper))
	s.Handle("GET"+session+"/saisie", agent(p.quickForm))
	s.Handle("POST"+session+"/saisie", agent(p.quick))
	s.Handle("GET"+session+"/cloture", agent(p.closeForm))
	s.Handle("POST"+session+"/cloture", agent(p.close))
	s.Handle("POST"+session+"/reouverture", agent(p.reopen))
	s.Handle("GET"+session+"/liste", agent(p.list))
	s.Handle("POST "+sendPath, agent(p.receive))
	s.Handle("GET "+shellPath, web.Anyone(p.shell))
	s.Handle("GET "+home+"/application.webmanifest", web.Anyone(p.manifest))
	s.Handle("GET "+home+"/service.js", web.Anyone(p.worker))
	s.Handle("GET "+home+"/reglages", p.Door.Office(staff.Settings, p.settings))
	s.Handle("POST "+home+"/reglages", p.Door.Office(staff.Settings, p.saveSettings))
	p.kitchenRoutes(s)
}

// named is a session as its address names it: codes, and a day.
type named struct {
	attendance.Session
	Activity *activity.Activity
	Site     *activity.Site
}

// path is the address of a session.
func path(a *activity.Activity, s *activity.Site, day civil.Date) string {
	return home + "/" + url.PathEscape(a.Code) + "/" + url.PathEscape(s.Code) + "/" + day.String()
}

func (n named) path() string { return path(n.Activity, n.Site, n.Day) }

// title is "Restauration scolaire, élémentaire Jean Rostand".
func (n named) title() string { return n.Activity.Name + ", " + lowered(n.Site.Name) }

// asked finds the session of an address among the agent's.
func asked(r *http.Request, c *activity.Catalogue, who staff.Agent) (named, error) {
	n := named{}
	day, err := civil.Parse(r.PathValue("jour"))
	for _, a := range c.Activities {
		if a.Code == r.PathValue("activite") {
			n.Activity = a
		}
	}
	for _, s := range c.Sites {
		if s.Code == r.PathValue("etablissement") {
			n.Site = s
		}
	}
	if err != nil || n.Activity == nil || n.Site == nil || !n.Activity.OfferedAt(n.Site.ID) || !who.May(staff.RollCall, n.Site.ID) {
		return n, fault.NotFoundf("Ce pointage n’existe pas, ou ne concerne pas vos établissements.")
	}
	n.Session = attendance.Session{ActivityID: n.Activity.ID, SiteID: n.Site.ID, Day: day}
	return n, nil
}

// private keeps a page with names and health out of every cache.
func private(w http.ResponseWriter) { w.Header().Set("Cache-Control", "no-store") }

// frame is what stands around the pages of a session.
func frame(w http.ResponseWriter, r *http.Request, who staff.Agent, n named, title string) ui.Page {
	page := signin.OfficePage(w, r, title+" – "+n.title(), home, who)
	page.Crumbs = []ui.Link{{Href: home + "?jour=" + n.Day.String(), Label: "Pointage"}, {Href: n.path(), Label: n.title() + ", " + n.Day.ShortNoYear()}, {Label: title}}
	return page
}
