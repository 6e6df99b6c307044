// Package town is a town as the program knows it: its database, its zone, its key, where its mail goes. A server hosts one
// or many, told apart by the host name of a request; nothing is shared between them but the process, and nothing is global.
package town

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"preau/internal/blob"
	"preau/internal/civil"
	"preau/internal/clamd"
	"preau/internal/db"
	"preau/internal/mail"
	"preau/internal/remote"
	"preau/internal/remote/oidc"
)

// Town is one town. Its fields do not change once it is open.
type Town struct {
	ID      string   // small letters, digits, _: also the PostgreSQL schema
	Name    string   // "Ville de Chatou"
	Hosts   []string // host names it answers to, lower case
	BaseURL string   // "https://famille.chatou.example", no slash at the end: links in e-mails begin with it
	DB      *db.DB
	Loc     *time.Location // the zone of its clocks
	Key     []byte         // 32 bytes: see KeyFor
	Files   *blob.Files    // its files, encrypted with keys that its own key seals
	Scanner *clamd.Client  // the antivirus that looks at files; nil: none
	Mail    mail.Sender
	Log     *slog.Logger
	Demo    bool // the demonstration: extra pages, and a line that says so
	// Providers are those who may vouch for people in the place of a password: FranceConnect, ProConnect.
	Providers []oidc.Config
	// Outside answers in the place of the servers of banks: a demonstration has its own. Nil, the network.
	Outside remote.Outside
	// Ahead is how far the town's clock is from the world's: a demonstration moves it. Nil, not at all.
	Ahead func() time.Duration

	keys sync.Map // purpose → key derived from Key
}

// World is the time of the world at an instant of the town's clock: what telephones and other servers reckon with.
func (t *Town) World(now civil.Instant) civil.Instant {
	if t.Ahead == nil {
		return now
	}
	return now.Add(-t.Ahead())
}

// keyBytes is the length of a town's key.
const keyBytes = 32

// NewKey makes a town's key as its key file holds it.
func NewKey() string {
	key := make([]byte, keyBytes)
	rand.Read(key)
	return base64.StdEncoding.EncodeToString(key)
}

// KeyFor derives from the town's key the 32 bytes of one purpose ("feeds", "throttle"), so that no two uses share a key. The answer
// is kept, and nobody changes it.
func (t *Town) KeyFor(purpose string) []byte {
	if kept, ok := t.keys.Load(purpose); ok {
		key, _ := kept.([]byte)
		return key
	}
	key, err := hkdf.Key(sha256.New, t.Key, nil, "preau:"+purpose, keyBytes)
	if err != nil {
		panic(err) // only a length that SHA-256 cannot give
	}
	t.keys.Store(purpose, key)
	return key
}

// FilesKey is the purpose of the key that seals the keys of files.
const FilesKey = "files"

// KeepFiles says where the town's files are, while it is being opened. Its key is set before.
func (t *Town) KeepFiles(place blob.Place) { t.Files = blob.New(place, t.KeyFor(FilesKey)) }

// KeyFor derives from a key of a town the 32 bytes of one purpose: what Town.KeyFor does with the town's own.
func KeyFor(key []byte, purpose string) []byte { return (&Town{Key: key}).KeyFor(purpose) }

// Close closes the town's database.
func (t *Town) Close() error { return t.DB.Close() }

// Set is the towns of a server.
type Set struct {
	towns  []*Town
	byHost map[string]*Town
	pools  []*db.Pool
}

// NewSet puts towns together; two of them with one id or one host is an error.
func NewSet(towns ...*Town) (*Set, error) {
	s := &Set{byHost: map[string]*Town{}}
	ids := map[string]bool{}
	for _, t := range towns {
		if ids[t.ID] {
			return nil, fmt.Errorf("two towns have the id %q", t.ID)
		}
		ids[t.ID] = true
		for _, h := range t.Hosts {
			h = hostName(h)
			if other, ok := s.byHost[h]; ok {
				return nil, fmt.Errorf("towns %q and %q both answer to %s", other.ID, t.ID, h)
			}
			s.byHost[h] = t
		}
		s.towns = append(s.towns, t)
	}
	return s, nil
}

// Find gives the town of a request's Host header, with or without a port. A host of no town is not found: the server
// answers 421.
func (s *Set) Find(host string) (*Town, bool) {
	t, ok := s.byHost[host]
	if !ok {
		t, ok = s.byHost[hostName(host)]
	}
	return t, ok
}

// All gives the towns, in the order of the configuration.
func (s *Set) All() []*Town { return slices.Clone(s.towns) }

// Get gives a town by its id.
func (s *Set) Get(id string) (*Town, bool) {
	for _, t := range s.towns {
		if t.ID == id {
			return t, true
		}
	}
	return nil, false
}

// Close closes every town, then what they share.
func (s *Set) Close() error {
	var errs []error
	for _, t := range s.towns {
		errs = append(errs, t.Close())
	}
	for _, p := range s.pools {
		errs = append(errs, p.Close())
	}
	return errors.Join(errs...)
}

// hostName is a host as it is compared: lower case, without port, brackets or the dot at its end.
func hostName(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

// Options says how to open the towns of a configuration.
type Options struct {
	Migrate bool // run missing migrations; without it a database that is behind is refused
	Clock   func() time.Time
	Log     *slog.Logger // nil is slog.Default; each town's adds its id
}

// Open opens every town of a configuration. Towns in one PostgreSQL database share their connections.
func Open(ctx context.Context, cfg *Config, o Options) (*Set, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	pools := map[string]*db.Pool{}
	var towns []*Town
	undo := func(err error) error {
		for _, t := range towns {
			err = errors.Join(err, t.Close())
		}
		for _, p := range pools {
			err = errors.Join(err, p.Close())
		}
		return err
	}
	for i := range cfg.Towns {
		c := &cfg.Towns[i]
		if pools[c.Database] == nil && c.onPostgres() {
			p, err := db.OpenPool(ctx, c.Database, cfg.PostgresConnections)
			if err != nil {
				return nil, undo(c.wrap("database", err))
			}
			pools[c.Database] = p
		}
		t, err := c.open(ctx, pools[c.Database], o)
		if err != nil {
			return nil, undo(err)
		}
		towns = append(towns, t)
	}
	set, err := NewSet(towns...)
	if err != nil {
		return nil, undo(err)
	}
	for _, p := range pools {
		set.pools = append(set.pools, p)
	}
	return set, nil
}

func (c *TownConfig) open(ctx context.Context, pool *db.Pool, o Options) (*Town, error) {
	log := o.Log.With("town", c.ID)
	sender, err := mail.NewSMTP(c.Mail.smtp())
	if err != nil {
		return nil, c.wrap("mail", err)
	}
	d, err := db.Open(ctx, db.Config{DSN: c.Database, Schema: c.ID, Pool: pool, Migrate: o.Migrate, Clock: o.Clock, Log: log})
	if err != nil {
		return nil, c.wrap("database", err)
	}
	t := &Town{ID: c.ID, Name: c.Name, Hosts: c.Hosts, BaseURL: c.BaseURL, DB: d, Loc: c.loc, Key: c.key, Mail: sender, Log: log, Providers: c.providers}
	t.Scanner = c.scanner
	if err := c.reach(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	t.KeepFiles(c.place)
	return t, nil
}
