package household_test

import (
	"fmt"
	"slices"
	"testing"

	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/towntest"
	"preau/internal/worldtest"
)

func TestLevelsFollowEachOther(t *testing.T) {
	for level, want := range map[string]string{"TPS": "PS", "PS": "MS", "MS": "GS", "GS": "CP", "CP": "CE1", "CE1": "CE2", "CE2": "CM1", "CM1": "CM2", "CM2": "", "ULIS": "ULIS", "6e": ""} {
		if got := household.NextLevel(level); got != want {
			t.Errorf("after %s: %q, want %q", level, got, want)
		}
	}
	for label, want := range map[string]string{"2026-2027": "2027-2028", "2099-2100": "2100-2101", "2026-2028": "", "hier": ""} {
		if got := household.NextSchoolYear(label); got != want {
			t.Errorf("after %s: %q, want %q", label, got, want)
		}
	}
}

const thisYear, nextYear = "2026-2027", "2027-2028"

// Every child passes, but those who leave and those whose next year is written; a job that begins again writes nothing twice; the
// second act takes back what the first wrote, and nothing that was changed since.
func TestARolloverIsSettledAndUndone(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w, ctx := worldtest.Chatou(t, tn), t.Context()
		children := map[string]household.Child{}
		w.Write(func(tx *db.Tx) error {
			for name, at := range map[string][2]string{"Gaspard": {"GS", "SABINETTES"}, "Camille": {"CM2", "ROSTAND"}, "Rémi": {"CE1", "ROSTAND"}, "Ulysse": {"ULIS", "ROSTAND"}} {
				children[name] = w.AddChild(tx, w.Claire, name, "Martin", "2018-01-01", at[0], at[1])
			}
			for i := range 230 { // more than a slice
				w.AddChild(tx, w.Karim, fmt.Sprint("Enfant", i), "Benali", "2018-01-01", "CP", "ROSTAND")
			}
			return household.SetSchooling(ctx, tx, agent, household.Schooling{ChildID: children["Rémi"].ID, SchoolYear: nextYear, SiteID: w.Site["ROSTAND"], Level: "CE1", ClassName: "CE1 B"})
		})
		begin := func() (r household.Rollover, err error) {
			err = w.DB.Write(ctx, func(tx *db.Tx) (err error) { r, err = household.BeginRollover(ctx, tx, agent, thisYear); return err })
			return r, err
		}
		settle := func(r household.Rollover, undone bool, slices int) {
			t.Helper()
			after := ""
			for n := 0; slices == 0 || n < slices; n++ {
				w.Write(func(tx *db.Tx) (err error) {
					after, err = household.SettleRolloverSlice(ctx, tx, household.RolloverPayload{RolloverID: r.ID, Undone: undone}, after)
					return err
				})
				if after == "" {
					return
				}
			}
		}
		next := func(name string) string {
			var level string
			w.Read(func(tx *db.Tx) error {
				list, err := household.Schoolings(ctx, tx, children[name].ID)
				if i := slices.IndexFunc(list, func(s household.Schooling) bool { return s.SchoolYear == nextYear }); i >= 0 {
					level = list[i].Level + " " + map[bool]string{true: "Rostand", false: "ailleurs"}[list[i].SiteID == w.Site["ROSTAND"]]
				}
				return err
			})
			return level
		}
		written := func() int { return count(t, tn, `SELECT count(*) FROM schoolings WHERE school_year = '`+nextYear+`'`) }

		if _, err := begin(); !fault.Is(err, fault.Refused) {
			t.Fatalf("without a school after GS: %v", err)
		}
		wants(t, "a school that does not exist", "suite", w.DB.Write(ctx, func(tx *db.Tx) error { return household.SetSuccessor(ctx, tx, agent, w.Site["SABINETTES"], "none") }))
		w.Write(func(tx *db.Tx) error {
			return household.SetSuccessor(ctx, tx, agent, w.Site["SABINETTES"], w.Site["ROSTAND"])
		})
		r, err := begin()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := begin(); err == nil {
			t.Error("begun twice")
		}
		settle(r, false, 1) // the process dies here
		settle(r, false, 0)
		settle(r, false, 0)
		for name, want := range map[string]string{"Gaspard": "CP Rostand", "Camille": "", "Rémi": "CE1 Rostand", "Ulysse": "ULIS Rostand"} {
			if got := next(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		if n := written(); n != 230+2+3 { // with Antoine, Léo, and Rémi's own
			t.Errorf("%d schoolings in the next year", n)
		}
		if _, err := begin(); !fault.Is(err, fault.Invalid) {
			t.Errorf("again, with nobody left: %v", err)
		}
		w.Write(func(tx *db.Tx) error {
			return household.SetSchooling(ctx, tx, agent, household.Schooling{ChildID: children["Gaspard"].ID, SchoolYear: nextYear, SiteID: w.Site["ROSTAND"], Level: "CP", ClassName: "CP A"})
		})
		w.Write(func(tx *db.Tx) error { return household.UndoRollover(ctx, tx, agent, r.ID) })
		if err := w.DB.Write(ctx, func(tx *db.Tx) error { return household.UndoRollover(ctx, tx, agent, r.ID) }); !fault.Is(err, fault.Conflict) {
			t.Errorf("undone twice: %v", err)
		}
		settle(r, true, 1)
		settle(r, true, 0)
		if n := written(); n != 2 {
			t.Errorf("%d schoolings are left, want Rémi's and the one that was changed", n)
		}
		if _, err := begin(); err != nil {
			t.Errorf("once undone, again: %v", err)
		}
	})
}
