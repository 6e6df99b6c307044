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
)

// What one visitor may do in an hour: beyond, the security question is asked, or nothing more is done.
const (
	freeByAddress    = 5  // spaces asked from one address, without a question
	mostByAddress    = 60 // and at all
	freeByEmail      = 2  // spaces asked with one e-mail, without a question
	mailsByEmail     = 3  // mails that one address can be made to receive
	loginsByAddress  = 40 // user names tried
	answersByAddress = 30 // wrong answers to the question
	longestPassword  = 300
)

// finish is the last tab: user name, password, key, security control. What is right stays, the password too (as its hash), whatever is wrong
// beside it.
func (p Pages) finish(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	var d draft
	err = t.DB.Read(r.Context(), func(tx *db.Tx) error {
		d, err = load(r, tx)
		return err
	})
	switch {
	case fault.Is(err, fault.NotFound):
		return web.Redirect(w, r, startPath)
	case err != nil:
		return err
	case d.Done < len(tabs)-1:
		return web.Redirect(w, r, tabs[d.Done].path)
	}
	if err := readAccess(r, form, &d); err != nil {
		return err
	}
	done := false
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		now, err := load(r, tx)
		if fault.Is(err, fault.NotFound) { // pressed twice: the other request has just sent it
			done = true
			return nil
		}
		if err != nil {
			return err
		}
		d.Person, d.PhotoID = now.Person, now.PhotoID
		if !back(form) {
			if done, err = p.register(r, tx, form, &d); err != nil || done {
				return err
			}
		}
		return registration.SaveDraft(r.Context(), tx, secret(t), d.token, d.Draft)
	})
	switch {
	case err != nil:
		return err
	case done:
		setDraft(w, r, "", -1)
		return web.Redirect(w, r, sentPath)
	case back(form):
		return web.Redirect(w, r, tabs[len(tabs)-2].path)
	}
	return p.show(w, r, len(tabs)-1, view{draft: d, form: form})
}

// readAccess reads the tab and hashes a password that is good, outside of any transaction.
func readAccess(r *http.Request, f *web.Form, d *draft) error {
	login := f.Text("identifiant", 64)
	if !strings.EqualFold(login, d.Login) {
		d.PasswordHash = "" // whether the password holds the user name has to be looked at again
	}
	d.Login, d.Key = login, f.Text("cle", 40)
	if back(f) {
		return nil
	}
	n := identity.NewAccount{Login: d.Login, Email: d.Person.Email, Name: d.Person.Name(), Kind: identity.Family}
	if err := identity.Check(n); err != nil && !f.Blame(err) {
		return err
	}
	password := f.Secret("mot_de_passe", longestPassword)
	if password == "" && d.PasswordHash != "" {
		return nil
	}
	if err := identity.CheckPassword("mot_de_passe", password, d.Login, d.Person.Email, d.Person.Name()); err != nil {
		if !f.Blame(err) {
			return err
		}
		return nil
	}
	if f.Secret("confirmation", longestPassword) != password {
		f.Fail("confirmation", "Les deux mots de passe sont différents. Tapez deux fois le même.")
		return nil
	}
	hash, err := identity.Hash(r.Context(), password)
	d.PasswordHash = hash
	return err
}

// register checks what only the database knows, and makes the registration when nothing is wrong.
func (p Pages) register(r *http.Request, tx *db.Tx, f *web.Form, d *draft) (done bool, err error) {
	t := web.Town(r)
	if err := p.control(r, tx, f, d); err != nil {
		return false, err
	}
	if f.Err() != nil {
		return false, nil
	}
	if err := p.checkLogin(r, tx, f, d); err != nil || f.Err() != nil {
		return false, err
	}
	n := registration.New{Person: d.Person, Login: d.Login, PasswordHash: d.PasswordHash, PhotoID: d.PhotoID}
	if d.Key != "" {
		k, _, err := request.CheckKey(r.Context(), tx, t, request.KeyTry{Typed: d.Key, Address: web.ClientAddr(r).String(), Who: "draft:" + d.token})
		if err != nil {
			if f.Blame(err) {
				return false, nil
			}
			return false, err
		}
		n.KeyID = k.ID
	}
	out, err := registration.Register(r.Context(), tx, n)
	if err != nil {
		if f.Blame(err) {
			return false, nil
		}
		return false, err
	}
	if err := p.count(r, tx, d); err != nil {
		return false, err
	}
	if err := p.mail(r, tx, t, n, out); err != nil {
		return false, err
	}
	if out.Owner != nil { // nothing is kept of who typed somebody else's e-mail, or their own again
		return true, drop(r, tx, *d)
	}
	return true, registration.EndDraft(r.Context(), tx, d.token)
}

