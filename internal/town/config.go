package town

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"preau/internal/blob"
	"preau/internal/clamd"
	"preau/internal/mail"
	"preau/internal/remote/oidc"
)

// Config is the whole configuration of a server; preau.example.toml says what each key means.
type Config struct {
	Listen              string       `toml:"listen"`
	TrustedProxies      []string     `toml:"trusted_proxies"`
	LogLevel            string       `toml:"log_level"`
	LogFormat           string       `toml:"log_format"`
	PostgresConnections int          `toml:"postgres_connections"`
	Towns               []TownConfig `toml:"town"`

	proxies []netip.Prefix
}

// TownConfig is one [[town]] section.
type TownConfig struct {
	ID       string     `toml:"id"`
	Name     string     `toml:"name"`
	Hosts    []string   `toml:"hosts"`
	BaseURL  string     `toml:"base_url"`
	Database string     `toml:"database"`
	Files    string     `toml:"files"`
	Clamd    string     `toml:"clamd"`
	Key      string     `toml:"-"` // from the environment only
	KeyFile  string     `toml:"key_file"`
	TimeZone string     `toml:"time_zone"`
	Mail     MailConfig `toml:"mail"`

	S3            S3Config       `toml:"s3"`
	FranceConnect ProviderConfig `toml:"franceconnect"`
	ProConnect    ProviderConfig `toml:"proconnect"`

	key       []byte
	loc       *time.Location
	providers []oidc.Config
	scanner   *clamd.Client
	place     blob.Place // of the files
}

// MailConfig is the [town.mail] section.
type MailConfig struct {
	Host         string `toml:"host"`
	Port         int    `toml:"port"`
	Security     string `toml:"security"`
	User         string `toml:"user"`
	Password     string `toml:"-"` // from the environment
	PasswordFile string `toml:"password_file"`
	From         string `toml:"from"`
}

func (m MailConfig) smtp() mail.SMTPConfig {
	return mail.SMTPConfig{Host: m.Host, Port: m.Port, Security: m.Security, User: m.User, Password: m.Password, From: m.From}
}

// LoadConfig reads the file at path and the PREAU_… variables of the environment, which win over it, and checks everything
// it can without connecting anywhere. The error lists all that is wrong, each with its key.
func LoadConfig(path string) (*Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	cfg, err := parseConfig(string(text), os.Environ())
	if err != nil {
		return nil, fmt.Errorf("configuration %s:\n%w", path, err)
	}
	return cfg, nil
}

func parseConfig(text string, environ []string) (*Config, error) {
	cfg := &Config{Listen: "127.0.0.1:8080", LogLevel: "info", LogFormat: "text", PostgresConnections: 16}
	meta, err := toml.Decode(text, cfg)
	if err != nil {
		var pe toml.ParseError
		if errors.As(err, &pe) {
			return nil, errors.New(pe.ErrorWithPosition())
		}
		return nil, err
	}
	var errs []error
	for _, key := range meta.Undecoded() {
		errs = append(errs, fmt.Errorf("%s: no such key", key))
	}
	errs = append(errs, cfg.override(environ)...)
	errs = append(errs, cfg.check()...)
	return cfg, errors.Join(errs...)
}

// override takes the values of the environment.
func (c *Config) override(environ []string) []error {
	var errs []error
	places := c.variables()
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		if place, ok := places[name]; ok {
			*place = value
		} else if strings.HasPrefix(name, "PREAU_TOWN_") {
			errs = append(errs, fmt.Errorf("environment variable %s: no town has such a key", name))
		}
	}
	return errs
}

