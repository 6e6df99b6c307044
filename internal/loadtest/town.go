package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/pprof"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/house"
	"preau/internal/mail"
	"preau/internal/town"
	"preau/internal/web"

	"github.com/klauspost/compress/gzhttp"
)

const (
	hostName = "chatou.localhost"
	hour     = time.Hour
)

// begun is what the town's clock says when a process of the measure starts; it runs from there.
var begun = civil.Wall(civil.New(2026, 10, 15), civil.Clock(10, 0), 0, paris()).Time()

func paris() *time.Location {
	loc, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		panic(err) // the zones are compiled in
	}
	return loc
}

// place says where a town's database is.
type place struct{ dsn, schema string }

// open opens a town's database with its clock.
func (p place) open(ctx context.Context, migrate bool) (*db.DB, error) {
	start := time.Now()
	return db.Open(ctx, db.Config{DSN: p.dsn, Schema: p.schema, Migrate: migrate, Clock: func() time.Time { return begun.Add(time.Since(start)) }})
}

// nobody takes every message and sends none: what a mail server costs is not ours.
type nobody struct{}

func (nobody) Send(context.Context, mail.Message) error { return nil }

// serveTown is the process that is measured: the house with all its pages and its workers, as `preau serve` runs it.
func serveTown(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("serve", flag.ContinueOnError)
	dsn := f.String("db", "", "database")
	schema := f.String("schema", "mesure", "schema, on PostgreSQL")
	profile := f.String("profile", "", "file to write a processor profile to")
	idle := f.Bool("no-jobs", false, "leave the jobs in the queue")
	if err := f.Parse(args); err != nil {
		return err
	}
	d, err := place{*dsn, *schema}.open(ctx, false)
	if err != nil {
		return err
	}
	key := sha256.Sum256([]byte(hostName))
	log := slog.New(slog.NewTextHandler(io.Discard, nil)) // lines are made, as in service, and go nowhere
	t := &town.Town{ID: "mesure", Name: "Ville de Chatou", Hosts: []string{hostName}, BaseURL: "http://" + hostName, DB: d, Loc: paris(), Key: key[:], Mail: nobody{}, Log: log}
	set, err := town.NewSet(t)
	if err != nil {
		return errors.Join(err, d.Close())
	}
	if *profile != "" {
		out, err := os.Create(*profile)
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(out); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	h := house.New(set, house.Options{Log: log})
	l, err := announce()
	if err != nil {
		return errors.Join(err, set.Close())
	}
	if *idle {
		return errors.Join(h.Serve(ctx, l), set.Close())
	}
	return errors.Join(h.Run(ctx, l), set.Close())
}

// serveBare answers every request with the same bytes through the same compression, and does nothing else.
func serveBare(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return errors.New("bare: a file is needed")
	}
	page, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	pack, err := gzhttp.NewWrapper(gzhttp.CompressionLevel(web.GzipLevel), gzhttp.EnableZstd(false), gzhttp.MinSize(1024))
	if err != nil {
		return err
	}
	l, err := announce()
	if err != nil {
		return err
	}
	server := &http.Server{Handler: pack(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(page)
	}))}
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// announce listens on a free port of this machine and says which.
func announce() (net.Listener, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err == nil {
		fmt.Println(l.Addr())
	}
	return l, err
}
