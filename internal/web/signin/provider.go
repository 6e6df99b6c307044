package signin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/identity"
	"preau/internal/remote"
	"preau/internal/remote/oidc"
	"preau/internal/seal"
	"preau/internal/town"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// providerRoutes are the pages between us and FranceConnect or ProConnect.
func (d *Door) providerRoutes(s *web.Server) {
	s.Handle("GET /connexion/{fournisseur}", web.Anyone(d.depart))
	s.Handle("GET /connexion/{fournisseur}/retour", web.Anyone(d.comeBack))
	s.Handle("GET /connexion/{fournisseur}/premiere-fois", web.Anyone(d.firstTime))
	s.Handle("GET /connexion/{fournisseur}/sortie", web.Anyone(d.signedOut))
}

// way is one provider on the sign-in page.
type way struct {
	Label string
	Help  string
	Href  string
	About string // page about the provider; empty for one that is not real
}

// ways lists the providers of the town, families' first.
func ways(t *town.Town, on errand) []way {
	var out []way
	for _, c := range t.Providers {
		w := way{Label: "S’identifier avec " + c.Name(), Href: "/connexion/" + c.Provider, Help: "Pour les familles : votre compte impots.gouv.fr, ameli.fr, La Poste…"}
		if c.Provider == oidc.ProConnect {
			w.Help = "Pour les agents de la mairie : votre compte professionnel."
		} else if c.Label == "" {
			w.About = "https://franceconnect.gouv.fr/"
		}
		if on.Next != "" {
			w.Href += "?suite=" + url.QueryEscape(on.Next)
		}
		out = append(out, w)
	}
	return out
}

// provider finds the client of the address's provider, or answers not found when the town has none.
func (d *Door) provider(t *town.Town, name string) (*oidc.Client, error) {
	for _, c := range t.Providers {
		if c.Provider != name {
			continue
		}
		made, _ := d.clients.LoadOrStore(t.ID+"/"+name, oidc.New(c, remote.New(remote.Options{Log: t.Log})))
		client, _ := made.(*oidc.Client)
		return client, nil
	}
	return nil, fault.NotFoundf("")
}

// passage is what the browser keeps, sealed, while it is at the provider's. It binds the state and the nonce to this browser.
type passage struct {
	oidc.Flow
	Next string        `json:"next"`
	At   civil.Instant `json:"at"`
}

// passageLife is how long a visit to a provider may last: FranceConnect gives thirty minutes.
const passageLife = 30 * time.Minute

func sealPassage(t *town.Town, provider string, p passage) (string, error) {
	return seal.Seal(t.KeyFor("provider visit"), provider, []byte(db.JSON(p)))
}

func openPassage(t *town.Town, provider, sealed string, now civil.Instant) (p passage, ok bool) {
	text, err := seal.Open(t.KeyFor("provider visit"), provider, sealed)
	if err != nil || json.Unmarshal(text, &p) != nil {
		return passage{}, false
	}
	return p, !now.After(p.At.Add(passageLife))
}

// depart sends the browser to the provider. Nothing is written here: what is to be remembered goes with the browser.
func (d *Door) depart(w http.ResponseWriter, r *http.Request) error {
	t := web.Town(r)
	c, err := d.provider(t, r.PathValue("fournisseur"))
	if err != nil {
		return err
	}
	now, err := d.now(r)
	if err != nil {
		return err
	}
	next := web.Local(r.URL.Query().Get("suite"), "")
	address, flow, err := c.Start(r.Context(), t.World(now).Time())
	if err != nil {
		t.Log.WarnContext(r.Context(), "a provider cannot be reached", "provider", c.Config().Provider, "error", err)
		return d.showLogin(w, r, http.StatusServiceUnavailable, unreachable(c, next))
	}
	sealed, err := sealPassage(t, c.Config().Provider, passage{flow, next, now})
	if err != nil {
		return err
	}
	setCookie(w, r, flowCookie, sealed, flowAge)
	return web.Depart(w, address)
}

func (d *Door) now(r *http.Request) (now civil.Instant, err error) {
	return now, web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		now = tx.Now
		return nil
	})
}

func unreachable(c *oidc.Client, next string) loginView {
	return loginView{errand: errand{Next: next}, Error: c.Config().Name() + " ne répond pas", Advice: "Réessayez dans un moment, ou connectez-vous avec votre mot de passe."}
}

// comeBack takes what the browser brings back: it opens a session for the account that is tied to the person, or asks whose it is. The state is
// used up first, in a transaction of its own; the provider is asked outside of any.
func (d *Door) comeBack(w http.ResponseWriter, r *http.Request) error {
	t := web.Town(r)
	c, err := d.provider(t, r.PathValue("fournisseur"))
	if err != nil {
		return err
	}
	name, kept := c.Config().Provider, token(r, flowCookie)
	setCookie(w, r, flowCookie, "", -1)
	var p passage
	var now civil.Instant
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		now = tx.Now
		var ok bool
		if p, ok = openPassage(t, name, kept, tx.Now); !ok || r.URL.Query().Get("state") != p.State {
			return fault.Refusedf("")
		}
		return identity.SpendState(r.Context(), tx, p.State)
	})
	if fault.Is(err, fault.Refused) {
		t.Log.WarnContext(r.Context(), "an answer of a provider was refused", "provider", name, "error", "its state is unknown, old or used")
		return d.showLogin(w, r, http.StatusUnprocessableEntity, failedReturn(c, p.Next))
	}
	if err != nil {
		return err
	}
	person, err := c.Finish(r.Context(), p.Flow, r.URL.Query(), t.World(now).Time())
	if err != nil {
		return d.refuseReturn(w, r, c, p.Next, err)
	}
	return d.recognise(w, r, c, claimOf(name, person), errand{Next: p.Next})
}

