package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"preau/internal/town"
	"preau/internal/web/ui"
)

// GzipLevel is how hard pages are compressed. It is low on purpose: the last tenth of size costs more time than all the rest.
const GzipLevel = 3

// MaxBody is the largest request body accepted, in bytes: a file of five megabytes and what surrounds it.
const MaxBody = 6 << 20

const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = 60 * time.Second
	idleTimeout       = 2 * time.Minute
	shutdownTimeout   = 25 * time.Second
	maxHeaderBytes    = 32 << 10
)

// Config is what a server is given.
type Config struct {
	// Towns finds the town of a request's Host header, with or without a port.
	Towns func(host string) (*town.Town, bool)
	// Face is what the pages of a town show of it. It is called for each page: the answer is prepared beforehand.
	Face func(t *town.Town) *ui.Town
	Log  *slog.Logger
	// Trusted are the proxies whose X-Forwarded-For and X-Forwarded-Proto are believed; none unless given.
	Trusted []netip.Prefix
	// Ready says why the server cannot answer now: nil when it can.
	Ready func(ctx context.Context) error
}

// Server answers requests for all towns.
type Server struct {
	config  Config
	mux     *http.ServeMux
	routes  []Route
	cross   *http.CrossOriginProtection
	handler http.Handler
}

// New makes a server that serves the static files and its own health; doors add their pages with Handle.
func New(c Config) *Server {
	s := &Server{config: c, mux: http.NewServeMux(), cross: http.NewCrossOriginProtection()}
	pack, err := gzhttp.NewWrapper(gzhttp.CompressionLevel(GzipLevel), gzhttp.EnableZstd(false), gzhttp.MinSize(1024))
	if err != nil {
		panic(err) // the options are constants of this file
	}
	s.handler = pack(http.HandlerFunc(s.answer))
	s.Handle("GET /static/{file}", Anyone(func(w http.ResponseWriter, r *http.Request) error {
		ui.Static(w, r)
		return nil
	}))
	s.Handle("GET /style", Anyone(s.kit))
	return s
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/sante") {
		s.health(w, r)
		return
	}
	s.handler.ServeHTTP(w, r)
}

// Serve answers on l until ctx is done, then lets the requests under way finish.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.config.Log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := server.Shutdown(last); err != nil {
		return err
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// answer is everything that surrounds a page: state, log, headers, town, origin, routes, refusals.
func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	st := &state{server: s, id: newID(), start: time.Now()}
	st.client, st.secure = s.peer(r)
	r = r.WithContext(context.WithValue(r.Context(), stateKey{}, st))
	out := &writer{ResponseWriter: w, st: st}
	defer s.finish(out, r)

	setHeaders(out.Header(), st.secure)
	if s.config.Towns != nil {
		st.town, _ = s.config.Towns(r.Host)
	}
	if st.town == nil && !strings.HasPrefix(r.URL.Path, "/static/") {
		s.fail(out, r, errUnknownHost)
		return
	}
	if !readable(r.URL.Path) { // the ids in it go to the database, and PostgreSQL refuses what is no text
		s.fail(out, r, errNoPage)
		return
	}
	if err := s.cross.Check(r); err != nil {
		s.fail(out, r, errCrossOrigin)
		return
	}
	s.mux.ServeHTTP(out, r)
	if out.held != 0 {
		s.fail(out, r, unrouted(out.held))
	}
}

// health answers /sante/vie (the process runs) and /sante (it can also serve pages), for whatever host is asked.
func (s *Server) health(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		h.Set("Allow", "GET, HEAD")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	case r.URL.Path == "/sante/vie":
	case r.URL.Path != "/sante":
		w.WriteHeader(http.StatusNotFound)
		return
	case s.config.Ready != nil:
		if err := s.config.Ready(r.Context()); err != nil {
			s.config.Log.Warn("not ready", "error", err)
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte("indisponible\n"))
			return
		}
	}
	_, _ = w.Write([]byte("ok\n"))
}

// kit shows the components, in a town that is a demonstration and nowhere else.
func (s *Server) kit(w http.ResponseWriter, r *http.Request) error {
	if !Town(r).Demo {
		return errNoPage
	}
	return Render(w, r, http.StatusOK, ui.Kit(Frame(w, r, ui.Page{
		Title: "Le kit", Kit: true, Nav: ui.FamilyNav(2), Here: "/espace/planning", User: "Claire Martin", Me: "/espace/profil",
	})))
}
