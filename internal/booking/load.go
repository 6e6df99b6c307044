package booking

import (
	"cmp"
	"context"
	"slices"

	"preau/internal/activity"
	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
)

// EnrolProblem says why one enrolment of a list cannot be made.
type EnrolProblem struct {
	Index int   // in the list
	Err   error // *NotEligible, or a fault
}

// LoadEnrolments makes many enrolments with a few statements, under the rules of Enrol. One that is there already, with the same
// activity, site and first day, is passed over, also when an agent has ended it since. When one cannot be made, none is: the
// problems say which.
func LoadEnrolments(ctx context.Context, tx *db.Tx, by household.By, list []EnrolRequest) (made int, problems []EnrolProblem, err error) {
	l := &enrolLoad{list: list}
	if err := l.read(ctx, tx); err != nil {
		return 0, nil, err
	}
	for i := range list {
		if err := l.check(i); err != nil {
			problems = append(problems, EnrolProblem{i, err})
		}
	}
	if len(problems) > 0 {
		return 0, problems, nil
	}
	if err := l.write(ctx, tx, by); err != nil {
		return 0, nil, err
	}
	return len(l.rows), nil, audit.Record(ctx, tx, audit.Entry{Actor: by.Actor, ActorName: by.Name, Act: "enrolment.load",
		Detail: map[string]int{"read": len(list), "made": len(l.rows)}})
}

// enrolLoad is what the checks of a list need, read at once.
type enrolLoad struct {
	list       []EnrolRequest
	catalogue  *activity.Catalogue
	children   map[string]household.Child
	schoolings map[string][]household.Schooling
	custodies  map[string]household.Custody
	standings  map[string]household.Standing
	there      map[enrolKey][]thereEnrolment

	rows []enrolRow // to insert
}

type enrolKey struct{ child, activity string }

type thereEnrolment struct {
	key    enrolKey
	site   string
	period civil.Range
	ended  bool
}

// enrolRow is an enrolment as the statement reads it.
type enrolRow struct {
	ID       string     `json:"id"`
	Child    string     `json:"child"`
	Activity string     `json:"activity"`
	Site     string     `json:"site"`
	From     civil.Date `json:"from"`
	To       civil.Date `json:"to"`
	Points   int64      `json:"points"`
	Override string     `json:"override"`
}

func (l *enrolLoad) read(ctx context.Context, tx *db.Tx) (err error) {
	var ids, homes []string
	for _, r := range l.list {
		ids = append(ids, r.ChildID)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if l.catalogue, err = activity.Load(ctx, tx); err != nil {
		return err
	}
	if l.children, err = household.ChildrenByID(ctx, tx, ids); err != nil {
		return err
	}
	if l.schoolings, err = household.SchoolingsOf(ctx, tx, ids); err != nil {
		return err
	}
	if l.custodies, err = household.Custodies(ctx, tx, ids); err != nil {
		return err
	}
	for _, c := range l.custodies {
		homes = append(homes, c.Households...)
	}
	if l.standings, err = household.StandingsOf(ctx, tx, homes); err != nil {
		return err
	}
	there, err := db.All(ctx, tx, `SELECT child_id, activity_id, site_id, from_day, to_day, ended_at IS NOT NULL FROM enrolments
		WHERE child_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text))) ORDER BY from_day, id`, scanThere, db.JSON(ids))
	l.there = make(map[enrolKey][]thereEnrolment, len(there))
	for _, e := range there {
		l.there[e.key] = append(l.there[e.key], e)
	}
	return err
}

func scanThere(s db.Scanner) (e thereEnrolment, err error) {
	return e, s.Scan(&e.key.child, &e.key.activity, &e.site, &e.period.From, &e.period.To, &e.ended)
}

// check says why an enrolment cannot be made; when it can, and is not there yet, it is kept to be written.
func (l *enrolLoad) check(i int) error {
	r := l.list[i]
	a, ok := l.catalogue.Activity(r.ActivityID)
	if !ok || a.Archived {
		return fault.Invalidf("activite", "Cette activité n’existe pas ou plus.")
	}
	child, ok := l.children[r.ChildID]
	if !ok {
		return fault.NotFoundf("Cet enfant n’existe pas.")
	}
	if !a.OfferedAt(r.SiteID) {
		return fault.Invalidf("site", "Cette activité n’a pas lieu dans cet établissement.")
	}
	if r.Period.From.IsZero() || r.Period.To.Before(r.Period.From) {
		return fault.Invalidf("au", "Le dernier jour est avant le premier.")
	}
	key := enrolKey{r.ChildID, r.ActivityID}
	for _, e := range l.there[key] {
		switch {
		case e.site == r.SiteID && e.period.From == r.Period.From && (e.ended || e.period.To == r.Period.To):
			return nil
		case e.period.Overlaps(r.Period):
			return fault.Conflictf("Cet enfant est déjà inscrit à cette activité sur une partie de la période.")
		}
	}
	b := &Board{Child: child, Activity: a, Catalogue: l.catalogue, schoolings: l.schoolings[r.ChildID]}
	profile := Profile{BornOn: child.BornOn, Level: b.level(r.Period.From), Resident: l.resident(r)}
	if refusal := Eligible(a, profile, r.Period.From); refusal.Reason == NoReason {
		r.Override = ""
	} else if r.Override == "" {
		return &NotEligible{refusal}
	}
	l.there[key] = append(l.there[key], thereEnrolment{key, r.SiteID, r.Period, false})
	l.rows = append(l.rows, enrolRow{db.NewID(), r.ChildID, r.ActivityID, r.SiteID, r.Period.From, r.Period.To, r.Points, r.Override})
	return nil
}

func (l *enrolLoad) resident(r EnrolRequest) bool {
	return slices.ContainsFunc(l.custodies[r.ChildID].Households, func(home string) bool {
		return l.standings[home].ResidentOn(r.Period.From)
	})
}

func (l *enrolLoad) write(ctx context.Context, tx *db.Tx, by household.By) error {
	slices.SortFunc(l.rows, func(a, b enrolRow) int { return cmp.Compare(a.ID, b.ID) })
	for part := range slices.Chunk(l.rows, 1000) {
		if _, err := tx.Exec(ctx, `INSERT INTO enrolments (id, child_id, activity_id, site_id, from_day, to_day, points, override_reason, created_at, created_by)
			SELECT value ->> 'id', value ->> 'child', value ->> 'activity', value ->> 'site', date(value ->> 'from'), date(value ->> 'to'),
			CAST(value ->> 'points' AS bigint), value ->> 'override', $2, CAST($3 AS text) FROM json_each(CAST($1 AS text))`,
			db.JSON(part), tx.Now, by.Actor); err != nil {
			return err
		}
	}
	return nil
}
