// Package provider is an OpenID provider for tests and the demonstration: it keeps to what FranceConnect v2 and ProConnect say they do, and
// lets anybody be whom they choose. It opens no door but the demonstration's.
//
// Its rules are those of the real ones: parameters by their exact names and no other, a state and a nonce long enough, a code that lives thirty
// seconds and serves once, tokens of a minute, a secret posted with the form, userinfo as a signed token.
package provider

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"preau/internal/remote/oidc"
)

// How long what it gives lives.
const (
	codeLife  = 30 * time.Second
	tokenLife = time.Minute
)

// Person is someone one can be.
type Person struct {
	ID     string // the subject; also names the choice
	Label  string // "Claire Martin, née en 1986"
	Claims map[string]any
	AMR    []string // what the identity provider asked: "pwd", "mfa"
}

// Options make a provider.
type Options struct {
	Kind          string // oidc.FranceConnect or oidc.ProConnect: whose rules
	Issuer        string
	ClientID      string
	Secret        string
	Return        string // the one address codes are sent to
	LogoutReturn  string
	Signature     string // ES256, RS256 or HS256
	PKCE          bool
	EncryptionKey any // public key that userinfo is encrypted for; nil: it is not
	People        []Person
	Now           func() time.Time
}

// Provider is one.
type Provider struct {
	o    Options
	keys keys

	mu     sync.Mutex
	codes  map[string]*visit
	tokens map[string]*visit

	// Claims, when a test sets it, changes what a token ("id_token" or "userinfo") says; Token changes the token itself.
	Claims func(token string, claims map[string]any)
	Token  func(token, signed string) string
}

// visit is one person's way through.
type visit struct {
	person Person
	nonce  string
	pkce   string
	until  time.Time
}

// New makes a provider with keys of its own.
func New(o Options) (*Provider, error) {
	k, err := newKeys(o)
	if err != nil {
		return nil, err
	}
	return &Provider{o: o, keys: k, codes: map[string]*visit{}, tokens: map[string]*visit{}}, nil
}

// People are those one can be.
func (p *Provider) People() []Person { return p.o.People }

