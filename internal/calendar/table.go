package calendar

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// ImportError lists what cannot be read in a calendar file, in French, for the agent who sent it. Nothing of the file is kept.
type ImportError struct {
	Lines []LineError
	More  int // bad lines beyond those listed
}

// LineError is one bad line; Line is 0 for what concerns the whole file.
type LineError struct {
	Line   int
	Reason string
}

// maxLines is the number of bad lines listed.
const maxLines = 50

func (e *ImportError) Error() string {
	var parts []string
	for _, l := range e.Lines {
		if l.Line == 0 {
			parts = append(parts, l.Reason)
		} else {
			parts = append(parts, fmt.Sprintf("Ligne %d : %s", l.Line, l.Reason))
		}
	}
	if e.More > 0 {
		parts = append(parts, fmt.Sprintf("Et %d autres lignes.", e.More))
	}
	return strings.Join(parts, " ")
}

func (e *ImportError) add(line int, format string, args ...any) {
	if len(e.Lines) == maxLines {
		e.More++
		return
	}
	e.Lines = append(e.Lines, LineError{Line: line, Reason: fmt.Sprintf(format, args...)})
}

// err is e when it has something to say.
func (e *ImportError) err() error {
	if len(e.Lines) == 0 {
		return nil
	}
	return e
}

func wholeFile(reason string) error { return &ImportError{Lines: []LineError{{Reason: reason}}} }

// sheet is a CSV file read by the names of its columns.
type sheet struct {
	columns map[string]int
	rows    []row
}

type row struct {
	line   int
	fields []string
}

// maxFile is the most bytes read of a calendar file; the official ones have half a million.
const maxFile = 16 << 20

// readSheet reads a CSV file in UTF-8 or Windows-1252, with commas or semicolons, whose first line names at least the wanted columns.
func readSheet(r io.Reader, wanted ...string) (*sheet, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("calendar: read the file: %w", err)
	}
	if len(data) > maxFile {
		return nil, wholeFile("Le fichier est trop grand pour être un calendrier scolaire.")
	}
	text := strings.TrimPrefix(decode(data), "\ufeff")
	header, _, _ := strings.Cut(text, "\n")
	in := csv.NewReader(strings.NewReader(text))
	in.FieldsPerRecord, in.LazyQuotes = -1, true
	if strings.Contains(header, ";") {
		in.Comma = ';'
	}
	s := &sheet{}
	for {
		fields, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, wholeFile("Le fichier n’est pas un tableau CSV lisible.")
		}
		line, _ := in.FieldPos(0)
		s.add(line, fields)
	}
	for _, name := range wanted {
		if _, ok := s.columns[name]; !ok {
			return nil, wholeFile(fmt.Sprintf("La colonne « %s » manque.", name))
		}
	}
	return s, nil
}

func (s *sheet) add(line int, fields []string) {
	if s.columns != nil {
		s.rows = append(s.rows, row{line: line, fields: fields})
		return
	}
	s.columns = make(map[string]int, len(fields))
	for i, name := range fields {
		s.columns[strings.ToLower(strings.TrimSpace(name))] = i
	}
}

// get is a cell, empty when the line is too short.
func (s *sheet) get(r row, column string) string {
	if i := s.columns[column]; i < len(r.fields) {
		return strings.TrimSpace(r.fields[i])
	}
	return ""
}

// decode reads bytes that are not UTF-8 as Windows-1252, whose letters of French are those of Latin-1.
func decode(data []byte) string {
	if utf8.Valid(data) {
		return string(data)
	}
	runes := make([]rune, len(data))
	for i, b := range data {
		runes[i] = rune(b)
		if b == 0x92 { // its typographic apostrophe
			runes[i] = '’'
		}
	}
	return string(runes)
}
