package office

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/request"
	"preau/internal/staff"
	"preau/internal/town"
	"preau/internal/web"
	"preau/internal/web/ui"
)

const joinsPath = "/bureau/demandes-de-foyer"

// joinsShown is how many requests a list goes back.
const joinsShown = 200

func (p Pages) joinRoutes(s *web.Server) {
	s.Handle("GET /bureau/demandes-de-foyer", p.Door.Office(staff.Enrol, p.joins))
	s.Handle("GET /bureau/demandes-de-foyer/{request}", p.Door.Office(staff.Enrol, p.joinFile))
	s.Handle("POST /bureau/demandes-de-foyer/{request}/prise", p.Door.Office(staff.Enrol, p.takeJoin))
	s.Handle("POST /bureau/demandes-de-foyer/{request}/messages", p.Door.Office(staff.Enrol, p.writeJoin))
	s.Handle("POST /bureau/demandes-de-foyer/{request}/refus", p.Door.Office(staff.Enrol, p.refuseJoin))
	s.Handle("POST /bureau/demandes-de-foyer/{request}/acceptation", p.Door.Office(staff.Enrol, p.acceptJoin))
}

// joinsView is the requests to join or create a household.
type joinsView struct {
	List    []request.Request
	Decided bool
	Loc     *time.Location
}

func (p Pages) joins(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	if err := wholeTown(who); err != nil {
		return err
	}
	v := joinsView{Decided: r.URL.Query().Get("etat") == "decidees", Loc: web.Town(r).Loc}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.List, err = request.Queue(r.Context(), tx, v.Decided, joinsShown)
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, joinsPage(p.frame(w, r, "Demandes de foyer", joinsPath, who), v))
}

// joinFileView is one request with all that helps to decide.
type joinFileView struct {
	request.File
	Form *web.Form
	Loc  *time.Location
}

func (p Pages) joinFile(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	if err := wholeTown(who); err != nil {
		return err
	}
	return p.showJoin(w, r, who, http.StatusOK, nil)
}

func (p Pages) showJoin(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	t := web.Town(r)
	v := joinFileView{Form: form, Loc: t.Loc}
	err := t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.File, err = request.Open(r.Context(), tx, t, r.PathValue("request"))
		return err
	})
	if err != nil {
		return err
	}
	page := p.frame(w, r, v.Title()+" – "+v.Number, joinsPath, who)
	page.Crumbs = []ui.Link{{Href: joinsPath, Label: "Demandes de foyer"}, {Label: v.Number}}
	return web.Render(w, r, status, joinFilePage(page, v))
}

// decideJoin runs a verb on a request and says what was done; a form to correct comes back with its page.
func (p Pages) decideJoin(w http.ResponseWriter, r *http.Request, who staff.Agent, done string, verb func(ctx context.Context, tx *db.Tx, t *town.Town, f *web.Form) error) error {
	if err := wholeTown(who); err != nil {
		return err
	}
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error { return verb(r.Context(), tx, t, form) })
	if err != nil {
		if form.Blame(err) {
			return p.showJoin(w, r, who, http.StatusUnprocessableEntity, form)
		}
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: done, Text: "La famille est prévenue par e-mail."})
	return web.Redirect(w, r, joinsPath+"/"+r.PathValue("request"))
}

func (p Pages) takeJoin(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.decideJoin(w, r, who, "Vous avez pris cette démarche en charge", func(ctx context.Context, tx *db.Tx, t *town.Town, _ *web.Form) error {
		return request.Take(ctx, tx, t, who, r.PathValue("request"))
	})
}

func (p Pages) writeJoin(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.decideJoin(w, r, who, "Votre message est envoyé", func(ctx context.Context, tx *db.Tx, t *town.Town, f *web.Form) error {
		if f.Raw("attendre") != "" {
			return request.Ask(ctx, tx, t, who, r.PathValue("request"), f.Raw("message"))
		}
		return request.Write(ctx, tx, t, who, r.PathValue("request"), f.Raw("message"))
	})
}

func (p Pages) refuseJoin(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.decideJoin(w, r, who, "La démarche est refusée", func(ctx context.Context, tx *db.Tx, t *town.Town, f *web.Form) error {
		return request.Refuse(ctx, tx, t, who, r.PathValue("request"), f.Raw("motif"))
	})
}

// acceptJoin reads what to do from the button pressed: "responsable:ID" ties the account to somebody the town knows, "foyer:ID" adds a
// guardian to a household, "nouveau" makes one.
func (p Pages) acceptJoin(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.decideJoin(w, r, who, "La démarche est acceptée", func(ctx context.Context, tx *db.Tx, t *town.Town, f *web.Form) error {
		how, id, _ := strings.Cut(f.Raw("vers"), ":")
		switch how {
		case "responsable":
			return request.AcceptGuardian(ctx, tx, t, who, r.PathValue("request"), id)
		case "foyer":
			return request.AcceptMember(ctx, tx, t, who, r.PathValue("request"), id)
		case "nouveau":
			var children []int
			for _, place := range f.All("enfant") {
				if i, err := strconv.Atoi(place); err == nil {
					children = append(children, i)
				}
			}
			return request.AcceptNew(ctx, tx, t, who, r.PathValue("request"), children)
		}
		return fault.Invalidf("vers", "Choisissez ce que l’acceptation doit faire.")
	})
}

// signWords says why a household looks like the family.
func signWords(signs []household.Sign) string {
	var out []string
	for _, s := range signs {
		out = append(out, map[household.Sign]string{
			household.SignReference: "même numéro de dossier", household.SignChild: "un enfant de mêmes prénom et naissance",
			household.SignBirth: "même date de naissance", household.SignName: "mêmes nom et prénom", household.SignEmail: "même adresse e-mail",
			household.SignPhone: "même téléphone", household.SignChildName: "un enfant de mêmes nom et prénom",
		}[s])
	}
	return strings.Join(out, ", ")
}
