package place_test

import (
	"strings"
	"testing"

	"preau/internal/place"
)

func TestCommunes(t *testing.T) {
	for _, c := range []struct{ code, name, department string }{
		{"78146", "Chatou", "78"},
		{"2A004", "Ajaccio", "2A"},
		{"2a004", "Ajaccio", "2A"},
		{"97411", "Saint-Denis", "974"},
		{"75056", "Paris", "75"},
		{"13055", "Marseille", "13"},
		{"69381", "Lyon 1er Arrondissement", "69"},
		{"01340", "Saint-Bois", "01"}, // merged in 2016
	} {
		got, ok := place.ByCode(c.code)
		if !ok || got.Name != c.name || got.Department != c.department {
			t.Errorf("%s: %v %v, want %s in %s", c.code, got, ok, c.name, c.department)
		}
	}
	if _, ok := place.ByCode("78999"); ok {
		t.Error("78999 is a commune")
	}
}

func TestNamed(t *testing.T) {
	for _, c := range []struct {
		department, typed string
		want              string // codes
	}{
		{"78", "chatou", "78146"},
		{"78", "CHATOU", "78146"},
		{"78", "78146", "78146"},
		{"78", "Saint Germain en Laye", "78551"},
		{"78", "st-germain-en-laye", "78551"},
		{"75", "chatou", ""},
		{"01", "Arbignieu", "01015"}, // merged, and the people born there were
		{"75", "78146", ""},
	} {
		var codes []string
		for _, found := range place.Named(c.department, c.typed) {
			codes = append(codes, found.Code)
		}
		if got := strings.Join(codes, " "); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.department, c.typed, got, c.want)
		}
	}
}

func TestLike(t *testing.T) {
	got := place.Like("78", "saint-g", 5)
	if len(got) == 0 || !strings.HasPrefix(got[0].Name, "Saint-G") {
		t.Errorf("saint-g: %v", got)
	}
	if got := place.Like("78", "mesnil", 3); len(got) != 2 || got[0].Name != "Le Mesnil-le-Roi" {
		t.Errorf("mesnil: %v", got)
	}
	if got := place.Like("78", " ", 3); got != nil {
		t.Errorf("nothing typed: %v", got)
	}
}

func TestLists(t *testing.T) {
	if d := place.Departments(); len(d) < 100 || d[0].Code != "01" {
		t.Errorf("%d departments, the first is %v", len(d), d[0])
	}
	for code, want := range map[string]string{"78": "Yvelines", "2B": "Haute-Corse", "": ""} {
		if got, ok := place.DepartmentName(code); got != want || ok != (want != "") {
			t.Errorf("department %s: %q", code, got)
		}
	}
	countries := place.Countries()
	if countries[0].Code != place.France || countries[1].Name != "Afghanistan" {
		t.Errorf("countries begin with %v", countries[:2])
	}
	seen := map[string]bool{}
	for _, c := range countries {
		if len(c.Code) != 5 || !strings.HasPrefix(c.Code, "99") || c.Name == "" || seen[c.Code] {
			t.Errorf("country %v", c)
		}
		seen[c.Code] = true
	}
	for code, want := range map[string]string{"99350": "Maroc", "99100": "France", "99999": ""} {
		if got, _ := place.CountryName(code); got != want {
			t.Errorf("country %s: %q", code, got)
		}
	}
}
