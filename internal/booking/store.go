package booking

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
)

const enrolmentColumns = `e.id, e.child_id, e.activity_id, e.site_id, e.from_day, e.to_day, e.points, e.override_reason, e.ended_at, e.end_reason`

const enrolmentAndChild = enrolmentColumns + `, c.id, c.reference, c.first_name, c.last_name, c.born_on, c.menu,
	(SELECT count(*) FROM household_children n WHERE n.child_id = c.id) > 1`

func enrolmentFields(e *Enrolment) []any {
	return []any{&e.ID, &e.ChildID, &e.ActivityID, &e.SiteID, &e.Period.From, &e.Period.To, &e.Points, &e.OverrideReason, &e.EndedAt, &e.EndReason}
}

func scanEnrolment(s db.Scanner) (e Enrolment, err error) { return e, s.Scan(enrolmentFields(&e)...) }

func scanEnrolmentAndChild(s db.Scanner, e *Enrolment, c *household.Child) error {
	return s.Scan(append(enrolmentFields(e), &c.ID, &c.Reference, &c.FirstName, &c.LastName, &c.BornOn, &c.Menu, &c.Shared)...)
}

const lineColumns = `b.id, b.enrolment_id, b.child_id, b.household_id, b.activity_id, b.site_id, b.option_id, b.day, b.age_group, b.state, b.since,
	b.made_at, b.offered_until, b.points, coalesce(b.closure_id, ''), b.seq`

func scanLine(s db.Scanner) (l Line, err error) {
	return l, s.Scan(&l.ID, &l.EnrolmentID, &l.ChildID, &l.HouseholdID, &l.ActivityID, &l.SiteID, &l.OptionID, &l.Day, &l.AgeGroup, &l.State, &l.Since,
		&l.MadeAt, &l.OfferedUntil, &l.Points, &l.ClosureID, &l.Seq)
}

// batch is what a verb changes: it is written set-wise, a statement a table, whatever the number of days.
type batch struct {
	actor, submission string
	added             []*Line
	moved             map[State][]*Line // booking to its new state
	over, late        map[string]bool   // by booking
	reasons           map[string]string // by booking
	offeredUntil      map[string]civil.Instant
	closureID         string
}

func newBatch(actor, submission string) *batch {
	return &batch{actor: actor, submission: submission, moved: map[State][]*Line{}, over: map[string]bool{}, late: map[string]bool{},
		reasons: map[string]string{}, offeredUntil: map[string]civil.Instant{}}
}

func (k *batch) move(l *Line, to State) { k.moved[to] = append(k.moved[to], l) }

// all are the bookings the batch touches.
func (k *batch) all() []*Line {
	lines := slices.Clone(k.added)
	for _, moved := range k.moved {
		lines = append(lines, moved...)
	}
	return lines
}

func (k *batch) empty() bool { return len(k.added) == 0 && len(k.moved) == 0 }

// write stores the changes. A second live booking of the same day is refused by the database and comes back as errTaken.
func (k *batch) write(ctx context.Context, tx *db.Tx) error {
	if err := k.change(ctx, tx); err != nil {
		if index, ok := db.IsUnique(err); ok && index == "bookings_one_live" {
			return errTaken
		}
		return err
	}
	return k.events(ctx, tx)
}

// errTaken: the day has a live booking that the decision did not know of. One writer a town makes it impossible; the index
// makes sure.
var errTaken = errors.New("booking: the day already has a live booking")

// change updates first: an option may be exchanged for another of the same day.
func (k *batch) change(ctx context.Context, tx *db.Tx) error {
	if err := k.update(ctx, tx); err != nil {
		return err
	}
	return k.insert(ctx, tx)
}

func (k *batch) insert(ctx context.Context, tx *db.Tx) error {
	if len(k.added) == 0 {
		return nil
	}
	rows := newRows(18)
	for _, l := range k.added {
		var closure any
		rows.add(l.ID, l.EnrolmentID, l.ChildID, l.HouseholdID, l.ActivityID, l.SiteID, l.OptionID, l.Day, l.AgeGroup, l.State, tx.Now, l.MadeAt,
			l.Points, l.OfferedUntil, closure, k.over[l.ID], k.late[l.ID], int64(1))
	}
	_, err := tx.Exec(ctx, `INSERT INTO bookings (id, enrolment_id, child_id, household_id, activity_id, site_id, option_id, day, age_group, state, since, made_at,
		points, offered_until, closure_id, over_capacity, late, seq) VALUES `+rows.String(), rows.args...)
	return err
}

