package web_test

import (
	"bytes"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"preau/internal/civil"
	"preau/internal/fault"
	"preau/internal/web"
	"preau/internal/web/ui"
)

func posted(t testing.TB, body string) (*web.Form, error) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/?ailleurs=1", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return web.ReadForm(httptest.NewRecorder(), r)
}

func form(t testing.TB, values url.Values) *web.Form {
	t.Helper()
	f, err := posted(t, values.Encode())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFormReads(t *testing.T) {
	f := form(t, url.Values{
		"nom": {"  Lefe\u0300vre "}, "jour": {"2026-12-07:REPAS", "2026-12-08:REPAS"}, "places": {"1 240"}, "du": {"2026-12-07"}, "mois": {"2026-12"},
		"semaine": {"2026-W50"}, "heure": {"16:30"}, "prix": {"3,40"}, "menu": {"vege"}, "oui": {"oui"}, "texte": {"a\r\nb"}, "mdp": {"  un mot de passe "},
	})
	if got := f.Text("nom", 20); got != "Lefèvre" {
		t.Errorf("Text = %q", got)
	}
	if got := f.All("jour"); len(got) != 2 {
		t.Errorf("All = %q", got)
	}
	if n, ok := f.Int("places", 0, 5000); n != 1240 || !ok {
		t.Errorf("Int = %d, %v", n, ok)
	}
	if got := f.Date("du"); got != civil.MustParse("2026-12-07") {
		t.Errorf("Date = %v", got)
	}
	if got := f.Month("mois").String(); got != "2026-12" {
		t.Errorf("Month = %v", got)
	}
	if got := f.Week("semaine"); got != civil.MustParse("2026-12-07") {
		t.Errorf("Week = %v", got)
	}
	if got, ok := f.Time("heure"); got.String() != "16:30" || !ok {
		t.Errorf("Time = %v", got)
	}
	if got, ok := f.Money("prix"); got != 340 || !ok {
		t.Errorf("Money = %v", got)
	}
	if f.One("menu", "Choisissez.", "standard", "vege") != "vege" || !f.Yes("oui") || f.Yes("non") || !f.Has("oui") || f.Has("ailleurs") {
		t.Error("choices")
	}
	if f.Lines("texte", 10) != "a\nb" || f.Secret("mdp", 100) != "  un mot de passe " {
		t.Error("texts")
	}
	if err := f.Err(); err != nil {
		t.Errorf("nothing is wrong, and yet: %v", err)
	}
	if f.Date("absent") != (civil.Date{}) || f.Text("absent", 3) != "" || f.Err() != nil {
		t.Error("an empty field is wrong")
	}
}

func TestFormCollectsWhatIsWrong(t *testing.T) {
	f := form(t, url.Values{"nom": {""}, "long": {"abcd"}, "places": {"-3"}, "du": {"2026-02-30"}, "heure": {"25:00"}, "prix": {"trois"}, "menu": {"porc"}, "deux": {"a", "b"}, "ligne": {"a\nb"}})
	f.Needed("nom", 20, "Indiquez votre nom.")
	f.Text("long", 3)
	f.Int("places", 0, 1200)
	f.Date("du")
	f.Time("heure")
	f.Money("prix")
	f.One("menu", "Choisissez un menu.", "standard")
	f.Text("deux", 10)
	f.Text("ligne", 10)
	f.Fail("nom", "une seconde fois")
	refusal, ok := fault.As(f.Err())
	if !ok || refusal.Kind != fault.Invalid {
		t.Fatalf("Err = %v", f.Err())
	}
	want := map[string]string{
		"nom": "Indiquez votre nom.", "long": "C’est trop long\u00a0: 3 caractères au plus.", "places": "Écrivez un nombre entre 0 et 1\u202f200.",
		"du": "Écrivez une date, par exemple 07/12/2026.", "heure": "Écrivez une heure, par exemple 16:30.", "prix": "Écrivez un montant, par exemple 3,40.",
		"menu": "Choisissez un menu.", "deux": "Une seule réponse est attendue.", "ligne": "Écrivez sur une seule ligne.",
	}
	if !maps.Equal(refusal.Fields, want) {
		t.Errorf("wrong: %q", refusal.Fields)
	}
	if got := f.Wrongs("menu", "du"); len(got) != len(want) || got[0].Name != "menu" || got[1].Name != "du" {
		t.Errorf("in order: %v", got)
	}
	field := f.Field(ui.Field{Name: "places", Label: "Places"})
	if field.Value != "-3" || field.Error == "" {
		t.Errorf("the field is shown again as %+v", field)
	}
	if kept := (*web.Form)(nil).Field(ui.Field{Name: "places", Value: "12"}); kept.Value != "12" {
		t.Error("the first showing loses its value")
	}
	if f.Field(ui.Field{Name: "nom", Type: "password"}).Value != "" {
		t.Error("a password is shown again")
	}
	if !f.Blame(fault.Invalidf("site", "Choisissez une école.")) || f.Wrong()["site"] == "" || f.Blame(fault.Conflictf("x")) {
		t.Error("Blame")
	}
}

func TestFormRefusesWhatNoPageSends(t *testing.T) {
	many := url.Values{}
	for i := range 7000 {
		many.Add("jour", string(rune('a'+i%26)))
	}
	for name, body := range map[string]string{
		"not UTF-8": "a=%ff", "a control character": "a=%00", "in the name": "%07=1", "bad escape": "a=%zz", "too many": many.Encode(), "long name": strings.Repeat("k", 100) + "=1",
	} {
		if _, err := posted(t, body); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, kind := range []string{"", "text/plain", "application/json", "multipart/form-data"} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("a=1"))
		r.Header.Set("Content-Type", kind)
		if _, err := web.ReadForm(httptest.NewRecorder(), r); !fault.Is(err, fault.Invalid) {
			t.Errorf("Content-Type %q: %v", kind, err)
		}
	}
	if _, err := web.Query(httptest.NewRequest(http.MethodGet, "/?mois=%00", nil)); !fault.Is(err, fault.Invalid) {
		t.Errorf("query: %v", err)
	}
	q, err := web.Query(httptest.NewRequest(http.MethodGet, "/?mois=2026-12", nil))
	if err != nil || q.Month("mois").String() != "2026-12" {
		t.Errorf("query: %v", err)
	}
}

