package family_test

import (
	"strings"
	"testing"
)

// Every page of the family's space says in its menu what waits for an answer, and no longer says it once answered.
func TestTheMenuCountsOffersOnEveryPage(t *testing.T) {
	w, enter := chatou(t, "2026-12-01T10:00")
	offered(t, w)
	pages := []string{"/espace", "/espace/planning", "/espace/propositions", "/espace/historique", "/espace/profil", "/espace/preferences",
		"/espace/reservations/" + w.Enrolment["antoine/CANTINE"]}
	v, other := enter("claire.martin"), enter("karim.benali")
	for _, path := range pages {
		v.Get(path).Want(200).Says(".nav", "1 à accepter ou à refuser")
	}
	for _, path := range pages[:len(pages)-1] {
		if p := other.Get(path).Want(200); strings.Contains(p.Text(".nav"), "à accepter") {
			t.Errorf("%s: the other household's menu counts the offer", path)
		}
	}
	v.Get("/espace/propositions").Submit("Décliner").Want(200)
	for _, path := range pages {
		if p := v.Get(path).Want(200); strings.Contains(p.Text(".nav"), "à accepter") {
			t.Errorf("%s: the menu counts an offer that was declined", path)
		}
	}
}
