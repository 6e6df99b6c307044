package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/staff"
)

// Login is an account of the demonstration, as its page lists it.
type Login struct {
	Login, Name string
	Who         string // what there is to see with it, in French
	Agent       bool
}

// Logins are the accounts, all with the same password.
var Logins = []Login{
	{Login: "claire.martin", Name: "Claire Martin", Who: "Mère d’Antoine, CE2 à l’élémentaire Jean Rostand, et de Léo, moyenne section à la maternelle Sabinettes."},
	{Login: "karim.benali", Name: "Karim Benali", Who: "Père de Léo, séparé : il a son propre foyer, et ne voit que ses jours, les semaines paires à partir du vendredi 16 h."},
	{Login: "agent.enfance", Name: "Nadia Ferrand", Who: "Service Éducation : instruit les demandes, inscrit les enfants, réserve pour une famille.", Agent: true},
	{Login: "direction", Name: "Hélène Vasseur", Who: "Direction : règle les activités, les fermetures, le calendrier, les agents et leurs droits.", Agent: true},
	{Login: "animateur", Name: "Sofiane Marques", Who: "Animation à Jean Rostand et à l’accueil de loisirs de l’Île : les listes du jour.", Agent: true},
	{Login: "regie", Name: "Paul Lemaire", Who: "Régie : les dossiers et les listes.", Agent: true},
}

// by is who opened the known families' files.
var by = household.By{Actor: "system", Name: "Préau"}

// cast are the known people, once made.
type cast struct {
	claire, karim household.Guardian
	antoine, leo  household.Child
	direction     staff.Agent
	catalogue     *activity.Catalogue
}

// people makes the agents and the known family.
func (d *Demo) people(ctx context.Context, tx *db.Tx) (c cast, err error) {
	if c.catalogue, err = activity.Load(ctx, tx); err != nil {
		return c, err
	}
	if c.direction, err = d.agents(ctx, tx, c.catalogue); err != nil {
		return c, err
	}
	if c.claire, err = d.family(ctx, tx, family{login: "claire.martin", civility: "mme", first: "Claire", last: "Martin", address: "12 rue des Landes", phone: "06 39 98 01 02", quotient: 912_00}); err != nil {
		return c, err
	}
	if err = d.newcomer(ctx, tx, c.catalogue); err != nil {
		return c, err
	}
	if c.karim, err = d.family(ctx, tx, family{login: "karim.benali", civility: "m", first: "Karim", last: "Benali", address: "4 quai du Canotier", phone: "06 39 98 01 03", quotient: 640_00}); err != nil {
		return c, err
	}
	year := d.year.FirstDay.Year
	if c.antoine, err = d.child(ctx, tx, c.claire, household.Child{FirstName: "Antoine", LastName: "Martin", BornOn: civil.New(year-8, time.March, 14)}, "ROSTAND", "CE2"); err != nil {
		return c, err
	}
	if c.leo, err = d.child(ctx, tx, c.claire, household.Child{FirstName: "Léo", LastName: "Benali", BornOn: civil.New(year-4, time.May, 2)}, "SABINETTES", "MS"); err != nil {
		return c, err
	}
	if err = household.LinkChild(ctx, tx, by, c.karim.HouseholdID, c.leo.ID); err != nil {
		return c, err
	}
	_, err = household.SetCustodyRule(ctx, tx, by, household.CustodyRule{ChildID: c.leo.ID, HouseholdID: c.karim.HouseholdID, Weeks: household.EvenWeeks,
		Weekday: time.Friday, Time: civil.Clock(16, 0), Holidays: household.HolidaysAsWeeks, From: d.year.FirstDay.AddDays(-60)})
	if err != nil {
		return c, err
	}
	return c, d.enrolments(ctx, tx, c)
}

func (d *Demo) agents(ctx context.Context, tx *db.Tx, c *activity.Catalogue) (direction staff.Agent, err error) {
	roles := map[string]staff.NewAgent{
		"agent.enfance": {Role: staff.Instruction, Service: "Service Éducation"},
		"direction":     {Role: staff.Direction, Service: "Pôle Enfance, Famille, Éducation"},
		"animateur":     {Role: staff.Animation, Service: "Animation", Sites: []string{siteID(c, "ROSTAND"), siteID(c, "ILE")}},
		"regie":         {Role: staff.Regie, Service: "Régie"},
	}
	for _, l := range Logins {
		if !l.Agent {
			continue
		}
		n := roles[l.Login]
		n.Login, n.Name, n.Email, n.PasswordHash = l.Login, l.Name, l.Login+"@chatou.example", d.hash
		a, err := staff.Create(ctx, tx, staff.Agent{}, n)
		if err != nil {
			return a, err
		}
		if a.Role == staff.Direction {
			direction = a
		}
	}
	return direction, nil
}

