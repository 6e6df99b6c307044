package office

import (
	"math"
	"net/http"
	"strconv"
	"strings"

	"preau/internal/audit"
	"preau/internal/db"
	"preau/internal/staff"
	"preau/internal/town"
	"preau/internal/web"
	"preau/internal/web/ui"
)

const (
	identityPath = parametersPath + "/identite"
	servicesPath = parametersPath + "/services"
)

func (p Pages) identityRoutes(s *web.Server) {
	s.Handle("GET /bureau/parametres/identite", p.Door.Office(staff.Settings, p.identity))
	s.Handle("POST /bureau/parametres/identite", p.Door.Office(staff.Settings, p.saveIdentity))
	s.Handle("POST /bureau/parametres/logo", p.Door.Office(staff.Settings, p.saveLogo))
	s.Handle("GET /bureau/parametres/services/{service}", p.Door.Office(staff.Settings, p.service))
	s.Handle("POST /bureau/parametres/services/{service}", p.Door.Office(staff.Settings, p.saveService))
	s.Handle("POST /bureau/parametres/services/{service}/rang", p.Door.Office(staff.Settings, p.raiseService))
	s.Handle("POST /bureau/parametres/services/{service}/retrait", p.Door.Office(staff.Settings, p.removeService))
}

// identityView is what the town says of itself, and the form that changes it.
type identityView struct {
	Profile town.Profile
	Form    *web.Form
}

func (v identityView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

func readProfile(r *http.Request) (p town.Profile, err error) {
	err = web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		p, err = web.Town(r).Profile(r.Context(), tx)
		return err
	})
	return p, err
}

func (p Pages) identity(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showIdentity(w, r, who, http.StatusOK, nil)
}

func (p Pages) showIdentity(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, f *web.Form) error {
	profile, err := readProfile(r)
	if err != nil {
		return err
	}
	page := p.frame(w, r, "Identité de la ville", parametersPath, who)
	page.Crumbs = []ui.Link{{Href: parametersPath, Label: "Paramètres"}, {Label: "Identité de la ville"}}
	return web.Render(w, r, status, identityPage(page, identityView{Profile: profile, Form: f}))
}

// saveIdentity writes the town's name and colours. A colour that could not be read is made darker, and it is said.
func (p Pages) saveIdentity(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	asked := strings.ToLower(f.Text("couleur", 7))
	name, portal, zone := f.Text("nom", 80), f.Text("portail", 60), f.Raw("zone")
	if f.Err() == nil {
		err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
			profile, err := web.Town(r).Profile(r.Context(), tx)
			if err != nil {
				return err
			}
			profile.Name, profile.Portal, profile.SchoolZone, profile.Accent = name, portal, zone, asked
			if err := town.SaveProfile(r.Context(), tx, profile); err != nil {
				return err
			}
			return audit.Record(r.Context(), tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "town.identity", Subject: "town",
				Detail: map[string]string{"name": name, "portal": portal, "colour": asked, "zone": zone}})
		})
		if err == nil {
			web.Flash(w, r, identitySaved(asked))
			return web.Redirect(w, r, identityPath)
		}
		if !f.Blame(err) {
			return err
		}
	}
	return p.showIdentity(w, r, who, http.StatusUnprocessableEntity, f)
}

// identitySaved says what was done with the colour that was asked.
func identitySaved(asked string) ui.Flash {
	said := ui.Flash{Kind: ui.Good, Title: "L’identité de la ville est enregistrée", Text: "Les pages la montrent dans quelques secondes."}
	if used, ok := town.Readable(asked); ok && used != asked {
		said.Kind, said.Title = ui.Warn, "L’identité est enregistrée, avec une couleur plus foncée"
		said.Text = "Un texte de la couleur " + asked + " ne se lirait pas sur du blanc : le contraste est de " + ratio(town.Contrast(asked, "#ffffff")) +
			", il en faut " + ratio(town.MinContrast) + ". La même teinte, plus foncée, a été retenue : " + used + "."
	}
	return said
}

// serviceView is one service being added or changed.
type serviceView struct {
	Service town.Service
	First   bool
	Form    *web.Form
}

func (v serviceView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

func (v serviceView) path() string {
	if v.Service.ID == "" {
		return servicesPath + "/nouveau"
	}
	return servicesPath + "/" + v.Service.ID
}

func (p Pages) service(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showService(w, r, who, http.StatusOK, nil)
}

func (p Pages) showService(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, f *web.Form) error {
	profile, err := readProfile(r)
	if err != nil {
		return err
	}
	v := serviceView{Form: f}
	title := "Ajouter un service"
	if id := r.PathValue("service"); id != "nouveau" {
		known, ok := profile.Service(id)
		if !ok {
			return town.ErrNoService
		}
		v.Service, v.First, title = known, profile.First().ID == id, known.Title
	}
	page := p.frame(w, r, title, parametersPath, who)
	page.Crumbs = []ui.Link{{Href: parametersPath, Label: "Paramètres"}, {Href: identityPath, Label: "Identité de la ville"}, {Label: title}}
	return web.Render(w, r, status, servicePage(page, v))
}

func (p Pages) saveService(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	s := town.Service{Title: f.Text("titre", 80), Address: f.Lines("adresse", 300), Phone: f.Text("telephone", 30), Email: f.Text("email", 254), Hours: f.Lines("horaires", 500)}
	if id := r.PathValue("service"); id != "nouveau" {
		s.ID = id
	}
	if f.Err() == nil {
		err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
			id, err := web.Town(r).SaveService(r.Context(), tx, s)
			if err != nil {
				return err
			}
			return recordService(r, tx, who, "town.service", id, s.Title)
		})
		if err == nil {
			web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: s.Title + " : c’est enregistré"})
			return web.Redirect(w, r, identityPath)
		}
		if !f.Blame(err) {
			return err
		}
	}
	return p.showService(w, r, who, http.StatusUnprocessableEntity, f)
}

func recordService(r *http.Request, tx *db.Tx, who staff.Agent, act, id, title string) error {
	return audit.Record(r.Context(), tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: act, Subject: "service:" + id, Detail: map[string]string{"title": title}})
}

func (p Pages) raiseService(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	id := r.PathValue("service")
	err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		if err := web.Town(r).RaiseService(r.Context(), tx, id); err != nil {
			return err
		}
		return recordService(r, tx, who, "town.service_order", id, "")
	})
	if err != nil {
		return err
	}
	return web.Redirect(w, r, identityPath)
}

func (p Pages) removeService(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	id := r.PathValue("service")
	err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		profile, err := web.Town(r).Profile(r.Context(), tx)
		if err != nil {
			return err
		}
		known, _ := profile.Service(id)
		if err := web.Town(r).RemoveService(r.Context(), tx, id); err != nil {
			return err
		}
		return recordService(r, tx, who, "town.service_removed", id, known.Title)
	})
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Le service n’est plus affiché"})
	return web.Redirect(w, r, identityPath)
}

// ratio writes a contrast with one decimal, rounded down so that it never looks better than it is: "4,5".
func ratio(x float64) string {
	return strings.Replace(strconv.FormatFloat(math.Floor(x*10)/10, 'f', -1, 64), ".", ",", 1)
}
