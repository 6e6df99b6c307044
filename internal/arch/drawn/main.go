// Command drawn fails when a component of the templates was drawn by no test. Its argument is the coverage profile of the test run;
// `make test` calls it.
package main

import (
	"fmt"
	"os"

	"preau/internal/arch"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("usage: drawn coverage-profile")
	}
	profile, err := os.Open(args[0])
	if err != nil {
		return err
	}
	defer func() { _ = profile.Close() }() // it was only read
	missing, err := arch.Undrawn(os.DirFS("."), "preau", profile)
	if err != nil {
		return err
	}
	for _, m := range missing {
		fmt.Fprintln(os.Stderr, m)
	}
	if len(missing) > 0 {
		return fmt.Errorf("%d components of templates are drawn by no test", len(missing))
	}
	return nil
}
