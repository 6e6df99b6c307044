package signin

import (
	"errors"
	"net/http"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/identity"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// keysView is the page about one's passkeys.
type keysView struct {
	Owner
	Keys     []identity.Passkey
	Form     *web.Form
	Location *time.Location
}

func (v keysView) when(i civil.Instant) string {
	if i.IsZero() {
		return "jamais"
	}
	return civil.ShortInstant(i, v.Location)
}

func (d *Door) keysPage(w http.ResponseWriter, r *http.Request, o Owner) error {
	return d.showKeys(w, r, http.StatusOK, keysView{Owner: o})
}

func (d *Door) showKeys(w http.ResponseWriter, r *http.Request, status int, v keysView) error {
	v.Location = web.Town(r).Loc
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.Keys, err = identity.Passkeys(r.Context(), tx, v.Session.Account.ID)
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, status, keysPage(v.page("Clés d’accès"), v))
}

// newKeyChallenge gives a challenge to register a passkey.
func (d *Door) newKeyChallenge(w http.ResponseWriter, r *http.Request, o Owner) error {
	t := web.Town(r)
	var b identity.Begun
	err := t.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		b, err = identity.BeginPasskey(r.Context(), tx, o.Session.Account, site(t))
		return err
	})
	if err != nil {
		return err
	}
	return sendJSON(w, b)
}

// addKey keeps the passkey that the device made, once the password is proved. The challenge is used up first.
func (d *Door) addKey(w http.ResponseWriter, r *http.Request, o Owner) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	t, a := web.Town(r), o.Session.Account
	var c identity.Ceremony
	if err := t.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		c, err = identity.TakeNewPasskey(r.Context(), tx, a, form.Raw("etape"))
		return err
	}); err != nil {
		return err
	}
	ok, wait, err := d.prove(r, form, o.Session)
	if err != nil {
		return err
	}
	if wait > 0 {
		form.Fail("actuel", "Trop d’essais : réessayez dans "+ui.Count(wait, "seconde", "secondes")+".")
		retryAfter(w, wait)
	}
	if !ok {
		return d.showKeys(w, r, Status(wait), keysView{Owner: o, Form: form})
	}
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		if err := identity.AddPasskey(r.Context(), tx, c, site(t), form.Secret("reponse", answerBytes), form.Raw("nom")); err != nil {
			return err
		}
		return tellAccess(r.Context(), tx, t, a, "Une clé d’accès est ajoutée",
			"Une clé d’accès vient d’être ajoutée à votre espace, sous le nom « "+form.Raw("nom")+" » : elle ouvre votre espace sans mot de passe.")
	})
	var refused *identity.PasskeyError
	switch {
	case errors.As(err, &refused):
		t.Log.WarnContext(r.Context(), "a passkey was refused", "error", refused)
		form.Fail("nom", "L’appareil a répondu autrement que prévu. Recommencez, ou essayez avec un autre.")
	case form.Blame(err):
	case err != nil:
		return err
	default:
		web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "La clé d’accès est ajoutée", Text: "Elle ouvre votre espace sans mot de passe, depuis cet appareil."})
		return web.Redirect(w, r, o.Base+"/cles")
	}
	return d.showKeys(w, r, http.StatusUnprocessableEntity, keysView{Owner: o, Form: form})
}

func (d *Door) removeKey(w http.ResponseWriter, r *http.Request, o Owner) error {
	t, a := web.Town(r), o.Session.Account
	err := t.DB.Write(r.Context(), func(tx *db.Tx) error {
		if err := identity.RemovePasskey(r.Context(), tx, a, r.PathValue("cle")); err != nil {
			return err
		}
		return tellAccess(r.Context(), tx, t, a, "Une clé d’accès est retirée", "Une clé d’accès vient d’être retirée de votre espace : elle ne l’ouvre plus.")
	})
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "La clé d’accès est retirée"})
	return web.Redirect(w, r, o.Base+"/cles")
}
