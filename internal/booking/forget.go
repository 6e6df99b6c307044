package booking

import (
	"context"
	"encoding/json"
	"errors"

	"preau/internal/civil"
	"preau/internal/db"
)

// Forgetting what is over, for the retention table: by slices, the oldest first, what a dispute holds apart. A dispute is a hold on
// the household that is not lifted.

const (
	disputed    = `EXISTS (SELECT 1 FROM holds o WHERE o.household_id = b.household_id AND o.lifted_at IS NULL)`
	oldBookings = ` FROM bookings b WHERE b.day < $1`
)

// CountBefore is how many bookings of days before a date could be forgotten, and how many a dispute holds.
func CountBefore(ctx context.Context, tx *db.Tx, day civil.Date) (gone, held int, err error) {
	err = tx.QueryRow(ctx, `SELECT count(*) FILTER (WHERE NOT `+disputed+`), count(*) FILTER (WHERE `+disputed+`)`+oldBookings, day).Scan(&gone, &held)
	return gone, held, err
}

// ForgetBefore forgets up to limit bookings of days before a date, with what happened to them, and says how many. The counters of
// places of those days are counted again in the same transaction.
func ForgetBefore(ctx context.Context, tx *db.Tx, day civil.Date, limit int) (int, error) {
	type old struct {
		id  string
		day civil.Date
	}
	list, err := db.All(ctx, tx, `SELECT b.id, b.day`+oldBookings+` AND NOT `+disputed+` ORDER BY b.day, b.id LIMIT $2`,
		func(r db.Scanner) (o old, err error) { return o, r.Scan(&o.id, &o.day) }, day, int64(limit))
	if err != nil || len(list) == 0 {
		return 0, err
	}
	ids := make([]string, len(list))
	for i, o := range list {
		ids[i] = o.id
	}
	for _, query := range []string{
		`DELETE FROM booking_events WHERE booking_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))`,
		`DELETE FROM bookings WHERE id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))`,
	} {
		if _, err := tx.Exec(ctx, query, db.JSON(ids)); err != nil {
			return 0, err
		}
	}
	_, err = tx.Exec(ctx, `UPDATE seats SET booked = (SELECT count(*) FROM bookings b WHERE b.activity_id = seats.activity_id AND b.site_id = seats.site_id
			AND b.option_id = seats.option_id AND b.day = seats.day AND (seats.age_group = '' OR b.age_group = seats.age_group) AND b.state IN ('booked', 'offered'))
		WHERE day >= $1 AND day <= $2`, list[0].day, list[len(list)-1].day)
	return len(list), err
}

// ForgetTraces forgets up to limit of what bookings leave behind once they are forgotten: requests sent before an instant that no
// booking refers to any more, and the counters of the days before a date.
func ForgetTraces(ctx context.Context, tx *db.Tx, day civil.Date, at civil.Instant, limit int) (int, error) {
	n, err := tx.Exec(ctx, `DELETE FROM submissions WHERE id IN (SELECT s.id FROM submissions s WHERE s.at < $1
		AND NOT EXISTS (SELECT 1 FROM booking_events e WHERE e.submission_id = s.id)
		AND NOT EXISTS (SELECT 1 FROM holds o WHERE o.household_id = s.household_id AND o.lifted_at IS NULL) ORDER BY s.at, s.id LIMIT $2)`, at, int64(limit))
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, `DELETE FROM seats WHERE day < $1 AND NOT EXISTS (SELECT 1 FROM bookings b WHERE b.activity_id = seats.activity_id
		AND b.site_id = seats.site_id AND b.option_id = seats.option_id AND b.day = seats.day
		AND b.state IN ('booked', 'pending', 'waiting', 'offered'))`, day)
	return int(n), err
}

// ForgetEnrolments forgets up to limit enrolments that ended before a date and that nothing refers to any more, and says how many.
func ForgetEnrolments(ctx context.Context, tx *db.Tx, day civil.Date, limit int) (int, error) {
	n, err := tx.Exec(ctx, `DELETE FROM enrolments WHERE id IN (SELECT e.id FROM enrolments e WHERE e.to_day < $1
		AND NOT EXISTS (SELECT 1 FROM bookings b WHERE b.enrolment_id = e.id) AND NOT EXISTS (SELECT 1 FROM submissions s WHERE s.enrolment_id = e.id)
		ORDER BY e.to_day, e.id LIMIT $2)`, day, int64(limit))
	return int(n), err
}

