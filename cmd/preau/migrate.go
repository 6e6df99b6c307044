package main

import (
	"context"
	"fmt"

	"preau/internal/town"
)

// migrate brings the databases of a configuration up to date.
func migrate(ctx context.Context, s streams, args []string) error {
	f := flags(s, "migrate", "", "Runs the migrations that the towns' databases miss, and makes the databases that do not exist.\nMake a backup first.")
	config := configFlag(f)
	id := f.String("town", "", "the `id` of one town; without it, all of them")
	if err := parse(f, s, args, 0, 0); err != nil {
		return err
	}
	cfg, err := town.LoadConfig(*config)
	if err != nil {
		return err
	}
	if *id != "" {
		if err := only(cfg, *id); err != nil {
			return err
		}
	}
	towns, err := town.Open(ctx, cfg, town.Options{Migrate: true, Log: cfg.Logger()})
	if err != nil {
		return err
	}
	for _, t := range towns.All() {
		fmt.Fprintf(s.out, "%s: up to date\n", t.ID)
	}
	return towns.Close()
}
