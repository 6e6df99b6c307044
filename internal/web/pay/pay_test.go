package pay_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"preau/internal/billing"
	"preau/internal/db"
	"preau/internal/demo/bank"
	"preau/internal/job"
	"preau/internal/money"
	facts "preau/internal/paybox"
	"preau/internal/payment"
	"preau/internal/staff"
	"preau/internal/till"
	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/pay"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
	"preau/internal/work"
	"preau/internal/worldtest"
)

const notice = "/paiement/paybox/notification"

// desk is a town where Claire owes 41,30 € and 12 €, with banks that live in the same server.
type desk struct {
	*signintest.House
	world  *worldtest.World
	cards  *bank.Paybox
	payfip *bank.PayFiP
	asked  func() // when a bank is called
	away   bool   // PayFiP does not answer
	t      testing.TB
}

func newDesk(t testing.TB, engine string) *desk {
	t.Helper()
	tn := towntest.New(t, engine)
	d := &desk{world: worldtest.Chatou(t, tn), asked: func() {}, t: t}
	inside := &bank.Inside{}
	tn.Outside = inside
	d.House = signintest.New(t, tn, func(s *web.Server, door *signin.Door) {
		pay.New(door).Routes(s)
		for _, method := range []string{"GET ", "POST "} {
			s.Handle(method+"/demo/banque/{rest...}", web.Anyone(func(w http.ResponseWriter, r *http.Request) error { d.asked(); d.cards.ServeHTTP(w, r); return nil }))
			s.Handle(method+"/demo/payfip/{rest...}", web.Anyone(func(w http.ResponseWriter, r *http.Request) error {
				if d.asked(); d.away {
					w.WriteHeader(http.StatusServiceUnavailable)
					return nil
				}
				d.payfip.ServeHTTP(w, r)
				return nil
			}))
		}
	})
	inside.Serve(d.Server)
	d.BaseURL = d.Site.URL(signintest.Host)
	var err error
	if d.cards, err = bank.NewPaybox(d.BaseURL+"/demo/banque", bank.HTTP(inside), d.Clock.Now); err != nil {
		t.Fatal(err)
	}
	d.payfip = bank.NewPayFiP(d.BaseURL+"/demo/payfip/tpa", bank.HTTP(inside), d.Clock.Now)
	d.Write(func(tx *db.Tx) error {
		d.world.Owe(tx, d.world.Claire.HouseholdID, 1, 4130)
		d.world.Owe(tx, d.world.Claire.HouseholdID, 2, 1200)
		d.world.AddAgent(tx, "regie", staff.Regie)
		c, err := payment.ContractsOf(t.Context(), tx)
		if err != nil {
			return err
		}
		c.Paybox.On, c.Paybox.Contract, c.Paybox.Servers, c.Paybox.PublicKeys = true, bank.Contract, []string{d.cards.Base()}, d.cards.PublicKey()
		c.Paybox.Direct = []string{d.cards.Base() + "/PPPS.php"}
		c.PayFiP.On, c.PayFiP.Client, c.PayFiP.Base = true, bank.ClientNumber, d.payfip.Base()
		return errors.Join(payment.SavePaybox(t.Context(), tx, c.Paybox, bank.KeyHex, d.KeyFor(payment.ContractKey)), payment.SavePayFiP(t.Context(), tx, c.PayFiP))
	})
	return d
}

func (d *desk) enter(login string) *webtest.Visitor {
	v := d.Visitor()
	v.Post("/connexion", url.Values{"identifiant": {login}, "mot_de_passe": {worldtest.Password}})
	return v
}

// work does what is queued, with every handler of the town.
func (d *desk) work() {
	d.t.Helper()
	w := &job.Worker{DB: d.DB, Handlers: work.Handlers(d.Town.Town), Log: d.Log}
	if _, err := w.RunDue(context.Background()); err != nil {
		d.t.Fatal(err)
	}
}

// begin has Claire begin a payment, and gives the page that leads to the bank.
func (d *desk) begin(v *webtest.Visitor, bank string, invoices ...string) *webtest.Page {
	d.t.Helper()
	return v.Post("/espace/paiements", url.Values{"facture": invoices, "banque": {bank}}).Want(200)
}

