package webtest

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Visitor is one person with one browser.
type Visitor struct {
	t      testing.TB
	base   *url.URL
	client *http.Client
	// Header is added to each request: a forwarded address, a language.
	Header http.Header
}

// Site is a server under test.
type Site struct {
	server *httptest.Server
}

// NewSite starts handler on a local port until the end of the test.
func NewSite(t testing.TB, handler http.Handler) *Site {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return &Site{server: server}
}

// URL is the site's address under a host name that resolves to this machine in a browser: "chatou.localhost". The browser takes such
// names for secure ones, as it takes https.
func (s *Site) URL(host string) string {
	_, port, err := net.SplitHostPort(s.server.Listener.Addr().String())
	if err != nil {
		panic(err) // the address of a listener
	}
	return "http://" + net.JoinHostPort(host, port)
}

// Visitor makes someone who visits the site under a host name, whatever the name: it is not resolved.
func (s *Site) Visitor(t testing.TB, host string) *Visitor {
	t.Helper()
	base, err := url.Parse(s.URL(host))
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	address := s.server.Listener.Addr().String()
	transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, address)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &Visitor{t: t, base: base, client: &http.Client{Jar: jar, Transport: transport}, Header: http.Header{}}
}

// Get opens an address of the site, following redirects.
func (v *Visitor) Get(address string) *Page {
	v.t.Helper()
	return v.send(http.MethodGet, address, "", nil)
}

// Post sends values to an address that need not be on the page: what a script or a forger would do.
func (v *Visitor) Post(address string, values url.Values) *Page {
	v.t.Helper()
	return v.send(http.MethodPost, address, "application/x-www-form-urlencoded", strings.NewReader(values.Encode()))
}

// PostJSON sends a JSON text, as a script of a page does.
func (v *Visitor) PostJSON(address, body string) *Page {
	v.t.Helper()
	return v.send(http.MethodPost, address, "application/json", strings.NewReader(body))
}

// Cookies are those the site gave.
func (v *Visitor) Cookies() []*http.Cookie { return v.client.Jar.Cookies(v.base) }

// Forget drops the cookies: a session that has expired, another day.
func (v *Visitor) Forget() {
	jar, err := cookiejar.New(nil)
	if err != nil {
		v.t.Fatal(err)
	}
	v.client.Jar = jar
}

func (v *Visitor) send(method, address, kind string, body io.Reader) *Page {
	v.t.Helper()
	target, err := v.base.Parse(address)
	if err != nil {
		v.t.Fatalf("%s %s: %v", method, address, err)
	}
	r, err := http.NewRequestWithContext(v.t.Context(), method, target.String(), body)
	if err != nil {
		v.t.Fatal(err)
	}
	for name, values := range v.Header {
		r.Header[name] = values
	}
	r.Header.Set("Accept", "text/html")
	if kind != "" {
		r.Header.Set("Content-Type", kind)
		if r.Header.Get("Sec-Fetch-Site") == "" {
			r.Header.Set("Sec-Fetch-Site", "same-origin")
		}
	}
	answer, err := v.client.Do(r)
	if err != nil {
		v.t.Fatalf("%s %s: %v", method, address, err)
	}
	defer func() { _ = answer.Body.Close() }() // read to its end below
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		v.t.Fatalf("%s %s: %v", method, address, err)
	}
	p := &Page{t: v.t, visitor: v, URL: answer.Request.URL, Status: answer.StatusCode, Header: answer.Header, Body: string(content)}
	if strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
		p.root, err = html.Parse(strings.NewReader(p.Body))
		if err != nil {
			v.t.Fatalf("%s %s: %v", method, address, err)
		}
	}
	return p
}

// Raw sends bytes as they are: what another server would do.
func (v *Visitor) Raw(method, address, kind, body string) *Page {
	v.t.Helper()
	return v.send(method, address, kind, strings.NewReader(body))
}
