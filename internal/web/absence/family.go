package absence

import (
	"context"
	"net/http"
	"slices"
	"time"

	"preau/internal/attendance"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
)

// listView is the family's page of absences.
type listView struct {
	Due     []dueLine
	Claims  []claimLine
	Notices []noticeLine
	Alone   string // id of the child, when there is one only
	loc     *time.Location
}

// dueLine is an absence of a child that nothing justifies yet.
type dueLine struct {
	Child, ChildID string
	Days           []civil.Date
	Until          civil.Instant
	Over           bool
}

// claimLine is a certificate that was sent.
type claimLine struct {
	attendance.Claim
	Child string
}

// noticeLine is an absence announced for a day that is not over.
type noticeLine struct {
	Child string
	Day   civil.Date
	Notes string
}

func (p Pages) absences(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	v := listView{loc: web.Town(r).Loc}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error { return v.load(r.Context(), tx, who) })
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, listPage(signin.FamilyPage(w, r, "Absences", familyPath, who.Name()), v))
}

func (v *listView) load(ctx context.Context, tx *db.Tx, who household.Guardian) error {
	children, err := household.Children(ctx, tx, who.HouseholdID)
	if err != nil {
		return err
	}
	if len(children) == 1 {
		v.Alone = children[0].ID
	}
	names := map[string]string{}
	for _, c := range children {
		names[c.ID] = c.FirstName
		list, err := attendance.Candidates(ctx, tx, who, c.ID, v.loc)
		if err != nil {
			return err
		}
		v.due(c, list, tx.Now)
	}
	claims, err := attendance.ClaimsOf(ctx, tx, who.HouseholdID)
	if err != nil {
		return err
	}
	for _, c := range claims {
		v.Claims = append(v.Claims, claimLine{c, names[c.ChildID]})
	}
	notices, err := attendance.NoticesOf(ctx, tx, who.HouseholdID)
	today := civil.DateOf(tx.Now, v.loc)
	for _, n := range slices.Backward(notices) {
		if n.Day.Before(today) {
			continue
		}
		note := "annulé, rien n’est facturé"
		if len(n.Billed) > 0 {
			note = "signalé après le délai : reste facturé"
		}
		v.Notices = append(v.Notices, noticeLine{names[n.ChildID], n.Day, note})
	}
	return err
}

// due gathers by run the days missed that no certificate covers.
func (v *listView) due(c household.Child, list []attendance.Candidate, now civil.Instant) {
	for _, d := range list {
		if d.Until.IsZero() || d.Claimed != nil {
			continue
		}
		if n := len(v.Due); n > 0 && v.Due[n-1].ChildID == c.ID && v.Due[n-1].Until == d.Until {
			v.Due[n-1].Days = append(v.Due[n-1].Days, d.Day)
			continue
		}
		v.Due = append(v.Due, dueLine{Child: c.FirstName, ChildID: c.ID, Days: []civil.Date{d.Day}, Until: d.Until, Over: now.Second().After(d.Until)})
	}
}

// tellView is the page that announces an absence.
type tellView struct {
	Children          []ui.Option
	ChildID, Child    string
	Day               civil.Date
	Cancelled, Billed []attendance.Item
	Asked             bool
	Form              *web.Form
	Today             civil.Date
	loc               *time.Location
}

// tellForm asks for a child and a day, then says what announcing the absence would do. It writes nothing.
func (p Pages) tellForm(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	return p.showTell(w, r, who, tellView{Form: q, ChildID: q.Raw("enfant")})
}

func (p Pages) showTell(w http.ResponseWriter, r *http.Request, who household.Guardian, v tellView) error {
	v.loc = web.Town(r).Loc
	if v.Form.Has("jour") {
		v.Day = v.Form.Date("jour")
	}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error { return v.load(r.Context(), tx, who) })
	if err != nil && !v.Form.Blame(err) {
		return err
	}
	page := signin.FamilyPage(w, r, "Signaler une absence", familyPath, who.Name())
	page.Crumbs = []ui.Link{{Href: familyPath, Label: "Absences"}, {Label: "Signaler une absence"}}
	status := http.StatusOK
	if v.Form.Err() != nil {
		status = http.StatusUnprocessableEntity
	}
	return web.Render(w, r, status, tellPage(page, v))
}

func (v *tellView) load(ctx context.Context, tx *db.Tx, who household.Guardian) error {
	v.Today = civil.DateOf(tx.Now, v.loc)
	children, err := household.Children(ctx, tx, who.HouseholdID)
	if err != nil {
		return err
	}
	for _, c := range children {
		v.Children = append(v.Children, ui.Option{Value: c.ID, Label: c.FirstName})
		if c.ID == v.ChildID || len(children) == 1 {
			v.ChildID, v.Child = c.ID, c.FirstName
		}
	}
	if v.Child == "" && v.ChildID != "" {
		return fault.NotFoundf("Cet enfant n’est pas de votre foyer.")
	}
	if v.Child == "" || v.Day.IsZero() {
		return nil
	}
	if v.Day.Before(v.Today) {
		return fault.Invalidf("jour", "Ce jour est passé : envoyez un justificatif si l’enfant était absent.")
	}
	v.Asked = true
	v.Cancelled, v.Billed, err = attendance.Outlook(ctx, tx, who, v.ChildID, v.Day, v.loc)
	return err
}

func (p Pages) tell(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	day := f.Date("jour")
	if f.Err() != nil || day.IsZero() {
		f.Fail("jour", "Indiquez le jour de l’absence.")
		return p.showTell(w, r, who, tellView{Form: f, ChildID: f.Raw("enfant")})
	}
	var n attendance.Notice
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		n, err = attendance.Announce(r.Context(), tx, who, f.Raw("enfant"), day, web.Town(r).Loc)
		return err
	})
	if refusal, ok := fault.As(err); ok && refusal.Kind == fault.Refused {
		f.Fail("jour", refusal.Message)
		return p.showTell(w, r, who, tellView{Form: f, ChildID: f.Raw("enfant")})
	}
	if err != nil {
		return err
	}
	said := ui.Flash{Kind: ui.Good, Title: "Absence signalée, " + day.WeekdayDayMonth(), Text: "Les réservations de ce jour sont annulées : rien n’est facturé."}
	if len(n.Billed) > 0 {
		said.Text = "L’équipe est prévenue. Le délai d’annulation est passé : envoyez un justificatif pour que ce jour ne soit pas facturé."
	}
	web.Flash(w, r, said)
	return web.Redirect(w, r, familyPath)
}
