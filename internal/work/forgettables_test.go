package work_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// erasers are the tables that name a person or a household, with the file whose SQL forgets them. Those that go with the account by
// their foreign key are not here.
var erasers = map[string]string{
	"residence_exceptions": "household/erase.go", "quotient_refusals": "household/erase.go", "aids": "activity/aids.go",
	"residences": "household/erase.go", "quotients": "household/erase.go", "guardians": "household/erase.go", "household_children": "household/erase.go",
	"custody_rules": "household/erase.go", "custody_dates": "household/erase.go", "holds": "household/erase.go", "calendar_feeds": "household/erase.go",
	"access_keys": "household/erase.go", "bookings": "booking/forget.go", "submissions": "booking/forget.go", "file_facts": "dossier/erase.go",
	"declared_changes": "dossier/erase.go", "child_contacts": "dossier/erase.go", "consent_answers": "dossier/erase.go", "file_confirmations": "dossier/erase.go",
	"household_notes": "dossier/erase.go", "documents": "document/store.go", "threads": "thread/store.go",
	"absence_claims": "attendance/justifystore.go", "absence_notices": "attendance/attendance.go",
	"data_exports": "privacy/export.go", "erasure_requests": "privacy/erasure.go", "audit_entries": "audit/audit.go",
	"deadline_reminders": "booking/remind.go", "payment_attempts": "payment/forget.go", "attendances": "attendance/forget.go", "mandates": "mandate/forget.go",
}

// staying are those that nothing forgets, and why.
var staying = map[string]string{
	"agents":           "those who work for the town: their name signs what they decided",
	"billing_runs":     "who was billed apart, and when: the accounts, ten years",
	"run_rechecks":     "ids alone: whose days a run looked at again",
	"run_notes":        "ids and counts alone: what an agent looked at before a run was issued",
	"invoices":         "the accounts of the town keep whom they were sent to, ten years",
	"receipts":         "the accounts of the régie keep who paid, ten years",
	"receipt_owners":   "ids alone: whose a receipt was",
	"invoice_choices":  "whether invoices go on paper, and who said so: with the accounts",
	"ledger_entries":   "the accounts of the town, ten years",
	"counter_visits":   "says that an agent acted for a family and when; its ids lead to rows without names once the family is forgotten",
	"reminders":        "ids and days alone: when an invoice was reminded of, with the accounts",
	"payment_plans":    "what was agreed for a debt, with the accounts",
	"debt_holds":       "ids alone: which holds a debt placed",
	"tax_certificates": "a numbered piece that the tax office may ask for, kept with the accounts",
	"debits":           "a piece of the accounts, kept as long as they are; it names nobody, and the number of the account goes with the mandate",
	"thread_reads":     "when an exchange was read; it goes with the exchange, and its guardian has no name any more",
}

// Every table that names a person's account, a guardian or a household is forgotten somewhere, or says why it stays.
func TestForgettingForgetsNoTable(t *testing.T) {
	schema, err := os.ReadFile("../db/schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`(?m)^\s+(account_id|household_id|guardian_id|person_id) `)
	withAccount := regexp.MustCompile(`(?m)^\s+account_id .*REFERENCES accounts \(id\) ON DELETE CASCADE`)
	met := map[string]bool{}
	for _, part := range strings.Split(string(schema), "CREATE TABLE ")[1:] {
		table, columns, _ := strings.Cut(part, " (")
		columns, _, _ = strings.Cut(columns, ";")
		if !names.MatchString(columns) || withAccount.MatchString(columns) {
			continue
		}
		met[table] = true
		file, erased := erasers[table]
		if !erased {
			if staying[table] == "" {
				t.Errorf("%s names a person or a household: forget it in package work (forget.go or retention.go), or say here why it stays", table)
			}
			continue
		}
		source, err := os.ReadFile("../" + file)
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`(DELETE FROM|UPDATE) ` + table + `\b`).Match(source) {
			t.Errorf("%s no longer forgets %s", file, table)
		}
	}
	for _, known := range []map[string]string{erasers, staying} {
		for table := range known {
			if !met[table] {
				t.Errorf("%s is not in the schema, or goes with the account: take it out", table)
			}
		}
	}
}
