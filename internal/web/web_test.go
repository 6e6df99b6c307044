package web_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"preau/internal/fault"
	"preau/internal/town"
	"preau/internal/web"
	"preau/internal/web/ui"
	"preau/internal/webtest"
)

// house is a server of one town with the pages that a test adds.
type house struct {
	*web.Server
	log *bytes.Buffer
}

func build(t testing.TB, change func(*web.Config)) house {
	t.Helper()
	chatou := &town.Town{ID: "chatou", Name: "Ville de Chatou", Key: bytes.Repeat([]byte{7}, 32), Demo: true}
	other := &town.Town{ID: "other", Name: "Ville d’Autre", Key: bytes.Repeat([]byte{8}, 32)}
	faces := map[string]*ui.Town{"chatou": ui.NewTown(ui.Town{Name: chatou.Name, Ribbon: "Démonstration : tout est inventé."}), "other": ui.NewTown(ui.Town{Name: other.Name})}
	log := &bytes.Buffer{}
	c := web.Config{
		Towns: func(host string) (*town.Town, bool) {
			name, _, err := net.SplitHostPort(host)
			if err != nil {
				name = host
			}
			switch name {
			case "chatou.localhost":
				return chatou, true
			case "other.localhost":
				return other, true
			}
			return nil, false
		},
		Face: func(t *town.Town) *ui.Town { return faces[t.ID] },
		Log:  slog.New(slog.NewTextHandler(log, nil)),
	}
	if change != nil {
		change(&c)
	}
	return house{web.New(c), log}
}

// page answers with a short page.
func page(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, ui.Public(web.Frame(w, r, ui.Page{Title: "Essai"})))
}

func refuses(err error) web.Endpoint {
	return web.Anyone(func(http.ResponseWriter, *http.Request) error { return err })
}

func TestErrorsBecomePages(t *testing.T) {
	h := build(t, nil)
	h.Handle("GET /espace/absent", refuses(fault.NotFoundf("Cet enfant n’est pas dans votre foyer.")))
	h.Handle("GET /espace/interdit", refuses(fault.Forbiddenf("")))
	h.Handle("GET /refus", refuses(fault.Refusedf("Trop tard depuis le lundi 30 novembre à 23 h 59.")))
	h.Handle("GET /invalide", refuses(fault.Invalidf("nom", "Indiquez votre nom.")))
	h.Handle("GET /conflit", refuses(fault.Conflictf("Ce jour a été fermé.")))
	h.Handle("GET /panne", refuses(errors.New("disk full: /var/lib/secret")))
	h.Handle("GET /panique", web.Anyone(func(http.ResponseWriter, *http.Request) error { panic("nil map") }))
	h.Handle("POST /seulement", web.Anyone(page))
	v := webtest.NewSite(t, h).Visitor(t, "chatou.localhost")
	for path, want := range map[string]struct {
		status int
		says   []string
	}{
		"/espace/absent":   {404, []string{"Cette page n’existe pas", "Cet enfant n’est pas dans votre foyer.", "Revenir à mon espace"}},
		"/espace/interdit": {403, []string{"Vous n’avez pas accès", "Votre compte ne donne pas ce droit."}},
		"/refus":           {422, []string{"Ce n’est pas possible", "Trop tard depuis le lundi 30 novembre à 23 h 59.", "Revenir à l’accueil"}},
		"/invalide":        {422, []string{"à corriger", "Indiquez votre nom."}},
		"/conflit":         {409, []string{"entre-temps", "Ce jour a été fermé."}},
		"/panne":           {500, []string{"Quelque chose n’a pas fonctionné", "Référence"}},
		"/panique":         {500, []string{"Quelque chose n’a pas fonctionné", "Référence"}},
		"/nulle/part":      {404, []string{"Cette page n’existe pas"}},
		"/seulement":       {405, []string{"ne s’ouvre pas ainsi"}},
	} {
		p := v.Get(path).Want(want.status).Says("main", want.says...)
		if p.Count("h1") != 1 || p.Count("header.mast") != 1 {
			t.Errorf("%s is not a whole page", path)
		}
		if strings.Contains(p.Body, "secret") || strings.Contains(p.Body, "nil map") {
			t.Errorf("%s tells what only the log may say", path)
		}
	}
	if got := v.Get("/seulement").Header.Get("Allow"); got != "POST" {
		t.Errorf("Allow: %q", got)
	}
	p := v.Get("/panne")
	reference := p.Text(".trouble strong")
	if len(reference) != 9 || !strings.Contains(h.log.String(), "id="+reference) {
		t.Errorf("the reference %q is not in the log", reference)
	}
}

