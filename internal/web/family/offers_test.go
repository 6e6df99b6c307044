package family_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/worldtest"
)

// offered has a place of Wednesday 16 December freed by Karim and offered to Claire's Antoine, until Thursday 3, 10:01.
func offered(t *testing.T, w *worldtest.World) {
	t.Helper()
	w.SetClock("2026-12-01T10:00")
	w.Write(func(tx *db.Tx) error { w.SetPlaces(tx, "MERCREDI", "LOISIRS", "APREM", 1); return nil })
	book(t, w, w.Karim, "leo/MERCREDI", "APREM", "2026-12-16")
	book(t, w, w.Claire, "antoine/MERCREDI", "APREM", "2026-12-16")
	w.SetClock("2026-12-01T10:01")
	change(t, w, w.Karim, false, "leo/MERCREDI", "APREM", "2026-12-16")
}

func TestAParentAcceptsAPlace(t *testing.T) {
	w, enter := chatou(t, "2026-12-01T10:00")
	offered(t, w)
	v := enter("claire.martin")
	p := v.Get("/espace/propositions").Want(200)
	p.Says(".place", "Antoine, mercredi 16 décembre 2026", "Accueil de loisirs du mercredi, 13 h 30 – 18 h 30, Centre de loisirs", "6,00 € pour votre foyer",
		"annulable jusqu’au lundi 14 décembre 2026 à 13 h 30", "jusqu’au jeudi 3 décembre 2026 à 10 h 01").Says(".nav", "1 à accepter ou à refuser")
	stale := p
	w.Clock.Advance(60e9)
	p = p.Submit("Accepter la place").Want(200).WantPath("/espace/propositions").Says(".flash", "Place acceptée pour le mercredi 16 décembre")
	p.Says(".empty", "Aucune place ne vous est proposée").Says("[aria-labelledby=h-past]", "Acceptée")
	v.Get("/espace/planning?semaine=2026-W51").Says(".plan", "Accueil de loisirs du mercredi 13 h 30 – 18 h 30 réservé")
	v.Get("/espace/historique").Says(".acts > li:first-child", "par vous", "1 jour réservé", "Après-midi : place acceptée").
		Says(".acts > li:nth-child(2)", "automatiquement", "1 place proposée")
	stale.Submit("Décliner").Want(http.StatusConflict).Says(".note--bad", "a déjà reçu une réponse")
	v.Get("/espace/planning?semaine=2026-W51").Says(".plan", "réservé")
}

func TestAParentDeclinesAPlace(t *testing.T) {
	w, enter := chatou(t, "2026-12-01T10:00")
	offered(t, w)
	v := enter("claire.martin")
	v.Get("/espace/propositions").Submit("Décliner").Want(200).Says(".flash", "Place déclinée").Says("[aria-labelledby=h-past]", "Déclinée")
	v.Get("/espace/planning?semaine=2026-W51").Says("main", "Rien de réservé")
}

func TestAnOfferThatPassedIsExplained(t *testing.T) {
	w, enter := chatou(t, "2026-12-01T10:00")
	offered(t, w)
	w.SetClock("2026-12-03T10:01:00")
	v := enter("claire.martin")
	open := v.Get("/espace/propositions")
	w.SetClock("2026-12-03T10:01:01")
	open.Submit("Accepter la place").Want(http.StatusUnprocessableEntity).Says(".note--bad", "Le délai pour accepter est passé depuis le jeudi 3 décembre 2026 à 10 h 01")
	p := v.Get("/espace/propositions").Says(".place", "Le délai est passé depuis le jeudi 3 décembre 2026 à 10 h 01")
	if p.Has(".place form") || strings.Contains(p.Text(".nav"), "à accepter") {
		t.Error("a passed offer can still be answered")
	}
	id := strings.TrimPrefix(p.Attr(".place", "id"), "p-")
	w.Write(func(tx *db.Tx) error { return booking.EndOffer(t.Context(), tx, id, w.Loc) })
	v.Get("/espace/propositions").Says("[aria-labelledby=h-past]", "Passée sans réponse", "la place est allée à la famille suivante")
}

