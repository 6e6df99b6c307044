package news_test

import (
	"archive/zip"
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"preau/internal/civil"
	"preau/internal/news"
)

var noon = civil.At(time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC))

func item(title string, theme news.Theme, shown civil.Instant) *news.Item {
	return &news.Item{Publication: news.Publication{Published: 1, FirstPublishedAt: shown, Content: news.Content{Title: title, Theme: theme}}}
}

func TestStates(t *testing.T) {
	hour := time.Hour
	for _, c := range []struct {
		name string
		p    news.Publication
		want news.State
	}{
		{"never published", news.Publication{Latest: 3}, news.Draft},
		{"published", news.Publication{Published: 1}, news.Published},
		{"before its window", news.Publication{Published: 1, Content: news.Content{From: noon.Add(hour)}}, news.Scheduled},
		{"from its first second on", news.Publication{Published: 1, Content: news.Content{From: noon}}, news.Published},
		{"until its last", news.Publication{Published: 1, Content: news.Content{Until: noon.Add(time.Second)}}, news.Published},
		{"and not after", news.Publication{Published: 1, Content: news.Content{Until: noon}}, news.Over},
		{"withdrawn", news.Publication{WithdrawnAt: noon}, news.Withdrawn},
	} {
		if got := c.p.State(noon); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestWhoSees(t *testing.T) {
	everyone, few := item("a", news.Lunch, noon), item("b", news.Lunch, noon)
	few.ActivityID = "cantine"
	for _, c := range []struct {
		name       string
		item       *news.Item
		activities []string
		want       bool
	}{
		{"everyone sees what is for everyone", everyone, nil, true},
		{"a visitor does not see what is for some", few, nil, false},
		{"nor does a family of another activity", few, []string{"étude"}, false},
		{"a family of the activity does", few, []string{"étude", "cantine"}, true},
	} {
		if c.item.Visible(noon, c.activities) != c.want {
			t.Error(c.name)
		}
	}
}

func titles(items []*news.Item) string {
	var out []string
	for _, i := range items {
		out = append(out, i.Title)
	}
	return strings.Join(out, " ")
}

func TestFollowedThemesComeFirst(t *testing.T) {
	old, new := noon.Add(-48*time.Hour), noon
	pinned := item("épinglée", news.Payment, old.Add(-time.Hour))
	pinned.Pinned = true
	list := []*news.Item{item("cantine", news.Lunch, old), item("crèche", news.EarlyAge, new), item("mercredi", news.Leisure, new.Add(-time.Hour)), pinned}
	for _, c := range []struct {
		name   string
		choice news.Choice
		want   string
	}{
		{"nothing followed: the latest first", news.Choice{}, "épinglée crèche mercredi cantine"},
		{"nothing followed and only that: everything", news.Choice{Only: true}, "épinglée crèche mercredi cantine"},
		{"what is followed goes before what is newer", news.ParseChoice("restauration", false), "épinglée cantine crèche mercredi"},
		{"only what is followed, and what is pinned", news.ParseChoice("restauration loisirs", true), "épinglée mercredi cantine"},
	} {
		if got := titles(c.choice.Arrange(list)); got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
	}
	if got := titles(list); got != "cantine crèche mercredi épinglée" {
		t.Errorf("the list given was changed: %s", got)
	}
}

func TestChoicesAreReadAsTheyAreWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := news.Choice{Only: rapid.Bool().Draw(t, "only")}
		for _, theme := range news.Themes {
			if rapid.Bool().Draw(t, string(theme)) {
				c.Themes = append(c.Themes, theme)
			}
		}
		if got := news.ParseChoice(c.Text("."), c.Only); !slices.Equal(got.Themes, c.Themes) || got.Only != c.Only {
			t.Fatalf("%v written %q read %v", c, c.Text("."), got)
		}
	})
	if got := news.ParseChoice("loisirs;loisirs loisirs.../etc restauration", false); got.Text(" ") != "loisirs restauration" {
		t.Errorf("read %v", got)
	}
}

func TestAddressesOfTitles(t *testing.T) {
	for title, want := range map[string]string{
		"Le repas de Noël, jeudi 17 décembre": "le-repas-de-noel-jeudi-17-decembre",
		"L’œuf & la poule":                    "l-oeuf-la-poule",
		"../../etc/passwd":                    "etc-passwd",
		"★":                                   "page",
	} {
		if got := news.Slug(title); got != want {
			t.Errorf("%q: %q", title, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := news.Slug(rapid.String().Draw(t, "title"))
		if s == "" || len(s) > 61 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || strings.HasPrefix(s, "-") || strings.Contains(s, "--") {
			t.Fatalf("%q", s)
		}
	})
}

// archive makes a zip of parts: name, content, name, content.
func archive(t testing.TB, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, err := z.Create(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(parts[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const wordTypes = `<Types><Override ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`

func TestFormatsAreKnownByTheirContent(t *testing.T) {
	odt := archive(t, "mimetype", "application/vnd.oasis.opendocument.text", "content.xml", "<x/>")
	docx := archive(t, "[Content_Types].xml", wordTypes, "word/document.xml", "<x/>")
	for _, c := range []struct {
		name    string
		content []byte
		want    news.Format
	}{
		{"PDF", []byte("%PDF-1.7\n"), news.PDF},
		{"PNG", []byte("\x89PNG\r\n\x1a\n…"), news.PNG},
		{"JPEG", []byte("\xff\xd8\xff\xe0"), news.JPEG},
		{"ODT", odt, news.ODT},
		{"DOCX", docx, news.DOCX},
		{"a text document with macros", archive(t, "[Content_Types].xml", strings.Replace(wordTypes, "openxmlformats-officedocument.wordprocessingml.document.main", "ms-word.document.macroEnabled.main", 1), "word/document.xml", ""), ""},
		{"one with a macro slipped in", archive(t, "[Content_Types].xml", wordTypes, "word/vbaProject.bin", "x"), ""},
		{"an ODT with Basic", archive(t, "mimetype", "application/vnd.oasis.opendocument.text", "Basic/Standard/Module1.xml", "x"), ""},
		{"a spreadsheet", archive(t, "mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ""},
		{"a page", []byte("<!doctype html><script>alert(1)</script>"), ""},
		{"a drawing", []byte("<svg xmlns='http://www.w3.org/2000/svg'/>"), ""},
		{"a cut archive", odt[:20], ""},
		{"nothing", nil, ""},
	} {
		if got, ok := news.FormatOf(c.content); got != c.want || ok != (c.want != "") {
			t.Errorf("%s: %q", c.name, got)
		}
	}
	if news.PDF.ContentType() != "application/pdf" || news.JPEG.French() != "JPEG" || news.DOCX.French() != "DOCX" {
		t.Error("names of formats")
	}
}

func FuzzFormatOf(f *testing.F) {
	f.Add([]byte("%PDF-"))
	f.Add(archive(f, "mimetype", "application/vnd.oasis.opendocument.text"))
	f.Add(archive(f, "[Content_Types].xml", wordTypes, "word/document.xml", ""))
	f.Fuzz(func(t *testing.T, content []byte) {
		if format, ok := news.FormatOf(content); ok == (format == "") {
			t.Errorf("%q, %v", format, ok)
		}
	})
}
