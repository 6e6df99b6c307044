package absence

import (
	"net/url"
	"strings"

	"preau/internal/attendance"
	"preau/internal/civil"
	"preau/internal/web/ui"
	"preau/internal/words"
)

// spanOf is "lun. 7 déc. 2026" or "du 7 au 9 décembre 2026".
func spanOf(from, to civil.Date) string {
	if from == to {
		return words.Solid(from.Short())
	}
	if from.Year == to.Year && from.Month == to.Month {
		first, _, _ := strings.Cut(from.DayMonth(), " ")
		return "du " + first + " au " + to.DayMonthYear()
	}
	return "du " + from.DayMonth() + " au " + to.DayMonthYear()
}

// scopeOf says whom an event is about: "Restauration scolaire, élèves de Maternelle Sabinettes, niveau MS".
func scopeOf(e attendance.EventLine) string {
	var parts []string
	if e.Activity != nil {
		parts = append(parts, e.Activity.Name)
	}
	if e.Site != nil {
		parts = append(parts, e.Site.Name)
	}
	if e.School != nil {
		pupils := "élèves de " + e.School.Name
		switch {
		case e.ClassName != "":
			pupils += ", classe " + e.ClassName
		case e.Level != "":
			pupils += ", niveau " + e.Level
		}
		parts = append(parts, pupils)
	}
	if len(parts) == 0 {
		return "Toute la ville"
	}
	return words.UpperFirst(strings.Join(parts, ", "))
}

// effectOf says what an event does.
func effectOf(e attendance.TownEvent) string {
	if e.Closes {
		return "Le service est fermé : les réservations sont annulées, les places libérées"
	}
	return "Le service reste ouvert : les absences ne sont pas facturées"
}

// splitClass reads a school, a level and a class: "ROSTAND", "ROSTAND:CE2", "ROSTAND::CE2 A".
func splitClass(value string) (school, level, class string) {
	school, rest, _ := strings.Cut(value, ":")
	level, class, _ = strings.Cut(rest, ":")
	return school, level, class
}

func kindOptions() (out []ui.Option) {
	out = []ui.Option{{Label: "Choisissez"}}
	for _, k := range attendance.EventKinds {
		out = append(out, ui.Option{Value: string(k), Label: words.Event(k)})
	}
	return out
}

// eventFields are the fields of the form that declares an event.
var eventFields = []string{"nature", "effet", "etablissement", "activite", "classe", "du", "au", "motif"}

// back leads to the form with what was typed.
func (v eventView) back() string {
	q := url.Values{}
	for _, name := range eventFields {
		q.Set(name, v.Form.Raw(name))
	}
	return eventsPath + "/nouveau?" + q.Encode()
}

func plural(n int64, one, more string) string {
	if n > 1 {
		return more
	}
	return one
}

// stateOf shows where an event stands.
func stateOf(e eventLine) (ui.Kind, string, string) {
	switch {
	case e.UndoneID != "":
		return ui.Plain, "rotate-ccw", "Annulé"
	case e.Left:
		return ui.Warn, "refresh-cw", "Envoi en cours"
	case e.Closes:
		return ui.Bad, "door-closed", "Fermé"
	}
	return ui.Good, "circle-check", "En vigueur"
}
