// Package public holds the pages that anyone may see: the first page of the portal, and how to reach the town's services.
// Signing in and passwords are package signin's.
package public

import (
	"errors"
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"preau/internal/identity"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
)

// Offer is one activity of the town, as the first page shows it.
type Offer struct {
	Icon    string // of package ui: "utensils"
	Name    string // "Restauration scolaire"
	Summary string // when, for whom, at what price
	Rule    string // "Se change jusqu’à 7 jours avant, 23 h 59"; may be empty
}

// Pages are the handlers of the package.
type Pages struct {
	Door *signin.Door
	// Offers gives the activities shown on the first page; nil shows none.
	Offers func(r *http.Request) ([]Offer, error)
}

// Routes adds the pages to a server.
func (p Pages) Routes(s *web.Server) {
	s.Handle("GET /{$}", web.Anyone(p.home))
	s.Handle("GET /contact", web.Anyone(p.contact))
}

// home is what the first page shows.
type home struct {
	Offers []Offer
	Name   string // of who is signed in
	Space  ui.Link
}

func (p Pages) home(w http.ResponseWriter, r *http.Request) error {
	var h home
	s, err := p.Door.Current(r)
	switch {
	case err == nil && s.Account.Kind == identity.Staff:
		h.Name, h.Space = s.Account.Name, ui.Link{Href: signin.OfficeHome, Label: "Ouvrir le bureau"}
	case err == nil:
		h.Name, h.Space = s.Account.Name, ui.Link{Href: signin.FamilyHome, Label: "Ouvrir mon espace"}
	case !errors.Is(err, identity.ErrSignedOut):
		return err
	}
	if p.Offers != nil {
		if h.Offers, err = p.Offers(r); err != nil {
			return err
		}
	}
	return web.Render(w, r, http.StatusOK, homePage(p.frame(w, r, "Accueil", "/"), h))
}

func (p Pages) contact(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, contactPage(p.frame(w, r, "Contact", "/contact")))
}

func (p Pages) frame(w http.ResponseWriter, r *http.Request, title, here string) ui.Page {
	return web.Frame(w, r, ui.Page{Title: title, Nav: signin.Nav(), Here: here})
}

// phoneLink is the address that calls a French number, in the international form.
func phoneLink(phone string) templ.SafeURL {
	digits := strings.ReplaceAll(phone, " ", "")
	if national, ok := strings.CutPrefix(digits, "0"); ok {
		digits = "+33" + national
	}
	return templ.SafeURL("tel:" + digits)
}
