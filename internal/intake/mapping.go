package intake

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"preau/internal/sheet"
)

// mapping says how files of another shape are read: each table takes the lines of one file as lines of one kind.
type mapping struct {
	Tables []mappedTable `toml:"table"`
}

// mappedTable is one [[table]] of correspondance.toml.
type mappedTable struct {
	File    string                       `toml:"fichier"`
	Kind    string                       `toml:"vers"`
	Columns map[string]string            `toml:"colonnes"`  // our column → text with {their column}
	Only    map[string]string            `toml:"seulement"` // their column → the value it must have
	Values  map[string]map[string]string `toml:"valeurs"`   // our column → what was made → what it means
}

// reads tells whether a file is read through the mapping.
func (m *mapping) reads(file string) bool {
	return m != nil && slices.ContainsFunc(m.Tables, func(t mappedTable) bool { return strings.EqualFold(t.File, file) })
}

// readMapping reads correspondance.toml; nil when there is none.
func (r *reading) readMapping(text []byte) *mapping {
	if text == nil {
		return nil
	}
	at := place{file: mappingFile}
	m := &mapping{}
	meta, err := toml.Decode(string(text), m)
	if err != nil {
		r.problem(at, "", "Le fichier ne peut pas être lu ("+err.Error()+").")
		return m
	}
	for _, key := range meta.Undecoded() {
		r.problem(at, key.String(), "Ce réglage n’existe pas.")
	}
	if len(m.Tables) == 0 {
		r.problem(at, "", "Le fichier ne contient aucune [[table]].")
	}
	for _, t := range m.Tables {
		r.checkTable(at, t)
	}
	return m
}

func (r *reading) checkTable(at place, t mappedTable) {
	k := kindOf(t.Kind)
	if k == nil {
		r.problem(at, "vers", "« "+t.Kind+" » n’est pas possible. Valeurs possibles : ecoles, foyers, responsables, enfants, scolarites, gardes, inscriptions.")
		return
	}
	for _, name := range slices.Sorted(maps.Keys(t.Columns)) {
		if !slices.Contains(k.names(), name) {
			r.problem(at, name, "Cette colonne n’existe pas dans "+k.name+". Colonnes possibles : "+strings.Join(k.names(), ", ")+".")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.Values)) {
		if !slices.Contains(k.names(), name) {
			r.problem(at, name, "Cette colonne n’existe pas dans "+k.name+".")
		}
	}
	for _, c := range k.columns {
		if c.needed && t.Columns[c.name] == "" {
			r.problem(at, c.name, fmt.Sprintf("Dites d’où vient cette colonne de %s (fichier %s).", k.name, t.File))
		}
	}
}

// readMapped reads the files that the mapping takes as one kind.
func (r *reading) readMapped(m *mapping, in folder, k *kind) {
	for _, t := range m.Tables {
		if kindOf(t.Kind) != k {
			continue
		}
		name, text, ok := in.find(t.File)
		if !ok {
			r.problem(place{file: mappingFile}, "fichier", "Le fichier « "+t.File+" » n’est pas là.")
			continue
		}
		if source, ok := r.table(name, text); ok {
			r.readMappedTable(t, k, name, source)
		}
	}
}

func (in folder) find(name string) (string, []byte, bool) {
	for there, text := range in {
		if strings.EqualFold(there, name) {
			return there, text, true
		}
	}
	return "", nil, false
}

func (r *reading) readMappedTable(t mappedTable, k *kind, name string, source sheet.Table) {
	index := map[string]int{}
	for i, h := range source.Header {
		index[folded(h)] = i
	}
	missing := false
	for _, column := range t.theirColumns() {
		if _, ok := index[folded(column)]; !ok {
			r.problem(place{name, 1}, column, "Cette colonne, citée dans "+mappingFile+", manque.")
			missing = true
		}
	}
	if missing {
		return
	}
	for _, row := range source.Rows {
		their := func(column string) string { return row.Cells[index[folded(column)]] }
		if !t.wants(their) {
			continue
		}
		cells := make(map[string]string, len(t.Columns))
		for ours, text := range t.Columns {
			made := fillIn(text, their)
			if meant, ok := t.Values[ours][made]; ok {
				made = meant
			}
			cells[ours] = made
		}
		r.take(k, place{name, row.Line}, cells)
	}
}

func (t mappedTable) wants(their func(string) string) bool {
	for column, value := range t.Only {
		if folded(their(column)) != folded(value) {
			return false
		}
	}
	return true
}

// hole is {their column}, or {their column|premier} and {their column|reste}: the first word, and what follows it.
var hole = regexp.MustCompile(`\{([^{}|]+)(?:\|(premier|reste))?\}`)

func fillIn(text string, their func(string) string) string {
	return hole.ReplaceAllStringFunc(text, func(h string) string {
		parts := hole.FindStringSubmatch(h)
		value := their(parts[1])
		first, rest, _ := strings.Cut(value, " ")
		switch parts[2] {
		case "premier":
			return first
		case "reste":
			return strings.TrimSpace(rest)
		}
		return value
	})
}

func (t mappedTable) theirColumns() []string {
	all := map[string]bool{}
	for column := range t.Only {
		all[column] = true
	}
	for _, text := range t.Columns {
		for _, m := range hole.FindAllStringSubmatch(text, -1) {
			all[m[1]] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}
