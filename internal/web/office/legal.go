package office

import (
	"net/http"
	"strconv"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/staff"
	"preau/internal/town"
	"preau/internal/web"
	"preau/internal/web/ui"
)

const (
	noticePath        = parametersPath + "/mentions-legales"
	accessibilityPath = parametersPath + "/accessibilite"
)

func (p Pages) legalRoutes(s *web.Server) {
	s.Handle("GET /bureau/parametres/mentions-legales", p.Door.Office(staff.Settings, p.notice))
	s.Handle("POST /bureau/parametres/mentions-legales", p.Door.Office(staff.Settings, p.saveNotice))
	s.Handle("GET /bureau/parametres/accessibilite", p.Door.Office(staff.Settings, p.accessibility))
	s.Handle("POST /bureau/parametres/accessibilite", p.Door.Office(staff.Settings, p.saveAccessibility))
}

// noticeView is the legal notice and the form that changes it.
type noticeView struct {
	Notice town.Notice
	Form   *web.Form
}

func (v noticeView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

func (p Pages) notice(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showNotice(w, r, who, http.StatusOK, nil)
}

func (p Pages) showNotice(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, f *web.Form) error {
	v := noticeView{Form: f}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.Notice, err = town.LegalNotice(r.Context(), tx)
		return err
	})
	if err != nil {
		return err
	}
	page := p.frame(w, r, "Mentions légales et données", parametersPath, who)
	page.Crumbs = []ui.Link{{Href: parametersPath, Label: "Paramètres"}, {Label: page.Title}}
	return web.Render(w, r, status, noticePage(page, v))
}

func (p Pages) saveNotice(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	n := town.Notice{Publisher: f.Lines("editeur", 600), Director: f.Text("directeur", 200), Host: f.Lines("hebergeur", 600), DPO: f.Lines("dpo", 600), DPOEmail: f.Text("dpo_email", 254)}
	if f.Err() == nil {
		err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
			if err := town.SaveNotice(r.Context(), tx, n); err != nil {
				return err
			}
			return audit.Record(r.Context(), tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "town.notice", Subject: "town", Detail: n})
		})
		if err == nil {
			web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Les mentions légales sont enregistrées"})
			return web.Redirect(w, r, parametersPath)
		}
		if !f.Blame(err) {
			return err
		}
	}
	return p.showNotice(w, r, who, http.StatusUnprocessableEntity, f)
}

// accessibilityView is the declaration and the form that changes it.
type accessibilityView struct {
	Declared town.Accessibility
	State    town.Conformity
	Form     *web.Form
}

func (v accessibilityView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

func (p Pages) accessibility(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showAccessibility(w, r, who, http.StatusOK, nil)
}

func (p Pages) showAccessibility(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, f *web.Form) error {
	v := accessibilityView{Form: f}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.Declared, err = town.AccessibilityOf(r.Context(), tx)
		v.State = v.Declared.Conformity(civil.DateOf(tx.Now, web.Town(r).Loc))
		return err
	})
	if err != nil {
		return err
	}
	page := p.frame(w, r, "Déclaration d’accessibilité", parametersPath, who)
	page.Crumbs = []ui.Link{{Href: parametersPath, Label: "Paramètres"}, {Label: page.Title}}
	return web.Render(w, r, status, accessibilityPage(page, v))
}

func (p Pages) saveAccessibility(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	a := town.Accessibility{AuditedOn: f.Date("audit_le"), AuditedBy: f.Text("audit_par", 200), NotConform: f.Lines("non_conforme", 4000), Burden: f.Lines("derogations", 4000),
		Exempt: f.Lines("exempts", 4000), Environment: f.Lines("environnement", 4000), Pages: f.Lines("pages", 4000), SchemeURL: f.Text("schema", 500), PlanURL: f.Text("plan", 500),
		ContactEmail: f.Text("contact", 254)}
	a.Criteria, _ = f.Int("criteres", 0, 106)
	a.Respected, _ = f.Int("respectes", 0, 106)
	if f.Err() == nil {
		err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
			if err := town.SaveAccessibility(r.Context(), tx, a, civil.DateOf(tx.Now, web.Town(r).Loc)); err != nil {
				return err
			}
			return audit.Record(r.Context(), tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "town.accessibility", Subject: "town", Detail: a})
		})
		if err == nil {
			web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "La déclaration d’accessibilité est enregistrée", Text: "Elle est datée d’aujourd’hui."})
			return web.Redirect(w, r, parametersPath)
		}
		if !f.Blame(err) {
			return err
		}
	}
	return p.showAccessibility(w, r, who, http.StatusUnprocessableEntity, f)
}

// countOrNone writes a number for a field; nothing rather than zero.
func countOrNone(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
