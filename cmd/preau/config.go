package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"

	"preau/internal/town"
)

// configFlag adds -config: the file, which PREAU_CONFIG may also name.
func configFlag(f *flag.FlagSet) *string {
	path := os.Getenv("PREAU_CONFIG")
	if path == "" {
		path = "preau.toml"
	}
	return f.String("config", path, "the configuration `file`, also named by PREAU_CONFIG")
}

// townFlag adds -town.
func townFlag(f *flag.FlagSet) *string {
	return f.String("town", "", "the `id` of the town; may be left out when there is only one")
}

// openTown opens the one town that a subcommand is about.
func openTown(ctx context.Context, path, id string) (*town.Town, func() error, error) {
	cfg, err := town.LoadConfig(path)
	if err != nil {
		return nil, nil, err
	}
	if err := only(cfg, id); err != nil {
		return nil, nil, err
	}
	set, err := town.Open(ctx, cfg, town.Options{Log: cfg.Logger()})
	if err != nil {
		return nil, nil, err
	}
	return set.All()[0], set.Close, nil
}

// only keeps the town asked for, or the only one.
func only(cfg *town.Config, id string) error {
	var ids []string
	for _, t := range cfg.Towns {
		if t.ID == id || (id == "" && len(cfg.Towns) == 1) {
			cfg.Towns = []town.TownConfig{t}
			return nil
		}
		ids = append(ids, t.ID)
	}
	if id == "" {
		return fmt.Errorf("say which town with -town: %s", strings.Join(ids, ", "))
	}
	return fmt.Errorf("no town %q in the configuration; there are: %s", id, strings.Join(ids, ", "))
}
