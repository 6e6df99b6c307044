package family

import (
	"net/http"

	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
)

const (
	profilePath     = "/espace/profil"
	preferencesPath = "/espace/preferences"
)

func (p Pages) profileRoutes(s *web.Server) {
	s.Handle("GET /espace/profil", p.Door.FamilySession(p.profile))
	s.Handle("POST /espace/profil/mot-de-passe", p.Door.FamilySession(p.changePassword))
	s.Handle("POST /espace/profil/deconnexions", p.Door.FamilySession(p.endDevices))
	p.Door.OwnRoutes(s, profilePath, p.owner)
	p.Door.EmailRoutes(s, profilePath, p.owner)
	s.Handle("GET /espace/preferences", p.Door.FamilySession(p.preferences))
	s.Handle("POST /espace/preferences", p.Door.FamilySession(p.savePreferences))
}

// owner opens the pages about one's own access to the guardian, within the family's pages.
func (p Pages) owner(h signin.OwnHandler) web.Endpoint {
	return p.Door.FamilySession(func(w http.ResponseWriter, r *http.Request, who signin.Guardian) error {
		return h(w, r, signin.Owner{Session: who.Session, Base: profilePath, Layout: ui.Family, Frame: func(title string) ui.Page {
			return p.frame(w, r, title, profilePath, who.Name())
		}})
	})
}

func (p Pages) profile(w http.ResponseWriter, r *http.Request, who signin.Guardian) error {
	return p.showProfile(w, r, who, http.StatusOK, nil, 0)
}

func (p Pages) showProfile(w http.ResponseWriter, r *http.Request, who signin.Guardian, status int, form *web.Form, wait int) error {
	v, err := p.Door.Own(r, who.Session, profilePath)
	if err != nil {
		return err
	}
	v.Form, v.Wait = form, wait
	var home household.Household
	err = web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		home, err = household.ByID(r.Context(), tx, who.HouseholdID)
		return err
	})
	if err != nil {
		return err
	}
	page := p.frame(w, r, "Mon profil", profilePath, who.Name())
	return web.Render(w, r, status, profilePage(page, who.Guardian, home, v))
}

func (p Pages) changePassword(w http.ResponseWriter, r *http.Request, who signin.Guardian) error {
	done, form, wait, err := p.Door.ChangePassword(w, r, who.Session)
	switch {
	case err != nil:
		return err
	case done:
		return web.Redirect(w, r, profilePath)
	}
	return p.showProfile(w, r, who, signin.Status(wait), form, wait)
}

func (p Pages) endDevices(w http.ResponseWriter, r *http.Request, who signin.Guardian) error {
	return p.Door.EndDevices(w, r, who.Session, profilePath)
}

func (p Pages) preferences(w http.ResponseWriter, r *http.Request, who signin.Guardian) error {
	v, err := p.Door.Own(r, who.Session, profilePath)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, preferencesPage(p.frame(w, r, "Mes préférences", profilePath, who.Name()), v))
}

func (p Pages) savePreferences(w http.ResponseWriter, r *http.Request, who signin.Guardian) error {
	return p.Door.SaveTopics(w, r, who.Session, preferencesPath)
}

// profileTabs are the two pages about oneself.
func profileTabs(here string) []ui.Tab {
	return []ui.Tab{
		{Href: profilePath, Label: "Mon profil", Icon: "user-round", Current: here == profilePath},
		{Href: preferencesPath, Label: "Mes préférences", Icon: "bell", Current: here == preferencesPath},
		{Href: dataPath, Label: "Mes données", Icon: "shield", Current: here == dataPath},
	}
}

// civility writes the title before a name.
func civility(g household.Guardian) string {
	switch g.Civility {
	case "mme":
		return "Mme " + g.Name()
	case "m":
		return "M. " + g.Name()
	}
	return g.Name()
}
