package till_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/money"
	"preau/internal/till"
)

func open(id string, rest, cesu, cash money.Cents) till.Payable {
	return till.Payable{Open: billing.Open{InvoiceID: id, Number: "2026-" + id, Cents: rest, Rest: rest, CESUEligible: cesu, State: billing.StateOpen}, CashPaid: cash}
}

func said(wrong []till.Refusal) string {
	var out []string
	for _, r := range wrong {
		out = append(out, r.Field+": "+r.Message)
	}
	return strings.Join(out, " | ")
}

func TestWhatTheTillTakes(t *testing.T) {
	titles := func(vintage int, n int) (out []till.Title) {
		for i := range n {
			out = append(out, till.Title{Issuer: "Edenred", Number: fmt.Sprint(1000 + i), Vintage: vintage, Cents: 15_00})
		}
		return out
	}
	cheque := func(cents money.Cents) []till.Slip {
		return []till.Slip{{Bank: "BNP", Number: "123", Drawer: "Claire Martin", Cents: cents}}
	}
	two := []till.Payable{open("a", 40_00, 10_00, 0), open("b", 60_00, 60_00, 0)}
	refused := till.Founded()
	refused.CESUSurplus = till.SurplusRefused
	cases := []struct {
		name    string
		take    till.Take
		open    []till.Payable
		office  till.Office
		shut    bool
		handed  string
		shares  string
		refusal string // a part of it
	}{
		{name: "the oldest invoice is paid first", take: till.Take{Means: till.Cash, Cents: 50_00}, open: two, shares: "a 4000, b 1000"},
		{name: "what no invoice takes is an advance", take: till.Take{Means: till.Cash, Cents: 110_00}, open: two, shares: "a 4000, b 6000"},
		{name: "the agent may choose", take: till.Take{Means: till.Cash, Cents: 50_00, Shares: []billing.Share{{InvoiceID: "b", Cents: 50_00}}}, open: two, shares: "b 5000"},
		{name: "no more than an invoice asks", take: till.Take{Means: till.Cash, Cents: 50_00, Shares: []billing.Share{{InvoiceID: "a", Cents: 50_00}}}, open: two, refusal: "factures: Il ne reste que 40,00\u00a0€"},
		{name: "no more than was given", take: till.Take{Means: till.Cash, Cents: 50_00, Shares: []billing.Share{{InvoiceID: "a", Cents: 40_00}, {InvoiceID: "b", Cents: 20_00}}}, open: two, refusal: "montant: Les factures choisies demandent 10,00\u00a0€ de plus"},
		{name: "an invoice twice", take: till.Take{Means: till.Cash, Cents: 50_00, Shares: []billing.Share{{InvoiceID: "a", Cents: 1}, {InvoiceID: "a", Cents: 1}}}, open: two, refusal: "factures: Une des factures n’est plus à payer"},
		{name: "a debt handed over to the treasury is not cashed", take: till.Take{Means: till.Cash, Cents: 50_00, Shares: []billing.Share{{InvoiceID: "z", Cents: 50_00}}}, open: two, handed: "z", refusal: "factures: Une des factures est recouvrée par la trésorerie"},
		{name: "cash up to 300 € for one receivable", take: till.Take{Means: till.Cash, Cents: 300_00}, open: []till.Payable{open("a", 400_00, 0, 0)}, shares: "a 30000"},
		{name: "and not a cent more", take: till.Take{Means: till.Cash, Cents: 300_01}, open: []till.Payable{open("a", 400_00, 0, 0)}, refusal: "montant: Une facture ne se paie en espèces que jusqu’à 300,00\u00a0€."},
		{name: "counting the cash it had before", take: till.Take{Means: till.Cash, Cents: 100_00}, open: []till.Payable{open("a", 150_00, 0, 250_00)}, refusal: "a déjà reçu 250,00\u00a0€"},
		{name: "each of two invoices has its own limit", take: till.Take{Means: till.Cash, Cents: 500_00}, open: []till.Payable{open("a", 250_00, 0, 0), open("b", 250_00, 0, 0)}, shares: "a 25000, b 25000"},
		{name: "an advance in cash has it too", take: till.Take{Means: till.Cash, Cents: 300_01}, refusal: "montant: On ne prend pas plus de 300,00\u00a0€ en espèces"},
		{name: "a cheque has no limit", take: till.Take{Means: till.Cheque, Cents: 400_00, Cheques: cheque(400_00)}, open: []till.Payable{open("a", 400_00, 0, 0)}, shares: "a 40000"},
		{name: "a cheque of another amount", take: till.Take{Means: till.Cheque, Cents: 400_00, Cheques: cheque(40_00)}, refusal: "montant: Les chèques font 40,00\u00a0€"},
		{name: "a cheque without its number", take: till.Take{Means: till.Cheque, Cents: 1, Cheques: []till.Slip{{Bank: "BNP", Drawer: "x", Cents: 1}}}, refusal: "numero: Indiquez le numéro"},
		{name: "a cheque without a cheque", take: till.Take{Means: till.Cheque, Cents: 1}, refusal: "banque: Indiquez la banque, le numéro"},
		{name: "a closed drawer takes nothing", take: till.Take{Means: till.Cash, Cents: 50_00}, open: two, shut: true, refusal: "moyen: La caisse n’est pas ouverte"},
		{name: "a transfer needs no drawer", take: till.Take{Means: till.Transfer, Cents: 40_00}, open: two, shut: true, shares: "a 4000"},
		{name: "CESU pay eligible lines only", take: till.Take{Means: till.CESU, Cents: 30_00, Titles: titles(2026, 2)}, open: two, shares: "a 1000, b 2000"},
		{name: "CESU do not pay meals by choice", take: till.Take{Means: till.CESU, Cents: 15_00, Titles: titles(2026, 1), Shares: []billing.Share{{InvoiceID: "a", Cents: 15_00}}}, open: two, refusal: "factures: Les CESU ne peuvent payer que 10,00\u00a0€"},
		{name: "titles must make the amount", take: till.Take{Means: till.CESU, Cents: 31_00, Titles: titles(2026, 2)}, open: two, refusal: "montant: Les titres font 30,00\u00a0€"},
		{name: "CESU without titles", take: till.Take{Means: till.CESU, Cents: 31_00}, open: two, refusal: "titres: Indiquez les titres"},
		{name: "last year’s titles until the end of January", take: till.Take{Means: till.CESU, Cents: 15_00, Titles: titles(2025, 1)}, open: two, refusal: "millesime: Les titres de 2025 ne valaient que jusqu’au 31 janvier 2026"},
		{name: "next year’s titles come early", take: till.Take{Means: till.CESU, Cents: 15_00, Titles: titles(2027, 1)}, open: two, shares: "a 1000, b 500"},
		{name: "titles of the year after that do not exist", take: till.Take{Means: till.CESU, Cents: 15_00, Titles: titles(2028, 1)}, open: two, refusal: "millesime: Le millésime 2028"},
		{name: "the surplus of CESU stays as an advance", take: till.Take{Means: till.CESU, Cents: 75_00, Titles: titles(2026, 5)}, open: two, shares: "a 1000, b 6000"},
		{name: "or is refused, where the town says so", take: till.Take{Means: till.CESU, Cents: 75_00, Titles: titles(2026, 5)}, open: two, office: refused, refusal: "montant: Les CESU ne peuvent payer que 70,00\u00a0€"},
		{name: "e-CESU bring a reference", take: till.Take{Means: till.ECESU, Cents: 15_00}, open: two, refusal: "reference: Indiquez la référence"},
		{name: "e-CESU with it", take: till.Take{Means: till.ECESU, Cents: 15_00, Reference: "E123"}, open: two, shares: "a 1000, b 500"},
		{name: "nothing is not money", take: till.Take{Means: till.Cash}, open: two, refusal: "montant: Indiquez le montant reçu"},
		{name: "a debit for what was paid meanwhile is an advance", take: till.Take{Means: till.DirectDebit, Cents: 50_00, Shares: []billing.Share{{InvoiceID: "z", Cents: 10_00}, {InvoiceID: "a", Cents: 40_00}}}, open: two, handed: "z", shares: "a 4000"},
		{name: "a card paid on line is never refused", take: till.Take{Means: till.Card, Cents: 50_00, Shares: []billing.Share{{InvoiceID: "a", Cents: 50_00}}}, open: two, shut: true, shares: "a 4000"},
		{name: "a transfer of a month ago", take: till.Take{Means: till.Transfer, Cents: 40_00, PaidOn: civil.MustParse("2026-11-01")}, open: two, shares: "a 4000"},
		{name: "a statement of tomorrow", take: till.Take{Means: till.Transfer, Cents: 40_00, PaidOn: civil.MustParse("2026-12-02")}, open: two, refusal: "paye_le: Ce jour est à venir"},
		{name: "a year typed wrong", take: till.Take{Means: till.ECESU, Reference: "E", Cents: 40_00, PaidOn: civil.MustParse("2025-11-01")}, open: two, refusal: "paye_le: Le 1er novembre 2025 date de plus d’un an"},
		{name: "a debit whose day is to come", take: till.Take{Means: till.DirectDebit, Cents: 40_00, PaidOn: civil.MustParse("2026-12-29")}, open: two, shares: "a 4000"},
		{name: "an account number typed as an amount", take: till.Take{Means: till.Transfer, Cents: 92_233_720_368_547_758_07}, open: two, refusal: "montant: C’est plus que la régie"},
		{name: "an invoice that was paid meanwhile", take: till.Take{Means: till.Cash, Cents: 50_00, Shares: []billing.Share{{InvoiceID: "y", Cents: 50_00}}}, open: two, refusal: "factures: La facture 2026-y n’est plus à payer"},
		{name: "a means nobody knows", take: till.Take{Means: "shells", Cents: 1}, refusal: "moyen: Choisissez"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if c.office.ID == "" {
				c.office = till.Founded()
			}
			c.take.HouseholdID, c.take.PayerName = "h", "Claire Martin"
			shares, wrong := till.Judge(c.take, till.Known{Office: c.office, Open: c.open, Session: !c.shut, Today: civil.MustParse("2026-12-01"), HandOver: []string{c.handed}, Closed: map[string]string{"y": "2026-y"}})
			var got []string
			for _, s := range shares {
				got = append(got, fmt.Sprintf("%s %d", s.InvoiceID, s.Cents))
			}
			if strings.Join(got, ", ") != c.shares || (c.refusal == "") != (len(wrong) == 0) || !strings.Contains(said(wrong), c.refusal) {
				t.Errorf("shares %q, refused %q", strings.Join(got, ", "), said(wrong))
			}
		})
	}
}

