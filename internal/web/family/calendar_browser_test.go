package family_test

import (
	"testing"

	"preau/internal/db"
	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/family"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
	"preau/internal/worldtest"
)

// The leaflet's calendar path in a real browser: phone and desk, with and without script.
func TestTheCalendarInABrowser(t *testing.T) {
	for name, view := range map[string]webtest.View{
		"phone":           {Width: webtest.Phone},
		"desk":            {Width: webtest.Desk},
		"phone-no-script": {Width: webtest.Phone, NoScript: true},
		"desk-dark":       {Width: webtest.Desk, Dark: true},
	} {
		t.Run(name, func(t *testing.T) {
			tn := towntest.New(t, "sqlite")
			w := worldtest.Chatou(t, tn)
			h := signintest.New(t, tn, func(s *web.Server, d *signin.Door) { family.Pages{Door: d}.Routes(s) })
			w.SetClock("2026-12-01T10:00")
			w.Write(func(tx *db.Tx) error { w.SetPlaces(tx, "MERCREDI", "LOISIRS", "APREM", 1); return nil })
			path := "/espace/reservations/" + w.Enrolment["antoine/CANTINE"]
			b := webtest.NewBrowser(t, view)
			b.Open(h.Site.URL(signintest.Host) + "/connexion?suite=" + path)
			b.Fill("[name=identifiant]", "claire.martin")
			b.Fill("[name=mot_de_passe]", worldtest.Password)
			b.Press("Ouvrir mon espace")
			b.Open(h.Site.URL(signintest.Host) + path)
			b.Axe()
			b.Shot("calendrier-" + name)
			b.Click(`input[value="2026-12-14:REPAS"]`)
			b.Click(`input[value="2026-12-15:REPAS"]`)
			if !view.NoScript {
				if got := b.Text(".sum strong"); got != "2 ajouts · environ 6,80 € de plus en décembre" {
					t.Errorf("the bar says %q", got)
				}
			}
			b.Shot("calendrier-coche-" + name)
			b.Press("Voir le récapitulatif")
			b.Axe()
			b.Shot("recapitulatif-" + name)
			b.Press("Réserver 2 repas")
			b.Axe()
			b.Shot("calendrier-enregistre-" + name)
			if view.NoScript {
				b.Press("Tout décocher")
			} else {
				b.Click("[data-tick='0']")
			}
			b.Press("Voir le récapitulatif")
			b.Shot("recapitulatif-retrait-" + name)
			b.Open(h.Site.URL(signintest.Host) + "/espace/reservations/" + w.Enrolment["antoine/VACANCES"] + "?mois=2026-12")
			b.Axe()
			b.Shot("vacances-" + name)
			b.Wide()
		})
	}
}
