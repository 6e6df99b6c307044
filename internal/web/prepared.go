package web

import (
	"bytes"
	"context"
	"net/http"
	"strconv"

	"github.com/a-h/templ"
	"github.com/klauspost/compress/gzip"

	"preau/internal/web/ui"
)

// Prepared is a page that is the same for many visitors: drawn and compressed once.
type Prepared struct{ plain, packed []byte }

// Prepare draws a page to be sent many times. It must hold nothing of the request it is drawn for.
func Prepare(ctx context.Context, page templ.Component) (*Prepared, error) {
	var plain, packed bytes.Buffer
	if err := page.Render(ctx, &plain); err != nil {
		return nil, err
	}
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(plain.Bytes()); err != nil {
		return nil, err
	}
	err = z.Close() // what is packed is complete only then
	return &Prepared{plain.Bytes(), packed.Bytes()}, err
}

// Send answers with the page.
func (p *Prepared) Send(w http.ResponseWriter, r *http.Request) error {
	body := p.plain
	h := w.Header()
	h["Content-Type"] = htmlValue
	h["Cache-Control"] = privateValue
	h.Set("Vary", "Accept-Encoding")
	if ui.AcceptsGzip(r.Header.Get("Accept-Encoding")) {
		body = p.packed
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(body) // a visitor who has left is nobody's failure
	return nil
}
