package office

import (
	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/web/ui"
)

// on is the address of the same choice on another day.
func (v listChoice) on(d civil.Date) string {
	return address(listsPath, "jour", d.String(), "activite", v.Activity, "etablissement", v.Site)
}

// sum is what the line under the title adds to the day.
func (v sheetView) sum() string {
	if v.NoService != "" {
		return ""
	}
	return " · " + ui.Count(len(v.Coming), "enfant attendu", "enfants attendus")
}

// closedText goes on from why there is no service.
func (v sheetView) closedText() string {
	if v.Sheet.Service.Why == activity.Closed {
		return "Personne n’est attendu. Les réservations sont annulées, les familles prévenues, et rien n’est facturé."
	}
	return "Les boutons ci-dessus mènent aux jours d’accueil les plus proches."
}

// counted says what the count of an option is: the option when there are several, and its places.
func (v sheetView) counted(o booking.OptionCount) string {
	word := plural(o.Booked, "enfant attendu", "enfants attendus")
	if v.Several {
		word = o.Option.Name
	}
	if o.Places != nil {
		word += ", " + many(*o.Places, "place", "places")
	}
	return word
}

// columns are those of a list of children.
func (v sheetView) columns(ranked bool) []ui.Column {
	first := ui.Column{Label: "N°"}
	if ranked {
		first.Label = "Rang"
	}
	list := []ui.Column{first, {Label: "Enfant"}, {Label: "Classe"}}
	if v.Several {
		list = append(list, ui.Column{Label: "Formule"})
	}
	if v.Meal {
		list = append(list, ui.Column{Label: "Menu"})
	}
	if v.instructions() {
		list = append(list, ui.Column{Label: "Consignes"})
	}
	return append(list, ui.Column{Label: "Remarque"}, ui.Column{Label: "Présent", Hidden: true})
}

// class is "CE2 A": the class's own name when it says the level, else both.
func (l sheetRow) class() string {
	switch {
	case l.ClassName == "":
		return l.Level
	case len(l.ClassName) >= len(l.Level) && l.ClassName[:len(l.Level)] == l.Level:
		return l.ClassName
	}
	return l.Level + " " + l.ClassName
}
