package dossier

import (
	"slices"

	"preau/internal/civil"
)

// Vaccine is one disease a child must be vaccinated against to be received with others.
type Vaccine struct {
	Code, Name string
	Doses      []int // age in months by which each dose is given
}

// The schedule of the compulsory vaccines, each dose at the latest age the national calendar gives for it. Boosters after 18 months
// are advised, not compulsory, and are not asked.
var (
	dtp = []Vaccine{{"D", "Diphtérie", []int{2, 4, 11}}, {"T", "Tétanos", []int{2, 4, 11}}, {"P", "Poliomyélite", []int{2, 4, 11}}}
	// Code de la santé publique, L3111-2 as in force for children born from 1 January 2018.
	since2018 = []Vaccine{{"Ca", "Coqueluche", []int{2, 4, 11}}, {"Hib", "Haemophilus influenzae b", []int{2, 4, 11}}, {"HB", "Hépatite B", []int{2, 4, 11}},
		{"Pn", "Pneumocoque", []int{2, 4, 11}}, {"R", "Rougeole", []int{12, 18}}, {"O", "Oreillons", []int{12, 18}}, {"Ru", "Rubéole", []int{12, 18}}}
	menC = Vaccine{"MenC", "Méningocoque C", []int{5, 12}}
	// For children born from 1 January 2025, meningococci ACWY take the place of C, and B is added.
	since2025 = []Vaccine{{"MenACWY", "Méningocoques ACWY", []int{6, 12}}, {"MenB", "Méningocoque B", []int{3, 5, 12}}}
)

// Obligations lists the compulsory vaccines of a child born on a day: three before 2018, eleven until 2024, then thirteen diseases
// in twelve lines.
func Obligations(born civil.Date) []Vaccine {
	list := slices.Clone(dtp)
	if born.Before(civil.New(2018, 1, 1)) {
		return list
	}
	list = append(list, since2018...)
	if born.Before(civil.New(2025, 1, 1)) {
		return append(list, menC)
	}
	return append(list, since2025...)
}

// Injection is what a page of a vaccination record names: one product, against several diseases.
type Injection struct {
	Code, Name string
	Vaccines   []string
}

// Injections are those a family may enter, in the order of the form.
var Injections = []Injection{
	{"hexavalent", "Hexavalent : diphtérie, tétanos, polio, coqueluche, Hib, hépatite B", []string{"D", "T", "P", "Ca", "Hib", "HB"}},
	{"pentavalent", "Pentavalent : diphtérie, tétanos, polio, coqueluche, Hib", []string{"D", "T", "P", "Ca", "Hib"}},
	{"tetravalent", "Tétravalent : diphtérie, tétanos, polio, coqueluche", []string{"D", "T", "P", "Ca"}},
	{"dtp", "Diphtérie, tétanos, polio", []string{"D", "T", "P"}},
	{"pneumocoque", "Pneumocoque", []string{"Pn"}},
	{"ror", "ROR : rougeole, oreillons, rubéole", []string{"R", "O", "Ru"}},
	{"meningocoque_c", "Méningocoque C", []string{"MenC"}},
	{"meningocoque_acwy", "Méningocoques ACWY", []string{"MenACWY", "MenC"}},
	{"meningocoque_b", "Méningocoque B", []string{"MenB"}},
	{"hepatite_b", "Hépatite B", []string{"HB"}},
	{"hib", "Haemophilus influenzae b", []string{"Hib"}},
}

// provisional is how long a child is received while a dose is missing (Code de la santé publique, R3111-8: three months).
const provisional = 3

// VaccineLine is where a child is with one vaccine on a day.
type VaccineLine struct {
	Vaccine
	Given []civil.Date // in order
	Due   int          // doses that are to be given by the day
	Late  civil.Date   // since when a dose is missing; zero: none is
	Until civil.Date   // end of the provisional reception for that dose
}

// Missing is how many doses are missing on the day.
func (l VaccineLine) Missing() int { return max(0, l.Due-len(l.Given)) }

// VaccineReport is where a child is on a day.
type VaccineReport struct {
	Lines   []VaccineLine
	Missing int        // vaccines with a dose missing
	Until   civil.Date // the first end of the provisional reception; zero when nothing is missing
}

// ReportVaccines compares what was given, by code of vaccine, with what is compulsory at the child's age.
func ReportVaccines(born, today civil.Date, given map[string][]civil.Date) VaccineReport {
	var r VaccineReport
	for _, v := range Obligations(born) {
		line := VaccineLine{Vaccine: v}
		for _, day := range given[v.Code] {
			if !day.After(today) {
				line.Given = append(line.Given, day)
			}
		}
		slices.SortFunc(line.Given, civil.Date.Compare)
		for _, months := range v.Doses {
			if due := born.AddMonths(months); !due.After(today) {
				line.Due++
				if line.Due > len(line.Given) && line.Late.IsZero() {
					line.Late, line.Until = due, due.AddMonths(provisional)
				}
			}
		}
		if line.Missing() > 0 {
			r.Missing++
			if r.Until.IsZero() || line.Until.Before(r.Until) {
				r.Until = line.Until
			}
		}
		r.Lines = append(r.Lines, line)
	}
	return r
}
