package office

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/dossier"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
	"preau/internal/words"
)

const (
	checksPath    = "/bureau/verifications"
	confirmsPath  = checksPath + "/confirmations"
	checksPerPage = 20
)

func (p Pages) checkRoutes(s *web.Server) {
	s.Handle("GET /bureau/verifications", p.Door.Office(staff.Instruct, p.checks))
	s.Handle("GET /bureau/verifications/{changement}", p.Door.Office(staff.Instruct, p.check))
	s.Handle("POST /bureau/verifications/{changement}", p.Door.Office(staff.Instruct, p.decideCheck))
	s.Handle("POST /bureau/verifications/{changement}/sante", p.Door.Office(staff.Health, p.viewCheck))
	s.Handle("GET /bureau/verifications/confirmations", p.Door.Office(staff.Instruct, p.confirmations))
	s.Handle("POST /bureau/verifications/confirmations", p.Door.Office(staff.Instruct, p.remind))
}

// checksView is the queue of declared changes.
type checksView struct {
	Service, Field    string
	Services, Fields  []ui.Option
	List              []checkCard
	Next              string
	Alone             bool // the page of one change
	MayHealth, Search bool
	Form              *web.Form
	Problem           string // why an answer was not taken
}

// checkCard is one change with what an agent needs to answer.
type checkCard struct {
	dossier.Waits
	Label, Since, Age string
	Diffs             []ui.Diff
	Closed            bool // health, not opened
	Address           bool
	Subject           string    // of whom
	Proofs            []ui.Link // documents joined; without address to who may not open them
}

// id tells apart the fields of several cards; alone on its page, a field has its own.
func (v checksView) id(field string, c checkCard) string {
	if v.Alone {
		return ""
	}
	return field + "-" + c.ID
}

