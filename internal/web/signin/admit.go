package signin

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/identity"
	"preau/internal/notify"
	"preau/internal/town"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// errand is what a sign-in carries along from page to page.
type errand struct {
	Next string // page to return to
	Kept string // sealed form to give back
	Link bool   // tie the account to the identity that a provider vouched for
}

func readErrand(form *web.Form) errand {
	return errand{Next: web.Local(form.Raw("suite"), ""), Kept: form.Raw("saisie"), Link: form.Has("rattacher")}
}

// entered is a sign-in as it came out.
type entered struct {
	identity.Entry
	now    civil.Instant
	linked string // provider that was tied to the account on the way
}

// admit opens a session with what enter does in the transaction: the one the browser had, whoever's, ends; the owner is told of a browser
// never seen; the account is tied to the provider's identity when that was the errand. Nothing of it happens when a second step is asked.
func (d *Door) admit(r *http.Request, on errand, enter func(tx *db.Tx) (identity.Entry, error)) (e entered, err error) {
	t := web.Town(r)
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		e = entered{now: tx.Now}
		if e.Entry, err = enter(tx); err != nil || e.Token == "" {
			return err
		}
		if err := identity.SignOut(r.Context(), tx, token(r, sessionCookie)); err != nil {
			return err
		}
		if e.Stranger {
			if err := tellStranger(r.Context(), tx, t, e.Session); err != nil {
				return err
			}
		}
		if on.Link {
			e.linked, err = d.link(r, tx, e.Session)
		}
		return err
	})
	return e, err
}

// welcome hands the cookies over and leads on: to the second step, to what was typed before, or to the page asked for.
func (d *Door) welcome(w http.ResponseWriter, r *http.Request, e entered, on errand) error {
	if e.Step != "" {
		setCookie(w, r, stepCookie, e.Step, stepAge)
		return d.showSecond(w, r, http.StatusOK, secondView{errand: on}, e.Step)
	}
	give(w, r, e.Entry)
	setCookie(w, r, stepCookie, "", -1)
	a := e.Session.Account
	switch {
	case e.linked != "":
		setCookie(w, r, claimCookie, "", -1)
		web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Votre espace est rattaché à " + e.linked, Text: "La prochaine fois, un seul bouton suffit. Votre mot de passe reste valable."})
	case e.now.Before(a.FactorDueAt):
		web.Flash(w, r, ui.Flash{Kind: ui.Warn, Title: "Protégez votre accès avant le " + civil.DateOf(a.FactorDueAt, web.Town(r).Loc).Long(),
			Text: "La mairie demande une seconde étape à ses agents : ouvrez « Mon profil », puis « Seconde étape »."})
	}
	if k, ok := unkeep(r, on.Kept, e.now); ok && destination(a.Kind, k.Path) == k.Path {
		return web.Render(w, r, http.StatusOK, resumePage(web.Frame(w, r, ui.Page{Title: "De retour", Nav: Nav()}), k, home(a.Kind)))
	}
	return web.Redirect(w, r, destination(a.Kind, on.Next))
}

// tellStranger warns the owner of a browser never seen before.
func tellStranger(ctx context.Context, tx *db.Tx, t *town.Town, s identity.Session) error {
	return notify.Tell(ctx, tx, notify.Message{
		AccountID: s.Account.ID, Topic: notify.Security, Subject: "Connexion depuis un nouvel appareil",
		Text: "Bonjour " + s.Account.Name + ",\n\n" +
			"Quelqu’un vient de se connecter à votre espace depuis un appareil que vous n’aviez pas encore utilisé :\n\n" +
			s.Device + ", " + civil.FrenchInstant(s.CreatedAt, t.Loc) + "\n\n" +
			"Si c’est vous, il n’y a rien à faire.\n\n" +
			"Sinon, choisissez tout de suite un nouveau mot de passe, ce qui déconnecte tous les appareils, puis prévenez la mairie :\n\n" +
			t.BaseURL + "/mot-de-passe",
	})
}

// tellAccess warns the owner that a way into the account has changed: what is the sentence that says which.
func tellAccess(ctx context.Context, tx *db.Tx, t *town.Town, a identity.Account, subject, what string) error {
	return notify.Tell(ctx, tx, notify.Message{
		AccountID: a.ID, Topic: notify.Security, Subject: subject,
		Text: "Bonjour " + a.Name + ",\n\n" + what + "\n\n" +
			"Si ce n’est pas vous, choisissez tout de suite un nouveau mot de passe, retirez dans « Mon profil » les clés d’accès et les rattachements que vous ne connaissez pas, puis prévenez la mairie :\n\n" +
			t.BaseURL + "/mot-de-passe",
	})
}

// seconds rounds a wait up.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// retryAfter says in the answer how long to wait.
func retryAfter(w http.ResponseWriter, wait int) { w.Header().Set("Retry-After", strconv.Itoa(wait)) }
