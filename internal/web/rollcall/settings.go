package rollcall

import (
	"net/http"
	"slices"

	"preau/internal/activity"
	"preau/internal/attendance"
	"preau/internal/audit"
	"preau/internal/db"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
)

// settingsView is what the town decides about roll-calls.
type settingsView struct {
	Activities []*activity.Activity
	Settings   attendance.RollSettings
	Days       int
	Form       *web.Form
}

func (v *settingsView) load(r *http.Request, tx *db.Tx) error {
	c, err := activity.Load(r.Context(), tx)
	if err != nil {
		return err
	}
	v.Activities = slices.DeleteFunc(slices.Clone(c.Activities), func(a *activity.Activity) bool { return a.Archived })
	if v.Settings, err = attendance.RollSettingsOf(r.Context(), tx); err != nil {
		return err
	}
	v.Days, err = attendance.ReopenDaysOf(r.Context(), tx)
	return err
}

func (p Pages) settings(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	var v settingsView
	if err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error { return v.load(r, tx) }); err != nil {
		return err
	}
	return showSettings(w, r, who, http.StatusOK, v)
}

func showSettings(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, v settingsView) error {
	page := signin.OfficePage(w, r, "Encadrement et pointage", home, who)
	page.Crumbs = []ui.Link{{Href: home, Label: "Pointage"}, {Label: "Encadrement et pointage"}}
	return web.Render(w, r, status, settingsPage(page, v))
}

func (p Pages) saveSettings(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	v := settingsView{Form: f}
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		if err := v.load(r, tx); err != nil {
			return err
		}
		before := map[string]any{"ratios": v.Settings.Ratios, "days": v.Days}
		v.read(f)
		if f.Err() != nil {
			return nil
		}
		if err := attendance.SaveRollSettings(r.Context(), tx, v.Settings, v.Days); err != nil {
			return err
		}
		return audit.Record(r.Context(), tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "settings.change", Subject: "attendance.rollcall",
			Detail: map[string]any{"before": before, "after": map[string]any{"ratios": v.Settings.Ratios, "days": v.Days}}})
	})
	if err != nil {
		return err
	}
	if f.Err() != nil {
		return showSettings(w, r, who, http.StatusUnprocessableEntity, v)
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Les règles du pointage sont enregistrées"})
	return web.Redirect(w, r, home+"/reglages")
}

// read reads the form over what was set.
func (v *settingsView) read(f *web.Form) {
	days, ok := f.Int("jours", 0, 60)
	if !ok {
		f.Fail("jours", "Écrivez un nombre de jours entre 0 et 60.")
	}
	v.Days, v.Settings.Ratios = days, map[string]attendance.RatioSetting{}
	var regimes []string
	for _, k := range attendance.Regimes() {
		regimes = append(regimes, string(k))
	}
	for _, a := range v.Activities {
		s := attendance.RatioSetting{Regime: attendance.Regime(f.One("taux-"+a.ID, "Choisissez dans la liste.", regimes...))}
		if s.Regime == attendance.TownRatio {
			for _, n := range []struct {
				name string
				to   *int
			}{{"petits-" + a.ID, &s.Own.Under6}, {"grands-" + a.ID, &s.Own.Over6}} {
				if *n.to, ok = f.Int(n.name, 1, 60); !ok {
					f.Fail(n.name, "Écrivez un nombre d’enfants entre 1 et 60.")
				}
			}
		}
		v.Settings.Ratios[a.ID] = s
	}
}

func regimeOptions() (list []ui.Option) {
	for _, r := range attendance.Regimes() {
		label := map[attendance.Regime]string{attendance.NoRatio: "Aucun taux", attendance.SchoolTime: "Périscolaire, sans PEDT", attendance.SchoolTimePEDT: "Périscolaire, avec PEDT",
			attendance.HolidayTime: "Vacances (extrascolaire)", attendance.TownRatio: "Nombres de la ville"}[r]
		list = append(list, ui.Option{Value: string(r), Label: label})
	}
	return list
}

// number shows a number of the town's own; nothing when there is none.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return ui.Number(n)
}
