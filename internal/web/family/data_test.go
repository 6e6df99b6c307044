package family_test

import (
	"archive/zip"
	"strings"
	"testing"
	"time"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/privacy"
	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/family"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
	"preau/internal/work"
	"preau/internal/worldtest"
)

// jobs does what is queued, with the handlers of the house.
func jobs(t *testing.T, w *worldtest.World) {
	t.Helper()
	worker := work.Worker(w.Town.Town)
	worker.Periodic = nil
	if _, err := worker.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestMyData(t *testing.T) {
	w, enter := chatou(t, "2026-11-30T10:00")
	v, karim := enter("claire.martin"), enter("karim.benali")
	p := v.Get("/espace/preferences").Click("Mes données").Want(200).Says("main", "La fiche d’Antoine", "La fiche de Léo", "Être effacé", "Gardé", "RGPD, art. 17-3-b")
	p = p.Submit("Préparer une copie").Want(200).Says("[role=status]", "La copie se prépare").Says("main", "Une copie se prépare")
	jobs(t, w)
	p = v.Get("/espace/donnees").Says("main", "Télécharger la copie (ZIP")
	href := p.Attr(".inbox a", "href")
	zipped := v.Get(href).Want(200)
	if _, err := zip.NewReader(strings.NewReader(zipped.Body), int64(len(zipped.Body))); err != nil {
		t.Errorf("the copy does not open: %v", err)
	}
	karim.Get(href).Want(404)
	v.Post("/espace/donnees/copies", nil).Want(422)
	w.Clock.Advance(8 * 24 * time.Hour)
	v = enter("claire.martin")
	v.Get(href).Want(404)
	v.Get("/espace/donnees").Says("main", "N’est plus disponible")
}

func TestAskToBeForgotten(t *testing.T) {
	w, enter := chatou(t, "2026-11-30T10:00")
	v := enter("claire.martin")
	p := v.Get("/espace/donnees").Form("Demander l’effacement").Fill("message", "Nous déménageons.").Send().Want(422).Says("[role=alert]", "Cochez la case")
	form := p.Form("Demander l’effacement")
	if form.Value("message") != "Nous déménageons." {
		t.Error("what was typed is lost")
	}
	p = form.Tick("compris", "oui").Send().Want(200).Says("[role=status]", "Votre demande est envoyée").Says("main", "En attente de la réponse")
	p.Submit("Retirer ma demande").Want(200).Says("main", "Retirée par vous")
	w.Clock.Advance(time.Minute)
	v.Get("/espace/donnees").Form("Demander l’effacement").Tick("compris", "oui").Send().Want(200)
	w.Write(func(tx *db.Tx) error {
		r, _, err := privacy.Last(t.Context(), tx, w.Claire)
		if err != nil {
			return err
		}
		return privacy.Decide(t.Context(), tx, w.Direction, r.ID, false, "Antoine est inscrit.")
	})
	v.Get("/espace/donnees").Says("main", "Refusée", "Antoine est inscrit.")
}

// The family reads who looked and who changed, by day: agents by their service, and by name when the town says so.
func TestWhoLookedAtMyFile(t *testing.T) {
	w, enter := chatou(t, "2026-11-30T10:00")
	record := func(actor, name, act, home string) {
		w.Clock.Advance(time.Minute)
		w.Write(func(tx *db.Tx) error {
			return audit.Record(t.Context(), tx, audit.Entry{Actor: actor, ActorName: name, Act: act, Household: home})
		})
	}
	for range 3 {
		record(w.Instructor.Actor(), "Nadia Ferrand", "household.view", w.Claire.HouseholdID)
	}
	record(w.Claire.Actor(), "Claire Martin", "booking.submit", w.Claire.HouseholdID)
	record(w.Karim.Actor(), "Karim Benali", "child.menu", w.Claire.HouseholdID)
	record(w.Instructor.Actor(), "Nadia Ferrand", "document.view", w.Karim.HouseholdID)
	v := enter("claire.martin")
	p := v.Get("/espace/donnees").Click("Voir qui a consulté ou modifié mon dossier").Want(200)
	p.Says("main", "Lundi 30 novembre 2026", "Service Éducation (Nadia Ferrand) a consulté votre dossier, 3 fois", "Claire Martin (vous) a demandé des réservations", "L’autre foyer de l’enfant a changé un menu")
	if strings.Contains(p.Body, "Karim") || strings.Contains(p.Text("main"), "a ouvert un document") {
		t.Error("something of the other household is shown")
	}
	w.Write(func(tx *db.Tx) error { return privacy.Save(t.Context(), tx, w.Direction, privacy.Policy{Names: false}) })
	p = v.Get("/espace/donnees/consultations")
	if p.Says("main", "Service Éducation a consulté votre dossier"); strings.Contains(p.Body, "Nadia") {
		t.Error("the agent is named although the town says not")
	}
	for range 70 {
		record("job:x", "x", "household.edit", w.Claire.HouseholdID)
	}
	v.Get("/espace/donnees/consultations").Click("Voir les plus anciens").Want(200).Says("main", "Service Éducation").Click("Revenir aux plus récents").Want(200)
}

func TestMyDataInABrowser(t *testing.T) {
	tn := towntest.New(t, "sqlite")
	w := worldtest.Chatou(t, tn)
	w.SetClock("2026-11-30T10:00")
	h := signintest.New(t, tn, func(s *web.Server, d *signin.Door) { family.Pages{Door: d}.Routes(s) })
	w.Write(func(tx *db.Tx) error {
		if err := audit.Seen(t.Context(), tx, audit.Entry{Actor: w.Instructor.Actor(), ActorName: "Nadia Ferrand", Act: "household.view", Household: w.Claire.HouseholdID}, civil.Instant{}); err != nil {
			return err
		}
		return privacy.AskCopy(t.Context(), tx, w.Claire)
	})
	jobs(t, w)
	for _, view := range []webtest.View{{Width: webtest.Phone}, {Width: webtest.Desk}, {Width: webtest.Desk, NoScript: true, Dark: true}} {
		b := webtest.NewBrowser(t, view)
		b.Open(h.Site.URL(signintest.Host) + "/connexion?suite=/espace/donnees")
		b.Fill("[name=identifiant]", "claire.martin")
		b.Fill("[name=mot_de_passe]", worldtest.Password)
		b.Press("Ouvrir mon espace")
		look := func(shot string) {
			t.Helper()
			b.Shot(shot)
			b.Wide()
			b.Axe()
		}
		look("donnees")
		b.Press("Demander l’effacement")
		look("donnees-erreur")
		b.Press("Voir qui a consulté ou modifié mon dossier")
		look("consultations")
	}
}
