package dossier_test

import (
	"bytes"
	"image"
	"image/png"
	"strings"
	"testing"
	"time"

	"preau/internal/blob"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/dossier"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/picture"
	"preau/internal/worldtest"
)

// portrait is a picture as a telephone sends it, larger than what is kept.
func portrait(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 600, 900))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// setPhoto sends a photo of a child as its family does.
func setPhoto(t *testing.T, w *worldtest.World, who household.Guardian, childID string) (blob.File, error) {
	t.Helper()
	file, err := dossier.TakePhoto(t.Context(), w.Files, portrait(t))
	if err != nil {
		t.Fatal(err)
	}
	return file, w.DB.Write(t.Context(), func(tx *db.Tx) error { return dossier.SetPhoto(t.Context(), tx, who, childID, file, today) })
}

// shownPhoto is what an agent who calls the roll is shown of a child; empty: nothing.
func shownPhoto(t *testing.T, w *worldtest.World, key []byte, child household.Child, home string) string {
	t.Helper()
	var id string
	w.Read(func(tx *db.Tx) error {
		f, err := dossier.ShownPhoto(t.Context(), tx, child.ID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		id = f.ID
		one := dossier.CareRequest{ChildID: child.ID, HouseholdID: home}
		care, err := dossier.CareOf(t.Context(), tx, key, []dossier.CareRequest{one}, today)
		if care[one].Photo != id {
			t.Errorf("the list shows %q, and the address %q", care[one].Photo, id)
		}
		return err
	})
	return id
}

// A photo is kept with the consent alone, replaced and taken away by either parent, and hidden while the consent does not hold.
func TestThePhotoOfAChild(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World, key []byte) {
		files := func(ids ...string) (n int) {
			w.Read(func(tx *db.Tx) error {
				return tx.QueryRow(t.Context(), `SELECT count(*) FROM files WHERE id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))`, db.JSON(ids)).Scan(&n)
			})
			return n
		}
		if _, err := dossier.TakePhoto(t.Context(), w.Files, []byte("%PDF-1.7")); !fault.Is(err, fault.Invalid) {
			t.Errorf("a PDF: %v", err)
		}
		if _, err := setPhoto(t, w, w.Claire, w.Leo.ID); !fault.Is(err, fault.Invalid) {
			t.Errorf("a town that asks no consent: %v", err)
		}
		var text dossier.ConsentText
		w.Write(func(tx *db.Tx) (err error) {
			text, err = dossier.SaveConsentText(t.Context(), tx, w.Direction, dossier.ConsentText{Kind: dossier.ImageInternal, Title: "Photos", Body: "J’autorise."})
			return err
		})
		answer := func(who household.Guardian, given bool) {
			w.Write(func(tx *db.Tx) error {
				return dossier.AnswerConsent(t.Context(), tx, who, w.Leo.ID, dossier.ConsentAnswer{TextID: text.ID, Given: given}, today)
			})
		}
		if f, err := setPhoto(t, w, w.Claire, w.Leo.ID); !fault.Is(err, fault.Invalid) || files(f.ID) != 0 {
			t.Errorf("without an answer: %v", err)
		}
		answer(w.Claire, true)
		if _, err := setPhoto(t, w, w.Karim, w.Antoine.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("another household's child: %v", err)
		}
		first, err := setPhoto(t, w, w.Claire, w.Leo.ID)
		if err != nil || shownPhoto(t, w, key, w.Leo, w.Karim.HouseholdID) != first.ID {
			t.Fatalf("the first: %v", err)
		}
		content, err := w.Files.Read(t.Context(), first)
		if size, _, bad := image.DecodeConfig(bytes.NewReader(content)); err != nil || bad != nil || picture.Type(content) != picture.JPEG || size.Width != 480 || size.Height != 480 {
			t.Errorf("kept as %v, %v %v", size, err, bad)
		}
		second, err := setPhoto(t, w, w.Karim, w.Leo.ID)
		if err != nil || files(first.ID) != 0 || files(second.ID) != 1 || shownPhoto(t, w, key, w.Leo, w.Claire.HouseholdID) != second.ID {
			t.Errorf("the other parent's, in its place: %v, %d and %d files", err, files(first.ID), files(second.ID))
		}
		w.Read(func(tx *db.Tx) error {
			p, err := dossier.PhotoOf(t.Context(), tx, w.Claire, w.Leo.ID, today)
			if p.ID != second.ID || p.MadeBy != "Karim Benali" || !p.Allowed() {
				t.Errorf("%+v, %v", p, err)
			}
			if _, err := dossier.PhotoOf(t.Context(), tx, w.Karim, w.Antoine.ID, today); !fault.Is(err, fault.NotFound) {
				t.Errorf("another household's child is read: %v", err)
			}
			labels, by, err := dossier.ChangesTold(t.Context(), tx, dossier.Told{ChildID: w.Leo.ID, HouseholdID: w.Claire.HouseholdID, ChangedIn: w.Karim.HouseholdID,
				From: civil.At(tx.Now.Time().Truncate(15 * time.Minute))})
			if err != nil || strings.Join(labels, ",") != "Photo de l’enfant" || strings.Join(by, ",") != "Karim Benali" {
				t.Errorf("Claire is told of %v by %v, %v", labels, by, err)
			}
			said, err := db.All(t.Context(), tx, `SELECT act FROM audit_entries WHERE household_id = $1 AND act LIKE 'photo%'`, db.Value[string], w.Claire.HouseholdID)
			if strings.Join(said, " ") != "photo.set photo.set" {
				t.Errorf("the journal of a household: %v", said)
			}
			return err
		})
		answer(w.Karim, false) // the answer that protects the child more holds
		if id := shownPhoto(t, w, key, w.Leo, w.Claire.HouseholdID); id != "" {
			t.Error("shown without the consent")
		}
		answer(w.Karim, true)
		if id := shownPhoto(t, w, key, w.Leo, w.Claire.HouseholdID); id != second.ID {
			t.Error("not shown again")
		}
		w.Write(func(tx *db.Tx) error {
			hidden := dossier.Settings{Fields: map[dossier.Field]dossier.FieldSetting{dossier.PhotoOfChild: {Mode: dossier.Hidden}}}
			return dossier.SaveSettings(t.Context(), tx, w.Direction, hidden)
		})
		if id := shownPhoto(t, w, key, w.Leo, w.Claire.HouseholdID); id != "" {
			t.Error("shown by a town that takes no photos")
		}
		w.Write(func(tx *db.Tx) error { return dossier.Erase(t.Context(), tx, w.Karim.HouseholdID) })
		w.Write(func(tx *db.Tx) error {
			p, err := dossier.PhotoOf(t.Context(), tx, w.Claire, w.Leo.ID, today)
			if p.ID != second.ID || p.MadeBy != "" || err != nil {
				t.Errorf("once the other household is forgotten: %+v, %v", p, err)
			}
			if err := dossier.RemovePhoto(t.Context(), tx, w.Claire, w.Leo.ID); err != nil {
				return err
			}
			if err := dossier.RemovePhoto(t.Context(), tx, w.Claire, w.Leo.ID); !fault.Is(err, fault.NotFound) {
				t.Errorf("taken away twice: %v", err)
			}
			return nil
		})
		if files(second.ID) != 0 {
			t.Error("the file stays")
		}
	})
}
