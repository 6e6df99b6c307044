package office_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"strings"
	"testing"

	"preau/internal/db"
	"preau/internal/news"
	"preau/internal/picture"
	"preau/internal/staff"
	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/office"
	"preau/internal/web/public"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
	"preau/internal/worldtest"
)

// publicDesk is the fixture world behind the agents' pages and those of everyone.
func publicDesk(t *testing.T) (*worldtest.World, *signintest.House, func(login string) *webtest.Visitor) {
	t.Helper()
	tn := towntest.New(t, db.SQLite)
	w := worldtest.Chatou(t, tn)
	h := signintest.New(t, tn, func(s *web.Server, d *signin.Door) {
		office.Pages{Door: d}.Routes(s)
		public.Pages{Door: d}.Routes(s)
	})
	return w, h, func(login string) *webtest.Visitor {
		v := h.Visitor()
		v.Get("/connexion").Form("Ouvrir mon espace").Fill("identifiant", login).Fill("mot_de_passe", worldtest.Password).Send()
		return v
	}
}

// photograph is a picture that does not compress: noise.
func photograph(w, h int) []byte {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	r := rand.New(rand.NewPCG(1, 2))
	for i := range m.Pix {
		m.Pix[i] = byte(r.UintN(256))
	}
	for i := 3; i < len(m.Pix); i += 4 {
		m.Pix[i] = 255
	}
	var b bytes.Buffer
	_ = png.Encode(&b, m)
	return b.Bytes()
}

// An agent writes news, sees it as families will, publishes it, changes it, takes an old version up, and withdraws it.
func TestNewsAreWrittenAndPublished(t *testing.T) {
	_, h, enter := publicDesk(t)
	agent, family := enter("agent.enfance"), h.Visitor()
	f := agent.Get("/bureau/actualites").Want(200).Says("main", "Aucune actualité").Click("Écrire une actualité").Want(200).Form("Enregistrer et voir l’aperçu")
	f.Fill("titre", "Le repas de Noël").Fill("texte", "Du **rôti**.").Send().Want(422).Says("main", "Choisissez un thème", "Du **rôti**.")
	p := f.Fill("titre", "Le repas de Noël").Fill("theme", "restauration").Fill("texte", "Du **rôti**.\n\n<script>alert(1)</script>").Attach("image", "photo.png", photograph(1600, 1000)).
		Fill("alternative", "").Send().Want(422).Says("main", "Décrivez l’image")
	p = f.Fill("titre", "Le repas de Noël").Fill("theme", "restauration").Fill("texte", "Du **rôti**.\n\n<script>alert(1)</script>").Attach("image", "photo.png", photograph(1600, 1000)).
		Fill("alternative", "Une table dressée").Send().Want(200).Says("main", "Version 1", "Brouillon", "Du rôti.", "<script>alert(1)</script>").Says("main .prose strong", "rôti")
	if shown := agent.Get(p.Attr("main .article__pic", "src")).Want(200); picture.Type([]byte(shown.Body)) != picture.JPEG || shown.Header.Get("Content-Security-Policy") != "default-src 'none'; sandbox" {
		t.Errorf("the picture: %s", shown.Header)
	}
	if family.Get("/").Has(".news") {
		t.Fatal("a draft is on the first page")
	}
	p = p.Submit("Publier cette version").Want(200).Says("main", "En ligne", "Version 1 publiée")
	thumb := family.Get("/").Want(200).Says(".news", "Le repas de Noël").Attr(".news img", "src")
	if got := family.Get(thumb).Want(200); len(got.Body) > 9<<10 || family.Get("/").Attr(".news img", "alt") != "Une table dressée" {
		t.Errorf("a thumb of %d bytes", len(got.Body))
	}
	f = p.Click("Modifier").Want(200).Form("Enregistrer et voir l’aperçu")
	p = f.Fill("titre", "Le repas de Noël change de jour").Tick("sans_image", "oui").Send().Want(200).Says("main", "Version 2", "Version à publier")
	if p.Has("main .article__pic") {
		t.Error("the picture was not taken away")
	}
	family.Get("/actualites/le-repas-de-noel").Want(200).Says("h1", "Le repas de Noël")
	f.Fill("titre", "Un troisième titre").Fill("texte", "Mon texte à moi").Send().Want(409).Says("main", "Quelqu’un d’autre a enregistré", "Mon texte à moi")
	p.Submit("Publier cette version").Want(200)
	family.Get("/actualites/le-repas-de-noel").Says("h1", "Le repas de Noël change de jour")
	p = p.Click("version 1").Want(200).Submit("Reprendre cette version").Want(200).Says("main", "Version 3")
	if !p.Has("main .article__pic") {
		t.Error("the old version lost its picture")
	}
	p.Form("Retirer").Send().Want(200).WantPath("/bureau/actualites").Says("main", "Retiré")
	family.Get("/actualites/le-repas-de-noel").Want(404)
	enter("direction").Get("/bureau/journal").Says("main", "A retiré une actualité")
}

