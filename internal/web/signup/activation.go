package signup

import (
	"net/http"
	"strings"

	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/identity"
	"preau/internal/notify"
	"preau/internal/registration"
	"preau/internal/request"
	"preau/internal/town"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
)

// subject is the leaflet's, after the town's name, which the layout puts before it.
const subject = "Création de votre espace personnel"

func linkMessage(t *town.Town, email, name, login, token string) notify.Message {
	return notify.Message{
		Address: email, Topic: notify.Access, Subject: subject,
		Text: "Bonjour " + name + ",\n\n" +
			"Vous avez demandé la création de votre espace personnel. Ouvrez ce lien pour l’activer ; il est valable 48 heures et ne sert qu’une fois :\n\n" +
			t.BaseURL + againPath + "/" + token + "\n\n" +
			"Votre nom d’utilisateur est : " + login + "\n\n" +
			"Si vous n’avez rien demandé, ou si ce nom d’utilisateur n’est pas celui que vous avez choisi, n’ouvrez pas ce lien : aucun espace ne sera créé.",
	}
}

// ownerMessage tells the owner of an account that somebody, perhaps they themselves, asked for another one.
func ownerMessage(t *town.Town, a identity.Account) notify.Message {
	return notify.Message{
		AccountID: a.ID, Topic: notify.Security, Subject: subject,
		Text: "Bonjour " + a.Name + ",\n\n" +
			"Une création d’espace personnel vient d’être demandée avec votre adresse e-mail, mais vous avez déjà un espace. Votre nom d’utilisateur est : " + a.Login + "\n\n" +
			"Pour vous connecter : " + t.BaseURL + signin.LoginPath + "\nMot de passe oublié : " + t.BaseURL + "/mot-de-passe\n\n" +
			"Si ce n’est pas vous, ne faites rien : rien n’a été créé ni changé.",
	}
}

func (p Pages) activateForm(w http.ResponseWriter, r *http.Request) error {
	var waiting registration.Waiting
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		waiting, err = registration.Find(r.Context(), tx, r.PathValue("token"))
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return p.showSpent(w, r)
	}
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, activatePage(p.frame(w, r, "Activer mon espace"), waiting, againPath+"/"+r.PathValue("token")))
}

func (p Pages) showSpent(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusNotFound, spentPage(p.frame(w, r, "Ce lien n’est plus valable")))
}

// activate makes the account, and uses the key that was given with it.
func (p Pages) activate(w http.ResponseWriter, r *http.Request) error {
	t := web.Town(r)
	var made registration.Activated
	var out request.KeyOutcome
	err := t.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		if made, err = registration.Activate(r.Context(), tx, r.PathValue("token")); err != nil || made.KeyID == "" {
			return err
		}
		out, err = request.UseKey(r.Context(), tx, t, made.Account, made.KeyID)
		return unless(err, fault.Invalid) // used or revoked since it was typed: the space opens all the same, and says what to do
	})
	if fault.Is(err, fault.NotFound) {
		return p.showSpent(w, r)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Votre espace personnel est prêt !", Text: "Vous pouvez vous connecter à votre espace à l’aide de vos identifiants. " + next(out, made.KeyID != "")})
	return web.Redirect(w, r, signin.LoginPath)
}

// next says what follows from the key.
func next(out request.KeyOutcome, key bool) string {
	switch {
	case out.Tied:
		return "Vos enfants y sont déjà."
	case out.Request.Number != "":
		return "Votre clé enfance est celle d’une autre personne : un agent vérifie, sous le numéro " + out.Request.Number + "."
	case key:
		return "Votre clé enfance n’est plus valable : vous pourrez en saisir une autre ou demander votre rattachement."
	}
	return "Vous pourrez y saisir votre clé enfance ou demander votre rattachement à un foyer."
}

func (p Pages) againForm(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, againPage(p.frame(w, r, "Recevoir un nouveau lien"), nil))
}

// againByAddress is how many links one network address may ask again in an hour.
const againByAddress = 20

// again mails a new link to what waits for an e-mail, and answers the same in every case.
func (p Pages) again(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	email := form.Text("email", 254)
	if !identity.ValidEmail(email) {
		form.Fail("email", "Écrivez une adresse e-mail complète, par exemple claire.martin@exemple.fr.")
		return web.Render(w, r, http.StatusUnprocessableEntity, againPage(p.frame(w, r, "Recevoir un nouveau lien"), form))
	}
	t := web.Town(r)
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		for _, l := range []identity.Try{p.byAddress(r, "link again", againByAddress), p.try(r, "registration mail", strings.ToLower(email), mailsByEmail)} {
			if over, err := identity.CountTry(r.Context(), tx, l); err != nil || over {
				return err
			}
		}
		waiting, token, err := registration.Again(r.Context(), tx, email)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return notify.Tell(r.Context(), tx, linkMessage(t, waiting.Email, waiting.Name(), waiting.Login, token))
	})
	if err != nil {
		return err
	}
	return web.Redirect(w, r, sentPath)
}

// keyHint says what the key is, under its field.
func keyHint() string {
	return "Cinq chiffres, un tiret, cinq lettres : elle est sur la lettre de la mairie. Sans clé, laissez vide. Exemple : " + exampleKey
}

// exampleKey is no key: 1 is not among its digits.
const exampleKey = "11111-XXXXX"
