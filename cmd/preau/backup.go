package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// backup copies the database of a town while it goes on working.
func backup(ctx context.Context, s streams, args []string) error {
	f := flags(s, "backup", "FILE", "Writes a consistent copy of a town's SQLite database to FILE, which must not exist, while the town goes on\n"+
		"working, and verifies the copy. For a town on PostgreSQL use pg_dump. The town's key is not in it: keep a copy of\nits file elsewhere.")
	config, id := configFlag(f), townFlag(f)
	if err := parse(f, s, args, 1, 1); err != nil {
		return err
	}
	t, closeTown, err := openTown(ctx, *config, *id)
	if err != nil {
		return err
	}
	start := time.Now()
	if err := t.DB.Backup(ctx, f.Arg(0)); err != nil {
		return errors.Join(err, closeTown())
	}
	info, err := os.Stat(f.Arg(0))
	if err != nil {
		return errors.Join(err, closeTown())
	}
	fmt.Fprintf(s.out, "%s: %d bytes written to %s and verified in %s\n", t.ID, info.Size(), f.Arg(0), time.Since(start).Round(time.Millisecond))
	return closeTown()
}
