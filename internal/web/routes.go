package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Handler answers a request, or says what went wrong; it has written nothing when it returns an error.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Endpoint is a handler and who may reach it.
type Endpoint struct {
	Access string // "anyone", or the word given to Guard
	handle Handler
	most   int64         // bytes of a body; 0 is MaxBody
	within time.Duration // for the whole of a request, when the server's own time does not do
}

// Large lets a route take a body of most bytes, and gives its request and its answer that much time: files, on the line of a
// telephone.
func (e Endpoint) Large(most int64, within time.Duration) Endpoint {
	e.most, e.within = most, within
	return e
}

// Route is one line of the route table.
type Route struct {
	Method, Path string // "POST", "/espace/reservations/{enrolment}"
	Access       string
}

// Anyone opens a handler to everyone, signed in or not.
func Anyone(h Handler) Endpoint { return Endpoint{Access: "anyone", handle: h} }

// Guard opens a handler to those whom resolve recognises, and hands over who it is. Access says who that is, in a word of the
// door ("family", "office:instruct"). Resolve answers with an error for anybody else: Elsewhere to sign in first, a refusal of
// package fault for who is known and may not.
func Guard[A any](access string, resolve func(http.ResponseWriter, *http.Request) (A, error), h func(http.ResponseWriter, *http.Request, A) error) Endpoint {
	return Endpoint{Access: access, handle: func(w http.ResponseWriter, r *http.Request) error {
		who, err := resolve(w, r)
		if err != nil {
			return err
		}
		return h(w, r, who)
	}}
}

// Handle registers an endpoint under a pattern of http.ServeMux with its method: "POST /espace/reservations/{enrolment}".
// A pattern without a method, or one that contradicts another, panics: the house does not start.
func (s *Server) Handle(pattern string, e Endpoint) {
	method, path, ok := strings.Cut(pattern, " ")
	if !ok || e.handle == nil {
		panic("web: a route needs a method and a handler: " + pattern)
	}
	s.routes = append(s.routes, Route{Method: method, Path: path, Access: e.Access})
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		of(r).routed = true
		e.bound(w, r)
		if err := e.handle(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

// FromOutside lets a route be posted to from the pages of other sites ("POST /paiement/payfip/retour"): its handler believes nothing of
// what it is sent, and needs no cookie.
func (s *Server) FromOutside(pattern string) { s.cross.AddInsecureBypassPattern(pattern) }

// bound limits what a request may send, and how long it may take.
func (e Endpoint) bound(w http.ResponseWriter, r *http.Request) {
	most := e.most
	if most == 0 {
		most = MaxBody
	}
	r.Body = http.MaxBytesReader(w, r.Body, most)
	if e.within == 0 {
		return
	}
	until := of(r).start.Add(e.within)
	line := http.NewResponseController(w)
	if err := errors.Join(line.SetReadDeadline(until), line.SetWriteDeadline(until.Add(writeTimeout))); err != nil && !errors.Is(err, http.ErrNotSupported) {
		of(r).server.config.Log.WarnContext(r.Context(), "no more time for a large request", "error", err)
	}
}

// Routes lists the route table, in the order of registration.
func (s *Server) Routes() []Route { return slices.Clone(s.routes) }
