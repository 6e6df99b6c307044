package paper_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"preau/internal/civil"
	"preau/internal/money"
	"preau/internal/paper"
	"preau/internal/pdf/pdftest"
)

var made = time.Date(2026, 11, 6, 8, 0, 0, 0, time.UTC)

// october is the invoice of the town's model page: Antoine and Léo in October 2026.
func october() paper.Invoice {
	return paper.Invoice{
		Title: "Facture d’octobre 2026", Number: "2026-004127", Reference: "100234",
		From:   []string{"Ville de Chatou", "Régie Enfance, Famille, Éducation", "5 rue Marconi", "78400 Chatou"},
		To:     []string{"Mme Claire Martin", "14 rue des Landes", "78400 CHATOU"},
		Issued: civil.MustParse("2026-11-06"), Due: civil.MustParse("2026-12-04"),
		Sections: []paper.Section{{Title: "Antoine", Under: "Élémentaire Jean Rostand", Total: 5130, Lines: []paper.Line{
			{What: "Repas", Days: "1er, 2, 5, 6, 8, 12, 13 et 16 octobre", Quantity: "8", Unit: 340, Cents: 2720,
				Why: "QF 1 012, tranche 800 – 1 199, 3,40 € le repas, grille 2026-2027 votée le 25 juin 2026"},
			{What: "Repas réservé, absent", Days: "vendredi 9 octobre", Quantity: "1", Unit: 340, Cents: 340, Why: "Le repas n’a pas été annulé avant le vendredi 2 octobre, 23 h 59."},
			{What: "Repas sans réservation", Days: "jeudi 15 octobre", Quantity: "1", Unit: 510, Cents: 510, Why: "3,40 € + 50 %"},
			{What: "Étude surveillée", Days: "1er, 2, 5, 6, 12 et 13 octobre", Quantity: "6", Unit: 260, Cents: 1560},
		}}, {Title: "Corrections", Total: -340, Lines: []paper.Line{{What: "Repas du 24 septembre, service fermé", Quantity: "1", Unit: -340, Cents: -340}}}},
		Total: 4790, Settled: []paper.Settled{{Label: "Paiement du 20 novembre 2026, chèque", Cents: 1000}}, Rest: 3790, CESU: 1410,
		Ways: [][2]string{
			{"En ligne", "Sur famille.chatou.example, rubrique Factures, ou sur www.payfip.gouv.fr avec l’identifiant 006382 et la référence 2026004127."},
			{"Chèque, espèces ou CESU", "À la régie, 5 rue Marconi."},
		},
		Transfer: &paper.Transfer{Holder: "Régie Enfance Chatou", IBAN: "FR7630001000644919009562088", BIC: "BDFEFRPPCCT", Cents: 3790, Reference: "FACTURE 2026-004127"},
		Small:    []string{"Une ligne vous semble fausse ? Écrivez au service depuis la page de cette facture."},
		Footer:   "Ville de Chatou – facture 2026-004127",
	}
}

