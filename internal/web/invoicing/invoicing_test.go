package invoicing_test

import (
	"net/url"
	"strings"
	"testing"

	"preau/internal/billing"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/money"
	"preau/internal/paper"
	"preau/internal/pdf/pdftest"
	"preau/internal/staff"
	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/invoicing"
	"preau/internal/web/office"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
	"preau/internal/work"
	"preau/internal/worldtest"
)

// desk is a town where two families booked lunches of December, on the day after Christmas of the month.
type desk struct {
	*worldtest.World
	house  *signintest.House
	worker *job.Worker
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	tn := towntest.New(t, "sqlite")
	w := worldtest.Chatou(t, tn)
	d := &desk{World: w, worker: work.Worker(tn.Town)}
	d.house = signintest.New(t, tn, func(s *web.Server, door *signin.Door) {
		invoicing.Pages{Door: door}.Routes(s)
		office.Pages{Door: door}.Routes(s)
	})
	w.SetClock("2026-11-16T10:00")
	d.book(t, w.Claire, "antoine/CANTINE", "2026-12-07", "2026-12-08", "2026-12-10")
	d.book(t, w.Karim, "leo/CANTINE", "2026-12-14", "2026-12-15")
	w.SetClock("2026-12-31T10:00")
	return d
}

func (d *desk) book(t *testing.T, who household.Guardian, enrolment string, days ...string) {
	t.Helper()
	r := booking.Request{SubmissionID: db.NewID(), EnrolmentID: d.Enrolment[enrolment]}
	for _, day := range days {
		r.Changes = append(r.Changes, booking.Change{EnrolmentID: r.EnrolmentID, Day: civil.MustParse(day), Option: "REPAS", Add: true})
	}
	d.Write(func(tx *db.Tx) error {
		_, err := booking.Submit(t.Context(), tx, who, r, d.Loc)
		return err
	})
}

func (d *desk) in(login string) *webtest.Visitor {
	v := d.house.Visitor()
	v.Post("/connexion", url.Values{"identifiant": {login}, "mot_de_passe": {worldtest.Password}})
	return v
}

