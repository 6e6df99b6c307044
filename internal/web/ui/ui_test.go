package ui_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"preau/internal/web/ui"
)

func chatou() *ui.Town {
	return ui.NewTown(ui.Town{
		Name: "Ville de Chatou", Colour: "#17566f",
		Contacts:   []ui.Contact{{Title: "Service Éducation", Lines: []string{"5 rue Marconi", "8 h 30 – 12 h"}, Phone: "01 34 80 46 62", Email: "scolaire@chatou.example"}},
		Links:      []ui.Link{{Href: "/accessibilite", Label: "Accessibilité"}},
		Ribbon:     "Démonstration : tout est inventé.",
		RibbonLink: ui.Link{Href: "/demo", Label: "Que peut-on essayer ?"},
	})
}

func draw(t testing.TB, c templ.Component) *html.Node {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	n, err := html.Parse(&b)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func find(t testing.TB, n *html.Node, selector string) []*html.Node {
	t.Helper()
	return cascadia.QueryAll(n, cascadia.MustCompile(selector))
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func words(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func TestLayouts(t *testing.T) {
	page := ui.Page{Town: chatou(), Title: "Planning", Here: "/espace/planning", User: "Claire Martin", Me: "/espace/profil",
		Nav: ui.FamilyNav(2), Crumbs: []ui.Link{{Href: "/espace", Label: "Accueil"}, {Label: "Planning"}},
		Flash: &ui.Flash{Kind: ui.Good, Title: "6 repas sont réservés", Text: "Un e-mail part."}, Task: true, Wide: true}
	office := page
	office.Nav, office.Here, office.Query = ui.OfficeNav(), "/bureau/listes", "lefèvre"
	for name, c := range map[string]struct {
		page  templ.Component
		title string
		here  string
	}{
		"public": {ui.Public(page), "Planning – Espace Citoyens – Ville de Chatou", "Planning"},
		"family": {ui.Family(page), "Planning – Espace Citoyens – Ville de Chatou", "Planning"},
		"office": {ui.Office(office), "Planning – Bureau – Ville de Chatou", "Listes du jour"},
	} {
		n := draw(t, c.page)
		if got := words(find(t, n, "title")[0]); got != c.title {
			t.Errorf("%s: title %q", name, got)
		}
		current := find(t, n, "nav [aria-current=page]")
		if len(current) != 2 && len(current) != 1 || !slices.ContainsFunc(current, func(n *html.Node) bool { return words(n) == c.here }) {
			t.Errorf("%s: the current item is not %q", name, c.here)
		}
		for _, selector := range []string{"html[lang=fr]", "body > a.skip[href='#contenu']", "main#contenu", ".flash[role=status]", ".ribbon", "form[action='/deconnexion'][method=post]"} {
			if len(find(t, n, selector)) != 1 {
				t.Errorf("%s: %d %q", name, len(find(t, n, selector)), selector)
			}
		}
		if len(find(t, n, "[style], style, script:not([src]), [onclick]")) > 0 {
			t.Errorf("%s: inline style or script", name)
		}
	}
	n := draw(t, ui.Family(page))
	if got := attr(find(t, n, "body")[0], "class"); got != "has-tabbar is-task print-wide" {
		t.Errorf("body class %q", got)
	}
	if got := words(find(t, n, ".nav__a--more .tool__n")[0]); got != "2 à accepter ou à refuser" {
		t.Errorf("count says %q", got)
	}
	// What a phone's bar has no room for is behind « Plus », with what waits there, and nowhere else.
	plus := find(t, n, ".nav__plus")[0]
	if got := words(find(t, plus, "summary")[0]); got != "Plus 2 à voir" {
		t.Errorf("Plus says %q", got)
	}
	if more, behind := len(find(t, n, ".nav__a--more")), len(find(t, plus, "a")); more != behind || len(find(t, n, ".nav--tabbar > a"))-more > 4 {
		t.Errorf("%d items wait behind Plus, %d are there", more, behind)
	}
	if got := attr(find(t, n, "address + p a")[0], "href"); got != "tel:+33134804662" {
		t.Errorf("telephone %q", got)
	}
}

func TestOfficeMenuFollowsRights(t *testing.T) {
	nav := slices.DeleteFunc(ui.OfficeNav(), func(i ui.NavItem) bool { return i.Href != "/bureau" && i.Href != "/bureau/listes" })
	n := draw(t, ui.Office(ui.Page{Town: chatou(), Title: "Aujourd’hui", Nav: nav, Here: "/bureau", User: "A. Nimateur"}))
	if got := len(find(t, n, ".side a")); got != 2 {
		t.Errorf("%d items", got)
	}
	if got := len(find(t, n, ".side ul")); got != 2 {
		t.Errorf("%d lists", got)
	}
	if len(find(t, n, "form[role=search]")) != 0 {
		t.Error("a search box for who may not search")
	}
}

func TestFields(t *testing.T) {
	n := draw(t, ui.Input(ui.Field{Name: "tel", Label: "Téléphone", Hint: "Dix chiffres", Error: "Il manque un chiffre.", Value: `06"<`, Required: true, Max: 20, Mode: "tel", Auto: "tel"}))
	in := find(t, n, "input")[0]
	for name, want := range map[string]string{"id": "f-tel", "name": "tel", "value": `06"<`, "aria-describedby": "f-tel-h f-tel-e", "aria-invalid": "true", "aria-required": "true", "maxlength": "20", "autocomplete": "tel", "inputmode": "tel"} {
		if got := attr(in, name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if len(find(t, n, "#f-tel-h")) != 1 || len(find(t, n, "#f-tel-e")) != 1 || attr(find(t, n, "label")[0], "for") != "f-tel" {
		t.Error("hint, error and label are not tied to the field")
	}
	n = draw(t, ui.Select(ui.Field{Name: "e", Label: "École", Value: "s"}, []ui.Option{{Value: "j", Label: "J"}, {Value: "s", Label: "S"}}))
	if got := find(t, n, "option[selected]"); len(got) != 1 || attr(got[0], "value") != "s" {
		t.Error("the chosen option is not selected")
	}
	n = draw(t, ui.Checkboxes(ui.Field{Name: "j", Label: "Jours", Error: "Choisissez."}, []ui.Option{{Value: "1", Label: "Lundi"}, {Value: "2", Label: "Mardi"}}, []string{"2"}))
	if got := find(t, n, "input[checked]"); len(got) != 1 || attr(got[0], "value") != "2" || attr(find(t, n, "fieldset")[0], "aria-describedby") != "f-j-e" {
		t.Error("boxes")
	}
	n = draw(t, ui.ErrorSummary(ui.Wrongs(map[string]string{"b": "B", "a": "A", "z": "Z"}, "z")))
	if got := words(n); got != "3 réponses sont à corriger Z A B" {
		t.Errorf("summary %q", got)
	}
	if got := attr(find(t, n, "a")[0], "href"); got != "#f-z" {
		t.Errorf("summary leads to %q", got)
	}
	if got := words(draw(t, ui.ErrorSummary(nil))); got != "" {
		t.Errorf("nothing wrong says %q", got)
	}
}

func TestKitShowsEverything(t *testing.T) {
	n := draw(t, ui.Kit(ui.Page{Town: chatou(), Title: "Le kit", Nav: ui.FamilyNav(0), Kit: true}))
	for _, selector := range []string{".btn--main", ".btn--danger", ".btn--straw", ".in[type=date]", "select", "textarea", "[type=radio]", "[type=file]", ".trap", ".note--bad", ".badge--plum",
		".toast", ".empty", "dialog", "progress", "details", ".tabs", ".seg", ".steps .done", ".pager", "table.table--cards", ".stat", ".timeline", "svg.chart", ".legend .day", ".day[data-state=waiting]", ".sum"} {
		if len(find(t, n, selector)) == 0 {
			t.Errorf("no %s", selector)
		}
	}
	seen := map[string]bool{}
	for d := range n.Descendants() {
		if id := attr(d, "id"); id != "" {
			if seen[id] {
				t.Errorf("two elements with id %q", id)
			}
			seen[id] = true
		}
	}
}

func TestTrouble(t *testing.T) {
	n := draw(t, ui.TroublePage(ui.Page{Town: chatou(), Title: "Oups"}, "Oups", "Cela n’a pas marché.", "k7q2-9xmb", ui.Link{Href: "/", Label: "Revenir"}))
	if got := words(find(t, n, ".trouble")[0]); got != "Oups Cela n’a pas marché. Référence à donner au service : k7q2-9xmb Revenir" {
		t.Errorf("%q", got)
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1186: "1\u202f186", -1234567: "−1\u202f234\u202f567"} {
		if got := ui.Number(n); got != want {
			t.Errorf("Number(%d) = %q", n, got)
		}
	}
	for n, want := range map[int]string{0: "0 repas servi", 1: "1 repas servi", 2: "2 repas servis"} {
		if got := ui.Count(n, "repas servi", "repas servis"); got != want {
			t.Errorf("Count(%d) = %q", n, got)
		}
	}
}

func get(t testing.TB, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	ui.Static(w, r)
	return w
}

var address = regexp.MustCompile(`/static/[a-z.0-9]+`)

// The head of a page names files that exist, that never change under their address, and that weigh little together.
func TestStaticFiles(t *testing.T) {
	var b bytes.Buffer
	if err := ui.Public(ui.Page{Town: chatou(), Title: "Accueil"}).Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	b.WriteString(ui.IconHTML("check"))
	total := b.Len() / 3
	seen := map[string]bool{}
	for _, path := range address.FindAllString(b.String(), -1) {
		if seen[path] {
			continue
		}
		seen[path] = true
		w := get(t, path, "Accept-Encoding", "gzip, br")
		if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Fatalf("%s: %d %q", path, w.Code, w.Header().Get("Cache-Control"))
		}
		if again := get(t, path, "Accept-Encoding", "gzip", "If-None-Match", w.Header().Get("ETag")); again.Code != http.StatusNotModified {
			t.Errorf("%s: %d with its own ETag", path, again.Code)
		}
		if strings.HasSuffix(path, ".woff2") {
			continue
		}
		total += w.Body.Len()
		plain := get(t, path).Body.Bytes()
		if w.Header().Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			if opened, err := io.ReadAll(z); err != nil || !bytes.Equal(opened, plain) {
				t.Errorf("%s: compressed and plain differ (%v)", path, err)
			}
		}
		if strings.Contains(path, "app") && strings.HasSuffix(path, ".css") && !bytes.Contains(plain, []byte(".day__tile{")) && !bytes.Contains(plain, []byte(".day__tile {")) {
			t.Errorf("%s holds no day", path)
		}
	}
	if len(seen) != 7 {
		t.Errorf("%d files: %v", len(seen), seen)
	}
	if t.Logf("first page: about %d bytes over the wire, font apart", total); total > 60_000 {
		t.Errorf("the first page weighs %d bytes", total)
	}
}

func TestStaticRefuses(t *testing.T) {
	for _, path := range []string{"/static/app.css", "/static/theme.zzzzzz.css", "/static/theme.17566f", "/static/../ui.go", "/static/"} {
		if w := get(t, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if got := get(t, ui.ThemeHref("#8c2f39")).Body.String(); !strings.Contains(got, "--town: #8c2f39") {
		t.Errorf("theme %q", got)
	}
	if ui.ThemeHref("red;}") != ui.ThemeHref(ui.DefaultColour) || ui.ValidColour("#ABCDEF") {
		t.Error("a colour that is none reaches the style sheet")
	}
	for header, packed := range map[string]bool{"gzip": true, "br, GZIP;q=0.5": true, "gzip;q=0": false, "br": false, "": false} {
		w := get(t, ui.ThemeHref("#8c2f39"), "Accept-Encoding", header)
		if w.Header().Get("Content-Encoding") != "" {
			t.Error("a file of a line is compressed")
		}
		if got := get(t, regexp.MustCompile(`/static/app[^"]*css`).FindString(page(t)), "Accept-Encoding", header).Header().Get("Content-Encoding") == "gzip"; got != packed {
			t.Errorf("Accept-Encoding %q: %v", header, got)
		}
	}
}

func page(t testing.TB) string {
	t.Helper()
	var b bytes.Buffer
	if err := ui.Public(ui.Page{Town: chatou(), Title: "Accueil"}).Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var iconCall = regexp.MustCompile(`(?:Icon|IconHTML|IconTag)\("([^"]*)"|Icon: +"([^"]*)"|After: +"([^"]*)"|@(?:ui\.)?(?:Badge|Empty|Toast)\((?:[\w.]+, )?"([^"]*)"`)

// Every icon that a page names is in the sprite.
func TestIconNames(t *testing.T) {
	known := ui.IconNames()
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".templ") && !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, m := range iconCall.FindAllStringSubmatch(string(source), -1) {
			for _, name := range m[1:] {
				if name != "" && !slices.Contains(known, name) {
					t.Errorf("%s: no icon %q in the sprite", path, name)
				}
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func BenchmarkFamilyLayout(b *testing.B) {
	p := ui.Page{Town: chatou(), Title: "Planning", Here: "/espace/planning", User: "Claire Martin", Me: "/espace/profil", Nav: ui.FamilyNav(2)}
	var out bytes.Buffer
	for b.Loop() {
		out.Reset()
		if err := ui.Family(p).Render(context.Background(), &out); err != nil {
			b.Fatal(err)
		}
	}
}