func TestLogHoldsNoAddress(t *testing.T) {
	h := build(t, nil)
	h.Handle("GET /agenda/{secret}", web.Anyone(page))
	v := webtest.NewSite(t, h).Visitor(t, "chatou.localhost")
	v.Get("/agenda/t0ps3cret?nom=Martin").Want(200)
	line := h.log.String()
	if !strings.Contains(line, `route="GET /agenda/{secret}"`) || !strings.Contains(line, "status=200") || !strings.Contains(line, "town=chatou") {
		t.Errorf("log: %s", line)
	}
	for _, private := range []string{"t0ps3cret", "Martin", "127.0.0.1"} {
		if strings.Contains(line, private) {
			t.Errorf("the log holds %q", private)
		}
	}
}

func TestHeaders(t *testing.T) {
	h := build(t, nil)
	h.Handle("GET /", web.Anyone(page))
	v := webtest.NewSite(t, h).Visitor(t, "chatou.localhost")
	for _, path := range []string{"/", "/static/none.css"} {
		got := v.Get(path).Header
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; img-src 'self' blob:; base-uri 'none'; frame-ancestors 'none'",
			"Referrer-Policy":         "no-referrer",
			"X-Content-Type-Options":  "nosniff",
		} {
			if got.Get(name) != want {
				t.Errorf("%s: %s = %q", path, name, got.Get(name))
			}
		}
		if got.Get("Strict-Transport-Security") != "" {
			t.Error("plain http promises https")
		}
	}
}

func TestTownsByHost(t *testing.T) {
	h := build(t, nil)
	h.Handle("GET /{$}", web.Anyone(page))
	site := webtest.NewSite(t, h)
	site.Visitor(t, "chatou.localhost").Get("/").Want(200).Says(".brand", "Ville de Chatou")
	site.Visitor(t, "other.localhost").Get("/").Want(200).Says(".brand", "Ville d’Autre")
	p := site.Visitor(t, "evil.example").Get("/").Want(http.StatusMisdirectedRequest)
	if strings.Contains(p.Body, "Chatou") || !p.Has("h1") {
		t.Error("an unknown host is told of a town")
	}
	site.Visitor(t, "chatou.localhost").Get("/style").Want(200)
	site.Visitor(t, "other.localhost").Get("/style").Want(404)
}

func TestForgedPostsAreRefused(t *testing.T) {
	h := build(t, nil)
	acts := 0
	h.Handle("POST /acte", web.Anyone(func(w http.ResponseWriter, r *http.Request) error {
		acts++
		return web.Redirect(w, r, "/fait")
	}))
	h.Handle("GET /fait", web.Anyone(page))
	v := webtest.NewSite(t, h).Visitor(t, "chatou.localhost")
	for _, from := range []string{"cross-site", "same-site"} {
		v.Header.Set("Sec-Fetch-Site", from)
		v.Post("/acte", url.Values{}).Want(403).Says("main", "autre site")
	}
	v.Header.Del("Sec-Fetch-Site")
	v.Post("/acte", url.Values{}).WantPath("/fait").Want(200)
	if acts != 1 {
		t.Errorf("%d acts", acts)
	}
}