// EraseNames takes the names out of what a household asked for its bookings: those of its children and adults when it is forgotten; with
// an actor, only that of the adult who is. The days and the prices stay.
func EraseNames(ctx context.Context, tx *db.Tx, householdID, actor string) error {
	type asked struct{ id, outcome string }
	list, err := db.All(ctx, tx, `SELECT id, CAST(outcome AS text) FROM submissions WHERE household_id = $1 AND (CAST($2 AS text) = '' OR actor = $2)`,
		func(r db.Scanner) (a asked, err error) { return a, r.Scan(&a.id, &a.outcome) }, householdID, actor)
	if err != nil {
		return err
	}
	for _, a := range list {
		var o Outcome
		if err := json.Unmarshal([]byte(a.outcome), &o); err != nil {
			return err
		}
		if !o.Agent {
			o.By = ""
		}
		for i := range o.Decisions {
			if actor == "" {
				o.Decisions[i].Child = ""
			}
		}
		if _, err := tx.Exec(ctx, `UPDATE submissions SET outcome = $2 WHERE id = $1`, a.id, db.JSON(o)); err != nil {
			return err
		}
	}
	return nil
}

// Lapsed is a household that nothing keeps: the last enrolment of its children is over, and nobody has signed in for long.
type Lapsed struct {
	ID     string
	ToldAt civil.Instant // when it was told that it will be forgotten; zero: not yet
	Held   bool          // a dispute is open
}

const selectLapsed = `SELECT h.id, h.leaving_told_at, EXISTS (SELECT 1 FROM holds o WHERE o.household_id = h.id AND o.lifted_at IS NULL)
	FROM households h WHERE h.erased_at IS NULL AND h.created_at < $2
	AND NOT EXISTS (SELECT 1 FROM household_children c JOIN enrolments e ON e.child_id = c.child_id WHERE c.household_id = h.id AND e.to_day >= $1)
	AND NOT EXISTS (SELECT 1 FROM guardians g JOIN accounts a ON a.id = g.account_id WHERE g.household_id = h.id AND (a.created_at >= $2
		OR EXISTS (SELECT 1 FROM sign_ins s WHERE s.account_id = a.id AND s.seen_at >= $2)))`

func scanLapsed(r db.Scanner) (l Lapsed, err error) { return l, r.Scan(&l.ID, &l.ToldAt, &l.Held) }

// Lapsing lists households that nothing keeps since a day and an instant, after an id.
func Lapsing(ctx context.Context, tx *db.Tx, day civil.Date, at civil.Instant, after string, limit int) ([]Lapsed, error) {
	return db.All(ctx, tx, selectLapsed+` AND h.id > $3 ORDER BY h.id LIMIT $4`, scanLapsed, day, at, after, int64(limit))
}

// Keeps reports whether something keeps a household since a day and an instant.
func Keeps(ctx context.Context, tx *db.Tx, householdID string, day civil.Date, at civil.Instant) (bool, error) {
	_, err := db.One(ctx, tx, selectLapsed+` AND h.id = $3`, scanLapsed, day, at, householdID)
	if errors.Is(err, db.ErrNoRows) {
		return true, nil
	}
	return false, err
}

// Enrolled reports whether a child of a household is enrolled on a day or later, and until when the last enrolment lasts.
func Enrolled(ctx context.Context, tx *db.Tx, householdID string, today civil.Date) (until civil.Date, err error) {
	err = tx.QueryRow(ctx, `SELECT max(e.to_day) FROM household_children c JOIN enrolments e ON e.child_id = c.child_id
		WHERE c.household_id = $1 AND e.to_day >= $2 AND e.to_day >= e.from_day`, householdID, today).Scan(&until)
	return until, err
}

// LastDay is the last day a household booked, and how many days it has in the books.
func LastDay(ctx context.Context, tx *db.Tx, householdID string) (last civil.Date, n int, err error) {
	err = tx.QueryRow(ctx, `SELECT max(day), count(*) FROM bookings WHERE household_id = $1`, householdID).Scan(&last, &n)
	return last, n, err
}
