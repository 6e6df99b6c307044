package signin

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/identity"
	"preau/internal/town"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// Routes adds the pages about signing in and passwords.
func (d *Door) Routes(s *web.Server) {
	s.Handle("GET /connexion", web.Anyone(d.loginForm))
	s.Handle("POST /connexion", web.Anyone(d.login))
	s.Handle("POST /deconnexion", web.Anyone(d.logout))
	s.Handle("GET /mot-de-passe", web.Anyone(d.forgotForm))
	s.Handle("POST /mot-de-passe", web.Anyone(d.forgot))
	s.Handle("GET /mot-de-passe/{token}", web.Anyone(d.chooseForm))
	s.Handle("POST /mot-de-passe/{token}", web.Anyone(d.choose))
}

// loginView is what the sign-in page shows.
type loginView struct {
	form   *web.Form
	Next   string // page to return to
	Kept   string // sealed form to give back
	Lost   bool   // a form was posted that could not be kept
	Wait   int    // seconds before the next try
	Error  string
	Advice string
}

func (d *Door) loginForm(w http.ResponseWriter, r *http.Request) error {
	next := web.Local(r.URL.Query().Get("suite"), "")
	s, err := d.Current(r)
	if err == nil {
		return web.Redirect(w, r, destination(s.Account.Kind, next))
	}
	if !errors.Is(err, identity.ErrSignedOut) {
		return err
	}
	return d.showLogin(w, r, http.StatusOK, loginView{Next: next})
}

func (d *Door) showLogin(w http.ResponseWriter, r *http.Request, status int, v loginView) error {
	return web.Render(w, r, status, loginPage(web.Frame(w, r, ui.Page{Title: "Me connecter", Nav: Nav()}), v))
}

// again asks who posted a form to sign in again, keeping the form.
func (d *Door) again(w http.ResponseWriter, r *http.Request, now civil.Instant) error {
	v := loginView{Kept: keep(w, r, now)}
	if v.Kept == "" {
		v.Lost, v.Next = true, r.URL.RequestURI()
	}
	return d.showLogin(w, r, http.StatusUnauthorized, v)
}

func (d *Door) login(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	v := loginView{form: form, Next: web.Local(form.Raw("suite"), ""), Kept: form.Raw("saisie")}
	c, ok, err := d.try(r, form)
	switch {
	case err != nil:
		return err
	case c.Wait > 0:
		v.Wait = int((c.Wait + time.Second - 1) / time.Second)
		w.Header().Set("Retry-After", strconv.Itoa(v.Wait))
		return d.showLogin(w, r, http.StatusTooManyRequests, v)
	case !ok:
		v.Error = "Cet identifiant ou ce mot de passe n’est pas reconnu"
		v.Advice = "Vérifiez les majuscules, ou choisissez un nouveau mot de passe avec « Mot de passe oublié »."
		return d.showLogin(w, r, http.StatusUnprocessableEntity, v)
	}
	e, now, err := d.enter(r, c)
	if refusal, ok := fault.As(err); ok {
		v.Error = refusal.Message
		return d.showLogin(w, r, http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	give(w, r, e)
	if k, ok := unkeep(r, v.Kept, now); ok && destination(e.Session.Account.Kind, k.Path) == k.Path {
		return web.Render(w, r, http.StatusOK, resumePage(web.Frame(w, r, ui.Page{Title: "De retour", Nav: Nav()}), k, home(e.Session.Account.Kind)))
	}
	return web.Redirect(w, r, destination(e.Session.Account.Kind, v.Next))
}

// try counts the try in one transaction, then hashes outside of any.
func (d *Door) try(r *http.Request, form *web.Form) (c identity.Challenge, ok bool, err error) {
	t := web.Town(r)
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		c, err = identity.Knock(r.Context(), tx, attempt(r, t, form.Raw("identifiant")))
		return err
	})
	if err != nil {
		return c, false, err
	}
	ok, err = c.Matches(r.Context(), form.Raw("mot_de_passe"))
	return c, ok, err
}

// enter opens the session; the one the browser had, whoever's, ends.
func (d *Door) enter(r *http.Request, c identity.Challenge) (e identity.Entry, now civil.Instant, err error) {
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		now = tx.Now
		if err := identity.SignOut(r.Context(), tx, token(r, sessionCookie)); err != nil {
			return err
		}
		e, err = identity.Enter(r.Context(), tx, c, identity.DeviceName(r.UserAgent()))
		return err
	})
	return e, now, err
}

// attempt is who tries, from where, for the throttle.
func attempt(r *http.Request, t *town.Town, login string) identity.Attempt {
	return identity.Attempt{Login: login, Address: web.ClientAddr(r).String(), Device: token(r, deviceCookie), Key: t.KeyFor("sign-in")}
}

func (d *Door) logout(w http.ResponseWriter, r *http.Request) error {
	err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		return identity.SignOut(r.Context(), tx, token(r, sessionCookie))
	})
	if err != nil {
		return err
	}
	setCookie(w, r, sessionCookie, "", -1)
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Vous êtes déconnecté"})
	return web.Redirect(w, r, "/")
}

// Nav is the menu of the pages open to everyone.
func Nav() []ui.NavItem {
	return []ui.NavItem{
		{Href: "/", Label: "Accueil", Icon: "house"},
		{Href: "/contact", Label: "Contact", Icon: "phone"},
	}
}