// takes are the parameters that each provider knows.
var takes = map[string][]string{
	oidc.FranceConnect: {"response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "acr_values", "prompt", "claims", "idp_hint", "ui_locales"},
	oidc.ProConnect:    {"response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "acr_values", "prompt", "claims", "idp_hint", "login_hint"},
}

// Check says what is wrong with a request to authorize, as the real one would on a page of its own.
func (p *Provider) Check(q url.Values) error {
	least, known := 22, takes[p.o.Kind]
	if p.o.Kind == oidc.ProConnect {
		least = 32
	}
	if p.o.PKCE {
		known = append(slices.Clone(known), "code_challenge", "code_challenge_method")
	}
	for name, values := range q {
		if !slices.Contains(known, name) || len(values) != 1 {
			return fmt.Errorf("Y000400: parameter %q", name)
		}
	}
	switch {
	case q.Get("response_type") != "code":
		return errors.New("Y000400: response_type")
	case q.Get("client_id") != p.o.ClientID:
		return errors.New("Y000400: client_id")
	case q.Get("redirect_uri") != p.o.Return:
		return errors.New("Y000400: redirect_uri")
	case len(q.Get("state")) < least:
		return errors.New("Y000400: state")
	case len(q.Get("nonce")) < least:
		return errors.New("Y000400: nonce")
	case p.o.Kind == oidc.FranceConnect && q.Get("acr_values") != "eidas1":
		return errors.New("Y000400: acr_values")
	case p.o.PKCE && (q.Get("code_challenge") == "" || q.Get("code_challenge_method") != "S256"):
		return errors.New("Y000400: code_challenge")
	}
	return nil
}

// Choose ends a request to authorize: it gives the address to send the browser to, with a code, or with a refusal when id is empty.
func (p *Provider) Choose(q url.Values, id string) (string, error) {
	if err := p.Check(q); err != nil {
		return "", err
	}
	back := url.Values{"state": {q.Get("state")}, "iss": {p.o.Issuer}}
	if id == "" {
		back.Set("error", "access_denied")
		return p.o.Return + "?" + back.Encode(), nil
	}
	i := slices.IndexFunc(p.o.People, func(one Person) bool { return one.ID == id })
	if i < 0 {
		return "", errors.New("there is nobody of that name")
	}
	code := random()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sweep()
	p.codes[code] = &visit{person: p.o.People[i], nonce: q.Get("nonce"), pkce: q.Get("code_challenge"), until: p.o.Now().Add(codeLife)}
	back.Set("code", code)
	return p.o.Return + "?" + back.Encode(), nil
}

// sweep forgets what has ended.
func (p *Provider) sweep() {
	for _, m := range []map[string]*visit{p.codes, p.tokens} {
		for k, v := range m {
			if p.o.Now().After(v.until) {
				delete(m, k)
			}
		}
	}
}

// errGrant is what the token endpoint answers to a code that is not good.
var errGrant = errors.New("invalid_grant")

// grant takes a code, once, and gives an access token and an id_token.
func (p *Provider) grant(form url.Values) (access, idToken string, err error) {
	switch {
	case form.Get("client_id") != p.o.ClientID || form.Get("client_secret") != p.o.Secret:
		return "", "", errors.New("invalid_client")
	case form.Get("grant_type") != "authorization_code":
		return "", "", errors.New("unsupported_grant_type")
	case form.Get("redirect_uri") != p.o.Return:
		return "", "", errGrant
	}
	p.mu.Lock()
	v := p.codes[form.Get("code")]
	delete(p.codes, form.Get("code"))
	p.mu.Unlock()
	if v == nil || p.o.Now().After(v.until) {
		return "", "", errGrant
	}
	if sum := sha256.Sum256([]byte(form.Get("code_verifier"))); v.pkce != "" && v.pkce != base64.RawURLEncoding.EncodeToString(sum[:]) {
		return "", "", errGrant
	}
	claims := p.base(v)
	claims["nonce"] = v.nonce
	claims["acr"] = "eidas1"
	if len(v.person.AMR) > 0 {
		claims["amr"] = v.person.AMR
	}
	if idToken, err = p.sign("id_token", claims); err != nil {
		return "", "", err
	}
	access = random()
	p.mu.Lock()
	defer p.mu.Unlock()
	v.until = p.o.Now().Add(tokenLife)
	p.tokens[access] = v
	return access, idToken, nil
}

func (p *Provider) base(v *visit) map[string]any {
	now := p.o.Now()
	return map[string]any{
		"iss": p.o.Issuer, "aud": p.o.ClientID, "sub": v.person.ID, "iat": now.Unix(), "exp": now.Add(tokenLife).Unix(),
	}
}

// userinfo is the signed token of an access token, encrypted when the client has a key; empty when the token opens nothing.
func (p *Provider) userinfo(access string) (string, error) {
	p.mu.Lock()
	v := p.tokens[access]
	p.mu.Unlock()
	if v == nil || p.o.Now().After(v.until) {
		return "", nil
	}
	claims := p.base(v)
	for name, value := range v.person.Claims {
		claims[name] = value
	}
	signed, err := p.sign("userinfo", claims)
	if err != nil || p.o.EncryptionKey == nil {
		return signed, err
	}
	box, err := jose.NewEncrypter(jose.A256GCM, jose.Recipient{Algorithm: jose.RSA_OAEP_256, Key: p.o.EncryptionKey}, (&jose.EncrypterOptions{}).WithContentType("JWT"))
	if err != nil {
		return "", err
	}
	sealed, err := box.Encrypt([]byte(signed))
	if err != nil {
		return "", err
	}
	return sealed.CompactSerialize()
}

func random() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}
