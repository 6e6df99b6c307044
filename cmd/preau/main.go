// Command preau is the family portal of a town: one program, a subcommand for each thing it does.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // the town's zone, wherever the program runs
)

// streams are what a subcommand reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// command is one subcommand.
type command struct {
	name, short string
	run         func(ctx context.Context, s streams, args []string) error
}

func commands() []command {
	return []command{
		{"serve", "answer for the towns of a configuration", serve},
		{"demo", "try Préau on an invented town", runDemo},
		{"migrate", "bring the towns' databases up to date", migrate},
		{"seed", "add invented families to a town", seed},
		{"import", "read families and enrolments from CSV files", runImport},
		{"user", "create an agent, or give one a new password", user},
		{"backup", "copy a town's database and verify the copy", backup},
		{"check", "verify that a town's accounts and counters hold", check},
		{"key", "change the key of a town", key},
		{"version", "say which program this is", version},
	}
}

// errUsage ends the program with status 2: what was wrong has been said.
var errUsage = errors.New("usage")

func main() { os.Exit(run(os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})) }

// run does what the arguments say, and gives the status to exit with: 0, 1 for a failure, 2 for a wrong use.
func run(args []string, s streams) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(args) == 0 {
		usage(s.err)
		return 2
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		usage(s.out)
		return 0
	}
	for _, c := range commands() {
		if c.name != args[0] {
			continue
		}
		err := c.run(ctx, s, args[1:])
		switch {
		case err == nil, errors.Is(err, flag.ErrHelp):
			return 0
		case errors.Is(err, errUsage):
			return 2
		}
		fmt.Fprintf(s.err, "preau %s: %v\n", c.name, err)
		return 1
	}
	fmt.Fprintf(s.err, "preau: no command %q\n\n", args[0])
	usage(s.err)
	return 2
}

func usage(w io.Writer) {
	fmt.Fprint(w, "Préau is the family portal of a town.\n\nUsage:\n\n\tpreau <command> [flags]\n\nCommands:\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "\t%-9s %s\n", c.name, c.short)
	}
	fmt.Fprint(w, "\n`preau <command> -h` lists the flags of a command.\n")
}

// flags makes the flags of a subcommand; args says what stands after them, about what the subcommand does.
func flags(s streams, name, args, about string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(s.err)
	f.Usage = func() {
		line := "preau " + name + " [flags]"
		if args != "" {
			line += " " + args
		}
		fmt.Fprintf(s.err, "Usage: %s\n\n%s\n\nFlags:\n", line, about)
		f.PrintDefaults()
	}
	return f
}

// parse reads the flags and checks how many arguments follow them; what is wrong is said on the error stream.
func parse(f *flag.FlagSet, s streams, args []string, least, most int) error {
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage
	}
	if n := f.NArg(); n < least || n > most {
		fmt.Fprintf(s.err, "preau %s: %d arguments, want %s\n\n", f.Name(), n, between(least, most))
		f.Usage()
		return errUsage
	}
	return nil
}

func between(least, most int) string {
	if least == most {
		return fmt.Sprint(least)
	}
	return fmt.Sprintf("%d to %d", least, most)
}
