package public_test

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"
	"time"

	"preau/internal/db"
	"preau/internal/news"
	"preau/internal/towntest"
	"preau/internal/webtest"
)

func TestNewsAreListedPageByPageAndByTheme(t *testing.T) {
	s := open(t, towntest.New(t, db.SQLite))
	v := s.visitor()
	v.Get("/actualites").Want(200).Says("main", "Aucune actualité pour le moment")
	for n := range 11 {
		s.publish(about(fmt.Sprintf("Menu %02d", n), news.Lunch))
		s.Clock.Advance(time.Hour)
	}
	s.publish(about("Portes ouvertes", news.EarlyAge))
	p := v.Get("/actualites").Want(200).Says("main", "Portes ouvertes", "1 à 9 sur 12")
	if got := p.Texts(".news h2"); len(got) != 9 || got[0] != "Portes ouvertes" || got[1] != "Menu 10" {
		t.Errorf("first page %q", got)
	}
	if got := p.Click("Suivantes").Want(200).Texts(".news h2"); len(got) != 3 || got[2] != "Menu 00" {
		t.Errorf("second page %q", got)
	}
	if got := p.Click("Petite enfance").Want(200).Texts(".news h2"); len(got) != 1 {
		t.Errorf("of a theme %q", got)
	}
	for _, path := range []string{"/actualites?page=9", "/actualites?theme=politique", "/actualites?page=x", "/actualites/rien", "/actualites/image/rien"} {
		v.Get(path).Want(404)
	}
}

// A window opens and closes by the clock, without anyone doing anything.
func TestAWindowOpensAndCloses(t *testing.T) {
	s := open(t, towntest.New(t, db.SQLite))
	e := about("Inscriptions de septembre", news.School)
	s.Read(func(tx *db.Tx) error {
		e.From, e.Until = tx.Now.Add(time.Hour), tx.Now.Add(2*time.Hour)
		return nil
	})
	s.publish(e)
	v := s.visitor()
	v.Get("/actualites/inscriptions-de-septembre").Want(404)
	s.Clock.Advance(time.Hour)
	v.Get("/actualites/inscriptions-de-septembre").Want(200).Says("h1", "Inscriptions de septembre")
	v.Get("/").Says(".news", "Inscriptions de septembre")
	s.Clock.Advance(time.Hour)
	v.Get("/actualites/inscriptions-de-septembre").Want(404)
	if v.Get("/").Has(".news") {
		t.Error("it is over, and still on the first page")
	}
}

// A document whose time has not come, or is over, is not found by a search either.
func TestADocumentBeforeAndAfterItsTime(t *testing.T) {
	s := open(t, towntest.New(t, db.SQLite))
	e := news.Edit{Kind: news.Download, Content: news.Content{Title: "Nouveaux tarifs", Summary: "Décidés demain.", Theme: news.Payment,
		FileID: s.store([]byte("%PDF-1.7 des tarifs")), Format: news.PDF}}
	s.Read(func(tx *db.Tx) error {
		e.From, e.Until = tx.Now.Add(time.Hour), tx.Now.Add(2*time.Hour)
		return nil
	})
	s.publish(e)
	v := s.visitor()
	for _, shown := range []bool{false, true, false} {
		for _, path := range []string{"/recherche?q=tarifs", "/documents-a-telecharger"} {
			if p := v.Get(path).Want(200); strings.Contains(p.Text("main"), "Décidés demain.") != shown {
				t.Errorf("%s: shown %v, want %v", path, !shown, shown)
			}
		}
		s.Clock.Advance(time.Hour)
	}
}

