package family_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/jpeg"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"preau/internal/clamd/clamdtest"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/picture"
	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/family"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
	"preau/internal/work"
	"preau/internal/worldtest"
)

// vault is the world with documents asked, and a house to visit.
type vault struct {
	*worldtest.World
	*signintest.House
	tax, insurance string
	t              testing.TB
}

func newVault(t testing.TB, engine string) *vault {
	tn := towntest.New(t, engine)
	v := &vault{World: worldtest.Chatou(t, tn), t: t}
	v.House = signintest.New(t, tn, func(s *web.Server, d *signin.Door) { family.Pages{Door: d}.Routes(s) })
	v.tax = v.kind(document.Type{Name: "Avis d’impôt", Help: "Toutes les pages.", Subject: document.OfHousehold, Asked: document.OfEveryone, Validity: document.ForMonths, Months: 12, KeepMonths: 12})
	v.insurance = v.kind(document.Type{Name: "Assurance scolaire", Subject: document.OfChild, Asked: document.OfEnrolled, Activities: []string{v.Activity["CANTINE"]},
		Blocking: true, Validity: document.SchoolYear, KeepMonths: 3, Position: 1})
	return v
}

func (v *vault) kind(k document.Type) (id string) {
	v.World.Write(func(tx *db.Tx) (err error) {
		id, err = document.SaveType(v.t.Context(), tx, v.Direction, k)
		return err
	})
	return id
}

func (v *vault) enter(login string) *webtest.Visitor {
	visitor := v.Visitor()
	visitor.Get("/connexion").Form("Ouvrir mon espace").Fill("identifiant", login).Fill("mot_de_passe", worldtest.Password).Send()
	return visitor
}

// files is the content of the town's folder.
func (v *vault) files() (list [][]byte) {
	v.t.Helper()
	err := filepath.WalkDir(v.World.Disk.Folder, func(path string, e fs.DirEntry, err error) error {
		if os.IsNotExist(err) || err == nil && e.IsDir() {
			return nil
		}
		if err != nil {
			return err
		}
		b, err := os.ReadFile(path)
		list = append(list, b)
		return err
	})
	if err != nil {
		v.t.Fatal(err)
	}
	return list
}

// rows counts what the tables of the vault hold.
func (v *vault) rows() (n int64) {
	v.t.Helper()
	v.World.Read(func(tx *db.Tx) error {
		return tx.QueryRow(v.t.Context(), "SELECT (SELECT count(*) FROM documents) + (SELECT count(*) FROM document_parts) + (SELECT count(*) FROM files)").Scan(&n)
	})
	return n
}

func (v *vault) work() {
	v.t.Helper()
	w := work.Worker(v.World.Town.Town)
	w.Periodic = nil
	if _, err := w.RunDue(v.t.Context()); err != nil {
		v.t.Fatal(err)
	}
}

// photo is a JPEG of a size.
func photo(t testing.TB, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, w, h)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sheet is a PDF of one page, with more objects.
func sheet(more ...string) []byte {
	b := "%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n3 0 obj\n<< /Type /Page /Parent 2 0 R >>\nendobj\n"
	for i, o := range more {
		b += fmt.Sprintf("%d 0 obj\n%s\nendobj\n", i+4, o)
	}
	return []byte(b + "trailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF\n")
}

