package intake

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
)

// reading is an import under way: what the town knows, what was read, and what is wrong with it.
type reading struct {
	today      civil.Date
	yearStart  civil.Date // 1 September of the present school year
	schoolYear string     // its label
	catalogue  *activity.Catalogue
	homeOf     map[string]string               // guardian → household, of the town
	inTown     map[string]household.KnownChild // children of the town

	inHouseholds map[string]bool       // of the files
	inChildren   map[string]civil.Date // of the files: birth dates
	seen         map[string]seen

	sites      []siteRow
	households []household.BatchHousehold
	guardians  []guardianRow
	children   []childRow
	schoolings []schoolingRow
	custodies  []custodyRow
	enrolments []enrolmentRow

	knownHouseholds household.Known
	siteCodes       map[string]string // folded code or name → code
	siteKind        map[string]activity.SiteKind
	report          Report
}

type siteRow struct {
	place
	v activity.Site
}

type guardianRow struct {
	place
	v household.BatchGuardian
}

type childRow struct {
	place
	v household.BatchChild
}

type schoolingRow struct {
	place
	site string // as written, then its code
	v    household.BatchSchooling
}

type custodyRow struct {
	place
	child, household string
	rule             household.CustodyRule
}

type enrolmentRow struct {
	place
	child, activity, site string // site as written, then its code
	v                     booking.EnrolRequest
}

// learn reads what the town knows.
func (r *reading) learn(ctx context.Context, tx *db.Tx, loc *time.Location) (err error) {
	r.today = civil.DateOf(tx.Now, loc)
	r.schoolYear = household.SchoolYearOf(r.today)
	r.yearStart = civil.MustParse(r.schoolYear[:4] + "-09-01")
	r.inHouseholds, r.inChildren = map[string]bool{}, map[string]civil.Date{}
	if r.catalogue, err = activity.Load(ctx, tx); err != nil {
		return err
	}
	if r.homeOf, err = household.HouseholdOfGuardians(ctx, tx); err != nil {
		return err
	}
	if r.inTown, err = household.AllChildren(ctx, tx); err != nil {
		return err
	}
	r.knownHouseholds, err = household.AllHouseholds(ctx, tx)
	return err
}

// check looks at what the lines say of each other.
func (r *reading) check() {
	r.nameSites()
	for _, g := range r.guardians {
		r.needHousehold(g.place, "foyer", g.v.Household)
		if home, ok := r.homeOf[g.v.Reference]; ok && home != g.v.Household {
			r.problem(g.place, "foyer", "Ce responsable est déjà dans le foyer "+home+".")
		}
	}
	for _, c := range r.children {
		r.checkChild(c)
	}
	for i := range r.schoolings {
		r.checkSchooling(&r.schoolings[i])
	}
	for _, c := range r.custodies {
		r.checkCustody(c)
	}
	for i := range r.enrolments {
		r.checkEnrolment(&r.enrolments[i])
	}
}

// nameSites learns every way to name a site, those of the town first, then those of the files.
func (r *reading) nameSites() {
	r.siteCodes, r.siteKind = map[string]string{}, map[string]activity.SiteKind{}
	name := func(s activity.Site) {
		r.siteKind[s.Code] = s.Kind
		r.siteCodes[folded(s.Name)] = s.Code
	}
	for _, s := range r.catalogue.Sites {
		name(*s)
	}
	for _, s := range r.sites {
		name(s.v)
	}
	for code := range r.siteKind {
		r.siteCodes[folded(code)] = code
	}
}

func (r *reading) site(at place, column, text string) string {
	code, ok := r.siteCodes[folded(text)]
	if !ok {
		r.problem(at, column, "L’établissement « "+text+" » n’existe ni dans la ville ni dans ecoles.csv.")
	}
	return code
}

func (r *reading) needHousehold(at place, column, reference string) {
	if _, known := r.knownHouseholds[reference]; !known && !r.inHouseholds[reference] {
		r.problem(at, column, "Le foyer « "+reference+" » n’existe ni dans la ville ni dans foyers.csv.")
	}
}

func (r *reading) needChild(at place, reference string) bool {
	_, read := r.inChildren[reference]
	_, known := r.inTown[reference]
	if !read && !known {
		r.problem(at, "enfant", "L’enfant « "+reference+" » n’existe ni dans la ville ni dans enfants.csv.")
	}
	return read || known
}

func (r *reading) checkChild(c childRow) {
	for i, home := range c.v.Households {
		r.needHousehold(c.place, []string{"foyer", "second_foyer"}[i], home)
	}
	homes := slices.Clone(r.inTown[c.v.Reference].Households)
	for _, home := range c.v.Households {
		if !slices.Contains(homes, home) {
			homes = append(homes, home)
		}
	}
	if len(homes) > 2 {
		r.problem(c.place, "foyer", fmt.Sprintf("Cet enfant serait dans plus de deux foyers (%s).", strings.Join(homes, ", ")))
	}
}

func (r *reading) checkSchooling(s *schoolingRow) {
	there := r.needChild(s.place, s.v.Child)
	if s.site = r.site(s.place, "ecole", s.site); s.site != "" {
		if k := r.siteKind[s.site]; k != activity.Maternelle && k != activity.Elementaire {
			r.problem(s.place, "ecole", "Cet établissement n’est pas une école.")
		}
	}
	if s.v.Level != "" || !there {
		return
	}
	born, read := r.inChildren[s.v.Child]
	if !read {
		born = r.inTown[s.v.Child].BornOn
	}
	s.v.Guessed = true
	if s.v.Level = LevelOf(born, s.v.SchoolYear); s.v.Level == "" && (!read || !born.IsZero()) {
		r.problem(s.place, "niveau", "Indiquez le niveau : il ne peut pas être déduit de la date de naissance.")
	}
}

// LevelOf is the class level of a child born on a day in a school year when nothing is known of the child's schooling: by year of
// birth, as French schools do; a child of the year after CM2 is taken as being a year behind. Empty when the age is no school age.
func LevelOf(born civil.Date, schoolYear string) string {
	var start int
	if _, err := fmt.Sscanf(schoolYear, "%4d-", &start); err != nil || born.IsZero() {
		return ""
	}
	byAge := []string{"TPS", "PS", "MS", "GS", "CP", "CE1", "CE2", "CM1", "CM2", "CM2"}
	if i := start - born.Year - 2; i >= 0 && i < len(byAge) {
		return byAge[i]
	}
	return ""
}

func (r *reading) checkCustody(c custodyRow) {
	if !r.needChild(c.place, c.child) {
		return
	}
	homes := slices.Clone(r.inTown[c.child].Households)
	for _, child := range r.children {
		if child.v.Reference == c.child {
			homes = append(homes, child.v.Households...)
		}
	}
	if !slices.Contains(homes, c.household) {
		r.problem(c.place, "foyer", "L’enfant n’est pas dans ce foyer.")
	}
}

func (r *reading) checkEnrolment(e *enrolmentRow) {
	r.needChild(e.place, e.child)
	e.site = r.site(e.place, "site", e.site)
	for _, a := range r.catalogue.Activities {
		if !a.Archived && (folded(a.Code) == folded(e.activity) || folded(a.Name) == folded(e.activity)) {
			e.v.ActivityID = a.ID
			return
		}
	}
	r.problem(e.place, "activite", "L’activité « "+e.activity+" » n’existe pas dans la ville.")
}
