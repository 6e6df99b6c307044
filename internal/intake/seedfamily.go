package intake

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
)

// home is a household being invented.
type home struct {
	reference string
	last      string // of its first guardian
	resident  bool
}

// kid is a child being invented.
type kid struct {
	reference, first, last string
	born                   civil.Date
	level                  string
	school                 *activity.Site
	homes                  []home
	weeks                  map[string]string // of the second household, as a line of gardes; the same for brothers and sisters
}

// family invents one family: two parents together, a parent alone, or two who live apart and share their children.
func (s *seed) family(n int) {
	number := fmt.Sprintf("%d-%04d", s.o.Seed, n)
	sector := s.rand.IntN(1000)
	shape := s.weighted(70, 18, 12)
	mother, father := s.common(surnames), s.common(surnames)
	if shape == 0 && s.chance(70) {
		mother = father
	}
	firstName := s.common(mothers)
	first := s.home("F"+number, mother, firstName)
	s.guardian("R"+number+"A", first, "Mme", firstName)
	homes := []home{first}
	switch shape {
	case 0:
		together := first
		together.last = father
		s.guardian("R"+number+"B", together, "M.", s.common(fathers))
	case 2:
		firstName := s.common(fathers)
		second := s.home("F"+number+"B", father, firstName)
		s.guardian("R"+number+"B", second, "M.", firstName)
		homes = append(homes, second)
	}
	name := father
	switch {
	case shape == 1 || mother == father:
		name = mother
	case s.chance(30) && !strings.ContainsAny(mother+father, " -"):
		name = mother + "-" + father
	}
	s.kids(number, sector, name, homes)
}

// home invents a household: where it lives, and its quotient when the town knows it.
func (s *seed) home(reference, last, firstName string) home {
	h := home{reference: reference, last: last, resident: s.chance(94)}
	cells := map[string]string{
		"reference": reference, "nom": strings.ToUpper(last) + " " + firstName, "resident": "oui", "code_postal": "78400", "ville": "Chatou",
		"adresse": fmt.Sprintf("%d %s", 1+s.rand.IntN(90), s.common(streets)), "resident_depuis": s.year.FirstDay.AddDays(-60).String(),
	}
	if !h.resident {
		cells["resident"], cells["code_postal"], cells["ville"] = "non", "78290", "Croissy-sur-Seine"
	}
	if s.chance(76) {
		bounds := [][2]int{{120, 400}, {400, 800}, {800, 1200}, {1200, 2600}}[s.weighted(16, 28, 27, 29)]
		cells["quotient"] = fmt.Sprintf("%d,%02d", bounds[0]+s.rand.IntN(bounds[1]-bounds[0]), s.rand.IntN(100))
		cells["quotient_nature"] = []string{"caf", "impots"}[s.weighted(80, 20)]
		cells["quotient_effet"] = s.year.FirstDay.AddDays(-60).String()
		cells["quotient_mois"] = civil.MonthOf(s.year.FirstDay).Prev().Prev().String()
	}
	s.add("foyers", cells)
	return h
}

func (s *seed) guardian(reference string, h home, civility, first string) {
	cells := map[string]string{"reference": reference, "foyer": h.reference, "civilite": civility, "nom": h.last, "prenom": first, "telephone": s.phone()}
	if s.chance(93) {
		cells["email"] = s.email(first, h.last)
	}
	s.add("responsables", cells)
}

// kids invents the children of a family, their schools of its sector, and what they are enrolled in.
func (s *seed) kids(number string, sector int, last string, homes []home) {
	count := 1 + s.weighted(34, 45, 16, 5)
	age := 2 + s.rand.IntN(4)
	weeks := s.weeks()
	var firsts []string
	for i := range count {
		if age > 10 {
			break
		}
		first := s.first(firsts)
		firsts = append(firsts, first)
		k := kid{reference: fmt.Sprintf("E%s%c", number, 'A'+i), first: first, last: last, homes: homes, weeks: weeks}
		k.born = civil.New(s.year.FirstDay.Year-age, time.January, 1).AddDays(s.rand.IntN(365))
		if k.level = LevelOf(k.born, s.year.Label); k.level == "TPS" {
			k.born = k.born.AddDays(-k.born.DaysSince(civil.New(k.born.Year, time.January, 1)) / 2) // who starts at two is born early in the year
		}
		if k.school = s.school(k.level, sector); k.school != nil {
			s.kid(k)
		}
		age += 1 + s.weighted(1, 8, 5, 2)
	}
}

