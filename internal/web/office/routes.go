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

// frame frames a page of the package.
func (p Pages) frame(w http.ResponseWriter, r *http.Request, title, here string, who staff.Agent) ui.Page {
	return signin.OfficePage(w, r, title, here, who)
}
