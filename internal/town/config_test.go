package town_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"preau/internal/mail"
	"preau/internal/town"
)

// good is a configuration with nothing wrong; DIR stands for a folder.
const good = `
[[town]]
id = "chatou"
name = "Ville de Chatou"
hosts = ["famille.chatou.example", "chatou.example"]
base_url = "https://famille.chatou.example/"
database = "sqlite:DIR/chatou.db"
key_file = "DIR/key"
[town.mail]
host = "127.0.0.1"
security = "none"
from = "Ville de Chatou <espace@chatou.example>"
`

func load(t *testing.T, text string) (*town.Config, error) {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{"key": town.NewKey() + "\n", "short": "c2hvcnQ=", "preau.toml": strings.ReplaceAll(text, "DIR/", dir+"/")}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return town.LoadConfig(filepath.Join(dir, "preau.toml"))
}

func TestConfig(t *testing.T) {
	cfg, err := load(t, "trusted_proxies = ['127.0.0.1', '10.0.0.0/8']\n"+good)
	if err != nil {
		t.Fatal(err)
	}
	c := cfg.Towns[0]
	if cfg.Listen != "127.0.0.1:8080" || c.BaseURL != "https://famille.chatou.example" || c.TimeZone != "Europe/Paris" {
		t.Errorf("defaults: %+v", cfg)
	}
	if !strings.HasSuffix(c.Files, "/chatou.files") {
		t.Errorf("files in %s", c.Files)
	}
	if got := fmt.Sprint(cfg.Proxies()); got != "[127.0.0.1/32 10.0.0.0/8]" {
		t.Errorf("proxies %s", got)
	}
}

func TestConfigErrorsNameTheKey(t *testing.T) {
	second := strings.NewReplacer(`id = "chatou"`, `id = "vesinet"`, "famille.chatou.example", "vesinet.example", `, "chatou.example"`, "", "chatou.db", "vesinet.db").Replace(good)
	if _, err := load(t, good+second); err != nil {
		t.Errorf("two towns: %v", err)
	}
	for _, tt := range []struct{ from, to, want string }{
		{`id = "chatou"`, `id = "Chatou"`, `town "Chatou", id`},
		{`id = "chatou"`, ``, `town "", id: section 1`},
		{`name = "Ville de Chatou"`, ``, `town "chatou", name`},
		{`hosts = ["famille.chatou.example", "chatou.example"]`, `hosts = []`, "hosts"},
		{`"chatou.example"]`, `"https://chatou.example"]`, "hosts"},
		{`base_url = "https://famille.chatou.example/"`, `base_url = "http://famille.chatou.example"`, "base_url: it must begin with https"},
		{`base_url = "https://famille.chatou.example/"`, `base_url = "https://other.example"`, "base_url: other.example is not one of hosts"},
		{`base_url = "https://famille.chatou.example/"`, `base_url = "https://chatou.example/espace"`, "base_url"},
		{`sqlite:DIR/chatou.db`, `DIR/chatou.db`, "database"},
		{`sqlite:DIR/chatou.db`, `postgres://127.0.0.1/preau`, "files: it is missing"},
		{`key_file`, `clamd = "127.0.0.1:3310"` + "\nkey_file", "clamd"},
		{`DIR/key`, `DIR/missing`, "key_file"},
		{`DIR/key`, `DIR/short`, "key_file: the key is not 32 bytes"},
		{`key_file = "DIR/key"`, ``, "key_file: it is missing"},
		{`key_file`, `time_zone = "Europe/Chatou"` + "\nkey_file", "time_zone"},
		{`key_file`, `keyfile = "x"` + "\nkey_file", "town.keyfile: no such key"},
		{`host = "127.0.0.1"`, ``, "mail.host"},
		{`security = "none"`, `security = "ssl"`, "mail.security"},
		{`security = "none"`, `port = 70000`, "mail.port"},
		{`security = "none"`, `user = "u"`, "mail.password_file"},
		{`security = "none"`, `password_file = "DIR/missing"`, "mail.password_file"},
		{`from = "Ville`, `from = "Ville de`, ""},
		{`<espace@chatou.example>`, ``, "mail.from"},
		{"\n[[town]]", "listen = '8080'\n[[town]]", "listen"},
		{"\n[[town]]", "log_level = 'loud'\n[[town]]", "log_level"},
		{"\n[[town]]", "log_format = 'xml'\n[[town]]", "log_format"},
		{"\n[[town]]", "trusted_proxies = ['proxy']\n[[town]]", "trusted_proxies"},
		{"\n[[town]]", "postgres_connections = 1\n[[town]]", "postgres_connections"},
		{"\n[[town]]", "listen = \n[[town]]", "line"},
	} {
		_, err := load(t, strings.Replace(good, tt.from, tt.to, 1))
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s instead of %s: %v", tt.to, tt.from, err)
		}
	}
	_, err := load(t, good+good)
	for _, want := range []string{"id: chatou is another town's", "hosts: chatou.example is another", "database: this file is another"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the same town twice: no %q in %v", want, err)
		}
	}
	if _, err := load(t, ""); err == nil || !strings.Contains(err.Error(), "[[town]]") {
		t.Errorf("empty: %v", err)
	}
}