// What is for the families of one activity is seen by them, and nowhere by anybody else.
func TestNewsForTheFamiliesOfAnActivity(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		s := open(t, tn)
		picture := s.store(drawn())
		e := about("Étude : changement de salle", news.Care)
		e.ActivityID, e.PictureID, e.ThumbID, e.PictureAlt = s.Activity["ETUDE"], picture, picture, "La salle"
		s.publish(e)
		claire := s.signIn("claire.martin")
		claire.Get("/actualites").Says(".news", "changement de salle", "activité de vos enfants")
		claire.Get("/actualites/etude-changement-de-salle").Want(200)
		if p := claire.Get("/actualites/image/" + picture).Want(200); !strings.HasPrefix(p.Header.Get("Cache-Control"), "private") {
			t.Errorf("a picture for some may be kept by all: %s", p.Header.Get("Cache-Control"))
		}
		claire.Get("/recherche?q=salle").Says("main", "changement de salle")
		if claire.Get("/").Has(".news") {
			t.Error("what is for some is on the page of everyone")
		}
		for name, v := range map[string]*webtest.Visitor{"a visitor": s.visitor(), "another family": s.signIn("karim.benali"), "an agent": s.signIn("agent.enfance")} {
			for _, path := range []string{"/", "/actualites", "/recherche?q=salle", "/actualites.atom", "/sitemap.xml"} {
				if p := v.Get(path).Want(200); strings.Contains(p.Body, "changement de salle") || strings.Contains(p.Body, "etude-changement") {
					t.Errorf("%s sees it on %s", name, path)
				}
			}
			v.Get("/actualites/etude-changement-de-salle").Want(404)
			v.Get("/actualites/image/" + picture).Want(404)
		}
	})
}

type entry struct {
	Title   string `xml:"title"`
	Content string `xml:"content"`
	Link    struct {
		Href string `xml:"href,attr"`
	} `xml:"link"`
}

func TestFeed(t *testing.T) {
	s := open(t, towntest.New(t, db.SQLite))
	first := about("Grève <jeudi> & vendredi", news.Lunch)
	first.Body = "Voir [la page](/activites/cantine) et <b>ceci</b>."
	s.publish(first)
	hidden := about("Pour quelques-uns", news.Care)
	hidden.ActivityID = s.Activity["ETUDE"]
	s.publish(hidden)
	p := s.signIn("claire.martin").Get("/actualites.atom").Want(200)
	if kind := p.Header.Get("Content-Type"); kind != "application/atom+xml; charset=utf-8" {
		t.Errorf("type %q", kind)
	}
	var feed struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string   `xml:"id"`
		Updated string   `xml:"updated"`
		Entries []entry  `xml:"entry"`
	}
	if err := xml.Unmarshal([]byte(p.Body), &feed); err != nil {
		t.Fatal(err)
	}
	if len(feed.Entries) != 1 || feed.ID != "https://essai.example/actualites.atom" {
		t.Fatalf("%+v", feed)
	}
	e := feed.Entries[0]
	if _, err := time.Parse(time.RFC3339, feed.Updated); err != nil {
		t.Error(err)
	}
	if e.Title != "Grève <jeudi> & vendredi" || e.Link.Href != "https://essai.example/actualites/greve-jeudi-vendredi" || !strings.Contains(e.Content, `href="https://essai.example/activites/cantine"`) || strings.Contains(e.Content, "<b>") {
		t.Errorf("%+v", e)
	}
}

