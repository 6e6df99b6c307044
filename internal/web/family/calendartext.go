package family

import (
	"strings"

	"preau/internal/civil"
	"preau/internal/web/ui"
)

func weekday(d civil.Date) string { return civil.WeekdayName(d.Weekday()) }

func initial(name string) string {
	for _, r := range name {
		return strings.ToUpper(string(r))
	}
	return ""
}

func siblingNames(list []sibling) string {
	names := make([]string, len(list))
	for i, s := range list {
		names[i] = s.Name
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " et " + names[len(names)-1]
}

func joinDays(days []string) string {
	return strings.TrimSuffix(upper(strings.Join(days, ", ")), ".") + "."
}

func confirmationMail(address string) string {
	if address == "" {
		return "Un e-mail de confirmation part aussitôt."
	}
	return "Un e-mail de confirmation part aussitôt à " + address + "."
}

func groupSummary(g recapGroup) string {
	if g.Summary == "" {
		return ""
	}
	return ", " + g.Summary
}

// text is what the bar says: "4 ajouts, 1 retrait · environ 10,20 € de plus en décembre".
func (s sum) text() string {
	var parts []string
	if s.Added > 0 {
		parts = append(parts, ui.Count(s.Added, "ajout", "ajouts"))
	}
	if s.Removed > 0 {
		parts = append(parts, ui.Count(s.Removed, "retrait", "retraits"))
	}
	if len(parts) == 0 {
		return "Aucun changement pour l’instant"
	}
	text := strings.Join(parts, ", ")
	switch {
	case s.Cost > 0:
		text += " · environ " + s.Cost.String() + " de plus " + s.When
	case s.Cost < 0:
		text += " · environ " + (-s.Cost).String() + " de moins " + s.When
	}
	return text
}

func (v resultView) title() string {
	var parts []string
	if v.Booked > 0 {
		parts = append(parts, ui.Count(v.Booked, "jour réservé", "jours réservés"))
	}
	if v.Pending > 0 {
		parts = append(parts, ui.Count(v.Pending, "jour soumis au service", "jours soumis au service"))
	}
	if v.Waiting > 0 {
		parts = append(parts, ui.Count(v.Waiting, "jour en liste d’attente", "jours en liste d’attente"))
	}
	if v.Removed > 0 {
		parts = append(parts, ui.Count(v.Removed, "jour retiré", "jours retirés"))
	}
	return "C’est enregistré : " + strings.Join(parts, ", ")
}

func (v resultView) refusedTitle() string {
	return ui.Count(len(v.Refused), "jour n’a pas pu être enregistré", "jours n’ont pas pu être enregistrés")
}
