package town_test

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"preau/internal/remote/oidc"
	"preau/internal/town"
)

const franceConnect = `
[town.franceconnect]
issuer = "https://oidc.franceconnect.gouv.fr/api/v2"
client_id = "abc"
client_secret_file = "SECRET"
`

const proConnect = `
[town.proconnect]
issuer = "https://auth.agentconnect.gouv.fr/api/v2"
client_id = "def"
sirets = ["21780146300014"]
`

// Off until they are set; then the town has them, their secrets from a file or from the environment.
func TestProvidersOfATown(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("un-secret-dans-un-fichier\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PREAU_TOWN_CHATOU_PROCONNECT_CLIENT_SECRET", "un-secret-d-environnement")
	cfg, err := load(t, good+strings.ReplaceAll(franceConnect, "SECRET", secret)+proConnect)
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	set, err := town.Open(t.Context(), cfg, town.Options{Migrate: true, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := set.Close(); err != nil {
			t.Error(err)
		}
	}()
	got := set.All()[0].Providers
	if len(got) != 2 {
		t.Fatalf("%d providers", len(got))
	}
	if f := got[0]; f.Provider != oidc.FranceConnect || f.Secret != "un-secret-dans-un-fichier" || f.Signature != "ES256" ||
		f.Return() != "https://famille.chatou.example/connexion/franceconnect/retour" {
		t.Errorf("%+v", f)
	}
	if p := got[1]; p.Provider != oidc.ProConnect || p.Secret != "un-secret-d-environnement" || p.Signature != "RS256" {
		t.Errorf("%+v", p)
	}
}

func TestProviderErrorsNameTheKey(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("un-secret-dans-un-fichier\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fc := strings.ReplaceAll(franceConnect, "SECRET", secret)
	for want, text := range map[string]string{
		`town "chatou", franceconnect.issuer: it must begin with https://`:    strings.Replace(fc, "https://oidc", "http://oidc", 1),
		`town "chatou", franceconnect.client_id: it is missing`:               strings.Replace(fc, `client_id = "abc"`, "", 1),
		`town "chatou", franceconnect.client_secret_file: the secret`:         strings.Replace(fc, `client_secret_file`, "#", 1),
		`town "chatou", franceconnect.client_secret_file: open`:               strings.Replace(fc, secret, secret+"x", 1),
		`town "chatou", franceconnect.signature: "none" is none of`:           fc + "signature = \"none\"\n",
		`town "chatou", franceconnect.userinfo_key_file: it is not a key`:     fc + "userinfo_key_file = \"" + secret + "\"\n",
		`town "chatou", franceconnect.sirets: it is ProConnect's`:             fc + "sirets = [\"21780146300014\"]\n",
		`town "chatou", proconnect.client_secret_file: the secret is missing`: proConnect,
		`town "chatou", proconnect.sirets: at least one is needed`:            strings.Replace(proConnect, "sirets", "#", 1),
		"town.franceconnect.sandbox: no such key":                             fc + "sandbox = true\n",
	} {
		if _, err := load(t, good+text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %s\ngot  %v", want, err)
		}
	}
}
