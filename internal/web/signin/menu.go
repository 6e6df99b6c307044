package signin

import (
	"net/http"
	"slices"

	"preau/internal/counter"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// counterNav are the items of a family's menu that are open to an agent at the counter.
var counterNav = []string{FamilyHome, "/espace/planning", "/espace/propositions", "/espace/historique"}

// FamilyPage fills what the family's pages share: the menu with what waits for an answer, and whose space it is. Here is the address of
// the current item of the menu.
func FamilyPage(w http.ResponseWriter, r *http.Request, title, here, name string) ui.Page {
	waits := FrameOf(r)
	nav := ui.FamilyNav(waits.Offers)
	for i := range nav {
		if nav[i].Href == "/espace/messages" {
			nav[i].Count = waits.Unread
		}
	}
	page := ui.Page{Title: title, Nav: nav, Here: here, User: name, Me: "/espace/profil"}
	if waits.Visit.ID != "" {
		atTheCounter(&page, waits.Visit)
	}
	return web.Frame(w, r, page)
}

// atTheCounter says on a page for whom an agent acts, and keeps of the menu what is open to an agent.
func atTheCounter(page *ui.Page, v counter.Visit) {
	page.Acting = &ui.Acting{For: page.User, Receipt: ReceiptPath + v.ID, End: ReceiptPath + "fin"}
	page.User, page.Me = "", ""
	page.Nav = slices.DeleteFunc(page.Nav, func(n ui.NavItem) bool { return !slices.Contains(counterNav, n.Href) })
}

// needs says which right opens an item of the office's menu; an item that is not here is everyone's.
var needs = map[string]staff.Right{
	"/bureau/demandes":          staff.Instruct,
	"/bureau/justificatifs":     staff.Check,
	"/bureau/familles":          staff.Search,
	"/bureau/absences":          staff.Check,
	"/bureau/evenements":        staff.Closures,
	"/bureau/verifications":     staff.Instruct,
	"/bureau/messages":          staff.Answer,
	"/bureau/pointage":          staff.RollCall,
	"/bureau/cuisine":           staff.Lists,
	"/bureau/listes":            staff.Lists,
	"/bureau/inscriptions":      staff.Enrol,
	"/bureau/fermetures":        staff.Closures,
	"/bureau/cles":              staff.Enrol,
	"/bureau/demandes-de-foyer": staff.Enrol,
	"/bureau/activites":         staff.Settings,
	"/bureau/prelevements":      staff.Bill,
	"/bureau/impayes":           staff.Bill,
	"/bureau/parametres":        staff.Settings,
	"/bureau/paiements":         staff.Bill,
	"/bureau/encaissements":     staff.Bill,
	"/bureau/parametres/tarifs": staff.Settings,
	"/bureau/facturation":       staff.Bill,
	"/bureau/actualites":        staff.Publish,
	"/bureau/documents":         staff.Publish,
	"/bureau/donnees":           staff.Settings,
	"/bureau/agents":            staff.Staff,
	"/bureau/journal":           staff.Audit,
}

// wholeTown are the items that do not open to agents of some sites only.
var wholeTown = []string{"/bureau/cles", "/bureau/demandes-de-foyer", "/bureau/facturation", "/bureau/encaissements", "/bureau/paiements", "/bureau/prelevements", "/bureau/impayes"}

// officeNav is the menu of an agent: what the rights allow.
func officeNav(who staff.Agent) []ui.NavItem {
	var items []ui.NavItem
	for _, item := range ui.OfficeNav() {
		right, limited := needs[item.Href]
		if limited && !who.May(right, "") || slices.Contains(wholeTown, item.Href) && len(who.Sites) > 0 {
			continue
		}
		items = append(items, item)
	}
	return items
}

// OfficePage fills what the agents' pages share: the menu with what waits for an answer, and who is at the desk.
func OfficePage(w http.ResponseWriter, r *http.Request, title, here string, who staff.Agent) ui.Page {
	items, waits := officeNav(who), FrameOf(r)
	counts := map[string]int{"/bureau/demandes": waits.Requests, "/bureau/verifications": waits.Changes, "/bureau/justificatifs": waits.Papers, "/bureau/absences": waits.Absences,
		"/bureau/demandes-de-foyer": waits.Joins, "/bureau/messages": waits.Threads, "/bureau/paiements": waits.Odd}
	for i := range items {
		items[i].Count = counts[items[i].Href]
	}
	return web.Frame(w, r, ui.Page{Title: title, Nav: items, Here: here, User: who.Name, Me: "/bureau/profil"})
}
