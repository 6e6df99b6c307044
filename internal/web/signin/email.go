package signin

import (
	"net/http"

	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/notify"
	"preau/internal/town"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// emailView is the page where one asks for another address.
type emailView struct {
	Owner
	Form *web.Form
	Wait int
}

func (d *Door) ownEmailPage(w http.ResponseWriter, r *http.Request, o Owner) error {
	return d.showOwnEmail(w, r, http.StatusOK, emailView{Owner: o})
}

func (d *Door) showOwnEmail(w http.ResponseWriter, r *http.Request, status int, v emailView) error {
	return web.Render(w, r, status, ownEmailPage(v.page("Adresse de connexion"), v))
}

// askEmail mails a link to the new address and a word to the old one. Whether the new one is somebody's already is told to them only.
func (d *Door) askEmail(w http.ResponseWriter, r *http.Request, o Owner) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	ok, wait, err := d.prove(r, form, o.Session)
	if err != nil {
		return err
	}
	if ok {
		t := web.Town(r)
		var c identity.EmailChange
		err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
			if c, err = identity.AskEmailChange(r.Context(), tx, o.Session.Account, form.Text("email", 254)); err != nil {
				return err
			}
			for _, m := range emailMessages(t, o.Session.Account, c) {
				if err := notify.Tell(r.Context(), tx, m); err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil {
			web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Consultez la messagerie de " + c.New, Text: "Le lien reçu confirme la nouvelle adresse. Jusque-là, rien ne change."})
			return web.Redirect(w, r, o.Base)
		}
		if !form.Blame(err) {
			return err
		}
	}
	return d.showOwnEmail(w, r, Status(wait), emailView{Owner: o, Form: form, Wait: wait})
}

func emailMessages(t *town.Town, a identity.Account, c identity.EmailChange) []notify.Message {
	toNew := notify.Message{
		Address: c.New, Topic: notify.Access, Subject: "Confirmer votre nouvelle adresse",
		Text: "Bonjour,\n\n" + a.Name + " demande à se connecter à son espace avec cette adresse. Pour confirmer, ouvrez ce lien, valable un jour et une seule fois :\n\n" +
			t.BaseURL + "/adresse/" + c.Confirm + "\n\n" +
			"Si vous n’avez rien demandé, ne faites rien.",
	}
	if c.Holder != "" {
		toNew = notify.Message{
			AccountID: c.Holder, Topic: notify.Security, Subject: "Votre adresse est déjà celle d’un espace",
			Text: "Bonjour,\n\nUne autre personne a demandé à utiliser votre adresse pour son espace. Elle est déjà celle du vôtre : rien n’a changé, et il n’y a rien à faire.",
		}
	}
	toOld := notify.Message{
		Address: c.Old, Topic: notify.Access, Subject: "Votre adresse de connexion va changer",
		Text: "Bonjour " + a.Name + ",\n\n" +
			"Un changement de votre adresse de connexion a été demandé, pour " + c.New + ". Il prend effet quand cette adresse est confirmée.\n\n" +
			"Si ce n’est pas vous, annulez-le avec ce lien, valable sept jours, même si le changement a déjà eu lieu :\n\n" +
			t.BaseURL + "/adresse/annulation/" + c.Cancel,
	}
	return []notify.Message{toNew, toOld}
}

// change is one end of a change of address: its link opens a page, whose one button acts.
type change struct {
	find  func(*http.Request, *db.Tx) (identity.EmailChange, error)
	act   func(*http.Request, *db.Tx) error
	title string
	label string
	after ui.Flash
}

func confirmation() change {
	return change{
		find: func(r *http.Request, tx *db.Tx) (identity.EmailChange, error) {
			return identity.FindEmailChange(r.Context(), tx, r.PathValue("token"))
		},
		act: func(r *http.Request, tx *db.Tx) error {
			c, err := identity.ConfirmEmailChange(r.Context(), tx, r.PathValue("token"))
			if err != nil {
				return err
			}
			return follow(r, tx, c.AccountID, c.Old, c.New)
		},
		title: "Confirmer votre nouvelle adresse", label: "Confirmer cette adresse",
		after: ui.Flash{Kind: ui.Good, Title: "Votre nouvelle adresse est confirmée", Text: "Connectez-vous avec elle, ou avec votre identifiant."},
	}
}

func cancellation() change {
	return change{
		find: func(r *http.Request, tx *db.Tx) (identity.EmailChange, error) {
			return identity.FindEmailCancel(r.Context(), tx, r.PathValue("token"))
		},
		act: func(r *http.Request, tx *db.Tx) error {
			c, err := identity.CancelEmailChange(r.Context(), tx, r.PathValue("token"))
			if err != nil || c.ConfirmedAt.IsZero() {
				return err
			}
			return follow(r, tx, c.AccountID, c.New, c.Old)
		},
		title: "Annuler le changement d’adresse", label: "Annuler le changement",
		after: ui.Flash{Kind: ui.Good, Title: "Le changement est annulé", Text: "Si vous ne l’aviez pas demandé, choisissez tout de suite un nouveau mot de passe avec « Mot de passe oublié »."},
	}
}

// follow changes the e-mail of the guardian's file too, when it was the same.
func follow(r *http.Request, tx *db.Tx, accountID, from, to string) error {
	g, err := household.GuardianOf(r.Context(), tx, accountID)
	if fault.Is(err, fault.NotFound) || err == nil && g.Email != from {
		return nil
	}
	if err != nil {
		return err
	}
	return household.UpdateContact(r.Context(), tx, household.ByGuardian(g), g.ID, household.Contact{Email: to, Phone: g.Phone})
}

func (d *Door) emailForm(w http.ResponseWriter, r *http.Request) error {
	return showChange(w, r, confirmation())
}

func (d *Door) cancelForm(w http.ResponseWriter, r *http.Request) error {
	return showChange(w, r, cancellation())
}

func (d *Door) confirmEmail(w http.ResponseWriter, r *http.Request) error {
	return doChange(w, r, confirmation())
}

func (d *Door) cancelEmail(w http.ResponseWriter, r *http.Request) error {
	return doChange(w, r, cancellation())
}

func showChange(w http.ResponseWriter, r *http.Request, ends change) error {
	var c identity.EmailChange
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		c, err = ends.find(r, tx)
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return showSpentChange(w, r)
	}
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, changePage(web.Frame(w, r, ui.Page{Title: ends.title, Nav: Nav()}), changeView{c, ends.label, r.URL.Path}))
}

