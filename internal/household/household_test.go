package household_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/towntest"
)

var agent = household.By{Actor: "agent:1", Name: "Sophie Lambert"}

// family is Claire's household with Antoine and Léo, and Karim's with Léo.
type family struct {
	claire, karim household.Guardian
	antoine, leo  household.Child
}

func makeFamily(tn *towntest.Town) (f family) {
	tn.Write(func(tx *db.Tx) (err error) {
		ctx := context.Background()
		home := func(name, first, last, phone, email string) (g household.Guardian) {
			h, e := household.CreateHousehold(ctx, tx, agent, household.Household{Name: name, City: "Chatou"})
			err = errors.Join(err, e)
			g, e = household.AddGuardian(ctx, tx, agent, household.Guardian{HouseholdID: h.ID, FirstName: first, LastName: last, Phone: phone, Email: email})
			err = errors.Join(err, e)
			return g
		}
		f.claire = home("MARTIN Claire", "Claire", "Martin", "06 39 98 01 02", "claire.martin@courriel.example")
		f.karim = home("BENALI Karim", "Karim", "Benali", "06.39.98.01.03", "karim@courriel.example")
		child := func(first, last, born string) household.Child {
			c, e := household.AddChild(ctx, tx, agent, f.claire.HouseholdID, household.Child{FirstName: first, LastName: last, BornOn: civil.MustParse(born)})
			err = errors.Join(err, e)
			return c
		}
		f.antoine = child("Antoine", "Martin", "2017-05-04")
		f.leo = child("Léo", "Martin-Benali", "2022-02-11")
		return errors.Join(err, household.LinkChild(ctx, tx, agent, f.karim.HouseholdID, f.leo.ID))
	})
	return f
}

func addSite(tn *towntest.Town, id string) {
	tn.Write(func(tx *db.Tx) error {
		_, err := tx.Exec(context.Background(), `INSERT INTO sites (id, code, name, kind, created_at) VALUES ($1, $1, $1, 'elementaire', $2)`, id, tx.Now)
		return err
	})
}

func TestAnotherFamilysChildIsNotFound(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		f := makeFamily(tn)
		tn.Read(func(tx *db.Tx) error {
			children, err := household.Children(t.Context(), tx, f.claire.HouseholdID)
			if err != nil || len(children) != 2 || children[0].ID != f.antoine.ID || children[0].Shared || !children[1].Shared {
				t.Errorf("Claire's children: %+v, %v", children, err)
			}
			if children, err = household.Children(t.Context(), tx, f.karim.HouseholdID); err != nil || len(children) != 1 || children[0].ID != f.leo.ID {
				t.Errorf("Karim's children: %+v, %v", children, err)
			}
			if c, err := household.ChildOf(t.Context(), tx, f.karim, f.leo.ID); err != nil || c.Name() != "Léo Martin-Benali" || c.Menu != "standard" {
				t.Errorf("Karim's Léo: %+v, %v", c, err)
			}
			for _, id := range []string{f.antoine.ID, "nothing"} {
				if _, err := household.ChildOf(t.Context(), tx, f.karim, id); !fault.Is(err, fault.NotFound) {
					t.Errorf("Karim asks for %s: %v, want not found", id, err)
				}
			}
			if homes, err := household.HouseholdsOf(t.Context(), tx, f.leo.ID); err != nil || len(homes) != 2 {
				t.Errorf("Léo's households: %v, %v", homes, err)
			}
			return nil
		})
	})
}

