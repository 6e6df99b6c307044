package signin

import (
	"encoding/json"
	"errors"
	"net/http"

	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/identity"
	"preau/internal/web"
)

// answerBytes bounds what a browser answers to a challenge.
const answerBytes = 16 << 10

// passkeyChallenge gives a challenge to sign in with a passkey.
func (d *Door) passkeyChallenge(w http.ResponseWriter, r *http.Request) error {
	t := web.Town(r)
	var b identity.Begun
	err := t.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		b, err = identity.BeginPasskeySignIn(r.Context(), tx, attempt(r, t, ""), site(t))
		return err
	})
	if err != nil {
		return err
	}
	return sendJSON(w, b)
}

// sendJSON answers a script of ours.
func sendJSON(w http.ResponseWriter, v any) error {
	content, err := json.Marshal(v)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(content) // a visitor who has left is nobody's failure
	return nil
}

// passkeyLogin opens a session for who holds a passkey. The challenge is used up first, in a transaction of its own.
func (d *Door) passkeyLogin(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	v := loginView{errand: readErrand(form)}
	var c identity.Ceremony
	err = t.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		c, err = identity.TakePasskeySignIn(r.Context(), tx, form.Raw("etape"))
		return err
	})
	var e entered
	if err == nil {
		e, err = d.admit(r, v.errand, func(tx *db.Tx) (identity.Entry, error) {
			return identity.EnterWithPasskey(r.Context(), tx, c, site(t), form.Secret("reponse", answerBytes), browser(r))
		})
	}
	var refused *identity.PasskeyError
	switch refusal, ok := fault.As(err); {
	case errors.As(err, &refused):
		t.Log.WarnContext(r.Context(), "a passkey was refused", "error", refused)
		v.Error = "Cette clé d’accès n’est pas reconnue"
		v.Advice = "Elle a peut-être été retirée de votre espace. Connectez-vous avec votre mot de passe."
	case ok:
		v.Error = refusal.Message
	case err != nil:
		return err
	default:
		return d.welcome(w, r, e, v.errand)
	}
	return d.showLogin(w, r, http.StatusUnprocessableEntity, v)
}