// mail sends the link, or tells the owner of the e-mail that a space was asked with it. One address receives only a few an hour.
func (p Pages) mail(r *http.Request, tx *db.Tx, t *town.Town, n registration.New, out registration.Outcome) error {
	over, err := identity.CountTry(r.Context(), tx, p.try(r, "registration mail", strings.ToLower(n.Person.Email), mailsByEmail))
	if err != nil || over {
		return err
	}
	if out.Owner != nil {
		return notify.Tell(r.Context(), tx, ownerMessage(t, *out.Owner))
	}
	return notify.Tell(r.Context(), tx, linkMessage(t, n.Person.Email, n.Person.Name(), n.Login, out.Token))
}

func (p Pages) try(r *http.Request, what, who string, most int) identity.Try {
	return identity.Try{Key: web.Town(r).KeyFor("sign-up"), What: what, Who: who, Most: most}
}

func (p Pages) byAddress(r *http.Request, what string, most int) identity.Try {
	return p.try(r, what+" by address", identity.Network(web.ClientAddr(r).String()), most)
}

// checkLogin says whether the user name is free, to who has not asked too often.
func (p Pages) checkLogin(r *http.Request, tx *db.Tx, f *web.Form, d *draft) error {
	over, err := identity.CountTry(r.Context(), tx, p.byAddress(r, "user name", loginsByAddress))
	if err != nil {
		return err
	}
	if over {
		f.Fail("identifiant", "Trop de noms d’utilisateur ont été essayés depuis votre connexion. Réessayez dans une heure : ce que vous avez saisi est conservé.")
		return nil
	}
	free, err := registration.LoginFree(r.Context(), tx, d.Login, d.Person.Email)
	if err == nil && !free {
		f.Fail("identifiant", "Ce nom d’utilisateur est déjà pris. Choisissez-en un autre.")
	}
	return err
}

// control is the security control: it asks nothing, or one question.
func (p Pages) control(r *http.Request, tx *db.Tx, f *web.Form, d *draft) error {
	signs := registration.Signs{Trapped: f.Raw("site_web") != "", BegunAt: d.BegunAt}
	for _, l := range []identity.Try{p.byAddress(r, "space", freeByAddress), p.try(r, "space by e-mail", strings.ToLower(d.Person.Email), freeByEmail)} {
		over, err := identity.TriesSpent(r.Context(), tx, l)
		if err != nil {
			return err
		}
		signs.Often = signs.Often || over
	}
	if d.Passed || d.Question == nil && !signs.Suspicious(tx.Now) {
		return p.bound(r, tx, f)
	}
	if d.Question != nil && d.Question.Right(f.Text("reponse", 100)) {
		d.Question, d.Passed = nil, true
		return p.bound(r, tx, f)
	}
	message := "Répondez à cette question, puis validez de nouveau. Tout ce que vous avez saisi est conservé."
	if d.Question != nil {
		over, err := identity.CountTry(r.Context(), tx, p.byAddress(r, "security answer", answersByAddress))
		if err != nil {
			return err
		}
		message = "Ce n’est pas la bonne réponse. Voici une autre question."
		if over {
			message = "Trop de réponses fausses. Réessayez dans une heure : tout ce que vous avez saisi est conservé."
		}
	}
	q := registration.NewQuestion()
	d.Question = &q
	d.Wrong++
	f.Fail("reponse", message)
	return nil
}

// bound refuses what no household, school or library sends in an hour.
func (p Pages) bound(r *http.Request, tx *db.Tx, f *web.Form) error {
	over, err := identity.TriesSpent(r.Context(), tx, p.byAddress(r, "space", mostByAddress))
	if over {
		f.Fail("identifiant", "Trop d’espaces ont été demandés depuis votre connexion. Réessayez dans une heure : ce que vous avez saisi est conservé.")
	}
	return err
}

// count counts a space that was asked for.
func (p Pages) count(r *http.Request, tx *db.Tx, d *draft) error {
	for _, l := range []identity.Try{p.byAddress(r, "space", mostByAddress), p.try(r, "space by e-mail", strings.ToLower(d.Person.Email), freeByEmail)} {
		if _, err := identity.CountTry(r.Context(), tx, l); err != nil {
			return err
		}
	}
	return nil
}

// sent says the same whether or not the e-mail was that of a space already.
func (p Pages) sent(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, sentPage(p.frame(w, r, "Consultez votre messagerie")))
}
