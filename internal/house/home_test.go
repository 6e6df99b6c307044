package house_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// BenchmarkHome is the first page, for somebody who is not signed in.
func BenchmarkHome(b *testing.B) {
	h, _ := whole(b)
	r := httptest.NewRequest(http.MethodGet, "http://chatou.localhost/", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	for b.Loop() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
}
