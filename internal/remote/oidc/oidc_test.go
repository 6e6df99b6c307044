package oidc_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"preau/internal/demo/provider"
	"preau/internal/remote"
	"preau/internal/remote/oidc"
)

const siret = "21780146300014"

// people are whom one can be.
var people = []provider.Person{
	{ID: "fc-claire", Label: "Claire", Claims: map[string]any{"given_name": "Claire Marie", "family_name": "DUVAL", "preferred_username": "MARTIN",
		"birthdate": "1986-04-00", "birthplace": "78146", "birthcountry": "99100"}},
	{ID: "pc-nadia", Label: "Nadia", AMR: []string{"pwd", "mfa"}, Claims: map[string]any{"given_name": "Nadia", "usual_name": "Ferrand",
		"email": "nadia.ferrand@mairie.example", "siret": siret, "idp_id": "71144ab3-ee1a-4401-b7b3-79b44f7daeeb"}},
	{ID: "pc-ailleurs", Label: "Ailleurs", Claims: map[string]any{"given_name": "Nadia", "usual_name": "Ferrand",
		"email": "nadia.ferrand@mairie.example", "siret": "35600000000048", "idp_id": "71144ab3-ee1a-4401-b7b3-79b44f7daeeb"}},
}

// bench is a client before a provider, and a clock.
type bench struct {
	client *oidc.Client
	op     *provider.Provider
	now    time.Time
}

// setting varies a bench.
type setting struct {
	kind, signature string
	pkce            bool
	encrypted       bool
}

func newBench(t *testing.T, s setting) *bench {
	t.Helper()
	b := &bench{now: time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.op.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	cfg := oidc.Config{Provider: s.kind, Issuer: server.URL + "/api/v2", ClientID: "preau", Secret: "un-secret-de-test-de-32-signes-!", Signature: s.signature, BaseURL: "https://essai.example"}
	if s.kind == oidc.ProConnect {
		cfg.Sirets = []string{siret}
	}
	o := provider.Options{Kind: s.kind, Issuer: cfg.Issuer, ClientID: cfg.ClientID, Secret: cfg.Secret, Return: cfg.Return(), LogoutReturn: cfg.LogoutReturn(),
		Signature: s.signature, PKCE: s.pkce, People: people, Now: func() time.Time { return b.now }}
	if s.encrypted {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		cfg.KeyPEM, o.EncryptionKey = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), key.Public()
	}
	if errs := cfg.Check(); errs != nil {
		t.Fatal(errs)
	}
	var err error
	if b.op, err = provider.New(o); err != nil {
		t.Fatal(err)
	}
	b.client = oidc.New(cfg, remote.New(remote.Options{Log: slog.New(slog.DiscardHandler)}))
	return b
}

// go sends a person through: between, when given, may change what comes back.
func (b *bench) visit(t *testing.T, id string, between func(f *oidc.Flow, q url.Values)) (oidc.Person, error) {
	t.Helper()
	address, flow, err := b.client.Start(t.Context(), b.now)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	back, err := b.op.Choose(u.Query(), id)
	if err != nil {
		t.Fatalf("the provider refuses %s: %v", address, err)
	}
	if u, err = url.Parse(back); err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if between != nil {
		between(&flow, q)
	}
	return b.client.Finish(t.Context(), flow, q, b.now)
}

// Both providers, each way they sign, with PKCE and without, with encryption and without.
func TestVisits(t *testing.T) {
	for name, s := range map[string]setting{
		"FranceConnect ES256":           {kind: oidc.FranceConnect, signature: "ES256"},
		"FranceConnect RS256":           {kind: oidc.FranceConnect, signature: "RS256", pkce: true},
		"FranceConnect HS256":           {kind: oidc.FranceConnect, signature: "HS256"},
		"FranceConnect ES256 encrypted": {kind: oidc.FranceConnect, signature: "ES256", encrypted: true},
		"ProConnect RS256":              {kind: oidc.ProConnect, signature: "RS256"},
		"ProConnect ES256 encrypted":    {kind: oidc.ProConnect, signature: "ES256", pkce: true, encrypted: true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, s)
			id := "fc-claire"
			want := oidc.Person{Subject: "fc-claire", GivenNames: "Claire Marie", FamilyName: "DUVAL", UsualName: "MARTIN", BornOn: "1986-04-00", BirthPlace: "78146", BirthCountry: "99100"}
			if s.kind == oidc.ProConnect {
				id = "pc-nadia"
				want = oidc.Person{Subject: "pc-nadia", Authority: "71144ab3-ee1a-4401-b7b3-79b44f7daeeb", GivenNames: "Nadia", UsualName: "Ferrand",
					Email: "nadia.ferrand@mairie.example", Siret: siret, Strong: true}
			}
			for range 2 {
				got, err := b.visit(t, id, nil)
				if err != nil {
					t.Fatal(err)
				}
				if strings.Count(got.IDToken, ".") != 2 {
					t.Errorf("id_token %q", got.IDToken)
				}
				if got.IDToken = ""; got != want {
					t.Errorf("got  %+v\nwant %+v", got, want)
				}
			}
			out, err := b.client.Logout(t.Context(), b.now, "un.jeton.la", "etat")
			if err != nil || !strings.Contains(out, "/session/end?id_token_hint=un.jeton.la&post_logout_redirect_uri=https%3A%2F%2Fessai.example%2Fconnexion%2F"+s.kind+"%2Fsortie&state=etat") {
				t.Errorf("logout %q, %v", out, err)
			}
		})
	}
}

