package till

import (
	"io"
	"strconv"
	"strings"
	"time"

	"preau/internal/civil"
	"preau/internal/money"
	"preau/internal/pdf"
	"preau/internal/town"
)

// Paper is what every document of the office says of who made it.
type Paper struct {
	Town    town.Profile
	Office  Office
	Holder  string // who holds the office
	Loc     *time.Location
	Printed civil.Instant
}

// head begins a document.
func (p Paper) head(w io.Writer, title, footer string) *pdf.Doc {
	doc := pdf.New(w, pdf.Meta{Title: title, Author: p.Town.Name, Created: p.Printed.Time()})
	doc.Part(footer)
	doc.Heading(1, title)
	doc.Paragraph(p.Town.Name + "\n" + p.Office.Name)
	return doc
}

// Quittance prints a receipt: the fields of a receipt of a régie, the amount in figures and in letters, room for a signature and a stamp.
func (p Paper) Quittance(w io.Writer, r Receipt) error {
	title := "Quittance n° " + r.Name()
	if r.Reverses != "" {
		title = "Annulation n° " + r.Name()
	}
	doc := p.head(w, title, p.Office.Name+" – "+title)
	if r.ReversedBy != "" {
		doc.Strong("Cette quittance a été annulée : elle ne vaut plus.")
	}
	facts := [][2]string{
		{"Reçu de", r.PayerName},
		{"Le", civil.FrenchInstant(r.At, p.Loc)},
		{"Montant", r.Cents.String()},
		{"En toutes lettres", r.Cents.Letters()},
		{"Moyen de paiement", p.means(r)},
		{"Objet", r.Label},
	}
	if r.PaidOn != r.Day {
		facts = append(facts, [2]string{"Date du paiement", r.PaidOn.DayMonthYear()})
	}
	if r.Reason != "" {
		facts = append(facts, [2]string{"Motif", r.Reason})
	}
	doc.Facts(append(facts, [2]string{"Encaissé par", p.signedBy(r.ByName)}))
	if len(r.Paid) > 0 {
		t := pdf.Table{Columns: []pdf.Column{{Title: "Facture", Share: 3}, {Title: "Montant", Share: 1, Right: true}}}
		for _, s := range r.Paid {
			t.Rows = append(t.Rows, []string{s.Number, s.Cents.String()})
		}
		if left := r.Advance(); left != 0 {
			t.Rows = append(t.Rows, []string{"Avance, qui viendra en déduction des prochaines factures", left.String()})
		}
		t.Totals = [][]string{{"Total", r.Cents.String()}}
		doc.Heading(2, "Ce que ce paiement règle")
		doc.Table(t)
	}
	p.titles(doc, r.Titles)
	doc.Space(6)
	doc.Paragraph("Signature et cachet de la régie :")
	doc.Space(24)
	doc.Small("Quittance tirée du journal à souches de la régie, dont les numéros se suivent sans interruption. Conservez-la : elle prouve votre paiement.")
	return doc.Close()
}

// means says how a receipt was paid, with what identifies it.
func (p Paper) means(r Receipt) string {
	text := r.Means.French()
	for _, c := range r.Cheques {
		text += "\n" + c.Bank + ", n° " + c.Number + ", " + c.Drawer + ", " + c.Cents.String()
	}
	if len(r.Titles) > 0 {
		text += ", " + strconv.Itoa(len(r.Titles)) + " titres"
	}
	if r.Reference != "" {
		text += "\nRéférence " + r.Reference
	}
	return text
}

func (p Paper) signedBy(name string) string {
	if name == p.Holder {
		return name + ", régisseur"
	}
	return name
}

