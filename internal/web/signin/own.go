package signin

import (
	"net/http"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/identity"
	"preau/internal/notify"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// OwnView is what the pages about one's own access show, on both sides of the portal.
type OwnView struct {
	Account  identity.Account
	Session  identity.Session
	Form     *web.Form // of the password, when it comes back with something to correct
	Wait     int       // seconds before the present password may be tried again
	Devices  []identity.Session
	Topics   []notify.Entry
	Muted    []notify.Topic
	Whole    bool // the text of a service's answer stands in its e-mail (families)
	Factors  identity.Factors
	Provider string // who may vouch for this account; empty when the town has nobody
	Linked   bool   // the account is tied to it
	Grace    string // day until which a second step may be missing; empty when none is counted
	Base     string // "/espace/profil" or "/bureau/profil": the forms post under it
	Location *time.Location
}

// Own reads what OwnView shows.
func (d *Door) Own(r *http.Request, s identity.Session, base string) (OwnView, error) {
	v := OwnView{Account: s.Account, Session: s, Base: base, Location: web.Town(r).Loc, Topics: notify.Topics(s.Account.Kind)}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Devices, err = identity.Sessions(r.Context(), tx, s.Account); err != nil {
			return err
		}
		links, err := identity.Links(r.Context(), tx, s.Account.ID)
		if err != nil {
			return err
		}
		for _, l := range links {
			v.Linked = v.Linked || l.Provider.Kind() == s.Account.Kind
		}
		if v.Factors, err = identity.FactorsOf(r.Context(), tx, s.Account.ID); err != nil {
			return err
		}
		if v.Muted, err = notify.Muted(r.Context(), tx, s.Account.ID); err != nil {
			return err
		}
		v.Whole, err = notify.Chose(r.Context(), tx, s.Account.ID, notify.AnswerText)
		return err
	})
	_, v.Provider = own(web.Town(r), s.Account.Kind)
	if due := s.Account.FactorDueAt; !due.IsZero() && !v.Factors.Any() {
		v.Grace = civil.DateOf(due, v.Location).Long()
	}
	return v, err
}

func (v OwnView) factorWords() string {
	if v.Factors.Authenticator {
		return "Activée, " + ui.Count(v.Factors.Recovery, "code de secours restant", "codes de secours restants")
	}
	return "Désactivée : le mot de passe suffit"
}

func (v OwnView) factorVerb() string {
	if v.Factors.Authenticator {
		return "Gérer"
	}
	return "Activer"
}

func (v OwnView) linkWords() string {
	if v.Linked {
		return "Rattaché : cette identité ouvre votre espace"
	}
	return "Non rattaché"
}

func (v OwnView) passkeyWords() string {
	if v.Factors.Passkeys == 0 {
		return "Aucune : entrer sans mot de passe depuis son appareil"
	}
	return ui.Count(v.Factors.Passkeys, "clé", "clés")
}

// ChangePassword reads the form of PasswordForm and changes the password. When done is false the page is shown again: with what
// to correct in the form, or with the seconds to wait.
func (d *Door) ChangePassword(w http.ResponseWriter, r *http.Request, s identity.Session) (done bool, form *web.Form, wait int, err error) {
	if form, err = web.ReadForm(w, r); err != nil {
		return false, nil, 0, err
	}
	t := web.Town(r)
	c, ok, wait, err := d.present(r, form, s)
	if err != nil || !ok {
		return false, form, wait, err
	}
	hash, err := newHash(r.Context(), form, s.Account)
	if err != nil || hash == "" {
		return false, form, 0, err
	}
	var e identity.Entry
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		if e, err = identity.ChangePassword(r.Context(), tx, s, c, hash); err != nil {
			return err
		}
		return tellChanged(r.Context(), tx, t, s.Account)
	})
	if err != nil {
		return false, form, 0, err
	}
	give(w, r, e)
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Votre mot de passe est changé", Text: "Vos autres appareils sont déconnectés."})
	return true, form, 0, nil
}

// EndDevices disconnects the device named by the field "appareil", all the others for "autres", and returns to a page; or all of them
// for "tous", this one too.
func (d *Door) EndDevices(w http.ResponseWriter, r *http.Request, s identity.Session, back string) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	if form.Raw("appareil") == "tous" {
		return d.endAll(w, r, s)
	}
	which, said := form.Raw("appareil"), ui.Flash{Kind: ui.Good, Title: "Cet appareil est déconnecté"}
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		if which != "autres" {
			return identity.Revoke(r.Context(), tx, s.Account, which)
		}
		n, err := identity.RevokeOthers(r.Context(), tx, s.Account, s.ID)
		said.Title = ui.Count(n, "appareil est déconnecté", "appareils sont déconnectés")
		return err
	})
	if err != nil {
		return err
	}
	web.Flash(w, r, said)
	return web.Redirect(w, r, back)
}

// endAll disconnects everywhere.
func (d *Door) endAll(w http.ResponseWriter, r *http.Request, s identity.Session) error {
	if err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		_, err := identity.RevokeAll(r.Context(), tx, s.Account)
		return err
	}); err != nil {
		return err
	}
	setCookie(w, r, sessionCookie, "", -1)
	setCookie(w, r, deviceCookie, "", -1)
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Vous êtes déconnecté de tous vos appareils"})
	return web.Redirect(w, r, LoginPath)
}

// SaveTopics mutes the topics whose box, named "sujet", is not ticked, and returns to a page.
func (d *Door) SaveTopics(w http.ResponseWriter, r *http.Request, s identity.Session, back string) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	wanted := map[string]bool{}
	for _, t := range form.All("sujet") {
		wanted[t] = true
	}
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		for _, e := range notify.Topics(s.Account.Kind) {
			set := notify.Mute
			if wanted[string(e.Topic)] {
				set = notify.Unmute
			}
			if err := set(r.Context(), tx, s.Account.ID, e.Topic); err != nil {
				return err
			}
		}
		return notify.SetChoice(r.Context(), tx, s.Account.ID, notify.AnswerText, form.Yes("texte_reponse"))
	})
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Vos choix sont enregistrés"})
	return web.Redirect(w, r, back)
}

// wanted lists the topics that are not muted.
func (v OwnView) wanted() []string {
	var out []string
	for _, e := range v.Topics {
		muted := false
		for _, m := range v.Muted {
			muted = muted || m == e.Topic
		}
		if !muted {
			out = append(out, string(e.Topic))
		}
	}
	return out
}

func (v OwnView) options() []ui.Option {
	var out []ui.Option
	for _, e := range v.Topics {
		out = append(out, ui.Option{Value: string(e.Topic), Label: e.Label, Sub: e.Help})
	}
	return out
}

func (v OwnView) when(i civil.Instant) string { return civil.ShortInstant(i, v.Location) }

// Status is that of a password form shown again: wait is the seconds ChangePassword gave.
func Status(wait int) int {
	if wait > 0 {
		return http.StatusTooManyRequests
	}
	return http.StatusUnprocessableEntity
}
