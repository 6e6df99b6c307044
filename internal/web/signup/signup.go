// Package signup holds the pages where a visitor opens a family's space: four tabs, each a form that works alone, then the link of an e-mail.
//
// What is typed is a draft of package registration, found by a cookie; the server alone decides where the visitor stands. Going back, an
// error, a closed browser and a wrong answer to the security question lose nothing, the photo included.
package signup

import (
	"net/http"

	"preau/internal/blob"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/identity"
	"preau/internal/registration"
	"preau/internal/town"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
)

// Addresses of the pages.
const (
	startPath   = "/creer-mon-espace"
	sentPath    = startPath + "/envoye"
	photoPath   = startPath + "/photo"
	againPath   = "/activation"
	draftCookie = "creation"
	draftAge    = 24 * 3600 // seconds: as long as the draft is kept
)

// tabs are the four forms, in order.
var tabs = []struct{ path, label string }{
	{startPath + "/identite", "Identité"},
	{startPath + "/adresse", "Adresse"},
	{startPath + "/contact", "Contact"},
	{startPath + "/authentification", "Authentification"},
}

func tabLabels() []string {
	var out []string
	for _, t := range tabs {
		out = append(out, t.label)
	}
	return out
}

// Pages are the handlers of the package.
type Pages struct{}

// Routes adds the pages to a server.
func (p Pages) Routes(s *web.Server) {
	s.Handle("GET /creer-mon-espace", web.Anyone(p.start))
	s.Handle("POST /creer-mon-espace", web.Anyone(p.begin))
	s.Handle("GET /creer-mon-espace/identite", web.Anyone(p.tab(0)))
	s.Handle("POST /creer-mon-espace/identite", web.Anyone(p.identity))
	s.Handle("GET /creer-mon-espace/adresse", web.Anyone(p.tab(1)))
	s.Handle("POST /creer-mon-espace/adresse", web.Anyone(p.address))
	s.Handle("GET /creer-mon-espace/contact", web.Anyone(p.tab(2)))
	s.Handle("POST /creer-mon-espace/contact", web.Anyone(p.contact))
	s.Handle("GET /creer-mon-espace/authentification", web.Anyone(p.tab(3)))
	s.Handle("POST /creer-mon-espace/authentification", web.Anyone(p.finish))
	s.Handle("GET /creer-mon-espace/photo", web.Anyone(p.photo))
	s.Handle("GET /creer-mon-espace/envoye", web.Anyone(p.sent))
	s.Handle("GET /communes", web.Anyone(p.communes))
	s.Handle("GET /activation", web.Anyone(p.againForm))
	s.Handle("POST /activation", web.Anyone(p.again))
	s.Handle("GET /activation/{token}", web.Anyone(p.activateForm))
	s.Handle("POST /activation/{token}", web.Anyone(p.activate))
}

func (p Pages) frame(w http.ResponseWriter, r *http.Request, title string) ui.Page {
	return web.Frame(w, r, ui.Page{Title: title, Nav: signin.Nav()})
}

// secret seals drafts.
func secret(t *town.Town) []byte { return t.KeyFor("registration drafts") }

// draft is the visitor's, and its token.
type draft struct {
	registration.Draft
	token string
}

func cookieName(r *http.Request) string {
	if web.Secure(r) {
		return "__Host-" + draftCookie
	}
	return draftCookie
}

func setDraft(w http.ResponseWriter, r *http.Request, token string, age int) {
	http.SetCookie(w, &http.Cookie{Name: cookieName(r), Value: token, Path: "/", MaxAge: age, HttpOnly: true, Secure: web.Secure(r), SameSite: http.SameSiteLaxMode})
}

// load reads the visitor's draft; not found when there is none, or no longer.
func load(r *http.Request, tx *db.Tx) (draft, error) {
	c, err := r.Cookie(cookieName(r))
	if err != nil {
		return draft{}, fault.NotFoundf("Rien n’est commencé.")
	}
	d, err := registration.LoadDraft(r.Context(), tx, secret(web.Town(r)), c.Value)
	return draft{d, c.Value}, err
}

// start says what it takes. A key in the fragment of the address, which browsers keep for themselves, is put in the form by the script.
func (p Pages) start(w http.ResponseWriter, r *http.Request) error {
	begun := false
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		_, err := load(r, tx)
		begun = err == nil
		return unless(err, fault.NotFound)
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, startPage(p.frame(w, r, "Créer mon espace"), begun))
}

// unless forgets an error of a kind.
func unless(err error, k fault.Kind) error {
	if fault.Is(err, k) {
		return nil
	}
	return err
}

// draftsByAddress is how many drafts one address may begin in an hour.
const draftsByAddress = 60

