package bills_test

import (
	"net/url"
	"strings"
	"testing"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/paper"
	"preau/internal/payment"
	"preau/internal/pdf/pdftest"
	"preau/internal/thread"
	"preau/internal/town"
	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/bills"
	"preau/internal/web/family"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
	"preau/internal/worldtest"
)

var (
	september = civil.Month{Year: 2026, Month: 9}
	october   = civil.Month{Year: 2026, Month: 10}
)

// desk is a town with Claire's invoices of two months and a credit note, and one of Karim's.
func desk(t *testing.T) (*worldtest.World, func(login string) *webtest.Visitor) {
	t.Helper()
	tn := towntest.New(t, "sqlite")
	w := worldtest.Chatou(t, tn)
	h := signintest.New(t, tn, func(s *web.Server, d *signin.Door) {
		family.Pages{Door: d}.Routes(s)
		bills.Pages{Door: d}.Routes(s)
	})
	w.SetClock("2026-11-27T10:00")
	w.Write(func(tx *db.Tx) error {
		care := worldtest.Line(w.Leo.ID, "Léo", "Étude du soir", 230, "2026-10-05", "2026-10-06")
		care.Attribute, care.CESU = billing.Care, true
		w.Issue(tx, worldtest.Bill{Home: w.Claire.HouseholdID, Number: 3518, Month: september, IssuedOn: civil.MustParse("2026-10-06"),
			Lines: []billing.Line{worldtest.Line(w.Antoine.ID, "Antoine", "Restauration scolaire", 340, "2026-09-24")}})
		w.Issue(tx, worldtest.Bill{Home: w.Claire.HouseholdID, Number: 4127, Month: october, IssuedOn: civil.MustParse("2026-11-06"),
			Lines: []billing.Line{worldtest.Line(w.Antoine.ID, "Antoine", "Restauration scolaire", 340, "2026-10-01", "2026-10-02", "2026-10-05"), care}})
		w.Issue(tx, worldtest.Bill{Home: w.Karim.HouseholdID, Number: 4128, Month: october, IssuedOn: civil.MustParse("2026-11-06"),
			Lines: []billing.Line{worldtest.Line(w.Leo.ID, "Léo", "Restauration scolaire", 460, "2026-10-12")}})
		_, _, err := billing.Pay(t.Context(), tx, billing.Payment{HouseholdID: w.Claire.HouseholdID, Source: "receipt:1", Label: "Chèque, reçu 2026-000118", Cents: 540, Day: civil.MustParse("2026-10-20"), By: "agent:1"})
		if err != nil {
			return err
		}
		if err := takePayments(t, tx); err != nil {
			return err
		}
		return paper.SaveSettings(t.Context(), tx, paper.Settings{Desk: "À la régie, 5 rue Marconi.", Cheque: "Régie Chatou", CESU: true, Holder: "Régie Chatou", IBAN: "FR76 3000 1000 6449 1900 9562 088", PayFiP: "006382"},
			household.By{Actor: "agent:1", Name: "Essai"})
	})
	return w, func(login string) *webtest.Visitor {
		v := h.Visitor()
		v.Post("/connexion", url.Values{"identifiant": {login}, "mot_de_passe": {worldtest.Password}})
		return v
	}
}

// takePayments opens PayFiP, as the town's settings do.
func takePayments(t *testing.T, tx *db.Tx) error {
	return payment.SavePayFiP(t.Context(), tx, payment.PayFiPTerms{On: true, Client: "006382", Mode: "T", Base: "https://www.payfip.gouv.fr/tpa"})
}

