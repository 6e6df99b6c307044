package family_test

import (
	"testing"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/family"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
	"preau/internal/worldtest"
)

// lively gives the family of the world something to see on every page: bookings, a closure, a waiting list, an instruction, offers.
func lively(t *testing.T, w *worldtest.World) {
	t.Helper()
	busy(t, w)
	w.Write(func(tx *db.Tx) error { w.SetPlaces(tx, "MERCREDI", "LOISIRS", "APREM", 1); return nil })
	edit(t, w, "ETUDE", func(a *activity.Activity) { a.Instruction = true })
	w.SetClock("2026-11-25T09:00")
	book(t, w, w.Claire, "antoine/ETUDE", "ETUDE", "2026-12-04", "2026-12-11")
	book(t, w, w.Karim, "leo/MERCREDI", "APREM", "2026-12-16")
	book(t, w, w.Claire, "antoine/MERCREDI", "APREM", "2026-12-16", "2026-12-09")
	book(t, w, w.Claire, "leo/MERCREDI", "APREM", "2026-12-09")
	w.SetClock("2026-11-29T18:00")
	change(t, w, w.Karim, false, "leo/MERCREDI", "APREM", "2026-12-16")
	change(t, w, w.Claire, false, "antoine/CANTINE", "REPAS", "2026-12-10")
	w.Write(func(tx *db.Tx) error {
		k, err := booking.Close(t.Context(), tx, w.Direction, activity.Closure{From: civil.MustParse("2026-12-03"), To: civil.MustParse("2026-12-03"), Reason: "Grève"})
		if err != nil {
			return err
		}
		_, err = booking.SettleSlice(t.Context(), tx, booking.ClosurePayload{ClosureID: k.ID}, w.Loc)
		return err
	})
	w.SetClock("2026-11-30T10:04")
}

// The pages around the calendar in a real browser: phone and desk, light and dark, with and without script.
func TestTheFamilysPagesInABrowser(t *testing.T) {
	for name, view := range map[string]webtest.View{
		"phone":           {Width: webtest.Phone},
		"desk":            {Width: webtest.Desk},
		"phone-no-script": {Width: webtest.Phone, NoScript: true},
		"desk-dark":       {Width: webtest.Desk, Dark: true},
		"narrow":          {Width: 320},
	} {
		t.Run(name, func(t *testing.T) {
			tn := towntest.New(t, "sqlite")
			w := worldtest.Chatou(t, tn)
			h := signintest.New(t, tn, func(s *web.Server, d *signin.Door) { family.Pages{Door: d}.Routes(s) })
			lively(t, w)
			b := webtest.NewBrowser(t, view)
			b.Open(h.Site.URL(signintest.Host) + "/connexion?suite=/espace")
			b.Fill("[name=identifiant]", "claire.martin")
			b.Fill("[name=mot_de_passe]", worldtest.Password)
			b.Press("Ouvrir mon espace")
			look := func(shot, path string) {
				t.Helper()
				b.Open(h.Site.URL(signintest.Host) + path)
				b.Shot(shot + "-" + name)
				b.Wide()
				b.Axe()
			}
			look("accueil", "/espace")
			look("planning-semaine", "/espace/planning")
			b.Press("Créer mon lien d’agenda")
			look("planning-mois", "/espace/planning?mois=2026-12")
			look("planning-vide", "/espace/planning?mois=2027-05")
			look("propositions", "/espace/propositions")
			b.Press("Accepter la place")
			b.Shot("propositions-acceptee-" + name)
			b.Axe()
			look("historique", "/espace/historique")
		})
	}
}
