package invoicing

import (
	"net/http"

	"preau/internal/billing"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/paper"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// settingsPage is what the town decides about its bills, and what it prints on them.
type settingsPage struct {
	Bills billing.Settings
	Paper paper.Settings
	Form  *web.Form
}

func (p Pages) settings(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showSettings(w, r, who, http.StatusOK, nil)
}

func (p Pages) showSettings(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	v := settingsPage{Form: form}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Bills, err = billing.ReadSettings(r.Context(), tx); err != nil {
			return err
		}
		v.Paper, err = paper.ReadSettings(r.Context(), tx)
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, status, settingsView(frame(w, r, who, "Réglages des factures", ui.Link{Label: "Réglages"}), v))
}

func (p Pages) saveSettings(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	s := readPaper(form)
	number := func(name string) int {
		n, ok := form.Int(name, 0, 999)
		if !ok {
			form.Fail(name, "Écrivez un nombre entier.") // unless more was said
		}
		return n
	}
	b := billing.Settings{DueDays: number("echeance"), LookBack: number("rappel")}
	ok := false
	if b.Minimum, ok = form.Money("minimum"); !ok {
		form.Fail("minimum", "Écrivez un montant, par exemple 15,00.")
	}
	by := household.ByAgent(who)
	err = form.Err()
	if err == nil {
		err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
			if err := billing.SaveSettings(r.Context(), tx, b, by); err != nil {
				return err
			}
			return paper.SaveSettings(r.Context(), tx, s, by)
		})
	}
	if err != nil && form.Blame(err) {
		return p.showSettings(w, r, who, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Les réglages sont enregistrés", Text: "Ils valent pour les prochaines factures, et pour l’impression de celles qui sont émises."})
	return web.Redirect(w, r, settingsPath)
}

// readPaper reads what the town prints.
func readPaper(form *web.Form) paper.Settings {
	return paper.Settings{Service: form.Text("service", 300), Address: form.Lines("adresse", 300), Desk: form.Text("guichet", 300), Cheque: form.Text("ordre", 300), Cash: form.Has("especes"),
		CESU: form.Has("cesu"), Holder: form.Text("titulaire", 300), IBAN: form.Raw("iban"), BIC: form.Raw("bic"), PayFiP: form.Raw("payfip"), Notice: form.Lines("mentions", 1500)}
}