func TestFormTakesFiles(t *testing.T) {
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	part, err := m.CreateFormFile("calendrier", "zone-c.csv")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write([]byte("date;vacances"))
	_ = m.WriteField("zone", "C")
	_ = m.Close()
	r := httptest.NewRequest(http.MethodPost, "/", &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	f, err := web.ReadForm(httptest.NewRecorder(), r)
	if err != nil {
		t.Fatal(err)
	}
	if content, name := f.File("calendrier", 100); string(content) != "date;vacances" || name != "zone-c.csv" || f.Text("zone", 1) != "C" {
		t.Errorf("%q %q", content, name)
	}
	if content, _ := f.File("autre", 100); content != nil || f.Err() != nil {
		t.Error("no file is wrong")
	}
	if content, _ := f.File("calendrier", 5); content != nil || f.Wrong()["calendrier"] == "" {
		t.Error("a large file is taken")
	}
}

// Whatever is posted, reading it never panics, and what is read is text within its limits.
func FuzzForm(f *testing.F) {
	for _, seed := range []string{"nom=Martin&jour=2026-12-07%3AREPAS&jour=2026-12-08", "a=%ff&b=%00", "=&&=;", "du=2026-02-30&heure=24:00&prix=-3,405", strings.Repeat("a=1&", 50)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		form, err := posted(t, body)
		if err != nil {
			return
		}
		for _, name := range slices.Sorted(maps.Keys(form.Values())) {
			if s := form.Text(name, 10); utf8.RuneCountInString(s) > 10 || strings.ContainsAny(s, "\r\n\x00") {
				t.Errorf("Text(%q) = %q", name, s)
			}
			if n, ok := form.Int(name, 1, 12); ok && (n < 1 || n > 12) {
				t.Errorf("Int(%q) = %d", name, n)
			}
			form.Date(name)
			form.Time(name)
			form.Money(name)
			form.Week(name)
			form.Lines(name, 100)
			form.Field(ui.Field{Name: name})
		}
		if err := form.Err(); err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("Err = %v", err)
		}
	})
}
