// Command loadtest measures what Préau costs: pages and saves of a seeded town, served by a process of its own, beside a bare handler
// and raw transactions in the same run. `make bench` runs it; docs/performance.md says what it found.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "loadtest:", err)
		stop()
		os.Exit(1)
	}
}

// run measures, or is one of the servers that are measured.
func run(ctx context.Context, args []string) error {
	if len(args) > 0 {
		switch args[0] {
		case "serve":
			return serveTown(ctx, args[1:])
		case "bill":
			return runBill(ctx, args[1:])
		case "bare":
			return serveBare(ctx, args[1:])
		}
	}
	f := flag.NewFlagSet("loadtest", flag.ContinueOnError)
	b := &bench{ctx: ctx, out: os.Stdout}
	f.DurationVar(&b.span, "span", 3*time.Second, "how long each page is asked, at each number of clients")
	f.IntVar(&b.years, "years", 10, "years of history of the second town; 0 leaves it out")
	f.StringVar(&b.dir, "dir", "", "`folder` to keep the towns in for the next run; a temporary one without it")
	f.StringVar(&b.postgres, "postgres", "", "`address` of a PostgreSQL database to measure as well")
	f.StringVar(&b.profile, "profile", "", "`file` for a processor profile of the SQLite server")
	f.StringVar(&b.only, "only", "", "pages, saves, history, bills or the first word of a page: that part alone")
	f.StringVar(&b.households, "households", "1000 10000", "sizes of the towns whose month is billed, between spaces")
	if err := f.Parse(args); err != nil {
		return err
	}
	return b.run()
}
