package office

import (
	"net/http"
	"strconv"

	"preau/internal/audit"
	"preau/internal/db"
	"preau/internal/notify"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

const hoursPath = parametersPath + "/courriels"

func (p Pages) hoursRoutes(s *web.Server) {
	s.Handle("GET /bureau/parametres/courriels", p.Door.Office(staff.Settings, p.hours))
	s.Handle("POST /bureau/parametres/courriels", p.Door.Office(staff.Settings, p.saveHours))
}

// hoursView is when the town writes by the clock.
type hoursView struct {
	Hours notify.Hours
	Form  *web.Form
}

func (v hoursView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

func (p Pages) hours(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	var v hoursView
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.Hours, err = notify.HoursOf(r.Context(), tx)
		return err
	})
	if err != nil {
		return err
	}
	return p.showHours(w, r, who, http.StatusOK, v)
}

func (p Pages) showHours(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, v hoursView) error {
	page := p.frame(w, r, "E-mails envoyés à heure fixe", parametersPath, who)
	page.Crumbs = []ui.Link{{Href: parametersPath, Label: "Paramètres"}, {Label: "E-mails envoyés à heure fixe"}}
	return web.Render(w, r, status, hoursPage(page, v))
}

func (p Pages) saveHours(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	h := notify.Hours{Remind: f.Yes("rappel"), Digest: f.Yes("semaine")}
	h.RemindAt, h.DigestAt = hourOf(f, "heure_rappel"), hourOf(f, "heure_semaine")
	if f.Err() != nil {
		return p.showHours(w, r, who, http.StatusUnprocessableEntity, hoursView{h, f})
	}
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		before, err := notify.HoursOf(r.Context(), tx)
		if err != nil {
			return err
		}
		if err := notify.SaveHours(r.Context(), tx, h); err != nil {
			return err
		}
		return audit.Record(r.Context(), tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "settings.change", Subject: "notify.hours",
			Detail: map[string]any{"before": before, "after": h}})
	})
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Les heures d’envoi sont enregistrées"})
	return web.Redirect(w, r, hoursPath)
}

func hourOf(f *web.Form, name string) int {
	n, ok := f.Int(name, 0, 23)
	if !ok {
		f.Fail(name, "Choisissez une heure de 0 à 23.")
	}
	return n
}

// hourOptions are the hours of a day.
func hourOptions() (list []ui.Option) {
	for h := range 24 {
		list = append(list, ui.Option{Value: strconv.Itoa(h), Label: strconv.Itoa(h) + "\u00a0h"})
	}
	return list
}
