package office

import (
	"net/http"
	"strconv"

	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/privacy"
	"preau/internal/staff"
	"preau/internal/town"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// registerView is the register of processing (RGPD, art. 30), printed from the settings.
type registerView struct {
	Town     string
	Notice   town.Notice
	Services []town.Service
	Rows     []retentionRow
	Types    []document.Type
	On       bool
}

func (v runView) removed() string {
	if v.Run.Preview {
		return "Seraient effacées"
	}
	return "Effacées"
}

func (p Pages) register(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	t, v := web.Town(r), registerView{}
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		profile, err := t.Profile(r.Context(), tx)
		if err != nil {
			return err
		}
		v.Town, v.Services = profile.Name, profile.Services
		if v.Notice, err = town.LegalNotice(r.Context(), tx); err != nil {
			return err
		}
		policy, err := privacy.PolicyOf(r.Context(), tx)
		if err != nil {
			return err
		}
		v.On = policy.On
		for _, c := range privacy.Categories() {
			v.Rows = append(v.Rows, retentionRow{c, policy.MonthsOf(c)})
		}
		types, err := document.Types(r.Context(), tx)
		for _, k := range types {
			if !k.Archived {
				v.Types = append(v.Types, k)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	page := p.frame(w, r, "Registre des traitements", privacyPath, who)
	page.Crumbs = []ui.Link{{Href: privacyPath, Label: "Données personnelles"}, {Label: "Registre des traitements"}}
	page.Wide = true
	return web.Render(w, r, http.StatusOK, registerPage(page, v))
}

func monthsLong(n int) string { return strconv.Itoa(n) + "\u00a0mois" }
