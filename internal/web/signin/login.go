package signin

import (
	"errors"
	"net/http"

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
	s.Handle("GET /connexion/etape", web.Anyone(d.secondForm))
	s.Handle("POST /connexion/etape", web.Anyone(d.second))
	s.Handle("POST /connexion/cle/defi", web.Anyone(d.passkeyChallenge))
	s.Handle("POST /connexion/cle", web.Anyone(d.passkeyLogin))
	s.Handle("POST /deconnexion", web.Anyone(d.logout))
	d.providerRoutes(s)
	s.Handle("GET /identifiant", web.Anyone(d.reminderForm))
	s.Handle("POST /identifiant", web.Anyone(d.reminder))
	s.Handle("GET /adresse/{token}", web.Anyone(d.emailForm))
	s.Handle("POST /adresse/{token}", web.Anyone(d.confirmEmail))
	s.Handle("GET /adresse/annulation/{token}", web.Anyone(d.cancelForm))
	s.Handle("POST /adresse/annulation/{token}", web.Anyone(d.cancelEmail))
	s.Handle("GET /mot-de-passe", web.Anyone(d.forgotForm))
	s.Handle("POST /mot-de-passe", web.Anyone(d.forgot))
	s.Handle("GET /mot-de-passe/{token}", web.Anyone(d.chooseForm))
	s.Handle("POST /mot-de-passe/{token}", web.Anyone(d.choose))
}

// loginView is what the sign-in page shows.
type loginView struct {
	errand
	form   *web.Form
	Lost   bool // a form was posted that could not be kept
	Wait   int  // seconds before the next try
	Error  string
	Advice string
	// Inactive is true when these are the login and the password of a space whose link has not been used yet.
	Inactive bool
	Notice   string // something to say that is no error
	Ways     []way
	// Claim is the identity that waits for its account, when Link is set; Provider is who vouched for it.
	Claim    identity.Claim
	Provider string
}

// says reports whether the page has something to say above the form.
func (v loginView) says() bool {
	return v.Wait > 0 || v.Error != "" || v.Inactive || v.Link || v.Notice != "" || v.Kept != "" || v.Lost || v.Next != ""
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
	return d.showLogin(w, r, http.StatusOK, loginView{errand: errand{Next: next}})
}

func (d *Door) showLogin(w http.ResponseWriter, r *http.Request, status int, v loginView) error {
	if v.Link {
		claim, err := d.claim(r)
		switch {
		case err == nil:
			v.Claim, v.Provider = claim, providerName(web.Town(r), claim.Provider)
		case fault.Is(err, fault.NotFound):
			v.Link = false
		default:
			return err
		}
	}
	if !v.Link {
		v.Ways = ways(web.Town(r), v.errand)
	}
	return web.Render(w, r, status, loginPage(web.Frame(w, r, ui.Page{Title: "Me connecter", Nav: Nav()}), v))
}

// again asks who posted a form to sign in again, keeping the form.
func (d *Door) again(w http.ResponseWriter, r *http.Request, now civil.Instant) error {
	v := loginView{errand: errand{Kept: keep(w, r, now)}}
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
	v := loginView{form: form, errand: readErrand(form)}
	c, ok, err := d.try(r, form)
	switch {
	case err != nil:
		return err
	case c.Wait > 0:
		v.Wait = seconds(c.Wait)
		retryAfter(w, v.Wait)
		return d.showLogin(w, r, http.StatusTooManyRequests, v)
	case !ok:
		v.Error = "Cet identifiant ou ce mot de passe n’est pas reconnu"
		v.Advice = "Vérifiez les majuscules, ou choisissez un nouveau mot de passe avec « Mot de passe oublié »."
		if v.Inactive, err = d.inactive(r, form); err != nil {
			return err
		}
		return d.showLogin(w, r, http.StatusUnprocessableEntity, v)
	}
	e, err := d.admit(r, v.errand, func(tx *db.Tx) (identity.Entry, error) {
		return identity.Enter(r.Context(), tx, c, identity.DeviceName(r.UserAgent()))
	})
	if refusal, ok := fault.As(err); ok {
		v.Error = refusal.Message
		return d.showLogin(w, r, http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	return d.welcome(w, r, e, v.errand)
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

// attempt is who tries, from where, for the throttle.
func attempt(r *http.Request, t *town.Town, login string) identity.Attempt {
	return identity.Attempt{Login: login, Address: web.ClientAddr(r).String(), Device: token(r, deviceCookie), Key: t.KeyFor("sign-in")}
}

// logout ends the session, and leads on to end it at the provider when it came from one: by a page that moves on by itself, since a form may
// not be sent to another site.
func (d *Door) logout(w http.ResponseWriter, r *http.Request) error {
	s, err := d.Current(r)
	if err != nil && !errors.Is(err, identity.ErrSignedOut) {
		return err
	}
	address, name := "", ""
	if err == nil {
		address, name = d.farewell(r, s)
	}
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		return identity.SignOut(r.Context(), tx, token(r, sessionCookie))
	})
	if err != nil {
		return err
	}
	setCookie(w, r, sessionCookie, "", -1)
	if address != "" {
		w.Header().Set("Refresh", "0;url="+address)
		return web.Render(w, r, http.StatusOK, leavingPage(web.Frame(w, r, ui.Page{Title: "Vous êtes déconnecté", Nav: Nav()}), address, name))
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Vous êtes déconnecté"})
	return web.Redirect(w, r, "/")
}

// Nav is the menu of the pages open to everyone.
func Nav() []ui.NavItem {
	return []ui.NavItem{
		{Href: "/", Label: "Accueil", Icon: "house"},
		{Href: "/actualites", Label: "Actualités", Icon: "megaphone"},
		{Href: "/activites", Label: "Activités", Icon: "tent-tree"},
		{Href: "/documents-a-telecharger", Label: "Documents à télécharger", Icon: "file-down"},
		{Href: "/preferences", Label: "Mes préférences", Icon: "settings"},
		{Href: "/contact", Label: "Contact", Icon: "phone"},
		{Href: "/recherche", Label: "Rechercher", Icon: "search"},
	}
}
