package office_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/family"
	"preau/internal/web/office"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
	"preau/internal/work"
	"preau/internal/worldtest"
)

// newCounter is the desk with the family's pages too.
func newCounter(t *testing.T) *desk {
	t.Helper()
	tn := towntest.New(t, db.SQLite)
	d := &desk{World: worldtest.Chatou(t, tn), t: t}
	d.House = signintest.New(t, tn, func(s *web.Server, door *signin.Door) {
		office.Pages{Door: door}.Routes(s)
		family.Pages{Door: door}.Routes(s)
	})
	d.Write(func(tx *db.Tx) error {
		d.AddAgent(tx, "sabinettes", "instruction", "SABINETTES")
		d.AddAgent(tx, "animateur", "animation")
		return nil
	})
	return d
}

// serve begins to act for a guardian.
func (d *desk) serve(v *webtest.Visitor, g household.Guardian) *webtest.Page {
	return v.Post("/bureau/familles/"+g.HouseholdID+"/guichet", url.Values{"responsable": {g.ID}, "moyen": {"counter"}, "accord": {"oui"}})
}

func TestAnAgentActsForAFamily(t *testing.T) {
	d := newCounter(t)
	v := d.in("agent.enfance")
	p := v.Get("/bureau/familles/" + d.Claire.HouseholdID).Want(200)
	p = p.Submit("Ouvrir les pages de la famille").Want(422).Says("[role=alert]", "que si elle le demande")
	if p.Form("Ouvrir les pages de la famille").Value("responsable") != d.Claire.ID {
		t.Error("whom to act for is lost")
	}
	p = p.Form("Ouvrir les pages de la famille").Tick("moyen", "phone").Tick("accord", "oui").Send().Want(200).WantPath("/espace")
	p.Says(".acting", "Vous agissez au nom de Claire Martin")
	if p.Has("a[href='/espace/profil']") || p.Has("form[action='/deconnexion']") || strings.Contains(p.Text(".nav"), "Messages") {
		t.Error("what is the guardian's own is offered")
	}
	path := "/espace/reservations/" + d.Enrolment["antoine/CANTINE"]
	p = v.Get(path+"?mois=2026-12").Want(200).Says(".acting", "Claire Martin")
	recap := v.Post(path+"/recapitulatif", url.Values{"jour": {"2026-12-14:REPAS 2026-12-03:REPAS"}, "visible": {"2026-12-14 2026-12-03"}, "vue": {"2026-12"}}).Want(200).Says(".acting", "Claire Martin")
	recap.FormAt("form:has([name=envoi])").Send().Want(200)
	if _, err := work.Worker(d.Town.Town).RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	if list := d.Mailbox.To("claire.martin@famille.example"); len(list) != 1 || !strings.Contains(list[0].Text, "(agent.enfance, au nom de Claire Martin)") {
		t.Errorf("told %+v", list)
	}
	v.Get("/espace/historique").Says(".acts", "par le service (agent.enfance, au nom de Claire Martin)")
	if plan := v.Get("/espace/planning?semaine=2026-W51").Want(200); plan.Has(".feed") || !strings.Contains(plan.Text(".plan"), "Repas réservé") {
		t.Errorf("the planning shows the secret feed (%v), or not the lunch: %s", plan.Has(".feed"), plan.Text(".plan"))
	}
	for _, secret := range []string{"/espace/profil", "/espace/preferences", "/espace/messages", "/espace/echanges"} {
		v.Get(secret).Want(403).Says("main", "celle de la famille seule")
	}
	for _, secret := range []string{"/espace/planning/agenda", "/espace/profil/mot-de-passe", "/espace/preferences", "/espace/profil/deconnexions"} {
		v.Post(secret, url.Values{}).Want(403)
	}
	receipt := v.Get("/espace").Click("Reçu").Want(200).Says("h1", "Reçu pour Claire Martin").Says("main", "au téléphone", "agent.enfance", "Antoine, Restauration scolaire, lun. 14 déc. 2026 : repas : ajouté")
	p = receipt.Submit("Ne plus agir au nom de la famille").Want(200).Says("[role=status]", "n’agissez plus").Says("main", "Imprimer le reçu")
	v.Get("/espace").Want(200).WantPath("/bureau")
	v.Post(path, url.Values{}).Want(403)
	d.in("direction").Get("/bureau/journal").Says("main", "A commencé à agir au nom d’une famille", "agent.enfance, au nom de Claire Martin", "A fini d’agir")
	if n := d.count(`SELECT count(*) FROM bookings WHERE household_id = $1 AND state = 'booked'`, d.Claire.HouseholdID); n != 1 {
		t.Errorf("%d bookings", n)
	}
}

