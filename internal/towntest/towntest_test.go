package towntest_test

import (
	"testing"
	"time"

	"preau/internal/db"
	"preau/internal/mail"
	"preau/internal/towntest"
)

// Each test finds its town empty, also when it gets what another has used.
func TestTownsAreFresh(t *testing.T) {
	for range 2 {
		towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
			tn.Write(func(tx *db.Tx) error {
				found, err := db.Exists(t.Context(), tx, "SELECT 1 FROM sites")
				if found {
					t.Error("a site was there before")
				}
				if err != nil {
					return err
				}
				_, err = tx.Exec(t.Context(), `INSERT INTO sites (id, code, name, kind, created_at) VALUES ('s', 'S', 'Site', 'loisirs', $1)`, tx.Now)
				return err
			})
			tn.Read(func(tx *db.Tx) error {
				found, err := db.Exists(t.Context(), tx, "SELECT 1 FROM sites")
				if !found {
					t.Error("the site is not there after")
				}
				return err
			})
		})
	}
}

func TestClockMovesWhenTold(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		shows := func(want string) {
			t.Helper()
			tn.Read(func(tx *db.Tx) error {
				if tx.Now != tn.At(want) {
					t.Errorf("the clock shows %s, want %s", tx.Now, tn.At(want))
				}
				return nil
			})
		}
		shows(towntest.Start)
		tn.Clock.Advance(90 * time.Second)
		shows("2026-12-01T10:01:30")
		tn.SetClock("2026-11-30T23:59:30")
		shows("2026-11-30T23:59:30")
		if err := tn.Mail.Send(t.Context(), mail.Message{To: "a@b.example", Subject: "S", Text: "T"}); err != nil {
			t.Fatal(err)
		}
		if got := tn.Mailbox.List(); len(got) != 1 || got[0].At != tn.At("2026-11-30T23:59:30") {
			t.Errorf("mailbox: %v", got)
		}
	})
}

// A test that takes something out of the tables themselves spoils its own town only.
func TestATownWithLessInItIsNotUsedAgain(t *testing.T) {
	for range 2 {
		t.Run("town", func(t *testing.T) {
			tn := towntest.New(t, db.Postgres)
			tn.Write(func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), "DROP INDEX charges_once")
				return err
			})
		})
	}
}