// begin opens a draft, or goes on with the one there is.
func (p Pages) begin(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	key := form.Text("cle", 40)
	t := web.Town(r)
	var d draft
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		d, err = load(r, tx)
		if err == nil && form.Raw("action") != "recommencer" {
			if key != "" {
				d.Key = key
			}
			return registration.SaveDraft(r.Context(), tx, secret(t), d.token, d.Draft)
		}
		if unless(err, fault.NotFound) != nil {
			return err
		}
		if err == nil {
			if err := drop(r, tx, d); err != nil {
				return err
			}
		}
		d = draft{}
		d.Key = key
		d, err = p.open(r, tx, d)
		return err
	})
	if err != nil {
		return err
	}
	setDraft(w, r, d.token, draftAge)
	return web.Redirect(w, r, tabs[min(d.Done, len(tabs)-1)].path)
}

// open begins a draft, as often as one address may.
func (p Pages) open(r *http.Request, tx *db.Tx, d draft) (draft, error) {
	t := web.Town(r)
	over, err := identity.CountTry(r.Context(), tx, identity.Try{
		Key: t.KeyFor("sign-up"), What: "draft by address", Who: identity.Network(web.ClientAddr(r).String()), Most: draftsByAddress})
	if err != nil {
		return d, err
	}
	if over {
		return d, fault.Refusedf("Trop de créations ont commencé depuis votre connexion. Réessayez dans une heure.")
	}
	d.token, err = registration.BeginDraft(r.Context(), tx, secret(t), d.Draft)
	d.BegunAt = tx.Now
	return d, err
}

// drop forgets a draft that is begun again, with its photo.
func drop(r *http.Request, tx *db.Tx, d draft) error {
	if err := registration.EndDraft(r.Context(), tx, d.token); err != nil || d.PhotoID == "" {
		return err
	}
	return blob.Drop(r.Context(), tx, d.PhotoID)
}

// tab shows one of the forms as it was left.
func (p Pages) tab(i int) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		var d draft
		err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
			d, err = load(r, tx)
			return err
		})
		switch {
		case fault.Is(err, fault.NotFound):
			return web.Redirect(w, r, startPath)
		case err != nil:
			return err
		case d.Done < i:
			return web.Redirect(w, r, tabs[d.Done].path)
		}
		return p.show(w, r, i, view{draft: d})
	}
}

// view is what a form shows.
type view struct {
	draft
	form     *web.Form
	communes []choice
}

func (p Pages) show(w http.ResponseWriter, r *http.Request, i int, v view) error {
	status := http.StatusOK
	if v.form != nil {
		status = http.StatusUnprocessableEntity
	}
	page := p.frame(w, r, tabs[i].label+" – Créer mon espace")
	switch i {
	case 0:
		return web.Render(w, r, status, identityPage(page, v))
	case 1:
		return web.Render(w, r, status, addressPage(page, v))
	case 2:
		return web.Render(w, r, status, contactPage(page, v))
	}
	return web.Render(w, r, status, accessPage(page, v))
}

// save keeps what one of the forms says and says where to go: on when nothing is wrong, back when asked. apply writes the form into the
// draft and tells what is wrong through the form; it runs inside the transaction.
func (p Pages) save(w http.ResponseWriter, r *http.Request, i int, apply func(tx *db.Tx, f *web.Form, d *draft, today civil.Date) error) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	var d draft
	late, fresh := false, false
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		d, err = load(r, tx)
		if fault.Is(err, fault.NotFound) { // gone while the form stood open: what it holds is kept in a new one
			fresh = true
			late = i > 0
			d, err = p.open(r, tx, draft{})
		}
		if err != nil {
			return err
		}
		today := civil.DateOf(tx.Now, t.Loc)
		if err := apply(tx, form, &d, today); err != nil {
			return err
		}
		if form.Err() == nil && d.Done == i {
			d.Done = i + 1
		}
		d.Done = min(d.Done, d.Person.Good(today)) // what is kept may be wrong: going back can wait, the last tab cannot
		return registration.SaveDraft(r.Context(), tx, secret(t), d.token, d.Draft)
	})
	if err != nil {
		return err
	}
	if fresh {
		setDraft(w, r, d.token, draftAge)
	}
	switch {
	case late:
		web.Flash(w, r, ui.Flash{Kind: ui.Warn, Title: "Votre saisie datait de plus d’une journée", Text: "Ce que vous venez d’écrire est gardé. Complétez d’abord ce premier onglet."})
		return web.Redirect(w, r, tabs[0].path)
	case back(form):
		return web.Redirect(w, r, tabs[max(i-1, 0)].path)
	case form.Err() != nil:
		return p.show(w, r, i, view{draft: d, form: form, communes: candidates(d.Person)})
	case d.Done < i:
		return web.Redirect(w, r, tabs[d.Done].path)
	}
	return web.Redirect(w, r, tabs[min(i+1, len(tabs)-1)].path)
}

// back says whether the button to the tab before was pressed.
func back(f *web.Form) bool { return f.Raw("action") == "precedent" }

// blame puts what the rules found beside the fields, unless the visitor goes back: then it can wait.
func blame(f *web.Form, wrong map[string]string) {
	if back(f) {
		return
	}
	for field, message := range wrong {
		f.Fail(field, message)
	}
}