// The request is made of the names that are documented, and of no other.
func TestParameters(t *testing.T) {
	for kind, want := range map[string][]string{
		oidc.FranceConnect: {"acr_values", "client_id", "nonce", "redirect_uri", "response_type", "scope", "state"},
		oidc.ProConnect:    {"claims", "client_id", "nonce", "redirect_uri", "response_type", "scope", "state"},
	} {
		b := newBench(t, setting{kind: kind, signature: "ES256"})
		address, flow, err := b.client.Start(t.Context(), b.now)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		if len(q) != len(want) {
			t.Errorf("%s: %v", kind, q)
		}
		for _, name := range want {
			if q.Get(name) == "" {
				t.Errorf("%s: no %s", kind, name)
			}
		}
		if len(flow.State) < 32 || len(flow.Nonce) < 32 || flow.State == flow.Nonce || q.Get("state") != flow.State || q.Get("nonce") != flow.Nonce {
			t.Errorf("%s: state %q nonce %q", kind, flow.State, flow.Nonce)
		}
		if kind == oidc.FranceConnect && q.Get("acr_values") != "eidas1" {
			t.Errorf("acr_values %q", q.Get("acr_values"))
		}
		if got, want := q.Get("redirect_uri"), "https://essai.example/connexion/"+kind+"/retour"; got != want {
			t.Errorf("redirect_uri %q", got)
		}
	}
}

