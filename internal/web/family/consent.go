package family

import (
	"net/http"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/dossier"
	"preau/internal/household"
	"preau/internal/web"
	"preau/internal/web/ui"
	"preau/internal/words"
)

func (v childView) answerLabel() string {
	if v.AskCount > 0 {
		return "Répondre (" + ui.Count(v.AskCount, "réponse attendue", "réponses attendues") + ")"
	}
	return "Revoir ou changer les réponses"
}

// consentsView is the page of what a family allows for a child.
type consentsView struct {
	Child   household.Child
	Path    string
	List    []consentView
	History []string
	May     bool
	Form    *web.Form
}

// consentView is one text with what holds.
type consentView struct {
	dossier.ConsentStanding
	Kind     ui.Kind
	Icon     string
	Words    string
	Answers  []string // "Claire Martin : oui, le 3 septembre 2026"
	Mine     string   // "oui", "non" or empty: what the guardian answered
	MyFrom   string   // hour of one's own answer
	AskHour  bool
	Since    string
	AllAlone bool // answers of both are needed
}

func (p Pages) consents(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	return p.showConsents(w, r, who, http.StatusOK, nil)
}

func (p Pages) showConsents(w http.ResponseWriter, r *http.Request, who household.Guardian, status int, form *web.Form) error {
	v := consentsView{Form: form}
	t := web.Town(r)
	err := t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Child, err = household.ChildOf(r.Context(), tx, who, r.PathValue("enfant")); err != nil {
			return err
		}
		return v.load(r, tx, who)
	})
	if err != nil {
		return err
	}
	page := p.frame(w, r, "Autorisations "+of(v.Child.FirstName), householdPath, who.Name())
	page.Crumbs = []ui.Link{{Href: householdPath, Label: "Mon foyer"}, {Href: v.Path, Label: v.Child.FirstName}, {Label: "Autorisations"}}
	return web.Render(w, r, status, consentsPage(page, v))
}

func (v *consentsView) load(r *http.Request, tx *db.Tx, who household.Guardian) error {
	ctx, loc := r.Context(), web.Town(r).Loc
	v.Path = childrenPath + v.Child.ID
	settings, err := dossier.ReadSettings(ctx, tx)
	if err != nil {
		return err
	}
	if !settings.Shows(dossier.Consents) {
		return noSuchPart
	}
	v.May = settings.Changes(dossier.Consents)
	list, err := dossier.ConsentsOf(ctx, tx, v.Child, civil.DateOf(tx.Now, loc))
	if err != nil {
		return err
	}
	for _, s := range list {
		one := consentView{ConsentStanding: s, Words: words.Consent(s), AskHour: s.Text.Kind == dossier.LeaveAlone,
			Since: civil.DateOf(s.Text.MadeAt, loc).DayMonthYear(), AllAlone: s.Text.NeedsAll && v.Child.Shared}
		one.Kind, one.Icon = consentBadge(s.State)
		for _, a := range s.Answers {
			when := civil.DateOf(a.At, loc).DayMonthYear()
			one.Answers = append(one.Answers, a.Guardian+" : "+answerWords(a)+", le "+when)
			if a.GuardianID == who.ID {
				one.Mine = map[bool]string{true: "oui", false: "non"}[a.Given]
				if a.Given && one.AskHour {
					one.MyFrom = a.From.String()
				}
			}
		}
		v.List = append(v.List, one)
	}
	answers, err := dossier.ConsentAnswers(ctx, tx, v.Child.ID)
	for i := len(answers) - 1; i >= 0; i-- {
		a := answers[i]
		v.History = append(v.History, shortInstant(a.At, loc)+" : "+a.Guardian+", "+words.LowerFirst(a.Kind.French())+", "+answerWords(a)+" (texte n° "+itoa(int(a.Version))+")")
	}
	return err
}

// answerWords is "oui", "oui, à partir de 16 h 30", "non".
func answerWords(a dossier.ConsentAnswer) string {
	switch {
	case !a.Given:
		return "non"
	case a.Kind == dossier.LeaveAlone:
		return "oui, à partir de " + a.From.French()
	}
	return "oui"
}

// answerField fills the fields of the text whose answer was wrong.
func (v consentsView) answerField(text string, f ui.Field) ui.Field {
	if v.Form != nil && v.Form.Raw("texte") == text {
		filled := v.Form.Field(ui.Field{Name: "heure"})
		if f.Type == "time" {
			f.Value, f.Error = filled.Value, filled.Error
		}
	}
	return f
}

// answerConsent takes an answer to one text, as it was shown.
func (p Pages) answerConsent(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	a := dossier.ConsentAnswer{TextID: f.Raw("texte"), Given: f.One("reponse", "Répondez oui ou non.", "oui", "non") == "oui"}
	a.From, _ = f.Time("heure")
	if f.Err() != nil {
		return p.showConsents(w, r, who, http.StatusUnprocessableEntity, f)
	}
	id, t := r.PathValue("enfant"), web.Town(r)
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		return dossier.AnswerConsent(r.Context(), tx, who, id, a, civil.DateOf(tx.Now, t.Loc))
	})
	if err != nil && f.Blame(err) {
		return p.showConsents(w, r, who, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Votre réponse est enregistrée", Text: "Vous pouvez la changer à tout moment."})
	return web.Redirect(w, r, childrenPath+id+"/autorisations#t-"+a.TextID)
}

// yes and no are the words of the buttons: to answer, or to change one's answer.
func (c consentView) yes() string {
	if c.Mine == "oui" {
		return "Changer l’heure"
	}
	return "J’autorise"
}

func (c consentView) no() string {
	if c.Mine == "oui" {
		return "Retirer mon autorisation"
	}
	return "Je refuse"
}
