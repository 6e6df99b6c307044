package intake

import (
	"iter"
	"maps"
	"time"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/household"
)

// kind is one kind of file.
type kind struct {
	name    string
	columns []column
	key     []string // the columns that tell a line from the others
	read    func(*record)
}

// column is a column of a kind; a needed one must be there and filled.
type column struct {
	name   string
	needed bool
}

func needed(names ...string) (out []column) {
	for _, n := range names {
		out = append(out, column{n, true})
	}
	return out
}

func optional(names ...string) (out []column) {
	for _, n := range names {
		out = append(out, column{n, false})
	}
	return out
}

// kinds are the files of an import, in the order they are read.
var kinds = []kind{
	{"ecoles", append(needed("code", "nom", "type"), optional("adresse", "telephone")...), []string{"code"}, (*record).site},
	{"foyers", append(needed("reference", "nom"), optional("adresse", "code_postal", "ville", "resident", "resident_depuis", "quotient",
		"quotient_nature", "quotient_mois", "quotient_effet")...), []string{"reference"}, (*record).household},
	{"responsables", append(needed("reference", "foyer", "nom", "prenom"), optional("civilite", "email", "telephone")...), []string{"reference"}, (*record).guardian},
	{"enfants", append(needed("reference", "foyer", "nom", "prenom", "naissance"), optional("second_foyer", "menu")...), []string{"reference"}, (*record).child},
	{"scolarites", append(needed("enfant", "ecole"), optional("annee_scolaire", "niveau", "classe")...), []string{"enfant", "annee_scolaire"}, (*record).schooling},
	{"gardes", append(needed("enfant", "foyer", "semaines", "jour", "heure", "du"), optional("premier_jour", "vacances", "au")...), []string{"enfant", "foyer", "du"}, (*record).custody},
	{"inscriptions", append(needed("enfant", "activite", "site", "du", "au"), optional("points", "derogation")...), []string{"enfant", "activite", "du"}, (*record).enrolment},
}

// kindOf finds a kind by the name of its file without its ending.
func kindOf(name string) *kind {
	for i := range kinds {
		if kinds[i].name == folded(name) {
			return &kinds[i]
		}
	}
	return nil
}

// column finds the name of a column from a header; empty when there is none.
func (k *kind) column(header string) string {
	for _, c := range k.columns {
		if folded(c.name) == folded(header) {
			return c.name
		}
	}
	return ""
}

func (k *kind) names() (out []string) {
	for _, c := range k.columns {
		out = append(out, c.name)
	}
	return out
}

func keys[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }

var (
	siteKinds = []word{
		{string(activity.Maternelle), []string{"maternelle", "ecole maternelle"}}, {string(activity.Elementaire), []string{"elementaire", "ecole elementaire", "primaire"}},
		{string(activity.Loisirs), []string{"loisirs", "centre de loisirs", "accueil de loisirs"}}, {string(activity.Creche), []string{"creche"}},
	}
	quotientKinds = []word{{"caf", []string{"caf", "msa"}}, {"impots", []string{"impots", "avis d impot", "avis d imposition"}}}
	civilities    = []word{{"mme", []string{"mme", "madame", "melle", "mlle"}}, {"m", []string{"m", "monsieur", "mr"}}}
	menus         = []word{
		{"standard", []string{"standard", "normal"}}, {"sans_porc", []string{"sans porc"}}, {"sans_viande", []string{"sans viande"}},
		{"vegetarien", []string{"vegetarien", "vegetarienne"}}, {"panier_pai", []string{"panier pai"}},
	}
	levels = []word{
		{"TPS", []string{"tps", "toute petite section"}}, {"PS", []string{"ps", "petite section"}}, {"MS", []string{"ms", "moyenne section"}},
		{"GS", []string{"gs", "grande section"}}, {"CP", []string{"cp"}}, {"CE1", []string{"ce1"}}, {"CE2", []string{"ce2"}}, {"CM1", []string{"cm1"}},
		{"CM2", []string{"cm2"}}, {"ULIS", []string{"ulis"}},
	}
	weeks = []word{
		{household.EvenWeeks, []string{"paires", "paire"}}, {household.OddWeeks, []string{"impaires", "impaire"}},
		{household.Alternate, []string{"alternees", "alternee", "une sur deux"}},
	}
	holidays = []word{
		{household.HolidaysAsWeeks, []string{"semaines"}},
		{household.FirstHalfEvenYears, []string{"premiere moitie annees paires"}}, {household.FirstHalfOddYears, []string{"premiere moitie annees impaires"}},
	}
	weekdays = []word{
		{"1", []string{"lundi"}}, {"2", []string{"mardi"}}, {"3", []string{"mercredi"}}, {"4", []string{"jeudi"}}, {"5", []string{"vendredi"}},
		{"6", []string{"samedi"}}, {"0", []string{"dimanche"}},
	}
)

