package debits

import (
	"context"
	"net/http"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/mandate"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// mineView is a family's direct debit: what it signed, or what it may sign.
type mineView struct {
	Offered bool
	Set     mandate.Settings
	Mandate mandate.Mandate
	Has     bool
	Debits  []mandate.Debit
	Old     []mandate.Mandate // that ended
	Draft   mandate.Signature // what the form holds at first
	Form    *web.Form
	Today   civil.Date
}

// shownDebits is how many debits a family sees.
const shownDebits = 24

func (v *mineView) load(ctx context.Context, tx *db.Tx, who household.Guardian, loc *time.Location) (err error) {
	v.Today = civil.DateOf(tx.Now, loc)
	if v.Set, err = mandate.SettingsOf(ctx, tx); err != nil {
		return err
	}
	v.Offered = v.Set.Offered()
	all, err := mandate.OfHousehold(ctx, tx, who.HouseholdID)
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.EndedAt.IsZero() {
			v.Mandate, v.Has = m, true
		} else {
			v.Old = append(v.Old, m)
		}
	}
	home, err := household.ByID(ctx, tx, who.HouseholdID)
	if err != nil {
		return err
	}
	v.Draft = mandate.Signature{Holder: who.Name(), Street: home.Address, PostalCode: home.PostalCode, City: home.City}
	v.Debits, err = mandate.OfFamily(ctx, tx, who.HouseholdID, shownDebits)
	return err
}

func (p Pages) mine(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	return p.showMine(w, r, who, http.StatusOK, nil)
}

func (p Pages) showMine(w http.ResponseWriter, r *http.Request, who household.Guardian, status int, form *web.Form) error {
	v := mineView{Form: form}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error { return v.load(r.Context(), tx, who, web.Town(r).Loc) })
	if err != nil {
		return err
	}
	return web.Render(w, r, status, minePage(p.frame(w, r, "Prélèvement automatique", who), v))
}

// readSignature reads what a debtor wrote.
func readSignature(f *web.Form) mandate.Signature {
	return mandate.Signature{Typed: f.Text("iban", 60), TypedBIC: f.Text("bic", 20), Holder: f.Text("titulaire", 70), Street: f.Text("adresse", 70),
		PostalCode: f.Text("code_postal", 10), City: f.Text("commune", 35), Agreed: f.Yes("accord"), Terms: f.Raw("version")}
}

func (p Pages) sign(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	s := readSignature(f)
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		s.Today = civil.DateOf(tx.Now, t.Loc)
		s.SignedOn = s.Today
		_, err := mandate.Sign(r.Context(), tx, t.KeyFor(mandate.KeyPurpose), who, s)
		return err
	})
	if f.Blame(err) {
		return p.showMine(w, r, who, http.StatusUnprocessableEntity, f)
	}
	if refusal, ok := fault.As(err); ok && refusal.Kind == fault.Conflict { // the terms changed, or the household signed meanwhile
		f.Fail("accord", refusal.Message)
		return p.showMine(w, r, who, http.StatusConflict, f)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Votre mandat est signé", Text: "Un e-mail vous le confirme. Vos prochaines factures seront prélevées."})
	return web.Redirect(w, r, minePath)
}

func (p Pages) account(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	return p.showAccount(w, r, who, http.StatusOK, nil)
}

func (p Pages) showAccount(w http.ResponseWriter, r *http.Request, who household.Guardian, status int, form *web.Form) error {
	v := mineView{Form: form}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error { return v.load(r.Context(), tx, who, web.Town(r).Loc) })
	if err != nil {
		return err
	}
	if !v.Has {
		return web.Redirect(w, r, minePath)
	}
	page := p.frame(w, r, "Changer de compte", who)
	page.Crumbs = []ui.Link{{Href: billsPath, Label: "Factures"}, {Href: minePath, Label: "Prélèvement automatique"}, {Label: "Changer de compte"}}
	return web.Render(w, r, status, accountPage(page, v))
}

func (p Pages) changeAccount(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	s := readSignature(f)
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		m, err := ownMandate(r.Context(), tx, who)
		if err != nil {
			return err
		}
		s.Today = civil.DateOf(tx.Now, t.Loc)
		s.SignedOn = s.Today
		_, err = mandate.ChangeAccount(r.Context(), tx, t.KeyFor(mandate.KeyPurpose), household.ByGuardian(who), m.ID, s)
		return err
	})
	if f.Blame(err) {
		return p.showAccount(w, r, who, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Votre nouveau compte est enregistré", Text: "Les prochains prélèvements s’y feront."})
	return web.Redirect(w, r, minePath)
}

// ownMandate is the mandate of the guardian's household that stands.
func ownMandate(ctx context.Context, tx *db.Tx, who household.Guardian) (mandate.Mandate, error) {
	m, ok, err := mandate.Standing(ctx, tx, who.HouseholdID)
	if err == nil && !ok {
		err = fault.NotFoundf("Votre foyer n’a pas de prélèvement automatique.")
	}
	return m, err
}

func (p Pages) stop(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	var v mineView
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error { return v.load(r.Context(), tx, who, web.Town(r).Loc) })
	if err != nil {
		return err
	}
	if !v.Has {
		return web.Redirect(w, r, minePath)
	}
	page := p.frame(w, r, "Arrêter le prélèvement", who)
	page.Crumbs = []ui.Link{{Href: billsPath, Label: "Factures"}, {Href: minePath, Label: "Prélèvement automatique"}, {Label: "Arrêter le prélèvement"}}
	return web.Render(w, r, http.StatusOK, stopPage(page, v))
}

func (p Pages) revoke(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		m, err := ownMandate(r.Context(), tx, who)
		if err != nil {
			return err
		}
		return mandate.Revoke(r.Context(), tx, household.ByGuardian(who), m.ID, "family", "")
	})
	if fault.Is(err, fault.NotFound) { // it was stopped already
		return web.Redirect(w, r, minePath)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Le prélèvement est arrêté", Text: "Vos prochaines factures sont à régler par un autre moyen."})
	return web.Redirect(w, r, minePath)
}

// coming are the debits that were announced and are not done.
func (v mineView) coming() (list []mandate.Debit) {
	for _, d := range v.Debits {
		if d.CollectedAt.IsZero() && d.RejectedAt.IsZero() {
			list = append(list, d)
		}
	}
	return list
}

// past are those that were done, or sent back.
func (v mineView) past() (list []mandate.Debit) {
	for _, d := range v.Debits {
		if !d.CollectedAt.IsZero() || !d.RejectedAt.IsZero() {
			list = append(list, d)
		}
	}
	return list
}

// onTheWay are the debits that were sent to the bank and that nothing stops any more.
func (v mineView) onTheWay() (list []mandate.Debit) {
	for _, d := range v.coming() {
		if d.Sent {
			list = append(list, d)
		}
	}
	return list
}

func (v mineView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

// invoicesOf names what a debit pays: "2026-000123, 2026-000124".
func invoicesOf(d mandate.Debit) string {
	text := ""
	for i, s := range d.Shares {
		if i > 0 {
			text += ", "
		}
		text += s.Number
	}
	return text
}

func codeLabel(id string) string {
	c, _ := mandate.CodeByID(id)
	return c.Label
}
