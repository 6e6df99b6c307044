package paper_test

import (
	"slices"
	"strings"
	"testing"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/money"
	"preau/internal/paper"
	"preau/internal/town"
)

func dates(list ...string) (out []civil.Date) {
	for _, d := range list {
		out = append(out, civil.MustParse(d))
	}
	return out
}

func TestDaysAreWrittenAsASentenceDoes(t *testing.T) {
	for _, tt := range []struct{ days, want string }{
		{"", ""},
		{"2026-10-09", "vendredi 9 octobre"},
		{"2026-10-01", "jeudi 1er octobre"},
		{"2026-10-01 2026-10-02 2026-10-05", "1er, 2 et 5 octobre"},
		{"2026-10-05 2026-10-05 2026-10-06", "5 et 6 octobre"},
		{"2026-09-24 2026-10-05 2026-10-06", "jeudi 24 septembre, 5 et 6 octobre"},
	} {
		if got := paper.Days(dates(strings.Fields(tt.days)...)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.days, got, tt.want)
		}
	}
}

var maker = paper.Maker{Town: "Ville de Chatou", Host: "famille.chatou.example", Online: true, CashMost: 300_00, Today: civil.MustParse("2026-11-20"),
	Service:  town.Service{Title: "Service Éducation", Address: "5 rue Marconi\n78400 Chatou", Phone: "01 34 80 46 62"},
	Settings: paper.Settings{Desk: "À la régie, 5 rue Marconi.", Cheque: "Régie Chatou", Cash: true, CESU: true, Holder: "Régie Chatou", IBAN: "FR7630001000644919009562088", PayFiP: "006382"}}

func issued() *billing.Invoice {
	line := func(n int, child string, attribute billing.Attribute, unit money.Cents, days ...string) billing.Line {
		list := dates(days...)
		return billing.Line{Number: n, ChildID: child, ChildName: map[string]string{"a": "Antoine", "l": "Léo"}[child], ActivityID: "m", ActivityName: "Mercredi", OptionName: "Journée",
			Kind: billing.ServiceCharge, Attribute: attribute, Unit: unit, Quantity: len(list), Total: unit * money.Cents(len(list)), Explanation: "QF 912", From: list[0], To: list[len(list)-1], Days: list}
	}
	i := &billing.Invoice{ID: "x", Kind: billing.KindInvoice, Label: "2026-004127", State: billing.StateOpen, Period: civil.Month{Year: 2026, Month: 10}.Range(), IssuedOn: civil.MustParse("2026-11-06"),
		DueOn: civil.MustParse("2026-12-04"), Payer: billing.Payer{Reference: "F-10432", Name: "Famille Martin", Line: "14 rue des Landes", PostalCode: "78400", City: "Chatou"},
		Lines: []billing.Line{line(1, "l", billing.Care, 520, "2026-10-07", "2026-10-14"), line(2, "l", billing.Food, 340, "2026-10-07", "2026-10-14"),
			line(3, "a", billing.Penalty, 170, "2026-10-15"), line(4, "a", billing.Food, -340, "2026-09-24"), line(5, "a", billing.Aid, -100, "2026-10-15")}}
	i.Lines[3].Corrects = "2026-003518"
	for _, l := range i.Lines {
		i.Total += l.Total
	}
	i.Rest, i.CESU = i.Total, 1040
	return i
}

func TestAnInvoiceIsGroupedByChild(t *testing.T) {
	sheet := maker.Invoice(issued(), nil)
	var got []string
	for _, s := range sheet.Sections {
		got = append(got, s.Title+" "+s.Total.Decimal())
		for _, l := range s.Lines {
			got = append(got, "  "+l.What+" | "+l.Days+" | "+l.Quantity+" × "+l.Unit.Decimal())
		}
	}
	want := []string{"Léo 17.20", "  Mercredi, journée (part de l’accueil) | 7 et 14 octobre | 2 × 5.20", "  Mercredi, journée (part du repas) | 7 et 14 octobre | 2 × 3.40",
		"Antoine 0.70", "  Mercredi, journée (majoration) | jeudi 15 octobre | 1 × 1.70", "  Mercredi, journée (aide) | jeudi 15 octobre | 1 × -1.00",
		"Jours de mois précédents -3.40", "  Antoine, Mercredi, journée | jeudi 24 septembre (facture 2026-003518) | 1 × -3.40"}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if sheet.Title != "Facture d’octobre 2026" || !slices.Equal(sheet.To, []string{"Famille Martin", "14 rue des Landes", "78400 CHATOU"}) ||
		!slices.Equal(sheet.From, []string{"Ville de Chatou", "Service Éducation", "5 rue Marconi", "78400 Chatou", "Tél. : 01 34 80 46 62"}) {
		t.Errorf("%s from %q to %q", sheet.Title, sheet.From, sheet.To)
	}
}