// titles lists titles one by one.
func (p Paper) titles(doc *pdf.Doc, titles []Title) {
	if len(titles) == 0 {
		return
	}
	t := pdf.Table{Columns: []pdf.Column{{Title: "Émetteur", Share: 3}, {Title: "Numéro", Share: 3}, {Title: "Millésime", Share: 1.5}, {Title: "Valeur", Share: 1.5, Right: true}}}
	for _, x := range titles {
		t.Rows = append(t.Rows, []string{x.Issuer, x.Number, strconv.Itoa(x.Vintage), x.Cents.String()})
	}
	t.Totals = [][]string{{strconv.Itoa(len(titles)) + " titres", "", "", TitlesSum(titles).String()}}
	doc.Heading(2, "Titres CESU")
	doc.Table(t)
}

// Slip prints the slip of a deposit: totals by means, notes and coins, cheques and titles one by one, and who signs.
func (p Paper) Slip(w io.Writer, b Bundle) error {
	title := "Bordereau de versement n° " + b.Name()
	if b.Kind == DepositCheques {
		title = "Bordereau de remise de chèques n° " + b.Name()
	}
	if b.Reverses != "" {
		title = "Annulation de bordereau n° " + b.Name()
	}
	doc := p.head(w, title, p.Office.Name+" – "+title)
	facts := [][2]string{{"Établi le", civil.FrenchInstant(b.At, p.Loc)}, {"Par", p.signedBy(b.ByName)}}
	if span := b.Range(); span != "" {
		facts = append(facts, [2]string{"Période", span})
	}
	if b.ReversedBy != "" {
		facts = append(facts, [2]string{"Attention", "Ce bordereau a été annulé."})
	}
	if b.Reason != "" {
		facts = append(facts, [2]string{"Motif", b.Reason})
	}
	doc.Facts(append(facts, [2]string{"Total en toutes lettres", b.Total().Letters()}))
	sums := pdf.Table{Columns: []pdf.Column{{Title: "Moyen", Share: 3}, {Title: "Montant", Share: 1, Right: true}}, Totals: [][]string{{"Total", b.Total().String()}}}
	for _, l := range []struct {
		name  string
		cents money.Cents
	}{{"Espèces", b.Cash}, {"Chèques", b.Cheques}, {"CESU papier", b.CESU - b.ECESU()}, {"e-CESU", b.ECESU()}, {"Virement du compte DFT", b.Account}} {
		if l.cents != 0 {
			sums.Rows = append(sums.Rows, []string{l.name, l.cents.String()})
		}
	}
	doc.Heading(2, "Par moyen de paiement")
	doc.Table(sums)
	p.count(doc, b.Count)
	p.cheques(doc, b.Slips)
	p.titles(doc, b.Titles)
	doc.Facts([][2]string{{"Le régisseur (date, signature)", "\n\n\n"}, {"Le comptable (date, signature, cachet)", "\n\n\n"}})
	return doc.Close()
}

// count lists notes and coins.
func (p Paper) count(doc *pdf.Doc, c Count) {
	if len(c) == 0 {
		return
	}
	t := pdf.Table{Columns: []pdf.Column{{Title: "Billets et pièces", Share: 2}, {Title: "Nombre", Share: 1, Right: true}, {Title: "Montant", Share: 1, Right: true}},
		Totals: [][]string{{"Total", "", c.Sum().String()}}}
	for _, value := range Values() {
		if n := c[value]; n > 0 {
			t.Rows = append(t.Rows, []string{ValueName(value), strconv.Itoa(n), (value * money.Cents(n)).String()})
		}
	}
	doc.Heading(2, "Espèces par coupure")
	doc.Table(t)
}

// ValueName is a note or a coin as it is called: "Billet de 20 €", "Pièce de 50 centimes".
func ValueName(value money.Cents) string {
	switch {
	case value >= 5_00:
		return "Billet de " + strconv.Itoa(int(value/100)) + "\u00a0€"
	case value >= 1_00:
		return "Pièce de " + strconv.Itoa(int(value/100)) + "\u00a0€"
	case value == 1:
		return "Pièce de 1 centime"
	}
	return "Pièce de " + strconv.Itoa(int(value)) + " centimes"
}