// refuseReturn says why nobody comes in.
func (d *Door) refuseReturn(w http.ResponseWriter, r *http.Request, c *oidc.Client, next string, err error) error {
	if errors.Is(err, oidc.ErrCancelled) {
		return d.showLogin(w, r, http.StatusOK, loginView{errand: errand{Next: next}, Notice: "Vous n’êtes pas connecté : vous avez renoncé chez " + c.Config().Name()})
	}
	web.Town(r).Log.WarnContext(r.Context(), "an answer of a provider was refused", "provider", c.Config().Provider, "error", err)
	switch {
	case errors.Is(err, oidc.ErrForeign):
		v := failedReturn(c, next)
		v.Advice = "Le compte choisi est celui d’un autre établissement que la mairie."
		return d.showLogin(w, r, http.StatusForbidden, v)
	case errors.Is(err, oidc.ErrRefused):
		return d.showLogin(w, r, http.StatusUnprocessableEntity, failedReturn(c, next))
	}
	return d.showLogin(w, r, http.StatusServiceUnavailable, unreachable(c, next))
}

func failedReturn(c *oidc.Client, next string) loginView {
	return loginView{errand: errand{Next: next}, Error: "La connexion avec " + c.Config().Name() + " n’a pas abouti", Advice: "Recommencez, ou connectez-vous avec votre mot de passe."}
}

func claimOf(provider string, p oidc.Person) identity.Claim {
	return identity.Claim{
		Provider: identity.Provider(provider), Authority: p.Authority, Subject: p.Subject, GivenNames: p.GivenNames, FamilyName: p.FamilyName,
		UsualName: p.UsualName, BornOn: p.BornOn, BirthPlace: p.BirthPlace, Email: p.Email, Strong: p.Strong, IDToken: p.IDToken,
	}
}

// recognise opens the session of who is tied to a claim; anybody else is asked to show which account is theirs.
func (d *Door) recognise(w http.ResponseWriter, r *http.Request, c *oidc.Client, claim identity.Claim, on errand) error {
	t := web.Town(r)
	e, err := d.admit(r, on, func(tx *db.Tx) (identity.Entry, error) {
		return identity.EnterWithProvider(r.Context(), tx, keys(t), claim, browser(r))
	})
	switch refusal, refused := fault.As(err); {
	case refused && refusal.Kind == fault.NotFound:
		return d.askWhose(w, r, c, claim, on)
	case refused:
		v := failedReturn(c, on.Next)
		v.Advice = refusal.Message
		return d.showLogin(w, r, http.StatusForbidden, v)
	case err != nil:
		return err
	}
	return d.welcome(w, r, e, on)
}

// askWhose keeps the claim, and leads to the page where its account is shown by signing in once.
func (d *Door) askWhose(w http.ResponseWriter, r *http.Request, c *oidc.Client, claim identity.Claim, on errand) error {
	t := web.Town(r)
	var kept string
	err := t.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		kept, err = identity.PutClaim(r.Context(), tx, keys(t), claim)
		return err
	})
	if err != nil {
		return err
	}
	setCookie(w, r, claimCookie, kept, claimAge)
	path := "/connexion/" + c.Config().Provider + "/premiere-fois"
	if on.Next != "" {
		path += "?suite=" + url.QueryEscape(on.Next)
	}
	return web.Redirect(w, r, path)
}

// firstTime asks who came back from a provider to sign in once more with the password.
func (d *Door) firstTime(w http.ResponseWriter, r *http.Request) error {
	if _, err := d.provider(web.Town(r), r.PathValue("fournisseur")); err != nil {
		return err
	}
	return d.showLogin(w, r, http.StatusOK, loginView{errand: errand{Link: true, Next: web.Local(r.URL.Query().Get("suite"), "")}})
}

// claim is the identity that waits in the browser's cookie, or not found.
func (d *Door) claim(r *http.Request) (c identity.Claim, err error) {
	t := web.Town(r)
	err = t.DB.Read(r.Context(), func(tx *db.Tx) error {
		c, err = identity.FindClaim(r.Context(), tx, keys(t), token(r, claimCookie))
		return err
	})
	return c, err
}

// providerName is what the pages of a town call a provider.
func providerName(t *town.Town, p identity.Provider) string {
	for _, c := range t.Providers {
		if c.Provider == string(p) {
			return c.Name()
		}
	}
	return p.French()
}

// farewellLife bounds what asking a provider may add to signing out.
const farewellLife = 3 * time.Second

// farewell gives the address where a session that came through a provider ends too, and the provider's name; empty for the others.
func (d *Door) farewell(r *http.Request, s identity.Session) (address, name string) {
	t := web.Town(r)
	var hint identity.Hint
	var now civil.Instant
	err := t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		now = tx.Now
		hint, err = identity.HintOf(r.Context(), tx, keys(t), s)
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return "", ""
	}
	var c *oidc.Client
	if err == nil {
		c, err = d.provider(t, string(hint.Provider))
	}
	if err == nil {
		ctx, cancel := context.WithTimeout(r.Context(), farewellLife)
		defer cancel()
		address, err = c.Logout(ctx, t.World(now).Time(), hint.IDToken, db.NewID())
	}
	if err != nil {
		t.Log.WarnContext(r.Context(), "a session could not be ended at its provider", "error", err)
		return "", ""
	}
	return address, providerName(t, hint.Provider)
}

// signedOut is where people come back after signing out at the provider too.
func (d *Door) signedOut(w http.ResponseWriter, r *http.Request) error {
	if _, err := d.provider(web.Town(r), r.PathValue("fournisseur")); err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Vous êtes déconnecté"})
	return web.Redirect(w, r, "/")
}