// family is a household of one guardian with an account.
type family struct {
	login, civility, first, last, address, phone string
	quotient                                     int64 // hundredths
}

func (d *Demo) family(ctx context.Context, tx *db.Tx, h family) (household.Guardian, error) {
	email := h.login + "@famille.example"
	account, err := identity.Create(ctx, tx, identity.NewAccount{Login: h.login, Email: email, Name: h.first + " " + h.last, Kind: identity.Family, PasswordHash: d.hash})
	if err != nil {
		return household.Guardian{}, err
	}
	made, err := household.CreateHousehold(ctx, tx, by, household.Household{Name: strings.ToUpper(h.last) + " " + h.first, Address: h.address, PostalCode: "78400", City: "Chatou"})
	if err != nil {
		return household.Guardian{}, err
	}
	since := d.year.FirstDay.AddDays(-60)
	if err := household.SetResidence(ctx, tx, by, made.ID, household.Residence{From: since, Resident: true}); err != nil {
		return household.Guardian{}, err
	}
	if _, err := household.AddQuotient(ctx, tx, by, made.ID, household.Quotient{Value: h.quotient, Kind: "caf", Source: "attestation CAF",
		ReferenceMonth: fmt.Sprintf("%04d-06", since.Year), EffectiveOn: since}); err != nil {
		return household.Guardian{}, err
	}
	g, err := household.AddGuardian(ctx, tx, by, household.Guardian{HouseholdID: made.ID, Civility: h.civility, FirstName: h.first, LastName: h.last, Email: email, Phone: h.phone})
	if err != nil {
		return g, err
	}
	g.AccountID = account.ID
	return g, household.AttachAccount(ctx, tx, by, g.ID, account.ID)
}

func (d *Demo) child(ctx context.Context, tx *db.Tx, g household.Guardian, c household.Child, site, level string) (household.Child, error) {
	c, err := household.AddChild(ctx, tx, by, g.HouseholdID, c)
	if err != nil {
		return c, err
	}
	catalogue, err := activity.Load(ctx, tx)
	if err != nil {
		return c, err
	}
	return c, household.SetSchooling(ctx, tx, by, household.Schooling{ChildID: c.ID, SchoolYear: d.year.Label, SiteID: siteID(catalogue, site), Level: level, ClassName: level + " A"})
}

// enrolments are those of the leaflet, for the whole school year.
func (d *Demo) enrolments(ctx context.Context, tx *db.Tx, c cast) error {
	var list []booking.EnrolRequest
	add := func(child household.Child, code, site string) {
		a, _ := activityOf(c.catalogue, code)
		list = append(list, booking.EnrolRequest{ChildID: child.ID, ActivityID: a.ID, SiteID: siteID(c.catalogue, site), Period: d.period()})
	}
	for _, code := range []string{"RESTAURATION", "MATIN", "ETUDE", "TAP"} {
		add(c.antoine, code, "ROSTAND")
	}
	for _, code := range []string{"RESTAURATION", "MATIN", "SOIR"} {
		add(c.leo, code, "SABINETTES")
	}
	for _, child := range []household.Child{c.antoine, c.leo} {
		add(child, "MERCREDI", "ILE")
		add(child, "VACANCES", "ILE")
	}
	_, problems, err := booking.LoadEnrolments(ctx, tx, by, list)
	if err == nil && len(problems) > 0 {
		err = problems[0].Err
	}
	return err
}

// period is the school year, as enrolments have it.
func (d *Demo) period() civil.Range { return civil.Range{From: d.year.FirstDay, To: d.year.LastDay} }

func siteID(c *activity.Catalogue, code string) string {
	for _, s := range c.Sites {
		if s.Code == code {
			return s.ID
		}
	}
	return ""
}

func activityOf(c *activity.Catalogue, code string) (*activity.Activity, bool) {
	for _, a := range c.Activities {
		if a.Code == code {
			return a, true
		}
	}
	return nil, false
}
