// Package intake brings families into a town: the import of the sheets that another software gives, and the seed, a town of
// invented families made through the same code.
//
// An import is a folder (or a zip) of CSV files with French headers, one file per kind: ecoles, foyers, responsables, enfants,
// scolarites, gardes, inscriptions; docs/import.md describes them. Files of another shape are read through a
// correspondance.toml that says which column goes where. Everything is checked first and every bad line is told, with its file,
// line, column and reason; then all is written, or nothing. References are the keys: importing again brings up to date and
// doubles nothing.
package intake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"preau/internal/audit"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
)

// Options says who imports, and how.
type Options struct {
	By    household.By   // written in the audit journal
	Loc   *time.Location // the town's zone
	Check bool           // only check: nothing is written, the report is the same
}

// Count is how many of one kind were read, and how many of them the town did not know.
type Count struct{ Read, New int }

// Report is what an import found, and wrote unless there are problems.
type Report struct {
	Sites, Households, Guardians, Children, Schoolings, Custody, Enrolments Count

	Problems []Problem // in the order of the files; when there are some, nothing was written
}

// Problem is what is wrong with a line.
type Problem struct {
	File   string
	Line   int    // 1 is the header; 0 is the file as a whole
	Column string // may be empty
	Reason string // in French, a sentence
}

// String is the problem on one line: "enfants.csv, ligne 12, colonne « naissance » : …".
func (p Problem) String() string {
	s := p.File
	if p.Line > 0 {
		s += fmt.Sprintf(", ligne %d", p.Line)
	}
	if p.Column != "" {
		s += ", colonne « " + p.Column + " »"
	}
	return s + " : " + p.Reason
}

// errOnlyChecked ends the transaction of an import that only checks.
var errOnlyChecked = errors.New("only checked")

// Import reads the files and writes what they say, all or nothing. When lines are bad the error is fault.Refused and the report
// lists them all. Another error is a failure of the house.
func Import(ctx context.Context, d *db.DB, files fs.FS, o Options) (Report, error) {
	in, err := readFolder(files)
	if err != nil {
		return Report{}, err
	}
	return run(ctx, d, in, o)
}

// run imports the files of a folder by name.
func run(ctx context.Context, d *db.DB, in folder, o Options) (Report, error) {
	r := &reading{seen: map[string]seen{}}
	if err := d.Read(ctx, func(tx *db.Tx) error { return r.learn(ctx, tx, o.Loc) }); err != nil {
		return Report{}, fmt.Errorf("import: %w", err)
	}
	r.readAll(in)
	r.check()
	if len(r.report.Problems) == 0 {
		err := d.Write(ctx, func(tx *db.Tx) error { return r.write(ctx, tx, o) })
		if err != nil && !errors.Is(err, errOnlyChecked) && !errors.Is(err, errProblems) {
			return Report{}, fmt.Errorf("import: %w", err)
		}
	}
	r.report.sort()
	if n := len(r.report.Problems); n > 0 {
		return r.report, fault.Refusedf("Rien n’a été importé : %s.", plural(n, "problème à corriger", "problèmes à corriger"))
	}
	return r.report, nil
}

// errProblems ends the transaction of an import that met its problems while writing.
var errProblems = errors.New("problems found")

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", many)
}

// journal writes the import in the audit journal.
func (r *reading) journal(ctx context.Context, tx *db.Tx, by household.By) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: by.Actor, ActorName: by.Name, Act: "import.run", Detail: map[string]Count{
		"sites": r.report.Sites, "households": r.report.Households, "guardians": r.report.Guardians, "children": r.report.Children,
		"schoolings": r.report.Schoolings, "custody": r.report.Custody, "enrolments": r.report.Enrolments,
	}})
}
