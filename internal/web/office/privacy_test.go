package office_test

import (
	"net/url"
	"strings"
	"testing"

	"preau/internal/db"
	"preau/internal/privacy"
	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/office"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
	"preau/internal/work"
	"preau/internal/worldtest"
)

// guarded is the world with an office, and a request to be forgotten.
func guarded(t *testing.T, tn *towntest.Town) (*worldtest.World, *signintest.House, func()) {
	w := worldtest.Chatou(t, tn)
	w.SetClock("2026-12-01T09:00")
	h := signintest.New(t, tn, func(s *web.Server, d *signin.Door) { office.Pages{Door: d}.Routes(s) })
	w.Write(func(tx *db.Tx) error { return privacy.Ask(t.Context(), tx, w.Claire, "Nous déménageons.") })
	return w, h, func() {
		worker := work.Worker(tn.Town)
		worker.Periodic = nil
		if _, err := worker.RunDue(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRetentionIsSettled(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		_, h, jobs := guarded(t, tn)
		v, p := enterWorld(h, "direction", "/bureau/donnees")
		p.Want(200).Says("main", "Arrêté : rien n’est effacé", "Durées de conservation", "délibération 2021-122", "Claire Martin")
		p = p.Form("Enregistrer les durées").Fill("views", "13").Send().Want(422).Says("[role=alert]", "entre 6 et 12")
		if p.Form("Enregistrer les durées").Value("views") != "13" {
			t.Error("what was typed is lost")
		}
		p.Form("Enregistrer les durées").Fill("views", "6").Send().Want(200).Says("[role=status]", "Les durées sont enregistrées")
		v.Get("/bureau/donnees").Submit("Mettre en marche").Want(422).Says("main", "Demandez d’abord un aperçu")
		v.Get("/bureau/donnees").Submit("Compter ce qui serait effacé").Want(200).Says("[role=status]", "L’aperçu se prépare")
		jobs()
		p = v.Get("/bureau/donnees").Says("main", "Aperçu")
		v.Get(p.Attr("#h-nuits ~ table tbody a, table:last-of-type tbody th a", "href")).Want(200)
		p = v.Get("/bureau/donnees").Submit("Mettre en marche").Want(200).Says("[role=status]", "en marche")
		p.Submit("Arrêter").Want(200).Says("main", "Arrêté")
		v.Get("/bureau/donnees/passages/nothing").Want(404)
		v.Get("/bureau/donnees/registre").Want(200).Says("main", "Registre des traitements", "6 mois après la consultation", "Mission d’intérêt public", "Délégué à la protection")
		_, p = enterWorld(h, "agent.enfance", "/bureau/donnees")
		p.Want(403)
	})
}

func TestErasureIsDecided(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w, h, jobs := guarded(t, tn)
		v, p := enterWorld(h, "direction", "/bureau/donnees")
		p = p.Click("Claire Martin").Want(200).Says("main", "Nous déménageons.", "Un enfant est inscrit", "À décider")
		path := p.URL.Path
		p = p.Submit("Refuser").Want(422).Says("[role=alert]", "Indiquez le motif")
		v.Post(path, url.Values{"decision": {"peut-être"}}).Want(422)
		p.Form("Accepter et effacer").Send().Want(200).Says("[role=status]", "La réponse est enregistrée")
		v.Post(path, url.Values{"decision": {"accepter"}}).Want(409)
		jobs()
		v.Get("/bureau/donnees").Says("main", "Personne effacée", "Effacée")
		v.Get(path).Want(200).Says("main", "Gardé")
		v.Get("/bureau/donnees/effacements/nothing").Want(404)
		w.Read(func(tx *db.Tx) error {
			var n int
			err := tx.QueryRow(t.Context(), `SELECT count(*) FROM guardians WHERE last_name = 'Martin'`).Scan(&n)
			if n != 0 {
				t.Error("the guardian is still named")
			}
			return err
		})
	})
}

// That an agent opened a file or a thread is written once a day, and the journal finds it by family, by day, and as a spreadsheet.
func TestViewsAreLoggedAndFound(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w, h, claire, _ := talking(t, tn)
		v, _ := enterWorld(h, "agent.enfance", "/bureau")
		for range 3 {
			v.Get("/bureau/familles/" + w.Claire.HouseholdID).Want(200)
			v.Get("/bureau/messages/" + claire).Want(200)
		}
		v.Get("/bureau/familles/" + w.Karim.HouseholdID).Want(200)
		v, p := enterWorld(h, "direction", "/bureau/journal?foyer="+w.Claire.HouseholdID)
		p.Want(200).Says("main", "Une famille seulement : Martin Claire")
		count := func(words string) (n int) {
			for _, row := range p.Texts("tbody tr") {
				n += strings.Count(row, words)
			}
			return n
		}
		if count("A consulté un dossier famille") != 1 || count("A lu un échange") != 1 {
			t.Errorf("%q", p.Texts("tbody tr"))
		}
		if strings.Contains(p.Text("tbody"), "Benali") {
			t.Error("another family's entries are listed")
		}
		sheet := v.Get(p.Attr("a[download]", "href")).Want(200)
		if !strings.Contains(sheet.Body, "A consulté un dossier famille") || strings.Contains(sheet.Body, "Benali") {
			t.Errorf("spreadsheet: %s", sheet.Body)
		}
		p = v.Get("/bureau/journal?du=2026-12-02")
		if p.Count("tbody tr") != 0 {
			t.Errorf("entries of later days: %q", p.Texts("tbody tr"))
		}
		p = v.Get("/bureau/journal?du=2026-12-01&au=2026-12-01&acte=household.")
		if count("A consulté un dossier famille") != 2 {
			t.Errorf("entries of the day: %q", p.Texts("tbody tr"))
		}
		v.Get("/bureau/journal?du=2026-13-45").Want(422)
	})
}

func TestPrivacyInABrowser(t *testing.T) {
	w, h, jobs := guarded(t, towntest.New(t, "sqlite"))
	w.Write(func(tx *db.Tx) error { return privacy.AskPreview(t.Context(), tx, w.Direction) })
	jobs()
	var run, request string
	w.Read(func(tx *db.Tx) error {
		runs, err := privacy.Runs(t.Context(), tx, 1)
		if err != nil {
			return err
		}
		list, err := privacy.Requests(t.Context(), tx, 1)
		run, request = runs[0].ID, list[0].ID
		return err
	})
	for _, view := range []webtest.View{{Width: webtest.Phone}, {Width: webtest.Desk}, {Width: webtest.Desk, NoScript: true, Dark: true}} {
		b := webtest.NewBrowser(t, view)
		b.Open(h.Site.URL(signintest.Host) + "/connexion?suite=/bureau/donnees")
		b.Fill("[name=identifiant]", "direction")
		b.Fill("[name=mot_de_passe]", worldtest.Password)
		b.Press("Ouvrir mon espace")
		for name, path := range map[string]string{"bureau-donnees": "/bureau/donnees", "registre": "/bureau/donnees/registre", "passage": "/bureau/donnees/passages/" + run,
			"effacement": "/bureau/donnees/effacements/" + request, "journal": "/bureau/journal?foyer=" + w.Claire.HouseholdID} {
			b.Open(h.Site.URL(signintest.Host) + path)
			b.Shot(name)
			b.Wide()
			b.Axe()
		}
	}
}
