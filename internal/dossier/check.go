package dossier

import (
	"slices"
	"strings"
	"unicode/utf8"

	"preau/internal/civil"
	"preau/internal/household"
	"preau/internal/identity"
)

// Bounds of what is typed, in characters.
const (
	longestLine  = 120
	longestLines = 2000
)

// tidy keeps the items of a field as they are stored, and says what is wrong with them, by key.
func (d Definition) tidy(given Content) (Content, map[string]string) {
	c, wrong := Content{}, map[string]string{}
	for _, item := range d.Items {
		text := strings.TrimSpace(given[item.Key])
		kept, problem := item.tidy(text)
		if problem != "" {
			wrong[item.Key] = problem
		}
		if kept != "" {
			c[item.Key] = kept
		}
	}
	for key, problem := range d.rule(c) {
		if wrong[key] == "" {
			wrong[key] = problem
		}
	}
	return c, wrong
}

// tidy writes one item as it is kept.
func (i Item) tidy(text string) (kept, problem string) {
	most := longestLine
	if i.Kind == Lines {
		most = longestLines
	}
	if utf8.RuneCountInString(text) > most {
		return "", "C’est trop long."
	}
	if text == "" {
		return "", ""
	}
	switch i.Kind {
	case Day:
		if _, err := civil.Parse(text); err != nil {
			return text, "Écrivez une date, par exemple 07/12/2026."
		}
	case Tel:
		phone, ok := household.TidyPhone(text)
		if !ok {
			return text, "Écrivez un numéro complet, par exemple 06 39 98 00 00."
		}
		return phone, ""
	case Yes:
		return "oui", ""
	case OfMenus:
		if !slices.Contains(household.Menus, text) {
			return text, "Choisissez le menu dans la liste."
		}
	case Civility:
		if text != "mme" && text != "m" {
			return text, "Choisissez Madame ou Monsieur."
		}
	case Line:
		if strings.ContainsAny(text, "\r\n") {
			return text, "Écrivez sur une seule ligne."
		}
	}
	return text, ""
}

// rule says what is wrong with a content as a whole.
func (d Definition) rule(c Content) map[string]string {
	wrong := map[string]string{}
	need := func(key, message string) {
		if c[key] == "" {
			wrong[key] = message
		}
	}
	switch d.Field {
	case Address:
		need("adresse", "Indiquez le numéro et la voie.")
		need("commune", "Indiquez la commune.")
		if code := c["code_postal"]; len(code) != 5 || strings.Trim(code, "0123456789") != "" {
			wrong["code_postal"] = "Écrivez les cinq chiffres du code postal."
		}
	case GuardianName, Identity:
		need("prenom", "Indiquez le prénom.")
		need("nom", "Indiquez le nom.")
		if d.Field == Identity {
			need("naissance", "Indiquez la date de naissance.")
		}
	case Email:
		if c["email"] != "" && !identity.ValidEmail(c["email"]) {
			wrong["email"] = "Écrivez une adresse e-mail complète, par exemple claire.martin@exemple.fr."
		}
	case Menu:
		need("menu", "Choisissez le menu dans la liste.")
	case Doctor:
		if c["medecin_telephone"] != "" {
			need("medecin", "Indiquez le nom du médecin.")
		}
	case Insurance:
		need("assureur", "Indiquez le nom de l’assureur.")
		need("assurance_au", "Indiquez jusqu’à quel jour l’enfant est assuré.")
		if c["assurance_du"] > c["assurance_au"] && c["assurance_au"] != "" {
			wrong["assurance_au"] = "La fin vient avant le début."
		}
	case Health:
		if c["pai"] == "" && c["pai_fin"] != "" {
			wrong["pai"] = "Cochez la case : une date de fin est indiquée."
		}
	case Phone, Vaccination, Contacts, Consents:
	}
	return wrong
}