func TestNewsHaveAWindowAndAPublic(t *testing.T) {
	w, h, enter := publicDesk(t)
	agent := enter("agent.enfance")
	f := agent.Get("/bureau/actualites/nouveau").Form("Enregistrer et voir l’aperçu").Fill("titre", "Étude").Fill("theme", "periscolaire").Fill("texte", "Bientôt.")
	f.Fill("public", w.Activity["ETUDE"]).Fill("debut", "2026-12-10").Fill("debut_heure", "08:00").Fill("fin", "2026-12-09").Send().Want(422).Says("main", "La fin doit venir après le début")
	f.Fill("debut", "").Send().Want(422).Says("main", "Indiquez aussi le jour")
	p := f.Fill("debut", "2026-12-10").Fill("fin", "2026-12-20").Tick("epinglee", "oui").Send().Want(200).Says("main", "Familles inscrites : Étude surveillée", "du jeu. 10 déc. 8 h au dim. 20 déc. 0 h")
	p.Submit("Publier cette version").Says("main", "Programmé").Says(".flash", "quand sa période commencera")
	agent.Get("/bureau/actualites").Says("main table", "Programmé", "à la une", "Familles inscrites")
	h.Visitor().Get("/actualites").Says("main", "Aucune actualité")
	if got := p.Click("Modifier").Form("Enregistrer et voir l’aperçu"); got.Value("debut_heure") != "08:00" || got.Value("public") != w.Activity["ETUDE"] {
		t.Error("the form has forgotten what was written")
	}
}

// What is no document, whatever it calls itself, is refused with a clear word and leaves nothing behind.
func TestDocumentsAreChecked(t *testing.T) {
	w, h, enter := publicDesk(t)
	agent := enter("agent.enfance")
	f := agent.Get("/bureau/documents").Want(200).Click("Ajouter un document").Form("Enregistrer et voir l’aperçu")
	f.Fill("titre", "Demande de prélèvement").Fill("theme", "paiement").Send().Want(422).Says("main", "Choisissez le fichier")
	for name, content := range map[string]string{"page.pdf": "<!doctype html><script>alert(1)</script>", "dessin.png": "<svg onload=alert(1)>", "image.png": "\x89PNG\r\n\x1a\n" + strings.Repeat("x", 40), "tableau.docx": "PK\x03\x04rien"} {
		f.Attach("fichier", name, []byte(content)).Send().Want(422)
		if p := f.Attach("fichier", name, []byte(content)).Send(); !strings.Contains(p.Text("main"), "Ce fichier n’est ni un PDF") && !strings.Contains(p.Text("main"), "Cette image est abîmée") {
			t.Errorf("%s: %s", name, p.Text("main"))
		}
	}
	w.Read(func(tx *db.Tx) error {
		list, err := news.List(t.Context(), tx, news.Download)
		if len(list) != 0 {
			t.Errorf("%d documents are left behind", len(list))
		}
		return err
	})
	p := f.Attach("fichier", "../../formulaire.pdf", []byte("%PDF-1.7 un formulaire")).Send().Want(200).Says("main", "PDF, 22 octets", "Brouillon")
	p.Click("Demande de prélèvement (PDF, 22 octets)").Want(200)
	p.Submit("Publier cette version").Want(200).Says(".flash", "adresse qui ne changera pas").Click("Voir sur le portail").Want(200)
	edit := p.Click("Modifier").Want(200).Says("main", "PDF, 22 octets").Form("Enregistrer et voir l’aperçu")
	edit.Fill("resume", "À signer.").Send().Want(200).Says("main", "À signer.", "PDF, 22 octets").Submit("Publier cette version").Want(200)
	h.Visitor().Get("/documents-a-telecharger").Says("main", "À signer.")
	agent.Get("/bureau/documents/rien").Want(404)
	agent.Get("/bureau/documents/fichiers/rien").Want(404)
	h.Agent("animateur", staff.Animation)
	reader, _ := h.SignIn("animateur")
	reader.Get("/bureau/documents").Want(403)
	enter("claire.martin").Get("/bureau/actualites").Want(404)
}

