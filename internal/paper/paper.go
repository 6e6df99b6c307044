// Package paper puts on paper what the town asks of families and what it received: invoices, credit notes, statements of account.
//
// What a sheet says is values: who made them reads them once, and nothing here asks a database. A document holds one part for each invoice, so that
// the letters of a whole month are one file, each with its own pages; the fonts are shared by all of them. Every sheet begins like a
// letter, for a window envelope, and is tagged, so that it can be read aloud.
package paper

import (
	"io"
	"strings"
	"time"

	"preau/internal/civil"
	"preau/internal/money"
	"preau/internal/pdf"
)

// Invoice is an invoice or a credit note, as it is printed.
type Invoice struct {
	Title     string   // "Facture d’octobre 2026", "Avoir sur la facture 2026-004127"
	Number    string   // "2026-004127"
	Draft     bool     // it has no number yet: nothing to pay
	From, To  []string // sender and addressee, a line each
	Reference string   // of the household
	Issued    civil.Date
	Due       civil.Date // zero: nothing to pay
	Note      string     // a sentence under the title, or empty
	Sections  []Section
	Total     money.Cents // of the lines
	Settled   []Settled   // what was already paid or taken off
	Rest      money.Cents // what is left to pay; negative: what the town owes
	CESU      money.Cents // how much of it CESU may pay
	Ways      [][2]string // how to pay: a few words, then a sentence
	Transfer  *Transfer   // drawn as a square code when something is left to pay
	Small     []string    // legal notice, at the end
	Footer    string
}

// Section is what is asked for one child, or a group of corrections.
type Section struct {
	ChildID      string // "" for corrections, which concern several
	Title, Under string
	Lines        []Line
	Total        money.Cents
}

// Line is one line of an invoice.
type Line struct {
	Number   int
	Child    string // first name
	What     string // "Restauration scolaire, repas"
	Days     string // "1er, 2, 5 et 6 octobre"
	Why      string // the explanation stored with the line
	Quantity string // "12", "−1"
	Unit     money.Cents
	Cents    money.Cents
	CESU     bool // CESU may pay it
}

// Settled is a payment, or a credit used, that an invoice has already received.
type Settled struct {
	Label string
	Cents money.Cents
}

// Statement is what a household owed, paid and was owed over some months.
type Statement struct {
	Title     string
	From, To  []string
	Reference string
	Made      civil.Date
	Range     civil.Range
	Before    money.Cents // the balance before the first day
	Entries   []Movement
	After     money.Cents
	Footer    string
}

// Movement is one line of an account: what it adds to the debt, or takes from it.
type Movement struct {
	Day     civil.Date
	Label   string
	Cents   money.Cents
	Balance money.Cents

	InvoiceID string // the invoice or credit note it is about; not printed
}

// Book is a document of several sheets being written.
type Book struct{ doc *pdf.Doc }

// NewBook begins a document. Title is what a screen reader says of the file, author the town.
func NewBook(w io.Writer, title, author string, made time.Time) *Book {
	return &Book{pdf.New(w, pdf.Meta{Title: title, Author: author, Created: made})}
}

// Pages says how many pages the document has so far.
func (b *Book) Pages() int { return b.doc.Pages() }

// Close ends the document; an empty one says so.
func (b *Book) Close(empty string) error {
	if b.doc.Pages() == 0 {
		b.doc.Part("")
		b.doc.Paragraph(empty)
	}
	return b.doc.Close()
}

// Invoice adds a sheet. It fails when the transfer cannot be drawn.
func (b *Book) Invoice(i Invoice) error {
	d := b.doc
	d.Letter(pdf.Letter{From: i.From, To: i.To, Reference: reference(i.Reference)}, i.Footer)
	d.Heading(1, i.Title)
	if i.Draft {
		d.Strong("Brouillon : cette facture n’est pas émise, il n’y a rien à payer.")
	}
	d.Facts(i.facts())
	if i.Note != "" {
		d.Paragraph(i.Note)
	}
	for _, s := range i.Sections {
		writeSection(d, s)
	}
	d.Heading(2, "En tout")
	d.Table(i.sums())
	if i.CESU > 0 && i.Rest > 0 {
		d.Paragraph("Dont payable en CESU : " + i.CESU.String() + ".")
	}
	if i.Rest > 0 && !i.Draft {
		if err := i.writeWays(d); err != nil {
			return err
		}
	}
	for _, s := range i.Small {
		d.Small(s)
	}
	return nil
}

func reference(r string) string {
	if r == "" {
		return ""
	}
	return "Dossier n° " + r
}

