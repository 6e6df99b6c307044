package rollcall_test

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"net/url"
	"strings"
	"testing"
	"time"

	"preau/internal/attendance"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/dossier"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/picture"
	"preau/internal/staff"
	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/rollcall"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
	"preau/internal/worldtest"
)

const (
	lunch = "/bureau/pointage/CANTINE/ROSTAND/2026-12-14"
	kids  = "/bureau/pointage/MERCREDI/LOISIRS/2026-12-09"
)

// desk is the fixture world with the pages of the roll-call, on Monday 14 December 2026 before lunch: Antoine and three others are expected.
type desk struct {
	*worldtest.World
	House *signintest.House
	t     *testing.T
	Child map[string]household.Child
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	tn := towntest.New(t, db.SQLite)
	d := &desk{World: worldtest.Chatou(t, tn), t: t, Child: map[string]household.Child{}}
	d.House = signintest.New(t, tn, func(s *web.Server, door *signin.Door) { rollcall.Pages{Door: door}.Routes(s) })
	d.Write(func(tx *db.Tx) error {
		d.AddAgent(tx, "sofiane", staff.Animation, "ROSTAND", "LOISIRS")
		d.AddAgent(tx, "nadia", staff.Animation)
		for _, c := range [][3]string{{"Élise", "Ferrand", "CE2"}, {"Ibrahim", "Traoré", "CM1"}, {"Zoé", "Le Goff", "CP"}} {
			who := d.AddHousehold(tx, "famille."+strings.ToLower(c[1][:2]), "Parent", c[1], 500_00)
			d.Child[c[0]] = d.AddChild(tx, who, c[0], c[1], "2018-06-01", c[2], "ROSTAND")
			d.Enrol(tx, c[0], d.Child[c[0]], "CANTINE", "ROSTAND")
			d.book(tx, who, d.Enrolment[c[0]+"/CANTINE"], "REPAS", "2026-12-14")
		}
		d.book(tx, d.Claire, d.Enrolment["antoine/CANTINE"], "REPAS", "2026-12-14")
		d.book(tx, d.Claire, d.Enrolment["antoine/MERCREDI"], "APREM", "2026-12-09")
		if err := household.SetMenu(t.Context(), tx, household.By{Actor: "essai"}, d.Child["Élise"].ID, "sans_porc"); err != nil {
			return err
		}
		return d.pai(tx)
	})
	d.Write(func(tx *db.Tx) error { return identity.SavePolicy(t.Context(), tx, identity.Policy{}) })
	d.SetClock("2026-12-14T11:50")
	return d
}

// pai gives Antoine a protocol, and somebody who may come for him.
func (d *desk) pai(tx *db.Tx) error {
	key := d.KeyFor("health")
	if _, err := dossier.Declare(d.t.Context(), tx, key, d.Claire, dossier.Declaration{Field: dossier.Health, ChildID: d.Antoine.ID,
		New: dossier.Content{"pai": "oui", "allergies": "Arachide.", "protocole": "Appeler le 15,\ninjecter le stylo."}}); err != nil {
		return err
	}
	waiting, err := dossier.Queue(d.t.Context(), tx, d.Direction, civil.MustParse("2026-12-01"), dossier.QueueFilter{Field: dossier.Health})
	if err != nil {
		return err
	}
	for _, c := range waiting {
		if err := dossier.Accept(d.t.Context(), tx, key, d.Direction, civil.MustParse("2026-12-01"), c.ID, dossier.Verdict{}); err != nil {
			return err
		}
	}
	return dossier.AddContact(d.t.Context(), tx, d.Claire, dossier.ChildContact{Name: "Jean Martin", Relation: "grand-père", Phone: "06 39 98 01 44", MayCollect: true}, []string{d.Antoine.ID})
}

