package oidc

import "encoding/json"

// ReadAudience reads the claims of a token, and gives whom it is for.
func ReadAudience(payload []byte) ([]string, error) {
	var c claims
	err := json.Unmarshal(payload, &c)
	return c.Audience, err
}
