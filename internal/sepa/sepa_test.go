package sepa_test

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"preau/internal/sepa"
)

// vectors are the identifiers of testdata/ids.json.
type vectors struct {
	IBAN []struct {
		IBAN  string
		Valid bool
		Note  string
	}
	Generated []struct {
		Bank    string `json:"banque"`
		Branch  string `json:"guichet"`
		Account string `json:"compte"`
		Key     string `json:"cle_rib"`
		IBAN    string
	} `json:"iban_generated_fr"`
	ICS []struct {
		ICS   string
		Valid bool
	}
	SIRET []struct {
		SIRET string
		Valid bool
	}
}

func read(t *testing.T) vectors {
	t.Helper()
	text, err := os.ReadFile("testdata/ids.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.IBAN) < 6 || len(v.Generated) < 2 || len(v.ICS) < 2 || len(v.SIRET) < 4 {
		t.Fatalf("too few: %+v", v)
	}
	return v
}

func TestVectors(t *testing.T) {
	v := read(t)
	for _, c := range v.IBAN {
		if got, err := sepa.ParseIBAN(c.IBAN); (err == nil) != c.Valid {
			t.Errorf("%s (%s): %q, %v", c.IBAN, c.Note, got, err)
		}
	}
	for _, c := range v.Generated {
		if got := sepa.RIBKey(c.Bank, c.Branch, c.Account); got != c.Key {
			t.Errorf("the key of %s %s %s is %s, want %s", c.Bank, c.Branch, c.Account, got, c.Key)
		}
		if got, err := sepa.ParseIBAN(c.IBAN); err != nil || string(got)[4:] != c.Bank+c.Branch+c.Account+c.Key {
			t.Errorf("%s: %q, %v", c.IBAN, got, err)
		}
	}
	for _, c := range v.ICS {
		if got, err := sepa.ParseICS(c.ICS); (err == nil) != c.Valid {
			t.Errorf("%s: %q, %v", c.ICS, got, err)
		}
	}
	for _, c := range v.SIRET {
		if got, err := sepa.ParseSIRET(c.SIRET); (err == nil) != c.Valid {
			t.Errorf("%s: %q, %v", c.SIRET, got, err)
		}
	}
}

// What is wrong is said exactly, so that a page can say it.
func TestWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		name, text string
		parse      func(string) error
		want       error
	}{
		{"an IBAN of nothing", " ", iban, sepa.WrongEmpty},
		{"an IBAN with an accent", "FRÉ6 3000", iban, sepa.WrongLetters},
		{"an IBAN of the United States", "US64SVBKUS6S3300958879", iban, sepa.WrongCountry},
		{"an IBAN without its last digit", "FR763000600001123456789018", iban, sepa.WrongLength},
		{"an IBAN with two digits exchanged", "FR7630006000011234567980189", iban, sepa.WrongCheck},
		{"an IBAN of France whose clé RIB is wrong, its check digits being right", "FR5430006000011234567890100", iban, sepa.WrongKey},
		{"an IBAN of Germany", "de89 3704 0044 0532 0130 00", iban, nil},
		{"an IBAN of Belgium", "BE68-5390-0754-7034", iban, nil},
		{"an IBAN of Malta, the longest", "MT84MALT011000012345MTLCAST001S", iban, nil},
		{"an IBAN of Norway, the shortest", "NO9386011117947", iban, nil},
		{"an IBAN of Portugal", "PT50000201231234567890154", iban, nil},
		{"a BIC", "agrifrpp", bic, nil},
		{"a BIC with its branch", "AGRI FR PP 882", bic, nil},
		{"a BIC of nine signs", "AGRIFRPP8", bic, sepa.WrongLength},
		{"a BIC whose country is a digit", "AGRI1RPP", bic, sepa.WrongLetters},
		{"an ICS for another activity of the same creditor", "FR72CHA123456", ics, nil},
		{"an ICS with two digits exchanged", "FR72ZZZ123465", ics, sepa.WrongCheck},
		{"a French ICS that is too long", "FR72ZZZ1234567", ics, sepa.WrongLength},
		{"a RUM", "pf78146000001", rum, nil},
		{"a RUM with a space", "PF 78146", rum, sepa.WrongLetters},
		{"a RUM of 36", strings.Repeat("A", 36), rum, sepa.WrongLength},
		{"a RUM that begins with a slash", "/PF", rum, sepa.WrongLetters},
		{"a SIRET whose last digit is wrong", "73282932000075", siret, sepa.WrongCheck},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.parse(c.text); !errors.Is(err, c.want) {
				t.Errorf("%q: %v, want %v", c.text, err, c.want)
			}
		})
	}
}