// work does the jobs that wait.
func (d *desk) work(t *testing.T) {
	t.Helper()
	if _, err := d.worker.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestAMonthFromDraftToLetters(t *testing.T) {
	d := newDesk(t)
	v := d.in("direction")
	p := v.Get("/bureau/facturation").Want(200).Says("main", "Aucun mois n’a été préparé")
	p = p.Form("Préparer ce mois").Fill("mois", "2026-12").Send().Want(200)
	p.Says("main", "Les brouillons se font")
	run := p.URL.Path
	d.work(t)
	p = v.Get(run).Want(200)
	p.Says("h1", "Décembre 2026").Says(".counts", "factures 2").Says(".alerts", "Jours non pointés : 2 familles")
	if total := p.Text(".counts"); strings.Contains(total, "0,00") {
		t.Fatalf("nothing is asked: %s", total)
	}
	p.Says(".table", "Restauration scolaire 5")
	notes := v.Get(run+"/a-voir?motif=unpointed").Want(200).Says(".table", "Claire", "3 jours, à partir du 7 décembre 2026")
	draft := notes.Click("Relire le brouillon de Martin Claire").Want(200)
	draft.Says("main", "Brouillon", "Antoine", "7, 8 et 10 décembre").Says(".timeline", "Préparée")
	if pages := pdftest.Text(t, []byte(v.Get(draft.URL.Path+".pdf").Want(200).Body)); !strings.Contains(pages[0], "Brouillon") {
		t.Errorf("the PDF of a draft: %s", pages[0])
	}
	v.Get(run + "/a-voir?motif=rien").Want(404)
	v.Get(run+"/factures").Want(200).Says(".table", "Martin Claire", "Brouillon")
	again := v.Get(run).Submit("Préparer de nouveau").Want(200)
	stale := v.Get(run + "/emission")
	if stale.URL.Path != run {
		t.Error("a run that is being prepared may be issued")
	}
	again.Says("main", "Les brouillons se font")
	d.work(t)
	confirm := v.Get(run+"/emission").Want(200).Says("main", "lettres à imprimer 2")
	confirm.Form("Émettre 2 factures").Fill("echeance", "2026-12-01").Send().Want(422).Says(".err", "ne peut pas précéder")
	confirm.Form("Émettre 2 factures").Fill("emission", "2027-01-02").Send().Want(422)
	v.Post(run+"/emission", url.Values{"vu": {"hier"}}).Want(409).Says("[role=alert]", "préparés de nouveau")
	p = confirm.Form("Émettre 2 factures").Fill("echeance", "2027-01-31").Send().Want(200).Says(".flash", "L’émission a commencé")
	d.work(t)
	p = v.Get(run).Want(200)
	p.Says(".counts", "factures émises 2").Says(".facts", "2026-000001 à 2026-000002", "dimanche 31 janvier 2027", "2 envoyés sur 2")
	v.Get(run + "/emission").Want(200).WantPath(run)
	p = v.Get(run)
	p.Submit("Faire le PDF des lettres").Want(200).Says(".table", "2 documents")
	if twice := p.Submit("Faire le PDF des lettres").Want(200); strings.Count(twice.Text("main"), "2 documents") != 1 {
		t.Errorf("pressed twice: %s", twice.Text("main"))
	}
	d.work(t)
	file := v.Get(run).Click("Télécharger le PDF").Want(200)
	pages := pdftest.Text(t, []byte(file.Body))
	if all := strings.Join(pages, ""); !strings.Contains(all, "2026-000001") || !strings.Contains(all, "2026-000002") {
		t.Errorf("a letter is missing:\n%s", all)
	}
	v.Get(run).Want(200).Says(".table", "2 documents, 2 pages")
	v.Get("/bureau/facturation").Want(200).Says(".table", "Décembre 2026", "Émise")
	mail := d.Mailbox.List()
	if len(mail) < 2 || !strings.Contains(mail[0].Subject, "à payer au plus tard le 31 janvier 2027") {
		t.Errorf("%d mails", len(mail))
	}
}

func TestAnAccountAndItsInvoices(t *testing.T) {
	d := newDesk(t)
	var id string
	d.Write(func(tx *db.Tx) error {
		id = d.Issue(tx, worldtest.Bill{Home: d.Claire.HouseholdID, Number: 4127, Month: civil.Month{Year: 2026, Month: 10}, IssuedOn: civil.MustParse("2026-11-06"),
			Lines: []billing.Line{worldtest.Line(d.Antoine.ID, "Antoine", "Restauration", 340, "2026-10-01", "2026-10-02")}})
		d.Issue(tx, worldtest.Bill{Home: d.Claire.HouseholdID, Kind: billing.KindCreditNote, Number: 12, Month: civil.Month{Year: 2026, Month: 9}, IssuedOn: civil.MustParse("2026-11-06"),
			Lines: []billing.Line{worldtest.Line(d.Antoine.ID, "Antoine", "Restauration", -100, "2026-09-01")}})
		return nil
	})
	v := d.in("direction")
	account := "/bureau/facturation/comptes/" + d.Claire.HouseholdID
	v.Get("/bureau/familles/" + d.Claire.HouseholdID).Want(200).Click("Compte et factures").WantPath(account)
	v.Get("/bureau/familles?q=2026-004127").Want(200).WantPath("/bureau/facturation/factures/" + id)
	v.Get("/bureau/facturation/factures?q=4127").Want(200).WantPath("/bureau/facturation/factures/" + id)
	v.Get("/bureau/facturation/factures?q=martin").Want(200).Says(".table", "2026-004127", "A2026-000012")
	v.Get("/bureau/facturation/factures?q=rien").Want(200).Says("main", "Aucune facture trouvée")
	p := v.Get(account).Want(200).Says(".counts", "5,80 €", "à payer par la famille").Says("main", "Facture 2026-004127", "Avoir A2026-000012", "la famille n’a rien choisi")
	p.Submit("Passer à la facture dématérialisée").Want(200).Says("main", "Facture dématérialisée, choisi le 31 décembre 2026")
	invoice := v.Get("/bureau/facturation/factures/"+id).Want(200).Says(".counts", "6,80 €").Says(".timeline", "Émise sous le numéro 2026-004127")
	stale := v.Get("/bureau/facturation/factures/" + id).Want(200)
	invoice.Form("Accorder la remise").Fill("montant", "80").Fill("motif", "x").Send().Want(422).Says(".err", "Il reste 6,80 €")
	invoice.Form("Accorder la remise").Fill("montant", "2,80").Fill("motif", "Décision du 20 décembre").Send().Want(200).
		Says(".timeline", "Remise de 2,80 € : Décision du 20 décembre").Says(".counts", "4,00 €")
	invoice.Form("Accorder la remise").Fill("montant", "2,80").Fill("motif", "Décision du 20 décembre").Send().Want(200). // pressed twice
																Says(".flash", "La remise est enregistrée").Says(".counts", "4,00 €")
	invoice.Form("Accorder la remise").Fill("montant", "3").Fill("motif", "Décision du 20 décembre").Send().Want(200).
		Says(".flash", "Rien n’a changé", "déjà accordé une remise de 2,80 €").Says(".counts", "4,00 €")
	stale.Form("Accorder la remise").Fill("montant", "2,80").Fill("motif", "Décision du 20 décembre").Send().Want(200). // of a page opened before
																Says(".flash", "Rien n’a changé", "Il reste maintenant 4,00 €").Says(".counts", "4,00 €")
	p = v.Get(account).Form("Préparer cette facture").Fill("du", "2026-12-31").Fill("au", "2026-12-01").Send().Want(422).Says(".err", "Le dernier jour vient avant le premier")
	p = p.Form("Préparer cette facture").Fill("du", "2026-12-01").Fill("au", "2026-12-08").Send().Want(200).Says("h1", "Du 1er décembre au 8 décembre 2026, Martin Claire")
	d.work(t)
	v.Get(p.URL.Path).Want(200).Says(".counts", "facture 1")
	v.Get(account).Want(200).Says("#h-drafts", "Brouillons")
	v.Get(p.URL.Path).Submit("Abandonner").Want(200).Says("main", "a été abandonnée")
}

func TestSettingsOfBills(t *testing.T) {
	d := newDesk(t)
	v := d.in("direction")
	p := v.Get("/bureau/facturation/reglages").Want(200)
	p = p.Form("Enregistrer les réglages").Fill("iban", "FR76 3000 1000 6449 1900 9562 089").Fill("echeance", "400").Fill("payfip", "12").Send().Want(422)
	p = p.Form("Enregistrer les réglages").Fill("echeance", "21").Fill("minimum", "15").Send().Want(422)
	p.Says("main", "Cet IBAN n’est pas valable", "L’identifiant PayFiP a six chiffres", "Indiquez le titulaire")
	p = p.Form("Enregistrer les réglages").Fill("iban", "FR76 3000 1000 6449 1900 9562 088").Fill("titulaire", "Régie Chatou").Fill("adresse", "5 rue Marconi\r\n78400 Chatou").Fill("payfip", "006382").Tick("especes").Send().Want(200).Says(".flash", "enregistrés")
	d.Read(func(tx *db.Tx) error {
		printed, err := paper.ReadSettings(t.Context(), tx)
		if printed.Address != "5 rue Marconi\n78400 Chatou" || printed.IBAN != "FR7630001000644919009562088" {
			t.Errorf("printed %+v, %v", printed, err)
		}
		s, err := billing.ReadSettings(t.Context(), tx)
		if s.Minimum != money.Cents(1500) || s.DueDays != 21 {
			t.Errorf("settings %+v", s)
		}
		return err
	})
}

func TestWhoMayNot(t *testing.T) {
	d := newDesk(t)
	d.Write(func(tx *db.Tx) error {
		d.AddAgent(tx, "regie", staff.Regie)
		d.AddAgent(tx, "directrice", staff.Direction, "ROSTAND")
		return nil
	})
	d.in("directrice").Get("/bureau/facturation").Want(403)
	d.in("agent.enfance").Get("/bureau/facturation").Want(403)
	var id string
	d.Write(func(tx *db.Tx) error {
		id = d.Issue(tx, worldtest.Bill{Home: d.Claire.HouseholdID, Number: 1, Month: civil.Month{Year: 2026, Month: 10}, IssuedOn: civil.MustParse("2026-11-06"),
			Lines: []billing.Line{worldtest.Line(d.Antoine.ID, "Antoine", "Restauration", 340, "2026-10-01")}})
		return nil
	})
	v := d.in("regie")
	if p := v.Get("/bureau/facturation/factures/" + id).Want(200); strings.Contains(p.Text("main"), "Accorder une remise") {
		t.Error("the régie is offered to give up a debt")
	}
	v.Post("/bureau/facturation/factures/"+id+"/remise", url.Values{"motif": {"x"}}).Want(403)
}
