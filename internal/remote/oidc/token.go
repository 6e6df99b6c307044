package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

// Person is who came back from a provider.
type Person struct {
	Subject      string // FranceConnect: pairwise, the town's own; ProConnect: unique in Authority
	Authority    string // ProConnect: the identity provider behind it (idp_id); empty for FranceConnect
	GivenNames   string // separated by spaces
	FamilyName   string // FranceConnect: name of birth
	UsualName    string // name in use; may be empty
	BornOn       string // "1986-04-12"; the month and the day may be 00 (FranceConnect)
	BirthPlace   string // code of the commune (COG); empty when born abroad
	BirthCountry string // code of the country (COG); France is 99100
	Email        string // ProConnect
	Siret        string // ProConnect
	Strong       bool   // two factors were asked (amr)
	IDToken      string // to sign out there too
}

// audience is one name or several.
type audience []string

// UnmarshalJSON reads both forms.
func (a *audience) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(a))
}

// claims are what tokens say, of which a provider uses its own.
type claims struct {
	Issuer       string   `json:"iss"`
	Audience     audience `json:"aud"`
	Party        string   `json:"azp"`
	Expiry       float64  `json:"exp"` // seconds since 1970
	IssuedAt     float64  `json:"iat"`
	Nonce        string   `json:"nonce"`
	Level        string   `json:"acr"`
	Methods      []string `json:"amr"`
	Subject      string   `json:"sub"`
	GivenName    string   `json:"given_name"`
	FamilyName   string   `json:"family_name"`
	UsualName    string   `json:"usual_name"`         // ProConnect
	Preferred    string   `json:"preferred_username"` // FranceConnect: name in use
	Birthdate    string   `json:"birthdate"`
	Birthplace   string   `json:"birthplace"`
	Birthcountry string   `json:"birthcountry"`
	Email        string   `json:"email"`
	Siret        string   `json:"siret"`
	IDP          string   `json:"idp_id"`
}

// clockSkew is how far the provider's clock may be from ours.
const clockSkew = time.Minute

// levels are those of FranceConnect that are at least eidas1, which is asked.
var levels = []string{"eidas1", "eidas2", "eidas3"}

// verify checks the id_token.
func (c *Client) verify(ctx context.Context, d *discovered, f Flow, raw string, now time.Time) (claims, error) {
	// The library takes no leeway on the end of a token that lives a minute: the time it is given is that much earlier.
	verifier := oidc.NewVerifier(c.cfg.Issuer, d.keys, &oidc.Config{
		ClientID: c.cfg.ClientID, SupportedSigningAlgs: []string{c.cfg.Signature}, Now: func() time.Time { return now.Add(-clockSkew) },
	})
	token, err := verifier.Verify(oidc.ClientContext(ctx, c.out.HTTP()), raw)
	if err != nil {
		return claims{}, refused("id_token: %w", err)
	}
	var said claims
	if err := token.Claims(&said); err != nil {
		return claims{}, refused("id_token: %w", err)
	}
	switch {
	case said.Nonce == "" || said.Nonce != f.Nonce:
		return said, refused("id_token: another nonce")
	case len(said.Audience) > 1 && said.Party != c.cfg.ClientID:
		return said, refused("id_token: for several, and not for us")
	case token.IssuedAt.After(now.Add(clockSkew)):
		return said, refused("id_token: issued in the future")
	case said.Subject == "":
		return said, refused("id_token: no subject")
	case c.cfg.Provider == FranceConnect && !slices.Contains(levels, said.Level):
		return said, refused("id_token: level %q", short(said.Level))
	}
	return said, nil
}

// Encryption that is taken: what both providers offer for a key of ours.
var (
	wrappings = []jose.KeyAlgorithm{jose.RSA_OAEP, jose.RSA_OAEP_256, jose.ECDH_ES, jose.ECDH_ES_A128KW, jose.ECDH_ES_A256KW}
	contents  = []jose.ContentEncryption{jose.A128GCM, jose.A256GCM, jose.A128CBC_HS256, jose.A256CBC_HS512}
)

// open decrypts what userinfo answered when a key is configured, then checks its signature, and whom it is from and for.
func (c *Client) open(ctx context.Context, d *discovered, raw string, now time.Time) (said claims, err error) {
	if c.cfg.key != nil {
		sealed, err := jose.ParseEncrypted(raw, wrappings, contents)
		if err != nil {
			return said, refused("userinfo: not encrypted as configured")
		}
		plain, err := sealed.Decrypt(c.cfg.key)
		if err != nil {
			return said, refused("userinfo: not encrypted for us")
		}
		raw = strings.TrimSpace(string(plain))
	}
	// The key set verifies a signature by the algorithm its header names: ours is the only one let through.
	if _, err := jose.ParseSigned(raw, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(c.cfg.Signature)}); err != nil {
		return said, refused("userinfo: not signed with %s", c.cfg.Signature)
	}
	payload, err := d.keys.VerifySignature(oidc.ClientContext(ctx, c.out.HTTP()), raw)
	if err != nil {
		return said, refused("userinfo: %w", err)
	}
	if err := json.Unmarshal(payload, &said); err != nil {
		return said, refused("userinfo: %w", err)
	}
	end := time.Unix(int64(said.Expiry), 0)
	switch {
	case said.Issuer != "" && said.Issuer != c.cfg.Issuer:
		return said, refused("userinfo: from another issuer")
	case len(said.Audience) > 0 && !slices.Contains(said.Audience, c.cfg.ClientID):
		return said, refused("userinfo: for another client")
	case said.Expiry != 0 && now.After(end.Add(clockSkew)):
		return said, refused("userinfo: expired")
	}
	return said, nil
}

// person puts together what both tokens say, when they speak of one subject.
func (c *Client) person(raw string, token, said claims) (Person, error) {
	if said.Subject != token.Subject {
		return Person{}, refused("userinfo speaks of another subject")
	}
	p := Person{
		Subject: token.Subject, GivenNames: strings.TrimSpace(said.GivenName), IDToken: raw,
		Strong: slices.Contains(token.Methods, "mfa"),
	}
	if c.cfg.Provider == FranceConnect {
		p.FamilyName, p.UsualName = strings.TrimSpace(said.FamilyName), strings.TrimSpace(said.Preferred)
		p.BornOn, p.BirthPlace, p.BirthCountry = said.Birthdate, said.Birthplace, said.Birthcountry
		return p, nil
	}
	p.UsualName, p.Email, p.Siret, p.Authority = strings.TrimSpace(said.UsualName), said.Email, said.Siret, said.IDP
	switch {
	case !slices.Contains(c.cfg.Sirets, p.Siret):
		return Person{}, ErrForeign
	case p.Authority == "":
		return Person{}, refused("userinfo: no idp_id, without which a subject is not unique")
	}
	return p, nil
}

// sharedKey verifies HS256, whose key is the client's secret. go-oidc knows public keys only.
type sharedKey string

// VerifySignature takes HS256 and nothing else: a public key never serves as a secret.
func (k sharedKey) VerifySignature(_ context.Context, raw string) ([]byte, error) {
	signed, err := jose.ParseSigned(raw, []jose.SignatureAlgorithm{jose.HS256})
	if err != nil {
		return nil, err
	}
	if len(signed.Signatures) != 1 {
		return nil, errors.New("several signatures")
	}
	return signed.Verify([]byte(k))
}