// photo gives Antoine a photo, as his mother adds it.
func (d *desk) photo() {
	d.t.Helper()
	var sent bytes.Buffer
	if err := png.Encode(&sent, image.NewGray(image.Rect(0, 0, 300, 400))); err != nil {
		d.t.Fatal(err)
	}
	file, err := dossier.TakePhoto(d.t.Context(), d.Files, sent.Bytes())
	if err != nil {
		d.t.Fatal(err)
	}
	d.Write(func(tx *db.Tx) error {
		text, err := dossier.SaveConsentText(d.t.Context(), tx, d.Direction, dossier.ConsentText{Kind: dossier.ImageInternal, Title: "Photos", Body: "J’autorise."})
		if err != nil {
			return err
		}
		if err := dossier.AnswerConsent(d.t.Context(), tx, d.Claire, d.Antoine.ID, dossier.ConsentAnswer{TextID: text.ID, Given: true}, civil.MustParse("2026-12-01")); err != nil {
			return err
		}
		return dossier.SetPhoto(d.t.Context(), tx, d.Claire, d.Antoine.ID, file, civil.MustParse("2026-12-01"))
	})
}

func (d *desk) book(tx *db.Tx, who household.Guardian, enrolment, option, day string) {
	d.t.Helper()
	o, err := booking.Submit(d.t.Context(), tx, who, booking.Request{SubmissionID: db.NewID(), EnrolmentID: enrolment,
		Changes: []booking.Change{{EnrolmentID: enrolment, Day: civil.MustParse(day), Option: option, Add: true}}}, d.Loc)
	if err != nil || o.Count(booking.Booked) != 1 {
		d.t.Fatalf("not booked: %v", err)
	}
}

func (d *desk) in(login string) *webtest.Visitor {
	d.t.Helper()
	v := d.House.Visitor()
	v.Post("/connexion", url.Values{"identifiant": {login}, "mot_de_passe": {worldtest.Password}})
	return v
}

// truth is what the database holds of the day: name and state.
func (d *desk) truth() (out []string) {
	d.t.Helper()
	d.Read(func(tx *db.Tx) (err error) {
		out, err = db.All(d.t.Context(), tx, `SELECT c.first_name || ' ' || a.came || coalesce(' ' || a.arrived, '') || coalesce(' ' || a.departed, '') || CASE WHEN a.late_pickup THEN ' late' ELSE '' END
			FROM attendances a JOIN children c ON c.id = a.child_id ORDER BY c.name_search`, db.Value[string])
		return err
	})
	return out
}

func (d *desk) want(what string, names ...string) {
	d.t.Helper()
	if got := strings.Join(d.truth(), ", "); got != strings.Join(names, ", ") {
		d.t.Errorf("%s: %q, want %q", what, got, names)
	}
}

