package dossier

import "slices"

// Field is one thing of the file that the town rules: who sees it, who changes it.
type Field string

// The fields.
const (
	Address      Field = "household.address"
	GuardianName Field = "guardian.name"
	Email        Field = "guardian.email" // of the file; the account's own is the account's
	Phone        Field = "guardian.phone"
	Identity     Field = "child.identity"
	Menu         Field = "child.menu"
	Doctor       Field = "child.doctor"
	Health       Field = "child.health"
	Insurance    Field = "child.insurance"
	Vaccination  Field = "child.vaccination"
	Contacts     Field = "child.contacts"
	Consents     Field = "child.consents"
	PhotoOfChild Field = "child.photo"
)

// Mode is what a family may do with a field.
type Mode string

// The modes, from the least to the most.
const (
	Hidden   Mode = "hidden"   // not asked, not shown
	Shown    Mode = "shown"    // shown; the service changes it
	Checked  Mode = "checked"  // the family declares, an agent checks, then it changes
	Editable Mode = "editable" // changes at once
)

// French names the mode for the settings page.
func (m Mode) French() string {
	switch m {
	case Hidden:
		return "Caché"
	case Shown:
		return "Montré, changé par le service"
	case Checked:
		return "Changé après vérification d’un agent"
	case Editable:
		return "Changé tout de suite par la famille"
	}
	return string(m)
}

// ItemKind says how an item is asked and shown.
type ItemKind string

// The kinds of items.
const (
	Line     ItemKind = "line"
	Lines    ItemKind = "lines"
	Day      ItemKind = "day"   // "2026-12-07"
	Tel      ItemKind = "tel"   // as household.TidyPhone writes it
	Yes      ItemKind = "yes"   // "oui" or empty
	OfMenus  ItemKind = "menu"  // one of household.Menus
	Civility ItemKind = "title" // "mme", "m" or empty
)

// Item is one line of a field's content.
type Item struct {
	Key   string // in Content, and the name of the form field
	Label string // in French
	Kind  ItemKind
}

// Subject is whose a field is.
type Subject string

// The subjects.
const (
	OfHousehold Subject = "household"
	OfGuardian  Subject = "guardian"
	OfChild     Subject = "child"
)

// Definition is what the program knows of a field.
type Definition struct {
	Field   Field
	Label   string // in French
	Of      Subject
	Modes   []Mode // the town chooses among them
	Default Mode
	Items   []Item // of fields whose changes are declared
	Private bool   // of a shared child, it is one household's
	Sealed  bool   // health: see package seal
}

var all = []Mode{Hidden, Shown, Checked, Editable}

var definitions = []Definition{
	{Field: Address, Label: "Adresse du foyer", Of: OfHousehold, Modes: []Mode{Shown, Checked, Editable}, Default: Checked,
		Items: []Item{{"adresse", "Numéro et voie", Line}, {"code_postal", "Code postal", Line}, {"commune", "Commune", Line}}},
	{Field: GuardianName, Label: "Nom d’un responsable", Of: OfGuardian, Modes: []Mode{Shown, Checked, Editable}, Default: Checked,
		Items: []Item{{"civilite", "Civilité", Civility}, {"prenom", "Prénom", Line}, {"nom", "Nom", Line}}},
	{Field: Email, Label: "E-mail d’un responsable", Of: OfGuardian, Modes: []Mode{Shown, Editable}, Default: Editable,
		Items: []Item{{"email", "E-mail", Line}}},
	{Field: Phone, Label: "Téléphone d’un responsable", Of: OfGuardian, Modes: []Mode{Shown, Editable}, Default: Editable,
		Items: []Item{{"telephone", "Téléphone", Tel}}},
	{Field: Identity, Label: "Identité de l’enfant", Of: OfChild, Modes: []Mode{Shown, Checked}, Default: Checked,
		Items: []Item{{"prenom", "Prénom", Line}, {"nom", "Nom", Line}, {"naissance", "Date de naissance", Day}}},
	{Field: PhotoOfChild, Label: "Photo de l’enfant", Of: OfChild, Modes: []Mode{Hidden, Editable}, Default: Editable},
	{Field: Menu, Label: "Menu", Of: OfChild, Modes: all, Default: Editable, Items: []Item{{"menu", "Menu", OfMenus}}},
	{Field: Doctor, Label: "Médecin", Of: OfChild, Modes: all, Default: Editable,
		Items: []Item{{"medecin", "Nom du médecin", Line}, {"medecin_telephone", "Téléphone du médecin", Tel}}},
	{Field: Health, Label: "Allergies et PAI", Of: OfChild, Modes: []Mode{Hidden, Shown, Checked}, Default: Checked, Sealed: true,
		Items: []Item{{"pai", "Projet d’accueil individualisé (PAI)", Yes}, {"pai_fin", "PAI valable jusqu’au", Day}, {"allergies", "Allergies", Lines},
			{"protocole", "Conduite à tenir", Lines}}},
	{Field: Insurance, Label: "Assurance", Of: OfChild, Modes: all, Default: Editable, Private: true,
		Items: []Item{{"assureur", "Assureur", Line}, {"contrat", "Numéro de contrat", Line}, {"assurance_du", "Valable du", Day}, {"assurance_au", "Valable jusqu’au", Day}}},
	{Field: Vaccination, Label: "Vaccinations", Of: OfChild, Modes: []Mode{Hidden, Shown, Editable}, Default: Editable},
	{Field: Contacts, Label: "Personnes à prévenir et à qui confier l’enfant", Of: OfChild, Modes: []Mode{Hidden, Shown, Editable}, Default: Editable, Private: true},
	{Field: Consents, Label: "Autorisations", Of: OfChild, Modes: []Mode{Hidden, Shown, Editable}, Default: Editable},
}

// Definitions lists the fields in the order of a page.
func Definitions() []Definition { return slices.Clone(definitions) }

// Define finds the definition of a field; false when there is none.
func Define(f Field) (Definition, bool) {
	i := slices.IndexFunc(definitions, func(d Definition) bool { return d.Field == f })
	if i < 0 {
		return Definition{}, false
	}
	return definitions[i], true
}
