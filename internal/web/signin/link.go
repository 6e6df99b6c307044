package signin

import (
	"net/http"
	"net/url"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/town"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// link ties the account of a new session to the identity that waits in the browser's cookie, and gives the provider's name.
func (d *Door) link(r *http.Request, tx *db.Tx, s identity.Session) (string, error) {
	t := web.Town(r)
	known, err := knownOf(r, tx, s.Account)
	if err != nil {
		return "", err
	}
	c, err := identity.Link(r.Context(), tx, keys(t), s.Account, known, token(r, claimCookie))
	if err != nil {
		return "", err
	}
	name := providerName(t, c.Provider)
	if err := tellAccess(r.Context(), tx, t, s.Account, name+" ouvre votre espace",
		"Votre espace vient d’être rattaché à "+name+" : cette identité l’ouvre désormais sans mot de passe."); err != nil {
		return "", err
	}
	return name, identity.KeepHint(r.Context(), tx, keys(t), s, c)
}

// knownOf is what the family's file says of the birth of who holds an account; nothing for an agent.
func knownOf(r *http.Request, tx *db.Tx, a identity.Account) (identity.Known, error) {
	g, err := household.GuardianOf(r.Context(), tx, a.ID)
	if fault.Is(err, fault.NotFound) {
		return identity.Known{}, nil
	}
	if err != nil {
		return identity.Known{}, err
	}
	k := identity.Known{BirthName: g.BirthName, BirthPlace: g.BirthCommune}
	if !g.BornOn.IsZero() {
		k.BornOn = g.BornOn.String()
	}
	return k, nil
}

// own is the provider of a kind of accounts, and its name; empty when the town has none.
func own(t *town.Town, k identity.Kind) (p identity.Provider, name string) {
	for _, c := range t.Providers {
		if p = identity.Provider(c.Provider); p.Kind() == k {
			return p, c.Name()
		}
	}
	return "", ""
}

// linkView is the page about one's tie to a provider.
type linkView struct {
	Owner
	Name        string // of the provider
	Start       string // address that begins
	Since, Last string // empty: not tied
}

func (d *Door) linkPage(w http.ResponseWriter, r *http.Request, o Owner) error {
	t := web.Town(r)
	provider, name := own(t, o.Session.Account.Kind)
	if name == "" {
		return fault.NotFoundf("")
	}
	v := linkView{Owner: o, Name: name, Start: "/connexion/" + string(provider) + "?suite=" + url.QueryEscape(o.Base+"/identite")}
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		links, err := identity.Links(r.Context(), tx, o.Session.Account.ID)
		for _, l := range links {
			if l.Provider == provider {
				v.Since, v.Last = civil.ShortInstant(l.CreatedAt, t.Loc), civil.ShortInstant(l.LastUsedAt, t.Loc)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, linkPage(o.page(name), v))
}

// unlink undoes one's tie to the provider.
func (d *Door) unlink(w http.ResponseWriter, r *http.Request, o Owner) error {
	t, a := web.Town(r), o.Session.Account
	provider, name := own(t, a.Kind)
	if name == "" {
		return fault.NotFoundf("")
	}
	err := t.DB.Write(r.Context(), func(tx *db.Tx) error {
		if err := identity.Unlink(r.Context(), tx, a, provider); err != nil {
			return err
		}
		return tellAccess(r.Context(), tx, t, a, name+" n’ouvre plus votre espace", "Le rattachement de votre espace à "+name+" vient d’être retiré.")
	})
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Le rattachement est retiré", Text: "Votre mot de passe reste valable."})
	return web.Redirect(w, r, o.Base+"/identite")
}