// abandon posts a form, and leaves as soon as a bank is called.
func (d *desk) abandon(v *webtest.Visitor, path string, values url.Values) {
	d.t.Helper()
	ctx, leave := context.WithCancel(d.t.Context())
	d.asked = leave
	defer func() { d.asked = func() {} }()
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, d.BaseURL+path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for _, c := range v.Cookies() {
		r.AddCookie(c)
	}
	d.Server.ServeHTTP(httptest.NewRecorder(), r)
	if ctx.Err() == nil {
		d.t.Error("no bank was called")
	}
}

// form reads the form to the bank as a browser would send it: in its order.
func form(p *webtest.Page) (action string, fields []facts.Field) {
	for _, n := range p.All(`form[accept-charset] input`) {
		fields = append(fields, facts.Field{Name: attr(n, "name"), Value: attr(n, "value")})
	}
	return p.Attr("form[accept-charset]", "action"), fields
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// order is what the bank makes of the form of a page.
func (d *desk) order(p *webtest.Page) bank.Order {
	d.t.Helper()
	_, fields := form(p)
	o, err := d.cards.Receive(facts.Encode(fields))
	if err != nil {
		d.t.Fatal(err)
	}
	return o
}

// call is the bank's call, with another body.
func (d *desk) call(method, raw string) *webtest.Page {
	d.t.Helper()
	v := d.Visitor()
	if method == http.MethodGet {
		return v.Get(notice + "?" + raw)
	}
	v.Header.Set("Sec-Fetch-Site", "") // a server is no browser
	return v.Raw(http.MethodPost, notice, "application/x-www-form-urlencoded", raw)
}

// owes checks what Claire owes and how many receipts she has, and that the till and the ledger hold.
func (d *desk) owes(balance money.Cents, receipts int) {
	d.t.Helper()
	d.Read(func(tx *db.Tx) error {
		got, err := billing.Balance(d.t.Context(), tx, d.world.Claire.HouseholdID)
		if err != nil {
			return err
		}
		n, err := db.One(d.t.Context(), tx, `SELECT count(*) FROM receipts`, db.Value[int])
		if got != balance || n != receipts {
			d.t.Errorf("balance %s, %d receipts; want %s, %d", got, n, balance, receipts)
		}
		broken, err2 := till.Verify(d.t.Context(), tx)
		for _, b := range broken {
			d.t.Error(b)
		}
		return errors.Join(err, err2)
	})
}

// odd counts the events of a kind.
func (d *desk) odd(kind payment.Kind) (n int) {
	d.t.Helper()
	d.Read(func(tx *db.Tx) (err error) {
		n, err = db.One(d.t.Context(), tx, `SELECT count(*) FROM payment_events WHERE kind = $1`, db.Value[int], string(kind))
		return err
	})
	return n
}

// From the choice to the acknowledgement, without a script, in a browser: two invoices, one payment.
func TestAFamilyPaysWithoutScript(t *testing.T) {
	d := newDesk(t, "sqlite")
	b := webtest.NewBrowser(t, webtest.View{Width: webtest.Phone, NoScript: true})
	b.Open(d.BaseURL + "/connexion?suite=/espace/paiements/nouveau")
	b.Fill("[name=identifiant]", "claire.martin")
	b.Fill("[name=mot_de_passe]", worldtest.Password)
	b.Press("Ouvrir mon espace")
	b.Axe()
	b.Shot("choix")
	b.Press("Payer les factures choisies")
	b.Axe()
	b.Wide()
	b.Shot("depart")
	b.Press("Payer 53,30 € par carte")
	if b.Path() != "/demo/banque/cgi/FramepagepaiementRWD.cgi" || !strings.Contains(b.Text("h1"), "53,30") {
		t.Fatalf("at %s: %s", b.Path(), b.Text("h1"))
	}
	b.Axe()
	b.Shot("banque")
	b.Press("Payer 53,30 €")
	if got := b.Text("h1"); got != "Paiement reçu" {
		t.Fatalf("back at %s: %s", b.Path(), got)
	}
	b.Axe()
	b.Wide()
	b.Shot("retour")
	d.owes(0, 1)
	d.work()
	d.work()
	got := d.Mailbox.List()
	if len(got) != 1 || !strings.Contains(got[0].Subject, "Paiement reçu : 53,30\u00a0€, quittance 2026-000001") || !strings.Contains(got[0].Text, "Facture 2026-000001 : 41,30\u00a0€") {
		t.Errorf("%+v", got)
	}
	d.Read(func(tx *db.Tx) error {
		journal, err := till.Balances(t.Context(), tx, till.DefaultOffice)
		if journal[till.AccountBank] != 5330 {
			t.Errorf("the journal of the régie: %v", journal)
		}
		return err
	})
}

// What leads to the bank is the signed form and nothing else, on a page that may post there and nowhere more.
func TestTheWayToTheBank(t *testing.T) {
	d := newDesk(t, "sqlite")
	v := d.enter("claire.martin")
	p := v.Get("/espace/paiements/nouveau").Want(200).Says("main", "Facture 2026-000001 : 41,30", "Facture 2026-000002 : 12,00", "PayFiP")
	if strings.Contains(p.Header.Get("Content-Security-Policy"), "essai.localhost") {
		t.Error("a page that does not lead to the bank may post there")
	}
	v.Post("/espace/paiements", url.Values{"banque": {"paybox"}}).Want(422).Says(".err", "Choisissez au moins une facture")
	v.Post("/espace/paiements", url.Values{"banque": {"paybox"}, "facture": {"2026-000099"}}).Want(422).Says(".err", "n’est plus à payer")
	v.Post("/espace/paiements", url.Values{"banque": {"autre"}, "facture": {"2026-000001"}}).Want(422)
	p = v.Post("/espace/paiements", url.Values{"banque": {"paybox"}, "facture": {"2026-000001"}, "montant": {"1"}, "cents": {"1"}}).Want(200).Says("h1", "Payer 41,30")
	if policy := p.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "form-action 'self' "+d.BaseURL+";") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %s", policy)
	}
	action, fields := form(p)
	if action != d.cards.Base()+"/cgi/FramepagepaiementRWD.cgi" || len(fields) != 21 || facts.Get(fields, "PBX_TOTAL") != "4130" || facts.Get(fields, "PBX_PORTEUR") != "claire.martin@famille.example" {
		t.Errorf("%s, %d fields, %+v", action, len(fields), fields)
	}
	for _, f := range fields {
		if !strings.HasPrefix(f.Name, "PBX_") {
			t.Errorf("a field %q", f.Name)
		}
	}
	if _, err := d.cards.Receive(facts.Encode(fields)); err != nil {
		t.Errorf("the bank refuses the form: %v", err)
	}
	path := p.URL.Path
	v.Post("/espace/paiements", url.Values{"banque": {"paybox"}, "facture": {"2026-000001"}}).Want(200).WantPath(path) // the button was pressed twice
	v.Post("/espace/paiements", url.Values{"banque": {"paybox"}, "facture": {"2026-000001", "2026-000002"}}).Want(409).Says("[role=alert]", "41,30", "déjà en cours", "Reprendre ce paiement")
	d.enter("karim.benali").Get(path).Want(404)
	d.cards.Down(true)
	d.Clock.Advance(2 * time.Minute)
	v.Get(path).Want(200).Says("[role=status]", "momentanément indisponible")
	d.cards.Down(false)
	d.Clock.Advance(time.Minute)
	v.Get(path+"?retour=annule").Want(200).Says("[role=status]", "quitté la page").Submit("Annuler ce paiement").Want(200).Says("h1", "Paiement annulé")
	p = v.Get(path).Submit("Recommencer le paiement").Want(200).Says("h1", "Payer 41,30")
	v.Get(p.URL.Path+"?retour=effectue").Want(200).Says("h1", "en cours de confirmation")
	if !v.Get(p.URL.Path + "?retour=effectue").Has("[data-await=open][data-state='open attendre']") {
		t.Error("the page does not wait for the bank")
	}
	d.Clock.Advance(21 * time.Minute)
	v.Get(p.URL.Path).Want(200).Says("[role=status]", "il y a trop longtemps")
	v.Get("/espace/paiements").Want(200).Says(".table", "41,30", "Annulé", "En cours")
	d.owes(5330, 0)
}

