package pes_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"preau/internal/civil"
	"preau/internal/pes"
)

// The keys agree with vectors computed from another program's description; the treasury publishes none.
func TestKeys(t *testing.T) {
	content, err := os.ReadFile("testdata/cle_vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Vectors []struct {
			Town   string `json:"code_collectivite"`
			Slip   string `json:"id_bordereau"`
			Year   string `json:"exercice2"`
			Period string `json:"periode"`
			Number string `json:"numero"`
			Key1   int    `json:"cle1"`
			Key2   string `json:"cle2"`
		} `json:"vectors"`
	}
	if err := json.Unmarshal(content, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Vectors) < 4 {
		t.Fatal("no vectors")
	}
	for _, v := range file.Vectors {
		if k1, k2 := pes.Key1(v.Town, v.Slip, v.Year, v.Period, v.Number), pes.Key2(v.Year, v.Period, v.Number); k1 != v.Key1 || k2 != v.Key2 {
			t.Errorf("%+v: %d %s", v, k1, k2)
		}
	}
}

var (
	header = pes.Header{Sender: "Ville de Chatou", Post: "078012", SIRET: "21780146700019", Town: "300", Budget: "00", Product: "CANT", Nature: "7067"}
	slip   = pes.Slip{Number: "12", Year: 2026, Period: 1, Day: civil.MustParse("2026-12-01"), Object: "Créances périscolaires"}
	debt   = pes.Debt{Number: "2026-004127", Object: "Périscolaire d’octobre", Cents: 45_20, From: civil.MustParse("2026-10-01"), To: civil.MustParse("2026-10-31"),
		Name: `MARTIN "Hélène" & Cie`, Line: "12 rue de l’Église", Postal: "78400", City: "Chatou", DebtRef: "F-1"}
)

func TestDraft(t *testing.T) {
	h := header
	h.Post = "0780121"
	out, err := pes.Draft(h, slip, []pes.Debt{debt, debt})
	if err != nil {
		t.Fatal(err)
	}
	text := string(out)
	for _, part := range []string{`encoding="ISO-8859-1"`, "brouillon non valide", `<NbrPce V="2"/>`, `<MtBordHt V="90.40"/>`, `<NumDette V="2026004127"/>`, `<MtHT V="45.20"/>`,
		`<Nom V="MARTIN &#34;HELENE&#34; &amp; CIE"/>`, `<Adr2 V="12 RUE DE L&#39;EGLISE"/>`, `<Objet V="CREANCES PERISCOLAIRES"/>`, `<TypPce V="15"/>`} {
		if !strings.Contains(text, part) {
			t.Errorf("%s is not in\n%s", part, text)
		}
	}
	for i := range out {
		if out[i] > 0x7e {
			t.Fatalf("byte %d is %x", i, out[i])
		}
	}
	d := xml.NewDecoder(strings.NewReader(text))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatCannotBeWritten(t *testing.T) {
	good := header
	good.Post = "0780121"
	for name, c := range map[string]struct {
		h     pes.Header
		s     pes.Slip
		debts []pes.Debt
	}{
		"a post of six":           {header, slip, []pes.Debt{debt}},
		"no debt":                 {good, slip, nil},
		"a slip without a number": {good, pes.Slip{Year: 2026, Period: 1}, []pes.Debt{debt}},
		"a period of ten":         {good, pes.Slip{Number: "1", Year: 2026, Period: 10}, []pes.Debt{debt}},
		"nothing left to pay":     {good, slip, []pes.Debt{{Number: "2026-1"}}},
		"no figure in a number":   {good, slip, []pes.Debt{{Number: "x", Cents: 1}}},
	} {
		if _, err := pes.Draft(c.h, c.s, c.debts); !errors.Is(err, pes.ErrSlip) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
