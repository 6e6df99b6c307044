package web

import (
	"net/http"
	"slices"
	"strings"
)

// Handler answers a request, or says what went wrong; it has written nothing when it returns an error.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Endpoint is a handler and who may reach it.
type Endpoint struct {
	Access string // "anyone", or the word given to Guard
	handle Handler
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
		if err := e.handle(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

// Routes lists the route table, in the order of registration.
func (s *Server) Routes() []Route { return slices.Clone(s.routes) }
