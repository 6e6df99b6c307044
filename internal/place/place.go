// Package place knows where people are born: the communes of France by department, those that were merged into others too, and the
// countries of the world, all under the codes of the official geographic code (COG) that civil registers and FranceConnect use.
//
// Communes come from the npm package @etalab/decoupage-administratif 6.0.0 (MIT, LICENCE-decoupage-administratif.txt), countries from the
// COG itself. It is unpacked at first use.
package place

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

//go:generate go run ./gen communes.txt.gz communes.json departements.json

//go:embed communes.txt.gz
var packed []byte

//go:embed countries.txt
var countryText string

// France is the code of France among countries.
const France = "99100"

// Department is a department of France, or an overseas territory.
type Department struct{ Code, Name string }

// Commune is a commune that is or was: two of them may share a code, when one took the name of the other's successor.
type Commune struct {
	Code       string // INSEE, five characters: "78146", "2A004"
	Name       string
	Department string

	folded string
}

// Country is a country, by its five-digit code: "99100".
type Country struct{ Code, Name string }

type book struct {
	departments []Department
	communes    map[string][]Commune // by department, in the order of codes
	byCode      map[string]Commune
}

var read = sync.OnceValue(func() book {
	b := book{communes: map[string][]Commune{}, byCode: map[string]Commune{}}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		panic(err) // the file is compiled in
	}
	text, err := io.ReadAll(z)
	if err != nil {
		panic(err)
	}
	department := ""
	for line := range strings.Lines(string(text)) {
		code, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if head, ok := strings.CutPrefix(code, "="); ok {
			department = head
			b.departments = append(b.departments, Department{department, name})
			continue
		}
		c := Commune{Code: department + code, Name: name, Department: department, folded: fold(name)}
		b.communes[department] = append(b.communes[department], c)
		if _, known := b.byCode[c.Code]; !known {
			b.byCode[c.Code] = c
		}
	}
	slices.SortFunc(b.departments, func(x, y Department) int { return strings.Compare(x.Code, y.Code) })
	return b
})

// Departments lists the departments and territories, by code.
func Departments() []Department { return slices.Clone(read().departments) }

// DepartmentName gives the name of a department; false when there is none under this code.
func DepartmentName(code string) (string, bool) {
	for _, d := range read().departments {
		if d.Code == code {
			return d.Name, true
		}
	}
	return "", false
}

// ByCode finds the commune of an INSEE code, even one that is no longer given.
func ByCode(code string) (Commune, bool) {
	c, ok := read().byCode[strings.ToUpper(strings.TrimSpace(code))]
	return c, ok
}

// Named lists the communes of a department that bear exactly this name, whatever its accents, hyphens and capitals; a code is taken too.
func Named(department, name string) []Commune {
	if c, ok := ByCode(name); ok && c.Department == department {
		return []Commune{c}
	}
	wanted := fold(name)
	var out []Commune
	for _, c := range read().communes[department] {
		if c.folded == wanted {
			out = append(out, c)
		}
	}
	return out
}

// Like lists the communes of a department whose name begins with what was typed, then those that hold it, most alike first, at most so many.
func Like(department, typed string, limit int) []Commune {
	wanted := fold(typed)
	if wanted == "" {
		return nil
	}
	var begins, holds []Commune
	for _, c := range read().communes[department] {
		switch {
		case strings.HasPrefix(c.folded, wanted):
			begins = append(begins, c)
		case strings.Contains(c.folded, wanted):
			holds = append(holds, c)
		}
	}
	byName := func(x, y Commune) int { return strings.Compare(x.folded, y.folded) }
	slices.SortStableFunc(begins, byName)
	slices.SortStableFunc(holds, byName)
	out := append(begins, holds...)
	return out[:min(limit, len(out))]
}

// Countries lists the countries by name, France first.
func Countries() []Country {
	var out []Country
	for line := range strings.Lines(countryText) {
		code, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		out = append(out, Country{code, name})
	}
	slices.SortStableFunc(out, func(x, y Country) int {
		if x.Code == France || y.Code == France {
			return strings.Compare(first(x), first(y))
		}
		return strings.Compare(fold(x.Name), fold(y.Name))
	})
	return out
}

func first(c Country) string {
	if c.Code == France {
		return ""
	}
	return "~"
}

// CountryName gives the name of a country; false when there is none under this code.
func CountryName(code string) (string, bool) {
	for _, c := range Countries() {
		if c.Code == code {
			return c.Name, true
		}
	}
	return "", false
}

// fold writes a name as names are compared: no accents, capitals, hyphens or apostrophes, "st" for "saint".
func fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(s)) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case r == 'œ':
			b.WriteString("oe")
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
		default:
			b.WriteByte(' ')
		}
	}
	words := strings.Fields(b.String())
	for i, w := range words {
		switch w {
		case "saint":
			words[i] = "st"
		case "sainte":
			words[i] = "ste"
		}
	}
	return strings.Join(words, " ")
}
