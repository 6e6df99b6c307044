package oidc

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

// The providers, as addresses and tables name them.
const (
	FranceConnect = "franceconnect"
	ProConnect    = "proconnect"
)

// Config ties a town to a provider. It comes from the town's configuration; Check reads it.
type Config struct {
	Provider  string   // FranceConnect or ProConnect
	Issuer    string   // "https://oidc.franceconnect.gouv.fr/api/v2"
	ClientID  string   // as the provider gave it
	Secret    string   // client_secret, as the provider gave it
	Signature string   // how the provider signs for this client: ES256, RS256 or HS256
	KeyPEM    string   // private key the provider encrypts userinfo for; empty: it does not
	Sirets    []string // ProConnect: the establishments whose agents may come in
	Label     string   // what the provider is called on pages, when it is not the real one
	BaseURL   string   // of the town: "https://famille.ville.example"

	key any
}

// signatures are those that the providers offer.
var signatures = []string{"ES256", "RS256", "HS256"}

// Return is the address the provider sends people back to; it is to be declared there, as is LogoutReturn.
func (c Config) Return() string { return c.BaseURL + "/connexion/" + c.Provider + "/retour" }

// LogoutReturn is where people come back after signing out there too.
func (c Config) LogoutReturn() string { return c.BaseURL + "/connexion/" + c.Provider + "/sortie" }

// Name is what pages call the provider.
func (c Config) Name() string {
	switch {
	case c.Label != "":
		return c.Label
	case c.Provider == ProConnect:
		return "ProConnect"
	}
	return "FranceConnect"
}

// Check verifies the values, and completes them; each error begins with its key.
func (c *Config) Check() []error {
	var errs []error
	wrong := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf(key+": "+format, args...))
	}
	if c.Signature == "" {
		c.Signature = map[string]string{FranceConnect: "ES256", ProConnect: "RS256"}[c.Provider]
	}
	u, err := url.Parse(c.Issuer)
	loopback := err == nil && (u.Hostname() == "localhost" || strings.HasSuffix(u.Hostname(), ".localhost") || net.ParseIP(u.Hostname()).IsLoopback())
	switch {
	case c.Issuer == "":
		wrong("issuer", "it is missing")
	case err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		wrong("issuer", "%q is not an address", c.Issuer)
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback):
		wrong("issuer", "it must begin with https://")
	}
	if c.ClientID == "" {
		wrong("client_id", "it is missing")
	}
	if len(c.Secret) < 16 {
		wrong("client_secret_file", "the secret is missing, or shorter than 16 characters")
	}
	if !slices.Contains(signatures, c.Signature) {
		wrong("signature", "%q is none of %s", c.Signature, strings.Join(signatures, ", "))
	}
	if c.KeyPEM != "" {
		if c.key, err = readKey(c.KeyPEM); err != nil {
			wrong("userinfo_key_file", "%w", err)
		}
	}
	if c.Provider == ProConnect && len(c.Sirets) == 0 {
		wrong("sirets", "at least one is needed: the establishments whose agents may come in")
	}
	for _, s := range c.Sirets {
		if len(s) != 14 || strings.Trim(s, "0123456789") != "" {
			wrong("sirets", "%q is not 14 digits", s)
		}
	}
	return errs
}

// readKey reads a private key, RSA or on an elliptic curve, from PKCS#8 in PEM.
func readKey(text string) (any, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("it is not a key in PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("it is not a private key in PKCS#8")
	}
	switch key.(type) {
	case *rsa.PrivateKey, *ecdsa.PrivateKey:
		return key, nil
	}
	return nil, errors.New("it is neither an RSA nor an elliptic key")
}
