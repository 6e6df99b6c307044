package tariffs

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/money"
	"preau/internal/staff"
	"preau/internal/tariff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// formView is a grid being written.
type formView struct {
	Activity activity.Activity
	Grid     tariff.Grid // what the fields show when nothing was typed
	Path     string
	Read     string // what the draft said when it was opened: activity.KeptGrid.Mark
	Changed  bool   // someone corrected the draft meanwhile
	Form     *web.Form
}

// field fills a field with what was typed, or with what the grid says.
func (v formView) field(f ui.Field, stored string) ui.Field {
	f.Value = stored
	return v.Form.Field(f)
}

func (v formView) kinds() []ui.Option {
	return []ui.Option{
		{Value: string(tariff.Flat), Label: "Un prix unique"},
		{Value: string(tariff.Brackets), Label: "Des tranches de quotient familial"},
		{Value: string(tariff.Effort), Label: "Un taux d’effort", Sub: "Un pourcentage du quotient familial, entre un minimum et un maximum."},
	}
}

func pers() []ui.Option {
	return []ui.Option{
		{Value: string(tariff.PerDay), Label: "Un jour"}, {Value: string(tariff.PerHalfHour), Label: "Une demi-heure commencée"},
		{Value: string(tariff.PerMonth), Label: "Un mois d’inscription"}, {Value: string(tariff.PerYear), Label: "Une année scolaire d’inscription"},
	}
}

func ages() []ui.Option {
	return []ui.Option{{Label: "Tous les âges"}, {Value: "maternelle", Label: "Maternelle"}, {Value: "elementaire", Label: "Élémentaire"}}
}

func (v formView) options() []ui.Option {
	list := []ui.Option{{Label: "Toutes les formules"}}
	for _, o := range v.Activity.LiveOptions() {
		list = append(list, ui.Option{Value: o.ID, Label: o.Name})
	}
	return list
}

// newGrid shows the form of a new grid, filled as the one given by ?de= is.
func (p Pages) newGrid(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	v := formView{Grid: tariff.Grid{Kind: tariff.Flat, Per: tariff.PerDay}}
	err = web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		_, a, err := activityOf(r, tx)
		if err != nil {
			return err
		}
		v.Activity = *a
		if a.Kind == activity.Canteen {
			v.Grid.FoodPercent = 100_00
		}
		if !q.Has("de") {
			return nil
		}
		old, err := activity.GridByID(r.Context(), tx, q.Raw("de"))
		if err == nil && old.ActivityID != a.ID {
			err = fault.NotFoundf("Cette grille n’existe pas.")
		}
		v.Grid = old.Grid
		v.Grid.ID, v.Grid.Name, v.Grid.From, v.Grid.VotedOn = "", "", v.Grid.From.AddMonths(12), civil.Date{}
		return err
	})
	if err != nil {
		return err
	}
	v.Path = home + "/" + v.Activity.ID + "/nouvelle"
	return p.showForm(w, r, who, http.StatusOK, v)
}

func (p Pages) showForm(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, v formView) error {
	title := "Préparer une grille"
	if v.Grid.ID != "" {
		title = "Corriger le brouillon"
	}
	page := p.frame(w, r, title, who, ui.Link{Href: home + "/" + v.Activity.ID, Label: v.Activity.Name})
	return web.Render(w, r, status, formPage(page, v))
}

func (p Pages) saveNew(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.save(w, r, who, "")
}

func (p Pages) editGrid(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	var v formView
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v, err = draftForm(r, tx, r.PathValue("grid"))
		return err
	})
	if err != nil {
		return err
	}
	return p.showForm(w, r, who, http.StatusOK, v)
}

func draftForm(r *http.Request, tx *db.Tx, id string) (formView, error) {
	k, err := activity.GridByID(r.Context(), tx, id)
	if err != nil {
		return formView{}, err
	}
	if !k.Draft() {
		return formView{}, fault.Conflictf("Une grille publiée ne se modifie pas : préparez-en une nouvelle, à partir d’un autre jour.")
	}
	c, err := activity.Load(r.Context(), tx)
	if err != nil {
		return formView{}, err
	}
	v := formView{Grid: k.Grid, Read: k.Mark(), Path: gridsPath + id + "/correction"}
	if a, ok := c.Activity(k.ActivityID); ok {
		v.Activity = *a
	}
	return v, nil
}

