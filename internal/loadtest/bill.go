package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"strings"
	"syscall"
	"time"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/town"
	"preau/internal/work"
)

// bills measures the bill of a month for towns of several sizes, each in a process of its own.
func (b *bench) bills() error {
	b.printf("\n## The bill of a month\n\n")
	b.printf("| households | charges | prepare | issue | CPU in all | CPU a household | memory at most |\n|---|---|---|---|---|---|---|\n")
	for _, word := range strings.Fields(b.households) {
		n, err := strconv.Atoi(word)
		if err != nil {
			return fmt.Errorf("-households %q: numbers between spaces", b.households)
		}
		seeded := filepath.Join(b.dir, fmt.Sprintf("bill-%d.db", n))
		if err := seedTown(b.ctx, place{dsn: "sqlite:" + seeded}, n); err != nil {
			return err
		}
		billed := filepath.Join(b.dir, "billed.db")
		if err := copyFile(billed, seeded); err != nil {
			return err
		}
		args := []string{"bill", "-db", "sqlite:" + billed, "-n", word}
		if b.profile != "" {
			args = append(args, "-profile", b.profile)
		}
		self, err := os.Executable()
		if err != nil {
			return err
		}
		cmd := exec.CommandContext(b.ctx, self, args...)
		cmd.Stdout, cmd.Stderr = b.out, os.Stderr
		if err := cmd.Run(); err != nil {
			return err
		}
	}
	return nil
}

// copyFile makes a copy of a town that nobody has open, so that the next measure finds it as it was.
func copyFile(to, from string) (err error) {
	for _, left := range []string{to + "-wal", to + "-shm"} {
		if err := os.Remove(left); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	_, err = io.Copy(out, in)
	return err
}

// seedTown makes a town to bill, unless it is there.
func seedTown(ctx context.Context, at place, households int) (err error) {
	d, err := at.open(ctx, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	there := false
	if err := d.Read(ctx, func(tx *db.Tx) (err error) {
		there, err = db.Exists(ctx, tx, `SELECT id FROM households`)
		return err
	}); err != nil || there {
		return err
	}
	fmt.Fprintf(os.Stderr, "seeding %d households …\n", households)
	return seedBills(ctx, d, paris(), households)
}

// runBill is the process that is measured: it gathers, prices, composes and issues the bill of a month, and says what it took.
func runBill(ctx context.Context, args []string) (err error) {
	f := flag.NewFlagSet("bill", flag.ContinueOnError)
	dsn, n := f.String("db", "", "database"), f.Int("n", 0, "households")
	profile := f.String("profile", "", "file to write a processor profile to")
	if err := f.Parse(args); err != nil {
		return err
	}
	d, err := place{dsn: *dsn}.open(ctx, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	t := &town.Town{ID: "mesure", DB: d, Loc: paris(), Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	handlers := work.Handlers(t)
	by := household.By{Actor: "agent:essai", Name: "Essai"}
	var r billing.Run
	if err := d.Write(ctx, func(tx *db.Tx) error {
		r, err = billing.StartRun(ctx, tx, billedMonth, billedMonth.Next().First(), by)
		return err
	}); err != nil {
		return err
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
	before, start := cpu(), time.Now()
	payload := json.RawMessage(db.JSON(billing.RunPayload{RunID: r.ID}))
	if err := handlers[billing.PrepareKind](ctx, payload); err != nil {
		return err
	}
	prepared, middle := cpu(), time.Now()
	if err := d.Write(ctx, func(tx *db.Tx) error {
		return billing.Issue(ctx, tx, r.ID, billedMonth.Next().First(), civil.Date{}, billedMonth.Next().First(), by)
	}); err != nil {
		return err
	}
	if err := handlers[billing.IssueKind](ctx, payload); err != nil {
		return err
	}
	issued, end := cpu(), time.Now()
	var charges, invoices int
	if err := d.Read(ctx, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, `SELECT (SELECT count(*) FROM charges), (SELECT count(*) FROM invoices WHERE number IS NOT NULL)`).Scan(&charges, &invoices)
	}); err != nil {
		return err
	}
	if invoices != *n {
		return fmt.Errorf("%d invoices for %d households", invoices, *n)
	}
	total := issued - before
	fmt.Printf("| %d | %d | %.2f s (%.2f s of CPU) | %.2f s (%.2f s of CPU) | %.2f s | %.2f ms |  %d MB |\n", *n, charges, middle.Sub(start).Seconds(), (prepared - before).Seconds(),
		end.Sub(middle).Seconds(), (issued - prepared).Seconds(), total.Seconds(), total.Seconds()*1000/float64(*n), peak()>>20)
	return nil
}

// cpu is the processor time of this process so far.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peak is the most memory this process has had, in bytes.
func peak() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return u.Maxrss << 10
}
