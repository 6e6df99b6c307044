package household_test

import (
	"regexp"
	"testing"

	"preau/internal/civil"
	"preau/internal/household"
)

func TestTidyKey(t *testing.T) {
	for typed, want := range map[string]string{
		"23456-ABCDE":         "23456-ABCDE",
		" 23456 abcde ":       "23456-ABCDE",
		"23456abcde":          "23456-ABCDE",
		"2 3 4 5 6 – A B CDE": "23456-ABCDE",
		"99999-ZZZZZ":         "99999-ZZZZZ",
		"13456-ABCDE":         "", // no 1
		"03456-ABCDE":         "", // no 0
		"23456-ABIDE":         "", // no I
		"23456-ABLDE":         "", // no L
		"23456-ABODE":         "", // no O
		"2345-ABCDE":          "",
		"23456-ABCDEF":        "",
		"ABCDE-23456":         "",
		"":                    "",
		"23456-ÀBCDE":         "",
	} {
		got, ok := household.TidyKey(typed)
		if got != want || ok != (want != "") {
			t.Errorf("%q: %q %v, want %q", typed, got, ok, want)
		}
	}
}

// "Valid until used, revoked or the end of the next school year."
func TestKeyExpiry(t *testing.T) {
	for made, want := range map[string]string{
		"2026-12-01": "2028-08-31",
		"2026-09-01": "2028-08-31",
		"2026-08-31": "2027-08-31",
		"2027-01-15": "2028-08-31",
	} {
		if got := household.KeyExpiry(civil.MustParse(made)); got.String() != want {
			t.Errorf("made on %s: %s, want %s", made, got, want)
		}
	}
}

// A matching name or birth date ties at once; otherwise an agent decides.
func TestClaimantMatches(t *testing.T) {
	born := civil.MustParse("1988-04-12")
	claire := household.Guardian{FirstName: "Claire", LastName: "Martin", BirthName: "Le Goff", BornOn: born}
	undated := household.Guardian{FirstName: "Marie-Claire", LastName: "Martin"}
	for _, c := range []struct {
		name string
		who  household.Claimant
		of   household.Guardian
		want bool
	}{
		{"the same birth date", household.Claimant{Names: []string{"Durand"}, First: "Zoé", BornOn: born}, claire, true},
		{"the same name, no date", household.Claimant{Names: []string{"MARTIN"}, First: "claire"}, claire, true},
		{"the same name, another date", household.Claimant{Names: []string{"Martin"}, First: "Claire", BornOn: born.AddDays(1)}, claire, true},
		{"the name of birth", household.Claimant{Names: []string{"Benali", "Le Goff"}, First: "Claire"}, claire, true},
		{"accents and hyphens", household.Claimant{Names: []string{"lé-goff"}, First: "CLAIRE, Anne"}, claire, false},
		{"several first names", household.Claimant{Names: []string{"Martin"}, First: "Claire Anne"}, claire, true},
		{"one of two first names", household.Claimant{Names: []string{"Martin"}, First: "Marie"}, undated, true},
		{"the other parent", household.Claimant{Names: []string{"Martin"}, First: "Karim"}, claire, false},
		{"another family", household.Claimant{Names: []string{"Durand"}, First: "Claire"}, claire, false},
		{"no date on either side", household.Claimant{Names: []string{"Durand"}, First: "Zoé"}, undated, false},
		{"nothing said", household.Claimant{Names: []string{""}}, household.Guardian{}, false},
	} {
		if got := c.who.Matches(c.of); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// A key that is read is written in one way, which is read the same; nothing else that is typed is a key.
func FuzzTidyKey(f *testing.F) {
	for _, typed := range []string{"23456-ABCDE", " 23456 abcde", "２３４５６abcde", "23456-abcdſ", "\xff23456-ABCDE", ""} {
		f.Add(typed)
	}
	written := regexp.MustCompile(`^[2-9]{5}-[A-HJKMNP-Z]{5}$`)
	f.Fuzz(func(t *testing.T, typed string) {
		key, ok := household.TidyKey(typed)
		if !ok && key == "" {
			return
		}
		again, twice := household.TidyKey(key)
		if !ok || !twice || again != key || !written.MatchString(key) {
			t.Errorf("%q: %q %v, then %q %v", typed, key, ok, again, twice)
		}
	})
}
