package household

import (
	"context"
	"regexp"
	"slices"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
)

// Levels are the class levels from nursery school to the end of elementary school, in order.
var Levels = []string{"TPS", "PS", "MS", "GS", "CP", "CE1", "CE2", "CM1", "CM2", "ULIS"}

// Schooling is the school, level and class of a child in one school year.
type Schooling struct {
	ChildID    string
	SchoolYear string // label, "2026-2027"
	SiteID     string
	Level      string // one of Levels
	ClassName  string // "CM1 B", may be empty
}

// SchoolYearOf is the label of the school year a day falls in when no calendar is asked: it changes on the 1st of August.
func SchoolYearOf(d civil.Date) string {
	year := d.Year
	if d.Month < 8 {
		year--
	}
	return yearLabel(year)
}

var yearShape = regexp.MustCompile(`^(\d{4})-(\d{4})$`)

// ValidSchoolYear tells whether a label names one school year, as "2026-2027" does.
func ValidSchoolYear(label string) bool {
	return yearShape.MatchString(label) && label == yearLabel(int(label[0]-'0')*1000+int(label[1]-'0')*100+int(label[2]-'0')*10+int(label[3]-'0'))
}

// Schoolings lists the schoolings of a child, the latest school year first.
func Schoolings(ctx context.Context, tx *db.Tx, childID string) ([]Schooling, error) {
	return db.All(ctx, tx, selectSchooling+` WHERE child_id = $1 ORDER BY school_year DESC`, scanSchooling, childID)
}

// SchoolingsSince lists the schoolings of a child from a school year on ("2026-2027"), the latest first.
func SchoolingsSince(ctx context.Context, tx *db.Tx, childID, year string) ([]Schooling, error) {
	return db.All(ctx, tx, selectSchooling+` WHERE child_id = $1 AND school_year >= $2 ORDER BY school_year DESC`, scanSchooling, childID, year)
}

// SetSchooling writes where a child goes to school in a year, in place of what was known for that year.
func SetSchooling(ctx context.Context, tx *db.Tx, by By, s Schooling) error {
	wrong := map[string]string{}
	if !ValidSchoolYear(s.SchoolYear) {
		wrong["annee_scolaire"] = "Écrivez l’année scolaire comme 2026-2027."
	}
	if !slices.Contains(Levels, s.Level) {
		wrong["niveau"] = "Choisissez le niveau dans la liste."
	}
	if s.SiteID == "" {
		wrong["ecole"] = "Choisissez l’école."
	}
	if err := fault.InvalidFields(wrong); err != nil {
		return err
	}
	if _, err := FindChild(ctx, tx, s.ChildID); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO schoolings (child_id, school_year, site_id, level, class_name) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (child_id, school_year) DO UPDATE SET site_id = excluded.site_id, level = excluded.level, class_name = excluded.class_name, rollover_id = NULL`,
		s.ChildID, s.SchoolYear, s.SiteID, s.Level, s.ClassName)
	if db.IsForeignKey(err) {
		return fault.Invalidf("ecole", "Cette école n’existe pas.")
	}
	if err != nil {
		return err
	}
	return note(ctx, tx, by, "schooling.set", "child:"+s.ChildID, "", s)
}

// ChildByReference finds a child by the number of the town's books, for agents; fault.NotFound.
func ChildByReference(ctx context.Context, tx *db.Tx, reference string) (Child, error) {
	c, err := db.One(ctx, tx, selectChild+` WHERE c.reference = $1`, scanChild, reference)
	return c, absent(err, noSuchChild)
}
