// Package pes writes what a town asks its treasury to recover, in the shape of the exchange protocol Hélios (PES v2, recette, ORMC).
//
// What it writes is a draft: the official schemas could not be had, so nothing here was validated against them, and a real flow is
// numbered, signed and sent by the town's finance software. The file says so in its first line.
package pes

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"preau/internal/civil"
	"preau/internal/latin"
	"preau/internal/money"
)

// Header is who sends, as the finance service knows it.
type Header struct {
	Sender   string `json:"sender"`   // acronym of who sends, "VILLE-CHATOU"
	Post     string `json:"post"`     // accounting office, 7 characters
	SIRET    string `json:"siret"`    // of the town
	Town     string `json:"town"`     // code collectivité, 3 characters
	Budget   string `json:"budget"`   // code budget, at most 10
	Product  string `json:"product"`  // local code of the product, at most 4
	Nature   string `json:"nature"`   // account, "7067"
	Function string `json:"function"` // may be empty
}

// Debt is one receivable.
type Debt struct {
	Number  string // of the invoice: its figures identify the debt, at most 13
	Object  string
	Cents   money.Cents // what is left
	From    civil.Date
	To      civil.Date
	Name    string
	Line    string
	Postal  string
	City    string
	DebtRef string // the household's reference
}

// Slip is the bordereau that carries debts.
type Slip struct {
	Number string // at most 7 figures
	Year   int
	Period int // 1 to 9
	Day    civil.Date
	Object string
}

// ErrSlip is a slip or a header that cannot be written.
var ErrSlip = errors.New("the slip cannot be written")

// Key1 is the first key of a debt (modulo 11): weights 2 to 7, over and over from the right; what is no figure counts as zero.
func Key1(town, slip, year2, period, number string) int {
	text := town + slip + year2 + period + pad(number)
	sum := 0
	for i := range len(text) {
		if c := text[len(text)-1-i]; c >= '0' && c <= '9' {
			sum += int(c-'0') * (2 + i%6)
		}
	}
	if k := 11 - sum%11; k <= 9 {
		return k
	}
	return 1
}

// Key2 is the second key of a debt (modulo 23), a letter. It is empty when a part is not made of figures.
func Key2(year2, period, number string) string {
	n, err := strconv.ParseUint(year2+period+"00"+pad(number), 10, 64)
	if err != nil {
		return ""
	}
	return string("ABCDEFGHJKLMNPQRSTUVWXY"[n%23])
}

func pad(number string) string { return strings.Repeat("0", max(0, 13-len(number))) + number }

// figures keeps the figures of a number, the last thirteen.
func figures(s string) string {
	out := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
	return out[max(0, len(out)-13):]
}

// node is an element: its value in the attribute V, or what stands in it.
type node struct {
	name     string
	value    string
	children []node
}

func leaf(name, value string) node           { return node{name: name, value: value} }
func group(name string, in ...node) node     { return node{name: name, children: in} }
func text(name, value string, most int) node { return leaf(name, capitals(value, most)) }

// capitals writes a text as the treasury reads it: capitals without accents, no longer than most.
func capitals(s string, most int) string {
	s = strings.ToUpper(latin.Plain(s))
	return strings.TrimSpace(s[:min(len(s), most)])
}

// Draft writes debts as a draft of PES recette, one piece a debt. The file is ISO-8859-1, of which it only uses ASCII.
func Draft(h Header, s Slip, debts []Debt) ([]byte, error) {
	if err := check(h, s, debts); err != nil {
		return nil, err
	}
	total := money.Cents(0)
	for _, d := range debts {
		total += d.Cents
	}
	year2 := strconv.Itoa(s.Year)[2:]
	slip := group("Bordereau", group("BlocBordereau", leaf("Exer", strconv.Itoa(s.Year)), leaf("IdBord", s.Number), leaf("DteBordEm", s.Day.String()), leaf("TypBord", "06"),
		leaf("NbrPce", strconv.Itoa(len(debts))), leaf("MtBordHt", total.Decimal()), text("Objet", s.Object, 160)))
	for i, d := range debts {
		slip.children = append(slip.children, piece(h, s, d, i+1, year2))
	}
	root := group("n:PES_Aller",
		group("Enveloppe", group("Parametres", leaf("Version", "2"), leaf("TypFic", "PESORMC"), leaf("NomFic", "BROUILLON-"+strconv.Itoa(s.Year)+"-"+s.Number)),
			group("Emetteur", text("Sigle", h.Sender, 32), leaf("Adresse", ""))),
		group("EnTetePES", leaf("DteStr", s.Day.String()), leaf("IdPost", h.Post), leaf("IdColl", h.SIRET), leaf("CodCol", h.Town), leaf("CodBud", h.Budget)),
		group("PES_RecetteAller", group("EnTeteRecette", leaf("IdVer", "2"), leaf("InfoDematerialisee", "0")), slip))
	var b bytes.Buffer
	b.WriteString("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<!-- brouillon non valide : a reprendre dans le logiciel de gestion financiere, jamais a transmettre tel quel -->\n")
	root.write(&b, 0)
	return b.Bytes(), nil
}

