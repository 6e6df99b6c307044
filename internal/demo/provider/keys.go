package provider

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// keys sign the tokens of one provider.
type keys struct {
	signer jose.Signer
	public jose.JSONWebKeySet
}

func newKeys(o Options) (keys, error) {
	var private any
	var public any
	switch o.Signature {
	case "ES256":
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return keys{}, err
		}
		private, public = key, key.Public()
	case "RS256":
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return keys{}, err
		}
		private, public = key, key.Public()
	case "HS256":
		private = []byte(o.Secret)
	default:
		return keys{}, fmt.Errorf("provider: signature %q", o.Signature)
	}
	id := random()[:8]
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(o.Signature), Key: jose.JSONWebKey{Key: private, KeyID: id}},
		(&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return keys{}, err
	}
	k := keys{signer: signer}
	if public != nil {
		k.public.Keys = []jose.JSONWebKey{{Key: public, KeyID: id, Algorithm: o.Signature, Use: "sig"}}
	}
	return k, nil
}

// sign makes a token, or what a test makes of it.
func (p *Provider) sign(token string, claims map[string]any) (string, error) {
	if p.Claims != nil {
		p.Claims(token, claims)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signature, err := p.keys.signer.Sign(payload)
	if err != nil {
		return "", err
	}
	signed, err := signature.CompactSerialize()
	if err != nil || p.Token == nil {
		return signed, err
	}
	return p.Token(token, signed), nil
}