// A whole roll-call without script: who is there, who is not, times, a child who came without a booking, what was taken back.
func TestARollCallWithForms(t *testing.T) {
	d := newDesk(t)
	v := d.in("sofiane")
	p := v.Get("/bureau/pointage").Want(200).Says("main", "Lundi 14 décembre 2026", "Restauration scolaire", "0 sur 4", "À pointer", "Séances à pointer", "Mer. 9 déc.")
	p = p.Follow(lunch).Want(200).Says("h1", "Restauration scolaire, élémentaire Jean Rostand").Says(".roll-head", "0 sur 4", "0 absent").
		Says("main", "CE2 A", "CM1 A", "PAI", "Sans porc", "Arachide.", "injecter le stylo", "Jean Martin (grand-père) 06 39 98 01 44")
	if p.Header.Get("Cache-Control") != "no-store" {
		t.Error("a page with names and health may be kept by a cache")
	}
	p = p.Form("Enregistrer le pointage").Tick("c-"+d.Child["Élise"].ID, "absent").Tick("c-"+d.Antoine.ID, "present").Send().Want(200).Says(".flash", "2 enfants pointés").Says(".roll-head", "2 sur 4", "1 absent")
	d.want("two were pointed", "Élise absent", "Antoine present")
	p = p.Submit("Les autres sont présents").Want(200).Says(".roll-head", "4 sur 4").Says(".sum", "Tous les enfants attendus sont pointés")
	d.want("the others are there", "Élise absent", "Zoé present", "Antoine present", "Ibrahim present")

	d.SetClock("2026-12-14T11:51")
	form := p.FormAt("#e-"+d.Antoine.ID+" [data-times]").Fill("arrivee", "11:40").Fill("depart", "13:50").Tick("retard", "1")
	p = form.Send().Want(200).Says("#e-"+d.Antoine.ID, "Arrivé à 11 h 40, parti à 13 h 50, récupéré en retard")
	v.Post(lunch+"/enfants/"+d.Antoine.ID, url.Values{"acte": {"noter"}, "arrivee": {"14:00"}, "depart": {"13:00"}}).Want(422)
	d.SetClock("2026-12-14T11:52")
	v.Post(lunch+"/enfants/"+d.Child["Élise"].ID, url.Values{"acte": {"annuler"}}).Want(200).Says("#e-"+d.Child["Élise"].ID, "11 h 50 : absent, sofiane", "11 h 52 : pointage annulé, sofiane")
	d.want("taken back", "Zoé present", "Antoine present 11:40 13:50 late", "Ibrahim present")

	v.Get(lunch+"/enfants?q=l").Want(422).Says("main", "au moins deux lettres")
	found := p.Click("Ajouter un enfant venu sans réservation").Want(200).Form("Chercher").Fill("q", "léo be").Send().Want(200).Says(".found", "Léo Benali", "MS A", "Maternelle Sabinettes")
	v.Get(lunch+"/enfants?q=elise").Says(".found", "Déjà sur la liste")
	found.FormAt(".found form").Send().Want(200).Says("main", "Sans réservation").Says(".roll-head", "1 sans réservation")
	d.want("one more came", "Léo present", "Zoé present", "Antoine present 11:40 13:50 late", "Ibrahim present")
	stale := url.Values{"vu": {d.Antoine.ID + "=absent"}, "c-" + d.Antoine.ID: {"absent"}, "dessine": {"x"}}
	v.Post(lunch, stale).Want(200).Says(".flash", "Rien n’a changé")
	v.Get(lunch+"?classe=CP%20A").Want(200).Says("main", "Zoé").Says(".seg", "Toutes")
}

// The printed sheet, and what is copied from it: numbers become ticks, the names are seen, then all the others are present.
func TestThePaperAndItsCopy(t *testing.T) {
	d := newDesk(t)
	v := d.in("sofiane")
	p := v.Get(lunch+"/feuille").Want(200).Says("tbody", "Le Goff Zoé", "Martin Antoine", "Arachide.", "Appeler le 15", "Jean Martin", "Sans porc").Says("main", "4 enfants attendus")
	rows := p.Texts("tbody th")
	if first := v.Get(lunch).Texts("#pointer button, button[form=pointer]"); len(first) == 0 || first[0] != "Enregistrer le pointage" {
		t.Error("the Enter key does not save the roll-call")
	}
	q := p.Click("Saisir la feuille").Want(200)
	q.Form("Cocher ces numéros").Fill("numeros", "2, 9").Send().Want(422).Says("main", "Le numéro 9 n’est pas sur la feuille")
	q = q.Form("Enregistrer la feuille").Fill("numeros", "2").Send().Want(200).Says("main", "Vérifiez les noms cochés")
	d.want("nothing is written before the names are seen")
	q.Submit("Enregistrer la feuille").Want(200).Says(".flash", "3 présents, 1 absent")
	if got := strings.Join(d.truth(), ", "); strings.Count(got, "present") != 3 || !strings.Contains(got, strings.Fields(rows[1])[len(strings.Fields(rows[1]))-1]+" absent") {
		t.Errorf("of %q, the truth is %q", rows, got)
	}
	if n := d.count(`SELECT count(*) FROM attendance_entries WHERE source = 'paper'`); n != 4 {
		t.Errorf("%d entries come from paper", n)
	}
	// A sheet opened before another agent said otherwise says so, and writes nothing until the names are seen again.
	stale := v.Get(lunch + "/saisie").Form("Enregistrer la feuille")
	ibrahim := d.Child["Ibrahim"].ID
	d.SetClock("2026-12-14T12:20")
	d.in("nadia").Post(lunch, url.Values{"vu": {ibrahim + "=present"}, "c-" + ibrahim: {"absent"}}).Want(200)
	met := stale.Send().Want(409).Says("main", "rien n’est enregistré", "Ibrahim Traoré, 12 h 20 : absent, nadia")
	if got := strings.Join(d.truth(), ", "); !strings.Contains(got, "Ibrahim absent") {
		t.Errorf("the stale sheet wins: %q", got)
	}
	d.SetClock("2026-12-14T12:21")
	met.Submit("Enregistrer la feuille").Want(200).Says(".flash", "3 présents, 1 absent")
	if got := strings.Join(d.truth(), ", "); !strings.Contains(got, "Ibrahim present") {
		t.Errorf("the sheet that was looked at again does not win: %q", got)
	}
	v.Get("/bureau/pointage/CANTINE/ROSTAND/2026-12-15/saisie").Want(200).Says("main", "Personne n’est attendu")
	v.Get("/bureau/pointage/CANTINE/ROSTAND/2026-12-15/feuille").Want(200).Says("main", "Personne n’est attendu")
}

