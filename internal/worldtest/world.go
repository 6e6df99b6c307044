// Package worldtest is the one fixture world of the tests: the leaflet's Chatou in a test town. Claire Martin's household has
// Antoine (CE2, élémentaire Jean Rostand) and Léo (moyenne section, maternelle Sabinettes); Karim Benali's has Léo only, in even
// ISO weeks from Friday 16:00. Tests add what they need and nothing else.
package worldtest

import (
	"context"
	"sync"
	"testing"
	"time"

	"preau/internal/activity"
	"preau/internal/calendar"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/money"
	"preau/internal/staff"
	"preau/internal/tariff"
	"preau/internal/towntest"
)

// Password is that of every account of the world.
const Password = "préau-de-Chatou-2026"

// World is the fixture: ids by the code a reader knows.
type World struct {
	*towntest.Town
	Claire, Karim household.Guardian
	Antoine, Leo  household.Child
	Direction     staff.Agent       // all rights
	Instructor    staff.Agent       // agent.enfance
	Site          map[string]string // "ROSTAND", "SABINETTES", "LOISIRS"
	Activity      map[string]string // "CANTINE", "MATIN", "SOIR", "ETUDE", "TAP", "MERCREDI", "VACANCES"
	Enrolment     map[string]string // "antoine/CANTINE", "leo/CANTINE", …

	ctx  context.Context
	t    testing.TB
	hash string
}

// hashed is made once a process: hashing is slow on purpose.
var hashed = sync.OnceValues(func() (string, error) { return identity.Hash(context.Background(), Password) })

// Chatou fills a test town. The clock is left where it was.
func Chatou(t testing.TB, tn *towntest.Town) *World {
	t.Helper()
	hash, err := hashed()
	if err != nil {
		t.Fatal(err)
	}
	w := &World{Town: tn, Site: map[string]string{}, Activity: map[string]string{}, Enrolment: map[string]string{}, ctx: t.Context(), t: t, hash: hash}
	tn.Write(func(tx *db.Tx) error {
		w.sites(tx)
		w.activities(tx)
		w.families(tx)
		w.agents(tx)
		return nil
	})
	return w
}

func (w *World) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("fixture: %v", err)
	}
}

func (w *World) exec(tx *db.Tx, query string, args ...any) {
	w.t.Helper()
	_, err := tx.Exec(w.ctx, query, args...)
	w.must(err)
}

func (w *World) sites(tx *db.Tx) {
	for _, s := range []activity.Site{
		{Code: "ROSTAND", Name: "Élémentaire Jean Rostand", Kind: activity.Elementaire},
		{Code: "SABINETTES", Name: "Maternelle Sabinettes", Kind: activity.Maternelle},
		{Code: "LOISIRS", Name: "Centre de loisirs", Kind: activity.Loisirs},
	} {
		id, err := activity.SaveSite(w.ctx, tx, s)
		w.must(err)
		w.Site[s.Code] = id
	}
	var years []calendar.SchoolYear
	for _, y := range calendar.Embedded("C").Years {
		if y.Label >= "2014" {
			years = append(years, y)
		}
	}
	w.must(activity.SaveSchoolYears(w.ctx, tx, years))
}

// Plan is an activity of the world with what differs from one to the next.
type Plan struct {
	Code, Name, Noun, Plural string
	Kind                     activity.Kind
	RunsOn, Weekdays, Rule   string
	Options                  []activity.Option
	Sites                    []string
	Waiting                  activity.Waiting
	Right                    bool
	Price                    money.Cents // flat; 0: the canteen's brackets
}

func option(code, name, starts, ends string) activity.Option {
	from, _ := civil.ParseTime(starts)
	to, _ := civil.ParseTime(ends)
	return activity.Option{Code: code, Name: name, Starts: from, Ends: to}
}

