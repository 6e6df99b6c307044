package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"preau/internal/blob"
	"preau/internal/db"
	"preau/internal/town"
)

// backup copies the database of a town and its files while it goes on working.
func backup(ctx context.Context, s streams, args []string) error {
	f := flags(s, "backup", "FILE", "Writes a consistent copy of a town's SQLite database to FILE, which must not exist, while the town goes on\n"+
		"working, and verifies the copy; then the town's files, from its folder or its bucket, those only that are not copied\n"+
		"yet. For a town on PostgreSQL use pg_dump, and copy the folder of its files, or its bucket. The town's key is not in it: keep a copy of its file elsewhere.")
	config, id := configFlag(f), townFlag(f)
	folder := f.String("files", "", "the `folder` the files are copied to; without it, `files` beside FILE")
	if err := parse(f, s, args, 1, 1); err != nil {
		return err
	}
	if *folder == "" {
		*folder = filepath.Join(filepath.Dir(f.Arg(0)), "files")
	}
	t, closeTown, err := openTown(ctx, *config, *id)
	if err != nil {
		return err
	}
	return errors.Join(backupTown(ctx, s, t, f.Arg(0), *folder), closeTown())
}

// backupTown copies the files first, then the database, then the files that came meanwhile: every row of the copy has its file there.
func backupTown(ctx context.Context, s streams, t *town.Town, path, folder string) error {
	start := time.Now()
	before, err := copyFiles(ctx, t, folder)
	if err != nil {
		return err
	}
	if err := t.DB.Backup(ctx, path); err != nil {
		return err
	}
	after, err := copyFiles(ctx, t, folder)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s: %d bytes written to %s and verified, %d files to %s, in %s\n", t.ID, info.Size(), path, before+after, folder,
		time.Since(start).Round(time.Millisecond))
	return nil
}

func copyFiles(ctx context.Context, t *town.Town, folder string) (int, error) {
	var list []blob.File
	err := t.DB.Read(ctx, func(tx *db.Tx) (err error) {
		list, err = blob.All(ctx, tx)
		return err
	})
	if err != nil {
		return 0, err
	}
	return t.Files.CopyTo(ctx, folder, list)
}
