package work_test

import (
	"strings"
	"testing"

	"preau/internal/blob"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/dossier"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/privacy"
	"preau/internal/registration"
	"preau/internal/request"
	"preau/internal/worldtest"
)

// signedUp opens a space with a photo, asks for a household, and has it made.
func signedUp(t *testing.T, w *worldtest.World) (lea household.Guardian) {
	t.Helper()
	photo, err := w.Files.Put(t.Context(), strings.NewReader("a face"), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(func(tx *db.Tx) error {
		if err := blob.Record(t.Context(), tx, photo); err != nil {
			return err
		}
		o, err := registration.Register(t.Context(), tx, registration.New{Login: "lea.petit", PasswordHash: "hash", PhotoID: photo.ID,
			Person: registration.Person{Civility: "mme", LastName: "Petit", FirstNames: "Léa", BirthName: "Legrand", Email: "lea.petit@famille.example"}})
		if err != nil {
			return err
		}
		a, err := registration.Activate(t.Context(), tx, o.Token)
		if err != nil {
			return err
		}
		r, err := request.Submit(t.Context(), tx, w.Town.Town, a.Account, request.Content{Wish: request.Create, Note: "Nous arrivons en janvier",
			Children: []request.Child{{FirstName: "Zoé", LastName: "Petit", BornOn: civil.MustParse("2019-03-02"), School: "École de Brest"}}})
		if err != nil {
			return err
		}
		if err := request.Answer(t.Context(), tx, w.Town.Town, a.Account, r.ID, "Le bail est signé"); err != nil {
			return err
		}
		if err := request.AcceptNew(t.Context(), tx, w.Town.Town, w.Instructor, r.ID, []int{0}); err != nil {
			return err
		}
		lea, err = household.GuardianOf(t.Context(), tx, a.Account.ID)
		return err
	})
	return lea
}

// pictured gives the child of a guardian a photo.
func pictured(t *testing.T, w *worldtest.World, who household.Guardian) {
	t.Helper()
	file, err := w.Files.Put(t.Context(), strings.NewReader("her daughter"), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(func(tx *db.Tx) error {
		children, err := household.Children(t.Context(), tx, who.HouseholdID)
		if err != nil {
			return err
		}
		text, err := dossier.SaveConsentText(t.Context(), tx, w.Direction, dossier.ConsentText{Kind: dossier.ImageInternal, Title: "Photos", Body: "J’autorise."})
		if err != nil {
			return err
		}
		today := civil.DateOf(tx.Now, w.Loc)
		if err := dossier.AnswerConsent(t.Context(), tx, who, children[0].ID, dossier.ConsentAnswer{TextID: text.ID, Given: true}, today); err != nil {
			return err
		}
		return dossier.SetPhoto(t.Context(), tx, who, children[0].ID, file, today)
	})
}

// What one said when signing up and asking for a household is in the copy of one's data, photo included, and goes with the account.
func TestWhatSignUpBroughtIsCopiedAndForgotten(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		lea := signedUp(t, w)
		pictured(t, w, lea)
		w.Write(func(tx *db.Tx) error { return privacy.AskCopy(t.Context(), tx, lea) })
		settle(t, w)
		var list []privacy.Copy
		w.Read(func(tx *db.Tx) (err error) { list, err = privacy.Copies(t.Context(), tx, lea); return err })
		files := unzip(t, w, list[0].FileID)
		for _, part := range []string{"Legrand", "D2026-00001", "Nous arrivons en janvier", "École de Brest", "Le bail est signé"} {
			if !strings.Contains(files["donnees.json"], part) || !strings.Contains(files["donnees.html"], part) {
				t.Errorf("%q is not in the copy", part)
			}
		}
		if files["fichiers/1-photo.jpg"] != "a face" {
			t.Error("the photo is not in the copy")
		}
		if files["fichiers/2-photo-Zoé.jpg"] != "her daughter" || !strings.Contains(files["donnees.html"], "fichiers/2-photo-Zoé.jpg") {
			t.Error("the photo of the child is not in the copy")
		}
		w.Write(func(tx *db.Tx) error { return privacy.Ask(t.Context(), tx, lea, "") })
		w.Write(func(tx *db.Tx) error {
			r, _, err := privacy.Last(t.Context(), tx, lea)
			if err != nil {
				return err
			}
			return privacy.Decide(t.Context(), tx, w.Direction, r.ID, true, "")
		})
		settle(t, w)
		for _, table := range []string{"persons", "registrations", "requests", "request_steps", "child_photos", "files"} {
			if n := counted(t, w, `SELECT count(*) FROM `+table); n != 0 {
				t.Errorf("%s: %d rows are left", table, n)
			}
		}
		w.Read(func(tx *db.Tx) error {
			_, err := identity.FindByEmail(t.Context(), tx, "lea.petit@famille.example")
			if err == nil {
				t.Error("the account is there")
			}
			return nil
		})
	})
}
