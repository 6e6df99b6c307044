// Package remote is the one way out: every call of ours to another server goes through its client.
//
// It waits a bounded time and reads a bounded answer, verifies certificates, follows no redirect, and ignores the proxies of the
// environment. Its log has the host, the status and the time: never a path, a query, a header or a body, where secrets and people are. What a
// call fails with names the host only.
package remote

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Limits unless Options says otherwise.
const (
	defaultTimeout = 10 * time.Second
	defaultAnswer  = 1 << 20 // bytes
)

// ErrInsecure is a call that would leave this machine in clear text.
var ErrInsecure = errors.New("remote: not https")

// ErrTooLarge is an answer longer than the limit.
var ErrTooLarge = errors.New("remote: the answer is too long")

// Options are what a client is made with; the zero value suits.
type Options struct {
	Timeout time.Duration  // of a whole call, answer read
	Answer  int64          // bytes of an answer, at most
	Roots   *x509.CertPool // nil: the system's
	Log     *slog.Logger   // nil: slog.Default
	// Outside answers in the place of other servers; nil: the network. A demonstration has banks of its own in the same process.
	Outside Outside
}

// Outside answers calls.
type Outside = http.RoundTripper

// Client calls other servers. It serves any number of goroutines.
type Client struct {
	http *http.Client
}

// New makes a client.
func New(o Options) *Client {
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.Answer == 0 {
		o.Answer = defaultAnswer
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	plain := &http.Transport{
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.Roots},
		TLSHandshakeTimeout:    5 * time.Second,
		ResponseHeaderTimeout:  o.Timeout,
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        90 * time.Second,
		ForceAttemptHTTP2:      true,
	}
	var line Outside = plain
	if o.Outside != nil {
		line = o.Outside
	}
	return &Client{http: &http.Client{
		Transport:     &guarded{plain: line, most: o.Answer, log: o.Log},
		Timeout:       o.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// HTTP is the client for libraries that want one; the same limits hold.
func (c *Client) HTTP() *http.Client { return c.http }

// Answer is what a server answered, read whole.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do calls, and reads the answer whole. A status that says no is not an error: the caller knows what it means.
func (c *Client) Do(r *http.Request) (a Answer, err error) {
	response, err := c.http.Do(r)
	if err != nil {
		return Answer{}, bare(r, err)
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return Answer{}, bare(r, err)
	}
	return Answer{Status: response.StatusCode, Header: response.Header, Body: body}, nil
}

// Get asks for an address, with headers.
func (c *Client) Get(ctx context.Context, address string, header http.Header) (Answer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return Answer{}, errors.New("remote: an address that cannot be read")
	}
	r.Header = header
	return c.Do(r)
}

// PostForm sends fields to an address.
func (c *Client) PostForm(ctx context.Context, address string, fields url.Values) (Answer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(fields.Encode()))
	if err != nil {
		return Answer{}, errors.New("remote: an address that cannot be read")
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	return c.Do(r)
}

// bare takes the address, which may hold secrets, out of an error.
func bare(r *http.Request, err error) error {
	var of *url.Error
	if errors.As(err, &of) {
		err = of.Err
	}
	return fmt.Errorf("remote: %s %s: %w", r.Method, r.URL.Host, err)
}

// guarded is the transport beneath every call, the libraries' too.
type guarded struct {
	plain http.RoundTripper
	most  int64
	log   *slog.Logger
}

// RoundTrip refuses clear text to other machines, bounds the answer, and writes one line of log.
func (g *guarded) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" && (r.URL.Scheme != "http" || !local(r.URL.Hostname())) {
		return nil, ErrInsecure
	}
	start := time.Now()
	response, err := g.plain.RoundTrip(r)
	status := 0
	if err == nil {
		status = response.StatusCode
		response.Body = &bounded{ReadCloser: response.Body, left: g.most}
	}
	g.log.InfoContext(r.Context(), "call", "host", r.URL.Host, "method", r.Method, "status", status, "took", time.Since(start))
	return response, err
}

// local says whether a host is this machine.
func local(host string) bool {
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || net.ParseIP(host).IsLoopback()
}

// bounded is an answer that may not go past a length.
type bounded struct {
	io.ReadCloser
	left int64
}

// Read gives ErrTooLarge when there is more than the limit.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		var one [1]byte
		if n, err := b.ReadCloser.Read(one[:]); n == 0 {
			return 0, err
		}
		return 0, ErrTooLarge
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// IsJWT reports whether the answer says it is a token (application/jwt).
func (a Answer) IsJWT() bool {
	kind, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(kind), "application/jwt")
}

// Text is the body without the spaces around it.
func (a Answer) Text() string { return string(bytes.TrimSpace(a.Body)) }
