package office

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/privacy"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

const (
	privacyPath   = "/bureau/donnees"
	runsShown     = 12
	erasuresShown = 50
)

func (p Pages) privacyRoutes(s *web.Server) {
	s.Handle("GET /bureau/donnees", p.Door.Office(staff.Settings, p.privacy))
	s.Handle("POST /bureau/donnees/durees", p.Door.Office(staff.Settings, p.saveRetention))
	s.Handle("POST /bureau/donnees/apercu", p.Door.Office(staff.Settings, p.askPreview))
	s.Handle("POST /bureau/donnees/application", p.Door.Office(staff.Settings, p.switchRetention))
	s.Handle("GET /bureau/donnees/passages/{passage}", p.Door.Office(staff.Settings, p.retentionRun))
	s.Handle("GET /bureau/donnees/registre", p.Door.Office(staff.Settings, p.register))
	s.Handle("GET /bureau/donnees/effacements/{demande}", p.Door.Office(staff.Settings, p.erasure))
	s.Handle("POST /bureau/donnees/effacements/{demande}", p.Door.Office(staff.Settings, p.decideErasure))
}

// privacyView is the page of data protection: who asks to be forgotten, how long things are kept, what the nights did.
type privacyView struct {
	Policy   privacy.Policy
	Rows     []retentionRow
	Runs     []runRow
	Requests []requestRow
	Form     *web.Form
}

// retentionRow is one category, with its months as a field.
type retentionRow struct {
	privacy.Category
	Months int
}

// runRow is one run in the list.
type runRow struct {
	ID, When, By string
	Preview      bool
	Done         bool
}

// requestRow is a request to be forgotten in the list.
type requestRow struct {
	ID, Who, Home, Made, State string
	Kind                       ui.Kind
}

func (v privacyView) field(r retentionRow) ui.Field {
	return v.Form.Field(ui.Field{Name: r.ID, Label: "Mois après " + r.From, Type: "number", Size: "short", Value: strconv.Itoa(r.Months), Mode: "numeric",
		Hint: "De " + strconv.Itoa(r.Least) + " à " + strconv.Itoa(r.Most) + " mois"})
}

// order is that of the fields, for the summary of what is wrong.
func (v privacyView) order() (names []string) {
	for _, r := range v.Rows {
		names = append(names, r.ID)
	}
	return names
}

func (p Pages) privacy(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showPrivacy(w, r, who, http.StatusOK, nil)
}

func (p Pages) showPrivacy(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	t, v := web.Town(r), privacyView{Form: form}
	if err := t.DB.Read(r.Context(), func(tx *db.Tx) error { return v.load(r.Context(), tx, t.Loc) }); err != nil {
		return err
	}
	return web.Render(w, r, status, privacyPage(p.frame(w, r, "Données personnelles", privacyPath, who), v))
}

func (v *privacyView) load(ctx context.Context, tx *db.Tx, loc *time.Location) (err error) {
	if v.Policy, err = privacy.PolicyOf(ctx, tx); err != nil {
		return err
	}
	for _, c := range privacy.Categories() {
		v.Rows = append(v.Rows, retentionRow{c, v.Policy.MonthsOf(c)})
	}
	runs, err := privacy.Runs(ctx, tx, runsShown)
	if err != nil {
		return err
	}
	for _, run := range runs {
		v.Runs = append(v.Runs, runRow{run.ID, civil.ShortInstant(run.At, loc), run.By, run.Preview, !run.FinishedAt.IsZero()})
	}
	requests, err := privacy.Requests(ctx, tx, erasuresShown)
	for _, q := range requests {
		v.Requests = append(v.Requests, newRequestRow(q, loc))
	}
	return err
}

func newRequestRow(q privacy.Request, loc *time.Location) requestRow {
	row := requestRow{ID: q.ID, Who: q.Name, Home: q.Household, Made: civil.ShortInstant(q.MadeAt, loc)}
	if row.Who == "" {
		row.Who = "Personne effacée"
	}
	switch {
	case q.Open():
		row.Kind, row.State = ui.Warn, "À décider"
	case !q.WithdrawnAt.IsZero():
		row.Kind, row.State = ui.Plain, "Retirée"
	case q.Accepted && q.DoneAt.IsZero():
		row.Kind, row.State = ui.Accent, "Acceptée, en cours"
	case q.Accepted:
		row.Kind, row.State = ui.Good, "Effacée"
	default:
		row.Kind, row.State = ui.Bad, "Refusée"
	}
	return row
}

func (p Pages) saveRetention(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	months := map[string]int{}
	for _, c := range privacy.Categories() {
		n, ok := f.Int(c.ID, c.Least, c.Most)
		if !ok {
			f.Fail(c.ID, "Écrivez un nombre de mois.")
		}
		months[c.ID] = n
	}
	if f.Err() != nil {
		return p.showPrivacy(w, r, who, http.StatusUnprocessableEntity, f)
	}
	err = p.changePolicy(r, who, func(policy *privacy.Policy) { policy.Months, policy.Names = months, f.Yes("noms") })
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Les durées sont enregistrées", Text: "Elles s’appliquent dès la prochaine nuit, si l’application est en marche."})
	return web.Redirect(w, r, privacyPath)
}

