package family

import (
	"net/http"
	"strconv"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/request"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
)

const (
	requestsPath  = signin.JoinPath
	joinFormPath  = requestsPath + "/foyer"
	ownAccessPath = requestsPath + "/acces"
)

func (p Pages) requestRoutes(s *web.Server) {
	s.Handle("GET /espace/demarches", p.Door.Account(p.requests))
	s.Handle("POST /espace/demarches/cle", p.Door.Account(p.enterKey))
	s.Handle("GET /espace/demarches/foyer", p.Door.Account(p.joinForm))
	s.Handle("POST /espace/demarches/foyer", p.Door.Account(p.join))
	s.Handle("GET /espace/demarches/acces", p.Door.Account(p.ownAccess))
	s.Handle("POST /espace/demarches/acces/mot-de-passe", p.Door.Account(p.ownPassword))
	s.Handle("POST /espace/demarches/acces/deconnexions", p.Door.Account(p.ownDevices))
	s.Handle("GET /espace/demarches/{request}", p.Door.Account(p.request))
	s.Handle("POST /espace/demarches/{request}/messages", p.Door.Account(p.writeRequest))
	s.Handle("POST /espace/demarches/{request}/retrait", p.Door.Account(p.withdrawRequest))
}

// requestsView is what a family asked of the town.
type requestsView struct {
	List []request.Request
	Tied bool // the account has its household
	Open bool // a request waits to be decided
	Key  string
	Form *web.Form
	Loc  *time.Location
}

func (p Pages) requests(w http.ResponseWriter, r *http.Request, who identity.Session) error {
	return p.showRequests(w, r, who, http.StatusOK, nil)
}

func (p Pages) showRequests(w http.ResponseWriter, r *http.Request, who identity.Session, status int, form *web.Form) error {
	v := requestsView{Form: form, Loc: web.Town(r).Loc}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Tied, err = tied(r, tx, who.Account); err != nil {
			return err
		}
		v.List, err = request.List(r.Context(), tx, who.Account.ID)
		return err
	})
	if err != nil {
		return err
	}
	for _, q := range v.List {
		v.Open = v.Open || q.State.Open()
	}
	return web.Render(w, r, status, requestsPage(p.accountFrame(w, r, "Mes démarches", requestsPath, who, v.Tied), v))
}

// tied says whether an account has a household.
func tied(r *http.Request, tx *db.Tx, a identity.Account) (bool, error) {
	_, err := household.GuardianOf(r.Context(), tx, a.ID)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// accountFrame is the frame of who may not have a household yet: then the menu holds what works without one.
func (p Pages) accountFrame(w http.ResponseWriter, r *http.Request, title, here string, who identity.Session, tied bool) ui.Page {
	if tied {
		return p.frame(w, r, title, here, who.Account.Name)
	}
	nav := []ui.NavItem{{Href: requestsPath, Label: "Démarches", Icon: "clipboard-list"}, {Href: ownAccessPath, Label: "Mon accès", Icon: "user-round"}}
	return web.Frame(w, r, ui.Page{Title: title, Nav: nav, Here: here, User: who.Account.Name, Me: ownAccessPath})
}

// enterKey uses a key after the space was opened. The count of tries is kept even when the key is wrong.
func (p Pages) enterKey(w http.ResponseWriter, r *http.Request, who identity.Session) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	var out request.KeyOutcome
	var wrong error
	err = t.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		out, wrong, err = request.TryKey(r.Context(), tx, t, who.Account, request.KeyTry{Typed: form.Text("cle", 40), Address: web.ClientAddr(r).String(), Who: who.Account.ID})
		return err
	})
	switch {
	case err != nil:
		return err
	case wrong != nil:
		form.Blame(wrong)
		return p.showRequests(w, r, who, http.StatusUnprocessableEntity, form)
	case out.Tied:
		web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Votre espace est relié à votre foyer"})
		return web.Redirect(w, r, signin.FamilyHome)
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Warn, Title: "Un agent vérifie", Text: "Cette clé est au nom d’une autre personne. Votre démarche a le numéro " + out.Request.Number + "."})
	return web.Redirect(w, r, requestsPath+"/"+out.Request.ID)
}

// joinView is the form to join or create a household.
type joinView struct {
	Content request.Content
	Form    *web.Form
}

func (p Pages) joinForm(w http.ResponseWriter, r *http.Request, who identity.Session) error {
	var v joinView
	has := false
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if has, err = tied(r, tx, who.Account); err != nil || has {
			return err
		}
		q, err := request.Current(r.Context(), tx, who.Account.ID)
		if err == nil && q.State == request.Draft {
			v.Content = q.Content
		}
		has = err == nil && q.State.Open()
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	if has {
		return web.Redirect(w, r, requestsPath)
	}
	return web.Render(w, r, http.StatusOK, joinPage(p.accountFrame(w, r, "Relier mon foyer", requestsPath, who, false), v))
}