// A download has the headers that keep it a file, and its address outlives it.
func TestDownloads(t *testing.T) {
	s := open(t, towntest.New(t, db.SQLite))
	v := s.visitor()
	v.Get("/documents-a-telecharger").Want(200).Says("main", "Aucun document pour le moment")
	file := s.store([]byte("%PDF-1.7 un formulaire"))
	s.publish(news.Edit{Kind: news.Download, Content: news.Content{Title: "Demande de prélèvement", Summary: "À renvoyer signée.", Theme: news.Payment, FileID: file, Format: news.PDF}})
	p := v.Get("/documents-a-telecharger").Says("main", "Factures et paiement", "Demande de prélèvement (PDF, 22 octets)", "À renvoyer signée.", "Version du 1er décembre 2026")
	f := p.Click("Demande de prélèvement (PDF, 22 octets)").Want(200)
	for name, want := range map[string]string{
		"Content-Type": "application/pdf", "Content-Disposition": `attachment; filename="demande-de-prelevement.pdf"`, "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "default-src 'none'; sandbox", "ETag": `"` + file + `"`,
	} {
		if got := f.Header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if f.Body != "%PDF-1.7 un formulaire" {
		t.Errorf("%q", f.Body)
	}
	v.Get("/documents-a-telecharger/rien").Want(404)
	v.Get("/actualites/image/" + file).Want(404)
}

// Who is nobody in particular keeps their themes in a cookie that says only these; an account keeps them with itself.
func TestPreferences(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		s := open(t, tn)
		s.publish(about("Les menus", news.Lunch))
		s.Clock.Advance(time.Hour)
		s.publish(about("Les crèches", news.EarlyAge))
		for _, who := range []string{"", "claire.martin"} {
			v := s.visitor()
			if who != "" {
				v = s.signIn(who)
			}
			if got := v.Get("/actualites").Texts(".news h2"); got[0] != "Les crèches" {
				t.Errorf("before: %q", got)
			}
			f := v.Get("/preferences").Want(200).Form("Enregistrer mes préférences")
			p := f.Tick("themes", "restauration").Send().Want(200).Says(".flash", "Vous suivez 1 thème")
			if p.Form("Enregistrer mes préférences").Value("themes") != "restauration" {
				t.Error("the choice is not shown")
			}
			if got := v.Get("/").Says("main", "Vos thèmes d’abord").Texts(".news h3"); got[0] != "Les menus" {
				t.Errorf("followed: %q", got)
			}
			v.Get("/preferences").Form("Enregistrer mes préférences").Tick("seuls", "oui").Send()
			if got := v.Get("/actualites").Says("main", "Seuls vos thèmes sont montrés").Texts(".news h2"); len(got) != 1 {
				t.Errorf("only: %q", got)
			}
			v.Get("/preferences").Form("Enregistrer mes préférences").Untick("themes", "restauration").Send().Says(".flash", "aucun thème")
			if got := v.Get("/actualites").Texts(".news h2"); len(got) != 2 {
				t.Errorf("none: %q", got)
			}
		}
	})
}

func TestSearch(t *testing.T) {
	s := open(t, towntest.New(t, db.SQLite))
	s.publish(about("Le repas de Noël", news.Lunch))
	s.publish(news.Edit{Kind: news.Download, Content: news.Content{Title: "Demande de prélèvement", Theme: news.Payment, FileID: s.store([]byte("%PDF-")), Format: news.PDF}})
	v := s.visitor()
	for query, want := range map[string][]string{
		"NOEL":                   {"Le repas de Noël"},
		"garderie":               {"Garderie du matin", "Garderie du soir"},
		"rostand étude":          {"Étude surveillée"},
		"prelevement":            {"Demande de prélèvement (PDF, 5 octets)"},
		"petite-enfance":         {"Service Petite enfance"},
		"jeudi place de la mair": {"Service Éducation"},
	} {
		p := v.Get("/").FormAt("form[role=search]").Fill("q", query).Send().Want(200).WantPath("/recherche")
		if got := p.Texts(".lists a"); strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%q: %q", query, got)
		}
	}
	v.Get("/recherche").Want(200)
	v.Get("/recherche?q=zzz").Want(200).Says("main", "Rien ne correspond à « zzz »")
	v.Get("/recherche?q=a").Want(200).Says("main", "au moins deux lettres")
	if p := v.Get("/recherche?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E").Want(200); strings.Contains(p.Body, "<script>alert") {
		t.Error("what is looked for runs")
	}
}

func TestRobotsAndSitemap(t *testing.T) {
	s := open(t, towntest.New(t, db.SQLite))
	s.publish(about("Les menus", news.Lunch))
	v := s.visitor()
	if p := v.Get("/robots.txt").Want(200); !strings.Contains(p.Body, "Disallow: /espace\n") || !strings.Contains(p.Body, "Sitemap: https://essai.example/sitemap.xml\n") {
		t.Error(p.Body)
	}
	p := v.Get("/sitemap.xml").Want(200)
	for _, want := range []string{"<loc>https://essai.example/</loc>", "<loc>https://essai.example/activites/cantine</loc>", "<loc>https://essai.example/actualites/les-menus</loc><lastmod>2026-12-01</lastmod>"} {
		if !strings.Contains(p.Body, want) {
			t.Errorf("no %s in %s", want, p.Body)
		}
	}
	s.Demo = true
	if p := v.Get("/robots.txt").Want(200); !strings.Contains(p.Body, "Disallow: /\n") {
		t.Error("a demonstration lets itself be found")
	}
}