func (p Paper) cheques(doc *pdf.Doc, list []Slip) {
	if len(list) == 0 {
		return
	}
	t := pdf.Table{Columns: []pdf.Column{{Title: "Titulaire", Share: 3}, {Title: "Banque", Share: 2.5}, {Title: "Numéro", Share: 2}, {Title: "Montant", Share: 1.5, Right: true}},
		Totals: [][]string{{strconv.Itoa(len(list)) + " chèques", "", "", slips(list).String()}}}
	for _, c := range list {
		t.Rows = append(t.Rows, []string{c.Drawer, c.Bank, c.Number, c.Cents.String()})
	}
	doc.Heading(2, "Chèques")
	doc.Table(t)
}

// Arrete prints the closing of a day at the till.
func (p Paper) Arrete(w io.Writer, s Session, count Count, receipts []Receipt) error {
	title := "Arrêté de caisse n° " + s.Name()
	doc := p.head(w, title, p.Office.Name+" – "+title)
	doc.Facts([][2]string{
		{"Ouverte le", civil.FrenchInstant(s.OpenedAt, p.Loc) + ", par " + s.OpenedByName},
		{"Arrêtée le", civil.FrenchInstant(s.ClosedAt, p.Loc) + ", par " + s.ClosedByName},
		{"Fonds de caisse", s.Float.String()},
		{"Caisse d’après le journal", s.Expected.String()},
		{"Caisse comptée", s.Counted.String()},
		{"Écart", s.Difference().Signed()},
		{"Remarque", strings.TrimSpace(s.Remark)},
	})
	p.count(doc, count)
	t := pdf.Table{Columns: []pdf.Column{{Title: "Quittance", Share: 1.6}, {Title: "Payeur", Share: 3}, {Title: "Moyen", Share: 2}, {Title: "Montant", Share: 1.4, Right: true}}}
	sum := money.Cents(0)
	for _, r := range receipts {
		sum += r.Cents
		t.Rows = append(t.Rows, []string{r.Name(), r.PayerName, r.Means.French(), r.Cents.String()})
	}
	t.Totals = [][]string{{"Total", "", "", sum.String()}}
	doc.Heading(2, "Quittances de la journée")
	if len(receipts) == 0 {
		doc.Paragraph("Aucune.")
	} else {
		doc.Table(t)
	}
	doc.Facts([][2]string{{"Date, signature", "\n\n\n"}})
	return doc.Close()
}

// Minutes prints the record of an office that changes hands.
func (p Paper) Minutes(w io.Writer, h Handover) error {
	title := "Procès-verbal de remise de service n° " + h.Name()
	doc := p.head(w, title, p.Office.Name+" – "+title)
	from := h.FromName
	if from == "" {
		from = "Personne : prise de fonctions"
	}
	facts := [][2]string{{"Le", civil.FrenchInstant(h.At, p.Loc)}, {"Régisseur sortant", from}, {"Régisseur entrant", h.ToName}, {"Dernière quittance", h.LastReceipt}}
	if h.Remark != "" {
		facts = append(facts, [2]string{"Observations", strings.Join(strings.Fields(h.Remark), " ")})
	}
	doc.Facts(facts)
	t := pdf.Table{Columns: []pdf.Column{{Title: "Compte", Share: 3}, {Title: "Débit", Share: 1, Right: true}, {Title: "Crédit", Share: 1, Right: true}}}
	for _, a := range Accounts() {
		if c := h.Balances[a]; c != 0 {
			debit, credit := sides(c)
			t.Rows = append(t.Rows, []string{a.French(), debit, credit})
		}
	}
	if len(t.Rows) > 0 {
		doc.Heading(2, "Soldes du journal")
		doc.Table(t)
	}
	p.count(doc, h.Count)
	doc.Facts([][2]string{{"Le régisseur sortant (signature)", "\n\n\n"}, {"Le régisseur entrant (signature)", "\n\n\n"}, {"Le comptable (signature)", "\n\n\n"}})
	return doc.Close()
}

// sides writes a balance as a debit or a credit.
func sides(c money.Cents) (debit, credit string) {
	if c > 0 {
		return c.String(), ""
	}
	return "", (-c).String()
}
