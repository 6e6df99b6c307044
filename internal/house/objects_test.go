package house_test

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"preau/internal/blob"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/demo"
	"preau/internal/document"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/privacy"
	"preau/internal/staff"
	"preau/internal/thread"
	"preau/internal/till"
	"preau/internal/web"
	"preau/internal/webtest"
	"preau/internal/work"
)

// object is what stands in a wildcard of a route: whose it is decides who may not reach it.
type object struct {
	// query finds the id of an object of Claire's household alone, or of the school Jean Rostand; empty: the wildcard names no object
	// of a family or of a site, and why says what it is.
	query string
	why   string
	as    string // what stands there when it names no object; "0" unless set
}

// objects says, for each side and wildcard, which object of Claire Martin's the routes are asked with. A route with a wildcard that is not here
// fails the test below, which says the line to add.
var objects = map[string]object{
	"family {thread}":     {query: `SELECT id FROM threads WHERE household_id = $1 ORDER BY id LIMIT 1`},
	"family {enfant}":     {query: `SELECT id FROM children WHERE first_name = 'Antoine' AND id IN (SELECT child_id FROM household_children WHERE household_id = $1)`},
	"family {message}":    {query: `SELECT m.id FROM messages m JOIN guardians g ON g.account_id = m.account_id WHERE g.household_id = $1 ORDER BY m.id LIMIT 1`},
	"family {enrolment}":  {query: rostandEnrolment},
	"family {booking}":    {query: `SELECT b.id FROM bookings b WHERE b.household_id = $1 ORDER BY b.day DESC, b.id LIMIT 1`},
	"family {copie}":      {query: `SELECT e.id FROM data_exports e JOIN guardians g ON g.id = e.guardian_id WHERE g.household_id = $1`},
	"family {document}":   {query: `SELECT id FROM documents WHERE household_id = $1 ORDER BY id LIMIT 1`},
	"family {changement}": {query: `SELECT id FROM declared_changes WHERE household_id = $1 ORDER BY id LIMIT 1`},
	"family {personne}":   {why: "stands under {enfant}"},
	"family {rubrique}":   {why: "a kind of fact"},
	"family {jour}":       {why: "a day, under {enfant}"},
	"family {facture}":    {query: `SELECT label FROM invoices WHERE household_id = $1 AND number IS NOT NULL ORDER BY id LIMIT 1`},
	"family {file}":       {why: "a year, of the household itself"},
	"family {absence}":    {query: `SELECT id FROM absence_claims WHERE household_id = $1 ORDER BY id LIMIT 1`},
	"family {annee}":      {why: "a year of the family's own certificates"},
	"family {page}":       {why: "a number, under {document}", as: "1"},
	"family {receipt}":    {query: `SELECT id FROM receipts WHERE household_id = $1 ORDER BY id LIMIT 1`},
	"family {request}":    {why: "of an account that has no household yet; its own tests ask for another's"},
	"family {paiement}":   {query: `SELECT id FROM payment_attempts WHERE household_id = $1 ORDER BY id LIMIT 1`},
	"family {cle}":        {why: "a passkey of the account itself; its own tests ask for another's"},

	"office {run}":       {why: "a bill of the whole town, for its agents alone; their own tests ask as one of a school"},
	"office {invoice}":   {why: "the accounts of the whole town, for its agents alone; their own tests ask as one of a school"},
	"office {request}":   {why: "an account's without a household, for agents of the whole town alone"},
	"office {token}":     {why: "a key of the town, for those who manage agents alone"},
	"office {batch}":     {why: "letters of the whole town, for its agents alone; their own tests ask as one of a school"},
	"office {file}":      {why: "a name, under {batch}"},
	"office {merge}":     {why: "two files of the town, for its agents alone; their own tests ask as one of a school"},
	"office {enrolment}": {query: rostandEnrolment},
	"office {absence}": {query: `SELECT c.id FROM absence_claims c JOIN absence_claim_days d ON d.claim_id = c.id JOIN bookings b ON b.child_id = c.child_id AND b.day = d.day
		JOIN sites s ON s.id = b.site_id WHERE c.household_id = $1 AND s.code = 'ROSTAND' ORDER BY c.id LIMIT 1`},
	"office {evenement}":     {query: `SELECT e.id FROM town_events e JOIN sites s ON s.id = e.school_id WHERE s.code = 'ROSTAND' AND $1 <> '' ORDER BY e.id LIMIT 1`},
	"office {thread}":        {query: `SELECT id FROM threads WHERE household_id = $1 AND site_id IN (SELECT id FROM sites WHERE code = 'ROSTAND') ORDER BY id LIMIT 1`},
	"office {document}":      {why: "stands under {thread}, or was sent to a service: any agent who may check opens it, and leaves a trace; a certificate is tried in web/absence"},
	"office {page}":          {why: "a number"},
	"office {lot}":           {why: "a batch of debits, or letters, of the whole town: who may is said by the right alone"},
	"office {mandat}":        {why: "a mandate, in the register of the whole town: who may is said by the right alone"},
	"office {debit}":         {why: "a debit, of a batch of the whole town"},
	"office {closure}":       {query: `SELECT id FROM closures WHERE site_id IN (SELECT id FROM sites WHERE code = 'ROSTAND') AND $1 <> '' ORDER BY id LIMIT 1`},
	"office {paiement}":      {why: "a payment is the régie's: any agent who holds the till opens it"},
	"office {remboursement}": {why: "stands under {paiement}"},
	"office {anomalie}":      {why: "a line of the journal of payments, for the agents of the till"},
	"office {household}":     {why: "a family's file is the town's: any agent who may search opens it, and leaves a trace that the family reads"},

	"office {activite}":      {why: "a code", as: "RESTAURATION"},
	"office {etablissement}": {query: `SELECT code FROM sites WHERE code = 'ROSTAND' AND $1 <> ''`},
	"office {jour}":          {why: "a day", as: "2026-12-01"},
	"office {derogation}":    {why: "stands under {household}"},
	"office {aide}":          {why: "stands under {household}"},
}

