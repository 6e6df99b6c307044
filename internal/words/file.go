package words

import (
	"preau/internal/civil"
	"preau/internal/dossier"
	"preau/internal/household"
)

// Item writes a value of the file as it is read: "7 décembre 2026", "06 39 98 01 02", "Sans porc". An empty one is "non renseigné".
func Item(i dossier.Item, value string) string {
	switch {
	case i.Kind == dossier.Yes && value == "":
		return "Non"
	case i.Kind == dossier.Yes:
		return "Oui"
	case value == "":
		return "non renseigné"
	}
	switch i.Kind {
	case dossier.Day:
		if d, err := civil.Parse(value); err == nil {
			return d.DayMonthYear()
		}
	case dossier.Tel:
		return household.FrenchPhone(value)
	case dossier.OfMenus:
		return Menu(value)
	case dossier.Civility:
		return map[string]string{"mme": "Madame", "m": "Monsieur"}[value]
	case dossier.Line, dossier.Lines, dossier.Yes:
	}
	return value
}

// Consent says in a few words what holds in one kind of consent.
func Consent(s dossier.ConsentStanding) string {
	switch s.State {
	case dossier.Given:
		if s.Text.Kind == dossier.LeaveAlone {
			return "Oui, à partir de " + s.From.French()
		}
		return "Oui"
	case dossier.Denied:
		return "Non"
	case dossier.Partial:
		return "Attend l’autre parent"
	case dossier.NotAsked:
	}
	return "Pas de réponse"
}
