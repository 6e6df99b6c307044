package household_test

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/towntest"
)

// Every table that names a household follows it when it is merged, or is known to stay.
func TestMergeForgetsNoTable(t *testing.T) {
	schema, err := os.ReadFile("../db/schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	var named, known []string
	column := regexp.MustCompile(`(?m)^\s+household_id `)
	for _, table := range strings.Split(string(schema), "CREATE TABLE ")[1:] {
		name, columns, _ := strings.Cut(table, " (")
		if column.MatchString(columns) {
			named = append(named, name)
		}
	}
	for _, b := range household.Belongings {
		known = append(known, b.Table)
	}
	known = append(known, household.Staying...)
	slices.Sort(named)
	slices.Sort(known)
	if !slices.Equal(named, known) {
		t.Errorf("tables that name a household:\n%v\nthose a merge knows:\n%v", named, known)
	}
}

// Two files of one family: all of the second goes to the first, and back.
func TestMergeAndUndo(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		ctx := context.Background()
		kept, _, _ := oneFamily(t, tn)
		var merged household.Household
		var paul household.Guardian
		var only, both household.Child
		tn.Write(func(tx *db.Tx) (err error) {
			if merged, err = household.CreateHousehold(ctx, tx, by, household.Household{Name: "MARTIN Paul"}); err != nil {
				return err
			}
			if paul, err = household.AddGuardian(ctx, tx, by, household.Guardian{HouseholdID: merged.ID, FirstName: "Paul", LastName: "Martin"}); err != nil {
				return err
			}
			if only, err = household.AddChild(ctx, tx, by, merged.ID, household.Child{FirstName: "Zoé", LastName: "Martin", BornOn: civil.MustParse("2019-03-02")}); err != nil {
				return err
			}
			if both, err = household.AddChild(ctx, tx, by, kept.ID, household.Child{FirstName: "Léo", LastName: "Martin", BornOn: civil.MustParse("2021-03-02")}); err != nil {
				return err
			}
			if err := household.LinkChild(ctx, tx, by, merged.ID, both.ID); err != nil {
				return err
			}
			if _, err := household.SetCustodyRule(ctx, tx, by, household.CustodyRule{ChildID: both.ID, HouseholdID: merged.ID, Weeks: household.EvenWeeks, Weekday: time.Friday,
				Time: civil.Clock(16, 0), Holidays: household.HolidaysAsWeeks, From: civil.MustParse("2026-09-01")}); err != nil {
				return err
			}
			if _, err := household.AddQuotient(ctx, tx, by, merged.ID, household.Quotient{Value: 900_00, Kind: "caf", Source: "x", ReferenceMonth: "2026-09", EffectiveOn: civil.MustParse("2026-09-01")}); err != nil {
				return err
			}
			if err := household.RefuseAsking(ctx, tx, by, merged.ID, true); err != nil {
				return err
			}
			_, err = household.PlaceHold(ctx, tx, by, merged.ID, "impayé")
			return err
		})
		before, empty := sides(t, tn, kept.ID, merged.ID)
		var m household.Merge
		tn.Write(func(tx *db.Tx) (err error) {
			m, err = household.MergeHouseholds(ctx, tx, by, kept.ID, merged.ID)
			return err
		})
		one, rest := sides(t, tn, kept.ID, merged.ID)
		if len(one.Guardians) != 3 || len(one.Children) != 2 || len(one.Counts) != 3 {
			t.Errorf("the household kept has %+v", one)
		}
		if len(rest.Guardians)+len(rest.Children)+len(rest.Counts) != 0 {
			t.Errorf("the household merged still has %+v", rest)
		}
		tn.Read(func(tx *db.Tx) error {
			g, err := household.GuardianByID(ctx, tx, paul.ID)
			if err != nil {
				return err
			}
			if _, refused, err := household.RefusalOf(ctx, tx, kept.ID); err != nil || !refused {
				t.Errorf("what the family refused is forgotten: %v", err)
			}
			if _, err := household.ChildOf(ctx, tx, g, only.ID); err != nil {
				t.Errorf("the guardian no longer finds the child: %v", err)
			}
			hits, err := household.Search(ctx, tx, "martin paul")
			if len(hits) != 1 || hits[0].HouseholdID != kept.ID {
				t.Errorf("the search finds %+v", hits)
			}
			return err
		})
		if err := tn.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := household.MergeHouseholds(ctx, tx, by, merged.ID, kept.ID)
			return err
		}); !fault.Is(err, fault.Conflict) {
			t.Errorf("merged again: %v", err)
		}
		tn.Write(func(tx *db.Tx) error { return household.UndoMerge(ctx, tx, by, m.ID) })
		after, again := sides(t, tn, kept.ID, merged.ID)
		if len(after.Guardians) != len(before.Guardians) || len(after.Children) != len(before.Children) || len(after.Counts) != len(before.Counts) ||
			len(again.Guardians) != len(empty.Guardians) || len(again.Children) != len(empty.Children) || !slices.Equal(again.Counts, empty.Counts) {
			t.Errorf("before %+v and %+v\nafter %+v and %+v", before, empty, after, again)
		}
		if err := tn.DB.Write(ctx, func(tx *db.Tx) error { return household.UndoMerge(ctx, tx, by, m.ID) }); !fault.Is(err, fault.NotFound) {
			t.Errorf("undone twice: %v", err)
		}
		tn.Write(func(tx *db.Tx) (err error) {
			m, err = household.MergeHouseholds(ctx, tx, by, kept.ID, merged.ID)
			return err
		})
		tn.Clock.Advance(household.MergeUndo + time.Minute)
		if err := tn.DB.Write(ctx, func(tx *db.Tx) error { return household.UndoMerge(ctx, tx, by, m.ID) }); !fault.Is(err, fault.Refused) {
			t.Errorf("undone after its time: %v", err)
		}
	})
}

