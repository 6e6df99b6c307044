package family

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/dossier"
	"preau/internal/household"
	"preau/internal/web"
	"preau/internal/web/ui"
	"preau/internal/words"
)

func (p Pages) childRoutes(s *web.Server) {
	s.Handle("GET /espace/enfants/{enfant}", p.Door.Family(p.child))
	s.Handle("POST /espace/enfants/{enfant}/informations/{rubrique}", p.Door.Family(p.declareChild))
	s.Handle("POST /espace/enfants/{enfant}/personnes", p.Door.Family(p.addContact))
	s.Handle("POST /espace/enfants/{enfant}/personnes/{personne}/fin", p.Door.Family(p.endContact))
	s.Handle("POST /espace/enfants/{enfant}/vaccinations", p.Door.Family(p.addInjection))
	s.Handle("POST /espace/enfants/{enfant}/vaccinations/{jour}/retrait", p.Door.Family(p.endInjection))
	s.Handle("GET /espace/enfants/{enfant}/autorisations", p.Door.Family(p.consents))
	s.Handle("POST /espace/enfants/{enfant}/autorisations", p.Door.Family(p.answerConsent))
	s.Handle("GET /espace/enfants/{enfant}/garde", p.Door.Family(p.custodyYear))
	p.photoRoutes(s)
}

// childView is the page of a child.
type childView struct {
	Child     household.Child
	Path      string // of the page
	Under     string
	Shared    bool
	Parts     []*part // identity, menu, doctor, health, insurance
	OtherSafe string  // the other household's insurance, without its details
	Schools   []schoolLine
	Contacts  contactsView
	Vaccines  vaccinesView
	Photo     photoView
	Consents  []consentLine
	AskCount  int // consents without an answer
	MayAnswer bool
	Calendars []ui.Link
	Presence  presence
}

// schoolLine is where the child went to school in a year.
type schoolLine struct{ Year, Where string }

// consentLine is what holds in one kind of consent.
type consentLine struct {
	Title, State, By string
	Kind             ui.Kind
	Icon             string
	Conflict         bool
}

// contactsView is the people a household named for a child.
type contactsView struct {
	Mode     dossier.Mode
	Live     []dossier.ChildContact
	Ended    []endedContact
	Siblings []ui.Option
	Chosen   []string
	Form     *web.Form
	Open     bool
}

type endedContact struct{ Name, Until string }

// vaccinesView is where a child is with compulsory vaccines.
type vaccinesView struct {
	Mode    dossier.Mode
	Report  dossier.VaccineReport
	Entered []injectionLine
	Seen    string // until when an agent saw the record in order
	Form    *web.Form
	Open    bool
}

// injectionLine is what was entered for one day.
type injectionLine struct{ Day, When, What, By string }

func (p Pages) child(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	return p.showChild(w, r, who, nil)
}

func (p Pages) showChild(w http.ResponseWriter, r *http.Request, who household.Guardian, wrong *rejected) error {
	var v childView
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error { return v.load(r, tx, who, wrong) })
	if err != nil {
		return err
	}
	page := p.frame(w, r, v.Child.Name(), householdPath, who.Name())
	page.Crumbs = []ui.Link{{Href: householdPath, Label: "Mon foyer"}, {Label: v.Child.FirstName}}
	return web.Render(w, r, statusOf(wrong), childPage(page, v))
}

func (v *childView) load(r *http.Request, tx *db.Tx, who household.Guardian, wrong *rejected) (err error) {
	ctx, loc := r.Context(), web.Town(r).Loc
	today := civil.DateOf(tx.Now, loc)
	if v.Child, err = household.ChildOf(ctx, tx, who, r.PathValue("enfant")); err != nil {
		return err
	}
	v.Path, v.Shared = childrenPath+v.Child.ID, v.Child.Shared
	settings, err := dossier.ReadSettings(ctx, tx)
	if err != nil {
		return err
	}
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return err
	}
	if err = v.loadSchools(ctx, tx, c, today); err != nil {
		return err
	}
	if err = v.loadParts(r, tx, who, settings); err != nil {
		return err
	}
	mine, err := dossier.DeclaredBy(ctx, tx, healthKey(r), who.HouseholdID)
	if err != nil {
		return err
	}
	mine = slices.DeleteFunc(mine, func(c dossier.Change) bool { return c.ChildID != v.Child.ID })
	others, err := dossier.DeclaredOf(ctx, tx, healthKey(r), who, v.Child.ID)
	if err != nil {
		return err
	}
	fill(v.Parts, mine, others, wrong, loc)
	if err = addProofs(ctx, tx, who, v.Parts); err != nil {
		return err
	}
	in := reading{settings, today, loc, wrong}
	if err = v.loadPhoto(ctx, tx, who, in); err != nil {
		return err
	}
	if err = v.loadContacts(ctx, tx, who, in); err != nil {
		return err
	}
	if err = v.Vaccines.load(ctx, tx, v.Child, in); err != nil {
		return err
	}
	if err = v.loadConsents(ctx, tx, settings, today); err != nil {
		return err
	}
	if err = v.loadPresence(ctx, tx, who, c, today); err != nil {
		return err
	}
	return v.loadCalendars(ctx, tx, who, c, today)
}

func (v *childView) loadSchools(ctx context.Context, tx *db.Tx, c *activity.Catalogue, today civil.Date) error {
	schools, err := household.Schoolings(ctx, tx, v.Child.ID)
	v.Under = ageWords(v.Child, today)
	for _, s := range schools {
		line := schoolLine{Year: s.SchoolYear, Where: schoolWords(c, s)}
		if s.SchoolYear == household.SchoolYearOf(today) {
			v.Under += ", " + line.Where
		}
		v.Schools = append(v.Schools, line)
	}
	return err
}

