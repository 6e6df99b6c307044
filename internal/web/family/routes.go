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
	p.documentRoutes(s)
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
	p.requestRoutes(s)
}

// frame frames a page of the package.
func (p Pages) frame(w http.ResponseWriter, r *http.Request, title, here, name string) ui.Page {
	return signin.FamilyPage(w, r, title, here, name)
}