// variables gives each variable the key it stands for.
func (c *Config) variables() map[string]*string {
	places := map[string]*string{"PREAU_LISTEN": &c.Listen, "PREAU_LOG_LEVEL": &c.LogLevel, "PREAU_LOG_FORMAT": &c.LogFormat}
	for i := range c.Towns {
		t := &c.Towns[i]
		prefix := "PREAU_TOWN_" + strings.ToUpper(t.ID) + "_"
		for key, place := range map[string]*string{
			"NAME": &t.Name, "BASE_URL": &t.BaseURL, "DATABASE": &t.Database, "FILES": &t.Files, "CLAMD": &t.Clamd, "KEY": &t.Key, "KEY_FILE": &t.KeyFile,
			"TIME_ZONE": &t.TimeZone, "MAIL_HOST": &t.Mail.Host, "MAIL_SECURITY": &t.Mail.Security, "MAIL_USER": &t.Mail.User,
			"MAIL_PASSWORD": &t.Mail.Password, "MAIL_PASSWORD_FILE": &t.Mail.PasswordFile, "MAIL_FROM": &t.Mail.From,
		} {
			places[prefix+key] = place
		}
		t.S3.variables(places, prefix+"S3_")
		t.FranceConnect.variables(places, prefix+"FRANCECONNECT_")
		t.ProConnect.variables(places, prefix+"PROCONNECT_")
	}
	return places
}

// check verifies every value and keeps what it parsed.
func (c *Config) check() []error {
	var errs []error
	wrong := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf(key+": "+format, args...))
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		wrong("listen", "%q is not host:port", c.Listen)
	}
	for _, p := range c.TrustedProxies {
		prefix, err := parsePrefix(p)
		if err != nil {
			wrong("trusted_proxies", "%q is neither an address nor a network", p)
		}
		c.proxies = append(c.proxies, prefix)
	}
	if err := new(slog.Level).UnmarshalText([]byte(c.LogLevel)); err != nil {
		wrong("log_level", "%q is none of debug, info, warn, error", c.LogLevel)
	}
	if c.LogFormat != "text" && c.LogFormat != "json" {
		wrong("log_format", "%q is neither text nor json", c.LogFormat)
	}
	if c.PostgresConnections < 2 || c.PostgresConnections > 1000 {
		wrong("postgres_connections", "%d is not between 2 and 1000", c.PostgresConnections)
	}
	if len(c.Towns) == 0 {
		wrong("town", "there is no [[town]] section")
	}
	ids, hosts, databases, files := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i := range c.Towns {
		t := &c.Towns[i]
		errs = append(errs, t.check(i)...)
		once := func(seen map[string]bool, key, value, said string) {
			if seen[value] && value != "" {
				errs = append(errs, t.wrap(key, fmt.Errorf("%s is another town's already", said)))
			}
			seen[value] = true
		}
		once(ids, "id", t.ID, t.ID)
		once(files, "files", strings.TrimRight(t.Files, "/"), "this place") // each would sweep the other's
		if !t.onPostgres() {
			once(databases, "database", t.Database, "this file")
		}
		for _, h := range t.Hosts {
			once(hosts, "hosts", hostName(h), h)
		}
	}
	return errs
}

func parsePrefix(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	return netip.ParsePrefix(s)
}

// Proxies gives the networks whose X-Forwarded-For counts.
func (c *Config) Proxies() []netip.Prefix { return c.proxies }

// Logger makes the server's log, on standard error.
func (c *Config) Logger() *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		level = slog.LevelInfo
	}
	o := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, o))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, o))
}

var townID = regexp.MustCompile(`^[a-z][a-z0-9_]{0,40}$`)

// wrap names the town and the key an error is about.
func (c *TownConfig) wrap(key string, err error) error {
	return fmt.Errorf("town %q, %s: %w", c.ID, key, err)
}

func (c *TownConfig) onPostgres() bool {
	return strings.HasPrefix(c.Database, "postgres://") || strings.HasPrefix(c.Database, "postgresql://")
}