const rostandEnrolment = `SELECT e.id FROM enrolments e JOIN children c ON c.id = e.child_id JOIN sites s ON s.id = e.site_id JOIN household_children h ON h.child_id = c.id
	WHERE h.household_id = $1 AND c.first_name = 'Antoine' AND s.code = 'ROSTAND' ORDER BY e.id LIMIT 1`

// ofTheTown are the sides whose wildcards name things of the town, not of a family or a site: who may is said by the right alone.
func ofTheTown(access string) bool {
	switch access {
	case "office", "office:settings", "office:staff", "office:audit", "office:publish":
		return true
	}
	return false
}

// Every route of a family, asked by the other parent with the objects of Claire's household, and every route of the office, asked by an agent of
// another school with what is Jean Rostand's, answers that there is no such thing, or that they may not. Claire herself is let in with
// the same addresses: the ids are real.
func TestObjectsOfOthersAreNotFound(t *testing.T) {
	h, d := whole(t)
	furnish(t, d)
	ids := identify(t, d, h.Routes())
	site := webtest.NewSite(t, h)
	enter := func(login string) *webtest.Visitor {
		v := site.Visitor(t, "chatou.localhost")
		v.Post("/connexion", url.Values{"identifiant": {login}, "mot_de_passe": {demo.Password}}).Want(http.StatusOK)
		return v
	}
	claire, karim, elsewhere := enter("claire.martin"), enter("karim.benali"), enter("direction.sabinettes")
	asked := 0
	for _, r := range h.Routes() {
		side, _, _ := strings.Cut(r.Access, ":")
		if !strings.Contains(r.Path, "{") || side == "anyone" || ofTheTown(r.Access) {
			continue
		}
		address, private := fill(t, r, side, ids)
		if !private {
			continue
		}
		asked++
		stranger := elsewhere
		if side == "family" {
			stranger = karim
			if r.Method == http.MethodGet {
				if p := claire.Get(address); p.Status != http.StatusOK && ownless[r.Path] == "" {
					t.Errorf("GET %s: Claire herself is answered %d at her own %s", r.Path, p.Status, address)
				}
			}
		}
		if status := ask(stranger, r, address); status != http.StatusNotFound && status != http.StatusForbidden {
			t.Errorf("%s %s (%s): %d for who it is not, want 404 or 403", r.Method, r.Path, r.Access, status)
		}
	}
	if asked < 20 {
		t.Errorf("%d routes were asked with objects of others: the test shows nothing", asked)
	}
}