func TestFlashIsSaidOnce(t *testing.T) {
	h := build(t, nil)
	h.Handle("POST /acte", web.Anyone(func(w http.ResponseWriter, r *http.Request) error {
		web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "6 repas sont réservés"})
		return web.Redirect(w, r, "/fait")
	}))
	h.Handle("GET /fait", web.Anyone(page))
	site := webtest.NewSite(t, h)
	v := site.Visitor(t, "chatou.localhost")
	v.Post("/acte", nil).Says(".flash .note--good", "6 repas sont réservés")
	if v.Get("/fait").Has(".flash") {
		t.Error("said twice")
	}
	for _, forged := range []string{"abc", "abc.def", "eyJ0IjoiZmF1eCJ9.AAAA", "."} {
		w := site.Visitor(t, "chatou.localhost")
		w.Header.Set("Cookie", "mot="+forged)
		if w.Get("/fait").Want(200).Has(".flash") {
			t.Errorf("%q is believed", forged)
		}
	}
}

func TestRedirectStaysHere(t *testing.T) {
	for path, want := range map[string]string{"/espace?x=1": "/espace?x=1", "": "/", "https://evil.example": "/", "//evil.example": "/", `/\evil.example`: "/", "/a\r\nX: y": "/", "espace": "/"} {
		if got := web.Local(path, "/"); got != want {
			t.Errorf("Local(%q) = %q", path, got)
		}
	}
}

type person struct{ name string }

func TestGuardAndRoutes(t *testing.T) {
	h := build(t, nil)
	who := func(_ http.ResponseWriter, r *http.Request) (person, error) {
		if c, err := r.Cookie("qui"); err == nil {
			return person{c.Value}, nil
		}
		return person{}, web.Elsewhere("/connexion?retour=" + url.QueryEscape(r.URL.Path))
	}
	h.Handle("GET /espace", web.Guard("family", who, func(w http.ResponseWriter, r *http.Request, p person) error {
		return web.Render(w, r, 200, ui.Family(web.Frame(w, r, ui.Page{Title: "Accueil", User: p.name})))
	}))
	h.Handle("GET /connexion", web.Anyone(page))
	site := webtest.NewSite(t, h)
	p := site.Visitor(t, "chatou.localhost").Get("/espace").WantPath("/connexion")
	if p.URL.Query().Get("retour") != "/espace" {
		t.Errorf("comes back to %q", p.URL.Query().Get("retour"))
	}
	v := site.Visitor(t, "chatou.localhost")
	v.Header.Set("Cookie", "qui=Claire")
	v.Get("/espace").WantPath("/espace").Says(".mast__tools", "Claire")
	access := map[string]string{}
	for _, route := range h.Routes() {
		access[route.Method+" "+route.Path] = route.Access
	}
	for pattern, want := range map[string]string{"GET /espace": "family", "GET /connexion": "anyone", "GET /static/{file}": "anyone", "GET /style": "anyone"} {
		if access[pattern] != want {
			t.Errorf("%s: %q", pattern, access[pattern])
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a route without a method is accepted")
		}
	}()
	h.Handle("/partout", web.Anyone(page))
}

func TestClientBehindProxies(t *testing.T) {
	for _, c := range []struct{ trusted, remote, forwarded, proto, client string }{
		{"", "203.0.113.9:1", "198.51.100.1", "https", "203.0.113.9"},
		{"10.0.0.0/8", "203.0.113.9:1", "198.51.100.1", "https", "203.0.113.9"},
		{"10.0.0.0/8", "10.1.1.1:1", "198.51.100.1", "https", "198.51.100.1"},
		{"10.0.0.0/8", "10.1.1.1:1", "1.1.1.1, 198.51.100.1, 10.2.2.2", "https", "198.51.100.1"},
		{"10.0.0.0/8", "10.1.1.1:1", "nonsense", "http", "10.1.1.1"},
		{"10.0.0.0/8", "10.1.1.1:1", "", "", "10.1.1.1"},
		{"::1/128", "[::1]:1", "2001:db8::5", "https", "2001:db8::5"},
	} {
		h := build(t, func(k *web.Config) {
			if c.trusted != "" {
				k.Trusted = []netip.Prefix{netip.MustParsePrefix(c.trusted)}
			}
		})
		var client string
		var secure bool
		h.Handle("GET /", web.Anyone(func(w http.ResponseWriter, r *http.Request) error {
			client, secure = web.ClientAddr(r).String(), web.Secure(r)
			return page(w, r)
		}))
		r := httptest.NewRequest(http.MethodGet, "http://chatou.localhost/", nil)
		r.RemoteAddr = c.remote
		r.Header.Set("X-Forwarded-For", c.forwarded)
		r.Header.Set("X-Forwarded-Proto", c.proto)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		believed := c.client != strings.TrimSuffix(c.remote, ":1") && c.proto == "https"
		if client != c.client || secure != believed {
			t.Errorf("%+v: client %s, secure %v", c, client, secure)
		}
		if (w.Header().Get("Strict-Transport-Security") != "") != secure {
			t.Errorf("%+v: transport security", c)
		}
	}
}