func (d *desk) count(query string) (n int) {
	d.Read(func(tx *db.Tx) error { return tx.QueryRow(d.t.Context(), query).Scan(&n) })
	return n
}

// Closing lists whom nothing is said of; a closed roll-call is opened again with a reason.
func TestClosingAndReopening(t *testing.T) {
	d := newDesk(t)
	v := d.in("sofiane")
	p := v.Get(lunch).Click("Clore").Want(200).Says("main", "4 enfants attendus ne sont pas pointés", "Zoé Le Goff, CP A")
	p = p.Submit("Clore avec 4 enfants non pointés").Want(200).Says("main", "Pointage clos", "Clos par sofiane", "4 enfants attendus n’ont pas été pointés")
	if p.Has("[data-times]") || !p.Has("fieldset[disabled]") {
		t.Error("a closed roll-call can be changed")
	}
	v.Post(lunch, url.Values{"vu": {d.Antoine.ID + "=unpointed"}, "c-" + d.Antoine.ID: {"present"}}).Want(200)
	d.SetClock("2026-12-14T12:10")
	v.Post(lunch, url.Values{"vu": {d.Child["Zoé"].ID + "=unpointed"}, "c-" + d.Child["Zoé"].ID: {"present"}}).Want(422).Says("main", "clos par sofiane")
	v.Get("/bureau/pointage").Says("main", "Clos, 4 enfants non pointés")
	v.Post(lunch+"/reouverture", url.Values{"motif": {""}}).Want(422)
	p.Form("Rouvrir le pointage").Fill("motif", "Bus en retard").Send().Want(200).Says(".flash", "Le pointage est rouvert")
	v.Get(lunch + "/cloture").Want(200)
}

// How many adults the children present need, as the town has set it.
func TestRatios(t *testing.T) {
	d := newDesk(t)
	v := d.in("sofiane")
	v.Get(kids).Want(200).Says(".ratio", "0 enfant présent : il faut 0 adulte", "périscolaire, sans PEDT")
	v.Post(kids, url.Values{"vu": {d.Antoine.ID + "=unpointed"}, "c-" + d.Antoine.ID: {"present"}}).Want(200).Says(".ratio", "il faut 1 adulte. Indiquez combien sont là.")
	v.Get(kids).Form("Noter").Fill("adultes", "0").Send().Want(200).Says(".ratio.is-short", "il en manque 1")
	v.Post(kids+"/encadrement", url.Values{"adultes": {"beaucoup"}}).Want(422)
	v.Get("/bureau/pointage/reglages").Want(403)
	chief := d.in("direction")
	p := chief.Get("/bureau/pointage/reglages").Want(200).Says("main", "Accueil de loisirs du mercredi")
	id := d.Activity["MERCREDI"]
	p.Form("Enregistrer les règles").Fill("taux-"+id, "town").Fill("jours", "99").Send().Want(422).Says("main", "entre 0 et 60", "entre 1 et 60")
	p.Form("Enregistrer les règles").Fill("taux-"+id, "pedt").Fill("jours", "5").Send().Want(200).Says(".flash", "enregistrées")
	v.Get(kids).Says(".ratio", "périscolaire, avec PEDT")
}

