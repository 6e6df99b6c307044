package pay_test

import (
	"net/url"
	"strings"
	"testing"

	"preau/internal/civil"
	"preau/internal/db"
)

// An invoice that a direct debit will pay is announced, and cannot be paid on line meanwhile; one that a plan spreads may be, and is not asked for.
func TestAnInvoiceThatWillBeDebited(t *testing.T) {
	d := newDesk(t, db.SQLite)
	home := d.world.Claire.HouseholdID
	var invoice, number string
	d.Write(func(tx *db.Tx) error {
		if err := tx.QueryRow(t.Context(), `SELECT id, label FROM invoices WHERE household_id = $1 ORDER BY number LIMIT 1`, home).Scan(&invoice, &number); err != nil {
			return err
		}
		if _, err := tx.Exec(t.Context(), `INSERT INTO debit_batches (id, number, due_on, creditor, made_at, made_by, made_by_name, gathered_at, sent_by, cancelled_by)
			VALUES ('b', 1, $1, '{}', $2, 'x', 'x', $2, '', '')`, civil.MustParse("2026-12-21"), tx.Now); err != nil {
			return err
		}
		if _, err := tx.Exec(t.Context(), `INSERT INTO debits (id, batch_id, household_id, end_to_end, rum, bank, sequence, new_account, amount_cents, receipt_id, rejected_code, rejected_by, released_why)
			VALUES ('d', 'b', $1, 'x', 'x', 'FR', 'RCUR', ('0' = '1'), 4130, '', '', '', '')`, home); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `INSERT INTO debit_shares (id, debit_id, invoice_id, invoice_number, amount_cents) VALUES ('s', 'd', $1, $2, 4130)`, invoice, number)
		return err
	})
	v := d.enter("claire.martin")
	v.Get("/espace/paiements").Want(200).Says("main", "Il vous reste 12,00 € à payer")
	v.Get("/espace/paiements/nouveau").Want(200).Says("main", "La facture "+number+" sera prélevée le 21 décembre 2026")
	v.Post("/espace/paiements", url.Values{"facture": {number}, "banque": {"paybox"}}).Want(422)
	d.Read(func(tx *db.Tx) error {
		if begun, err := db.Exists(t.Context(), tx, `SELECT 1 FROM payment_attempts`); err != nil || begun {
			t.Errorf("a payment was begun: %v, %v", begun, err)
		}
		return nil
	})
	d.Write(func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO payment_plans (id, household_id, total_cents, made_at, made_by, made_by_name, note, ended_how) VALUES ('p', $1, 1200, $2, 'x', 'x', '', '')`, home, tx.Now)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(t.Context(), `INSERT INTO plan_invoices (plan_id, invoice_id) SELECT 'p', id FROM invoices WHERE household_id = $1 AND id <> $2`, home, invoice); err != nil {
			return err
		}
		_, err = tx.Exec(t.Context(), `INSERT INTO plan_instalments (plan_id, number, due_on, amount_cents) VALUES ('p', 1, $1, 700), ('p', 2, $2, 500)`, civil.MustParse("2026-12-22"), civil.MustParse("2027-01-22"))
		return err
	})
	if said := v.Get("/espace/paiements").Want(200).Says("main", "Payer mes factures").Text("main"); strings.Contains(said, "Il vous reste") {
		t.Errorf("what a plan spreads is asked for: %s", said)
	}
	p := v.Get("/espace/paiements/nouveau").Want(200).Says("main", "Échéancier : 7,00 € au plus tard le 22 décembre 2026", "Payer les factures choisies")
	if p.Count("input[name=facture]") != 1 || p.Count("input[name=facture][checked]") != 0 {
		t.Error("the page proposes to pay all that a plan spreads")
	}
}
