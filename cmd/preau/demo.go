package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"

	"preau/internal/demo"
	"preau/internal/house"
	"preau/internal/town"
)

// demoFlags are what `preau demo` is told.
type demoFlags struct {
	addr, dir, db, now string
	families           int
	seed               int64
	verbose            bool
}

// runDemo serves the demonstration until it is told to stop.
func runDemo(ctx context.Context, s streams, args []string) (err error) {
	f := flags(s, "demo", "", "Serves an invented town to try Préau on, with a clock that can be moved and a mailbox instead of e-mails.")
	var o demoFlags
	f.StringVar(&o.addr, "addr", "127.0.0.1:8080", "`host:port` to listen on")
	f.StringVar(&o.dir, "dir", "", "`folder` of the database and of its files; without it, a temporary one that is removed at the end")
	f.StringVar(&o.db, "db", "", "`address` of the database, sqlite:file or postgres://…, instead of a file in the folder; then only the files of families are there")
	f.StringVar(&o.now, "now", "", "the `time` the town's clock starts at, as 2026-12-01T10:00; it runs from there")
	f.IntVar(&o.families, "families", demo.Families, "how many families, beside the two known ones; a thousand take some ten seconds to make")
	f.Int64Var(&o.seed, "seed", 1, "the same `number` makes the same families")
	f.BoolVar(&o.verbose, "v", false, "log every request")
	if err := parse(f, s, args, 0, 0); err != nil {
		return err
	}
	if o.families < 0 || o.families > 20_000 {
		return fmt.Errorf("-families: %d is not between 0 and 20000", o.families)
	}
	l, err := net.Listen("tcp", o.addr)
	if err != nil {
		return fmt.Errorf("-addr: %w", err)
	}
	defer func() {
		if closed := l.Close(); closed != nil && !errors.Is(closed, net.ErrClosed) {
			err = errors.Join(err, closed)
		}
	}()
	at, err := o.place()
	if err != nil {
		return err
	}
	if at.passing {
		defer func() { err = errors.Join(err, os.RemoveAll(at.dir)) }()
	}
	return o.serve(ctx, s, l, at)
}

// demoPlace is where the demonstration's data and its files are.
type demoPlace struct {
	database, files string
	dir             string
	passing         bool // the folder is removed at the end
}

func (o demoFlags) place() (at demoPlace, err error) {
	path, onFile := strings.CutPrefix(o.db, "sqlite:")
	switch {
	case onFile && o.dir != "":
		return at, errors.New("-db and -dir: give one of them")
	case onFile:
		return demoPlace{database: o.db, files: path + ".files"}, nil
	case o.dir != "":
		at.dir, err = o.dir, os.MkdirAll(o.dir, 0o700)
	default:
		at.passing = true
		at.dir, err = os.MkdirTemp("", "preau-demo-")
	}
	if err != nil {
		return at, fmt.Errorf("-dir: %w", err)
	}
	at.database, at.files = o.db, filepath.Join(at.dir, "files")
	if at.database == "" {
		at.database = "sqlite:" + filepath.Join(at.dir, "demo.db")
	}
	return at, nil
}

func (o demoFlags) serve(ctx context.Context, s streams, l net.Listener, at demoPlace) error {
	level := slog.LevelWarn
	if o.verbose {
		level = slog.LevelInfo
	}
	log := slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: level}))
	base, hosts := names(l.Addr())
	d, err := demo.Start(ctx, demo.Options{Database: at.database, Files: at.files, Passing: at.passing, BaseURL: base, Hosts: hosts, Now: o.now, Families: o.families, Seed: o.seed, Log: log})
	if err != nil {
		return err
	}
	towns, err := town.NewSet(d.Town)
	if err != nil {
		return errors.Join(err, d.Town.Close())
	}
	h := house.New(towns, house.Options{Log: log, Demo: d})
	welcome(s, d, base)
	return errors.Join(h.Run(ctx, l), towns.Close())
}

// names gives the address to open, and the host names that lead here: this machine's own, and its addresses when the demonstration
// listens on all of them.
func names(a net.Addr) (base string, hosts []string) {
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		host, port = a.String(), "80"
	}
	hosts = []string{"localhost", "127.0.0.1", "::1", "chatou.localhost"}
	ip := net.ParseIP(host)
	shown := "localhost"
	switch {
	case ip.IsLoopback():
	case ip.IsUnspecified():
		hosts = append(hosts, machineNames()...)
	default:
		hosts = append(hosts, host)
		shown = host
	}
	return "http://" + net.JoinHostPort(shown, port), hosts
}

// machineNames are the name and the addresses of this machine, as far as they can be known.
func machineNames() []string {
	var out []string
	if name, err := os.Hostname(); err == nil {
		out = append(out, name)
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return out
	}
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() {
			out = append(out, n.IP.String())
		}
	}
	return out
}

// welcome says where to go and who can sign in.
func welcome(s streams, d *demo.Demo, base string) {
	fmt.Fprintf(s.out, "\n  Préau, the demonstration: %s/demo\n\n", base)
	for _, note := range d.Notes {
		fmt.Fprintf(s.out, "  %s\n", note)
	}
	fmt.Fprintf(s.out, "  The town's clock: %s\n  Its mailbox:      %s/demo/messagerie\n\n", d.Clock.Now().In(d.Town.Loc).Format("2006-01-02 15:04:05"), base)
	for _, l := range demo.Logins {
		fmt.Fprintf(s.out, "  %-15s %s\n", l.Login, l.Name)
	}
	fmt.Fprintf(s.out, "\n  One password for all: %s\n  Ctrl-C stops it.\n\n", demo.Password)
}