// Whatever takes, asks or gives back money is for agents of the whole town: one of a single school, who may everything there, meets a refusal. Nobody's
// menu leads to one.
func TestMoneyIsForAgentsOfTheWholeTown(t *testing.T) {
	h, d := whole(t)
	furnish(t, d)
	v := webtest.NewSite(t, h).Visitor(t, "chatou.localhost")
	v.Post("/connexion", url.Values{"identifiant": {"direction.sabinettes"}, "mot_de_passe": {demo.Password}}).Want(http.StatusOK)
	asked := 0
	for _, r := range h.Routes() {
		if r.Access != "office:bill" {
			continue
		}
		asked++
		if status := ask(v, r, wildcard.ReplaceAllString(r.Path, "0")); status != http.StatusForbidden {
			t.Errorf("%s %s: %d for an agent of one school", r.Method, r.Path, status)
		}
	}
	if asked < 40 {
		t.Errorf("%d routes were asked: the test shows nothing", asked)
	}
	for _, login := range []string{"direction.sabinettes", "direction", "regie", "animateur", "agent.enfance"} {
		v := webtest.NewSite(t, h).Visitor(t, "chatou.localhost")
		v.Post("/connexion", url.Values{"identifiant": {login}, "mot_de_passe": {demo.Password}}).Want(http.StatusOK)
		items := v.Get("/bureau").Want(http.StatusOK).All(".side a")
		for _, item := range items {
			v.Get(webtest.Attr(item, "href")).Want(http.StatusOK)
		}
		if len(items) < 2 {
			t.Errorf("the menu of %s has %d items", login, len(items))
		}
	}
}

func ask(v *webtest.Visitor, r web.Route, address string) int {
	if r.Method == http.MethodGet {
		return v.Get(address).Status
	}
	return v.Post(address, forms[r.Path]).Status
}

// forms are what is posted where an empty form is refused before anything is looked for.
var forms = map[string]url.Values{
	"/espace/propositions/{booking}":   {"reponse": {"accepter"}},
	"/espace/reservations/{enrolment}": {"jour": {"2026-12-14:REPAS"}, "visible": {"2026-12-14"}, "envoi": {"abcdefghijklmnopqrstuvwxyz"}},
}

// ownless are pages that Antoine's own mother does not have either.
var ownless = map[string]string{
	"/espace/enfants/{enfant}/garde": "Antoine is in one household: there is no custody to show",
}

// fill puts ids of objects in the wildcards of a route, and says whether one of them is a family's or a site's.
func fill(t *testing.T, r web.Route, side string, ids map[string]string) (address string, private bool) {
	t.Helper()
	address = strings.TrimSuffix(r.Path, "{$}")
	for _, w := range wildcard.FindAllString(address, -1) {
		key := side + " " + w
		o, known := objects[key]
		switch {
		case !known && private:
			o.why = "stands under another object"
		case !known && side == "family":
			t.Errorf("%s %s: say in internal/house/objects_test.go what %s is, for example:\n\t%q: {query: `SELECT id FROM … WHERE household_id = $1 ORDER BY id LIMIT 1`},\nor, when it names no object of a family:\n\t%q: {why: \"…\"},",
				r.Method, r.Path, w, key, key)
		}
		id := cmp.Or(o.as, "0")
		if o.query != "" {
			private = true
			id = ids[key]
		}
		address = strings.Replace(address, w, url.PathEscape(id), 1)
	}
	return address, private
}

// named reports whether a route has a wildcard.
func named(routes []web.Route, key string) bool {
	side, w, _ := strings.Cut(key, " ")
	for _, r := range routes {
		if strings.HasPrefix(r.Access, side) && strings.Contains(r.Path, w) {
			return true
		}
	}
	return false
}

// furnish gives Claire's household what the demonstration does not, and the town an agent who may everything, at another school.
func furnish(t *testing.T, d *demo.Demo) {
	t.Helper()
	hash, err := identity.Hash(t.Context(), demo.Password)
	if err != nil {
		t.Fatal(err)
	}
	file, err := d.Town.Files.Put(t.Context(), strings.NewReader("page"), 100)
	if err != nil {
		t.Fatal(err)
	}
	var copyID string
	if err := d.Town.DB.Write(t.Context(), func(tx *db.Tx) error {
		site := func(code string) (id string, err error) {
			return id, tx.QueryRow(t.Context(), `SELECT id FROM sites WHERE code = $1`, code).Scan(&id)
		}
		sabinettes, err := site("SABINETTES")
		if err != nil {
			return err
		}
		by, err := staff.Create(t.Context(), tx, staff.Agent{}, staff.NewAgent{Login: "direction.sabinettes", Email: "sabinettes@chatou.example", Name: "Autre École",
			Role: staff.Direction, Sites: []string{sabinettes}, PasswordHash: hash})
		if err != nil {
			return err
		}
		var account string
		if err := tx.QueryRow(t.Context(), `SELECT id FROM accounts WHERE login = 'claire.martin'`).Scan(&account); err != nil {
			return err
		}
		claire, err := household.GuardianOf(t.Context(), tx, account)
		if err != nil {
			return err
		}
		if err := belongings(t.Context(), tx, by, claire, file, d.Town.Loc); err != nil {
			return err
		}
		if _, err := tx.Exec(t.Context(), `INSERT INTO payment_attempts (id, household_id, guardian_id, payer_name, email, bank, reference, cents, state, created_at, changed_at)
			VALUES ('paiement', $1, $2, 'Claire Martin', 'claire.martin@famille.example', 'paybox', 'R-1', 4130, 'cancelled', $3, $3)`, claire.HouseholdID, claire.ID, tx.Now); err != nil {
			return err
		}
		return privacy.AskCopy(t.Context(), tx, claire)
	}); err != nil {
		t.Fatal(err)
	}
	if err := d.Town.DB.Read(t.Context(), func(tx *db.Tx) error {
		return tx.QueryRow(t.Context(), `SELECT id FROM data_exports`).Scan(&copyID)
	}); err != nil {
		t.Fatal(err)
	}
	payload, _ := json.Marshal(privacy.CopyPayload{CopyID: copyID})
	if err := work.Handlers(d.Town)[privacy.CopyKind](t.Context(), payload); err != nil {
		t.Fatal(err)
	}
}

