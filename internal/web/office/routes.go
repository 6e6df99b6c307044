// Package office holds the pages of the town's agents.
package office

import (
	"net/http"

	"preau/internal/staff"
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
	p.agentRoutes(s)
	p.documentRoutes(s)
	p.journalRoutes(s)
	p.profileRoutes(s)
	p.parameterRoutes(s)
	p.identityRoutes(s)
	p.legalRoutes(s)
	p.publicationRoutes(s)
	p.activityRoutes(s)
	p.enrolmentRoutes(s)
	p.familyRoutes(s)
	p.custodyRoutes(s)
	p.checkRoutes(s)
	p.fileRoutes(s)
	p.fileSettingsRoutes(s)
	p.counterRoutes(s)
	p.rolloverRoutes(s)
	p.todayRoutes(s)
	p.requestRoutes(s)
	p.listRoutes(s)
	p.closureRoutes(s)
	p.overrideRoutes(s)
	p.threadRoutes(s)
	p.hoursRoutes(s)
	p.keyRoutes(s)
	p.joinRoutes(s)
	p.mergeRoutes(s)
	p.privacyRoutes(s)
}

// needs says which right opens an item of the menu; an item that is not here is everyone's.
var needs = map[string]staff.Right{
	"/bureau/demandes":     staff.Instruct,
	papersPath:             staff.Check,
	"/bureau/familles":     staff.Search,
	checksPath:             staff.Instruct,
	"/bureau/messages":     staff.Answer,
	"/bureau/listes":       staff.Lists,
	"/bureau/inscriptions": staff.Enrol,
	"/bureau/fermetures":   staff.Closures,
	"/bureau/cles":         staff.Enrol,
	joinsPath:              staff.Enrol,
	"/bureau/activites":    staff.Settings,
	"/bureau/parametres":   staff.Settings,
	"/bureau/actualites":   staff.Publish,
	"/bureau/documents":    staff.Publish,
	"/bureau/donnees":      staff.Settings,
	"/bureau/agents":       staff.Staff,
	"/bureau/journal":      staff.Audit,
}

// nav is the menu of an agent: what the rights allow.
func nav(who staff.Agent) []ui.NavItem {
	var items []ui.NavItem
	for _, item := range ui.OfficeNav() {
		if right, limited := needs[item.Href]; !limited || who.May(right, "") {
			items = append(items, item)
		}
	}
	return items
}

// frame fills what the agents' pages share: the menu with what waits for an answer, and who is at the desk.
func (p Pages) frame(w http.ResponseWriter, r *http.Request, title, here string, who staff.Agent) ui.Page {
	items := nav(who)
	for i := range items {
		switch items[i].Href {
		case requestsPath:
			items[i].Count = signin.FrameOf(r).Requests
		case checksPath:
			items[i].Count = signin.FrameOf(r).Changes
		case papersPath:
			items[i].Count = signin.FrameOf(r).Papers
		case joinsPath:
			items[i].Count = signin.FrameOf(r).Joins
		case threadsPath:
			items[i].Count = signin.FrameOf(r).Threads
		}
	}
	return web.Frame(w, r, ui.Page{Title: title, Nav: items, Here: here, User: who.Name, Me: "/bureau/profil"})
}
