package apikeys_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"preau/internal/db"
	"preau/internal/staff"
	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/apikeys"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
)

const path = "/bureau/parametres/cles-api"

func open(t *testing.T, tn *towntest.Town) (h *signintest.House, agent string, p *webtest.Page) {
	h = signintest.New(t, tn, func(s *web.Server, d *signin.Door) { apikeys.Pages{Door: d}.Routes(s) })
	h.Agent("direction", staff.Direction)
	agent = h.Agent("cantine", staff.Animation).ID
	v := h.Visitor()
	v.Post("/connexion", url.Values{"identifiant": {"direction"}, "mot_de_passe": {signintest.Password}})
	return h, agent, v.Get(path).Want(http.StatusOK)
}

func TestGiveAKeyAndTakeItBack(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		tn.SetClock("2026-12-01T10:00")
		h, agent, p := open(t, tn)
		p.Says("main", "Aucune clé")
		p = p.Submit("Créer la clé").Want(422).Says("[role=alert]", "Nommez le logiciel", "au moins un usage", "l’agent qui en répond")
		form := p.Form("Créer la clé").Fill("nom", "Cuisine centrale").Tick("usages", "counts:read", "payments:read").Fill("agent", agent).Fill("jusqu", "2026-11-30")
		p = form.Send().Want(422).Says("[role=alert]", "Ce jour est passé", "n’a pas le droit").Says("main", "Aucune clé")
		form = p.Form("Créer la clé")
		if form.Value("nom") != "Cuisine centrale" {
			t.Error("what was typed is lost")
		}
		p = form.Untick("usages", "payments:read").Fill("jusqu", "2027-07-31").Send().Want(200)
		secret := p.Text("code")
		if !strings.HasPrefix(secret, "preau_") || len(secret) < 40 {
			t.Errorf("secret %q", secret)
		}
		p.Says("table", "Cuisine centrale", "Agent cantine", "Lire les effectifs", "Valable jusqu’au 31/07/2027", "Jamais")
		for _, c := range []struct{ change, says string }{
			{`role = 'regie'`, "Valable jusqu’au"}, // counts are also of the régie
			{`suspended_at = created_at`, "Sans effet : l’accès de l’agent est suspendu"},
			{`suspended_at = NULL, role = 'animation'`, "Valable jusqu’au"},
		} {
			h.Write(func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), `UPDATE agents SET `+c.change+` WHERE id = $1`, agent)
				return err
			})
			p = p.Follow(path).Want(200).Says("table", c.says)
		}
		regie := h.Agent("regie", staff.Regie).ID
		p = p.Follow(path).Form("Créer la clé").Fill("nom", "Comptabilité").Tick("usages", "counts:read", "payments:read").Fill("agent", regie).Send().Want(200)
		for role, says := range map[staff.Role]string{staff.Animation: "Refusée, l’agent n’en a plus le droit : Lire les encaissements", staff.Regie: "Lire les encaissements"} {
			h.Write(func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), `UPDATE agents SET role = $2 WHERE id = $1`, regie, string(role))
				return err
			})
			if p = p.Follow(path).Want(200).Says("table", says); strings.Contains(p.Text("table"), "Refusée") != (role == staff.Animation) {
				t.Errorf("for an agent of %s: %s", role, p.Text("table"))
			}
		}
		p = p.FormAt("form[action$='/revocation']").Send().Want(200)
		p = p.Submit("Révoquer").Want(200).Says("[role=status]", "révoquée").Says("table", "Révoquée le 01/12/2026")
		if strings.Contains(p.Text("main"), secret) {
			t.Error("the secret is shown again")
		}
	})
}

func TestKeysInABrowser(t *testing.T) {
	h, _, _ := open(t, towntest.New(t, "sqlite"))
	b := webtest.NewBrowser(t, webtest.View{Width: webtest.Phone, NoScript: true})
	b.Open(h.Site.URL(signintest.Host) + "/connexion?suite=" + path)
	b.Fill("[name=identifiant]", "direction")
	b.Fill("[name=mot_de_passe]", signintest.Password)
	b.Press("Ouvrir mon espace")
	b.Wide()
	b.Axe()
}
