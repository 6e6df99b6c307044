package house_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"preau/internal/house"
)

// fetch asks as a browser does, compressed, and gives what comes over the wire.
func fetch(t testing.TB, h *house.House, path string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://chatou.localhost"+path, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("%s: status %d", path, w.Code)
	}
	return w
}

var needed = regexp.MustCompile(`(?:<link rel="(?:icon|stylesheet|preload)" href|<script src|<img[^>]* src|<use href)="([^"#]+)`)

// firstPage is how many bytes the first page may take over the wire, fonts apart (docs/performance.md).
const firstPage = 60_000

// The first page of a believable town, with all that it has a browser fetch, is light: nothing comes from elsewhere, and it is under the
// limit with its pictures.
func TestTheFirstPageIsLight(t *testing.T) {
	h, _ := whole(t)
	r := httptest.NewRequest(http.MethodGet, "http://chatou.localhost/", nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	page := w.Body.String()
	total, seen := fetch(t, h, "/").Body.Len(), map[string]bool{}
	sizes := map[string]int{"/": total}
	for _, m := range needed.FindAllStringSubmatch(page, -1) {
		path := m[1]
		if seen[path] || strings.HasSuffix(path, ".woff2") {
			continue
		}
		if !strings.HasPrefix(path, "/") {
			t.Errorf("%s comes from elsewhere", path)
			continue
		}
		seen[path] = true
		sizes[path] = fetch(t, h, path).Body.Len()
		total += sizes[path]
	}
	pictures := 0
	for path := range seen {
		if strings.HasPrefix(path, "/actualites/image/") {
			pictures++
		}
	}
	if pictures != 3 || len(seen) < 7 {
		t.Errorf("only %d files are counted, %d pictures among them", len(seen), pictures)
	}
	if total > firstPage {
		t.Errorf("the first page takes %d bytes: %v", total, sizes)
	}
	t.Logf("%d bytes: %v", total, sizes)
}

// BenchmarkPublic is the pages of everyone, for somebody who is not signed in.
func BenchmarkPublic(b *testing.B) {
	h, _ := whole(b)
	for _, path := range []string{"/", "/actualites", "/activites/restauration", "/recherche?q=repas"} {
		b.Run(path, func(b *testing.B) {
			for b.Loop() {
				fetch(b, h, path)
			}
		})
	}
}
