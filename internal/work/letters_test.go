package work_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"preau/internal/blob"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/pdf/pdftest"
	"preau/internal/request"
	"preau/internal/towntest"
	"preau/internal/work"
	"preau/internal/worldtest"
)

var printed = regexp.MustCompile(`\b[2-9]{5}-[A-HJKMNP-Z]{5}\b`)

// ask asks for the letters of everybody without a space in the households given, or in all.
func ask(t *testing.T, tn *towntest.Town, guardians []string) household.KeyBatch {
	t.Helper()
	var b household.KeyBatch
	tn.Write(func(tx *db.Tx) (err error) {
		b, err = household.StartLetters(t.Context(), tx, household.By{Actor: "agent:1", Name: "Sophie"}, "essai", guardians)
		return err
	})
	return b
}

// printedBy does the jobs and reads the file of a batch.
func printedBy(t *testing.T, tn *towntest.Town, b household.KeyBatch) []byte {
	t.Helper()
	if _, err := work.Worker(tn.Town).RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	var file blob.File
	tn.Read(func(tx *db.Tx) error {
		done, err := household.Letters(t.Context(), tx, b.ID)
		if err != nil || done.FileID == "" || done.Done != b.Total {
			t.Fatalf("batch %+v, %v", done, err)
		}
		file, err = blob.Find(t.Context(), tx, done.FileID)
		return err
	})
	content, err := tn.Files.Read(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// The letters of a thousand households: one file that opens, a page each, whose text can be read; keys unique, and each of them works.
func TestThousandLetters(t *testing.T) {
	tn := towntest.New(t, db.SQLite)
	tn.BaseURL = "https://essai.example"
	const n = 1000
	batch := household.Batch{}
	for i := range n {
		home, person := fmt.Sprintf("F%04d", i), fmt.Sprintf("R%04d", i)
		batch.Households = append(batch.Households, household.BatchHousehold{Reference: home, Name: "FAMILLE " + home, Address: fmt.Sprintf("%d rue de l’Église", i+1), PostalCode: "78400", City: "Chatou"})
		batch.Guardians = append(batch.Guardians, household.BatchGuardian{Reference: person, Household: home, Civility: "mme", FirstName: "Zoé", LastName: "Nom" + person})
		batch.Children = append(batch.Children, household.BatchChild{Reference: "E" + home, Households: []string{home}, FirstName: "Léo", LastName: "Nom", BornOn: civil.MustParse("2019-05-05")})
	}
	var guardians []string
	tn.Write(func(tx *db.Tx) error {
		loaded, err := household.Load(t.Context(), tx, household.By{Actor: "system"}, batch)
		for _, id := range loaded.Guardians {
			guardians = append(guardians, id)
		}
		return err
	})
	began := time.Now()
	content := printedBy(t, tn, ask(t, tn, guardians))
	t.Logf("%d letters, %d kB, in %v", n, len(content)>>10, time.Since(began).Round(time.Millisecond))
	pages := pdftest.Text(t, content)
	if len(pages) != n {
		t.Fatalf("%d pages, want %d", len(pages), n)
	}
	seen := map[string]bool{}
	tn.Read(func(tx *db.Tx) error {
		for i, page := range pages {
			keys := printed.FindAllString(page, -1)
			if len(keys) != 1 || seen[keys[0]] {
				t.Fatalf("page %d: keys %v\n%s", i+1, keys, page)
			}
			seen[keys[0]] = true
			_, g, err := household.CheckKey(t.Context(), tx, request.KeySecret(tn.Town), keys[0], civil.DateOf(tx.Now, tn.Loc))
			if err != nil || !strings.Contains(page, "Mme "+g.Name()) {
				t.Fatalf("page %d: the key opens %q, %v", i+1, g.Name(), err)
			}
		}
		return nil
	})
}

// What a letter says, that it is kept three days, and that printing again makes other keys.
func TestLettersOfOneFamily(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		w.BaseURL = "https://essai.example"
		var g household.Guardian
		w.Write(func(tx *db.Tx) (err error) {
			g, err = household.AddGuardian(t.Context(), tx, household.By{Actor: "agent:1"}, household.Guardian{HouseholdID: w.Claire.HouseholdID, Civility: "m", FirstName: "Jean", LastName: "Martin"})
			return err
		})
		first := ask(t, w.Town, []string{g.ID, w.Claire.ID}) // Claire has her space: no letter
		text := pdftest.Text(t, printedBy(t, w.Town, first))
		if len(text) != 1 {
			t.Fatalf("%d pages, want 1", len(text))
		}
		for _, want := range []string{"M. Jean Martin", "Votre clé enfance", "Monsieur", "essai.example/creer-mon-espace", "Antoine"} {
			if !strings.Contains(text[0], want) {
				t.Errorf("the letter does not say %q:\n%s", want, text[0])
			}
		}
		again := pdftest.Text(t, printedBy(t, w.Town, ask(t, w.Town, []string{g.ID})))
		old, key := printed.FindString(text[0]), printed.FindString(again[0])
		w.Read(func(tx *db.Tx) error {
			for typed, good := range map[string]bool{old: false, key: true} {
				if _, _, err := household.CheckKey(t.Context(), tx, request.KeySecret(w.Town.Town), typed, civil.DateOf(tx.Now, w.Loc)); (err == nil) != good {
					t.Errorf("%s works: %v", typed, err)
				}
			}
			return nil
		})
		w.Clock.Advance(household.LettersLife + time.Minute)
		settle(t, w)
		w.Read(func(tx *db.Tx) error {
			b, err := household.Letters(context.Background(), tx, first.ID)
			if b.FileID != "" {
				t.Error("the letters are kept after three days")
			}
			return err
		})
		settle(t, w)
	})
}