// facts stand under the title: the answer first.
func (i Invoice) facts() [][2]string {
	var out [][2]string
	if i.Number != "" {
		out = append(out, [2]string{"Numéro", i.Number})
	}
	if !i.Issued.IsZero() {
		out = append(out, [2]string{"Date", i.Issued.Long()})
	}
	switch {
	case i.Rest > 0 && !i.Due.IsZero():
		out = append(out, [2]string{"À payer", i.Rest.String() + ", au plus tard le " + i.Due.Long()})
	case i.Rest > 0:
		out = append(out, [2]string{"À payer", i.Rest.String()})
	case i.Rest < 0:
		out = append(out, [2]string{"En votre faveur", (-i.Rest).String()})
	default:
		out = append(out, [2]string{"À payer", "rien : cette facture est réglée"})
	}
	return out
}

// writeSection writes the lines of one child.
func writeSection(d *pdf.Doc, s Section) {
	d.Heading(2, s.Title)
	if s.Under != "" {
		d.Small(s.Under)
	}
	t := pdf.Table{RowHeads: true, Columns: []pdf.Column{{Title: "Prestation", Share: 6.4}, {Title: "Nombre", Share: 1.1, Right: true},
		{Title: "Prix", Share: 1.3, Right: true}, {Title: "Montant", Share: 1.4, Right: true}}}
	for _, l := range s.Lines {
		t.Rows = append(t.Rows, []string{l.What, l.Quantity, l.Unit.String(), l.Cents.String()})
		t.Notes = append(t.Notes, join("\n", l.Days, l.Why))
	}
	t.Totals = [][]string{{"Total, " + s.Title, "", "", s.Total.String()}}
	d.Table(t)
}

// sums go from what the lines come to, to what is left to pay.
func (i Invoice) sums() pdf.Table {
	t := pdf.Table{RowHeads: true, Columns: []pdf.Column{{Share: 4}, {Share: 1.2, Right: true}}}
	add := func(label string, c money.Cents) { t.Rows = append(t.Rows, []string{label, c.String()}) }
	add("Total des prestations", i.Total)
	for _, s := range i.Settled {
		add(s.Label, -s.Cents)
	}
	label, rest := "À payer", i.Rest
	switch {
	case i.Rest < 0:
		label, rest = "En votre faveur", -i.Rest
	case !i.Due.IsZero() && i.Rest > 0:
		label = "À payer au plus tard le " + i.Due.DayMonthYear()
	}
	t.Totals = [][]string{{label, rest.String()}}
	return t
}

func (i Invoice) writeWays(d *pdf.Doc) error {
	if len(i.Ways) == 0 && i.Transfer == nil {
		return nil
	}
	d.Heading(2, "Comment payer")
	d.List(i.Ways)
	if i.Transfer == nil {
		return nil
	}
	code, err := i.Transfer.Code()
	if err != nil {
		return err
	}
	return d.QR(code, "Code du virement, à photographier avec l’application de votre banque. Il contient les mêmes informations que le texte qui suit.",
		i.Transfer.words(), 34)
}

// Statement adds the statement of an account.
func (b *Book) Statement(s Statement) {
	d := b.doc
	d.Letter(pdf.Letter{From: s.From, To: s.To, Date: "Le " + s.Made.Long(), Reference: reference(s.Reference)}, s.Footer)
	d.Heading(1, s.Title)
	d.Paragraph("Du " + s.Range.From.DayMonthYear() + " au " + s.Range.To.DayMonthYear() + ". Un montant précédé de « − » est en votre faveur.")
	t := pdf.Table{Columns: []pdf.Column{{Title: "Date", Share: 1.2}, {Title: "Opération", Share: 3.4}, {Title: "Facturé", Share: 1.1, Right: true},
		{Title: "Réglé", Share: 1.1, Right: true}, {Title: "Solde", Share: 1.1, Right: true}}}
	t.Rows = append(t.Rows, []string{s.Range.From.Numeric(), "Solde avant cette date", "", "", s.Before.String()})
	for _, m := range s.Entries {
		debit, credit := m.Cents.String(), ""
		if m.Cents < 0 {
			debit, credit = "", (-m.Cents).String()
		}
		t.Rows = append(t.Rows, []string{m.Day.Numeric(), m.Label, debit, credit, m.Balance.String()})
	}
	t.Totals = [][]string{{s.Range.To.Numeric(), balanceWords(s.After), "", "", s.After.String()}}
	d.Table(t)
}

func balanceWords(c money.Cents) string {
	switch {
	case c > 0:
		return "Reste à payer"
	case c < 0:
		return "En votre faveur"
	}
	return "Rien à payer"
}

// join puts together the texts that are not empty.
func join(between string, texts ...string) string {
	var kept []string
	for _, t := range texts {
		if t != "" {
			kept = append(kept, t)
		}
	}
	return strings.Join(kept, between)
}