// Show 5: what is hostile is refused with a clear word, and leaves nothing behind, neither row nor file.
func TestHostileUploads(t *testing.T) {
	for _, engine := range towntest.Engines {
		t.Run(engine, func(t *testing.T) {
			v := newVault(t, engine)
			claire := v.enter("claire.martin")
			huge := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x01\x86\xa0\x00\x01\x86\xa0\x08\x02\x00\x00\x00")
			huge = binary.BigEndian.AppendUint32(huge, crc32.ChecksumIEEE(huge[12:]))
			var bomb bytes.Buffer
			z := zip.NewWriter(&bomb)
			if w, err := z.Create("zéros"); err != nil || z.Close() != nil || w == nil {
				t.Fatal(err)
			}
			for _, tt := range []struct {
				what, name string
				content    []byte
				says       string
			}{
				{"HTML as .jpg", "photo.jpg", []byte("<!doctype html><script>alert(1)</script>"), "n’est ni un PDF, ni une image JPEG ou PNG"},
				{"SVG with a script", "dessin.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), "n’est ni un PDF"},
				{"a page before the PDF", "avis.pdf", append([]byte("<html><script>x</script>"), sheet()...), "n’est ni un PDF"},
				{"an archive behind the PDF", "avis.pdf", append(sheet(), bomb.Bytes()...), "ne peut pas être vérifiée"},
				{"PDF with a program", "avis.pdf", sheet("<< /S /JavaScript /JS (app.alert(1)) >>"), "éléments actifs"},
				{"PDF that launches", "avis.pdf", sheet("<< /S /Launch /F (cmd.exe) >>"), "éléments actifs"},
				{"PDF with a file in it", "avis.pdf", sheet("<< /Type /EmbeddedFile >>"), "éléments actifs"},
				{"PDF behind a password", "avis.pdf", sheet("<< /Encrypt 5 0 R >>"), "mot de passe"},
				{"100 000 pixels", "grand.png", huge, "trop de pixels"},
				{"ZIP bomb", "archive.pdf", bomb.Bytes(), "n’est ni un PDF"},
				{"truncated photo", "photo.jpg", photo(t, 400, 300)[:400], "endommagé ou incomplet"},
				{"truncated PDF", "avis.pdf", sheet()[:100], "endommagé ou incomplet"},
				{"empty", "vide.pdf", nil, "est vide"},
				{"HEIC", "IMG_0001.HEIC", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), "HEIC"},
				{"11 MB", "gros.pdf", bytes.Repeat([]byte{'%'}, 11<<20), "dépasse 10 Mo"},
			} {
				p := claire.Get("/espace/documents/nouveau").Want(200)
				p = p.Form("Déposer le document").Fill("type", v.tax).Tick("transmettre", "oui").Attach("fichier", tt.name, tt.content).Send().Want(422)
				p.Says("main", tt.says, tt.name[:3])
				if p.Form("Déposer le document").Value("type") != v.tax {
					t.Errorf("%s: what was answered is lost", tt.what)
				}
				if rows, files := v.rows(), v.files(); rows != 0 || len(files) != 0 {
					t.Fatalf("%s leaves %d rows and %d files", tt.what, rows, len(files))
				}
			}
			good := claire.Get("/espace/documents/nouveau").Form("Déposer le document").Fill("type", v.tax).Tick("transmettre", "non")
			good.Attach("fichier", "bonne page.jpg", photo(t, 40, 30)).Also("fichier", "page.jpg", []byte("<script>")).Send().Want(422).Says("main", "page.jpg")
			if rows, files := v.rows(), v.files(); rows != 0 || len(files) != 0 {
				t.Errorf("one good page and a bad one leave %d rows and %d files", rows, len(files))
			}
		})
	}
}

// A path in the name of a file is only a name, and EICAR is stopped by the antivirus, which takes the file away.
func TestNamesAndViruses(t *testing.T) {
	v := newVault(t, db.SQLite)
	v.World.Scanner = clamdtest.Start(t).Client
	claire := v.enter("claire.martin")
	form := func() *webtest.Form {
		return claire.Get("/espace/documents/nouveau").Form("Déposer le document").Fill("type", v.tax).Tick("transmettre", "oui")
	}
	p := form().Attach("fichier", `../../../etc/cron.d/x"; rm.pdf`, sheet()).Send().Want(200)
	p.Says("main", "En cours d’analyse")
	if strings.Contains(p.Body, "etc") {
		t.Error("the path shows")
	}
	claire.Get(p.URL.Path + "/pages/1").Want(404)
	v.work()
	claire.Get(p.URL.Path).Says("main", "À vérifier")
	answer := claire.Get(p.URL.Path + "/pages/1").Want(200)
	if got := answer.Header.Get("Content-Disposition"); strings.ContainsAny(got, "/\\\n") || !strings.HasPrefix(got, "attachment") {
		t.Errorf("given as %q", got)
	}
	before := v.rows()
	p = form().Attach("fichier", "avis.pdf", sheet("("+string(clamdtest.Eicar)+")")).Send().Want(200).Says("main", "En cours d’analyse")
	v.work()
	v.work()
	claire.Get(p.URL.Path).Says("main", "Refusé", "L’antivirus a trouvé un programme dangereux")
	if len(v.files()) != 1 || v.rows() != before+1 {
		t.Errorf("%d files, %d rows after %d", len(v.files()), v.rows(), before)
	}
}

