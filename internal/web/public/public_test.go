package public_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"net/url"
	"strings"
	"testing"

	"preau/internal/blob"
	"preau/internal/db"
	"preau/internal/news"
	"preau/internal/staff"
	"preau/internal/town"
	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/public"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
	"preau/internal/worldtest"
)

// site is the fixture world behind the public pages.
type site struct {
	*worldtest.World
	house *signintest.House
	t     *testing.T
}

func open(t *testing.T, tn *towntest.Town) *site {
	t.Helper()
	s := &site{World: worldtest.Chatou(t, tn), t: t}
	s.house = signintest.New(t, tn, func(server *web.Server, d *signin.Door) { public.Pages{Door: d}.Routes(server) })
	s.Write(func(tx *db.Tx) error {
		for _, service := range []town.Service{
			{Title: "Service Éducation", Address: "1 place de la Mairie\n78400 Essai", Phone: "01 99 00 46 62", Email: "scolaire@essai.example", Hours: "du lundi au vendredi\nfermé le jeudi"},
			{Title: "Service Petite enfance", Phone: "01 99 00 49 98", Email: "petite-enfance@essai.example"},
		} {
			if _, err := tn.SaveService(t.Context(), tx, service); err != nil {
				return err
			}
		}
		return nil
	})
	return s
}

func (s *site) visitor() *webtest.Visitor { return s.house.Visitor() }

func (s *site) signIn(login string) *webtest.Visitor {
	v := s.visitor()
	v.Post("/connexion", url.Values{"identifiant": {login}, "mot_de_passe": {worldtest.Password}})
	return v
}

// publish writes and publishes something.
func (s *site) publish(e news.Edit) (id string) {
	s.t.Helper()
	s.Write(func(tx *db.Tx) (err error) {
		if e.Kind == "" {
			e.Kind = news.News
		}
		if e.Body == "" && e.Kind == news.News {
			e.Body = "Le texte."
		}
		if id, err = news.Save(s.t.Context(), tx, staff.Agent{}, e); err != nil {
			return err
		}
		return news.Publish(s.t.Context(), tx, staff.Agent{}, e.Kind, id, 1)
	})
	return id
}

// store keeps a file and gives its id.
func (s *site) store(content []byte) string {
	s.t.Helper()
	file, err := s.Files.Put(s.t.Context(), bytes.NewReader(content), 1<<20)
	if err != nil {
		s.t.Fatal(err)
	}
	s.Write(func(tx *db.Tx) error { return blob.Record(s.t.Context(), tx, file) })
	return file.ID
}

func drawn() []byte {
	m := image.NewNRGBA(image.Rect(0, 0, 40, 20))
	for i := range 40 {
		m.Set(i, i/2, color.NRGBA{R: 200, A: 255})
	}
	var b bytes.Buffer
	_ = png.Encode(&b, m)
	return b.Bytes()
}

func about(title string, theme news.Theme) news.Edit {
	return news.Edit{Content: news.Content{Title: title, Theme: theme}}
}

func TestFirstPage(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		s := open(t, tn)
		s.publish(about("Le repas de Noël", news.Lunch))
		v := s.visitor()
		p := v.Get("/").Want(200).Says("h1", "tout se réserve ici").Says("#activites", "Restauration scolaire", "Lundi, mardi, jeudi et vendredi, jours de classe.",
			"De 1,00 € à 4,60 € selon le quotient familial.", "Se change jusqu’à 7 jours avant", "Du lundi au vendredi pendant les vacances").
			Says(".news", "Le repas de Noël", "Le texte.", "1 décembre 2026"[2:])
		if p.Count("#activites li") != 7 || p.Count("h1") != 1 || !p.Has("form[role=search]") {
			t.Errorf("%d offers, %d titles", p.Count("#activites li"), p.Count("h1"))
		}
		if strings.Contains(p.Body, "Créer mon espace") {
			t.Error("the page leads to a sign-up that is not there")
		}
		p.Form("Ouvrir mon espace").Fill("identifiant", "claire.martin").Fill("mot_de_passe", "x").Send().Want(422).WantPath("/connexion")
		if s.signIn("claire.martin").Get("/").Says("main", "Bonjour Claire Martin", "Ouvrir mon espace").Has("[name=identifiant]") {
			t.Error("who is signed in is asked to sign in")
		}
		s.signIn("direction").Get("/").Says("main", "Ouvrir le bureau")
		v.Get("/inconnu").Want(404)
	})
}