func (p Pages) saveEdit(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.save(w, r, who, r.PathValue("grid"))
}

// save writes a draft, new or corrected, and shows what it would change.
func (p Pages) save(w http.ResponseWriter, r *http.Request, who staff.Agent, id string) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	var v formView
	var saved string
	status := http.StatusUnprocessableEntity
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		if id != "" {
			if v, err = draftForm(r, tx, id); err != nil {
				return err
			}
			if v.Changed = f.Raw("lu") != v.Read; v.Changed {
				status = http.StatusConflict
				return errChanged
			}
		} else {
			_, a, err := activityOf(r, tx)
			if err != nil {
				return err
			}
			v.Activity, v.Path = *a, home+"/"+a.ID+"/nouvelle"
		}
		g := readGrid(f)
		g.ID, g.ActivityID = id, v.Activity.ID
		if g.OptionID != "" {
			if _, ok := v.Activity.OptionByID(g.OptionID); !ok {
				f.Fail("formule", "Choisissez une formule de la liste.")
			}
		}
		if f.Err() != nil {
			return f.Err()
		}
		saved, err = activity.SaveDraft(r.Context(), tx, household.ByAgent(who), g)
		return err
	})
	if err == nil {
		return web.Redirect(w, r, gridsPath+saved)
	}
	if !v.Changed && f.Err() == nil && !f.Blame(err) {
		return err
	}
	v.Form = f
	return p.showForm(w, r, who, status, v)
}

// errChanged keeps a draft that someone corrected while it was being corrected.
var errChanged = errors.New("tariffs: the draft has changed")

// readGrid reads the form of a grid. What is wrong is said beside its field.
func readGrid(f *web.Form) tariff.Grid {
	g := tariff.Grid{
		Name: f.Text("nom", 120), From: day(f, "du"), VotedOn: day(f, "vote"), OptionID: f.Raw("formule"),
		AgeGroup: f.One("age", "Choisissez un âge de la liste.", "", "maternelle", "elementaire"),
		Per:      tariff.Per(f.One("pour", "Choisissez ce que le prix paie.", "day", "half_hour", "month", "year")),
		Kind:     tariff.Kind(f.One("genre", "Choisissez comment le prix se calcule.", "flat", "brackets", "effort")),
	}
	switch g.Kind {
	case tariff.Flat:
		g.Flat = neededMoney(f, "prix")
	case tariff.Brackets:
		g.Brackets = readBrackets(f, f.Lines("tranches", 4000))
	case tariff.Effort:
		rate, err := tariff.ParseRate(f.Raw("taux"))
		if err != nil {
			f.Fail("taux", "Écrivez un pourcentage du quotient, par exemple 0,36.")
		}
		g.Rate = rate
		g.Floor, _ = f.Money("minimum")
		g.Ceiling, _ = f.Money("maximum")
	}
	g.NonResident = optional(f, "hors_commune")
	g.NonResidentMore = readPercent(f, "hors_commune_plus")
	for _, word := range strings.Fields(strings.NewReplacer(";", " ", "%", " ").Replace(f.Raw("fratrie"))) {
		less, err := tariff.ParsePercent(word)
		if err != nil {
			f.Fail("fratrie", "Écrivez une réduction par enfant à partir du deuxième, séparées par des points-virgules : « 10 ; 20 ».")
		}
		g.Ranks = append(g.Ranks, less)
	}
	g.OwnMeal = optional(f, "panier")
	g.FoodPercent, g.FoodCents = readPercent(f, "part_repas"), optional(f, "montant_repas")
	g.Absent, g.LateAdded = readChange(f, "absence"), readChange(f, "hors_delai")
	g.Unbooked, g.LatePickup = readSteps(f, "non_reserve"), readSteps(f, "retard")
	g.Prorata = f.Yes("prorata")
	return g
}

