package signup

import "preau/internal/household"

// proceed is what the button of a tab says.
func proceed(i int) string {
	if i == len(tabs)-1 {
		return "Valider et créer mon espace"
	}
	return "Valider, puis " + tabs[i+1].label
}

func photoLabel(v view) string {
	if v.PhotoID != "" {
		return "Changer d’image"
	}
	return "Ajouter une photo"
}

// readPhone writes a number as it is read; one that is not kept yet stays as it was typed.
func readPhone(s string) string { return household.FrenchPhone(s) }
