package house_test

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"preau/internal/audit"
	"preau/internal/booking"
	"preau/internal/db"
	"preau/internal/demo"
	"preau/internal/dossier"
	"preau/internal/household"
	"preau/internal/notify"
	"preau/internal/tariff"
	"preau/internal/webtest"
)

// parent is one of two separated parents, with what is theirs alone and every identifier of theirs that an address could carry.
type parent struct {
	login   string
	who     household.Guardian
	secrets []string // words that must never reach the other
	ids     map[string][]string
}

// Two separated parents, one child. Each walks every route of families, with identifiers of both, and reads the mails they got: nothing
// that is the other's alone is there, whatever the status.
func TestNothingOfOneParentReachesTheOther(t *testing.T) {
	h, d := whole(t)
	site := webtest.NewSite(t, h)
	both := []parent{known(t, d, "claire.martin"), known(t, d, "karim.benali")}
	for i := range both {
		me, other := &both[i], &both[1-i]
		v := site.Visitor(t, "chatou.localhost")
		v.Post("/connexion", url.Values{"identifiant": {me.login}, "mot_de_passe": {demo.Password}}).Want(http.StatusOK)
		walked := 0
		for _, r := range h.Routes() {
			if !strings.HasPrefix(r.Access, "family") {
				continue
			}
			for _, address := range addresses(r.Path, me, other) {
				var page *webtest.Page
				if r.Method == http.MethodGet {
					page = v.Get(address)
				} else if page = v.Post(address, url.Values{}); page.Status >= 500 {
					t.Errorf("%s %s: %d", r.Method, address, page.Status)
				}
				walked++
				quiet(t, me.login+" "+r.Method+" "+address, page.Body, other)
			}
		}
		if walked < 60 {
			t.Errorf("%s walked %d addresses only", me.login, walked)
		}
		for _, search := range []string{"/recherche?q=" + url.QueryEscape(other.who.LastName), "/espace/foyer/adresse?q=landes", "/espace/foyer/adresse?q=canotier"} {
			page := v.Get(search)
			quiet(t, me.login+" "+search, strings.ReplaceAll(page.Body, "Rue des Landes", "") /* the street is the town's */, other)
		}
		feed(t, v, me, other)
		mails(t, d, me, other)
	}
}

// quiet fails when a text holds something that is the other parent's alone.
func quiet(t *testing.T, where, body string, other *parent) {
	t.Helper()
	for _, text := range append([]string{body}, unpacked(body)...) {
		for _, secret := range other.secrets {
			if at := strings.Index(text, secret); at >= 0 {
				t.Errorf("%s tells %q of %s: …%s…", where, secret, other.login, text[max(0, at-60):min(len(text), at+60)])
			}
		}
	}
}

// unpacked gives the files of a body that is a zip.
func unpacked(body string) []string {
	z, err := zip.NewReader(bytes.NewReader([]byte(body)), int64(len(body)))
	if err != nil {
		return nil
	}
	var out []string
	for _, f := range z.File {
		if r, err := f.Open(); err == nil {
			content, _ := io.ReadAll(r)
			out = append(out, string(content))
		}
	}
	return out
}

