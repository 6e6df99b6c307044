package till_test

import (
	"net/url"
	"path"
	"strings"
	"testing"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/mandate"
	"preau/internal/money"
	"preau/internal/pdf/pdftest"
	"preau/internal/sepa"
	"preau/internal/staff"
	domain "preau/internal/till"
	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/web/till"
	"preau/internal/webtest"
	"preau/internal/worldtest"
)

// desk is the fixture world with the pages of the régie.
type desk struct {
	*worldtest.World
	House *signintest.House
	t     *testing.T
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	tn := towntest.New(t, db.SQLite)
	d := &desk{World: worldtest.Chatou(t, tn), t: t}
	d.House = signintest.New(t, tn, func(s *web.Server, door *signin.Door) { till.Pages{Door: door}.Routes(s) })
	d.Write(func(tx *db.Tx) error {
		d.AddAgent(tx, "regie", staff.Regie)
		d.AddAgent(tx, "directrice", staff.Direction, "ROSTAND")
		return nil
	})
	d.owe("2026-000041", 1, 60_00, 20_00)
	d.owe("2026-000042", 2, 40_00, 0)
	return d
}

// owe gives Claire's household an issued invoice, of which CESU may pay a part.
func (d *desk) owe(label string, number int64, cents, cesu money.Cents) {
	d.t.Helper()
	id, home, ctx := db.NewID(), d.Claire.HouseholdID, d.t.Context()
	d.Write(func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO billing_runs (id, month, household_id, from_day, to_day, examine_from, state, done_to, created_at, created_by, created_by_name, gathered_at, issued_at)
			VALUES ($1, '2026-10', $2, '2026-10-01', '2026-10-31', '2026-10-01', 'issued', '', $3, '', '', $3, $3)`, id, home, tx.Now); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO invoices (id, run_id, household_id, kind, series, year, number, label, payer_reference, payer_name, payer_line, payer_postal_code,
				payer_city, from_day, to_day, total_cents, earlier_cents, before_cents, made_at, issued_at, issued_on, due_on)
			VALUES ($1, $1, $2, 'invoice', 'F', 2026, $3, $4, '', '', '', '', '', '2026-10-01', '2026-10-31', $5, 0, 0, $6, $6, '2026-11-05', '2026-11-30')`,
			id, home, number, label, cents, tx.Now); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO invoice_lines (invoice_id, number, child_id, child_name, activity_id, activity_name, option_name, kind, attribute, unit_cents,
				quantity, total_cents, explanation, grid_id, cesu, corrects, from_day, to_day)
			VALUES ($1, 1, '', '', '', '', '', 'service', 'care', $2, 1, $2, '', '', ($3 > 0), '', '2026-10-02', '2026-10-02')`, id, cesu, cesu); err != nil {
			return err
		}
		_, err := billing.Post(ctx, tx, billing.Entry{HouseholdID: home, Kind: billing.EntryInvoice, Cents: cents, Source: "invoice:" + id, InvoiceID: id, Label: "Facture " + label,
			Day: civil.MustParse("2026-11-05"), By: "agent:essai"})
		return err
	})
}

func (d *desk) in(login string) *webtest.Visitor {
	d.t.Helper()
	v := d.House.Visitor()
	v.Post("/connexion", url.Values{"identifiant": {login}, "mot_de_passe": {worldtest.Password}})
	return v
}

// printed is the text of a file, on one line.
func printed(t *testing.T, file string) string {
	t.Helper()
	return strings.Join(strings.Fields(strings.Join(pdftest.Text(t, []byte(file)), " ")), " ")
}

// linked fails when what is wrong on a page leads to a field that is not there.
func linked(t *testing.T, p *webtest.Page) *webtest.Page {
	t.Helper()
	links := p.All("[role=alert] a[href^='#']")
	if len(links) == 0 {
		t.Error("nothing is said to be wrong")
	}
	for _, a := range links {
		if id := webtest.Attr(a, "href")[1:]; !p.Has("[id='" + id + "']") {
			t.Errorf("%q leads to %q, which is not on the page", webtest.Text(a), id)
		}
	}
	return p
}

// sound fails when something that must hold of the till does not.
func (d *desk) sound() {
	d.t.Helper()
	d.Read(func(tx *db.Tx) error {
		broken, err := domain.Verify(d.t.Context(), tx)
		for _, b := range broken {
			d.t.Error(b)
		}
		return err
	})
}

// A day at the counter: open, find the family, take a cheque, print, take it back, count, close, deposit.
func TestADayAtTheCounter(t *testing.T) {
	d := newDesk(t)
	defer d.sound()
	v := d.in("regie")
	p := v.Get(till.Home).Want(200).Says("main", "La caisse est fermée", "Aucune quittance")
	p = p.Form("Ouvrir la caisse").Fill("fonds", "cent").Send().Want(422).Says("[role=alert]", "Écrivez un montant")
	p = p.Form("Ouvrir la caisse").Fill("fonds", "50").Send().Want(200).Says("[role=status]", "La caisse est ouverte")
	p = v.Get(till.Home+"?q=antoine").Want(200).Says("#resultats", "Martin Claire", "100,00\u00a0€").Click("Martin Claire").Want(200).
		Says("main", "2026-000041", "2026-000042", "Échue", "20,00\u00a0€")
	f := p.Form("Encaisser")
	if f.Value("montant") != "100,00" || f.Value("payeur") != "Claire Martin" {
		t.Errorf("proposed: %q from %q", f.Value("montant"), f.Value("payeur"))
	}
	p = f.Fill("banque", "LCL").Fill("montant", "70").Send().Want(422).Says("[role=alert]", "Indiquez le numéro du chèque")
	f = p.Form("Encaisser")
	if f.Value("banque") != "LCL" || f.Value("montant") != "70" {
		t.Error("what was typed is lost")
	}
	f.Fill("numero", "0012345")
	receipt := f.Send().Want(200).Says("[role=status]", "70,00\u00a0€").Says("main", "Quittance n° 2026-000001", "LCL, n° 0012345, Claire Martin", "soixante-dix euros", "2026-000042", "10,00\u00a0€")
	f.Send().Want(200).WantPath(receipt.URL.Path) // a second click
	f.Fill("montant", "71").Send().Want(409).Says("main", "déjà été enregistré", "2026-000001")
	f.Fill("montant", "70").Fill("numero", "0012346").Send().Want(409).Says("main", "déjà été enregistré")
	text := printed(t, receipt.Click("Imprimer la quittance (PDF)").Want(200).Body)
	for _, part := range []string{"Quittance n° 2026-000001", "Régie de recettes enfance", "Claire Martin", "70,00 €", "soixante-dix euros", "Chèque", "Factures 2026-000041 et 2026-000042", "regie", "Signature"} {
		if !strings.Contains(text, part) {
			t.Errorf("the receipt does not say %q:\n%s", part, text)
		}
	}
	receipt.Submit("Annuler la quittance").Want(422).Says("[role=alert]", "Indiquez pourquoi")
	undo := receipt.Form("Annuler la quittance").Fill("motif", "Mauvais montant")
	p = undo.Send().Want(200).Says("main", "Annulation n° 2026-000002", "Mauvais montant")
	undo.Send().Want(200).WantPath(p.URL.Path) // a second click
	undo.Fill("motif", "Autre chose").Send().Want(422).Says("main", "déjà annulée")
	p.Click("Quittance 2026-000001").Want(200).Says("main", "Cette quittance est annulée")
	claire := d.in("claire.martin")
	own := claire.Get("/espace/quittances").Want(200).Says("main", "2026-000001 (PDF)", "Annulée", "2026-000002 (PDF)", "70,00\u00a0€")
	if text := printed(t, own.Click("2026-000001 (PDF)").Want(200).Body); !strings.Contains(text, "a été annulée") {
		t.Errorf("the receipt that was taken back: %s", text)
	}
	karim := d.in("karim.benali")
	karim.Get("/espace/quittances").Want(200).Says("main", "Aucun paiement")
	karim.Get("/espace/quittances/" + path.Base(receipt.URL.Path)).Want(404)
	d.cashAndClose(v)
}

// cashAndClose takes cash, too much of it first, then closes the day with a coin too few.
func (d *desk) cashAndClose(v *webtest.Visitor) {
	family := till.Home + "/foyers/" + d.Claire.HouseholdID
	p := v.Get(family).Form("Encaisser").Tick("moyen", "cash").Fill("montant", "900").Send().Want(422).Says("[role=alert]", "On ne prend pas plus de 300,00\u00a0€")
	p.Form("Encaisser").Fill("montant", "60,50").Send().Want(200).Says("main", "2026-000003")
	p = v.Get(till.Home).Click("Compter et arrêter la caisse").Want(200).Says("main", "110,50\u00a0€")
	p = p.Form("Arrêter la journée").Fill("n5000", "2").Fill("n1000", "1").Send().Want(422).Says("[role=alert]", "expliquez l’écart de −\u00a00,50\u00a0€")
	p = p.Form("Arrêter la journée").Fill("remarque", "Une pièce manque").Send().Want(200).Says("[role=status]", "Écart").Says("main", "Une pièce manque", "Billet de 50\u00a0€")
	if text := printed(d.t, p.Click("Imprimer l’arrêté (PDF)").Want(200).Body); !strings.Contains(text, "Une pièce manque") {
		d.t.Errorf("the closing: %s", text)
	}
	v.Get(till.Home+"/caisse").Want(200).Says("main", "−\u00a00,50\u00a0€")
	p = v.Get(till.Home+"/versements").Want(200).Says("main", "60,00\u00a0€", "Aucun chèque n’attend")
	p = linked(d.t, p.Form("Faire le bordereau de versement").Fill("n5000", "2").Send().Want(422).Says("[role=alert]", "la caisse ne contient que 60,00\u00a0€"))
	slip := p.Form("Faire le bordereau de versement").Fill("n5000", "1").Fill("n1000", "1")
	p = slip.Send().Want(200)
	slip.Send().Want(200).WantPath(p.URL.Path) // a second click
	slip.Fill("n1000", "").Send().Want(409).Says("main", "déjà été enregistré")
	linked(d.t, p.Submit("Annuler le bordereau").Want(422).Says("[role=alert]", "Indiquez pourquoi"))
	undo := p.Form("Annuler le bordereau").Fill("motif", "Mauvais compte")
	back := undo.Send().Want(200).Says("main", "Annulation de bordereau n° 2026-000002", "Mauvais compte")
	undo.Send().Want(200).WantPath(back.URL.Path) // a second click
	if text := printed(d.t, back.Click("Imprimer le bordereau (PDF)").Want(200).Body); !strings.Contains(text, "Mauvais compte") {
		d.t.Errorf("the slip that undoes: %s", text)
	}
	p.Follow(p.URL.Path).Want(200).Says("main", "Ce bordereau est annulé", "Annulation 2026-000002")
	p = v.Get(till.Home+"/versements").Want(200).Says("main", "Annulé").Form("Faire le bordereau de versement").Fill("n5000", "1").Fill("n1000", "1").Send().Want(200)
	p.Says("main", "Versement au comptable n° 2026-000003", "soixante euros")
	text := printed(d.t, p.Click("Imprimer le bordereau (PDF)").Want(200).Body)
	for _, part := range []string{"Bordereau de versement n° 2026-000003", "Quittances 2026-000001 à 2026-000003", "Billet de 50", "Le comptable"} {
		if !strings.Contains(text, part) {
			d.t.Errorf("the slip does not say %q:\n%s", part, text)
		}
	}
	p = v.Get(till.Home+"/journal?du=2026-12-01&au=2026-12-31").Want(200).Says("main", "60,50\u00a0€", "Écart de caisse", "Versement au comptable 2026-000003", "Annulation de bordereau 2026-000002", "Annulation de la quittance 2026-000001")
	if csv := p.Click("Tableur pour la trésorerie").Want(200).Body; !strings.Contains(csv, ";2026-000003;Claire Martin;Espèces;") {
		d.t.Errorf("the journal: %s", csv)
	}
	if csv := p.Click("Écritures par compte").Want(200).Body; !strings.Contains(csv, ";cash;Caisse;") {
		d.t.Errorf("the accounting: %s", csv)
	}
	v.Get(till.Home+"/journal?moyen=card").Want(200).Says("main", "Aucune écriture")
	v.Get(till.Home + "/journal/rien.csv").Want(404)
}

// Titles are read one by one; what cannot be read is said beside them, and kept.
func TestTitlesAtTheCounter(t *testing.T) {
	d := newDesk(t)
	defer d.sound()
	v := d.in("regie")
	v.Get(till.Home).Form("Ouvrir la caisse").Send().Want(200)
	family := till.Home + "/foyers/" + d.Claire.HouseholdID
	p := v.Get(family).Form("Encaisser").Tick("moyen", "cesu").Fill("montant", "").Fill("titres", "1234567\nAB12").Send().Want(422).
		Says("[role=alert]", "Indiquez qui a émis les titres", "Ligne 1", "indiquez la valeur")
	p = p.Form("Encaisser").Fill("emetteur", "Edenred").Fill("valeur", "5").Send().Want(422).Says("[role=alert]", "Ligne 2, « AB12 »")
	titles := p.Form("Encaisser").Fill("titres", "1234567 à 1234570")
	p = titles.Send().Want(200).Says("main", "20,00\u00a0€", "4 titres CESU", "1234568")
	titles.Send().Want(200).WantPath(p.URL.Path) // a second click
	titles.Fill("titres", "1234567 à 1234569\n1234571").Send().Want(409).Says("main", "déjà été enregistré")
	if text := printed(t, p.Click("Imprimer la quittance (PDF)").Body); !strings.Contains(text, "1234570") {
		t.Errorf("the receipt does not list the titles: %s", text)
	}
	p = v.Get(family).Form("Encaisser").Tick("moyen", "cesu").Fill("montant", "").Fill("emetteur", "Edenred").Fill("valeur", "5").Fill("titres", "1234570").Send().Want(422).
		Says("[role=alert]", "a déjà été encaissé")
	// The agent chooses the second invoice, which is paid by another hand meanwhile: nothing else is paid instead.
	var first, second string
	for _, n := range p.All("input.till__part") {
		first, second = second, webtest.Attr(n, "name")
	}
	stale := v.Get(family).Form("Encaisser").Tick("moyen", "transfer").Fill("reference", "VIR 6").Fill(first, "5").Fill(second, "40").Fill("montant", "45")
	stale.Fill("paye_le", "2020-01-01").Send().Want(422).Says("[role=alert]", "date de plus d’un an")
	stale.Fill("paye_le", "2026-11-30").Fill(first, "beaucoup")
	linked(t, stale.Send().Want(422).Says("[role=alert]", "Écrivez un montant"))
	stale.Fill(first, "5")
	chosen := p.Form("Encaisser").Tick("moyen", "transfer").Fill("montant", "50").Fill("reference", "VIR 7").Fill(second, "40")
	chosen.Send().Want(200).Says("main", "2026-000042", "Avance", "10,00\u00a0€")
	chosen.Fill(second, "30").Send().Want(409).Says("main", "déjà été enregistré") // the same money, for other invoices
	f := linked(t, stale.Send().Want(422).Says("[role=alert]", "La facture 2026-000042 n’est plus à payer")).Form("Encaisser")
	if f.Value(first) != "5" || f.Value("montant") != "45" || f.Value("reference") != "VIR 6" {
		t.Error("what was typed is lost")
	}
	v.Get(till.Home+"/versements").Want(200).Says("main", "4 titres").Form("Faire le bordereau de versement").Send().Want(200).Says("main", "CESU papier", "1234569", "Virement du compte DFT")
}

// An invoice that a direct debit will pay says so, before money is taken for it too.
func TestTheCounterTellsOfADebit(t *testing.T) {
	d := newDesk(t)
	v, ctx := d.in("regie"), t.Context()
	family := till.Home + "/foyers/" + d.Claire.HouseholdID
	if strings.Contains(v.Get(family).Want(200).Body, "Prélèvement prévu") {
		t.Error("nothing is to be debited")
	}
	var regie staff.Agent
	var batch mandate.Batch
	d.Write(func(tx *db.Tx) error {
		regie = d.AddAgent(tx, "regie2", staff.Regie)
		if err := mandate.Save(ctx, tx, d.Direction, mandate.Settings{On: true, Name: "Régie", Street: "5 rue Marconi", Postcode: "78400", City: "Essai", Version: sepa.Pain00808, First: true,
			Notice: 14, Lead: 2, Rejections: 2}, mandate.Typed{SIRET: "73282932000074", ICS: "FR72ZZZ123456", IBAN: "FR7610071780000000100012310", BIC: "TRPUFRP1", Prefix: "PF78146"}); err != nil {
			return err
		}
		set, err := mandate.SettingsOf(ctx, tx)
		if err != nil {
			return err
		}
		today := civil.DateOf(tx.Now, d.Loc)
		if _, err := mandate.Sign(ctx, tx, d.KeyFor(mandate.KeyPurpose), d.Claire, mandate.Signature{Typed: "FR1420041010050500013M02606", Holder: "Claire Martin", Street: "12 rue des Landes",
			PostalCode: "78400", City: "Essai", SignedOn: today, Today: today, Agreed: true, Terms: set.TermsVersion()}); err != nil {
			return err
		}
		if batch, err = mandate.Make(ctx, tx, regie, db.NewID(), civil.MustParse("2026-12-29"), today); err != nil {
			return err
		}
		_, err = mandate.GatherSlice(ctx, tx, batch.ID, "")
		return err
	})
	v.Get(family).Want(200).Says("main", "Prélèvement prévu", "60,00\u00a0€ le")
	d.notAtTheCounter(regie, batch)
}

// notAtTheCounter shows that what a bank moved is not taken back by hand while there is a refund or a rejection for it.
func (d *desk) notAtTheCounter(regie staff.Agent, batch mandate.Batch) {
	t, ctx := d.t, d.t.Context()
	d.Write(func(tx *db.Tx) error { return mandate.Send(ctx, tx, regie, batch.ID, civil.DateOf(tx.Now, d.Loc)) })
	d.SetClock("2026-12-29T09:00")
	var card, debit, twice domain.Receipt
	d.Write(func(tx *db.Tx) error {
		today := civil.DateOf(tx.Now, d.Loc)
		if _, err := mandate.CollectSlice(ctx, tx, today); err != nil {
			return err
		}
		list, err := domain.Latest(ctx, tx, domain.DefaultOffice, 1)
		if err != nil {
			return err
		}
		debit = list[0]
		pay := domain.Take{HouseholdID: d.Claire.HouseholdID, PayerName: "Claire Martin", Means: domain.Card, Cents: 10_00, Source: "payment:a", Day: today, By: "bank:paybox"}
		if card, err = domain.Record(ctx, tx, pay); err != nil {
			return err
		}
		pay.Source += ":2"
		if twice, err = domain.Record(ctx, tx, pay); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO payment_attempts (id, household_id, guardian_id, payer_name, email, bank, reference, cents, state, created_at, changed_at, receipt_id)
			VALUES ('a', $1, $2, 'Claire Martin', '', 'paybox', 'R1', 1000, 'paid', $3, $3, $4)`, d.Claire.HouseholdID, d.Claire.ID, tx.Now, card.ID)
		return err
	})
	d.SetClock("2026-12-02T09:00") // before agents are asked for a second step
	v := d.in("regie")
	for id, says := range map[string]string{card.ID: "Rembourser ce paiement en ligne", debit.ID: "Enregistrer le rejet de ce prélèvement"} {
		page := v.Get(till.Home+"/quittances/"+id).Want(200).Says("main", says)
		if page.Has("[name=motif]") {
			t.Error("the receipt may be taken back at the counter")
		}
		v.Post(till.Home+"/quittances/"+id+"/annulation", url.Values{"motif": {"erreur"}}).Want(422).Says("main", "jamais au guichet")
	}
	v.Get(till.Home+"/quittances/"+twice.ID).Want(200).Form("Annuler la quittance").Fill("motif", "Payé deux fois").Send().Want(200).Says("main", "Annulation n°")
	d.Write(func(tx *db.Tx) error { // the bank gave it back while the till refused: the receipt alone is left
		_, err := tx.Exec(ctx, `INSERT INTO payment_refunds (id, attempt_id, way, cents, reason, state, code, asked_at, asked_by, asked_by_name, settled_at)
			VALUES ('r', 'a', 'hand', 1000, 'x', 'done', '', $1, '', '', $1)`, tx.Now)
		return err
	})
	v.Get(till.Home+"/quittances/"+card.ID).Want(200).Form("Annuler la quittance").Fill("motif", "Remboursé").Send().Want(200).Says("main", "Annulation n°")
	d.sound()
}

