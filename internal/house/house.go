// Package house puts the doors together: it makes of towns the server that answers for them and the workers that do their jobs.
// It stands above package web, so that the tests of any page can ask for the whole house.
package house

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"

	"preau/internal/api"
	"preau/internal/db"
	"preau/internal/demo"
	"preau/internal/town"
	"preau/internal/web"
	"preau/internal/web/absence"
	"preau/internal/web/apikeys"
	"preau/internal/web/bills"
	"preau/internal/web/debits"
	"preau/internal/web/family"
	"preau/internal/web/invoicing"
	"preau/internal/web/office"
	"preau/internal/web/pay"
	"preau/internal/web/public"
	"preau/internal/web/rollcall"
	"preau/internal/web/signin"
	"preau/internal/web/signup"
	"preau/internal/web/tariffs"
	"preau/internal/web/till"
	"preau/internal/work"
)

// Options says how the house is run.
type Options struct {
	Log     *slog.Logger   // nil is slog.Default
	Trusted []netip.Prefix // proxies whose X-Forwarded-For counts
	Demo    *demo.Demo     // nil: no demonstration
}

// House is a server with its routes, and the towns behind it.
type House struct {
	*web.Server

	towns *town.Set
	door  *signin.Door
	log   *slog.Logger
}

// New builds the house of some towns, with every page. It starts nothing: Run does.
func New(towns *town.Set, o Options) *House {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	h := &House{towns: towns, door: &signin.Door{}, log: o.Log}
	faces := newFaces(o.Log)
	h.Server = web.New(web.Config{Towns: towns.Find, Face: faces.of, Log: o.Log, Trusted: o.Trusted, Ready: h.ready})
	h.door.Routes(h.Server)
	public.Pages{Door: h.door}.Routes(h.Server)
	signup.Pages{}.Routes(h.Server)
	family.Pages{Door: h.door}.Routes(h.Server)
	bills.Pages{Door: h.door}.Routes(h.Server)
	debits.Pages{Door: h.door}.Routes(h.Server)
	invoicing.Pages{Door: h.door}.Routes(h.Server)
	office.Pages{Door: h.door}.Routes(h.Server)
	rollcall.Pages{Door: h.door}.Routes(h.Server)
	till.Pages{Door: h.door}.Routes(h.Server)
	absence.Pages{Door: h.door}.Routes(h.Server)
	pay.New(h.door).Routes(h.Server)
	tariffs.Pages{Door: h.door}.Routes(h.Server)
	apikeys.Pages{Door: h.door}.Routes(h.Server)
	api.Routes(h.Server)
	if o.Demo != nil {
		o.Demo.Routes(h.Server)
	}
	faces.served(h.Routes())
	return h
}

// Run answers on l and does the towns' jobs until ctx ends; then it lets requests and jobs under way finish. The towns stay open.
func (h *House) Run(ctx context.Context, l net.Listener) error {
	jobs, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var workers sync.WaitGroup
	for _, t := range h.towns.All() {
		sweep, err := work.Recovery(jobs, t) // before a request can store anything
		workers.Go(func() {
			if err == nil {
				err = sweep(jobs)
			}
			if err != nil {
				t.Log.ErrorContext(jobs, "files not swept", "error", err)
			}
			work.Worker(t).Run(jobs)
		})
	}
	err := h.Serve(ctx, l)
	stop()
	workers.Wait()
	h.Wait()
	return err
}

// Wait returns when what requests left to be written is written: before the towns are closed.
func (h *House) Wait() { h.door.Wait() }

// ready asks each town's database for an answer.
func (h *House) ready(ctx context.Context) error {
	var errs []error
	for _, t := range h.towns.All() {
		if err := t.DB.Read(ctx, func(*db.Tx) error { return nil }); err != nil {
			errs = append(errs, fmt.Errorf("town %s: %w", t.ID, err))
		}
	}
	return errors.Join(errs...)
}