// known reads what is of one parent: their words, and their identifiers by the wildcard that takes them.
func known(t *testing.T, d *demo.Demo, login string) (p parent) {
	t.Helper()
	p.login, p.ids = login, map[string][]string{}
	if err := d.Town.DB.Read(t.Context(), func(tx *db.Tx) (err error) {
		hits, err := household.Search(t.Context(), tx, login+"@famille.example")
		if err != nil || len(hits) != 1 {
			t.Fatalf("%s: %d households, %v", login, len(hits), err)
		}
		home, err := household.ByID(t.Context(), tx, hits[0].HouseholdID)
		if err != nil {
			return err
		}
		guardians, err := household.Guardians(t.Context(), tx, home.ID)
		if err != nil {
			return err
		}
		p.who = guardians[0]
		p.secrets = []string{home.Address, home.Reference, home.ID, login, p.who.Phone, household.FrenchPhone(p.who.Phone), p.who.Reference}
		standing, err := household.StandingOf(t.Context(), tx, home.ID)
		for _, q := range standing.Quotients {
			p.secrets = append(p.secrets, ">"+tariff.Quotient(q.Value)+"<", "QF "+tariff.Quotient(q.Value))
		}
		if err == nil {
			err = p.readFile(t, tx)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return p
}

// readFile adds what the parent told of the children, and their identifiers.
func (p *parent) readFile(t *testing.T, tx *db.Tx) error {
	ctx := t.Context()
	children, err := household.Children(ctx, tx, p.who.HouseholdID)
	if err != nil {
		return err
	}
	for _, c := range children {
		p.ids["enfant"] = append(p.ids["enfant"], c.ID)
		contacts, err := dossier.ContactsOf(ctx, tx, p.who, c.ID)
		if err != nil {
			return err
		}
		for _, n := range contacts {
			p.secrets = append(p.secrets, n.Name, n.Phone, household.FrenchPhone(n.Phone))
			p.ids["personne"] = append(p.ids["personne"], n.ID)
		}
		insurances, err := dossier.Insurances(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		for _, f := range insurances {
			if f.HouseholdID == p.who.HouseholdID {
				p.secrets = append(p.secrets, f.Content["assureur"], f.Content["contrat"])
			}
		}
	}
	changes, err := dossier.ChangesOf(ctx, tx, p.who.HouseholdID, 50)
	for _, c := range changes {
		p.ids["changement"] = append(p.ids["changement"], c.ID)
	}
	if err != nil {
		return err
	}
	views, err := booking.EnrolmentsOf(ctx, tx, p.who)
	for _, v := range views {
		p.ids["enrolment"] = append(p.ids["enrolment"], v.Enrolment.ID)
	}
	if err != nil {
		return err
	}
	inbox, err := notify.Page(ctx, tx, p.who.AccountID, notify.Mark{}, 20)
	for _, m := range inbox {
		p.ids["message"] = append(p.ids["message"], m.ID)
	}
	if err != nil {
		return err
	}
	entries, err := audit.List(ctx, tx, audit.Filter{Household: p.who.HouseholdID, Limit: 200})
	for _, e := range entries {
		if kind, id, ok := strings.Cut(e.Subject, ":"); ok && !slices.Contains(p.ids[kind], id) {
			p.ids[kind] = append(p.ids[kind], id)
		}
	}
	return err
}

// addresses fills the wildcards of a route: with identifiers of both parents where we know of what kind they are, else with one of
// each kind of the other; the names of parts of pages with themselves.
func addresses(path string, me, other *parent) []string {
	list := []string{path}
	for _, card := range wildcard.FindAllString(path, -1) {
		name := strings.Trim(card, "{}.$")
		values := append(slices.Clone(other.ids[name]), me.ids[name]...)
		switch {
		case name == "rubrique":
			values = []string{"adresse", "nom", "email", "telephone", "identite", "menu", "medecin", "sante", "assurance"}
		case name == "jour":
			values = []string{"2022-06-30"}
		case len(values) == 0:
			for _, ids := range other.ids {
				values = append(values, ids[0])
			}
			values = append(values, "0")
		}
		var next []string
		for _, before := range list {
			for _, value := range values[:min(len(values), 12)] {
				next = append(next, strings.Replace(before, card, value, 1))
			}
		}
		list = next
	}
	return list
}

// feed reads the calendar that a parent subscribes to.
func feed(t *testing.T, v *webtest.Visitor, me, other *parent) {
	t.Helper()
	page := v.Post("/espace/planning/agenda", url.Values{})
	for _, text := range append(page.Texts("code"), page.Attr("input[readonly]", "value")) {
		if at := strings.Index(text, "/agenda/"); at >= 0 {
			quiet(t, me.login+" agenda", v.Get(strings.Fields(text[at:])[0]).Want(http.StatusOK).Body, other)
			return
		}
	}
	t.Errorf("%s: no address of a calendar on %s", me.login, page.URL.Path)
}

// mails reads every message kept for a parent, and every mail that left for them.
func mails(t *testing.T, d *demo.Demo, me, other *parent) {
	t.Helper()
	if err := d.Town.DB.Read(t.Context(), func(tx *db.Tx) error {
		inbox, err := notify.Page(t.Context(), tx, me.who.AccountID, notify.Mark{}, 500)
		for _, m := range inbox {
			quiet(t, "a message to "+me.login, m.Subject+"\n"+m.Text+"\n"+m.HTML, other)
		}
		if len(inbox) == 0 {
			t.Errorf("no message to %s", me.login)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for _, m := range d.Mailbox.List() {
		if m.To == me.who.Email {
			quiet(t, "a mail to "+me.login, m.Subject+"\n"+m.Text+"\n"+m.HTML, other)
		}
	}
}

// The test sees what it looks for: each parent's own pages hold their own secrets.
func TestTheSecretsAreThere(t *testing.T) {
	h, d := whole(t)
	site := webtest.NewSite(t, h)
	for _, login := range []string{"claire.martin", "karim.benali"} {
		p := known(t, d, login)
		v := site.Visitor(t, "chatou.localhost")
		v.Post("/connexion", url.Values{"identifiant": {login}, "mot_de_passe": {demo.Password}}).Want(http.StatusOK)
		body := v.Get("/espace/foyer").Body + v.Get("/espace/profil").Body
		for _, id := range p.ids["enfant"] {
			body += v.Get("/espace/enfants/" + id).Body
		}
		missing := 0
		for _, secret := range p.secrets {
			if !strings.Contains(body, secret) {
				missing++
			}
		}
		if missing > len(p.secrets)/3 { // identifiers, and the other form of telephone numbers and quotients
			t.Errorf("%s: %d of %d secrets are on none of their own pages: %q", login, missing, len(p.secrets), p.secrets)
		}
	}
}
