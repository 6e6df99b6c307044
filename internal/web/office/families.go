package office

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"time"

	"preau/internal/activity"
	"preau/internal/audit"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/request"
	"preau/internal/staff"
	"preau/internal/tariff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

const familiesPath = "/bureau/familles"

func (p Pages) familyRoutes(s *web.Server) {
	s.Handle("GET /bureau/familles", p.Door.Office(staff.Search, p.families))
	s.Handle("GET /bureau/familles/{household}", p.Door.Office(staff.Search, p.family))
	s.Handle("POST /bureau/familles/{household}/blocage", p.Door.Office(staff.Instruct, p.holdFamily))
	s.Handle("POST /bureau/familles/{household}/deblocage", p.Door.Office(staff.Instruct, p.releaseFamily))
}

// invoiceNumber is the number of an invoice or of a credit note: the one search box finds them too.
var invoiceNumber = regexp.MustCompile(`^[Aa]?[0-9]{4}-[0-9]{6}$`)

// familiesView is a search and what it finds.
type familiesView struct {
	Query string
	Hits  []household.Hit
	Next  string
}

func (p Pages) families(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	v := familiesView{Query: q.Text("q", 120)}
	if invoiceNumber.MatchString(v.Query) && who.MayEverywhere(staff.Bill) {
		return web.Redirect(w, r, "/bureau/facturation/factures?q="+strings.ToUpper(v.Query))
	}
	found := ""
	err = web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if found, err = household.HouseholdOfKey(r.Context(), tx, request.KeySecret(web.Town(r)), v.Query); err == nil || !fault.Is(err, fault.NotFound) {
			return err
		}
		err = nil
		if v.Query != "" {
			v.Hits, err = household.Search(r.Context(), tx, v.Query)
		}
		return err
	})
	if err != nil {
		return err
	}
	if found != "" {
		return web.Redirect(w, r, familiesPath+"/"+found)
	}
	page := p.frame(w, r, "Familles", familiesPath, who)
	page.Query = v.Query
	return web.Render(w, r, http.StatusOK, familiesPage(page, v))
}

// fileView is the file of a household.
type fileView struct {
	Household household.Household
	Guardians []household.Guardian
	Children  []fileChild
	Resident  bool
	Quotient  string
	Hold      *household.Hold
	HoldSince string
	Journal   []fileEntry
	Form      *web.Form
	MayEnrol  bool
	MayHold   bool
	MayBill   bool // read its account, take its money
	File      dossierView
	MayServe  bool // act in the family's name
}

// fileChild is a child with the enrolments.
type fileChild struct {
	household.Child
	Born, School string
	Custody      []string // in words, for a child of two households
	Enrolments   []booking.EnrolmentView
	File         childFile
}

// fileEntry is one line of the journal of the household.
type fileEntry struct{ When, Who, What string }

func (v fileView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

func (p Pages) family(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showFamily(w, r, who, http.StatusOK, nil)
}

func (p Pages) showFamily(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	v := fileView{Form: form, MayEnrol: who.May(staff.Enrol, ""), MayHold: who.May(staff.Instruct, ""), MayServe: who.May(staff.Counter, ""), MayBill: who.MayEverywhere(staff.Bill)}
	t := web.Town(r)
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		c, err := activity.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		if err := v.load(r.Context(), tx, c, r.PathValue("household"), t.Loc); err != nil {
			return err
		}
		return v.loadFile(r, tx, who, c)
	})
	if err != nil {
		return err
	}
	if err := seen(r, who, "household.view", v.Household.ID); err != nil {
		return err
	}
	page := p.frame(w, r, v.Household.Name, familiesPath, who)
	page.Crumbs = []ui.Link{{Href: familiesPath, Label: "Familles"}, {Label: v.Household.Name}}
	return web.Render(w, r, status, familyPage(page, v))
}