func iban(s string) error  { _, err := sepa.ParseIBAN(s); return err }
func bic(s string) error   { _, err := sepa.ParseBIC(s); return err }
func ics(s string) error   { _, err := sepa.ParseICS(s); return err }
func rum(s string) error   { _, err := sepa.ParseRUM(s); return err }
func siret(s string) error { _, err := sepa.ParseSIRET(s); return err }

func TestIBANOnPaper(t *testing.T) {
	i, err := sepa.ParseIBAN("fr1420041010050500013m02606")
	if err != nil {
		t.Fatal(err)
	}
	if got := i.String(); got != "FR14 2004 1010 0505 0001 3M02 606" {
		t.Errorf("written %q", got)
	}
	if got := i.Masked(); got != "FR14 •••• •••• 2606" {
		t.Errorf("masked %q", got)
	}
	if got := i.Country(); got != "FR" {
		t.Errorf("country %q", got)
	}
}

// A French account with one sign changed is never taken for another: its check digits or its key see it.
func TestOneWrongSignIsSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		good := "FR7630006000011234567890189"
		at := rapid.IntRange(2, len(good)-1).Draw(t, "at")
		digit := rapid.SampledFrom(strings.Split("0123456789", "")).Draw(t, "digit")
		if digit == good[at:at+1] {
			return
		}
		if got, err := sepa.ParseIBAN(good[:at] + digit + good[at+1:]); err == nil {
			t.Fatalf("%s was taken", got)
		}
	})
}

func FuzzIBAN(f *testing.F) {
	for _, s := range []string{"FR14 2004 1010 0505 0001 3M02 606", "DE89370400440532013000", "", "XX00", "é", "FR\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		i, err := sepa.ParseIBAN(s)
		if err != nil {
			if i != "" {
				t.Errorf("%q was refused and gives %q", s, i)
			}
			return
		}
		if again, err := sepa.ParseIBAN(i.String()); err != nil || again != i {
			t.Errorf("%q is %q, which reads as %q, %v", s, i, again, err)
		}
		if len(i) < 15 || len(i) > 31 || strings.Contains(i.Masked(), string(i[4:len(i)-4])) {
			t.Errorf("%q is %q, masked %q", s, i, i.Masked())
		}
	})
}

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"Élodie  D’Œuvre–Noël": "Elodie D'OEuvre-Noel",
		"Maçon & fils <SARL>":  "Macon + fils SARL",
		"Łukasz Şahin ẞ":       "Lukasz Sahin SS",
		"n° 12 bis, 40 €":      "no 12 bis, 40 EUR",
		"Ame\u0301lie 日本":      "Amelie",
	} {
		if got := sepa.Text(in, 70); got != want {
			t.Errorf("%q is written %q, want %q", in, got, want)
		}
	}
	if got := sepa.Text("abc def", 4); got != "abc" {
		t.Errorf("cut: %q", got)
	}
	if got := sepa.Reference("//F 2026//000123/"); got != "F2026/000123" {
		t.Errorf("reference %q", got)
	}
	for in, want := range map[string][2]string{
		"12 bis rue des Écoles": {"12 bis", "rue des Écoles"}, "3, rue Marconi": {"3", "rue Marconi"}, "14B avenue Foch": {"14B", "avenue Foch"},
		"Le Moulin": {"", "Le Moulin"}, "": {"", ""}, "5": {"", "5"},
	} {
		if number, street := sepa.SplitStreet(in); number != want[0] || street != want[1] {
			t.Errorf("%q is %q, %q", in, number, street)
		}
	}
}

// Whatever somebody typed, what is written holds only letters that banks read, within its length.
func TestTextIsReadByBanks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, limit := rapid.String().Draw(t, "text"), rapid.IntRange(1, 40).Draw(t, "limit")
		for _, got := range []string{sepa.Text(s, limit), sepa.Reference(s)} {
			if len(got) > max(limit, 35) || strings.Trim(got, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 /-?:().,'+") != "" {
				t.Fatalf("%q is written %q", s, got)
			}
		}
		if r := sepa.Reference(s); strings.Contains(r, "//") || strings.HasPrefix(r, "/") || strings.HasSuffix(r, "/") || strings.Contains(r, " ") || sepa.Reference(r) != r {
			t.Fatalf("%q gives the reference %q", s, r)
		}
	})
}
