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
	stale := fill(wrong.Form("Signer le mandat de prélèvement")).Fill("version", "d’hier").Send().Want(409).Says("[role=alert]", "Le texte du mandat a changé")
	if form = stale.Form("Signer le mandat de prélèvement"); form.Value("iban") != compte || form.Value("accord") != "" {
		t.Errorf("the form lost the account, or kept the box: %q, %q", form.Value("iban"), form.Value("accord"))
	}
	form = form.Tick("accord", "oui")
	p = form.Send().Want(200).Says("[role=status]", "Votre mandat est signé")
	form.Send().Want(409).Says("main", "Un mandat est déjà en cours pour votre foyer", "PF78146000001") // a double click
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
	v.Post("/espace/prelevement/arret", nil).WantPath("/espace/prelevement") // a double click
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
