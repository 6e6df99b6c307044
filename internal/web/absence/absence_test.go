package absence_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"net/http"
	"strings"
	"testing"

	"preau/internal/attendance"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/staff"
	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/absence"
	"preau/internal/web/office"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
	"preau/internal/worldtest"
)

// open is the world where Claire booked lunches of Léo and Antoine in December, two of which Léo missed, and a server.
func open(t *testing.T) (*worldtest.World, *signintest.House) {
	t.Helper()
	w := worldtest.Chatou(t, towntest.New(t, db.SQLite))
	h := signintest.New(t, w.Town, func(s *web.Server, d *signin.Door) {
		absence.Pages{Door: d}.Routes(s)
		office.Pages{Door: d}.Routes(s)
	})
	w.SetClock("2026-11-16T10:00")
	for child, days := range map[string][]string{"leo": {"2026-12-07", "2026-12-08", "2026-12-10"}, "antoine": {"2026-12-17"}} {
		for _, day := range days {
			book(t, w, w.Claire, child+"/CANTINE", "REPAS", day)
		}
	}
	w.SetClock("2026-12-09T18:00")
	w.Write(func(tx *db.Tx) error {
		var entries []attendance.Entry
		for _, day := range []string{"2026-12-07", "2026-12-08"} {
			entries = append(entries, attendance.Entry{ID: db.NewID(), AgentID: w.Direction.ID, ChildID: w.Leo.ID, Came: attendance.Absent, At: tx.Now, Source: attendance.Online,
				Session: attendance.Session{ActivityID: w.Activity["CANTINE"], SiteID: w.Site["SABINETTES"], Day: civil.MustParse(day)}})
		}
		answers, err := attendance.Replay(t.Context(), tx, w.Direction, entries, w.Loc)
		for _, a := range answers {
			if a.Result != attendance.Recorded {
				t.Errorf("not pointed: %+v", a)
			}
		}
		return err
	})
	return w, h
}

func book(t *testing.T, w *worldtest.World, who household.Guardian, enrolment, option, day string) {
	t.Helper()
	id := w.Enrolment[enrolment]
	w.Write(func(tx *db.Tx) error {
		o, err := booking.Submit(t.Context(), tx, who, booking.Request{SubmissionID: db.NewID(), EnrolmentID: id,
			Changes: []booking.Change{{EnrolmentID: id, Day: civil.MustParse(day), Option: option, Add: true}}}, w.Loc)
		if o.Count(booking.Booked) != 1 {
			t.Errorf("%s %s: not booked: %+v", enrolment, day, o.Decisions)
		}
		return err
	})
}

// photo is a picture of a certificate.
func photo(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 60, 80)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// enter signs somebody in.
func enter(h *signintest.House, login string) *webtest.Visitor {
	v := h.Visitor()
	v.Get("/connexion").Form("Ouvrir mon espace").Fill("identifiant", login).Fill("mot_de_passe", worldtest.Password).Send()
	return v
}

const sendButton = "Envoyer le justificatif"

