package work_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/dossier"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/work"
	"preau/internal/worldtest"
)

var firstOfDecember = civil.MustParse("2026-12-01")

func declareChange(t *testing.T, w *worldtest.World, who household.Guardian, n dossier.Declaration) {
	t.Helper()
	w.Write(func(tx *db.Tx) error {
		_, err := dossier.Declare(t.Context(), tx, w.KeyFor("health"), who, n)
		return err
	})
}

// The family that declared is told the answer, and only that family; of health the mail says nothing.
func TestAFamilyIsToldTheAnswer(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		declareChange(t, w, w.Claire, dossier.Declaration{Field: dossier.Address, New: dossier.Content{"adresse": "4 avenue Foch", "code_postal": "78400", "commune": "Chatou"}})
		declareChange(t, w, w.Claire, dossier.Declaration{Field: dossier.Health, ChildID: w.Antoine.ID, New: dossier.Content{"pai": "oui", "allergies": "Arachide"}})
		w.Write(func(tx *db.Tx) error {
			list, err := dossier.Queue(t.Context(), tx, w.Instructor, firstOfDecember, dossier.QueueFilter{})
			for _, c := range list {
				if err == nil && c.Field == dossier.Address {
					err = dossier.Refuse(t.Context(), tx, w.Instructor, firstOfDecember, c.ID, dossier.Verdict{Reason: "La facture est trop ancienne."})
				} else if err == nil {
					err = dossier.Accept(t.Context(), tx, w.KeyFor("health"), w.Instructor, firstOfDecember, c.ID, dossier.Verdict{})
				}
			}
			return err
		})
		settle(t, w)
		settle(t, w)
		list := w.Mailbox.List()
		if len(list) != 2 {
			t.Fatalf("%d mails, want 2", len(list))
		}
		for _, m := range list {
			if m.To != "claire.martin@famille.example" || strings.Contains(m.Text+m.HTML, "rachide") {
				t.Errorf("to %s: %s", m.To, m.Text)
			}
			if strings.Contains(m.Subject, "dresse") {
				says(t, m, "Ville d’Essai – Votre changement n’est pas accepté : adresse du foyer", "La facture est trop ancienne.", "L’ancienne information reste valable")
			} else {
				says(t, m, "Ville d’Essai – Votre changement est accepté : allergies et PAI, Antoine", "Il est enregistré")
			}
		}
	})
}

// injected has a guardian enter three lines of a child's vaccination record.
func injected(t *testing.T, w *worldtest.World, who household.Guardian, childID string, days ...string) {
	t.Helper()
	for _, day := range days {
		w.Write(func(tx *db.Tx) error {
			return dossier.AddInjection(t.Context(), tx, who, childID, dossier.Injections[0].Code, civil.MustParse(day), firstOfDecember)
		})
	}
}

// What one parent changes of a shared child is told to the other, once a quarter of an hour: which information, by whom, and nothing
// else. What is one household's is not told.
func TestTheOtherParentIsTold(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		injected(t, w, w.Claire, w.Leo.ID, "2023-01-10", "2023-03-10", "2023-05-10")
		declareChange(t, w, w.Claire, dossier.Declaration{Field: dossier.Menu, ChildID: w.Leo.ID, New: dossier.Content{"menu": "vegetarien"}})
		declareChange(t, w, w.Claire, dossier.Declaration{Field: dossier.Insurance, ChildID: w.Leo.ID, New: dossier.Content{"assureur": "MAE", "assurance_au": "2027-08-31"}})
		declareChange(t, w, w.Claire, dossier.Declaration{Field: dossier.Menu, ChildID: w.Antoine.ID, New: dossier.Content{"menu": "vegetarien"}})
		settle(t, w)
		if list := w.Mailbox.List(); len(list) != 0 {
			t.Fatalf("%d mails before the quarter of an hour is over", len(list))
		}
		w.Clock.Advance(16 * time.Minute)
		settle(t, w)
		settle(t, w)
		list := w.Mailbox.List()
		if len(list) != 1 || list[0].To != "karim.benali@famille.example" {
			t.Fatalf("%d mails: %+v", len(list), list)
		}
		says(t, list[0], "Ville d’Essai – Le dossier de Léo a changé : menu et vaccinations", "Claire Martin a changé des informations du dossier de Léo : menu et vaccinations.")
		if strings.Contains(list[0].Text, "MAE") || strings.Contains(list[0].Text, "rue de Claire") || strings.Contains(list[0].Text, "ssurance") {
			t.Error("the mail tells what is the other household's")
		}
	})
}