// The device is given the list and nothing more, and what it sends is answered entry by entry.
func TestTheDevice(t *testing.T) {
	d := newDesk(t)
	v := d.in("sofiane")
	p := v.Get(lunch + "/liste").Want(200)
	if p.Header.Get("Cache-Control") != "no-store" {
		t.Error("a cache may keep the list")
	}
	for _, secret := range []string{"Arachide", "Jean Martin", "Parent", "0639980144", "rue de"} {
		if strings.Contains(p.Body, secret) {
			t.Errorf("the device is given %q", secret)
		}
	}
	var list struct {
		Agent, Activity, Site, Until string
		Keep                         bool
		Children                     []struct{ ID, First, Menu, Todo string }
	}
	if err := json.Unmarshal([]byte(p.Body), &list); err != nil || len(list.Children) != 4 || list.Until != "2026-12-14T23:00:00.000Z" || !list.Keep {
		t.Fatalf("%v: %s", err, p.Body)
	}
	send := func(entries ...map[string]any) string {
		body, _ := json.Marshal(map[string]any{"entries": entries, "guests": []any{}})
		return v.PostJSON("/bureau/pointage/envois", string(body)).Body
	}
	entry := map[string]any{"id": db.NewID(), "agent": list.Agent, "activity": list.Activity, "site": list.Site, "day": "2026-12-14", "child": list.Children[0].ID,
		"option": "", "came": "present", "arrived": "11:45", "at": "2026-12-14T10:46:00.000Z"}
	if body := send(entry); !strings.Contains(body, `"result":"recorded"`) {
		t.Errorf("first: %s", body)
	}
	if body := send(entry); !strings.Contains(body, `"result":"already"`) {
		t.Errorf("again: %s", body)
	}
	entry["id"], entry["agent"] = db.NewID(), "somebody"
	if body := send(entry); !strings.Contains(body, `"result":"refused"`) {
		t.Errorf("another's: %s", body)
	}
	d.want("one came", "Zoé present 11:45")
	v.Post("/bureau/pointage/envois", url.Values{"entries": {"[]"}}).Want(422)
	shell := d.House.Visitor().Get("/bureau/pointage/hors-connexion").Want(200)
	if strings.Contains(shell.Body, "Zoé") || !shell.Has("main[data-shell]") || !shell.Has("template[data-row-template]") {
		t.Error("the shell is not empty, or not the shell")
	}
	if w := d.House.Visitor().Get("/bureau/pointage/service.js").Want(200); w.Header.Get("Service-Worker-Allowed") != "/bureau/pointage" || !strings.Contains(w.Body, "/static/rollcall.") {
		t.Error("the worker does not answer for the roll-call")
	}
	if m := d.House.Visitor().Get("/bureau/pointage/application.webmanifest").Want(200); !strings.Contains(m.Body, `"start_url":"/bureau/pointage"`) {
		t.Errorf("manifest %s", m.Body)
	}
}