func (p Pages) changePolicy(r *http.Request, who staff.Agent, change func(*privacy.Policy)) error {
	return web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		policy, err := privacy.PolicyOf(r.Context(), tx)
		if err != nil {
			return err
		}
		change(&policy)
		return privacy.Save(r.Context(), tx, who, policy)
	})
}

// askPreview has what would go counted, by a job: a whole town takes a while.
func (p Pages) askPreview(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error { return privacy.AskPreview(r.Context(), tx, who) })
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "L’aperçu se prépare", Text: "Il apparaît dans la liste des passages dans un instant. Rien n’est effacé."})
	return web.Redirect(w, r, privacyPath)
}

// switchRetention turns the nightly run on or off. It is not turned on before a preview was made.
func (p Pages) switchRetention(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	on := f.Raw("marche") == "oui"
	if on {
		seen := false
		err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
			runs, err := privacy.Runs(r.Context(), tx, runsShown)
			for _, run := range runs {
				seen = seen || run.Preview && !run.FinishedAt.IsZero()
			}
			return err
		})
		if err != nil {
			return err
		}
		if !seen {
			return fault.Refusedf("Demandez d’abord un aperçu, et lisez ce qui serait effacé.")
		}
	}
	if err := p.changePolicy(r, who, func(policy *privacy.Policy) { policy.On = on }); err != nil {
		return err
	}
	said := ui.Flash{Kind: ui.Good, Title: "L’effacement à terme est arrêté"}
	if on {
		said = ui.Flash{Kind: ui.Good, Title: "L’effacement à terme est en marche", Text: "Il passe chaque nuit, et laisse son compte rendu ici."}
	}
	web.Flash(w, r, said)
	return web.Redirect(w, r, privacyPath)
}

// runView is what one run did, or would do.
type runView struct {
	Run   privacy.Run
	When  string
	Lines []runLine
}

// runLine is one category of a run.
type runLine struct{ Label, Before, Removed, Held, Why string }

func (p Pages) retentionRun(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	t, v := web.Town(r), runView{}
	err := t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.Run, err = privacy.RunByID(r.Context(), tx, r.PathValue("passage"))
		return err
	})
	if err != nil {
		return err
	}
	v.When = civil.FrenchInstant(v.Run.At, t.Loc)
	for _, l := range v.Run.Lines {
		c, _ := privacy.ByID(l.Category)
		v.Lines = append(v.Lines, runLine{c.Label, l.Before.DayMonthYear(), ui.Number(l.Removed), ui.Number(l.Held), l.Why})
	}
	page := p.frame(w, r, "Passage", privacyPath, who)
	page.Crumbs = []ui.Link{{Href: privacyPath, Label: "Données personnelles"}, {Label: "Passage"}}
	return web.Render(w, r, http.StatusOK, runPage(page, v))
}

// erasureView is one request to be forgotten, with what the answer would do.
type erasureView struct {
	Request requestRow
	Whole   privacy.Request
	Fates   []privacy.Fate
	Form    *web.Form
}

func (v erasureView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

func (p Pages) erasure(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showErasure(w, r, who, http.StatusOK, nil)
}

func (p Pages) showErasure(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	t, v := web.Town(r), erasureView{Form: form}
	err := t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Whole, err = privacy.RequestByID(r.Context(), tx, r.PathValue("demande")); err != nil {
			return err
		}
		v.Request, v.Fates = newRequestRow(v.Whole, t.Loc), v.Whole.Outcome
		if !v.Whole.DoneAt.IsZero() {
			return nil
		}
		g, err := household.GuardianByID(r.Context(), tx, v.Whole.GuardianID)
		if err != nil {
			return err
		}
		situation, err := privacy.SituationOf(r.Context(), tx, g, t.Loc)
		v.Fates = privacy.Fates(situation)
		return err
	})
	if err != nil {
		return err
	}
	page := p.frame(w, r, "Demande d’effacement", privacyPath, who)
	page.Crumbs = []ui.Link{{Href: privacyPath, Label: "Données personnelles"}, {Label: "Demande d’effacement"}}
	return web.Render(w, r, status, erasurePage(page, v))
}

func (p Pages) decideErasure(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	accept := f.One("decision", "Acceptez ou refusez.", "accepter", "refuser") == "accepter"
	answer := f.Lines("reponse", 1000)
	if f.Err() == nil {
		err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
			return privacy.Decide(r.Context(), tx, who, r.PathValue("demande"), accept, answer)
		})
	}
	if f.Err() != nil || err != nil && f.Blame(err) {
		return p.showErasure(w, r, who, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "La réponse est enregistrée", Text: "La famille la reçoit par e-mail."})
	return web.Redirect(w, r, privacyPath)
}