func TestAFamilyReadsItsInvoices(t *testing.T) {
	w, enter := desk(t)
	v := enter("claire.martin")
	p := v.Get("/espace/factures").Want(200)
	p.Says("h1", "Factures").Says(".bills", "Facture d’octobre 2026", "N° 2026-004127, à payer au plus tard le 4 décembre 2026, reste à payer sur 14,80 €", "12,80 €", "À payer, encore 7 jours")
	if p.Count(".bills li") != 1 || p.Attr(".bills input[name=facture]", "value") != "2026-004127" || p.Attr("form.stack", "action") != "/espace/paiements" {
		t.Errorf("open: %q", p.Text(".bills"))
	}
	p.Says(".table", "Facture de septembre 2026", "Réglée", "3,40 €")
	if strings.Contains(p.Text("main"), "004128") {
		t.Error("the other household's invoice is listed")
	}
	p = v.Get("/espace/factures/2026-004127").Want(200)
	p.Says("h1", "Facture d’octobre 2026").Says(".inv__addr", "Ville d’Essai", "78400 CHATOU").Says(".invt", "Restauration scolaire", "1er, 2 et 5 octobre", "3 × 3,40 €", "10,20 €", "QF 912, tranche 800 – 1 199", "Total, Antoine")
	p.Says(".grand", "Total des prestations 14,80 €", "Chèque, reçu 2026-000118, 20 octobre 2026 −2,00 €", "Dont payable en CESU 4,60 €", "À payer au plus tard le 4 décembre 2026 12,80 €")
	p.Says(".pay", "Payer 12,80 € en ligne", "Chèque à l’ordre de « Régie Chatou »", "FR76 3000 1000", "Motif : FACTURE 2026-004127 DOSSIER")
	v.Get("/espace/factures/2026-003518").Want(200).Says(".pay", "Réglée")
	v.Get("/espace").Want(200).Says(".due", "Facture 2026-004127, 12,80 €", "au plus tard le 4 décembre")
	for _, path := range []string{"/espace/factures/2026-004128", "/espace/factures/2026-004128.pdf", "/espace/factures/2026-004128/question", "/espace/factures/2025.pdf", "/espace/factures/rien"} {
		v.Get(path).Want(404)
	}
	v.Post("/espace/factures/2026-004128/question", url.Values{"message": {"x"}}).Want(404)
	arranged(t, w, v)
}

// arranged looks at the invoice of October once a direct debit is to pay it, then once a plan spreads it: nobody asks the family to pay it as
// the others.
func arranged(t *testing.T, w *worldtest.World, v *webtest.Visitor) {
	t.Helper()
	write := func(query string, args ...any) {
		t.Helper()
		w.Write(func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), query, args...)
			return err
		})
	}
	var now civil.Instant
	w.Read(func(tx *db.Tx) error { now = tx.Now; return nil })
	home := w.Claire.HouseholdID
	write(`INSERT INTO debit_batches (id, number, due_on, creditor, made_at, made_by, made_by_name, gathered_at, sent_by, cancelled_by)
		VALUES ('b', 1, $1, '{}', $2, 'x', 'x', $2, '', '')`, civil.MustParse("2026-12-08"), now)
	write(`INSERT INTO debits (id, batch_id, household_id, end_to_end, rum, bank, sequence, new_account, amount_cents, receipt_id, rejected_code, rejected_by, released_why)
		VALUES ('d', 'b', $1, 'x', 'x', 'FR', 'RCUR', ('0' = '1'), 1280, '', '', '', '')`, home)
	write(`INSERT INTO debit_shares (id, debit_id, invoice_id, invoice_number, amount_cents) SELECT 's', 'd', id, label, 1280 FROM invoices WHERE label = '2026-004127'`)
	if p := v.Get("/espace/factures").Want(200).Says(".bills", "Prélevée le 8 décembre", "6 novembre 2026, reste à payer sur 14,80 €"); p.Count(".bills input[name=facture]") != 0 ||
		strings.Contains(p.Text(".bills"), "4 décembre") {
		t.Errorf("the list invites to pay what is to be debited: %s", p.Text(".bills"))
	}
	p := v.Get("/espace/factures/2026-004127").Want(200).Says(".pay", "Prélevée le 8 décembre", "12,80 € seront prélevés sur votre compte le 8 décembre 2026").Says(".grand", "Prélevé le 8 décembre 2026")
	if said := p.Text(".pay"); strings.Contains(said, "en ligne") || strings.Contains(said, "Chèque") || strings.Contains(said, "IBAN") {
		t.Errorf("the invoice invites to pay what is to be debited: %s", said)
	}
	if p := v.Get("/espace").Want(200); strings.Contains(p.Text("main"), "2026-004127") {
		t.Error("the first page asks for what is to be debited")
	}
	write(`UPDATE debit_shares SET settled_at = $1`, now)
	write(`INSERT INTO payment_plans (id, household_id, total_cents, made_at, made_by, made_by_name, note, ended_how) VALUES ('p', $1, 1280, $2, 'x', 'x', '', '')`, home, now)
	write(`INSERT INTO plan_invoices (plan_id, invoice_id) SELECT 'p', id FROM invoices WHERE label = '2026-004127'`)
	write(`INSERT INTO plan_instalments (plan_id, number, due_on, amount_cents) VALUES ('p', 1, $1, 680), ('p', 2, $2, 600)`, civil.MustParse("2026-12-10"), civil.MustParse("2027-01-10"))
	if p := v.Get("/espace/factures").Want(200).Says(".bills", "Échéancier : 6,80 € au plus tard le 10 décembre"); p.Count(".bills input[checked]") != 0 || strings.Contains(p.Text(".bills"), "4 décembre") {
		t.Error("the list proposes to pay all that a plan spreads")
	}
	v.Get("/espace/factures/2026-004127").Want(200).Says(".pay", "La prochaine mensualité est de 6,80 €, à payer au plus tard le 10 décembre 2026", "Payer toute la facture, 12,80 €, en ligne")
	v.Get("/espace").Want(200).Says(".due", "Échéancier, 6,80 €", "au plus tard le 10 décembre", "pour la facture 2026-004127")
}

