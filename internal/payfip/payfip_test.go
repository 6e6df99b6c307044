package payfip_test

import (
	"encoding/xml"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"preau/internal/money"
	"preau/internal/payfip"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func order() payfip.Order {
	return payfip.Order{Client: "006270", Year: 2026, Debt: "F2026000123", Subject: "Facture F2026-000123 : Restauration scolaire", Total: 4217, Email: "parent@example.org",
		Mode: payfip.Test, Notify: "https://portail.example.org/paiement/payfip/notif", Redirect: "https://portail.example.org/paiement/payfip/retour"}
}

// The requests are those of the guide's examples, to the letter.
func TestRequests(t *testing.T) {
	o := order()
	o.Subject = "Facture F2026000123 Restauration scolaire"
	create, err := o.Envelope()
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string][]byte{
		"req_creer.xml": create, "req_detail.xml": payfip.DetailEnvelope("cc0cb210-1cd4-11ea-8cca-0213ad91a103"), "req_client.xml": payfip.ClientEnvelope("006270"),
	} {
		if want := strings.TrimSpace(string(read(t, name))); string(got) != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
	}
}

func TestWhatTheServiceRefusesIsNotSent(t *testing.T) {
	for what, change := range map[string]func(*payfip.Order){
		"less than one euro":            func(o *payfip.Order) { o.Total = 99 },
		"a hundred thousand euros":      func(o *payfip.Order) { o.Total = 100_000_00 },
		"a client of five digits":       func(o *payfip.Order) { o.Client = "06270" },
		"a reference of five":           func(o *payfip.Order) { o.Debt = "ABCDE" },
		"a reference with a dash":       func(o *payfip.Order) { o.Debt = "F2026-000123" },
		"a reference of thirty-one":     func(o *payfip.Order) { o.Debt = strings.Repeat("A", 31) },
		"two addresses":                 func(o *payfip.Order) { o.Email = "a@b.fr,c@d.fr" },
		"no address":                    func(o *payfip.Order) { o.Email = "" },
		"the mode of the old protocol":  func(o *payfip.Order) { o.Mode = "A" },
		"no year":                       func(o *payfip.Order) { o.Year = 26 },
		"an address that is too long":   func(o *payfip.Order) { o.Notify += strings.Repeat("x", 250) },
		"an address of another world":   func(o *payfip.Order) { o.Redirect = "ftp://portail.example.org" },
		"a reference with other digits": func(o *payfip.Order) { o.Debt = "F20260001２" },
	} {
		o := order()
		change(&o)
		if _, err := o.Envelope(); err == nil {
			t.Errorf("%s: accepted", what)
		}
	}
	for _, total := range []money.Cents{100, 99_999_99} {
		o := order()
		o.Total = total
		if err := o.Check(); err != nil {
			t.Errorf("%s: %v", total, err)
		}
	}
}