// A family justifies two days with a photo: the deadline is on the screen, the number comes back, an agent reads it and accepts one day.
func TestAFamilyJustifiesAndAnAgentAnswers(t *testing.T) {
	w, h := open(t)
	claire := enter(h, "claire.martin")
	claire.Get("/espace/absences").Want(http.StatusOK).Says("main", "À justifier", "Léo", "jeudi 10 décembre 2026 à 23 h 59", "Aucun justificatif envoyé")
	p := claire.Get("/espace/absences/justificatif?enfant="+w.Leo.ID).Want(http.StatusOK).Says("main", "72 heures", "Lundi 7 décembre 2026", "Mardi 8 décembre 2026", "Restauration scolaire")
	form := p.Form(sendButton).Fill("precision", "Une angine")
	form.Send().Want(http.StatusUnprocessableEntity).Says("main", "Choisissez au moins un fichier", "Une angine")
	p.Form(sendButton).Attach("fichier", "note.txt", []byte("un texte")).Send().Want(http.StatusUnprocessableEntity)
	form.Attach("fichier", "1.jpg", photo(t)).Also("fichier", "2.jpg", photo(t))
	for range 2 { // the button pressed twice
		form.Send().Want(http.StatusOK).Says("main", "A2026-00001", "En attente de réponse", "Arrivé à temps", "2 pages")
	}
	agent := enter(h, "agent.enfance")
	agent.Get("/bureau/absences?page=2").Want(http.StatusOK).Says("main", "plus rien à cette page").Click("Précédentes").Want(http.StatusOK).Says("main", "Léo Benali")
	agent.Get("/bureau/absences?page=zero").Want(http.StatusUnprocessableEntity)
	p = agent.Get("/bureau/absences").Want(http.StatusOK).Says("main", "Léo Benali", "Maternelle Sabinettes", "Dans le délai")
	p = p.Click("Léo Benali").Want(http.StatusOK).Says("main", "Absent", "À temps", "Une angine", "2 pages")
	agent.Get(p.Attr(".sheets img", "src")).Want(http.StatusOK)
	path := p.URL.Path
	waits := func(state string) {
		w.Write(func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE documents SET state = $1`, state)
			return err
		})
	}
	waits("scanning")
	agent.Post(path, map[string][]string{"decision": {"refuser"}, "motif": {"Illisible."}}).Want(http.StatusUnprocessableEntity).Says("main", "L’antivirus regarde encore", "Illisible.")
	waits("to_check")
	agent.Post(path, map[string][]string{"decision": {"refuser"}}).Want(http.StatusUnprocessableEntity).Says("main", "Dites à la famille")
	agent.Post(path, map[string][]string{"decision": {"jours"}, "jour": {"2026-12-07"}, "motif": {"Le certificat ne couvre que le lundi."}}).Want(http.StatusOK).Says("main", "Dernières réponses", "Accepté en partie")
	if agent.Get("/bureau/absences?site=ROSTAND").Want(http.StatusOK).Has("#h-derniers") {
		t.Error("the last answers of another site are shown")
	}
	claire.Get("/espace/absences").Says("main", "Accepté en partie").Click("A2026-00001").Says("main", "Absence justifiée : rien n’est facturé", "Le certificat ne couvre que le lundi.")
	claire.Get("/espace/absences").Says("main", "À justifier", "mar. 8 déc.")
	enter(h, "karim.benali").Get(strings.Replace(path, "/bureau/", "/espace/", 1)).Want(http.StatusNotFound)
}

// A certificate at its own address: nothing to decide there, and nothing at all for the agents of another site.
func TestACertificateIsDecidedWithItsDays(t *testing.T) {
	w, h := open(t)
	enter(h, "claire.martin").Get("/espace/absences/justificatif?enfant="+w.Leo.ID).Form(sendButton).Attach("fichier", "1.jpg", photo(t)).Send().Want(http.StatusOK)
	w.Write(func(tx *db.Tx) error { w.AddAgent(tx, "rostand", staff.Instruction, "ROSTAND"); return nil })
	agent := enter(h, "agent.enfance")
	sheet := agent.Get("/bureau/absences").Click("Léo Benali").Attr(".sheets img", "src")
	path, _, _ := strings.Cut(sheet, "/pages/")
	p := agent.Get(path).Want(http.StatusOK).Says("main", "se décide avec les jours qu’il couvre")
	if n := len(p.All("main form")); n != 0 {
		t.Errorf("%d forms beside a certificate", n)
	}
	yes := map[string][]string{"vu": {"to_check"}, "decision": {"accepter"}}
	agent.Post(path, yes).Want(http.StatusUnprocessableEntity).Says("main", "se décide avec les jours")
	other := enter(h, "rostand")
	other.Get(path).Want(http.StatusNotFound)
	other.Get(sheet).Want(http.StatusNotFound)
	other.Post(path, yes).Want(http.StatusNotFound)
}

// Days to come are claimed by a period; a claim is taken back; what is announced is said.
func TestPeriodsWithdrawalsAndAnnouncements(t *testing.T) {
	w, h := open(t)
	claire := enter(h, "claire.martin")
	claire.Get("/espace/absences/justificatif").Want(http.StatusOK).Says("main", "Qui était absent ?", "Antoine")
	p := claire.Get("/espace/absences/justificatif?enfant=" + w.Antoine.ID + "&jour=2026-12-17").Want(http.StatusOK)
	form := p.Form(sendButton).Attach("fichier", "1.jpg", photo(t)).Fill("du", "2026-12-20").Fill("au", "2026-12-24")
	form.Send().Want(http.StatusUnprocessableEntity).Says("main", "Aucun jour réservé")
	form.Fill("du", "2026-12-14").Fill("au", "2026-12-18").Send().Want(http.StatusOK).Says("main", "jeu. 17 déc.").
		Submit("Retirer le justificatif").Want(http.StatusOK).Says("main", "Retiré")
	claire.Get("/espace/absences/justificatif?enfant="+w.Antoine.ID).Says("main", "Quel document ?", "déjà dans votre espace")
	claire.Get("/espace/absences/signalement").Want(http.StatusOK).Says("main", "Quel jour ?")
	claire.Get("/espace/absences/signalement?enfant="+w.Antoine.ID+"&jour=2026-12-01").Want(http.StatusUnprocessableEntity).Says("main", "Ce jour est passé")
	claire.Get("/espace/absences/signalement?enfant="+w.Antoine.ID+"&jour=2026-12-17").Want(http.StatusOK).Says("main", "Sera annulé").
		Submit("Signaler l’absence d’Antoine").Want(http.StatusOK).Says("main", "Absences signalées", "annulé, rien n’est facturé")
	claire.Get("/espace/absences/signalement?enfant="+w.Antoine.ID+"&jour=2026-12-10").Says("main", "Rien n’est réservé ce jour-là")
}

// A paper given at the counter, and the rules of the town.
func TestPaperAndRules(t *testing.T) {
	w, h := open(t)
	agent := enter(h, "agent.enfance")
	agent.Get("/bureau/absences").Want(http.StatusOK).Says("main", "Aucun certificat n’attend de réponse")
	agent.Get("/bureau/absences/papier?qui=personne").Says("main", "Aucune famille trouvée")
	agent.Get("/bureau/absences/papier?qui=martin").Says("main", "Familles trouvées")
	agent.Get("/bureau/absences/papier?foyer="+w.Claire.HouseholdID).Says("main", "quel enfant ?")
	p := agent.Get("/bureau/absences/papier?foyer="+w.Claire.HouseholdID+"&enfant="+w.Leo.ID).Want(http.StatusOK).Says("main", "Remis le", "Lundi 7 décembre 2026")
	form := map[string][]string{"depot": {p.Attr("[name=depot]", "value")}, "foyer": {w.Claire.HouseholdID}, "enfant": {w.Leo.ID}, "recu": {"2026-12-20"}, "jour": {"2026-12-07"}}
	agent.Post("/bureau/absences/papier", form).Want(http.StatusUnprocessableEntity).Says("main", "aujourd’hui ou avant")
	form["recu"] = []string{"2026-12-09"}
	agent.Post("/bureau/absences/papier", form).Want(http.StatusOK).Says("main", "Certificat papier", "À temps").Submit("Accepter").Want(http.StatusOK)
	direction := enter(h, "direction")
	direction.Get("/bureau/absences/reglages").Want(http.StatusOK).Says("main", "Délai de carence")
	rules := map[string][]string{"heures": {"0"}, "ecart": {"3"}, "carence": {"1"}, "retour": {"60"}}
	direction.Post("/bureau/absences/reglages", rules).Want(http.StatusUnprocessableEntity)
	rules["heures"] = []string{"48"}
	direction.Post("/bureau/absences/reglages", rules).Want(http.StatusOK).Says("main", "Règles enregistrées")
	enter(h, "claire.martin").Get("/espace/absences/justificatif?enfant="+w.Leo.ID).Says("main", "48 heures", "Le premier jour de chaque absence reste facturé")
}

// An event is seen before it is declared, declared once, seen after, and undone.
func TestEventsOnTheirPages(t *testing.T) {
	_, h := open(t)
	v := enter(h, "direction")
	v.Get("/bureau/evenements").Want(http.StatusOK).Says("main", "Aucun événement déclaré")
	v.Get("/bureau/evenements/nouveau").Want(http.StatusOK).Says("main", "niveau MS", "classe MS A")
	v.Get("/bureau/evenements/apercu?nature=trip&effet=ferme&classe=SABINETTES:MS&du=2026-12-10&motif=Zoo").Want(http.StatusUnprocessableEntity).Says("main", "ne ferme pas pour une seule")
	p := v.Get("/bureau/evenements/apercu?nature=trip&effet=ouvert&classe=SABINETTES:MS&du=2026-12-10&motif=Sortie+au+zoo").Want(http.StatusOK).
		Says("main", "Rien n’est encore changé", "enfant concerné", "Maternelle Sabinettes", "€")
	p = p.Submit("Déclarer l’événement").Want(http.StatusOK).Says("main", "Sortie au zoo", "Maternelle Sabinettes, niveau MS", "Le service reste ouvert")
	v.Get("/bureau/evenements").Says("main", "Sortie au zoo", "Envoi en cours")
	p = v.Get(p.URL.Path+"/annulation").Want(http.StatusOK).Says("main", "à facturer de nouveau").Submit("Annuler l’événement").Want(http.StatusOK).Says("main", "Annulé")
	v.Get(p.URL.Path+"/annulation").Says("main", "déjà annulé")
	v.Get("/bureau/evenements/apercu?nature=strike&effet=ferme&activite=CANTINE&du=2026-12-10&motif=Grève").Want(http.StatusOK).
		Submit("Déclarer et fermer").Want(http.StatusOK).Says("main", "Une fermeture libère les places")
	enter(h, "agent.enfance").Get("/bureau/evenements").Want(http.StatusForbidden)
}
