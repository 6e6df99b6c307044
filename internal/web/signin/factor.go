package signin

import (
	"bytes"
	"net/http"
	"strconv"

	"rsc.io/qr"

	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/identity"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// factorView is the page about one's second step.
type factorView struct {
	Owner
	Factors identity.Factors
	Policy  identity.Policy
	Overdue bool
	Pending *identity.Authenticator // being set up
	Form    *web.Form
	Where   string // which of the forms came back: "" (begin), "confirmation", "codes", "retrait"
	Wait    int
}

// form is the form that came back, for the part of the page it is of.
func (v factorView) form(where string) *web.Form {
	if v.Where == where {
		return v.Form
	}
	return nil
}

func (v factorView) wait(where string) int {
	if v.Where == where {
		return v.Wait
	}
	return 0
}

// mandatory says whether the town asks this owner for a second factor.
func (v factorView) mandatory() bool {
	return v.Session.Account.Kind == identity.Staff && v.Policy.StaffFactor
}

func (d *Door) factorPage(w http.ResponseWriter, r *http.Request, o Owner) error {
	return d.showFactor(w, r, http.StatusOK, factorView{Owner: o})
}

func (d *Door) showFactor(w http.ResponseWriter, r *http.Request, status int, v factorView) error {
	t := web.Town(r)
	err := t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		a := v.Session.Account
		if v.Factors, err = identity.FactorsOf(r.Context(), tx, a.ID); err != nil {
			return err
		}
		if v.Policy, err = identity.ReadPolicy(r.Context(), tx); err != nil {
			return err
		}
		if v.Overdue, err = identity.Overdue(r.Context(), tx, a); err != nil || v.Factors.Authenticator {
			return err
		}
		pending, err := identity.PendingAuthenticator(r.Context(), tx, a, keys(t), t.Name)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		v.Pending = &pending
		return err
	})
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return web.Render(w, r, status, factorPage(v.page("Seconde étape"), v))
}

// beginFactor draws the secret of an application, once the password is proved.
func (d *Door) beginFactor(w http.ResponseWriter, r *http.Request, o Owner) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	ok, wait, err := d.prove(r, form, o.Session)
	if err != nil {
		return err
	}
	if !ok {
		return d.showFactor(w, r, Status(wait), factorView{Owner: o, Form: form, Wait: wait})
	}
	t := web.Town(r)
	if err := t.DB.Write(r.Context(), func(tx *db.Tx) error {
		return identity.BeginAuthenticator(r.Context(), tx, o.Session.Account, keys(t))
	}); err != nil {
		return err
	}
	return web.Redirect(w, r, o.Base+"/seconde-etape")
}

// factorImage draws the secret being set up, for the camera of a telephone.
func (d *Door) factorImage(w http.ResponseWriter, r *http.Request, o Owner) error {
	t := web.Town(r)
	var pending identity.Authenticator
	err := t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		pending, err = identity.PendingAuthenticator(r.Context(), tx, o.Session.Account, keys(t), t.Name)
		return err
	})
	if err != nil {
		return err
	}
	code, err := qr.Encode(pending.URL, qr.M)
	if err != nil {
		return err
	}
	code.Scale = 5
	content := code.PNG()
	h := w.Header()
	h.Set("Content-Type", "image/png")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(content)))
	w.WriteHeader(http.StatusOK)
	_, _ = bytes.NewReader(content).WriteTo(w) // a visitor who has left is nobody's failure
	return nil
}

// confirmFactor takes the first code, and shows the recovery codes.
func (d *Door) confirmFactor(w http.ResponseWriter, r *http.Request, o Owner) error {
	return d.onCode(w, r, o, "confirmation", func(tx *db.Tx, c identity.Code) (identity.Verdict, []string, error) {
		t, a := web.Town(r), o.Session.Account
		v, codes, err := identity.ConfirmAuthenticator(r.Context(), tx, a, keys(t), c)
		if err != nil || !v.OK {
			return v, codes, err
		}
		return v, codes, tellAccess(r.Context(), tx, t, a, "La seconde étape est activée",
			"Une seconde étape vient d’être ajoutée à votre connexion : après le mot de passe, un code de votre application est demandé.")
	})
}

// renewCodes shows new recovery codes.
func (d *Door) renewCodes(w http.ResponseWriter, r *http.Request, o Owner) error {
	return d.onCode(w, r, o, "codes", func(tx *db.Tx, c identity.Code) (identity.Verdict, []string, error) {
		return identity.RenewRecoveryCodes(r.Context(), tx, o.Session.Account, keys(web.Town(r)), c)
	})
}

// removeFactor forgets the application and the recovery codes.
func (d *Door) removeFactor(w http.ResponseWriter, r *http.Request, o Owner) error {
	return d.onCode(w, r, o, "retrait", func(tx *db.Tx, c identity.Code) (identity.Verdict, []string, error) {
		t, a := web.Town(r), o.Session.Account
		v, err := identity.RemoveAuthenticator(r.Context(), tx, a, keys(t), c)
		if err != nil || !v.OK {
			return v, nil, err
		}
		return v, nil, tellAccess(r.Context(), tx, t, a, "La seconde étape est désactivée",
			"La seconde étape de votre connexion vient d’être désactivée : le mot de passe suffit de nouveau.")
	})
}

// onCode does what asks for a code of the application: act judges it in the transaction. Codes it gives are shown, once.
func (d *Door) onCode(w http.ResponseWriter, r *http.Request, o Owner, where string, act func(*db.Tx, identity.Code) (identity.Verdict, []string, error)) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	var v identity.Verdict
	var codes []string
	err = t.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		v, codes, err = act(tx, code(t, form, tx.Now))
		return err
	})
	switch {
	case form.Blame(err):
	case err != nil:
		return err
	case v.OK && codes != nil:
		w.Header().Set("Cache-Control", "no-store")
		return web.Render(w, r, http.StatusOK, codesPage(o.page("Codes de secours"), o, codes))
	case v.OK:
		web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "La seconde étape est désactivée", Text: "Votre mot de passe suffit de nouveau."})
		return web.Redirect(w, r, o.Base+"/seconde-etape")
	case v.Wait > 0:
		retryAfter(w, seconds(v.Wait))
	default:
		form.Fail("code", wrongCode(v))
	}
	wait := seconds(v.Wait)
	return d.showFactor(w, r, Status(wait), factorView{Owner: o, Form: form, Where: where, Wait: wait})
}

// codeField is where a code is typed: a number pad on telephones, filled by those that can.
func codeField(wrong, hint string) ui.Field {
	return ui.Field{Name: "code", Label: "Code", Hint: hint, Auto: "one-time-code", Max: 20, Size: "short", Required: true, Error: wrong}
}

// offField is the same on a page that has a field of codes already.
func offField() ui.Field {
	f := codeField("", "Les six chiffres que l’application montre, ou un code de secours.")
	f.ID = "f-code-retrait"
	return f
}
