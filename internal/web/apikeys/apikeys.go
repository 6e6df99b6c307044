// Package apikeys holds the page where the town gives keys to its other software, and takes them back.
package apikeys

import (
	"net/http"
	"strings"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
)

const (
	parameters = "/bureau/parametres"
	path       = parameters + "/cles-api"
)

// Pages are the handlers of the package.
type Pages struct {
	Door *signin.Door
}

// Routes adds the pages to a server.
func (p Pages) Routes(s *web.Server) {
	s.Handle("GET /bureau/parametres/cles-api", p.Door.Office(staff.Staff, p.list))
	s.Handle("POST /bureau/parametres/cles-api", p.Door.Office(staff.Staff, p.issue))
	s.Handle("POST /bureau/parametres/cles-api/{token}/revocation", p.Door.Office(staff.Staff, p.revoke))
}

// view is the keys there are, and the form of a new one.
type view struct {
	Tokens []staff.Token
	Agents []staff.Agent // who may answer for a new key
	all    map[string]staff.Agent
	Secret string // of the key just made, shown this once
	Made   string // its name
	Today  civil.Date
	Loc    *time.Location
	Form   *web.Form
}

func (v view) field(f ui.Field) ui.Field { return v.Form.Field(f) }

func (v view) chosen() []string {
	if v.Form == nil {
		return nil
	}
	return v.Form.All("usages")
}

func (v view) agents() []ui.Option {
	list := []ui.Option{{Value: "", Label: "Choisissez"}}
	for _, a := range v.Agents {
		list = append(list, ui.Option{Value: a.ID, Label: a.Name + " (" + a.Role.French() + ")"})
	}
	return list
}

func scopes() (list []ui.Option) {
	for _, s := range staff.Scopes() {
		list = append(list, ui.Option{Value: string(s), Label: s.French()})
	}
	return list
}

// words says in one line what purposes are.
func words(list []staff.Scope) string {
	names := make([]string, len(list))
	for i, s := range list {
		names[i] = s.French()
	}
	return strings.Join(names, " · ")
}

// state is how a key stands.
func (v view) state(t staff.Token) (kind ui.Kind, icon, word string) {
	switch {
	case !t.RevokedAt.IsZero():
		return ui.Plain, "ban", "Révoquée le " + civil.DateOf(t.RevokedAt, v.Loc).Numeric()
	case !t.Until.IsZero() && v.Today.After(t.Until):
		return ui.Plain, "hourglass", "Échue le " + t.Until.Numeric()
	case v.all[t.AgentID].Suspended():
		return ui.Bad, "ban", "Sans effet : l’accès de l’agent est suspendu"
	case len(v.lost(t)) == len(t.Scopes):
		return ui.Bad, "ban", "Sans effet : l’agent n’a plus le droit qu’il faut"
	case !t.Until.IsZero():
		return ui.Good, "circle-check", "Valable jusqu’au " + t.Until.Numeric()
	}
	return ui.Good, "circle-check", "Valable"
}

// lost are the purposes of a key that its agent has no right to any more: the key does not serve for them.
func (v view) lost(t staff.Token) (out []staff.Scope) {
	for _, s := range t.Scopes {
		if !v.all[t.AgentID].MayAnswerFor(s) {
			out = append(out, s)
		}
	}
	return out
}

// lostWords says which purposes a key that serves for others is refused.
func (v view) lostWords(t staff.Token) string {
	lost := v.lost(t)
	if len(lost) == 0 || len(lost) == len(t.Scopes) || !t.RevokedAt.IsZero() {
		return ""
	}
	return "Refusée, l’agent n’en a plus le droit : " + words(lost)
}

func (v view) used(t staff.Token) string {
	if t.LastUsedAt.IsZero() {
		return "Jamais"
	}
	return civil.ShortInstant(t.LastUsedAt, v.Loc)
}

func (p Pages) list(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.show(w, r, who, http.StatusOK, view{})
}

func (p Pages) show(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, v view) error {
	v.Loc = web.Town(r).Loc
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.Today = civil.DateOf(tx.Now, v.Loc)
		if v.Tokens, err = staff.Tokens(r.Context(), tx); err != nil {
			return err
		}
		all, err := staff.List(r.Context(), tx)
		v.all = make(map[string]staff.Agent, len(all))
		for _, a := range all {
			v.all[a.ID] = a
			if !a.Suspended() {
				v.Agents = append(v.Agents, a)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	page := signin.OfficePage(w, r, "Clés pour d’autres logiciels", parameters, who)
	page.Crumbs = []ui.Link{{Href: parameters, Label: "Paramètres"}, {Label: "Clés pour d’autres logiciels"}}
	return web.Render(w, r, status, keysPage(page, v))
}

// issue makes a key and answers with the page that shows it, this once: a redirection would have to keep the secret somewhere.
func (p Pages) issue(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	n := staff.NewToken{Name: f.Text("nom", 80), AgentID: f.Raw("agent")}
	for _, s := range f.All("usages") {
		n.Scopes = append(n.Scopes, staff.Scope(s))
	}
	if f.Raw("jusqu") != "" {
		n.Until = f.Date("jusqu")
	}
	if f.Err() != nil {
		return p.show(w, r, who, http.StatusUnprocessableEntity, view{Form: f})
	}
	var secret string
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		_, secret, err = staff.IssueToken(r.Context(), tx, who, n, web.Town(r).Loc)
		return err
	})
	if f.Blame(err) {
		return p.show(w, r, who, http.StatusUnprocessableEntity, view{Form: f})
	}
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return p.show(w, r, who, http.StatusOK, view{Secret: secret, Made: n.Name})
}

func (p Pages) revoke(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	if _, err := web.ReadForm(w, r); err != nil {
		return err
	}
	err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		return staff.RevokeToken(r.Context(), tx, who, r.PathValue("token"))
	})
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "La clé est révoquée", Text: "Le logiciel qui s’en servait est refusé dès maintenant."})
	return web.Redirect(w, r, path)
}
