package main

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"text/tabwriter"

	"preau/internal/ban"
	"preau/internal/dossier"
	"preau/internal/household"
	"preau/internal/intake"
	"preau/internal/town"
)

// fromCommandLine is the author of what is done here, in the town's journal.
var fromCommandLine = household.By{Actor: "system", Name: "Préau"}

// seed fills a town with invented families.
func seed(ctx context.Context, s streams, args []string) error {
	f := flags(s, "seed", "", "Adds invented families, enrolled for the school year, to a town; one without any site first becomes the leaflet's Chatou.\n"+
		"Nobody in them is real. For trying and measuring, never in a town with families.")
	config, id := configFlag(f), townFlag(f)
	families := f.Int("families", 300, "`how many` families")
	number := f.Int64("seed", 1, "the same `number` in the same town makes the same families, another one adds others")
	if err := parse(f, s, args, 0, 0); err != nil {
		return err
	}
	if *families < 1 || *families > 20_000 {
		return fmt.Errorf("-families: %d is not between 1 and 20000", *families)
	}
	return withTown(ctx, *config, *id, func(t *town.Town) error {
		report, err := intake.Seed(ctx, t, intake.SeedOptions{Families: *families, Seed: *number, By: fromCommandLine})
		if err != nil {
			return err
		}
		return printReport(s.out, report)
	})
}

// runImport reads the sheets of another software.
func runImport(ctx context.Context, s streams, args []string) error {
	f := flags(s, "import", "FOLDER|FILE.zip", "Reads schools, households, guardians, children, custody and enrolments from the CSV files of a folder or a zip:\n"+
		"all of them, or none when a line is wrong; every wrong line is listed. Importing again brings up to date and doubles nothing.\ndocs/import.md describes the files.")
	config, id := configFlag(f), townFlag(f)
	check := f.Bool("check", false, "only check: nothing is written")
	addresses := f.Bool("ban", false, "the argument is a file of addresses of the Base Adresse Nationale (CSV, gzipped or not): they take the place of those imported before")
	commune := f.String("commune", "", "with -ban, keep the addresses of this commune only: its `INSEE code`")
	if err := parse(f, s, args, 1, 1); err != nil {
		return err
	}
	if *addresses {
		return withTown(ctx, *config, *id, func(t *town.Town) error { return importAddresses(ctx, s, t, addressFile{f.Arg(0), *commune, *check}) })
	}
	files, closeFiles, err := sheets(f.Arg(0))
	if err != nil {
		return err
	}
	return errors.Join(withTown(ctx, *config, *id, func(t *town.Town) error {
		report, err := intake.Import(ctx, t.DB, files, intake.Options{By: fromCommandLine, Loc: t.Loc, Check: *check})
		for _, p := range report.Problems {
			fmt.Fprintln(s.err, p)
		}
		if err != nil {
			return err
		}
		if *check {
			fmt.Fprintln(s.out, "Checked, nothing was written.")
		}
		return printReport(s.out, report)
	}), closeFiles())
}

// addressFile is a file of addresses to import.
type addressFile struct {
	path, commune string
	check         bool
}

// importAddresses reads the addresses that families are proposed as they type.
func importAddresses(ctx context.Context, s streams, t *town.Town, in addressFile) error {
	file, err := os.Open(in.path)
	if err != nil {
		return err
	}
	list, err := ban.Parse(file, in.commune)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("%s: %w", in.path, err)
	}
	if in.check {
		fmt.Fprintf(s.out, "Checked, nothing was written: %d addresses.\n", len(list))
		return nil
	}
	book, err := dossier.ImportAddresses(ctx, t.DB, fromCommandLine, list)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%d addresses\n", book.Count)
	return nil
}

// sheets opens the folder or the zip of an import.
func sheets(path string) (files fs.FS, closeFiles func() error, err error) {
	if strings.HasSuffix(strings.ToLower(path), ".zip") {
		z, err := zip.OpenReader(path)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", path, err)
		}
		return z, z.Close, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if !info.IsDir() {
		return nil, nil, fmt.Errorf("%s is neither a folder nor a zip", path)
	}
	return os.DirFS(path), func() error { return nil }, nil
}

func printReport(out io.Writer, r intake.Report) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "\tread\tnew")
	for _, line := range []struct {
		name  string
		count intake.Count
	}{
		{"sites", r.Sites}, {"households", r.Households}, {"guardians", r.Guardians}, {"children", r.Children},
		{"schoolings", r.Schoolings}, {"custody", r.Custody}, {"enrolments", r.Enrolments},
	} {
		fmt.Fprintf(w, "%s\t%d\t%d\n", line.name, line.count.Read, line.count.New)
	}
	return w.Flush()
}
