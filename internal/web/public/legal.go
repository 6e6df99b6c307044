package public

import (
	"net/http"
	"strings"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/town"
	"preau/internal/web"
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
	v, err := p.readLegal(r)
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
