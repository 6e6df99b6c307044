package pdf_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"preau/internal/pdf"
	"preau/internal/pdf/pdftest"
)

var meta = pdf.Meta{Title: "Lettres « clé enfance »", Author: "Ville de Chatou", Created: time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)}

func letter(d *pdf.Doc, i int) error {
	d.Letter(pdf.Letter{
		From: []string{"Ville de Chatou", "Pôle Enfance/Famille/Éducation", "5 rue Marconi", "78400 Chatou", "Tél. : 01 34 80 46 62"},
		To:   []string{"Mme Claire Martin", "12 rue de l’Église", "78400 CHATOU"},
		Date: "Chatou, le mardi 1 décembre 2026", Reference: fmt.Sprintf("Dossier n° %04d", i),
	}, "Ville de Chatou – 5 rue Marconi")
	d.Heading(1, "Votre clé enfance")
	d.Paragraph("Madame,\nLa Ville vous propose d’ouvrir votre espace personnel. Grâce à votre clé, vos enfants y seront déjà.")
	d.Code(fmt.Sprintf("2345%d – ABCDE", i%8+2))
	return d.QR("https://chatou.example/creer-mon-espace#cle=23456-ABCDE", "Code à photographier : adresse de la page de création",
		"Photographiez ce code avec votre téléphone, ou allez à l’adresse chatou.example/creer-mon-espace.", 35)
}

func TestLetter(t *testing.T) {
	var b bytes.Buffer
	d := pdf.New(&b, meta)
	if err := letter(d, 7); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	pages := pdftest.Text(t, b.Bytes())
	if len(pages) != 1 {
		t.Fatalf("%d pages, want 1", len(pages))
	}
	for _, want := range []string{"Mme Claire Martin", "12 rue de l’Église", "Dossier n° 0007", "Votre clé enfance", "23459 – ABCDE", "Photographiez ce code"} {
		if !strings.Contains(pages[0], want) {
			t.Errorf("the text lacks %q:\n%s", want, pages[0])
		}
	}
	info := pdftest.Info(t, b.Bytes())
	for _, want := range []string{"Title:           Lettres « clé enfance »", "Tagged:          yes", "Page size:       595.28 x 841.89 pts (A4)"} {
		if !strings.Contains(info, want) {
			t.Errorf("the file does not say %q:\n%s", want, info)
		}
	}
	tree := pdftest.Structure(t, b.Bytes())
	for _, want := range []string{"Part", "H1 (block)", "Figure"} {
		if !strings.Contains(tree, want) {
			t.Errorf("the structure lacks %q:\n%s", want, tree)
		}
	}
}

// A long document turns its pages by itself: the table's head comes back, pages are numbered, no text is lost.
func TestLongTable(t *testing.T) {
	var b bytes.Buffer
	d := pdf.New(&b, meta)
	d.Part("Facture 2026-0001")
	d.Heading(1, "Facture")
	table := pdf.Table{Columns: []pdf.Column{{Title: "Prestation", Share: 3}, {Title: "Montant", Share: 1, Right: true}}}
	for i := range 120 {
		table.Rows = append(table.Rows, []string{fmt.Sprintf("Repas du jour %d, restauration scolaire, école élémentaire Jean Rostand, tarif plein", i), "3,40 €"})
	}
	table.Totals = [][]string{{"Total", "408,00 €"}}
	d.Table(table)
	d.Facts([][2]string{{"Échéance", "15 janvier 2027"}})
	d.Paragraph(strings.Repeat("Un paragraphe qui va d’une page à l’autre. ", 200))
	d.Part("Facture 2026-0002")
	d.Paragraph("Une autre facture, d’une page.")
	if got := d.Pages(); got != 7 {
		t.Errorf("%d pages so far", got)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	pages := pdftest.Text(t, b.Bytes())
	all := strings.Join(pages, "\n")
	for i := range 120 {
		if !strings.Contains(all, fmt.Sprintf("jour %d,", i)) {
			t.Errorf("row %d is lost", i)
		}
	}
	if got := strings.Count(strings.Join(strings.Fields(all), " "), "qui va d’une"); got < 198 { // the foot of a page may part two
		t.Errorf("%d sentences of 200", got)
	}
	for i, p := range pages[:6] {
		if want := fmt.Sprintf("Facture 2026-0001 – page %d sur 6", i+1); !strings.Contains(p, want) {
			t.Errorf("page %d lacks %q", i+1, want)
		}
		if i < 4 && !strings.Contains(p, "Prestation") {
			t.Errorf("page %d lacks the table's head", i+1)
		}
	}
	if strings.Contains(pages[6], "page 1") {
		t.Error("a part of one page needs no number")
	}
}

// Characters that the font does not have are told, never dropped; a word longer than a line is cut.
func TestAnyText(t *testing.T) {
	var b bytes.Buffer
	d := pdf.New(&b, meta)
	d.Paragraph("Œuvre, Łukasz, Žofie, ñ, 12\u202f€, ж?" + strings.Repeat("a", 400) + "z\n\n")
	d.Paragraph("")
	d.Small("petit")
	d.Strong("gras")
	d.Rule()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	text := strings.Join(pdftest.Text(t, b.Bytes()), "")
	for _, want := range []string{"Œuvre, Łukasz, Žofie, ñ, 12 €,\n??a", "az", "petit", "gras"} {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %q:\n%s", want, text)
		}
	}
}

// A thousand letters leave as they are made: what is kept grows by little more than the numbers of objects.
func TestThousandLettersStream(t *testing.T) {
	var b bytes.Buffer
	d := pdf.New(&b, meta)
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc - uint64(b.Cap())
	}
	if err := letter(d, 0); err != nil {
		t.Fatal(err)
	}
	before := heap()
	for i := range 999 {
		if err := letter(d, i+1); err != nil {
			t.Fatal(err)
		}
	}
	if grown := int64(heap()) - int64(before); grown > 1<<20 {
		t.Errorf("a thousand letters keep %d kB", grown>>10)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 6<<20 {
		t.Errorf("the file has %d kB", b.Len()>>10)
	}
	if pages := pdftest.Text(t, b.Bytes()); len(pages) != 1000 {
		t.Errorf("%d pages, want 1000", len(pages))
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestWriterFails(t *testing.T) {
	d := pdf.New(broken{}, meta)
	d.Paragraph("perdu")
	if err := d.Close(); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Close: %v", err)
	}
	if err := pdf.New(io.Discard, meta).QR(strings.Repeat("x", 4000), "", "", 30); err == nil {
		t.Error("a square code of 4000 characters was drawn")
	}
}
