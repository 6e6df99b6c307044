package attendance

import (
	"context"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
)

// Count is how many children of one menu there are for one option of an activity at a site on a day.
type Count struct {
	ActivityID, SiteID, OptionID string
	Menu                         string
	Booked                       int // a place is kept, and the service runs
	Present                      int // pointed as there, booked or not
	Absent                       int // booked, and pointed as not there
	Unannounced                  int // there without a booking that stands, part of Present
}

// Counts counts the children of a day, for software that prepares for them: before the roll-call what is booked, after it who came. The menu of a
// child not pointed yet is that of now. Where a closure closes the day nobody is booked, whether or not its bookings were freed already. Sites may
// be limited; nil is all of them.
func Counts(ctx context.Context, tx *db.Tx, day civil.Date, sites []string) ([]Count, error) {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	// Through the pairs of an activity and a site, so that an index serves the day.
	list, err := db.All(ctx, tx, `SELECT q.activity_id, q.site_id, q.option_id, q.menu, CAST(sum(q.booked) AS bigint), CAST(sum(q.present) AS bigint), CAST(sum(q.absent) AS bigint),
			CAST(sum(q.unannounced) AS bigint)
		FROM (SELECT b.activity_id, b.site_id, b.option_id, coalesce(t.menu, k.menu) AS menu, 1 AS booked, CASE WHEN t.came = 'present' THEN 1 ELSE 0 END AS present,
				CASE WHEN t.came = 'absent' THEN 1 ELSE 0 END AS absent, 0 AS unannounced
			FROM activities a CROSS JOIN sites p JOIN bookings b ON b.activity_id = a.id AND b.site_id = p.id JOIN children k ON k.id = b.child_id
			LEFT JOIN attendances t ON t.child_id = b.child_id AND t.activity_id = b.activity_id AND t.day = b.day
			WHERE b.day = $1 AND b.state IN ('booked', 'pending', 'waiting', 'offered') AND b.state = 'booked'
			UNION ALL SELECT t.activity_id, t.site_id, t.option_id, t.menu, 0, 1, 0, 1
			FROM activities a CROSS JOIN sites p JOIN attendances t ON t.activity_id = a.id AND t.site_id = p.id
			WHERE t.day = $1 AND t.came = 'present' AND NOT EXISTS (SELECT 1 FROM bookings b WHERE b.child_id = t.child_id AND b.activity_id = t.activity_id AND b.day = t.day AND b.state = 'booked')) q
		WHERE $2 = '' OR q.site_id IN (SELECT CAST(value AS text) FROM json_each(CAST($3 AS text)))
		GROUP BY q.activity_id, q.site_id, q.option_id, q.menu ORDER BY q.activity_id, q.site_id, q.option_id, q.menu`,
		func(s db.Scanner) (c Count, err error) {
			return c, s.Scan(&c.ActivityID, &c.SiteID, &c.OptionID, &c.Menu, &c.Booked, &c.Present, &c.Absent, &c.Unannounced)
		}, day, limited(sites), db.JSON(sites))
	kept := list[:0]
	for _, n := range list {
		if c.ClosureOn(n.ActivityID, n.SiteID, day) != nil {
			n.Booked, n.Absent, n.Unannounced = 0, 0, n.Present
		}
		if n.Booked+n.Present > 0 {
			kept = append(kept, n)
		}
	}
	return kept, err
}

// limited is "" for all sites: a list that is empty and one that is not there are the same to the database.
func limited(sites []string) string {
	if len(sites) == 0 {
		return ""
	}
	return "some"
}