func piece(h Header, s Slip, d Debt, id int, year2 string) node {
	period, number := strconv.Itoa(s.Period), figures(d.Number)
	head := group("BlocPiece", leaf("IdPce", strconv.Itoa(id)), leaf("TypPce", "15"), leaf("NatPce", "01"), text("ObjPce", d.Object, 160), leaf("DebFact", d.From.String()),
		leaf("FinFact", d.To.String()), leaf("NumDette", number), leaf("Per", period), leaf("Cle1", strconv.Itoa(Key1(h.Town, s.Number, year2, period, number))),
		leaf("Cle2", Key2(year2, period, number)), text("NumeroFacture", d.Number, 20))
	line := group("BlocLignePiece", group("InfoLignePiece", leaf("IdLigne", "1"), text("ObjLignePce", d.Object, 160), text("CodProdLoc", h.Product, 4), leaf("Nature", h.Nature)))
	info := &line.children[0]
	if h.Function != "" {
		info.children = append(info.children, leaf("Fonction", h.Function))
	}
	info.children = append(info.children, leaf("Majo", "0"), leaf("TvaIntraCom", "0"), leaf("MtHT", d.Cents.Decimal()))
	payer := group("Tiers", group("InfoTiers", text("RefTiers", d.DebtRef, 30), leaf("CatTiers", "01"), leaf("NatJur", "01"), leaf("TypTiers", "01"), text("Nom", d.Name, 38)),
		group("Adresse", leaf("TypAdr", "1"), text("Adr2", d.Line, 38), text("CP", d.Postal, 5), text("Ville", d.City, 38), leaf("CodRes", "0")))
	return group("Piece", head, group("LigneDePiece", line, payer))
}

// check refuses what could only be rejected.
func check(h Header, s Slip, debts []Debt) error {
	switch {
	case len(h.Post) != 7, len(h.SIRET) != 14, len(h.Town) != 3, h.Budget == "" || len(h.Budget) > 10, len(h.Product) > 4, h.Nature == "":
		return fmt.Errorf("%w: the header is incomplete", ErrSlip)
	case s.Number == "" || len(s.Number) > 7 || figures(s.Number) != s.Number:
		return fmt.Errorf("%w: number %q", ErrSlip, s.Number)
	case s.Year < 2000 || s.Year > 2999 || s.Period < 1 || s.Period > 9:
		return fmt.Errorf("%w: year %d, period %d", ErrSlip, s.Year, s.Period)
	case len(debts) == 0:
		return fmt.Errorf("%w: no debt", ErrSlip)
	}
	for _, d := range debts {
		if d.Cents <= 0 || figures(d.Number) == "" {
			return fmt.Errorf("%w: debt %q of %s", ErrSlip, d.Number, d.Cents.Decimal())
		}
	}
	return nil
}

// spaces are the names that the root declares.
const spaces = ` xmlns:n="http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller" xmlns:reca="http://www.minefi.gouv.fr/cp/helios/pes_v2/recette/r0/aller" xmlns:cm="http://www.minefi.gouv.fr/cp/helios/pes_v2/commun"`

func (n node) write(b *bytes.Buffer, depth int) {
	indent := strings.Repeat(" ", depth)
	b.WriteString(indent + "<" + n.name)
	if depth == 0 {
		b.WriteString(spaces)
	}
	if n.children == nil {
		b.WriteString(` V="`)
		_ = xml.EscapeText(b, []byte(n.value)) // a buffer takes everything
		b.WriteString("\"/>\n")
		return
	}
	b.WriteString(">\n")
	for _, c := range n.children {
		c.write(b, depth+1)
	}
	b.WriteString(indent + "</" + n.name + ">\n")
}
