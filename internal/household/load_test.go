package household_test

import (
	"fmt"
	"testing"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/towntest"
)

func smallBatch() household.Batch {
	return household.Batch{
		Households: []household.BatchHousehold{
			{Reference: "F1", Name: "MARTIN Claire", Address: "1 rue des Lilas", City: "Chatou",
				Residence: &household.Residence{From: civil.MustParse("2026-09-01"), Resident: true},
				Quotient:  &household.Quotient{Value: 91200, Kind: "caf", Source: "import", ReferenceMonth: "2026-09", EffectiveOn: civil.MustParse("2026-09-01")}},
			{Reference: "F2", Name: "BENALI Karim"},
		},
		Guardians: []household.BatchGuardian{
			{Reference: "R1", Household: "F1", Civility: "mme", FirstName: "Claire", LastName: "Martin", Email: "claire@courriel.example", Phone: "+33639980102"},
			{Reference: "R2", Household: "F2", Civility: "m", FirstName: "Karim", LastName: "Benali"},
		},
		Children: []household.BatchChild{
			{Reference: "E1", Households: []string{"F1"}, FirstName: "Antoine", LastName: "Martin", BornOn: civil.MustParse("2017-05-04"), Menu: "sans_porc"},
			{Reference: "E2", Households: []string{"F1", "F2"}, FirstName: "Léo", LastName: "Martin", BornOn: civil.MustParse("2022-02-11")},
		},
		Schoolings: []household.BatchSchooling{{Child: "E1", SchoolYear: "2026-2027", SiteID: "ROSTAND", Level: "CM1", ClassName: "CM1 B"}},
	}
}

func load(t *testing.T, tn *towntest.Town, b household.Batch) (l household.Loaded) {
	t.Helper()
	tn.Write(func(tx *db.Tx) (err error) { l, err = household.Load(t.Context(), tx, agent, b); return err })
	return l
}

func TestLoadTwiceChangesNothing(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		addSite(tn, "ROSTAND")
		first := load(t, tn, smallBatch())
		if first.NewHouseholds != 2 || first.NewGuardians != 2 || first.NewChildren != 2 {
			t.Errorf("first load: %+v", first)
		}
		tn.SetClock("2026-12-02T10:00")
		again := smallBatch()
		again.Households[0].Address, again.Guardians[0].Phone, again.Children[0].Menu, again.Schoolings[0].ClassName = "", "", "", ""
		again.Guardians[0].Email = "claire.martin@courriel.example"
		second := load(t, tn, again)
		if second.NewHouseholds+second.NewGuardians+second.NewChildren != 0 || second.Children["E2"] != first.Children["E2"] {
			t.Errorf("second load: %+v", second)
		}
		tn.Read(func(tx *db.Tx) error {
			home := first.Households["F1"]
			h, err := household.ByID(t.Context(), tx, home)
			if err != nil || h.Address != "1 rue des Lilas" {
				t.Errorf("household: %+v, %v", h, err)
			}
			guardians, err := household.Guardians(t.Context(), tx, home)
			if err != nil || len(guardians) != 1 || guardians[0].Phone != "+33639980102" || guardians[0].Email != "claire.martin@courriel.example" {
				t.Errorf("guardians: %+v, %v", guardians, err)
			}
			children, err := household.Children(t.Context(), tx, home)
			if err != nil || len(children) != 2 || children[0].Menu != "sans_porc" || children[1].Menu != "standard" || !children[1].Shared {
				t.Errorf("children: %+v, %v", children, err)
			}
			s, err := household.StandingOf(t.Context(), tx, home)
			if err != nil || len(s.Quotients) != 1 || len(s.Residences) != 1 || !s.Residences[0].Resident {
				t.Errorf("standing: %+v, %v", s, err)
			}
			schoolings, err := household.Schoolings(t.Context(), tx, first.Children["E1"])
			if err != nil || len(schoolings) != 1 || schoolings[0].ClassName != "CM1 B" {
				t.Errorf("schoolings: %+v, %v", schoolings, err)
			}
			return nil
		})
	})
}

func TestLoadKeepsTheHistoryOfQuotients(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		addSite(tn, "ROSTAND")
		for i, value := range []int64{91200, 80000, 91200} { // a correction, then the correction taken back
			tn.SetClock(fmt.Sprintf("2026-12-0%dT10:00", i+1))
			b := smallBatch()
			b.Households[0].Quotient.Value = value
			home := load(t, tn, b).Households["F1"]
			tn.Read(func(tx *db.Tx) error {
				s, err := household.StandingOf(t.Context(), tx, home)
				q, ok := s.QuotientOn(civil.MustParse("2026-12-07"))
				if err != nil || !ok || q.Value != value || len(s.Quotients) != i+1 {
					t.Errorf("after load %d: %+v, %v", i+1, s.Quotients, err)
				}
				return nil
			})
		}
	})
}

func TestLoadOfATownTwice(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		addSite(tn, "ROSTAND")
		var b household.Batch
		for i := range 1000 {
			ref := fmt.Sprint(i)
			b.Households = append(b.Households, household.BatchHousehold{Reference: "F" + ref, Name: "FAMILLE " + ref,
				Residence: &household.Residence{From: civil.MustParse("2026-09-01"), Resident: true},
				Quotient:  &household.Quotient{Value: int64(i), Kind: "caf", Source: "import", ReferenceMonth: "2026-09", EffectiveOn: civil.MustParse("2026-09-01")}})
			b.Guardians = append(b.Guardians, household.BatchGuardian{Reference: "R" + ref, Household: "F" + ref, FirstName: "A", LastName: "B"})
			for j := range 2 {
				child := fmt.Sprint("E", ref, "-", j)
				b.Children = append(b.Children, household.BatchChild{Reference: child, Households: []string{"F" + ref}, FirstName: "C", LastName: "D", BornOn: civil.MustParse("2020-01-01")})
				b.Schoolings = append(b.Schoolings, household.BatchSchooling{Child: child, SchoolYear: "2026-2027", SiteID: "ROSTAND", Level: "GS"})
			}
		}
		if first := load(t, tn, b); first.NewHouseholds != 1000 || first.NewChildren != 2000 {
			t.Errorf("first: %+v", first)
		}
		if again := load(t, tn, b); again.NewHouseholds != 0 || again.NewChildren != 0 {
			t.Errorf("again: %+v", again)
		}
	})
}
