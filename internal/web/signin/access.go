package signin

import (
	"net/http"

	"github.com/a-h/templ"

	"preau/internal/db"
	"preau/internal/identity"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// Owner is who is signed in, on the pages about their own access, and how the pages of their side are framed.
type Owner struct {
	Session identity.Session
	Base    string                          // "/espace/profil" or "/bureau/profil"
	Frame   func(title string) ui.Page      // the page of their side, the profile being the current item
	Layout  func(p ui.Page) templ.Component // ui.Family or ui.Office
}

// page frames one of the pages under the profile.
func (o Owner) page(title string) ui.Page {
	p := o.Frame(title)
	p.Crumbs = []ui.Link{{Href: o.Base, Label: "Mon profil"}, {Label: title}}
	return p
}

// body is the class of what a page holds: a family's page is as wide as its column, the office has its own.
func (o Owner) body() string {
	if o.Session.Account.Kind == identity.Staff {
		return "stack"
	}
	return "wrap"
}

// OwnHandler answers the owner of an account.
type OwnHandler func(http.ResponseWriter, *http.Request, Owner) error

// OwnRoutes adds, under a profile, the pages about one's own ways in. wrap says who may ask: it makes an endpoint of an OwnHandler.
func (d *Door) OwnRoutes(s *web.Server, base string, wrap func(OwnHandler) web.Endpoint) {
	s.Handle("GET "+base+"/seconde-etape", wrap(d.factorPage))
	s.Handle("POST "+base+"/seconde-etape", wrap(d.beginFactor))
	s.Handle("GET "+base+"/seconde-etape/image", wrap(d.factorImage))
	s.Handle("POST "+base+"/seconde-etape/confirmation", wrap(d.confirmFactor))
	s.Handle("POST "+base+"/seconde-etape/codes", wrap(d.renewCodes))
	s.Handle("POST "+base+"/seconde-etape/retrait", wrap(d.removeFactor))
	s.Handle("GET "+base+"/cles", wrap(d.keysPage))
	s.Handle("POST "+base+"/cles/defi", wrap(d.newKeyChallenge))
	s.Handle("POST "+base+"/cles", wrap(d.addKey))
	s.Handle("POST "+base+"/cles/{cle}/retrait", wrap(d.removeKey))
	s.Handle("GET "+base+"/identite", wrap(d.linkPage))
	s.Handle("POST "+base+"/identite/retrait", wrap(d.unlink))
}

// EmailRoutes adds the change of one's own address: families only, since the direction keeps the agents'.
func (d *Door) EmailRoutes(s *web.Server, base string, wrap func(OwnHandler) web.Endpoint) {
	s.Handle("GET "+base+"/adresse", wrap(d.ownEmailPage))
	s.Handle("POST "+base+"/adresse", wrap(d.askEmail))
}

// present checks the present password in the field "actuel", and gives the challenge it answers. wait is in seconds.
func (d *Door) present(r *http.Request, form *web.Form, s identity.Session) (c identity.Challenge, ok bool, wait int, err error) {
	t := web.Town(r)
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		c, err = identity.Owner(r.Context(), tx, s.Account, t.KeyFor("sign-in"))
		return err
	})
	if err != nil || c.Wait > 0 {
		return c, false, seconds(c.Wait), err
	}
	ok, err = c.Matches(r.Context(), form.Raw("actuel"))
	if err == nil && !ok {
		form.Fail("actuel", "Ce n’est pas votre mot de passe actuel.")
	}
	return c, ok, 0, err
}

// prove is present for what changes a way in: an unattended screen is not enough.
func (d *Door) prove(r *http.Request, form *web.Form, s identity.Session) (ok bool, wait int, err error) {
	c, ok, wait, err := d.present(r, form, s)
	if err != nil || !ok {
		return false, wait, err
	}
	return true, 0, web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error { return identity.Proved(r.Context(), tx, c) })
}
