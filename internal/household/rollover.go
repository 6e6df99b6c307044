package household

import (
	"context"
	"slices"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/job"
)

// SettleRollover is the kind of the job that writes, or takes back, the schoolings of a rollover in slices; its payload is a
// RolloverPayload.
const SettleRollover = "household.settle-rollover"

// rolloverSlice is how many children one transaction settles.
const rolloverSlice = 200

// RolloverPayload names the rollover to settle.
type RolloverPayload struct {
	RolloverID string `json:"rollover"`
	Undone     bool   `json:"undone"`
}

// Rollover is the passage of the town's children from a school year to the next.
type Rollover struct {
	ID, FromYear, ToYear string
	At                   civil.Instant
	By                   string // name
	SettledAt            civil.Instant
	UndoneAt             civil.Instant
}

// Fate is what a rollover does of a child.
type Fate string

// The fates.
const (
	Passes  Fate = "passes"  // to Passage.Level, at Passage.SiteID
	Leaves  Fate = "leaves"  // after CM2: secondary school is not the town's
	Lacking Fate = "lacking" // goes to an elementary school that nobody has named
	Written Fate = "written" // the next year is written already: a repeat, another school, an import
)

// Passage is what becomes of one child.
type Passage struct {
	Child  Child
	From   Schooling
	Level  string
	SiteID string
	Fate   Fate
}

// NextLevel is the level after another; empty after the last one. A child of an ULIS class stays in it until an agent says otherwise.
func NextLevel(level string) string {
	i := slices.Index(Levels, level)
	switch {
	case level == "ULIS":
		return level
	case i < 0 || level == "CM2":
		return ""
	}
	return Levels[i+1]
}

// NextSchoolYear is the label after another: "2027-2028" after "2026-2027"; empty for what is no label.
func NextSchoolYear(label string) string {
	if !ValidSchoolYear(label) {
		return ""
	}
	return label[5:] + yearLabel(int(label[5]-'0')*1000 + int(label[6]-'0')*100 + int(label[7]-'0')*10 + int(label[8]-'0'))[4:]
}

// pass decides what becomes of a child: the next level at the same school, or at the one that follows when nursery school ends.
func pass(p Passage, known bool, successors map[string]string) Passage {
	p.Level, p.SiteID = NextLevel(p.From.Level), p.From.SiteID
	if p.From.Level == "GS" {
		p.SiteID = successors[p.From.SiteID]
	}
	switch {
	case known:
		p.Fate = Written
	case p.Level == "":
		p.Fate = Leaves
	case p.SiteID == "":
		p.Fate = Lacking
	default:
		p.Fate = Passes
	}
	return p
}

// Passages says what a rollover from a school year would do of each child, by school, level and name.
func Passages(ctx context.Context, tx *db.Tx, fromYear string) ([]Passage, error) {
	return passages(ctx, tx, fromYear, ` ORDER BY s.site_id, s.level, c.name_search, c.id`)
}

func passages(ctx context.Context, tx *db.Tx, fromYear, rest string, args ...any) ([]Passage, error) {
	successors, err := Successors(ctx, tx)
	if err != nil {
		return nil, err
	}
	return db.All(ctx, tx, `SELECT c.id, c.reference, c.first_name, c.last_name, c.born_on, s.site_id, s.level, s.class_name,
		EXISTS (SELECT 1 FROM schoolings n WHERE n.child_id = s.child_id AND n.school_year = $2)
		FROM schoolings s JOIN children c ON c.id = s.child_id WHERE s.school_year = $1`+rest, func(r db.Scanner) (p Passage, err error) {
		var known bool
		err = r.Scan(&p.Child.ID, &p.Child.Reference, &p.Child.FirstName, &p.Child.LastName, &p.Child.BornOn, &p.From.SiteID, &p.From.Level, &p.From.ClassName, &known)
		p.From.ChildID, p.From.SchoolYear = p.Child.ID, fromYear
		return pass(p, known, successors), err
	}, append([]any{fromYear, NextSchoolYear(fromYear)}, args...)...)
}

// Successors are the schools where the children of a nursery school go on, by nursery school.
func Successors(ctx context.Context, tx *db.Tx) (map[string]string, error) {
	out := map[string]string{}
	_, err := db.All(ctx, tx, `SELECT site_id, next_site_id FROM school_successors`, func(s db.Scanner) (site string, err error) {
		var next string
		err = s.Scan(&site, &next)
		out[site] = next
		return site, err
	})
	return out, err
}

// SetSuccessor writes where the children of a nursery school go on. Errors: fault.Invalid beside "suite".
func SetSuccessor(ctx context.Context, tx *db.Tx, by By, siteID, nextID string) error {
	_, err := tx.Exec(ctx, `INSERT INTO school_successors (site_id, next_site_id) VALUES ($1, $2) ON CONFLICT (site_id) DO UPDATE SET next_site_id = excluded.next_site_id`, siteID, nextID)
	if db.IsForeignKey(err) {
		return fault.Invalidf("suite", "Cette école n’existe pas.")
	}
	if err != nil {
		return err
	}
	return note(ctx, tx, by, "school.successor", "site:"+siteID, "", map[string]string{"site": nextID})
}