func TestEnvironmentWins(t *testing.T) {
	t.Setenv("PREAU_LISTEN", "0.0.0.0:80")
	t.Setenv("PREAU_TOWN_CHATOU_NAME", "Chatou")
	t.Setenv("PREAU_TOWN_CHATOU_KEY", strings.Repeat("0f", 32))
	t.Setenv("PREAU_TOWN_CHATOU_MAIL_PASSWORD", "secret")
	cfg, err := load(t, strings.Replace(good, `key_file = "DIR/key"`, "", 1))
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Listen != "0.0.0.0:80" || cfg.Towns[0].Name != "Chatou" || cfg.Towns[0].Mail.Password != "secret" {
		t.Errorf("got %+v", cfg)
	}
	t.Setenv("PREAU_TOWN_CHATOU_HOST", "x")
	if _, err := load(t, good); err == nil || !strings.Contains(err.Error(), "PREAU_TOWN_CHATOU_HOST") {
		t.Errorf("a variable nobody reads: %v", err)
	}
}

// The example file shows every key, and is right but for the files it names.
func TestExample(t *testing.T) {
	raw, err := os.ReadFile("../../preau.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	for _, key := range []string{"listen", "trusted_proxies", "log_level", "log_format", "postgres_connections", "id", "name", "hosts",
		"base_url", "database", "key_file", "time_zone", "host", "port", "security", "user", "password_file", "from",
		"issuer", "client_id", "client_secret_file", "signature", "userinfo_key_file", "sirets", "files", "endpoint", "region", "key", "secret_file"} {
		if !regexp.MustCompile(`(?m)^(# )?` + key + ` = `).MatchString(text) {
			t.Errorf("no key %s", key)
		}
	}
	t.Setenv("PREAU_TOWN_CHATOU_KEY", town.NewKey())
	if _, err := load(t, text); err != nil {
		t.Error(err)
	}
	t.Setenv("PREAU_TOWN_CHATOU_MAIL_PASSWORD", "secret")
	all := regexp.MustCompile(`(?m)^# ([a-z_]+ = |\[town\.)`).ReplaceAllString(text, "$1")
	all = regexp.MustCompile(`(?m)^database = "postgres.*$`).ReplaceAllString(all, "")
	all = strings.Replace(all, `password_file = "/etc/preau/chatou.smtp"`, `password_file = "DIR/key"`, 1)
	all = regexp.MustCompile(`"/etc/preau/chatou\.(franceconnect|proconnect|s3)"`).ReplaceAllString(all, `"DIR/key"`)
	all = regexp.MustCompile(`(?m)^userinfo_key_file = .*$`).ReplaceAllString(all, "")
	all = strings.Replace(all, `"/var/lib/preau/chatou.files"`, `"s3://families/chatou"`, 1) // else [town.s3] serves nothing
	cfg, err := load(t, all)
	if err != nil {
		t.Fatal(err)
	}
	if c := cfg.Towns[0]; c.FranceConnect.ClientID == "" || c.ProConnect.Sirets == nil {
		t.Errorf("providers %+v %+v", c.FranceConnect, c.ProConnect)
	}
	if m := cfg.Towns[0].Mail; m.Security != mail.StartTLS || m.Port != 587 || m.User != "preau" {
		t.Errorf("mail %+v", m)
	}
}
