package absence

import (
	"context"
	"net/http"
	"slices"
	"time"

	"preau/internal/activity"
	"preau/internal/attendance"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
	"preau/internal/words"
)

func (p Pages) deskRoutes(s *web.Server) {
	s.Handle("GET /bureau/absences", p.Door.Office(staff.Check, p.queue))
	s.Handle("GET /bureau/absences/papier", p.Door.Office(staff.Check, p.paperForm))
	s.Handle("POST /bureau/absences/papier", p.Door.Office(staff.Check, p.filePaper))
	s.Handle("GET /bureau/absences/reglages", p.Door.Office(staff.Settings, p.settings))
	s.Handle("POST /bureau/absences/reglages", p.Door.Office(staff.Settings, p.saveSettings))
	s.Handle("GET /bureau/absences/{absence}", p.Door.Office(staff.Check, p.ruling))
	s.Handle("POST /bureau/absences/{absence}", p.Door.Office(staff.Check, p.rule))
}

// How many certificates the pages of agents list.
const (
	queueShown  = 30
	latestShown = 15
)

// queueView is what awaits an answer, and what was answered last.
type queueView struct {
	Files, Latest []attendance.ClaimFile
	Total         int
	Page          int // of those that wait, from 1
	Sites         []ui.Option
	Site          string
	MaySet        bool
	names         map[string]string // of the sites
	today         civil.Date
	loc           *time.Location
}

func (p Pages) queue(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	v := queueView{loc: web.Town(r).Loc, Site: q.Raw("site"), Page: 1, MaySet: who.May(staff.Settings, "")}
	if n, ok := q.Int("page", 1, 1000); ok {
		v.Page = n
	}
	if err := q.Err(); err != nil {
		return err
	}
	err = web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.today = civil.DateOf(tx.Now, v.loc)
		siteID, err := v.sites(r.Context(), tx, who)
		if err != nil {
			return err
		}
		if v.Files, v.Total, err = attendance.ClaimQueue(r.Context(), tx, who, siteID, (v.Page-1)*queueShown, queueShown, v.loc); err != nil {
			return err
		}
		v.Latest, err = attendance.LatestClaims(r.Context(), tx, who, siteID, latestShown, v.loc)
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, queuePage(signin.OfficePage(w, r, "Absences à justifier", deskPath, who), v))
}

// sites lists the sites the agent may choose among, and finds the one of the address.
func (v *queueView) sites(ctx context.Context, tx *db.Tx, who staff.Agent) (siteID string, err error) {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return "", err
	}
	v.names, v.Sites = map[string]string{}, []ui.Option{{Label: "Tous les sites"}}
	for _, s := range c.Sites {
		v.names[s.ID] = s.Name
		if s.Archived || !who.May(staff.Check, s.ID) {
			continue
		}
		v.Sites = append(v.Sites, ui.Option{Value: s.Code, Label: s.Name})
		if s.Code == v.Site {
			siteID = s.ID
		}
	}
	if v.Site != "" && siteID == "" {
		return "", fault.NotFoundf("Cet établissement n’existe pas, ou n’est pas des vôtres.")
	}
	return siteID, nil
}

// rulingView is a certificate before an agent.
type rulingView struct {
	attendance.ClaimFile
	Search bool // the agent may open the family's file
	Form   *web.Form
	sites  []string // names
	loc    *time.Location
}

func (p Pages) ruling(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showRuling(w, r, who, http.StatusOK, nil)
}

func (p Pages) showRuling(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	v := rulingView{Form: form, Search: who.May(staff.Search, ""), loc: web.Town(r).Loc}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.ClaimFile, err = attendance.ClaimFor(r.Context(), tx, who, r.PathValue("absence"), v.loc); err != nil {
			return err
		}
		c, err := activity.Load(r.Context(), tx)
		for _, id := range v.Sites {
			if s, ok := c.Site(id); ok {
				v.sites = append(v.sites, s.Name)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	page := signin.OfficePage(w, r, "Absence "+of(v.Child.FirstName), deskPath, who)
	page.Crumbs = []ui.Link{{Href: deskPath, Label: "Absences"}, {Label: v.Number}}
	return web.Render(w, r, status, rulingPage(page, v))
}

// rule writes an agent's answer, and leads to the next certificate that waits.
func (p Pages) rule(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	c := attendance.Ruling{Reason: f.Lines("motif", 480), Override: f.Lines("derogation", 480)}
	if seen := f.Raw("vu"); seen != "" {
		if c.Seen, err = civil.ParseInstant(seen); err != nil {
			return fault.Invalidf("vu", "Cette page n’est plus valable. Rouvrez-la.")
		}
	}
	whole := f.One("decision", "Choisissez une réponse.", "accepter", "refuser", "jours")
	if f.Err() != nil {
		return p.showRuling(w, r, who, http.StatusUnprocessableEntity, f)
	}
	var done attendance.ClaimFile
	err = t.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		file, err := attendance.ClaimFor(r.Context(), tx, who, r.PathValue("absence"), t.Loc)
		if err != nil {
			return err
		}
		for _, d := range file.Days {
			if whole == "accepter" || whole == "jours" && slices.Contains(f.All("jour"), d.Day.String()) {
				c.Accept = append(c.Accept, d.Day)
			}
		}
		done, err = attendance.Rule(r.Context(), tx, who, file.ID, c, t.Loc)
		return err
	})
	if f.Blame(err) {
		return p.showRuling(w, r, who, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: done.Number + "\u00a0: " + words.ClaimState(done.Claim), Text: "La famille est prévenue par e-mail."})
	var next []attendance.ClaimFile
	err = t.DB.Read(r.Context(), func(tx *db.Tx) (err error) { // the answer is written: looking for the next one holds nobody up
		next, _, err = attendance.ClaimQueue(r.Context(), tx, who, "", 0, 1, t.Loc)
		return err
	})
	if err != nil || len(next) == 0 {
		return web.Redirect(w, r, deskPath)
	}
	return web.Redirect(w, r, deskPath+"/"+next[0].ID)
}