func TestAVisitLapsesAfterHalfAnHour(t *testing.T) {
	d := newCounter(t)
	v := d.in("agent.enfance")
	d.serve(v, d.Claire).Want(200).WantPath("/espace")
	form := url.Values{"jour": {"2026-12-14:REPAS"}, "visible": {"2026-12-14"}, "vue": {"2026-12"}, "envoi": {"abcdefghijklmnopqrstuvwxyz"}}
	d.Clock.Advance(20 * time.Minute)
	v.Get("/espace/planning").Want(200).WantPath("/espace/planning")
	d.House.Door.Wait()
	d.Clock.Advance(20 * time.Minute)
	v.Get("/espace").Want(200).WantPath("/espace")
	d.House.Door.Wait()
	d.Clock.Advance(31 * time.Minute)
	v.Post("/espace/reservations/"+d.Enrolment["antoine/CANTINE"], form).Want(409).Says("main", "Rien n’a été enregistré")
	v.Get("/espace").Want(200).Says("h1", "Reçu pour Claire Martin").Says("main", "30 minutes", "Rien n’a été changé")
	if n := d.count(`SELECT count(*) FROM bookings`); n != 0 {
		t.Error("booked after the visit lapsed")
	}
	d.serve(v, d.Karim).Want(200).Says(".acting", "Karim Benali")
}

func TestActingNeverWidensRights(t *testing.T) {
	d := newCounter(t)
	v := d.in("sabinettes")
	d.serve(v, d.Claire).Want(200)
	v.Get("/espace/reservations/" + d.Enrolment["leo/CANTINE"]).Want(200)
	v.Get("/espace/reservations/"+d.Enrolment["antoine/CANTINE"]).Want(403).Says("main", "pas le vôtre")
	v.Post("/espace/reservations/"+d.Enrolment["antoine/CANTINE"], url.Values{"jour": {"2026-12-14:REPAS"}, "visible": {"2026-12-14"}, "vue": {"2026-12"}, "envoi": {"abcdefghijklmnopqrstuvwxyz"}}).Want(403)
	d.serve(d.in("animateur"), d.Claire).Want(403)
	v.Post("/bureau/familles/"+d.Karim.HouseholdID+"/guichet", url.Values{"responsable": {d.Claire.ID}, "moyen": {"counter"}, "accord": {"oui"}}).Want(404)
	d.serve(v, d.Karim).Want(200)
	v.Get("/espace/reservations/" + d.Enrolment["antoine/CANTINE"]).Want(404)
	d.in("claire.martin").Post("/bureau/guichet/fin", url.Values{}).Want(404)
	d.in("agent.enfance").Post("/bureau/guichet/fin", url.Values{}).Want(404)
	d.in("agent.enfance").Get("/bureau/guichet/aucun").Want(404)
}

// A guardian without an account is served too.
func TestAGuardianWithoutAnAccountIsServed(t *testing.T) {
	d := newCounter(t)
	d.Write(func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE guardians SET account_id = NULL WHERE id = $1`, d.Claire.ID)
		return err
	})
	v := d.in("agent.enfance")
	d.serve(v, d.Claire).Want(200).WantPath("/espace")
	for _, path := range []string{"/espace", "/espace/planning", "/espace/propositions", "/espace/historique", "/espace/reservations", "/espace/reservations/" + d.Enrolment["antoine/CANTINE"]} {
		v.Get(path).Want(200).Says(".acting", "Claire Martin")
	}
}

func TestTheCounterInABrowser(t *testing.T) {
	d := newCounter(t)
	for _, view := range []webtest.View{{Width: webtest.Phone, NoScript: true}, {Width: webtest.Desk}, {Width: webtest.Phone, Dark: true}} {
		b := webtest.NewBrowser(t, view)
		look := func(name string) {
			b.Wide()
			if !view.NoScript {
				b.Axe()
			}
			b.Shot(name)
		}
		b.Open(d.House.Site.URL(signintest.Host) + "/connexion?suite=/bureau/familles/" + d.Claire.HouseholdID)
		b.Fill("[name=identifiant]", "agent.enfance")
		b.Fill("[name=mot_de_passe]", worldtest.Password)
		b.Press("Ouvrir mon espace")
		look("dossier")
		b.Click("[name=accord]")
		b.Press("Ouvrir les pages de la famille")
		look("guichet-accueil")
		b.Open(d.House.Site.URL(signintest.Host) + "/espace/reservations/" + d.Enrolment["antoine/CANTINE"] + "?mois=2026-12")
		look("guichet-calendrier")
		b.Press("Terminer")
		look("guichet-recu")
		if text := b.Text("h1"); text != "Reçu pour Claire Martin" {
			t.Errorf("ended on %q", text)
		}
	}
}
