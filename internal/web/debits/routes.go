// Package debits holds the pages of direct debits: a family's mandate, and the agents' desk with batches, mandates and settings; then what is
// unpaid, reminders and the certificate for the tax return.
package debits

import (
	"net/http"

	"preau/internal/household"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
)

// Pages are the handlers of the package.
type Pages struct {
	Door *signin.Door
}

// The addresses of the pages.
const (
	minePath      = "/espace/prelevement"
	blankPath     = "/prelevement/mandat.pdf"
	deskPath      = "/bureau/prelevements"
	newBatchPath  = deskPath + "/nouveau"
	batchPath     = deskPath + "/lots/"
	registerPath  = deskPath + "/mandats"
	newPaperPath  = deskPath + "/mandats/nouveau"
	settingsPath  = deskPath + "/reglages"
	billsPath     = "/espace/factures"
	householdPath = "/bureau/familles/"
	unpaidPath    = "/bureau/impayes"
	taxDeskPath   = unpaidPath + "/attestations"
	taxPath       = "/espace/attestation-fiscale"
)

// Routes adds the pages to a server.
func (p Pages) Routes(s *web.Server) {
	s.Handle("GET /prelevement/mandat.pdf", web.Anyone(p.blank))
	s.Handle("GET /espace/prelevement", p.Door.Family(p.mine))
	s.Handle("POST /espace/prelevement", p.Door.Family(p.sign))
	s.Handle("GET /espace/prelevement/mandat.pdf", p.Door.Family(p.copyOf))
	s.Handle("GET /espace/prelevement/compte", p.Door.Family(p.account))
	s.Handle("POST /espace/prelevement/compte", p.Door.Family(p.changeAccount))
	s.Handle("GET /espace/prelevement/arret", p.Door.Family(p.stop))
	s.Handle("POST /espace/prelevement/arret", p.Door.Family(p.revoke))

	s.Handle("GET /espace/attestation-fiscale", p.Door.Family(p.certificates))
	s.Handle("GET /espace/attestation-fiscale/{annee}", p.Door.Family(p.certificate))

	s.Handle("GET /bureau/impayes", p.Door.WholeTown(staff.Bill, p.unpaid))
	s.Handle("GET /bureau/impayes/lettres/{file}", p.Door.WholeTown(staff.Bill, p.letters))
	s.Handle("GET /bureau/impayes/foyers/{household}", p.Door.WholeTown(staff.Bill, p.debtor))
	s.Handle("POST /bureau/impayes/foyers/{household}/tresor", p.Door.WholeTown(staff.Bill, p.handOver))
	s.Handle("POST /bureau/impayes/foyers/{household}/retour", p.Door.WholeTown(staff.Bill, p.takeBack))
	s.Handle("POST /bureau/impayes/foyers/{household}/echeancier", p.Door.WholeTown(staff.Bill, p.agree))
	s.Handle("POST /bureau/impayes/foyers/{household}/echeancier/fin", p.Door.WholeTown(staff.Bill, p.endPlan))
	s.Handle("GET /bureau/impayes/attestations", p.Door.WholeTown(staff.Bill, p.taxDesk))
	s.Handle("POST /bureau/impayes/attestations", p.Door.WholeTown(staff.Bill, p.startCertificates))
	s.Handle("GET /bureau/impayes/reglages", p.Door.WholeTown(staff.Settings, p.dunningSettings))
	s.Handle("POST /bureau/impayes/reglages", p.Door.WholeTown(staff.Settings, p.saveDunning))

	s.Handle("GET /bureau/prelevements", p.Door.WholeTown(staff.Bill, p.batches))
	s.Handle("GET /bureau/prelevements/nouveau", p.Door.WholeTown(staff.Bill, p.preview))
	s.Handle("POST /bureau/prelevements", p.Door.WholeTown(staff.Bill, p.make))
	s.Handle("GET /bureau/prelevements/lots/{lot}", p.Door.WholeTown(staff.Bill, p.batch))
	s.Handle("GET /bureau/prelevements/lots/{lot}/fichier.xml", p.Door.WholeTown(staff.Bill, p.file))
	s.Handle("POST /bureau/prelevements/lots/{lot}/envoi", p.Door.WholeTown(staff.Bill, p.send))
	s.Handle("POST /bureau/prelevements/lots/{lot}/annulation", p.Door.WholeTown(staff.Bill, p.cancel))
	s.Handle("POST /bureau/prelevements/lots/{lot}/rejets", p.Door.WholeTown(staff.Bill, p.reject))
	s.Handle("GET /bureau/prelevements/debits/{debit}", p.Door.WholeTown(staff.Bill, p.debit))
	s.Handle("POST /bureau/prelevements/debits/{debit}/retrait", p.Door.WholeTown(staff.Bill, p.release))
	s.Handle("POST /bureau/prelevements/debits/{debit}/rejet", p.Door.WholeTown(staff.Bill, p.rejectOne))

	s.Handle("GET /bureau/prelevements/mandats", p.Door.WholeTown(staff.Bill, p.register))
	s.Handle("GET /bureau/prelevements/mandats/nouveau", p.Door.WholeTown(staff.Bill, p.newPaper))
	s.Handle("POST /bureau/prelevements/mandats", p.Door.WholeTown(staff.Bill, p.enter))
	s.Handle("GET /bureau/prelevements/mandats/{mandat}", p.Door.WholeTown(staff.Bill, p.mandate))
	s.Handle("GET /bureau/prelevements/mandats/{mandat}/copie.pdf", p.Door.WholeTown(staff.Bill, p.officeCopy))
	s.Handle("POST /bureau/prelevements/mandats/{mandat}/etat", p.Door.WholeTown(staff.Bill, p.changeState))
	s.Handle("GET /bureau/prelevements/reglages", p.Door.WholeTown(staff.Settings, p.settings))
	s.Handle("POST /bureau/prelevements/reglages", p.Door.WholeTown(staff.Settings, p.saveSettings))
}

// frame frames a page of a family.
func (p Pages) frame(w http.ResponseWriter, r *http.Request, title string, who household.Guardian) ui.Page {
	page := signin.FamilyPage(w, r, title, billsPath, who.Name())
	page.Crumbs = []ui.Link{{Href: billsPath, Label: "Factures"}, {Label: title}}
	return page
}

// desk frames a page of the office.
func (p Pages) desk(w http.ResponseWriter, r *http.Request, title string, who staff.Agent, crumbs ...ui.Link) ui.Page {
	page := signin.OfficePage(w, r, title, deskPath, who)
	if len(crumbs) > 0 {
		page.Crumbs = append([]ui.Link{{Href: deskPath, Label: "Prélèvements"}}, crumbs...)
	}
	return page
}
