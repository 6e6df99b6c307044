package web_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/klauspost/compress/gzhttp"

	"preau/internal/web"
)

type sink struct {
	header http.Header
	bytes  int
}

func (s *sink) Header() http.Header { return s.header }
func (s *sink) WriteHeader(int)     {}
func (s *sink) Write(b []byte) (int, error) {
	s.bytes += len(b)
	return len(b), nil
}

func ask() *http.Request {
	r := httptest.NewRequest(http.MethodGet, "http://chatou.localhost/style", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	return r
}

// The longest page of components, through the server, beside the same bytes through the same compression and nothing else.
func BenchmarkKit(b *testing.B) {
	h := build(b, nil)
	w := httptest.NewRecorder()
	plain := ask()
	plain.Header.Del("Accept-Encoding")
	h.ServeHTTP(w, plain)
	content := bytes.Clone(w.Body.Bytes())
	b.Run("server", func(b *testing.B) {
		for b.Loop() {
			h.ServeHTTP(&sink{header: http.Header{}}, ask())
		}
	})
	pack, err := gzhttp.NewWrapper(gzhttp.CompressionLevel(web.GzipLevel), gzhttp.EnableZstd(false))
	if err != nil {
		b.Fatal(err)
	}
	bare := pack(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.Copy(w, bytes.NewReader(content))
	}))
	b.Run("bare", func(b *testing.B) {
		for b.Loop() {
			bare.ServeHTTP(&sink{header: http.Header{}}, ask())
		}
		b.ReportMetric(float64(len(content)), "page-bytes")
	})
}