func printed(t *testing.T, write func(*paper.Book) error) []byte {
	t.Helper()
	var b bytes.Buffer
	book := paper.NewBook(&b, "Facture 2026-004127", "Ville de Chatou", made)
	if err := write(book); err != nil {
		t.Fatal(err)
	}
	if err := book.Close("Aucune facture."); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// want looks for texts on a page whatever its line ends.
func want(t *testing.T, page string, texts ...string) {
	t.Helper()
	flat := strings.Join(strings.Fields(page), " ")
	for _, s := range texts {
		if !strings.Contains(flat, strings.Join(strings.Fields(s), " ")) {
			t.Errorf("the sheet lacks %q:\n%s", s, page)
		}
	}
}

func TestAnInvoiceCanBeReadByPeopleAndMachines(t *testing.T) {
	file := printed(t, func(b *paper.Book) error { return b.Invoice(october()) })
	pages := pdftest.Text(t, file)
	want(t, strings.Join(pages, "\n"), "Mme Claire Martin", "Facture d’octobre 2026", "Dossier n° 100234", "2026-004127", "37,90 €, au plus tard le vendredi 4 décembre 2026",
		"tranche 800 – 1 199", "8 3,40 € 27,20 €", "Total, Antoine 51,30 €", "−3,40 €", "Total des prestations 47,90 €", "chèque −10,00 €",
		"À payer au plus tard le 4 décembre 2026 37,90 €", "Dont payable en CESU : 14,10 €.", "identifiant 006382", "IBAN : FR76 3000 1000 6449 1900 9562 088", "BIC : BDFEFRPPCCT",
		"Motif : FACTURE 2026-004127")
	info := pdftest.Info(t, file)
	for _, s := range []string{"Title:           Facture 2026-004127", "Tagged:          yes"} {
		if !strings.Contains(info, s) {
			t.Errorf("the file does not say %q:\n%s", s, info)
		}
	}
	tree := pdftest.Structure(t, file)
	for _, s := range []string{"H1 (block)", "H2 (block)", "Table", "TH", "TD", "/Scope /Row", "/Scope /Column", "LI (block)", "LBody (block)", "Figure"} {
		if !strings.Contains(tree, s) {
			t.Errorf("the structure lacks %q:\n%s", s, tree)
		}
	}
	for _, s := range []string{"/Lang(fr-FR)", "/Marked true", "/DisplayDocTitle true"} {
		if !bytes.Contains(file, []byte(s)) {
			t.Errorf("the file lacks %s", s)
		}
	}
}

// A settled invoice, a draft, a credit note: nothing to pay, so no way to pay.
func TestWhatIsNotToPay(t *testing.T) {
	settled, draft, credit := october(), october(), october()
	settled.Rest = 0
	draft.Draft, draft.Number = true, ""
	credit.Title, credit.Rest, credit.Total, credit.Due = "Avoir sur la facture 2026-003518", -340, -340, civil.Date{}
	for name, tt := range map[string]struct {
		invoice paper.Invoice
		want    string
	}{"settled": {settled, "rien : cette facture est réglée"}, "draft": {draft, "Brouillon"}, "credit": {credit, "En votre faveur 3,40 €"}} {
		page := strings.Join(pdftest.Text(t, printed(t, func(b *paper.Book) error { return b.Invoice(tt.invoice) })), "\n")
		want(t, page, tt.want)
		if strings.Contains(page, "Comment payer") {
			t.Errorf("%s: there is nothing to pay:\n%s", name, page)
		}
	}
}

// Long invoices go on to the next page without losing a line; invoices of a batch number their pages apart.
func TestABatchNumbersItsPages(t *testing.T) {
	long := october()
	for i := range 60 {
		long.Sections[0].Lines = append(long.Sections[0].Lines, paper.Line{What: fmt.Sprintf("Journée %d", i), Days: "mercredi 7 octobre", Why: "QF 1 012", Quantity: "1", Unit: 720, Cents: 720})
	}
	pages := pdftest.Text(t, printed(t, func(b *paper.Book) error {
		for range 2 {
			if err := b.Invoice(long); err != nil {
				return err
			}
		}
		return nil
	}))
	if len(pages)%2 != 0 || len(pages) < 6 {
		t.Fatalf("%d pages", len(pages))
	}
	half := len(pages) / 2
	all := strings.Join(pages[:half], "\n")
	for i := range 60 {
		if !strings.Contains(all, fmt.Sprintf("Journée %d\n", i)) {
			t.Errorf("line %d is lost", i)
		}
	}
	for i, p := range pages {
		want(t, p, fmt.Sprintf("facture 2026-004127 – page %d sur %d", i%half+1, half))
	}
}

func TestAStatement(t *testing.T) {
	s := paper.Statement{Title: "Relevé de compte", From: []string{"Ville de Chatou"}, To: []string{"Mme Claire Martin"}, Made: civil.MustParse("2026-12-01"),
		Range:  civil.Range{From: civil.MustParse("2026-09-01"), To: civil.MustParse("2026-11-30")},
		Before: 500, After: -340, Entries: []paper.Movement{{Day: civil.MustParse("2026-10-06"), Label: "Facture 2026-003518", Cents: 6020, Balance: 6520},
			{Day: civil.MustParse("2026-10-20"), Label: "Carte bancaire, reçu 2026-000812", Cents: -6860, Balance: -340}}}
	page := pdftest.Text(t, printed(t, func(b *paper.Book) error { b.Statement(s); return nil }))[0]
	want(t, page, "Du 1er septembre 2026 au 30 novembre 2026", "Solde avant cette date", "06/10/2026", "60,20 €", "68,60 €", "En votre faveur", "−3,40 €")
	empty := pdftest.Text(t, printed(t, func(*paper.Book) error { return nil }))
	want(t, empty[0], "Aucune facture.")
}

func TestTransferCode(t *testing.T) {
	code, err := october().Transfer.Code()
	if want := "BCD\n002\n1\nSCT\nBDFEFRPPCCT\nRégie Enfance Chatou\nFR7630001000644919009562088\nEUR37.90\n\n\nFACTURE 2026-004127"; err != nil || code != want {
		t.Errorf("code %q, %v\nwant %q", code, err, want)
	}
	long := paper.Transfer{Holder: strings.Repeat("é", 90), IBAN: "FR7630001000644919009562088", Cents: 1, Reference: strings.Repeat("x y\n", 100)}
	code, err = long.Code()
	if fields := strings.Split(code, "\n"); err != nil || len(fields) != 11 || len([]rune(fields[5])) != 70 || len(fields[10]) != 140 || fields[4] != "" {
		t.Errorf("code %q, %v", code, err)
	}
	for _, bad := range []paper.Transfer{{Holder: "x", IBAN: "FR76", Cents: 0}, {Holder: "x", Cents: 1}, {IBAN: "FR76", Cents: 1}, {Holder: "x", IBAN: "FR76", Cents: money.Cents(1e11)}} {
		if _, err := bad.Code(); err == nil {
			t.Errorf("%+v has a code", bad)
		}
		i := october()
		i.Transfer = &bad
		if err := paper.NewBook(io.Discard, "", "", made).Invoice(i); err == nil {
			t.Errorf("%+v was drawn", bad)
		}
	}
}

// BenchmarkInvoice measures one invoice a file, as a family downloads it.
func BenchmarkInvoice(b *testing.B) {
	i := october()
	for b.Loop() {
		book := paper.NewBook(io.Discard, "Facture 2026-004127", "Ville de Chatou", made)
		if err := book.Invoice(i); err != nil {
			b.Fatal(err)
		}
		if err := book.Close(""); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "files/s")
}

// BenchmarkBatch measures invoices of one file, as they are printed for those who receive paper.
func BenchmarkBatch(b *testing.B) {
	i := october()
	book := paper.NewBook(io.Discard, "Factures", "Ville de Chatou", made)
	for b.Loop() {
		if err := book.Invoice(i); err != nil {
			b.Fatal(err)
		}
	}
	if err := book.Close(""); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "invoices/s")
}
