package debits_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/mail"
)

// The régie prepares a batch, sends it, records the rejection; the family sees each step.
func TestABatchAtTheDesk(t *testing.T) {
	d := open(t, true)
	v, _ := d.SignIn("regie")
	p := v.Get("/bureau/prelevements/mandats/nouveau?q=martin").Want(200).Click("Martin Claire")
	form := p.Form("Enregistrer le mandat").Fill("iban", compte).Fill("titulaire", "Claire Martin")
	form.Send().Want(422).Says("[role=alert]", "date de la signature")
	form.Fill("signe_le", "2026-09-01").Send().Want(200).Says("main", "PF78146000001", "Signé sur papier")
	if twice := form.Send().Want(409).Says("[role=alert]", "déjà en cours"); twice.Form("Enregistrer le mandat").Value("iban") != compte {
		t.Error("the form lost the account")
	}
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
	form = p.Form("Préparer le lot du 3 décembre")
	p = form.Send().Want(200).Says("[role=status]", "en préparation")
	batch := p.URL.Path
	form.Send().WantPath(batch)                                                      // a double click
	v.Get("/bureau/prelevements/nouveau").Submit("Voir ce jour-là").Want(200)        // another tab, while it is gathered
	v.Post("/bureau/prelevements", url.Values{"echeance": {"2026-12-03"}}).Want(422) // without what the form carries
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
	for range 2 { // a double click
		p.Submit("Noter que le fichier est transmis").Want(200)
	}
	family.Get("/espace/prelevement/arret").Want(200).Says("main", "Celui du 3 décembre 2026, de 42,17 €, se fera encore").Submit("Arrêter le prélèvement").Want(200).
		Says("main", "À venir", "2026-000001", "Transmis à la banque")
	d.SetClock("2026-12-03T06:30")
	d.work()
	family, _ = d.SignIn("claire.martin")
	family.Get("/espace/prelevement").Says("main", "Prélevé")
	v, _ = d.SignIn("regie")
	v.Get(debit).Form("Enregistrer le rejet").Send().Want(422)
	p = v.Get(batch)
	p.Form("Enregistrer ces rejets").Fill("liste", "X1 AM04").Send().Want(422).Says("[role=alert]", "X1")
	v.Post("/bureau/prelevements/lots/ailleurs/rejets", url.Values{"liste": {"2026-000001-1 AM04"}}).Want(404)
	v.Get(debit).Form("Enregistrer le rejet").Fill("code", "AM04").Send().Want(200).Says("main", "provision insuffisante")
	d.work()
	if !strings.Contains(d.mails(), "Prélèvement rejeté : 42,17 € à régler") || strings.Contains(d.mails(), "n’aura pas lieu") {
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
	d.work()
	const gone = "Le prélèvement du 3 décembre n’aura pas lieu"
	if got := strings.Count(d.mails(), gone); got != 1 {
		t.Errorf("%d letters say that the debit will not be: %s", got, d.mails())
	}
	v.Get(batch).Submit("Annuler ce lot").Want(200)
	d.owe(10_00, "2026-11-10", "2026-11-30")
	p = v.Get("/bureau/prelevements/nouveau").Submit("Préparer le lot du 3 décembre").Want(200)
	v.Get(p.URL.Path).Submit("Annuler ce lot").Want(200) // before anybody was told of it
	d.work()
	if got := strings.Count(d.mails(), gone); got != 1 {
		t.Errorf("%d letters say that a debit will not be: %s", got, d.mails())
	}
	d.owe(11_00, "2026-11-10", "2026-11-30")
	v.Get("/bureau/prelevements/nouveau").Submit("Préparer le lot du 3 décembre").Want(200)
	d.work()
	stop := v.Get("/bureau/prelevements/mandats").Click("Martin Claire")
	v.Post(stop.URL.Path+"/etat", url.Values{"acte": {"arreter"}, "motif": {"à la demande de la trésorerie"}}).Want(200)
	d.work()
	if !slices.ContainsFunc(d.Mailbox.List(), func(m mail.Received) bool {
		return strings.Contains(m.Text, "Motif donné par la Ville : à la demande de la trésorerie.")
	}) {
		t.Errorf("the family is not told why: %s", d.mails())
	}
	family, _ := d.SignIn("claire.martin")
	family.Get("/espace/prelevement").Says("main", "arrêté par la Ville : à la demande de la trésorerie", "au moins 14 jours après l’envoi de la facture")
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

// A page of a hundred lines leads to the next one when there is a next one.
func TestPagesOfAHundred(t *testing.T) {
	d := open(t, true)
	v, _ := d.SignIn("regie")
	add := func(from, to int) {
		t.Helper()
		d.Write(func(tx *db.Tx) error {
			for i := from; i <= to; i++ {
				for _, row := range []string{
					`INSERT INTO debit_batches (id, number, due_on, creditor, made_at, made_by, made_by_name, gathered_at, sent_by, cancelled_by) VALUES ('lot' || $1, $2, '2026-12-10', '{}', $3, '', '', $3, '', '')`,
					`INSERT INTO debits (id, batch_id, household_id, end_to_end, rum, bank, sequence, new_account, amount_cents, receipt_id, rejected_code, rejected_by, released_why)
						SELECT 'd' || $1, 'lot001', id, 'E' || $1, 'R', '', 'RCUR', ('0' = '1'), 1, '', '', '', '' FROM households WHERE $2 > 0 AND $3 IS NOT NULL`,
					`INSERT INTO mandates (id, household_id, rum, ics, creditor, channel, signed_on, signed_by, terms_version, terms, made_at, made_by, made_by_name, suspended_why, ended_at, ended_how)
						SELECT 'm' || $1, id, 'R' || $1, 'X', '', 'paper', '2026-09-01', '', '', '', $3, '', '', '', $3, 'town' FROM households WHERE $2 > 0`,
					`INSERT INTO mandate_accounts (id, mandate_id, position, iban_sealed, iban_shown, bank, bic, holder, street, postal_code, city, country, signed_on, signed_by, made_at, made_by, made_by_name)
						SELECT 'a' || $1, 'm' || $1, $2 - $2 + 1, '', '', '', '', '', '', '', '', 'FR', '2026-09-01', '', $3, '', ''`,
				} {
					if _, err := tx.Exec(t.Context(), row, fmt.Sprintf("%03d", i), int64(i), tx.Now); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	pages := []string{"/bureau/prelevements", "/bureau/prelevements/lots/lot001", "/bureau/prelevements/mandats?etat=revoked"}
	add(1, 100)
	for _, page := range pages {
		if p := v.Get(page).Want(200); p.Count("tbody tr") != 100 || p.Has("a[rel=next]") {
			t.Errorf("%s: %d lines, then another page", page, p.Count("tbody tr"))
		}
	}
	for _, page := range []string{"/bureau/prelevements?avant=%00", pages[1] + "?apres=%ff", pages[2] + "&apres=%00", "/bureau/prelevements/mandats/nouveau?foyer=%00"} {
		v.Get(page).Want(422)
	}
	add(101, 101)
	for _, page := range pages {
		p := v.Get(page).Want(200)
		if n := p.Follow(p.Attr("a[rel=next]", "href")).Want(200).Count("tbody tr"); n != 1 {
			t.Errorf("%s: %d lines on the second page", page, n)
		}
	}
}