// paperView enters a certificate given on paper.
type paperView struct {
	Query     string
	Hits      []household.Hit
	Household household.Household
	Children  []household.Child
	Child     household.Child
	Days      []attendance.Candidate
	UploadID  string
	Today     civil.Date
	Form      *web.Form
	loc       *time.Location
}

func (p Pages) paperForm(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	return p.showPaper(w, r, who, http.StatusOK, paperView{Form: q, UploadID: db.NewID()})
}

func (p Pages) showPaper(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, v paperView) error {
	v.loc, v.Query = web.Town(r).Loc, v.Form.Raw("qui")
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error { return v.load(r.Context(), tx) })
	if err != nil {
		return err
	}
	page := signin.OfficePage(w, r, "Certificat papier", deskPath, who)
	page.Crumbs = []ui.Link{{Href: deskPath, Label: "Absences"}, {Label: "Certificat papier"}}
	return web.Render(w, r, status, paperPage(page, v))
}

func (v *paperView) load(ctx context.Context, tx *db.Tx) (err error) {
	v.Today = civil.DateOf(tx.Now, v.loc)
	if v.Form.Raw("foyer") == "" {
		if v.Query != "" {
			v.Hits, err = household.Search(ctx, tx, v.Query)
		}
		return err
	}
	if v.Household, err = household.ByID(ctx, tx, v.Form.Raw("foyer")); err != nil {
		return err
	}
	if v.Children, err = household.Children(ctx, tx, v.Household.ID); err != nil {
		return err
	}
	for _, c := range v.Children {
		if c.ID == v.Form.Raw("enfant") || len(v.Children) == 1 {
			v.Child = c
		}
	}
	if v.Child.ID == "" {
		return nil
	}
	list, err := attendance.PaperDays(ctx, tx, v.Household.ID, v.Child.ID, v.loc)
	for _, d := range list {
		if d.Claimed == nil {
			v.Days = append(v.Days, d)
		}
	}
	return err
}

func (p Pages) filePaper(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	n := attendance.Paper{UploadID: f.Raw("depot"), HouseholdID: f.Raw("foyer"), ChildID: f.Raw("enfant"), ArrivedOn: f.Date("recu"), Words: f.Lines("precision", 500)}
	if len(n.UploadID) < 20 || len(n.UploadID) > 40 {
		return fault.Invalidf("depot", "Cette page n’est plus valable. Rouvrez-la.")
	}
	var c attendance.Claim
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		list, err := attendance.PaperDays(r.Context(), tx, n.HouseholdID, n.ChildID, web.Town(r).Loc)
		if err != nil {
			return err
		}
		if n.Days = chosenDays(f, list); f.Err() != nil {
			return f.Err()
		}
		c, err = attendance.FilePaper(r.Context(), tx, who, n, web.Town(r).Loc)
		return err
	})
	if f.Blame(err) {
		return p.showPaper(w, r, who, http.StatusUnprocessableEntity, paperView{Form: f, UploadID: n.UploadID})
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Certificat papier enregistré : " + c.Number, Text: "Il reste à y répondre."})
	return web.Redirect(w, r, deskPath+"/"+c.ID)
}

// settingsView is what the town decides about certificates.
type settingsView struct {
	attendance.JustifySettings
	Form *web.Form
}

func (p Pages) settings(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showSettings(w, r, who, http.StatusOK, nil)
}

func (p Pages) showSettings(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	v := settingsView{Form: form}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.JustifySettings, err = attendance.ReadJustifySettings(r.Context(), tx)
		return err
	})
	if err != nil {
		return err
	}
	page := signin.OfficePage(w, r, "Règles des justificatifs d’absence", deskPath, who)
	page.Crumbs = []ui.Link{{Href: deskPath, Label: "Absences"}, {Label: "Règles"}}
	return web.Render(w, r, status, settingsPage(page, v))
}

func (p Pages) saveSettings(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	var s attendance.JustifySettings
	for name, to := range map[string]*int{"heures": &s.Hours, "ecart": &s.Gap, "carence": &s.Waiting, "retour": &s.Back} {
		n, ok := f.Int(name, 0, 720)
		if *to = n; !ok {
			f.Fail(name, "Indiquez un nombre.")
		}
	}
	if f.Err() == nil {
		err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error { return attendance.SaveJustifySettings(r.Context(), tx, who, s) })
		if err != nil && !f.Blame(err) {
			return err
		}
	}
	if f.Err() != nil {
		return p.showSettings(w, r, who, http.StatusUnprocessableEntity, f)
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Règles enregistrées", Text: "Elles valent pour les réponses à venir."})
	return web.Redirect(w, r, settingPath)
}
