package attendance

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/town"
)

// Meals counts meals by menu.
type Meals struct {
	Menus map[string]int64
	Total int64
}

func (m *Meals) add(menu string) {
	if m.Menus == nil {
		m.Menus = map[string]int64{}
	}
	m.Menus[menu]++
	m.Total++
}

// Cooked is how many of them the kitchen makes: a child with a basket of its own (PAI) brings the meal.
func (m Meals) Cooked() int64 { return m.Total - m.Menus["panier_pai"] }

// KitchenDay is the meals of a day at a site.
type KitchenDay struct {
	Site    *activity.Site
	CutOff  civil.Instant // the last of the deadlines of the meals; zero when a rule gives none
	Passed  bool          // it is over: Ordered will not change
	Ordered Meals         // booked when the deadline passed; until then, booked now
	Final   Meals         // with what the roll-call says: who came, booked or not, and who is booked and not pointed
	// Announced is how many of those booked and not pointed will not come, as their families said too late to cancel.
	Announced         int64
	Expected, Pointed int64 // of those booked now
}

// mealRow is one change of a booking of a meal, with what holds of it now.
type mealRow struct {
	id, activity, site, option string
	household, child           string
	menu                       string // of the child
	served                     string // of the roll-call
	state                      booking.State
	madeAt                     civil.Instant
	came                       string
	at                         civil.Instant
	became                     booking.State
}

// ReadKitchen counts the meals of a day at the sites that may is true of, by name of the site; sites without any are left out.
func ReadKitchen(ctx context.Context, tx *db.Tx, may func(siteID string) bool, day civil.Date, loc *time.Location) ([]KitchenDay, error) {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	k := &kitchen{c: c, day: day, loc: loc, now: tx.Now, may: may, sites: map[string]*KitchenDay{}}
	if k.notices, err = Announced(ctx, tx, day); err != nil {
		return nil, err
	}
	// Two queries, each with an index of its own.
	for _, states := range []string{`b.state IN ('booked', 'pending', 'waiting', 'offered')`, `b.state IN ('cancelled', 'closed')`} {
		rows, err := db.All(ctx, tx, `SELECT b.id, b.activity_id, b.site_id, b.option_id, b.household_id, b.child_id, k.menu, coalesce(t.menu, k.menu), b.state, b.made_at, coalesce(t.came, ''), e.at, e.state
			FROM activities a CROSS JOIN sites p JOIN bookings b ON b.activity_id = a.id AND b.site_id = p.id JOIN children k ON k.id = b.child_id JOIN booking_events e ON e.booking_id = b.id
			LEFT JOIN attendances t ON t.child_id = b.child_id AND t.activity_id = b.activity_id AND t.day = b.day
			WHERE b.day = $1 AND `+states+` ORDER BY b.id, e.seq`, func(s db.Scanner) (r mealRow, err error) {
			return r, s.Scan(&r.id, &r.activity, &r.site, &r.option, &r.household, &r.child, &r.menu, &r.served, &r.state, &r.madeAt, &r.came, &r.at, &r.became)
		}, day)
		if err != nil {
			return nil, err
		}
		for i := 0; i < len(rows); {
			n := i + 1
			for n < len(rows) && rows[n].id == rows[i].id {
				n++
			}
			k.booked(rows[i:n])
			i = n
		}
	}
	came, err := db.All(ctx, tx, `SELECT t.activity_id, t.site_id, t.option_id, t.menu FROM activities a CROSS JOIN sites p JOIN attendances t ON t.activity_id = a.id AND t.site_id = p.id
		WHERE t.day = $1 AND t.came = 'present' AND NOT EXISTS (SELECT 1 FROM bookings b WHERE b.child_id = t.child_id AND b.activity_id = t.activity_id AND b.day = t.day AND b.state = 'booked')`,
		func(s db.Scanner) (r mealRow, err error) {
			return r, s.Scan(&r.activity, &r.site, &r.option, &r.served)
		}, day)
	for _, r := range came {
		if _, at := k.at(r); at != nil {
			at.Final.add(r.served)
		}
	}
	return k.list(), err
}

// kitchen counts.
type kitchen struct {
	c       *activity.Catalogue
	day     civil.Date
	loc     *time.Location
	now     civil.Instant
	may     func(string) bool
	notices map[string][]Notice
	sites   map[string]*KitchenDay
}