func TestAnOfferIsAnsweredByItsHouseholdOnly(t *testing.T) {
	w, enter := chatou(t, "2026-12-01T10:00")
	offered(t, w)
	claire, karim := enter("claire.martin"), enter("karim.benali")
	address := claire.Get("/espace/propositions").Attr(".place form", "action")
	for _, answer := range []string{"accepter", "decliner"} {
		karim.Post(address, url.Values{"reponse": {answer}}).Want(http.StatusNotFound)
	}
	if p := karim.Get("/espace/propositions").Want(200); p.Has(".place") || strings.Contains(p.Body, "Antoine") {
		t.Error("Karim sees the offer")
	}
	claire.Post("/espace/propositions/inconnue", url.Values{"reponse": {"accepter"}}).Want(http.StatusNotFound)
	claire.Post(address, url.Values{"reponse": {"peut-etre"}}).Want(http.StatusUnprocessableEntity)
	claire.Post(address, url.Values{}).Want(http.StatusUnprocessableEntity)
	claire.Get("/espace/propositions").Says(".place", "Antoine") // nothing changed
}

func TestTheOffersPageListsRanks(t *testing.T) {
	w, enter := chatou(t, "2026-12-01T10:00")
	w.Write(func(tx *db.Tx) error { w.SetPlaces(tx, "MERCREDI", "LOISIRS", "APREM", 0); return nil })
	book(t, w, w.Karim, "leo/MERCREDI", "APREM", "2026-12-16")
	book(t, w, w.Claire, "antoine/MERCREDI", "APREM", "2026-12-16", "2026-12-09")
	edit(t, w, "ETUDE", func(a *activity.Activity) { a.Instruction = true })
	book(t, w, w.Claire, "antoine/ETUDE", "ETUDE", "2026-12-08")
	p := enter("claire.martin").Get("/espace/propositions").Want(200)
	p.Says("[aria-labelledby=h-wait]", "mer. 9 déc. 2026", "rang 1", "mer. 16 déc. 2026").Says("[aria-labelledby=h-pend]", "Étude surveillée : Antoine")
	if p.Count("[aria-labelledby=h-wait] li") != 2 {
		t.Error("Claire's list is not hers alone")
	}
}

func TestHistoryNamesWhoDidWhatPageByPage(t *testing.T) {
	w, enter := chatou(t, "2026-12-01T10:00")
	var other household.Guardian
	w.Write(func(tx *db.Tx) (err error) {
		other, err = household.AddGuardian(t.Context(), tx, household.By{Actor: "essai"}, household.Guardian{HouseholdID: w.Claire.HouseholdID, FirstName: "Paul", LastName: "Martin"})
		return err
	})
	book(t, w, w.Claire, "antoine/CANTINE", "REPAS", "2026-12-14", "2026-12-15")
	w.Clock.Advance(60e9)
	book(t, w, other, "antoine/CANTINE", "REPAS", "2026-12-17")
	w.Clock.Advance(60e9)
	w.Write(func(tx *db.Tx) error {
		_, err := booking.OverrideBook(t.Context(), tx, w.Instructor, booking.OverrideRequest{SubmissionID: "o", EnrolmentID: w.Enrolment["antoine/CANTINE"],
			Changes: []booking.Change{{EnrolmentID: w.Enrolment["antoine/CANTINE"], Day: civil.MustParse("2026-12-03"), Option: "REPAS", Add: true}}, Reason: "certificat reçu"}, w.Loc)
		return err
	})
	v := enter("claire.martin")
	p := v.Get("/espace/historique").Want(200)
	p.Says(".acts > li:nth-child(1)", "Mardi 1er décembre 2026", "10 h 02, par le service (agent.enfance)", "Motif : Certificat reçu", "après le délai, par le service").
		Says(".acts > li:nth-child(2)", "par Paul Martin", "Restauration scolaire", "Antoine, jeu. 17 déc. 2026", "Repas : ajouté").
		Says(".acts > li:nth-child(3)", "par vous", "2 jours réservés")
	for i := range 25 {
		w.Clock.Advance(60e9)
		change(t, w, w.Claire, i%2 == 1, "antoine/CANTINE", "REPAS", "2026-12-14")
	}
	p = v.Get("/espace/historique").Want(200)
	if n := p.Count(".acts > li"); n != 20 {
		t.Errorf("%d acts on the first page", n)
	}
	p = p.Click("Voir les plus anciens").Want(200)
	if n := p.Count(".acts > li"); n != 8 {
		t.Errorf("%d acts on the second page", n)
	}
	p.Click("Revenir aux plus récents").Want(200).WantPath("/espace/historique")
	v.Get("/espace/historique?apres=nimporte").Want(200).Says(".acts", "par vous")
}