// loadParts reads the fields whose changes are declared.
func (v *childView) loadParts(r *http.Request, tx *db.Tx, who household.Guardian, s dossier.Settings) error {
	ctx, c := r.Context(), v.Child
	doctor, err := dossier.DoctorOf(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	health, err := dossier.HealthOf(ctx, tx, healthKey(r), c.ID)
	if err != nil {
		return err
	}
	insurances, err := dossier.Insurances(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	var own dossier.Fact
	for _, f := range insurances {
		if f.HouseholdID == who.HouseholdID {
			own = f
		} else if until, err := civil.Parse(f.Content["assurance_au"]); err == nil {
			v.OtherSafe = "L’autre parent a déclaré une assurance valable jusqu’au " + until.DayMonthYear() + "."
		}
	}
	loc := web.Town(r).Loc
	for _, one := range []struct {
		slug, title, label, note, missing string
		known                             dossier.Content
		said                              string
	}{
		{"identite", "Identité", "Corriger l’identité", "", "", dossier.Content{"prenom": c.FirstName, "nom": c.LastName, "naissance": c.BornOn.String()}, ""},
		{"menu", "Menu à la cantine", "Changer le menu", "", "", dossier.Content{"menu": c.Menu}, ""},
		{"medecin", "Médecin", "Indiquer ou changer le médecin", "", "Aucun médecin n’est indiqué.", doctor.Content, saidBy(doctor, loc)},
		{"sante", "Allergies et projet d’accueil (PAI)", "Déclarer un changement", "Chiffré, lu seulement par les agents qui en ont le droit.", "Rien n’est signalé.", health.Content, saidBy(health, loc)},
		{"assurance", "Assurance", "Indiquer ou changer l’assurance", "Une assurance scolaire ou de responsabilité civile, qui couvre les activités.", "Aucune assurance n’est indiquée.", own.Content, saidBy(own, loc)},
	} {
		p := newPart(s, one.slug, one.title, v.Path)
		p.Label, p.Note, p.Missing, p.Known, p.Said = one.label, one.note, one.missing, one.known, one.said
		v.Parts = append(v.Parts, &p)
	}
	return nil
}

func (v *childView) loadConsents(ctx context.Context, tx *db.Tx, s dossier.Settings, today civil.Date) error {
	if !s.Shows(dossier.Consents) {
		return nil
	}
	v.MayAnswer = s.Changes(dossier.Consents)
	list, err := dossier.ConsentsOf(ctx, tx, v.Child, today)
	for _, in := range list {
		line := consentLine{Title: in.Text.Title, State: words.Consent(in), Conflict: in.Conflict}
		line.Kind, line.Icon = consentBadge(in.State)
		var names []string
		for _, a := range in.Answers {
			names = append(names, a.Guardian)
		}
		if line.By = and(names); in.State == dossier.NotAsked {
			line.By = ""
			v.AskCount++
		}
		v.Consents = append(v.Consents, line)
	}
	return err
}

func consentBadge(s dossier.ConsentState) (ui.Kind, string) {
	switch s {
	case dossier.Given:
		return ui.Good, "circle-check"
	case dossier.Denied:
		return ui.Bad, "x"
	case dossier.Partial, dossier.NotAsked:
	}
	return ui.Warn, "hourglass"
}

// loadCalendars leads to the bookings of the child.
func (v *childView) loadCalendars(ctx context.Context, tx *db.Tx, who household.Guardian, c *activity.Catalogue, today civil.Date) error {
	kin, err := booking.KinOf(ctx, tx, who, c, today)
	for _, k := range kin {
		if k.Child.ID != v.Child.ID {
			continue
		}
		for _, e := range k.Enrolments {
			v.Calendars = append(v.Calendars, ui.Link{Href: reservationsPath + e.Enrolment.ID, Label: e.Activity.Name})
		}
	}
	return err
}

// declareChild takes a change of a field of a child.
func (p Pages) declareChild(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	id := r.PathValue("enfant")
	wrong, out, err := p.declare(w, r, who, id)
	if err != nil {
		return err
	}
	if wrong != nil {
		return p.showChild(w, r, who, wrong)
	}
	slug := r.PathValue("rubrique")
	d, _ := dossier.Define(slugs[slug])
	sayOutcome(w, r, out, d.Label)
	return web.Redirect(w, r, childrenPath+id+"#"+slug)
}

// ageWords is "8 ans", "3 mois" under two years.
func ageWords(c household.Child, today civil.Date) string {
	if years := today.Age(c.BornOn); years >= 2 {
		return itoa(years) + " ans"
	}
	months := (today.Year-c.BornOn.Year)*12 + int(today.Month) - int(c.BornOn.Month)
	if today.Day < c.BornOn.Day {
		months--
	}
	return itoa(max(0, months)) + " mois"
}

// schoolWords is "CE2 A, Élémentaire Jean Rostand".
func schoolWords(c *activity.Catalogue, s household.Schooling) string {
	name := levelWords(s.Level) + " " + strings.TrimSpace(strings.TrimPrefix(s.ClassName, s.Level))
	name = strings.TrimSpace(name)
	if site, ok := c.Site(s.SiteID); ok {
		name += ", " + site.Name
	}
	return name
}

func levelWords(level string) string {
	if name, ok := levels[level]; ok {
		return name
	}
	return level
}
