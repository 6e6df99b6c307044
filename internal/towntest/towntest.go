// Package towntest gives a test a town of its own on each engine: a fresh, migrated database, a clock that moves when told,
// a mailbox in memory. There is nothing in the town: what a test needs, it makes.
package towntest

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"preau/internal/blob"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/mail"
	"preau/internal/town"
)

// Start is where the clock of every test town begins: Tuesday 1 December 2026, ten o'clock in Paris.
const Start = "2026-12-01T10:00"

// Town is a town under test. It ends with its test.
type Town struct {
	*town.Town
	Clock    *Clock
	Mailbox  *mail.Memory // what Mail received
	Database db.Config    // opens the same database again, as a second process would
	Disk     *blob.Disk   // where Files are

	t testing.TB
}

// Engines are the engines a town is tested on, as their subtests are called.
var Engines = []string{db.SQLite, db.Postgres}

// Each runs test on a new town of each engine, as the subtests "sqlite" and "postgres".
func Each(t *testing.T, test func(t *testing.T, tn *Town)) {
	t.Helper()
	for _, engine := range Engines {
		t.Run(engine, func(t *testing.T) { test(t, New(t, engine)) })
	}
}

// New makes one town on one engine.
func New(t testing.TB, engine string) *Town {
	t.Helper()
	clock := &Clock{loc: paris(t)}
	clock.Set(clock.At(t, Start))
	cfg := place(t, engine)
	cfg.Clock = clock.Now
	d, err := db.Open(t.Context(), cfg)
	if err != nil {
		t.Fatalf("test town: %v", err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("test town: %v", err)
		}
	})
	box := &mail.Memory{Clock: clock.Now}
	tn := &Town{
		Town: &town.Town{
			ID: "essai", Name: "Ville d’Essai", Hosts: []string{"essai.example"}, BaseURL: "https://essai.example", DB: d,
			Loc: clock.loc, Key: bytes.Repeat([]byte{7}, 32), Mail: box, Log: cfg.Log,
		},
		Clock: clock, Mailbox: box, Database: cfg, Disk: &blob.Disk{Folder: filepath.Join(t.TempDir(), "files")}, t: t,
	}
	tn.KeepFiles(tn.Disk)
	return tn
}

// Write runs fn in a write transaction of the town and fails the test when it gives an error.
func (tn *Town) Write(fn func(tx *db.Tx) error) {
	tn.t.Helper()
	if err := tn.DB.Write(tn.t.Context(), fn); err != nil {
		tn.t.Fatalf("write: %v", err)
	}
}

// Read runs fn in a read transaction of the town and fails the test when it gives an error.
func (tn *Town) Read(fn func(tx *db.Tx) error) {
	tn.t.Helper()
	if err := tn.DB.Read(tn.t.Context(), fn); err != nil {
		tn.t.Fatalf("read: %v", err)
	}
}

// At is the instant of a wall time in the town: "2026-11-30T10:00" or "2026-11-30T10:00:59".
func (tn *Town) At(wall string) civil.Instant {
	tn.t.Helper()
	return tn.Clock.At(tn.t, wall)
}

// SetClock moves the town's clock to a wall time.
func (tn *Town) SetClock(wall string) {
	tn.t.Helper()
	tn.Clock.Set(tn.At(wall))
}

// Clock is a clock that stands until it is moved.
type Clock struct {
	mu  sync.Mutex
	now time.Time
	loc *time.Location
}

// Now is what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Set moves the clock to an instant, also backwards.
func (c *Clock) Set(i civil.Instant) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = i.Time()
}

// Advance moves the clock on.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// At is the instant at which the clock shows a wall time, with or without seconds.
func (c *Clock) At(t testing.TB, wall string) civil.Instant {
	t.Helper()
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if parsed, err := time.ParseInLocation(layout, wall, time.UTC); err == nil {
			day := civil.New(parsed.Year(), parsed.Month(), parsed.Day())
			return civil.Wall(day, civil.Clock(parsed.Hour(), parsed.Minute()), parsed.Second(), c.loc)
		}
	}
	t.Fatalf("wall time %q: want 2026-11-30T10:00", wall)
	return civil.Instant{}
}

func paris(t testing.TB) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// place gives a fresh, migrated database that nobody has opened yet; it goes with the test.
func place(t testing.TB, engine string) db.Config {
	t.Helper()
	cfg := db.Config{Log: slog.New(slog.DiscardHandler)}
	switch engine {
	case db.SQLite:
		path := filepath.Join(t.TempDir(), "town.db")
		if err := os.WriteFile(path, template(t), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg.DSN = "sqlite:" + path
	case db.Postgres:
		cfg.DSN, cfg.Pool = Postgres(t), pool(t)
		cfg.Schema = migrated(t)
	default:
		t.Fatalf("unknown engine %q", engine)
	}
	return cfg
}

var sqliteTemplate struct {
	once sync.Once
	file []byte
	err  error
}

// template is a migrated SQLite file, made once a process.
func template(t testing.TB) []byte {
	t.Helper()
	sqliteTemplate.once.Do(func() { sqliteTemplate.file, sqliteTemplate.err = makeTemplate() })
	if sqliteTemplate.err != nil {
		t.Fatalf("template of the test towns: %v", sqliteTemplate.err)
	}
	return sqliteTemplate.file
}

func makeTemplate() ([]byte, error) {
	dir, err := os.MkdirTemp("", "preau-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "town.db")
	d, err := db.Open(context.Background(), db.Config{DSN: "sqlite:" + path, Migrate: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	if err := d.Close(); err != nil {
		return nil, fmt.Errorf("close: %w", err)
	}
	return os.ReadFile(path)
}
