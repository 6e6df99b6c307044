// Package family holds the pages of a family's own space.
package family

import (
	"net/http"

	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
)

// Pages are the handlers of the package.
type Pages struct {
	Door *signin.Door
}

// Routes adds the pages to a server.
func (p Pages) Routes(s *web.Server) {
	p.homeRoutes(s)
	p.planningRoutes(s)
	p.offerRoutes(s)
	p.historyRoutes(s)
	p.profileRoutes(s)
	p.calendarRoutes(s)
	p.inboxRoutes(s)
	p.threadRoutes(s)
	p.linkRoutes(s)
	p.dataRoutes(s)
	p.householdRoutes(s)
	p.childRoutes(s)
}

// frame fills what the family's pages share: the menu with what waits for an answer, and whose space it is.
func (p Pages) frame(w http.ResponseWriter, r *http.Request, title, here, name string) ui.Page {
	waits := signin.FrameOf(r)
	nav := ui.FamilyNav(waits.Offers)
	for i := range nav {
		if nav[i].Href == inboxPath {
			nav[i].Count = waits.Unread
		}
	}
	return web.Frame(w, r, ui.Page{Title: title, Nav: nav, Here: here, User: name, Me: "/espace/profil"})
}