// The subjects of the reference tests of an integrator, and some of ours.
func TestSubject(t *testing.T) {
	for in, want := range map[string]string{
		"18/09/2020  Établissement attestation hors-sol n#1234": "18092020 Etablissement attestation hors sol n1234",
		"Précompte famille #1234":                               "Precompte famille 1234",
		"Restauration d’octobre – « Léo »":                      "Restauration d octobre Leo",
		strings.Repeat("abcdefghi ", 12):                        strings.TrimSpace(strings.Repeat("abcdefghi ", 10)),
		"&<>":                                                   "",
	} {
		if got := payfip.Subject(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := payfip.Debt("F2026-000123-K7Q2"); got != "F2026000123K7Q2" {
		t.Error(got)
	}
}

func TestAnswers(t *testing.T) {
	id, err := payfip.ParseCreated(read(t, "resp_creer_ok.xml"))
	if err != nil || id != "6475fa10-b338-11e2-a082-001fe256bdfe" {
		t.Errorf("created: %q, %v", id, err)
	}
	number, lines, err := payfip.ParseClient(read(t, "resp_client.xml"))
	if err != nil || number != "006270" || strings.Join(lines, ", ") != "VILLE DE TEST, REGIE ENFANCE" {
		t.Errorf("client: %q, %v, %v", number, lines, err)
	}
	for name, want := range map[string]payfip.Payment{
		"P":                {Operation: "cc0cb210-1cd4-11ea-8cca-0213ad91a103", Client: "006270", Debt: "F2026000123", Total: 4217, Result: "P", Authorisation: "112233445566-tip", Date: "23112026", Hour: "0931", Mode: "T"},
		"P_lowercase_idop": {Operation: "81bdf4c0-8edb-11e5-99d5-00000a634c44", Client: "006270", Debt: "123456789", Total: 1500, Result: "P", Authorisation: "A55A", Date: "19112015", Hour: "1735", Mode: "T"},
		"V":                {Operation: "4b0eb5b0-b335-11e2-9219-001fe256bdfe", Client: "006270", Debt: "BILL00000042", Total: 4800, Result: "V", Authorisation: "OP0000000000123456", Date: "03082026", Hour: "0912", Mode: "W"},
		"A":                {Operation: "d2fa2170-b336-11e2-9476-001fe256be00", Client: "006270", Debt: "F2026000123", Total: 4217, Result: "A", Date: "23112026", Hour: "0940", Mode: "W"},
		"R":                {Operation: "d2fa2170-b336-11e2-9476-001fe256bdfe", Client: "006270", Debt: "FACT00000001", Total: 12500, Result: "R", Date: "03082026", Hour: "1420", Mode: "W"},
		"Z":                {Operation: "d2fa2170-b336-11e2-9476-001fe256bdff", Client: "006270", Debt: "FACT00000002", Total: 12500, Result: "Z", Date: "03082026", Hour: "1421", Mode: "W"},
	} {
		body := read(t, "resp_detail_"+name+".xml")
		if got, err := payfip.ParseDetail(body); err != nil || got != want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		// The same without any name space, as some servers answer.
		bare := strings.NewReplacer("soapenv:", "", "ns2:", "", "S:", "").Replace(string(body))
		if got, err := payfip.ParseDetail([]byte(bare)); err != nil || got != want {
			t.Errorf("%s without name spaces: %+v, %v", name, got, err)
		}
	}
}

func TestFaults(t *testing.T) {
	for name, want := range map[string]payfip.Fault{
		"A2":       {Kind: "FonctionnelleErreur", Code: "A2", Label: "Adresse mél incorrecte."},
		"P1":       {Kind: "FonctionnelleErreur", Code: "P1", Label: "IdOp incorrect."},
		"P5":       {Kind: "FonctionnelleErreur", Code: "P5", Label: "Résultat de la transaction non connu."},
		"R3":       {Kind: "FonctionnelleErreur", Code: "R3", Label: "Le format du paramètre REFDET n'est pas conforme"},
		"T2":       {Kind: "FonctionnelleErreur", Code: "T2", Label: "Client inexistant"},
		"tech_999": {Kind: "TechDysfonctionnementErreur", Code: "999", Label: "Erreur technique"},
	} {
		_, err := payfip.ParseDetail(read(t, "fault_"+name+".xml"))
		var f *payfip.Fault
		if !errors.As(err, &f) || *f != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := payfip.ParseCreated([]byte(`<Envelope><Body><Fault><faultcode>x</faultcode><faultstring>boom</faultstring></Fault></Body></Envelope>`))
	var f *payfip.Fault
	if !errors.As(err, &f) || f.Kind != "Fault" || f.Label != "boom" {
		t.Errorf("a fault without a detail: %v", err)
	}
	for what, bad := range map[string]string{
		"nothing": "", "a page": "<html><body><p>503</p></body></html>", "half an answer": `<Envelope><Body><return><idOp>`, "a type": `<!DOCTYPE x [<!ENTITY a "b">]><Envelope><return><idOp>&a;</idOp></return></Envelope>`,
		"no return": "<Envelope><Body/></Envelope>", "no amount": strings.Replace(string(read(t, "resp_detail_P.xml")), "4217", "", 1),
		"a value twice": strings.Replace(string(read(t, "resp_detail_P.xml")), "<exer>2026</exer>", "<montant>1</montant>", 1),
		"a deep answer": strings.Repeat("<a>", 40) + strings.Repeat("</a>", 40), "no identifier": strings.Replace(string(read(t, "resp_detail_P.xml")), "cc0cb210", "cc0cb21", 1),
	} {
		if p, err := payfip.ParseDetail([]byte(bad)); !errors.Is(err, payfip.ErrReply) {
			t.Errorf("%s: %+v, %v", what, p, err)
		}
	}
	latin := "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><e:Envelope xmlns:e=\"x\"><e:Body><RETURN><NUMCLI>006270</NUMCLI><LIBELLEN1>R\xe9gie</LIBELLEN1></RETURN></e:Body></e:Envelope>"
	if _, lines, err := payfip.ParseClient([]byte(latin)); err != nil || lines[0] != "Régie" {
		t.Errorf("in ISO-8859-1: %v, %v", lines, err)
	}
}

// The table by which an answer and an age say where a payment stands.
func TestRead(t *testing.T) {
	young, old := 19*time.Minute+59*time.Second, 20*time.Minute
	paid := func(result string) payfip.Payment { return payfip.Payment{Result: result} }
	faulty := func(code string) error { return &payfip.Fault{Kind: "FonctionnelleErreur", Code: code} }
	for _, c := range []struct {
		says string
		p    payfip.Payment
		err  error
		age  time.Duration
		want payfip.State
	}{
		{"paid by card", paid("P"), nil, young, payfip.ByCard},
		{"paid by card, told late", paid("P"), nil, 48 * time.Hour, payfip.ByCard},
		{"a single debit is accepted", paid("V"), nil, young, payfip.ByDebit},
		{"the card is refused", paid("R"), nil, young, payfip.Refused},
		{"the debit is refused", paid("Z"), nil, young, payfip.Refused},
		{"abandoned, and can still be taken up", paid("A"), nil, young, payfip.Pending},
		{"abandoned for good", paid("A"), nil, old, payfip.Abandoned},
		{"a result that nobody knows", paid("Q"), nil, old, payfip.Unclear},
		{"no result", paid(""), nil, young, payfip.Unclear},
		{"not known yet (P5)", payfip.Payment{}, faulty("P5"), young, payfip.Pending},
		{"never known (P5)", payfip.Payment{}, faulty("P5"), old, payfip.Expired},
		{"too old to be begun (P4)", payfip.Payment{}, faulty("P4"), old, payfip.Expired},
		{"unknown, or purged in the night (P1)", payfip.Payment{}, faulty("P1"), young, payfip.Expired},
		{"used already (P3)", payfip.Payment{}, faulty("P3"), young, payfip.Unclear},
		{"a technical failure", payfip.Payment{}, &payfip.Fault{Kind: "TechDysfonctionnementErreur", Code: "999"}, old, payfip.Unclear},
		{"no answer at all", payfip.Payment{}, errors.New("time-out"), old, payfip.Unclear},
		{"an answer that cannot be read", payfip.Payment{}, payfip.ErrReply, old, payfip.Unclear},
	} {
		if got := payfip.Read(c.p, c.err, c.age); got != c.want {
			t.Errorf("%s, after %s: %s, want %s", c.says, c.age, got, c.want)
		}
	}
}

// FuzzReply: whatever a server answers, it is a value that can be used or an error, and what is sent is always well formed.
func FuzzReply(f *testing.F) {
	names, err := filepath.Glob("testdata/*.xml")
	if err != nil || len(names) < 15 {
		f.Fatal(names, err)
	}
	for _, name := range names {
		f.Add(read(f, filepath.Base(name)))
	}
	f.Add([]byte(`<?xml version="1.0" encoding="ISO-8859-1"?><Envelope><Body><return><idOp>` + "\xe9" + `</idOp></return></Body></Envelope>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if id, err := payfip.ParseCreated(body); err == nil && !payfip.ValidOperation(id) {
			t.Errorf("created %q", id)
		}
		if p, err := payfip.ParseDetail(body); err == nil && (p.Total < 0 || !payfip.ValidOperation(p.Operation)) {
			t.Errorf("%+v", p)
		}
		_, _, _ = payfip.ParseClient(body)
		if s := payfip.Subject(string(body)); len(s) > 100 || payfip.Subject(s) != s {
			t.Errorf("subject %q", s)
		}
		if len(body) < 200 {
			var v struct{}
			if err := xml.Unmarshal(payfip.DetailEnvelope(string(body)), &v); err != nil {
				t.Errorf("%q: %v", body, err)
			}
		}
	})
}
