package family_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"preau/internal/db"
	"preau/internal/notify"
	"preau/internal/staff"
	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/family"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
)

const better = "Marelle-et-corde-9"

// profileHouse has a family, another one, and an agent.
func profileHouse(t *testing.T, tn *towntest.Town) *signintest.House {
	h := signintest.New(t, tn, func(s *web.Server, d *signin.Door) { family.Pages{Door: d}.Routes(s) })
	h.Family("claire.martin", "Claire", "Martin")
	h.Family("karim.benali", "Karim", "Benali")
	h.Agent("direction", staff.Direction)
	return h
}

// enter signs in and opens the profile, whatever the first page of the space.
func enter(h *signintest.House, login string) (*webtest.Visitor, *webtest.Page) {
	v := h.Visitor()
	v.Post("/connexion", url.Values{"identifiant": {login}, "mot_de_passe": {signintest.Password}})
	return v, v.Get("/espace/profil")
}

func TestProfileShowsOnlyOneself(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		_, p := enter(profileHouse(t, tn), "claire.martin")
		p.Want(200).Says("main", "Mme Claire Martin", "Martin Claire", "12 rue des Landes", "06 39 98 01 02", "claire.martin@famille.example", "Cet appareil")
		if strings.Contains(p.Body, "Benali") {
			t.Error("another family is on the page")
		}
	})
}

func TestChangeMyPassword(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		h := profileHouse(t, tn)
		v, p := enter(h, "claire.martin")
		other, _ := enter(h, "claire.martin")
		change := func(p *webtest.Page, present, next, again string) *webtest.Page {
			return p.Form("Changer mon mot de passe").Fill("actuel", present).Fill("nouveau", next).Fill("confirmation", again).Send()
		}
		p = change(p, "x", better, better).Want(422).Says("main", "Ce n’est pas votre mot de passe actuel")
		p = change(p, signintest.Password, "claire.martin-99", "claire.martin-99").Want(422).Says("main", "ne doit contenir ni votre identifiant")
		p = change(p, signintest.Password, better, "autre").Want(422).Says("main", "différents")
		p = change(p, signintest.Password, better, better).Want(200).WantPath("/espace/profil").Says("[role=status]", "Votre mot de passe est changé")
		other.Get("/espace/profil").WantPath("/connexion")
		v.Get("/espace/profil").Want(200)
		h.RunJobs()
		told := 0 // beside the notice of a second device
		for _, m := range h.Mailbox.To("claire.martin@famille.example") {
			if strings.Contains(m.Subject, "mot de passe") {
				told++
			}
		}
		if told != 1 {
			t.Errorf("the owner is told %d times", told)
		}
		for range 6 {
			p = v.Post("/espace/profil/mot-de-passe", url.Values{"actuel": {"x"}, "nouveau": {better}, "confirmation": {better}})
		}
		p.Want(429).Says("[role=alert]", "réessayez dans")
	})
}

func TestMyDevices(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		h := profileHouse(t, tn)
		phone, _ := enter(h, "claire.martin")
		h.Clock.Advance(10 * time.Minute)
		desk, _ := enter(h, "claire.martin")
		karim, p := enter(h, "karim.benali")
		if p.Count("tbody tr") != 1 {
			t.Errorf("%d devices for Karim, want 1", p.Count("tbody tr"))
		}
		p = desk.Get("/espace/profil")
		if p.Count("tbody tr") != 2 {
			t.Fatalf("%d devices, want 2", p.Count("tbody tr"))
		}
		id := p.Attr("tbody button[name=appareil]", "value")
		karim.Post("/espace/profil/deconnexions", url.Values{"appareil": {id}}).Want(404)
		phone.Get("/espace/profil").WantPath("/espace/profil")
		p.FormAt("form[action$=deconnexions]").Send().Want(200).Says("[role=status]", "Cet appareil est déconnecté")
		phone.Get("/espace/profil").WantPath("/connexion")
		enter(h, "claire.martin")
		desk.Get("/espace/profil").Submit("Déconnecter tous les autres appareils").Says("[role=status]", "1 appareil est déconnecté")
		if n := desk.Get("/espace/profil").Count("tbody tr"); n != 1 {
			t.Errorf("%d devices left, want this one", n)
		}
	})
}

func TestMyPreferences(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		h := profileHouse(t, tn)
		_, p := enter(h, "claire.martin")
		p = p.Click("Mes préférences").Want(200)
		form := p.Form("Enregistrer mes choix")
		if len(form.Values("sujet")) != len(notify.Topics("family")) {
			t.Errorf("topics %q are wanted at first, want all", form.Values("sujet"))
		}
		p = form.Untick("sujet", string(notify.Reminders)).Send().Want(200).Says("[role=status]", "Vos choix sont enregistrés")
		for _, v := range p.Form("Enregistrer mes choix").Values("sujet") {
			if v == string(notify.Reminders) {
				t.Error("reminders are still ticked")
			}
		}
		p.Form("Enregistrer mes choix").Tick("sujet", string(notify.Reminders)).Send().Want(200)
		h.Read(func(tx *db.Tx) error {
			var n int
			err := tx.QueryRow(t.Context(), `SELECT count(*) FROM muted_topics`).Scan(&n)
			if n != 0 {
				t.Errorf("%d topics muted, want none", n)
			}
			return err
		})
	})
}

func TestProfilePagesAreTheFamilys(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		h := profileHouse(t, tn)
		agent, _ := enter(h, "direction")
		agent.Post("/espace/profil/mot-de-passe", nil).Want(403)
		agent.Post("/espace/preferences", nil).Want(403)
		h.Visitor().Get("/espace/preferences").WantPath("/connexion")
	})
}

func TestProfileInABrowser(t *testing.T) {
	tn := towntest.New(t, db.SQLite)
	h := profileHouse(t, tn)
	enter(h, "claire.martin")
	for _, view := range []webtest.View{{Width: webtest.Phone}, {Width: webtest.Desk}, {Width: webtest.Desk, Dark: true}} {
		b := webtest.NewBrowser(t, view)
		b.Open(h.Site.URL(signintest.Host) + "/connexion?suite=/espace/profil")
		b.Fill("[name=identifiant]", "claire.martin")
		b.Fill("[name=mot_de_passe]", signintest.Password)
		b.Press("Ouvrir mon espace")
		for name, path := range map[string]string{"profil": "/espace/profil", "preferences": "/espace/preferences"} {
			b.Open(h.Site.URL(signintest.Host) + path)
			b.Wide()
			b.Axe()
			b.Shot(name)
		}
		b.Open(h.Site.URL(signintest.Host) + "/espace/profil")
		b.Press("Changer mon mot de passe")
		b.Axe()
		b.Shot("profil-erreur")
	}
}