func TestHealth(t *testing.T) {
	var failing error
	h := build(t, func(c *web.Config) { c.Ready = func(context.Context) error { return failing } })
	v := webtest.NewSite(t, h).Visitor(t, "10.0.0.1")
	v.Get("/sante").Want(200)
	failing = errors.New("the database is away")
	v.Get("/sante").Want(503)
	v.Get("/sante/vie").Want(200)
	v.Get("/sante/autre").Want(404)
	v.Post("/sante", nil).Want(405)
}

func TestPagesAreCompressed(t *testing.T) {
	h := build(t, nil)
	r := httptest.NewRequest(http.MethodGet, "http://chatou.localhost/style", nil)
	r.Header.Set("Accept-Encoding", "gzip, zstd, br")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Header().Get("Content-Encoding") != "gzip" || w.Body.Len() > 20_000 {
		t.Errorf("%q, %d bytes", w.Header().Get("Content-Encoding"), w.Body.Len())
	}
}

func TestBodiesAreLimited(t *testing.T) {
	h := build(t, nil)
	h.Handle("POST /acte", web.Anyone(func(w http.ResponseWriter, r *http.Request) error {
		if _, err := web.ReadForm(w, r); err != nil {
			return err
		}
		return page(w, r)
	}))
	v := webtest.NewSite(t, h).Visitor(t, "chatou.localhost")
	v.Post("/acte", url.Values{"a": {strings.Repeat("x", 2<<20)}}).Want(http.StatusRequestEntityTooLarge)
	v.Post("/acte", url.Values{"a": {"x"}}).Want(200)
}

// A server that is asked to stop finishes what it has begun.
func TestServeStopsGently(t *testing.T) {
	h := build(t, nil)
	begun, release := make(chan bool), make(chan bool)
	h.Handle("GET /long", web.Anyone(func(w http.ResponseWriter, r *http.Request) error {
		begun <- true
		<-release
		return page(w, r)
	}))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- h.Serve(ctx, l) }()
	answered := make(chan error, 1)
	go func() {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+l.Addr().String()+"/long", nil)
		if err != nil {
			answered <- err
			return
		}
		r.Host = "chatou.localhost"
		answer, err := http.DefaultClient.Do(r)
		if err == nil {
			_, err = io.Copy(io.Discard, answer.Body)
			_ = answer.Body.Close()
		}
		answered <- err
	}()
	<-begun
	stop()
	time.Sleep(20 * time.Millisecond)
	release <- true
	if err := <-answered; err != nil {
		t.Errorf("the request under way: %v", err)
	}
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

func TestDownload(t *testing.T) {
	h := build(t, nil)
	h.Handle("GET /liste", web.Anyone(func(w http.ResponseWriter, _ *http.Request) error {
		return web.Download(w, "text/csv; charset=utf-8", "liste.csv", []byte("a;b\r\n"))
	}))
	p := webtest.NewSite(t, h).Visitor(t, "chatou.localhost").Get("/liste").Want(200)
	if p.Body != "a;b\r\n" || p.Header.Get("Content-Disposition") != `attachment; filename="liste.csv"` {
		t.Errorf("%q %v", p.Body, p.Header)
	}
}
