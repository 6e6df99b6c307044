package main

import (
	"context"
	"errors"
	"net"

	"preau/internal/house"
	"preau/internal/town"
)

// serve answers for the towns of a configuration until it is told to stop.
func serve(ctx context.Context, s streams, args []string) error {
	f := flags(s, "serve", "", "Answers for the towns of the configuration, and does their jobs, until SIGINT or SIGTERM;\nthen it lets requests and jobs under way finish.")
	config := configFlag(f)
	listen := f.String("listen", "", "`host:port` to listen on, instead of the configuration's")
	up := f.Bool("migrate", false, "first bring the databases up to date, as `preau migrate` does")
	if err := parse(f, s, args, 0, 0); err != nil {
		return err
	}
	cfg, err := town.LoadConfig(*config)
	if err != nil {
		return err
	}
	if *listen != "" {
		cfg.Listen = *listen
	}
	log := cfg.Logger()
	l, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return err
	}
	towns, err := town.Open(ctx, cfg, town.Options{Migrate: *up, Log: log})
	if err != nil {
		return errors.Join(err, l.Close())
	}
	for _, t := range towns.All() {
		log.Info("town open", "town", t.ID, "name", t.Name, "address", t.BaseURL, "engine", t.DB.Engine())
	}
	log.Info("listening", "address", l.Addr().String())
	err = house.New(towns, house.Options{Log: log, Trusted: cfg.Proxies()}).Run(ctx, l)
	log.Info("stopped")
	return errors.Join(err, towns.Close())
}
