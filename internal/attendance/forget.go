package attendance

import (
	"context"

	"preau/internal/civil"
	"preau/internal/db"
)

// ForgetDays forgets up to limit days of children's attendance before a date, the oldest first, with everything that was said of them; what a
// dispute holds stays, as the bookings of the same days do. It says how many days. What was billed keeps its own copy of what it needs.
func ForgetDays(ctx context.Context, tx *db.Tx, day civil.Date, limit int) (int, error) {
	type old struct {
		ChildID    string     `json:"child"`
		ActivityID string     `json:"activity"`
		Day        civil.Date `json:"day"`
	}
	list, err := db.All(ctx, tx, `SELECT a.child_id, a.activity_id, a.day FROM attendances a WHERE a.day < $1
		AND NOT EXISTS (SELECT 1 FROM holds o WHERE o.household_id = a.household_id AND o.lifted_at IS NULL) ORDER BY a.day, a.child_id, a.activity_id LIMIT $2`,
		func(r db.Scanner) (o old, err error) { return o, r.Scan(&o.ChildID, &o.ActivityID, &o.Day) }, day, int64(limit))
	if err != nil {
		return 0, err
	}
	for _, query := range []string{
		`DELETE FROM attendances WHERE (child_id, activity_id, day) IN (SELECT value ->> 'child', value ->> 'activity', date(value ->> 'day') FROM json_each(CAST($1 AS text)))`,
		`DELETE FROM attendance_entries WHERE (child_id, activity_id, day) IN (SELECT value ->> 'child', value ->> 'activity', date(value ->> 'day') FROM json_each(CAST($1 AS text)))`,
	} {
		if len(list) == 0 {
			break
		}
		if _, err := tx.Exec(ctx, query, db.JSON(list)); err != nil {
			return 0, err
		}
	}
	entries, err := tx.Exec(ctx, `DELETE FROM attendance_entries WHERE id IN (SELECT e.id FROM attendance_entries e WHERE e.day < $1
		AND NOT EXISTS (SELECT 1 FROM attendances a WHERE a.child_id = e.child_id AND a.activity_id = e.activity_id AND a.day = e.day)
		AND NOT `+childDisputed("e.child_id")+` ORDER BY e.day, e.id LIMIT $2)`, day, int64(limit))
	if err != nil {
		return 0, err
	}
	excused, err := tx.Exec(ctx, `DELETE FROM excused_days WHERE id IN (SELECT x.id FROM excused_days x WHERE x.day < $1
		AND NOT `+childDisputed("x.child_id")+` ORDER BY x.day, x.id LIMIT $2)`, day, int64(limit))
	return max(len(list), int(entries), int(excused)), err
}

// childDisputed is true of a child one of whose households has a dispute: what is not of one household stays for all of them.
func childDisputed(child string) string {
	return `EXISTS (SELECT 1 FROM household_children h JOIN holds o ON o.household_id = h.household_id WHERE h.child_id = ` + child + ` AND o.lifted_at IS NULL)`
}

// ForgetSessions forgets up to limit closings of roll-calls before a date, and as many counts of adults, and says how many: who was there goes
// first, so that a session of which a dispute holds something stays whole.
func ForgetSessions(ctx context.Context, tx *db.Tx, day civil.Date, limit int) (int, error) {
	const old = ` r WHERE r.day < $1 AND NOT EXISTS (SELECT 1 FROM attendances a WHERE a.activity_id = r.activity_id AND a.site_id = r.site_id AND a.day = r.day)
		ORDER BY r.day, r.id LIMIT $2)`
	closings, err := tx.Exec(ctx, `DELETE FROM rollcall_closings WHERE id IN (SELECT r.id FROM rollcall_closings`+old, day, int64(limit))
	if err != nil {
		return 0, err
	}
	staffing, err := tx.Exec(ctx, `DELETE FROM rollcall_staffing WHERE id IN (SELECT r.id FROM rollcall_staffing`+old, day, int64(limit))
	return int(closings + staffing), err
}
