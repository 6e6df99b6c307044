// Package public holds the pages that anyone may see: the first page of the portal, news, activities with their rules, documents to
// download, contacts, what one follows, search, and the pages the law asks for. Signing in and passwords are package signin's.
package public

import (
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/a-h/templ"

	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
)

// Pages are the handlers of the package.
type Pages struct {
	Door *signin.Door

	// signUp says whether an account can be opened on-line: whether the house has that page.
	signUp func() bool
	// fronts are the first pages as nobody in particular sees them: town id → *front.
	fronts *sync.Map
}

// The addresses of the pages.
const (
	newsPath        = "/actualites"
	feedPath        = "/actualites.atom"
	activitiesPath  = "/activites"
	downloadsPath   = "/documents-a-telecharger"
	preferencesPath = "/preferences"
	searchPath      = "/recherche"
	contactPath     = "/contact"
	signUpPath      = "/creer-mon-espace"
)

// Routes adds the pages to a server.
func (p Pages) Routes(s *web.Server) {
	p.signUp = sync.OnceValue(func() bool {
		return slices.ContainsFunc(s.Routes(), func(r web.Route) bool { return r.Method == http.MethodGet && r.Path == signUpPath })
	})
	p.fronts = &sync.Map{}
	s.Handle("GET /{$}", web.Anyone(p.home))
	s.Handle("GET /actualites", web.Anyone(p.newsList))
	s.Handle("GET /actualites/{slug}", web.Anyone(p.newsItem))
	s.Handle("GET /actualites/image/{file}", web.Anyone(p.picture))
	s.Handle("GET /actualites.atom", web.Anyone(p.feed))
	s.Handle("GET /activites", web.Anyone(p.activities))
	s.Handle("GET /activites/{code}", web.Anyone(p.activity))
	s.Handle("GET /tarifs", web.Anyone(p.tariffs))
	s.Handle("GET /documents-a-telecharger", web.Anyone(p.downloads))
	s.Handle("GET /documents-a-telecharger/{slug}", web.Anyone(p.download))
	s.Handle("GET /contact", web.Anyone(p.contact))
	s.Handle("GET /preferences", web.Anyone(p.preferences))
	s.Handle("POST /preferences", web.Anyone(p.savePreferences))
	s.Handle("GET /recherche", web.Anyone(p.search))
	s.Handle("GET /accessibilite", web.Anyone(p.accessibility))
	s.Handle("GET /donnees-personnelles", web.Anyone(p.privacy))
	s.Handle("GET /mentions-legales", web.Anyone(p.notice))
	s.Handle("GET /logo/{file}", web.Anyone(p.logo))
	s.Handle("GET /robots.txt", web.Anyone(p.robots))
	s.Handle("GET /sitemap.xml", web.Anyone(p.sitemap))
}

func (p Pages) frame(w http.ResponseWriter, r *http.Request, title, here string) ui.Page {
	return web.Frame(w, r, ui.Page{Title: title, Nav: signin.Nav(), Here: here})
}

// phoneLink is the address that calls a French number, in the international form.
func phoneLink(phone string) templ.SafeURL {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, phone)
	if national, ok := strings.CutPrefix(digits, "0"); ok {
		digits = "+33" + national
	}
	return templ.SafeURL("tel:" + digits)
}
