package debits_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/dunning"
	"preau/internal/household"
	"preau/internal/mandate"
	"preau/internal/money"
	"preau/internal/pdf/pdftest"
	"preau/internal/sepa"
	"preau/internal/staff"
	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/debits"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
	"preau/internal/work"
)

const compte = "FR14 2004 1010 0505 0001 3M02 606"

// desk is a town that offers direct debits, with a family, a régie and a direction.
type desk struct {
	*signintest.House
	t         *testing.T
	claire    household.Guardian
	direction staff.Agent
	number    int
}

func open(t *testing.T, settled bool) *desk {
	t.Helper()
	d := &desk{t: t}
	d.House = signintest.New(t, towntest.New(t, db.SQLite), func(s *web.Server, door *signin.Door) { debits.Pages{Door: door}.Routes(s) })
	d.claire = d.Family("claire.martin", "Claire", "Martin")
	d.Agent("regie", staff.Regie)
	d.direction = d.Agent("direction", staff.Direction)
	if !settled {
		return d
	}
	d.Write(func(tx *db.Tx) error {
		return mandate.Save(context.Background(), tx, d.direction, mandate.Settings{On: true, Name: "Régie enfance de la Ville d’Essai", Street: "5 rue Marconi", Postcode: "78400",
			City: "Essai", Version: sepa.Pain00808, First: true, Notice: 14, Lead: 2, Rejections: 2},
			mandate.Typed{SIRET: "73282932000074", ICS: "FR72ZZZ123456", IBAN: "FR7610071780000000100012310", BIC: "TRPUFRP1", Prefix: "PF78146"})
	})
	return d
}

// owe gives Claire's household an issued invoice, as a run would.
func (d *desk) owe(cents money.Cents, issued, due string) (id string) {
	d.t.Helper()
	ctx := d.t.Context()
	d.number++
	id = db.NewID()
	d.Write(func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO billing_runs (id, month, household_id, from_day, to_day, examine_from, state, done_to, created_at, created_by, created_by_name, gathered_at, issued_at)
				VALUES ($1, '2026-11', $2, '2026-11-01', '2026-11-30', '2026-11-01', 'issued', '', $3, '', '', $3, $3)`, id, d.claire.HouseholdID, tx.Now); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO invoices (id, run_id, household_id, kind, series, year, number, label, payer_reference, payer_name, payer_line, payer_postal_code,
				payer_city, from_day, to_day, total_cents, earlier_cents, before_cents, made_at, issued_at, issued_on, due_on)
			VALUES ($1, $1, $2, 'invoice', 'F', 2026, $3, $4, '', '', '', '', '', '2026-11-01', '2026-11-30', $5, 0, 0, $6, $6, $7, $8)`,
			id, d.claire.HouseholdID, d.number, fmt.Sprintf("2026-%06d", d.number), cents, tx.Now, civil.MustParse(issued), civil.MustParse(due)); err != nil {
			return err
		}
		_, err := billing.Post(ctx, tx, billing.Entry{HouseholdID: d.claire.HouseholdID, Kind: billing.EntryInvoice, Cents: cents, Source: "invoice:" + id, InvoiceID: id,
			Label: "Facture", Day: civil.MustParse(issued), By: "system"})
		return err
	})
	return id
}