func TestVerbsRefuse(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		f := makeFamily(tn)
		third := household.Household{}
		tn.Write(func(tx *db.Tx) (err error) {
			third, err = household.CreateHousehold(t.Context(), tx, agent, household.Household{Name: "TIERS", Reference: "F1"})
			return err
		})
		ctx := t.Context()
		for _, c := range []struct {
			name string
			verb func(tx *db.Tx) error
			want fault.Kind
		}{
			{"a household without a name", func(tx *db.Tx) error {
				_, err := household.CreateHousehold(ctx, tx, agent, household.Household{Name: " "})
				return err
			}, fault.Invalid},
			{"a reference used twice", func(tx *db.Tx) error {
				_, err := household.CreateHousehold(ctx, tx, agent, household.Household{Name: "AUTRE", Reference: "F1"})
				return err
			}, fault.Invalid},
			{"a third household", func(tx *db.Tx) error { return household.LinkChild(ctx, tx, agent, third.ID, f.leo.ID) }, fault.Refused},
			{"a child of an unknown household", func(tx *db.Tx) error {
				_, err := household.AddChild(ctx, tx, agent, "nothing", household.Child{FirstName: "A", LastName: "B", BornOn: civil.MustParse("2020-01-01")})
				return err
			}, fault.NotFound},
			{"a child without a birth date", func(tx *db.Tx) error {
				_, err := household.AddChild(ctx, tx, agent, third.ID, household.Child{FirstName: "A", LastName: "B"})
				return err
			}, fault.Invalid},
			{"a telephone that is none", func(tx *db.Tx) error {
				return household.UpdateContact(ctx, tx, agent, f.claire.ID, household.Contact{Phone: "12"})
			}, fault.Invalid},
			{"a menu nobody cooks", func(tx *db.Tx) error { return household.SetMenu(ctx, tx, agent, f.leo.ID, "homard") }, fault.Invalid},
			{"a rule for a child of another household", func(tx *db.Tx) error {
				_, err := household.SetCustodyRule(ctx, tx, agent, karimsRule(household.CustodyRule{ChildID: f.antoine.ID, HouseholdID: f.karim.HouseholdID}))
				return err
			}, fault.NotFound},
			{"a decision without a reason", func(tx *db.Tx) error {
				_, err := household.DecideCustody(ctx, tx, agent, household.CustodyDates{ChildID: f.leo.ID, HouseholdID: f.karim.HouseholdID, Starts: tx.Now, Ends: tx.Now.Add(1e9)})
				return err
			}, fault.Invalid},
			{"an unknown school", func(tx *db.Tx) error {
				return household.SetSchooling(ctx, tx, agent, household.Schooling{ChildID: f.leo.ID, SchoolYear: "2026-2027", SiteID: "nothing", Level: "PS"})
			}, fault.Invalid},
			{"a school year of two years", func(tx *db.Tx) error {
				return household.SetSchooling(ctx, tx, agent, household.Schooling{ChildID: f.leo.ID, SchoolYear: "2026-2028", SiteID: "nothing", Level: "PS"})
			}, fault.Invalid},
			{"a hold that does not stand", func(tx *db.Tx) error { return household.LiftHold(ctx, tx, agent, "nothing") }, fault.NotFound},
		} {
			if err := tn.DB.Write(ctx, c.verb); !fault.Is(err, c.want) {
				t.Errorf("%s: %v, want %s", c.name, err, c.want)
			}
		}
	})
}

func karimsRule(r household.CustodyRule) household.CustodyRule {
	rule := evenFridays(r.HouseholdID)
	rule.ChildID = r.ChildID
	return rule
}

func TestAccountOfAGuardian(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		f := makeFamily(tn)
		var account identity.Account
		tn.Write(func(tx *db.Tx) (err error) {
			account, err = identity.Create(t.Context(), tx, identity.NewAccount{Login: "claire.martin", Email: "claire.martin@courriel.example", Name: "Claire Martin", Kind: identity.Family})
			return err
		})
		tn.Read(func(tx *db.Tx) error {
			if _, err := household.GuardianOf(t.Context(), tx, account.ID); !fault.Is(err, fault.NotFound) {
				t.Errorf("before: %v, want not found", err)
			}
			return nil
		})
		tn.Write(func(tx *db.Tx) error { return household.AttachAccount(t.Context(), tx, agent, f.claire.ID, account.ID) })
		tn.Write(func(tx *db.Tx) error { return household.AttachAccount(t.Context(), tx, agent, f.claire.ID, account.ID) })
		if err := tn.DB.Write(t.Context(), func(tx *db.Tx) error { return household.AttachAccount(t.Context(), tx, agent, f.karim.ID, account.ID) }); !fault.Is(err, fault.Conflict) {
			t.Errorf("a second guardian: %v, want conflict", err)
		}
		tn.Read(func(tx *db.Tx) error {
			if g, err := household.GuardianOf(t.Context(), tx, account.ID); err != nil || g.ID != f.claire.ID || g.Name() != "Claire Martin" || g.Phone != "+33639980102" {
				t.Errorf("GuardianOf: %+v, %v", g, err)
			}
			return nil
		})
	})
}

func TestStandingIsDated(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		f := makeFamily(tn)
		ctx, home := t.Context(), f.claire.HouseholdID
		quotient := func(value int64) func(tx *db.Tx) error {
			return func(tx *db.Tx) error {
				_, err := household.AddQuotient(ctx, tx, agent, home, household.Quotient{Value: value, Kind: "caf", Source: "attestation", ReferenceMonth: "2026-09", EffectiveOn: civil.MustParse("2026-09-01")})
				return err
			}
		}
		tn.Write(quotient(91200))
		tn.SetClock("2026-12-02T10:00")
		tn.Write(quotient(79950))
		var hold household.Hold
		tn.Write(func(tx *db.Tx) (err error) {
			if err := household.SetResidence(ctx, tx, agent, home, household.Residence{From: civil.MustParse("2026-01-01"), Resident: true}); err != nil {
				return err
			}
			hold, err = household.PlaceHold(ctx, tx, agent, home, "Facture impayée")
			return err
		})
		tn.Read(func(tx *db.Tx) error {
			s, err := household.StandingOf(ctx, tx, home)
			q, ok := s.QuotientOn(civil.MustParse("2026-12-07"))
			if err != nil || !ok || q.Value != 79950 || len(s.Quotients) != 2 || !s.ResidentOn(civil.MustParse("2026-12-07")) {
				t.Errorf("standing: %+v, %v", s, err)
			}
			if s.Hold == nil || s.Hold.ID != hold.ID || s.Hold.Since != tn.At("2026-12-02T10:00") {
				t.Errorf("hold: %+v", s.Hold)
			}
			many, err := household.StandingsOf(ctx, tx, []string{home, f.karim.HouseholdID})
			if err != nil || !reflect.DeepEqual(many[home], s) || len(many[f.karim.HouseholdID].Quotients) != 0 {
				t.Errorf("standings: %+v, %v; want %+v", many, err, s)
			}
			return nil
		})
		tn.Write(func(tx *db.Tx) error { return household.LiftHold(ctx, tx, agent, hold.ID) })
		tn.Read(func(tx *db.Tx) error {
			s, err := household.StandingOf(ctx, tx, home)
			if err != nil || s.Hold != nil {
				t.Errorf("after lifting: %+v, %v", s.Hold, err)
			}
			entries, err := audit.List(ctx, tx, audit.Filter{Household: home})
			if err != nil || !slices.ContainsFunc(entries, func(e audit.Entry) bool { return e.Act == "hold.lift" && e.Actor == agent.Actor }) {
				t.Errorf("journal: %+v, %v", entries, err)
			}
			return nil
		})
	})
}

