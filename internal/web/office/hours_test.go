package office_test

import (
	"net/url"
	"testing"

	"preau/internal/db"
	"preau/internal/notify"
	"preau/internal/towntest"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
)

func TestHoursOfTheMails(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		h := agentHouse(t, tn)
		v, p := enter(h, "direction", "/bureau/parametres")
		p = p.Click("E-mails envoyés à heure fixe").Want(200)
		form := p.Form("Enregistrer les heures")
		if form.Value("heure_rappel") != "18" || form.Value("rappel") == "" {
			t.Error("what holds before it is settled is not shown")
		}
		form.Fill("heure_rappel", "19").Untick("semaine", "oui").Send().Want(200).Says("[role=status]", "enregistrées")
		v.Post("/bureau/parametres/courriels", url.Values{"heure_rappel": {"24"}, "heure_semaine": {"x"}}).Want(422).Says("[role=alert]", "0")
		h.Read(func(tx *db.Tx) error {
			got, err := notify.HoursOf(t.Context(), tx)
			if want := (notify.Hours{Remind: true, RemindAt: 19, DigestAt: 18}); got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
			return err
		})
		_, p = enter(h, "agent.enfance", "/bureau/parametres/courriels")
		p.Want(403)
	})
}

func TestHoursInABrowser(t *testing.T) {
	h := agentHouse(t, towntest.New(t, "sqlite"))
	for _, view := range []webtest.View{{Width: webtest.Phone}, {Width: webtest.Desk, NoScript: true}} {
		b := webtest.NewBrowser(t, view)
		b.Open(h.Site.URL(signintest.Host) + "/connexion?suite=/bureau/parametres/courriels")
		b.Fill("[name=identifiant]", "direction")
		b.Fill("[name=mot_de_passe]", signintest.Password)
		b.Press("Ouvrir mon espace")
		b.Shot("courriels")
		b.Wide()
		b.Axe()
	}
}