func TestTheLogo(t *testing.T) {
	w, h, enter := publicDesk(t)
	v := enter("direction")
	m := image.NewNRGBA(image.Rect(0, 0, 800, 200))
	for x := range 800 {
		m.Set(x, x/4, color.NRGBA{R: 20, G: 80, B: 120, A: 255})
	}
	var b bytes.Buffer
	_ = png.Encode(&b, m)
	f := v.Get("/bureau/parametres/identite").Form("Enregistrer le logo")
	f.Send().Want(422).Says("main", "Choisissez une image")
	f.Attach("logo", "logo.svg", []byte("<svg/>")).Send().Want(422).Says("main", "ni une image JPEG ni une image PNG")
	p := f.Attach("logo", "logo.png", b.Bytes()).Send().Want(200).Says(".flash", "Le logo est enregistré")
	logo := p.Attr("main .logo", "src")
	got := h.Visitor().Get(logo).Want(200)
	if shown, _, err := image.DecodeConfig(strings.NewReader(got.Body)); err != nil || shown.Width != 360 || shown.Height != 90 {
		t.Errorf("the logo is %d × %d, %v", shown.Width, shown.Height, err)
	}
	h.Visitor().Get("/logo/rien").Want(404)
	p.Form("Retirer le logo").Send().Want(200).Says(".flash", "Le logo est retiré")
	h.Visitor().Get(logo).Want(404)
	w.Read(func(tx *db.Tx) error {
		profile, err := w.Profile(t.Context(), tx)
		if profile.Logo != "" {
			t.Errorf("%q is left", profile.Logo)
		}
		return err
	})
}

func TestPublicationsInABrowser(t *testing.T) {
	_, h, _ := publicDesk(t)
	for _, view := range []webtest.View{{Width: webtest.Phone}, {Width: webtest.Desk, NoScript: true}, {Width: webtest.Desk}} {
		b := webtest.NewBrowser(t, view)
		b.Open(h.Site.URL("essai.localhost") + "/connexion")
		b.Fill("#f-identifiant", "direction")
		b.Fill("#f-mot_de_passe", worldtest.Password)
		b.Press("Ouvrir mon espace")
		look := func(name string) {
			b.Wide()
			if !view.NoScript {
				b.Axe()
			}
			b.Shot("bureau-" + name)
		}
		b.Open(h.Site.URL("essai.localhost") + "/bureau/actualites/nouveau")
		look("actualite-nouvelle")
		b.Fill("#f-titre", "Le repas de Noël")
		b.Eval(`document.querySelector("#f-theme").value = "restauration"`, nil)
		b.Fill("#f-texte", "## Au menu")
		b.Press("Enregistrer et voir l’aperçu")
		look("actualite-apercu")
		b.Press("Publier cette version")
		look("actualite-publiee")
		b.Open(h.Site.URL("essai.localhost") + "/bureau/actualites")
		look("actualites")
		b.Open(h.Site.URL("essai.localhost") + "/bureau/documents/nouveau")
		look("document-nouveau")
	}
}
