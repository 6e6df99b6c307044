package debits_test

import (
	"net/url"
	"strings"
	"testing"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/dunning"
	"preau/internal/household"
	"preau/internal/pdf/pdftest"
	"preau/internal/staff"
	"preau/internal/web/signin/signintest"
)

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
	kept := v.Post(home+"/tresor", url.Values{"factures": {id}}).Want(422).Says("[role=alert]", "bordereau")
	if kept.Form("Transmettre les factures cochées").Value("factures") != id {
		t.Error("the box is not ticked any more")
	}
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