// A name noted without network waits on the page to be found.
func TestANameToFind(t *testing.T) {
	d := newDesk(t)
	v := d.in("sofiane")
	agent := v.Get(lunch).Attr("[data-roll]", "data-agent")
	d.Write(func(tx *db.Tx) error {
		who, err := staff.ByID(t.Context(), tx, agent)
		if err != nil {
			return err
		}
		var list []attendance.Guest
		for i, name := range []string{"Leo Benali", "Personne"} {
			list = append(list, attendance.Guest{ID: db.NewID(), AgentID: agent, Name: name, At: tx.Now.Add(time.Duration(i) * time.Second),
				Session: attendance.Session{ActivityID: d.Activity["CANTINE"], SiteID: d.Site["ROSTAND"], Day: civil.MustParse("2026-12-14")}})
		}
		_, err = attendance.NoteGuests(t.Context(), tx, who, list, d.Loc)
		return err
	})
	p := v.Get(lunch).Says("main", "À retrouver : Leo Benali", "Noté sans réseau par sofiane")
	form := p.Click("Chercher cet enfant").Want(200).Says(".found", "Léo Benali").FormAt(".found form")
	p = form.Send().Want(200).Says("main", "Sans réservation", "À retrouver : Personne")
	if strings.Contains(p.Text("main"), "Leo Benali") {
		t.Error("who was found is still to be found")
	}
	form.Send().Want(200) // the button pressed twice
	form.Fill("enfant", d.Child["Zoé"].ID).Send().Want(409).Says("main", "Ce nom n’attend plus")
	d.want("one name is one child", "Léo present")
	if p = p.Submit("Ce n’est personne").Want(200); strings.Contains(p.Text("main"), "À retrouver") {
		t.Error("nobody is still to be found")
	}
}

// The photo of a child is on the roll-calls it is on, for their agents, while its family allows it; the device is given none.
func TestThePhotoOnARollCall(t *testing.T) {
	d := newDesk(t)
	d.photo()
	d.Write(func(tx *db.Tx) error { d.AddAgent(tx, "lina", staff.Animation, "LOISIRS"); return nil })
	v, of := d.in("sofiane"), func(session, child string) string { return session + "/enfants/" + child + "/photo" }
	p := v.Get(lunch).Want(200)
	if n := p.Count("main img[src$='/photo']"); n != 2 || p.Attr("#e-"+d.Antoine.ID+" .initial img", "src") != of(lunch, d.Antoine.ID) {
		t.Errorf("%d pictures of one child, want a small and a large one", n)
	}
	shown := v.Get(of(lunch, d.Antoine.ID)).Want(200)
	if picture.Type([]byte(shown.Body)) != picture.JPEG || shown.Header.Get("Cache-Control") != "private, no-store" || shown.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("the photo is sent as %v", shown.Header)
	}
	if body := v.Get(lunch + "/liste").Want(200).Body; strings.Contains(strings.ToLower(body), "photo") {
		t.Error("the device is told of the photo")
	}
	lina := d.in("lina")
	lina.Get(of(kids, d.Antoine.ID)).Want(200) // he goes there too
	for where, address := range map[string]string{
		"another site": of(lunch, d.Antoine.ID), "a day without him": of("/bureau/pointage/MERCREDI/LOISIRS/2026-12-16", d.Antoine.ID),
		"another child": of(kids, d.Leo.ID), "nobody": of(kids, "0"), "no day": of("/bureau/pointage/MERCREDI/LOISIRS/hier", d.Antoine.ID),
	} {
		if p := lina.Get(address); p.Status != 404 {
			t.Errorf("%s: %d", where, p.Status)
		}
	}
	v.Get(of(lunch, d.Child["Zoé"].ID)).Want(404) // she has none
	d.Write(func(tx *db.Tx) error {
		return dossier.EndConsentText(t.Context(), tx, d.Direction, dossier.ImageInternal)
	})
	if v.Get(lunch).Want(200).Has("main img") {
		t.Error("a photo is shown that nobody allows any more")
	}
	v.Get(of(lunch, d.Antoine.ID)).Want(404)
}

func TestARollCallOfAnotherSite(t *testing.T) {
	d := newDesk(t)
	v := d.in("sofiane")
	for _, path := range []string{"", "/feuille", "/saisie", "/liste", "/cloture", "/enfants?q=an"} {
		v.Get("/bureau/pointage/CANTINE/SABINETTES/2026-12-14" + path).Want(404)
	}
	v.Get("/bureau/pointage/CANTINE/ROSTAND/hier").Want(404)
	v.Get("/bureau/pointage?jour=hier").Want(422)
	v.Get("/bureau/pointage?jour=2026-12-13").Want(200).Says("main", "Pas d’accueil ce jour-là")
	v.Post("/bureau/pointage/CANTINE/SABINETTES/2026-12-14/cloture", nil).Want(404)
}
