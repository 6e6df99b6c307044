package calendar

import (
	"io"
	"strings"

	"preau/internal/civil"
)

// ParseOfficialCSV reads the whole school years of a zone ("A", "B" or "C") in the file of one line per day with the columns
// date, vacances_zone_a, vacances_zone_b, vacances_zone_c, nom_vacances. Days after the last summer of the file are placeholders
// and are left unknown. The first day of class is the first open day after the summer. Bad lines are told in an *ImportError.
func ParseOfficialCSV(r io.Reader, zone string) ([]SchoolYear, error) {
	if !knownZone(zone) {
		return nil, wholeFile("La zone est A, B ou C.")
	}
	column := "vacances_zone_" + strings.ToLower(zone)
	s, err := readSheet(r, "date", column, "nom_vacances")
	if err != nil {
		return nil, err
	}
	reader := dayReader{found: newFindings()}
	bad := &ImportError{}
	for _, row := range s.rows {
		reader.read(row.line, s.get(row, "date"), s.get(row, column), holidayName(s.get(row, "nom_vacances")), bad)
	}
	reader.close(civil.Date{})
	if err := bad.err(); err != nil {
		return nil, err
	}
	reader.found.covers = func(firstYear int) bool {
		return !reader.start.IsZero() && reader.start.Before(civil.Date{Year: firstYear, Month: 9, Day: 1})
	}
	return reader.found.years("fichier officiel")
}

func knownZone(zone string) bool { return zone == "A" || zone == "B" || zone == "C" }

// dayReader gathers days into holidays.
type dayReader struct {
	found       *findings
	start, last civil.Date
	open        Holiday // the holidays being read; no name when in term
}

func (d *dayReader) read(line int, date, off, name string, bad *ImportError) {
	day, err := civil.Parse(date)
	if err != nil {
		bad.add(line, "« %s » n’est pas une date comme 2026-12-07.", date)
		return
	}
	if !d.last.IsZero() && day != d.last.AddDays(1) {
		bad.add(line, "le %s est attendu, et non le %s.", d.last.AddDays(1), day)
	}
	if d.start.IsZero() {
		d.start = day
	}
	d.last = day
	switch strings.ToLower(off) {
	case "true":
		if name == "" {
			name = "Vacances scolaires"
		}
	case "false":
		name = ""
	default:
		bad.add(line, "« %s » n’est ni True ni False.", off)
		return
	}
	if name != d.open.Name {
		d.close(day)
		d.open = Holiday{Name: name, From: day}
	}
	d.open.To = day
}

// close ends the holidays being read; day is the first day after, none at the end of the file.
func (d *dayReader) close(day civil.Date) {
	switch d.open.Name {
	case "":
	case Summer:
		d.found.summers[beginsIn(d.open.From)] = d.open.From
		if !day.IsZero() {
			d.found.first[beginsIn(d.open.From)+1] = day
		}
	default:
		d.found.blocks = append(d.found.blocks, d.open)
	}
}