// first draws a first name that no brother or sister has.
func (s *seed) first(taken []string) string {
	for {
		list := girls
		if s.chance(51) {
			list = boys
		}
		if name := s.common(list); !slices.Contains(taken, name) {
			return name
		}
	}
}

// school is the school of a sector for a level; where a town has only one kind of school, all children go there.
func (s *seed) school(level string, sector int) *activity.Site {
	list, other := s.elementary, s.nurseries
	if booking.AgeGroup(level) == "maternelle" {
		list, other = other, list
	}
	if len(list) == 0 {
		list = other
	}
	return list[sector%len(list)]
}

func (s *seed) kid(k kid) {
	menu := []string{"", "sans porc", "sans viande", "végétarien", "panier PAI"}[s.weighted(72, 14, 5, 7, 2)]
	cells := map[string]string{"reference": k.reference, "foyer": k.homes[0].reference, "nom": k.last, "prenom": k.first, "naissance": k.born.String(), "menu": menu}
	if len(k.homes) > 1 {
		cells["second_foyer"] = k.homes[1].reference
		weeks := maps.Clone(k.weeks)
		weeks["enfant"], weeks["foyer"] = k.reference, k.homes[1].reference
		s.add("gardes", weeks)
	}
	s.add("enfants", cells)
	s.add("scolarites", map[string]string{"enfant": k.reference, "annee_scolaire": s.year.Label, "ecole": k.school.Code, "niveau": k.level,
		"classe": k.level + " " + string(rune('A'+s.rand.IntN(2)))})
	for _, a := range s.activities {
		s.enrol(k, a)
	}
}

// weeks draws what the second household of separated parents claims.
func (s *seed) weeks() map[string]string {
	cells := map[string]string{"semaines": []string{"paires", "impaires", "alternées"}[s.weighted(45, 45, 10)],
		"jour": []string{"vendredi", "lundi", "dimanche"}[s.weighted(70, 20, 10)], "heure": []string{"16:30", "18:00"}[s.weighted(60, 40)],
		"vacances": []string{"semaines", "premiere_moitie_annees_paires", "premiere_moitie_annees_impaires"}[s.weighted(40, 30, 30)],
		"du":       s.year.FirstDay.AddDays(-30).String()}
	if cells["semaines"] == "alternées" {
		cells["premier_jour"] = s.year.FirstDay.String()
	}
	return cells
}

// uptake is how many children in a hundred are enrolled in an activity of a kind.
var uptake = map[activity.Kind]int{
	activity.Canteen: 88, activity.Morning: 28, activity.Evening: 45, activity.Study: 42, activity.TAP: 60, activity.Wednesday: 34, activity.Holiday: 27,
}

// enrol enrols a child in an activity, one time in so many, at its school or at the first leisure centre that offers it.
func (s *seed) enrol(k kid, a *activity.Activity) {
	wanted := s.chance(uptake[a.Kind]) // drawn for every child, so that one activity more changes little else
	site := s.siteFor(k, a)
	resident := slices.ContainsFunc(k.homes, func(h home) bool { return h.resident })
	profile := booking.Profile{BornOn: k.born, Level: k.level, Resident: resident}
	if !wanted || site == nil || booking.Eligible(a, profile, s.year.FirstDay).Reason != booking.NoReason {
		return
	}
	cells := map[string]string{"enfant": k.reference, "activite": a.Code, "site": site.Code, "du": s.year.FirstDay.String(), "au": s.year.LastDay.String()}
	if a.WaitingByPoints {
		cells["points"] = strconv.Itoa(s.rand.IntN(10))
	}
	s.add("inscriptions", cells)
}

func (s *seed) siteFor(k kid, a *activity.Activity) *activity.Site {
	if a.OfferedAt(k.school.ID) {
		return k.school
	}
	for _, site := range s.leisure {
		if a.OfferedAt(site.ID) {
			return site
		}
	}
	return nil
}
