// Package oidc speaks OpenID Connect with FranceConnect v2 and ProConnect: the authorization code flow, and no other.
//
// Start gives the address to send a browser to, and what to remember of it (Flow); Finish takes what the browser brings back, and gives who the
// person is (Person), everything verified: the state, the token's signature by the one algorithm configured, its issuer, audience, times and
// nonce, the signed (and, where configured, encrypted) answer of userinfo and that both speak of the same subject. The addresses and the keys come
// from the provider's discovery, read when they are first needed and again after a failure.
//
// Sources: FranceConnect v2 (france-connect/sources), ProConnect (numerique-gouv/proconnect-documentation).
package oidc

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"preau/internal/remote"
)

// ErrCancelled is a person who gave up at the provider.
var ErrCancelled = errors.New("oidc: the person gave up")

// ErrRefused is an answer that is not to be believed. What it wraps says why, for the log; the person is told to start again.
var ErrRefused = errors.New("oidc: refused")

// ErrForeign is an agent of an establishment that is not the town's.
var ErrForeign = errors.New("oidc: an establishment that is not the town's")

func refused(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrRefused}, args...)...)
}

// Client is a town's tie to a provider.
type Client struct {
	cfg Config
	out *remote.Client

	mu    sync.Mutex
	known *discovered // nil until the first success
	away  error       // the last failure, which holds for a while: visitors do not queue behind a provider that is down
	until time.Time
}

// awayFor is how long a failed discovery holds.
const awayFor = 20 * time.Second

// discovered is what the provider says of itself.
type discovered struct {
	Authorize string   `json:"authorization_endpoint"`
	Token     string   `json:"token_endpoint"`
	Userinfo  string   `json:"userinfo_endpoint"`
	Logout    string   `json:"end_session_endpoint"`
	Methods   []string `json:"code_challenge_methods_supported"`

	keys oidc.KeySet
}

// New makes a client of a configuration that was checked.
func New(cfg Config, out *remote.Client) *Client { return &Client{cfg: cfg, out: out} }

// Config is what the client was made with.
func (c *Client) Config() Config { return c.cfg }

// discover reads the provider's own description, once. now is the world's time.
func (c *Client) discover(ctx context.Context, now time.Time) (*discovered, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known != nil {
		return c.known, nil
	}
	if c.away != nil && now.Before(c.until) && !now.Before(c.until.Add(-awayFor)) {
		return nil, c.away
	}
	d, err := c.read(ctx)
	if err == nil {
		c.known, c.away = d, nil
	} else if ctx.Err() == nil { // a visitor who left says nothing of the provider
		c.away, c.until = err, now.Add(awayFor)
	}
	return d, err
}

func (c *Client) read(ctx context.Context) (*discovered, error) {
	p, err := oidc.NewProvider(oidc.ClientContext(ctx, c.out.HTTP()), c.cfg.Issuer)
	if err != nil {
		return nil, fmt.Errorf("oidc: discovery of %s: %w", c.cfg.Issuer, err)
	}
	d := &discovered{}
	var more struct {
		Keys string `json:"jwks_uri"`
	}
	if err := errors.Join(p.Claims(d), p.Claims(&more)); err != nil {
		return nil, fmt.Errorf("oidc: discovery of %s: %w", c.cfg.Issuer, err)
	}
	if d.Authorize == "" || d.Token == "" || d.Userinfo == "" {
		return nil, fmt.Errorf("oidc: discovery of %s: an address is missing", c.cfg.Issuer)
	}
	if c.cfg.Signature == "HS256" {
		d.keys = sharedKey(c.cfg.Secret)
	} else {
		// The key set outlives this request: it is asked again when a key is new.
		d.keys = oidc.NewRemoteKeySet(oidc.ClientContext(context.WithoutCancel(ctx), c.out.HTTP()), more.Keys)
	}
	return d, nil
}

// Flow is what is remembered of a visit to the provider, in the browser's own sealed cookie.
type Flow struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"` // of PKCE; empty when the provider does not offer it
}

// scopes are what is asked of each provider: what tells people apart, and nothing else.
var scopes = map[string]string{
	FranceConnect: "openid given_name family_name preferred_username birthdate birthplace birthcountry",
	ProConnect:    "openid given_name usual_name email siret idp_id",
}

