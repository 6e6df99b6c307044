package calendar

import (
	"io"
	"strings"
	"time"

	"preau/internal/civil"
)

// ParseOpenData reads the whole school years of a zone ("A", "B" or "C") in the export of the ministry's open data, with the columns
// description, population, start_date, end_date, zones and annee_scolaire. There is a line for each académie of the zone; lines
// for teachers and for other zones are passed over.
//
// A start is the day families leave: holidays begin the day after when there is class that day, and on it otherwise (a Wednesday,
// a Saturday). A bridge begins on the day written. An end is the day class begins again. Bad lines, and lines that contradict each
// other, are told in an *ImportError.
func ParseOpenData(r io.Reader, zone string) ([]SchoolYear, error) {
	if !knownZone(zone) {
		return nil, wholeFile("La zone est A, B ou C.")
	}
	s, err := readSheet(r, "description", "population", "start_date", "end_date", "zones", "annee_scolaire")
	if err != nil {
		return nil, err
	}
	reader := periodReader{found: newFindings(), seen: map[string]period{}}
	bad := &ImportError{}
	for _, row := range s.rows {
		if s.get(row, "zones") != "Zone "+zone || strings.Contains(strings.ToLower(s.get(row, "population")), "enseignant") {
			continue
		}
		p := period{line: row.line, name: s.get(row, "description"), year: s.get(row, "annee_scolaire")}
		if p.readDates(s.get(row, "start_date"), s.get(row, "end_date"), bad) {
			reader.read(p, bad)
		}
	}
	if err := bad.err(); err != nil {
		return nil, err
	}
	return reader.found.years("données ouvertes du ministère")
}

// period is one line.
type period struct {
	line       int
	name, year string
	start, end civil.Date
}

func (p *period) readDates(start, end string, bad *ImportError) bool {
	var ok1, ok2 bool
	if p.start, ok1 = parisDay(start); !ok1 {
		bad.add(p.line, "« %s » n’est pas une date de début.", start)
	}
	if p.end, ok2 = parisDay(end); !ok2 {
		bad.add(p.line, "« %s » n’est pas une date de fin.", end)
	}
	if ok1 && ok2 && (p.end.Before(p.start) || p.end.DaysSince(p.start) > longestSummer) {
		bad.add(p.line, "la fin (%s) ne suit pas le début (%s).", p.end, p.start)
		return false
	}
	return ok1 && ok2
}

// parisDay reads a date, or a midnight of Paris written in any zone: half a day later it is the same day in UTC.
func parisDay(text string) (civil.Date, bool) {
	if d, err := civil.Parse(text); err == nil {
		return d, true
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.Year() < 1900 || t.Year() > 2200 {
		return civil.Date{}, false
	}
	return civil.DateOf(civil.At(t.Add(12*time.Hour)), time.UTC), true
}

// periodReader gathers lines; several académies say the same.
type periodReader struct {
	found *findings
	seen  map[string]period
}

func (r *periodReader) read(p period, bad *ImportError) {
	key := p.year + " " + strings.ToLower(p.name)
	if before, ok := r.seen[key]; ok {
		if before.start != p.start || before.end != p.end {
			bad.add(p.line, "« %s » n’a pas les mêmes dates qu’à la ligne %d.", p.name, before.line)
		}
		return
	}
	r.seen[key] = p
	r.keep(p)
}

func (r *periodReader) keep(p period) {
	lower := strings.ToLower(p.name)
	name := holidayName(p.name)
	switch {
	case strings.HasPrefix(lower, "prérentrée"), strings.HasPrefix(lower, "pré-rentrée"):
	case strings.HasPrefix(lower, "rentrée"):
		r.found.first[beginsIn(p.start)] = p.start
	case name == Summer:
		leave := afterClass(p.start)
		r.found.summers[beginsIn(leave)] = leave
		if p.end.After(leave) {
			r.found.first[beginsIn(leave)+1] = p.end
		}
	case strings.HasPrefix(lower, "pont"):
		sunday := p.start.Monday().AddDays(6)
		last := p.end.AddDays(-1)
		if last.Before(sunday) {
			last = sunday
		}
		r.found.blocks = append(r.found.blocks, Holiday{Name: name, From: p.start, To: last})
	default:
		if from := afterClass(p.start); from.Before(p.end) {
			r.found.blocks = append(r.found.blocks, Holiday{Name: name, From: from, To: p.end.AddDays(-1)})
		}
	}
}

// afterClass is the first day without class for those who leave on day d.
func afterClass(d civil.Date) civil.Date {
	if fourDays.Has(d.Weekday()) && openDay(d) {
		return d.AddDays(1)
	}
	return d
}
