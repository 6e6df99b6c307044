package absence_test

import (
	"os"
	"path/filepath"
	"testing"

	"preau/internal/webtest"
	"preau/internal/worldtest"
)

// An absence is justified from a phone without script, with a photo.
func TestJustifyInABrowser(t *testing.T) {
	page := filepath.Join(t.TempDir(), "certificat.jpg")
	if err := os.WriteFile(page, photo(t), 0o600); err != nil {
		t.Fatal(err)
	}
	w, h := open(t)
	b := webtest.NewBrowser(t, webtest.View{Width: webtest.Phone, NoScript: true})
	look := func(shot string) {
		t.Helper()
		b.Shot(shot)
		b.Wide()
		b.Axe()
	}
	b.Open(h.Site.URL("essai.localhost") + "/connexion?suite=/espace/absences")
	b.Fill("[name=identifiant]", "claire.martin")
	b.Fill("[name=mot_de_passe]", worldtest.Password)
	b.Press("Ouvrir mon espace")
	look("absences")
	b.Open(h.Site.URL("essai.localhost") + "/espace/absences/justificatif?enfant=" + w.Leo.ID)
	look("justifier")
	b.Choose("#f-fichier", page)
	b.Press("Envoyer le justificatif")
	b.Until(".facts")
	look("justificatif")
}