// Start gives the address to send the browser to. ProConnect refuses a parameter it does not know (Y000400), FranceConnect an absent level.
// now is the world's time.
func (c *Client) Start(ctx context.Context, now time.Time) (address string, f Flow, err error) {
	d, err := c.discover(ctx, now)
	if err != nil {
		return "", f, err
	}
	f = Flow{State: random(), Nonce: random()}
	q := url.Values{
		"response_type": {"code"}, "client_id": {c.cfg.ClientID}, "redirect_uri": {c.cfg.Return()}, "scope": {scopes[c.cfg.Provider]},
		"state": {f.State}, "nonce": {f.Nonce},
	}
	if c.cfg.Provider == FranceConnect {
		q.Set("acr_values", "eidas1")
	} else {
		q.Set("claims", `{"id_token":{"amr":{"essential":true}}}`)
	}
	if slices.Contains(d.Methods, "S256") {
		f.Verifier = random()
		sum := sha256.Sum256([]byte(f.Verifier))
		q.Set("code_challenge", base64.RawURLEncoding.EncodeToString(sum[:]))
		q.Set("code_challenge_method", "S256")
	}
	return join(d.Authorize, q), f, nil
}

// random is 256 bits in 43 characters: both providers ask for 32 at least.
func random() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

func join(address string, q url.Values) string {
	mark := "?"
	if strings.Contains(address, "?") {
		mark = "&"
	}
	return address + mark + q.Encode()
}

// Finish takes the query of the return address. now is the world's time.
func (c *Client) Finish(ctx context.Context, f Flow, q url.Values, now time.Time) (Person, error) {
	if f.State == "" || subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(f.State)) != 1 {
		return Person{}, refused("the state is not the one that was given")
	}
	if iss := q.Get("iss"); iss != "" && iss != c.cfg.Issuer {
		return Person{}, refused("the answer comes from %q", iss)
	}
	switch reason := q.Get("error"); {
	case reason == "access_denied":
		return Person{}, ErrCancelled
	case reason != "":
		return Person{}, refused("the provider says %q", short(reason))
	case q.Get("code") == "":
		return Person{}, refused("there is no code")
	}
	d, err := c.discover(ctx, now)
	if err != nil {
		return Person{}, err
	}
	granted, err := c.exchange(ctx, d, f, q.Get("code"))
	if err != nil {
		return Person{}, err
	}
	token, err := c.verify(ctx, d, f, granted.IDToken, now)
	if err != nil {
		return Person{}, err
	}
	said, err := c.userinfo(ctx, d, granted.AccessToken, now)
	if err != nil {
		return Person{}, err
	}
	return c.person(granted.IDToken, token, said)
}

// grant is what the token endpoint gives.
type grant struct {
	AccessToken string `json:"access_token"`
	IDToken     string `json:"id_token"`
	TokenType   string `json:"token_type"`
}

// exchange gives the code for tokens (client_secret_post).
func (c *Client) exchange(ctx context.Context, d *discovered, f Flow, code string) (g grant, err error) {
	fields := url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {c.cfg.Return()}, "client_id": {c.cfg.ClientID}, "client_secret": {c.cfg.Secret},
	}
	if f.Verifier != "" {
		fields.Set("code_verifier", f.Verifier)
	}
	answer, err := c.out.PostForm(ctx, d.Token, fields)
	if err != nil {
		return g, err
	}
	if answer.Status != http.StatusOK {
		var said struct {
			Error string `json:"error"`
		}
		_ = json.Unmarshal(answer.Body, &said) // what cannot be read says nothing
		return g, refused("the token endpoint answers %d %q", answer.Status, short(said.Error))
	}
	if err := json.Unmarshal(answer.Body, &g); err != nil || g.AccessToken == "" || g.IDToken == "" || !strings.EqualFold(g.TokenType, "Bearer") {
		return g, refused("the token endpoint's answer cannot be read")
	}
	return g, nil
}

// userinfo reads who the person is: a signed token, encrypted for us when a key is configured.
func (c *Client) userinfo(ctx context.Context, d *discovered, accessToken string, now time.Time) (claims, error) {
	answer, err := c.out.Get(ctx, d.Userinfo, http.Header{"Authorization": {"Bearer " + accessToken}})
	if err != nil {
		return claims{}, err
	}
	if answer.Status != http.StatusOK || !answer.IsJWT() {
		return claims{}, refused("userinfo answers %d %q", answer.Status, answer.Header.Get("Content-Type"))
	}
	return c.open(ctx, d, answer.Text(), now)
}

// Logout is the address that closes the session at the provider too; empty when it has none.
func (c *Client) Logout(ctx context.Context, now time.Time, idToken, state string) (string, error) {
	d, err := c.discover(ctx, now)
	if err != nil || d.Logout == "" {
		return "", err
	}
	return join(d.Logout, url.Values{"id_token_hint": {idToken}, "state": {state}, "post_logout_redirect_uri": {c.cfg.LogoutReturn()}}), nil
}

// short keeps of a word of the provider what a log can hold.
func short(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s[:min(len(s), 60)])
}
