package public

import (
	"net/http"
	"slices"
	"strings"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/privacy"
	"preau/internal/town"
	"preau/internal/web"
	"preau/internal/web/ui"
	"preau/internal/words"
)

// legalView is what the pages of the law are written from.
type legalView struct {
	Profile    town.Profile
	Notice     town.Notice
	Missing    string // what the town has not said yet, in words
	Declared   town.Accessibility
	State      town.Conformity
	BaseURL    string
	DeclaredOn string
	AuditedOn  string
}

// privacyView is what becomes of personal data, as the town has settled it.
type privacyView struct {
	legalView
	Kept     []keptLine
	Types    []document.Type // of documents that families give
	Deletion bool            // what is too old is deleted each night
}

// keptLine is how long one kind of data is kept.
type keptLine struct {
	privacy.Category
	Long string // "12 mois"
}

func (p Pages) readLegal(r *http.Request) (v legalView, err error) {
	t := web.Town(r)
	err = t.DB.Read(r.Context(), func(tx *db.Tx) error {
		if v.Profile, err = t.Profile(r.Context(), tx); err != nil {
			return err
		}
		if v.Notice, err = town.LegalNotice(r.Context(), tx); err != nil {
			return err
		}
		v.Declared, err = town.AccessibilityOf(r.Context(), tx)
		v.State = v.Declared.Conformity(civil.DateOf(tx.Now, t.Loc))
		return err
	})
	v.BaseURL, v.Missing = t.BaseURL, words.List(v.Notice.Missing())
	if !v.Declared.DeclaredOn.IsZero() {
		v.DeclaredOn = v.Declared.DeclaredOn.DayMonthYear()
	}
	if !v.Declared.AuditedOn.IsZero() {
		v.AuditedOn = v.Declared.AuditedOn.DayMonthYear()
	}
	return v, err
}

func (p Pages) accessibility(w http.ResponseWriter, r *http.Request) error {
	v, err := p.readLegal(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, accessibilityPage(p.frame(w, r, "Déclaration d’accessibilité", "/accessibilite"), v))
}

func (p Pages) privacy(w http.ResponseWriter, r *http.Request) error {
	legal, err := p.readLegal(r)
	if err != nil {
		return err
	}
	v := privacyView{legalView: legal}
	err = web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		policy, err := privacy.PolicyOf(r.Context(), tx)
		if err != nil {
			return err
		}
		v.Deletion = policy.On
		for _, c := range privacy.Categories() {
			v.Kept = append(v.Kept, keptLine{c, ui.Count(policy.MonthsOf(c), "mois", "mois")})
		}
		types, err := document.Types(r.Context(), tx)
		v.Types = slices.DeleteFunc(types, func(k document.Type) bool { return k.Archived })
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, privacyPage(p.frame(w, r, "Données personnelles", "/donnees-personnelles"), v))
}

func (p Pages) notice(w http.ResponseWriter, r *http.Request) error {
	v, err := p.readLegal(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, noticePage(p.frame(w, r, "Mentions légales", "/mentions-legales"), v))
}

// items are the lines of a text, one a point of a list.
func items(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(line), "-•*")); line != "" {
			out = append(out, line)
		}
	}
	return out
}