// A transfer that names nobody waits at the counter until its family is found; the office changes hands at a closed till.
func TestTransferAndHandover(t *testing.T) {
	d := newDesk(t)
	defer d.sound()
	v := d.in("regie")
	p := v.Get(till.Home).Click("Virement sans famille connue").Want(200)
	p = p.Submit("Enregistrer le virement").Want(422).Says("[role=alert]", "Indiquez ce que dit le relevé")
	f := linked(t, p).Form("Enregistrer le virement").Fill("payeur", "M OU MME MARTIN").Fill("montant", "60").Fill("reference", "CANTINE").Fill("paye_le", "2027-01-01")
	f.Send().Want(422).Says("[role=alert]", "Ce jour est à venir")
	p = f.Fill("paye_le", "2026-12-01").Send().Want(200).Says("main", "M OU MME MARTIN", "Aucune famille")
	f.Send().Want(200).WantPath(p.URL.Path) // a second click
	f.Fill("payeur", "M DURAND").Send().Want(409).Says("main", "déjà été enregistré")
	f.Fill("payeur", "M OU MME MARTIN").Fill("reference", "CENTRE").Send().Want(409)
	v.Get(till.Home).Says("main", "1 recette à classer", "CANTINE")
	id := path.Base(p.URL.Path)
	p = v.Get(till.Home+"/a-classer/"+id+"?q=martin").Want(200).Submit("Classer chez Martin Claire").Want(200).Says("main", "Martin Claire", "2026-000041")
	v.Get(till.Home + "/a-classer/" + id).Want(200).WantPath(p.URL.Path)

	p = v.Get(till.Home+"/regie").Want(200).Says("main", "Personne n’est nommé régisseur")
	p = p.Form("Enregistrer ces règles").Fill("plafond", "50").Fill("nom", "").Send().Want(422).Says("[role=alert]", "Indiquez le nom de la régie")
	p = linked(t, p.Form("Enregistrer ces règles").Fill("nom", "Régie périscolaire").Fill("especes", "").Fill("delai", "").Send().Want(422).
		Says("[role=alert]", "Indiquez un montant, 0 s’il n’y en a pas", "Indiquez un nombre de jours"))
	p = p.Form("Enregistrer ces règles").Fill("especes", "300").Fill("delai", "30").Send().Want(200).Says("[role=status]", "enregistrées")
	v.Get(till.Home).Says("main", "plafond de l’encaisse est de 50,00\u00a0€")
	p = p.Submit("Enregistrer la remise de service").Want(422).Says("[role=alert]", "Indiquez qui prend la régie")
	p = linked(t, p.Form("Enregistrer la remise de service").Fill("entrant", "Anne Petit").Fill("n1000", "1").Send().Want(422).Says("[role=alert]", "vous comptez 10,00\u00a0€"))
	f = p.Form("Enregistrer la remise de service").Fill("n1000", "").Fill("observations", "Coffre remis.\nDeux clés.")
	p = f.Send().Want(200)
	f.Send().Want(200).WantPath(p.URL.Path) // a second click
	f.Fill("observations", "Coffre remis.").Send().Want(409).Says("main", "déjà été enregistré", "Anne Petit")
	v.Get(till.Home+"/regie").Form("Enregistrer la remise de service").Fill("entrant", "Anne Petit").Send().Want(422).Says("[role=alert]", "Anne Petit tient déjà la régie")
	p = p.Says("main", "Anne Petit", "2026-000001")
	if text := printed(t, p.Click("Imprimer le procès-verbal (PDF)").Want(200).Body); !strings.Contains(text, "Anne Petit") || !strings.Contains(text, "Compte DFT") {
		t.Errorf("the record: %s", text)
	}
	v.Get(till.Home+"/regie").Says("main", "Régisseur : Anne Petit")
	v.Get(till.Home).Form("Ouvrir la caisse").Send().Want(200)
	v.Get(till.Home+"/regie").Says("main", "Arrêtez d’abord la journée")
	d.SetClock("2026-12-02T09:00")
	d.in("regie").Get(till.Home).Says("main", "La caisse est ouverte depuis le 1er décembre 2026")
}

