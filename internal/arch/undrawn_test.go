package arch_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"preau/internal/arch"
)

const generatedPage = `package ui

func Seen(text string) templ.Component {
	return draw(func(in Input) error {
		if in.Broken {
			return in.Err
		}
		return in.Write(text)
	})
}

func OnlyCalled() templ.Component {
	return draw(func(in Input) error {
		return in.Write("")
	})
}

func (p Page) Unseen() templ.Component {
	return draw(func(in Input) error {
		return in.Write("")
	})
}
`

func TestUndrawn(t *testing.T) {
	tree := fstest.MapFS{
		"internal/ui/page_templ.go":   {Data: []byte(generatedPage)},
		"internal/ui/page.go":         {Data: []byte("package ui")},
		"internal/far/other_templ.go": {Data: []byte(strings.Replace(generatedPage, "package ui", "package far", 1))},
	}
	profile := `mode: set
preau/internal/ui/page_templ.go:3.40,4.35 1 1
preau/internal/ui/page_templ.go:5.16,7.4 1 0
preau/internal/ui/page_templ.go:8.3,8.24 1 0
preau/internal/ui/page_templ.go:12.35,13.35 1 1
preau/internal/ui/page_templ.go:14.3,14.22 1 0
preau/internal/ui/page_templ.go:8.3,8.24 1 1
`
	got, err := arch.Undrawn(tree, "preau", strings.NewReader(profile))
	want := []string{"internal/far/other.templ: Seen", "internal/far/other.templ: OnlyCalled", "internal/far/other.templ: Unseen", "internal/ui/page.templ: OnlyCalled", "internal/ui/page.templ: Unseen"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("Undrawn = %q, %v\nwant %q", got, err, want)
	}
	if _, err := arch.Undrawn(tree, "preau", strings.NewReader("mode: set\nnonsense 1")); err == nil {
		t.Error("a broken profile is read")
	}
}
