package office_test

import (
	"net/url"
	"strings"
	"testing"

	"preau/internal/audit"
	"preau/internal/db"
	"preau/internal/staff"
	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/office"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
)

// agentHouse has a director, two other agents, two sites and a family.
func agentHouse(t *testing.T, tn *towntest.Town) *signintest.House {
	h := signintest.New(t, tn, func(s *web.Server, d *signin.Door) { office.Pages{Door: d}.Routes(s) })
	h.Write(func(tx *db.Tx) error {
		for id, name := range map[string]string{"rostand": "Élémentaire Jean Rostand", "sabinettes": "Maternelle Sabinettes"} {
			if _, err := tx.Exec(t.Context(), `INSERT INTO sites (id, code, name, kind, created_at) VALUES ($1, $1, $2, 'elementaire', $3)`, id, name, tx.Now); err != nil {
				return err
			}
		}
		return nil
	})
	h.Agent("direction", staff.Direction)
	h.Agent("agent.enfance", staff.Instruction)
	h.Agent("animateur", staff.Animation, "rostand")
	h.Family("claire.martin", "Claire", "Martin")
	return h
}

// enter signs in and opens a page, whatever the first page of the office.
func enter(h *signintest.House, login, path string) (*webtest.Visitor, *webtest.Page) {
	v := h.Visitor()
	v.Post("/connexion", url.Values{"identifiant": {login}, "mot_de_passe": {signintest.Password}})
	return v, v.Get(path)
}

func TestAddAnAgent(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		h := agentHouse(t, tn)
		_, p := enter(h, "direction", "/bureau/agents")
		p = p.Want(200).Says("main", "3 agents actifs", "Agent animateur", "Élémentaire Jean Rostand").Click("Ajouter un agent")
		p = p.Submit("Ajouter et envoyer le lien").Want(422).Says("[role=alert]", "Écrivez le prénom et le nom", "Choisissez un identifiant", "adresse e-mail")
		p = p.Form("Ajouter et envoyer le lien").Fill("nom", "Nadia Ferrand").Fill("identifiant", "nadia.ferrand").Fill("email", "nadia@mairie.example").
			Fill("service", "Service Éducation").Tick("role", "regie").Tick("etendue", "certains").Send().Want(422).Says("[role=alert]", "Cochez au moins un établissement")
		form := p.Form("Ajouter et envoyer le lien")
		if form.Value("nom") != "Nadia Ferrand" || form.Value("role") != "regie" || form.Value("etendue") != "certains" {
			t.Error("what was typed is lost")
		}
		form.Tick("sites", "sabinettes").Send().Want(200).WantPath("/bureau/agents").Says("[role=status]", "Nadia Ferrand est ajouté").Says("main", "4 agents actifs", "Maternelle Sabinettes")
		h.RunJobs()
		mails := h.Mailbox.To("nadia@mairie.example")
		if len(mails) != 1 || !strings.Contains(mails[0].Text, "nadia.ferrand") {
			t.Fatalf("mails to the new agent: %+v", mails)
		}
		_, path, _ := strings.Cut(mails[0].Text, "https://essai.example")
		path, _, _ = strings.Cut(path, "\n")
		v := h.Visitor()
		v.Get(path).Want(200).Says("h1", "Choisir votre mot de passe").Form("Enregistrer ce mot de passe").
			Fill("nouveau", "Marelle-et-corde-9").Fill("confirmation", "Marelle-et-corde-9").Send().
			Form("Ouvrir mon espace").Fill("identifiant", "nadia.ferrand").Fill("mot_de_passe", "Marelle-et-corde-9").Send()
		v.Get("/bureau/profil").Want(200).Says("main", "Régie", "Facture et encaisse")
		v.Get("/bureau/agents").Want(403)
	})
}

