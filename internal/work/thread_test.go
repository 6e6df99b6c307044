package work_test

import (
	"strings"
	"testing"

	"preau/internal/db"
	"preau/internal/notify"
	"preau/internal/staff"
	"preau/internal/thread"
	"preau/internal/worldtest"
)

// Each side of a thread is told that there is something to read; the answer itself is in the mail only for who asked for it.
func TestBothSidesOfAThreadAreTold(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		var id string
		w.Write(func(tx *db.Tx) (err error) {
			w.AddAgent(tx, "rostand", staff.Instruction, "ROSTAND")
			id, err = thread.Start(t.Context(), tx, w.Claire, thread.New{Service: "Service aux familles", ChildID: w.Leo.ID, Subject: "Menu", Body: "Secret de famille"}, w.Loc)
			return err
		})
		settle(t, w)
		for address, want := range map[string]int{"agent.enfance@mairie.example": 1, "direction@mairie.example": 1, "rostand@mairie.example": 0, "karim.benali@famille.example": 0} {
			mails := w.Mailbox.To(address)
			if len(mails) != want {
				t.Errorf("%s got %d mails, want %d", address, len(mails), want)
			}
			for _, m := range mails {
				says(t, m, "Ville d’Essai – Message d’une famille : Menu", "Claire Martin écrit au service")
				if strings.Contains(m.Text, "Secret") {
					t.Error("what the family wrote is in the mail")
				}
			}
		}
		w.Mailbox.Clear()
		answer := func(body string) {
			w.Clock.Advance(1e9)
			w.Write(func(tx *db.Tx) error { return thread.Answer(t.Context(), tx, w.Instructor, id, body, false) })
			settle(t, w)
		}
		answer("Première réponse")
		w.Write(func(tx *db.Tx) error {
			return notify.SetChoice(t.Context(), tx, w.Claire.AccountID, notify.AnswerText, true)
		})
		answer("Seconde réponse")
		mails := w.Mailbox.To("claire.martin@famille.example")
		if len(mails) != 2 {
			t.Fatalf("%d mails, want 2", len(mails))
		}
		if strings.Contains(mails[1].Text, "Première réponse") {
			t.Error("the answer is in the mail of who did not ask for it")
		}
		says(t, mails[0], "Ville d’Essai – Réponse du service : Menu", "Seconde réponse", "/espace/echanges/"+id)
		if n := len(w.Mailbox.To("karim.benali@famille.example")); n != 0 {
			t.Errorf("the other household got %d mails", n)
		}
		w.Mailbox.Clear()
		w.Write(func(tx *db.Tx) error { return thread.Reply(t.Context(), tx, w.Claire, id, "Merci") })
		settle(t, w)
		if len(w.Mailbox.To("direction@mairie.example")) != 0 || len(w.Mailbox.To("agent.enfance@mairie.example")) != 1 {
			t.Error("once somebody follows a thread, only they are told")
		}
	})
}