// join keeps a draft, or sends the request.
func (p Pages) join(w http.ResponseWriter, r *http.Request, who identity.Session) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	c := readJoin(form)
	t := web.Town(r)
	var sent request.Request
	keep := form.Raw("action") == "garder"
	err = form.Err()
	if err == nil {
		err = t.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
			if keep {
				sent, err = request.SaveDraft(r.Context(), tx, who.Account, c)
			} else {
				sent, err = request.Submit(r.Context(), tx, t, who.Account, c)
			}
			return err
		})
	}
	switch {
	case err != nil && form.Blame(err):
		return web.Render(w, r, http.StatusUnprocessableEntity, joinPage(p.accountFrame(w, r, "Relier mon foyer", requestsPath, who, false), joinView{c, form}))
	case err != nil:
		return err
	case keep:
		web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Votre brouillon est conservé", Text: "Rien n’est envoyé à la mairie."})
		return web.Redirect(w, r, requestsPath)
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Votre démarche est enregistrée sous le numéro " + sent.Number, Text: "Un accusé de réception vous est envoyé par e-mail."})
	return web.Redirect(w, r, requestsPath+"/"+sent.ID)
}

// readJoin reads the form; children are those of whom anything was typed.
func readJoin(f *web.Form) request.Content {
	c := request.Content{Wish: f.Text("souhait", 10), Reference: f.Text("dossier", 40), Note: f.Lines("precision", 2000)}
	for i := range request.ChildSlots {
		field := "enfant_" + strconv.Itoa(i+1) + "_"
		child := request.Child{FirstName: f.Text(field+"prenom", 100), LastName: f.Text(field+"nom", 100), BornOn: f.Date(field + "naissance"), School: f.Text(field+"ecole", 200)}
		if child.Filled() {
			c.Children = append(c.Children, child)
		}
	}
	return c
}

// askedView is one request, with what happened to it.
type askedView struct {
	request.Request
	Events []request.Event
	Form   *web.Form
	Loc    *time.Location
}

func (p Pages) request(w http.ResponseWriter, r *http.Request, who identity.Session) error {
	return p.showRequest(w, r, who, http.StatusOK, nil)
}

func (p Pages) showRequest(w http.ResponseWriter, r *http.Request, who identity.Session, status int, form *web.Form) error {
	v := askedView{Form: form, Loc: web.Town(r).Loc}
	has := false
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Request, err = request.OfAccount(r.Context(), tx, who.Account.ID, r.PathValue("request")); err != nil {
			return err
		}
		if has, err = tied(r, tx, who.Account); err != nil {
			return err
		}
		v.Events, err = request.Events(r.Context(), tx, v.ID)
		return err
	})
	if err != nil {
		return err
	}
	if v.State == request.Draft {
		return web.Redirect(w, r, joinFormPath)
	}
	return web.Render(w, r, status, askedPage(p.accountFrame(w, r, v.Title(), requestsPath, who, has), v))
}

func (p Pages) writeRequest(w http.ResponseWriter, r *http.Request, who identity.Session) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		return request.Answer(r.Context(), tx, t, who.Account, r.PathValue("request"), form.Raw("message"))
	})
	if err != nil {
		if form.Blame(err) {
			return p.showRequest(w, r, who, http.StatusUnprocessableEntity, form)
		}
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Votre message est envoyé au service"})
	return web.Redirect(w, r, requestsPath+"/"+r.PathValue("request"))
}

func (p Pages) withdrawRequest(w http.ResponseWriter, r *http.Request, who identity.Session) error {
	t := web.Town(r)
	err := t.DB.Write(r.Context(), func(tx *db.Tx) error {
		return request.Withdraw(r.Context(), tx, t, who.Account, r.PathValue("request"))
	})
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Votre démarche est retirée"})
	return web.Redirect(w, r, requestsPath)
}

// ownAccess is the page about the account itself, for who has no household yet.
func (p Pages) ownAccess(w http.ResponseWriter, r *http.Request, who identity.Session) error {
	return p.showOwnAccess(w, r, who, nil, 0)
}

func (p Pages) showOwnAccess(w http.ResponseWriter, r *http.Request, who identity.Session, form *web.Form, wait int) error {
	v, err := p.Door.Own(r, who, ownAccessPath)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if form != nil {
		status = signin.Status(wait)
	}
	v.Form, v.Wait = form, wait
	return web.Render(w, r, status, ownAccessPage(p.accountFrame(w, r, "Mon accès", ownAccessPath, who, false), v))
}

func (p Pages) ownPassword(w http.ResponseWriter, r *http.Request, who identity.Session) error {
	done, form, wait, err := p.Door.ChangePassword(w, r, who)
	switch {
	case err != nil:
		return err
	case done:
		return web.Redirect(w, r, ownAccessPath)
	}
	return p.showOwnAccess(w, r, who, form, wait)
}

func (p Pages) ownDevices(w http.ResponseWriter, r *http.Request, who identity.Session) error {
	return p.Door.EndDevices(w, r, who, ownAccessPath)
}

// field adds what is wrong with a child: its value is the content's, in which a place left empty is closed up.
func (v joinView) field(f ui.Field) ui.Field {
	if v.Form != nil {
		f.Error = v.Form.Wrong()[f.Name]
	}
	return f
}

// childSlot is the child at a place of the form; the zero child when none was typed there.
func (v joinView) childSlot(i int) request.Child {
	if i < len(v.Content.Children) {
		return v.Content.Children[i]
	}
	return request.Child{}
}

// slots are the places for children: at least one, the first ones open.
func (v joinView) slots() []int {
	out := make([]int, request.ChildSlots)
	for i := range out {
		out[i] = i
	}
	return out
}

func childField(i int, part string) string { return "enfant_" + strconv.Itoa(i+1) + "_" + part }

func dateOf(i civil.Instant, loc *time.Location) string { return civil.ShortInstant(i, loc) }
