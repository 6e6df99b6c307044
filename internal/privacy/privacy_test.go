package privacy_test

import (
	"strings"
	"testing"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/privacy"
	"preau/internal/towntest"
	"preau/internal/worldtest"
)

func each(t *testing.T, test func(t *testing.T, w *worldtest.World)) {
	t.Helper()
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := worldtest.Chatou(t, tn)
		w.SetClock("2026-12-01T09:00")
		test(t, w)
	})
}

func TestThePolicyStaysWithinTheLaw(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		save := func(p privacy.Policy) error {
			return w.DB.Write(t.Context(), func(tx *db.Tx) error { return privacy.Save(t.Context(), tx, w.Direction, p) })
		}
		for _, months := range []int{1, 13, 0} {
			if err := save(privacy.Policy{Months: map[string]int{privacy.Views: months}}); !fault.Is(err, fault.Invalid) {
				t.Errorf("%d months of traces: %v", months, err)
			}
		}
		if err := save(privacy.Policy{On: true, Months: map[string]int{privacy.Views: 6}}); err != nil {
			t.Error(err)
		}
		w.Read(func(tx *db.Tx) error {
			p, err := privacy.PolicyOf(t.Context(), tx)
			views, _ := privacy.ByID(privacy.Views)
			messages, _ := privacy.ByID(privacy.Messages)
			if !p.On || p.MonthsOf(views) != 6 || p.MonthsOf(messages) != messages.Months {
				t.Errorf("%+v", p)
			}
			return err
		})
		err := w.DB.Write(t.Context(), func(tx *db.Tx) error { return privacy.Save(t.Context(), tx, w.Instructor, privacy.Policy{}) })
		if !fault.Is(err, fault.Forbidden) {
			t.Errorf("an agent who does not settle rules: %v", err)
		}
	})
}

// A run adds up over its slices, and one that a dead process left is found again.
func TestRunsAddUp(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		var run privacy.Run
		w.Write(func(tx *db.Tx) (err error) { run, err = privacy.Begin(t.Context(), tx, false, "Essai"); return err })
		day := privacy.Cutoff(privacy.Messages, 12, civil.MustParse("2026-12-01"))
		for range 3 {
			w.Write(func(tx *db.Tx) error {
				return privacy.Note(t.Context(), tx, run.ID, privacy.Line{Category: privacy.Messages, Before: day, Removed: 200, Held: 7, Why: "essai"})
			})
		}
		w.Read(func(tx *db.Tx) error {
			open, found, err := privacy.Applied(t.Context(), tx)
			if !found || open.ID != run.ID {
				t.Errorf("left open: %v, %v", open, found)
			}
			return err
		})
		w.Write(func(tx *db.Tx) error { return privacy.Finish(t.Context(), tx, run.ID) })
		w.Read(func(tx *db.Tx) error {
			got, err := privacy.RunByID(t.Context(), tx, run.ID)
			if len(got.Lines) != 1 || got.Lines[0].Removed != 600 || got.Lines[0].Held != 7 || got.FinishedAt.IsZero() {
				t.Errorf("%+v", got)
			}
			if _, found, _ := privacy.Applied(t.Context(), tx); found {
				t.Error("a run that is over is gone on with")
			}
			if _, err := privacy.RunByID(t.Context(), tx, "nothing"); !fault.Is(err, fault.NotFound) {
				t.Errorf("no such run: %v", err)
			}
			return err
		})
	})
}

// One copy is made at a time, and one an hour; it is its guardian's.
func TestCopiesAreAskedOnce(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		ask := func(who household.Guardian) error {
			return w.DB.Write(t.Context(), func(tx *db.Tx) error { return privacy.AskCopy(t.Context(), tx, who) })
		}
		for range 2 {
			if err := ask(w.Claire); err != nil {
				t.Error(err)
			}
		}
		if err := ask(w.Karim); err != nil {
			t.Error(err)
		}
		var mine []privacy.Copy
		w.Read(func(tx *db.Tx) (err error) {
			mine, err = privacy.Copies(t.Context(), tx, w.Claire)
			jobs, err2 := job.List(t.Context(), tx, job.Ready, 20)
			n := 0
			for _, j := range jobs {
				n += strings.Count(j.Kind, privacy.CopyKind)
			}
			if n != 2 || err2 != nil {
				t.Errorf("%d copies to make, want one for each parent", n)
			}
			return err
		})
		if len(mine) != 1 || mine[0].Ready(w.At("2026-12-01T09:00")) {
			t.Fatalf("copies: %+v", mine)
		}
		w.Read(func(tx *db.Tx) error {
			if _, err := privacy.CopyOf(t.Context(), tx, w.Karim, mine[0].ID); !fault.Is(err, fault.NotFound) {
				t.Errorf("another's copy: %v", err)
			}
			return nil
		})
	})
}

// A request waits once, is withdrawn, is decided once, with a reason when it is refused.
func TestRequestsToBeForgotten(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		write := func(do func(tx *db.Tx) error) error { return w.DB.Write(t.Context(), do) }
		for range 2 {
			if err := write(func(tx *db.Tx) error { return privacy.Ask(t.Context(), tx, w.Claire, "Merci") }); err != nil {
				t.Fatal(err)
			}
		}
		last := func() (r privacy.Request) {
			w.Read(func(tx *db.Tx) (err error) { r, _, err = privacy.Last(t.Context(), tx, w.Claire); return err })
			return r
		}
		if r := last(); !r.Open() || r.Name != "Claire Martin" || r.Words != "Merci" {
			t.Errorf("%+v", r)
		}
		if err := write(func(tx *db.Tx) error { return privacy.Withdraw(t.Context(), tx, w.Claire) }); err != nil || last().Open() {
			t.Errorf("withdrawn: %v", err)
		}
		if err := write(func(tx *db.Tx) error { return privacy.Decide(t.Context(), tx, w.Direction, last().ID, true, "") }); !fault.Is(err, fault.Conflict) {
			t.Errorf("deciding what was withdrawn: %v", err)
		}
		w.Clock.Advance(time.Hour)
		if err := write(func(tx *db.Tx) error { return privacy.Ask(t.Context(), tx, w.Claire, "") }); err != nil {
			t.Fatal(err)
		}
		if err := write(func(tx *db.Tx) error { return privacy.Decide(t.Context(), tx, w.Instructor, last().ID, true, "") }); !fault.Is(err, fault.Forbidden) {
			t.Errorf("an agent who may not: %v", err)
		}
		if err := write(func(tx *db.Tx) error { return privacy.Decide(t.Context(), tx, w.Direction, last().ID, false, " ") }); !fault.Is(err, fault.Invalid) {
			t.Errorf("a refusal without a reason: %v", err)
		}
		if err := write(func(tx *db.Tx) error {
			return privacy.Decide(t.Context(), tx, w.Direction, last().ID, false, "Une dette")
		}); err != nil {
			t.Error(err)
		}
		if r := last(); r.Open() || r.Accepted || r.Answer != "Une dette" {
			t.Errorf("%+v", r)
		}
		w.Read(func(tx *db.Tx) error {
			list, err := privacy.Requests(t.Context(), tx, 10)
			if len(list) != 2 {
				t.Errorf("%d requests", len(list))
			}
			return err
		})
	})
}
