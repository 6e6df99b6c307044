package arch_test

import (
	"slices"
	"strings"
	"testing"
)

// floor is a storey of the house. A package imports what stands on floors below its own, and on its own floor only where it is open.
type floor struct {
	name     string
	packages []string
	open     bool
}

// house is docs/design.md from the ground up.
var house = []floor{
	{"facts", []string{"money", "civil", "calendar", "tariff", "fault", "ics", "ban", "seal", "picture", "upload", "sepa", "latin", "pes", "paybox", "payfip"}, true},
	{"plumbing: the database", []string{"db"}, false},
	{"plumbing", []string{"job", "audit", "mail", "sheet", "pdf", "place", "prose", "remote", "clamd"}, false},
	{"plumbing: files", []string{"blob", "remote/oidc", "remote/paybox", "remote/payfip", "remote/particulier"}, false},
	{"plumbing: a town", []string{"town"}, false},
	{"domain", []string{"identity"}, false},
	{"domain", []string{"staff"}, false},
	{"domain", []string{"notify"}, false},
	{"domain", []string{"household"}, false},
	{"domain", []string{"registration"}, false},
	{"domain", []string{"document"}, false},
	{"domain", []string{"dossier"}, false},
	{"domain", []string{"thread"}, false},
	{"domain", []string{"news"}, false},
	{"domain", []string{"activity"}, false},
	{"domain", []string{"booking"}, false},
	{"domain", []string{"counter"}, false},
	{"domain", []string{"attendance"}, false},
	{"domain", []string{"simulation"}, false},
	{"domain", []string{"billing"}, false},
	{"domain", []string{"till"}, false},
	{"domain", []string{"payment"}, false},
	{"domain", []string{"mandate"}, false},
	{"domain", []string{"dunning"}, false},
	{"domain", []string{"request"}, false},
	{"domain", []string{"privacy"}, false},
	{"words", []string{"words"}, false},
	{"words on paper", []string{"paper"}, false},
	{"doors: components", []string{"web/ui", "work/layout"}, false},
	{"doors: the server", []string{"web"}, false},
	{"doors: the way in", []string{"web/signin"}, false},
	{"doors", []string{"web/public", "web/signup", "web/family", "web/bills", "web/invoicing", "web/pay", "web/debits", "web/office", "web/tariffs", "web/absence", "web/rollcall", "web/till", "web/apikeys", "api", "work", "intake"}, false},
	{"doors: what a demonstration imitates", []string{"demo/provider", "demo/bank"}, false},
	{"doors: the demonstration", []string{"demo"}, false},
	{"the house", []string{"house"}, false},
	{"commands", []string{"cmd/preau"}, false},
}

// storey finds the floor of a package, or -1.
func storey(dir string) int {
	return slices.IndexFunc(house, func(f floor) bool { return slices.Contains(f.packages, short(dir)) })
}

// tool says whether a package is a command beside the program, run while developing.
func tool(s *source) bool {
	return s.syntax.Name.Name == "main" && storey(s.dir) < 0
}

// No arrow goes up, and every package has its place.
func TestImportsGoDown(t *testing.T) {
	for _, s := range tree(t) {
		if s.test || forTests(s.dir) || tool(s) {
			continue
		}
		own := storey(s.dir)
		if own < 0 {
			t.Errorf("%s: the package has no place in the house", s.path)
			continue
		}
		for _, name := range s.imports() {
			dir, ours := strings.CutPrefix(name, module)
			if !ours {
				continue
			}
			switch at := storey(dir); {
			case forTests(dir):
				t.Errorf("%s imports %s, which serves tests", s.path, short(dir))
			case at < 0:
				t.Errorf("%s imports %s, which has no place in the house", s.path, short(dir))
			case at > own, at == own && !house[own].open:
				t.Errorf("%s imports %s: %q does not stand below %q", s.path, short(dir), house[at].name, house[own].name)
			}
		}
	}
}

// Facts and arithmetic are plain: no context, database, clock or network, and nothing from outside.
func TestFactsArePlain(t *testing.T) {
	for _, s := range own(t) {
		if at := storey(s.dir); at < 0 || house[at].name != "facts" {
			continue
		}
		for _, name := range s.imports() {
			first, _, _ := strings.Cut(name, "/")
			if strings.Contains(first, ".") {
				t.Errorf("%s imports %s: facts import nothing from outside", s.path, name)
			}
			if slices.Contains([]string{"context", "database/sql", "net", "net/http", "os", "log", "log/slog", "sync"}, name) {
				t.Errorf("%s imports %s: facts have no surroundings", s.path, name)
			}
		}
	}
}

// confined names what only some packages may import, each with the reason.
var confined = []struct {
	prefix   string
	packages []string
	reason   string
}{
	{"modernc.org/sqlite", []string{"db"}, "db is the one place that knows the engine"},
	{"zombiezen.com/go/sqlite", []string{"db"}, "db is the one place that knows the engine"},
	{"github.com/jackc/pgx", []string{"db"}, "db is the one place that knows the engine"},
	{"github.com/pressly/goose", []string{"db"}, "db is the one place that migrates"},
	{"github.com/wneessen/go-mail", []string{"mail"}, "mail is the one place that sends"},
	{"github.com/a-h/templ", []string{"web", "web/ui", "web/signin", "web/signup", "web/public", "web/family", "web/bills", "web/invoicing", "web/pay", "web/debits", "web/office", "web/tariffs", "web/absence", "web/rollcall", "web/till", "web/apikeys", "work", "work/layout", "demo"}, "pages belong to doors"},
	{"net/http", []string{"web", "web/ui", "web/signin", "web/signup", "web/public", "web/family", "web/bills", "web/invoicing", "web/pay", "web/debits", "web/office", "web/tariffs", "web/absence", "web/rollcall", "web/till", "web/apikeys", "api", "demo", "demo/provider", "house", "cmd/preau",
		"remote", "remote/oidc", "remote/paybox", "remote/payfip", "remote/particulier", "demo/bank"}, "HTTP belongs to doors, and the one way out"},
	{"github.com/coreos/go-oidc", []string{"remote/oidc"}, "tokens are verified in one place"},
	{"github.com/go-jose", []string{"remote/oidc", "demo/provider"}, "tokens are verified in one place"},
	{"github.com/yuin/goldmark", []string{"prose"}, "what agents write becomes HTML in one place"},
	{"golang.org/x/crypto", []string{"identity"}, "passwords are hashed in one place"},
	{"github.com/go-webauthn", []string{"identity"}, "passkeys are checked in one place"},
	{"github.com/pquerna/otp", []string{"identity"}, "codes are checked in one place"},
}

// What only one package should know is known to no other.
func TestOutsideIsConfined(t *testing.T) {
	for _, s := range own(t) {
		if tool(s) {
			continue
		}
		for _, name := range s.imports() {
			for _, c := range confined {
				if (name == c.prefix || strings.HasPrefix(name, c.prefix+"/")) && !slices.Contains(c.packages, short(s.dir)) {
					t.Errorf("%s imports %s: %s", s.path, name, c.reason)
				}
			}
		}
	}
}

// Tests stand outside of what they test; export_test.go alone opens a window for them.
func TestTestsStandOutside(t *testing.T) {
	for _, s := range tree(t) {
		if s.test && !strings.HasSuffix(s.syntax.Name.Name, "_test") && !strings.HasSuffix(s.path, "/export_test.go") {
			t.Errorf("%s: package %s, want %s_test", s.path, s.syntax.Name.Name, s.syntax.Name.Name)
		}
	}
}