func TestChangeAndSuspendAnAgent(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		h := agentHouse(t, tn)
		desk, _ := enter(h, "agent.enfance", "/bureau/profil")
		boss, p := enter(h, "direction", "/bureau/agents")
		p = p.Click("Agent agent.enfance").Want(200)
		if f := p.Form("Enregistrer les changements"); f.Value("role") != "instruction" || f.Value("etendue") != "tous" || f.Value("email") != "agent.enfance@mairie.example" {
			t.Error("the form does not hold the agent")
		}
		p = p.Form("Enregistrer les changements").Fill("nom", "Nadia Ferrand").Tick("role", "animation").Tick("etendue", "certains").Tick("sites", "rostand").Send()
		p = p.Want(200).Says("[role=status]", "enregistrés").Click("Nadia Ferrand")
		if f := p.Form("Enregistrer les changements"); f.Value("role") != "animation" || len(f.Values("sites")) != 1 {
			t.Error("the change is lost")
		}
		p = p.Submit("Suspendre l’accès").Want(200).Says("[role=status]", "Nadia Ferrand n’a plus accès").Says("main", "2 agents actifs", "Suspendu")
		desk.Get("/bureau/profil").WantPath("/connexion")
		p.Click("Nadia Ferrand").Submit("Rétablir l’accès").Says("main", "3 agents actifs")
		boss.Get("/bureau/agents").Click("Nadia Ferrand").Submit("Envoyer un lien de mot de passe").Says("[role=status]", "va recevoir un nouveau lien")
		h.Read(func(tx *db.Tx) error {
			entries, err := audit.List(t.Context(), tx, audit.Filter{Act: "agent."})
			if len(entries) != 3+3 {
				t.Errorf("%d acts on agents in the journal, want 3 made, 1 changed, 1 suspended, 1 restored", len(entries))
			}
			return err
		})
	})
}

func TestTheLastDirectionIsTold(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		_, p := enter(agentHouse(t, tn), "direction", "/bureau/agents")
		p = p.Follow(p.Attr("tbody tr:nth-child(3) a", "href")).Says("h1", "Agent direction").Submit("Suspendre l’accès").Want(200).Says("[role=status]", "dernier compte de direction")
		p.Form("Enregistrer les changements").Tick("role", "regie").Send().Want(422).Says("[role=alert]", "dernier compte de direction")
	})
}

func TestAgentPagesAreTheDirections(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		h := agentHouse(t, tn)
		boss, p := enter(h, "direction", "/bureau/agents")
		address := p.Attr("tbody a", "href")
		boss.Get("/bureau/agents/inconnu").Want(404)
		for login, status := range map[string]int{"animateur": 403, "agent.enfance": 403, "claire.martin": 404} {
			v, _ := enter(h, login, "/")
			for _, path := range []string{"/bureau/agents", "/bureau/agents/nouveau", "/bureau/journal", address} {
				v.Get(path).Want(status)
			}
			for _, path := range []string{"/bureau/agents", address, address + "/suspension", address + "/retablissement", address + "/invitation"} {
				v.Post(path, url.Values{"nom": {"X"}}).Want(status)
			}
		}
		menu := func(login string) string {
			_, p := enter(h, login, "/bureau/profil")
			return p.Text("nav[aria-label=Bureau]")
		}
		if m := menu("animateur"); strings.Contains(m, "Agents") || !strings.Contains(m, "Listes du jour") {
			t.Errorf("the menu of an animator: %s", m)
		}
		if m := menu("direction"); !strings.Contains(m, "Agents") || !strings.Contains(m, "Journal") {
			t.Errorf("the menu of the direction: %s", m)
		}
	})
}

func TestOwnProfileOfAnAgent(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		h := agentHouse(t, tn)
		v, p := enter(h, "animateur", "/bureau/profil")
		p = p.Want(200).Says("main", "Animation", "Cet appareil")
		p.Form("Changer mon mot de passe").Fill("actuel", "x").Send().Want(422)
		p = p.Form("Changer mon mot de passe").Fill("actuel", signintest.Password).Fill("nouveau", "Marelle-et-corde-9").Fill("confirmation", "Marelle-et-corde-9").Send()
		p.Want(200).WantPath("/bureau/profil").Says("[role=status]", "changé")
		enter(h, "animateur", "/bureau/profil")
		v.Get("/bureau/profil").Form("Enregistrer mes choix").Untick("sujet", "desk").Send().Want(200).WantPath("/bureau/profil")
		v.Post("/bureau/profil/deconnexions", url.Values{"appareil": {"autres"}}).Want(200).WantPath("/bureau/profil")
	})
}