func TestSchoolings(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		f := makeFamily(tn)
		addSite(tn, "ROSTAND")
		for _, s := range []household.Schooling{
			{ChildID: f.antoine.ID, SchoolYear: "2025-2026", SiteID: "ROSTAND", Level: "CE2"},
			{ChildID: f.antoine.ID, SchoolYear: "2026-2027", SiteID: "ROSTAND", Level: "CE2"},
			{ChildID: f.antoine.ID, SchoolYear: "2026-2027", SiteID: "ROSTAND", Level: "CM1", ClassName: "CM1 B"},
		} {
			tn.Write(func(tx *db.Tx) error { return household.SetSchooling(t.Context(), tx, agent, s) })
		}
		tn.Read(func(tx *db.Tx) error {
			got, err := household.Schoolings(t.Context(), tx, f.antoine.ID)
			if err != nil || len(got) != 2 || got[0].ClassName != "CM1 B" || got[1].Level != "CE2" {
				t.Errorf("schoolings: %+v, %v", got, err)
			}
			many, err := household.SchoolingsOf(t.Context(), tx, []string{f.antoine.ID, f.leo.ID})
			if err != nil || !slices.Equal(many[f.antoine.ID], got) || many[f.leo.ID] != nil {
				t.Errorf("schoolings of two: %+v, %v", many, err)
			}
			children, err := household.ChildrenByID(t.Context(), tx, []string{f.antoine.ID, f.leo.ID, "nothing"})
			if err != nil || len(children) != 2 || children[f.antoine.ID] != f.antoine || !children[f.leo.ID].Shared {
				t.Errorf("children by id: %+v, %v", children, err)
			}
			return nil
		})
	})
}

func TestFeed(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		f := makeFamily(tn)
		ctx, key := t.Context(), tn.KeyFor("feeds")
		var first, second household.Feed
		create := func(out *household.Feed) {
			tn.Write(func(tx *db.Tx) (err error) { *out, err = household.CreateFeed(ctx, tx, key, f.claire); return err })
		}
		find := func(secret string) (g household.Guardian, err error) {
			tn.Read(func(tx *db.Tx) error { g, err = household.GuardianByFeed(ctx, tx, secret); return nil })
			return g, err
		}
		create(&first)
		if g, err := find(first.Secret); err != nil || g.ID != f.claire.ID {
			t.Errorf("first secret: %+v, %v", g, err)
		}
		create(&second)
		if _, err := find(first.Secret); !fault.Is(err, fault.NotFound) {
			t.Errorf("replaced secret: %v, want not found", err)
		}
		tn.Read(func(tx *db.Tx) error {
			got, ok, err := household.FeedOf(ctx, tx, key, f.claire)
			if err != nil || !ok || got != second {
				t.Errorf("shown again: %+v, %v, %v; want %+v", got, ok, err, second)
			}
			if _, _, err := household.FeedOf(ctx, tx, tn.KeyFor("other"), f.claire); err == nil {
				t.Error("the secret opened with another key")
			}
			if _, ok, err := household.FeedOf(ctx, tx, key, f.karim); ok || err != nil {
				t.Errorf("Karim has a feed: %v, %v", ok, err)
			}
			sealed, err := db.One(ctx, tx, `SELECT secret_sealed FROM calendar_feeds WHERE id = $1`, db.Value[string], second.ID)
			if err != nil || sealed == "" || sealed == second.Secret {
				t.Errorf("sealed: %q, %v", sealed, err)
			}
			return nil
		})
		tn.Write(func(tx *db.Tx) error { return household.RevokeFeed(ctx, tx, f.claire) })
		if _, err := find(second.Secret); !fault.Is(err, fault.NotFound) {
			t.Errorf("revoked secret: %v, want not found", err)
		}
	})
}