// work runs the jobs of the town, with its schedule.
func (d *desk) work() {
	d.t.Helper()
	if _, err := work.Worker(d.Town.Town).RunDue(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
}

// mails are the subjects of the mails sent.
func (d *desk) mails() string {
	var subjects []string
	for _, m := range d.Mailbox.List() {
		subjects = append(subjects, m.Subject)
	}
	return strings.ReplaceAll(strings.Join(subjects, "\n"), "\u00a0", " ")
}

func fill(f *webtest.Form) *webtest.Form {
	return f.Fill("iban", compte).Fill("adresse", "12 rue des Landes").Fill("code_postal", "78400").Fill("commune", "Essai").Tick("accord", "oui")
}

// A family signs on line, changes its account, reads its copy, and stops.
func TestAFamilySigns(t *testing.T) {
	d := open(t, true)
	v, _ := d.SignIn("claire.martin")
	p := v.Get("/espace/prelevement").Want(200).Says("main", "FR72ZZZ123456", "8 semaines", "Régie enfance de la Ville d’Essai")
	form := p.Form("Signer le mandat de prélèvement")
	if form.Value("titulaire") != "Claire Martin" || form.Value("commune") != "Essai" {
		t.Error("what is known of the family is not in the form")
	}
	wrong := form.Fill("iban", "FR7630006000011234567980189").Send().Want(422).Says("#e-iban, [role=alert]", "mal recopié")
	if got := wrong.Form("Signer le mandat de prélèvement").Value("iban"); got != "FR7630006000011234567980189" {
		t.Errorf("the form lost what was typed: %q", got)
	}
	p = fill(wrong.Form("Signer le mandat de prélèvement")).Send().Want(200).Says("[role=status]", "Votre mandat est signé")
	p.Says("main", "PF78146000001", "FR14 •••• •••• 2606", "Actif")
	if strings.Contains(p.Body, "0505 0001") || strings.Contains(p.Body, "FR1420041010050500013M02606") {
		t.Error("the page shows the whole account")
	}
	copied := v.Get("/espace/prelevement/mandat.pdf").Want(200)
	text := strings.Join(pdftest.Text(t, []byte(copied.Body)), "\n")
	for _, want := range []string{"PF78146000001", "FR72ZZZ123456", "Claire Martin", "en ligne"} {
		if !strings.Contains(text, want) {
			t.Errorf("the copy does not say %q:\n%s", want, text)
		}
	}
	d.work()
	if !strings.Contains(d.mails(), "votre mandat est signé") {
		t.Errorf("mails: %s", d.mails())
	}
	p = v.Get("/espace/prelevement").Click("Changer de compte").Want(200)
	same := fill(p.Form("Enregistrer ce compte")).Send().Want(422).Says("[role=alert]", "déjà le compte")
	fill(same.Form("Enregistrer ce compte")).Fill("iban", "DE89370400440532013000").Send().Want(200).Says("main", "DE89 •••• •••• 3000")
	v.Get("/espace/prelevement").Click("Arrêter le prélèvement").Submit("Arrêter le prélèvement").Want(200).Says("[role=status]", "arrêté")
	v.Get("/espace/prelevement").Says("main", "arrêté à votre demande")
	v.Get("/espace/prelevement/mandat.pdf").Want(404)
	v.Get("/espace/prelevement/arret").WantPath("/espace/prelevement")
	v.Get("/espace/prelevement/compte").WantPath("/espace/prelevement")
}

func TestNotOffered(t *testing.T) {
	d := open(t, false)
	v, _ := d.SignIn("claire.martin")
	v.Get("/espace/prelevement").Want(200).Says("main", "ne propose pas encore")
	v.Post("/espace/prelevement", url.Values{"iban": {compte}}).Want(422)
	v.Get("/prelevement/mandat.pdf").Want(404)
	v, _ = d.SignIn("regie")
	v.Get("/bureau/prelevements").Want(200).Says("main", "pas encore renseigné")
	v.Get("/bureau/prelevements/reglages").Want(403)
	v, _ = d.SignIn("direction")
	form := v.Get("/bureau/prelevements").Click("Réglages").Form("Enregistrer les réglages")
	form.Fill("nom", "Régie").Fill("adresse", "5 rue Marconi").Fill("code_postal", "78400").Fill("commune", "Essai").Fill("siret", "73282932000075").Fill("ics", "FR72ZZZ123456").
		Fill("iban", "FR7610071780000000100012310").Fill("rum", "PF").Send().Want(422).Says("[role=alert]", "SIRET")
	form.Fill("siret", "73282932000074").Tick("propose", "oui").Send().Want(200).Says("[role=status]", "enregistrés")
	blank := v.Get("/prelevement/mandat.pdf").Want(200)
	if text := strings.Join(pdftest.Text(t, []byte(blank.Body)), "\n"); !strings.Contains(text, "FR72ZZZ123456") || !strings.Contains(text, "Signature du titulaire") {
		t.Errorf("the form says\n%s", text)
	}
}

// The régie prepares a batch, sends it, records the rejection; the family sees each step.
func TestABatchAtTheDesk(t *testing.T) {
	d := open(t, true)
	v, _ := d.SignIn("regie")
	p := v.Get("/bureau/prelevements/mandats/nouveau?q=martin").Want(200).Click("Martin Claire")
	form := p.Form("Enregistrer le mandat").Fill("iban", compte).Fill("titulaire", "Claire Martin")
	form.Send().Want(422).Says("[role=alert]", "date de la signature")
	form.Fill("signe_le", "2026-09-01").Send().Want(200).Says("main", "PF78146000001", "Signé sur papier")
	id := strings.TrimPrefix(v.Get("/bureau/prelevements/mandats").Want(200).Attr("tbody a", "href"), "/bureau/prelevements/mandats/")
	v.Get("/bureau/prelevements/mandats/" + id + "/copie.pdf").Want(200)
	v.Get("/bureau/prelevements/mandats/" + id).Form("Suspendre le prélèvement")
	v.Post("/bureau/prelevements/mandats/"+id+"/etat", url.Values{"acte": {"suspendre"}}).Want(422)
	v.Post("/bureau/prelevements/mandats/"+id+"/etat", url.Values{"acte": {"suspendre"}, "motif": {"changement de banque"}}).Want(200).Says("main", "Suspendu")
	v.Get("/bureau/prelevements/mandats?etat=suspended").Says("main", "PF78146000001")
	v.Post("/bureau/prelevements/mandats/"+id+"/etat", url.Values{"acte": {"reprendre"}}).Want(200).Says("[role=status]", "reprend")

	d.owe(42_17, "2026-11-10", "2026-11-30")
	d.owe(5_00, "2026-12-01", "2026-12-10")
	v.Get("/bureau/prelevements/nouveau?echeance=2026-12-05").Want(422).Says("[role=alert]", "banques sont fermées")
	p = v.Get("/bureau/prelevements").Click("Préparer un lot").Want(200).Says("main", "42,17 €", "premier prélèvement", "Facture trop récente")
	p = p.Submit("Préparer le lot du 3 décembre").Want(200).Says("[role=status]", "en préparation")
	batch := p.URL.Path
	d.work()
	p = v.Get(batch).Want(200).Says("main", "À transmettre", "42,17 €")
	if file := v.Get(batch + "/fichier.xml").Want(200).Body; !strings.Contains(file, "FR1420041010050500013M02606") {
		t.Error("the file has not the account")
	}
	debit := p.Attr("tbody a", "href")
	v.Get(debit).Want(200).Form("Retirer du lot").Send().Want(422)
	if !strings.Contains(d.mails(), "Prélèvement de 42,17 € le 3 décembre") {
		t.Errorf("mails: %s", d.mails())
	}
	family, _ := d.SignIn("claire.martin")
	family.Get("/espace/prelevement").Says("main", "À venir", "2026-000001", "Annoncé")
	p.Submit("Noter que le fichier est transmis").Want(200)
	d.SetClock("2026-12-03T06:30")
	d.work()
	family, _ = d.SignIn("claire.martin")
	family.Get("/espace/prelevement").Says("main", "Prélevé")
	v, _ = d.SignIn("regie")
	v.Get(debit).Form("Enregistrer le rejet").Send().Want(422)
	p = v.Get(batch)
	p.Form("Enregistrer ces rejets").Fill("liste", "X1 AM04").Send().Want(422).Says("[role=alert]", "X1")
	v.Get(debit).Form("Enregistrer le rejet").Fill("code", "AM04").Send().Want(200).Says("main", "provision insuffisante")
	d.work()
	if !strings.Contains(d.mails(), "Prélèvement rejeté : 42,17 € à régler") {
		t.Errorf("mails: %s", d.mails())
	}
	d.Read(func(tx *db.Tx) error {
		due, err := billing.Due(t.Context(), tx, d.claire.HouseholdID)
		if len(due) != 2 {
			t.Errorf("after the rejection: %+v", due)
		}
		return err
	})
	v.Get(batch).Says("main", "Rejeté par la banque")
}

// A family that paid otherwise is named on the page, and to whoever asks for the file all the same.
func TestAStaleBatchAtTheDesk(t *testing.T) {
	d := open(t, true)
	v, _ := d.SignIn("regie")
	v.Get("/bureau/prelevements/mandats/nouveau?q=martin").Click("Martin Claire").Form("Enregistrer le mandat").Fill("iban", compte).Fill("titulaire", "Claire Martin").
		Fill("signe_le", "2026-09-01").Send().Want(200)
	id := d.owe(42_17, "2026-11-10", "2026-11-30")
	batch := v.Get("/bureau/prelevements/nouveau").Submit("Préparer le lot du 3 décembre").Want(200).URL.Path
	d.work()
	if body := v.Get(batch).Want(200).Body; strings.Contains(body, "À retirer avant de transmettre") {
		t.Error("nothing was paid, and the batch is stale")
	}
	d.Write(func(tx *db.Tx) error {
		_, _, err := billing.Pay(t.Context(), tx, billing.Payment{HouseholdID: d.claire.HouseholdID, Source: "x", Label: "x", Cents: 42_17, Day: civil.New(2026, 12, 1), By: "system",
			Shares: []billing.Share{{InvoiceID: id, Cents: 42_17}}})
		return err
	})
	p := v.Get(batch).Want(200).Says("main", "À retirer avant de transmettre", "Martin")
	v.Get(batch+"/fichier.xml").Want(422).Says("main", "Réglé autrement depuis la préparation", "Martin", "Retirez ces prélèvements du lot")
	p.Submit("Noter que le fichier est transmis").Want(422).Says("main", "Réglé autrement")
	p.Click("Martin Claire, 2026-000001-1, 42,17\u00a0€").Want(200).Form("Retirer du lot").Fill("motif", "réglé au guichet").Send().Want(200)
}

// A batch that is given up: the families are told, and the invoices can be debited another day.
func TestABatchIsCancelled(t *testing.T) {
	d := open(t, true)
	family, _ := d.SignIn("claire.martin")
	fill(family.Get("/espace/prelevement").Form("Signer le mandat de prélèvement")).Send().Want(200)
	d.owe(42_17, "2026-11-10", "2026-11-30")
	v, _ := d.SignIn("regie")
	p := v.Get("/bureau/prelevements/nouveau").Submit("Préparer le lot du 3 décembre").Want(200)
	d.work()
	v.Get(p.URL.Path).Submit("Annuler ce lot").Want(200).Says("main", "Annulé")
	d.work()
	if !strings.Contains(d.mails(), "Le prélèvement du 3 décembre n’aura pas lieu") {
		t.Errorf("mails: %s", d.mails())
	}
	v.Post(p.URL.Path+"/annulation", nil).Want(409)
	v.Get(p.URL.Path + "/fichier.xml").Want(409)
	v.Get("/bureau/prelevements/nouveau").Says("main", "42,17 €")
}

// The régie follows a debt: reminders, a plan, the treasury and back.
func TestADebtAtTheDesk(t *testing.T) {
	d := open(t, true)
	v, _ := d.SignIn("direction")
	v.Get("/bureau/impayes").Want(200).Says("main", "Les rappels ne sont pas envoyés", "Aucune facture en retard")
	form := v.Get("/bureau/impayes/reglages").Form("Enregistrer les réglages")
	form.Fill("second", "1").Send().Want(422)
	form.Fill("second", "5").Fill("premier", "1").Fill("transmission", "1").Tick("relances", "oui").Send().Want(200).Says("[role=status]", "enregistrés")
	d.owe(42_17, "2026-10-01", "2026-10-31")
	d.Write(func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE households SET name = 'MARTIN Claire' WHERE id = $1`, d.claire.HouseholdID)
		return err
	})
	home := "/bureau/impayes/foyers/" + d.claire.HouseholdID
	remind := func(wall string) {
		d.SetClock(wall)
		d.Write(func(tx *db.Tx) error {
			_, err := dunning.RemindSlice(t.Context(), tx, civil.DateOf(tx.Now, d.Loc), 0)
			return err
		})
	}
	remind("2026-12-01T10:00")
	remind("2026-12-06T10:00")
	d.work()
	if mails := d.mails(); !strings.Contains(mails, "Rappel : 42,17 € à régler") || !strings.Contains(mails, "Dernier rappel : 42,17 €") {
		t.Errorf("mails: %s", mails)
	}
	v, _ = d.SignIn("direction")
	v.Get("/bureau/impayes").Says("main", "dernier rappel", "42,17 €")
	p := v.Get(home).Want(200).Says("main", "à transmettre à partir du 7 décembre")
	p.Form("Accorder l’échéancier").Fill("nombre", "13").Send().Want(422)
	p = v.Get(home).Submit("Accorder l’échéancier").Want(200).Says("main", "Échéancier en cours", "14,06 €")
	p.Submit("Arrêter l’échéancier").Want(200).Says("[role=status]", "arrêté")
	d.SetClock("2026-12-07T10:00")
	v, _ = d.SignIn("direction")
	p = v.Get(home)
	id := p.Attr("[name=factures]", "value")
	v.Post(home+"/tresor", url.Values{"factures": {id}}).Want(422).Says("[role=alert]", "bordereau")
	v.Post(home+"/tresor", url.Values{"bordereau": {"B7"}}).Want(422)
	p.Form("Transmettre les factures cochées").Tick("factures", id).Fill("bordereau", "B7").Send().Want(200).Says("main", "Au Trésor public", "B7")
	d.work()
	if !strings.Contains(d.mails(), "transmises au Trésor public") {
		t.Errorf("mails: %s", d.mails())
	}
	v.Post(home+"/retour", url.Values{"facture": {id}}).Want(422)
	v.Post(home+"/retour", url.Values{"facture": {id}, "motif": {"erreur"}}).Want(200).Says("[role=status]", "revenue à la régie")
	v.Get("/bureau/impayes/lettres/2026-12-01.pdf").Want(404)
}

// A family without an e-mail is reminded of by a letter.
func TestLettersToPrint(t *testing.T) {
	d := open(t, true)
	d.Agent("tresor", staff.Regie)
	var home household.Household
	d.Write(func(tx *db.Tx) (err error) {
		if err := dunning.Save(t.Context(), tx, d.direction, dunning.Settings{On: true, First: 1, Second: 5, HandOver: 1, HoldDays: 60}); err != nil {
			return err
		}
		home, err = household.CreateHousehold(t.Context(), tx, signintest.By, household.Household{Name: "DUPONT Paul", Address: "3 quai du Canotier", PostalCode: "78400", City: "Essai"})
		return err
	})
	d.claire.HouseholdID = home.ID
	d.owe(42_17, "2026-10-01", "2026-10-31")
	d.Write(func(tx *db.Tx) error {
		_, err := dunning.RemindSlice(t.Context(), tx, civil.New(2026, 12, 1), 0)
		return err
	})
	v, _ := d.SignIn("tresor")
	file := v.Get("/bureau/impayes").Click("Rappels du 1er décembre 2026 (PDF)").Want(200)
	if text := strings.Join(pdftest.Text(t, []byte(file.Body)), "\n"); !strings.Contains(text, "DUPONT Paul") || !strings.Contains(text, "42,17") {
		t.Errorf("the letter says\n%s", text)
	}
}

// The certificate of a year, on its page and on paper.
func TestTheCertificateOfAFamily(t *testing.T) {
	d := open(t, true)
	v, _ := d.SignIn("claire.martin")
	v.Get("/espace/attestation-fiscale").Want(200).Says("main", "Aucune attestation")
	v.Get("/espace/attestation-fiscale/2025.pdf").Want(404)
	sheet := db.JSON(dunning.Sheet{Town: "Ville d’Essai", Address: "1 place de la Mairie", SIRET: "73282932000074", Payer: "Claire Martin", Lines: []string{"12 rue des Landes", "78400 Essai"},
		Children: []dunning.Kept{{ChildID: "x", Name: "Noé Martin", BornOn: civil.New(2021, 1, 2), Cents: 812_50, CESU: 100_00}}})
	d.Write(func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO tax_certificates (id, household_id, year, number, made_on, made_at, made_by, sheet, total_cents)
			VALUES ('c', $1, 2025, 12, '2026-01-20', $2, 'x', $3, 81250)`, d.claire.HouseholdID, tx.Now, sheet)
		return err
	})
	v.Get("/espace/attestation-fiscale").Says("main", "812,50 €", "AF2025-000012", "par CESU")
	file := v.Get("/espace/attestation-fiscale/2025.pdf").Want(200)
	text := strings.Join(pdftest.Text(t, []byte(file.Body)), "\n")
	for _, want := range []string{"AF2025-000012", "Noé Martin", "200 quater B", "73282932000074", "Claire Martin"} {
		if !strings.Contains(text, want) {
			t.Errorf("the certificate does not say %q:\n%s", want, text)
		}
	}
	v, _ = d.SignIn("regie")
	v.Post("/bureau/impayes/attestations", url.Values{"annee": {"2026"}}).Want(422).Says("[role=alert]", "1er janvier")
	v.Get("/bureau/impayes/attestations").Says("main", "2025").Submit("Établir les attestations").Want(200).Says("[role=status]", "en préparation")
	d.work()
}

// Signing in a real browser, on a phone without script.
func TestSigningInABrowser(t *testing.T) {
	d := open(t, true)
	b := webtest.NewBrowser(t, webtest.View{Width: webtest.Phone, NoScript: true})
	b.Open(d.Site.URL(signintest.Host) + "/connexion?suite=/espace/prelevement")
	b.Fill("[name=identifiant]", "claire.martin")
	b.Fill("[name=mot_de_passe]", signintest.Password)
	b.Press("Ouvrir mon espace")
	b.Shot("prelevement")
	b.Wide()
	b.Axe()
	b.Fill("[name=iban]", compte)
	b.Click("[name=accord]")
	b.Press("Signer le mandat de prélèvement")
	b.Shot("prelevement-signe")
	b.Wide()
	b.Axe()
}
