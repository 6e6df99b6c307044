package family

import (
	"strings"

	"preau/internal/dossier"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/web/ui"
)

var noSuchPart = fault.NotFoundf("Cette page n’existe pas.")

// label opens the form.
func (p part) label() string {
	if p.Label != "" {
		return p.Label
	}
	return "Changer : " + strings.ToLower(p.Title)
}

// order is that of the fields of the form.
func (p part) order() []string {
	list := make([]string, len(p.Items))
	for i, item := range p.Items {
		list[i] = item.Key
	}
	return list
}

// asked is how an item is asked.
func (p part) asked(i dossier.Item) ui.Field {
	f := ui.Field{Name: i.Key, Label: i.Label, Value: p.Known[i.Key], Max: 120}
	switch i.Kind {
	case dossier.Day:
		f.Type, f.Max = "date", 0
	case dossier.Tel:
		f.Type, f.Mode, f.Value = "tel", "tel", household.FrenchPhone(f.Value)
	case dossier.Lines:
		f.Max = 2000
	case dossier.Line, dossier.Yes, dossier.OfMenus, dossier.Civility:
	}
	hint(&f)
	return f
}

// hint adds to a field how to answer, and what fills it by itself.
func hint(f *ui.Field) {
	switch f.Name {
	case "adresse":
		f.Auto = "address-line1"
	case "code_postal":
		f.Auto, f.Mode, f.Size = "postal-code", "numeric", "short"
	case "commune":
		f.Auto = "address-level2"
	case "email":
		f.Type, f.Auto, f.Max = "email", "email", 254
		f.Hint = "Celui du dossier : le service y écrit. L’e-mail de connexion se change dans « Mon profil »."
	case "telephone":
		f.Auto, f.Hint = "tel", "Le numéro où le service vous joint dans la journée."
	case "medecin_telephone", "pai_fin", "contrat", "assurance_du":
		f.Optional = true
	case "pai":
		f.Hint = "Un PAI est signé avec le médecin, l’école et la mairie. Cochez s’il existe ou s’il est demandé."
	case "allergies":
		f.Hint, f.Optional = "Ce qu’il faut éviter. Lu seulement par les agents qui accueillent votre enfant, et chaque lecture est inscrite.", true
	case "protocole":
		f.Hint, f.Optional = "Que faire, avec quels médicaments, qui appeler.", true
	}
}