// The dates of the first page come from the settings: closures, openings, first deadlines of holidays.
func TestComingDates(t *testing.T) {
	s := open(t, towntest.New(t, db.SQLite))
	p := s.visitor().Get("/").Want(200)
	p.Says(".due", "lun. 7 déc.", "23 h 59", "Accueil de loisirs des vacances", "Dernier moment pour réserver la journée du lundi 21 décembre 2026")
}

func TestContact(t *testing.T) {
	s := open(t, towntest.New(t, db.SQLite))
	p := s.visitor().Get("/").Click("Contact").Want(200).Says("main", "Service Éducation", "01 99 00 46 62", "fermé le jeudi", "petite-enfance@essai.example")
	if p.Attr("main a[href^='tel:']", "href") != "tel:+33199004662" {
		t.Errorf("telephone %q", p.Attr("main a[href^='tel:']", "href"))
	}
}

// The pages as a designer and a screen reader meet them, with script and without.
func TestPublicPagesInABrowser(t *testing.T) {
	s := open(t, towntest.New(t, db.SQLite))
	picture := s.store(drawn())
	first := about("Le repas de Noël, jeudi 17 décembre", news.Lunch)
	first.Pinned, first.Summary, first.PictureID, first.ThumbID, first.PictureAlt = true, "Les cuisines préparent 1 240 repas.", picture, picture, "Une assiette, une fourchette et un couteau"
	first.Body = "Jeudi, **repas de fête**.\n\n## Au menu\n\n- une clémentine\n- un [rôti](/activites/cantine)\n\n> Sans supplément."
	s.publish(first)
	s.publish(about("Vacances de Noël : le programme", news.Leisure))
	s.publish(news.Edit{Kind: news.Download, Content: news.Content{Title: "Demande de prélèvement", Summary: "À remplir et à renvoyer.", Theme: news.Payment, FileID: s.store([]byte("%PDF-1.7")), Format: news.PDF}})
	for _, view := range []webtest.View{{Width: webtest.Phone}, {Width: webtest.Desk}, {Width: webtest.Desk, Dark: true}, {Width: webtest.Phone, NoScript: true}} {
		b := webtest.NewBrowser(t, view)
		for name, path := range map[string]string{
			"accueil": "/", "contact": "/contact", "connexion": "/connexion?suite=/espace/planning", "mot-de-passe": "/mot-de-passe", "lien": "/mot-de-passe/perdu",
			"actualites": "/actualites", "actualite": "/actualites/le-repas-de-noel-jeudi-17-decembre", "activites": "/activites", "activite": "/activites/vacances",
			"cantine": "/activites/cantine", "documents": "/documents-a-telecharger", "preferences": "/preferences", "recherche": "/recherche?q=noel", "rien": "/recherche?q=zzz",
			"accessibilite": "/accessibilite", "donnees": "/donnees-personnelles", "mentions": "/mentions-legales",
		} {
			if (view.Dark || view.NoScript) && path != "/" && path != "/activites/vacances" {
				continue // colours and layout are the same components
			}
			b.Open(s.house.Site.URL(signintest.Host) + path)
			b.Wide()
			if !view.NoScript {
				b.Axe()
			}
			b.Shot(name)
		}
	}
}

// An address that holds bytes no text has is that of no page, whatever the database makes of them.
func TestAnAddressThatIsNoText(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		s := open(t, tn)
		for _, path := range []string{"/actualites/a%00b", "/actualites/%ff%fe", "/activites/%00", "/actualites/%1b"} {
			s.visitor().Get(path).Want(404)
		}
	})
}