func sides(t *testing.T, tn *towntest.Town, keptID, mergedID string) (kept, merged household.Side) {
	t.Helper()
	tn.Read(func(tx *db.Tx) error {
		v, err := household.PreviewMerge(context.Background(), tx, keptID, mergedID)
		kept, merged = v.Kept, v.Merged
		return err
	})
	return kept, merged
}

// Merges of one file are undone from the last: an earlier one would give a household its children back without its guardians.
func TestMergesAreUndoneFromTheLast(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		ctx := context.Background()
		var homes [3]household.Household
		tn.Write(func(tx *db.Tx) (err error) {
			for i, name := range []string{"Paul", "Anne", "Zoé"} {
				if homes[i], err = household.CreateHousehold(ctx, tx, by, household.Household{Name: "MARTIN " + name}); err != nil {
					return err
				}
				if _, err = household.AddGuardian(ctx, tx, by, household.Guardian{HouseholdID: homes[i].ID, FirstName: name, LastName: "Martin"}); err != nil {
					return err
				}
			}
			return household.RefuseAsking(ctx, tx, by, homes[0].ID, true)
		})
		refusers := func(when string, want ...bool) {
			t.Helper()
			tn.Read(func(tx *db.Tx) error {
				for i, home := range homes {
					if _, refused, err := household.RefusalOf(ctx, tx, home.ID); err != nil || refused != want[i] {
						t.Errorf("%s, that household %d refuses that the CAF is asked: %v, %v", when, i, refused, err)
					}
				}
				return nil
			})
		}
		var merges [2]household.Merge
		for i := range merges {
			tn.Write(func(tx *db.Tx) (err error) {
				merges[i], err = household.MergeHouseholds(ctx, tx, by, homes[i+1].ID, homes[i].ID)
				return err
			})
			tn.Clock.Advance(time.Hour)
		}
		if err := tn.DB.Write(ctx, func(tx *db.Tx) error { return household.UndoMerge(ctx, tx, by, merges[0].ID) }); !fault.Is(err, fault.Refused) {
			t.Errorf("the first one, before the last: %v", err)
		}
		refusers("merged twice", true, true, true)
		tn.Write(func(tx *db.Tx) error { return household.UndoMerge(ctx, tx, by, merges[1].ID) })
		refusers("the last undone", true, true, false)
		tn.Write(func(tx *db.Tx) (err error) {
			if merges[1], err = household.MergeHouseholds(ctx, tx, by, homes[2].ID, homes[1].ID); err != nil {
				return err
			}
			return household.RefuseAsking(ctx, tx, by, homes[2].ID, false)
		})
		refusers("allowed again", true, true, false)
		tn.Clock.Advance(time.Hour)
		for _, i := range []int{1, 0} {
			tn.Write(func(tx *db.Tx) error { return household.UndoMerge(ctx, tx, by, merges[i].ID) })
		}
		refusers("both undone", true, false, false)
		for _, home := range homes {
			tn.Read(func(tx *db.Tx) error {
				guardians, err := household.Guardians(ctx, tx, home.ID)
				if len(guardians) != 1 {
					t.Errorf("%s has %d guardians", home.Name, len(guardians))
				}
				return err
			})
		}
	})
}