// forge makes a token of the claims of another, with another header and another signature.
func forge(t *testing.T, signed string, alg jose.SignatureAlgorithm, key any) string {
	t.Helper()
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(signed, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	if alg == "none" {
		return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + base64.RawURLEncoding.EncodeToString(payload) + "."
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, nil)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	out, err := signature.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// published is the provider's public key as anybody reads it, which a forger would sign HS256 with.
func published(t *testing.T, b *bench) []byte {
	t.Helper()
	answer, err := http.Get(b.client.Config().Issuer + "/jwks") //nolint:noctx // a test's own server
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }() // read below
	var set jose.JSONWebKeySet
	if err := json.NewDecoder(answer.Body).Decode(&set); err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(set.Keys[0].Key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// Whatever a token says that is not exactly right, nobody comes in.
func TestForgedTokens(t *testing.T) {
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	say := func(token, name string, value any) func(*testing.T, *bench) {
		return func(_ *testing.T, b *bench) {
			b.op.Claims = func(of string, claims map[string]any) {
				if of == token {
					claims[name] = value
				}
			}
		}
	}
	resign := func(token string, alg jose.SignatureAlgorithm, key func(*testing.T, *bench) any) func(*testing.T, *bench) {
		return func(t *testing.T, b *bench) {
			k := key(t, b)
			b.op.Token = func(of, signed string) string {
				if of != token {
					return signed
				}
				return forge(t, signed, alg, k)
			}
		}
	}
	fixed := func(k any) func(*testing.T, *bench) any { return func(*testing.T, *bench) any { return k } }
	past := time.Date(2026, 12, 1, 8, 58, 0, 0, time.UTC).Unix()
	for name, mischief := range map[string]func(*testing.T, *bench){
		"id_token: expired":                     say("id_token", "exp", past),
		"id_token: issued in the future":        say("id_token", "iat", past+3600),
		"id_token: another nonce":               say("id_token", "nonce", "une-autre-valeur-de-plus-de-32-signes"),
		"id_token: no nonce":                    say("id_token", "nonce", ""),
		"id_token: another audience":            say("id_token", "aud", "une-autre-ville"),
		"id_token: several audiences, no party": say("id_token", "aud", []string{"preau", "une-autre-ville"}),
		"id_token: another issuer":              say("id_token", "iss", "https://oidc.franceconnect.gouv.fr/api/v2"),
		"id_token: no subject":                  say("id_token", "sub", ""),
		"id_token: another subject":             say("id_token", "sub", "fc-karim"),
		"id_token: a lower level":               say("id_token", "acr", "eidas0"),
		"id_token: another key":                 resign("id_token", jose.RS256, fixed(stranger)),
		"id_token: no signature":                resign("id_token", "none", fixed(nil)),
		"id_token: the public key as a secret":  resign("id_token", jose.HS256, func(t *testing.T, b *bench) any { return published(t, b) }),
		"id_token: the client's secret":         resign("id_token", jose.HS256, fixed([]byte("un-secret-de-test-de-32-signes-!"))),
		"userinfo: another subject":             say("userinfo", "sub", "fc-karim"),
		"userinfo: another audience":            say("userinfo", "aud", "une-autre-ville"),
		"userinfo: another issuer":              say("userinfo", "iss", "https://ailleurs.example"),
		"userinfo: expired":                     say("userinfo", "exp", past),
		"userinfo: another key":                 resign("userinfo", jose.RS256, fixed(stranger)),
		"userinfo: no signature":                resign("userinfo", "none", fixed(nil)),
		"userinfo: the public key as a secret":  resign("userinfo", jose.HS256, func(t *testing.T, b *bench) any { return published(t, b) }),
		"userinfo: no token at all": func(_ *testing.T, b *bench) {
			b.op.Token = func(of, signed string) string {
				if of == "userinfo" {
					return `{"sub":"fc-claire"}`
				}
				return signed
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, setting{kind: oidc.FranceConnect, signature: "RS256"})
			if _, err := b.visit(t, "fc-claire", nil); err != nil {
				t.Fatalf("before: %v", err)
			}
			mischief(t, b)
			if p, err := b.visit(t, "fc-claire", nil); !errors.Is(err, oidc.ErrRefused) {
				t.Errorf("let in: %+v, %v", p, err)
			}
		})
	}
}

func TestAnswersThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		between func(*oidc.Flow, url.Values)
		want    error
	}{
		"another state":        {func(_ *oidc.Flow, q url.Values) { q.Set("state", "un-autre-etat-de-plus-de-32-signes-ici") }, oidc.ErrRefused},
		"no state":             {func(_ *oidc.Flow, q url.Values) { q.Del("state") }, oidc.ErrRefused},
		"an empty flow":        {func(f *oidc.Flow, q url.Values) { *f = oidc.Flow{}; q.Del("state") }, oidc.ErrRefused},
		"another nonce":        {func(f *oidc.Flow, _ url.Values) { f.Nonce = "un-autre-nonce-de-plus-de-32-signes-ici" }, oidc.ErrRefused},
		"another verifier":     {func(f *oidc.Flow, _ url.Values) { f.Verifier = "autre" }, oidc.ErrRefused},
		"another issuer":       {func(_ *oidc.Flow, q url.Values) { q.Set("iss", "https://ailleurs.example") }, oidc.ErrRefused},
		"no code":              {func(_ *oidc.Flow, q url.Values) { q.Del("code") }, oidc.ErrRefused},
		"a code of nobody":     {func(_ *oidc.Flow, q url.Values) { q.Set("code", "inconnu") }, oidc.ErrRefused},
		"an error":             {func(_ *oidc.Flow, q url.Values) { q.Set("error", "server_error\n") }, oidc.ErrRefused},
		"the person gave up":   {func(_ *oidc.Flow, q url.Values) { q.Set("error", "access_denied") }, oidc.ErrCancelled},
		"as it should be done": {nil, nil},
	} {
		b := newBench(t, setting{kind: oidc.FranceConnect, signature: "ES256", pkce: true})
		if _, err := b.visit(t, "fc-claire", c.between); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A code serves once, and for thirty seconds.
func TestCodesAreSpent(t *testing.T) {
	b := newBench(t, setting{kind: oidc.FranceConnect, signature: "ES256"})
	var flow oidc.Flow
	var query url.Values
	if _, err := b.visit(t, "fc-claire", func(f *oidc.Flow, q url.Values) { flow, query = *f, q }); err != nil {
		t.Fatal(err)
	}
	if _, err := b.client.Finish(t.Context(), flow, query, b.now); !errors.Is(err, oidc.ErrRefused) {
		t.Errorf("a code twice: %v", err)
	}
	if _, err := b.visit(t, "fc-claire", func(*oidc.Flow, url.Values) { b.now = b.now.Add(31 * time.Second) }); !errors.Is(err, oidc.ErrRefused) {
		t.Errorf("a code of 31 seconds: %v", err)
	}
}

func TestAnotherEstablishment(t *testing.T) {
	b := newBench(t, setting{kind: oidc.ProConnect, signature: "ES256"})
	if _, err := b.visit(t, "pc-ailleurs", nil); !errors.Is(err, oidc.ErrForeign) {
		t.Errorf("%v", err)
	}
	b.op.Claims = func(token string, claims map[string]any) { delete(claims, "idp_id") }
	if _, err := b.visit(t, "pc-nadia", nil); !errors.Is(err, oidc.ErrRefused) {
		t.Errorf("without idp_id: %v", err)
	}
}

// A provider that does not answer is no refusal, and is found again when it does.
func TestProviderAway(t *testing.T) {
	b := newBench(t, setting{kind: oidc.FranceConnect, signature: "ES256"})
	cfg := b.client.Config()
	away := oidc.New(oidc.Config{Provider: cfg.Provider, Issuer: "http://127.0.0.1:1/api/v2", ClientID: "x", Secret: "x", Signature: "ES256"}, remote.New(remote.Options{Log: slog.New(slog.DiscardHandler)}))
	if _, _, err := away.Start(t.Context(), b.now); err == nil || errors.Is(err, oidc.ErrRefused) {
		t.Errorf("away: %v", err)
	}
	// While it is known to be away it is not asked, and nobody waits for it; later it is asked again.
	down := true
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down {
			http.Error(w, "panne", http.StatusBadGateway)
			return
		}
		b.op.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	op, err := provider.New(provider.Options{Kind: oidc.FranceConnect, Issuer: server.URL + "/api/v2", Signature: "ES256", Now: func() time.Time { return b.now }})
	if err != nil {
		t.Fatal(err)
	}
	back := oidc.New(oidc.Config{Provider: cfg.Provider, Issuer: server.URL + "/api/v2", ClientID: "x", Secret: "x", Signature: "ES256"}, remote.New(remote.Options{Log: slog.New(slog.DiscardHandler)}))
	if _, _, err := back.Start(t.Context(), b.now); err == nil {
		t.Error("down, and not said")
	}
	down, b.op = false, op
	if _, _, err := back.Start(t.Context(), b.now.Add(19*time.Second)); err == nil {
		t.Error("asked again at once")
	}
	if _, _, err := back.Start(t.Context(), b.now.Add(20*time.Second)); err != nil {
		t.Errorf("back: %v", err)
	}
	b = newBench(t, setting{kind: oidc.FranceConnect, signature: "ES256"})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := b.client.Start(ended, b.now); err == nil {
		t.Error("a call that was given up succeeds")
	}
	if _, _, err := b.client.Start(t.Context(), b.now); err != nil {
		t.Errorf("after a failure: %v", err)
	}
	// Keys are asked with a client that outlives the first request.
	if _, err := b.visit(t, "fc-claire", nil); err != nil {
		t.Error(err)
	}
}

func TestConfigIsChecked(t *testing.T) {
	good := oidc.Config{Provider: oidc.ProConnect, Issuer: "https://auth.agentconnect.gouv.fr/api/v2", ClientID: "x", Secret: "un-secret-de-test", Sirets: []string{siret}}
	if errs := good.Check(); errs != nil || good.Signature != "RS256" {
		t.Errorf("%v, %q", errs, good.Signature)
	}
	for key, spoil := range map[string]func(*oidc.Config){
		"issuer: it is missing":     func(c *oidc.Config) { c.Issuer = "" },
		"issuer: it must begin":     func(c *oidc.Config) { c.Issuer = "http://fca.example/api/v2" },
		"issuer: \"https://a?b\"":   func(c *oidc.Config) { c.Issuer = "https://a?b" },
		"client_id: ":               func(c *oidc.Config) { c.ClientID = "" },
		"client_secret_file: ":      func(c *oidc.Config) { c.Secret = "court" },
		"signature: \"none\"":       func(c *oidc.Config) { c.Signature = "none" },
		"userinfo_key_file: ":       func(c *oidc.Config) { c.KeyPEM = "pas une clé" },
		"sirets: at least one":      func(c *oidc.Config) { c.Sirets = nil },
		"sirets: \"2178014630001\"": func(c *oidc.Config) { c.Sirets = []string{"2178014630001"} },
	} {
		c := good
		spoil(&c)
		errs := c.Check()
		if len(errs) != 1 || !strings.HasPrefix(errs[0].Error(), key) {
			t.Errorf("%s: %v", key, errs)
		}
	}
}

// Whatever a token's claims are, they are read or refused.
func FuzzClaims(f *testing.F) {
	for _, seed := range []string{`{"aud":"a"}`, `{"aud":["a","b"],"exp":1e300}`, `{"aud":{}}`, `{"exp":-1,"amr":["mfa"]}`, `[]`, `null`, `{"aud":[1]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		aud, err := oidc.ReadAudience(payload)
		if err == nil && strings.Contains(string(payload), `"aud":"a"}`) && len(aud) > 1 {
			t.Errorf("%s: %q", payload, aud)
		}
	})
}