// The régie is the town's: an agent of one school has no part in it, nor has an agent of another role.
func TestTheTillIsTheTowns(t *testing.T) {
	d := newDesk(t)
	d.in("directrice").Get(till.Home).Want(403)
	d.in("agent.enfance").Get(till.Home).Want(403)
	d.in("claire.martin").Get(till.Home).Want(404)
	d.in("direction").Get(till.Home).Want(200)
	d.in("regie").Get(till.Home + "/quittances/0").Want(404)
}

// What was handed over is not cashed any more: it goes in a sheet, and in a draft once the codes are known.
func TestReceivablesOfTheTreasury(t *testing.T) {
	d := newDesk(t)
	v := d.in("regie")
	v.Get(till.Home+"/tresorerie").Want(200).Says("main", "Aucune créance")
	d.Write(func(tx *db.Tx) error {
		due, err := billing.Due(t.Context(), tx, d.Claire.HouseholdID)
		if err != nil {
			return err
		}
		return billing.HandOver(t.Context(), tx, []string{due[0].InvoiceID}, "B-7", civil.MustParse("2026-12-01"), household.By{Actor: "agent:essai", Name: "Essai"})
	})
	p := v.Get(till.Home+"/tresorerie").Want(200).Says("main", "2026-000041", "B-7", "60,00\u00a0€", "Brouillon non validé")
	if csv := p.Click("Tableur des créances").Want(200).Body; !strings.Contains(csv, "2026-000041;2026-11-05;2026-11-30;B-7;") {
		t.Errorf("the sheet: %s", csv)
	}
	linked(t, v.Get(till.Home+"/tresorerie/brouillon-pes.xml?numero=7&periode=1").Want(422).Says("[role=alert]", "Le brouillon ne peut pas être écrit"))
	for _, periode := range []string{"", "0", "10", "deux"} {
		linked(t, v.Get(till.Home+"/tresorerie/brouillon-pes.xml?numero=7&periode="+periode).Want(422))
	}
	v.Get(till.Home+"/tresorerie?bordereau=B-8").Want(200).Says("main", "0", "facture")
	d.Read(func(tx *db.Tx) error {
		list, err := domain.Receivables(t.Context(), tx, "B-8")
		if len(list) != 0 {
			t.Errorf("of another slip: %+v", list)
		}
		return err
	})
	v.Get(till.Home + "/tresorerie/rien").Want(404)
	p = p.Form("Enregistrer ces codes").Fill("poste", "0780121").Fill("siret", "21780146700011").Fill("collectivite", "300").Fill("budget", "00").Fill("nature", "7067").Send().Want(422).
		Says("[role=alert]", "Ce n’est pas un SIRET")
	p = p.Form("Enregistrer ces codes").Fill("siret", "356 000 000 00048").Send().Want(200).Says("[role=status]", "enregistrés")
	draft := p.Form("Télécharger le brouillon").Fill("numero", "7").Send().Want(200).Body
	if !strings.Contains(draft, `<MtHT V="60.00"/>`) || !strings.Contains(draft, "brouillon non valide") {
		t.Errorf("the draft: %s", draft)
	}
	// The till takes no money for it: the next invoice is paid, and its own number is not offered.
	p = v.Get(till.Home+"/foyers/"+d.Claire.HouseholdID).Want(200).Says("main", "recouvré par la trésorerie", "2026-000042")
	if strings.Contains(p.Text("main"), "2026-000041") {
		t.Error("what the treasury recovers is offered at the counter")
	}
}
