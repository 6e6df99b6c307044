package calendar

import (
	"fmt"
	"strings"
	"time"

	"preau/internal/civil"
)

// French is the rule in words, to follow "modifiable": "jusqu’à 7 jours avant, 23 h 59", "jusqu’à 24 heures avant". The instant of
// a given day stands beside it wherever it matters.
func (r Rule) French() string {
	switch r.form {
	case before:
		return r.frenchBefore()
	case week:
		return "jusqu’au " + r.day.french()
	case table:
		return strings.Join(r.rows(func(service time.Weekday, w slot) string {
			return "pour le " + civil.WeekdayName(service) + ", jusqu’au " + w.french()
		}), " ; ")
	case fixed:
		return "jusqu’au " + r.date.Long() + r.closes.french()
	}
	return ""
}

func (r Rule) frenchBefore() string {
	when := "avant"
	if r.block {
		when = "avant les vacances"
	}
	switch {
	case r.unit == hours && r.count == 0:
		return "jusqu’au début de la prestation"
	case r.unit == hours:
		return fmt.Sprintf("jusqu’à %s avant", counted(r.count, "heure", ""))
	case r.unit == days && r.count == 0 && r.block:
		return "jusqu’au premier jour des vacances" + r.closes.french()
	case r.unit == days && r.count == 0:
		return "jusqu’au jour même" + r.closes.french()
	case r.unit == days && r.count == 1 && r.block:
		return "jusqu’à la veille des vacances" + r.closes.french()
	case r.unit == days && r.count == 1:
		return "jusqu’à la veille" + r.closes.french()
	}
	return fmt.Sprintf("jusqu’à %s %s%s", r.unit.french(r.count), when, r.closes.french())
}

func (u unit) french(n int) string {
	switch u {
	case weeks:
		return counted(n, "semaine", "")
	case openDays:
		return counted(n, "jour", "ouvré")
	case schoolDays:
		return counted(n, "jour", "") + " d’école"
	case clearDays:
		return counted(n, "jour", "franc")
	}
	return counted(n, "jour", "")
}

// counted is "2 jours ouvrés", "1 jour ouvré".
func counted(n int, noun, adjective string) string {
	plural := ""
	if n > 1 {
		plural = "s"
	}
	text := fmt.Sprintf("%d %s%s", n, noun, plural)
	if adjective != "" {
		text += " " + adjective + plural
	}
	return text
}

func (w slot) french() string {
	day := civil.WeekdayName(w.day)
	switch w.back {
	case 0:
		day += " de la même semaine"
	case 1:
		day += " de la semaine précédente"
	default:
		day += fmt.Sprintf(", %d semaines plus tôt", w.back)
	}
	return day + w.closes.french()
}

// french is ", 12 h"; the last second of the day reads ", 23 h 59".
func (h hour) french() string {
	if !h.set {
		return ", " + civil.Clock(23, 59).French()
	}
	return ", " + h.at.French()
}