// An option that the name of the activity already says is not said twice.
func TestAnOptionIsSaidOnce(t *testing.T) {
	i := issued()
	i.Lines = i.Lines[2:3]
	for option, want := range map[string]string{"Soir": "Garderie du soir (majoration)", "": "Garderie du soir (majoration)", "Avec goûter": "Garderie du soir, avec goûter (majoration)"} {
		i.Lines[0].ActivityName, i.Lines[0].OptionName = "Garderie du soir", option
		if got := paper.Sections(i)[0].Lines[0].What; got != want {
			t.Errorf("%q: %q, want %q", option, got, want)
		}
	}
}

func TestHowToPay(t *testing.T) {
	maker := maker
	words := func(i *billing.Invoice) string {
		var b strings.Builder
		for _, w := range maker.Invoice(i, nil).Ways {
			b.WriteString(w[0] + ": " + w[1] + "\n")
		}
		return b.String()
	}
	want := "En ligne: Sur famille.chatou.example, rubrique « Factures ». Identifiant PayFiP de la collectivité : 006382. Référence : 2026004127.\n" +
		"Chèque à l’ordre de « Régie Chatou », espèces (300,00\u00a0€ au plus) et CESU (10,40\u00a0€ au plus): À la régie, 5 rue Marconi.\n"
	if got := words(issued()); got != want {
		t.Errorf("got %q", got)
	}
	maker.Online, maker.CashMost, maker.Settings.PayFiP = false, 0, ""
	if got := words(issued()); got != "Chèque à l’ordre de « Régie Chatou », espèces et CESU (10,40\u00a0€ au plus): À la régie, 5 rue Marconi.\n" {
		t.Errorf("nothing is open on line: %q", got)
	}
	if tr := maker.Invoice(issued(), nil).Transfer; tr == nil || tr.Cents != issued().Rest || tr.Reference != "FACTURE 2026-004127 DOSSIER F-10432" {
		t.Errorf("transfer %+v", tr)
	}
	handed := issued()
	handed.State, handed.HandedSlip = billing.StateHandedOver, "B-12"
	if got := words(handed); !strings.HasPrefix(got, "Au Trésor public: Cette facture lui a été transmise (bordereau B-12)") || maker.Invoice(handed, nil).Transfer != nil {
		t.Errorf("handed over: %q", got)
	}
	settled := issued()
	settled.State, settled.Rest, settled.Paid = billing.StateSettled, 0, settled.Total
	sheet := maker.Invoice(settled, []billing.Settlement{{Label: "Chèque, reçu 2026-000118", Day: civil.MustParse("2026-11-18"), Cents: settled.Total}})
	if sheet.Ways != nil || sheet.Transfer != nil || sheet.Settled[0].Label != "Chèque, reçu 2026-000118, 18 novembre 2026" || !slices.Contains(sheet.Small, "Situation au 20 novembre 2026.") {
		t.Errorf("settled: %+v", sheet)
	}
}

func TestCreditNotesAndDrafts(t *testing.T) {
	i := issued()
	i.Kind, i.Label, i.Total, i.Rest, i.State = billing.KindCreditNote, "A2026-000012", -340, 0, billing.StateSettled
	if s := maker.Invoice(i, nil); s.Title != "Avoir du 6 novembre 2026" || s.Rest != -340 || s.Ways != nil {
		t.Errorf("credit note %+v", s)
	}
	i = issued()
	i.State, i.Label, i.IssuedOn, i.Period = billing.StateDraft, "", civil.Date{}, civil.Range{From: civil.MustParse("2026-10-01"), To: civil.MustParse("2026-10-12")}
	if s := maker.Invoice(i, nil); !s.Draft || s.Title != "Facture du 1er octobre au 12 octobre 2026" || s.Ways != nil || s.Rest != i.Total {
		t.Errorf("draft %+v", s)
	}
	i.Kind = billing.KindCreditNote
	if got := paper.Title(i); got != "Avoir" {
		t.Errorf("draft of a credit note: %q", got)
	}
	for cents, want := range map[money.Cents]string{500: "il restait 5,00\u00a0€ à payer", -500: "la Ville vous devait 5,00\u00a0€", 0: ""} {
		i := issued()
		i.Before = cents
		if got := maker.Invoice(i, nil).Note; !strings.Contains(got, want) || (want == "") != (got == "") {
			t.Errorf("before %s: %q", cents, got)
		}
	}
}

func TestStatementAddsUp(t *testing.T) {
	s := maker.Statement(issued().Payer, civil.Range{From: civil.MustParse("2026-09-01"), To: civil.MustParse("2026-11-30")}, 500,
		[]billing.Entry{{Day: civil.MustParse("2026-10-06"), Label: "Facture", Cents: 6020}, {Day: civil.MustParse("2026-10-20"), Label: "Chèque", Cents: -6860}})
	if s.After != -340 || s.Entries[0].Balance != 6520 || s.Entries[1].Balance != -340 {
		t.Errorf("statement %+v", s)
	}
}
