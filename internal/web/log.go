package web

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"
)

// writer remembers the status of an answer, and holds back the bare text that http.ServeMux writes for a route that does not
// exist, so that a page of ours takes its place.
type writer struct {
	http.ResponseWriter
	st     *state
	status int
	held   int // 404 or 405, held back
}

func (w *writer) WriteHeader(status int) {
	if !w.st.routed && (status == http.StatusNotFound || status == http.StatusMethodNotAllowed) && w.held == 0 && w.status == 0 {
		w.held = status
		return
	}
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *writer) Write(b []byte) (int, error) {
	if w.held != 0 && w.status == 0 {
		return len(b), nil
	}
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// finish turns a panic into the page of a failure, and writes the line of the request log. The line holds the route's pattern,
// never the path or the query: secrets of feeds, activations and keys are there; nor who asked, nor from where.
func (s *Server) finish(w *writer, r *http.Request) {
	if p := recover(); p != nil {
		if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(p)
		}
		s.config.Log.LogAttrs(r.Context(), slog.LevelError, "panic",
			slog.String("id", w.st.id), slog.String("route", r.Pattern), slog.String("error", fmt.Sprint(p)), slog.String("stack", string(debug.Stack())))
		w.st.routed = true
		if w.status != 0 {
			panic(http.ErrAbortHandler) // half a page has left: the connection is cut so that nobody takes it for a whole one
		}
		s.show(w, r, failure)
	}
	level := slog.LevelInfo
	if r.Pattern == "GET /static/{file}" {
		level = slog.LevelDebug
	}
	if !s.config.Log.Enabled(r.Context(), level) {
		return
	}
	town := ""
	if w.st.town != nil {
		town = w.st.town.ID
	}
	s.config.Log.LogAttrs(r.Context(), level, "request",
		slog.String("id", w.st.id), slog.String("town", town), slog.String("method", r.Method), slog.String("route", r.Pattern),
		slog.Int("status", w.status), slog.Duration("took", time.Since(w.st.start)))
}
