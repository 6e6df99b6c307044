package registration

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"preau/internal/civil"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/place"
)

// The ages between which somebody opens a space.
const (
	youngest = 15
	oldest   = 120
)

// CheckIdentity says what is wrong with the first tab, by form field. Starred on the leaflet: civilité, nom usuel, prénoms.
func CheckIdentity(p Person, today civil.Date) map[string]string {
	wrong := map[string]string{}
	if p.Civility != "mme" && p.Civility != "m" {
		wrong["civilite"] = "Choisissez Madame ou Monsieur."
	}
	name(wrong, "nom", p.LastName, "Indiquez votre nom usuel.")
	name(wrong, "prenoms", p.FirstNames, "Indiquez votre prénom.")
	if p.BirthName != "" {
		name(wrong, "nom_naissance", p.BirthName, "")
	}
	if !p.BornOn.IsZero() {
		switch age := today.Age(p.BornOn); {
		case p.BornOn.After(today):
			wrong["naissance"] = "Cette date est à venir. Indiquez votre date de naissance."
		case age < youngest:
			wrong["naissance"] = "Indiquez votre date de naissance, et non celle de votre enfant."
		case age > oldest:
			wrong["naissance"] = "Vérifiez l’année de votre date de naissance."
		}
	}
	birthplace(wrong, p)
	return wrong
}

// birthplace checks that country, department and commune go together. Each may be left empty.
func birthplace(wrong map[string]string, p Person) {
	if p.BirthCountry == "" {
		return
	}
	if _, ok := place.CountryName(p.BirthCountry); !ok {
		wrong["pays"] = "Choisissez le pays dans la liste."
		return
	}
	if p.BirthCountry != place.France {
		if utf8.RuneCountInString(p.BirthPlace) > 100 {
			wrong["commune"] = "C’est trop long : 100 caractères au plus."
		}
		return
	}
	if p.BirthDepartment != "" {
		if _, ok := place.DepartmentName(p.BirthDepartment); !ok {
			wrong["departement"] = "Choisissez le département dans la liste."
			return
		}
	}
	switch {
	case p.BirthPlace == "" || p.BirthCommune != "":
	case p.BirthDepartment == "":
		wrong["departement"] = "Choisissez le département, pour retrouver la commune."
	default:
		wrong["commune"] = "Aucune commune de ce nom dans ce département. Vérifiez l’orthographe, ou laissez vide."
	}
}

// SettleBirthplace finds the commune of what was typed. When several bear the name, they are given to choose from.
func SettleBirthplace(p Person) (Person, []place.Commune) {
	p.BirthCommune = ""
	if p.BirthCountry != place.France || p.BirthPlace == "" {
		if p.BirthCountry != place.France {
			p.BirthDepartment = ""
		}
		return p, nil
	}
	if p.BirthDepartment == "" {
		if c, ok := place.ByCode(p.BirthPlace); ok { // a code tells the department too
			p.BirthDepartment = c.Department
		}
	}
	found := place.Named(p.BirthDepartment, p.BirthPlace)
	if len(found) == 1 {
		p.BirthCommune, p.BirthPlace = found[0].Code, found[0].Name
		return p, nil
	}
	if len(found) == 0 {
		found = place.Like(p.BirthDepartment, p.BirthPlace, 8)
	}
	return p, found
}

// CheckAddress says what is wrong with the second tab. All may be left empty but a postal code is one.
func CheckAddress(p Person) map[string]string {
	wrong := map[string]string{}
	if p.PostalCode != "" && (len(p.PostalCode) != 5 || strings.Trim(p.PostalCode, "0123456789") != "") {
		wrong["code_postal"] = "Écrivez les cinq chiffres du code postal, par exemple 78400."
	}
	if p.Address != "" && p.City == "" {
		wrong["ville"] = "Indiquez la ville."
	}
	return wrong
}

// SettleContact writes e-mail and telephone numbers as they are kept, and says what is wrong with the third tab.
func SettleContact(p Person) (Person, map[string]string) {
	wrong := map[string]string{}
	p.Email = strings.TrimSpace(p.Email)
	switch {
	case p.Email == "":
		wrong["email"] = "Indiquez votre adresse e-mail : le lien d’activation y est envoyé."
	case !identity.ValidEmail(p.Email):
		wrong["email"] = "Écrivez une adresse e-mail complète, par exemple claire.martin@exemple.fr."
	}
	for field, number := range map[string]*string{"portable": &p.Mobile, "telephone": &p.Phone} {
		if *number == "" {
			continue
		}
		if kept, ok := household.TidyPhone(*number); ok {
			*number = kept
		} else {
			wrong[field] = "Écrivez un numéro complet, par exemple 06 39 98 00 00."
		}
	}
	return p, wrong
}

// Good is how many of the first three tabs hold nothing wrong, in order: what the last one may be sent with.
func (p Person) Good(today civil.Date) int {
	if len(CheckIdentity(p, today)) > 0 {
		return 0
	}
	if len(CheckAddress(p)) > 0 {
		return 1
	}
	if _, wrong := SettleContact(p); len(wrong) > 0 {
		return 2
	}
	return 3
}

// name checks a part of a name: letters of any alphabet, and what joins them.
func name(wrong map[string]string, field, value, missing string) {
	switch {
	case value == "":
		if missing != "" {
			wrong[field] = missing
		}
	case utf8.RuneCountInString(value) > 100:
		wrong[field] = "C’est trop long : 100 caractères au plus."
	case !strings.ContainsFunc(value, unicode.IsLetter) || strings.ContainsFunc(value, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.Is(unicode.Mn, r) && !strings.ContainsRune(" -'’.,", r)
	}):
		wrong[field] = "Écrivez des lettres, des espaces, des traits d’union ou des apostrophes."
	}
}
