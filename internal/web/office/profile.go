package office

import (
	"net/http"

	"preau/internal/booking"
	"preau/internal/db"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
)

const profilePath = "/bureau/profil"

func (p Pages) profileRoutes(s *web.Server) {
	s.Handle("GET /bureau/profil", p.Door.OfficeSession("", p.profile))
	s.Handle("POST /bureau/profil/mot-de-passe", p.Door.OfficeSession("", p.changePassword))
	s.Handle("POST /bureau/profil/deconnexions", p.Door.OfficeSession("", p.endDevices))
	s.Handle("POST /bureau/profil/preferences", p.Door.OfficeSession("", p.savePreferences))
	s.Handle("POST /bureau/profil/rythme", p.Door.Office(staff.Instruct, p.savePace))
	p.Door.OwnRoutes(s, profilePath, p.owner)
}

// owner opens the pages about one's own access to the agent, within the office's pages.
func (p Pages) owner(h signin.OwnHandler) web.Endpoint {
	return p.Door.OfficeSetup(func(w http.ResponseWriter, r *http.Request, who signin.Agent) error {
		return h(w, r, signin.Owner{Session: who.Session, Base: profilePath, Layout: ui.Office, Frame: func(title string) ui.Page {
			return p.frame(w, r, title, profilePath, who.Agent)
		}})
	})
}

func (p Pages) profile(w http.ResponseWriter, r *http.Request, who signin.Agent) error {
	return p.showProfile(w, r, who, http.StatusOK, nil, 0)
}

func (p Pages) showProfile(w http.ResponseWriter, r *http.Request, who signin.Agent, status int, form *web.Form, wait int) error {
	v, err := p.Door.Own(r, who.Session, profilePath)
	if err != nil {
		return err
	}
	v.Form, v.Wait = form, wait
	var pace booking.Pace
	err = web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		pace, err = booking.PaceOf(r.Context(), tx, who.Agent)
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, status, profilePage(p.frame(w, r, "Mon profil", profilePath, who.Agent), who.Agent, v, pace))
}

func paceOptions() []ui.Option {
	return []ui.Option{{Value: string(booking.EachHour), Label: "Par heure, de 7 h à 20 h"}, {Value: string(booking.EachHalfDay), Label: "Par demi-journée, à 8 h et à 13 h"}}
}

// savePace writes how often the agent is told of what awaits.
func (p Pages) savePace(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		return booking.SetPace(r.Context(), tx, who, booking.Pace(f.Raw("rythme")))
	})
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Vos choix sont enregistrés"})
	return web.Redirect(w, r, profilePath)
}

func (p Pages) changePassword(w http.ResponseWriter, r *http.Request, who signin.Agent) error {
	done, form, wait, err := p.Door.ChangePassword(w, r, who.Session)
	switch {
	case err != nil:
		return err
	case done:
		return web.Redirect(w, r, profilePath)
	}
	return p.showProfile(w, r, who, signin.Status(wait), form, wait)
}

func (p Pages) endDevices(w http.ResponseWriter, r *http.Request, who signin.Agent) error {
	return p.Door.EndDevices(w, r, who.Session, profilePath)
}

func (p Pages) savePreferences(w http.ResponseWriter, r *http.Request, who signin.Agent) error {
	return p.Door.SaveTopics(w, r, who.Session, profilePath)
}
