package arch_test

import (
	"go/ast"
	"go/token"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// owners says which package writes which tables.
var owners = map[string][]string{
	"town":  {"settings"},
	"job":   {"jobs"},
	"audit": {"audit_entries"},
	"blob":  {"files"},
	"identity": {"accounts", "sign_ins", "sign_in_attempts", "known_devices", "password_resets", "authenticators", "recovery_codes",
		"passkeys", "sign_in_steps", "identity_links", "provider_sessions", "email_changes"},
	"staff":        {"agents", "agent_sites", "api_tokens"},
	"notify":       {"messages", "muted_topics", "mail_choices"},
	"household":    {"households", "residences", "residence_exceptions", "quotients", "quotient_services", "quotient_refusals", "guardians", "children", "household_children", "custody_rules", "custody_dates", "schoolings", "school_successors", "rollovers", "holds", "calendar_feeds", "key_batches", "access_keys", "household_merges"},
	"document":     {"document_types", "document_type_activities", "documents", "document_parts", "document_sendings", "document_views"},
	"registration": {"registrations", "registration_drafts", "persons"},
	"request":      {"requests", "request_steps", "request_numbers"},
	"activity": {"sites", "school_years", "school_holidays", "catalogue_version", "activities", "activity_options", "activity_sites",
		"capacities", "closures", "price_grids", "price_brackets", "aids"},
	"dossier": {"file_facts", "declared_changes", "child_contacts", "vaccinations", "consent_texts", "consent_answers", "file_confirmations", "household_notes", "child_photos",
		"ban_addresses"},
	"mandate":    {"mandates", "mandate_accounts", "mandate_events", "mandate_numbers", "debit_batches", "debits", "debit_shares", "debit_pauses"},
	"dunning":    {"reminders", "payment_plans", "plan_invoices", "plan_instalments", "debt_holds", "tax_certificates"},
	"news":       {"publications", "publication_versions", "publication_acts", "board_version", "theme_choices"},
	"counter":    {"counter_visits"},
	"booking":    {"enrolments", "seats", "bookings", "submissions", "booking_events", "deadline_reminders", "agent_digests"},
	"thread":     {"threads", "thread_entries", "thread_reads"},
	"simulation": {"simulations"},
	"attendance": {"absence_notices", "attendance_entries", "attendances", "excused_days", "rollcall_closings", "rollcall_staffing", "rollcall_guests",
		"absence_numbers", "absence_claims", "absence_claim_days", "town_events"},
	"billing": {"number_series", "billing_runs", "run_rechecks", "run_notes", "invoices", "invoice_lines", "charges", "ledger_entries",
		"allocations", "invoice_choices", "invoice_batches", "invoice_acts"},
	"till": {"revenue_offices", "till_counters", "till_sessions", "receipts", "receipt_shares", "receipt_owners", "deposits", "cheques", "cesu_titles", "handovers",
		"cash_counts", "till_entries", "till_lines", "till_balances"},
	"payment": {"payment_contracts", "payment_attempts", "payment_shares", "payment_events", "payment_reviews", "payment_refunds"},
	"privacy": {"data_exports", "erasure_requests", "retention_runs", "retention_lines"},
}

// ownerOf turns owners around.
func ownerOf() map[string]string {
	out := map[string]string{}
	for owner, tables := range owners {
		for _, table := range tables {
			out[table] = owner
		}
	}
	return out
}

// allowed are the reads that go up, each with what makes it right.
var allowed = map[[2]string]string{
	{"staff", "sites"}: "an agent's sites are rows of agent_sites, which the schema ties to sites; nothing of an activity is read",
}

var (
	creates = regexp.MustCompile(`(?m)^CREATE TABLE (\w+)`)
	writes  = regexp.MustCompile(`(?i)\b(?:insert\s+(?:or\s+\w+\s+)?into|delete\s+from|replace\s+into)\s+"?(\w+)|\bupdate\s+"?(\w+)"?(?:\s+(?:as\s+)?\w+)?\s+set\b`)
	dynamic = regexp.MustCompile(`\b(?:INSERT\s+INTO|DELETE\s+FROM|UPDATE)\s+$`)
	reads   = regexp.MustCompile(`\b(?:FROM|JOIN)\s+(\w+)`)
)

// Every table of the schema has one owner, and no owner a table that is gone.
func TestEveryTableHasAnOwner(t *testing.T) {
	schema, err := os.ReadFile(root + "/internal/db/schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	var there []string
	for _, m := range creates.FindAllStringSubmatch(string(schema), -1) {
		there = append(there, m[1])
	}
	owned := slices.Sorted(maps.Keys(ownerOf()))
	slices.Sort(there)
	if !slices.Equal(there, owned) {
		t.Errorf("tables of the schema:\n%v\ntables that have an owner:\n%v", there, owned)
	}
	count := 0
	for _, tables := range owners {
		count += len(tables)
	}
	if count != len(owned) {
		t.Error("a table has two owners")
	}
}

// A package writes only its own tables, and reads those and the tables of packages below it.
func TestTablesAreWrittenByTheirOwner(t *testing.T) {
	owner := ownerOf()
	for _, s := range own(t) {
		if short(s.dir) == "db" || tool(s) {
			continue // db writes what migrations say, and nothing of a domain
		}
		for _, text := range literals(s) {
			for _, m := range writes.FindAllStringSubmatch(text.value, -1) {
				if table := m[1] + m[2]; owner[table] != "" && owner[table] != short(s.dir) {
					t.Errorf("%s writes %s, a table of %s", text.at, table, owner[table])
				} else if owner[table] == "" && !strings.EqualFold(table, "set") {
					t.Errorf("%s writes %s, which is no table", text.at, table)
				}
			}
			if dynamic.MatchString(text.value) {
				t.Errorf("%s: the name of a table that is written stands in the text", text.at)
			}
			for _, m := range reads.FindAllStringSubmatch(text.value, -1) {
				o := owner[m[1]]
				if o != "" && o != short(s.dir) && storey("internal/"+o) >= storey(s.dir) && allowed[[2]string{short(s.dir), m[1]}] == "" {
					t.Errorf("%s reads %s, a table of %s, which does not stand below", text.at, m[1], o)
				}
			}
		}
	}
}

// SQL is written in the domain whose tables it is about: doors call verbs and reads.
func TestDoorsHoldNoSQL(t *testing.T) {
	owner := ownerOf()
	for _, s := range own(t) {
		if storey(s.dir) < storey("internal/words") {
			continue
		}
		for _, text := range literals(s) {
			for _, m := range reads.FindAllStringSubmatch(text.value, -1) {
				if owner[m[1]] != "" {
					t.Errorf("%s reads table %s: it belongs to package %s", text.at, m[1], owner[m[1]])
				}
			}
		}
	}
}

// literal is a text of the source.
type literal struct{ at, value string }

func literals(s *source) []literal {
	var out []literal
	ast.Inspect(s.syntax, func(n ast.Node) bool {
		if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
			value, err := strconv.Unquote(l.Value)
			if err != nil {
				panic(err) // it was parsed
			}
			out = append(out, literal{s.at(l.Pos()), value})
		}
		return true
	})
	return out
}