func (v *fileView) load(ctx context.Context, tx *db.Tx, c *activity.Catalogue, id string, loc *time.Location) (err error) {
	if v.Household, err = household.ByID(ctx, tx, id); err != nil {
		return err
	}
	if v.Guardians, err = household.Guardians(ctx, tx, id); err != nil {
		return err
	}
	standing, err := household.StandingOf(ctx, tx, id)
	if err != nil {
		return err
	}
	today := civil.DateOf(tx.Now, loc)
	v.Resident, v.Hold = standing.ResidentOn(today), standing.Hold
	if q, ok := standing.QuotientOn(today); ok {
		v.Quotient = tariff.Quotient(q.Value) + ", depuis le " + q.EffectiveOn.DayMonthYear() + " (" + strings.ToUpper(q.Kind) + ", " + q.Source + ")"
	}
	if v.Hold != nil {
		v.HoldSince = civil.FrenchInstant(v.Hold.Since, loc)
	}
	if err := v.loadChildren(ctx, tx, c, today); err != nil {
		return err
	}
	entries, err := audit.List(ctx, tx, audit.Filter{Household: id, Limit: 30})
	for _, e := range entries {
		v.Journal = append(v.Journal, fileEntry{When: civil.ShortInstant(e.At, loc), Who: e.ActorName, What: actName(e.Act)})
	}
	return err
}

func (v *fileView) loadChildren(ctx context.Context, tx *db.Tx, c *activity.Catalogue, today civil.Date) error {
	children, err := household.Children(ctx, tx, v.Household.ID)
	if err != nil {
		return err
	}
	for _, child := range children {
		f := fileChild{Child: child, Born: child.BornOn.DayMonthYear()}
		if f.Enrolments, err = booking.EnrolmentsOfChild(ctx, tx, child.ID); err != nil {
			return err
		}
		schoolings, err := household.Schoolings(ctx, tx, child.ID)
		if err != nil {
			return err
		}
		f.School = school(c, schoolings, today)
		if child.Shared {
			plan, err := household.CustodyOf(ctx, tx, child.ID)
			if err != nil {
				return err
			}
			f.Custody = custodyWords(plan, v.Household.ID)
		}
		v.Children = append(v.Children, f)
	}
	return nil
}

// school is "CE2 A, Élémentaire Jean Rostand", for the school year of a day.
func school(c *activity.Catalogue, list []household.Schooling, today civil.Date) string {
	label := household.SchoolYearOf(today)
	for _, s := range list {
		if s.SchoolYear != label {
			continue
		}
		name := s.Level
		if s.ClassName != "" && s.ClassName != s.Level {
			name = s.ClassName
		}
		if site, ok := c.Site(s.SiteID); ok {
			name += ", " + site.Name
		}
		return name
	}
	return "école non connue en " + label
}

// custodyWords says which days of a shared child are this household's.
func custodyWords(plan household.Custody, householdID string) []string {
	var out []string
	for _, r := range plan.Rules {
		whose := "Ce foyer"
		if r.HouseholdID != householdID {
			whose = "L’autre foyer"
		}
		out = append(out, whose+" : "+custodyRule(r))
	}
	for _, d := range plan.Dates {
		if d.HouseholdID == householdID {
			out = append(out, "Dates convenues pour ce foyer : "+d.Reason)
		}
	}
	if len(out) == 0 {
		out = []string{"Enfant de deux foyers, sans règle de garde : tous ses jours sont à départager."}
	}
	return out
}

func custodyRule(r household.CustodyRule) string {
	weeks := "une semaine sur deux depuis le " + r.FirstDay.DayMonthYear()
	switch r.Weeks {
	case household.EvenWeeks:
		weeks = "semaines paires"
	case household.OddWeeks:
		weeks = "semaines impaires"
	}
	text := weeks + ", passage le " + civil.WeekdayName(r.Weekday) + " à " + r.Time.French()
	switch r.Holidays {
	case household.FirstHalfEvenYears:
		text += " ; première moitié des vacances les années paires"
	case household.FirstHalfOddYears:
		text += " ; première moitié des vacances les années impaires"
	}
	if !r.To.IsZero() {
		text += ", jusqu’au " + r.To.DayMonthYear()
	}
	return text
}

// holdFamily blocks the bookings of activities that ask for a household in order.
func (p Pages) holdFamily(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	id := r.PathValue("household")
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		if _, err := household.ByID(r.Context(), tx, id); err != nil {
			return err
		}
		_, err := household.PlaceHold(r.Context(), tx, household.ByAgent(who), id, f.Text("motif", 300))
		return err
	})
	if err != nil && f.Blame(err) {
		return p.showFamily(w, r, who, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Les réservations de ce foyer sont bloquées"})
	return web.Redirect(w, r, familiesPath+"/"+id)
}

// releaseFamily lifts the hold.
func (p Pages) releaseFamily(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		return household.LiftHold(r.Context(), tx, household.ByAgent(who), f.Raw("blocage"))
	})
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Le blocage est levé"})
	return web.Redirect(w, r, familiesPath+"/"+r.PathValue("household"))
}
