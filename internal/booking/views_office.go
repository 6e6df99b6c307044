package booking

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/staff"
)

// PendingCount is how many bookings await instruction at the agent's sites. Days that were closed are left out, as in PendingList.
func PendingCount(ctx context.Context, tx *db.Tx, who staff.Agent) (n int, err error) {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return 0, err
	}
	type row struct {
		activity, site string
		day            civil.Date
		n              int
	}
	rows, err := db.All(ctx, tx, `SELECT activity_id, site_id, day, count(*) FROM bookings WHERE state = 'pending' GROUP BY activity_id, site_id, day`,
		func(s db.Scanner) (r row, err error) { return r, s.Scan(&r.activity, &r.site, &r.day, &r.n) })
	for _, r := range rows {
		a, ok := c.Activity(r.activity)
		if ok && who.May(staff.Instruct, r.site) && c.Service(a, r.site, r.day).Why != activity.Closed {
			n += r.n
		}
	}
	return n, err
}

// Queue is the waiting list of an option at a site on a day.
type Queue struct {
	Activity         *activity.Activity
	Site             *activity.Site
	Option           *activity.Option
	Day              civil.Date
	Waiting, Offered int64
	Booked           int64
	Places           *int64
}

// Queues lists the waiting lists of the days from a day on, at the agent's sites, the first day first.
func Queues(ctx context.Context, tx *db.Tx, who staff.Agent, from civil.Date) ([]Queue, error) {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	list, err := db.All(ctx, tx, `SELECT q.activity_id, q.site_id, q.option_id, q.day, q.waiting, q.offered, coalesce(s.booked, 0), s.option_id IS NOT NULL, s.places
		FROM (SELECT b.activity_id, b.site_id, b.option_id, b.day, count(*) FILTER (WHERE b.state = 'waiting') AS waiting, count(*) FILTER (WHERE b.state = 'offered') AS offered
			FROM activities a CROSS JOIN sites p JOIN bookings b ON b.activity_id = a.id AND b.site_id = p.id
			WHERE b.day >= $1 AND b.state IN ('booked', 'pending', 'waiting', 'offered') AND b.state IN ('waiting', 'offered')
			GROUP BY b.activity_id, b.site_id, b.option_id, b.day) q
		LEFT JOIN seats s ON s.activity_id = q.activity_id AND s.site_id = q.site_id AND s.option_id = q.option_id AND s.day = q.day AND s.age_group = ''
		ORDER BY q.day, q.activity_id, q.site_id, q.option_id`, func(s db.Scanner) (q Queue, err error) {
		var activityID, siteID, optionID string
		var stored bool
		err = s.Scan(&activityID, &siteID, &optionID, &q.Day, &q.Waiting, &q.Offered, &q.Booked, &stored, &q.Places)
		if !stored {
			q.Places = c.Places(activityID, siteID, optionID, "", q.Day)
		}
		q.Activity, _ = c.Activity(activityID)
		q.Site, _ = c.Site(siteID)
		if q.Activity != nil {
			q.Option, _ = q.Activity.OptionByID(optionID)
		}
		return q, err
	}, from)
	return slices.DeleteFunc(list, func(q Queue) bool {
		return !who.May(staff.Lists, q.Site.ID) || c.Service(q.Activity, q.Site.ID, q.Day).Why == activity.Closed
	}), err
}

// ServesMeal tells whether who comes for an option has lunch there: its hours hold those of lunch.
func ServesMeal(o activity.Option) bool {
	return o.Starts <= civil.Clock(12, 0) && o.Ends >= civil.Clock(13, 0)
}

// Kitchen is the number of meals of a day at a site.
type Kitchen struct {
	Site  *activity.Site
	Menus map[string]int64
	Total int64
}

// KitchenCounts counts the meals of a day by menu, at the agent's sites, by name of the site; sites without any are left out.
func KitchenCounts(ctx context.Context, tx *db.Tx, who staff.Agent, day civil.Date) ([]Kitchen, error) {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	type row struct {
		activity, site, option, menu string
		n                            int64
	}
	rows, err := db.All(ctx, tx, `SELECT b.activity_id, b.site_id, b.option_id, k.menu, count(*)
		FROM activities a CROSS JOIN sites p JOIN bookings b ON b.activity_id = a.id AND b.site_id = p.id JOIN children k ON k.id = b.child_id
		WHERE b.day = $1 AND b.state IN ('booked', 'pending', 'waiting', 'offered') AND b.state = 'booked'
		GROUP BY b.activity_id, b.site_id, b.option_id, k.menu`, func(s db.Scanner) (r row, err error) {
		return r, s.Scan(&r.activity, &r.site, &r.option, &r.menu, &r.n)
	}, day)
	if err != nil {
		return nil, err
	}
	bySite := map[string]*Kitchen{}
	for _, r := range rows {
		a, _ := c.Activity(r.activity)
		o, ok := a.OptionByID(r.option)
		if !ok || !ServesMeal(*o) || !who.May(staff.Lists, r.site) || c.Service(a, r.site, day).Why == activity.Closed {
			continue
		}
		k := bySite[r.site]
		if k == nil {
			k = &Kitchen{Menus: map[string]int64{}}
			k.Site, _ = c.Site(r.site)
			bySite[r.site] = k
		}
		k.Menus[r.menu] += r.n
		k.Total += r.n
	}
	out := make([]Kitchen, 0, len(bySite))
	for _, k := range bySite {
		out = append(out, *k)
	}
	slices.SortFunc(out, func(a, b Kitchen) int { return compareNames(a.Site, b.Site) })
	return out, nil
}

// compareNames orders sites as a reader does, accents aside.
func compareNames(a, b *activity.Site) int {
	return cmp.Or(strings.Compare(household.Fold(a.Name), household.Fold(b.Name)), strings.Compare(a.ID, b.ID))
}
