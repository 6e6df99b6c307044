// Package demo is a town to try Préau on: the leaflet's Chatou with invented families, a clock that can be moved, and a mailbox
// that shows every e-mail instead of sending it. Nothing in it is real: addresses end in .example.
//
// Start makes the town in an empty database, through the same verbs as agents and families use, the clock held in the past
// while the past is made; or opens again a town it made before. It refuses any other database.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"preau/internal/blob"
	"preau/internal/calendar"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/demo/bank"
	"preau/internal/demo/provider"
	"preau/internal/identity"
	"preau/internal/mail"
	"preau/internal/town"
)

// Password opens every account of the demonstration, and no other town's.
const Password = "preau-demo-2026"

// Families is how many families are made when it is not said: enough for lists to look like a town's, few enough to start at once.
const Families = 200

// ErrNotOurs is what Start answers for a database that it did not make.
var ErrNotOurs = errors.New("this database was not made by the demonstration: give it an empty one, or none")

// Options says what to show.
type Options struct {
	Database string   // "sqlite:/path/file.db" or "postgres://…"
	Files    string   // folder of the town's files
	Passing  bool     // the database and the folder are removed at the end: nothing waits for the disk
	Schema   string   // on PostgreSQL, where the town is made; empty: preau_demo
	BaseURL  string   // "http://localhost:8080": where links in e-mails lead
	Hosts    []string // host names it answers to
	Now      string   // wall time the clock starts at; empty: as Start says of calendars
	Families int      // how many are made beside the known ones
	Seed     int64    // the same seed makes the same families
	Log      *slog.Logger
	Machine  func() time.Time // the machine's clock; nil is time.Now
}

// Demo is the demonstration: its town, and what its own pages need.
type Demo struct {
	Town    *town.Town
	Clock   *Clock
	Mailbox *mail.Memory
	Notes   []string // what to say when it starts, in English
	Begun   civil.Instant

	year      calendar.SchoolYear
	hash      string
	key       string // on the letter of the newcomer
	providers map[string]*provider.Provider

	// Paybox and PayFiP are the banks of the demonstration.
	Paybox *bank.Paybox
	PayFiP *bank.PayFiP
	inside *bank.Inside
}

// marker is the setting that says who made the database, and when its clock started.
const marker = "demo.made"

// made is the value of the marker.
type made struct {
	Start    civil.Instant `json:"start"`
	Families int           `json:"families"`
}

// Start opens the demonstration's town, making it first when its database is empty.
func Start(ctx context.Context, o Options) (*Demo, error) {
	loc, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Schema == "" {
		o.Schema = townID
	}
	if o.Machine == nil {
		o.Machine = time.Now
	}
	d := &Demo{Clock: &Clock{}}
	d.Mailbox = &mail.Memory{Clock: d.Clock.Now}
	if err := d.begin(o, loc); err != nil {
		return nil, err
	}
	var isMade atomic.Bool
	quiet := o
	quiet.Log = slog.New(hush{o.Log.Handler(), &isMade})
	store, fresh, err := open(ctx, quiet, d.Clock.Now)
	if err != nil {
		return nil, err
	}
	d.Town = &town.Town{ID: townID, Name: "Ville de Chatou", Hosts: o.Hosts, BaseURL: o.BaseURL, DB: store, Loc: loc,
		Key: townKey(), Mail: d.Mailbox, Log: o.Log.With("town", townID), Demo: true, Ahead: d.Clock.Ahead}
	d.Town.KeepFiles(&blob.Disk{Folder: o.Files, Passing: o.Passing})
	if err := errors.Join(d.vouch(o.BaseURL), d.settle(ctx, o, fresh)); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	if err := d.openBanks(ctx, o.BaseURL); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	if err := d.writeLetter(ctx); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	isMade.Store(true)
	return d, nil
}

// begin chooses the instant the clock starts at, and the school year around it.
func (d *Demo) begin(o Options, loc *time.Location) error {
	known := calendar.Embedded("C")
	d.Begun = civil.At(o.Machine())
	if o.Now != "" {
		start, err := ParseNow(o.Now, loc)
		if err != nil {
			return fmt.Errorf("now: %w", err)
		}
		d.Begun = start
	} else if start, moved := StartAt(d.Begun, known, loc); moved {
		d.Begun = start
		d.Notes = append(d.Notes, "No school calendar covers today: the clock starts on "+civil.DateOf(start, loc).String()+" at 10:00.")
	}
	year := yearOf(known, civil.DateOf(d.Begun, loc))
	if year == nil {
		return fmt.Errorf("now: no school calendar covers %s (known: %s to %s)", civil.DateOf(d.Begun, loc),
			known.Years[0].FirstDay, known.Years[len(known.Years)-1].LastDay)
	}
	d.year = *year
	d.Clock.Set(d.Begun)
	return nil
}

// settle makes the town, or looks that what is there was made here.
func (d *Demo) settle(ctx context.Context, o Options, fresh bool) error {
	if !fresh {
		return d.recognise(ctx)
	}
	hash, err := identity.Hash(ctx, Password)
	if err != nil {
		return err
	}
	d.hash = hash
	return d.build(ctx, o)
}

// recognise refuses a town that was not made here.
func (d *Demo) recognise(ctx context.Context) error {
	var m made
	err := d.Town.DB.Read(ctx, func(tx *db.Tx) (err error) {
		m, err = town.ReadSetting(ctx, tx, marker, made{})
		return err
	})
	if err != nil {
		return err
	}
	if m.Start.IsZero() {
		return ErrNotOurs
	}
	d.Notes = append(d.Notes, "The town of last time is still there, with what was booked in it.")
	return nil
}

// townID is the demonstration's id; on PostgreSQL also its schema, unless another is given.
const townID = "preau_demo"

// townKey is the demonstration's key. It protects nothing: every password is on its page.
func townKey() []byte { return []byte("la clé d’une démo est publique.")[:32] }

// open opens the database, and says whether it is new. Nothing is written to one that is not empty.
func open(ctx context.Context, o Options, clock func() time.Time) (d *db.DB, fresh bool, err error) {
	cfg := db.Config{DSN: o.Database, Schema: o.Schema, Clock: clock, Log: o.Log, Passing: o.Passing}
	path, onFile := strings.CutPrefix(o.Database, "sqlite:")
	if onFile {
		info, err := os.Stat(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, false, err
		}
		fresh = err != nil || info.Size() == 0
	}
	if !fresh {
		d, err = db.Open(ctx, cfg)
		var behind *db.BehindError
		if !errors.As(err, &behind) {
			return d, false, err
		}
		if onFile || behind.Have > 0 {
			return nil, false, fmt.Errorf("%w (%w)", ErrNotOurs, err)
		}
	}
	cfg.Migrate = true
	d, err = db.Open(ctx, cfg)
	return d, true, err
}
