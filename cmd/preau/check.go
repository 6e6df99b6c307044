package main

import (
	"context"
	"errors"
	"fmt"

	"preau/internal/db"
	"preau/internal/town"
	"preau/internal/work"
)

// check verifies everything that must hold in the towns of a configuration.
func check(ctx context.Context, s streams, args []string) error {
	f := flags(s, "check", "", "Verifies what must hold in a town's database: numbers of invoices and receipts without a gap, sums of charges, lines, invoices\n"+
		"and ledgers, chains of hashes, counters of places, nothing billed twice, nothing orphaned. Says what is broken, with ids,\n"+
		"a line each, and exits with 1; changes nothing. The town may go on working meanwhile.")
	config, id := configFlag(f), townFlag(f)
	if err := parse(f, s, args, 0, 0); err != nil {
		return err
	}
	t, closeTown, err := openTown(ctx, *config, *id)
	if err != nil {
		return err
	}
	return errors.Join(checkTown(ctx, s, t), closeTown())
}

func checkTown(ctx context.Context, s streams, t *town.Town) error {
	var broken []string
	if err := t.DB.Read(ctx, func(tx *db.Tx) (err error) {
		broken, err = work.Verify(ctx, tx)
		return err
	}); err != nil {
		return err
	}
	for _, b := range broken {
		fmt.Fprintf(s.out, "%s: %s\n", t.ID, b)
	}
	if len(broken) > 0 {
		return fmt.Errorf("%s: %d things do not hold", t.ID, len(broken))
	}
	fmt.Fprintf(s.out, "%s: all holds\n", t.ID)
	return nil
}
