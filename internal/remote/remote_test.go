package remote_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"preau/internal/remote"
)

func server(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func TestAnAnswerIsBounded(t *testing.T) {
	s := server(t, func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(bytes.Repeat([]byte("x"), 100)) })
	for most, fails := range map[int64]bool{99: true, 100: false, 1000: false} {
		a, err := remote.New(remote.Options{Answer: most, Log: slog.New(slog.DiscardHandler)}).Get(t.Context(), s.URL, nil)
		if errors.Is(err, remote.ErrTooLarge) != fails || !fails && (err != nil || len(a.Body) != 100) {
			t.Errorf("at most %d: %d bytes, %v", most, len(a.Body), err)
		}
	}
}

func TestACallEnds(t *testing.T) {
	held := make(chan struct{})
	s := server(t, func(http.ResponseWriter, *http.Request) { <-held })
	defer close(held)
	start := time.Now()
	_, err := remote.New(remote.Options{Timeout: 50 * time.Millisecond, Log: slog.New(slog.DiscardHandler)}).Get(t.Context(), s.URL, nil)
	if err == nil || time.Since(start) > 3*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
}

// A redirect is an answer like another: what was sent is not sent elsewhere.
func TestRedirectsAreNotFollowed(t *testing.T) {
	asked := 0
	s := server(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		http.Redirect(w, r, "/ailleurs", http.StatusFound)
	})
	a, err := remote.New(remote.Options{Log: slog.New(slog.DiscardHandler)}).PostForm(t.Context(), s.URL, url.Values{"secret": {"x"}})
	if err != nil || a.Status != http.StatusFound || asked != 1 {
		t.Errorf("%d after %d calls, %v", a.Status, asked, err)
	}
}

func TestClearTextStaysHere(t *testing.T) {
	c := remote.New(remote.Options{Log: slog.New(slog.DiscardHandler)})
	for _, address := range []string{"http://192.0.2.1/", "http://ville.example/", "ftp://127.0.0.1/"} {
		if _, err := c.Get(t.Context(), address, nil); !errors.Is(err, remote.ErrInsecure) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// A certificate that nobody vouches for is refused, on this machine too.
func TestCertificatesAreVerified(t *testing.T) {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(s.Close)
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	if _, err := remote.New(remote.Options{Log: slog.New(slog.DiscardHandler)}).Get(t.Context(), s.URL, nil); err == nil {
		t.Error("an unknown certificate is taken")
	}
	roots := s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	if a, err := remote.New(remote.Options{Roots: roots, Log: slog.New(slog.DiscardHandler)}).Get(t.Context(), s.URL, nil); err != nil || a.Status != http.StatusNotFound {
		t.Errorf("a known one: %d %v", a.Status, err)
	}
}

func TestProxiesAreIgnored(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	s := server(t, func(http.ResponseWriter, *http.Request) {})
	if a, err := remote.New(remote.Options{Log: slog.New(slog.DiscardHandler)}).Get(t.Context(), s.URL, nil); err != nil || a.Status != http.StatusOK {
		t.Errorf("%d %v", a.Status, err)
	}
}

// Neither the log nor an error has what was asked or answered.
func TestNothingOfItIsTold(t *testing.T) {
	var log bytes.Buffer
	s := server(t, func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("reponse-secrete")) })
	c := remote.New(remote.Options{Answer: 5, Log: slog.New(slog.NewTextHandler(&log, nil))})
	_, err := c.PostForm(t.Context(), s.URL+"/chemin-secret?jeton=secret", url.Values{"client_secret": {"secret"}})
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("the error: %v", err)
	}
	if got := log.String(); strings.Contains(got, "secret") || !strings.Contains(got, "host=127.0.0.1") || !strings.Contains(got, "status=200") {
		t.Errorf("the log: %s", got)
	}
}
