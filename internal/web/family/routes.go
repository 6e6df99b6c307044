// Package family holds the pages of a family's own space.
package family

import (
	"net/http"
	"slices"

	"preau/internal/counter"
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

// frame fills what the family's pages share: the menu with what waits for an answer, and whose space it is.
func (p Pages) frame(w http.ResponseWriter, r *http.Request, title, here, name string) ui.Page {
	waits := signin.FrameOf(r)
	nav := ui.FamilyNav(waits.Offers)
	for i := range nav {
		if nav[i].Href == inboxPath {
			nav[i].Count = waits.Unread
		}
	}
	page := ui.Page{Title: title, Nav: nav, Here: here, User: name, Me: "/espace/profil"}
	if waits.Visit.ID != "" {
		atCounter(&page, waits.Visit)
	}
	return web.Frame(w, r, page)
}

// counterNav are the items of the menu that are open at the counter.
var counterNav = []string{signin.FamilyHome, planningPath, offersPath, historyPath}

// atCounter says on a page for whom an agent acts, and keeps of the menu what is open to an agent.
func atCounter(page *ui.Page, v counter.Visit) {
	page.Acting = &ui.Acting{For: page.User, Receipt: signin.ReceiptPath + v.ID, End: signin.ReceiptPath + "fin"}
	page.User, page.Me = "", ""
	page.Nav = slices.DeleteFunc(page.Nav, func(n ui.NavItem) bool { return !slices.Contains(counterNav, n.Href) })
}
