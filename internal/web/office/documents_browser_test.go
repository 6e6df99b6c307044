package office_test

import (
	"testing"

	"preau/internal/webtest"
	"preau/internal/worldtest"
)

// The check of documents in a real browser, at a counter and on a phone.
func TestPapersInABrowser(t *testing.T) {
	for name, view := range map[string]webtest.View{"phone": {Width: webtest.Phone}, "desk": {Width: webtest.Desk}, "no-script": {Width: webtest.Desk, NoScript: true}} {
		t.Run(name, func(t *testing.T) {
			w, h, _ := chatouDesk(t)
			kind := vaccination(t, w)
			first := sentIn(t, w, kind, true)
			sentIn(t, w, kind, true)
			b := webtest.NewBrowser(t, view)
			look := func(shot string) {
				t.Helper()
				b.Shot("bureau-" + shot + "-" + name)
				b.Wide()
				b.Axe()
			}
			b.Open(h.Site.URL("essai.localhost") + "/connexion?suite=/bureau/justificatifs")
			b.Fill("[name=identifiant]", "direction")
			b.Fill("[name=mot_de_passe]", worldtest.Password)
			b.Press("Ouvrir mon espace")
			look("justificatifs")
			b.Open(h.Site.URL("essai.localhost") + "/bureau/justificatifs/" + first.ID)
			look("justificatif")
			b.Press("Refuser")
			look("justificatif-refus")
			b.Press("Accepter")
			look("justificatif-suivant")
			b.Open(h.Site.URL("essai.localhost") + "/bureau/parametres/documents")
			look("types")
			b.Open(h.Site.URL("essai.localhost") + "/bureau/parametres/documents/" + kind)
			look("type")
		})
	}
}