// The bank's calls: by GET and by POST, ten times, out of order, tampered with, before and after the browser; each is answered 200 with nothing.
func TestTheBankCalls(t *testing.T) {
	for _, engine := range towntest.Engines {
		t.Run(engine, func(t *testing.T) {
			d := newDesk(t, engine)
			v := d.enter("claire.martin")
			p := d.begin(v, "paybox", "2026-000001", "2026-000002")
			o := d.order(p)
			paid, refused := d.cards.Notice(o, bank.Accept), d.cards.Notice(o, bank.Refuse)
			quiet := func(p *webtest.Page) {
				t.Helper()
				if p.Status != 200 || p.Body != "" || p.URL.Path != notice {
					t.Errorf("answered %d %q at %s", p.Status, p.Body, p.URL)
				}
			}
			for _, bad := range []string{strings.Replace(paid, "5330", "1", 1), strings.Replace(paid, "00000", "00001", 1), paid[:len(paid)-9], "montant=5330&reference=" + o.Reference + "&auto=X&erreur=00000&signature=AAAA"} {
				quiet(d.call(http.MethodGet, bad))
				quiet(d.call(http.MethodPost, bad))
			}
			quiet(d.call(http.MethodGet, ""))
			quiet(d.call(http.MethodPost, d.cards.Sign("montant=1&reference="+o.Reference+"&auto=X&erreur=00000")))
			quiet(d.call(http.MethodPost, d.cards.Sign("n=importe")))
			quiet(d.call(http.MethodPost, d.cards.Sign("montant=5330&reference=2026-000001-AILLEURS123&auto=X&erreur=00000")))
			quiet(d.call(http.MethodPost, d.cards.Sign("montant=5330&reference="+o.Reference+"&erreur=00000")))
			d.owes(5330, 0)
			v.Get(p.URL.Path+"?retour=effectue&"+paid).Want(200).Says("h1", "en cours de confirmation") // the browser is first, and is believed in nothing
			quiet(d.call(http.MethodGet, refused))
			v.Get(p.URL.Path+"?retour=refuse").Want(200).Says("h1", "Paiement refusé")
			for i := range 10 {
				quiet(d.call([]string{http.MethodGet, http.MethodPost}[i%2], paid))
			}
			quiet(d.call(http.MethodGet, refused))
			v.Get(p.URL.Path+"?retour=annule").Want(200).Says("h1", "Paiement reçu").Says("[role=status]", "Quittance 2026-000001")
			d.owes(0, 1)
			for kind, want := range map[payment.Kind]int{payment.BadSignature: 8, payment.WrongAmount: 1, payment.Unreadable: 1, payment.ForeignReference: 1, payment.NoAuthorisation: 1,
				payment.RefusedByBank: 1, payment.Credited: 1, payment.Repeated: 9, payment.Late: 1} {
				if got := d.odd(kind); got != want {
					t.Errorf("%s: %d, want %d", kind, got, want)
				}
			}
			v.Get("/espace/paiements/nouveau").Want(200).Says("main", "Aucune facture n’est à payer")
		})
	}
}

