package office_test

import (
	"strings"
	"testing"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/identity"
	"preau/internal/request"
	"preau/internal/staff"
	"preau/internal/towntest"
)

// The menu counts the requests that await the town, for who may decide them; others see neither the item nor the number.
func TestRequestsForAHouseholdAreCounted(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w, h, _ := guarded(t, tn)
		var sent request.Request
		w.Write(func(tx *db.Tx) error {
			w.AddAgent(tx, "animatrice", staff.Animation)
			a, err := identity.Create(t.Context(), tx, identity.NewAccount{Login: "lea.petit", Email: "lea.petit@famille.example", Name: "Léa Petit", Kind: identity.Family})
			if err != nil {
				return err
			}
			sent, err = request.Submit(t.Context(), tx, w.Town.Town, a, request.Content{Wish: request.Create,
				Children: []request.Child{{FirstName: "Zoé", LastName: "Petit", BornOn: civil.MustParse("2019-03-02")}}})
			return err
		})
		v, p := enterWorld(h, "agent.enfance", "/bureau")
		p.Want(200).Says(".side", "1 à instruire")
		w.Write(func(tx *db.Tx) error {
			return request.Ask(t.Context(), tx, w.Town.Town, w.Instructor, sent.ID, "Quelle école ?")
		})
		if menu := v.Get("/bureau").Want(200).Text(".side"); strings.Contains(menu, "à instruire") {
			t.Errorf("what awaits the family is counted: %s", menu)
		}
		_, p = enterWorld(h, "animatrice", "/bureau/profil")
		if menu := p.Want(200).Text(".side"); strings.Contains(menu, "foyer") {
			t.Errorf("for who may not decide: %s", menu)
		}
	})
}