// A change of a later quarter of an hour is a notice of its own, and so is the other parent's, to the first.
func TestEachQuarterOfAnHourIsToldApart(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		injected(t, w, w.Claire, w.Leo.ID, "2023-01-10")
		injected(t, w, w.Karim, w.Leo.ID, "2023-03-10")
		w.Clock.Advance(16 * time.Minute)
		injected(t, w, w.Claire, w.Leo.ID, "2023-05-10")
		w.Clock.Advance(16 * time.Minute)
		settle(t, w)
		settle(t, w)
		got := map[string]int{}
		for _, m := range w.Mailbox.List() {
			says(t, m, "Ville d’Essai – Le dossier de Léo a changé : vaccinations", "a changé une information du dossier de Léo : vaccinations.")
			got[m.To]++
		}
		if got["karim.benali@famille.example"] != 2 || got["claire.martin@famille.example"] != 1 || len(got) != 2 {
			t.Errorf("mails: %v", got)
		}
	})
}

func TestBothParentsAreToldThatTheyDiffer(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		w.Write(func(tx *db.Tx) error {
			text, err := dossier.SaveConsentText(t.Context(), tx, w.Direction, dossier.ConsentText{Kind: dossier.Swimming, Title: "Piscine", Body: "J’autorise."})
			for who, given := range map[*household.Guardian]bool{&w.Claire: true, &w.Karim: false} {
				if err == nil {
					err = dossier.AnswerConsent(t.Context(), tx, *who, w.Leo.ID, dossier.ConsentAnswer{TextID: text.ID, Given: given}, firstOfDecember)
				}
			}
			return err
		})
		settle(t, w)
		settle(t, w)
		list := w.Mailbox.List()
		if len(list) != 2 {
			t.Fatalf("%d mails, want 2", len(list))
		}
		for _, m := range list {
			says(t, m, "Ville d’Essai – Autorisations de Léo : les réponses diffèrent", "piscine et baignade", "ici le refus")
		}
	})
}

// Each household that has not confirmed is written to once a round; the daily job asks on the days the town set.
func TestFamiliesAreRemindedToConfirm(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		w.Write(func(tx *db.Tx) error {
			for i := range 60 {
				g := w.AddHousehold(tx, fmt.Sprintf("famille%02d", i), "Parent", fmt.Sprintf("Famille%02d", i), 0)
				w.AddChild(tx, g, "Zoé", "Famille", "2019-01-01", "CP", "ROSTAND")
			}
			if err := dossier.SaveSettings(t.Context(), tx, w.Direction, dossier.Settings{ConfirmFrom: civil.MustParse("2026-11-17"), RemindAfter: 14}); err != nil {
				return err
			}
			return dossier.Confirm(t.Context(), tx, w.Karim)
		})
		for range 2 { // the job runs twice, the families read once
			w.Write(func(tx *db.Tx) error { return job.Queue(t.Context(), tx, work.RemindFiles, job.Planned{At: tx.Now}) })
			settle(t, w)
			settle(t, w)
		}
		list := w.Mailbox.List()
		if len(list) != 61 {
			t.Fatalf("%d mails, want one to each of 61 households", len(list))
		}
		says(t, list[0], "Ville d’Essai – Votre dossier famille est à confirmer", "depuis le 17 novembre 2026", "/espace/foyer/confirmation")
		w.Mailbox.Clear()
		w.SetClock("2026-12-02T10:00")
		w.Write(func(tx *db.Tx) error { return job.Queue(t.Context(), tx, work.RemindFiles, job.Planned{At: tx.Now}) })
		settle(t, w)
		if n := len(w.Mailbox.List()); n != 0 {
			t.Errorf("%d mails on another day", n)
		}
	})
}
