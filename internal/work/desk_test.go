package work_test

import (
	"encoding/json"
	"strings"
	"testing"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/job"
	"preau/internal/notify"
	"preau/internal/staff"
	"preau/internal/work"
	"preau/internal/worldtest"
)

// Agents are told once an hour of what is new at their sites; that a canteen by right is full is said first.
func TestAgentsAreToldOfWhatAwaits(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		w.Write(func(tx *db.Tx) error {
			w.AddAgent(tx, "rostand", staff.Instruction, "ROSTAND")
			w.AddAgent(tx, "sabinettes", staff.Instruction, "SABINETTES")
			muted := w.AddAgent(tx, "discret", staff.Instruction)
			w.AddAgent(tx, "animateur", staff.Animation)
			w.SetPlaces(tx, "CANTINE", "ROSTAND", "REPAS", 0)
			c, err := activity.Load(t.Context(), tx)
			if err != nil {
				return err
			}
			a, _ := c.Activity(w.Activity["CANTINE"])
			right := *a
			right.IsRight, right.Waiting = true, activity.NoWaiting
			if _, err := activity.SaveActivity(t.Context(), tx, right, civil.DateOf(tx.Now, w.Loc), w.Loc); err != nil {
				return err
			}
			return notify.Mute(t.Context(), tx, muted.AccountID, notify.Pending)
		})
		tell := func(wall string) map[string]string {
			t.Helper()
			w.Mailbox.Clear()
			w.SetClock(wall)
			settle(t, w) // by the schedule, from the second hour on
			payload, err := json.Marshal(job.Planned{At: w.At(wall)})
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // run twice, told once
				if err := work.Handlers(w.Town.Town)[work.TellDesk](t.Context(), payload); err != nil {
					t.Fatal(err)
				}
			}
			settle(t, w)
			told := map[string]string{}
			for _, m := range w.Mailbox.List() {
				if strings.HasSuffix(m.To, "@mairie.example") {
					login := strings.TrimSuffix(m.To, "@mairie.example")
					told[login] += m.Subject + "\n" + m.Text
				}
			}
			return told
		}
		if told := tell("2026-12-01T10:00"); len(told) != 0 {
			t.Errorf("told of nothing: %v", told)
		}
		change(t, w, w.Claire, "antoine/CANTINE", "REPAS", "2026-12-14", "2026-12-15")
		told := tell("2026-12-01T11:00")
		for _, login := range []string{"rostand", "agent.enfance", "direction"} {
			for _, part := range []string{"Activité de droit complète : 2 nouvelles demandes", "Restauration scolaire, Élémentaire Jean Rostand", "2 demandes attendent, la première pour le lundi 14 décembre",
				"chaque enfant inscrit y a droit : lundi 14 décembre, mardi 15 décembre", "/bureau/demandes"} {
				if !strings.Contains(plain(told[login]), part) {
					t.Errorf("%s is not told %q: %s", login, part, told[login])
				}
			}
		}
		if len(told) != 3 || strings.Count(told["rostand"], "Bonjour") != 1 {
			t.Errorf("told %d agents: %v", len(told), told)
		}
		if told := tell("2026-12-01T12:00"); len(told) != 0 {
			t.Errorf("told again of what they know: %v", told)
		}
		change(t, w, w.Claire, "antoine/CANTINE", "REPAS", "2026-12-17")
		if told := tell("2026-12-01T21:00"); len(told) != 0 {
			t.Errorf("told at night: %v", told)
		}
		if told := tell("2026-12-02T07:00"); !strings.Contains(plain(told["rostand"]), "3 demandes attendent dans vos établissements, dont 1 nouvelle") {
			t.Errorf("the next morning: %v", told)
		}
	})
}
