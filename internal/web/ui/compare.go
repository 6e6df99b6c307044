package ui

// Diff is one line of what is known beside what is declared.
type Diff struct {
	Label    string
	Old, New string // as read
	Now      string // what is known today, when Compare shows it
	Changed  bool
}

func compareColumns(moved bool) []Column {
	columns := []Column{{Label: "Information"}, {Label: "Connu"}, {Label: "Déclaré"}}
	if moved {
		columns = append(columns, Column{Label: "Aujourd’hui"})
	}
	return columns
}