func (w *World) activities(tx *db.Tx) {
	schools := []string{"ROSTAND", "SABINETTES"}
	for _, p := range []Plan{
		{"CANTINE", "Restauration scolaire", "repas", "repas", activity.Canteen, "school", "1245", "7d", []activity.Option{option("REPAS", "Repas", "11:45", "13:30")}, schools, activity.AutoWaiting, false, 0},
		{"MATIN", "Garderie du matin", "matin", "matins", activity.Morning, "school", "1245", "24h", []activity.Option{option("MATIN", "Matin", "07:30", "08:30")}, schools, activity.NoWaiting, false, 180},
		{"SOIR", "Garderie du soir", "soir", "soirs", activity.Evening, "school", "1245", "24h", []activity.Option{option("SOIR", "Soir", "16:30", "18:30")}, schools, activity.NoWaiting, false, 250},
		{"ETUDE", "Étude surveillée", "étude", "études", activity.Study, "school", "1245", "24h", []activity.Option{option("ETUDE", "Étude", "16:30", "18:00")}, []string{"ROSTAND"}, activity.NoWaiting, false, 220},
		{"TAP", "Temps d’activités périscolaires", "séance", "séances", activity.TAP, "school", "2", "24h", []activity.Option{option("TAP", "Séance", "15:00", "16:30")}, schools, activity.NoWaiting, false, 0},
		{"MERCREDI", "Accueil de loisirs du mercredi", "mercredi", "mercredis", activity.Wednesday, "school", "3", "48h", []activity.Option{option("APREM", "Après-midi", "13:30", "18:30")}, []string{"LOISIRS"}, activity.OfferWaiting, false, 600},
		{"VACANCES", "Accueil de loisirs des vacances", "journée", "journées", activity.Holiday, "holiday", "12345", "2w", []activity.Option{
			option("JOURNEE", "Journée avec repas", "08:30", "18:00"), option("MATINEE", "Matinée", "08:30", "12:00")}, []string{"LOISIRS"}, activity.OfferWaiting, false, 1200},
	} {
		w.Activity[p.Code] = w.AddActivity(tx, p)
	}
}

// AddActivity adds an activity with its price, and returns its id.
func (w *World) AddActivity(tx *db.Tx, p Plan) string {
	w.t.Helper()
	a := activity.Activity{Code: p.Code, Name: p.Name, Kind: p.Kind, Noun: p.Noun, NounPlural: p.Plural, RunsOn: p.RunsOn, Weekdays: p.Weekdays,
		Cancel: calendar.MustRule(p.Rule), Add: calendar.MustRule(p.Rule), Waiting: p.Waiting, IsRight: p.Right, OfferHours: 48, MarginHours: 24,
		Options: p.Options, Position: int64(len(w.Activity))}
	for _, code := range p.Sites {
		a.SiteIDs = append(a.SiteIDs, w.Site[code])
	}
	id, err := activity.SaveActivity(w.ctx, tx, a, civil.DateOf(tx.Now, w.Loc), w.Loc)
	w.must(err)
	g := tariff.Grid{ActivityID: id, Name: p.Name + " 2026-2027", Kind: tariff.Flat, Flat: p.Price, From: civil.MustParse("2015-09-01")}
	if p.Price == 0 {
		outside := money.Cents(680)
		g.Kind, g.NonResident = tariff.Brackets, &outside
		g.Brackets = []tariff.Bracket{{From: 0, Price: 100}, {From: 400_00, Price: 210}, {From: 800_00, Price: 340}, {From: 1200_00, Price: 460}}
	}
	if p.Kind == activity.Canteen {
		g.FoodPercent, g.Unbooked = 100_00, []tariff.Step{{Change: tariff.Change{Percent: 50_00}}}
	}
	_, err = activity.SaveGrid(w.ctx, tx, g)
	w.must(err)
	return id
}

// SetPlaces sets the places of an option at a site for good.
func (w *World) SetPlaces(tx *db.Tx, activityCode, siteCode, optionCode string, places int64) {
	w.t.Helper()
	c, err := activity.Load(w.ctx, tx)
	w.must(err)
	a, _ := c.Activity(w.Activity[activityCode])
	o, _ := a.Option(optionCode)
	w.must(activity.SetCapacity(w.ctx, tx, activity.Capacity{ActivityID: a.ID, SiteID: w.Site[siteCode], OptionID: o.ID, From: civil.MustParse("2016-09-01"), Places: &places}, "essai"))
}

func (w *World) families(tx *db.Tx) {
	w.Claire = w.AddHousehold(tx, "claire.martin", "Claire", "Martin", 912_00)
	w.Karim = w.AddHousehold(tx, "karim.benali", "Karim", "Benali", 450_00)
	w.Antoine = w.AddChild(tx, w.Claire, "Antoine", "Martin", "2018-03-14", "CE2", "ROSTAND")
	w.Leo = w.AddChild(tx, w.Claire, "Léo", "Benali", "2022-05-02", "MS", "SABINETTES")
	w.exec(tx, `INSERT INTO household_children (household_id, child_id, since) VALUES ($1, $2, $3)`, w.Karim.HouseholdID, w.Leo.ID, tx.Now)
	w.Leo.Shared = true
	_, err := household.SetCustodyRule(w.ctx, tx, household.By{Actor: "essai", Name: "Essai"}, household.CustodyRule{ChildID: w.Leo.ID, HouseholdID: w.Karim.HouseholdID,
		Weeks: household.EvenWeeks, Weekday: time.Friday, Time: civil.Clock(16, 0), Holidays: household.HolidaysAsWeeks, From: civil.MustParse("2015-09-01")})
	w.must(err)
	for _, code := range []string{"CANTINE", "ETUDE", "MATIN", "MERCREDI", "VACANCES"} {
		w.Enrol(tx, "antoine", w.Antoine, code, "ROSTAND")
	}
	for _, code := range []string{"CANTINE", "MATIN", "SOIR", "MERCREDI", "VACANCES"} {
		w.Enrol(tx, "leo", w.Leo, code, "SABINETTES")
	}
}

