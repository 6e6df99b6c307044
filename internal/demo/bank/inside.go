package bank

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
)

// Inside is the line between a town and banks that live in the same process: what is called is answered by the server itself, without the
// network. It serves nothing until it is given a handler.
type Inside struct {
	handler atomic.Pointer[http.Handler]
}

// Serve gives the handler that answers.
func (i *Inside) Serve(h http.Handler) { i.handler.Store(&h) }

// errNobody is a call before there is anybody to answer it.
var errNobody = errors.New("bank: nobody answers yet")

// RoundTrip has the handler answer a call.
func (i *Inside) RoundTrip(r *http.Request) (*http.Response, error) {
	h := i.handler.Load()
	if h == nil {
		return nil, errNobody
	}
	in := r.Clone(r.Context())
	in.Host, in.RequestURI, in.RemoteAddr = r.URL.Host, r.URL.RequestURI(), "127.0.0.1:0"
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := &answerWriter{header: http.Header{}, status: http.StatusOK}
	(*h).ServeHTTP(w, in)
	return &http.Response{StatusCode: w.status, Header: w.header, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: r, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}, nil
}

// answerWriter keeps an answer.
type answerWriter struct {
	header  http.Header
	status  int
	written bool
	body    bytes.Buffer
}

// Header is the answer's.
func (w *answerWriter) Header() http.Header { return w.header }

// WriteHeader keeps the first status.
func (w *answerWriter) WriteHeader(status int) {
	if !w.written {
		w.status, w.written = status, true
	}
}

// Write keeps the body.
func (w *answerWriter) Write(p []byte) (int, error) {
	w.written = true
	return w.body.Write(p)
}
