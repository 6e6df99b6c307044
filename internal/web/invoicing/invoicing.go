// Package invoicing holds the agents' pages about bills: the runs of a month from the first draft to the letters, each invoice, the account of
// each household, and what the town prints.
package invoicing

import (
	"net/http"
	"time"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
	"preau/internal/words"
)

const (
	runsPath     = "/bureau/facturation"
	runPath      = runsPath + "/mois/"
	invoicesPath = runsPath + "/factures"
	accountPath  = runsPath + "/comptes/"
	batchPath    = runsPath + "/lots/"
	settingsPath = runsPath + "/reglages"
)

// Pages are the handlers of the package.
type Pages struct {
	Door *signin.Door
}

// Routes adds the pages to a server.
func (p Pages) Routes(s *web.Server) {
	on := func(pattern string, h handler) { s.Handle(pattern, p.Door.WholeTown(staff.Bill, h)) }
	on("GET /bureau/facturation", p.runs)
	on("POST /bureau/facturation", p.start)
	on("GET /bureau/facturation/mois/{run}", p.run)
	on("GET /bureau/facturation/mois/{run}/factures", p.documents)
	on("GET /bureau/facturation/mois/{run}/a-voir", p.notes)
	on("POST /bureau/facturation/mois/{run}/preparation", p.prepareAgain)
	on("POST /bureau/facturation/mois/{run}/abandon", p.abandon)
	on("GET /bureau/facturation/mois/{run}/emission", p.confirm)
	on("POST /bureau/facturation/mois/{run}/emission", p.issue)
	on("POST /bureau/facturation/mois/{run}/lots", p.print)
	on("GET /bureau/facturation/lots/{lot}", p.downloadBatch)
	on("GET /bureau/facturation/factures", p.search)
	on("GET /bureau/facturation/factures/{invoice}", p.invoice)
	s.Handle("POST /bureau/facturation/factures/{invoice}/remise", p.Door.WholeTown(staff.Settings, p.remit)) // the town remits, never its till
	on("GET /bureau/facturation/comptes/{household}", p.account)
	on("POST /bureau/facturation/comptes/{household}/facturation", p.billNow)
	on("POST /bureau/facturation/comptes/{household}/papier", p.choosePaper)
	on("GET /bureau/facturation/reglages", p.settings)
	on("POST /bureau/facturation/reglages", p.saveSettings)
}

// handler answers an agent.
type handler func(http.ResponseWriter, *http.Request, staff.Agent) error

// frame frames a page of the package; crumbs lead to it from the list of runs.
func frame(w http.ResponseWriter, r *http.Request, who staff.Agent, title string, crumbs ...ui.Link) ui.Page {
	page := signin.OfficePage(w, r, title, runsPath, who)
	if len(crumbs) > 0 {
		page.Crumbs = append([]ui.Link{{Href: runsPath, Label: "Facturation"}}, crumbs...)
	}
	return page
}

// runName names a run: "Octobre 2026", "Du 1er au 12 octobre 2026".
func runName(r *billing.Run) string {
	if r.HouseholdID == "" {
		return words.UpperFirst(r.Month.French())
	}
	return "Du " + r.Period.From.DayMonth() + " au " + r.Period.To.DayMonthYear()
}

// runCrumb leads to the page of a run.
func runCrumb(r *billing.Run) ui.Link { return ui.Link{Href: runPath + r.ID, Label: runName(r)} }

// badge is a state in words.
type badge struct {
	Kind       ui.Kind
	Icon, Word string
}

// runBadge says where a run stands.
func runBadge(s billing.RunState) badge {
	switch s {
	case billing.RunPreparing:
		return badge{ui.Warn, "refresh-cw", "En préparation"}
	case billing.RunPrepared:
		return badge{ui.Accent, "list-checks", "À relire"}
	case billing.RunIssuing:
		return badge{ui.Warn, "refresh-cw", "Émission en cours"}
	case billing.RunIssued:
		return badge{ui.Good, "circle-check", "Émise"}
	}
	return badge{ui.Plain, "x", "Abandonnée"}
}

// invoiceBadge says where an invoice stands.
func invoiceBadge(i *billing.Invoice, today civil.Date) badge {
	switch {
	case i.State == billing.StateDraft:
		return badge{ui.Plain, "pencil", "Brouillon"}
	case i.Kind == billing.KindCreditNote:
		return badge{ui.Accent, "undo-2", "Avoir"}
	case i.State == billing.StateHandedOver:
		return badge{ui.Bad, "landmark", "Au Trésor public"}
	case i.State == billing.StateSettled:
		return badge{ui.Good, "circle-check", "Réglée"}
	case i.Overdue(today):
		return badge{ui.Bad, "triangle-alert", "En retard"}
	}
	return badge{ui.Warn, "clock", "À payer"}
}

// documentName names an invoice in a list.
func documentName(i *billing.Invoice) string {
	switch {
	case i.Label != "":
		return i.Label
	case i.Kind == billing.KindCreditNote:
		return "Avoir"
	}
	return "Facture"
}

func when(i civil.Instant, loc *time.Location) string {
	if i.IsZero() {
		return ""
	}
	return civil.ShortInstant(i, loc)
}
