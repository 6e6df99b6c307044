package sepa_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"preau/internal/civil"
	"preau/internal/money"
	"preau/internal/sepa"
)

func paris(t *testing.T) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// order is the sample of the reference: a first collection and a recurrent one, 42.17 + 38.00 = 80.17.
func order(t *testing.T, version sepa.Version) sepa.Order {
	t.Helper()
	due := civil.New(2026, 12, 10)
	return sepa.Order{Version: version, ID: "PF-2026-11-0001", Made: civil.At(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)), Loc: paris(t),
		Creditor: sepa.Creditor{Name: "Régie enfance – Ville de Test", SIRET: "73282932000074", ICS: "FR72ZZZ123456", IBAN: "FR7610071780000000100012310",
			BIC: "TRPUFRP1", Address: sepa.Address{Number: "5", Street: "rue Marconi", Postcode: "78400", Town: "Test", Country: "FR"}},
		Debits: []sepa.Debit{
			{EndToEnd: "F2026000123", Cents: 4217, RUM: "PF78146000001", SignedOn: civil.New(2026, 11, 2), Sequence: sepa.First, DueOn: due, Name: "Claire Martin",
				Address: sepa.Address{Number: "3", Street: "rue des Écoles", Postcode: "78400", Town: "Test", Country: "FR"}, IBAN: "FR1420041010050500013M02606",
				Label: "Facture F2026-000123, novembre 2026"},
			{EndToEnd: "F2026000124", Cents: 3800, RUM: "PF78146000002", SignedOn: civil.New(2025, 9, 1), Sequence: sepa.Recurrent, DueOn: due, NewAccount: true,
				Name: "Paul Dupont", IBAN: "FR7630006000011234567890189", BIC: "AGRIFRPP"},
		}}
}

