package public

import (
	"net/http"

	"preau/internal/db"
	"preau/internal/news"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// preferencesView is what somebody follows.
type preferencesView struct {
	Choice   news.Choice
	SignedIn bool
}

func (v preferencesView) chosen() []string {
	var out []string
	for _, t := range v.Choice.Themes {
		out = append(out, string(t))
	}
	return out
}

func themeOptions() []ui.Option {
	var out []ui.Option
	for _, t := range news.Themes {
		out = append(out, ui.Option{Value: string(t), Label: t.French()})
	}
	return out
}

func (p Pages) preferences(w http.ResponseWriter, r *http.Request) error {
	who, err := p.whoLooks(r)
	if err != nil {
		return err
	}
	v := preferencesView{Choice: who.Choice, SignedIn: who.signedIn()}
	return web.Render(w, r, http.StatusOK, preferencesPage(p.frame(w, r, "Mes préférences", preferencesPath), v))
}

// savePreferences keeps the themes with the account of who is signed in, else in this browser.
func (p Pages) savePreferences(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	who, err := p.whoLooks(r)
	if err != nil {
		return err
	}
	choice := news.Choice{Only: f.Yes("seuls")}
	for _, t := range news.Themes {
		for _, sent := range f.All("themes") {
			if sent == string(t) {
				choice.Themes = append(choice.Themes, t)
			}
		}
	}
	if who.signedIn() {
		err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error { return news.Choose(r.Context(), tx, who.AccountID, choice) })
		if err != nil {
			return err
		}
	} else {
		keepChoice(w, r, choice)
	}
	said := ui.Flash{Kind: ui.Good, Title: "Vos préférences sont enregistrées", Text: "Vous suivez " + ui.Count(len(choice.Themes), "thème", "thèmes") + "."}
	if len(choice.Themes) == 0 {
		said.Text = "Vous ne suivez aucun thème : toutes les actualités sont montrées, la dernière d’abord."
	}
	web.Flash(w, r, said)
	return web.Redirect(w, r, preferencesPath)
}