// PayFiP's call is a hint: what it answers to our question is what counts; when the call is lost, the sweep asks.
func TestPayFiPInPages(t *testing.T) {
	d := newDesk(t, "sqlite")
	v := d.enter("claire.martin")
	p := d.begin(v, "payfip", "2026-000001").Says("h1", "Payer 41,30")
	link := p.Attr("a.btn--main", "href")
	op := d.payfip.Operations()[0]
	if link != d.payfip.Base()+"/paiementws.web?idop="+op.ID || op.Fields["objet"] != "Facture 2026 000001" || op.Fields["saisie"] != "T" {
		t.Errorf("%s, %+v", link, op)
	}
	v.Get("/paiement/payfip/notification?idop=" + op.ID).Want(200) // nothing is known yet
	v.Get("/paiement/payfip/notification?idop=cc0cb210-1cd4-11ea-8cca-0213ad91a103").Want(200)
	v.Get("/paiement/payfip/notification").Want(200)
	d.owes(5330, 0)
	v.Post(p.URL.Path+"/annulation", nil).Want(200).Says(".flash", "peut encore recevoir") // the money may still come
	back, err := d.payfip.Decide(t.Context(), op.ID, "P")
	if err != nil {
		t.Fatal(err)
	}
	d.owes(1200, 1)
	v.Get(back).Want(200).WantPath(p.URL.Path).Says("h1", "Paiement reçu")
	stranger := d.Visitor()
	stranger.Header.Set("Sec-Fetch-Site", "cross-site")
	stranger.Post("/paiement/payfip/retour", url.Values{"idOp": {op.ID}}).Want(200).WantPath("/connexion")

	d.abandon(v, "/espace/paiements", url.Values{"facture": {"2026-000002"}, "banque": {"payfip"}}) // a browser that leaves before PayFiP answers
	second := d.payfip.Operations()[0]
	d.payfip.Settle(second.ID, "V") // and the call is lost
	d.Write(func(tx *db.Tx) error { return job.Queue(t.Context(), tx, payment.SweepKind, job.Planned{At: tx.Now}) })
	d.work()
	d.owes(0, 2)
	d.payfip.Fail("999")
	d.Write(func(tx *db.Tx) error { d.world.Owe(tx, d.world.Claire.HouseholdID, 3, 900); return nil })
	d.begin(v, "payfip", "2026-000003").Says("h1", "Paiement impossible")

	// Too late to begin, and too early to begin again: the page says until when. Then the sweep asks once of a service that is away.
	p = d.begin(v, "payfip", "2026-000003")
	d.Clock.Advance(16 * time.Minute)
	p = v.Get(p.URL.Path).Want(200).Says("[role=status]", "ne peut plus être commencé", "attendez 10 h 20")
	if strings.Contains(p.Body, "Recommencer le paiement") || strings.Contains(p.Body, "Annuler ce paiement") {
		t.Error("the page offers what is refused")
	}
	d.Write(func(tx *db.Tx) error { d.world.Owe(tx, d.world.Claire.HouseholdID, 4, 800); return nil })
	busy := v.Post("/espace/paiements", url.Values{"banque": {"payfip"}, "facture": {"2026-000003", "2026-000004"}}).Want(409).Says("[role=alert]", "attendez 10 h 20")
	if strings.Contains(busy.Body, "Annuler ce paiement") {
		t.Error("the page offers what is refused")
	}
	d.begin(v, "payfip", "2026-000004")
	asked := 0
	d.away, d.asked = true, func() { asked++ }
	d.Write(func(tx *db.Tx) error { return job.Queue(t.Context(), tx, payment.SweepKind, job.Planned{At: tx.Now}) })
	d.work()
	if asked != 1 {
		t.Errorf("a service that is away is asked %d times", asked)
	}
	d.away = false
	d.Clock.Advance(5 * time.Minute)
	v.Get(p.URL.Path).Want(200).Submit("Recommencer le paiement").Want(200).Says("h1", "Payer 9,00")
}

// A browser that comes back before PayFiP has answered waits for it, or gives up.
func TestPayFiPIsOpening(t *testing.T) {
	d := newDesk(t, "sqlite")
	v := d.enter("claire.martin")
	var a payment.Attempt
	d.Write(func(tx *db.Tx) (err error) {
		a, err = payment.Begin(t.Context(), tx, payment.Wish{Guardian: d.world.Claire, Bank: payment.PayFiP, Invoices: []string{"2026-000001"}, Key: d.KeyFor(payment.ReferenceKey)})
		return err
	})
	p := v.Post("/espace/paiements", url.Values{"banque": {"payfip"}, "facture": {"2026-000001"}}).Want(200).WantPath("/espace/paiements/"+a.ID).Says("[role=status]", "PayFiP ouvre ce paiement")
	if !p.Has("[data-await]") {
		t.Error("the page does not wait for PayFiP")
	}
	p.Submit("Annuler ce paiement").Want(200).Says("h1", "Paiement annulé")
}
