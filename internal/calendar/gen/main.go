// Command gen writes the embedded form of the official school calendar: gen OUT CSV.GZ
package main

import (
	"compress/gzip"
	"fmt"
	"os"
	"strings"

	"preau/internal/calendar"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: gen OUT CSV.GZ")
		os.Exit(2)
	}
	if err := write(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(out, in string) error {
	var b strings.Builder
	for _, zone := range []string{"A", "B", "C"} {
		years, err := read(in, zone)
		if err != nil {
			return err
		}
		text, err := calendar.Encode(zone, years)
		if err != nil {
			return err
		}
		b.WriteString(text)
	}
	return os.WriteFile(out, []byte(b.String()), 0o644)
}

func read(path, zone string) ([]calendar.SchoolYear, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	return calendar.ParseOfficialCSV(text, zone)
}