// BeginRollover has the children of a school year pass to the next; a job writes their schoolings. Errors: fault.Invalid for a year
// that is none or has no children, fault.Refused while a child's next school is not known, fault.Conflict when that was done already.
func BeginRollover(ctx context.Context, tx *db.Tx, by By, fromYear string) (Rollover, error) {
	r := Rollover{ID: db.NewID(), FromYear: fromYear, ToYear: NextSchoolYear(fromYear), At: tx.Now, By: by.Name}
	list, err := Passages(ctx, tx, fromYear)
	if err != nil {
		return r, err
	}
	passing := 0
	for _, p := range list {
		if p.Fate == Lacking {
			return r, fault.Refusedf("Dites d’abord dans quelle école élémentaire continuent les enfants de chaque maternelle.")
		}
		if p.Fate == Passes {
			passing++
		}
	}
	if passing == 0 {
		return r, fault.Invalidf("annee", "Aucun enfant n’est à faire passer.")
	}
	if _, err := tx.Exec(ctx, `INSERT INTO rollovers (id, from_year, to_year, created_at, created_by) VALUES ($1, $2, $3, $4, $5)`, r.ID, r.FromYear, r.ToYear, r.At, r.By); err != nil {
		if _, taken := db.IsUnique(err); taken {
			return r, fault.Conflictf("Le passage en %s a déjà été fait.", r.ToYear)
		}
		return r, err
	}
	if err := note(ctx, tx, by, "rollover.begin", "rollover:"+r.ID, "", map[string]any{"year": r.ToYear, "children": passing}); err != nil {
		return r, err
	}
	return r, job.Queue(ctx, tx, SettleRollover, RolloverPayload{RolloverID: r.ID})
}

// UndoRollover takes a rollover back: a job removes the schoolings it wrote, but those that were changed since. Errors:
// fault.NotFound, fault.Conflict when it was undone already.
func UndoRollover(ctx context.Context, tx *db.Tx, by By, id string) error {
	r, err := rolloverByID(ctx, tx, id)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `UPDATE rollovers SET undone_at = $2, undone_by = $3 WHERE id = $1 AND undone_at IS NULL`, id, tx.Now, by.Name)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.Conflictf("Ce passage a déjà été annulé.")
	}
	if err := note(ctx, tx, by, "rollover.undo", "rollover:"+id, "", map[string]string{"year": r.ToYear}); err != nil {
		return err
	}
	return job.Queue(ctx, tx, SettleRollover, RolloverPayload{RolloverID: id, Undone: true})
}

// Rollovers lists the rollovers, the latest first.
func Rollovers(ctx context.Context, tx *db.Tx) ([]Rollover, error) {
	return db.All(ctx, tx, selectRollover+` ORDER BY created_at DESC, id LIMIT 20`, scanRollover)
}

func rolloverByID(ctx context.Context, tx *db.Tx, id string) (Rollover, error) {
	r, err := db.One(ctx, tx, selectRollover+` WHERE id = $1`, scanRollover, id)
	return r, absent(err, "Ce passage n’existe pas.")
}

const selectRollover = `SELECT id, from_year, to_year, created_at, created_by, settled_at, undone_at FROM rollovers`

func scanRollover(s db.Scanner) (r Rollover, err error) {
	return r, s.Scan(&r.ID, &r.FromYear, &r.ToYear, &r.At, &r.By, &r.SettledAt, &r.UndoneAt)
}

// SettleRolloverSlice settles the children after one, in the order of their ids, and returns the last of them; empty when none is
// left. It can be run again from the start at any time: what is written is not written twice, what was removed is not found.
func SettleRolloverSlice(ctx context.Context, tx *db.Tx, p RolloverPayload, after string) (last string, err error) {
	r, err := rolloverByID(ctx, tx, p.RolloverID)
	switch {
	case err != nil:
		return "", err
	case p.Undone:
		return undoSlice(ctx, tx, r)
	case !r.UndoneAt.IsZero():
		return "", nil // its undoing removes what was written
	}
	list, err := passages(ctx, tx, r.FromYear, ` AND s.child_id > $3 ORDER BY s.child_id LIMIT $4`, after, int64(rolloverSlice))
	if err != nil {
		return "", err
	}
	if len(list) == 0 {
		_, err := tx.Exec(ctx, `UPDATE rollovers SET settled_at = $2 WHERE id = $1 AND settled_at IS NULL`, r.ID, tx.Now)
		return "", err
	}
	type row struct {
		Child string `json:"child"`
		Site  string `json:"site"`
		Level string `json:"level"`
	}
	var rows []row
	for _, p := range list {
		if p.Fate == Passes {
			rows = append(rows, row{p.Child.ID, p.SiteID, p.Level})
		}
	}
	_, err = tx.Exec(ctx, `INSERT INTO schoolings (child_id, school_year, site_id, level, class_name, rollover_id)
		SELECT value ->> 'child', CAST($2 AS text), value ->> 'site', value ->> 'level', '', CAST($3 AS text) FROM json_each(CAST($1 AS text)) WHERE true ON CONFLICT DO NOTHING`,
		db.JSON(rows), r.ToYear, r.ID)
	return list[len(list)-1].Child.ID, err
}

func undoSlice(ctx context.Context, tx *db.Tx, r Rollover) (last string, err error) {
	ids, err := db.All(ctx, tx, `SELECT child_id FROM schoolings WHERE rollover_id = $1 ORDER BY child_id LIMIT $2`, db.Value[string], r.ID, int64(rolloverSlice))
	if err != nil {
		return "", err
	}
	if len(ids) == 0 {
		_, err := tx.Exec(ctx, `UPDATE rollovers SET undo_settled_at = $2 WHERE id = $1 AND undo_settled_at IS NULL`, r.ID, tx.Now)
		return "", err
	}
	_, err = tx.Exec(ctx, `DELETE FROM schoolings WHERE rollover_id = $2 AND child_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))`, db.JSON(ids), r.ID)
	return ids[len(ids)-1], err
}