func (p Pages) checks(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	v := checksView{Service: q.Text("service", 200), Field: q.Text("rubrique", 60), MayHealth: who.May(staff.Health, ""), Search: who.May(staff.Search, "")}
	t := web.Town(r)
	err = t.DB.Read(r.Context(), func(tx *db.Tx) error {
		today := civil.DateOf(tx.Now, t.Loc)
		list, err := dossier.Queue(r.Context(), tx, who, today, dossier.QueueFilter{Service: v.Service, Field: dossier.Field(v.Field), After: q.Raw("apres"), Limit: checksPerPage + 1})
		if err != nil {
			return err
		}
		if len(list) > checksPerPage {
			list = list[:checksPerPage]
			v.Next = address(checksPath, "service", v.Service, "rubrique", v.Field, "apres", list[checksPerPage-1].ID)
		}
		for i := range list {
			card, err := newCard(r, tx, who, list[i], today)
			if err != nil {
				return err
			}
			v.List = append(v.List, card)
		}
		return v.choices(r.Context(), tx)
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, checksPage(p.frame(w, r, "Vérifications", checksPath, who), v))
}

// choices lists the services and the fields to choose from.
func (v *checksView) choices(ctx context.Context, tx *db.Tx) error {
	settings, err := dossier.ReadSettings(ctx, tx)
	v.Services, v.Fields = []ui.Option{{Label: "Tous les services"}}, []ui.Option{{Label: "Toutes les informations"}}
	var names []string
	for _, d := range dossier.Definitions() {
		if slices.Contains(d.Modes, dossier.Checked) {
			v.Fields = append(v.Fields, ui.Option{Value: string(d.Field), Label: d.Label})
		}
		if name := settings.Fields[d.Field].Service; name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		v.Services = append(v.Services, ui.Option{Value: name, Label: name})
	}
	return err
}

func newCard(r *http.Request, tx *db.Tx, who staff.Agent, in dossier.Waits, today civil.Date) (checkCard, error) {
	loc := web.Town(r).Loc
	d := in.Definition()
	c := checkCard{Waits: in, Label: d.Label, Since: solid(civil.ShortInstant(in.DeclaredAt, loc)), Closed: in.Change.Closed(), Address: d.Field == dossier.Address}
	c.Age = ageOf(today.DaysSince(civil.DateOf(in.DeclaredAt, loc)))
	c.Subject = in.Household
	for _, name := range []string{in.Child, in.Guardian} {
		if name != "" {
			c.Subject = name
		}
	}
	if !c.Closed {
		c.Diffs = compared(d, in)
	}
	proofs, err := document.Attached(r.Context(), tx, dossier.Target(in.ID))
	for _, p := range proofs {
		link := ui.Link{Label: p.Type.Name + ", " + documentState(p, today)}
		if who.May(staff.Check, "") {
			link.Href = papersPath + "/" + p.ID
		}
		c.Proofs = append(c.Proofs, link)
	}
	return c, err
}

// ageOf says how long a change has waited.
func ageOf(days int) string {
	switch {
	case days < 1:
		return "aujourd’hui"
	case days == 1:
		return "depuis hier"
	}
	return "depuis " + ui.Count(days, "jour", "jours")
}

// compared sets old, new and present values side by side.
func compared(d dossier.Definition, in dossier.Waits) []ui.Diff {
	var list []ui.Diff
	for _, i := range d.Items {
		if in.Old[i.Key] == "" && in.New[i.Key] == "" && in.Now[i.Key] == "" {
			continue
		}
		list = append(list, ui.Diff{Label: i.Label, Old: words.Item(i, in.Old[i.Key]), New: words.Item(i, in.New[i.Key]), Now: words.Item(i, in.Now[i.Key]),
			Changed: in.Old[i.Key] != in.New[i.Key]})
	}
	return list
}

func (p Pages) check(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showCheck(w, r, who, http.StatusOK, checksView{})
}

// viewCheck opens a change of health; the look is written down.
func (p Pages) viewCheck(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	if _, err := web.ReadForm(w, r); err != nil {
		return err
	}
	v := checksView{Alone: true, MayHealth: true, Search: who.May(staff.Search, "")}
	t := web.Town(r)
	err := t.DB.Write(r.Context(), func(tx *db.Tx) error {
		today := civil.DateOf(tx.Now, t.Loc)
		in, err := oneCheck(r.Context(), tx, who, today, r.PathValue("changement"))
		if err != nil {
			return err
		}
		if err := dossier.ViewChange(r.Context(), tx, t.KeyFor("health"), who, &in); err != nil {
			return err
		}
		card, err := newCard(r, tx, who, in, today)
		v.List = []checkCard{card}
		return err
	})
	if err != nil {
		return err
	}
	return p.drawCheck(w, r, who, http.StatusOK, v)
}

func oneCheck(ctx context.Context, tx *db.Tx, who staff.Agent, today civil.Date, id string) (dossier.Waits, error) {
	list, err := dossier.Queue(ctx, tx, who, today, dossier.QueueFilter{ID: id, Limit: 1})
	if err != nil {
		return dossier.Waits{}, err
	}
	if len(list) == 0 {
		return dossier.Waits{}, fault.NotFoundf("Ce changement a déjà reçu une réponse, ou ne concerne pas vos sites.")
	}
	return list[0], nil
}

// showCheck is the page of one change.
func (p Pages) showCheck(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, v checksView) error {
	v.Alone, v.MayHealth, v.Search = true, who.May(staff.Health, ""), who.May(staff.Search, "")
	t := web.Town(r)
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		today := civil.DateOf(tx.Now, t.Loc)
		in, err := oneCheck(r.Context(), tx, who, today, r.PathValue("changement"))
		if err != nil {
			return err
		}
		card, err := newCard(r, tx, who, in, today)
		v.List = []checkCard{card}
		return err
	})
	if err != nil {
		return err
	}
	return p.drawCheck(w, r, who, status, v)
}

func (p Pages) drawCheck(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, v checksView) error {
	page := p.frame(w, r, v.List[0].Label+", "+v.List[0].Subject, checksPath, who)
	page.Crumbs = []ui.Link{{Href: checksPath, Label: "Vérifications"}, {Label: v.List[0].Subject}}
	return web.Render(w, r, status, checksPage(page, v))
}