// AddHousehold adds a resident household of one guardian with an account (password: Password); quotient in hundredths, 0 for none.
func (w *World) AddHousehold(tx *db.Tx, login, first, last string, quotient int64) household.Guardian {
	w.t.Helper()
	account, err := identity.Create(w.ctx, tx, identity.NewAccount{Login: login, Email: login + "@famille.example", Name: first + " " + last, Kind: identity.Family, PasswordHash: w.hash})
	w.must(err)
	g := household.Guardian{ID: db.NewID(), HouseholdID: db.NewID(), AccountID: account.ID, FirstName: first, LastName: last, Email: login + "@famille.example", Reference: "R-" + login}
	w.exec(tx, `INSERT INTO households (id, reference, name, name_search, address_line, postal_code, city, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		g.HouseholdID, "F-"+login, last+" "+first, household.Fold(last+" "+first), "1 rue de "+first, "78400", "Chatou", tx.Now)
	w.exec(tx, `INSERT INTO guardians (id, household_id, account_id, reference, civility, first_name, last_name, name_search, email, phone, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, g.ID, g.HouseholdID, g.AccountID, g.Reference, "", first, last, household.Fold(first+" "+last), g.Email, "", tx.Now)
	w.exec(tx, `INSERT INTO residences (household_id, from_day, resident) VALUES ($1, $2, $3)`, g.HouseholdID, civil.MustParse("2015-01-01"), true)
	if quotient > 0 {
		w.exec(tx, `INSERT INTO quotients (id, household_id, value_hundredths, kind, source, reference_month, effective_on, known_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			db.NewID(), g.HouseholdID, quotient, "caf", "essai", "2016-01", civil.MustParse("2016-01-01"), tx.Now)
	}
	return g
}

// AddChild adds a child to a household with the school of 2016-17 and of 2026-27.
func (w *World) AddChild(tx *db.Tx, g household.Guardian, first, last, born, level, siteCode string) household.Child {
	w.t.Helper()
	c := household.Child{ID: db.NewID(), Reference: "E-" + db.NewID()[:8], FirstName: first, LastName: last, BornOn: civil.MustParse(born), Menu: "standard"}
	w.exec(tx, `INSERT INTO children (id, reference, first_name, last_name, name_search, born_on, menu, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		c.ID, c.Reference, first, last, household.Fold(last+" "+first), c.BornOn, c.Menu, tx.Now)
	w.exec(tx, `INSERT INTO household_children (household_id, child_id, since) VALUES ($1, $2, $3)`, g.HouseholdID, c.ID, tx.Now)
	for _, year := range []string{"2016-2017", "2026-2027"} {
		w.exec(tx, `INSERT INTO schoolings (child_id, school_year, site_id, level, class_name) VALUES ($1, $2, $3, $4, $5)`, c.ID, year, w.Site[siteCode], level, level+" A")
	}
	return c
}

// Enrol enrols a child from 1 September 2016 to 2 July 2027, at the school given or at the centre for leisure activities; the id
// is kept as "name/CODE" and returned.
func (w *World) Enrol(tx *db.Tx, name string, c household.Child, activityCode, schoolCode string) string {
	w.t.Helper()
	if activityCode == "MERCREDI" || activityCode == "VACANCES" {
		schoolCode = "LOISIRS"
	}
	id := db.NewID()
	w.exec(tx, `INSERT INTO enrolments (id, child_id, activity_id, site_id, from_day, to_day, created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		id, c.ID, w.Activity[activityCode], w.Site[schoolCode], civil.MustParse("2016-09-01"), civil.MustParse("2027-07-02"), tx.Now, "essai")
	w.Enrolment[name+"/"+activityCode] = id
	return id
}

func (w *World) agents(tx *db.Tx) {
	w.Direction = w.AddAgent(tx, "direction", staff.Direction)
	w.Instructor = w.AddAgent(tx, "agent.enfance", staff.Instruction)
}

// AddAgent adds an agent, limited to sites when some are given by code.
func (w *World) AddAgent(tx *db.Tx, login string, role staff.Role, siteCodes ...string) staff.Agent {
	w.t.Helper()
	var sites []string
	for _, code := range siteCodes {
		sites = append(sites, w.Site[code])
	}
	a, err := staff.Create(w.ctx, tx, staff.Agent{}, staff.NewAgent{Login: login, Email: login + "@mairie.example", Name: login, Service: "Service Éducation", Role: role,
		Sites: sites, PasswordHash: w.hash})
	w.must(err)
	return a
}
