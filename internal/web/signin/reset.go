package signin

import (
	"context"
	"net/http"

	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/identity"
	"preau/internal/notify"
	"preau/internal/town"
	"preau/internal/web"
	"preau/internal/web/ui"
)

func (d *Door) forgotForm(w http.ResponseWriter, r *http.Request) error {
	return d.showForgot(w, r, http.StatusOK, nil)
}

func (d *Door) showForgot(w http.ResponseWriter, r *http.Request, status int, form *web.Form) error {
	return web.Render(w, r, status, forgotPage(web.Frame(w, r, ui.Page{Title: "Mot de passe oublié", Nav: Nav()}), form))
}

// forgot mails a link when there is such an account, and answers the same in every case.
func (d *Door) forgot(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	login := form.Raw("identifiant")
	if login == "" {
		form.Fail("identifiant", "Écrivez votre identifiant ou votre adresse e-mail.")
		return d.showForgot(w, r, http.StatusUnprocessableEntity, form)
	}
	t := web.Town(r)
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		account, token, found, err := identity.AskReset(r.Context(), tx, attempt(r, t, login))
		if err != nil || !found {
			return err
		}
		return notify.Tell(r.Context(), tx, resetMessage(t, account, token))
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, sentPage(web.Frame(w, r, ui.Page{Title: "Consultez votre messagerie", Nav: Nav()})))
}

func resetMessage(t *town.Town, a identity.Account, token string) notify.Message {
	return notify.Message{
		AccountID: a.ID, Topic: notify.Access, Subject: "Choisir un nouveau mot de passe",
		Text: "Bonjour " + a.Name + ",\n\n" +
			"Vous avez demandé à choisir un nouveau mot de passe. Ouvrez ce lien, valable une heure et une seule fois :\n\n" +
			t.BaseURL + "/mot-de-passe/" + token + "\n\n" +
			"Votre identifiant est : " + a.Login + "\n\n" +
			"Si vous n’avez rien demandé, ne faites rien : votre mot de passe ne change pas.",
	}
}

// Invite mails a new agent the link to choose a first password. It replaces the ones sent before.
func Invite(ctx context.Context, tx *db.Tx, t *town.Town, accountID string) error {
	account, err := identity.ByID(ctx, tx, accountID)
	if err != nil {
		return err
	}
	token, err := identity.NewReset(ctx, tx, accountID, identity.InviteLife)
	if err != nil {
		return err
	}
	p, err := t.Profile(ctx, tx)
	if err != nil {
		return err
	}
	return notify.Tell(ctx, tx, notify.Message{
		AccountID: account.ID, Topic: notify.Access, Subject: "Votre accès au bureau",
		Text: "Bonjour " + account.Name + ",\n\n" +
			"Un accès au bureau (" + p.Portal + ", " + p.Name + ") vient de vous être ouvert. Choisissez votre mot de passe avec ce lien, valable sept jours et une seule fois :\n\n" +
			t.BaseURL + "/mot-de-passe/" + token + "\n\n" +
			"Votre identifiant est : " + account.Login,
	})
}

// tellChanged warns the owner that the password has changed.
func tellChanged(ctx context.Context, tx *db.Tx, t *town.Town, a identity.Account) error {
	return notify.Tell(ctx, tx, notify.Message{
		AccountID: a.ID, Topic: notify.Security, Subject: "Votre mot de passe a été changé",
		Text: "Bonjour " + a.Name + ",\n\n" +
			"Le mot de passe de votre espace vient d’être changé, et les appareils connectés ont été déconnectés.\n\n" +
			"Si ce n’est pas vous, choisissez tout de suite un nouveau mot de passe, puis prévenez la mairie :\n\n" +
			t.BaseURL + "/mot-de-passe",
	})
}

func (d *Door) chooseForm(w http.ResponseWriter, r *http.Request) error {
	reset, err := d.findReset(r)
	if fault.Is(err, fault.NotFound) {
		return d.showSpent(w, r)
	}
	if err != nil {
		return err
	}
	return d.showChoose(w, r, http.StatusOK, reset, nil)
}

func (d *Door) findReset(r *http.Request) (reset identity.Reset, err error) {
	err = web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		reset, err = identity.FindReset(r.Context(), tx, r.PathValue("token"))
		return err
	})
	return reset, err
}

func (d *Door) showChoose(w http.ResponseWriter, r *http.Request, status int, reset identity.Reset, form *web.Form) error {
	title := "Choisir un nouveau mot de passe"
	if reset.First {
		title = "Choisir votre mot de passe"
	}
	page := web.Frame(w, r, ui.Page{Title: title, Nav: Nav()})
	return web.Render(w, r, status, choosePage(page, chooseView{form: form, Login: reset.Account.Login, Action: "/mot-de-passe/" + r.PathValue("token")}))
}

func (d *Door) showSpent(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusNotFound, spentPage(web.Frame(w, r, ui.Page{Title: "Ce lien n’est plus valable", Nav: Nav()})))
}

// choose stores the password chosen through a link. It hashes only for a link that is still good.
func (d *Door) choose(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	reset, err := d.findReset(r)
	if fault.Is(err, fault.NotFound) {
		return d.showSpent(w, r)
	}
	if err != nil {
		return err
	}
	hash, err := newHash(r.Context(), form, reset.Account)
	if err != nil {
		return err
	}
	if hash == "" {
		return d.showChoose(w, r, http.StatusUnprocessableEntity, reset, form)
	}
	var device string
	t := web.Town(r)
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		account, known, err := identity.UseReset(r.Context(), tx, r.PathValue("token"), hash)
		if err != nil {
			return err
		}
		device = known
		return tellChanged(r.Context(), tx, t, account)
	})
	if fault.Is(err, fault.NotFound) {
		return d.showSpent(w, r)
	}
	if err != nil {
		return err
	}
	setCookie(w, r, sessionCookie, "", -1)
	setCookie(w, r, deviceCookie, device, deviceAge)
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Votre mot de passe est enregistré", Text: "Connectez-vous avec votre identifiant, " + reset.Account.Login + "."})
	return web.Redirect(w, r, LoginPath)
}

// newHash checks the fields "nouveau" and "confirmation" and hashes the password; empty when the form has something to correct.
func newHash(ctx context.Context, form *web.Form, a identity.Account) (string, error) {
	password := form.Raw("nouveau")
	if err := identity.CheckOwnPassword("nouveau", password, a); err != nil {
		if !form.Blame(err) {
			return "", err
		}
		return "", nil
	}
	if form.Raw("confirmation") != password {
		form.Fail("confirmation", "Les deux mots de passe sont différents. Tapez deux fois le même.")
		return "", nil
	}
	return identity.Hash(ctx, password)
}