// valid asks xmllint, which shares nothing with us, whether files follow the schema of the ISO.
func valid(t *testing.T, version sepa.Version, files ...[]byte) {
	t.Helper()
	args := []string{"--noout", "--nonet", "--schema", "testdata/" + string(version) + ".xsd"}
	for i, file := range files {
		path := filepath.Join(t.TempDir(), fmt.Sprintf("%d.xml", i))
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	if out, err := exec.CommandContext(t.Context(), "xmllint", args...).CombinedOutput(); err != nil {
		t.Fatalf("xmllint: %v\n%s", err, out)
	}
}

func write(t *testing.T, o sepa.Order) []byte {
	t.Helper()
	file, err := o.File()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestFiles(t *testing.T) {
	for _, version := range []sepa.Version{sepa.Pain00802, sepa.Pain00808} {
		t.Run(string(version), func(t *testing.T) {
			o := order(t, version)
			file := write(t, o)
			if again := write(t, o); !bytes.Equal(file, again) {
				t.Error("the same order gives other bytes")
			}
			treasury := o
			treasury.Creditor.HolderName, treasury.Creditor.HolderIBAN = "Régie enfance", "FR7610071780000000100012310"
			valid(t, version, file, write(t, treasury))
			text := string(file)
			for _, want := range []string{"<NbOfTxs>2</NbOfTxs>", "<CtrlSum>80.17</CtrlSum>", "<CtrlSum>42.17</CtrlSum>", "<CtrlSum>38.00</CtrlSum>",
				"<CreDtTm>2026-11-23T09:00:00</CreDtTm>", "<PmtInfId>PF-2026-11-0001-FRST20261210</PmtInfId>", "<SeqTp>FRST</SeqTp>", "<SeqTp>RCUR</SeqTp>",
				`<InstdAmt Ccy="EUR">42.17</InstdAmt>`, "<Nm>Regie enfance - Ville de Test</Nm>", "<Id>NOTPROVIDED</Id>", "<Id>SMNDA</Id>",
				"<Ustrd>Facture F2026-000123, novembre 2026</Ustrd>", "<ReqdColltnDt>2026-12-10</ReqdColltnDt>"} {
				if !strings.Contains(text, want) {
					t.Errorf("no %s in\n%s", want, text)
				}
			}
			newer := version == sepa.Pain00808
			for want, there := range map[string]bool{"<BICFI>AGRIFRPP</BICFI>": newer, "<BIC>AGRIFRPP</BIC>": !newer, "<StrtNm>rue des Ecoles</StrtNm>": newer,
				"<AdrLine>3 rue des Ecoles</AdrLine>": !newer, "<TwnNm>Test</TwnNm>": newer} {
				if strings.Contains(text, want) != there {
					t.Errorf("%s: want %v", want, there)
				}
			}
			if holder := string(write(t, treasury)); !strings.Contains(holder, "<UltmtCdtr>") {
				t.Error("the holder of the account at the Treasury is not named")
			}
		})
	}
}

// What a bank would refuse is refused here.
func TestRefused(t *testing.T) {
	for name, spoil := range map[string]func(o *sepa.Order){
		"another version":                func(o *sepa.Order) { o.Version = "pain.008.001.09" },
		"no debit":                       func(o *sepa.Order) { o.Debits = nil },
		"an amount of nothing":           func(o *sepa.Order) { o.Debits[0].Cents = 0 },
		"an amount below nothing":        func(o *sepa.Order) { o.Debits[0].Cents = -100 },
		"too large an amount":            func(o *sepa.Order) { o.Debits[0].Cents = 100_000_000_000 },
		"a wrong account":                func(o *sepa.Order) { o.Debits[0].IBAN = "FR7630006000011234567890188" },
		"a creditor without account":     func(o *sepa.Order) { o.Creditor.IBAN = "" },
		"a wrong ICS":                    func(o *sepa.Order) { o.Creditor.ICS = "FR72ZZZ123465" },
		"two debits of one reference":    func(o *sepa.Order) { o.Debits[1].EndToEnd = o.Debits[0].EndToEnd },
		"a reference with two slashes":   func(o *sepa.Order) { o.Debits[0].EndToEnd = "A//B" },
		"a mandate without its date":     func(o *sepa.Order) { o.Debits[0].SignedOn = civil.Date{} },
		"a debtor with unreadable name":  func(o *sepa.Order) { o.Debits[0].Name = "日本" },
		"a sequence that does not exist": func(o *sepa.Order) { o.Debits[0].Sequence = "XXXX" },
		"an identifier that is too long": func(o *sepa.Order) { o.ID = strings.Repeat("A", 23) },
	} {
		o := order(t, sepa.Pain00808)
		spoil(&o)
		if file, err := o.File(); err == nil || file != nil {
			t.Errorf("%s was written", name)
		}
	}
}

// message is what a reader finds in a file.
type message struct {
	Count int    `xml:"CstmrDrctDbtInitn>GrpHdr>NbOfTxs"`
	Sum   string `xml:"CstmrDrctDbtInitn>GrpHdr>CtrlSum"`
	Parts []struct {
		ID       string `xml:"PmtInfId"`
		Count    int    `xml:"NbOfTxs"`
		Sum      string `xml:"CtrlSum"`
		Sequence string `xml:"PmtTpInf>SeqTp"`
		DueOn    string `xml:"ReqdColltnDt"`
		Debits   []struct {
			Amount string `xml:"InstdAmt"`
		} `xml:"DrctDbtTxInf"`
	} `xml:"CstmrDrctDbtInitn>PmtInf"`
}

// Whatever the debits, the sums and the counts agree, in each part and in all; a part has one sequence and one day, and no other part has
// both; and the file follows the schema.
func TestSumsAgree(t *testing.T) {
	var files [][]byte
	rapid.Check(t, func(r *rapid.T) {
		o := order(t, sepa.Pain00808)
		pattern := o.Debits[0]
		o.Debits = nil
		for i := range rapid.IntRange(1, 12).Draw(r, "debits") {
			d := pattern
			d.EndToEnd = fmt.Sprintf("F%d", i)
			d.Cents = money.Cents(rapid.Int64Range(1, 99_999_999).Draw(r, "cents"))
			d.Sequence = rapid.SampledFrom([]sepa.Sequence{sepa.First, sepa.Recurrent, sepa.Final, sepa.OneOff}).Draw(r, "sequence")
			d.DueOn = d.DueOn.AddDays(rapid.IntRange(0, 2).Draw(r, "day"))
			d.Name, d.Label = "x"+rapid.String().Draw(r, "name"), rapid.String().Draw(r, "label")
			d.Address.Town = rapid.String().Draw(r, "town")
			o.Debits = append(o.Debits, d)
		}
		file, err := o.File()
		if err != nil {
			r.Fatal(err)
		}
		var m message
		if err := xml.Unmarshal(file, &m); err != nil {
			r.Fatal(err)
		}
		seen, count, sum := map[string]bool{}, 0, money.Cents(0)
		for _, p := range m.Parts {
			if seen[p.Sequence+p.DueOn] {
				r.Fatalf("two parts %s of %s", p.Sequence, p.DueOn)
			}
			seen[p.Sequence+p.DueOn] = true
			var of money.Cents
			for _, d := range p.Debits {
				of += cents(r, d.Amount)
			}
			if p.Count != len(p.Debits) || cents(r, p.Sum) != of {
				r.Fatalf("part %s says %d and %s for %d and %s", p.ID, p.Count, p.Sum, len(p.Debits), of)
			}
			count, sum = count+p.Count, sum+of
		}
		if m.Count != count || count != len(o.Debits) || cents(r, m.Sum) != sum || sum != o.Sum() {
			r.Fatalf("the file says %d and %s for %d and %s", m.Count, m.Sum, count, sum)
		}
		if len(files) < 20 {
			files = append(files, file)
		}
	})
	valid(t, sepa.Pain00808, files...)
}

func cents(t *rapid.T, s string) money.Cents {
	c, err := money.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