// check verifies a section, the n-th from 0.
func (c *TownConfig) check(n int) []error {
	var errs []error
	wrong := func(key, format string, args ...any) {
		errs = append(errs, c.wrap(key, fmt.Errorf(format, args...)))
	}
	if !townID.MatchString(c.ID) || strings.HasPrefix(c.ID, "pg_") {
		wrong("id", "section %d needs one of small letters, digits and _, beginning with a letter", n+1)
	}
	if c.Name == "" {
		wrong("name", "it is missing")
	}
	if len(c.Hosts) == 0 {
		wrong("hosts", "at least one is needed")
	}
	for _, h := range c.Hosts {
		if h == "" || strings.ContainsAny(h, "/: *") {
			wrong("hosts", "%q is not a host name, without scheme, port or *", h)
		}
	}
	if err := c.checkURL(); err != nil {
		wrong("base_url", "%w", err)
	}
	if path, ok := strings.CutPrefix(c.Database, "sqlite:"); !c.onPostgres() && (!ok || path == "" || path[0] == ':') {
		wrong("database", "it must begin with sqlite: and a file, or with postgres://")
	}
	if err := c.checkFiles(); err != nil {
		wrong("files", "%w", err)
	} else {
		errs = append(errs, c.checkPlace()...)
	}
	var err error
	if c.Clamd != "" {
		if c.scanner, err = clamd.Parse(c.Clamd); err != nil {
			wrong("clamd", "%w", err)
		}
	}
	if c.key, err = c.readKey(); err != nil {
		wrong("key_file", "%w", err)
	}
	if c.TimeZone == "" {
		c.TimeZone = "Europe/Paris"
	}
	if c.loc, err = time.LoadLocation(c.TimeZone); err != nil {
		wrong("time_zone", "%w", err)
	}
	errs = append(errs, c.checkProviders()...)
	return append(errs, c.checkMail()...)
}

func (c *TownConfig) checkURL() error {
	c.BaseURL = strings.TrimSuffix(c.BaseURL, "/")
	u, err := url.Parse(c.BaseURL)
	if err != nil || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return fmt.Errorf("%q is not a scheme and a host, as https://famille.ville.example", c.BaseURL)
	}
	local := u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !local) {
		return errors.New("it must begin with https://")
	}
	for _, h := range c.Hosts {
		if hostName(h) == hostName(u.Host) {
			return nil
		}
	}
	return fmt.Errorf("%s is not one of hosts", u.Hostname())
}

// checkFiles chooses the folder of the files when it is not said: beside the database's file.
func (c *TownConfig) checkFiles() error {
	path, onFile := strings.CutPrefix(c.Database, "sqlite:")
	switch {
	case c.Files == "" && onFile && path != "":
		c.Files = strings.TrimSuffix(path, filepath.Ext(path)) + ".files"
	case c.Files == "" && c.onPostgres():
		return errors.New("it is missing: the folder of the town's files, or s3://bucket/prefix")
	}
	return nil
}

// readKey reads the key from the environment or from its file.
func (c *TownConfig) readKey() ([]byte, error) {
	if c.Key != "" {
		return ParseKey(c.Key)
	}
	if c.KeyFile == "" {
		return nil, errors.New("it is missing: a file of 32 random bytes in base64, as `openssl rand -base64 32` makes them")
	}
	raw, err := os.ReadFile(c.KeyFile)
	if err != nil {
		return nil, err
	}
	return ParseKey(string(raw))
}

// ParseKey reads a town's key as its file holds it: 32 bytes, in base64 or in hexadecimal.
func ParseKey(text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	for _, decode := range []func(string) ([]byte, error){hex.DecodeString, base64.StdEncoding.DecodeString} {
		if key, err := decode(text); err == nil && len(key) == keyBytes {
			return key, nil
		}
	}
	return nil, errors.New("the key is not 32 bytes in base64 or hexadecimal")
}

func (c *TownConfig) checkMail() []error {
	var errs []error
	if c.Mail.Host == "" {
		return []error{c.wrap("mail.host", errors.New("it is missing"))}
	}
	if c.Mail.Port < 0 || c.Mail.Port > 65535 {
		errs = append(errs, c.wrap("mail.port", fmt.Errorf("%d is not a port", c.Mail.Port)))
	}
	if c.Mail.PasswordFile != "" && c.Mail.Password == "" {
		raw, err := os.ReadFile(c.Mail.PasswordFile)
		if err != nil {
			errs = append(errs, c.wrap("mail.password_file", err))
		}
		c.Mail.Password = strings.TrimSpace(string(raw))
	}
	if c.Mail.User != "" && c.Mail.Password == "" {
		errs = append(errs, c.wrap("mail.password_file", errors.New("mail.user is set, its password is not")))
	}
	if _, err := mail.NewSMTP(c.Mail.smtp()); err != nil {
		errs = append(errs, fmt.Errorf("town %q, mail.%w", c.ID, err))
	}
	return errs
}