func TestTheirPDF(t *testing.T) {
	_, enter := desk(t)
	v := enter("claire.martin")
	one := v.Get("/espace/factures/2026-004127.pdf").Want(200)
	text := strings.Join(strings.Fields(strings.Join(pdftest.Text(t, []byte(one.Body)), " ")), " ")
	for _, want := range []string{"Facture d’octobre 2026", "Restauration scolaire", "QF 912", "12,80 €", "Identifiant PayFiP de la collectivité : 006382. Référence : 2026004127", "CESU (4,60 € au plus)"} {
		if !strings.Contains(text, want) {
			t.Errorf("the PDF lacks %q:\n%s", want, text)
		}
	}
	year := v.Get("/espace/factures/2026.pdf").Want(200)
	if pages := pdftest.Text(t, []byte(year.Body)); !strings.Contains(strings.Join(pages, ""), "2026-003518") || !strings.Contains(strings.Join(pages, ""), "2026-004127") {
		t.Error("an invoice of the year is missing")
	}
	p := v.Get("/espace/factures/releve?du=2026-10-01&au=2026-10-31").Want(200)
	p.Says(".table", "Facture 2026-003518", "3,40 €", "Chèque, reçu 2026-000118", "5,40 €").Says(".grand", "En votre faveur au 31 octobre 2026 2,00 €")
	v.Get("/espace/factures/releve?du=2026-10-01&au=2026-09-01").Want(422).Says(".err", "vient avant la première")
	pdftest.Text(t, []byte(v.Get("/espace/factures/releve?format=pdf").Want(200).Body))
}

