package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"preau/internal/blob"
	"preau/internal/db"
	"preau/internal/dossier"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/mandate"
	"preau/internal/payment"
	"preau/internal/town"
)

// key changes the key of a town: everything that is sealed with the one before is sealed again with the one of the configuration.
func key(ctx context.Context, s streams, args []string) error {
	f := flags(s, "key rotate", "", "Seals again, with the key that the configuration names, what is sealed with the key before: the keys of files, health data,\n"+
		"authenticators, calendar feeds, bank accounts. The town is stopped first. All is done or nothing; it can be done again.")
	config, id := configFlag(f), townFlag(f)
	from := f.String("from", "", "the `file` of the key before")
	if len(args) > 0 && args[0] == "rotate" {
		args = args[1:]
	}
	if err := parse(f, s, args, 0, 0); err != nil {
		return err
	}
	if *from == "" {
		fmt.Fprint(s.err, "preau key rotate: give -from\n\n")
		f.Usage()
		return errUsage
	}
	text, err := os.ReadFile(*from)
	if err != nil {
		return err
	}
	old, err := town.ParseKey(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", *from, err)
	}
	t, closeTown, err := openTown(ctx, *config, *id)
	if err != nil {
		return err
	}
	return errors.Join(rotate(ctx, s, t, old), closeTown())
}

func rotate(ctx context.Context, s streams, t *town.Town, old []byte) error {
	var files, values, lost int
	err := t.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if files, err = blob.Reseal(ctx, tx, town.KeyFor(old, town.FilesKey), t.KeyFor(town.FilesKey)); err != nil {
			return err
		}
		for _, sealed := range slices.Concat(household.Sealed(), identity.Sealed(), dossier.Sealed(), payment.Sealed(), mandate.Sealed()) {
			done, gone, err := sealed.Reseal(ctx, tx, old, t.Key)
			if err != nil {
				return err
			}
			values, lost = values+done, lost+gone
		}
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s: %d files and %d values sealed with the new key\n", t.ID, files, values)
	if lost > 0 {
		fmt.Fprintf(s.out, "%s: %d values open with neither key, and were left\n", t.ID, lost)
	}
	return nil
}