func (l *record) site() {
	s := activity.Site{Code: l.text("code"), Name: l.text("nom"), Kind: activity.SiteKind(l.choice("type", siteKinds, "")), Address: l.text("adresse"), Phone: l.text("telephone")}
	if !l.failed {
		l.reading.sites = append(l.reading.sites, siteRow{l.place, s})
	}
	l.reading.report.Sites.Read++
}

func (l *record) household() {
	h := household.BatchHousehold{Reference: l.text("reference"), Name: l.text("nom"), Address: l.text("adresse"), PostalCode: l.text("code_postal"), City: l.text("ville")}
	since := l.date("resident_depuis")
	if since.IsZero() {
		since = l.reading.yearStart
	}
	if resident, given := l.yes("resident"); given {
		h.Residence = &household.Residence{From: since, Resident: resident}
	}
	kind, month, effect := l.choice("quotient_nature", quotientKinds, "caf"), l.month("quotient_mois"), l.date("quotient_effet")
	if effect.IsZero() {
		effect = l.reading.yearStart
	}
	if month == "" {
		month = civil.MonthOf(effect).String()
	}
	if value, given := l.quotient("quotient"); given {
		h.Quotient = &household.Quotient{Value: value, Kind: kind, Source: "import", ReferenceMonth: month, EffectiveOn: effect}
	}
	if !l.failed {
		l.reading.households = append(l.reading.households, h)
	}
	l.reading.inHouseholds[h.Reference] = true // also when bad: the lines that refer to it are not bad for that
	l.reading.report.Households.Read++
}

func (l *record) guardian() {
	g := household.BatchGuardian{Reference: l.text("reference"), Household: l.text("foyer"), Civility: l.choice("civilite", civilities, ""),
		FirstName: l.text("prenom"), LastName: l.text("nom"), Email: l.email("email"), Phone: l.phone("telephone")}
	if !l.failed {
		l.reading.guardians = append(l.reading.guardians, guardianRow{l.place, g})
	}
	l.reading.report.Guardians.Read++
}

func (l *record) child() {
	c := household.BatchChild{Reference: l.text("reference"), Households: []string{l.text("foyer")}, FirstName: l.text("prenom"), LastName: l.text("nom"),
		BornOn: l.date("naissance"), Menu: l.choice("menu", menus, "")}
	if second := l.text("second_foyer"); second != "" && second != c.Households[0] {
		c.Households = append(c.Households, second)
	}
	if !l.failed && c.BornOn.After(l.reading.today) {
		l.bad("naissance", "Cette date est dans l’avenir.")
	}
	if !l.failed {
		l.reading.children = append(l.reading.children, childRow{l.place, c})
	}
	l.reading.inChildren[c.Reference] = c.BornOn
	l.reading.report.Children.Read++
}

func (l *record) schooling() {
	s := schoolingRow{place: l.place, site: l.text("ecole"), v: household.BatchSchooling{Child: l.text("enfant"), SchoolYear: l.schoolYear("annee_scolaire"),
		Level: l.choice("niveau", levels, ""), ClassName: l.text("classe")}}
	if !l.failed {
		l.reading.schoolings = append(l.reading.schoolings, s)
	}
	l.reading.report.Schoolings.Read++
}

func (l *record) custody() {
	rule := household.CustodyRule{Weeks: l.choice("semaines", weeks, ""), Time: l.clock("heure"), FirstDay: l.date("premier_jour"),
		Holidays: l.choice("vacances", holidays, household.HolidaysAsWeeks), From: l.date("du"), To: l.date("au")}
	if day := l.choice("jour", weekdays, ""); day != "" {
		rule.Weekday = time.Weekday(day[0] - '0')
	}
	if rule.Weeks == household.Alternate && rule.FirstDay.IsZero() && l.text("premier_jour") == "" {
		l.bad("premier_jour", "Indiquez le premier jour de la première semaine alternée.")
	}
	if !rule.To.IsZero() && rule.To.Before(rule.From) {
		l.bad("au", "Le dernier jour est avant le premier.")
	}
	if !l.failed {
		l.reading.custodies = append(l.reading.custodies, custodyRow{l.place, l.text("enfant"), l.text("foyer"), rule})
	}
	l.reading.report.Custody.Read++
}

func (l *record) enrolment() {
	e := enrolmentRow{place: l.place, child: l.text("enfant"), activity: l.text("activite"), site: l.text("site"), v: booking.EnrolRequest{
		Period: civil.Range{From: l.date("du"), To: l.date("au")}, Points: l.whole("points"), Override: l.text("derogation")}}
	if !l.failed && e.v.Period.Len() == 0 {
		l.bad("au", "Le dernier jour est avant le premier.")
	}
	if !l.failed {
		l.reading.enrolments = append(l.reading.enrolments, e)
	}
	l.reading.report.Enrolments.Read++
}
