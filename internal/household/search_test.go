package household_test

import (
	"fmt"
	"slices"
	"testing"
	"unicode/utf8"

	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/towntest"
)

func TestFold(t *testing.T) {
	for text, want := range map[string]string{
		"Éloïse  LEFÈVRE": "eloise lefevre", "Cœur d’Ævar": "coeur d aevar", "Strauß": "strauss", "ŒUVRE": "oeuvre", " Jean-Paul\t": "jean paul",
		"D'ARC": "d arc", "ÿ Ç ñ": "y c n", "": "", "-": "", "Nguyễn": "nguyen",
	} {
		if got := household.Fold(text); got != want {
			t.Errorf("Fold(%q) = %q, want %q", text, got, want)
		}
	}
}

func FuzzFold(f *testing.F) {
	f.Add("Éloïse")
	f.Fuzz(func(t *testing.T, text string) {
		folded := household.Fold(text)
		if utf8.ValidString(text) && !utf8.ValidString(folded) {
			t.Errorf("Fold(%q) = %q is not UTF-8", text, folded)
		}
	})
}

func TestTidyPhone(t *testing.T) {
	for typed, want := range map[string]string{
		"06 39 98 01 02": "+33639980102", "0639980102": "+33639980102", "+33 6 39 98 01 02": "+33639980102", "0033639980102": "+33639980102",
		"01.99.00.12.34": "+33199001234", "+32 2 555 12 12": "+3225551212", "12": "", "06 39 98 01": "", "+33 0 39": "", "abc": "", "06 39 98 01 0x": "", "": "",
		"+330639980102": "",
	} {
		got, ok := household.TidyPhone(typed)
		if got != want || ok != (want != "") {
			t.Errorf("TidyPhone(%q) = %q, %v, want %q", typed, got, ok, want)
		}
	}
	if got := household.FrenchPhone("+33639980102"); got != "06 39 98 01 02" {
		t.Errorf("FrenchPhone = %q", got)
	}
	if got := household.FrenchPhone("+3225551212"); got != "+3225551212" {
		t.Errorf("FrenchPhone = %q", got)
	}
}

func TestSearch(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		f := makeFamily(tn)
		tn.Write(func(tx *db.Tx) error {
			h, err := household.CreateHousehold(t.Context(), tx, agent, household.Household{Name: "LEFÈVRE-D’ŒUVRE Jean-Paul", Reference: "F_0042"})
			if err != nil {
				return err
			}
			_, err = household.AddGuardian(t.Context(), tx, agent, household.Guardian{HouseholdID: h.ID, FirstName: "Jean-Paul", LastName: "Lefèvre"})
			return err
		})
		for text, want := range map[string][]string{
			"martin":                  {"BENALI Karim", "MARTIN Claire"}, // Léo is a Martin-Benali
			"martin claire":           {"MARTIN Claire"},
			"ANTOINE":                 {"MARTIN Claire"},
			"leo benali":              {"BENALI Karim", "MARTIN Claire"},
			"antoine benali":          {"MARTIN Claire"}, // his brother's name
			"karim antoine":           nil,
			"06 39 98 01 02":          {"MARTIN Claire"},
			"+33639980102":            {"MARTIN Claire"},
			"claire.martin@courriel":  {"MARTIN Claire"},
			"Claire 06.39.98.01.02":   {"MARTIN Claire"},
			"lefevre jean paul":       {"LEFÈVRE-D’ŒUVRE Jean-Paul"},
			"d'oeuvre":                {"LEFÈVRE-D’ŒUVRE Jean-Paul"},
			"f_0042":                  {"LEFÈVRE-D’ŒUVRE Jean-Paul"},
			"f%42":                    nil,
			"":                        nil,
			"  ":                      nil,
			"antoine\x00b\xff":        nil, // found by no name, nor by the made-up reference of a record
			"e e e e e e e e e e e e": {"BENALI Karim", "LEFÈVRE-D’ŒUVRE Jean-Paul", "MARTIN Claire"},
		} {
			var hits []household.Hit
			tn.Read(func(tx *db.Tx) (err error) { hits, err = household.Search(t.Context(), tx, text); return err })
			var names []string
			for _, h := range hits {
				names = append(names, h.Name)
			}
			if !slices.Equal(names, want) {
				t.Errorf("search %q: %q, want %q", text, names, want)
			}
			if text == "ANTOINE" && (len(hits) != 1 || !slices.Equal(hits[0].Children, []string{"Antoine", "Léo"}) || !slices.Equal(hits[0].Guardians, []string{"Claire Martin"}) ||
				hits[0].HouseholdID != f.claire.HouseholdID) {
				t.Errorf("search %q: %+v", text, hits)
			}
		}
	})
}

func TestSearchPages(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		batch := household.Batch{}
		for i := range 120 {
			batch.Households = append(batch.Households, household.BatchHousehold{Reference: fmt.Sprint("F", i), Name: fmt.Sprintf("DUPONT %c", 'A'+rune(i%26))})
		}
		tn.Write(func(tx *db.Tx) error { _, err := household.Load(t.Context(), tx, agent, batch); return err })
		seen := map[string]bool{}
		var sizes []int
		after := household.Hit{}
		for range 4 {
			var hits []household.Hit
			tn.Read(func(tx *db.Tx) (err error) {
				hits, err = household.SearchAfter(t.Context(), tx, "dupont", after)
				return err
			})
			sizes = append(sizes, len(hits))
			for _, h := range hits {
				seen[h.HouseholdID] = true
			}
			if len(hits) > 0 {
				after = household.HitAfter(hits[len(hits)-1].After())
			}
		}
		if !slices.Equal(sizes, []int{50, 50, 20, 0}) || len(seen) != 120 {
			t.Errorf("pages of %v, %d households", sizes, len(seen))
		}
		err := tn.DB.Read(t.Context(), func(tx *db.Tx) error {
			_, err := household.SearchAfter(t.Context(), tx, "dupont", household.HitAfter("nonsense"))
			return err
		})
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("a page that is none: %v", err)
		}
	})
}