// at finds where a meal is counted and its deadline; nil for what is no meal, of no site asked, or closed.
func (k *kitchen) at(r mealRow) (civil.Instant, *KitchenDay) {
	a, known := k.c.Activity(r.activity)
	if !known || !k.may(r.site) {
		return civil.Instant{}, nil
	}
	o, known := a.OptionByID(r.option)
	service := k.c.Service(a, r.site, k.day)
	if !known || !booking.ServesMeal(*o) || service.Why == activity.Closed {
		return civil.Instant{}, nil
	}
	at := k.sites[r.site]
	if at == nil {
		at = &KitchenDay{Passed: true}
		at.Site, _ = k.c.Site(r.site)
		k.sites[r.site] = at
	}
	terms := k.c.Terms(a, o, k.day, service.Block, false, k.loc)
	until := terms.AddUntil
	if terms.CancelUntil.After(until) {
		until = terms.CancelUntil
	}
	if until.After(at.CutOff) {
		at.CutOff = until
	}
	at.Passed = at.Passed && !until.IsZero() && k.now.After(until)
	return until, at
}

// booked counts one booking, given its changes in order.
func (k *kitchen) booked(changes []mealRow) {
	r := changes[0]
	until, at := k.at(r)
	if at == nil {
		return
	}
	then := booking.State("")
	for _, c := range changes {
		if until.IsZero() || !c.at.After(until.Add(time.Second-time.Millisecond)) { // a deadline is the last second accepted
			then = c.became
		}
	}
	if then == booking.StateBooked {
		at.Ordered.add(r.menu)
	}
	if r.state != booking.StateBooked {
		return
	}
	at.Expected++
	if r.came != "" {
		at.Pointed++
	}
	if r.came != string(Absent) {
		at.Final.add(r.served)
	}
	if r.came == "" && slices.ContainsFunc(k.notices[r.child], func(n Notice) bool { return n.Covers(r.household, r.madeAt) }) {
		at.Announced++
	}
}

func (k *kitchen) list() []KitchenDay {
	out := make([]KitchenDay, 0, len(k.sites))
	for _, at := range k.sites {
		if at.Ordered.Total+at.Final.Total > 0 {
			out = append(out, *at)
		}
	}
	slices.SortFunc(out, func(a, b KitchenDay) int {
		return cmp.Or(strings.Compare(household.Fold(a.Site.Name), household.Fold(b.Site.Name)), strings.Compare(a.Site.ID, b.Site.ID))
	})
	return out
}

// KitchenMail is when the kitchens are written to, and at which addresses, by site.
type KitchenMail struct {
	On         bool                `json:"on"`
	Hour       int                 `json:"hour"` // of the town, 0 to 23
	Recipients map[string][]string `json:"recipients"`
}

const kitchenKey = "attendance.kitchen"

// KitchenMailOf reads it; until the town says otherwise, nobody is written to.
func KitchenMailOf(ctx context.Context, tx *db.Tx) (KitchenMail, error) {
	return town.ReadSetting(ctx, tx, kitchenKey, KitchenMail{Hour: 9})
}

// SaveKitchenMail writes it; the caller records who did. Errors: fault.Invalid beside "heure" and "cuisine-" and the id of a site.
func SaveKitchenMail(ctx context.Context, tx *db.Tx, m KitchenMail) error {
	wrong := map[string]string{}
	if m.Hour < 0 || m.Hour > 23 {
		wrong["heure"] = "Choisissez une heure de 0 à 23."
	}
	for site, list := range m.Recipients {
		for _, address := range list {
			if !identity.ValidEmail(address) {
				wrong["cuisine-"+site] = "Écrivez des adresses e-mail complètes, séparées par des virgules."
			}
		}
		if len(list) > 10 {
			wrong["cuisine-"+site] = "Dix adresses au plus."
		}
	}
	if err := fault.InvalidFields(wrong); err != nil {
		return err
	}
	return town.WriteSetting(ctx, tx, kitchenKey, m)
}

// NextMeals is the first day after a day on which a meal is served somewhere; zero when none is near.
func NextMeals(c *activity.Catalogue, after civil.Date) civil.Date {
	for day := after.AddDays(1); day.DaysSince(after) < 30; day = day.AddDays(1) {
		for _, a := range c.Activities {
			if !a.Archived && slices.ContainsFunc(a.LiveOptions(), booking.ServesMeal) && c.Service(a, "", day).Why == activity.Open {
				return day
			}
		}
	}
	return civil.Date{}
}