// day reads a day that prices depend on: a year with a figure too few would change those of centuries.
func day(f *web.Form, name string) civil.Date {
	d := f.Date(name)
	if !d.IsZero() && (d.Year < 1990 || d.Year >= 2100) {
		f.Fail(name, "Vérifiez l’année.")
	}
	return d
}

func optional(f *web.Form, name string) *money.Cents {
	if c, ok := f.Money(name); ok {
		return &c
	}
	return nil
}

func neededMoney(f *web.Form, name string) money.Cents {
	c, ok := f.Money(name)
	if !ok { // what is already said of the field is kept
		f.Fail(name, "Indiquez le prix, par exemple 2,20.")
	}
	return c
}

func readPercent(f *web.Form, name string) int64 {
	if strings.TrimSpace(f.Raw(name)) == "" {
		return 0
	}
	n, err := tariff.ParsePercent(f.Raw(name))
	if err != nil {
		f.Fail(name, "Écrivez un pourcentage, par exemple 20.")
	}
	return n
}

func readBrackets(f *web.Form, text string) []tariff.Bracket {
	var out []tariff.Bracket
	for i, line := range strings.Split(text, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		from, price, ok := strings.Cut(line, ";")
		q, err1 := tariff.ParseQuotient(from)
		cents, err2 := money.Parse(price)
		if !ok || err1 != nil || err2 != nil {
			f.Fail("tranches", "Ligne "+strconv.Itoa(i+1)+" : écrivez le premier quotient de la tranche, un point-virgule, puis le prix. Par exemple « 400 ; 2,10 ».")
			return nil
		}
		out = append(out, tariff.Bracket{From: q, Price: cents})
	}
	return out
}

func readChange(f *web.Form, name string) *tariff.Change {
	if strings.TrimSpace(f.Raw(name)) == "" {
		return nil
	}
	c, err := tariff.ParseChange(f.Raw(name))
	if err != nil {
		f.Fail(name, "Écrivez un pourcentage (« 50 % », « −50 % ») ou un prix (« 5,00 »).")
		return nil
	}
	return &c
}

// readSteps reads one change alone, or "1 ; 0 %" and "4 ; 50 %" on lines: from which time of the year on it holds.
func readSteps(f *web.Form, name string) []tariff.Step {
	text := f.Lines(name, 1000)
	if text == "" {
		return nil
	}
	if !strings.Contains(text, ";") {
		if c := readChange(f, name); c != nil {
			return []tariff.Step{{Change: *c}}
		}
		return nil
	}
	var out []tariff.Step
	for i, line := range strings.Split(text, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		at, change, _ := strings.Cut(line, ";")
		n, err1 := strconv.ParseInt(strings.TrimSpace(at), 10, 32)
		c, err2 := tariff.ParseChange(change)
		if err1 != nil || err2 != nil || n < 1 {
			f.Fail(name, "Ligne "+strconv.Itoa(i+1)+" : écrivez à partir de quelle fois, un point-virgule, puis un pourcentage ou un prix. Par exemple « 4 ; 50 % ».")
			return nil
		}
		out = append(out, tariff.Step{After: n - 1, Change: c})
	}
	return out
}

// The other way round: what a grid says, as it is typed.

func typedMoney(c *money.Cents) string {
	if c == nil {
		return ""
	}
	return c.Typed()
}

func typedPercent(p int64) string {
	if p == 0 {
		return ""
	}
	return tariff.Percent(p)
}

func typedBrackets(list []tariff.Bracket) string {
	var lines []string
	for _, b := range list {
		lines = append(lines, tariff.Quotient(b.From)+" ; "+b.Price.Typed())
	}
	return strings.Join(lines, "\n")
}

func typedChange(c *tariff.Change) string {
	if c == nil {
		return ""
	}
	return c.Typed()
}

func typedSteps(steps []tariff.Step) string {
	if len(steps) == 1 {
		return steps[0].Typed()
	}
	var lines []string
	for i := range steps {
		lines = append(lines, strconv.FormatInt(steps[i].After+1, 10)+" ; "+steps[i].Typed())
	}
	return strings.Join(lines, "\n")
}

func typedRanks(ranks []int64) string {
	var words []string
	for _, r := range ranks {
		words = append(words, tariff.Percent(r))
	}
	return strings.Join(words, " ; ")
}
