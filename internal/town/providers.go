package town

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"preau/internal/remote/oidc"
)

// ProviderConfig is a [town.franceconnect] or a [town.proconnect] section; without any key, the provider is off.
type ProviderConfig struct {
	Issuer     string   `toml:"issuer"`
	ClientID   string   `toml:"client_id"`
	Secret     string   `toml:"-"` // from the environment
	SecretFile string   `toml:"client_secret_file"`
	Signature  string   `toml:"signature"`
	KeyFile    string   `toml:"userinfo_key_file"`
	Sirets     []string `toml:"sirets"` // ProConnect only
}

// variables adds the variables of the environment under a prefix.
func (c *ProviderConfig) variables(places map[string]*string, prefix string) {
	for key, place := range map[string]*string{
		"ISSUER": &c.Issuer, "CLIENT_ID": &c.ClientID, "CLIENT_SECRET": &c.Secret, "CLIENT_SECRET_FILE": &c.SecretFile,
		"SIGNATURE": &c.Signature, "USERINFO_KEY_FILE": &c.KeyFile,
	} {
		places[prefix+key] = place
	}
}

// off says whether nothing of the section is set.
func (c ProviderConfig) off() bool {
	return c.Issuer == "" && c.ClientID == "" && c.Secret == "" && c.SecretFile == "" && c.Signature == "" && c.KeyFile == "" && len(c.Sirets) == 0
}

// checkProviders verifies the sections that are set, and keeps what they say.
func (c *TownConfig) checkProviders() []error {
	var errs []error
	for _, section := range []struct {
		name string
		of   ProviderConfig
	}{{oidc.FranceConnect, c.FranceConnect}, {oidc.ProConnect, c.ProConnect}} {
		if section.of.off() {
			continue
		}
		p := oidc.Config{
			Provider: section.name, Issuer: section.of.Issuer, ClientID: section.of.ClientID, Secret: section.of.Secret,
			Signature: section.of.Signature, Sirets: section.of.Sirets, BaseURL: c.BaseURL,
		}
		if section.name == oidc.FranceConnect && len(p.Sirets) > 0 {
			errs = append(errs, c.wrap(section.name+".sirets", errors.New("it is ProConnect's")))
		}
		for _, file := range []struct {
			key, path string
			into      *string
		}{{"client_secret_file", section.of.SecretFile, &p.Secret}, {"userinfo_key_file", section.of.KeyFile, &p.KeyPEM}} {
			if file.path == "" || *file.into != "" {
				continue
			}
			raw, err := os.ReadFile(file.path)
			if err != nil {
				errs = append(errs, c.wrap(section.name+"."+file.key, err))
			}
			*file.into = strings.TrimSpace(string(raw))
		}
		for _, err := range p.Check() {
			errs = append(errs, fmt.Errorf("town %q, %s.%w", c.ID, section.name, err))
		}
		c.providers = append(c.providers, p)
	}
	return errs
}
