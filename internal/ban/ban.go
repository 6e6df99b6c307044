// Package ban reads the addresses of a commune from the CSV file of the Base Adresse Nationale (adresse.data.gouv.fr, "adresses-78.csv.gz"
// or the extract of one commune): a line an address, columns told by their names in the first line, separated by semicolons.
package ban

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Address is one numbered address.
type Address struct {
	ID         string // of the BAN: "78146_0260_00012"
	Number     int    // 12; 0 for a place without numbers
	Suffix     string // "bis", or empty
	Street     string // "Rue des Landes"
	PostalCode string
	City       string
	Commune    string // INSEE code
}

// Line is the number and the street as they are written on a letter: "12 bis rue des Landes".
func (a Address) Line() string {
	var parts []string
	if a.Number > 0 {
		parts = append(parts, strconv.Itoa(a.Number))
	}
	if a.Suffix != "" {
		parts = append(parts, a.Suffix)
	}
	return strings.Join(append(parts, a.Street), " ")
}

// Bounds of a file: the largest département has about 900,000 addresses.
const (
	maxRows  = 1_200_000
	maxBytes = 600 << 20 // unpacked
	maxField = 300
)

// Error says which line of a file cannot be read, and why, in French.
type Error struct {
	Line   int // from 1, the line of the column names; 0 for the file itself
	Reason string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Reason
	}
	return fmt.Sprintf("ligne %d : %s", e.Line, e.Reason)
}

// columns are those that are read, in the order of the fields below.
var columns = []string{"id", "numero", "rep", "nom_voie", "code_postal", "code_insee", "nom_commune"}

// Parse reads a file, gzipped or not; of several positions of one address the first counts. commune, an INSEE code, keeps the
// addresses of that commune only; empty keeps all. Errors: *Error.
func Parse(r io.Reader, commune string) ([]Address, error) {
	plain, err := unpack(r)
	if err != nil {
		return nil, err
	}
	rows := csv.NewReader(plain)
	rows.Comma, rows.ReuseRecord, rows.LazyQuotes, rows.FieldsPerRecord = ';', true, true, -1
	at, err := header(rows)
	if err != nil {
		return nil, err
	}
	var list []Address
	seen := map[string]bool{}
	for n := 0; ; n++ {
		record, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		line, _ := rows.FieldPos(0)
		if err != nil {
			return nil, unreadable(err, line)
		}
		if n >= maxRows {
			return nil, &Error{0, "Ce fichier a trop de lignes."}
		}
		a, err := address(record, at, line)
		if err != nil {
			return nil, err
		}
		if seen[a.ID] || (commune != "" && a.Commune != commune) {
			continue
		}
		seen[a.ID] = true
		list = append(list, a)
	}
	if len(list) == 0 {
		return nil, &Error{0, "Ce fichier ne contient aucune adresse de la commune."}
	}
	return list, nil
}

// unpack opens a gzipped file; the size of what comes out is bounded.
func unpack(r io.Reader) (io.Reader, error) {
	b := bufio.NewReader(r)
	if head, err := b.Peek(2); err == nil && bytes.Equal(head, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, &Error{0, "Ce fichier compressé n’a pas pu être ouvert."}
		}
		b = bufio.NewReader(io.LimitReader(z, maxBytes))
	}
	if head, err := b.Peek(3); err == nil && bytes.Equal(head, []byte("\xef\xbb\xbf")) {
		_, _ = b.Discard(3) // the mark of some spreadsheets: three bytes that were just seen
	}
	return b, nil
}

// header finds where each column stands.
func header(rows *csv.Reader) ([]int, error) {
	record, err := rows.Read()
	if err != nil {
		return nil, &Error{0, "Ce fichier est vide ou n’est pas un fichier CSV."}
	}
	at := make([]int, len(columns))
	for i, name := range columns {
		at[i] = -1
		for j, cell := range record {
			if strings.TrimSpace(cell) == name {
				at[i] = j
			}
		}
		if at[i] < 0 {
			return nil, &Error{1, "il manque la colonne « " + name + " » : choisissez le fichier CSV des adresses de adresse.data.gouv.fr."}
		}
	}
	return at, nil
}

func unreadable(err error, line int) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		line = parse.Line
	}
	return &Error{line, "cette ligne n’a pas pu être lue."}
}

// address reads one line.
func address(record []string, at []int, line int) (Address, error) {
	var cells [7]string
	for i, j := range at {
		if j >= len(record) {
			return Address{}, &Error{line, "il manque des colonnes."}
		}
		cells[i] = strings.TrimSpace(record[j])
		if len(cells[i]) > maxField || !utf8.ValidString(cells[i]) || strings.ContainsFunc(cells[i], func(r rune) bool { return r < ' ' }) {
			return Address{}, &Error{line, "la colonne « " + columns[i] + " » n’est pas lisible."}
		}
	}
	a := Address{ID: cells[0], Suffix: cells[2], Street: cells[3], PostalCode: cells[4], Commune: cells[5], City: cells[6]}
	if a.ID == "" || a.Street == "" || a.City == "" {
		return Address{}, &Error{line, "il manque l’identifiant, la voie ou la commune."}
	}
	if !digits(a.PostalCode, 5) {
		return Address{}, &Error{line, "le code postal n’a pas cinq chiffres."}
	}
	if cells[1] != "" {
		n, err := strconv.Atoi(cells[1])
		if err != nil || n < 0 || n > 99999 {
			return Address{}, &Error{line, "le numéro n’est pas un nombre."}
		}
		a.Number = n
	}
	return a, nil
}

func digits(s string, n int) bool {
	return len(s) == n && strings.Trim(s, "0123456789") == ""
}
