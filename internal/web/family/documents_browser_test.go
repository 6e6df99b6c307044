package family_test

import (
	"os"
	"path/filepath"
	"testing"

	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/webtest"
	"preau/internal/worldtest"
)

// The vault in a real browser: on a phone and at a desk, with and without script.
func TestDocumentsInABrowser(t *testing.T) {
	page := filepath.Join(t.TempDir(), "attestation de Léo.jpg")
	if err := os.WriteFile(page, photo(t, 600, 800), 0o600); err != nil {
		t.Fatal(err)
	}
	wrong := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(wrong, []byte("bonjour"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, view := range map[string]webtest.View{
		"phone":           {Width: webtest.Phone},
		"desk":            {Width: webtest.Desk},
		"phone-no-script": {Width: webtest.Phone, NoScript: true},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVault(t, db.SQLite)
			b := webtest.NewBrowser(t, view)
			look := func(shot string) {
				t.Helper()
				b.Shot(shot + "-" + name)
				b.Wide()
				b.Axe()
			}
			b.Open(v.House.Site.URL("essai.localhost") + "/connexion?suite=/espace/documents")
			b.Fill("[name=identifiant]", "claire.martin")
			b.Fill("[name=mot_de_passe]", worldtest.Password)
			b.Press("Ouvrir mon espace")
			look("documents-vide")
			b.Open(v.House.Site.URL("essai.localhost") + "/espace/documents/nouveau?type=" + v.insurance + ":" + v.Leo.ID)
			look("depot")
			b.Choose("#f-fichier", wrong)
			b.Click("form[data-upload] .btn--main")
			b.Until("[role=alert]")
			look("depot-refuse")
			b.Choose("#f-fichier", page)
			b.Click("form[data-upload] .btn--main")
			b.Until(".sheets")
			look("document")
			v.World.Write(func(tx *db.Tx) error {
				list, err := document.List(t.Context(), tx, v.Claire)
				if err != nil {
					return err
				}
				return document.Decide(t.Context(), tx, v.Instructor, list[0].ID, document.Decision{Seen: document.ToCheck, Reason: "La signature manque."}, v.World.Loc)
			})
			b.Open(v.House.Site.URL("essai.localhost") + "/espace/documents")
			look("documents")
			b.Open(v.House.Site.URL("essai.localhost") + "/espace")
			look("accueil-documents")
		})
	}
}
