package office_test

import (
	"strings"
	"testing"
	"time"

	"preau/internal/audit"
	"preau/internal/db"
	"preau/internal/towntest"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
)

func TestJournalIsPagedAndFiltered(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		h := agentHouse(t, tn)
		for i := range 120 {
			h.Clock.Advance(time.Second)
			h.Write(func(tx *db.Tx) error {
				return audit.Record(t.Context(), tx, audit.Entry{Actor: "system", ActorName: "Préau", Act: "booking.submit", Detail: map[string]int{"rang": i}})
			})
		}
		_, p := enter(h, "direction", "/bureau/journal?acte=booking.")
		p.Want(200).Says("tbody tr:first-child", "rang : 119")
		seen := map[string]bool{}
		for pages := 1; ; pages++ {
			for _, words := range p.Texts("tbody tr") {
				if seen[words] {
					t.Fatalf("%q twice", words)
				}
				seen[words] = true
			}
			if !p.Has("a[rel=next]") {
				if pages != 3 {
					t.Errorf("%d pages, want 3", pages)
				}
				break
			}
			p = p.Click("Suivantes")
		}
		if len(seen) != 120 {
			t.Errorf("%d acts seen, want 120", len(seen))
		}
		p.Click("Précédentes").Says("tbody tr:first-child", "rang : 119")

		p = p.FormAt("main form").Fill("acte", "agent.").Send().Want(200)
		if p.Count("tbody tr") != 3 || strings.Contains(p.Text("main tbody"), "rang") {
			t.Errorf("acts on agents: %s", p.Text("main tbody"))
		}
		p.FormAt("main form").Fill("acte", "closure.").Send().Says("main", "Aucun acte ne correspond")
		_, p = enter(h, "direction", "/bureau/journal?avant=n-importe-quoi&apres=x")
		p.Want(200)
	})
}

// An entry is read in French, by names and not by identifiers; of a change, what changed.
func TestJournalInWords(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		h := agentHouse(t, tn)
		_, p := enter(h, "direction", "/bureau/agents")
		p.Click("Agent agent.enfance").Form("Enregistrer les changements").Fill("service", "Guichet").
			Tick("role", "animation").Tick("etendue", "certains").Tick("sites", "sabinettes").Send().Want(200)
		_, p = enter(h, "direction", "/bureau/journal?acte=agent.edit")
		p.Says("tbody tr:first-child", "Agent direction", "A changé un agent", "Agent agent.enfance", "rôle : Instruction → Animation",
			"service : Service Éducation → Guichet", "établissements : rien → Maternelle Sabinettes")
		if strings.Contains(p.Text("tbody tr:first-child"), "e-mail") {
			t.Error("what did not change is said")
		}
		_, p = enter(h, "direction", "/bureau/journal?acte=guardian.add")
		p.Says("tbody tr:first-child", "A ajouté un responsable", "Martin Claire", "prénom : Claire", "téléphone : ")
		if strings.Contains(p.Text("tbody tr:first-child"), "ID") {
			t.Errorf("identifiers are shown: %s", p.Text("tbody tr:first-child"))
		}
		if _, p = enter(h, "direction", "/bureau/journal?auteur=system"); p.Count("tbody tr") == 0 {
			t.Error("the filter by author finds nothing")
		}
	})
}

func TestOfficeInABrowser(t *testing.T) {
	h := agentHouse(t, towntest.New(t, db.SQLite))
	_, p := enter(h, "direction", "/bureau/agents")
	p.Click("Agent agent.enfance").Submit("Suspendre l’accès")
	for _, view := range []webtest.View{{Width: webtest.Phone}, {Width: webtest.Desk}, {Width: webtest.Desk, Dark: true}} {
		b := webtest.NewBrowser(t, view)
		b.Open(h.Site.URL(signintest.Host) + "/connexion?suite=/bureau/agents")
		b.Fill("[name=identifiant]", "direction")
		b.Fill("[name=mot_de_passe]", signintest.Password)
		b.Press("Ouvrir mon espace")
		for name, path := range map[string]string{
			"agents": "/bureau/agents", "agent-nouveau": "/bureau/agents/nouveau", "agent": p.Attr("tbody a", "href"),
			"journal": "/bureau/journal", "bureau-profil": "/bureau/profil",
		} {
			b.Open(h.Site.URL(signintest.Host) + path)
			b.Wide()
			b.Axe()
			b.Shot(name)
		}
		b.Open(h.Site.URL(signintest.Host) + "/bureau/agents/nouveau")
		b.Press("Ajouter et envoyer le lien")
		b.Axe()
		b.Shot("agent-erreur")
	}
}
