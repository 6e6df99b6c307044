package intake

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/sheet"
)

// folder is the files of an import by name.
type folder map[string][]byte

// most is the size of the files of an import together, in bytes.
const most = 256 << 20

// mappingFile says which column of files of another shape goes where.
const mappingFile = "correspondance.toml"

// readFolder reads the CSV files of a folder, or of the only folder in it, as a zip often has.
func readFolder(files fs.FS) (folder, error) {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, fmt.Errorf("read the folder of the import: %w", err)
	}
	in, total := folder{}, int64(0)
	var folders []string
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() && !strings.HasPrefix(name, ".") && name != "__MACOSX" {
			folders = append(folders, name)
		}
		if e.IsDir() || strings.HasPrefix(name, ".") || !strings.EqualFold(path.Ext(name), ".csv") && name != mappingFile {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		if total += info.Size(); total > most {
			return nil, fault.Refusedf("Ces fichiers dépassent %d Mo ensemble : importez-les en plusieurs fois.", most>>20)
		}
		if in[name], err = fs.ReadFile(files, name); err != nil {
			return nil, err
		}
	}
	if len(in) == 0 && len(folders) == 1 {
		inner, err := fs.Sub(files, folders[0])
		if err != nil {
			return nil, err
		}
		return readFolder(inner)
	}
	if len(in) == 0 {
		return nil, fault.Refusedf("Aucun fichier CSV à importer. Fichiers attendus : %s.", strings.Join(fileNames(), ", "))
	}
	return in, nil
}

func fileNames() []string {
	var names []string
	for _, k := range kinds {
		names = append(names, k.name+".csv")
	}
	return names
}

// readAll reads the lines of every file, kind by kind.
func (r *reading) readAll(in folder) {
	m := r.readMapping(in[mappingFile])
	var names []string
	for _, name := range slices.Sorted(maps.Keys(in)) {
		if name == mappingFile {
			continue
		}
		if k := kindOf(strings.TrimSuffix(strings.ToLower(name), ".csv")); k == nil && m == nil {
			r.problem(place{file: name}, "", "Fichier inconnu. Fichiers attendus : "+strings.Join(fileNames(), ", ")+".")
		}
		names = append(names, name)
	}
	for i := range kinds {
		k := &kinds[i]
		if m != nil {
			r.readMapped(m, in, k)
		}
		for _, name := range names {
			if kindOf(strings.TrimSuffix(strings.ToLower(name), ".csv")) == k && !m.reads(name) {
				r.readFile(k, name, in[name])
			}
		}
	}
}

// readFile reads a file of the documented shape.
func (r *reading) readFile(k *kind, name string, text []byte) {
	t, ok := r.table(name, text)
	if !ok {
		return
	}
	columns := make([]string, len(t.Header))
	given := map[string]bool{}
	for i, h := range t.Header {
		c := k.column(h)
		switch {
		case c == "":
			r.problem(place{name, 1}, h, "Colonne inconnue. Colonnes possibles : "+strings.Join(k.names(), ", ")+".")
		case given[c]:
			r.problem(place{name, 1}, h, "Cette colonne est donnée deux fois.")
		}
		columns[i], given[c] = c, true
	}
	missing := false
	for _, c := range k.columns {
		if c.needed && !given[c.name] {
			r.problem(place{name, 1}, c.name, "Cette colonne manque.")
			missing = true
		}
	}
	if missing {
		return
	}
	for _, row := range t.Rows {
		cells := make(map[string]string, len(columns))
		for i, c := range columns {
			cells[c] = row.Cells[i]
		}
		r.take(k, place{name, row.Line}, cells)
	}
}

// table reads a sheet and tells what is wrong with its lines; false when there is none to read.
func (r *reading) table(name string, text []byte) (sheet.Table, bool) {
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		r.problem(place{file: name}, "", "Le fichier est vide.")
		return sheet.Table{}, false
	case bytes.IndexByte(text, 0) >= 0:
		r.problem(place{file: name}, "", "Ce n’est pas un texte : enregistrez la feuille au format CSV.")
		return sheet.Table{}, false
	}
	t, err := sheet.Read(bytes.NewReader(text))
	for _, err := range parts(err) {
		var line *sheet.LineError
		switch {
		case !errors.As(err, &line):
			r.problem(place{file: name}, "", "Le fichier ne peut pas être lu ("+err.Error()+").")
		case errors.Is(line.Err, sheet.ErrColumns):
			r.problem(place{name, line.Line}, "", "La ligne n’a pas autant de cellules que la première.")
		default:
			r.problem(place{name, line.Line}, "", "Un guillemet n’est pas fermé, ou se trouve seul au milieu d’une cellule.")
		}
	}
	return t, t.Header != nil
}

func parts(err error) []error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

// take reads one line, unless the same line was already read.
func (r *reading) take(k *kind, at place, cells map[string]string) {
	line := &record{place: at, cells: cells, reading: r}
	line.tidy()
	key, all := k.name, ""
	for _, c := range k.key {
		key += "\x00" + cells[c]
	}
	for _, c := range k.columns {
		all += cells[c.name] + "\x00"
	}
	if before, ok := r.seen[key]; ok {
		if before.all != all {
			line.bad(k.key[0], fmt.Sprintf("Déjà donné autrement (%s, ligne %d).", before.file, before.line))
		}
		return
	}
	r.seen[key] = seen{at, all}
	for _, c := range k.columns {
		if c.needed && cells[c.name] == "" {
			line.bad(c.name, "Cette cellule ne peut pas être vide.")
		}
	}
	k.read(line)
}

// seen is a line already read: where, and all that it says.
type seen struct {
	place
	all string
}

// folded is a word as it is compared: no accents, no capitals, _ and - like spaces.
func folded(s string) string { return household.Fold(strings.ReplaceAll(s, "_", " ")) }

// sort puts the problems in the order of the files and lines.
func (r *Report) sort() {
	slices.SortStableFunc(r.Problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
}