// From the list of what is asked to the document on the shelf, without a script: private, then sent, replaced, deleted.
func TestAFamilyAndItsDocuments(t *testing.T) {
	for _, engine := range towntest.Engines {
		t.Run(engine, func(t *testing.T) {
			v := newVault(t, engine)
			claire := v.enter("claire.martin")
			claire.Get("/espace").Says("main", "Assurance scolaire de Léo", "Avis d’impôt")
			p := claire.Get("/espace/documents").Want(200).Says("main", "Assurance scolaire d’Antoine", "Assurance scolaire de Léo", "Avis d’impôt", "Vous n’avez encore déposé aucun document")
			form := claire.Get("/espace/documents/nouveau?type=" + v.insurance + ":" + v.Leo.ID).Want(200).Form("Déposer le document")
			form.Send().Want(422).Says("main", "Choisissez au moins un fichier")
			form.Attach("fichier", "IMG_1.jpg", photo(t, 300, 200)).Also("fichier", "IMG_2.jpg", photo(t, 200, 300)).Also("fichier", "suite.pdf", sheet())
			p = form.Send().Want(200).Says("main", "Assurance scolaire", "À vérifier", "3 fichiers", "Aucun agent ne l’a encore ouvert")
			again := form.Send().Want(200)
			if again.URL.Path != p.URL.Path || v.rows() != 7 {
				t.Errorf("sent twice: %s, then %s, %d rows", p.URL.Path, again.URL.Path, v.rows())
			}
			page := claire.Get(p.URL.Path + "/pages/1").Want(200)
			if page.Header.Get("Content-Type") != "image/jpeg" || !strings.Contains(page.Header.Get("Content-Security-Policy"), "sandbox") || page.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("a page is served with %v", page.Header)
			}
			claire.Get(p.URL.Path + "/pages/9").Want(404)
			claire.Get("/espace/documents").Says("main", "Assurance scolaire d’Antoine", "À vérifier")
			tax := claire.Get("/espace/documents/nouveau").Form("Déposer le document").Fill("type", v.tax).Tick("transmettre", "non").Attach("fichier", "avis.pdf", sheet()).Send().
				Want(200).Says("main", "Privé", "Vous seul le voyez")
			archive := claire.Get("/espace/documents/tout").Want(200)
			z, err := zip.NewReader(strings.NewReader(archive.Body), int64(len(archive.Body)))
			if err != nil || len(z.File) != 4 || !slices.ContainsFunc(z.File, func(f *zip.File) bool { return strings.Contains(f.Name, "Assurance scolaire - Léo - IMG_1.jpg") }) {
				t.Errorf("the archive: %v, %d files", err, len(z.File))
			}
			for _, kept := range v.files() {
				if bytes.Contains(kept, []byte("/Type /Page")) || picture.Type(kept) != "" {
					t.Error("a file on the disk can be read without the key")
				}
			}
			tax.Form("Transmettre au service").Send().Want(200).Says("main", "À vérifier", "Document transmis")
			tax = claire.Get("/espace/documents/nouveau?remplace="+filepath.Base(tax.URL.Path)).Form("Déposer le document").Tick("transmettre", "oui").
				Attach("fichier", "avis 2.pdf", sheet()).Send().Want(200)
			claire.Get("/espace/documents").Says("main", "Documents remplacés (1)")
			tax.Form("Supprimer définitivement").Send().Want(200).WantPath("/espace/documents").Says("[role=status]", "Document supprimé")
			v.work()
			if n := len(v.files()); n != 4 {
				t.Errorf("%d files on the disk, want 4", n)
			}
		})
	}
}

// Another household, its other parent, an agent and a stranger do not see a family's document.
func TestDocumentsOfOthers(t *testing.T) {
	v := newVault(t, db.SQLite)
	form := v.enter("claire.martin").Get("/espace/documents/nouveau?type=" + v.insurance + ":" + v.Leo.ID).Form("Déposer le document")
	p := form.Attach("fichier", "attestation.pdf", sheet()).Send().Want(200)
	karim := v.enter("karim.benali")
	for _, path := range []string{p.URL.Path, p.URL.Path + "/pages/1", "/espace/documents/nouveau?remplace=" + filepath.Base(p.URL.Path), "/espace/documents/tout"} {
		karim.Get(path).Want(404)
	}
	for _, act := range []string{"/transmission", "/suppression"} {
		karim.Post(p.URL.Path+act, nil).Want(404)
	}
	if body := karim.Get("/espace/documents").Body; strings.Contains(body, "attestation") || strings.Contains(body, filepath.Base(p.URL.Path)) {
		t.Error("Karim sees Claire's document of their child")
	}
	v.Visitor().Get(p.URL.Path + "/pages/1").WantPath("/connexion")
	if status := v.Visitor().Post("/espace/documents", nil).Status; status == http.StatusOK && v.rows() != 3 {
		t.Errorf("a stranger deposits: %d", status)
	}
}

// Who changes address deposits the proof on the way, and comes back to the form with it to choose; no other page is gone to.
func TestAProofIsDepositedOnTheWay(t *testing.T) {
	v := newVault(t, db.SQLite)
	claire := v.enter("claire.martin")
	link := claire.Get("/espace/foyer/adresse").Want(200).Attr("main a[href*=nouveau]", "href")
	form := func(path string) *webtest.Form {
		return claire.Get(path).Want(200).Form("Déposer le document").Fill("type", v.tax).Tick("transmettre", "oui")
	}
	p := form(link).Send().Want(422)
	p = p.Form("Déposer le document").Attach("fichier", "avis.jpg", photo(t, 300, 400)).Send().Want(200)
	if p.URL.Path != "/espace/foyer/adresse" {
		t.Errorf("back on %s", p.URL.Path)
	}
	p.Says("[role=status]", "Votre document est déposé", "Choisissez-le comme justificatif").Says("select[name=justificatif]", "Avis d’impôt")
	for _, elsewhere := range []string{"https://ailleurs.example/espace/foyer", "//ailleurs.example/espace/foyer", "/deconnexion", "/espace/foyer/../../bureau"} {
		p := form("/espace/documents/nouveau?retour="+url.QueryEscape(elsewhere)).Attach("fichier", "avis.jpg", photo(t, 300, 400)).Send().Want(200)
		if !strings.HasPrefix(p.URL.Path, "/espace/documents/") {
			t.Errorf("%s leads to %s", elsewhere, p.URL)
		}
	}
}