// belongings are a thread about Antoine, a change that waits for its check, and a document of the vault.
func belongings(ctx context.Context, tx *db.Tx, by staff.Agent, claire household.Guardian, file blob.File, loc *time.Location) error {
	children, err := household.Children(ctx, tx, claire.HouseholdID)
	if err != nil {
		return err
	}
	services, err := thread.Services(ctx, tx)
	if err != nil {
		return err
	}
	if _, err := thread.Start(ctx, tx, claire, thread.New{Service: services[0], ChildID: children[0].ID, Subject: "Antoine", Body: "Bonjour"}, loc); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO declared_changes (id, field, household_id, old_content, new_content, declared_at, declared_by, declared_by_name)
		VALUES ($1, 'address', $2, '{}', '{}', $3, $4, $5)`, db.NewID(), claire.HouseholdID, tx.Now, claire.ID, claire.Name()); err != nil {
		return err
	}
	if err := missedLunch(ctx, tx, claire); err != nil {
		return err
	}
	if _, err := till.Record(ctx, tx, till.Take{HouseholdID: claire.HouseholdID, PayerName: claire.Name(), Means: till.Transfer, Cents: 10_00, Source: "essai", By: by.Actor(),
		Day: civil.DateOf(tx.Now, loc)}); err != nil {
		return err
	}
	kind, err := document.SaveType(ctx, tx, by, document.Type{Name: "Pièce d’essai", Subject: document.OfHousehold, Asked: document.OfNobody, Validity: document.ForMonths, Months: 12, KeepMonths: 1})
	if err != nil {
		return err
	}
	_, _, err = document.Store(ctx, tx, claire, document.Deposit{UploadID: "essai", TypeID: kind,
		Parts: []document.Part{{Name: "page.pdf", Type: "application/pdf", Size: file.Size}}, Files: []blob.File{file}})
	return err
}

// missedLunch is a certificate on paper for a lunch that Antoine booked.
func missedLunch(ctx context.Context, tx *db.Tx, claire household.Guardian) error {
	var child string
	var day civil.Date
	if err := tx.QueryRow(ctx, `SELECT b.child_id, b.day FROM bookings b JOIN children c ON c.id = b.child_id JOIN sites s ON s.id = b.site_id
		WHERE b.household_id = $1 AND c.first_name = 'Antoine' AND s.code = 'ROSTAND' AND b.state = 'booked' ORDER BY b.day, b.id LIMIT 1`, claire.HouseholdID).Scan(&child, &day); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO absence_claims (id, number, upload_id, child_id, household_id, made_at, made_by, made_by_name, arrived_at, paper)
		VALUES ('essai', 'A0000-00001', 'essai', $1, $2, $3, $4, $5, $3, TRUE)`, child, claire.HouseholdID, tx.Now, claire.Actor(), claire.Name()); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO absence_claim_days (claim_id, day) VALUES ('essai', $1)`, day)
	return err
}

// identify finds the ids of the objects that the routes name.
func identify(t *testing.T, d *demo.Demo, routes []web.Route) map[string]string {
	t.Helper()
	ids := map[string]string{}
	if err := d.Town.DB.Read(t.Context(), func(tx *db.Tx) error {
		var home string
		if err := tx.QueryRow(t.Context(), `SELECT household_id FROM guardians WHERE last_name = 'Martin' AND first_name = 'Claire'`).Scan(&home); err != nil {
			return err
		}
		for key, o := range objects {
			if o.query == "" || !named(routes, key) {
				continue
			}
			found, err := db.All(t.Context(), tx, o.query, db.Value[string], home)
			if err != nil {
				return err
			}
			if len(found) == 0 {
				t.Errorf("%s: the demonstration has no such object of Claire's; make one in furnish", key)
				found = []string{"0"}
			}
			ids[key] = found[0]
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return ids
}
