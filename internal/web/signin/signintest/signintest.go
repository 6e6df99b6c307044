// Package signintest gives the tests of pages a server of one town with people who can sign in.
package signintest

import (
	"context"
	"net/netip"
	"sync"
	"testing"

	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/job"
	"preau/internal/notify"
	"preau/internal/staff"
	"preau/internal/town"
	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
	"preau/internal/webtest"
	"preau/internal/work"
)

// Password opens every account made here. Host is the town's; browsers take it for a secure one.
const (
	Password = "preau-demo-2026"
	Host     = "essai.localhost"
)

// By is the author of what a test makes.
var By = household.By{Actor: "system", Name: "Essai"}

// hash is made once a process: hashing is slow on purpose.
var hash = sync.OnceValue(func() string {
	h, err := identity.Hash(context.Background(), Password)
	if err != nil {
		panic(err)
	}
	return h
})

// House is a server of one town, with the pages about signing in and those that a test adds.
type House struct {
	*towntest.Town
	Server *web.Server
	Site   *webtest.Site
	Door   *signin.Door

	t testing.TB
}

// New starts a server for a town; add registers the pages under test.
func New(t testing.TB, tn *towntest.Town, add func(*web.Server, *signin.Door)) *House {
	t.Helper()
	tn.BaseURL = "https://essai.example"
	face := ui.NewTown(ui.Town{
		Name: tn.Name,
		Contacts: []ui.Contact{
			{Title: "Service Éducation", Lines: []string{"1 place de la Mairie", "du lundi au vendredi"}, Phone: "01 99 00 46 62", Email: "scolaire@essai.example"},
			{Title: "Service Petite enfance", Phone: "01 99 00 49 98", Email: "petite-enfance@essai.example"},
		},
		Links: []ui.Link{{Href: "/contact", Label: "Contact"}},
	})
	h := &House{Town: tn, Door: &signin.Door{}, t: t}
	h.Server = web.New(web.Config{
		Towns:   func(string) (*town.Town, bool) { return tn.Town, true },
		Face:    func(*town.Town) *ui.Town { return face },
		Log:     tn.Log,
		Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	})
	h.Door.Routes(h.Server)
	if add != nil {
		add(h.Server, h.Door)
	}
	h.Site = webtest.NewSite(t, h.Server)
	t.Cleanup(h.Door.Wait)
	return h
}

// Visitor is someone with a browser of their own.
func (h *House) Visitor() *webtest.Visitor { return h.Site.Visitor(h.t, Host) }

// Family makes a guardian with an account and a household of their own: "claire.martin", "Claire", "Martin".
func (h *House) Family(login, first, last string) (g household.Guardian) {
	h.t.Helper()
	ctx := context.Background()
	h.Write(func(tx *db.Tx) error {
		a, err := identity.Create(ctx, tx, identity.NewAccount{
			Login: login, Email: login + "@famille.example", Name: first + " " + last, Kind: identity.Family, PasswordHash: hash(),
		})
		if err != nil {
			return err
		}
		home, err := household.CreateHousehold(ctx, tx, By, household.Household{
			Name: last + " " + first, Address: "12 rue des Landes", PostalCode: "78400", City: "Essai",
		})
		if err != nil {
			return err
		}
		g, err = household.AddGuardian(ctx, tx, By, household.Guardian{
			HouseholdID: home.ID, Civility: "mme", FirstName: first, LastName: last, Email: a.Email, Phone: "06 39 98 01 02",
		})
		if err != nil {
			return err
		}
		if err := household.AttachAccount(ctx, tx, By, g.ID, a.ID); err != nil {
			return err
		}
		g.AccountID = a.ID
		return nil
	})
	return g
}

// Agent makes an agent: the login is also the start of the e-mail.
func (h *House) Agent(login string, role staff.Role, sites ...string) (a staff.Agent) {
	h.t.Helper()
	h.Write(func(tx *db.Tx) (err error) {
		a, err = staff.Create(context.Background(), tx, staff.Agent{}, staff.NewAgent{
			Login: login, Email: login + "@mairie.example", Name: "Agent " + login, Service: "Service Éducation", Role: role, Sites: sites, PasswordHash: hash(),
		})
		return err
	})
	return a
}

// SignIn signs a new visitor in and gives the visitor and the page they land on.
func (h *House) SignIn(login string) (*webtest.Visitor, *webtest.Page) {
	h.t.Helper()
	v := h.Visitor()
	return v, Enter(v, login)
}

// Enter signs a visitor in through the form.
func Enter(v *webtest.Visitor, login string) *webtest.Page {
	return v.Get("/connexion").Form("Ouvrir mon espace").Fill("identifiant", login).Fill("mot_de_passe", Password).Send()
}

// RunJobs does what is queued: mails go to the town's mailbox.
func (h *House) RunJobs() {
	h.t.Helper()
	w := &job.Worker{DB: h.DB, Handlers: map[string]job.Handler{notify.JobKind: work.Mail(h.Town.Town)}, Log: h.Log}
	if _, err := w.RunDue(context.Background()); err != nil {
		h.t.Fatal(err)
	}
}