// decideCheck accepts or refuses a change.
func (p Pages) decideCheck(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	answer := f.One("reponse", "Acceptez ou refusez.", "accepter", "refuser")
	verdict := dossier.Verdict{Over: f.Yes("remplacer"), Reason: f.Text("motif", 500), Residence: residence(f)}
	if f.Err() != nil {
		return p.showCheck(w, r, who, http.StatusUnprocessableEntity, checksView{Form: f})
	}
	id, t := r.PathValue("changement"), web.Town(r)
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		today := civil.DateOf(tx.Now, t.Loc)
		if answer == "accepter" {
			return dossier.Accept(r.Context(), tx, t.KeyFor("health"), who, today, id, verdict)
		}
		return dossier.Refuse(r.Context(), tx, who, today, id, verdict)
	})
	refusal, known := fault.As(err)
	switch {
	case err != nil && f.Blame(err):
		return p.showCheck(w, r, who, http.StatusUnprocessableEntity, checksView{Form: f})
	case known && refusal.Kind == fault.Conflict && strings.Contains(refusal.Message, "Remplacer"):
		return p.showCheck(w, r, who, http.StatusConflict, checksView{Form: f, Problem: refusal.Message})
	case err != nil:
		return err
	}
	title := "Le changement est accepté"
	if answer == "refuser" {
		title = "Le changement est refusé"
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: title, Text: "La famille est prévenue par e-mail."})
	return web.Redirect(w, r, checksPath)
}

// residence reads what an accepted address says of the prices; nil leaves it as it is.
func residence(f *web.Form) *household.Residence {
	choice := f.One("residence", "Choisissez dans la liste.", "", "commune", "hors")
	if choice == "" {
		return nil
	}
	from := f.Date("residence_depuis")
	if from.IsZero() {
		f.Fail("residence_depuis", "Indiquez depuis quel jour.")
	}
	return &household.Residence{From: from, Resident: choice == "commune"}
}

// confirmsView says which families have confirmed their file.
type confirmsView struct {
	Since     string // empty: none is asked now
	All, Done int
	List      []confirmLine
	More      bool
	Settings  bool // the agent may set the date
}

type confirmLine struct{ Href, Name, Reference, Last, Reach string }

// unconfirmedShown is how many families the page lists; the others come as these confirm.
const unconfirmedShown = 100

func (p Pages) confirmations(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	v := confirmsView{Settings: who.May(staff.Settings, "")}
	t := web.Town(r)
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		s, err := dossier.ReadSettings(r.Context(), tx)
		if err != nil {
			return err
		}
		since := s.Campaign(civil.DateOf(tx.Now, t.Loc))
		if since.IsZero() {
			return nil
		}
		v.Since = since.DayMonthYear()
		from := civil.Wall(since, 0, 0, t.Loc)
		if v.All, v.Done, err = dossier.ConfirmationCounts(r.Context(), tx, from); err != nil {
			return err
		}
		list, err := dossier.UnconfirmedSince(r.Context(), tx, from, dossier.Unconfirmed{}, unconfirmedShown+1)
		v.More = len(list) > unconfirmedShown
		for _, u := range list[:min(len(list), unconfirmedShown)] {
			line := confirmLine{Href: familiesPath + "/" + u.HouseholdID, Name: u.Name, Reference: u.Reference, Last: "jamais", Reach: "ni espace ni e-mail : à appeler"}
			if !u.Last.IsZero() {
				line.Last = civil.DateOf(u.Last, t.Loc).DayMonthYear()
			}
			if u.Reachable {
				line.Reach = "par e-mail"
			}
			v.List = append(v.List, line)
		}
		return err
	})
	if err != nil {
		return err
	}
	page := p.frame(w, r, "Confirmations des dossiers", checksPath, who)
	page.Crumbs = []ui.Link{{Href: checksPath, Label: "Vérifications"}, {Label: "Confirmations"}}
	return web.Render(w, r, http.StatusOK, confirmationsPage(page, v))
}

// remind has a letter sent to those who have not confirmed.
func (p Pages) remind(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	if _, err := web.ReadForm(w, r); err != nil {
		return err
	}
	t := web.Town(r)
	err := t.DB.Write(r.Context(), func(tx *db.Tx) error { return dossier.RemindNow(r.Context(), tx, who, civil.DateOf(tx.Now, t.Loc)) })
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "La relance est partie", Text: "Chaque famille qui n’a pas confirmé reçoit un e-mail, une seule fois aujourd’hui."})
	return web.Redirect(w, r, confirmsPath)
}