func TestWhoseMoneyMayBeUnknown(t *testing.T) {
	k := till.Known{Office: till.Founded(), Session: true, Today: civil.MustParse("2026-12-01")}
	if _, wrong := till.Judge(till.Take{PayerName: "?", Means: till.Transfer, Cents: 1}, k); len(wrong) > 0 {
		t.Errorf("a transfer that names nobody: %s", said(wrong))
	}
	if _, wrong := till.Judge(till.Take{PayerName: "?", Means: till.Cash, Cents: 1}, k); !strings.HasPrefix(said(wrong), "foyer: ") {
		t.Errorf("cash that names nobody: %s", said(wrong))
	}
}

// Whatever is taken, shares are of invoices that are open, none beyond what it asks, nor beyond what was given; in cash none beyond the limit.
func TestSharesHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list []till.Payable
		for i := range rapid.IntRange(0, 5).Draw(t, "invoices") {
			rest := money.Cents(rapid.Int64Range(1, 600_00).Draw(t, "rest"))
			list = append(list, open(fmt.Sprint(i), rest, money.Cents(rapid.Int64Range(0, int64(rest)).Draw(t, "cesu")), money.Cents(rapid.Int64Range(0, 300_00).Draw(t, "cash"))))
		}
		take := till.Take{HouseholdID: "h", PayerName: "x", Means: rapid.SampledFrom(till.AllMeans()).Draw(t, "means"), Cents: money.Cents(rapid.Int64Range(1, 900_00).Draw(t, "cents")), Reference: "r"}
		if take.Means == till.Cheque {
			take.Cheques = []till.Slip{{Bank: "b", Number: "1", Drawer: "x", Cents: take.Cents}}
		}
		if take.Means == till.CESU {
			take.Titles = []till.Title{{Issuer: "i", Number: "1234", Vintage: 2026, Cents: take.Cents}}
		}
		shares, wrong := till.Judge(take, till.Known{Office: till.Founded(), Open: list, Session: true, Today: civil.MustParse("2026-12-01")})
		if len(wrong) > 0 && take.Means != till.Cash {
			t.Fatalf("refused: %s", said(wrong))
		}
		sum := money.Cents(0)
		for _, s := range shares {
			sum += s.Cents
			for _, p := range list {
				if p.InvoiceID != s.InvoiceID {
					continue
				}
				cesu := take.Means == till.CESU || take.Means == till.ECESU
				if s.Cents <= 0 || s.Cents > p.Rest || cesu && s.Cents > p.CESUEligible || take.Means == till.Cash && s.Cents+p.CashPaid > 300_00 {
					t.Fatalf("%+v of %+v", s, p)
				}
			}
		}
		if sum > take.Cents {
			t.Fatalf("%s of %s", sum, take.Cents)
		}
	})
}

func TestWhenTheOfficeMustPayOver(t *testing.T) {
	o := till.Founded()
	o.Ceiling = 1000_00
	today := civil.MustParse("2026-12-31")
	for name, c := range map[string]struct {
		held    money.Cents
		waiting string
		want    int
	}{
		"below the ceiling, and lately": {999_99, "2026-12-02", 0},
		"at the ceiling":                {1000_00, "2026-12-31", 1},
		"thirty days":                   {1, "2026-12-01", 1},
		"both":                          {2000_00, "2026-11-01", 2},
	} {
		if got := till.Alarms(o, c.held, civil.MustParse(c.waiting), today); len(got) != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := till.Alarms(o, 0, civil.Date{}, today); got != nil {
		t.Errorf("nothing waits: %q", got)
	}
}