func doChange(w http.ResponseWriter, r *http.Request, ends change) error {
	err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error { return ends.act(r, tx) })
	if fault.Is(err, fault.NotFound) {
		return showSpentChange(w, r)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ends.after)
	return web.Redirect(w, r, LoginPath)
}

// changeView is the page of a link: what would change, and one button.
type changeView struct {
	identity.EmailChange
	Label  string
	Action string
}

func showSpentChange(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusNotFound, spentChangePage(web.Frame(w, r, ui.Page{Title: "Ce lien n’est plus valable", Nav: Nav()})))
}

// reminderForm asks for the e-mail whose user name was forgotten.
func (d *Door) reminderForm(w http.ResponseWriter, r *http.Request) error {
	return d.showReminder(w, r, http.StatusOK, nil)
}

func (d *Door) showReminder(w http.ResponseWriter, r *http.Request, status int, form *web.Form) error {
	return web.Render(w, r, status, reminderPage(web.Frame(w, r, ui.Page{Title: "Identifiant oublié", Nav: Nav()}), form))
}

// reminder mails the user name of an address, and answers the same whether or not there is one.
func (d *Door) reminder(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	address := form.Text("email", 254)
	if !identity.ValidEmail(address) {
		form.Fail("email", "Écrivez une adresse e-mail complète, par exemple claire.martin@exemple.fr.")
	}
	if form.Err() != nil {
		return d.showReminder(w, r, http.StatusUnprocessableEntity, form)
	}
	t := web.Town(r)
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		a, found, err := identity.AskLogin(r.Context(), tx, attempt(r, t, address))
		if err != nil || !found {
			return err
		}
		return notify.Tell(r.Context(), tx, notify.Message{
			AccountID: a.ID, Topic: notify.Security, Subject: "Votre identifiant",
			Text: "Bonjour " + a.Name + ",\n\nVous avez demandé votre identifiant. Le voici :\n\n" + a.Login + "\n\n" +
				"Votre adresse e-mail ouvre aussi votre espace. Pour vous connecter :\n\n" + t.BaseURL + LoginPath + "\n\n" +
				"Si vous n’avez rien demandé, ne faites rien.",
		})
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, remindedPage(web.Frame(w, r, ui.Page{Title: "Consultez votre messagerie", Nav: Nav()})))
}
