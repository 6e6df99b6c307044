package signin

import (
	"net/http"

	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/identity"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// secondView is the second step of a sign-in.
type secondView struct {
	errand
	Wait  int    // seconds before the next try
	Error string // what is wrong with the code
	who   identity.Second
}

// secondForm shows the step again, after a reload.
func (d *Door) secondForm(w http.ResponseWriter, r *http.Request) error {
	return d.showSecond(w, r, http.StatusOK, secondView{}, token(r, stepCookie))
}

// showSecond draws the step of a token, or says that it has ended.
func (d *Door) showSecond(w http.ResponseWriter, r *http.Request, status int, v secondView, token string) error {
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.who, err = identity.SecondOf(r.Context(), tx, token)
		return err
	})
	if _, refused := fault.As(err); refused {
		return web.Render(w, r, http.StatusOK, stepEndedPage(web.Frame(w, r, ui.Page{Title: "Reprenez la connexion", Nav: Nav()}), v.errand))
	}
	if err != nil {
		return err
	}
	return web.Render(w, r, status, secondPage(web.Frame(w, r, ui.Page{Title: "Seconde étape", Nav: Nav()}), v))
}

// second takes the code of the second step.
func (d *Door) second(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	t, step := web.Town(r), token(r, stepCookie)
	v := secondView{errand: readErrand(form)}
	var verdict identity.Verdict
	e, err := d.admit(r, v.errand, func(tx *db.Tx) (entry identity.Entry, err error) {
		if entry, verdict, err = identity.EnterWithCode(r.Context(), tx, step, keys(t), code(t, form, tx.Now), browser(r)); err != nil || !verdict.Tell {
			return entry, err
		}
		who, err := identity.SecondOf(r.Context(), tx, step)
		if err != nil {
			return entry, err
		}
		return entry, tellAccess(r.Context(), tx, t, who.Account, "Des codes faux ont été essayés sur votre espace",
			"Quelqu’un a tapé votre mot de passe, puis plusieurs codes faux à la seconde étape. Votre mot de passe n’est peut-être plus secret.")
	})
	switch refusal, refused := fault.As(err); {
	case refused && refusal.Kind == fault.NotFound:
		return d.showSecond(w, r, http.StatusOK, v, step) // it has ended
	case refused:
		v.Error = refusal.Message
	case err != nil:
		return err
	case verdict.OK:
		return d.welcome(w, r, e, v.errand)
	case verdict.Wait > 0:
		v.Wait = seconds(verdict.Wait)
		retryAfter(w, v.Wait)
		return d.showSecond(w, r, http.StatusTooManyRequests, v, step)
	default:
		v.Error = wrongCode(verdict)
	}
	return d.showSecond(w, r, http.StatusUnprocessableEntity, v, step)
}

// wrongCode says what to do about a code that was not taken.
func wrongCode(v identity.Verdict) string {
	if v.Replayed {
		return "Ce code a déjà servi. Attendez le suivant, ou prenez un autre code de secours."
	}
	return "Ce code n’est pas le bon. Tapez celui que l’application montre en ce moment."
}