func (k *batch) update(ctx context.Context, tx *db.Tx) error {
	for state, lines := range k.moved {
		ids := make([]string, len(lines))
		for i, l := range lines {
			ids[i] = l.ID
		}
		var until, closure any
		if state == StateOffered {
			until = k.offeredUntil[lines[0].ID]
		}
		if state == StateClosed {
			closure = k.closureID
		}
		if _, err := tx.Exec(ctx, `UPDATE bookings SET state = $1, since = $2, offered_until = $3, closure_id = $4, seq = seq + 1
			WHERE id IN (SELECT value FROM json_each(CAST($5 AS text)))`, state, tx.Now, until, closure, db.JSON(ids)); err != nil {
			return err
		}
	}
	return nil
}

func (k *batch) events(ctx context.Context, tx *db.Tx) error {
	rows := newRows(7)
	var submission any
	if k.submission != "" {
		submission = k.submission
	}
	for _, l := range k.added {
		rows.add(l.ID, int64(1), tx.Now, l.State, k.actor, k.reasons[l.ID], submission)
	}
	for state, lines := range k.moved {
		for _, l := range lines {
			rows.add(l.ID, l.Seq+1, tx.Now, state, k.actor, k.reasons[l.ID], submission)
		}
	}
	if rows.n == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `INSERT INTO booking_events (booking_id, seq, at, state, actor, reason, submission_id) VALUES `+rows.String(), rows.args...)
	return err
}

// rows builds the VALUES of a set-wise insert.
type rows struct {
	width, n int
	text     []byte
	args     []any
}

func newRows(width int) *rows { return &rows{width: width} }

func (r *rows) add(values ...any) {
	if r.n > 0 {
		r.text = append(r.text, ", "...)
	}
	for i := range values {
		sep := ", $"
		if i == 0 {
			sep = "($"
		}
		r.text = strconv.AppendInt(append(r.text, sep...), int64(len(r.args)+i+1), 10)
	}
	r.text = append(r.text, ')')
	r.args = append(r.args, values...)
	r.n++
}

func (r *rows) String() string { return string(r.text) }

// storedOutcome finds the answer already given to a submission; it belongs to who made it, and is fault.NotFound for others.
func storedOutcome(ctx context.Context, tx *db.Tx, submissionID, actor string) (Outcome, bool, error) {
	o, by, err := outcomeWhere(ctx, tx, `id = $1`, submissionID)
	if by != "" && by != actor {
		return Outcome{}, false, fault.NotFoundf("Cette demande n’existe pas.")
	}
	return o, by != "", err
}

func storeOutcome(ctx context.Context, tx *db.Tx, o Outcome, actor, householdID string) error {
	var house any
	if householdID != "" {
		house = householdID
	}
	_, err := tx.Exec(ctx, `INSERT INTO submissions (id, enrolment_id, actor, household_id, at, outcome) VALUES ($1, $2, $3, $4, $5, $6)`,
		o.SubmissionID, o.EnrolmentID, actor, house, tx.Now, db.JSON(o))
	return err
}

// SubmissionOf finds the answer to a submission of a household, for its page; false when there is none.
func SubmissionOf(ctx context.Context, tx *db.Tx, who household.Guardian, id string) (Outcome, bool, error) {
	o, actor, err := outcomeWhere(ctx, tx, `id = $1 AND household_id = $2`, id, who.HouseholdID)
	return o, actor != "", err
}

// Submission is the answer to a submission with the household it concerns, for the job that tells the family.
func Submission(ctx context.Context, tx *db.Tx, id string) (o Outcome, householdID string, err error) {
	var text string
	if err := tx.QueryRow(ctx, `SELECT CAST(outcome AS text), coalesce(household_id, '') FROM submissions WHERE id = $1`, id).Scan(&text, &householdID); err != nil {
		return o, "", fmt.Errorf("submission %s: %w", id, err)
	}
	return o, householdID, json.Unmarshal([]byte(text), &o)
}

// outcomeWhere finds the answer to a submission and who made it; actor is "" when there is none.
func outcomeWhere(ctx context.Context, tx *db.Tx, where string, args ...any) (o Outcome, actor string, err error) {
	var text string
	err = tx.QueryRow(ctx, `SELECT actor, CAST(outcome AS text) FROM submissions WHERE `+where, args...).Scan(&actor, &text)
	if errors.Is(err, db.ErrNoRows) {
		return o, "", nil
	}
	if err != nil {
		return o, "", err
	}
	return o, actor, json.Unmarshal([]byte(text), &o)
}
