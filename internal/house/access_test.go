package house_test

import (
	"errors"
	"flag"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"preau/internal/db"
	"preau/internal/demo"
	"preau/internal/house"
	"preau/internal/staff"
	"preau/internal/town"
	"preau/internal/web"
	"preau/internal/webtest"
)

var update = flag.Bool("update", false, "write testdata/access.txt again")

// whole is the house of a demonstration, with every page there is.
func whole(t testing.TB) (*house.House, *demo.Demo) {
	t.Helper()
	folder := t.TempDir()
	made.Lock()
	if made.files == nil {
		first := t.TempDir()
		if err := startDemo(t, first).Town.Close(); err != nil {
			t.Fatal(err)
		}
		made.files = contents(t, first)
	}
	made.Unlock()
	for name, content := range made.files {
		path := filepath.Join(folder, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, content, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	d := startDemo(t, folder)
	towns, err := town.NewSet(d.Town)
	if err != nil {
		t.Fatal(err)
	}
	h := house.New(towns, house.Options{Log: slog.New(slog.DiscardHandler), Demo: d})
	t.Cleanup(func() {
		h.Wait()
		if err := towns.Close(); err != nil {
			t.Error(err)
		}
	})
	return h, d
}

// made is the demonstration as it is when new, made once: each test opens a copy.
var made struct {
	sync.Mutex
	files map[string][]byte
}

// startDemo starts the demonstration of a folder, making it when the folder is empty.
func startDemo(t testing.TB, folder string) *demo.Demo {
	t.Helper()
	d, err := demo.Start(t.Context(), demo.Options{Database: "sqlite:" + filepath.Join(folder, "demo.db"), BaseURL: "http://chatou.localhost",
		Files: filepath.Join(folder, "files"), Hosts: []string{"chatou.localhost"}, Now: "2026-12-01T10:00", Families: 40, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// contents reads every file of a folder.
func contents(t testing.TB, folder string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		files[name], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// The access matrix: every route of the house and who may reach it, as testdata/access.txt lists them. A route that is not there,
// or that opens to somebody else than it did, fails here; `go test ./internal/house -update` writes the list, to be read.
func TestAccessMatrix(t *testing.T) {
	h, _ := whole(t)
	var lines []string
	for _, r := range h.Routes() {
		lines = append(lines, r.Access+" "+r.Method+" "+r.Path+"\n")
	}
	slices.Sort(lines)
	got := strings.Join(lines, "")
	if *update {
		if err := os.WriteFile("testdata/access.txt", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/access.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		if !strings.Contains(string(want), line) {
			t.Errorf("add to internal/house/testdata/access.txt, or let `go test ./internal/house -run TestAccessMatrix -update` do it: %s", line)
		}
	}
	for line := range strings.Lines(string(want)) {
		if !slices.Contains(lines, line) {
			t.Errorf("in testdata/access.txt and no longer a route: %s", line)
		}
	}
}

// person is one kind of visitor, signed in or not.
type person struct {
	login string
	agent *staff.Agent // nil: a guardian, or nobody
}

// Every route answers each kind of visitor as its access says: nobody signs in first, a family's page is not an agent's, an agent's
// page is not there for families, and a right that is missing is said.
func TestEveryRouteAsEveryVisitor(t *testing.T) {
	h, d := whole(t)
	site := webtest.NewSite(t, h)
	for _, p := range people(t, d) {
		t.Run(p.login, func(t *testing.T) {
			v := site.Visitor(t, "chatou.localhost")
			if p.login != "" {
				v.Post("/connexion", url.Values{"identifiant": {p.login}, "mot_de_passe": {demo.Password}}).Want(http.StatusOK)
			}
			for _, r := range h.Routes() {
				if r.Path == "/deconnexion" {
					continue
				}
				visit(t, v, p, r)
			}
		})
	}
}

func people(t *testing.T, d *demo.Demo) []person {
	t.Helper()
	list := []person{{}, {login: "claire.martin"}, {login: "karim.benali"}}
	if err := d.Town.DB.Read(t.Context(), func(tx *db.Tx) error {
		agents, err := staff.List(t.Context(), tx)
		for i := range agents {
			list = append(list, person{agents[i].Login, &agents[i]})
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return list
}

var wildcard = regexp.MustCompile(`\{[^}]*\}`)

// visit asks for one route, with ids of nothing, and compares what comes with what its access says.
func visit(t *testing.T, v *webtest.Visitor, p person, r web.Route) {
	t.Helper()
	address := wildcard.ReplaceAllString(strings.TrimSuffix(r.Path, "{$}"), "0")
	var page *webtest.Page
	if r.Method == http.MethodGet {
		page = v.Get(address)
	} else {
		page = v.Post(address, url.Values{})
	}
	got, want := outcome(page, address), expected(p, r)
	if want == absent && page.Status == http.StatusNotFound {
		got = absent
	}
	if got != want {
		t.Errorf("%s %s (%s): %s (%d at %s), want %s", r.Method, r.Path, r.Access, got, page.Status, page.URL.Path, want)
	}
}

// What a visitor meets.
const (
	open      = "open"
	signIn    = "sign in first"
	ownDesk   = "sent to the office"
	forbidden = "forbidden"
	absent    = "not found"
	failed    = "failed"
)

func outcome(page *webtest.Page, address string) string {
	switch {
	case page.Status >= http.StatusInternalServerError && !strings.HasPrefix(address, "/demo/payfip/"): // SOAP says with 500 what it does not understand
		return failed
	case strings.HasPrefix(address, "/demo/"): // what answers 401 there is a provider of the demonstration
	case page.Status == http.StatusUnauthorized, page.URL.Path == "/connexion" && address != "/connexion":
		return signIn
	case page.URL.Path == "/bureau" && address != "/bureau" && !strings.HasPrefix(address, "/bureau"):
		return ownDesk
	case page.Status == http.StatusForbidden:
		return forbidden
	}
	return open
}

func expected(p person, r web.Route) string {
	side, right, _ := strings.Cut(r.Access, ":")
	switch {
	case r.Path == "/paiement/payfip/retour": // leads to the family's payments
		return expected(p, web.Route{Method: http.MethodGet, Path: "/espace/paiements", Access: "family"})
	case side == "anyone":
		if p.agent != nil && r.Path == "/connexion" && r.Method == http.MethodGet {
			return ownDesk // who is signed in already goes home
		}
		return open
	case side == "token": // other software has a key, people have none
		return signIn
	case p.login == "":
		return signIn
	case side == "family" && p.agent != nil:
		if r.Method == http.MethodGet {
			return ownDesk
		}
		return forbidden
	case side == "office" && p.agent == nil:
		return absent
	case side == "office" && right != "" && !p.agent.May(staff.Right(right), ""):
		return forbidden
	}
	return open
}
