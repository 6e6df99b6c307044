// Package sheet writes and reads the spreadsheets of the town's staff as CSV: written so that a French Excel opens it with
// a double click, read as tolerantly as those files come back.
package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// ContentType is what an HTTP answer says of a file made by Write.
const ContentType = "text/csv; charset=utf-8"

const bom = "\ufeff"

// Write writes rows as CSV for a French Excel: UTF-8 with its mark, semicolons, CRLF. A cell that a spreadsheet would take
// for a formula is prefixed with an apostrophe; an amount such as −12,50 or +3 is not a formula and stays.
func Write(w io.Writer, rows [][]string) error {
	if _, err := io.WriteString(w, bom); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.Comma, out.UseCRLF = ';', true
	for _, row := range rows {
		safe := make([]string, len(row))
		for i, cell := range row {
			safe[i] = defuse(cell)
		}
		if err := out.Write(safe); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// defuse keeps a cell from being computed: a name typed by a visitor as =HYPERLINK(…) must stay a name.
func defuse(cell string) string {
	first, _ := utf8.DecodeRuneInString(cell)
	if cell == "" || !strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) || number(cell) {
		return cell
	}
	return "'" + cell
}

// number reports whether a cell is a sign and figures, as "-12,50".
func number(cell string) bool {
	digits := false
	for i, r := range cell {
		switch {
		case r >= '0' && r <= '9':
			digits = true
		case i == 0 && (r == '-' || r == '+'), (r == ',' || r == '.') && digits:
		default:
			return false
		}
	}
	return digits
}

// The limits of a file to read: beyond them it is not a sheet of a town.
const (
	maxBytes = 64 << 20
	maxCells = 200 // in a row
)

// Table is a sheet as read: a header and rows.
type Table struct {
	Header []string
	Rows   []Row
}

// Row is a line of a sheet; its cells stand under the header's, as many.
type Row struct {
	Line  int // its number in the file, 1 for the header's line
	Cells []string
}

// LineError is what is wrong with a line of the file.
type LineError struct {
	Line int
	Err  error
}

// Error names the line.
func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap gives what is wrong.
func (e *LineError) Unwrap() error { return e.Err }

// Errors a LineError may hold.
var (
	ErrColumns = errors.New("it has not as many cells as the first line")
	ErrQuotes  = errors.New("a quotation mark is not closed, or stands alone")
)

// Read reads a CSV in UTF-8 (with or without its mark) or Windows-1252, with ; or , between cells, LF, CRLF or CR. Spaces
// around cells are removed, an apostrophe put there by Write is taken away, empty lines are passed over, and so are empty
// cells at the end of a line. All bad lines are in the error, joined, each a *LineError; the table then holds the good ones.
func Read(r io.Reader) (Table, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return Table{}, err
	}
	if len(raw) > maxBytes {
		return Table{}, fmt.Errorf("the file is larger than %d MB", maxBytes>>20)
	}
	text, err := decode(raw)
	if err != nil {
		return Table{}, err
	}
	in := csv.NewReader(bytes.NewReader(text))
	in.Comma = separator(text)
	in.FieldsPerRecord = -1
	var t Table
	var bad []error
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var parse *csv.ParseError
		if errors.As(err, &parse) {
			bad = append(bad, &LineError{parse.StartLine, ErrQuotes})
			continue
		}
		if err != nil {
			return Table{}, err
		}
		line, _ := in.FieldPos(0)
		if err := t.add(line, cells); err != nil {
			bad = append(bad, &LineError{line, err})
		}
	}
	if t.Header == nil && len(bad) == 0 {
		return Table{}, errors.New("the file is empty")
	}
	return t, errors.Join(bad...)
}

// add takes the cells of a line, the first one as the header.
func (t *Table) add(line int, cells []string) error {
	empty := true
	for i, c := range cells {
		c = strings.TrimSpace(c)
		if rest, ok := strings.CutPrefix(c, "'"); ok && defuse(rest) == c {
			c = rest
		}
		cells[i] = c
		empty = empty && c == ""
	}
	if empty {
		return nil
	}
	if t.Header == nil {
		for len(cells) > 0 && cells[len(cells)-1] == "" {
			cells = cells[:len(cells)-1]
		}
		if len(cells) > maxCells {
			return ErrColumns
		}
		t.Header = cells
		return nil
	}
	for len(cells) > len(t.Header) && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	if len(cells) != len(t.Header) {
		return ErrColumns
	}
	t.Rows = append(t.Rows, Row{Line: line, Cells: cells})
	return nil
}

// decode gives the text in UTF-8 without its mark, its lines ended by LF alone: what is not UTF-8 is Windows-1252, as French
// spreadsheets save.
func decode(raw []byte) ([]byte, error) {
	raw = bytes.TrimPrefix(raw, []byte(bom))
	if bytes.IndexByte(raw, 0) >= 0 {
		return nil, errors.New("the file is not a text: save the sheet as CSV")
	}
	raw = bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
	raw = bytes.ReplaceAll(raw, []byte("\r"), []byte("\n"))
	if utf8.Valid(raw) {
		return raw, nil
	}
	return charmap.Windows1252.NewDecoder().Bytes(raw)
}

// separator is the one of ; and , that the first line has more of, outside quotation marks.
func separator(text []byte) rune {
	var semicolons, commas int
	quoted := false
	for _, b := range bytes.TrimLeft(text, "\r\n") {
		switch {
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '\n':
			if commas > semicolons {
				return ','
			}
			return ';'
		case b == ';':
			semicolons++
		case b == ',':
			commas++
		}
	}
	if commas > semicolons {
		return ','
	}
	return ';'
}