// The question about a line goes to a service with what the invoice says of it.
func TestALineIsContested(t *testing.T) {
	w, enter := desk(t)
	w.Write(func(tx *db.Tx) error {
		_, err := w.SaveService(t.Context(), tx, town.Service{Title: "Régie"})
		return err
	})
	v := enter("claire.martin")
	p := v.Get("/espace/factures/2026-004127").Click("Je ne comprends pas, ou je conteste cette ligne").Want(200)
	p.Says("main", "Restauration scolaire, Antoine", "1er, 2 et 5 octobre", "QF 912")
	p = p.Form("Envoyer la question").Fill("message", " ").Send().Want(422).Says(".err", "Dites ce que vous ne comprenez pas")
	p = p.Form("Envoyer la question").Fill("message", "Antoine était malade le 2.\r\nLe certificat est chez vous.").Send().Want(200)
	p.Says("main", "Facture 2026-004127, Antoine : restauration scolaire", "Antoine était malade le 2.", "Ligne 1 : Antoine, restauration scolaire, 3 × 3,40 € = 10,20 €", "Jours : 1er, 2 et 5 octobre", "Explication : QF 912")
	w.Read(func(tx *db.Tx) error {
		list, err := thread.List(t.Context(), tx, w.Claire, 10)
		if len(list) != 1 || list[0].ChildID != w.Antoine.ID {
			t.Errorf("threads %+v", list)
		}
		return err
	})
	v.Get("/espace/factures/2026-004127/question?ligne=2").Want(200).Form("Envoyer la question").Fill("message", "Léo n’y va pas.").Send().Want(200).
		Says("main", "Facture 2026-004127, Léo : étude du soir", "Ligne 2 : Léo, étude du soir")
	v.Get("/espace/factures/2026-004127/question?ligne=9").Want(404)
	v.Get("/espace/factures/2026-004127/question").Want(200).Says("main", "Facture d’octobre 2026")
}

func TestPaperOrNot(t *testing.T) {
	w, enter := desk(t)
	electronic := func() (yes bool) {
		w.Read(func(tx *db.Tx) error {
			homes, err := billing.Paperless(t.Context(), tx, []string{w.Claire.HouseholdID, w.Karim.HouseholdID})
			yes = homes[w.Claire.HouseholdID]
			if homes[w.Karim.HouseholdID] {
				t.Error("Karim chose nothing")
			}
			return err
		})
		return yes
	}
	v := enter("claire.martin")
	p := v.Get("/espace/factures").Submit("Ne plus recevoir de facture sur papier").Want(200).Says(".flash", "Vous ne recevrez plus de facture sur papier")
	if !electronic() {
		t.Error("the choice is not kept")
	}
	p.Says("main", "Choisi le 27 novembre 2026, par Claire Martin").Submit("Recevoir de nouveau mes factures sur papier").Want(200)
	if electronic() {
		t.Error("the choice is not taken back")
	}
}

// The family reads its invoice on a telephone without script; axe has nothing to say.
func TestAnInvoiceOnATelephone(t *testing.T) {
	tn := towntest.New(t, "sqlite")
	w := worldtest.Chatou(t, tn)
	h := signintest.New(t, tn, func(s *web.Server, d *signin.Door) { bills.Pages{Door: d}.Routes(s) })
	w.SetClock("2026-11-27T10:00")
	w.Write(func(tx *db.Tx) error {
		w.Issue(tx, worldtest.Bill{Home: w.Claire.HouseholdID, Number: 4127, Month: october, IssuedOn: civil.MustParse("2026-11-06"),
			Lines: []billing.Line{worldtest.Line(w.Antoine.ID, "Antoine", "Restauration scolaire", 340, "2026-10-01", "2026-10-02")}})
		return takePayments(t, tx)
	})
	b := webtest.NewBrowser(t, webtest.View{Width: webtest.Phone, NoScript: true})
	base := h.Site.URL(signintest.Host)
	b.Open(base + "/connexion?suite=/espace/factures")
	b.Fill("[name=identifiant]", "claire.martin")
	b.Fill("[name=mot_de_passe]", worldtest.Password)
	b.Press("Ouvrir mon espace")
	b.Open(base + "/espace/factures")
	b.Shot("factures")
	b.Wide()
	b.Axe()
	b.Click(".bills h3 a")
	b.Click(".invt summary")
	if got := b.Text(".explain"); !strings.Contains(got, "QF 912") {
		t.Errorf("the explanation says %q", got)
	}
	b.Shot("facture")
	b.Wide()
	b.Axe()
}
